"""The best price since any time, in the memory of a few prices.

A price that a later one beats can never be the best again, so only the others are kept: the
lowest of all, the lowest after that one, and so on.
"""

from bisect import bisect_left
from datetime import datetime
from decimal import Decimal

MOST = 2_000
"""Prices that are kept; beyond them the oldest times become unknown."""


class Extremes:
    """The lowest (or highest) of a price that changes."""

    def __init__(self, *, highest: bool = False) -> None:
        self._sign = -1 if highest else 1
        self._times: list[datetime] = []
        self._keys: list[Decimal] = []
        self._prices: list[Decimal] = []
        self.since: datetime | None = None
        """Nothing before this was seen."""

    def see(self, price: Decimal, at: datetime) -> None:
        """The price is this now; never earlier than what was seen before."""
        self.since = self.since or at
        key = price if self._sign > 0 else price.copy_negate()
        if self._keys and self._keys[-1] == key:
            self._times[-1] = at  # and whoever asks from an earlier time on still finds it
            return
        while self._keys and self._keys[-1] >= key:
            self._drop(-1)
        self._keys.append(key)
        self._times.append(at)
        self._prices.append(price)
        if len(self._keys) > MOST:
            self._drop(0)
            self.since = self._times[0]

    def best(self, since: datetime) -> Decimal | None:
        """The best price from then on; None if none was seen.

        Where no other price came since, it is the one that was there already.
        """
        found = bisect_left(self._times, since)
        return self._prices[min(found, len(self._prices) - 1)] if self._prices else None

    def _drop(self, index: int) -> None:
        del self._keys[index], self._times[index], self._prices[index]
