"""Keys on their way from the command line to the bot that is running.

The bot has the folder's lock, so the command line opens the file beside it, adds one sealed row,
and waits for the answer in it. The bot destroys what is sealed when it takes it.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from sqlite_utils import Database

from bot.core.keys import KeyState
from bot.store.file import FILE_NAME, StoreFile, StoreUnavailable, time_text
from bot.store.keys import SealedKey

HANDED_FOR = timedelta(minutes=5)
"""How long a key that the command line hands over may be taken."""


@dataclass(frozen=True, slots=True)
class HandedKey:
    """A key that the command line hands to the bot that is running."""

    id: str
    chat_id: int
    sealed: SealedKey
    handed_at: datetime


class HandedKeys(StoreFile):
    """The bot's side."""

    async def take_handed_keys(self, now: datetime) -> list[HandedKey]:
        """What the command line handed over; it is destroyed here, and too old ones with it."""

        def read(db: Database) -> list[HandedKey]:
            rows = db.execute(
                "select id, chat_id, sealed_key, sealed_secret, handed_at from handed_keys "
                "where taken = 0"
            ).fetchall()
            if rows:
                db.execute("update handed_keys set taken = 1, sealed_key = '', sealed_secret = ''")
            db.execute(
                "delete from handed_keys where handed_at < ?", [time_text(now - 2 * HANDED_FOR)]
            )
            taken = [
                HandedKey(
                    row[0], row[1], SealedKey(row[2], row[3]), datetime.fromisoformat(row[4])
                )
                for row in rows
            ]
            return [key for key in taken if now - key.handed_at < HANDED_FOR]

        if not await self.run(
            lambda db: db.execute("select 1 from handed_keys limit 1").fetchone()
        ):
            return []
        taken = await self.run(read)
        await self.empty_log()
        return taken

    async def answer_handed_key(self, handed_id: str, answer: str, *, connected: bool) -> None:
        """What the command line is to print."""
        await self.run(
            lambda db: db.execute(
                "update handed_keys set answer = ?, connected = ? where id = ?",
                [answer, int(connected), handed_id],
            )
        )


@dataclass(frozen=True, slots=True)
class StoredKey:
    """What the command line is told of a key; nothing in it is secret."""

    tail: str
    state: KeyState
    reason: str
    valid_until: datetime | None

    @property
    def is_usable(self) -> bool:
        """Whether the bot does anything with it."""
        return self.state is KeyState.OK


class BesideTheBot:
    """The questions of the command line to the database of a bot that is running.

    It has the folder's lock, so this is a second connection, which adds one row and reads a few.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def vault_check(self) -> tuple[str, str] | None:
        """The known text under the master key."""
        row = self._ask("select sealed, sealed_by from vault", [])
        return (row[0], row[1]) if row else None

    def sealed_by(self) -> set[str]:
        """The names of the master keys that sealed what is stored; empty before the first."""
        has_table = "select 1 from sqlite_master where name = 'api_keys'"
        if self._ask(has_table, []) is None:
            return set()
        names = self._ask("select group_concat(sealed_by) from api_keys", [])[0]
        return set(names.split(",")) if names else set()

    def keys(self) -> list[StoredKey]:
        """How every stored key is, the oldest first; none before there is a place for them."""
        has_table = "select 1 from sqlite_master where name = 'api_keys'"
        if self._ask(has_table, []) is None:
            return []
        found = self._ask(
            "select json_group_array(json_object('tail', tail, 'state', state, 'reason', reason, "
            "'valid_until', valid_until)) from (select * from api_keys order by created_at)",
            [],
        )
        return msgspec.json.decode(found[0], type=list[StoredKey])

    def may_trade(self, chat_id: int) -> bool:
        """Whether this is the private chat of somebody who may trade."""
        found = "select 1 from people where user_id = ? and role in ('trader', 'owner')"
        return self._ask(found, [chat_id]) is not None

    def hand_over(self, key: HandedKey) -> None:
        """Leave a key for the bot."""
        self._ask(
            "insert into handed_keys (id, chat_id, sealed_key, sealed_secret, handed_at) "
            "values (?, ?, ?, ?, ?)",
            [
                key.id,
                key.chat_id,
                key.sealed.sealed_key,
                key.sealed.sealed_secret,
                time_text(key.handed_at),
            ],
        )

    def answer(self, handed_id: str) -> tuple[str, bool] | None:
        """What the bot said to it, and whether the key is connected; None: nothing yet."""
        row = self._ask(
            "select answer, connected from handed_keys where id = ? and answer is not null",
            [handed_id],
        )
        return (row[0], bool(row[1])) if row else None

    def take_back(self, handed_id: str) -> None:
        """Nobody took it, or its answer was read."""
        self._ask("delete from handed_keys where id = ?", [handed_id])

    def _ask(self, question: str, values: Sequence[object]) -> Any:
        try:
            with closing(sqlite3.connect(self._path, timeout=5)) as connection, connection:
                connection.execute("pragma secure_delete = on")
                return connection.execute(question, values).fetchone()
        except sqlite3.Error as error:
            raise StoreUnavailable(f"The database does not answer: {error}.") from error
