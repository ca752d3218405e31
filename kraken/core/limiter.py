"""Kraken's call counters as numbers: what may be sent now, and when the next may be.

A counter rises by the cost of each call and falls with time; what would lift it over its maximum
has to wait (docs: REST, Rate limits). Nothing here sleeps: the caller is told how long.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from kraken.core.types import Symbol


@dataclass(frozen=True, slots=True)
class Limit:
    """How high a counter may rise, and how fast it falls."""

    maximum: float
    per_second: float


PUBLIC_REST = Limit(maximum=1, per_second=1)
"""Public endpoints: about one call a second (docs: REST, Rate limits)."""

PRIVATE_REST = {
    "starter": Limit(maximum=15, per_second=0.33),
    "intermediate": Limit(maximum=20, per_second=0.5),
    "pro": Limit(maximum=20, per_second=1),
}
"""Private endpoints, for each key, by the account's tier."""

ENGINE = {
    "starter": Limit(maximum=60, per_second=1),
    "intermediate": Limit(maximum=125, per_second=2.34),
    "pro": Limit(maximum=180, per_second=3.75),
}
"""Orders of one pair, by the account's tier (docs: Trading rate limits)."""


class Bucket:
    """One counter. It knows no clock: every question brings its ``now``."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._level = 0.0
        self._at: datetime | None = None

    def level(self, now: datetime) -> float:
        """The counter at this time."""
        if self._at is None:
            return 0.0
        passed = max(0.0, (now - self._at).total_seconds())
        return max(0.0, self._level - passed * self.limit.per_second)

    def wait(self, now: datetime, cost: float = 1) -> timedelta:
        """How long until a call of this cost fits; zero if it fits now. Nothing is counted."""
        excess = self.level(now) + cost - self.limit.maximum
        # A microsecond more, because time comes in whole ones.
        return timedelta(seconds=excess / self.limit.per_second + 1e-6 if excess > 1e-9 else 0)

    def spend(self, now: datetime, cost: float = 1) -> None:
        """Count a call that is being made, whether it fits or not."""
        self.set(now, self.level(now) + cost)

    def set(self, now: datetime, level: float) -> None:
        """The counter is known to be this high."""
        self._level = level
        self._at = now if self._at is None else max(now, self._at)


class Action(Enum):
    """What is done with an order; the fixed cost, and what its age adds (docs: Trading limits)."""

    ADD = (1, ())
    AMEND = (1, (3, 2, 1, 0, 0, 0))
    CANCEL = (0, (8, 6, 5, 4, 2, 1))


_AGES = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 15, 45, 90, 300))
"""Ages below which touching an order costs more, the youngest first."""


def action_cost(action: Action, age: timedelta | None = None) -> int:
    """What an action adds to the engine's counter of its pair.

    ``age`` is the order's, since it was placed or last amended; unknown means new.
    """
    fixed: int = action.value[0]
    by_age: tuple[int, ...] = action.value[1]
    age = timedelta(0) if age is None else age
    extra = next((cost for limit, cost in zip(_AGES, by_age, strict=False) if age < limit), 0)
    return fixed + extra


@dataclass(frozen=True, slots=True)
class Load:
    """How far an account's counters are up, as we reckon them, and how high they may rise."""

    calls: float
    """Private calls over REST."""
    calls_most: float
    orders: float
    """Orders of the pair that is nearest to its limit."""
    orders_most: float


class EngineCounters:
    """One account's counters of the matching engine, one for each pair, as we reckon them.

    What Kraken says of a counter replaces what was reckoned.
    """

    def __init__(self, tier: str = "starter") -> None:
        self.tier = tier
        self._buckets: dict[Symbol, Bucket] = {}

    def wait_for(
        self, symbol: Symbol, action: Action, now: datetime, age: timedelta | None = None
    ) -> timedelta:
        """How long until the engine takes this; zero if it would now. Nothing is counted.

        A cancel never has to wait: Kraken takes it above the limit, too.
        """
        if action is Action.CANCEL:
            return timedelta(0)
        return self._bucket(symbol).wait(now, action_cost(action, age))

    def spend(
        self, symbol: Symbol, action: Action, now: datetime, age: timedelta | None = None
    ) -> None:
        """Count what is being sent."""
        self._bucket(symbol).spend(now, action_cost(action, age))

    def highest(self, now: datetime) -> tuple[float, float]:
        """The counter of the pair that is nearest to its limit, and that limit."""
        levels = [bucket.level(now) for bucket in self._buckets.values()]
        return max(levels, default=0.0), ENGINE[self.tier].maximum

    def told(self, symbol: Symbol, level: Decimal, now: datetime) -> None:
        """Kraken said how high a counter is."""
        self._bucket(symbol).set(now, float(level))

    def told_maximum(self, maximum: Decimal) -> str:
        """Kraken said how high counters of this account may rise; the tier that this means."""
        known = [name for name, limit in ENGINE.items() if limit.maximum <= maximum]
        tier = known[-1] if known else next(iter(ENGINE))
        if tier != self.tier:
            self.tier = tier
            for bucket in self._buckets.values():
                bucket.limit = ENGINE[tier]
        return tier

    def _bucket(self, symbol: Symbol) -> Bucket:
        bucket = self._buckets.get(symbol)
        if bucket is None:
            bucket = self._buckets[symbol] = Bucket(ENGINE[self.tier])
        return bucket
