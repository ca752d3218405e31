"""Charts: candles in, a PNG out, drawn in a process of its own.

Matplotlib costs 80 MB and a quarter of a second of pure computing a picture. In a thread six
pictures at once would hold the event loop up for hundreds of milliseconds; in a process of its
own they hold up nobody. It starts with the first chart and is replaced when it dies or hangs.
"""

from bot.charts.request import CandleChart, LineChart, OwnPrice, OwnTrade
from bot.charts.service import ChartFailed, Charts

__all__ = ["CandleChart", "ChartFailed", "Charts", "LineChart", "OwnPrice", "OwnTrade"]
