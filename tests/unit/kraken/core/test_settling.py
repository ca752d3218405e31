"""Settling: an order that exists is never called absent, and one that does not is in the end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.settling import (
    BETWEEN_PROOFS,
    DELAYS,
    Absent,
    Found,
    KeepLooking,
    Round,
    verdict,
)
from kraken.core.trading import ExecType, OrderStatus, Report
from kraken.core.types import OrderId

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
DEADLINE = NOON + timedelta(seconds=5)
PROVEN = DEADLINE + timedelta(seconds=60)
SECOND = timedelta(seconds=1)
REPORT = Report(OrderId("OQCLML-BW3P3-BUCMWZ"), ExecType.STATUS, OrderStatus.NEW, NOON)
PLACES = ("open", "closed", "trades")


def looked(at: datetime, **told: object) -> Round:
    """A round in which every place is empty, unless said otherwise."""
    return Round(at, **{**dict.fromkeys(PLACES, ()), **told})  # type: ignore[arg-type]  # by name


def test_the_first_look_is_at_once_and_later_ones_are_rarer() -> None:
    assert verdict(DEADLINE, [], NOON) == KeepLooking(NOON)
    rounds: list[Round] = []
    late = DEADLINE + timedelta(days=1)
    for delay in (*DELAYS, DELAYS[-1]):
        rounds.append(looked(NOON, open=None))
        assert verdict(DEADLINE, rounds, late) == KeepLooking(late + delay)


@pytest.mark.parametrize("place", PLACES)
def test_an_order_that_is_found_in_any_place_is_found(place: str) -> None:
    told = {**dict.fromkeys(PLACES), place: (REPORT,)}
    rounds = [looked(NOON, **told), looked(PROVEN), looked(PROVEN + SECOND)]
    assert verdict(DEADLINE, rounds, PROVEN + 2 * SECOND) == Found((REPORT,))


def test_two_complete_empty_rounds_a_minute_after_the_deadline_prove_absence() -> None:
    first = looked(PROVEN)
    assert verdict(DEADLINE, [first], PROVEN) == KeepLooking(PROVEN + BETWEEN_PROOFS)
    second = looked(PROVEN + BETWEEN_PROOFS)
    assert verdict(DEADLINE, [first, second], second.began_at) == Absent()


def test_rounds_before_that_prove_nothing_however_many_there_are() -> None:
    early = [looked(PROVEN - timedelta(microseconds=each + 1)) for each in range(100)]
    assert isinstance(verdict(DEADLINE, early, PROVEN), KeepLooking)
    assert isinstance(verdict(DEADLINE, [*early, looked(PROVEN)], PROVEN), KeepLooking)


@pytest.mark.parametrize("place", PLACES)
def test_a_round_with_a_place_that_did_not_answer_proves_nothing(place: str) -> None:
    rounds = [looked(PROVEN + each * SECOND, **{place: None}) for each in range(100)]
    assert isinstance(verdict(DEADLINE, rounds, PROVEN + 100 * SECOND), KeepLooking)


def test_the_same_round_does_not_count_twice() -> None:
    once = looked(PROVEN)
    assert isinstance(verdict(DEADLINE, [once, once], PROVEN), KeepLooking)


def test_no_time_is_lost_when_the_proof_becomes_possible() -> None:
    rounds = [looked(NOON + each * SECOND) for each in range(7)]
    now = PROVEN - 20 * SECOND
    assert verdict(DEADLINE, rounds, now) == KeepLooking(PROVEN)


answers = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=40)
instants = st.integers(0, 65).map(lambda seconds: NOON + seconds * SECOND)


@given(
    seen_in=st.sampled_from([(place,) for place in PLACES] + [("closed", "trades")]),
    seen_from=st.none() | instants,
    answers=answers,
    seconds=st.floats(0, 30, allow_nan=False),
)
def test_whatever_fails_the_verdict_is_true_and_comes_in_the_end(
    seen_in: tuple[str, ...],
    seen_from: datetime | None,
    answers: list[tuple[bool, bool, bool]],
    seconds: float,
) -> None:
    """The order is placed by its deadline or never, and on its lists a minute later at most."""
    now, rounds = NOON, list[Round]()
    for number in range(len(answers) + 20):
        told = verdict(DEADLINE, rounds, now)
        if not isinstance(told, KeepLooking):
            assert isinstance(told, Found) == (seen_from is not None)
            break
        assert told.next_at >= now
        now = told.next_at
        works = answers[number] if number < len(answers) else (True, True, True)
        there = seen_from is not None and now >= seen_from
        rounds.append(
            looked(
                now,
                **{
                    place: (
                        ((REPORT,) if there and place in seen_in else ()) if answered else None
                    )
                    for place, answered in zip(PLACES, works, strict=True)
                },
            )
        )
        now += timedelta(seconds=seconds)
    else:
        pytest.fail("no verdict although everything answers")
