"""A chart: the first, a warm one, and how long the event loop is held up while six are drawn."""

import asyncio
import statistics
import time

from bot.charts import Charts
from tests.benchmarks.figures import Figure
from tests.unit.bot.test_chart_drawing import candles, chart


async def _worst_pause(until: asyncio.Task[object]) -> float:
    """The longest the loop was late for a 1 ms timer, in milliseconds, while a task ran."""
    worst = 0.0
    while not until.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - before - 0.001)
    return worst * 1000


async def _measure() -> list[Figure]:
    picture = chart(candles(260), shown=60, ema=(20, 50))
    async with Charts() as charts, asyncio.TaskGroup() as group:
        started = time.perf_counter()
        await charts.candles(picture)
        first = time.perf_counter() - started
        warm = []
        for _ in range(10):
            started = time.perf_counter()
            await charts.candles(picture)
            warm.append(time.perf_counter() - started)

        async def six() -> None:
            async with asyncio.TaskGroup() as many:
                for _ in range(6):
                    many.create_task(charts.candles(picture))

        pause = await _worst_pause(group.create_task(six()))
    return [
        Figure("first chart, with the start of its process", f"{first * 1000:.0f} ms"),
        Figure("a chart, warm (median of 10)", f"{statistics.median(warm) * 1000:.0f} ms"),
        Figure("event loop's worst pause, 6 charts at once", f"{pause:.1f} ms", "under 20 ms"),
    ]


def run() -> list[Figure]:
    """Measure."""
    return asyncio.run(_measure())
