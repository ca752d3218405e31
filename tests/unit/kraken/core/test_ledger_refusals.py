"""What a ledger refuses, and that the first fault in Kraken's order is the one that is told.

Mutants tried by hand and killed: minimums compared the wrong way; a client id of an ended order
counted; the limit of open orders one off; the fee left out of a market order's check; the last
cent refused; a pair's status ignored.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.core.ledger.words import (
    RefusalKind,
)
from kraken.core.trading import (
    ConditionalClose,
    OrderRequest,
    OrderType,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import InstrumentStatus, Side
from tests.ledger_cases import BTC, NOON, USD, Desk, named, order, view, words

BUY, SELL = Side.BUY, Side.SELL
STOP = Trigger(PriceOffset(D(90)))


LATER = NOON + timedelta(seconds=4)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (order(BUY, None), "qty"),
        (order(BUY, "0"), "qty"),
        (order(BUY, "-1"), "qty"),
        (order(BUY, "NaN"), "qty"),
        (order(BUY, "Infinity"), "qty"),
        (order(BUY, "1.005", "100"), "qty"),
        (order(BUY, "1", cash_qty=D(5)), "qty"),
        (order(SELL, None, cash_qty=D(5)), "cash_qty"),
        (order(BUY, "1", "100", OrderType.MARKET), "limit_price"),
        (order(BUY, "1", None, OrderType.LIMIT), "limit_price"),
        (order(SELL, "1", None, OrderType.STOP_LOSS), "trigger"),
        (order(SELL, "1", "100", trigger=STOP), "trigger"),
        (order(SELL, "1", None, OrderType.TRAILING_STOP, trigger=STOP), "trigger"),
        (order(BUY, "1", "100", OrderType.ICEBERG), "display_qty"),
        (order(BUY, "3", "100", OrderType.ICEBERG, display_qty=D("0.19")), "display_qty"),
        (order(BUY, "1", "100", OrderType.ICEBERG, display_qty=D("1.01")), "display_qty"),
        (order(BUY, "1", "100", display_qty=D("0.5")), "display_qty"),
        (order(BUY, "1", time_in_force=TimeInForce.FOK), "time_in_force"),
        (order(BUY, "1", "100", post_only=True, time_in_force=TimeInForce.IOC), "post_only"),
        (order(BUY, "1", post_only=True), "post_only"),
        (order(BUY, "1", "100", time_in_force=TimeInForce.GTD), "expires_at"),
        (order(BUY, "1", "100", expires_at=LATER), "expires_at"),
        (
            order(BUY, "1", "100", time_in_force=TimeInForce.GTD, expires_at=LATER),
            "expires_at",
        ),
        (order(BUY, "1", "100", client_id=named("a"), user_ref=7), "client_id"),
        (order(BUY, "1", close=ConditionalClose(OrderType.MARKET)), "close"),
        (order(BUY, "1", close=ConditionalClose(OrderType.STOP_LOSS)), "close"),
    ],
)
def test_requests_that_make_no_sense_name_the_field(request_: OrderRequest, field: str) -> None:
    refusal = Desk(usd="9000").refuse(request_)
    assert (refusal.kind, refusal.field) == (RefusalKind.ARGUMENTS, field)


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (order(BUY, "1", "100.3"), RefusalKind.TICK),
        (
            order(SELL, "1", None, OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D("90.1")))),
            RefusalKind.TICK,
        ),
        (order(BUY, "0.04", "100"), RefusalKind.MIN_QTY),
        (order(BUY, "0.05", "9.5"), RefusalKind.MIN_COST),
        (order(BUY, None, cash_qty=D("0.49")), RefusalKind.MIN_COST),
        (order(BUY, "1", "100", reduce_only=True), RefusalKind.REDUCE_ONLY),
        (order(BUY, "1", "100", deadline=NOON - timedelta(seconds=1)), RefusalKind.DEADLINE),
    ],
)
def test_steps_minimums_and_deadlines_are_kept(request_: OrderRequest, kind: RefusalKind) -> None:
    assert Desk(usd="9000").refuse(request_).kind is kind


def test_what_is_exactly_at_a_minimum_is_taken() -> None:
    desk = Desk()
    desk.place(order(BUY, "0.05", "10"))


def test_the_first_fault_in_krakens_order_is_told() -> None:
    """Everything is wrong with it; each repair brings up the next."""
    desk = Desk(usd="0")
    desk.ledger.state.max_orders = 1
    desk.place(order(SELL, "1", "150", client_id=named("a")))
    closed = replace(desk.market.instrument, status=InstrumentStatus.CANCEL_ONLY)
    desk.market = replace(desk.market, instrument=closed)
    wrong = order(BUY, "0.01", "9.3", client_id=named("a"), user_ref=1)
    seen = [desk.refuse(wrong).kind]
    wrong = replace(wrong, user_ref=None)
    seen.append(desk.refuse(wrong).kind)
    desk.market = view()
    seen.append(desk.refuse(wrong).kind)
    wrong = replace(wrong, limit_price=D(9))
    seen.append(desk.refuse(wrong).kind)
    wrong = replace(wrong, qty=D("0.05"))
    seen.append(desk.refuse(wrong).kind)
    wrong = replace(wrong, qty=D(1))
    seen.append(desk.refuse(wrong).kind)
    wrong = replace(wrong, client_id=None)
    seen.append(desk.refuse(wrong).kind)
    desk.ledger.state.max_orders = 2
    seen.append(desk.refuse(wrong).kind)
    in_order = list(RefusalKind)
    assert seen == sorted(seen, key=in_order.index)
    assert [kind.value for kind in seen] == [
        *("arguments", "market_status", "tick", "min_qty", "min_cost"),
        *("duplicate_client_id", "orders_limit", "funds"),
    ]


def test_funds_are_told_with_what_is_needed_and_what_there_is() -> None:
    refusal = Desk(usd="200").refuse(order(BUY, "2", "100"))
    assert (refusal.asset, refusal.needed, refusal.available) == (USD, D("200.8"), D(200))
    market = Desk(usd="304").refuse(order(BUY, "3"))
    assert market.needed == D("305.22")
    sell = Desk(btc="1").refuse(order(SELL, "1.01", "150"))
    assert (sell.asset, sell.needed) == (BTC, D("1.01"))


def test_a_client_id_is_free_again_when_its_order_ended() -> None:
    desk = Desk()
    desk.place(order(BUY, "1", "90", client_id=named("a")))
    refusal = desk.refuse(order(BUY, "1", "91", client_id=named("a")))
    assert refusal.kind is RefusalKind.DUPLICATE_CLIENT_ID
    found = desk.ledger.find(named("a"))
    assert found is not None
    desk.ledger.cancel(found, NOON)
    assert desk.ledger.find(named("a")) is None
    desk.place(order(BUY, "1", "91", client_id=named("a")))


@pytest.mark.parametrize(
    ("status", "taken"),
    [
        (InstrumentStatus.ONLINE, {"market", "limit", "post"}),
        (InstrumentStatus.LIMIT_ONLY, {"limit", "post"}),
        (InstrumentStatus.POST_ONLY, {"post"}),
        (InstrumentStatus.CANCEL_ONLY, set()),
        (InstrumentStatus.MAINTENANCE, set()),
        (InstrumentStatus.DELISTED, set()),
    ],
)
def test_a_pair_takes_what_its_status_allows(status: InstrumentStatus, taken: set[str]) -> None:
    asked = {
        "market": order(BUY, "1"),
        "limit": order(BUY, "1", "95"),
        "post": order(BUY, "1", "95", post_only=True),
    }
    market = view()
    market = replace(market, instrument=replace(market.instrument, status=status))
    desks = {name: Desk(market=market) for name in asked}
    assert {
        name for name, desk in desks.items() if isinstance(desk.ask(asked[name]), list)
    } == taken


def test_a_market_buy_beyond_what_is_shown_needs_money_for_all_of_it() -> None:
    desk = Desk(usd="1000")
    refusal = desk.refuse(order(Side.BUY, "10"))
    # 2 at 101, 3 at 102, the rest at 102 at least; 0.4 percent of it in fees.
    assert (refusal.kind, refusal.needed) == (RefusalKind.FUNDS, D("1022.07"))
    desk.market = replace(desk.market, is_whole=True)
    assert words(desk.place(order(Side.BUY, "10")))[-1] == "Canceled"
