"""History: candles of any interval, also further back than Kraken serves them.

The newest 720 come from one question. Older ones are built from trades, in steps from the newest
to the oldest: whatever is there when somebody gives up is unbroken, and asking again goes on from
there. Finished candles never change and are kept.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeAlias

from kraken.candles import MOST_CANDLES, Row, from_trades
from kraken.clock import Clock
from kraken.core.types import Candle, Instrument, Interval, Symbol, Trade
from kraken.market.reads import Reads
from kraken.rest import Rest

Progress: TypeAlias = Callable[[int, int], Awaitable[None]]

FRESH = timedelta(seconds=2)
"""An answer this young is not asked for again: two people, or one tapping twice."""

MOST_PAGES = 120
"""Pages of trades read for one question, at about one a second: who waits longer has gone."""

PAGE = 1000
"""Trades on a page, the most that Kraken gives (docs: REST, Trades)."""

STEP_PAGES = 4.8
"""Pages of one step back: few enough to be given up, many enough to waste little of the last."""

_ROWS_KEPT = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Cached:
    """What is known of one pair and interval; two who want the same share the work.

    Reaching back takes minutes, and whoever only wants the newest candles does not wait for it.
    """

    def __init__(self, symbol: Symbol, interval: Interval) -> None:
        self.row = Row(symbol, interval)
        self.asked_at: datetime | None = None
        self.refreshing = asyncio.Lock()
        self.reaching = asyncio.Lock()


class History:
    """Candles on demand."""

    def __init__(self, rest: Rest, reads: Reads, clock: Clock) -> None:
        self._rest = rest
        self._reads = reads
        self._clock = clock
        self._cached: OrderedDict[tuple[Symbol, Interval], _Cached] = OrderedDict()

    async def candles(
        self,
        instrument: Instrument,
        interval: Interval,
        count: int,
        running: Callable[[], Candle | None],
        progress: Progress | None = None,
    ) -> list[Candle]:
        """The newest ``count`` candles, newest last; fewer if there are no more.

        Raises what a read raises after three attempts.
        """
        cached = self._find(instrument.symbol, interval)
        count = min(count, MOST_CANDLES)
        await self._refresh(cached, running)
        if len(cached.row) < count:
            async with cached.reaching:
                await self._reach_back(cached.row, instrument, count, progress)
            # Meanwhile candles were finished, and others begun.
            await self._refresh(cached, running)
        return cached.row.newest(count, running())

    def _find(self, symbol: Symbol, interval: Interval) -> _Cached:
        """The row of this pair and interval; the one that was not asked for longest makes room."""
        key = (symbol, interval)
        cached = self._cached.pop(key, None) or _Cached(symbol, interval)
        self._cached[key] = cached
        while len(self._cached) > _ROWS_KEPT:
            self._cached.popitem(last=False)
        return cached

    async def _refresh(self, cached: _Cached, running: Callable[[], Candle | None]) -> None:
        """Ask for the newest candles, unless that was done a moment ago and nothing began since.

        The stream may know a later candle: the one before it was never seen finished.
        """
        async with cached.refreshing:
            row, now = cached.row, self._clock.now()
            is_fresh = cached.asked_at is not None and now - cached.asked_at < FRESH
            if is_fresh and not row.is_behind(running()):
                return
            page = await self._reads.ask(partial(self._rest.candles, row.symbol, row.interval))
            row.extend(page.candles)
            cached.asked_at = self._clock.now()

    async def _reach_back(
        self, row: Row, instrument: Instrument, count: int, progress: Progress | None
    ) -> None:
        """Build older candles from trades until there are ``count``, or as far as it goes."""
        pages = 0
        # Said from the start, so that nobody waits for what will not be reached.
        reach = int(0.8 * MOST_PAGES * PAGE / max(row.trades_per_candle(), 0.01))
        count = min(count, len(row) + reach)
        while len(row) < count and (end := row.first) and not row.beginning_reached:
            fitting = int(STEP_PAGES * PAGE / max(row.trades_per_candle(), 0.01))
            steps = max(1, min(count - len(row), fitting))
            begin = end - steps * row.interval.length
            trades: dict[int, Trade] = {}
            async for page in self._pages(row.symbol, begin, end):
                trades.update((trade.trade_id, trade) for trade in page)
                pages += 1
                if progress is not None:
                    await progress(len(row), count)
                if pages >= 2 * MOST_PAGES:
                    return  # Far busier than what followed: this step would take all day.
            if row.first == end:  # Not replaced by a newer answer in the meantime.
                built = from_trades(trades.values(), row.interval, instrument.price_decimals)
                row.prepend(begin, built)
            if pages >= MOST_PAGES:
                break
        if progress is not None and pages:
            await progress(len(row), count)

    async def _pages(
        self, symbol: Symbol, begin: datetime, end: datetime
    ) -> AsyncIterator[tuple[Trade, ...]]:
        """Pages of trades that together hold all from ``begin`` to ``end``, and some later ones.

        A trade may be on two pages: several share a nanosecond, so the last one is asked for
        again (docs: REST, Trades).
        """
        since = (begin - _EPOCH) // timedelta(microseconds=1) * 1000 - 1
        while True:
            page = await self._reads.ask(partial(self._rest.trades, symbol, since, PAGE))
            yield page.trades
            if len(page.trades) < PAGE or page.trades[-1].at >= end or page.last <= since:
                return
            # A whole page within one nanosecond: only going on leads out of it.
            stuck = page.last - 1 <= since
            since = page.last if stuck else page.last - 1
