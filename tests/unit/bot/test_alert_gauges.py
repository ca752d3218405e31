"""Conditions that are more than one price: when they are true, and when they are told."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.alerts.engine import Engine
from bot.core.alerts.indicators import series_name, values
from bot.core.alerts.policy import is_between, may_tell, sound_of
from bot.core.alerts.words import Options
from bot.core.notices import Loudness
from bot.core.settings import ChatSettings
from kraken.core.types import BookView, Candle, Interval, Level
from tests.alert_cases import BTC, TICK, Tape, alert, trade
from tests.fakes import NOON

D = Decimal


def candles(*closes: object, interval: Interval = Interval.H1) -> list[Candle]:
    """Finished candles that end at noon."""
    row = []
    for number, close in enumerate(closes):
        value = D(str(close))
        begin = NOON - interval.length * (len(closes) - number)
        row.append(Candle(BTC, interval, begin, value, value, value, value, value, D(1), 1))
    return row


def book(*bids: tuple[str, str], depth: int = 1000) -> BookView:
    levels = tuple(Level(D(price), D(qty)) for price, qty in bids)
    asks = (Level(D("100.1"), D(1)), Level(D(150), D(1)))
    return BookView(BTC, depth, levels, asks, 0, NOON, NOON)


def test_a_move_is_measured_from_the_lowest_and_highest_of_its_window() -> None:
    tape = Tape().watch("±5% 1h every")
    assert tape.fired(60000, 62000, 62999) == []
    [crossing] = tape.trades(63000)
    assert crossing.value == D(5)
    assert tape.fired(65000) == [], "the window begins anew where it was told"
    [crossing] = tape.trades(63500, 61700)
    assert crossing.goes_up is False


def test_a_move_forgets_what_is_older_than_its_window() -> None:
    tape = Tape().watch("+5% 1h")
    tape.trades(60000)
    tape.number = 3700
    assert tape.fired(61000, 63000) == []
    assert tape.fired(64050) == [1]


def test_a_move_of_one_way_ignores_the_other() -> None:
    assert Tape().watch("-3% 15m").fired(60000, 63000, 61900, 61111) == []
    assert Tape().watch("-3% 15m").fired(60000, 63000, 61110) == [1]


def test_a_window_goes_on_after_a_restart() -> None:
    engine = Engine(TICK)
    engine.add(alert("+5% 1h", armed=True, since=NOON - timedelta(hours=1)))
    engine.remember(1, candles(60000, 61000, interval=Interval.M5), NOON - timedelta(hours=1))
    assert [each.alert_id for each in engine.trade(trade(63000, 1, NOON))] == [1]


def test_a_spread_has_to_hold() -> None:
    tape = Tape().watch("spread > 0.3% for 1m")
    tape.quote("99.9", "100.1", seconds=0)
    tape.quote("99.8", "100.2", seconds=10)
    assert tape.quote("99.8", "100.2", seconds=60) == []
    assert [each.alert_id for each in tape.engine.pass_time(NOON + timedelta(seconds=71))] == [1]


def test_a_spread_that_closes_begins_anew() -> None:
    tape = Tape().watch("spread > 0.3% for 1m")
    for second, ask in ((0, "100.1"), (10, "100.4"), (60, "100.1"), (65, "100.4")):
        assert tape.quote("99.9", ask, seconds=second) == []
    assert tape.engine.pass_time(NOON + timedelta(seconds=100)) == []


def test_a_volume_is_measured_against_what_is_usual_for_so_long() -> None:
    tape = Tape().watch("vol 5m > 3x")
    tape.quote("60000", "60001", seconds=0)  # 1,204 in 24 hours are 4.18 in five minutes
    assert tape.fired(*[60000] * 12) == []
    assert tape.fired(60000) == [1]


def test_what_rests_near_the_middle_is_summed_up() -> None:
    engine = Engine(TICK)
    engine.add(alert("bids 1% < 20", armed=None))
    near, far = ("99.9", "30"), ("90", "500")
    assert engine.book(book(near, far)) == []
    assert [e.alert_id for e in engine.book(book(("99.9", "19"), far))] == [1]


def test_a_book_that_ends_before_the_distance_says_nothing_about_too_little() -> None:
    engine = Engine(TICK)
    engine.add(alert("bids 1% < 20", armed=True))
    assert engine.book(book(("99.9", "19"), depth=1)) == []


def test_a_close_is_judged_when_its_candle_ends() -> None:
    engine = Engine(TICK)
    engine.add(alert("close 1h > 62000 every", armed=None))
    row = candles(61000, 63000, 63500, 61000, 62500)
    found = [engine.candle(row[: n + 1]) for n in range(len(row))]
    assert [len(each) for each in found] == [0, 1, 0, 0, 1]


def test_how_it_was_when_the_alert_was_made_is_no_news() -> None:
    engine = Engine(TICK)
    engine.add(alert("close 1h > 62000", armed=None, since=NOON - timedelta(hours=1)))
    row = candles(61000, 63000, 63500)
    engine.prime(1, row[:2])
    assert engine.candle(row) == []


def test_two_averages_cross_at_the_end_of_a_candle() -> None:
    engine = Engine(TICK)
    engine.add(alert("sma2 x sma4 1h every", armed=None))
    row = candles(10, 10, 10, 10, 10, 20, 20, 20, 5, 5)
    fired = [n for n in range(len(row)) if engine.candle(row[: n + 1])]
    assert fired == [8]


def test_and_needs_both_and_or_either() -> None:
    tape = Tape().watch("> 60000 and spread > 0.3%", "> 60000 or spread > 0.3%")
    tape.quote("59900", "59901", seconds=0)
    assert tape.fired(59900) == []
    assert tape.fired(60100) == [2]
    assert [each.alert_id for each in tape.quote("59900", "60900", seconds=3)] == [1]


@pytest.mark.parametrize(
    ("name", "full"),
    [("rsi", "rsi14"), ("price", "close"), ("ema200", "ema200"), ("ema1", None), ("foo", None)],
)
def test_the_names_of_series(name: str, full: str | None) -> None:
    assert series_name(name) == full


@pytest.mark.parametrize("name", ["rsi14", "ema20", "sma20", "macd", "signal", "bbu20", "bbl20"])
def test_every_series_has_a_value_for_each_candle(name: str) -> None:
    row = candles(*(60000 + n % 7 * 10 for n in range(120)))
    found = values(name, row)
    assert len(found) == len(row)
    assert found[0] is None or name.startswith("ema")
    assert found[-1] is not None


def test_known_averages_come_out() -> None:
    row = candles(1, 2, 3, 4, 5)
    assert values("sma5", row)[-1] == D(3)
    assert values("rsi2", row)[-1] == D(100)


# -- policy


def test_hours_may_go_over_midnight_and_are_the_chats() -> None:
    night = Options(begin=22, end=6)
    berlin = ChatSettings(time_zone="Europe/Berlin")
    assert not is_between(night, berlin, NOON)
    assert is_between(night, berlin, NOON.replace(hour=21)), "it is 22 there"
    assert is_between(Options(), berlin, NOON)


def test_it_is_not_told_again_too_soon() -> None:
    told = alert("> 1 every 30m")
    assert may_tell(told, ChatSettings(), NOON)
    told = replace(told, told_at=NOON)
    assert not may_tell(told, ChatSettings(), NOON + timedelta(minutes=29))
    assert may_tell(told, ChatSettings(), NOON + timedelta(minutes=30))


def test_in_quiet_hours_only_what_is_loud_is_heard() -> None:
    quiet = ChatSettings(quiet_from=11, quiet_until=14)
    assert sound_of(Options(), quiet, NOON) is Loudness.SILENT
    assert sound_of(Options(sound="loud"), quiet, NOON) is Loudness.LOUD
    assert sound_of(Options(sound="silent"), ChatSettings(), NOON) is Loudness.SILENT
    off = ChatSettings(notices={"alert": "off"})
    assert sound_of(Options(), off, NOON) is Loudness.OFF
