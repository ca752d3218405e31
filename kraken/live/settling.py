"""Settling over private REST: look for an order of unknown outcome until there is evidence.

What counts as evidence is told in ``kraken.core.settling``; here it is asked for. A place that
fails, or that shows rows that cannot be read, told nothing. Rounds are as far apart as the key's
call counter needs to take a whole one and leave its reserve, and the stream may answer at any
time: a report under our name ends it at once.

Trades are read only in rounds that could prove an absence: before that, the lists of orders say
the same for less.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from kraken.clock import Clock
from kraken.core.errors import BadData, Busy, NotSent, Rejected
from kraken.core.settling import MARGIN, Absent, Found, KeepLooking, Round, verdict
from kraken.core.trading import Order, Report
from kraken.core.types import ClientOrderId
from kraken.live import history
from kraken.live.facts import LOOK_BACK, Facts, view
from kraken.private_rest import HISTORY_COST, PrivateRest

logger = logging.getLogger(__name__)

_CHEAP = 1 + HISTORY_COST
"""What a round costs that asks for open and closed orders."""
_WHOLE = _CHEAP + HISTORY_COST + 1
"""With trades, and the orders that they belong to."""

REFUSED_PAUSE = 60.0
"""Seconds until a key that may not read is tried again."""

_NO_EVIDENCE = (Busy, NotSent, BadData, Rejected)


class News(Protocol):
    """Who says when something became known."""

    def settling(self, count: int) -> None:
        """So many more orders are being settled."""

    async def news_within(self, seconds: float) -> None:
        """Return after that time, or sooner when something is new."""


class Settling:
    """Settles the orders of one account."""

    def __init__(
        self,
        rest: PrivateRest,
        facts: Facts,
        news: News,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._rest = rest
        self._facts = facts
        self._news = news
        self._clock = clock
        # Rounds of two orders at once would take each other's room in the counter.
        self._turn = asyncio.Lock()

    async def settle(self, client_id: ClientOrderId, deadline: datetime) -> Order:
        """The order as it is.

        Raises:
            Rejected: it is proven that there is none.
        """
        self._news.settling(1)
        try:
            return await self._settle(client_id, deadline)
        finally:
            self._news.settling(-1)

    async def _settle(self, client_id: ClientOrderId, deadline: datetime) -> Order:
        rounds: list[Round] = []
        looked_at = self._clock.now()
        while True:
            known = self._facts.of_client(client_id)
            if known is not None:
                return known
            # Pauses begin with the last look: news of other orders must not put the next one off.
            match verdict(deadline, rounds, looked_at):
                case Found(reports=reports):
                    return self._found(reports)
                case Absent():
                    raise Rejected("it never reached Kraken, and its deadline is over")
                case KeepLooking(next_at=next_at):
                    if not await self._is_time(next_at, deadline):
                        continue
            async with self._turn:
                rounds.append(await self._look(client_id, deadline))
            looked_at = self._clock.now()
            del rounds[:-_KEPT]

    async def _is_time(self, next_at: datetime, deadline: datetime) -> bool:
        """Wait for the next round; False when something was heard meanwhile, or it is not yet."""
        now = self._clock.now()
        is_whole = max(now, next_at) >= deadline + MARGIN
        room = self._rest.wait(_WHOLE if is_whole else _CHEAP)
        if self._rest.refusal is not None:
            room = max(room, timedelta(seconds=REFUSED_PAUSE))
        due = max(next_at, now + room)
        if due <= now:
            return True
        await self._news.news_within((due - now).total_seconds())
        return self._clock.now() >= due

    def _found(self, reports: Sequence[Report]) -> Order:
        self._facts.learn(reports, self._clock.now())
        order = self._facts.order(reports[0].order_id) or view(reports[0])
        assert order is not None, "rows of lists have all terms"
        return order

    # -- one round ----------------------------------------------------------------------------

    async def _look(self, client_id: ClientOrderId, deadline: datetime) -> Round:
        began = self._clock.now()
        opened = await self._ask(self._open(client_id))
        closed = None if opened else await self._ask(self._closed(client_id))
        trades = None
        if not opened and not closed and began >= deadline + MARGIN:
            trades = await self._ask(self._traded(client_id, deadline))
        return Round(began, opened, closed, trades)

    async def _ask(self, asked: Awaitable[Sequence[Report]]) -> Sequence[Report] | None:
        """What a place told; None if it told nothing for sure."""
        try:
            return await asked
        except _NO_EVIDENCE as error:
            logger.info("settling: a place told nothing: %s", error)
            return None

    async def _open(self, client_id: ClientOrderId) -> Sequence[Report]:
        page = await self._rest.open_orders(client_id, urgent=True)
        return _whole(page.reports, page.unread)

    async def _closed(self, client_id: ClientOrderId) -> Sequence[Report]:
        page = await self._rest.closed_orders(client_id, urgent=True)
        return _whole(page.reports, page.unread)

    async def _traded(self, client_id: ClientOrderId, deadline: datetime) -> Sequence[Report]:
        """Orders under our name behind fills that belong to no order we know of."""
        since = deadline + self._rest.offset.value - LOOK_BACK
        found, unread = await history.rows(
            lambda offset: self._rest.trades_history(since=since, offset=offset, urgent=True),
            lambda page: page.fills,
        )
        _whole((), unread)
        names = {fill.order_id for fill in found if self._facts.order(fill.order_id) is None}
        if not names:
            return ()
        ours: list[Report] = []
        for some in history.chunks(sorted(names)):
            page = await self._rest.query_orders(some, urgent=True)
            ours += _whole(page.reports, page.unread)
        return [report for report in ours if report.client_id == client_id]


_KEPT = 50
"""Rounds that are kept; two are a proof, and the number of all only makes pauses longer."""


def _whole(reports: Sequence[Report], unread: Sequence[str]) -> Sequence[Report]:
    """The rows of a page; a page with rows that cannot be read proves nothing."""
    if unread and not reports:
        raise BadData(f"{len(unread)} rows cannot be read")
    return reports
