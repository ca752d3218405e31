"""Chores: things to be done at some time or when somebody asks, one after the other, for ever.

One that fails is tried again, later each time; it never ends the others.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import NoReturn

from kraken.clock import Clock
from kraken.core.errors import AuthError, Busy, KrakenError, NotSent
from kraken.tasks import sleep_until_newer
from kraken.watch import Watch

logger = logging.getLogger(__name__)

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=1)
REFUSED_PAUSE = timedelta(minutes=5)


class Chore:
    """One thing to be done."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self.work = work
        self.due: datetime | None = None
        self.failures = 0
        self.not_before: datetime | None = None
        """While it failed: when it is tried again, however urgent it is."""
        self.wake: Callable[[], None] = lambda: None

    def ask(self, at: datetime) -> None:
        """Have it done then; sooner if it is due sooner."""
        if self.due is None or at < self.due:
            self.due = at
            self.wake()

    def ask_again(self, at: datetime) -> None:
        """Have it done then even if it failed lately: why it failed is over."""
        self.succeeded()
        self.due = None
        self.ask(at)

    def next_at(self) -> datetime | None:
        """When it is done next."""
        if self.due is None or self.not_before is None:
            return self.due
        return max(self.due, self.not_before)

    def failed(self, error: KrakenError, now: datetime) -> None:
        """Put it off."""
        told = error.retry_after if isinstance(error, Busy | NotSent) else None
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures, 10))
        if isinstance(error, AuthError):
            pause = REFUSED_PAUSE
        self.failures += 1
        self.not_before = now + max(told or timedelta(0), pause)
        self.due = now if self.due is None else min(now, self.due)

    def succeeded(self) -> None:
        """Forget that it failed."""
        self.failures, self.not_before = 0, None


class Chores:
    """Does some chores, the one that is due first before the others."""

    def __init__(
        self,
        chores: Iterable[Chore],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._chores = tuple(chores)
        self._clock = clock
        self._sleep = sleep
        self._asked: Watch[None] = Watch()
        for chore in self._chores:
            chore.wake = lambda: self._asked.set(None)

    async def run(self, on_failure: Callable[[KrakenError], None]) -> NoReturn:
        """Do what is due, until cancelled."""
        while True:
            seen = self._asked.version
            due = [
                (at, index) for index, each in enumerate(self._chores) if (at := each.next_at())
            ]
            if not due:
                await self._asked.newer(seen)
                continue
            at, index = min(due)
            seconds = (at - self._clock.now()).total_seconds()
            if seconds > 0:
                await sleep_until_newer(self._sleep, seconds, self._asked, seen)
            else:
                await self._do(self._chores[index], on_failure)

    async def _do(self, chore: Chore, on_failure: Callable[[KrakenError], None]) -> None:
        chore.due = None
        try:
            await chore.work()
        except KrakenError as error:
            logger.info("put off: %s: %s", type(error).__name__, error)
            chore.failed(error, self._clock.now())
            on_failure(error)
        else:
            chore.succeeded()
