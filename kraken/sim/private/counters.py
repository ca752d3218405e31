"""Kraken's two counters: calls of a key, and orders of an account in one pair.

Both fall with time. The price of touching an order depends on its age since it was placed or last
amended (docs: https://docs.kraken.com/api/docs/guides/spot-ratelimits); all amounts here are in
hundredths, so that nothing is rounded on the way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kraken.sim.market.types import SECOND

HUNDREDTHS = 100


@dataclass(frozen=True, slots=True)
class Tier:
    """What an account of this tier may do."""

    calls: int
    calls_decay: int
    """Hundredths a second."""
    orders: int
    """Where the engine's counter is full."""
    orders_decay: int
    """Hundredths a second."""
    open_orders: int
    """In one pair."""


TIERS: Mapping[str, Tier] = {
    "starter": Tier(15, 33, 60, 100, 60),
    "intermediate": Tier(20, 50, 125, 234, 80),
    "pro": Tier(20, 100, 180, 375, 225),
}

AGES_S = (5, 10, 15, 45, 90, 300)
"""Ages below which touching an order costs extra."""

AMEND = (3, 2, 1, 0, 0, 0)
EDIT = (6, 5, 4, 2, 1, 0)
CANCEL = (8, 6, 5, 4, 2, 1)

_HISTORY = frozenset(
    {"Ledgers", "QueryLedgers", "TradesHistory", "QueryTrades", "ClosedOrders", "OrderAmends"}
)
_UNCOUNTED = frozenset(
    {
        "AddOrder",
        "AddOrderBatch",
        "AmendOrder",
        "EditOrder",
        "CancelOrder",
        "CancelAll",
        "CancelAllOrdersAfter",
        "CancelOrderBatch",
    }
)


def call_cost(endpoint: str) -> int:
    """What a REST call adds to its key's counter."""
    if endpoint in _UNCOUNTED:
        return 0
    return 2 if endpoint in _HISTORY else 1


def by_age(costs: Sequence[int], age_ns: int) -> int:
    """What touching an order of that age costs on top."""
    for limit, cost in zip(AGES_S, costs, strict=True):
        if age_ns < limit * SECOND:
            return cost
    return 0


class Counter:
    """A number that falls with time and must not rise above ``most``."""

    def __init__(self, most: int, decay: int) -> None:
        self._most = most * HUNDREDTHS
        self._decay = decay
        self._value = 0
        self._at_ns: int | None = None

    def value(self, now_ns: int) -> int:
        """Hundredths, now."""
        if self._at_ns is None or now_ns <= self._at_ns:
            return self._value
        return max(0, self._value - (now_ns - self._at_ns) * self._decay // SECOND)

    def fits(self, hundredths: int, now_ns: int) -> bool:
        """Whether that much can be added."""
        return self.value(now_ns) + hundredths <= self._most

    def add(self, hundredths: int, now_ns: int) -> None:
        """Add, even above the limit."""
        self._value = self.value(now_ns) + hundredths
        self._at_ns = max(now_ns, self._at_ns or 0)

    def spend(self, hundredths: int, now_ns: int) -> bool:
        """Add if it fits."""
        fits = self.fits(hundredths, now_ns)
        if fits:
            self.add(hundredths, now_ns)
        return fits
