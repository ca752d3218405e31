"""From an arrival to its handler, and from whatever goes wrong to a sentence.

Rules: the gate decides first; edited and forwarded messages are never run; a tap is looked up,
then checked, then run; every error ends in one sentence, and a fault of ours in a reference that
the log has beside the traceback.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot
from telegram.error import TelegramError

from bot import log as logs
from bot.core.access import Role, allows
from bot.core.delivery import Refused, SendFailed
from bot.core.errors import Expired, NotAllowed, UserError
from bot.core.keys import KeyText
from bot.core.page import Page
from bot.core.texts import gate as texts
from bot.core.texts.commands import URGENT
from bot.core.texts.errors import bug_page, error_page
from bot.core.texts.unkept import no_database_page
from bot.desk import attempts
from bot.desk.services import Services
from bot.handlers import Command, Tap
from bot.handlers.ask import Ask
from bot.handlers.command import Handler
from bot.outbox import Outbox
from bot.store import Store, StoredButton, StoreFull, StoreUnavailable
from bot.tasks import with_companion
from bot.telegram.arrival import Arrival
from bot.telegram.ask import TelegramAsk
from bot.telegram.gate import Gate

log = logging.getLogger(__name__)

_LIMIT = timedelta(seconds=30)
"""For one message or tap; what takes longer is a task of its own."""
_COSTLY = "candles"
"""The command, and the verb of its buttons, that makes charts."""
_PATIENCE = 0.5
"""Seconds a handler has for a toast of its own, before the button stops waiting."""


@dataclass(slots=True)
class _Backlog:
    """What a chat wrote while the bot was away."""

    count: int = 1
    summary: int | None = None
    """The message that sums it up."""


class Router:
    """Runs what the gate lets through."""

    def __init__(
        self,
        *,
        bot: Bot,
        gate: Gate,
        store: Store,
        outbox: Outbox,
        services: Services,
        commands: Iterable[Command],
        taps: Mapping[str, Tap],
        unknown_command: Handler,
        free_text: Handler,
        key_texts: Mapping[KeyText, Handler],
        limit: timedelta = _LIMIT,
    ) -> None:
        self._bot = bot
        self._gate = gate
        self._store = store
        self._outbox = outbox
        self._services = services
        self._commands = {
            name: command for command in commands for name in (command.name, *command.aliases)
        }
        self._taps = {**taps, **gate.taps}
        self._unknown_command = unknown_command
        self._free_text = free_text
        self._key_texts = key_texts
        self._limit = limit
        self._backlogs: dict[int, _Backlog] = {}
        self.bot_name = ""
        """The bot's user name, once Telegram has told it."""

    async def message(self, arrival: Arrival) -> None:
        """Somebody wrote."""
        if arrival.chat_kind == "group" and not self._is_for_us(arrival):
            return
        ask = self._ask(arrival, Role.STRANGER)
        try:
            role = await self._gate.admit(arrival)
        except Exception as error:  # noqa: BLE001 - told as whatever goes wrong in a handler
            if arrival.key_text is not None:
                await ask.delete(arrival.message_id)
            await self._tell(ask, error)
            return
        if role is None:
            return
        ask.role = role
        handler = self._handler_of(arrival, ask)
        if handler is not None:
            await self._guarded(ask, handler)

    def _handler_of(self, arrival: Arrival, ask: TelegramAsk) -> Handler | None:
        """What is done with a message of somebody who is let in; None: nothing."""
        if arrival.is_wordless:
            may_hear = self._gate.may_hear_of_wordless(arrival.user_id)
            return _saying(texts.wordless_page()) if may_hear else None
        if (kind := arrival.key_text) is not None:
            return self._key_texts[kind]
        if (refusal := _not_run(arrival)) is not None:
            return _saying(refusal)
        handler = self._handler(arrival, ask.role)
        if arrival.command in URGENT:
            return handler
        if arrival.is_old(ask.now):
            return self._late(handler)
        self._backlogs.pop(arrival.chat_id, None)
        return handler

    async def tap(self, arrival: Arrival) -> None:
        """Somebody pressed a button."""
        ask = self._ask(arrival, Role.STRANGER)
        try:
            handler = await self._admit_tap(arrival, ask)
        except Exception as error:  # noqa: BLE001 - told as whatever goes wrong in a handler
            await self._tell(ask, error)
            return
        if handler is not None:
            await self._guarded(ask, handler)

    async def _admit_tap(self, arrival: Arrival, ask: TelegramAsk) -> Handler | None:
        """What the tap starts; None if it ends here, with a toast."""
        ask.role = await self._gate.role_of(arrival)
        if ask.role in (Role.STRANGER, Role.BLOCKED):
            await ask.toast(texts.PRIVATE)
            return None
        if not self._gate.may_tap(arrival.user_id):
            await ask.toast(texts.TOO_MANY_TAPS)
            return None
        button = await self._button(arrival)
        tap = self._taps.get(button.verb) if button else None
        if button is None or tap is None or button.expires_at < ask.now:
            await self._finish(ask)
            return None
        if refusal := self._refusal(ask, button, tap):
            await ask.toast(refusal)
            return None
        ask.payload = button.payload
        return tap.handler

    def _refusal(self, ask: TelegramAsk, button: StoredButton, tap: Tap) -> str:
        """Why this person may not press this button now, or nothing."""
        if button.user_id not in (None, ask.user_id):
            return texts.NOT_YOURS
        if not allows(ask.role, tap.access, ask.chat_kind):
            return texts.NOT_ALLOWED
        if self._makes_chart(button) and not self._gate.may_draw(ask.user_id):
            return texts.TOO_MANY_CHARTS
        return ""

    def _makes_chart(self, button: StoredButton) -> bool:
        if button.verb != "run":
            return button.verb == _COSTLY
        command = self._commands.get(str(button.payload.get("command", "")))
        return command is not None and command.name == _COSTLY

    async def _finish(self, ask: TelegramAsk) -> None:
        """The button stands for nothing any more: say so, and take it away."""
        await ask.toast(texts.FINISHED)
        with contextlib.suppress(TelegramError):
            await self._bot.edit_message_reply_markup(ask.chat_id, ask.message_id)

    def _is_for_us(self, arrival: Arrival) -> bool:
        """In a group: a command that names this bot, or one that is ours and names nobody."""
        if arrival.addressed_to:
            return arrival.addressed_to.lower() == self.bot_name.lower()
        return arrival.command in self._commands

    def _handler(self, arrival: Arrival, role: Role) -> Handler:
        if not arrival.text.startswith("/"):
            return self._free_text
        command = self._commands.get(arrival.command)
        if command is None:
            return self._unknown_command
        if not allows(role, command.access, arrival.chat_kind):
            return _refusing(NotAllowed(command.access, f"/{command.name}"))
        if command.name == _COSTLY and not self._gate.may_draw(arrival.user_id):
            return _saying(texts.too_many_charts_page())
        return command.handler

    def _late(self, handler: Handler) -> Handler:
        """The first old message of a chat is answered, with a word; the others are summed up."""

        async def answer(ask: Ask) -> None:
            age = ask.now - ask.sent_at
            backlog = self._backlogs.get(ask.chat_id)
            if backlog is None:
                self._backlogs[ask.chat_id] = _Backlog()
                await ask.reply(texts.stale_page(age))
                await handler(ask)
                return
            backlog.count += 1
            page = texts.backlog_page(backlog.count, age, ask.text)
            if backlog.summary is None:
                backlog.summary = await ask.reply(page)
            else:
                self._outbox.edit_soon(ask.chat_id, backlog.summary, page)

        return answer

    async def _button(self, arrival: Arrival) -> StoredButton | None:
        version, _, rest = arrival.data.partition(":")
        verb, _, token = rest.partition(":")
        button = await self._store.button(token) if version == "v1" else None
        if button is None or button.chat_id != arrival.chat_id or button.verb != verb:
            return None
        return button

    def _ask(self, arrival: Arrival, role: Role) -> TelegramAsk:
        return TelegramAsk(arrival, role, self._services, self._outbox, self._bot)

    async def _guarded(self, ask: TelegramAsk, handler: Handler) -> None:
        """Run a handler within the limit; whatever it raises becomes a sentence."""
        limit = asyncio.timeout(self._limit.total_seconds())
        with attempts.watched() as attempt:
            try:
                async with limit:
                    await with_companion(handler(ask), ask.acknowledge_after(_PATIENCE))
            except Exception as error:  # noqa: BLE001 - the one error handler
                maybe_sent, too_slow = attempt.was_made, limit.expired()
                await self._tell(ask, error, too_slow=too_slow, maybe_sent=maybe_sent)
        await ask.acknowledge()

    async def _tell(
        self,
        ask: TelegramAsk,
        error: Exception,
        *,
        too_slow: bool = False,
        maybe_sent: bool = False,
    ) -> None:
        """Say what went wrong. Never silence, never a traceback in the chat."""
        if isinstance(error, SendFailed) and not isinstance(error, Refused):
            log.warning("an answer could not be delivered: %s", error)
            return
        if isinstance(error, Expired) and ask.is_tap:
            could_toast = ask.can_toast
            await self._finish(ask)
            if could_toast:
                return
        page = error_page(error, **_what_was_run(ask))
        if isinstance(error, StoreUnavailable):
            log.warning("not answered: %s", error)
            page = no_database_page(maybe_sent=maybe_sent, is_full=isinstance(error, StoreFull))
        if too_slow and ask.saying:
            log.warning("an answer is late because it waits for its turn")
            return
        if page is None:
            reference = logs.reference()
            log.error("#%s: %s failed", reference, ask.command or "a tap", exc_info=error)
            make = texts.too_slow_page if too_slow else bug_page
            page = make(reference, maybe_sent=maybe_sent)
        try:
            await ask.reply(page)
        except SendFailed as failure:
            log.warning("an error could not be told: %s", failure)


def _what_was_run(ask: TelegramAsk) -> dict[str, str]:
    """The command that an error is about: typed, or what the tapped button stands for."""
    if ask.command:
        return {"command": ask.command, "args": ask.args}
    return {name: str(ask.payload.get(name, "")) for name in ("command", "args")}


def _not_run(arrival: Arrival) -> Page | None:
    """What is said instead of running a message that is not what its sender wrote just now."""
    if arrival.edited:
        return texts.edited_page(arrival.text if arrival.command else "")
    if arrival.forwarded and arrival.command:
        return texts.forwarded_page(arrival.text)
    return None


def _saying(page: Page) -> Handler:
    async def say(ask: Ask) -> None:
        await ask.reply(page)

    return say


def _refusing(error: UserError) -> Handler:
    async def refuse(ask: Ask) -> None:
        raise error

    return refuse
