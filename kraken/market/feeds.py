"""Feeds: finds the book that stands still although Kraken's does not.

Heartbeats prove the connection and say nothing about one channel: a subscription was seen to die
alone. A quiet pair looks the same. So a book without a change for half a minute is compared with
the one that REST answers. If they differ, and ours has not moved meanwhile, it is subscribed
again; if that did not help, a new connection is opened.

The same for a book that does not come at all: requests into a connection that only beats are never
answered. But once for each loss only: one pair that Kraken cannot serve must not cost the others
their connection again and again.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import zip_longest

from kraken.core.types import BookPage, BookView, Level, Symbol

logger = logging.getLogger(__name__)

QUIET = timedelta(seconds=30)
"""A book without a change for so long is looked into, and again after as long."""

MISSING = timedelta(seconds=15)
"""A book that was asked for and has not come for so long; an answer takes half a second."""

COMPARED = 5
"""Best levels of each side that must agree."""

_ROUNDED = Decimal("0.001")  # REST's quantities have three digits (docs: REST, Depth)


class Cure(Enum):
    """What to do about a book that stands still."""

    RESUBSCRIBE = "resubscribe"
    RECONNECT = "reconnect"


class Feeds:
    """When each book was last compared, and how often it differed in a row."""

    def __init__(self) -> None:
        self._compared: dict[Symbol, datetime] = {}
        self._differed: dict[Symbol, int] = {}
        self._despaired: set[Symbol] = set()

    def due(self, changed_at: Mapping[Symbol, datetime], now: datetime) -> Symbol | None:
        """Of these books with their last changes, the one to compare now: still for longest."""
        waiting = {
            symbol: max(changed, self._compared.get(symbol, changed))
            for symbol, changed in changed_at.items()
        }
        symbol = min(waiting, key=lambda each: waiting[each], default=None)
        return symbol if symbol is not None and now - waiting[symbol] >= QUIET else None

    def despair(self, missing_since: Mapping[Symbol, datetime], now: datetime) -> bool:
        """Whether a new connection is worth a try for one of these books that do not come."""
        self._despaired &= missing_since.keys()
        hopeless = {
            symbol
            for symbol, since in missing_since.items()
            if now - since >= MISSING and symbol not in self._despaired
        }
        self._despaired |= hopeless
        return bool(hopeless)

    def compared(self, symbol: Symbol, now: datetime) -> None:
        """This book is being looked into; it is not due again for a while."""
        self._compared[symbol] = now

    def judge(self, ours: BookView | None, page: BookPage, now: datetime) -> Cure | None:
        """What to do, given our book of the pair as it is after REST's answer came."""
        symbol = page.symbol
        if ours is None or now - ours.received_at < QUIET or _agree(ours, page):
            self._differed.pop(symbol, None)
            return None
        self._differed[symbol] = self._differed.get(symbol, 0) + 1
        logger.warning("feeds: the book of %s stands still although Kraken's moved", symbol)
        if self._differed[symbol] == 1:
            return Cure.RESUBSCRIBE
        del self._differed[symbol]
        return Cure.RECONNECT


def _agree(ours: BookView, page: BookPage) -> bool:
    return _same(ours.bids, page.bids) and _same(ours.asks, page.asks)


def _same(ours: Sequence[Level], theirs: Sequence[Level]) -> bool:
    """The best levels have the same prices, and quantities as far as REST gives them."""
    return all(
        mine is not None
        and its is not None
        and mine.price == its.price
        and abs(mine.qty - its.qty) <= _ROUNDED
        for mine, its in zip_longest(ours[:COMPARED], theirs[:COMPARED])
    )
