"""Candles: built from trades as Kraken builds them, and kept without holes."""

import json
from datetime import UTC, datetime, timedelta
from decimal import ROUND_UP, Context, Decimal, localcontext
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.candles import MOST_CANDLES, SERVED, Row, begin_of, empty_after, from_trades
from kraken.core.types import Candle, Interval, Side, Symbol, Trade

BTC = Symbol("BTC/USD")
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def trade(number: int, at: datetime, price: str = "100.0", qty: str = "1.0") -> Trade:
    return Trade(BTC, number, Side.BUY, Decimal(price), Decimal(qty), "limit", at)


def candle(minute: int, close: str = "100.0", count: int = 1) -> Candle:
    price = Decimal(close)
    begin = START + minute * MINUTE
    volume = Decimal(count)
    return Candle(BTC, Interval.M1, begin, price, price, price, price, price, volume, count)


def row(*candles: Candle) -> Row:
    made = Row(BTC, Interval.M1)
    made.extend(candles)
    return made


@pytest.mark.parametrize(
    ("interval", "begin"),
    [
        (Interval.M1, datetime(2026, 11, 22, 17, 47, tzinfo=UTC)),
        (Interval.M5, datetime(2026, 11, 22, 17, 45, tzinfo=UTC)),
        (Interval.M15, datetime(2026, 11, 22, 17, 45, tzinfo=UTC)),
        (Interval.M30, datetime(2026, 11, 22, 17, 30, tzinfo=UTC)),
        (Interval.H1, datetime(2026, 11, 22, 17, tzinfo=UTC)),
        (Interval.H4, datetime(2026, 11, 22, 16, tzinfo=UTC)),
        (Interval.D1, datetime(2026, 11, 22, tzinfo=UTC)),
        (Interval.W1, datetime(2026, 11, 19, tzinfo=UTC)),
        (Interval.D15, datetime(2026, 11, 18, tzinfo=UTC)),
    ],
)
def test_an_interval_begins_at_a_multiple_of_its_length(
    interval: Interval, begin: datetime
) -> None:
    assert begin_of(datetime(2026, 11, 22, 17, 47, 59, 999_999, tzinfo=UTC), interval) == begin
    assert begin_of(begin, interval) == begin


def test_a_candle_does_not_depend_on_how_other_libraries_round() -> None:
    trades = [trade(1, START, "103.0", "3.0"), trade(2, START, "104.0", "1.0")]
    with localcontext(Context(prec=4, rounding=ROUND_UP)):
        [made] = from_trades(trades, Interval.M1, price_decimals=1).values()
    assert made.vwap == Decimal("103.2")  # 413 / 4 = 103.25, the even neighbour


def test_a_candle_has_the_first_highest_lowest_and_last_price_and_the_weighted_mean() -> None:
    trades = [
        trade(1, START, "100.00000", "1.0"),
        trade(2, START + timedelta(seconds=10), "110.00000", "2.0"),
        trade(3, START + timedelta(seconds=20), "90.00000", "1.0"),
        trade(4, START + timedelta(seconds=59), "104.00000", "4.0"),
    ]
    [made] = from_trades(trades, Interval.M1, price_decimals=1).values()
    assert (made.open, made.high, made.low, made.close) == (100, 110, 90, 104)
    assert (made.volume, made.count) == (8, 4)
    assert made.vwap == Decimal("103.2")  # 826 / 8 = 103.25, the even neighbour
    assert str(made.close) == "104.0"


def test_a_trade_that_came_in_two_pages_counts_once() -> None:
    trades = [trade(1, START), trade(2, START), trade(2, START), trade(3, START)]
    [made] = from_trades(trades, Interval.M1, 1).values()
    assert made.count == 3


def test_an_empty_interval_between_trades_repeats_the_close_and_counts_nothing() -> None:
    made = row(candle(5))
    made.prepend(START, {candle(1, "90.0").begin: candle(1, "90.0")})
    candles = made.newest(10)
    assert [each.count for each in candles] == [1, 0, 0, 0, 1]
    assert candles[1] == empty_after(candle(1, "90.0"), START + 2 * MINUTE)
    assert (candles[1].close, candles[1].vwap, candles[1].volume) == (90, 0, 0)


def test_nothing_is_invented_before_the_first_known_trade() -> None:
    made = row(candle(5))
    made.prepend(START, {})
    assert made.newest(10) == [candle(5)]
    assert len(made) == 6


def test_a_newer_answer_replaces_the_candle_that_was_running() -> None:
    made = row(candle(0), candle(1, "100.0"))
    made.extend([candle(1, "105.0"), candle(2)])
    assert [each.close for each in made.newest(3)] == [100, 105, 100]


def test_an_answer_that_leaves_a_hole_replaces_everything() -> None:
    made = row(candle(0), candle(1))
    made.extend([candle(2), candle(3)])
    assert made.newest(9) == [candle(2), candle(3)]


def test_a_long_answer_does_not_say_that_the_beginning_was_reached() -> None:
    assert not row(*(candle(minute) for minute in range(720))).beginning_reached
    assert row(*(candle(minute) for minute in range(719))).beginning_reached


def test_the_running_candle_is_replaced_by_a_newer_state_of_it() -> None:
    made = row(candle(0), candle(1, "100.0"))
    newer = candle(1, "101.0", 2)
    assert made.newest(9, running=newer) == [candle(0), newer]


def test_a_state_of_the_running_candle_with_fewer_trades_is_older() -> None:
    made = row(candle(0), candle(1, "100.0", 5))
    assert made.newest(9, running=candle(1, "101.0", 4)) == [candle(0), candle(1, "100.0", 5)]


def test_a_running_candle_that_is_already_a_later_one_follows_without_a_hole() -> None:
    made = row(candle(0), candle(1, "100.0"))
    candles = made.newest(9, running=candle(4, "104.0"))
    assert [each.begin for each in candles] == [START + n * MINUTE for n in range(5)]
    assert [each.count for each in candles] == [1, 1, 0, 0, 1]


def test_a_running_candle_that_is_older_than_what_is_known_is_ignored() -> None:
    made = row(candle(0), candle(1))
    assert made.newest(2, running=candle(0, "55.0")) == [candle(0), candle(1)]


def test_a_running_candle_of_the_far_future_is_not_believed() -> None:
    made = row(candle(0), candle(1))
    assert made.newest(9, running=candle(10**9)) == [candle(0), candle(1)]


def test_a_candle_that_began_after_all_known_ones_shows_that_they_are_old() -> None:
    made = row(candle(0), candle(1))
    assert made.is_behind(candle(2))
    assert not made.is_behind(candle(1, count=9))
    assert not made.is_behind(None)
    assert not Row(BTC, Interval.M1).is_behind(candle(2))


def test_a_row_that_grows_for_weeks_keeps_the_newest_candles_only() -> None:
    made = row(*(candle(minute) for minute in range(0, 1440, 2)))
    for day in range(1, 10):
        asked = range(day * 1438, (day + 1) * 1440, 2)  # nobody trades in every other minute
        made.extend([candle(minute) for minute in asked])
    assert MOST_CANDLES <= len(made) <= MOST_CANDLES + SERVED
    assert not made.beginning_reached
    candles = made.newest(MOST_CANDLES)
    assert len(candles) == MOST_CANDLES
    assert all(b.begin - a.begin == MINUTE for a, b in pairwise(candles))
    assert candles[-1] == candle(10 * 1440 - 2)


def test_prepending_inside_of_what_is_known_is_refused() -> None:
    with pytest.raises(ValueError, match="before the first"):
        row(candle(0)).prepend(START, {})


@given(
    minutes=st.lists(st.integers(0, 30), min_size=1, max_size=40),
    cuts=st.lists(st.integers(1, 30), max_size=5),
)
def test_however_it_was_fetched_the_row_is_the_one_built_at_once(
    minutes: list[int], cuts: list[int]
) -> None:
    trades = [
        trade(number, START + minute * MINUTE, f"{100 + number}.0")
        for number, minute in enumerate(sorted(minutes))
    ]
    built = from_trades(trades, Interval.M1, 1)
    made = row(candle(31))
    for cut in sorted({*cuts, 0}, reverse=True):
        since = START + cut * MINUTE
        part = [each for each in trades if each.at >= since]
        made.prepend(since, from_trades(part, Interval.M1, 1))
    candles = made.newest(100)
    assert [each for each in candles[:-1] if each.count] == [built[key] for key in sorted(built)]
    assert all(b.begin - a.begin == MINUTE for a, b in pairwise(candles))
    assert all(b.open == a.close for a, b in pairwise(candles[:-1]) if b.is_empty)


def test_candles_from_recorded_trades_are_those_that_kraken_served(captures: Path) -> None:
    rows = json.loads(
        (captures / "rest/Trades_XBTUSDT_2025.json").read_text(), parse_float=Decimal
    )
    trades = [
        Trade(
            Symbol("BTC/USDT"),
            number,
            Side.BUY,
            Decimal(price),
            Decimal(qty),
            kind,
            datetime.fromtimestamp(int(at), UTC) + timedelta(microseconds=int(at % 1 * 10**6)),
        )
        for price, qty, at, _side, kind, _misc, number in rows["result"]["XBTUSDT"]
    ]
    answer = json.loads((captures / "rest/OHLC_XBTUSDT_1m_2025.json").read_text())
    served = {
        datetime.fromtimestamp(row[0], UTC): (*map(Decimal, row[1:7]), row[7])
        for row in answer["result"]["XBTUSDT"]
    }
    built = from_trades(trades, Interval.M1, 1)
    compared = 0
    for begin in sorted(built)[1:-1]:  # the outer ones may be cut by the page
        made = built[begin]
        if begin in served:
            compared += 1
            assert served[begin][:4] == (made.open, made.high, made.low, made.close)
            assert served[begin][5:] == (made.volume, made.count)
            assert abs(served[begin][4] - made.vwap) <= Decimal("0.1")
    assert compared > 100
