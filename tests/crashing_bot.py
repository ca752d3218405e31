"""A bot that dies at a chosen point, for the tests of what survives: run as its own process.

Arguments: the local Telegram's address with the token, the data folder, the file that the
handler's effects go to, and the point at which the process kills itself (or ``never``).
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from telegram.request import HTTPXRequest

from bot.store import Store
from bot.tasks import KeyedTasks, Lanes, together
from bot.telegram.intake import Intake
from bot.telegram.polling import Polling
from kraken.clock import SystemClock

POINTS = (
    "before it is kept",
    "after it is kept",
    "before its work is counted",
    "after its work is counted",
    "before its effect",
    "after its effect",
    "after it is done",
)


def die() -> None:
    """As the kernel's out-of-memory killer does it: no cleanup, no last words."""
    os.kill(os.getpid(), signal.SIGKILL)


class CrashingStore(Store):
    """Dies before or after its writes."""

    point = "never"

    async def add_updates(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        if self.point == "before it is kept" and updates:
            die()
        kept = await super().add_updates(updates)
        if self.point == "after it is kept" and kept:
            die()
        return kept

    async def begin_update(self, update_id: int) -> None:
        if self.point == "before its work is counted":
            die()
        await super().begin_update(update_id)
        if self.point == "after its work is counted":
            die()

    async def done(self, update_id: int) -> None:
        await super().done(update_id)
        if self.point == "after it is done":
            die()


async def main(address: str, folder: Path, effects: Path, point: str) -> None:
    """Receive, and write the text of each message to ``effects``."""
    clock = SystemClock()

    async def process(update: dict[str, Any]) -> None:
        if point == "before its effect":
            die()
        with effects.open("a") as file:
            file.write(update["message"]["text"] + "\n")
        if point == "after its effect":
            die()

    async def too_busy(chat_id: int, left_out: str) -> None: ...

    def on_error(key: object, error: Exception) -> None:
        raise SystemExit(f"{key}: {error!r}")

    async with CrashingStore(folder, clock.now) as store, KeyedTasks(on_error) as tasks:
        store.point = point
        intake = Intake(store, Lanes(tasks, on_error), process, too_busy)
        polling = Polling(
            address=address,
            make_request=lambda: HTTPXRequest(1),
            store=store,
            clock=clock,
            on_update=intake.add,
            on_conflict=lambda kind: asyncio.sleep(0),
            wait=1,
        )
        await intake.resume()
        await together(polling.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]))
