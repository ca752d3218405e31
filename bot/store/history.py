"""What was read of an account's past, so that it is read once.

A row is kept under its own name at the exchange, however often it is read. A stretch of time
without gaps is marked; whoever reads the past widens it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec
from sqlite_utils import Database

from bot.core.page import Payload
from bot.core.trade.types import AccountId, PlacedOrder
from bot.store import order_rows as rows
from bot.store.file import StoreFile, time_text
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import Fill

Kind = Literal["fills", "entries"]

_TOPICS_KEPT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Mark:
    """The stretch of an account's past that is known without gaps."""

    oldest: datetime
    newest: datetime
    read_at: datetime
    """When it reached up to the present."""
    is_whole: bool
    """Nothing is older than ``oldest``."""


class PastRecords(StoreFile):
    """Questions about the past of accounts, and what messages are about."""

    async def past_fills(self, account: AccountId) -> list[Fill]:
        """Everything that was read or told, the newest first, each once.

        Of a practice account only what happened since its money was given anew.
        """

        def read(db: Database) -> list[Fill]:
            found = db.execute(
                "select body, exec_id, at from ("
                "select body, exec_id, at from past_fills where account = ?1 "
                "union select body, exec_id, at from fills where account = ?1) "
                "where at >= coalesce("
                "(select began_at from paper_accounts where account = ?1), '') order by at desc",
                [account],
            ).fetchall()
            bodies = {exec_id: body for body, exec_id, _ in found}
            return [msgspec.json.decode(body, type=Fill) for body in bodies.values()]

        return await self.run(read)

    async def past_entries(self, account: AccountId) -> list[LedgerEntry]:
        """Every change of a balance that was read, the newest first; the same of practice."""

        def read(db: Database) -> list[LedgerEntry]:
            found = db.execute(
                "select body from past_entries where account = ?1 "
                "and at >= coalesce((select began_at from paper_accounts where account = ?1), '') "
                "order by at desc, rowid desc",
                [account],
            )
            return [msgspec.json.decode(body, type=LedgerEntry) for (body,) in found.fetchall()]

        return await self.run(read)

    async def keep_fills(self, account: AccountId, fills: Sequence[Fill]) -> None:
        """Keep what was read; what is there stays as it is."""
        kept = [(account, each.exec_id, time_text(each.at), _body(each)) for each in fills]
        await self.run(lambda db: _insert(db, "past_fills", "exec_id", kept))

    async def keep_entries(self, account: AccountId, entries: Sequence[LedgerEntry]) -> None:
        """Keep what was read; what is there stays as it is."""
        kept = [(account, each.entry_id, time_text(each.at), _body(each)) for each in entries]
        await self.run(lambda db: _insert(db, "past_entries", "entry_id", kept))

    async def past_mark(self, account: AccountId, kind: Kind) -> Mark | None:
        """What is known without gaps; None if nothing was read."""

        def read(db: Database) -> Mark | None:
            row = db.execute(
                "select oldest, newest, read_at, is_whole from past_marks "
                "where account = ? and kind = ?",
                [account, kind],
            ).fetchone()
            if row is None:
                return None
            oldest, newest, read_at = map(datetime.fromisoformat, row[:3])
            return Mark(oldest, newest, read_at, bool(row[3]))

        return await self.run(read)

    async def set_past_mark(self, account: AccountId, kind: Kind, mark: Mark) -> None:
        """From now on this stretch is known."""
        times = [time_text(each) for each in (mark.oldest, mark.newest, mark.read_at)]
        await self.run(
            lambda db: db.execute(
                "insert or replace into past_marks "
                "(account, kind, oldest, newest, read_at, is_whole) values (?, ?, ?, ?, ?, ?)",
                [account, kind, *times, int(mark.is_whole)],
            )
        )

    async def count_past(self, account: AccountId, kind: Kind, since: datetime) -> int:
        """How many rows were read from that time on."""
        table = "past_fills" if kind == "fills" else "past_entries"

        def read(db: Database) -> int:
            found = db.execute(
                f"select count(*) from {table} where account = ? and at >= ?",  # noqa: S608 - names from the code
                [account, time_text(since)],
            ).fetchone()
            return int(found[0])

        return await self.run(read)

    async def lot_costs(self, account: AccountId, currency: str) -> Mapping[str, Decimal]:
        """What people said that deposits cost, by the entry's id."""

        def read(db: Database) -> dict[str, Decimal]:
            found = db.execute(
                "select entry_id, cost from lot_costs where account = ? and currency = ?",
                [account, currency],
            )
            return {entry: Decimal(cost) for entry, cost in found.fetchall()}

        return await self.run(read)

    async def set_lot_cost(
        self, account: AccountId, entry_id: str, currency: str, cost: Decimal
    ) -> None:
        """Keep it, in place of what was said before."""
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "insert or replace into lot_costs (account, entry_id, currency, cost, said_at) "
                "values (?, ?, ?, ?, ?)",
                [account, entry_id, currency, f"{cost:f}", now],
            )
        )

    async def set_topic(
        self, chat_id: int, message_id: int, topic: str, payload: Payload, now: datetime
    ) -> None:
        """What an answer to this message is about."""
        body = msgspec.json.encode(payload).decode()
        limit = time_text(now - _TOPICS_KEPT)

        def write(db: Database) -> None:
            db.execute("delete from message_topics where said_at < ?", [limit])
            db.execute(
                "insert or replace into message_topics "
                "(chat_id, message_id, topic, payload, said_at) values (?, ?, ?, ?, ?)",
                [chat_id, message_id, topic, body, time_text(now)],
            )

        await self.run(write)

    async def topic_of(self, chat_id: int, message_id: int) -> tuple[str, Payload] | None:
        """Topic and payload; None if an answer to it means nothing to us."""

        def read(db: Database) -> tuple[str, Payload] | None:
            row = db.execute(
                "select topic, payload from message_topics where chat_id = ? and message_id = ?",
                [chat_id, message_id],
            ).fetchone()
            return (row[0], msgspec.json.decode(row[1])) if row else None

        return await self.run(read)

    async def placed_of_card(self, chat_id: int, message_id: int) -> PlacedOrder | None:
        """The order whose card this message is; None if it is none."""

        def read(db: Database) -> PlacedOrder | None:
            found = rows.many(db, "chat_id = ? and card = ?", [chat_id, message_id])
            return found[0] if found else None

        return await self.run(read)


def _body(row: Fill | LedgerEntry) -> str:
    return msgspec.json.encode(row).decode()


def _insert(db: Database, table: str, name: str, kept: Sequence[tuple[str, ...]]) -> None:
    db.conn.executemany(
        f"insert or ignore into {table} (account, {name}, at, body) values (?, ?, ?, ?)",  # noqa: S608 - names from the code
        kept,
    )
