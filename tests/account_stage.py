"""One account, live or practice, on a simulated exchange whose market moves by hand.

Both are asked the same through ``kraken.account.Account``; both have the same money, fees at no
volume, and an exchange of their own that begins in the same state.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import aiohttp

from kraken.account import (
    Account,
    AccountEvent,
    AccountReady,
    BalancesChanged,
    FillHappened,
    OrderUpdated,
)
from kraken.core.trading import Fill, Order, OrderName, OrderRequest, OrderType
from kraken.core.types import Asset, ClientOrderId, OrderId, Side, Symbol
from kraken.market import Market
from kraken.paper import PaperAccount, PaperFact, PaperVenue
from kraken.rest import Rest
from kraken.sim.server import Exchange
from kraken.sim.wire.rest import PUBLIC
from tests.live_account import living
from tests.market_runner import no_pace
from tests.passing_time import PassingTime, hop
from tests.simulated import by_hand
from tests.trader import RICH, touch

BTC_USD = Symbol("BTC/USD")
MONEY = {Asset(asset): Decimal(amount) for asset, amount in RICH.items()}
KINDS = ("paper", "live")
_SOON = timedelta(seconds=5)


class Stage:
    """What a test of accounts needs, whichever it is."""

    def __init__(self, kind: str, exchange: Exchange, time: PassingTime, account: Account) -> None:
        self.kind = kind
        self.exchange = exchange
        self.time = time
        self.account = account
        self.told: list[AccountEvent] = []
        self._numbers = count(1)

    async def listen(self, event: AccountEvent) -> None:
        self.told.append(event)

    def order(
        self, side: Side, qty: str | None, price: Decimal | None = None, **terms: Any
    ) -> OrderRequest:
        """Market without a price, limit with one, unless a type is named."""
        plain = OrderRequest(
            BTC_USD,
            side,
            OrderType.MARKET if price is None else OrderType.LIMIT,
            None if qty is None else Decimal(qty),
            client_id=ClientOrderId(str(UUID(int=next(self._numbers)))),
            limit_price=price,
            deadline=self.time.now().replace(microsecond=0) + _SOON,
        )
        return replace(plain, **terms)

    def touch(self) -> tuple[Decimal, Decimal]:
        """Best bid and best ask of the public book."""
        return touch(self.exchange)

    async def place(self, request: OrderRequest) -> Order:
        """Place it and let everything be told that follows at once."""
        order = await self.account.place(request)
        await self.time.go_on(1)
        return order

    async def move(self, price: Decimal) -> None:
        """Take the market there, with trades on the way."""
        pair = self.exchange.venue.pairs[BTC_USD]
        self.exchange.move(BTC_USD, pair.ticks(price))
        await hop()
        await self.time.go_on(1)

    def fills(self, order_id: OrderId | None = None) -> list[Fill]:
        """The fills that were told, each once."""
        known = {e.fill.exec_id: e.fill for e in self.told if isinstance(e, FillHappened)}
        return [fill for fill in known.values() if order_id in (None, fill.order_id)]

    def told_balances(self) -> set[Asset]:
        """The assets whose balances were told."""
        told = [event for event in self.told if isinstance(event, BalancesChanged)]
        return {asset for event in told for asset in event.balances}

    async def now(self, order: Order) -> Order:
        """The order as it is."""
        found = await self.account.order(OrderName(order_id=order.order_id))
        assert found is not None
        return found

    def last_told(self, order: Order) -> Order:
        """The order as it was told last."""
        told = [e.order for e in self.told if isinstance(e, OrderUpdated)]
        return [each for each in told if each.order_id == order.order_id][-1]

    async def balance(self, asset: str) -> tuple[Decimal, Decimal]:
        """Total and held."""
        balance = (await self.account.balances())[Asset(asset)]
        return balance.total, balance.held


@asynccontextmanager
async def stage(kind: str) -> AsyncIterator[Stage]:
    """An account that runs and is ready."""
    async with by_hand() as exchange:
        if kind == "live":
            async with living(exchange) as ann:
                made = Stage(kind, exchange, ann.time, ann.account)
                async with _running(made):
                    yield made
        else:
            async with _paper(exchange) as made, _running(made):
                yield made


@asynccontextmanager
async def _running(made: Stage) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(made.account.run(made.listen))
        await made.time.until(lambda: any(isinstance(e, AccountReady) for e in made.told))
        try:
            yield
        finally:
            task.cancel()


@asynccontextmanager
async def public_side(exchange: Exchange) -> AsyncIterator[tuple[PassingTime, PaperVenue]]:
    """The exchange's market as practice accounts share it, in virtual time."""
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        time = PassingTime(exchange)
        market = Market(
            Rest(http, exchange.rest_url, clock=time),
            http=http,
            ws_url=exchange.ws_url,
            clock=time,
            random=lambda: 0.5,
            sleep=time.sleep,
            pace=no_pace,
            liveness=60,
        )
        venue = PaperVenue(market, clock=time, sleep=time.sleep, pause=0.5)
        owned = [tasks.create_task(market.run()), tasks.create_task(venue.run())]
        await market.ready()
        try:
            yield time, venue
        finally:
            for task in owned:
                task.cancel()


@asynccontextmanager
async def _paper(exchange: Exchange) -> AsyncIterator[Stage]:
    async with public_side(exchange) as (time, venue):
        account = PaperAccount(venue, name="7", save=_save)
        await account.reset(MONEY)
        yield Stage("paper", exchange, time, account)
    assert private_calls(exchange) == {}


def private_calls(exchange: Exchange) -> dict[str, int]:
    """How often each private endpoint was called."""
    calls = exchange.rest.calls
    return {name: count for name, count in calls.items() if name not in PUBLIC}


async def _save(snapshot: bytes, facts: Sequence[PaperFact]) -> None:
    return
