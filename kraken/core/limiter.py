"""Kraken's call counters as numbers: what may be sent now, and when the next may be.

A counter rises by the cost of each call and falls with time; what would lift it over its maximum
has to wait (docs: REST, Rate limits). Nothing here sleeps: the caller is told how long.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """How high a counter may rise, and how fast it falls."""

    maximum: float
    per_second: float


PUBLIC_REST = Limit(maximum=1, per_second=1)
"""Public endpoints: about one call a second (docs: REST, Rate limits)."""

CONNECTIONS = Limit(maximum=100, per_second=100 / 600)
"""WebSocket connections in ten minutes; Kraken bans the address beyond 150."""

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
        self._limit = limit
        self._level = 0.0
        self._at: datetime | None = None

    def level(self, now: datetime) -> float:
        """The counter at this time."""
        if self._at is None:
            return 0.0
        passed = max(0.0, (now - self._at).total_seconds())
        return max(0.0, self._level - passed * self._limit.per_second)

    def wait(self, now: datetime, cost: float = 1) -> timedelta:
        """How long until a call of this cost fits; zero if it fits now. Nothing is counted."""
        excess = self.level(now) + cost - self._limit.maximum
        # A microsecond more, because time comes in whole ones.
        return timedelta(seconds=excess / self._limit.per_second + 1e-6 if excess > 1e-9 else 0)

    def spend(self, now: datetime, cost: float = 1) -> None:
        """Count a call that is being made, whether it fits or not."""
        self._level = self.level(now) + cost
        self._at = now if self._at is None else max(now, self._at)
