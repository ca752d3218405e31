"""Changes of orders: what is asked of the exchange, and what is said before it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.args import OutOfRange
from bot.core.errors import BadArgument
from bot.core.trade.amend_args import AmendArgs
from bot.core.trade.change import Obstacle, Plan, Remark, from_fields, plan, sent_fields
from kraken.core.trading import (
    Amend,
    ConditionalClose,
    Order,
    OrderStatus,
    OrderType,
    Reference,
    TriggerState,
)
from kraken.core.types import OrderId, Side, Symbol
from tests.fakes import NOON
from tests.market_values import instrument

D = Decimal
PAIR = instrument("BTC/USD", 1)
LIMIT = Order(
    order_id=OrderId("OAAAAA-BBBBB-CCCCCC"),
    symbol=Symbol("BTC/USD"),
    side=Side.BUY,
    type=OrderType.LIMIT,
    qty=D("0.5"),
    status=OrderStatus.NEW,
    limit_price=D("59000.0"),
    created_at=NOON - timedelta(hours=1),
    updated_at=NOON - timedelta(hours=1),
)
SELL = replace(LIMIT, side=Side.SELL)
STOP = replace(
    LIMIT,
    side=Side.SELL,
    type=OrderType.STOP_LOSS,
    limit_price=None,
    trigger=TriggerState(D("58000"), Reference.LAST),
)
STOP_LIMIT = replace(STOP, type=OrderType.STOP_LOSS_LIMIT, limit_price=D("57900"))
TRAIL = replace(STOP, type=OrderType.TRAILING_STOP)


def planned(order: Order, args: AmendArgs, last: str | None = "60000") -> Plan:
    return plan(order, args, PAIR, D(last) if last else None, NOON)


@pytest.mark.parametrize(
    ("order", "args", "change"),
    [
        (LIMIT, AmendArgs(price=D(58000)), Amend(limit_price=D(58000))),
        (LIMIT, AmendArgs(amount=D("0.2")), Amend(qty=D("0.2"))),
        (LIMIT, AmendArgs(price=D("59000"), amount=D(1)), Amend(qty=D(1))),
        (STOP, AmendArgs(price=D(57000)), Amend(trigger_price=D(57000))),
        (STOP, AmendArgs(stop=D(57000)), Amend(trigger_price=D(57000))),
        (
            STOP_LIMIT,
            AmendArgs(price=D(56900), stop=D(57000)),
            Amend(limit_price=D(56900), trigger_price=D(57000)),
        ),
    ],
)
def test_only_what_is_new_is_asked_for(order: Order, args: AmendArgs, change: Amend) -> None:
    found = planned(order, args)
    assert found.change == change
    assert found.obstacle is None


@pytest.mark.parametrize(
    ("order", "args", "obstacle"),
    [
        (TRAIL, AmendArgs(trail="2%"), Obstacle.TRAIL),
        (TRAIL, AmendArgs(stop=D(57000)), Obstacle.TRAIL),
        (
            replace(LIMIT, close=ConditionalClose(OrderType.STOP_LOSS)),
            AmendArgs(price=D(58000)),
            Obstacle.CLOSE,
        ),
        (TRAIL, AmendArgs(amount=D("0.2")), None),
    ],
)
def test_what_the_exchange_does_not_change_needs_a_new_order(
    order: Order, args: AmendArgs, obstacle: Obstacle | None
) -> None:
    assert planned(order, args).obstacle is obstacle


@pytest.mark.parametrize(
    ("order", "args", "remarks"),
    [
        (LIMIT, AmendArgs(price=D(58000)), {Remark.BACK_OF_QUEUE}),
        (LIMIT, AmendArgs(amount=D(1)), {Remark.BACK_OF_QUEUE}),
        (LIMIT, AmendArgs(amount=D("0.2")), set()),
        (STOP, AmendArgs(stop=D(57000)), set()),
        (LIMIT, AmendArgs(price=D(60000)), {Remark.BACK_OF_QUEUE, Remark.MATCHES}),
        (LIMIT, AmendArgs(price=D(5900)), {Remark.BACK_OF_QUEUE, Remark.FAR}),
        (
            LIMIT,
            AmendArgs(price=D(590000)),
            {Remark.BACK_OF_QUEUE, Remark.FAR, Remark.MATCHES},
        ),
        (replace(LIMIT, filled_qty=D("0.3")), AmendArgs(amount=D("0.3")), {Remark.ENDS_REST}),
        (
            replace(LIMIT, updated_at=NOON - timedelta(seconds=14)),
            AmendArgs(amount=D("0.2")),
            {Remark.EARLY},
        ),
        (SELL, AmendArgs(price=D(61000)), {Remark.BACK_OF_QUEUE}),
        (
            SELL,
            AmendArgs(price=D(59500)),
            {Remark.BACK_OF_QUEUE, Remark.MATCHES},
        ),
    ],
)
def test_what_a_change_costs_is_said(order: Order, args: AmendArgs, remarks: set[Remark]) -> None:
    assert set(planned(order, args).remarks) == remarks


def test_without_a_price_nothing_is_said_about_the_market() -> None:
    assert planned(LIMIT, AmendArgs(price=D(5)), None).remarks == (Remark.BACK_OF_QUEUE,)


@pytest.mark.parametrize(
    ("order", "args", "error"),
    [
        (LIMIT, AmendArgs(), BadArgument),
        (LIMIT, AmendArgs(price=D("59000.0")), BadArgument),
        (LIMIT, AmendArgs(price=D("58000.05")), BadArgument),
        (LIMIT, AmendArgs(stop=D(58000)), BadArgument),
        (LIMIT, AmendArgs(amount=D("0.123456789")), BadArgument),
        (LIMIT, AmendArgs(amount=D("0.00001")), OutOfRange),
        (
            replace(LIMIT, type=OrderType.MARKET, limit_price=None),
            AmendArgs(price=D(1)),
            BadArgument,
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    order: Order, args: AmendArgs, error: type[Exception]
) -> None:
    with pytest.raises(error):
        planned(order, args)


def test_the_nearest_price_that_fits_is_offered() -> None:
    with pytest.raises(BadArgument) as caught:
        planned(LIMIT, AmendArgs(price=D("58000.05")))
    assert caught.value.suggestions == ("/amend OAAAAA-BBBBB-CCCCCC 58000.0",)


def test_a_change_survives_being_kept() -> None:
    change = Amend(qty=D("0.00000001"), limit_price=D("58000.10"))
    deadline = NOON + timedelta(seconds=5)
    assert from_fields(sent_fields(change), deadline) == replace(change, deadline=deadline)
