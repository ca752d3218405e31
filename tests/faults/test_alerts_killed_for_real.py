"""The process is killed at each point of an alert's way; the next one tells what is to be told."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.core.config import Settings
from bot.standin.server import LocalTelegram
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.crashing_watcher import POINTS
from tests.stack import OWNER, People, people, running, settings_for
from tests.virtual_time import REAL_TIME

ROOT = Path(__file__).parents[2]
PATIENCE = 180
"""Seconds: the machine may be busy."""
TWICE = "(maybe sent twice)"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


@asynccontextmanager
async def crashing(settings: Settings, point: str) -> AsyncIterator[asyncio.subprocess.Process]:
    given = {**asdict(settings), "data": str(settings.data)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crashing_watcher", json.dumps(given), point, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def fired(them: People) -> list[str]:
    return [each["text"] for each in await them.messages(OWNER) if "Traded" in each["text"]]


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_bot_tells_its_alert_and_marks_what_may_be_there_twice(
    tmp_path: Path, point: str
) -> None:
    async with (
        LocalTelegram.serving(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        Exchange.serving(seed=1, pairs=PAIRS[:4]) as exchange,
    ):
        settings = settings_for(telegram, exchange, tmp_path / "data")
        async with crashing(settings, point) as killed, asyncio.timeout(PATIENCE):
            await them.say(OWNER, "/alert btc +1%")
            await them.sees(OWNER, lambda texts: any("Kept until" in each for each in texts), 40)
            exchange.skip(1)  # what is traded at the moment of the asking is no news
            exchange.move("BTC/USD", 618_000)
            assert await killed.wait() == -9, "it was to die at this point"
        shown = len(await fired(them))
        assert shown == (1 if point in ("after it is sent", "after it is marked") else 0)
        expected = 2 if point == "after it is sent" else 1
        async with running(settings):
            await them.until(lambda: fired(them), lambda found: len(found) >= expected, 40)
            await them.say(OWNER, "/status")
            await them.sees(OWNER, lambda texts: any("Telegram" in each for each in texts), 40)
            said = await fired(them)
    assert len(said) == expected
    assert all(TWICE in each for each in said[1:])
    # Between the asking and the answer nobody can know, so what may be a repeat says so.
    assert (TWICE in said[0]) == (point == "before it is sent")
