"""The picture itself: right size, and nothing a market can do keeps it from being drawn."""

import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from matplotlib.figure import Figure

from bot.charts import drawing
from bot.charts.own import own_prices, own_trades, widened
from bot.charts.request import CandleChart, OwnPrice, OwnTrade
from kraken.core.types import Candle, Interval, Symbol


def candles(count: int, interval: Interval = Interval.H1, price: str = "60000.0") -> list[Candle]:
    """Candles that rise and fall around a price."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    middle = Decimal(price)
    made = []
    for number in range(count):
        step = middle * Decimal(number % 7 - 3) / 1000
        made.append(
            Candle(
                symbol=Symbol("BTC/USD"),
                interval=interval,
                begin=start + interval.length * number,
                open=middle,
                high=middle + abs(step) * 2,
                low=middle - abs(step) * 2,
                close=middle + step,
                vwap=middle,
                volume=Decimal(number % 5 + 1),
                count=number + 1,
            )
        )
    return made


def chart(given: list[Candle], **changes: object) -> CandleChart:
    made = CandleChart("BTC/USD", "1h", tuple(given), price_decimals=1)
    return replace(made, **changes)  # type: ignore[arg-type]  # any field, by name


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack("!II", picture[16:24])
    return width, height


def flat(count: int) -> list[Candle]:
    price = Decimal("1.0000")
    return [replace(c, open=price, high=price, low=price, close=price) for c in candles(count)]


def empty(candle: Candle) -> Candle:
    return replace(candle, count=0, volume=Decimal(0), vwap=Decimal(0))


@pytest.mark.parametrize(
    "shown",
    [
        candles(1),
        candles(2),
        candles(60),
        candles(720),
        flat(30),
        [empty(c) for c in flat(30)],
        candles(60, price="0.00000123"),
        candles(60, price="123456789.1"),
    ],
    ids=["one", "two", "usual", "most", "flat", "nobody traded", "tiny prices", "huge prices"],
)
def test_every_market_gets_a_picture_of_1280_by_720(shown: list[Candle]) -> None:
    assert size_of(drawing.draw(chart(shown))) == (1280, 720)


@pytest.mark.parametrize("interval", list(Interval))
def test_every_interval_has_a_time_axis(interval: Interval) -> None:
    assert size_of(drawing.draw(chart(candles(90, interval), zone="Asia/Kolkata"))) == (1280, 720)


def test_an_interval_without_trades_is_a_gap() -> None:
    axes = Figure().add_subplot()
    shown = candles(10)
    shown[4] = empty(shown[4])
    drawing._candles(axes, shown)
    wicks, bodies = axes.collections
    assert len(wicks.get_paths()) == 9
    assert len(bodies.get_paths()) == 9


def test_earlier_candles_warm_the_average_up_but_are_not_drawn() -> None:
    axes = Figure().add_subplot()
    drawing._averages(axes, chart(candles(100), ema=(20,)), shown=60)
    (line,) = axes.get_lines()
    assert list(line.get_xdata()) == list(range(60))


def test_an_average_without_enough_candles_says_so() -> None:
    axes = Figure().add_subplot()
    drawing._averages(axes, chart(candles(10), ema=(50,)), shown=10)
    assert [text.get_text() for text in axes.texts] == ["EMA 50: too few candles"]
    assert axes.get_lines()[:] == []


@pytest.mark.parametrize("count", [1, 14, 60, 720])
def test_a_strength_has_a_panel_of_its_own_below(count: int) -> None:
    shown = chart(candles(count), rsi=14, ema=(20,))
    assert size_of(drawing.draw(shown)) == (1280, 720)
    axes = Figure().add_subplot()
    drawing._strength(axes, shown, count)
    assert axes.get_ylim() == (0, 100)
    (label,) = axes.texts
    assert ("too few" in label.get_text()) == (count <= 14)


def test_own_trades_stand_at_their_candle_and_price() -> None:
    axes = Figure().add_subplot()
    shown = candles(10)
    late = shown[4].begin + timedelta(minutes=59)
    before = shown[0].begin - timedelta(seconds=1)
    trades = [
        OwnTrade(late, Decimal(60001), is_buy=True),
        OwnTrade(before, Decimal(60002), is_buy=True),
        OwnTrade(shown[9].begin, Decimal(60003), is_buy=False),
    ]
    own_trades(axes, trades, shown)
    bought, sold = axes.collections
    assert [list(map(float, place)) for place in bought.get_offsets()] == [[4, 60001]]
    assert [list(map(float, place)) for place in sold.get_offsets()] == [[9, 60003]]


def test_own_prices_are_named_where_they_are_near_enough_to_be_seen() -> None:
    prices = [
        OwnPrice(Decimal(99), "buy"),
        OwnPrice(Decimal(112), "sell"),
        OwnPrice(Decimal("112.1"), "alert"),
        OwnPrice(Decimal(500), "alert"),
    ]
    assert widened(90.0, 110.0, prices) == (90.0, 112.1)
    axes = Figure().add_subplot()
    axes.set_ylim(90, 113)
    own_prices(axes, prices)
    assert len(axes.get_lines()) == 3
    assert [text.get_text() for text in axes.texts] == ["▲ order", "▼ order"], "none over another"


def test_a_picture_with_everything_is_drawn() -> None:
    shown = candles(60)
    trades = (OwnTrade(shown[9].begin, shown[9].low, is_buy=True),)
    prices = (OwnPrice(shown[0].high * 2, "alert"), OwnPrice(shown[0].low, "average"))
    full = chart(shown, rsi=14, ema=(20, 50), trades=trades, prices=prices)
    assert size_of(drawing.draw(full)) == (1280, 720)


def test_a_new_day_is_named_once_on_the_axis() -> None:
    start = datetime(2026, 11, 1, 20, tzinfo=UTC)
    times = [start + timedelta(hours=2 * number) for number in range(4)]
    assert drawing._clock_labels(times) == ["20:00\n1 Nov", "22:00\n ", "00:00\n2 Nov", "02:00\n "]
