"""Sweeping: read the lists of private REST, so that nothing that the stream lost stays unknown.

Each read waits until the key's call counter has room for it and for the reserve. Rows that cannot
be read are passed over with a warning: an order that misses fills because of one is known by its
sums.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime

from kraken.clock import Clock
from kraken.core.trading import Fill
from kraken.core.types import OrderId
from kraken.core.wire.private_orders import FillsPage, OrdersPage
from kraken.live import history
from kraken.live.facts import LOOK_BACK, Facts, report_of
from kraken.private_rest import HISTORY_COST, PrivateRest

logger = logging.getLogger(__name__)


class Sweeping:
    """Reads lists of one account into its facts."""

    def __init__(
        self,
        rest: PrivateRest,
        facts: Facts,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._rest = rest
        self._facts = facts
        self._clock = clock
        self._sleep = sleep

    async def everything(self, since: datetime) -> None:
        """Open orders, and what ended or was filled since that time (ours)."""
        theirs = since + self._rest.offset.value - LOOK_BACK
        await self.room(1)
        opened = await self._rest.open_orders()
        _warn(opened.unread)
        closed, unread = await history.rows(
            lambda offset: self._closed(theirs, offset), lambda page: page.reports
        )
        _warn(unread)
        now = self._clock.now()
        self._facts.learn(opened.reports, now)
        self._facts.learn(closed, now)
        listed = {report.order_id for report in (*opened.reports, *closed)}
        await self.orders(
            order.order_id for order in self._facts.open() if order.order_id not in listed
        )
        await self.fills(theirs)

    async def orders(self, order_ids: Iterable[OrderId]) -> None:
        """These orders."""
        wanted = list(order_ids)
        if wanted:
            await self.room(1)
            self._facts.learn(await history.orders(self._rest, wanted), self._clock.now())

    async def fills(self, since: datetime) -> None:
        """Fills since that time (Kraken's), and the orders of those that belong to none."""
        found, unread = await history.rows(
            lambda offset: self._trades(since, offset), lambda page: page.fills
        )
        _warn(unread)
        news = [fill for fill in found if not self._facts.is_old_news(report_of(fill))]
        await self.orders(
            {fill.order_id for fill in news if self._facts.order(fill.order_id) is None}
        )
        self._learn_fills(news)

    def _learn_fills(self, fills: Sequence[Fill]) -> None:
        preferences = self._facts.preferences()
        reports = [report_of(history.paid(fill, preferences)) for fill in reversed(fills)]
        self._facts.learn(reports, self._clock.now())

    async def _closed(self, since: datetime, offset: int) -> OrdersPage:
        await self.room(HISTORY_COST)
        return await self._rest.closed_orders(since=since, offset=offset)

    async def _trades(self, since: datetime, offset: int) -> FillsPage:
        await self.room(HISTORY_COST)
        return await self._rest.trades_history(since=since, offset=offset)

    async def room(self, cost: float) -> None:
        """Wait until a read of this cost fits."""
        seconds = self._rest.wait(cost).total_seconds()
        if seconds > 0:
            await self._sleep(seconds)


def _warn(unread: Sequence[str]) -> None:
    if unread:
        logger.warning("%d rows of Kraken's lists cannot be read", len(unread))
