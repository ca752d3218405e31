"""Heartbeat: once a day a chat that asked for it hears, without a sound, that the bot is there.

Whoever does not see it in the morning knows that something is wrong, which no other message can
say.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Protocol

from bot.core.alerts.words import Alert
from bot.core.notices import Loudness, Notice, loudness
from bot.core.page import Page
from bot.core.plans.types import Plan
from bot.core.queue import Priority
from bot.core.settings import ChatSettings
from bot.core.slots import Cadence, Rhythm, next_slot
from bot.core.texts.heartbeat import heartbeat_page
from bot.core.trade.types import Mode
from bot.store import StoreUnavailable
from kraken.clock import Clock

log = logging.getLogger(__name__)

AT = time(9)
"""On the chat's own clocks."""
_LATEST = timedelta(hours=1)
"""A bot that was off at the time says so no later than this."""
_LOOKS_EVERY = 60.0
_DAY = timedelta(days=1)


class Kept(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def chats_with_notice(self, notice: str) -> list[tuple[int, ChatSettings]]: ...
    async def alerts(self, chat_id: int | None = None) -> Sequence[Alert]: ...
    async def plans_of(self, chat_id: int) -> Sequence[Plan]: ...


class Says(Protocol):
    """What is asked of the outbox: ``bot.outbox.Outbox.push``."""

    async def __call__(
        self, chat_id: int, page: Page, priority: Priority, event_key: str
    ) -> bool: ...


class Heartbeat:
    """Runs as long as the bot does."""

    def __init__(
        self,
        store: Kept,
        say: Says,
        clock: Clock,
        is_connected: Callable[[], bool],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._say = say
        self._clock = clock
        self._is_connected = is_connected
        self._sleep = sleep
        self._since = clock.now()
        self._done: dict[int, str] = {}
        """The day that was told last, by chat."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                log.warning("the heartbeat comes later: %s", error)
            await self._sleep(_LOOKS_EVERY)

    async def look(self) -> None:
        """Tell those whose time it is; once a day, also over a restart."""
        now = self._clock.now()
        for chat_id, settings in await self._store.chats_with_notice(Notice.HEARTBEAT.value):
            day = _day(settings, now)
            loud = loudness(settings, Notice.HEARTBEAT, Mode.PAPER, now)
            if day is None or self._done.get(chat_id) == day or loud is Loudness.OFF:
                continue
            page = heartbeat_page(
                up=now - self._since,
                connected=self._is_connected(),
                alerts=len(await self._store.alerts(chat_id)),
                plans=len(await self._store.plans_of(chat_id)),
            )
            page = replace(page, silent=loud is Loudness.SILENT)
            await self._say(chat_id, page, Priority.DIGEST, f"heartbeat:{chat_id}:{day}")
            self._done[chat_id] = day


def _day(settings: ChatSettings, now: datetime) -> str | None:
    """The date whose time has just come; None at any other time."""
    cadence = Cadence(Rhythm.DAYS, now - 2 * _DAY, at=AT)
    slot = next_slot(cadence, settings.zone, now - _LATEST)
    return slot.id if slot is not None and slot.at <= now else None
