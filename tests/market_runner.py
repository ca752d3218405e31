"""A running Market for tests, with a clock that they move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from kraken.market import Market
from kraken.rest import Rest
from tests.scripted_kraken import ScriptedKraken
from tests.stack import clock as clock_of_the_loop


class HandClock:
    """The clock of the loop that runs, moved ahead by a test."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return clock_of_the_loop().now() + self._ahead

    def move(self, **by: float) -> None:
        self._ahead += timedelta(**by)


class Turns:
    """Sleeps that last until the test gives the next turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(0)
        self._asleep = asyncio.Event()

    async def sleep(self, _seconds: float) -> None:
        self._asleep.set()
        await self._turns.acquire()

    async def give(self) -> None:
        """Let the sleeper do one round, and return when it sleeps again."""
        await self._asleep.wait()
        self._asleep.clear()
        self._turns.release()
        await self._asleep.wait()


async def no_wait(_seconds: float) -> None:
    await asyncio.sleep(0)


async def no_pace() -> None:
    return


@asynccontextmanager
async def running(
    kraken: ScriptedKraken, clock: HandClock, **options: Any
) -> AsyncIterator[Market]:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        market = Market(
            Rest(http, kraken.rest_url, clock=clock),
            http=http,
            ws_url=kraken.ws_url,
            clock=clock,
            random=lambda: 0.0,
            sleep=options.pop("sleep", no_wait),
            pace=no_pace,
            liveness=options.pop("liveness", 60.0),
        )
        task = tasks.create_task(market.run())
        try:
            yield market
        finally:
            task.cancel()


def asked(kraken: ScriptedKraken, method: str, channel: str) -> list[dict[str, Any]]:
    """The requests of one kind on the newest connection."""
    return [
        request["params"]
        for request in kraken.connections.items[-1].asked.items
        if request["method"] == method and request["params"]["channel"] == channel
    ]
