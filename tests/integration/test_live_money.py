"""Balances of a live account: right whenever they are wanted, asked of Kraken when needed."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from kraken.account import AccountInterrupted
from kraken.core.trading import OrderName
from kraken.core.types import Asset
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.simulated import by_hand

USD = Asset("USD")


def asked(exchange: Exchange, what: str = "BalanceEx") -> int:
    """How often Kraken was asked."""
    return exchange.rest.calls.get(what, 0)


@pytest.fixture
async def ann() -> AsyncIterator[Living]:
    async with by_hand() as exchange, living(exchange) as ann, ann.running():
        await ann.time.go_on(10)
        yield ann


async def test_what_did_not_move_is_not_asked_for_again(ann: Living) -> None:
    first = await ann.account.balances()
    before = asked(ann.exchange)
    await ann.time.go_on(60)
    assert await ann.account.balances() == first
    assert asked(ann.exchange) == before


async def test_what_an_order_holds_is_right_at_once_and_later(ann: Living) -> None:
    await ann.account.balances()
    order = await ann.account.place(ann.order("50000"))
    held = (await ann.account.balances())[USD].held
    assert held > 0
    await ann.time.go_on(10)
    before = asked(ann.exchange)
    assert (await ann.account.balances())[USD].held == held
    assert asked(ann.exchange) == before
    await ann.account.cancel(OrderName(order_id=order.order_id))
    assert (await ann.account.balances())[USD].held == Decimal(0)


async def test_what_somebody_else_moves_is_seen(ann: Living) -> None:
    before = await ann.account.balances()
    await ann.rest.add_order(ann.order("50000"))
    await ann.time.go_on(10)
    assert (await ann.account.balances())[USD].held > before[USD].held


async def test_without_a_stream_kraken_is_asked_each_time(ann: Living) -> None:
    before = asked(ann.exchange)
    ann.exchange.arm({"kind": "drop_connection"})
    await ann.time.until(lambda: ann.of(AccountInterrupted))
    await ann.account.balances()
    await ann.account.balances()
    assert asked(ann.exchange) == before + 2


async def test_an_order_that_the_stream_told_of_is_not_asked_for(ann: Living) -> None:
    await ann.account.place(ann.order("50000"))
    await ann.time.go_on(30)
    assert asked(ann.exchange, "QueryOrders") == 0
