"""What one account refuses the other refuses, as the same error in the same words."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.core.errors import InsufficientFunds, InvalidOrder, Rejected
from kraken.core.trading import (
    Amend,
    ConditionalClose,
    OrderName,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import ClientOrderId, OrderId, Side
from tests.account_stage import KINDS, Stage, stage


@pytest.fixture(params=KINDS)
async def on(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    async with stage(request.param) as made:
        yield made


ARGUMENTS = "EGeneral:Invalid arguments:"
STOP = Trigger(PriceOffset(D(50000)))
CASES: dict[str, tuple[Callable[[Stage], OrderRequest], type[Rejected], str]] = {
    "funds of a buy": (
        lambda on: on.order(Side.BUY, "100", D(50000)),
        InsufficientFunds,
        "EOrder:Insufficient funds",
    ),
    "funds of a sell": (
        lambda on: on.order(Side.SELL, "10.00000001"),
        InsufficientFunds,
        "EOrder:Insufficient funds",
    ),
    "tick": (
        lambda on: on.order(Side.BUY, "0.01", D("50000.05")),
        InvalidOrder,
        "EOrder:Tick size check failed",
    ),
    "least quantity": (
        lambda on: on.order(Side.BUY, "0.00001", D(50000)),
        InvalidOrder,
        "EOrder:Order minimum not met",
    ),
    "least cost": (
        lambda on: on.order(Side.BUY, "0.0001", D(10)),
        InvalidOrder,
        "EOrder:Cost minimum not met",
    ),
    "lot": (
        lambda on: on.order(Side.BUY, "0.010000001", D(50000)),
        InvalidOrder,
        ARGUMENTS + "volume",
    ),
    "iceberg that shows too little": (
        lambda on: on.order(
            Side.BUY, "1.6", D(50000), type=OrderType.ICEBERG, display_qty=D("0.1")
        ),
        InvalidOrder,
        ARGUMENTS + "displayvol",
    ),
    "a life that is too short": (
        lambda on: on.order(
            Side.BUY,
            "0.01",
            D(50000),
            time_in_force=TimeInForce.GTD,
            expires_at=on.time.now() + timedelta(seconds=2),
        ),
        InvalidOrder,
        ARGUMENTS + "expiretm",
    ),
    "post only for a moment": (
        lambda on: on.order(
            Side.BUY, "0.01", D(50000), time_in_force=TimeInForce.IOC, post_only=True
        ),
        InvalidOrder,
        ARGUMENTS + "oflags",
    ),
    "reduce only on spot": (
        lambda on: on.order(Side.SELL, "0.01", reduce_only=True),
        InvalidOrder,
        "EOrder:Reduce only:No position exists",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_refusal_is_the_same_and_changes_nothing(on: Stage, case: str) -> None:
    make, error, code = CASES[case]
    before = await on.account.balances()
    with pytest.raises(Rejected) as refused:
        await on.account.place(make(on))
    assert (type(refused.value), refused.value.code) == (error, code)
    with pytest.raises(Rejected) as checked:
        await on.account.check(make(on))
    assert (type(checked.value), checked.value.code) == (error, code)
    assert await on.account.open_orders() == []
    assert await on.account.balances() == before


async def test_an_open_orders_name_cannot_be_used_again(on: Stage) -> None:
    order = await on.place(on.order(Side.BUY, "0.01", D(50000)))
    again = replace(on.order(Side.BUY, "0.01", D(49000)), client_id=order.client_id)
    with pytest.raises(InvalidOrder, match="cl_ord_id already in use"):
        await on.account.place(again)
    assert len(await on.account.open_orders()) == 1


async def test_orders_that_are_not_there_cannot_be_changed_or_ended(on: Stage) -> None:
    for name in (
        OrderName(client_id=ClientOrderId("00000000-0000-0000-0000-00000000ffff")),
        OrderName(order_id=OrderId("OAAAAA-AAAAA-AAAAAA")),
    ):
        with pytest.raises(InvalidOrder, match="EOrder:Unknown order"):
            await on.account.cancel(name)
        await on.time.go_on(60)  # so many calls wait for room in Kraken's counter
        with pytest.raises(InvalidOrder, match="EOrder:Unknown order"):
            await on.account.amend(name, Amend(limit_price=D(50000)))
        await on.time.go_on(60)
        assert await on.account.order(name) is None
        await on.time.go_on(60)


async def test_an_amend_that_cannot_be_leaves_the_order_as_it_was(on: Stage) -> None:
    _, ask = on.touch()
    order = await on.place(on.order(Side.BUY, "0.01", D(50000), post_only=True))
    name = OrderName(order_id=order.order_id)
    for change, code in (
        (Amend(limit_price=ask), "EOrder:Post only order"),
        (Amend(qty=D(1000)), "EOrder:Insufficient funds"),
        (Amend(limit_price=D("50000.05")), "EOrder:Tick size check failed"),
        (Amend(display_qty=D("0.01")), ARGUMENTS.rstrip(":")),
    ):
        with pytest.raises(Rejected) as refused:
            await on.account.amend(name, change)
        assert refused.value.code.startswith(code)
        await on.time.go_on(10)
    now = await on.now(order)
    assert (now.qty, now.limit_price) == (D("0.01"), D(50000))


async def test_an_order_with_a_conditional_close_cannot_be_amended(on: Stage) -> None:
    close = ConditionalClose(OrderType.LIMIT, PriceOffset(D(5), PriceKind.PERCENT))
    order = await on.place(on.order(Side.BUY, "0.01", D(50000), close=close))
    with pytest.raises(InvalidOrder, match="EOrder:Invalid order"):
        await on.account.amend(OrderName(order_id=order.order_id), Amend(limit_price=D(49000)))


@pytest.mark.parametrize("status", ["cancel_only", "post_only", "limit_only"])
async def test_a_pair_that_takes_no_such_orders_says_so(on: Stage, status: str) -> None:
    on.exchange.arm({"kind": "pair_status", "symbol": "BTC/USD", "status": status})
    await on.time.go_on(2)
    with pytest.raises(Rejected) as refused:
        await on.account.place(on.order(Side.BUY, "0.01"))
    assert refused.value.code == f"EService:Market in {status} mode"
