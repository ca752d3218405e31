"""What was traded on one pair since the market opened: the prints, and candles built from them."""

from bisect import bisect_right

from kraken.sim.market.types import SECOND, CandleRow, TradePrint

INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
"""Minutes; Kraken serves these nine."""

_KEPT = 200_000


class _Live:
    """A candle that still grows."""

    __slots__ = ("begin_s", "close", "count", "high", "low", "open", "value", "volume")

    def __init__(self, begin_s: int, ticks: int) -> None:
        self.begin_s = begin_s
        self.open = self.high = self.low = self.close = ticks
        self.value = self.volume = self.count = 0

    def add(self, ticks: int, lots: int) -> None:
        if ticks > self.high:
            self.high = ticks
        if ticks < self.low:
            self.low = ticks
        self.close = ticks
        self.value += ticks * lots
        self.volume += lots
        self.count += 1

    def row(self) -> CandleRow:
        return CandleRow(
            self.begin_s,
            self.open,
            self.high,
            self.low,
            self.close,
            self.value,
            self.volume,
            self.count,
        )


class Tape:
    """Prints in order, oldest first; only candles in which someone traded are kept."""

    def __init__(self) -> None:
        self.prints: list[TradePrint] = []
        self.dropped = 0
        """Prints that were forgotten because there were too many."""
        self._candles: dict[int, list[_Live]] = {minutes: [] for minutes in INTERVALS}
        self._lengths = [(minutes * 60, candles) for minutes, candles in self._candles.items()]

    def add(self, trade: TradePrint) -> None:
        """One more print, not older than the last."""
        self.prints.append(trade)
        if len(self.prints) > _KEPT:
            self.dropped += _KEPT // 4
            del self.prints[: _KEPT // 4]
        second = trade.ns // SECOND
        for length, candles in self._lengths:
            begin = second - second % length
            if not candles or candles[-1].begin_s != begin:
                candles.append(_Live(begin, trade.ticks))
            candles[-1].add(trade.ticks, trade.lots)

    def since(self, since_ns: int, count: int) -> list[TradePrint]:
        """At most so many prints later than that, oldest first."""
        first = bisect_right(self.prints, since_ns, key=lambda trade: trade.ns)
        return self.prints[first : first + max(count, 0)]

    def rows(self, minutes: int, from_s: int) -> list[CandleRow]:
        """Candles with trades that begin at that second or later, oldest first."""
        found: list[CandleRow] = []
        for candle in reversed(self._candles[minutes]):
            if candle.begin_s < from_s:
                break
            found.append(candle.row())
        found.reverse()
        return found
