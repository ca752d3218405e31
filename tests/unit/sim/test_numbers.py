"""How Kraken writes numbers and times."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.sim.numbers import (
    decimal_text,
    divide,
    http_date,
    micros_stamp,
    nanos_stamp,
    parse_units,
    rescale,
    rfc1123,
    scaled_text,
    seconds_stamp,
)

units = st.integers(-(10**18), 10**18)
decimals = st.integers(0, 12)


@given(units, decimals)
def test_a_text_has_exactly_the_digits_asked_for(value: int, places: int) -> None:
    text = decimal_text(value, places)
    assert Decimal(text) == Decimal(value).scaleb(-places)
    assert "E" not in text
    assert len(text.partition(".")[2]) == places


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(5, 3, "0.005"), (628070, 1, "62807.0"), (0, 8, "0.00000000"), (-5, 1, "-0.5"), (7, 0, "7")],
)
def test_zeros_are_kept(value: int, places: int, text: str) -> None:
    assert decimal_text(value, places) == text


@given(units, decimals, decimals)
def test_rescaling_cuts_towards_zero(value: int, places: int, wanted: int) -> None:
    exact = Decimal(value).scaleb(wanted - places)
    assert rescale(value, places, wanted) == int(exact)


def test_rest_writes_more_digits_than_the_pair_has() -> None:
    assert scaled_text(683424, 1, 5) == "68342.40000"
    assert scaled_text(1_960_000_000, 8, 3) == "19.600"


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**10))
def test_division_rounds_halves_away_from_zero(numerator: int, denominator: int) -> None:
    exact = Decimal(numerator) / Decimal(denominator)
    whole = exact.quantize(Decimal(1), ROUND_HALF_UP)
    assert abs(divide(numerator, denominator) - whole) <= (1 if abs(exact) > 10**15 else 0)


def test_nothing_traded_has_the_average_zero() -> None:
    assert divide(0, 0) == 0


@given(st.integers(0, 10**15), st.integers(0, 9))
def test_reading_undoes_writing(value: int, places: int) -> None:
    assert parse_units(decimal_text(value, places), places) == value


@pytest.mark.parametrize("text", ["", "-1", "1e5", "1,5", "nan", "0x1", "\u0661", ".", "9" * 50])
def test_what_is_no_plain_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a plain positive number"):
        parse_units(text, 5)


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_all_spellings_of_a_time_name_the_same_second(ns: int) -> None:
    moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    assert seconds_stamp(ns) == f"{moment:%Y-%m-%dT%H:%M:%S}Z"
    assert micros_stamp(ns)[:-8] == nanos_stamp(ns)[:-11] == seconds_stamp(ns)[:-1]
    assert http_date(ns) == format_datetime(moment, usegmt=True)


def test_micros_and_nanos_are_cut_not_rounded() -> None:
    ns = 1_790_000_000_999_999_999
    assert micros_stamp(ns).endswith(".999999Z")
    assert nanos_stamp(ns).endswith(".999999999Z")


def test_the_time_endpoint_has_a_two_digit_year() -> None:
    ns = 1_762_820_224_000_000_000
    assert rfc1123(ns) == "Tue, 11 Nov 25 00:17:04 +0000"
    assert parsedate_to_datetime(rfc1123(ns)).timestamp() == ns / 1e9
