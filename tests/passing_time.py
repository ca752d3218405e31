"""Time that passes only when a test says so, for an exchange and whoever sleeps beside it."""

import asyncio
import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from kraken.sim.server import Exchange
from tests.private_caller import exchange_time

_HOPS = 60
"""Rounds of the event loop in which what was woken gets done: a request and its answer."""


async def hop(rounds: int = _HOPS) -> None:
    """Let everything run that can run without time passing."""
    for _ in range(rounds):
        await asyncio.sleep(0)


class PassingTime:
    """A clock and a sleep; both stand still until :meth:`go_on`."""

    def __init__(self, exchange: Exchange | None, start: datetime | None = None) -> None:
        if start is None:
            assert exchange is not None, "one of them says what time it is"
            start = exchange_time(exchange)
        self._exchange = exchange
        self._now = self.start = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._number = count()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (due, next(self._number), future))
        await future

    async def go_on(self, seconds: float, *, step: float = 1.0) -> None:
        """Let that much time pass, stopping wherever somebody wakes up."""
        until = self._now + timedelta(seconds=seconds)
        await hop()
        while self._now < until:
            due = min([until, self._now + timedelta(seconds=step), *self._next()])
            await self._step(due)
            await hop()

    async def until(
        self, condition: Callable[[], object], seconds: float = 600, *, step: float = 1.0
    ) -> None:
        """Let time pass until it is true; fails when it is not within that time."""
        last = self._now + timedelta(seconds=seconds)
        await hop()
        while not condition():
            assert self._now < last, f"not within {seconds} s"
            await self._step(min([self._now + timedelta(seconds=step), *self._next()]))
            await hop()

    def _next(self) -> list[datetime]:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return [max(self._now, self._sleepers[0][0])] if self._sleepers else []

    async def _step(self, due: datetime) -> None:
        seconds = (due - self._now).total_seconds()
        self._now = due
        if self._exchange is not None and seconds > 0:
            await self._exchange.advance(seconds)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
