"""Alerts about accounts: the rules by which a number, an order or a deposit is news.

Tried by hand and found here: no way back before a balance is told again; telling what was so from
the beginning; telling each fill of an order that is big already; old orders from before the
asking; deposits of the same instant taken for one.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from bot.core.alerts import own
from bot.core.alerts.syntax import read_alert
from bot.core.alerts.words import Condition, Progress
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import Order, OrderStatus, OrderType
from kraken.core.types import Asset, OrderId, Side, Symbol
from tests.fakes import NOON

HOUR = timedelta(hours=1)


def condition(text: str) -> Condition:
    wish = read_alert(text).wish
    assert wish is not None
    return wish.conditions[0]


def told(text: str, *values: str, armed: bool | None = True) -> list[str]:
    """The values at which it is told."""
    progress, found = Progress(armed=armed), []
    for value in values:
        progress, crosses = own.judged(condition(text), progress, Decimal(value))
        found += [value] if crosses else []
    return found


def test_a_number_is_told_when_it_passes_its_bound_and_again_when_it_came_back() -> None:
    assert told("eur < 100", "100", "99.9", "99", "100.05", "98", "100.1", "97") == ["99.9", "97"]
    assert told("eur > 100", "100", "100.1", "99.95", "101", "99.9", "102") == ["100.1", "102"]
    assert told("pnl day < -50", "-50", "-51", "-49.96", "-52", "-49.95", "-53") == ["-51", "-53"]
    assert told("eur < 0", "0", "-1", "0", "-1") == ["-1", "-1"]


def test_what_is_so_at_the_beginning_is_no_news() -> None:
    assert told("eur < 100", "50", "150", "50", armed=None) == ["50"]
    assert told("eur < 100", "50", "60", armed=None) == []
    assert told("eur < 100", "50", armed=False) == []


def test_an_order_is_big_once() -> None:
    sums = [(0, 499), (499, 500), (500, 900)]
    least = Decimal(500)
    assert [own.crosses(least, Decimal(a), Decimal(b)) for a, b in sums] == [False, True, False]


def order(name: str, hours_old: float, status: OrderStatus = OrderStatus.NEW) -> Order:
    return Order(
        order_id=OrderId(name),
        symbol=Symbol("BTC/USD"),
        side=Side.BUY,
        type=OrderType.LIMIT,
        qty=Decimal(1),
        status=status,
        created_at=NOON - timedelta(hours=hours_old),
    )


def test_an_order_grows_old_in_one_look_only() -> None:
    orders = [
        order("A", 25),
        order("B", 23.5),
        order("C", 1),
        order("D", 24, OrderStatus.CANCELED),
    ]
    wish = condition("order stale 24h")
    looks = [NOON - HOUR, NOON, NOON + HOUR, NOON + 2 * HOUR]
    found = [
        [each.order_id for each in own.grown_old(wish, orders, since, now)]
        for since, now in pairwise(looks)
    ]
    assert found == [[], ["B"], []]


def entry(name: str, seconds: float, kind: str = "deposit", amount: str = "5") -> LedgerEntry:
    at = NOON + timedelta(seconds=seconds)
    return LedgerEntry(
        name, kind, Asset("EUR"), Decimal(amount), Decimal(0), Decimal(0), at, f"R{name}"
    )


def test_each_deposit_is_news_once_also_two_of_an_instant() -> None:
    progress, seen = Progress(since=NOON), []
    rows = [entry("A", 5), entry("B", 5), entry("C", 5.0004), entry("D", 9)]
    for known in (rows[:1], rows[:2], rows[:3], rows, rows[::-1], [*rows, *rows]):
        new = own.arrived(known, progress)
        progress = own.after_deposits(progress, new)
        seen += [each.entry_id for each in new]
    assert seen == ["A", "B", "C", "D"]


def test_only_what_came_in_from_outside_since_then_is_a_deposit() -> None:
    rows = [
        entry("old", -5),
        entry("trade", 1, "trade"),
        entry("out", 1, "withdrawal"),
        entry("taken back", 1, amount="-5"),
        entry("in", 2),
    ]
    found = own.arrived(rows, Progress(since=NOON))
    assert [each.entry_id for each in found] == ["in"]


@pytest.mark.parametrize(
    ("span", "begin"),
    [("day", (2026, 3, 4)), ("week", (2026, 3, 2)), ("month", (2026, 3, 1))],
)
def test_a_span_begins_at_midnight_utc(span: str, begin: tuple[int, int, int]) -> None:
    assert own.begin_of(span, NOON) == datetime(*begin, tzinfo=UTC)
