"""The real store without a file and without a thread, for tests that need no restart."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from bot.migrations import migrate
from bot.store import Store
from bot.store.seals import seal_with
from kraken.clock import Clock

T = TypeVar("T")


class MemoryStore(Store):
    """Answers at once, in the caller's thread; every question is a transaction all the same."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(Path("/nowhere"), clock.now)
        self.memory = Database(memory=True)
        self.memory.execute("pragma foreign_keys = on")
        migrate(self.memory)
        seal_with(self.memory, None)
        self.broken: Exception | None = None
        """Raised instead of an answer, while it is set."""

    async def run(self, question: Callable[[Database], T], *, durable: bool = True) -> T:
        if self.broken is not None:
            raise self.broken
        with self.memory.atomic():
            return question(self.memory)

    async def empty_log(self) -> None:
        """Nothing of it is on a disk."""
