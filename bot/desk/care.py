"""Care: what the owner of the bot is told without anything having happened in a chat."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.texts.audit import head_page
from bot.core.texts.safety import little_space_page
from bot.desk.records import SafetyRecords
from bot.desk.safety import Brakes
from bot.store import StoreUnavailable
from kraken.clock import Clock

_EVERY = 60.0

Say = Callable[[int, Page, Priority, str], Awaitable[bool]]


class Care:
    """Looks at the disk every minute, and tells the head of the audit log once a day."""

    def __init__(
        self,
        records: SafetyRecords,
        brakes: Brakes,
        say: Say,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._records = records
        self._brakes = brakes
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._told_head: date | None = None
        self._told_space = False

    async def run(self) -> None:
        """For ever; ends when it is cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable:  # whoever writes says so; the next look tries again
                self._told_head = None
            await self._sleep(_EVERY)

    async def look(self) -> None:
        """Once: say what is new."""
        owner = await self._records.owner()
        if owner is None:
            return
        today = self._clock.now().date()
        if self._told_head != today:
            await self._tell_head(owner, today)
            self._told_head = today
        is_low = self._brakes.is_low_on_space()
        if is_low and not self._told_space:
            key = f"space:{self._clock.now().isoformat()}"
            await self._say(owner, little_space_page(), Priority.ALERT, key)
        self._told_space = is_low

    async def _tell_head(self, owner: int, today: date) -> None:
        """A log that began today has no past that could be cut off."""
        began = await self._records.audit_began()
        if began is None or began.date() == today:
            return
        head = await self._records.audit_head()
        key = f"audit-head:{today.isoformat()}"
        await self._say(owner, head_page(head), Priority.DIGEST, key)
