"""A running stream for tests, with everything that it reported."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from kraken.core.events import Event
from kraken.core.session import Session
from kraken.stream import Stream
from tests.scripted_kraken import Connection, Log
from tests.stack import clock


class Client:
    """A running stream with everything that it reported."""

    def __init__(self, http: aiohttp.ClientSession, url: str, **options: Any) -> None:
        self.events: Log[Event] = Log()
        self.recorded: list[tuple[int, str]] = []
        self.waits: list[float] = []
        self.clock = options.pop("clock", None) or clock()
        self.session = Session()
        self.stream = Stream(
            http,
            url,
            self.session,
            self.events.append,
            clock=self.clock,
            random=options.pop("random", lambda: 0.0),
            sleep=options.pop("sleep", self.sleep),
            tick=options.pop("tick", 0.02),
            **options,
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def want(self, *wants: Any) -> None:
        for want in wants:
            self.session.want(want, self.clock.now())
        self.stream.flush()

    async def seen(self, kind: type[Event], count: int = 1) -> Event:
        """Wait for so many events of a kind and return the last of them."""

        def found(items: list[Event]) -> list[Event]:
            return [item for item in items if isinstance(item, kind)]

        await self.events.until(lambda items: len(found(items)) >= count)
        return found(self.events.items)[count - 1]


@asynccontextmanager
async def running(url: str, *wants: Any, **options: Any) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        client = Client(http, url, **options)
        client.want(*wants)
        task = tasks.create_task(client.stream.run())
        try:
            yield client
        finally:
            task.cancel()


async def silent(connection: Connection) -> None:
    """Keep the connection open, read, and say nothing."""
    async for _ in connection.socket:
        pass
