"""What is somebody's own on a chart of everybody's prices: trades, orders, alerts, cost."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from bot.charts.request import OwnPrice, OwnTrade
from bot.charts.style import DOWN, PANEL, TEXT, UP
from kraken.core.types import Candle

_KINDS = {
    "buy": ("▲ order", UP),
    "sell": ("▼ order", DOWN),
    "alert": ("alert", "#f6c453"),
    "average": ("average cost", "#6aa9ff"),
}
_NEAR = 0.05
"""Labels nearer to each other than this part of the height would cover each other."""
_CORNER = 0.15
_REACH = 0.4
"""A price so far beyond the candles is brought into sight, as a part of their height."""


def widened(low: float, high: float, prices: Sequence[OwnPrice]) -> tuple[float, float]:
    """The range of a picture that shows its own prices, too, where they are not far away."""
    reach = (high - low) * _REACH
    near = [v for v in (float(own.price) for own in prices) if low - reach < v < high + reach]
    return min((low, *near)), max((high, *near))


def own_prices(axes: Axes, prices: Sequence[OwnPrice]) -> None:
    """A line and a word for each that is in sight; the picture is not stretched for the others."""
    low, high = axes.get_ylim()
    labelled: list[float] = []
    for own in prices:
        value = float(own.price)
        if not low < value < high:
            continue
        word, colour = _KINDS[own.kind]
        axes.axhline(value, color=colour, linewidth=1.4, linestyle=(0, (2, 3)), alpha=0.9)
        if any(abs(value - other) < (high - low) * _NEAR for other in labelled):
            continue
        labelled.append(value)
        axes.annotate(
            word,
            # Beside the names of the averages, which stand in the corner.
            xy=(0.008 if value < high - (high - low) * _CORNER else 0.32, value),
            xycoords=("axes fraction", "data"),
            va="center",
            color=colour,
            size=15,
            bbox={"facecolor": PANEL, "edgecolor": "none", "alpha": 0.8, "pad": 2},
        )


def own_trades(axes: Axes, trades: Sequence[OwnTrade], shown: Sequence[Candle]) -> None:
    """An arrow at the candle and the price of each: up for a purchase, down for a sale."""
    first, length = shown[0].begin, shown[0].interval.length
    for is_buy, marker, colour in ((True, "^", UP), (False, "v", DOWN)):
        at = [
            ((trade.at - first) // length, float(trade.price))
            for trade in trades
            if trade.is_buy is is_buy and trade.at >= first
        ]
        if at:
            axes.scatter(
                [place for place, _ in at],
                [price for _, price in at],
                s=300,
                marker=marker,
                color=colour,
                edgecolors=TEXT,
                linewidths=1.6,
                zorder=5,
            )
