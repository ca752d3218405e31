"""Counters that decay, and waits with full jitter."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.backoff import delay
from kraken.core.limiter import (
    PUBLIC_REST,
    Action,
    Bucket,
    EngineCounters,
    Limit,
    action_cost,
)
from kraken.core.types import Symbol

NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_public_call_a_second() -> None:
    bucket = Bucket(PUBLIC_REST)
    assert bucket.wait(NOW) == timedelta(0)
    bucket.spend(NOW)
    assert timedelta(seconds=0.99) < bucket.wait(NOW) < timedelta(seconds=1.01)
    assert bucket.wait(after(1.001)) == timedelta(0)


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = Bucket(Limit(2, 1))
    bucket.spend(NOW, 2)
    assert bucket.level(after(-100)) == 2
    bucket.spend(after(-100))
    assert bucket.level(NOW) == 3


@given(st.lists(st.tuples(st.floats(0, 20), st.integers(1, 4)), max_size=40))
def test_whoever_waits_as_told_never_exceeds_the_limit(calls: list[tuple[float, int]]) -> None:
    limit, now = Limit(15, 0.33), NOW
    bucket = Bucket(limit)
    for pause, cost in calls:
        now += timedelta(seconds=pause)
        now += bucket.wait(now, cost)
        bucket.spend(now, cost)
        assert bucket.level(now) <= limit.maximum + 1e-6


@pytest.mark.parametrize(
    ("attempt", "limit"), [(0, 0.5), (1, 1), (2, 2), (6, 32), (7, 60), (10**6, 60)]
)
def test_a_wait_is_a_part_of_a_limit_that_doubles_up_to_a_minute(
    attempt: int, limit: float
) -> None:
    assert delay(attempt, 1) == limit
    assert delay(attempt, 0.5) == limit / 2
    assert delay(attempt, 0) == 0


BTC, ETH = Symbol("BTC/USD"), Symbol("ETH/USD")


@pytest.mark.parametrize(
    ("action", "age", "cost"),
    [
        (Action.ADD, None, 1),
        (Action.AMEND, 4.9, 4),
        (Action.AMEND, 5, 3),
        (Action.AMEND, 10, 2),
        (Action.AMEND, 15, 1),
        (Action.AMEND, 1000, 1),
        (Action.CANCEL, None, 8),
        (Action.CANCEL, 4.9, 8),
        (Action.CANCEL, 5, 6),
        (Action.CANCEL, 14, 5),
        (Action.CANCEL, 36, 4),
        (Action.CANCEL, 45, 2),
        (Action.CANCEL, 299, 1),
        (Action.CANCEL, 300, 0),
    ],
)
def test_what_an_action_costs(action: Action, age: float | None, cost: int) -> None:
    assert action_cost(action, None if age is None else timedelta(seconds=age)) == cost


def test_the_engines_counter_is_one_for_each_pair_and_never_refuses_a_cancel() -> None:
    counters = EngineCounters("starter")
    for _ in range(60):
        assert counters.wait_for(BTC, Action.ADD, NOW) == timedelta(0)
        counters.spend(BTC, Action.ADD, NOW)
    assert timedelta(0) < counters.wait_for(BTC, Action.ADD, NOW) <= timedelta(seconds=1.001)
    assert counters.wait_for(BTC, Action.AMEND, NOW) > timedelta(seconds=3.9)
    assert counters.wait_for(BTC, Action.CANCEL, NOW) == timedelta(0)
    assert counters.wait_for(ETH, Action.ADD, NOW) == timedelta(0)
    assert counters.wait_for(BTC, Action.ADD, after(2)) == timedelta(0)


def test_the_pair_that_is_nearest_to_its_limit_is_told() -> None:
    counters = EngineCounters("starter")
    assert counters.highest(NOW) == (0, 60)
    counters.told(BTC, Decimal(7), NOW)
    counters.told(ETH, Decimal(40), NOW)
    assert counters.highest(after(10)) == (30, 60)
    counters.told_maximum(Decimal(180))
    assert counters.highest(NOW) == (40, 180)


def test_what_kraken_says_of_a_counter_replaces_what_was_reckoned() -> None:
    counters = EngineCounters("starter")
    counters.told(BTC, Decimal(60), NOW)
    assert counters.wait_for(BTC, Action.ADD, NOW) > timedelta(0)
    assert counters.told_maximum(Decimal(125)) == "intermediate"
    assert counters.wait_for(BTC, Action.ADD, NOW) == timedelta(0)
    assert [EngineCounters().told_maximum(Decimal(most)) for most in (10, 60, 180, 999)] == [
        "starter",
        "starter",
        "pro",
        "pro",
    ]
