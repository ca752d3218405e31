"""Take-profits that the bot watches: where each one is, so that a restart goes on with it."""

from collections.abc import Sequence
from decimal import Decimal

from sqlite_utils import Database

from bot.core.trade.exits import Exit, ExitState
from bot.store.file import StoreFile
from kraken.core.types import ClientOrderId

_COLUMNS = "client_id, state, round, taken"


class Exits(StoreFile):
    """Questions about take-profits; their rows are begun with the orders they belong to."""

    async def exit_of(self, client_id: ClientOrderId) -> Exit | None:
        """The take-profit of an order; None if it has none."""
        found = await self.run(lambda db: _read(db, "client_id = ?", [client_id]))
        return found[0] if found else None

    async def waiting_exits(self) -> Sequence[Exit]:
        """All that are not over, the oldest first."""
        return await self.run(lambda db: _read(db, "state <> 'ended' order by rowid", []))

    async def note_exit(self, watched: Exit) -> None:
        """Where it is now; one that was ended, by whomever, stays so."""
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "update exits set state = ?, round = ?, taken = ?, changed_at = ? "
                "where client_id = ? and state <> 'ended'",
                [watched.state, watched.round, f"{watched.taken:f}", now, watched.client_id],
            )
        )


def _read(db: Database, where: str, values: Sequence[str]) -> list[Exit]:
    found = db.execute(f"select {_COLUMNS} from exits where {where}", list(values))  # noqa: S608 - conditions from the code
    return [
        Exit(ClientOrderId(name), ExitState(state), number, Decimal(taken))
        for name, state, number, taken in found.fetchall()
    ]
