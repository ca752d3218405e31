"""The public market as all practice accounts share it: who follows which pair, and the time.

A pair is followed while somebody has an open order in it. Accounts are visited only when a price
touches one of their orders, or when something of theirs is due.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from kraken.clock import Clock
from kraken.core.errors import UnknownInstrument
from kraken.core.types import Instrument, Symbol
from kraken.paper.pair import Pair, PublicMarket


class Sleeper(Protocol):
    """Who has something to do later."""

    def due(self) -> None:
        """It is time; must not block."""


class PaperVenue:
    """One per process; its owner awaits ``run``, which is endless."""

    def __init__(
        self,
        market: PublicMarket,
        *,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pause: float = 0.1,
        patience: float = 5.0,
        tick: float = 1.0,
    ) -> None:
        """``pause``: seconds between two looks at a book; ``patience``: how long a command waits
        for one; ``tick``: how exact times are kept.
        """
        self.clock = clock
        self.sleep = sleep
        self.patience = patience
        self._market = market
        self._pause = pause
        self._tick = tick
        self._pairs: dict[Symbol, Pair] = {}
        self._followed: dict[Symbol, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()
        self._due: list[tuple[datetime, int, Sleeper]] = []
        self._number = 0

    async def run(self) -> None:
        """Follow the pairs that matter, until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_time())
                while True:
                    self._changed.clear()
                    self._follow_what_matters(tasks)
                    await self._changed.wait()
        finally:
            self._followed.clear()

    def _follow_what_matters(self, tasks: asyncio.TaskGroup) -> None:
        for symbol, pair in self._pairs.items():
            matters = len(pair.guests) > 0
            if matters and symbol not in self._followed:
                self._followed[symbol] = tasks.create_task(pair.follow())
            elif not matters and symbol in self._followed:
                self._followed.pop(symbol).cancel()

    async def _keep_time(self) -> None:
        while True:
            await self.sleep(self._tick)
            self.wake(self.clock.now())
            self._changed.set()

    def wake(self, now: datetime) -> None:
        """Tell those whose time has come."""
        while self._due and self._due[0][0] <= now:
            heapq.heappop(self._due)[2].due()

    def wake_at(self, at: datetime, sleeper: Sleeper) -> None:
        """Tell this one then; it may be told more often, or for nothing."""
        self._number += 1
        heapq.heappush(self._due, (at, self._number, sleeper))

    def pair(self, symbol: Symbol) -> Pair:
        """The pair as everybody shares it.

        Raises:
            UnknownInstrument: there is no such pair.
            NotSent: Kraken was not reached yet, so its pairs are not known.
        """
        pair = self._pairs.get(symbol)
        if pair is None:
            known = self._market.instrument(symbol).symbol
            if known != symbol:
                raise UnknownInstrument(symbol, (known,))
            pair = Pair(known, self._market, self.clock, self.sleep, self._pause)
            self._pairs[symbol] = pair
        return pair

    def changed(self) -> None:
        """Somebody has orders where nobody had any, or the other way round."""
        self._changed.set()

    def instruments(self) -> tuple[Instrument, ...]:
        """All pairs. Raises NotSent while Kraken was not reached yet."""
        return self._market.instruments()
