"""Draws the course of a worth, in the looks of the candle chart.

Values become floats here and only here, to be turned into pixels.
"""

import io
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from bot.charts.request import LineChart
from bot.charts.style import BACKGROUND, DOWN, LABEL, MUTED, TEXT, TITLE, UP, style

_LABELS = 6
_FEW_DAYS = timedelta(days=2)
_HALF_A_DAY = timedelta(hours=12)


def draw_line(chart: LineChart) -> bytes:
    """The course as a PNG of 1280 x 720."""
    figure = Figure(figsize=(12.8, 7.2), dpi=100, facecolor=BACKGROUND)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.018, 0.1, 0.82, 0.71))
    _header(figure, chart)
    _frame(axes, chart)
    values = [float(value) for value in chart.values]
    colour = UP if values[-1] >= values[0] else DOWN
    places = range(len(values))
    axes.plot(places, values, color=colour, linewidth=3)
    low, _ = axes.get_ylim()
    axes.fill_between(places, values, low, color=colour, alpha=0.15, linewidth=0)
    axes.set_ylim(bottom=low)
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return picture.getvalue()


def change_text(first: Decimal, last: Decimal) -> str:
    """``+1.24 %``; nothing where there was nothing before."""
    if not first:
        return ""
    change = (last - first) / first * 100
    sign = "+" if change > 0 else "−" if change < 0 else ""
    return f"{sign}{abs(change):.2f} %"


def _header(figure: Figure, chart: LineChart) -> None:
    first, last = chart.values[0], chart.values[-1]
    figure.text(0.02, 0.925, chart.title, color=TEXT, size=TITLE, weight="bold")
    figure.text(0.02, 0.855, chart.subtitle, color=MUTED, size=LABEL)
    total = f"{last:,.2f} {chart.unit}"
    figure.text(0.985, 0.925, total, color=TEXT, size=TITLE, weight="bold", ha="right")
    colour = UP if last >= first else DOWN
    figure.text(
        0.985,
        0.855,
        change_text(first, last),
        color=colour,
        size=LABEL,
        weight="bold",
        ha="right",
    )


def _frame(axes: Axes, chart: LineChart) -> None:
    style(axes)
    axes.set_xlim(0, len(chart.values) - 1)
    low, high = float(min(chart.values)), float(max(chart.values))
    margin = (high - low) * 0.08 or abs(high) * 0.01 or 1.0
    axes.set_ylim(low - margin, high + margin)
    axes.yaxis.set_major_locator(MaxNLocator(6, prune="both"))
    decimals = 2 if high - low < 20 else 0
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.{decimals}f}"))
    places, labels = when(chart.times, ZoneInfo(chart.zone))
    for place, label in zip(places, axes.set_xticks(places, labels), strict=True):
        label.label1.set_horizontalalignment("left" if place == 0 else "center")


def when(times: tuple[datetime, ...], zone: ZoneInfo) -> tuple[list[int], list[str]]:
    """A few days, or hours of a short course; not at the very edges, where one would be cut."""
    step = max(1, -(-len(times) // _LABELS))
    places = [i for i in range(step // 2, len(times), step) if 0 < i < len(times) - 1] or [0]
    local = [times[i].astimezone(zone) for i in places]
    lasts = times[-1] - times[0]
    if lasts < _FEW_DAYS and lasts < _HALF_A_DAY * (len(times) - 1):
        return places, [f"{time:%H:%M}" for time in local]
    return places, [f"{time.day} {time:%b}" for time in local]
