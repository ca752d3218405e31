"""The process is killed at each point of an order's way: one order, and its end is told."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from bot.core.config import Settings
from bot.core.trade.types import Mode
from bot.standin.server import LocalTelegram
from bot.store import Store
from kraken.clock import SystemClock
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.crashing_trader import POINTS
from tests.stack import OWNER, People, people, running, settings_for
from tests.trader import RICH
from tests.virtual_time import REAL_TIME

ROOT = Path(__file__).parents[2]
PATIENCE = 180
"""Seconds: the machine may be busy."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


@asynccontextmanager
async def crashing(settings: Settings, point: str) -> AsyncIterator[asyncio.subprocess.Process]:
    given = {**asdict(settings), "data": str(settings.data)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.crashing_trader", json.dumps(given), point, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def sees(them: People, *words: str) -> dict[str, Any]:
    def found(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in messages if all(word in each["text"] for word in words)]

    return found(await them.until(lambda: them.messages(OWNER), found, 40))[-1]


async def with_a_key(them: People, exchange: Exchange, settings: Settings) -> None:
    """A chat in live mode, whose key is stored."""
    made = exchange.add_user({"balances": RICH})
    async with running(settings):
        await them.say(OWNER, f"/connect {made['api_key']} {made['api_secret']}")
        await sees(them, "Connected.")
    async with Store(settings.data, SystemClock().now) as store:
        await store.set_chat_mode(OWNER, Mode.LIVE)


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_makes_neither_two_orders_nor_two_stories(tmp_path: Path, point: str) -> None:
    async with (
        LocalTelegram.serving(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        Exchange.serving(seed=1, pairs=PAIRS[:4]) as exchange,
    ):
        settings = settings_for(telegram, exchange, tmp_path / "data")
        await with_a_key(them, exchange, settings)
        async with crashing(settings, point) as killed, asyncio.timeout(PATIENCE):
            await them.say(OWNER, "/buy 0.001 btc market")
            preview = await sees(them, "preview, 60 s")
            label = preview["buttons"][0][0]["text"]
            await them.tap(OWNER, preview["message_id"], label)
            assert await killed.wait() == -9, "it was to die at this point"
        async with running(settings):
            await sees(them, "Bought 0.001 BTC")
            await sees(them, "✅ Filled")
            told = [each for each in await them.messages(OWNER) if "Bought" in each["text"]]
    orders: Any = exchange.journal()["orders"]
    assert len(orders) == 1
    # Between the sending and the note of it nobody can know; everywhere else it is told once.
    assert len(told) == (2 if point == "after the push is sent" else 1)
