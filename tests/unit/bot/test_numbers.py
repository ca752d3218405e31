"""Numbers, times, grouping, bars and words: the small things every text is made of."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Context, Decimal, localcontext
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.grouping import BadStep, check_step, joined, nearest_step, steps_for
from bot.core.numbers import (
    clock_time,
    duration,
    fixed,
    percent,
    read_decimal,
    read_duration,
    signed,
    volume,
    with_dots,
)
from bot.core.quotes import age_of
from bot.core.sparkline import BARS, sparkline
from bot.core.trail import Trail
from bot.core.words import columns, short, visible
from kraken.core.types import Level, Side
from tests.fakes import NOON
from tests.market_values import instrument, levels


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("60010.3", 1, "60,010.3"),
        ("0.00000001", 8, "0.00000001"),
        ("-1234.5", 2, "−1,234.50"),
        ("2.5", 0, "2"),
        ("-0.001", 2, "0.00"),
    ],
)
def test_a_number_has_exactly_the_digits_asked_for(value: str, decimals: int, text: str) -> None:
    assert fixed(Decimal(value), decimals) == text


def test_grouping_can_be_off() -> None:
    assert fixed(Decimal("60010.3"), 1, grouping=False) == "60010.3"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1.237", "+1.24 %"),
        ("-0.02", "−0.02 %"),
        ("0", "0.00 %"),
        ("0.001", "0.00 %"),
        ("-0.001", "0.00 %"),
    ],
)
def test_a_change_has_a_sign_unless_it_is_none(value: str, text: str) -> None:
    assert percent(Decimal(value)) == text


def test_a_signed_number_keeps_its_grouping() -> None:
    assert signed(Decimal("1084.2"), 1) == "+1,084.2"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.0421", "0.0421"),
        ("12.34", "12.3"),
        ("1204.18", "1,204"),
        ("84123", "84.1k"),
        ("12400000", "12.4M"),
        ("9999.9", "10,000"),
        ("3100000000", "3.1B"),
    ],
)
def test_only_volumes_are_cut(value: str, text: str) -> None:
    assert volume(Decimal(value)) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0.2 s"),
        (0, "0 s"),
        (-3, "0 s"),
        (5, "5 s"),
        (14.7, "14 s"),
        (180, "3 min"),
        (7500, "2 h 5 min"),
        (7200, "2 h"),
        (273600, "3 d 4 h"),
        (172800, "2 d"),
    ],
)
def test_a_time_span_has_two_units_at_most(seconds: float, text: str) -> None:
    assert duration(timedelta(seconds=seconds)) == text


def test_a_time_is_told_in_the_zone_of_the_chat_with_its_name() -> None:
    at = datetime(2026, 3, 4, 12, 4, 31, tzinfo=UTC)
    assert clock_time(at, ZoneInfo("UTC")) == "12:04:31 UTC"
    assert clock_time(at, ZoneInfo("Europe/Berlin")) == "13:04:31 CET"
    assert clock_time(at, ZoneInfo("UTC"), seconds=False) == "12:04 UTC"


@pytest.mark.parametrize(
    "text",
    ["", "1e5", "NaN", "Infinity", "-1", "+1", "1_000", "٣", "0x1", "1.", ".5", "1,5", " 1"],
)
def test_only_a_plain_number_is_a_number(text: str) -> None:
    assert read_decimal(text) is None


@given(st.decimals(min_value=0, max_value=10**11, places=5))
def test_what_is_shown_without_grouping_can_be_typed(value: Decimal) -> None:
    assert read_decimal(fixed(value, 5, grouping=False)) == value


def test_durations_are_read_as_they_are_written() -> None:
    assert read_duration("90s") == timedelta(seconds=90)
    assert read_duration("15M") == timedelta(minutes=15)
    assert read_duration("4h") == timedelta(hours=4)
    assert read_duration("7d") == timedelta(days=7)
    assert read_duration("7") is None
    assert read_duration("1w") is None


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("0,5", ("0.5",)),
        ("1,000", ("1.000", "1000")),
        ("1,000.5", ("1000.5",)),
        ("1,000,000", ("1000000",)),
        ("1,2,3", ()),
        ("btc,eth", ()),
        ("0.5", ()),
    ],
)
def test_a_comma_is_asked_about_with_all_its_readings(
    text: str, readings: tuple[str, ...]
) -> None:
    assert with_dots(text) == readings


# -- grouping


def test_bids_are_joined_downwards_and_asks_upwards() -> None:
    side = levels("60019.9 1", "60010.0 2", "60009.9 4")
    assert joined(side, Decimal(10), Side.BUY, may_go_on=False) == levels("60010 3", "60000 4")
    side = levels("60010.0 1", "60010.1 2", "60020.0 4")
    assert joined(side, Decimal(10), Side.SELL, may_go_on=False) == levels("60010 1", "60020 6")


def test_the_deepest_group_is_left_out_when_the_book_may_go_on() -> None:
    side = levels("60019.9 1", "60009.9 4")
    assert joined(side, Decimal(10), Side.BUY, may_go_on=True) == levels("60010 1")
    assert joined(side[:1], Decimal(10), Side.BUY, may_go_on=True) == levels("60010 1")


PRICES = st.decimals(min_value="0.01", max_value=10**5, places=2)


@given(
    prices=st.lists(PRICES, min_size=1, max_size=30, unique=True),
    step=st.sampled_from([Decimal("0.01"), Decimal("0.05"), Decimal(1), Decimal(250)]),
    side=st.sampled_from(Side),
)
def test_joining_keeps_every_quantity_and_never_betters_a_price(
    prices: list[Decimal], step: Decimal, side: Side
) -> None:
    best_first = sorted(prices, reverse=side is Side.BUY)
    book_side = [Level(price, Decimal(1)) for price in best_first]
    groups = joined(book_side, step, side, may_go_on=False)
    assert sum(group.qty for group in groups) == len(prices)
    assert all(group.price % step == 0 for group in groups)
    if side is Side.BUY:
        assert best_first[0] - step < groups[0].price <= best_first[0]
    else:
        assert best_first[0] <= groups[0].price < best_first[0] + step


def test_a_step_must_be_a_multiple_of_the_tick() -> None:
    btc = instrument("BTC/USD", 1)
    check_step(btc, Decimal("0.5"))
    for step in ("0.05", "0.25"):
        with pytest.raises(BadStep) as caught:
            check_step(btc, Decimal(step))
        assert nearest_step(btc, Decimal(step)) % btc.tick_size == 0
        assert caught.value.suggestions[0].startswith("/book BTC/USD group 0.")


@pytest.mark.parametrize(
    ("symbol", "decimals", "price", "steps"),
    [
        ("BTC/USD", 1, "60010.3", ("1", "10", "100")),
        ("ETH/USD", 2, "2951.20", ("0.1", "1", "10")),
        ("DOGE/USD", 7, "0.2012345", ("0.00001", "0.0001", "0.001")),
        ("USDT/USD", 4, "0.9998", ("0.001", "0.01")),
        ("BTC/USD", 1, "0", ()),
    ],
)
def test_the_steps_offered_fit_the_price(
    symbol: str, decimals: int, price: str, steps: tuple[str, ...]
) -> None:
    offered = steps_for(instrument(symbol, decimals), Decimal(price))
    assert tuple(f"{step:f}" for step in offered) == steps


# -- ages, bars, words


def test_a_quiet_pair_is_as_fresh_as_its_connection() -> None:
    def age(last_frame_at: datetime | None) -> timedelta:
        return age_of(NOON, last_frame_at, NOON + timedelta(seconds=60))

    assert age(NOON + timedelta(seconds=59)) == timedelta(seconds=1)
    assert age(NOON + timedelta(seconds=20)) == timedelta(seconds=40)
    assert age(None) == timedelta(seconds=60)


def test_the_bars_go_from_the_lowest_to_the_highest() -> None:
    assert sparkline([Decimal(value) for value in range(8)]) == BARS
    assert sparkline([Decimal(5), Decimal(5)]) == "▅▅"
    assert sparkline([Decimal(1), None, Decimal(2)]) == "▁ █"
    assert sparkline([None]) == ""
    assert sparkline([]) == ""


def test_many_values_are_joined_and_the_newest_is_the_last_bar() -> None:
    bars = sparkline([Decimal(0)] * 99 + [Decimal(9)], width=10)
    assert bars == "▁" * 9 + "█"


def test_a_trail_moves_its_last_price_and_steps_every_five_minutes() -> None:
    trail = Trail(Decimal(value) for value in range(12))
    assert trail.with_last(Decimal(50), NOON)[-2:] == (Decimal(10), Decimal(50))
    assert trail.with_last(None, NOON)[-1] == Decimal(50)
    later = trail.with_last(Decimal(60), NOON + timedelta(minutes=5))
    assert later[-3:] == (Decimal(10), Decimal(50), Decimal(60))
    assert len(later) == 12


def test_what_cannot_be_seen_is_taken_out() -> None:
    assert visible("b\u200bt\u202ec\x00\u2066\ufeff") == "btc"
    assert visible("a\u00a0b\tc\n") == "a b c "
    assert short("x" * 100, 10) == "x" * 9 + "…"


@given(st.text(max_size=400))
def test_an_echo_is_one_short_visible_line(text: str) -> None:
    line = short(text, 20)
    assert columns(line) <= 20
    assert line.isprintable()
    whole = short(text, 2 * len(text) + 1)
    if columns(whole) > 20:
        fits = max(end for end in range(len(whole)) if columns(whole[:end]) < 20)
        assert line == whole[:fits].rstrip() + "…"
    else:
        assert line == whole


def test_no_digit_is_lost_whatever_context_another_library_leaves() -> None:
    supply = Decimal("123456789012345678901.12345678905")
    with localcontext(Context(prec=6, rounding=ROUND_UP)):
        assert fixed(supply, 10) == "123,456,789,012,345,678,901.1234567890"
        assert fixed(supply.copy_negate(), 2) == "−123,456,789,012,345,678,901.12"
