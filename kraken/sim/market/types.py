"""The words between the simulated market and its wire: what happened, and what can be asked.

Numbers are exact: a price is a whole number of ticks of its pair, a quantity a whole number of
lots, a time nanoseconds since 1970 in UTC. Only the wire turns them into decimals.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from zlib import crc32

SECOND = 1_000_000_000
"""Nanoseconds."""
MINUTE = 60 * SECOND

BUY = "buy"
SELL = "sell"


def opposite(side: str) -> str:
    """Whom a taker of that side meets."""
    return SELL if side == BUY else BUY


Levels = list[tuple[int, int]]
"""(ticks, lots)."""


@dataclass(frozen=True, slots=True)
class BookDelta:
    """Levels that changed at one instant, each with its new total; 0 lots means gone.

    The book has no depth of its own: what a subscriber of a depth sees is the wire's business.
    """

    symbol: str
    ns: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True)
class BookReset:
    """The book is now this and nothing else, best levels first: a replay began again."""

    symbol: str
    ns: int
    bids: Levels
    asks: Levels


@dataclass(frozen=True, slots=True)
class TradePrint:
    """One public trade; side and order type are the taker's, ids are consecutive per pair."""

    symbol: str
    ns: int
    side: str
    ticks: int
    lots: int
    ord_type: str
    trade_id: int


Happening = BookDelta | BookReset | TradePrint


@dataclass(frozen=True, slots=True)
class CandleRow:
    """One interval; empty ones repeat the previous close with no volume and count 0."""

    begin_s: int
    open: int
    high: int
    low: int
    close: int
    value: int
    """Sum of ticks times lots."""
    volume_lots: int
    count: int

    @property
    def vwap_ticks(self) -> Fraction:
        """Average price weighted by quantity, in ticks; 0 when nobody traded."""
        return Fraction(self.value, self.volume_lots) if self.volume_lots else Fraction(0)


@dataclass(frozen=True, slots=True)
class Stats:
    """What the ticker tells: today since 00:00 UTC, the rolling 24 hours, and the last trade."""

    today: CandleRow
    day: CandleRow
    last: TradePrint

    @property
    def change_ticks(self) -> int:
        """Last price minus the price 24 hours ago."""
        return self.last.ticks - self.day.open


def merge(begin_s: int, rows: Iterable[CandleRow], close: int = 0) -> CandleRow:
    """Rows in order as one row; without a trade it is empty at the last close, else ``close``."""
    opened = high = low = 0
    value = volume = count = 0
    for row in rows:
        close = row.close
        if not row.count:
            continue
        if not count:
            opened, high, low = row.open, row.high, row.low
        else:
            high = max(high, row.high)
            low = min(low, row.low)
        value += row.value
        volume += row.volume_lots
        count += row.count
    if not count:
        return CandleRow(begin_s, close, close, close, close, 0, 0, 0)
    return CandleRow(begin_s, opened, high, low, close, value, volume, count)


def dice(seed: int, *parts: int | str) -> Random:
    """A source of chance that depends on these parts and on nothing else, on any machine."""
    key = seed & 0xFFFFFFFF
    for part in parts:
        number = crc32(part.encode()) if isinstance(part, str) else part
        key = (key * 0x5851F42D4C957F2D + number + 0x14057B7EF767814F) & 0xFFFFFFFFFFFFFFFF
        key ^= key >> 29
    return Random(key)
