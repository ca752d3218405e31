"""LiveAccount over real sockets to the simulated exchange: commands, reads and facts."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from kraken.account import BalancesChanged, OrderUpdated
from kraken.core.trading import Amend, OrderName, OrderStatus
from kraken.core.types import Asset
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.simulated import by_hand


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def ann(exchange: Exchange) -> AsyncIterator[Living]:
    async with living(exchange) as ann:
        yield ann


async def test_the_life_of_an_order_is_told_as_it_was(ann: Living) -> None:
    async with ann.running():
        request = ann.order()
        order = await ann.account.place(request)
        assert (order.client_id, order.limit_price) == (request.client_id, Decimal("50000"))
        await ann.time.go_on(1)
        name = OrderName(client_id=request.client_id)
        changed = await ann.account.amend(name, Amend(limit_price=Decimal("49000")))
        assert changed.limit_price == Decimal("49000")
        await ann.time.go_on(1)
        await ann.account.cancel(name)
        await ann.time.go_on(1)
        assert [event.order.status for event in ann.of(OrderUpdated)] == [
            OrderStatus.PENDING_NEW,
            OrderStatus.NEW,
            OrderStatus.NEW,
            OrderStatus.CANCELED,
        ]
        assert ann.of(OrderUpdated)[2].order.limit_price == Decimal("49000")
        assert ann.agrees()


async def test_a_fill_is_told_once_with_what_it_cost(ann: Living) -> None:
    async with ann.running():
        await ann.account.place(ann.order(None))
        await ann.time.until(lambda: ann.fills() and ann.agrees())
        await ann.time.until(lambda: ann.of(BalancesChanged))
        await ann.time.go_on(400)
        assert ann.agrees()
        told = {}
        for event in ann.of(BalancesChanged):
            told.update(event.balances)
        assert told == {
            asset: balance
            for asset, balance in (await ann.account.balances()).items()
            if asset in told
        }
        assert told.keys() == {Asset("BTC"), Asset("USD")}
