"""An event loop whose time jumps: an hour of waiting passes in a moment, over real sockets.

Use it for a module's tests by overriding the backend::

    @pytest.fixture(scope="session")
    def anyio_backend() -> Any:
        return VIRTUAL_TIME

Rules: while a socket has something to say, or a thread works, time stands still; when nothing
happens any more it jumps to the next timer. So whatever is in flight on loopback arrives before
any timeout, and a test of timeouts takes no time. What works outside (threads of an executor, a
process under :func:`standing_still`) is waited for in real time. Clocks have to be read from the
loop: :func:`clock`, :func:`seconds`.
"""

import asyncio
import os
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from kraken.clock import SystemClock

START = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

_BEGINNING = 1_000.0
"""The loop's time when it begins."""
_GRACE = 0.0005
"""Real seconds in which the kernel hands over what was sent on loopback."""
_SHORT = 0.2
"""Virtual seconds."""
_OUTSIDE = 0.02
"""Real seconds until a thread's work is looked at again; it wakes the loop by itself anyway."""


class _Jumping(selectors.DefaultSelector):
    """Waits for sockets in real time only as long as something outside works."""

    def __init__(self, loop: "VirtualTimeLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self._loop.outside:
            return super().select(_OUTSIDE)
        os.sched_yield()
        # What was sent on loopback is there by now, unless the kernel was kept from it; a jump so
        # short that no timeout notices need not make sure.
        if ready := super().select(0 if timeout < _SHORT else _GRACE):
            return ready
        self._loop.jump(timeout)
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its ``time()`` moves only by jumps."""

    def __init__(self) -> None:
        self._virtual = _BEGINNING
        self.outside = 0
        """Work in threads and processes that is not done."""
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self._virtual

    def jump(self, seconds: float) -> None:
        """Let that much time have passed."""
        self._virtual += seconds

    def run_in_executor(  # type: ignore[override]  # typeshed's variadic generics
        self, executor: Executor | None, function: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, function, *args)
        self.outside += 1
        future.add_done_callback(self._came_back)
        return future

    def _came_back(self, future: asyncio.Future[Any]) -> None:
        self.outside -= 1


VIRTUAL_TIME = ("asyncio", {"loop_factory": VirtualTimeLoop})
"""For a module's ``anyio_backend``."""


def seconds() -> float:
    """The running loop's time: what stands for the monotonic clock."""
    return asyncio.get_running_loop().time()


def nanoseconds() -> int:
    """The same, as the simulated exchange counts."""
    return int(seconds() * 1_000_000_000)


def unix_seconds() -> float:
    """What stands for the wall clock, as Telegram dates messages."""
    return _wall(seconds()).timestamp()


def unix_nanoseconds() -> int:
    """The same, as the simulated exchange's market begins."""
    return int(unix_seconds() * 1_000) * 1_000_000


def clock() -> SystemClock:
    """The product's clock in virtual time; threads may ask it, too."""
    now = asyncio.get_running_loop().time
    return SystemClock(lambda: _wall(now()), lambda: int(now() * 1_000_000_000))


def _wall(passed: float) -> datetime:
    """START when the loop began."""
    return START + timedelta(seconds=passed - _BEGINNING)


@contextmanager
def standing_still() -> Iterator[None]:
    """No time passes here; for what waits for another process, which works in real time."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop), "time does not jump here"
    loop.outside += 1
    try:
        yield
    finally:
        loop.outside -= 1


async def passes(seconds: float) -> None:
    """Let that much time pass, which takes a moment; in real time it would be a sleeping test."""
    assert isinstance(asyncio.get_running_loop(), VirtualTimeLoop), "time does not jump here"
    await asyncio.sleep(seconds)
