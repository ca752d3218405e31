"""The drawing process: starts late, answers in turn, is replaced when it dies or hangs."""

import asyncio
import signal

import pytest

from bot.charts import ChartFailed, Charts
from tests.unit.bot.test_chart_drawing import candles, chart, size_of
from tests.unit.bot.test_chart_lines import chart as line
from tests.virtual_time import REAL_TIME

PATIENCE = 120
"""Seconds: the machine may be busy."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


async def test_pictures_asked_for_at_once_are_all_drawn() -> None:
    async with Charts(limit=PATIENCE) as charts, asyncio.TaskGroup() as group:
        asked = [group.create_task(charts.candles(chart(candles(n)))) for n in (5, 50, 500)]
    assert {size_of(task.result()) for task in asked} == {(1280, 720)}


async def test_no_process_runs_before_the_first_chart() -> None:
    async with Charts(limit=PATIENCE) as charts:
        assert charts._process is None


async def test_a_process_that_died_is_replaced() -> None:
    async with Charts(limit=PATIENCE) as charts:
        await charts.candles(chart(candles(5)))
        assert charts._process is not None
        charts._process.send_signal(signal.SIGKILL)
        await charts._process.wait()
        assert size_of(await charts.candles(chart(candles(5)))) == (1280, 720)


async def test_a_process_that_hangs_is_an_error_and_the_next_chart_works() -> None:
    async with Charts(limit=PATIENCE) as charts:
        await charts.candles(chart(candles(5)))
        assert charts._process is not None
        charts._process.send_signal(signal.SIGSTOP)
        charts._limit = 0.05
        with pytest.raises(ChartFailed):
            await charts.candles(chart(candles(5)))
        charts._limit = PATIENCE
        assert size_of(await charts.candles(chart(candles(5)))) == (1280, 720)


async def test_a_chart_that_cannot_be_drawn_is_an_error_and_the_process_goes_on() -> None:
    async with Charts(limit=PATIENCE) as charts:
        with pytest.raises(ChartFailed, match="Nowhere"):
            await charts.candles(chart(candles(5), zone="Nowhere/Land"))
        process = charts._process
        await charts.candles(chart(candles(5)))
        assert charts._process is process


async def test_whoever_goes_away_does_not_leave_the_picture_to_the_next() -> None:
    async with Charts(limit=PATIENCE) as charts:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await charts.candles(chart(candles(5)))
        assert size_of(await charts.candles(chart(candles(5)))) == (1280, 720)


async def test_a_chart_of_nothing_is_refused() -> None:
    async with Charts(limit=PATIENCE) as charts:
        with pytest.raises(ValueError, match="at least one candle"):
            await charts.candles(chart([]))


async def test_the_same_process_draws_lines_too() -> None:
    async with Charts(limit=PATIENCE) as charts:
        assert size_of(await charts.candles(chart(candles(5)))) == (1280, 720)
        process = charts._process
        assert size_of(await charts.line(line("1", "3", "2"))) == (1280, 720)
        assert charts._process is process
        with pytest.raises(ValueError, match="two points"):
            await charts.line(line("1"))
