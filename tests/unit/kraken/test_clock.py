"""The system's clock: aware, UTC, and never earlier than before."""

from datetime import UTC, datetime, timedelta

import pytest

from kraken.clock import SystemClock


class Machine:
    """A machine whose two clocks are moved by hand."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 1, 1, tzinfo=UTC)
        self.monotonic = 5_000_000_000

    def clock(self) -> SystemClock:
        return SystemClock(lambda: self.wall, lambda: self.monotonic)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_the_time_is_the_wall_clocks_at_the_start_plus_what_was_counted_since(
    machine: Machine,
) -> None:
    clock = machine.clock()
    machine.monotonic += 1_500_000_000
    assert clock.now() == datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)


def test_a_wall_clock_that_is_set_back_does_not_set_back_the_time(machine: Machine) -> None:
    clock = machine.clock()
    machine.monotonic += 2_000_000_000
    before = clock.now()
    machine.wall -= timedelta(hours=1)
    assert clock.now() == before
    clock.resync()
    assert clock.now() == before


def test_time_goes_on_at_half_speed_until_a_wall_clock_that_was_set_back_has_caught_up(
    machine: Machine,
) -> None:
    clock = machine.clock()
    before = clock.now()
    machine.wall -= timedelta(hours=1)
    for minutes, told in ((60, 30), (59, 59.5), (1, 60), (60, 120)):
        clock.resync()  # the machine's owner may say so as often as it likes
        machine.monotonic += minutes * 60 * 10**9
        machine.wall += timedelta(minutes=minutes)
        assert clock.now() == before + timedelta(minutes=told)
    assert clock.now() == machine.wall


def test_resync_takes_over_a_wall_clock_that_went_ahead(machine: Machine) -> None:
    clock = machine.clock()
    machine.wall += timedelta(hours=8)
    clock.resync()
    assert clock.now() == machine.wall


def test_the_real_time_is_aware_and_close_to_the_wall_clock() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)
