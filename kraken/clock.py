"""Clock: where the edges get their time from, so that tests and the simulator can own it.

Cores never look at a clock; they are told ``now``. The edges ask one of these.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Whoever says what time it is."""

    def now(self) -> datetime:
        """The current time, aware and UTC; never earlier than what it said before."""
        ...


class SystemClock:
    """The machine's time, without its steps back.

    Deadlines and silences are measured with this clock, so a correction of the wall clock must not
    make one negative: it is the wall clock's time at the start plus what the monotonic clock has
    counted since.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._read_wall = wall
        self._read_monotonic_ns = monotonic_ns
        self._set(wall(), timedelta(0))

    def wall(self) -> datetime:
        """The wall clock's own time, with its steps."""
        return self._read_wall()

    def resync(self) -> None:
        """Take the wall clock's time again, as after a long sleep of the machine.

        If the wall clock was set back meanwhile, time runs at half speed until both agree. It
        must not stand still for so long: every price would look fresh, and nothing become due.
        """
        before, wall = self.now(), self._read_wall()
        self._set(wall, max(timedelta(0), before - wall))

    async def sleep(self, seconds: float) -> None:
        """Wait so long, as this clock counts."""
        await asyncio.sleep(seconds)

    def _set(self, wall: datetime, ahead: timedelta) -> None:
        self._wall = wall
        self._start_ns = self._read_monotonic_ns()
        self._ahead = ahead

    def now(self) -> datetime:
        """The current time, aware and UTC; never earlier than what it said before."""
        elapsed = timedelta(microseconds=(self._read_monotonic_ns() - self._start_ns) // 1000)
        return self._wall + elapsed + max(timedelta(0), self._ahead - elapsed / 2)
