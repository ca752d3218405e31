"""Trades of the past, asked of REST once for all accounts that missed them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from kraken.clock import Clock
from kraken.core.errors import KrakenError
from kraken.core.practice.replay import Cursor, newer, unbroken
from kraken.core.types import Symbol, Trade, TradesPage

logger = logging.getLogger(__name__)

MOST_PAGES = 20
"""Of 1,000 trades each: at about a page a second nobody waits longer than that."""

KEPT = timedelta(minutes=2)
"""After a restart all accounts ask within seconds."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What happened between two cursors."""

    trades: Sequence[Trade]
    until: Cursor
    unknown_since: datetime | None = None
    """From then on trades are missing."""


class Past:
    """What was read of one pair's past, for a short while."""

    def __init__(
        self,
        symbol: Symbol,
        read: Callable[[Symbol, datetime], Awaitable[TradesPage]],
        clock: Clock,
    ) -> None:
        self._symbol = symbol
        self._read = read
        self._clock = clock
        self._one = asyncio.Lock()
        self._trades: list[Trade] = []
        self._read_at: datetime | None = None

    def forget(self, now: datetime) -> None:
        """Let go of what nobody asked for lately."""
        if self._read_at is not None and now - self._read_at > KEPT:
            self._trades, self._read_at = [], None

    def between(self, since: Cursor, until: Cursor, tape: Sequence[Trade]) -> Missed:
        """The trades after one cursor up to the other, as far as none is missing."""
        last = until.trade_id
        if last is None or (since.trade_id is not None and since.trade_id >= last):
            return Missed((), until)
        known = newer([*self._trades, *tape], since)
        trades = unbroken([trade for trade in known if trade.trade_id <= last], since)
        if trades and trades[-1].trade_id == last:
            return Missed(trades, until)
        return Missed(trades, until, trades[-1].at if trades else since.at)

    async def read(self, since: Cursor, until: Cursor) -> None:
        """Ask for the trades between, as far as they are not known and can be had."""
        async with self._one:
            self._read_at = self._clock.now()
            found = self.between(since, until, ())
            at = found.unknown_since
            for _ in range(MOST_PAGES):
                if at is None:
                    return
                try:
                    page = await self._read(self._symbol, at)
                except KrakenError as error:
                    logger.warning("paper: no past trades of %s: %s", self._symbol, error)
                    return
                known = {trade.trade_id: trade for trade in (*self._trades, *page.trades)}
                self._trades = [known[number] for number in sorted(known)]
                before, at = at, self.between(since, until, ()).unknown_since
                if at == before:
                    return  # it does not have more
