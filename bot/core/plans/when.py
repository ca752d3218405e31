"""Times as people say them: ``every day at 08:00``, ``fri 20:00``, ``every 4h``.

Rules: with "every" it repeats, without it happens once; a time of day is one of the zone's
clocks; what has passed is refused, a bare time of day that has passed is tomorrow's. Any words at
all end in a cadence or a ``BadArgument`` with an example.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.core.errors import BadArgument
from bot.core.numbers import read_duration
from bot.core.slots import Cadence, Rhythm, instant_of

SHORTEST = timedelta(minutes=5)
LONGEST = timedelta(days=365)
HINT = "18:00, fri 20:00, every day 08:00, every mon 09:00, every 4h, 2026-12-01 10:00"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {"weekday": (0, 1, 2, 3, 4), "weekdays": (0, 1, 2, 3, 4), "weekend": (5, 6)}
_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))?(am|pm)?", re.ASCII | re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", re.ASCII)
_ZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+\-]+){1,2}|utc|gmt", re.ASCII | re.IGNORECASE)
_FILLERS = frozenset({"at", "on", "around", "o'clock", "the"})


@dataclass(frozen=True, slots=True)
class When:
    """A cadence, the zone it is meant in, and how many words said so."""

    cadence: Cadence
    zone: str
    words: int


def read_when(words: list[str], zone: str, now: datetime, example: str) -> When:
    """Read as many words from the left as say when.

    Raises:
        BadArgument: they say no time, an impossible one, or one that has passed.
    """
    return _Reader(words, zone, now, example).when()


class _Reader:
    def __init__(self, words: list[str], zone: str, now: datetime, example: str) -> None:
        self._words = [word.lower().rstrip(",") for word in words]
        self._typed = words
        self._zone = zone
        self._now = now.replace(microsecond=0)
        self._example = example
        self._next = 0

    def when(self) -> When:
        self._find_zone()
        word = self._peek()
        if word in ("every", "each", "daily", "weekly", "hourly"):
            cadence = self._repeating()
        elif word == "in":
            self._next += 1
            cadence = Cadence(Rhythm.ONCE, self._now + self._span())
        else:
            cadence = self._once()
        self._skip()
        if self._next in self._zone_at:
            self._next += 1
        return When(cadence, self._zone, self._next)

    def _find_zone(self) -> None:
        """A zone may stand behind the time: it decides what the time means."""
        self._zone_at: set[int] = set()
        for number, word in enumerate(self._words[:12]):
            if word.startswith("/"):
                return
            if _ZONE.fullmatch(word):
                self._zone = _zone_named(self._typed[number].rstrip(","), self._example)
                self._zone_at = {number}
                return

    def _peek(self) -> str:
        return self._words[self._next] if self._next < len(self._words) else ""

    def _skip(self) -> None:
        while self._peek() in _FILLERS:
            self._next += 1

    def _repeating(self) -> Cadence:
        first = self._peek()
        self._next += 1
        if first == "hourly":
            return self._interval(timedelta(hours=1))
        if first == "daily":
            return self._days(1)
        if first == "weekly":
            self._skip()
        if self._peek() in ("day", "morning", "evening", "week", "hour"):
            return self._unit()
        if (weekdays := self._weekdays()) is not None:
            return Cadence(Rhythm.WEEKDAYS, self._now, at=self._time(), weekdays=weekdays)
        if ":" in self._peek() and _TIME.fullmatch(self._peek()):
            return self._days(1)
        return self._spans()

    def _spans(self) -> Cadence:
        """``2d at 09:00``, ``3 days at 09:00``, ``4h``."""
        if self._peek().isdigit() and self._after() in ("days", "hours", "minutes", "weeks"):
            joined = f"{self._peek()}{self._after()[0]}"
            self._next += 1
            self._words[self._next] = joined
        span = self._span(week=True)
        if span % timedelta(days=1) == timedelta() and self._has_time():
            return self._days(span.days)
        return self._interval(span)

    def _unit(self) -> Cadence:
        unit = self._peek()
        self._next += 1
        if unit == "hour":
            return self._interval(timedelta(hours=1))
        if unit == "week":
            self._skip()
            weekdays = self._weekdays() or (self._now.astimezone(ZoneInfo(self._zone)).weekday(),)
            return Cadence(Rhythm.WEEKDAYS, self._now, at=self._time(), weekdays=weekdays)
        return self._days(1)

    def _after(self) -> str:
        return self._words[self._next + 1] if self._next + 1 < len(self._words) else ""

    def _has_time(self) -> bool:
        follows = [word for word in self._words[self._next :] if word not in _FILLERS]
        return bool(follows) and _TIME.fullmatch(follows[0]) is not None and ":" in follows[0]

    def _days(self, days: int) -> Cadence:
        return Cadence(Rhythm.DAYS, self._now, at=self._time(), days=days)

    def _interval(self, span: timedelta) -> Cadence:
        if not SHORTEST <= span <= LONGEST:
            self._refuse(self._typed[self._next - 1], "5m to 365d")
        start = self._now.replace(second=0) + timedelta(minutes=bool(self._now.second))
        return Cadence(Rhythm.INTERVAL, start + span, every=span)

    def _span(self, *, week: bool = False) -> timedelta:
        said = self._peek()
        span = read_duration(said.replace("w", "d") if week else said)
        if span is None:
            self._refuse(said, HINT)
        if week and said.endswith("w"):
            span *= 7
        if not timedelta() < span <= LONGEST:
            self._refuse(said, "5m to 365d")
        self._next += 1
        return span

    def _weekdays(self) -> tuple[int, ...] | None:
        found: list[int] = []
        while (days := _weekdays_of(self._peek())) or (found and self._peek() == "and"):
            found += days or ()
            self._next += 1
        return tuple(sorted(set(found))) or None

    def _once(self) -> Cadence:
        zone = ZoneInfo(self._zone)
        today = self._now.astimezone(zone).date()
        self._skip()
        said = self._peek()
        day, is_named = self._date(today)
        if day is not None:
            at = instant_of(day, self._time(), zone)
            if at <= self._now and not is_named:
                at = instant_of(day + timedelta(days=7), self._time_again(), zone)
            if at <= self._now:
                self._refuse(said, "a time that has not passed")
            return Cadence(Rhythm.ONCE, at)
        at_time = self._time()
        at = instant_of(today, at_time, zone)
        if at <= self._now:
            at = instant_of(today + timedelta(days=1), at_time, zone)
        return Cadence(Rhythm.ONCE, at)

    def _date(self, today: date) -> tuple[date | None, bool]:
        """The named day, and whether its name means exactly one."""
        said = self._peek()
        if said in ("today", "tomorrow"):
            self._next += 1
            return today + timedelta(days=said == "tomorrow"), True
        if len(weekdays := _weekdays_of(said)) == 1:
            self._next += 1
            return today + timedelta(days=(weekdays[0] - today.weekday()) % 7), False
        moment = said.replace("t", " ") if _DATE.match(said) else ""
        if not moment:
            return None, False
        day, _, rest = moment.partition(" ")
        try:
            found = date(*(int(part) for part in day.split("-")))
        except ValueError:
            self._refuse(said, "a date of the calendar, like 2026-12-01")
        if rest:
            self._words[self._next] = rest
        else:
            self._next += 1
        return found, True

    def _time(self) -> time:
        self._skip()
        said = self._peek()
        found = _TIME.fullmatch(said)
        is_hour = self._next > 0 and self._words[self._next - 1] == "at"
        if found is None or not (found[2] or found[3] or is_hour):
            self._refuse(said, HINT)
        hour, minute = int(found[1]), int(found[2] or 0)
        if found[3]:
            if not 1 <= hour <= 12:
                self._refuse(said, "00:00 to 23:59")
            hour = hour % 12 + (12 if found[3].lower() == "pm" else 0)
        if hour > 23 or minute > 59:
            self._refuse(said, "00:00 to 23:59")
        self._next += 1
        return time(hour, minute)

    def _time_again(self) -> time:
        self._next -= 1
        return self._time()

    def _refuse(self, said: str, hint: str) -> NoReturn:
        raise BadArgument("time", said, self._example, hint=hint)


def _weekdays_of(word: str) -> tuple[int, ...]:
    if word in _WEEKDAYS:
        return _WEEKDAYS[word]
    name = word.removesuffix("s") if len(word) > 4 else word
    matching = [n for n, day in enumerate(_DAYS) if len(name) >= 3 and day.startswith(name)]
    return tuple(matching) if len(matching) == 1 else ()


def _zone_named(name: str, example: str) -> str:
    if name.lower() in ("utc", "gmt"):
        return "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadArgument("time zone", name, example, hint="Europe/Berlin, UTC") from None


def local_text(at: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """``Fri 27 Nov 20:00 CET``; with the year where it is not this one."""
    local = at.astimezone(zone)
    year = "" if now is None or local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local:%a} {local.day} {local:%b}{year} {local:%H:%M %Z}"


def cadence_text(cadence: Cadence, zone: ZoneInfo) -> str:
    """``every day at 08:00``."""
    match cadence.rhythm:
        case Rhythm.ONCE:
            return f"once, {local_text(cadence.start, zone, cadence.start.replace(tzinfo=UTC))}"
        case Rhythm.INTERVAL:
            return f"every {_span_text(cadence.every)}"
        case Rhythm.DAYS:
            days = "day" if cadence.days == 1 else f"{cadence.days} days"
            return f"every {days} at {cadence.at:%H:%M}"
        case Rhythm.WEEKDAYS:
            names = ", ".join(_DAYS[n][:3].capitalize() for n in cadence.weekdays)
            return f"every {names} at {cadence.at:%H:%M}"


def _span_text(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
