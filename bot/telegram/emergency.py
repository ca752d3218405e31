"""What works while the database does not: stopping, and cancelling.

Rules: a /kill of somebody who may trade holds from the moment it arrives, before anything is
written; an update that cannot be written down is normally left at Telegram and comes again, but
a kill or a cancel is done at once all the same, because doing it twice does no harm. Who may is
known from what the database said while it answered; whoever it never named is not heard.
"""

import logging
from collections.abc import Sequence
from typing import Any

from telegram import Bot, Update

from bot.core.access import Access, allows
from bot.core.delivery import SendFailed
from bot.core.queue import Priority
from bot.core.texts.commands import STOPS
from bot.core.texts.safety import emergency_page
from bot.core.trade.account_args import Whom
from bot.core.trade.limits import PauseKind
from bot.desk.doors import ChatAccount
from bot.desk.kill import Ended, Ending, accounts_of
from bot.desk.services import Services
from bot.outbox import Outbox
from bot.store import StoreUnavailable
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
        self.bot_name = ""

    def peek(self, updates: Sequence[dict[str, Any]]) -> None:
        """Hold what is to be stopped; called before the database is asked."""
        for update in updates:
            arrival = self._read(update)
            if arrival is not None and self._stops(arrival):
                where = EVERYWHERE if self._is_for_all(arrival) else arrival.chat_id
                self._services.brakes.hold(where, PauseKind.KILL, by=arrival.user_id)

    async def act(self, updates: Sequence[dict[str, Any]]) -> None:
        """These could not be written down: stop and cancel now, and say so; each once."""
        for update in updates:
            arrival, number = self._read(update), int(update["update_id"])
            if arrival is None or number in self._done:
                continue
            whom = self._sweeps(arrival)
            if whom is None:
                continue
            self._done[number] = None
            if len(self._done) > _REMEMBERED:
                del self._done[next(iter(self._done))]
            await self._sweep(arrival, whom, stops=self._stops(arrival))

    def _read(self, update: dict[str, Any]) -> Arrival | None:
        """A message or tap of somebody who may trade there, written by them, for us."""
        if not is_stop(update) and not _sweeps_by_name(update):
            return None
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
