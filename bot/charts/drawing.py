"""Draws a candle chart with matplotlib's object API (no pyplot, no global state).

The picture is looked at on a phone, a third of its size: few labels, large ones. Prices become
floats here and only here, to be turned into pixels.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from talipp.indicators import EMA, RSI

from bot.charts.own import own_prices, own_trades, widened
from bot.charts.request import CandleChart, OwnPrice
from bot.charts.style import (
    BACKGROUND,
    DOWN,
    GRID,
    LABEL,
    MUTED,
    PANEL,
    SMALL,
    TEXT,
    TITLE,
    UP,
    style,
)
from kraken.core.types import Candle, Interval

EMA_COLOURS = ("#f6c453", "#6aa9ff", "#c58af9")
RSI_COLOUR = "#c58af9"

_WIDTH, _HEIGHT = 12.8, 7.2  # inches at 100 dots
_EM = 100 / 72  # dots a point
_DIGIT = 0.66  # of an em, the mean of a bold price


def draw(chart: CandleChart) -> bytes:
    """The chart as a PNG of 1280 x 720."""
    shown = chart.candles[-chart.shown :] if chart.shown else chart.candles
    figure = Figure(figsize=(_WIDTH, _HEIGHT), dpi=100, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    width = _axes_width(shown, chart.price_decimals)
    top = 0.465 if chart.rsi else 0.275
    prices = figure.add_axes((0.018, top, width, 0.82 - top))
    volumes = figure.add_axes((0.018, top - 0.15, width, 0.135), sharex=prices)
    panels = [prices, volumes]
    if chart.rsi:
        panels.append(figure.add_axes((0.018, 0.125, width, 0.175), sharex=prices))
    _header(figure, chart, shown)
    _frame(panels, chart, shown)
    _candles(prices, shown)
    _volumes(volumes, shown)
    if chart.rsi:
        _strength(panels[-1], chart, len(shown))
    _averages(prices, chart, len(shown))
    own_prices(prices, chart.prices)
    own_trades(prices, chart.trades, shown)
    _last_price(prices, chart, shown)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def price_text(price: Decimal, decimals: int) -> str:
    """``60,010.3``: grouped, with the digits of the pair."""
    return f"{price:,.{decimals}f}"


def _axes_width(shown: Sequence[Candle], decimals: int) -> float:
    """What is left beside the strip that holds the longest price."""
    longest = max(len(price_text(candle.high, decimals)) for candle in shown)
    strip = longest * _DIGIT * SMALL * _EM + 36
    return 1 - 0.018 - strip / (_WIDTH * 100)


def _fitting_size(words: str, room: float) -> float:
    """The usual size, or a smaller one for words that need more than this many dots."""
    return min(LABEL, room / (len(words) * 0.55 * _EM))


def _colour(candle: Candle) -> str:
    return UP if candle.close >= candle.open else DOWN


def _header(figure: Figure, chart: CandleChart, shown: Sequence[Candle]) -> None:
    last = shown[-1]
    figure.text(
        0.02, 0.925, f"{chart.symbol}  ·  {chart.interval}", color=TEXT, size=TITLE, weight="bold"
    )
    values = (("O", last.open), ("H", last.high), ("L", last.low), ("C", last.close))
    words = "   ".join(f"{name} {price_text(p, chart.price_decimals)}" for name, p in values)
    figure.text(0.02, 0.855, words, color=MUTED, size=_fitting_size(words, 900))
    close = price_text(last.close, chart.price_decimals)
    figure.text(0.985, 0.925, close, color=TEXT, size=TITLE, weight="bold", ha="right")
    if chart.change_24h is not None:
        change = chart.change_24h
        arrow = "▲" if change > 0 else "▼" if change < 0 else "■"
        sign = "+" if change > 0 else "−" if change < 0 else ""
        colour = UP if change > 0 else DOWN if change < 0 else MUTED
        figure.text(
            0.985,
            0.855,
            f"{arrow} {sign}{abs(change):.2f} %  24h",
            color=colour,
            size=LABEL,
            weight="bold",
            ha="right",
        )


def _frame(panels: Sequence[Axes], chart: CandleChart, shown: Sequence[Candle]) -> None:
    for axes in panels:
        style(axes)
    for axes in panels[:-1]:
        axes.tick_params(labelbottom=False)
    prices, lowest = panels[0], panels[-1]
    prices.yaxis.set_major_locator(MaxNLocator(6, prune="both"))
    decimals = chart.price_decimals
    prices.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.{decimals}f}"))
    prices.set_xlim(-0.8, len(shown) - 0.2)
    low, high = _price_range(shown, chart.prices)
    prices.set_ylim(low, high)
    positions, labels = _time_labels(shown, ZoneInfo(chart.zone))
    lowest.set_xticks(positions, labels)
    city = chart.zone.rpartition("/")[2].replace("_", " ")
    lowest.text(1.012, -0.08, city, transform=lowest.transAxes, color=MUTED, size=15, va="top")


def _price_range(shown: Sequence[Candle], own: Sequence[OwnPrice]) -> tuple[float, float]:
    traded = [candle for candle in shown if not candle.is_empty] or list(shown)
    low = float(min(candle.low for candle in traded))
    high = float(max(candle.high for candle in traded))
    low, high = widened(low, high, own)
    margin = (high - low) * 0.06 or high * 0.001 or 1.0
    return low - margin, high + margin


def _time_labels(shown: Sequence[Candle], zone: ZoneInfo) -> tuple[list[int], list[str]]:
    count = len(shown)
    step = max(1, -(-count // 7))
    # Counted from the newest candle, and not at the very edges, where a label would be cut.
    positions = [i for i in range(count - 1 - step // 2, -1, -step) if i >= count * 0.03][::-1]
    if not positions:
        positions = [count - 1]
    times = [shown[i].begin.astimezone(zone) for i in positions]
    if shown[0].interval >= Interval.W1:
        return positions, [f"{time:%b %Y}" for time in times]
    if shown[0].interval >= Interval.D1:
        return positions, [_day(time) for time in times]
    return positions, _clock_labels(times)


def _day(time: datetime) -> str:
    return f"{time.day} {time:%b}"


def _clock_labels(times: Sequence[datetime]) -> list[str]:
    """The time of day, with the date below it where a new day begins."""
    labels = []
    day = ""
    for time in times:
        # A blank second line keeps all times on one height.
        labels.append(f"{time:%H:%M}\n" + (" " if _day(time) == day else _day(time)))
        day = _day(time)
    return labels


def _candles(axes: Axes, shown: Sequence[Candle]) -> None:
    traded = [(x, candle) for x, candle in enumerate(shown) if not candle.is_empty]
    colours = [_colour(candle) for _, candle in traded]
    wicks = [((x, float(c.low)), (x, float(c.high))) for x, c in traded]
    axes.add_collection(
        LineCollection(wicks, colors=colours, linewidths=max(1.0, min(2.4, 300 / len(shown))))
    )
    # A doji would vanish: every body is at least a hair high.
    low, high = axes.get_ylim()
    hair = (high - low) * 0.0025
    bodies = []
    for x, candle in traded:
        bottom, top = sorted((float(candle.open), float(candle.close)))
        top = max(top, bottom + hair)
        bodies.append([(x - 0.36, bottom), (x + 0.36, bottom), (x + 0.36, top), (x - 0.36, top)])
    axes.add_collection(PolyCollection(bodies, facecolors=colours, edgecolors="none"))


def _volumes(axes: Axes, shown: Sequence[Candle]) -> None:
    heights = [float(candle.volume) for candle in shown]
    axes.bar(
        range(len(shown)),
        heights,
        width=0.72,
        color=[_colour(candle) for candle in shown],
        alpha=0.55,
        linewidth=0,
    )
    axes.set_ylim(0, max(heights) * 1.15 or 1.0)
    axes.yaxis.set_major_locator(MaxNLocator(2, prune="lower"))
    axes.yaxis.set_major_formatter(FuncFormatter(_volume_label))
    axes.text(0.008, 0.93, "Volume", transform=axes.transAxes, color=MUTED, size=17, va="top")


def _volume_label(value: float, _: int | None) -> str:
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"


def _averages(axes: Axes, chart: CandleChart, shown: int) -> None:
    closes = [float(candle.close) for candle in chart.candles]
    for number, (period, colour) in enumerate(zip(chart.ema, EMA_COLOURS, strict=False)):
        values = list(EMA(period, closes))[-shown:]
        points = [(x, value) for x, value in enumerate(values) if value is not None]
        label = f"EMA {period}" if points else f"EMA {period}: too few candles"
        axes.text(
            0.008 + 0.145 * number,
            0.965,
            label,
            transform=axes.transAxes,
            color=colour,
            size=SMALL,
            weight="bold",
            va="top",
            bbox={"facecolor": PANEL, "edgecolor": "none", "alpha": 0.75, "pad": 3},
        )
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, linewidth=2.4)


def _strength(axes: Axes, chart: CandleChart, shown: int) -> None:
    """0 to 100, with the usual borders at 30 and 70."""
    found = list(RSI(chart.rsi, [float(candle.close) for candle in chart.candles]))[-shown:]
    points = [(x, value) for x, value in enumerate(found) if value is not None]
    axes.set_ylim(0, 100)
    axes.set_yticks((30, 70))
    axes.axhspan(30, 70, color=GRID, alpha=0.5, linewidth=0)
    label = f"RSI {chart.rsi}"
    if points:
        axes.plot(*zip(*points, strict=True), color=RSI_COLOUR, linewidth=2.4)
        label += f"  {points[-1][1]:.1f}"
    else:
        label += ": too few candles"
    axes.text(
        0.008,
        0.93,
        label,
        transform=axes.transAxes,
        color=RSI_COLOUR,
        size=17,
        va="top",
        bbox={"facecolor": PANEL, "edgecolor": "none", "alpha": 0.75, "pad": 2},
    )


def _last_price(axes: Axes, chart: CandleChart, shown: Sequence[Candle]) -> None:
    last = shown[-1]
    value = float(last.close)
    colour = _colour(last)
    axes.axhline(value, color=colour, linewidth=1.2, linestyle=(0, (4, 4)), alpha=0.8)
    axes.annotate(
        price_text(last.close, chart.price_decimals),
        xy=(1, value),
        xycoords=("axes fraction", "data"),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        color=BACKGROUND,
        size=SMALL,
        weight="bold",
        annotation_clip=False,
        bbox={"boxstyle": "round,pad=0.28", "facecolor": colour, "edgecolor": "none"},
    )
    _hide_ticks_behind(axes, value)


def _hide_ticks_behind(axes: Axes, value: float) -> None:
    """A tick's label half under the price tag reads as a wrong number: leave it out."""
    low, high = axes.get_ylim()
    reach = (high - low) * 0.052 / axes.get_position().height
    ticks = [tick for tick in axes.get_yticks() if abs(tick - value) > reach]
    axes.set_yticks([tick for tick in ticks if low <= tick <= high])
