"""Copies of the database: taken while the bot runs, checked, and put back when it does not.

Rules: a copy is made by SQLite itself, never by copying a file that is being written; a copy that
is put back is checked first; what it would repeat or send by itself is taken out of it, and live
trading waits until somebody who knows lets it go on.
"""

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from bot.core.audit import Action, Seal, Verdict
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.limits import PauseKind
from bot.migrations import STEPS, migrations
from bot.store import Store
from bot.store.audit import append, verify_chain
from bot.store.file import FILE_NAME, StoreDamaged, StoreError, StoreTooNew, time_text
from bot.store.safety import pause_in, void_tickets_of

REPLACED = ".replaced"
"""Added to the name of the database that was in the way."""
_PARTS = ("", "-wal", "-shm")
_LEFT_BEHIND = (
    "update inbox set done_at = :now, body = '' where done_at is null",
    "update outbox set state = 'dropped', ended_at = :now, page = '' where state = 'waiting'",
    "delete from live_messages",
    "delete from deadmen",
    "delete from limit_raises",
    # Somebody may have come with them since then, or they were withdrawn.
    "delete from invitations where used_by is null",
    # What they would sell may have been sold since the copy was made.
    "update exits set state = 'ended' where client_id in "
    "(select client_id from orders where mode = 'live')",
    # What they would buy or sell may have been done since then, too.
    "update plans set state = 'paused', why = '', slot = null, due_at = null, "
    "changed_at = :now where state = 'active' "
    "and kind <> 'command' and json_extract(body, '$.mode') = 'live'",
    # Whoever is asked about a missed slot may have answered since then.
    "update runs set state = 'missed', changed_at = :now where state = 'waiting' and plan_id in "
    "(select id from plans where json_extract(body, '$.mode') = 'live')",
)
"""What an old copy would do again or say late, and what was only true then."""


def take_copy(folder: Path, target: Path) -> int:
    """Copy the database of this folder into a new file; its size in bytes.

    Raises:
        StoreError: one line; nothing was written, or what was written is taken away.
    """
    if target.exists():
        raise StoreError(f"{target} exists already. Name a new file.")
    _expect_database(folder)
    try:
        target.touch(mode=0o600, exist_ok=False)
        target.unlink()
        old = os.umask(0o077)
        try:
            with _reading(folder / FILE_NAME) as db:
                db.execute("vacuum into ?", [str(target)])
        finally:
            os.umask(old)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"The copy {target} could not be made: {error}.") from error
    check_copy(target)
    return target.stat().st_size


def check_copy(file: Path) -> None:
    """See that a file is a whole database of this bot.

    Raises:
        StoreError: one line.
    """
    if not file.is_file():
        raise StoreError(f"{file} is no file.")
    try:
        with _reading(file) as db:
            found = [row[0] for row in db.execute("pragma integrity_check(1)").fetchall()]
            applied = {step.name for step in migrations.applied(Database(db))}
    except sqlite3.Error as error:
        raise StoreDamaged(f"{file} is no database, or it is damaged ({error}).") from error
    if found != ["ok"]:
        raise StoreDamaged(f"{file} is damaged ({found[0]}). Nothing was changed.")
    if not applied:
        raise StoreError(f"{file} is a database, but not one of this bot. Nothing was changed.")
    if unknown := applied - STEPS:
        raise StoreTooNew(
            f"{file} was written by a newer version of this bot (step {', '.join(unknown)}). "
            "Install that version. Nothing was changed."
        )


def put_in_place(prepared: Path, folder: Path) -> None:
    """Move a prepared database to where the bot's is; the one that was there is kept beside it.

    Whoever calls it holds the folder, so that no bot runs on it.
    """
    with prepared.open("rb") as whole:
        os.fsync(whole.fileno())
    for part in _PARTS:
        there = folder / f"{FILE_NAME}{part}"
        if there.exists():
            there.replace(folder / f"{FILE_NAME}{part}{REPLACED}")
    prepared.replace(folder / FILE_NAME)


async def make_safe(store: Store, seal: Seal | None, told: Page, now: datetime) -> int:
    """Let a database that was put back begin carefully; the number of its generation.

    Confirmations are void, messages that waited are dropped, and each chat that trades real
    money is paused until its owner resumes it. ``told`` is for the owner of the bot.
    """
    await store.seal_audit(seal)

    def write(db: Database) -> int:
        for statement in _LEFT_BEHIND:
            db.execute(statement, {"now": time_text(now)} if ":now" in statement else {})
        void_tickets_of(db, None)
        for (chat_id,) in db.execute(
            "select chat_id from chat_modes where mode = 'live'"
        ).fetchall():
            pause_in(db, chat_id, PauseKind.RESTORED, now=now)
        return _next_generation(db, now)

    generation = await store.run(write)
    owner = await store.owner()
    if owner is not None:
        await store.add_push(f"restored:{generation}", owner, Priority.KILL, told)
    return generation


def check_audit(folder: Path, seals: tuple[Seal, ...], head: str) -> Verdict:
    """Check the audit log of a database, also while the bot runs.

    Raises:
        StoreError: it cannot be read.
    """
    _expect_database(folder)
    try:
        with _reading(folder / FILE_NAME) as db:
            return verify_chain(Database(db), seals, head)
    except sqlite3.Error as error:
        raise StoreError(f"The audit log in {folder} cannot be read: {error}.") from error


def _next_generation(db: Database, now: datetime) -> int:
    row = db.execute("select value from instance where name = 'generation'").fetchone()
    generation = int(row[0]) + 1 if row else 2
    db.execute(
        "insert or replace into instance (name, value) values ('generation', ?)",
        [str(generation)],
    )
    append(db, Action.RESTORE, now=now, detail={"generation": generation})
    return generation


def _expect_database(folder: Path) -> None:
    if not (folder / FILE_NAME).exists():
        raise StoreError(f"There is no database in {folder}. KRAKEN_BOT_DATA names its folder.")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection of its own that cannot write; the bot may go on beside it."""
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)
    try:
        yield db
    finally:
        db.close()
