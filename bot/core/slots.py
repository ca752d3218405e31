"""Slots: when something that repeats is due, as instants that daylight saving cannot confuse.

Rules: a time is meant on the clocks of one IANA zone; each local date has one slot at most, named
after it; a time that the clocks jump over is due at the first instant after the jump, a time that
comes twice is due the first time; a date that a zone leaves out has no slot. An interval counts
real time from its start and knows no clocks.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
ONCE = "once"
"""The id of the only slot of what happens once."""


class Rhythm(StrEnum):
    """How something repeats."""

    ONCE = "once"
    DAYS = "days"
    """Every so many days at a local time."""
    WEEKDAYS = "weekdays"
    """On some days of the week at a local time."""
    INTERVAL = "interval"
    """Every so much time."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """When something is due; which fields say it depends on the rhythm."""

    rhythm: Rhythm
    start: datetime
    """For ``ONCE`` the instant itself; for ``INTERVAL`` the first one; else from when on."""
    at: time = time()
    """On the clocks of the zone."""
    days: int = 1
    weekdays: tuple[int, ...] = ()
    """Monday is 0."""
    every: timedelta = timedelta()

    @property
    def repeats(self) -> bool:
        """Whether there is more than one slot."""
        return self.rhythm is not Rhythm.ONCE


@dataclass(frozen=True, slots=True)
class Slot:
    """One time at which something is due."""

    id: str
    """The local date, or the instant; unique within one cadence."""
    at: datetime
    """In UTC."""


def next_slot(cadence: Cadence, zone: ZoneInfo, after: datetime) -> Slot | None:
    """The first slot later than this instant; None if there is none any more."""
    match cadence.rhythm:
        case Rhythm.ONCE:
            return Slot(ONCE, cadence.start) if cadence.start > after else None
        case Rhythm.INTERVAL:
            return _in_interval(cadence, after)
        case _:
            return _on_date(cadence, zone, max(after, cadence.start - _SECOND))


def next_slots(
    cadence: Cadence, zone: ZoneInfo, after: datetime, count: int, taken: Container[str] = ()
) -> list[Slot]:
    """The next few but for those that were begun, which are named by their ids."""
    found: list[Slot] = []
    while len(found) < count and (slot := next_slot(cadence, zone, after)) is not None:
        if slot.id not in taken:
            found.append(slot)
        after = slot.at
    return found


def count_between(cadence: Cadence, zone: ZoneInfo, after: datetime, until: datetime) -> int:
    """How many slots lie behind the first instant, up to the second."""
    if cadence.rhythm is Rhythm.INTERVAL:
        return max(_number(cadence, until) - max(_number(cadence, after), -1), 0)
    number = 0
    while (slot := next_slot(cadence, zone, after)) is not None and slot.at <= until:
        number, after = number + 1, slot.at
    return number


def instant_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When the clocks of the zone show this: the first time, or the first instant after a jump."""
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # The clocks jump over it: the jump lies between the two ways to read it.
    before, after = local.replace(fold=1).astimezone(UTC), instant
    offset = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone's calendar has this date: some crossed the date line and left one out."""
    begin = instant_of(day, time(), zone)
    return begin.astimezone(zone).date() == day


def _in_interval(cadence: Cadence, after: datetime) -> Slot:
    number = max(_number(cadence, after) + 1, 0)
    at = cadence.start + number * cadence.every
    return Slot(at.isoformat(timespec="seconds"), at)


def _number(cadence: Cadence, at: datetime) -> int:
    """The number of the last slot until then; negative before the first."""
    return (at - cadence.start) // cadence.every


def _on_date(cadence: Cadence, zone: ZoneInfo, after: datetime) -> Slot | None:
    day = after.astimezone(zone).date() - _DAY
    first = cadence.start.astimezone(zone).date()
    if cadence.rhythm is Rhythm.DAYS and cadence.days > 1:
        day += timedelta(days=-(day - first).days % cadence.days)
    step = timedelta(days=cadence.days) if cadence.rhythm is Rhythm.DAYS else _DAY
    while day.year < date.max.year - 1:
        fits = cadence.rhythm is Rhythm.DAYS or day.weekday() in cadence.weekdays
        at = instant_of(day, cadence.at, zone) if fits else None
        if at is not None and at > after and exists(day, zone):
            return Slot(day.isoformat(), at)
        day += step
    return None
