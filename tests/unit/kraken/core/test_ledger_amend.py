"""Changing open orders: what keeps its place, what moves, what is refused and changes nothing.

Mutants tried by hand and killed: a smaller quantity sent to the back; a larger one kept in place;
a new price kept in place; an amended price that crosses and rests; post-only forgotten; the
funds not checked, or checked in full; a quantity below the fills that is refused; an edit that
loses the old order when the new one is refused.
"""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.core.ledger.ledger import Outcome
from kraken.core.ledger.words import Amended, Canceled, EndReason, Refusal, RefusalKind
from kraken.core.trading import (
    Amend,
    ConditionalClose,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    Trigger,
)
from kraken.core.types import InstrumentStatus, OrderId, Side
from tests.ledger_cases import BTC, NOON, Desk, named, order, view, words

BUY, SELL = Side.BUY, Side.SELL
STOP = Trigger(PriceOffset(D(95)))


def opened(request: OrderRequest, **desk_: object) -> tuple[Desk, OrderId]:
    desk = Desk(**desk_)  # type: ignore[arg-type]  # the test's own words
    desk.place(request)
    return desk, desk.ledger.orders()[-1].order_id


def change(desk: Desk, name: OrderId, amend: Amend) -> Outcome:
    return desk.ledger.amend(name, amend, desk.market, desk.now, desk.names)


def refused(desk: Desk, name: OrderId, amend: Amend) -> Refusal:
    before = desk.ledger.to_state()
    outcome = change(desk, name, amend)
    assert isinstance(outcome, Refusal), outcome
    assert desk.ledger.to_state() == before
    return outcome


def amended(desk: Desk, name: OrderId, amend: Amend) -> list[str]:
    outcome = change(desk, name, amend)
    assert isinstance(outcome, list), outcome
    return words(outcome)


@pytest.mark.parametrize(
    ("amend", "ahead"),
    [
        (Amend(qty=D(1)), "0.5"),
        (Amend(qty=D(2)), "0.5"),
        (Amend(post_only=True), "0.5"),
        (Amend(qty=D(3)), "7"),
        (Amend(limit_price=D("98.5")), "0"),
    ],
)
def test_only_more_quantity_or_another_price_costs_the_place(amend: Amend, ahead: str) -> None:
    desk, name = opened(order(BUY, "2", "99"))
    desk.trade("99", "1.5")
    desk.book(view(bids=[("99", "7"), ("98", "3")]))
    assert amended(desk, name, amend) == ["Amended"]
    assert desk.ledger.queue_ahead(name) == D(ahead)


def test_an_own_order_goes_behind_the_other_one_at_its_price() -> None:
    desk, first = opened(order(BUY, "1", "98.5"))
    desk.place(order(BUY, "1", "98.5"))
    amended(desk, first, Amend(qty=D("1.5")))
    (filled, done) = desk.trade("98.5", "1")
    assert filled.order.order_id != first
    assert words([done]) == ["Completed"]


def test_names_fills_and_holds_follow_the_amend() -> None:
    desk, name = opened(order(BUY, "2", "98.5"))
    desk.trade("98.5", "0.5")
    (event,) = outcome = change(desk, name, Amend(qty=D(3), limit_price=D(98)))
    assert isinstance(outcome, list)
    assert isinstance(event, Amended)
    told = event.order
    assert (told.order_id, told.filled_qty, told.remaining) == (name, D("0.5"), D("2.5"))
    assert told.is_amended
    assert desk.money()[1] == D("2.5") * 98 * D("1.004")


def test_a_quantity_below_the_fills_cancels_the_rest() -> None:
    desk, name = opened(order(BUY, "2", "98.5"))
    desk.trade("98.5", "0.5")
    outcome = change(desk, name, Amend(qty=D("0.5")))
    assert isinstance(outcome, list)
    (event,) = outcome
    assert isinstance(event, Canceled)
    assert event.reason is EndReason.USER
    assert desk.money()[1] == 0


def test_an_amended_price_that_crosses_takes() -> None:
    desk, name = opened(order(BUY, "2", "99"))
    assert amended(desk, name, Amend(limit_price=D(101))) == ["Amended", "Filled", "Completed"]


def test_an_amended_post_only_price_that_would_take_is_refused() -> None:
    desk, name = opened(order(BUY, "2", "99", post_only=True))
    assert refused(desk, name, Amend(limit_price=D(101))).kind is RefusalKind.POST_ONLY
    plain, name = opened(order(BUY, "2", "99"))
    both = Amend(limit_price=D(101), post_only=True)
    assert refused(plain, name, both).kind is RefusalKind.POST_ONLY


def test_only_what_is_needed_more_has_to_be_there() -> None:
    desk, name = opened(order(BUY, "2", "99"), usd="210")
    assert amended(desk, name, Amend(qty=D("2.1"))) == ["Amended"]
    refusal = refused(desk, name, Amend(qty=D("2.2")))
    assert refusal.kind is RefusalKind.FUNDS
    assert refusal.needed == D("0.1") * 99 * D("1.004")


def test_dropping_post_only_holds_the_takers_fee() -> None:
    desk, name = opened(order(BUY, "2", "99", post_only=True))
    amended(desk, name, Amend(post_only=False))
    assert desk.money()[1] == D(198) * D("1.004")


def test_icebergs_change_what_they_show() -> None:
    desk, name = opened(order(BUY, "3", "99", OrderType.ICEBERG, display_qty=D(1)))
    assert amended(desk, name, Amend(display_qty=D("0.5"))) == ["Amended"]
    told = desk.ledger.order(name)
    assert told is not None
    assert (told.display_qty, told.display_remaining) == (D("0.5"), D("0.5"))
    assert refused(desk, name, Amend(display_qty=D("0.1"))).field == "display_qty"
    assert amended(desk, name, Amend(qty=D("0.5"))) == ["Amended"]
    assert amended(desk, name, Amend(qty=D("4"), display_qty=D(1))) == ["Amended"]
    assert refused(desk, name, Amend(display_qty=D("0.505"))).field == "display_qty"


def test_an_iceberg_never_shows_more_than_remains() -> None:
    desk, name = opened(order(BUY, "3", "98.5", OrderType.ICEBERG, display_qty=D(1)))
    desk.trade("98.5", "1")
    amended(desk, name, Amend(qty=D("1.5")))
    told = desk.ledger.order(name)
    assert told is not None
    assert (told.remaining, told.display_remaining) == (D("0.5"), D("0.5"))


def test_a_trigger_price_can_be_moved_but_not_across_the_market() -> None:
    desk, name = opened(order(SELL, "1", None, OrderType.STOP_LOSS, trigger=STOP))
    assert amended(desk, name, Amend(trigger_price=D(97))) == ["Amended"]
    assert refused(desk, name, Amend(trigger_price=D(100))).field == "trigger_price"
    assert words(desk.trade("97", "0.1"))[0] == "Triggered"


TRAIL = Trigger(PriceOffset(D(3), PriceKind.QUOTE))
CLOSE = ConditionalClose(OrderType.STOP_LOSS, trigger=STOP)


@pytest.mark.parametrize(
    ("request_", "amend", "kind", "field"),
    [
        (order(BUY, "2", "99"), Amend(), RefusalKind.ARGUMENTS, ""),
        (order(BUY, "2", "99"), Amend(qty=D(0)), RefusalKind.ARGUMENTS, "qty"),
        (order(BUY, "2", "99"), Amend(qty=D("NaN")), RefusalKind.ARGUMENTS, "qty"),
        (order(BUY, "2", "99"), Amend(qty=D("1.001")), RefusalKind.ARGUMENTS, "qty"),
        (order(BUY, "2", "99"), Amend(qty=D("0.04")), RefusalKind.MIN_QTY, ""),
        (order(BUY, "2", "99"), Amend(limit_price=D("98.3")), RefusalKind.TICK, ""),
        (order(BUY, "2", "99"), Amend(trigger_price=D(9)), RefusalKind.ARGUMENTS, "trigger_price"),
        (order(BUY, "2", "99"), Amend(display_qty=D(1)), RefusalKind.ARGUMENTS, "display_qty"),
        (
            order(BUY, "2", "99"),
            Amend(qty=D(1), deadline=NOON - timedelta(seconds=1)),
            RefusalKind.DEADLINE,
            "",
        ),
        (
            order(SELL, "1", None, OrderType.TRAILING_STOP, trigger=TRAIL),
            Amend(trigger_price=D(9)),
            RefusalKind.ARGUMENTS,
            "trigger_price",
        ),
        (
            order(SELL, "1", None, OrderType.STOP_LOSS, trigger=STOP),
            Amend(limit_price=D(90)),
            RefusalKind.ARGUMENTS,
            "limit_price",
        ),
        (order(BUY, "2", "99", close=CLOSE), Amend(qty=D(1)), RefusalKind.NOT_AMENDABLE, ""),
    ],
)
def test_what_cannot_be_amended_says_why(
    request_: OrderRequest, amend: Amend, kind: RefusalKind, field: str
) -> None:
    desk, name = opened(request_)
    refusal = refused(desk, name, amend)
    assert (refusal.kind, refusal.field) == (kind, field)


def test_a_closed_pair_takes_no_amends_and_unknown_orders_are_unknown() -> None:
    desk, name = opened(order(BUY, "2", "99"))
    closed = replace(desk.market.instrument, status=InstrumentStatus.CANCEL_ONLY)
    desk.market = replace(desk.market, instrument=closed)
    assert refused(desk, name, Amend(qty=D(1))).kind is RefusalKind.MARKET_STATUS
    assert refused(desk, OrderId("O9"), Amend(qty=D(1))).kind is RefusalKind.UNKNOWN_ORDER


def edit(desk: Desk, name: OrderId, request: OrderRequest) -> Outcome:
    return desk.ledger.edit(name, request, desk.market, desk.now, desk.names)


def test_an_edit_replaces_the_order_and_may_use_what_it_held() -> None:
    desk, name = opened(order(SELL, "10", "150"))
    outcome = edit(desk, name, order(SELL, "9", "140"))
    assert isinstance(outcome, list)
    assert words(outcome) == ["Canceled", "Accepted", "Opened"]
    assert isinstance(outcome[0], Canceled)
    assert outcome[0].reason is EndReason.REPLACED
    assert outcome[1].order.parent == name
    assert desk.money(BTC) == (D(10), D(9))


def test_a_refused_edit_leaves_the_old_order() -> None:
    desk, name = opened(order(SELL, "10", "150"))
    before = desk.ledger.to_state()
    outcome = edit(desk, name, order(SELL, "10.01", "150"))
    assert isinstance(outcome, Refusal)
    assert outcome.kind is RefusalKind.FUNDS
    assert desk.ledger.to_state() == before


@pytest.mark.parametrize(
    "request_", [order(BUY, "1", "90", close=CLOSE), order(BUY, "1", "90", client_id=named("a"))]
)
def test_orders_with_a_close_or_a_client_id_cannot_be_edited(request_: OrderRequest) -> None:
    desk, name = opened(request_)
    outcome = edit(desk, name, order(BUY, "1", "91"))
    assert isinstance(outcome, Refusal)
    assert outcome.kind is RefusalKind.NOT_AMENDABLE
