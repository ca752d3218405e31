"""A keeper of tasks that runs nothing by itself."""

from collections.abc import Coroutine, Hashable


class FakeTasks:
    """Runs nothing by itself: a test runs what was started."""

    def __init__(self) -> None:
        self.started: dict[Hashable, Coroutine[object, object, None]] = {}
        self.stopped: list[Hashable] = []

    def start(self, key: Hashable, coroutine: Coroutine[object, object, None]) -> None:
        self.stop(key)
        self.started[key] = coroutine

    def stop(self, key: Hashable) -> None:
        if coroutine := self.started.pop(key, None):
            coroutine.close()
            self.stopped.append(key)

    def is_running(self, key: Hashable) -> bool:
        return key in self.started

    async def run_all(self) -> None:
        while self.started:
            _, coroutine = self.started.popitem()
            await coroutine

    def close(self) -> None:
        for coroutine in self.started.values():
            coroutine.close()
