"""Candles: how they are built from trades and kept as one unbroken row.

Kraken serves the newest 720 candles of an interval and never an older one, but every trade since
the beginning. Rules of this file, all of them without I/O:

* An interval begins at a multiple of its length since the epoch; so weeks begin on a Thursday.
* A candle built from trades is the candle that Kraken would have served: first, highest, lowest
  and last price, volume, volume-weighted average, number of trades.
* A trade counts once, whatever the number of pages it came in; its ``trade_id`` tells.
* A row has no holes. An interval without a trade is a candle with ``count`` 0 that repeats the
  previous close, as Kraken writes it; before the first known trade there is nothing to repeat,
  and nothing is invented.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

from kraken.core.types import Candle, Interval, Symbol, Trade

SERVED = 720
"""Finished candles that Kraken's OHLC endpoint reaches back (docs: REST, OHLC)."""

MOST_CANDLES = 10_000
"""As many as a row shows or keeps; whoever asks day after day would else keep years."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ARITHMETIC = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Ours, because other libraries change the rounding of the one that everybody shares."""


def begin_of(at: datetime, interval: Interval) -> datetime:
    """Start of the interval that holds this instant."""
    return at - (at - _EPOCH) % interval.length


def from_trades(
    trades: Iterable[Trade], interval: Interval, price_decimals: int
) -> dict[datetime, Candle]:
    """Candles of the intervals that had trades, by their start; the trades come oldest first.

    Prices are written with ``price_decimals`` digits, as in Kraken's own candles.
    """
    seen: set[int] = set()
    grouped: dict[datetime, list[Trade]] = {}
    for trade in trades:
        if trade.trade_id not in seen:
            seen.add(trade.trade_id)
            grouped.setdefault(begin_of(trade.at, interval), []).append(trade)
    digits = Decimal(1).scaleb(-price_decimals)
    with localcontext(_ARITHMETIC):
        return {begin: _candle(group, interval, begin, digits) for begin, group in grouped.items()}


def _candle(
    trades: Sequence[Trade], interval: Interval, begin: datetime, digits: Decimal
) -> Candle:
    prices = [trade.price for trade in trades]
    volume = sum((trade.qty for trade in trades), Decimal(0))
    paid = sum((trade.price * trade.qty for trade in trades), Decimal(0))
    return Candle(
        symbol=trades[0].symbol,
        interval=interval,
        begin=begin,
        open=prices[0].quantize(digits),
        high=max(prices).quantize(digits),
        low=min(prices).quantize(digits),
        close=prices[-1].quantize(digits),
        vwap=(paid / volume if volume else prices[-1]).quantize(digits),
        volume=volume,
        count=len(trades),
    )


def empty_after(candle: Candle, begin: datetime) -> Candle:
    """The candle of an interval without a trade that follows this one."""
    return Candle(
        symbol=candle.symbol,
        interval=candle.interval,
        begin=begin,
        open=candle.close,
        high=candle.close,
        low=candle.close,
        close=candle.close,
        vwap=Decimal(0),
        volume=Decimal(0),
        count=0,
    )


def _is_newer(one: Candle, other: Candle) -> bool:
    return (one.begin, one.count) > (other.begin, other.count)


class Row:
    """One unbroken stretch of candles of a pair and an interval, extended at both ends.

    Everything between ``first`` and the end of the running candle is known; what is not stored
    had no trade.
    """

    def __init__(self, symbol: Symbol, interval: Interval) -> None:
        self.symbol = symbol
        self.interval = interval
        self.first: datetime | None = None
        """Start of the oldest interval that is known; None while nothing is."""
        self.last: datetime | None = None
        """Start of the running candle as of the last answer."""
        self.beginning_reached = False
        """Kraken had no older candle than these: the pair is younger than that."""
        self._candles: dict[datetime, Candle] = {}

    def __len__(self) -> int:
        """Intervals known, empty ones too."""
        if self.first is None or self.last is None:
            return 0
        return (self.last - self.first) // self.interval.length + 1

    def extend(self, candles: Sequence[Candle]) -> None:
        """Take over an answer of the OHLC endpoint: oldest first, without holes, last one running.

        An answer that does not overlap what is known replaces it: the candle that was running
        then was never seen finished.
        """
        if not candles:
            return
        first, last = candles[0].begin, candles[-1].begin
        if self.first is None or self.last is None or first > self.last:
            self._candles.clear()
            self.first = first
            # Shorter than what Kraken serves of an old pair: there is nothing before it.
            self.beginning_reached = len(candles) < SERVED
        self.first = min(self.first, first)
        self.last = last
        self._candles.update({candle.begin: candle for candle in candles})
        if len(self) > MOST_CANDLES + SERVED:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        kept = self.newest(MOST_CANDLES)
        self._candles = {candle.begin: candle for candle in kept}
        self.first = kept[0].begin
        self.beginning_reached = False

    def is_behind(self, running: Candle | None) -> bool:
        """Whether this candle of the stream began after all that are known here."""
        return running is not None and self.last is not None and running.begin > self.last

    def prepend(self, begin: datetime, candles: dict[datetime, Candle]) -> None:
        """Reach back to ``begin``: these are all candles with trades from there to ``first``."""
        if self.first is None or begin >= self.first:
            raise ValueError("prepend reaches back before the first known candle")
        self._candles.update(
            (start, candle) for start, candle in candles.items() if begin <= start < self.first
        )
        self.first = begin

    def trades_per_candle(self, sample: int = 100) -> float:
        """How busy the oldest known candles were, as a guess at those before them."""
        if not self._candles:
            return 0.0
        oldest = list(self._forward())[:sample]
        return sum(candle.count for candle in oldest) / max(1, len(oldest))

    def newest(self, count: int, running: Candle | None = None) -> list[Candle]:
        """The newest candles, newest last, without holes.

        ``running`` is another state of the running candle, or already a later one; of two states
        the one with more trades is newer. One from the far future is not believed.
        """
        candles = list(self._forward())
        horizon = None if self.last is None else self.last + SERVED * self.interval.length
        if running is not None and horizon is not None and running.begin > horizon:
            running = None
        if running is not None and candles and _is_newer(running, candles[-1]):
            if running.begin == candles[-1].begin:
                candles.pop()
            while candles and candles[-1].begin + self.interval.length < running.begin:
                candles.append(empty_after(candles[-1], candles[-1].begin + self.interval.length))
            candles.append(running)
        return candles[-count:]

    def _forward(self) -> Iterator[Candle]:
        previous: Candle | None = None
        begin = self.first
        while begin is not None and self.last is not None and begin <= self.last:
            candle = self._candles.get(begin)
            if candle is None and previous is not None:
                candle = empty_after(previous, begin)
            if candle is not None:
                yield candle
                previous = candle
            begin += self.interval.length
