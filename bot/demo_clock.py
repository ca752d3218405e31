"""The demo's clock: the machine's time, and whatever the exchange was put forward by hand.

Rules: the bot, its schedule, the local chat and the exchange all live by it, so that nobody sees
a price of tomorrow or a command of yesterday; what was said before a leap is done before it; a
leap is no sleep: time passes by every instant at which the bot has something due, and slowly while
it does it, as if somebody had waited.
"""

import asyncio
import time
from collections.abc import Sized
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from bot.ground import Ground
from kraken.clock import SystemClock
from kraken.sim.server import Exchange

_MOMENT = 0.1
"""Real seconds in which what was sent on loopback arrives and is answered."""
_INSTANT = 0.01
"""Real seconds between two looks at whether everything was heard."""
_SAID = 3.0
"""Real seconds that are given to what is to be said, or was said to the bot."""
_SLOW = timedelta(milliseconds=500)
"""What passes in a moment while something is done: an order's deadline is seconds away."""
_SLOW_MOMENTS = 12
_FASTEST = timedelta(minutes=5)
"""What passes in a moment while something goes on for long, as an order that rests."""
_MOST = timedelta(hours=4)
"""What passes at once when nothing is to be done: it takes the exchange a part of a second."""


class DemoClock(SystemClock):
    """What time it is for everybody in the demo."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._ground: Ground | None = None
        self._said: Sized = ()
        self._sleeping: set[asyncio.Event] = set()
        self._leaping = asyncio.Lock()
        super().__init__(
            lambda: datetime.now(UTC) + timedelta(microseconds=exchange.skipped_ns // 1000),
            lambda: time.monotonic_ns() + exchange.skipped_ns,
        )

    def attend(self, ground: Ground) -> None:
        """From now on this bot is met on the way."""
        self._ground = ground

    def hear(self, said: Sized) -> None:
        """What was said to the bot, and it has not kept yet."""
        self._said = said

    def unix(self) -> float:
        """The same as seconds, as Telegram dates messages."""
        return self.now().timestamp()

    async def sleep(self, seconds: float) -> None:
        """Wait so long, as this clock counts: a leap of it shortens the wait."""
        until = self.now() + timedelta(seconds=seconds)
        woken = asyncio.Event()
        self._sleeping.add(woken)
        try:
            while (left := (until - self.now()).total_seconds()) > 0:
                woken.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), left)
        finally:
            self._sleeping.discard(woken)

    async def leap(self, seconds: float) -> None:
        """Put the clock forward, by way of everything that is due until then."""
        async with self._leaping:
            await self._listen()
            left, moments = timedelta(seconds=seconds), 0
            while left > timedelta():
                moments = moments + 1 if self._is_busy() else 0
                step = min(left, _pace(moments), await self._until_due(left))
                left -= step
                self._exchange.skip(step.total_seconds())
                await self._meet()

    async def _listen(self) -> None:
        """Else a button pressed just before would be pressed too late."""
        if self._ground is None:
            return
        for _ in range(int(_SAID / _INSTANT)):
            if not len(self._said) and not await self._ground.store.waiting():
                return
            await asyncio.sleep(_INSTANT)

    def _is_busy(self) -> bool:
        return self._ground is not None and self._ground.timers.is_busy

    async def _until_due(self, left: timedelta) -> timedelta:
        if self._ground is None:
            return left
        now = self.now()
        due = await self._ground.timers.next_due(now + left)
        return left if due is None else due - now

    async def _meet(self) -> None:
        """Let everybody notice what time it is, and do and say what they have to."""
        for woken in self._sleeping:
            woken.set()
        await asyncio.sleep(_MOMENT)
        if self._ground is None:
            return
        await self._ground.timers.look()
        if not self._ground.timers.is_busy:
            # What waits to be said while time leaps would be said late.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ground.outbox.drained(), _SAID)


def _pace(moments: int) -> timedelta:
    """What may pass at once after so many moments of doing something."""
    if moments == 0:
        return _MOST
    doublings = min(max(moments - _SLOW_MOMENTS, 0), 12)
    return min(_SLOW * (1 << doublings), _FASTEST)
