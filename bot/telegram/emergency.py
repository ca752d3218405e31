"""What works while the database does not: stopping, cancelling, and saying that nothing else does.

Rules: a /kill of somebody who may trade holds from the moment it arrives, before anything is
written; an update that cannot be written down stays at Telegram and comes again, but a kill or a
cancel is done at once all the same, because doing it twice does no harm. Whatever else somebody
who may trade wants is refused, with a sentence, and what was refused is not done later: whoever
reads that nothing was sent may do it elsewhere. Who may is known from what the database said while
it answered; whoever it never named waits.
"""

import logging
from collections.abc import Sequence
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError

from bot.core.access import Access, allows
from bot.core.delivery import SendFailed
from bot.core.queue import Priority
from bot.core.texts.commands import STOPS
from bot.core.texts.safety import emergency_page
from bot.core.texts.unkept import refused_page, refused_toast
from bot.core.trade.account_args import Whom
from bot.core.trade.limits import PauseKind
from bot.desk.doors import ChatAccount
from bot.desk.kill import Ended, Ending, accounts_of
from bot.desk.services import Services
from bot.outbox import Outbox
from bot.store import StoreFull, StoreUnavailable
from bot.store.safety import EVERYWHERE
from bot.telegram.arrival import Arrival, read_message, read_tap
from bot.telegram.intake import is_stop, words_of
from bot.telegram.known import KnownRoles
from kraken.clock import Clock

log = logging.getLogger(__name__)

SWEEPS = frozenset({"cancel", "cancelall"})
_KILL_TAP = "v1:kill:"
_ALL = "all"
_REMEMBERED = 1000


class Emergency:
    """Looks at every update before it is written down, and acts where it cannot be."""

    def __init__(
        self, bot: Bot, roles: KnownRoles, services: Services, outbox: Outbox, clock: Clock
    ) -> None:
        self._bot = bot
        self._roles = roles
        self._services = services
        self._outbox = outbox
        self._clock = clock
        self._done: dict[int, None] = {}
        self._refused: dict[int, None] = {}
        self.bot_name = ""

    def peek(self, updates: Sequence[dict[str, Any]]) -> None:
        """Hold what is to be stopped; called before the database is asked."""
        for update in updates:
            arrival = self._read(update)
            if arrival is not None and self._stops(arrival):
                where = EVERYWHERE if self._is_for_all(arrival) else arrival.chat_id
                self._services.brakes.hold(where, PauseKind.KILL, by=arrival.user_id)

    async def act(self, updates: Sequence[dict[str, Any]], error: StoreUnavailable) -> None:
        """These could not be written down: stop and cancel now, refuse the others; each once."""
        new = [update for update in updates if int(update["update_id"]) not in self._done]
        others = []
        for update in new:
            arrival = self._read(update)
            whom = self._sweeps(arrival) if arrival is not None else None
            if arrival is None or whom is None:
                others.append(update)
                continue
            self._note(self._done, int(update["update_id"]))
            await self._sweep(arrival, whom, stops=self._stops(arrival))
        told: set[int] = set()
        for update in others:
            if await self._refuse(update, told, is_full=isinstance(error, StoreFull)):
                self._note(self._done, int(update["update_id"]))
                self._note(self._refused, int(update["update_id"]))

    def was_refused(self, update_id: int) -> bool:
        """Whether somebody was told that this is not done."""
        return update_id in self._refused

    @staticmethod
    def _note(numbers: dict[int, None], number: int) -> None:
        numbers[number] = None
        if len(numbers) > _REMEMBERED:
            del numbers[next(iter(numbers))]

    async def _refuse(self, update: dict[str, Any], told: set[int], *, is_full: bool) -> bool:
        """Say that nothing is done about it; False where that could not be said, or is not.

        One message in each chat at a time: the next kill must not wait until all are said.
        """
        arrival = self._parsed(update)
        if arrival is None or arrival.key_text is not None:  # a key has to be deleted later
            return False
        try:
            if arrival.query_id:
                text = refused_toast(is_full=is_full)
                await self._bot.answer_callback_query(arrival.query_id, text, show_alert=True)
            elif arrival.chat_id not in told and _is_for_us(arrival):
                told.add(arrival.chat_id)
                page = refused_page(is_full=is_full)
                await self._outbox.send(arrival.chat_id, page, Priority.REPLY, topic=arrival.topic)
            else:
                return False
        except (SendFailed, TelegramError) as error:
            log.warning("nobody was told that an update is not done: %s", error)
            return False
        return True

    def _read(self, update: dict[str, Any]) -> Arrival | None:
        """A kill or a cancel of somebody who may trade there."""
        if not is_stop(update) and not _sweeps_by_name(update):
            return None
        return self._parsed(update)

    def _parsed(self, update: dict[str, Any]) -> Arrival | None:
        """A message or tap of somebody who may trade there, written by them, for us."""
        try:
            parsed = Update.de_json(update, self._bot)
        except Exception:  # noqa: BLE001 - what cannot be read asks for nothing; its turn says so
            return None
        if parsed.callback_query is not None:
            arrival = read_tap(parsed.callback_query, self._clock.now())
        else:
            arrival = read_message(parsed)
        if arrival is None or arrival.impersonal or arrival.edited or arrival.forwarded:
            return None
        named = arrival.addressed_to.lower()
        if named and named != self.bot_name.lower():
            return None
        role = self._roles.of(arrival.user_id, arrival.chat_id)
        return arrival if allows(role, Access.TRADER, arrival.chat_kind) else None

    def _stops(self, arrival: Arrival) -> bool:
        if arrival.query_id:
            return arrival.data.startswith(_KILL_TAP)
        if arrival.command not in STOPS:
            return False
        return self._is_for_all(arrival) or arrival.args.lower() != _ALL

    def _is_for_all(self, arrival: Arrival) -> bool:
        role = self._roles.of(arrival.user_id, arrival.chat_id)
        wants_all = arrival.command in STOPS and arrival.args.lower() == _ALL
        return wants_all and allows(role, Access.OWNER)

    def _sweeps(self, arrival: Arrival) -> Whom | None:
        """Which orders are cancelled because of it; a kill spares what protects."""
        if self._stops(arrival):
            return "entries"
        if arrival.command not in SWEEPS:
            return None
        return "all" if _ALL in arrival.args.lower().split() else "entries"

    async def _sweep(self, arrival: Arrival, whom: Whom, *, stops: bool) -> None:
        chats = await self._accounts(arrival.chat_id)
        for chat in chats:
            key = ("emergency", arrival.chat_id, chat.mode)
            self._services.tasks.start(key, self._end(chat, whom))
        log.warning("chat %s: cancelling %s without a database", arrival.chat_id, whom)
        page = emergency_page(stopped=stops, cancelling=bool(chats))
        try:
            await self._outbox.send(arrival.chat_id, page, Priority.KILL, topic=arrival.topic)
        except SendFailed as error:
            log.warning("the answer to an emergency could not be delivered: %s", error)

    async def _end(self, chat: ChatAccount, whom: Whom) -> None:
        def note(ended: Ended) -> None:
            log.warning("chat %s: %s ended, %s left", chat.chat_id, ended.ended, ended.left)

        await Ending(self._services, chat, whom).run(note)

    async def _accounts(self, chat_id: int) -> list[ChatAccount]:
        """Those at hand; the database may be asked, it often still reads."""
        found = self._services.accounts.at_hand(chat_id)
        if found:
            return found
        try:
            return await accounts_of(self._services, chat_id)
        except StoreUnavailable:
            return []


def _sweeps_by_name(update: dict[str, Any]) -> bool:
    name = words_of(update).partition(" ")[0].partition("@")[0]
    return name[:1] == "/" and name[1:].lower() in SWEEPS


def _is_for_us(arrival: Arrival) -> bool:
    return arrival.chat_kind == "private" or bool(arrival.addressed_to)
