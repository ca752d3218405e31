"""Every account is asked the same: states, fills, fees, money.

The live account is asked over real sockets at the simulated exchange, the practice account on the
public side of one in the same state.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.core.fees import cost_of, fee_of
from kraken.core.trading import (
    Amend,
    ConditionalClose,
    Liquidity,
    OrderName,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Side
from tests.account_stage import BTC_USD, KINDS, MONEY, Stage, stage

MAKER, TAKER = D("0.0025"), D("0.004")


@pytest.fixture(params=KINDS)
async def on(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with stage(request.param) as made:
        yield made


async def test_a_market_order_takes_the_best_levels_and_pays_as_a_taker(on: Stage) -> None:
    _, ask = on.touch()
    order = await on.place(on.order(Side.BUY, "0.01"))
    fills = on.fills(order.order_id)
    assert sum(fill.qty for fill in fills) == D("0.01")
    assert fills[0].price == ask
    for fill in fills:
        assert fill.liquidity is Liquidity.TAKER
        assert fill.cost == cost_of(fill.qty, fill.price, 5)
        assert fill.fee == fee_of(fill.cost, TAKER, 5)
    done = on.last_told(order)
    assert (done.status, done.filled_qty) == (OrderStatus.FILLED, D("0.01"))
    spent = sum(fill.cost + fill.fee for fill in fills)
    assert await on.balance("USD") == (MONEY[fills[0].fee_asset] - spent, D(0))
    await on.time.until(lambda: on.told_balances() >= {"USD", "BTC"})


async def test_an_amount_of_quote_buys_what_it_pays_for(on: Stage) -> None:
    _, ask = on.touch()
    order = await on.place(on.order(Side.BUY, None, cash_qty=D(500)))
    done = on.last_told(order)
    assert done.status is OrderStatus.FILLED
    assert D(499) < done.filled_cost <= D(500)
    assert done.filled_qty <= D(500) / ask


async def test_a_resting_order_holds_its_money_until_it_is_cancelled(on: Stage) -> None:
    order = await on.place(on.order(Side.BUY, "0.01", D(50000)))
    assert on.last_told(order).status is OrderStatus.NEW
    total, held = await on.balance("USD")
    assert total == D(1_000_000)
    assert D(500) <= held <= D(502)
    (open_,) = await on.account.open_orders()
    assert (open_.order_id, open_.client_id) == (order.order_id, order.client_id)
    await on.account.cancel(OrderName(client_id=order.client_id))
    await on.time.go_on(2)
    assert on.last_told(order).status is OrderStatus.CANCELED
    assert await on.account.open_orders() == []
    assert await on.balance("USD") == (total, D(0))


async def test_a_price_that_goes_through_a_resting_order_fills_it_as_a_maker(on: Stage) -> None:
    bid, _ = on.touch()
    limit = bid - D(50)
    order = await on.place(on.order(Side.BUY, "0.01", limit))
    assert on.fills() == []
    await on.move(limit - D(50))
    fills = on.fills(order.order_id)
    assert sum(fill.qty for fill in fills) == D("0.01")
    for fill in fills:
        assert (fill.price, fill.liquidity) == (limit, Liquidity.MAKER)
        assert fill.fee == fee_of(fill.cost, MAKER, 5)
    assert on.last_told(order).status is OrderStatus.FILLED


async def test_post_only_that_would_take_ends_and_costs_nothing(on: Stage) -> None:
    _, ask = on.touch()
    order = await on.place(on.order(Side.BUY, "0.01", ask, post_only=True))
    done = on.last_told(order)
    assert (done.status, done.reason) == (OrderStatus.CANCELED, "Post only order")
    assert on.fills() == []
    assert await on.balance("USD") == (D(1_000_000), D(0))


@pytest.mark.parametrize("life", [TimeInForce.IOC, TimeInForce.FOK])
async def test_what_cannot_trade_at_once_ends(on: Stage, life: TimeInForce) -> None:
    bid, _ = on.touch()
    order = await on.place(on.order(Side.BUY, "0.01", bid, time_in_force=life))
    assert on.last_told(order).status is OrderStatus.CANCELED
    assert on.fills() == []


async def test_all_or_nothing_is_filled_whole_where_the_book_has_it(on: Stage) -> None:
    _, ask = on.touch()
    order = await on.place(on.order(Side.BUY, "0.01", ask + 100, time_in_force=TimeInForce.FOK))
    assert on.last_told(order).status is OrderStatus.FILLED


async def test_a_good_till_date_order_ends_by_itself(on: Stage) -> None:
    end = on.time.now().replace(microsecond=0) + timedelta(seconds=30)
    life = {"time_in_force": TimeInForce.GTD, "expires_at": end}
    order = await on.place(on.order(Side.BUY, "0.01", D(40000), **life))
    assert on.last_told(order).status is OrderStatus.NEW
    await on.time.go_on(35)
    assert on.last_told(order).status is OrderStatus.EXPIRED
    assert await on.balance("USD") == (D(1_000_000), D(0))


async def test_a_stop_waits_for_its_price_and_then_takes(on: Stage) -> None:
    bid, _ = on.touch()
    stop = Trigger(PriceOffset(bid - D(100)))
    order = await on.place(on.order(Side.SELL, "0.01", type=OrderType.STOP_LOSS, trigger=stop))
    assert on.last_told(order).is_open
    assert (await on.balance("BTC"))[1] == D("0.01")
    await on.move(bid - D(50))
    assert on.fills() == []
    await on.move(bid - D(150))
    fills = on.fills(order.order_id)
    assert sum(fill.qty for fill in fills) == D("0.01")
    assert {fill.liquidity for fill in fills} == {Liquidity.TAKER}
    done = on.last_told(order)
    assert done.status is OrderStatus.FILLED


async def test_a_take_profit_limit_rests_once_its_price_was_reached(on: Stage) -> None:
    _, ask = on.touch()
    order = await on.place(
        on.order(
            Side.SELL,
            "0.01",
            type=OrderType.TAKE_PROFIT_LIMIT,
            trigger=Trigger(PriceOffset(ask + D(100))),
            limit_price=ask + D(1000),
        )
    )
    await on.move(ask + D(150))
    told = on.last_told(order)
    assert told.is_open
    assert told.trigger is not None
    assert told.trigger.is_fired
    await on.move(ask + D(1100))
    (fill,) = on.fills(order.order_id)
    assert (fill.price, fill.liquidity) == (ask + D(1000), Liquidity.MAKER)


async def test_a_trailing_stop_follows_and_fires_at_its_distance(on: Stage) -> None:
    bid, _ = on.touch()
    trail = Trigger(PriceOffset(D(200), PriceKind.QUOTE))
    order = await on.place(
        on.order(Side.SELL, "0.01", type=OrderType.TRAILING_STOP, trigger=trail)
    )
    await on.move(bid + D(300))
    await on.move(bid + D(150))
    assert on.fills() == []
    await on.move(bid + D(50))
    assert sum(fill.qty for fill in on.fills(order.order_id)) == D("0.01")
    assert on.last_told(order).status is OrderStatus.FILLED


async def test_an_iceberg_is_filled_part_by_part_at_its_price(on: Stage) -> None:
    bid, _ = on.touch()
    limit = bid - D(50)
    order = await on.place(
        on.order(Side.BUY, "0.05", limit, type=OrderType.ICEBERG, display_qty=D("0.01"))
    )
    await on.move(limit - D(50))
    fills = on.fills(order.order_id)
    assert sum(fill.qty for fill in fills) == D("0.05")
    assert {fill.price for fill in fills} == {limit}
    assert all(fill.qty <= D("0.01") for fill in fills)


async def test_each_fill_leaves_its_conditional_close(on: Stage) -> None:
    close = ConditionalClose(OrderType.LIMIT, PriceOffset(D(5), PriceKind.PERCENT))
    order = await on.place(on.order(Side.BUY, "0.01", close=close))
    closes = await on.account.open_orders()
    assert sum(each.qty for each in closes) == D("0.01")
    for each in closes:
        assert (each.side, each.type) == (Side.SELL, OrderType.LIMIT)
        assert each.limit_price is not None
        assert each.limit_price > on.fills(order.order_id)[0].price


async def test_an_amended_order_keeps_its_names_and_holds_for_its_new_terms(on: Stage) -> None:
    order = await on.place(on.order(Side.BUY, "0.01", D(50000)))
    name = OrderName(order_id=order.order_id)
    changed = await on.account.amend(name, Amend(qty=D("0.02"), limit_price=D(49000)))
    await on.time.go_on(2)
    assert changed.order_id == order.order_id
    now = await on.now(order)
    assert (now.qty, now.limit_price, now.client_id) == (D("0.02"), D(49000), order.client_id)
    held = (await on.balance("USD"))[1]
    assert D(980) <= held <= D(984)


async def test_everything_ends_with_one_word_or_when_nobody_asks_any_more(on: Stage) -> None:
    for price in (D(50000), D(49000)):
        await on.place(on.order(Side.BUY, "0.01", price))
    assert await on.account.cancel_all() == 2
    await on.time.go_on(2)
    assert await on.account.open_orders() == []
    order = await on.place(on.order(Side.BUY, "0.01", D(48000)))
    await on.account.cancel_all_after(timedelta(seconds=20))
    await on.time.go_on(10)
    assert on.last_told(order).is_open
    await on.time.go_on(15)
    assert on.last_told(order).status is OrderStatus.CANCELED


async def test_history_shows_the_newest_first(on: Stage) -> None:
    began = on.time.now() - timedelta(minutes=1)
    first = await on.place(on.order(Side.BUY, "0.01"))
    second = await on.place(on.order(Side.SELL, "0.02"))
    await on.time.go_on(60)
    closed = await on.account.closed_orders(began)
    assert [order.order_id for order in closed] == [second.order_id, first.order_id]
    fills = await on.account.fills(began)
    assert {fill.order_id for fill in fills} == {first.order_id, second.order_id}
    assert [fill.at for fill in fills] == sorted((fill.at for fill in fills), reverse=True)
    entries = await on.account.ledger(began)
    spent = [each for each in entries if each.asset == "BTC" and each.kind == "trade"]
    assert sum(each.amount for each in spent) == D("-0.01")
    fees = await on.account.own_fees([BTC_USD])
    assert fees.maker == {BTC_USD: D("0.25")}
    assert fees.taker == {BTC_USD: D("0.40")}
    assert await on.account.positions() == []


async def test_settle_finds_what_was_placed(on: Stage) -> None:
    order = await on.place(on.order(Side.BUY, "0.01"))
    assert order.client_id is not None
    found = await on.account.settle(order.client_id, on.time.now())
    assert (found.order_id, found.status) == (order.order_id, OrderStatus.FILLED)
