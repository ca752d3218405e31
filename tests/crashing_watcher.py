"""The whole bot, dying at a chosen point of an alert's way: run as its own process.

Arguments: the settings as JSON, and the point at which the process kills itself.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from bot import app, ground
from bot.core.config import Settings
from bot.store import Store
from bot.telegram.sender import TelegramSender
from tests.crashing_bot import die

POINTS = (
    "before it is kept",
    "before it is sent",
    "after it is sent",
    "after it is marked",
)
"""After the commit and before the outbox takes it up is tried in virtual time."""


class CrashingStore(Store):
    """Dies at what is written of an alert that came true."""

    point = "never"
    is_fatal = False
    """The next message is the alert's."""

    async def tell_alerts(self, *given: Any, **more: Any) -> bool:
        at(self.point, "before it is kept")
        kept = await super().tell_alerts(*given, **more)
        CrashingStore.is_fatal = True
        return kept

    async def sent(self, push_id: int, message_id: int) -> None:
        await super().sent(push_id, message_id)
        if self.is_fatal:
            at(self.point, "after it is marked")


class CrashingSender(TelegramSender):
    """Dies before or after Telegram took the message."""

    async def send(self, *given: Any, **more: Any) -> int:
        if CrashingStore.is_fatal:
            at(CrashingStore.point, "before it is sent")
        message_id = await super().send(*given, **more)
        if CrashingStore.is_fatal:
            at(CrashingStore.point, "after it is sent")
        return message_id


def at(chosen: str, point: str) -> None:
    """Die if this is the point."""
    if chosen == point:
        die()


async def main(given: dict[str, Any], point: str) -> None:
    """Run until it dies."""
    CrashingStore.point = point
    ground.Store = CrashingStore  # type: ignore[misc]  # the two seams
    ground.TelegramSender = CrashingSender  # type: ignore[misc]  # the other one
    given["data"] = Path(given["data"])
    given["master_keys"] = tuple(given["master_keys"])
    await app.run(Settings(**given), lambda line: None, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), sys.argv[2]))
