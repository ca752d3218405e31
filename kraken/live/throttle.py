"""What the matching engine lets this account do with the orders of a pair, before it is asked.

Placing and amending raise ``HeldBack`` where the engine's counter would be exceeded: nothing was
sent, and ``retry_after`` says when it would fit. A cancel is counted, and never refused.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kraken.core.errors import HeldBack
from kraken.core.limiter import Action, EngineCounters
from kraken.core.trading import Order
from kraken.core.types import OrderId, Symbol

REMEMBERED = 1_000
"""Amended orders whose age is known; the engine forgets an age after five minutes."""


class Throttle:
    """One account's counters and the ages of its orders."""

    def __init__(self, tier: str) -> None:
        self.counters = EngineCounters(tier)
        self._amended: dict[OrderId, datetime] = {}

    def wait_for(
        self, symbol: Symbol, action: Action, now: datetime, order: Order | None = None
    ) -> timedelta:
        """How long until this may be done; zero if it may be done now."""
        return self.counters.wait_for(symbol, action, now, self._age(order, now))

    def place(self, symbol: Symbol, now: datetime) -> None:
        """Count an order that is about to be placed, or refuse it."""
        self._count(symbol, Action.ADD, now, None)

    def amend(self, order: Order, now: datetime) -> None:
        """Count an amend that is about to be sent, or refuse it."""
        self._count(order.symbol, Action.AMEND, now, order)
        self._amended[order.order_id] = now
        while len(self._amended) > REMEMBERED:
            del self._amended[next(iter(self._amended))]

    def cancel(self, orders: Iterable[Order], now: datetime) -> None:
        """Count the end of these orders."""
        for order in orders:
            self.counters.spend(order.symbol, Action.CANCEL, now, self._age(order, now))

    def _count(self, symbol: Symbol, action: Action, now: datetime, order: Order | None) -> None:
        wait = self.wait_for(symbol, action, now, order)
        if wait > timedelta(0):
            raise HeldBack(f"too many orders of {symbol} in a short time", wait)
        self.counters.spend(symbol, action, now, self._age(order, now))

    def _age(self, order: Order | None, now: datetime) -> timedelta | None:
        """Since it was placed or amended, as far as is known."""
        if order is None or order.created_at is None:
            return None
        since = max(order.created_at, self._amended.get(order.order_id, order.created_at))
        return max(timedelta(0), now - since)
