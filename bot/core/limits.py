"""How often something may happen, as numbers.

Rules: a ``Bucket`` lets ``burst`` things happen at once, then one per ``interval``; in any stretch
of time t at most ``burst + t / interval`` happen. A ``Window`` lets ``most`` happen in any stretch
of a ``period``. Nothing here waits: callers ask when, and come back.
"""

from collections import deque
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


class Window:
    """At most so many in any stretch of a period, driven by the caller's clock."""

    def __init__(self, most: int, period: timedelta) -> None:
        self._most = most
        self._period = period
        self._last: deque[datetime] = deque(maxlen=most)

    def free_at(self, now: datetime, spare: int = 0) -> datetime:
        """The first instant, from now on, at which one more may happen.

        With ``spare``: at which that many more could happen at once after it.
        """
        index = len(self._last) - (self._most - spare)
        return now if index < 0 else max(now, self._last[index] + self._period)

    def take(self, now: datetime) -> None:
        """One more happened."""
        self._last.append(now)

    def is_full(self, now: datetime) -> bool:
        """Nothing happened for so long that forgetting this window changes nothing."""
        return not self._last or self._last[-1] + self._period <= now
