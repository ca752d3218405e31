"""The public market as all practice accounts share it: who follows which pair, and the time.

A pair is followed while somebody has an open order in it. Accounts are visited only when a price
touches one of their orders, or when something of theirs is due.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
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
        """``pause``: seconds between two looks at the market; ``patience``: how long a command
        waits for a book; ``tick``: seconds between two looks at the time while nobody trades.
        """
        self.clock = clock
        self.sleep = sleep
        self.patience = patience
        self.turn = asyncio.Lock()
        """Held for one round of the event loop by an account that was touched: when a price runs
        through the orders of hundreds of them, everybody else is served in between."""
        self._market = market
        self._pause = pause
        self._tick = tick
        self._pairs: dict[Symbol, Pair] = {}
        self._followed: dict[Symbol, AsyncExitStack] = {}
        self._changed = asyncio.Event()
        self._due: list[tuple[datetime, int, Sleeper]] = []
        self._number = 0

    async def run(self) -> None:
        """Follow the pairs that matter, until cancelled.

        One loop for all of them: books come many times a second, and the watches hold the newest.
        """
        try:
            while True:
                self._changed.clear()
                await self._follow_what_matters()
                for symbol in self._followed:
                    self._pairs[symbol].look()
                    await asyncio.sleep(0)  # others may not have to wait for all of them
                self.wake(self.clock.now())
                await self._rest()
        finally:
            for stack in self._followed.values():
                await stack.aclose()
            self._followed.clear()

    async def _follow_what_matters(self) -> None:
        for symbol, pair in list(self._pairs.items()):
            matters = len(pair.guests) > 0
            if matters and symbol not in self._followed:
                stack = self._followed[symbol] = AsyncExitStack()
                await stack.enter_async_context(pair.attended())
            elif not matters and symbol in self._followed:
                await self._followed.pop(symbol).aclose()

    async def _rest(self) -> None:
        if self._followed:
            return await self.sleep(self._pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._tick):
                await self._changed.wait()
        return None

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
            known = self._market.instrument(symbol)
            if known.symbol != symbol:
                raise UnknownInstrument(symbol, (known.symbol,))
            pair = Pair(known, self._market, self.clock)
            self._pairs[symbol] = pair
        return pair

    def changed(self) -> None:
        """Somebody has orders where nobody had any, or the other way round."""
        self._changed.set()

    def instruments(self) -> tuple[Instrument, ...]:
        """All pairs. Raises NotSent while Kraken was not reached yet."""
        return self._market.instruments()
