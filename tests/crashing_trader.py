"""The whole bot, dying at a chosen point of an order's way: run as its own process.

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
from tests.crashing_bot import die

POINTS = (
    "before the commit",
    "before the answer is noted",
    "after the answer is noted",
    "before the fill is kept",
    "after the fill is kept",
    "before the push is sent",
    "after the push is sent",
)
"""After the commit and before the sending is tried in virtual time: the proof takes a minute."""


class CrashingStore(Store):
    """Dies before or after its writes."""

    point = "never"

    async def commit_intent(self, *given: Any, **more: Any) -> Any:
        self._at("before the commit")
        return await super().commit_intent(*given, **more)

    async def note_standing(self, *given: Any, **more: Any) -> Any:
        self._at("before the answer is noted")
        noted = await super().note_standing(*given, **more)
        self._at("after the answer is noted")
        return noted

    async def book_fill(self, *given: Any, **more: Any) -> Any:
        self._at("before the fill is kept")
        kept = await super().book_fill(*given, **more)
        self._at("after the fill is kept")
        return kept

    async def asking(self, push_id: int) -> None:
        self._at("before the push is sent")
        await super().asking(push_id)

    async def sent(self, push_id: int, message_id: int) -> None:
        self._at("after the push is sent")
        await super().sent(push_id, message_id)

    def _at(self, point: str) -> None:
        if self.point == point:
            die()


async def main(given: dict[str, Any], point: str) -> None:
    """Run until it dies."""
    CrashingStore.point = point
    ground.Store = CrashingStore  # type: ignore[misc]  # the one seam
    given["data"] = Path(given["data"])
    given["master_keys"] = tuple(given["master_keys"])
    await app.run(Settings(**given), lambda line: None, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1]), sys.argv[2]))
