"""The ``Ask`` that handlers get: one arrival, and answers that leave through the outbox."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from telegram import Bot
from telegram.error import TelegramError

from bot.core.access import Role
from bot.core.delivery import ChatGone
from bot.core.page import Page, Payload
from bot.core.queue import Priority
from bot.desk.services import Services
from bot.outbox import Outbox
from bot.telegram.arrival import Arrival

log = logging.getLogger(__name__)

_TOAST = 200
"""Characters of a toast (https://core.telegram.org/bots/api#answercallbackquery)."""


class TelegramAsk:
    """Satisfies ``bot.handlers.ask.Ask``."""

    def __init__(
        self,
        arrival: Arrival,
        role: Role,
        services: Services,
        outbox: Outbox,
        bot: Bot,
        payload: Payload | None = None,
    ) -> None:
        self._arrival = arrival
        self._outbox = outbox
        self._bot = bot
        self._answered = not arrival.query_id
        self._saying = 0
        self.role = role
        self.services = services
        self.payload: Payload = payload or {}
        self.now: datetime = services.clock.now()

    @property
    def chat_id(self) -> int:
        return self._arrival.chat_id

    @property
    def chat_kind(self) -> Literal["private", "group"]:
        return self._arrival.chat_kind

    @property
    def user_id(self) -> int:
        return self._arrival.user_id

    @property
    def user_name(self) -> str:
        return self._arrival.user_name

    @property
    def message_id(self) -> int:
        return self._arrival.message_id

    @property
    def text(self) -> str:
        return self._arrival.text

    @property
    def typed(self) -> str:
        return self._arrival.typed

    @property
    def command(self) -> str:
        return self._arrival.command

    @property
    def args(self) -> str:
        return self._arrival.args

    @property
    def sent_at(self) -> datetime:
        return self._arrival.sent_at

    @property
    def reply_to_message_id(self) -> int | None:
        return self._arrival.reply_to_message_id

    @property
    def reply_to_user(self) -> tuple[int, str] | None:
        return self._arrival.reply_to_user

    @property
    def topic(self) -> int | None:
        return self._arrival.topic

    @property
    def forwarded(self) -> bool:
        return self._arrival.forwarded

    @property
    def is_tap(self) -> bool:
        """Whether a button was pressed."""
        return bool(self._arrival.query_id)

    @property
    def can_toast(self) -> bool:
        """Whether the press was not answered yet."""
        return not self._answered

    @property
    def saying(self) -> bool:
        """An answer is waiting to leave: it will arrive, however long the handler is given."""
        return self._saying > 0

    async def reply(self, page: Page) -> int:
        """Say it in a new message; in a group as a reply to what was asked."""
        await self.acknowledge()
        reply_to = self.message_id if self.chat_kind == "group" else None
        with self._speaking():
            return await self._outbox.send(
                self.chat_id, page, Priority.REPLY, reply_to=reply_to, topic=self.topic
            )

    async def whisper(self, page: Page) -> bool:
        """Say it to this person in private, unless they never wrote to the bot, or blocked it."""
        try:
            await self._outbox.send(self.user_id, page, Priority.REPLY)
        except ChatGone:
            return False
        return True

    async def edit(self, page: Page, message_id: int | None = None) -> None:
        """Say it in place of an earlier message, or anew if that is gone."""
        await self.acknowledge()
        with self._speaking():
            target = message_id or self.message_id
            await self._outbox.edit_or_send(self.chat_id, target, page, self.topic)

    async def toast(self, text: str, alert: bool = False) -> None:
        """Answer the tap with a note, if it was not answered yet."""
        if self._answered:
            return
        self._answered = True
        try:
            await self._bot.answer_callback_query(
                self._arrival.query_id, text[:_TOAST] or None, show_alert=alert
            )
        except TelegramError as error:
            # An old query is refused; the person sees the answer in the chat all the same.
            log.info("a tap could not be answered: %s", error)

    async def acknowledge(self) -> None:
        """Answer the tap without a word, so that the button stops waiting."""
        await self.toast("")

    async def acknowledge_after(self, seconds: float) -> None:
        """The same, if the handler has not done it by then."""
        await asyncio.sleep(seconds)
        await self.acknowledge()

    async def typing(self, action: str = "typing") -> None:
        """Show that the answer is being made."""
        await self.acknowledge()
        with contextlib.suppress(TelegramError):
            await self._bot.send_chat_action(self.chat_id, action, message_thread_id=self.topic)

    async def set_pinned(self, message_id: int) -> bool:
        """Pin silently; False where the bot may not."""
        try:
            return await self._bot.pin_chat_message(
                self.chat_id, message_id, disable_notification=True
            )
        except TelegramError:
            return False

    async def delete(self, message_id: int) -> bool:
        """Delete a message; False where the bot may not."""
        try:
            return await self._bot.delete_message(self.chat_id, message_id)
        except TelegramError:
            return False

    @contextlib.contextmanager
    def _speaking(self) -> Iterator[None]:
        self._saying += 1
        try:
            yield
        except asyncio.CancelledError:
            raise  # the message stays in the outbox, so something is still being said
        except BaseException:  # only a cancelled wait leaves the message in the outbox
            self._saying -= 1
            raise
        self._saying -= 1
