"""Following the market for alerts: every trade is judged once, also those of a gap.

Rules: trades have consecutive numbers, so a gap is seen, and its trades are asked of Kraken before
anything newer is judged; what came true in it is told as such; a gap whose trades cannot be had is
told to whom it concerns. A finished candle is read when it has ended, whether or not anybody
traded after it. What goes wrong is tried again, for ever.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.core.alerts.words import Alert, Crossing, Kind, Newest
from bot.desk.alerts_kept import Kept
from bot.desk.services import MarketData
from bot.store.alerts import Seen
from bot.tasks import together
from kraken.clock import Clock
from kraken.core.errors import KrakenError
from kraken.core.types import BookView, Candle, Interval, Symbol, Ticker, Trade, TradesPage
from kraken.watch import Watch

log = logging.getLogger(__name__)

LATE = timedelta(seconds=30)
"""A trade that is older when it comes was made while nobody watched."""
_MOST_PAGES = 20
"""Of 1,000 trades each, at about one a second."""
_AGAIN = 10.0
_PATIENCE = 3.0
"""Seconds that the newest trade of a pair is waited for."""
_CANDLES = 720
"""What Kraken hands out at once."""
_AFTER_END = 2.0
"""Seconds after its end at which a candle is read, if nobody traded."""
_BOOK_DEPTH = 1000
_BOOK_EVERY = 1.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Happened = Callable[[Sequence[Crossing]], None]
Blind = Callable[[Symbol, datetime], Awaitable[None]]
"""Told of a gap of a pair that began then and whose trades could not be had."""


class PastTrades(MarketData, Protocol):
    """The market with its past."""

    async def past_trades(self, symbol: Symbol, since: datetime) -> TradesPage: ...


class Following:
    """The feeds of all pairs that have alerts; each ``follow_…`` runs until it is cancelled."""

    def __init__(
        self,
        kept: Kept,
        market: PastTrades,
        clock: Clock,
        happened: Happened,
        blind: Blind,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._kept = kept
        self._market = market
        self._clock = clock
        self._happened = happened
        self._blind = blind
        self._sleep = sleep
        self._connects: dict[Symbol, int] = {}

    # -- trades and best prices

    async def beginning(self, symbol: Symbol) -> Seen | None:
        """Where to begin with a pair that nobody watches yet: after its newest trade.

        By its number, since clocks differ. None where the pair is watched, or nobody knows now.
        """
        if not symbol or symbol in self._kept.engines or not self._market.health().connected:
            return None
        with suppress(TimeoutError, KrakenError):  # it begins with the first trade that comes
            async with asyncio.timeout(_PATIENCE), self._market.trades(symbol) as tape:
                while not (trades := await tape.first()):
                    await tape.newer(tape.version)
                if symbol in self._kept.engines:
                    return None
                trade = Newest(trades[-1].trade_id, trades[-1].price, trades[-1].at)
                return Seen(trade, self._clock.now())
        return None

    async def follow_pair(self, symbol: Symbol) -> None:
        """Judge every trade and every change of the best prices."""
        market = self._market
        if symbol not in self._kept.is_current:
            await self._remember_windows(symbol)
        async with market.trades(symbol) as tape, market.ticker(symbol) as ticks:
            await together(self._trades(symbol, tape), self._quotes(symbol, ticks))

    async def _trades(self, symbol: Symbol, tape: Watch[tuple[Trade, ...]]) -> None:
        version = 0
        while True:
            version, trades = await tape.newer(version)
            if trades:
                await self._take(symbol, trades)

    async def _take(self, symbol: Symbol, trades: Sequence[Trade]) -> None:
        engine = self._kept.engines[symbol]
        connects = self._market.health().connects
        is_first = connects != self._connects.get(symbol)
        since = self._kept.heard_at.get(symbol, self._clock.now())
        if engine.newest is None:
            # Nobody watched this pair before: what was traded until then is no news.
            new = [trade for trade in trades if trade.at > since]
            is_whole = len(new) < len(trades)
        else:
            new = _newer(trades, engine.cursor)
            is_whole = not new or new[0].trade_id == engine.cursor + 1
        past = [] if is_whole else await self._missed(symbol, since, new[0].trade_id)
        now = self._clock.now()
        found: list[Crossing] = []
        for trade in past:
            found += _away(engine.trade(trade, live=False), since)
        for trade in new:
            is_late = is_first and now - trade.at > LATE
            crossings = engine.trade(trade, live=not is_late)
            found += _away(crossings, since) if is_late else crossings
        if engine.newest is None:
            engine.newest = trades[-1]
        self._connects[symbol] = connects
        self._kept.heard_at[symbol] = now
        self._kept.is_current.add(symbol)
        self._happened(found)

    async def _missed(self, symbol: Symbol, since: datetime, until: int) -> list[Trade]:
        """The trades between the newest that was judged, or ``since``, and the one of this
        number, as far as they can be had.
        """
        newest = self._kept.engines[symbol].newest
        cursor = newest.trade_id if newest is not None else 0
        at = newest.at if newest is not None else since
        found: dict[int, Trade] = {}
        for _ in range(_MOST_PAGES):
            try:
                page = await self._market.past_trades(symbol, at)
            except KrakenError as error:
                log.warning("alerts: no past trades of %s: %s", symbol, error)
                break
            found.update((trade.trade_id, trade) for trade in page.trades)
            following = _EPOCH + timedelta(microseconds=page.last // 1_000)
            if not page.trades or page.trades[-1].trade_id >= until - 1 or following <= at:
                break
            at = following
        past = [
            found[number]
            for number in sorted(found)
            if cursor < number < until and (cursor or found[number].at > since)
        ]
        if not _is_unbroken(past, cursor, until):
            await self._blind(symbol, since)
        return past

    async def _quotes(self, symbol: Symbol, ticks: Watch[Ticker]) -> None:
        version = 0
        while True:
            version, ticker = await ticks.newer(version)
            if ticker is not None:
                self._kept.tickers[symbol] = ticker
                self._happened(self._kept.engines[symbol].quote(ticker))

    # -- the book

    async def follow_book(self, symbol: Symbol) -> None:
        """Look at what rests there, once a second at most."""
        async with self._market.book(symbol, _BOOK_DEPTH) as watch:
            version = 0
            while True:
                version, view = await watch.newer(version)
                if isinstance(view, BookView):
                    self._happened(self._kept.engines[symbol].book(view))
                await self._sleep(_BOOK_EVERY)

    # -- candles

    async def follow_candles(self, symbol: Symbol, interval: Interval) -> None:
        """Judge each candle when it has ended."""
        judged: datetime | None = None
        async with self._market.candles(symbol, interval) as running:
            while True:
                try:
                    finished = await self._finished(symbol, interval)
                except KrakenError as error:
                    log.warning("alerts: no candles of %s: %s", symbol, error)
                    await self._sleep(_AGAIN)
                    continue
                if finished:
                    self._judge(symbol, finished, judged)
                    judged = finished[-1].begin
                await self._until_end(interval, running, finished)

    async def _finished(self, symbol: Symbol, interval: Interval) -> list[Candle]:
        rows = await self._market.history(symbol, interval, _CANDLES)
        now = self._clock.now()
        return [candle for candle in rows if candle.begin + interval.length <= now]

    def _judge(self, symbol: Symbol, finished: Sequence[Candle], judged: datetime | None) -> None:
        engine, now = self._kept.engines[symbol], self._clock.now()
        length = finished[-1].interval.length
        waiting = self._candle_alerts(symbol, finished[-1].interval)
        since = min((_since(each) for each in waiting), default=now)
        for alert in waiting:
            before = [each for each in finished if each.begin + length <= _since(alert)]
            if alert.progress.armed is None and before and judged is None:
                engine.prime(alert.id, before)
        for count, candle in enumerate(finished, 1):
            end = candle.begin + length
            if end > since and (judged is None or candle.begin > judged):
                found = engine.candle(finished[:count])
                if now - end > LATE * 2:
                    found = _away(found, end)
                self._happened(found)

    def _candle_alerts(self, symbol: Symbol, interval: Interval) -> list[Alert]:
        return [
            self._kept.judged(alert)
            for alert in self._kept.of(symbol)
            if any(each.interval == interval.value for each in alert.wish.conditions)
        ]

    async def _until_end(
        self, interval: Interval, running: Watch[Candle], finished: Sequence[Candle]
    ) -> None:
        """Wait until another candle has ended: the next began, or its time is over."""
        now = self._clock.now()
        end = finished[-1].begin + interval.length * 2 if finished else now
        seconds = (end - now).total_seconds() + _AFTER_END
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, _AFTER_END)):
                version = running.version
                while running.value is None or running.value.begin < end:
                    version, _ = await running.newer(version)

    # -- windows

    async def _remember_windows(self, symbol: Symbol) -> None:
        """Show alerts about moves what happened within their windows before this start."""
        now = self._clock.now()
        for alert in self._kept.of(symbol):
            windows = [c.seconds for c in alert.wish.conditions if c.kind is Kind.MOVE]
            since = max(_since(alert), now - timedelta(seconds=max(windows, default=0)))
            minutes = int((now - since).total_seconds()) // 60
            if not windows or minutes < 1:
                continue
            interval = next((i for i in Interval if minutes <= i.value * 700), Interval.H4)
            count = min(minutes // interval.value + 1, _CANDLES)
            try:
                rows = await self._market.history(symbol, interval, count)
            except KrakenError as error:
                log.warning("alerts: windows of %s begin anew: %s", symbol, error)
                return
            self._kept.engines[symbol].remember(alert.id, rows, since)


def _since(alert: Alert) -> datetime:
    return alert.progress.since or alert.created_at


def _newer(trades: Sequence[Trade], cursor: int) -> list[Trade]:
    """Those after the cursor; there are few of them, and they are at the end."""
    count = 0
    for trade in reversed(trades):
        if trade.trade_id <= cursor:
            break
        count += 1
    return list(trades[len(trades) - count :])


def _is_unbroken(past: Sequence[Trade], cursor: int, until: int) -> bool:
    """Whether these are all trades between the two; without a cursor, up to the second."""
    if cursor:
        return len(past) == until - cursor - 1
    return not past or until - past[0].trade_id == len(past)


def _away(crossings: Sequence[Crossing], since: datetime) -> list[Crossing]:
    return [replace(each, away_since=since) for each in crossings]
