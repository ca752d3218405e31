"""Feeds: which stream to look into, and what to do about one that stands still.

Heartbeats prove the connection and say nothing about one channel: a subscription was seen to die
alone. A quiet pair looks the same. So what has not changed for half a minute is compared with what
REST knows. If that is newer, the stream is subscribed again; if that did not help, a new
connection is opened.

The same for what does not come at all: requests into a connection that only beats are never
answered. But once for each loss only: one pair that Kraken cannot serve must not cost the others
their connection again and again.
"""

from collections.abc import Hashable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from typing import Generic, TypeVar

from kraken.core.types import BookPage, BookView, Level

Key = TypeVar("Key", bound=Hashable)

QUIET = timedelta(seconds=30)
"""A stream without a change for so long is looked into, and again after as long."""

MISSING = timedelta(seconds=15)
"""What was asked for and has not come for so long; an answer takes half a second."""

COMPARED = 5
"""Best levels of each side of a book that must agree."""

_ROUNDED = Decimal("0.001")  # REST's quantities have three digits (docs: REST, Depth)


class Cure(Enum):
    """What to do about a stream that stands still."""

    RESUBSCRIBE = "resubscribe"
    RECONNECT = "reconnect"


class Feeds(Generic[Key]):
    """When each stream of one kind was last compared, and how often it was behind in a row."""

    def __init__(self) -> None:
        self._compared: dict[Key, datetime] = {}
        self._behind: dict[Key, int] = {}
        self._despaired: set[Key] = set()

    def due(self, changed_at: Mapping[Key, datetime], now: datetime) -> Key | None:
        """Of these streams with their last changes, the one to compare now: still for longest."""
        waiting = {
            key: max(changed, self._compared.get(key, changed))
            for key, changed in changed_at.items()
        }
        key = min(waiting, key=lambda each: waiting[each], default=None)
        return key if key is not None and now - waiting[key] >= QUIET else None

    def compared(self, key: Key, now: datetime) -> None:
        """This stream is being looked into; it is not due again for a while."""
        self._compared[key] = now

    def verdict(self, key: Key, *, is_dead: bool) -> Cure | None:
        """What to do, now that the comparison is made."""
        if not is_dead:
            self._behind.pop(key, None)
            return None
        self._behind[key] = self._behind.get(key, 0) + 1
        if self._behind[key] == 1:
            return Cure.RESUBSCRIBE
        del self._behind[key]
        return Cure.RECONNECT

    def despair(
        self, missing_since: Mapping[Key, datetime], alive: Set[Key], now: datetime
    ) -> bool:
        """Whether a new connection is worth a try for one of these that do not come.

        Not twice for one that was not ``alive`` since, also if nobody wanted it for a while.
        """
        self._despaired -= alive - missing_since.keys()
        hopeless = {
            key
            for key, since in missing_since.items()
            if now - since >= MISSING and key not in self._despaired
        }
        self._despaired |= hopeless
        return bool(hopeless)


def agree(ours: BookView, page: BookPage) -> bool:
    """The best levels have the same prices, and quantities as far as REST gives them."""
    return _same(ours.bids, page.bids) and _same(ours.asks, page.asks)


def _same(ours: Sequence[Level], theirs: Sequence[Level]) -> bool:
    return all(
        mine is not None
        and its is not None
        and mine.price == its.price
        and abs(mine.qty - its.qty) <= _ROUNDED
        for mine, its in zip_longest(ours[:COMPARED], theirs[:COMPARED])
    )
