"""LiveAccount over real sockets to the simulated exchange: commands, reads and facts."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from decimal import Decimal

import aiohttp
import pytest

from kraken.account import AccountReady, BalancesChanged, OrderUpdated
from kraken.core.errors import InsufficientFunds, InvalidOrder, NotSent
from kraken.core.holdings import OwnFees
from kraken.core.limiter import Action
from kraken.core.trading import Amend, OrderName, OrderStatus
from kraken.core.types import Asset, ClientOrderId, OrderId, Symbol
from kraken.rest import Rest
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.private_caller import BTC
from tests.simulated import by_hand
from tests.trader import level, touch


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


async def test_reads_show_what_the_journal_says(ann: Living) -> None:
    start = ann.time.now()
    resting = await ann.account.place(ann.order())
    filled = await ann.account.place(ann.order(None))
    ended = await ann.account.place(ann.order("40000"))
    await ann.account.cancel(OrderName(order_id=ended.order_id))
    assert [order.order_id for order in await ann.account.open_orders()] == [resting.order_id]
    closed = await ann.account.closed_orders(start)
    assert {order.order_id for order in closed} == {filled.order_id, ended.order_id}
    assert await ann.account.closed_orders(start, most=1) == closed[:1]
    fills = await ann.account.fills(start)
    assert {fill.exec_id for fill in fills} == {row["exec_id"] for row in ann.journal_fills()}
    await ann.time.go_on(10)
    entries = await ann.account.ledger(start - timedelta(days=1))
    assert {entry.kind for entry in entries} == {"trade", "deposit"}
    traded = [entry for entry in entries if entry.kind == "trade"]
    assert {entry.reference for entry in traded} == {fill.exec_id for fill in fills}
    dollars = sum(entry.amount - entry.fee for entry in traded if entry.asset == "USD")
    assert dollars == -sum(fill.cost + fill.fee for fill in fills)
    assert await ann.account.positions() == []


async def test_an_order_is_found_under_either_name_open_or_ended(ann: Living) -> None:
    request = ann.order()
    placed = await ann.account.place(request)
    names = [OrderName(client_id=request.client_id), OrderName(order_id=placed.order_id)]
    for status in (OrderStatus.NEW, OrderStatus.CANCELED):
        for name in names:
            found = await ann.account.order(name)
            assert found is not None
            assert (found.order_id, found.status) == (placed.order_id, status)
        await ann.account.cancel_all()
    assert await ann.account.order(OrderName(client_id=ClientOrderId("nobody's"))) is None
    assert await ann.account.order(OrderName(order_id=OrderId("OAAAAA-AAAAA-AAAAAA"))) is None


async def test_checking_an_order_places_nothing(ann: Living) -> None:
    await ann.account.check(ann.order())
    with pytest.raises(InsufficientFunds):
        await ann.account.check(ann.order(qty=Decimal(100_000)))
    assert ann.journal_orders() == []


async def test_own_fees_are_those_that_fills_pay(ann: Living) -> None:
    fees = await ann.account.own_fees([BTC])
    await ann.account.place(ann.order(None))
    (fill,) = (await ann.account.fills(ann.time.now()))[:1]
    assert abs(fill.fee / fill.cost * 100 - fees.taker[BTC]) < Decimal("0.001")


async def test_own_fees_are_asked_for_once_in_five_minutes(ann: Living) -> None:
    asked: list[int] = []
    real = ann.rest.fee_rates

    async def counted(symbols: Iterable[Symbol]) -> OwnFees:
        asked.append(1)
        return await real(symbols)

    ann.rest.fee_rates = counted  # type: ignore[method-assign]
    assert await ann.account.own_fees([BTC]) == await ann.account.own_fees([BTC])
    assert len(asked) == 1
    await ann.time.go_on(301, step=60)
    await ann.account.own_fees([BTC])
    assert len(asked) == 2


async def test_an_order_that_does_not_exist_is_not_amended(ann: Living) -> None:
    with pytest.raises(InvalidOrder, match="Unknown order"):
        await ann.account.amend(
            OrderName(client_id=ClientOrderId("nobody's")), Amend(limit_price=Decimal(1))
        )
    with pytest.raises(InvalidOrder, match="Unknown order"):
        await ann.account.cancel(OrderName(client_id=ClientOrderId("nobody's")))


async def test_an_amend_of_an_order_that_cannot_be_looked_up_is_not_sent(ann: Living) -> None:
    request = ann.order()
    await ann.account.place(request)
    ann.exchange.arm({"kind": "http_502_html", "endpoint": "OpenOrders"})
    with pytest.raises(NotSent):
        await ann.account.amend(OrderName(client_id=request.client_id), Amend(qty=Decimal(1)))
    assert "AmendOrder" not in ann.exchange.rest.calls


async def test_the_engine_is_not_asked_for_more_than_it_takes(exchange: Exchange) -> None:
    async with living(exchange, tier="starter") as bob:
        for _ in range(60):
            await bob.account.place(bob.order("30000", qty=Decimal("0.0001")))
        with pytest.raises(NotSent) as refused:
            await bob.account.place(bob.order("30000"))
        assert refused.value.retry_after is not None
        assert timedelta(0) < refused.value.retry_after < timedelta(seconds=2)
        assert bob.account.wait_for(BTC, Action.ADD) == refused.value.retry_after
        load = bob.account.load()
        assert 59 < load.orders <= load.orders_most == 60
        assert load.calls_most == 15
        await bob.account.open_orders()
        assert load.calls < bob.account.load().calls <= load.calls + 1
        assert len(bob.journal_orders()) == 60
        assert await bob.account.cancel_all() == 60, "a cancel is never refused"


async def test_what_kraken_says_of_its_counter_is_believed(exchange: Exchange) -> None:
    async with living(exchange, tier="starter", user={"tier": "pro"}) as bob, bob.running():
        for _ in range(100):
            await bob.account.place(bob.order("30000", qty=Decimal("0.0001")))
        for number in range(20):
            request = bob.order("30000", qty=Decimal("0.0001"))
            name = OrderName(client_id=request.client_id)
            try:
                await bob.account.place(request)
                await bob.time.go_on(0)
                price = Decimal(31_000 + number)
                await bob.account.amend(name, Amend(limit_price=price))
            except NotSent:
                break
        else:
            raise AssertionError("it was never full")
        assert bob.account.wait_for(BTC, Action.AMEND) > timedelta(0)


@pytest.mark.parametrize(
    ("seconds", "is_placed"), [(3, True), (-3, True), (7, False), (-7, False)]
)
async def test_with_a_clock_that_is_far_off_nothing_is_placed(
    ann: Living, exchange: Exchange, seconds: int, is_placed: bool
) -> None:
    exchange.arm({"kind": "clock_offset", "seconds": seconds})
    async with aiohttp.ClientSession() as http:
        public = Rest(http, exchange.rest_url, clock=ann.time)
        await ann.rest.offset.measure(public.time)
    if is_placed:
        await ann.account.place(ann.order())
    else:
        with pytest.raises(NotSent, match="clock"):
            await ann.account.place(ann.order())
    assert len(ann.journal_orders()) == int(is_placed)


async def test_the_clock_is_measured_hourly_and_a_wrong_one_is_warned_of(
    ann: Living, exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
        public = Rest(http, exchange.rest_url, clock=ann.time)
        offset = ann.rest.offset
        task = group.create_task(offset.keep(public.time, ann.time.sleep))
        await ann.time.until(lambda: offset.measured_at is not None)
        assert abs(offset.value) < timedelta(seconds=1)
        exchange.arm({"kind": "clock_offset", "seconds": 3})
        await ann.time.until(lambda: offset.value > timedelta(seconds=2), 3700, step=60)
        await ann.time.go_on(1)
        assert "ahead of this machine" in caplog.text
        task.cancel()


async def test_one_account_has_one_listener(ann: Living) -> None:
    async with ann.running():
        with pytest.raises(RuntimeError, match="listener"):
            await ann.account.run(ann.listen)


async def test_a_partly_filled_order_is_still_open_after_a_reconnect(ann: Living) -> None:
    async with ann.running():
        ask = touch(ann.exchange)[1]
        there = level(ann.exchange, "sell", ask)
        await ann.account.place(ann.order(format(ask, "f"), qty=there + Decimal("0.5")))
        await ann.time.go_on(0)
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2)
        assert ann.agrees()
        assert ann.of(OrderUpdated)[-1].order.status is OrderStatus.PARTIALLY_FILLED
        assert ann.fills()


def lists(ann: Living) -> int:
    """How often the exchange was asked for open orders."""
    return ann.exchange.rest.calls.get("OpenOrders", 0)


async def test_open_orders_are_known_while_facts_arrive_and_asked_for_otherwise(
    ann: Living,
) -> None:
    for price in ("50000", "40000"):
        await ann.account.place(ann.order(price))
    assert len(await ann.account.open_orders()) == 2
    async with ann.running():
        before = lists(ann)
        first, second = await ann.account.open_orders()
        for _ in range(20):
            assert await ann.account.open_orders() == [first, second]
        assert lists(ann) == before
        await ann.account.cancel(OrderName(order_id=first.order_id))
        await ann.time.until(lambda: len(ann.account._facts.open()) == 1)
        assert [order.limit_price for order in await ann.account.open_orders()] == [40000]
        assert lists(ann) == before
        await ann.account.open_orders(certain=True)
        assert lists(ann) == before + 1
    await ann.account.open_orders()
    assert lists(ann) == before + 2, "nobody listens any more"


@pytest.mark.parametrize("why", ["lost_execution", "placed, not told", "in doubt"])
async def test_open_orders_are_asked_for_while_something_is_missed(ann: Living, why: str) -> None:
    async with ann.running():
        order = await ann.account.place(ann.order("50000"))
        await ann.time.until(lambda: len(ann.account._facts.open()) == 1)
        before = lists(ann)
        if why == "in doubt":
            ann.account.look_at(order.order_id)
        elif why == "placed, not told":
            ann.exchange.arm({"kind": "unnoticed_loss", "times": 2})
            await ann.account.place(ann.order("40000"))
        else:
            await ann.time.go_on(1)
            known = ann.account._following._missed_at
            ann.exchange.arm({"kind": why, "exec_type": "pending_new"})
            await ann.account.place(ann.order("40000"))
            await ann.time.until(lambda: ann.account._following._missed_at != known)
        count = 1 if why == "in doubt" else 2
        assert len(await ann.account.open_orders()) == count
        assert lists(ann) == before + 1
        await ann.time.go_on(20)
        before = lists(ann)
        assert len(await ann.account.open_orders()) == count
        assert lists(ann) == before
