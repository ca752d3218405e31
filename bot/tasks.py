"""The keeper of tasks: the border that keeps one chat from taking down another.

Everything long-lived that belongs to one chat runs here under a key. A member that fails is
reported and forgotten; the others live on. Around this border, in ``bot.app``, errors propagate.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")

Work = Callable[[], Awaitable[None]]
OnError = Callable[[Hashable, Exception], None]


class KeyedTasks:
    """A TaskGroup whose members can be replaced by key and whose errors stop at the member."""

    def __init__(self, on_error: OnError) -> None:
        self._on_error = on_error
        self._group = asyncio.TaskGroup()
        self._tasks: dict[Hashable, asyncio.Task[None]] = {}
        self._closed = False

    async def __aenter__(self) -> "KeyedTasks":
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closed = True
        for task in list(self._tasks.values()):
            task.cancel()
        await self._group.__aexit__(kind, error, traceback)

    def start(self, key: Hashable, coroutine: Coroutine[object, object, None]) -> None:
        """Run it under this key. A task that runs under it is cancelled, and ends first.

        Once everything ends nothing begins any more: then it is not run at all.
        """
        if self._closed:
            coroutine.close()
            return
        before = self._tasks.get(key)
        if before is not None:
            before.cancel()
        task = self._group.create_task(self._member(key, coroutine, before))
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._forget(key, coroutine, done))

    def stop(self, key: Hashable) -> None:
        """Cancel the task of this key, if there is one."""
        task = self._tasks.get(key)
        if task is not None:
            task.cancel()

    def is_running(self, key: Hashable) -> bool:
        """Whether there is a task of this key."""
        return key in self._tasks

    def running(self, kind: Hashable | None = None) -> int:
        """How many tasks there are, of all kinds or of keys that begin with this one."""
        if kind is None:
            return len(self._tasks)
        return sum(isinstance(key, tuple) and key[:1] == (kind,) for key in self._tasks)

    async def _member(
        self,
        key: Hashable,
        coroutine: Coroutine[object, object, None],
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await coroutine
        except Exception as error:  # noqa: BLE001 - this is the border; on_error is told
            self._on_error(key, error)

    def _forget(
        self,
        key: Hashable,
        coroutine: Coroutine[object, object, None],
        done: asyncio.Task[None],
    ) -> None:
        coroutine.close()  # one that was cancelled before its first step was never awaited
        if self._tasks.get(key) is done:
            del self._tasks[key]


class Lanes:
    """Work of one key in the order it came, of different keys side by side."""

    def __init__(self, tasks: KeyedTasks, on_error: OnError, *, waiting: int = 50) -> None:
        self._tasks = tasks
        self._on_error = on_error
        self._waiting = waiting
        self._finishing = False
        self._lanes: dict[Hashable, deque[tuple[Work, bool]]] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    def add(self, key: Hashable, work: Work, *, anyway: bool = False) -> bool:
        """Do it when what came before under this key is done.

        False if too much is waiting. With ``anyway`` it waits, however much there is, and is
        not counted.
        """
        lane = self._lanes.get(key)
        if lane is None:
            self._idle.clear()
            lane = self._lanes[key] = deque([(work, not anyway)])
            self._tasks.start(("lane", key), self._run(key, lane))
            return True
        if not anyway and sum(counts for _, counts in lane) > self._waiting:
            return False
        lane.append((work, not anyway))
        return True

    async def drained(self) -> None:
        """Wait until nothing runs and nothing waits."""
        await self._idle.wait()

    async def finish(self) -> None:
        """Wait until what runs has ended; what waits is not begun any more."""
        self._finishing = True
        await self._idle.wait()

    async def _run(self, key: Hashable, lane: deque[tuple[Work, bool]]) -> None:
        try:
            while lane and not self._finishing:
                try:
                    await lane[0][0]()
                except Exception as error:  # noqa: BLE001 - reported; what waits behind goes on
                    self._on_error(key, error)
                lane.popleft()
        finally:
            del self._lanes[key]
            if not self._lanes:
                self._idle.set()


async def together(*coroutines: Coroutine[object, object, None]) -> None:
    """Run them side by side; the first that fails cancels the others and is raised."""
    async with asyncio.TaskGroup() as group:
        for coroutine in coroutines:
            group.create_task(coroutine)


async def with_companion(main: Awaitable[T], companion: Coroutine[object, object, None]) -> T:
    """Run ``companion`` for as long as ``main`` runs; return or raise what ``main`` does."""
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        beside = group.create_task(companion)
        try:
            result = await main
        except Exception as error:  # noqa: BLE001 - raised below, without the group around it
            failure = error
        beside.cancel()
    if failure is not None:
        raise failure
    return result
