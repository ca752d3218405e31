"""Watch: the newest value of something that changes, and a way to wait for a newer one.

Prices are conflated: a slow reader gets the newest book, never a backlog. The version makes a
missed wake-up impossible, because whoever waits says what it has already seen.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Watch(Generic[T]):
    """The newest value, or none yet, or none any more, with a version that only grows."""

    def __init__(self) -> None:
        self._value: T | None = None
        self._make: Callable[[], T | None] | None = None
        self._version = 0
        self._changed: asyncio.Future[None] | None = None
        self._hearers: list[Callable[[], None]] = []

    @property
    def value(self) -> T | None:
        """The newest value; None before the first and while the source is not trustworthy."""
        if self._make is not None:
            self._value, self._make = self._make(), None
        return self._value

    @property
    def version(self) -> int:
        """0 before the first ``set``; each ``set`` adds one."""
        return self._version

    def set(self, value: T | None) -> None:
        """Replace the value and wake whoever waits. None means: there is no good value now."""
        self._value, self._make = value, None
        self._announce()

    def offer(self, make: Callable[[], T | None]) -> None:
        """Like ``set``, but the value is made when somebody first looks at it.

        A book changes hundreds of times between two looks; its levels become Decimals only then.
        """
        self._make = make
        self._announce()

    def _announce(self) -> None:
        self._version += 1
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
        self._changed = None
        for hear in tuple(self._hearers):
            hear()

    @contextmanager
    def heard(self, hear: Callable[[], None]) -> Iterator[None]:
        """In here ``hear`` is called at each change, before anything else is heard of.

        For whoever may miss none and needs what else was known then; it must not block or raise.
        """
        self._hearers.append(hear)
        try:
            yield
        finally:
            self._hearers.remove(hear)

    async def newer(self, than: int) -> tuple[int, T | None]:
        """Wait until the version is above ``than``; return the newest version and its value.

        Values in between are skipped. Returns at once if a newer version is there already.
        """
        while self._version <= than:
            if self._changed is None:
                self._changed = asyncio.get_running_loop().create_future()
            # Shielded: one waiter that is cancelled must not wake the others with its error.
            await asyncio.shield(self._changed)
        return self._version, self.value

    async def first(self) -> T:
        """Wait for a value that is not None and return it."""
        while (value := self.value) is None:
            await self.newer(self._version)
        return value
