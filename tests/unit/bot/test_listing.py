"""Lists of orders: what is in them, what protects, and what one tap would end."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.trade.listing import (
    PER_PAGE,
    distance,
    doomed,
    is_protective,
    named,
    newest_first,
    page_of,
    protected,
    wanted,
)
from kraken.core.trading import Order, OrderStatus, OrderType, Reference, TriggerState
from kraken.core.types import ClientOrderId, OrderId, Side, Symbol
from tests.fakes import NOON
from tests.unit.bot.test_change import LIMIT, STOP, STOP_LIMIT, TRAIL

D = Decimal
TAKE = replace(STOP, type=OrderType.TAKE_PROFIT)
BUY_STOP = replace(STOP, side=Side.BUY)
FIRED = replace(STOP_LIMIT, trigger=TriggerState(D(58000), Reference.LAST, is_fired=True))
ENDED = replace(LIMIT, status=OrderStatus.CANCELED)


@pytest.mark.parametrize(
    ("order", "protects"),
    [
        (STOP, True),
        (STOP_LIMIT, True),
        (TRAIL, True),
        (LIMIT, False),
        (TAKE, False),
        (BUY_STOP, False),
        (FIRED, False),
    ],
)
def test_only_a_waiting_stop_that_sells_protects(order: Order, protects: bool) -> None:
    assert is_protective(order) is protects


def test_entries_stops_and_all_are_what_they_say() -> None:
    orders = [LIMIT, STOP, TAKE, BUY_STOP, FIRED, ENDED]
    assert doomed(orders, "entries") == [LIMIT, TAKE, BUY_STOP, FIRED]
    assert doomed(orders, "stops") == [STOP]
    assert doomed(orders, "all") == [LIMIT, STOP, TAKE, BUY_STOP, FIRED]
    assert doomed(orders, "all", "ETH/USD") == []


def test_lists_hold_what_was_asked_for() -> None:
    assert [wanted(ENDED, which) for which in ("open", "closed", "stops", "all")] == [
        False,
        True,
        False,
        True,
    ]
    assert wanted(STOP, "stops")
    assert not wanted(LIMIT, "stops")
    assert not wanted(LIMIT, "open", "ETH/USD")


def test_the_distance_is_from_the_market_to_the_price_it_waits_for() -> None:
    assert distance(LIMIT, D(50000)) == 18
    assert distance(STOP, D(50000)) == 16
    assert distance(FIRED, D(60000)) == D("-3.5")
    assert distance(LIMIT, None) is None
    assert distance(ENDED, D(60000)) is None


def test_an_order_is_named_by_either_id_or_its_beginning() -> None:
    other = replace(
        LIMIT, order_id=OrderId("OAAAAA-ZZZZZ-CCCCCC"), client_id=ClientOrderId("0a1b-22")
    )
    both = [LIMIT, other]
    assert named(both, "oaaaaa-bbbbb-cccccc") == [LIMIT]
    assert named(both, "0A1B") == [other]
    assert named(both, "OAAAA") == both
    assert named(both, "NOBODY") == []


def test_the_newest_is_first_and_pages_end_where_the_list_does() -> None:
    orders = [
        replace(LIMIT, order_id=OrderId(f"O{n}"), created_at=NOON.replace(minute=n))
        for n in range(PER_PAGE + 1)
    ]
    assert newest_first(orders) == orders[::-1]
    assert page_of(orders, 2) == (orders[PER_PAGE:], 2, 2)
    assert page_of(orders, 99) == (orders[PER_PAGE:], 2, 2)
    assert page_of([], 1) == ([], 1, 1)


def test_what_stops_protect_adds_up_by_asset() -> None:
    eth = replace(STOP, symbol=Symbol("ETH/USD"), qty=D(2))
    assert protected([STOP, STOP, eth, LIMIT]) == {"BTC": D("1.0"), "ETH": D(2)}
