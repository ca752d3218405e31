"""The small parts of practice: the best price since, replays, what is kept, rates."""

import random
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.core.fees import SPOT_FEES, STABLE_FEES
from kraken.core.ledger.state import AccountState
from kraken.core.practice.extremes import MOST, Extremes
from kraken.core.practice.kept import (
    KEPT_ENTRIES,
    KEPT_FILLS,
    KEPT_NAMES,
    KEPT_ORDERS,
    UnreadableError,
    is_amount,
    new,
    read,
    write,
)
from kraken.core.practice.rates import lowest_tier
from kraken.core.practice.replay import Cursor, newer, unbroken
from kraken.core.types import Side, Symbol, Trade
from tests.ledger_cases import NOON, PAIR, Desk, named, order
from tests.paper_market import instrument


@pytest.mark.parametrize("highest", [False, True])
def test_the_best_price_since_any_time_is_what_a_list_would_say(highest: bool) -> None:
    rng = random.Random(3)
    extremes = Extremes(highest=highest)
    seen: list[tuple[int, D]] = []
    for second in range(300):
        price = D(rng.randint(1, 60))
        extremes.see(price, NOON + timedelta(seconds=second))
        seen.append((second, price))
        since = rng.randint(0, second)
        best = (max if highest else min)(p for s, p in seen if s >= since)
        assert extremes.best(NOON + timedelta(seconds=since)) == best


def test_the_price_that_was_there_already_counts_where_no_other_came() -> None:
    extremes = Extremes()
    assert extremes.best(NOON) is None
    extremes.see(D(5), NOON)
    assert extremes.best(NOON + timedelta(hours=1)) == D(5)


def test_the_memory_of_prices_is_bounded_and_says_from_when_it_is() -> None:
    extremes = Extremes()
    for second in range(MOST + 10):
        extremes.see(D(second), NOON + timedelta(seconds=second))
    assert extremes.since == NOON + timedelta(seconds=10)
    assert extremes.best(NOON) == D(10)


def trades(*numbers: int) -> list[Trade]:
    return [
        Trade(PAIR, n, Side.BUY, D(100), D(1), "limit", NOON + timedelta(seconds=n))
        for n in numbers
    ]


def test_trades_are_seen_once_in_order_and_up_to_the_first_hole() -> None:
    cursor = Cursor(3, NOON)
    assert newer(trades(5, 4, 3, 4, 7), cursor) == trades(4, 5, 7)
    assert unbroken(trades(4, 5, 7), cursor) == trades(4, 5)
    assert unbroken(trades(5), cursor) == []
    assert unbroken(trades(8, 9), Cursor(None, NOON)) == trades(8, 9)
    later = Cursor(None, NOON + timedelta(seconds=4))
    assert newer(trades(4, 5), later) == trades(5)


def test_an_account_with_everything_in_it_is_restored_to_the_last_digit() -> None:
    desk = Desk(keeps_footprint=True)
    kept = new("7")
    kept.state = desk.ledger.state
    for request in (order(Side.BUY, "1", client_id=named("a")), order(Side.SELL, "1.23", "104.5")):
        for event in desk.place(request):
            kept.remember(event)
    kept.state.totals[next(iter(kept.state.totals))] = D("0.1234567890123456789")
    kept.cursors[PAIR] = Cursor(7, NOON)
    kept.latency, kept.stop_at = timedelta(milliseconds=150), NOON
    assert read(write(kept)) == kept
    assert write(read(write(kept))) == write(kept)


def test_what_is_remembered_is_bounded() -> None:
    desk, kept = Desk(usd="1000000"), new("7")
    for number in range(KEPT_NAMES + 5):
        for event in desk.place(order(Side.BUY, "0.05", client_id=named(str(number)))):
            kept.remember(event)
    assert len(kept.ended) == KEPT_ORDERS
    assert len(kept.fills) == KEPT_FILLS
    assert len(kept.entries) == KEPT_ENTRIES
    assert kept.knows(named(str(KEPT_NAMES + 4)))
    assert not kept.knows(named("1"))


@pytest.mark.parametrize("text", [b"", b"[]", b'{"name":"7","state":{"tier":{}}}'])
def test_what_was_not_written_here_is_not_read(text: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(text)


def test_fees_are_the_lowest_tier_of_the_kind_of_pair() -> None:
    assert lowest_tier(instrument("BTC/USD")) == SPOT_FEES.tiers[0]
    assert lowest_tier(instrument("BTC/USDT")) == SPOT_FEES.tiers[0]
    assert lowest_tier(instrument("USDT/USD")) == STABLE_FEES.tiers[0]
    assert lowest_tier(instrument("EUR/USD")) == STABLE_FEES.tiers[0]
    assert AccountState(lowest_tier(instrument("BTC/USD"))).tier_for(Symbol("X/Y")).maker


@pytest.mark.parametrize(
    ("amount", "fits"),
    [("0", True), ("1e12", True), ("1e13", False), ("-1", False), ("NaN", False)],
)
def test_only_sensible_amounts_are_practised_with(amount: str, fits: bool) -> None:
    assert is_amount(D(amount)) == fits
