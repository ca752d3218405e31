"""Every account is asked the same of each type of order: when it trades, as what, what it pays."""

from collections.abc import AsyncIterator
from decimal import Decimal as D
from typing import Any

import pytest

from kraken.core.fees import fee_of
from kraken.core.trading import (
    TRIGGERED,
    ConditionalClose,
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    Trigger,
)
from kraken.core.types import Side
from tests.account_stage import KINDS, Stage, stage

RATES = {Liquidity.MAKER: D("0.0025"), Liquidity.TAKER: D("0.004")}
QTY = D("0.01")
FAR = D(1000)


@pytest.fixture(params=KINDS)
async def on(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with stage(request.param) as made:
        yield made


async def wait_for(on: Stage, type: OrderType, side: Side) -> tuple[Order, D]:
    """An order that waits 100 dollars from the market; where that is, for trailing ones too."""
    bid, ask = on.touch()
    upwards = (side is Side.BUY) != (type in (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT))
    fires_at = ask + 100 if upwards else bid - 100
    terms: dict[str, Any] = {"trigger": Trigger(PriceOffset(fires_at))}
    if type in (OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT):
        terms = {"trigger": Trigger(PriceOffset(D(100), PriceKind.QUOTE))}
    # The limit lies where nobody trades yet: a buy below, a sale above.
    beyond = -FAR if side is Side.BUY else FAR
    if type is OrderType.TRAILING_STOP_LIMIT:
        terms["limit_offset"] = PriceOffset(beyond, PriceKind.QUOTE)
    elif type.value.endswith("-limit"):
        terms["limit_price"] = fires_at + beyond
    order = await on.place(on.order(side, str(QTY), type=type, **terms))
    return order, fires_at


def paid(fills: list[Fill], kind: Liquidity) -> None:
    """All of it filled as that kind, at that kind's fee."""
    assert sum(fill.qty for fill in fills) == QTY
    for fill in fills:
        assert fill.liquidity is kind
        assert fill.fee == fee_of(fill.cost, RATES[kind], 5)


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("type", sorted(TRIGGERED))
async def test_what_waits_holds_its_money_fires_at_its_price_and_pays_its_fee(
    on: Stage, type: OrderType, side: Side
) -> None:
    order, fires_at = await wait_for(on, type, side)
    assert on.last_told(order).status is OrderStatus.NEW
    held = "BTC" if side is Side.SELL else "USD"
    assert (await on.balance(held))[1] > 0
    bid, ask = on.touch()
    middle = (bid + ask) / 2
    away = 1 if fires_at > middle else -1
    await on.move((fires_at - away * 50).quantize(D(1)))
    assert on.fills() == [], "50 dollars before its price"
    await on.move((fires_at + away * 60).quantize(D(1)))
    told = on.last_told(order)
    assert told.trigger is not None
    assert told.trigger.is_fired
    if not type.value.endswith("-limit"):
        assert told.status is OrderStatus.FILLED
        paid(on.fills(order.order_id), Liquidity.TAKER)
        assert (await on.balance(held))[1] == 0
        return
    assert told.is_open
    assert on.fills() == [], "it rests at its limit"
    assert told.limit_price is not None
    await on.move(told.limit_price + (-50 if side is Side.BUY else 50))
    fills = on.fills(order.order_id)
    paid(fills, Liquidity.MAKER)
    assert {fill.price for fill in fills} == {told.limit_price}
    assert on.last_told(order).status is OrderStatus.FILLED
    assert (await on.balance(held))[1] == 0


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("type", [OrderType.LIMIT, OrderType.ICEBERG])
async def test_a_limit_that_crosses_takes_and_never_beyond_its_price(
    on: Stage, type: OrderType, side: Side
) -> None:
    bid, ask = on.touch()
    limit = ask + 100 if side is Side.BUY else bid - 100
    shown = {"display_qty": QTY / 5} if type is OrderType.ICEBERG else {}
    order = await on.place(on.order(side, str(QTY), limit, type=type, **shown))
    fills = on.fills(order.order_id)
    paid(fills, Liquidity.TAKER)
    assert all(fill.price <= limit if side is Side.BUY else fill.price >= limit for fill in fills)
    assert on.last_told(order).status is OrderStatus.FILLED


async def test_an_iceberg_that_rests_pays_as_a_maker_part_by_part(on: Stage) -> None:
    bid, _ = on.touch()
    terms = {"type": OrderType.ICEBERG, "display_qty": QTY / 5}
    order = await on.place(on.order(Side.BUY, str(QTY), bid - 50, **terms))
    await on.move(bid - 100)
    fills = on.fills(order.order_id)
    paid(fills, Liquidity.MAKER)
    assert len(fills) >= 5


@pytest.mark.parametrize(
    "type", [OrderType.STOP_LOSS, OrderType.TAKE_PROFIT, OrderType.TRAILING_STOP]
)
async def test_a_close_waits_for_its_own_price_and_ends_what_was_bought(
    on: Stage, type: OrderType
) -> None:
    away = {OrderType.STOP_LOSS: D(-1), OrderType.TAKE_PROFIT: D(1)}.get(type, D(1))
    close = ConditionalClose(type, trigger=Trigger(PriceOffset(away, PriceKind.PERCENT)))
    before = await on.balance("BTC")
    await on.place(on.order(Side.BUY, str(QTY), close=close))
    closes = await on.account.open_orders()
    assert {(each.side, each.type) for each in closes} == {(Side.SELL, type)}
    assert sum(each.qty for each in closes) == QTY
    assert (await on.balance("BTC"))[1] == QTY
    bid, _ = on.touch()
    way = D("1.02") if type is OrderType.TAKE_PROFIT else D("0.98")
    await on.move((bid * way).quantize(D(1)))
    await on.time.go_on(2)
    assert await on.account.open_orders() == []
    assert await on.balance("BTC") == before
    sold = [fill for fill in on.fills() if fill.side is Side.SELL]
    paid(sold, Liquidity.TAKER)


def test_no_type_of_order_is_left_out() -> None:
    plain = {OrderType.MARKET, OrderType.LIMIT, OrderType.ICEBERG}
    assert set(OrderType) == TRIGGERED | plain
