"""Order life from reports: whatever order they come in, and however often, the end is the same.

Mutants tried by hand and killed: the last report wins; fills added up without their names; a fill
marked as told while its order is parked; late fills of cancelled orders dropped; the first cost
kept; an amend overtaken by older terms; ``filled`` only by its word; ranks of ``new`` and
``partially_filled`` swapped; fills of a former life told again.
"""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core import orders as module
from kraken.core.orders import FillBooked, OrderChanged, OrderParked, Orders
from kraken.core.trading import (
    ExecType,
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    OrderType,
    Report,
    TimeInForce,
)
from kraken.core.types import Asset, ClientOrderId, ExecId, OrderId, Side, Symbol
from tests import strategies  # noqa: F401 - loads the profile with the same examples in each run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ID = OrderId("O1")
PAIR = Symbol("BTC/USD")


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def pending(qty: str = "10", at: datetime = NOON) -> Report:
    """The only report with terms."""
    return Report(
        ID,
        ExecType.PENDING_NEW,
        OrderStatus.PENDING_NEW,
        at,
        client_id=ClientOrderId("mine"),
        symbol=PAIR,
        side=Side.BUY,
        type=OrderType.LIMIT,
        qty=D(qty),
        limit_price=D(100),
        time_in_force=TimeInForce.GTD,
        filled_cost=D(0),
    )


def said(kind: ExecType, status: OrderStatus, at: datetime, **more: object) -> Report:
    return replace(Report(ID, kind, status, at), **more)  # type: ignore[arg-type]  # test's own


def new(at: datetime = NOON) -> Report:
    return said(ExecType.NEW, OrderStatus.NEW, at)


def traded(number: int, qty: str, total: str, at: datetime | None = None) -> Report:
    at = at or after(number)
    fill = Fill(
        exec_id=ExecId(f"T{number}"),
        order_id=ID,
        symbol=PAIR,
        side=Side.BUY,
        price=D(99),
        qty=D(qty),
        cost=D(qty) * 99,
        liquidity=Liquidity.MAKER,
        fee=D("0.1"),
        fee_asset=Asset("USD"),
        at=at,
    )
    return said(
        ExecType.TRADE,
        OrderStatus.PARTIALLY_FILLED,
        at,
        symbol=PAIR,
        side=Side.BUY,
        type=OrderType.LIMIT,
        filled_qty=D(total),
        filled_cost=D(total) * 99,
        average=D(99),
        fill=fill,
    )


def ended(kind: ExecType, total: str, at: datetime, reason: str = "") -> Report:
    return said(
        kind,
        OrderStatus(kind.value),
        at,
        filled_qty=D(total),
        filled_cost=D(total) * 99,
        average=D(99),
        reason=reason,
    )


def told(orders: Orders, reports: list[Report]) -> list[object]:
    return [news for report in reports for news in orders.apply(report, report.at)]


def known(orders: Orders) -> Order:
    order = orders.order(ID)
    assert order is not None
    return order


@st.composite
def lives(draw: st.DrawFn) -> list[Report]:
    """One order's reports as Kraken sends them, in their order."""
    qty, filled = draw(st.integers(2, 9)), 0
    reports = [pending(str(qty)), new()]
    for number in range(1, draw(st.integers(1, 6))):
        step = draw(st.sampled_from(["trade", "trade", "amend", "price"]))
        if step == "trade" and filled < qty:
            part = draw(st.integers(1, qty - filled))
            filled += part
            reports.append(traded(number, str(part), str(filled)))
            if filled == qty:
                reports.append(ended(ExecType.FILLED, str(filled), after(number)))
                return reports
        status = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.NEW
        if step == "amend":
            qty = filled + draw(st.integers(1, 9))
            amend = {"qty": D(qty), "limit_price": D(draw(st.integers(90, 110)))}
            reports.append(
                said(
                    ExecType.AMENDED,
                    status,
                    after(number),
                    is_amended=True,
                    reason="Amended",
                    **amend,
                )
            )
        if step == "price":
            change = {"limit_price": D(draw(st.integers(90, 110)))}
            reports.append(
                said(ExecType.AMENDED, status, after(number), is_amended=True, **change)
            )
    how = draw(st.sampled_from([ExecType.CANCELED, ExecType.EXPIRED, None]))
    if how is not None:
        reports.append(ended(how, str(filled), after(20), "User requested"))
    return reports


@given(lives(), st.data())
def test_any_order_of_arrival_ends_in_the_same_order(
    life: list[Report], data: st.DataObject
) -> None:
    straight, shuffled = Orders(), Orders()
    told(straight, life)
    again = data.draw(st.lists(st.sampled_from(life), max_size=5))
    news = told(shuffled, data.draw(st.permutations([*life, *again])))
    assert known(shuffled) == known(straight)
    booked = [one.fill.exec_id for one in news if isinstance(one, FillBooked)]
    sent = [report.fill.exec_id for report in life if report.fill is not None]
    assert sorted(booked) == sorted(sent)


@given(lives())
def test_in_the_order_of_sending_nothing_ever_goes_back(life: list[Report]) -> None:
    orders, before = Orders(), (-1, D(0))
    for report in life:
        orders.apply(report, report.at)
        order = known(orders)
        now = (module.RANK[order.status], order.filled_qty)
        assert now[0] >= before[0]
        assert now[1] >= before[1]
        before = now
    order, last = known(orders), life[-1]
    assert order.booked_qty == order.filled_qty
    assert not order.misses_fills
    if last.status.is_final:
        assert order.status is last.status
    amends = [report for report in life if report.exec_type is ExecType.AMENDED]
    if amends:
        assert order.limit_price == amends[-1].limit_price


@given(lives(), st.data())
def test_a_former_life_tells_nothing_again(life: list[Report], data: st.DataObject) -> None:
    first = Orders()
    cut = data.draw(st.integers(1, len(life)))
    told(first, life[:cut])
    fills = [report.fill for report in life[:cut] if report.fill is not None]
    second = Orders(booked=fills)
    assert not any(isinstance(one, FillBooked) for one in told(second, life[:1]))
    news = told(second, life[cut:])
    booked = [one.fill.exec_id for one in news if isinstance(one, FillBooked)]
    sent = [report.fill.exec_id for report in life[cut:] if report.fill is not None]
    assert booked == sent
    assert known(second).booked_qty == known(second).filled_qty


def test_a_resting_order_opens_fills_and_ends() -> None:
    orders = Orders()
    assert [type(one) for one in told(orders, [pending(), new()])] == [OrderChanged, OrderChanged]
    assert (known(orders).status, known(orders).remaining) == (OrderStatus.NEW, D(10))
    changed, booked = orders.apply(traded(1, "4", "4"), NOON)
    assert isinstance(changed, OrderChanged)
    assert changed.order.status is OrderStatus.PARTIALLY_FILLED
    assert isinstance(booked, FillBooked)
    assert booked.fill.client_id == "mine"
    assert booked.order.fee == D("0.1")
    (gone,) = orders.apply(ended(ExecType.CANCELED, "4", after(9), "User requested"), NOON)
    assert isinstance(gone, OrderChanged)
    assert gone.has_ended
    assert (gone.order.reason, gone.order.average) == ("User requested", D(99))
    assert orders.open() == []


def test_the_last_trade_completes_an_order_although_it_says_partially_filled() -> None:
    orders = Orders()
    told(orders, [pending(), new()])
    changed, _ = orders.apply(traded(1, "10", "10"), NOON)
    assert isinstance(changed, OrderChanged)
    assert changed.has_ended
    assert changed.order.status is OrderStatus.FILLED
    later = orders.apply(ended(ExecType.FILLED, "10", after(1)), NOON)
    assert later == []


def test_a_duplicate_says_nothing_new() -> None:
    orders = Orders()
    told(orders, [pending(), new(), traded(1, "4", "4")])
    assert told(orders, [pending(), new(), traded(1, "4", "4")]) == []


def test_a_fill_after_the_cancel_is_booked_and_the_order_stays_cancelled() -> None:
    orders = Orders()
    told(orders, [pending(), new(), ended(ExecType.CANCELED, "4", after(9))])
    assert known(orders).misses_fills
    news = orders.apply(traded(1, "4", "4"), NOON)
    assert [type(one) for one in news] == [OrderChanged, FillBooked]
    assert known(orders).status is OrderStatus.CANCELED
    assert not known(orders).misses_fills


def test_reports_without_terms_wait_and_somebody_is_sent_to_ask() -> None:
    orders = Orders()
    assert orders.apply(traded(1, "4", "4"), NOON) == [OrderParked(ID)]
    assert orders.order(ID) is None
    assert orders.unknown(after(4)) == []
    assert orders.unknown(after(5)) == [ID]
    news = orders.apply(pending(), after(6))
    assert [type(one) for one in news] == [OrderChanged, FillBooked]
    assert known(orders).status is OrderStatus.PARTIALLY_FILLED
    assert orders.unknown(after(60)) == []


def test_an_answer_of_rest_that_lags_behind_changes_nothing() -> None:
    orders = Orders()
    told(orders, [pending(), new(), traded(1, "10", "10")])
    stale = said(ExecType.STATUS, OrderStatus.NEW, after(30), filled_qty=D(0), qty=D(10))
    orders.apply(stale, after(30))
    assert (known(orders).status, known(orders).filled_qty) == (OrderStatus.FILLED, D(10))


def test_missing_fills_are_seen_by_the_sums() -> None:
    orders = Orders()
    told(orders, [pending(), new(), traded(2, "3", "7")])
    assert (known(orders).filled_qty, known(orders).booked_qty) == (D(7), D(3))
    assert known(orders).misses_fills
    told(orders, [said(ExecType.STATUS, OrderStatus.NEW, after(30), filled_qty=D(4))])
    assert (known(orders).filled_qty, known(orders).filled_cost) == (D(7), D(693))


def test_an_ended_order_that_misses_fills_is_kept() -> None:
    orders = Orders()
    told(orders, [pending(), ended(ExecType.CANCELED, "4", after(9))])
    orders.drop_ended(after(99))
    assert [order.order_id for order in orders.all()] == [ID]


def test_two_fills_without_totals_add_up() -> None:
    orders = Orders()
    told(orders, [pending()])
    told(orders, [replace(traded(n, "2", "0"), filled_qty=None) for n in (1, 2)])
    assert (known(orders).filled_qty, known(orders).filled_cost) == (D(4), D(396))
    assert known(orders).average == D(99)


def test_ended_orders_are_dropped_and_their_fills_are_still_known() -> None:
    orders = Orders()
    told(orders, [pending(), new(), traded(1, "10", "10")])
    orders.drop_ended(after(1))
    assert [order.order_id for order in orders.all()] == [ID]
    orders.drop_ended(after(2))
    assert orders.all() == []
    assert orders.apply(traded(1, "10", "10"), after(3)) == [OrderParked(ID)]
    assert [type(one) for one in orders.apply(pending(), after(3))] == [OrderChanged]


def test_the_oldest_fills_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 2)
    orders = Orders()
    told(orders, [pending(), traded(1, "1", "1"), traded(2, "1", "2"), traded(3, "1", "3")])
    orders.apply(ended(ExecType.CANCELED, "3", after(4)), NOON)
    orders.drop_ended(after(9))
    news = told(orders, [pending(), traded(3, "1", "3"), traded(1, "1", "1")])
    assert [n.fill.exec_id for n in news if isinstance(n, FillBooked)] == ["T1"]


def test_every_term_is_a_field_of_reports_and_orders() -> None:
    names = set(module._TERMS)
    assert names <= {each.name for each in fields(Order)}
    assert names <= {each.name for each in fields(Report)}
