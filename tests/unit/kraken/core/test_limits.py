"""Counters that decay, and waits with full jitter."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.backoff import delay
from kraken.core.limiter import PUBLIC_REST, Bucket, Limit

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
