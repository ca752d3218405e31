"""The audit log: rows that are only ever added, in the transaction of what they tell of."""

from dataclasses import astuple
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.audit import (
    START,
    Action,
    Detail,
    Entry,
    Seal,
    Verdict,
    canonical,
    chain_hash,
    head_of,
    verify,
)
from bot.store.file import StoreFile, time_text
from bot.store.seals import seal_with

_COLUMNS = "seq, at, actor, chat_id, action, body, previous, hash, key_id, mac"


def append(
    db: Database,
    action: Action,
    *,
    now: datetime,
    actor: int | None = None,
    chat_id: int | None = None,
    detail: Detail | None = None,
) -> str:
    """Add a row, in whatever transaction runs, and return the new head.

    ``detail`` is kept for ever and in plain text: no key, no token, no typed secret.
    """
    last = db.execute("select seq, hash from audit order by seq desc limit 1").fetchone()
    seq, previous = (last[0] + 1, last[1]) if last else (1, START)
    body, at = canonical(detail or {}), time_text(now)
    row_hash = chain_hash(previous, seq, at, actor, chat_id, action.value, body)
    key_id, mac = db.execute("select audit_key_id(), audit_mac(?)", [row_hash]).fetchone()
    row = Entry(seq, at, actor, chat_id, action.value, body, previous, row_hash, key_id, mac)
    marks = ", ".join("?" * len(astuple(row)))
    db.execute(f"insert into audit ({_COLUMNS}) values ({marks})", list(astuple(row)))  # noqa: S608 - constants
    return head_of(seq, row_hash)


def verify_chain(db: Database, seals: tuple[Seal, ...], head: str = "") -> Verdict:
    """Check every row."""
    rows = db.execute(f"select {_COLUMNS} from audit order by seq")  # noqa: S608 - constants
    highest = db.execute("select seq from sqlite_sequence where name = 'audit'").fetchone()
    entries = (Entry(*row) for row in rows)
    return verify(entries, seals, highest=highest[0] if highest else 0, head=head)


class AuditLog(StoreFile):
    """Questions about who did what."""

    async def seal_audit(self, seal: Seal | None) -> None:
        """Seal what is added from here on."""
        await self.run(lambda db: seal_with(db, seal))

    async def note_action(
        self,
        action: Action,
        *,
        now: datetime,
        actor: int | None = None,
        chat_id: int | None = None,
        detail: Detail | None = None,
    ) -> str:
        """Add a row in a transaction of its own; the new head."""
        return await self.run(
            lambda db: append(db, action, now=now, actor=actor, chat_id=chat_id, detail=detail)
        )

    async def audit_head(self) -> str:
        """The end of the chain; empty while there is none."""

        def read(db: Database) -> str:
            row = db.execute("select seq, hash from audit order by seq desc limit 1").fetchone()
            return head_of(*row) if row else ""

        return await self.run(read)

    async def audit_began(self) -> datetime | None:
        """When the first row was written."""

        def read(db: Database) -> datetime | None:
            row = db.execute("select at from audit where seq = 1").fetchone()
            return datetime.fromisoformat(row[0]) if row else None

        return await self.run(read)

    async def audit_entries(self, chat_id: int | None, most: int, before: int = 0) -> list[Entry]:
        """The newest of one chat or of all, the newest first; those before a row, if one is."""

        def read(db: Database) -> list[Entry]:
            rows: Any = db.execute(
                f"select {_COLUMNS} from audit "  # noqa: S608 - constants
                "where (?1 is null or chat_id = ?1) and (?3 = 0 or seq < ?3) "
                "order by seq desc limit ?2",
                [chat_id, most, before],
            )
            return [Entry(*row) for row in rows.fetchall()]

        return await self.run(read)

    async def verify_audit(self, seals: tuple[Seal, ...], head: str = "") -> Verdict:
        """Check every row."""
        return await self.run(lambda db: verify_chain(db, seals, head))
