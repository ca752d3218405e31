"""LiveAccount: one API key's side of Kraken, as ``kraken.account`` describes it.

Commands go over REST, one request each, and are never repeated here. Facts come from ``run``.
What lists show is joined with what is known already: REST may be a minute behind the stream, and
an order that has ended does not come to life again.
"""

import asyncio
import random as randomness
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import aiohttp

from kraken.account import Listener
from kraken.clock import Clock
from kraken.connections import Connections
from kraken.core.errors import BadData, Busy, InvalidOrder, KrakenError, NotSent
from kraken.core.holdings import Balance, LedgerEntry, OwnFees, Position
from kraken.core.limiter import Action, Load
from kraken.core.trading import (
    Amend,
    Fill,
    Order,
    OrderName,
    OrderRequest,
    OrderStatus,
    PriceKind,
    Report,
    Trigger,
    TriggerState,
)
from kraken.core.types import Asset, ClientOrderId, OrderId, Symbol
from kraken.live import history
from kraken.live.facts import LOOK_BACK, Facts
from kraken.live.following import Following
from kraken.live.settling import Settling
from kraken.live.throttle import Throttle
from kraken.private_rest import PrivateRest

FEES_KEPT = timedelta(minutes=5)
"""Fees follow the volume of 30 days; asking before each order would use up the call counter."""


class LiveAccount:
    """One key. There must be one of these for each key, over one ``PrivateRest``."""

    def __init__(
        self,
        rest: PrivateRest,
        *,
        http: aiohttp.ClientSession,
        ws_url: str,
        clock: Clock,
        connections: Connections,
        tier: str = "starter",
        booked: Iterable[Fill] = (),
        since: datetime | None = None,
        expects_orders: bool = False,
        random: Callable[[], float] = randomness.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        liveness: float = 5.0,
    ) -> None:
        """``since`` is until when everything was told in a former life, ``booked`` the newest
        fills that were told then. A new key is told of what happens from two minutes ago on.
        One that ``expects_orders`` connects before others, until it is known what it has.
        Each running account keeps one connection of ``http`` open, whose connector must have
        room for all of them: aiohttp's default is 100.
        """
        fills = tuple(booked)
        if since is None:
            since = max((fill.at for fill in fills), default=clock.now())
        self._rest = rest
        self._clock = clock
        self._throttle = Throttle(tier)
        self._fees: dict[tuple[Symbol, ...], tuple[datetime, OwnFees]] = {}
        self._facts = Facts(fills, lambda: since + rest.offset.value - LOOK_BACK)
        self._following = Following(
            rest,
            self._facts,
            self._throttle,
            http=http,
            ws_url=ws_url,
            clock=clock,
            connections=connections,
            since=since,
            expects_orders=expects_orders,
            random=random,
            sleep=sleep,
            liveness=liveness,
        )
        self._settling = Settling(rest, self._facts, self._following, clock, sleep)

    # -- commands -----------------------------------------------------------------------------

    async def place(self, request: OrderRequest) -> Order:
        """Send the order once and return what is known of it: its terms, or more by the stream."""
        self._rest.offset.check()
        self._throttle.place(request.symbol, self._clock.now())
        self._following.sends()
        order_id = await self._rest.add_order(request)
        self._following.expect(order_id)
        return self._facts.order(order_id) or _as_asked(order_id, request, self._clock.now())

    async def settle(self, client_id: ClientOrderId, deadline: datetime) -> Order:
        """Find out what became of an order whose answer did not come."""
        return await self._settling.settle(client_id, deadline)

    async def amend(self, name: OrderName, change: Amend) -> Order:
        """Change an open order under its name and return it as the answer says."""
        order = await self._known(name)
        self._throttle.amend(order, self._clock.now())
        self._following.sends()
        try:
            await self._rest.amend_order(change, order_id=name.order_id, client_id=name.client_id)
        except KrakenError as error:
            self._doubt(order, error)
            raise
        return _as_changed(self._facts.order(order.order_id) or order, change)

    async def _known(self, name: OrderName) -> Order:
        """The open order that is to be changed; nothing is sent without knowing it."""
        order = self._facts.find(name)
        if order is None:
            try:
                order = await self.order(name)
            except (Busy, BadData) as error:
                raise NotSent(f"the order could not be looked up first: {error}") from error
        if order is None:
            raise InvalidOrder("EOrder:Unknown order")
        return order

    async def cancel(self, name: OrderName) -> None:
        """Ask for the end of an open order."""
        order = self._facts.find(name)
        if order is not None:
            self._throttle.cancel([order], self._clock.now())
        self._following.sends()
        try:
            await self._rest.cancel_order(order_id=name.order_id, client_id=name.client_id)
        except KrakenError as error:
            self._doubt(order, error)
            raise

    def _doubt(self, order: Order | None, error: KrakenError) -> None:
        """Have an order looked at whose command was refused, or may have been."""
        if order is not None and order.is_open and not isinstance(error, NotSent):
            self._following.doubt(order.order_id)

    async def cancel_all(self) -> int:
        """Ask for the end of every open order of the account."""
        self._throttle.cancel(self._facts.open(), self._clock.now())
        self._following.sends()
        return await self._rest.cancel_all()

    async def cancel_all_after(self, delay: timedelta) -> None:
        """Arm the dead man's switch, or switch it off with zero."""
        await self._rest.cancel_all_after(delay)

    def wait_for(self, symbol: Symbol, action: Action) -> timedelta:
        """How long until the engine takes this in a pair, as we reckon; zero if it does now."""
        return self._throttle.wait_for(symbol, action, self._clock.now())

    def set_unknown(self, count: int) -> None:
        """So many orders have an unknown outcome; lists are read more often until it is 0."""
        self._following.set_unknown(count)

    def look_at(self, order_id: OrderId) -> None:
        """This order may be another one than was told: ask for it when there is room."""
        self._following.doubt(order_id)

    # -- reads --------------------------------------------------------------------------------

    async def check(self, request: OrderRequest) -> None:
        """Have Kraken check the order; nothing is placed."""
        await self._rest.check_order(request)

    async def open_orders(self, *, certain: bool = False) -> list[Order]:
        """All open orders, also those that were placed elsewhere; the oldest first.

        Asking counts against the key's limit, so it is done only where the stream cannot say it.
        """
        if not certain and self._following.is_whole:
            return sorted(self._facts.open(), key=_begun)
        page = await self._rest.open_orders()
        if page.unread:
            raise BadData(f"{len(page.unread)} of the open orders cannot be read")
        found = self._seen(page.reports)
        return sorted((order for order in found if order.is_open), key=_begun)

    async def closed_orders(self, since: datetime, most: int = 50, skip: int = 0) -> list[Order]:
        """The newest orders that ended after ``since``, the newest first."""
        reports, _ = await history.rows(
            lambda offset: self._rest.closed_orders(since=self._theirs(since), offset=offset),
            lambda page: page.reports,
            most,
            skip,
        )
        return self._seen(reports)

    async def order(self, name: OrderName) -> Order | None:
        """One order, open or ended; None if Kraken knows none of that name."""
        if name.order_id is not None:
            found = self._seen(await history.orders(self._rest, [name.order_id]))
        elif name.client_id is not None:
            page = await self._rest.open_orders(name.client_id)
            if not page.reports:
                page = await self._rest.closed_orders(name.client_id)
            if page.unread:
                raise BadData("the order cannot be read")
            found = self._seen(page.reports[:1])
        else:
            raise InvalidOrder("an order is named by exactly one of its names")
        return found[0] if found else self._facts.find(name)

    async def fills(self, since: datetime, most: int = 50, skip: int = 0) -> list[Fill]:
        """The newest fills after ``since``, the newest first."""
        found, _ = await history.fills(self._rest, self._theirs(since), most, skip)
        preferences = self._facts.preferences()
        return [history.paid(fill, preferences) for fill in found]

    async def ledger(self, since: datetime, most: int = 50, skip: int = 0) -> list[LedgerEntry]:
        """The newest changes of balances after ``since``, the newest first."""
        entries, _ = await history.rows(
            lambda offset: self._rest.ledgers(since=self._theirs(since), offset=offset),
            lambda page: page.entries,
            most,
            skip,
        )
        return entries

    async def balances(self) -> dict[Asset, Balance]:
        """What the account owns, and how much of it open orders hold."""
        return await self._following.money.balances()

    async def own_fees(self, symbols: Iterable[Symbol]) -> OwnFees:
        """What this account pays in these pairs, and how much it traded, of the last minutes."""
        wanted, now = tuple(symbols), self._clock.now()
        self._fees = {
            pairs: kept for pairs, kept in self._fees.items() if now - kept[0] < FEES_KEPT
        }
        if wanted not in self._fees:
            self._fees[wanted] = (now, await self._rest.fee_rates(wanted))
        return self._fees[wanted][1]

    async def positions(self) -> list[Position]:
        """None: this is spot."""
        return []

    def load(self) -> Load:
        """How far the counters of calls and orders are up now."""
        orders, orders_most = self._throttle.counters.highest(self._clock.now())
        calls, calls_most = self._rest.level()
        return Load(calls, calls_most, orders, orders_most)

    def _theirs(self, at: datetime) -> datetime:
        """A time of ours by Kraken's clock."""
        return at + self._rest.offset.value

    def _seen(self, reports: Iterable[Report]) -> list[Order]:
        found = [self._facts.seen(report, self._clock.now()) for report in reports]
        return [order for order in found if order is not None]

    # -- facts --------------------------------------------------------------------------------

    async def run(self, on_event: Listener) -> None:
        """Tell everything that happens, until cancelled; reconnects by itself."""
        await self._following.run(on_event)


def _begun(order: Order) -> tuple[bool, float, str]:
    at = order.created_at
    return at is None, 0.0 if at is None else at.timestamp(), order.order_id


def _as_asked(order_id: OrderId, request: OrderRequest, now: datetime) -> Order:
    """What Kraken's answer says of an order: that there is one with these terms.

    The quantity of one that spends quote is not known before the engine says it.
    """
    return Order(
        order_id=order_id,
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        qty=request.qty or Decimal(0),
        status=OrderStatus.PENDING_NEW,
        client_id=request.client_id,
        limit_price=request.limit_price,
        time_in_force=request.time_in_force,
        expires_at=request.expires_at,
        post_only=request.post_only,
        reduce_only=request.reduce_only,
        trigger=_waiting(request.trigger),
        display_qty=request.display_qty,
        cash_qty=request.cash_qty,
        fee_preference=request.fee_preference,
        close=request.close,
        user_ref=request.user_ref,
        created_at=now,
    )


def _waiting(trigger: Trigger | None) -> TriggerState | None:
    """Where a trigger stands at first; what it follows is not known here."""
    if trigger is None or trigger.price.kind is not PriceKind.STATIC:
        return None
    return TriggerState(trigger.price.value, trigger.reference)


def _as_changed(order: Order, change: Amend) -> Order:
    """The order with what Kraken said it would change; what the stream says of it wins later."""
    trigger = order.trigger
    if trigger is not None and change.trigger_price is not None:
        trigger = replace(trigger, price=change.trigger_price)
    return replace(
        order,
        qty=order.qty if change.qty is None else change.qty,
        limit_price=order.limit_price if change.limit_price is None else change.limit_price,
        display_qty=order.display_qty if change.display_qty is None else change.display_qty,
        post_only=order.post_only if change.post_only is None else change.post_only,
        trigger=trigger,
        is_amended=True,
    )
