"""Slots against every zone there is: no day twice, no day left out, whatever the clocks do."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from bot.core.slots import (
    Cadence,
    Rhythm,
    count_between,
    exists,
    instant_of,
    next_slot,
    next_slots,
)

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
FIRST, LAST = date(2026, 1, 1), date(2036, 1, 1)
TIMES = [time(half // 2, 30 * (half % 2)) for half in range(48)]
START = datetime(2026, 1, 1, tzinfo=UTC)


def daily(at: time, start: datetime = START, days: int = 1) -> Cadence:
    return Cadence(Rhythm.DAYS, start, at=at, days=days)


def offsets(zone: ZoneInfo) -> tuple[timedelta | None, ...]:
    """How far the zone is from UTC at noon of each day: zones with the same are the same."""
    noon = datetime(2025, 12, 30, 12, tzinfo=UTC)
    days = (LAST - FIRST).days + 4
    return tuple((noon + timedelta(days=n)).astimezone(zone).utcoffset() for n in range(days))


def changing(row: tuple[timedelta | None, ...]) -> Iterator[date]:
    """The dates around each change of the clocks."""
    for n in range(1, len(row)):
        if row[n] != row[n - 1]:
            yield from (date(2025, 12, 30) + timedelta(days=n + k) for k in range(-3, 4))


def test_every_zone_has_one_slot_for_each_date_at_each_time_over_ten_years(
    record_property: Callable[[str, object], None],
) -> None:
    """Between two changes of its clocks a zone is a constant; so the days around are looked at."""
    kinds: dict[tuple[timedelta | None, ...], str] = {}
    for name in sorted(available_timezones()):
        kinds.setdefault(offsets(ZoneInfo(name)), name)
    looked_at = 0
    for row, name in kinds.items():
        zone = ZoneInfo(name)
        days = sorted(set(changing(row)) | {FIRST, LAST})
        for at in TIMES:
            before: datetime | None = None
            for day, following in zip(days, [*days[1:], LAST], strict=True):
                instant = instant_of(day, at, zone)
                looked_at += 1
                assert before is None or instant > before, (name, day, at)
                if following == day + timedelta(days=1):
                    gap = instant_of(following, at, zone) - instant
                    assert timedelta(hours=21) <= gap <= timedelta(hours=27), (name, day, at)
                    slot = next_slot(daily(at), zone, instant)
                    assert slot is not None
                    assert slot.id == following.isoformat(), (name, day, at)
                before = instant
    record_property("slots looked at", f"{looked_at}, of {len(kinds)} kinds of zone")
    assert looked_at > 100_000


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
@pytest.mark.parametrize("at", [time(0, 0), time(2, 15), time(9, 0)])
def test_a_chain_of_slots_names_every_date_once(name: str, at: time) -> None:
    zone, cadence = ZoneInfo(name), daily(at)
    chain, after = [], datetime(2025, 12, 31, 12, tzinfo=UTC)
    while (slot := next_slot(cadence, zone, after)) is not None and len(chain) < 1500:
        chain.append(slot.id)
        after = slot.at
    first = date.fromisoformat(chain[0])
    assert chain == [(first + timedelta(days=n)).isoformat() for n in range(1500)]


def test_a_time_that_the_clocks_jump_over_is_due_right_after_the_jump() -> None:
    assert instant_of(date(2026, 3, 29), time(2, 30), BERLIN) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )
    assert instant_of(date(2026, 3, 29), time(3, 0), BERLIN) == datetime(
        2026, 3, 29, 1, 0, tzinfo=UTC
    )


def test_a_time_that_comes_twice_is_due_the_first_time() -> None:
    assert instant_of(date(2026, 10, 25), time(2, 30), BERLIN) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert instant_of(date(2026, 11, 1), time(1, 30), NEW_YORK) == datetime(
        2026, 11, 1, 5, 30, tzinfo=UTC
    )


def test_a_date_that_a_zone_left_out_has_no_slot() -> None:
    apia = ZoneInfo("Pacific/Apia")
    assert not exists(date(2011, 12, 30), apia)
    cadence = daily(time(8), datetime(2011, 12, 1, tzinfo=UTC))
    chain = next_slots(cadence, apia, datetime(2011, 12, 29, 0, tzinfo=UTC), 3)
    assert [slot.id for slot in chain] == ["2011-12-29", "2011-12-31", "2012-01-01"]


def test_every_second_day_counts_from_its_start() -> None:
    cadence = daily(time(9), datetime(2026, 3, 1, 12, tzinfo=UTC), days=2)
    chain = next_slots(cadence, BERLIN, datetime(2026, 3, 1, 12, tzinfo=UTC), 3)
    assert [slot.id for slot in chain] == ["2026-03-03", "2026-03-05", "2026-03-07"]


def test_days_of_the_week_are_those_of_the_zone() -> None:
    cadence = Cadence(Rhythm.WEEKDAYS, START, at=time(0, 30), weekdays=(4,))
    slot = next_slot(cadence, BERLIN, datetime(2026, 3, 5, 20, tzinfo=UTC))
    assert slot is not None
    assert (slot.id, slot.at) == ("2026-03-06", datetime(2026, 3, 5, 23, 30, tzinfo=UTC))


def test_an_interval_counts_real_time() -> None:
    cadence = Cadence(Rhythm.INTERVAL, START, every=timedelta(hours=4))
    slot = next_slot(cadence, BERLIN, START)
    assert slot is not None
    assert slot.at == START + timedelta(hours=4)
    first = next_slot(cadence, BERLIN, START - timedelta(days=3))
    assert first is not None
    assert first.at == START
    assert count_between(cadence, BERLIN, START, START + timedelta(days=1)) == 6


def test_what_happens_once_is_over_afterwards() -> None:
    cadence = Cadence(Rhythm.ONCE, START)
    assert next_slot(cadence, BERLIN, START - timedelta(seconds=1)) is not None
    assert next_slot(cadence, BERLIN, START) is None


def test_missed_slots_are_counted() -> None:
    cadence = daily(time(9))
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert count_between(cadence, BERLIN, begin, begin + timedelta(days=40)) == 40
