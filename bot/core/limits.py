"""How often something may happen, as numbers.

Rules: ``burst`` things may happen at once, then one per ``interval``; in any stretch of time t at
most ``burst + t / interval`` happen. Nothing here waits: callers ask when, and come back.
"""

from datetime import UTC, datetime, timedelta

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Bucket:
    """A limit with a burst, driven by the caller's clock."""

    def __init__(self, interval: timedelta, burst: int) -> None:
        self._interval = interval
        self._slack = interval * (burst - 1)
        self._next = _LONG_AGO
        """When the next one would be due if they came evenly."""

    def free_at(self, now: datetime) -> datetime:
        """The first instant, from now on, at which one more may happen."""
        return max(now, self._next - self._slack)

    def take(self, now: datetime) -> None:
        """One more happened."""
        self._next = max(now, self._next) + self._interval

    def is_full(self, now: datetime) -> bool:
        """Nothing happened for so long that forgetting this bucket changes nothing."""
        return self._next <= now
