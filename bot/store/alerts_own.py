"""What alerts about accounts look at: fills in the order in which they were kept, and groups."""

from datetime import datetime
from decimal import Decimal

import msgspec
from sqlite_utils import Database

from bot.core.alerts.own import KeptFill
from bot.core.trade.types import AccountId
from bot.store.file import StoreFile, time_text
from kraken.core.trading import EXACT, Fill

_AT_ONCE = 500


class OwnAlerts(StoreFile):
    """Questions about accounts and chats, for alerts."""

    async def fills_after(
        self, account: AccountId, number: int, since: datetime
    ) -> list[KeptFill]:
        """The fills after that time that were kept after this one, the oldest first.

        There may be more of them, if there are many.
        """

        def read(db: Database) -> list[KeptFill]:
            rows = db.execute(
                "select rowid, order_id, body from fills "
                "where account = ? and rowid > ? and at > ? order by rowid limit ?",
                [account, number, time_text(since), _AT_ONCE],
            ).fetchall()
            return [
                KeptFill(
                    row, msgspec.json.decode(body, type=Fill), _before(db, account, order, row)
                )
                for row, order, body in rows
            ]

        return await self.run(read)

    async def open_groups(self) -> dict[int, str]:
        """The groups in which the bot may be used, with their titles."""

        def read(db: Database) -> dict[int, str]:
            rows = db.execute("select chat_id, title from groups where open = 1 order by chat_id")
            return dict(rows.fetchall())

        return await self.run(read)


def _before(db: Database, account: AccountId, order_id: str, number: int) -> Decimal:
    """What an order had filled before this fill, in quote."""
    rows = db.execute(
        "select body from fills where account = ? and order_id = ? and rowid < ?",
        [account, order_id, number],
    )
    total = Decimal(0)
    for (body,) in rows.fetchall():
        total = EXACT.add(total, _fill(body).cost)
    return total


def _fill(body: str) -> Fill:
    return msgspec.json.decode(body, type=Fill)
