"""The line of a worth: a picture of the right size, whatever the course is."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.charts.lines import change_text, draw_line, when
from bot.charts.request import LineChart
from tests.fakes import NOON


def chart(*values: str, zone: str = "UTC") -> LineChart:
    times = tuple(NOON + timedelta(days=day) for day in range(len(values)))
    numbers = tuple(map(Decimal, values))
    return LineChart("Portfolio", "PAPER · 30 d", "USD", times, numbers, zone)


@pytest.mark.parametrize(
    "values",
    [
        ("100", "120", "90"),
        ("0", "0"),
        ("1", "1", "1"),
        ("0.00000001", "0.00000002"),
        ("1000000000", "-5"),
        tuple(str(n * n % 977) for n in range(720)),
    ],
)
def test_every_course_is_a_picture(values: tuple[str, ...]) -> None:
    picture = draw_line(chart(*values, zone="Asia/Tokyo"))
    assert picture.startswith(b"\x89PNG")
    width, height = picture[16:20], picture[20:24]
    assert (int.from_bytes(width, "big"), int.from_bytes(height, "big")) == (1280, 720)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [("100", "150", "+50.00 %"), ("100", "50", "−50.00 %"), ("5", "5", "0.00 %"), ("0", "7", "")],
)
def test_the_change_has_a_sign_and_none_from_nothing(first: str, last: str, text: str) -> None:
    assert change_text(Decimal(first), Decimal(last)) == text


@pytest.mark.parametrize(
    ("hours", "count", "labels"),
    [
        (1, 2, ["12:00"]),
        (1, 13, ["13:00", "16:00", "19:00", "22:00"]),
        (24, 2, ["4 Mar"]),
        (24, 5, ["5 Mar", "6 Mar", "7 Mar"]),
    ],
)
def test_a_short_course_is_told_in_hours(hours: int, count: int, labels: list[str]) -> None:
    times = tuple(NOON + timedelta(hours=hours * each) for each in range(count))
    assert when(times, ZoneInfo("UTC"))[1] == labels
