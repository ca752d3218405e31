"""Numbers and times of the wire: every digit kept, every nonsense refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.errors import BadData
from kraken.core.types import SystemState
from kraken.core.wire.numbers import (
    decimals,
    exact,
    from_nanoseconds,
    from_seconds,
    moment,
    optional_moment,
    plain,
    to_seconds,
    whole,
    word,
)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=8, min_value=0, max_value=10**12))
def test_every_digit_is_kept(value: Decimal) -> None:
    assert str(exact(plain(value))) == str(value)


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "nan",
        "Infinity",
        "-inf",
        "",
        " 1",
        "1_000",
        "0x10",
        "1e999",
        "1e100",
        "9" * 41,
        "١",
        None,
        True,
        False,
        [],
        {},
        object(),
        10**60,
        "1.2.3",
        "--1",
        "abc",
        1.5,
    ],
)
def test_nonsense_is_bad_data(value: object) -> None:
    with pytest.raises(BadData):
        exact(value)


def test_numbers_in_any_notation_are_read() -> None:
    assert exact("1e-08") == exact("1E-8") == exact("0.00000001")
    assert exact(7) == 7
    assert str(exact("0.10000000")) == "0.10000000"
    assert whole("7") == whole(7) == whole("7.0") == 7
    with pytest.raises(BadData):
        whole("7.5")


def test_decimals_are_those_that_were_written() -> None:
    assert [decimals(Decimal(x)) for x in ("0.10", "1", "1E+2", "1E-8")] == [2, 0, 0, 8]


def test_no_exponent_leaves_the_house() -> None:
    assert plain(Decimal("1E-8")) == "0.00000001"
    assert plain(Decimal("1E+2")) == "100"


def test_times_are_aware_and_utc() -> None:
    expected = datetime(2026, 11, 8, 10, 0, 0, 123456, tzinfo=UTC)
    assert moment("2026-11-08T10:00:00.123456Z") == expected
    assert moment("2026-11-08T10:00:00.123456789Z") == expected
    assert moment("2026-11-08T10:00:00.123456").tzinfo is not None
    assert from_seconds("1794132000.123456") == datetime(2026, 11, 8, 10, 0, 0, 123456, tzinfo=UTC)
    assert from_nanoseconds("1794132000123456789") == expected
    assert to_seconds(expected) == 1794132000
    assert optional_moment(None) is None


@pytest.mark.parametrize("value", ["", "yesterday", None, 5, "2026-13-01T00:00:00Z"])
def test_what_is_no_time_is_bad_data(value: object) -> None:
    with pytest.raises(BadData):
        moment(value)


def test_a_time_beyond_the_calendar_is_bad_data() -> None:
    with pytest.raises(BadData):
        from_seconds("9" * 30)


def test_a_word_this_version_does_not_know_is_no_error() -> None:
    assert word(SystemState, "post_only", SystemState.UNKNOWN) is SystemState.POST_ONLY
    assert word(SystemState, "brunch", SystemState.UNKNOWN) is SystemState.UNKNOWN
