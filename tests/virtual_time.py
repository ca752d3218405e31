"""An event loop whose time jumps: an hour of waiting passes in a moment, over real sockets.

Tests run in it. A module whose tests have to do with other processes overrides the backend::

    @pytest.fixture(scope="session")
    def anyio_backend() -> str:
        return REAL_TIME

Rules: while a socket has something to say, or a thread works, time stands still; when nothing
happens any more it jumps to the next timer. So whatever is in flight on loopback arrives before
any timeout, a test of timeouts takes no time, and a machine that is busy changes nothing. What
works outside (threads of an executor, a process under :func:`standing_still`) is waited for in
real time. Clocks have to be read from the loop: :func:`clock`, :func:`seconds`.
"""

import asyncio
import os
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
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
_UNSURE = 1.0
"""Virtual seconds that short jumps together may take until one of them makes sure."""
_STUCK = 0.25
"""Real seconds in which the kernel takes what is to be written, unless the peer does not read."""
_BUSY = 100
"""Rounds of the loop in which nothing happens before each of them takes time."""
_A_ROUND = 1e-4
"""Virtual seconds, about as in real time: who waits without sleeping would wait for ever."""
_OUTSIDE = 0.02
"""Real seconds until a thread's work is looked at again; it wakes the loop by itself anyway."""


class _Jumping(selectors.DefaultSelector):
    """Waits for sockets in real time only as long as something outside works."""

    def __init__(self, loop: "VirtualTimeLoop") -> None:
        super().__init__()
        self._loop = loop
        self._rounds = 0
        self._unsure = 0.0
        self._writing: set[int] = set()
        """Who waits for the kernel to take something, or to connect."""

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._noted(super().register(fileobj, events, data))

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._noted(super().modify(fileobj, events, data))

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = super().unregister(fileobj)
        self._writing.discard(key.fd)
        return key

    def _noted(self, key: selectors.SelectorKey) -> selectors.SelectorKey:
        if key.events & selectors.EVENT_WRITE:
            self._writing.add(key.fd)
        else:
            self._writing.discard(key.fd)
        return key

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready:
            return self._going_on(ready)
        if timeout is not None and timeout <= 0:
            self._rounds += 1
            if self._rounds > _BUSY:
                self._loop.jump(_A_ROUND)
            return ready
        self._rounds = 0
        if timeout is None or self._loop.outside:
            return self._going_on(super().select(_OUTSIDE))
        os.sched_yield()
        if ready := super().select(self._grace(timeout)):
            return self._going_on(ready)
        self._writing.clear()  # whoever is left waits for a peer that does not read now
        self._loop.jump(timeout)
        return []

    def _grace(self, timeout: float) -> float:
        """Real seconds to wait before such a jump, so that nothing is in flight any more."""
        if self._writing:
            return _STUCK
        # What was sent on loopback is there by now, unless the kernel was kept from it; a jump so
        # short that no timeout notices need not make sure.
        self._unsure += timeout
        if self._unsure < _UNSURE and timeout < _SHORT:
            return 0
        self._unsure = 0.0
        return _GRACE

    def _going_on(self, ready: list[tuple[selectors.SelectorKey, int]]) -> Any:
        self._writing.update(key.fd for key, is_for in ready if is_for & selectors.EVENT_WRITE)
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its ``time()`` moves only by jumps."""

    def __init__(self) -> None:
        self._virtual = _BEGINNING
        self._threads: ThreadPoolExecutor | None = None
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
        work = (executor or self._own_threads()).submit(function, *args)
        self.outside += 1
        future = asyncio.wrap_future(work, loop=self)
        # After the future has heard of it; and though whoever waited was cancelled: a thread works
        # on.
        work.add_done_callback(self._is_done)
        return future

    def _own_threads(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(thread_name_prefix="asyncio")
            self.set_default_executor(self._threads)
        return self._threads

    def _is_done(self, work: Future[Any]) -> None:
        if not self.is_closed():
            self.call_soon_threadsafe(self._came_back)

    def _came_back(self) -> None:
        self.outside -= 1


VIRTUAL_TIME = ("asyncio", {"loop_factory": VirtualTimeLoop})
"""For ``anyio_backend``."""
REAL_TIME = "asyncio"
"""The same, where time passes as it does for other processes."""


def is_virtual() -> bool:
    """Whether time jumps here."""
    try:
        return isinstance(asyncio.get_running_loop(), VirtualTimeLoop)
    except RuntimeError:  # no loop runs
        return False


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


def stop_the_world(seconds: float) -> None:
    """Let that much time pass in which nobody gets to do anything."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop), "time does not jump here"
    loop.jump(seconds)
