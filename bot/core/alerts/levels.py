"""Levels: prices that somebody waits for, in order, the nearest on each side at hand.

Invariants: ``high`` is the lowest price that is waited for from below, ``low`` the highest from
above; a price strictly between them reaches nothing, however many wait. Reaching a level counts.
What is reached comes out in the order in which the price passed it, of one level the older first.
"""

import sys
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable
from decimal import Decimal

NEVER_UP = Decimal("Infinity")
NEVER_DOWN = Decimal("-Infinity")

_Entry = tuple[Decimal, int]


class Levels:
    """The levels of one price; each belongs to a number, which may have one on either side."""

    __slots__ = ("_downs", "_ups", "high", "low")

    def __init__(self) -> None:
        self._ups: list[_Entry] = []
        self._downs: list[_Entry] = []  # negated, so that the nearest is first here, too
        self.high = NEVER_UP
        self.low = NEVER_DOWN

    def __len__(self) -> int:
        return len(self._ups) + len(self._downs)

    def add(self, level: Decimal, number: int, *, up: bool) -> None:
        """Wait for the price to rise (``up``) or to fall to this level."""
        if up:
            insort(self._ups, (level, number))
        else:
            insort(self._downs, (level.copy_negate(), number))
        self._look()

    def load(self, ups: Iterable[_Entry], downs: Iterable[_Entry]) -> None:
        """Add many at once."""
        self._ups = sorted([*self._ups, *ups])
        negated = [(level.copy_negate(), number) for level, number in downs]
        self._downs = sorted([*self._downs, *negated])
        self._look()

    def discard(self, level: Decimal, number: int, *, up: bool) -> None:
        """Wait for it no more; nothing happens if nobody did."""
        side = self._ups if up else self._downs
        entry = (level if up else level.copy_negate(), number)
        place = bisect_left(side, entry)
        if place < len(side) and side[place] == entry:
            del side[place]
            self._look()

    def take(self, price: Decimal) -> list[tuple[int, bool]]:
        """Take out what this price reaches: (number, whether it was waited for from below)."""
        if self.low < price < self.high:
            return []
        count = bisect_right(self._ups, (price, sys.maxsize))
        taken = [(number, True) for _, number in self._ups[:count]]
        del self._ups[:count]
        count = bisect_right(self._downs, (price.copy_negate(), sys.maxsize))
        taken += [(number, False) for _, number in self._downs[:count]]
        del self._downs[:count]
        self._look()
        return taken

    def _look(self) -> None:
        self.high = self._ups[0][0] if self._ups else NEVER_UP
        self.low = self._downs[0][0].copy_negate() if self._downs else NEVER_DOWN
