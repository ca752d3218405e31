"""Reads: questions to REST at the pace that Kraken asks for, asked again where that may help."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from kraken.clock import Clock
from kraken.core.limiter import Bucket, Limit
from kraken.rest import read_again

T = TypeVar("T")

ONE_A_SECOND = Limit(maximum=4, per_second=1)
"""About one public call a second (docs: REST, Rate limits); a few may come at once, because people
do not wait for each other."""


class Pace:
    """Lets calls through as often as Kraken likes them, in the order they came."""

    def __init__(
        self, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._bucket = Bucket(ONE_A_SECOND)

    async def wait(self) -> None:
        """Return when the next call may be made."""
        now = self._clock.now()
        seconds = self._bucket.wait(now).total_seconds()
        # Counted before it is made, so that whoever comes next waits behind this one.
        self._bucket.spend(now)
        if seconds:
            await self._sleep(seconds)


class Reads:
    """Everybody's questions one after another; ``pace`` is awaited before each of them."""

    def __init__(
        self,
        pace: Callable[[], Awaitable[None]],
        *,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._pace = pace
        self._random = random
        self._sleep = sleep

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """The answer, after up to three attempts. Raises what the last one raised."""

        async def at_pace() -> T:
            await self._pace()
            return await call()

        return await read_again(at_pace, random=self._random, sleep=self._sleep)
