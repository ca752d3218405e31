"""After quiet hours: one message that sums up what came without a sound.

Nothing is held back by it: every message was delivered when it happened, this one only says that
they are there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Protocol

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.quiet import TOLD_UNTIL, last_quiet
from bot.core.settings import ChatSettings
from bot.core.texts.quiet import quiet_summary_page
from bot.store import StoreUnavailable
from kraken.clock import Clock

log = logging.getLogger(__name__)

_LOOKS_EVERY = 60.0


class Kept(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def quiet_chats(self) -> list[tuple[int, ChatSettings]]: ...
    async def silent_titles(self, chat_id: int, since: datetime, until: datetime) -> list[str]: ...


class Says(Protocol):
    """What is asked of the outbox: ``bot.outbox.Outbox.push``."""

    async def __call__(
        self, chat_id: int, page: Page, priority: Priority, event_key: str
    ) -> bool: ...


class QuietHours:
    """Runs as long as the bot does."""

    def __init__(
        self,
        store: Kept,
        say: Says,
        clock: Clock,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._say = say
        self._clock = clock
        self._sleep = sleep
        self._done: dict[int, datetime] = {}
        """The end of the hours that were summed up last, by chat."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("quiet hours are summed up later: %s", error)
            await self._sleep(_LOOKS_EVERY)

    async def look(self) -> None:
        """Sum up the hours that are over; a summary is told once, also after a restart."""
        now = self._clock.now()
        for chat_id, settings in await self._store.quiet_chats():
            hours = last_quiet(settings, now)
            if hours is None or now - hours[1] > TOLD_UNTIL or self._done.get(chat_id) == hours[1]:
                continue
            begin, end = hours
            titles = await self._store.silent_titles(chat_id, begin, end)
            if titles:
                page = quiet_summary_page(titles, settings)
                key = f"quiet:{chat_id}:{end:%Y-%m-%dT%H:%M}"
                await self._say(chat_id, page, Priority.DIGEST, key)
            self._done[chat_id] = end
