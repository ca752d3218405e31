"""Facts of one account: whatever is learned in whatever order, each is told, and told once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from kraken.account import (
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    AccountRefused,
    BalancesChanged,
    FillHappened,
    OrderUpdated,
)
from kraken.core.holdings import Balance
from kraken.core.trading import (
    ExecType,
    Fill,
    Liquidity,
    OrderName,
    OrderStatus,
    OrderType,
    Report,
)
from kraken.core.types import Asset, ClientOrderId, ExecId, OrderId, Side, Symbol
from kraken.live.facts import MOST_UNTOLD, Facts, report_of

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BTC, USD = Asset("BTC"), Asset("USD")


def facts(*booked: Fill) -> Facts:
    return Facts(booked, lambda: NOW - HOUR)


def terms(name: str = "O1", status: OrderStatus = OrderStatus.NEW, filled: int = 0) -> Report:
    return Report(
        OrderId(name),
        ExecType.STATUS,
        status,
        NOW,
        client_id=ClientOrderId(f"client {name}"),
        symbol=Symbol("BTC/USD"),
        side=Side.BUY,
        type=OrderType.LIMIT,
        qty=Decimal(3),
        limit_price=Decimal(100),
        filled_qty=Decimal(filled),
    )


def fill(number: int, name: str = "O1", at: datetime = NOW) -> Fill:
    return Fill(
        ExecId(f"T{name}{number}"),
        OrderId(name),
        Symbol("BTC/USD"),
        Side.BUY,
        Decimal(100),
        Decimal(1),
        Decimal(100),
        Liquidity.TAKER,
        Decimal("0.4"),
        USD,
        at + number * SECOND,
    )


def take(known: Facts) -> list[AccountEvent]:
    """Everything that is to be told, told."""
    taken: list[AccountEvent] = []
    while (event := known.next_event) is not None:
        taken.append(event)
        known.told()
    return taken


def life() -> list[Report]:
    """What streams and lists say of two orders, one filled, one cancelled in the middle."""
    reports = [terms("O1", OrderStatus.PENDING_NEW), terms("O1"), terms("O2")]
    reports += [report_of(fill(number)) for number in (1, 2, 3)]
    reports += [report_of(fill(1, "O2")), terms("O1", OrderStatus.FILLED, 3)]
    reports += [terms("O2", OrderStatus.CANCELED, 1), terms("O1", OrderStatus.PARTIALLY_FILLED, 2)]
    return reports


@given(st.data())
def test_any_order_any_number_of_times_tells_each_fill_once(data: st.DataObject) -> None:
    extra = data.draw(st.lists(st.sampled_from(life()), max_size=8))
    reports = data.draw(st.permutations(life() + extra))
    known = facts()
    told: list[AccountEvent] = []
    for report in reports:
        known.learn([report], NOW)
        if data.draw(st.booleans()):
            told += take(known)
    told += take(known)
    fills = [event.fill.exec_id for event in told if isinstance(event, FillHappened)]
    assert sorted(fills) == ["TO11", "TO12", "TO13", "TO21"]
    orders = {
        event.order.order_id: event.order for event in told if isinstance(event, OrderUpdated)
    }
    assert orders[OrderId("O1")].status is OrderStatus.FILLED
    assert orders[OrderId("O2")].status is OrderStatus.CANCELED
    assert orders[OrderId("O2")].booked_qty == 1
    assert known.open() == []


def test_an_event_stays_the_next_one_until_it_was_taken() -> None:
    known = facts()
    known.learn([terms()], NOW)
    first = known.next_event
    known.learn([report_of(fill(1))], NOW)
    assert known.next_event is first
    known.told()
    assert isinstance(known.next_event, OrderUpdated)


def test_fills_of_a_former_life_are_neither_told_nor_lost() -> None:
    known = facts(fill(1))
    known.learn([report_of(fill(1)), terms("O1", OrderStatus.NEW, 2), report_of(fill(2))], NOW)
    told = take(known)
    assert [event.fill for event in told if isinstance(event, FillHappened)] == [
        replace(fill(2), client_id=ClientOrderId("client O1"))
    ]
    assert known.order(OrderId("O1")).booked_qty == 2  # type: ignore[union-attr]  # it is there


def test_fills_from_before_our_time_are_booked_and_not_told() -> None:
    known = facts()
    old = fill(1, at=NOW - 2 * HOUR)
    known.learn([report_of(old)], NOW)
    assert not known.needs_terms, "nobody asks for orders of the past"
    known.learn([terms("O1", OrderStatus.NEW, 1), report_of(old)], NOW)
    assert [type(event) for event in take(known)] == [OrderUpdated, OrderUpdated]
    assert not known.find(OrderName(client_id=ClientOrderId("client O1"))).misses_fills  # type: ignore[union-attr]  # it is there


def test_what_is_missing_is_known_to_be_missing() -> None:
    known = facts()
    known.learn([report_of(fill(1))], NOW)
    assert known.needs_terms
    assert known.orders_to_ask_for(NOW + 5 * SECOND) == ["O1"]
    known.learn([terms("O1", OrderStatus.FILLED, 3)], NOW)
    assert known.needs_fills
    assert known.missing_since() == NOW


def test_balances_are_compared_with_the_ones_before() -> None:
    known = facts()
    known.learn_balances({USD: Balance(Decimal(5)), BTC: Balance(Decimal(1))})
    assert take(known) == []
    known.learn_balances({USD: Balance(Decimal(5), Decimal(2)), BTC: Balance(Decimal(1))})
    assert take(known) == [BalancesChanged({USD: Balance(Decimal(5), Decimal(2))})]
    known.learn_balances({USD: Balance(Decimal(5), Decimal(2))})
    assert take(known) == [BalancesChanged({BTC: Balance(Decimal(0))})]


def test_the_connection_is_told_when_it_changes() -> None:
    known = facts()
    known.interrupted(NOW, "one")
    known.interrupted(NOW, "two")
    known.interrupted(NOW, "it lasts", is_lasting=True)
    known.interrupted(NOW, "it lasts", is_lasting=True)
    known.ready(NOW)
    known.refused(NOW, "three")
    known.refused(NOW, "four")
    known.interrupted(NOW, "five")
    assert [type(event) for event in take(known)] == [
        AccountInterrupted,
        AccountInterrupted,
        AccountReady,
        AccountRefused,
    ]


def test_what_ended_long_ago_is_forgotten_and_not_told_again() -> None:
    known = facts()
    for number in range(100):
        name = f"O{number}"
        known.learn([terms(name, OrderStatus.NEW, 1), report_of(fill(1, name))], NOW)
        known.learn([terms(name, OrderStatus.CANCELED, 1)], NOW)
    take(known)
    known.drop_ended(NOW + 2 * HOUR)
    assert known.order(OrderId("O1")) is None
    known.learn([report_of(fill(1, "O1"))], NOW)
    assert take(known) == []
    assert not known.needs_terms


def test_too_much_that_waits_is_noticed() -> None:
    known = facts()
    for number in range(MOST_UNTOLD):
        known.learn([terms(f"O{number}")], NOW)
    assert known.is_behind
    known.told()
    assert not known.is_behind
