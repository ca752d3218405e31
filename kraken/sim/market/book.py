"""The simulated market's book: two ladders of levels in whole ticks and lots.

A ladder keeps its prices sorted with the best one last, where lists are cheap to change: almost
everything that happens to a book happens near the touch.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator

from kraken.sim.market.types import BUY, Levels, opposite


class Ladder:
    """One side of a book; never holds a level without lots."""

    def __init__(self, sign: int) -> None:
        self._sign = sign  # +1 for bids, -1 for asks: the greatest key is the best price
        self._keys: list[int] = []
        self._lots: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def best(self) -> int:
        """Ticks of the best level, 0 when the side is empty."""
        return self._sign * self._keys[-1] if self._keys else 0

    @property
    def worst(self) -> int:
        """Ticks of the level furthest from the touch, 0 when the side is empty."""
        return self._sign * self._keys[0] if self._keys else 0

    def at(self, index: int) -> int:
        """Ticks of the level at that place, 0 is the best; there must be one."""
        return self._sign * self._keys[-1 - index]

    def lots(self, ticks: int) -> int:
        """What rests at that price, 0 for nothing."""
        return self._lots.get(self._sign * ticks, 0)

    def set(self, ticks: int, lots: int) -> None:
        """Let that much rest at that price; 0 removes the level."""
        key = self._sign * ticks
        if lots <= 0:
            if self._lots.pop(key, 0):
                del self._keys[bisect_left(self._keys, key)]
            return
        if key not in self._lots:
            if not self._keys or key > self._keys[-1]:
                self._keys.append(key)
            else:
                insort(self._keys, key)
        self._lots[key] = lots

    def clear(self) -> None:
        """Remove every level."""
        self._keys.clear()
        self._lots.clear()

    def reaches(self, ticks: int) -> bool:
        """Whether someone here would trade at that price or a better one for the taker."""
        return bool(self._keys) and self._keys[-1] >= self._sign * ticks

    def better_than(self, ticks: int) -> list[int]:
        """Prices strictly better than that one, best first."""
        start = bisect_left(self._keys, self._sign * ticks + 1)
        return [self._sign * key for key in reversed(self._keys[start:])]

    def far_end(self, count: int) -> list[int]:
        """The prices of that many levels furthest from the touch."""
        return [self._sign * key for key in self._keys[: max(count, 0)]]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Levels, best first."""
        for key in reversed(self._keys):
            yield self._sign * key, self._lots[key]


class Book:
    """Bids and asks of one pair; remembers which levels changed until told that they are known."""

    def __init__(self) -> None:
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self._changed_bids: dict[int, int] = {}
        self._changed_asks: dict[int, int] = {}

    @property
    def mid(self) -> float:
        """Halfway between the best prices, in ticks."""
        return (self.bids.best + self.asks.best) / 2

    @property
    def spread(self) -> int:
        """Ticks between the best prices."""
        return self.asks.best - self.bids.best

    def ladder(self, side: str) -> Ladder:
        """Where orders of that side rest."""
        return self.bids if side == BUY else self.asks

    def put(self, side: str, ticks: int, lots: int) -> None:
        """Set a level's total; 0 removes it."""
        if side == BUY:
            self.bids.set(ticks, lots)
            self._changed_bids[ticks] = lots
        else:
            self.asks.set(ticks, lots)
            self._changed_asks[ticks] = lots

    def take(self, side: str, lots: int, limit_ticks: int | None = None) -> Levels:
        """Let a taker of that side meet the other one; (ticks, lots) of each level it met.

        Stops when the lots are used up, the limit is reached or the side is empty.
        """
        resting_side = opposite(side)
        resting = self.ladder(resting_side)
        met: Levels = []
        while lots > 0 and len(resting):
            ticks = resting.best
            if limit_ticks is not None and not resting.reaches(limit_ticks):
                break
            there = resting.lots(ticks)
            taken = min(lots, there)
            self.put(resting_side, ticks, there - taken)
            met.append((ticks, taken))
            lots -= taken
        return met

    def changes(self) -> tuple[Levels, Levels]:
        """Levels that changed since this was last asked: bids, asks."""
        bids, asks = list(self._changed_bids.items()), list(self._changed_asks.items())
        self._changed_bids.clear()
        self._changed_asks.clear()
        return bids, asks
