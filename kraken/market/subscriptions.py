"""Subscriptions: who reads which stream, and the newest value of each.

A stream is wanted from its first reader on. When the last one has left it lingers, because people
ask the same thing twice; then it is dropped. The time for that comes in as an argument.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kraken.core.events import Want
from kraken.watch import Watch


@dataclass(slots=True)
class _Subscription:
    watch: Watch[Any] = field(default_factory=Watch)
    readers: int = 0
    left_at: datetime | None = None


class Subscriptions:
    """The streams that somebody reads, or read a moment ago."""

    def __init__(
        self,
        want: Callable[[Want, Watch[Any]], None],
        drop: Callable[[Want], None],
        linger: timedelta,
    ) -> None:
        self._want = want
        self._drop = drop
        self._linger = linger
        self._subscriptions: dict[Want, _Subscription] = {}

    def __len__(self) -> int:
        return len(self._subscriptions)

    @contextmanager
    def reading(self, want: Want, now: Callable[[], datetime]) -> Iterator[Watch[Any]]:
        """The values of this stream, which is subscribed for as long as somebody is in here."""
        subscription = self._subscriptions.get(want)
        if subscription is None:
            subscription = self._subscriptions[want] = _Subscription()
            self._want(want, subscription.watch)
        subscription.readers += 1
        try:
            yield subscription.watch
        finally:
            subscription.readers -= 1
            subscription.left_at = now()

    def expire(self, now: datetime) -> None:
        """Drop what nobody has read for long enough."""
        for want, subscription in list(self._subscriptions.items()):
            left_at = subscription.left_at
            if not subscription.readers and left_at is not None and now - left_at >= self._linger:
                del self._subscriptions[want]
                self._drop(want)
