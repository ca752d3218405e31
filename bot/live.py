"""Live messages: a message that follows the market until its time is over.

Rules: it changes no more often than its show says, and only when its text changed; it slows down
while Telegram holds its chat up; it ends when its time is over, when a newer one takes its place,
when a person stops it, or when the message is gone; its last words say why, and it is pinned no
more unless it is only paused. Its row outlives the process: after a restart it goes on, or says
that its time ended meanwhile.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from datetime import datetime, timedelta

from bot import log as logs
from bot.core.errors import Expired, UserError
from bot.core.live import Stop
from bot.core.page import Page, Payload
from bot.core.settings import LiveRow
from bot.core.texts.errors import bug_page, error_page
from bot.core.texts.live import stopped_page
from bot.desk import attempts
from bot.desk.services import Services
from bot.desk.shows import PINNED, Show, show_of
from kraken.core.errors import KrakenError

log = logging.getLogger(__name__)

_HELD_UP = timedelta(seconds=2)
"""An edit that took longer was held up by Telegram."""
_PROGRESS_EVERY = timedelta(seconds=4)
_LAST_WORD = 1.0
"""Seconds for a last word when the whole bot may be stopping."""
_SLOWEST = timedelta(seconds=60)


class LiveMessage:
    """One message and the show that it carries."""

    def __init__(self, services: Services, row: LiveRow, show: Show) -> None:
        self._services = services
        self._row = row
        self._show = show
        self._pace = show.every

    async def run(self) -> None:
        """Follow until it ends; the row is gone then."""
        row, store = self._row, self._services.store
        async with self._show.watching():
            if await self._follow():
                await self._say(self._show.last_page(Stop.TIME))
        await store.remove_live(row.chat_id, row.message_id)

    async def _follow(self) -> bool:
        """True when the time is over, False when the message is gone."""
        said: Page | None = None
        while self._services.clock.now() < self._row.ends_at:
            self._show.settings = await self._services.store.chat_settings(self._row.chat_id)
            page = await self._show.page(self._row.ends_at)
            if page != said:
                if not await self._say(page):
                    return False
                said = page
            await self._services.sleep(self._pace.total_seconds())
        return True

    async def _say(self, page: Page) -> bool:
        row = self._row
        began = self._services.clock.now()
        there = await self._services.outbox.edit_live(row.chat_id, row.message_id, page)
        self._adapt(self._services.clock.now() - began)
        return there

    def _adapt(self, took: timedelta) -> None:
        """Half as often after each edit that was held up, back to the usual in the same steps."""
        if took > _HELD_UP:
            self._pace = min(self._pace * 2, _SLOWEST)
        else:
            self._pace = max(self._pace / 2, self._show.every)


async def start(services: Services, row: LiveRow) -> None:
    """Let the message follow its show from now on.

    Raises:
        KrakenError: the market cannot show it.
    """
    show = await show_of(services, row)
    await services.store.save_live(row)
    services.tasks.start(_key(row), _run(services, row, show))


async def stop(services: Services, row: LiveRow, why: Stop) -> Page:
    """End it and return its last words, which are to be said by whoever ends it."""
    services.tasks.stop(_key(row))
    await services.store.remove_live(row.chat_id, row.message_id)
    if why is not Stop.PAUSED:
        await _unpin(services, row)
    try:
        show = await show_of(services, row)
    except KrakenError as error:
        log.info("live %s ends without numbers: %r", row.kind, error)
        return stopped_page(why)
    async with show.watching():
        return show.last_page(why)


async def replace(services: Services, chat_id: int, kind: str, but: int) -> None:
    """End the others of this kind in the chat, because there is a newer one."""
    for row in await rows_of(services, chat_id, kind):
        if row.message_id != but:
            page = await stop(services, row, Stop.REPLACED)
            await services.outbox.edit_live(chat_id, row.message_id, page)


async def resume(services: Services) -> None:
    """After a start: go on with what still has time, and end the rest with a word."""
    for row in await services.store.live_rows():
        services.tasks.start(_key(row), _resume(services, row))


async def rows_of(services: Services, chat_id: int, kind: str) -> list[LiveRow]:
    """The live messages of one kind in a chat, oldest first."""
    now = services.clock.now()
    rows = await services.store.live_rows(chat_id)
    return [row for row in rows if row.kind == kind and row.ends_at > now]


async def row_of(services: Services, chat_id: int, message_id: int) -> LiveRow:
    """The row of a message that is live.

    Raises:
        Expired: it is not live (any more).
    """
    for row in await services.store.live_rows(chat_id):
        if row.message_id == message_id:
            return row
    raise Expired


def row_for(
    chat_id: int, message_id: int, kind: str, payload: Payload, now: datetime, lasts: timedelta
) -> LiveRow:
    """The row of a live message that begins now."""
    return LiveRow(chat_id, message_id, kind, payload, now + lasts)


class Progress:
    """Says how far long work is, so seldom that the chat's other business is not held up."""

    def __init__(self, services: Services, say: Callable[[Page], Awaitable[None]]) -> None:
        self._clock = services.clock
        self._say = say
        self._said: Page | None = None
        self._next = services.clock.now() + _PROGRESS_EVERY

    async def tell(self, page: Page) -> None:
        """Say it, unless it was said already or something was said a moment ago."""
        if page == self._said or self._clock.now() < self._next:
            return
        self._said, self._next = page, self._clock.now() + _PROGRESS_EVERY
        await self._say(page)


async def in_background(
    services: Services,
    key: Hashable,
    work: Callable[[], Awaitable[None]],
    say: Callable[[Page], Awaitable[None]],
    given_up: Page,
) -> None:
    """Run long work beside the chat's other business; a newer one under the key takes its place.

    What goes wrong at Kraken's end, or cannot be, is said as it would be if the chat had waited;
    ``given_up`` is said when it is ended before it is done. What breaks is said, too.
    """
    services.tasks.start(key, _said(work, say, given_up))


async def _said(
    work: Callable[[], Awaitable[None]], say: Callable[[Page], Awaitable[None]], given_up: Page
) -> None:
    try:
        with attempts.watched() as attempt:
            await work()
    except asyncio.CancelledError:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD):
                await say(given_up)
        raise
    except (KrakenError, UserError) as error:
        log.warning("long work failed: %r", error)
        page = error_page(error)
        assert page is not None  # the texts know all of them
        await say(page)
    except Exception:
        # A fault of ours: nobody waits in vain for what ended.
        reference = logs.reference()
        log.exception("#%s: long work failed", reference)
        await say(bug_page(reference, maybe_sent=attempt.was_made))


async def _resume(services: Services, row: LiveRow) -> None:
    await services.market.ready()
    is_over = row.ends_at <= services.clock.now()
    try:
        show = await show_of(services, row)
    except KrakenError as error:
        log.warning("live %s of chat %s is not resumed: %r", row.kind, row.chat_id, error)
        await _end(services, row, stopped_page(Stop.AWAY if is_over else Stop.FAILED))
        return
    if is_over:
        await _end(services, row, show.last_page(Stop.AWAY))
    else:
        await _run(services, row, show)


async def _run(services: Services, row: LiveRow, show: Show) -> None:
    try:
        await LiveMessage(services, row, show).run()
    except KrakenError as error:
        log.warning("live %s of chat %s ends: %r", row.kind, row.chat_id, error)
        await _end(services, row, show.last_page(Stop.FAILED))
    else:
        await _unpin(services, row)


async def _end(services: Services, row: LiveRow, last: Page) -> None:
    """It cannot go on: forget it and say its last words."""
    await services.store.remove_live(row.chat_id, row.message_id)
    await services.outbox.edit_live(row.chat_id, row.message_id, last)
    await _unpin(services, row)


async def _unpin(services: Services, row: LiveRow) -> None:
    if row.kind in PINNED:
        await services.unpin(row.chat_id, row.message_id)


def _key(row: LiveRow) -> tuple[str, int, int]:
    return ("live", row.chat_id, row.message_id)
