"""Commands that nobody typed just now: a plan says them, and the chat gets what they answer."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.core.access import Role, allows
from bot.core.delivery import SlowDown, Unreachable
from bot.core.errors import NotAllowed
from bot.core.notices import Loudness, Notice, loudness
from bot.core.page import Page, Payload
from bot.core.plans.misfit import NotScheduled
from bot.core.plans.types import TRADES, USABLE, CommandPlan, Plan, Run, is_usable
from bot.core.queue import Priority
from bot.core.texts.errors import bug_page, error_page
from bot.core.texts.plans_told import with_head
from bot.core.texts.unkept import no_database_page
from bot.core.trade.types import Mode
from bot.desk import attempts
from bot.desk.services import Services
from bot.handlers.ask import ChatKind
from bot.handlers.command import Command
from bot.log import reference
from bot.store import StoreUnavailable

log = logging.getLogger(__name__)

Send = Callable[[int, Page], Awaitable[int]]
"""Says it now and returns the message (chat, page)."""


class Scheduled:
    """Satisfies ``bot.handlers.ask.Ask``: the maker of the plan, in its chat."""

    def __init__(
        self, services: Services, plan: Plan, role: Role, command: str, send: Send | None
    ) -> None:
        self._plan = plan
        self._send = send
        name, _, args = command.removeprefix("/").partition(" ")
        self.command = name.lower()
        self.args = args.strip()
        self.text = self.typed = ""  # nobody wrote a message: what only typing does is not done
        self.role = role
        self.services = services
        self.now: datetime = services.clock.now()
        self.sent_at = self.now
        self.payload: Payload = {}
        self.pages: dict[int, Page] = {}
        """What was answered, where it is not sent at once."""
        self.message_id = 0
        self.user_name = ""
        self.forwarded = False
        self.topic: int | None = None
        self.reply_to_message_id: int | None = None
        self.reply_to_user: tuple[int, str] | None = None

    @property
    def chat_id(self) -> int:
        return self._plan.chat_id

    @property
    def chat_kind(self) -> ChatKind:
        return "private" if self._plan.chat_id > 0 else "group"

    @property
    def user_id(self) -> int:
        return self._plan.user_id

    async def reply(self, page: Page) -> int:
        """Say it now, or keep it for the push."""
        if self._send is not None:
            return await self._send(self.chat_id, page)
        number = -1 - len(self.pages)
        self.pages[number] = page
        return number

    async def whisper(self, page: Page) -> bool:
        """Nobody asks in a group now: it is not said there either."""
        return False

    async def edit(self, page: Page, message_id: int | None = None) -> None:
        """What was kept becomes this."""
        self.pages[message_id if message_id in self.pages else -1 - len(self.pages)] = page

    async def toast(self, text: str, alert: bool = False) -> None:
        """Nobody pressed anything."""

    async def typing(self, action: str = "typing") -> None:
        """Nobody waits."""

    async def set_pinned(self, message_id: int) -> bool:
        return False

    async def delete(self, message_id: int) -> bool:
        return self.pages.pop(message_id, None) is not None


class Teller:
    """Runs the commands of a plan: satisfies ``bot.desk.plans_runs.Say``."""

    def __init__(
        self,
        services: Services,
        commands: Mapping[str, Command],
        role_of: Callable[[int, int], Awaitable[Role]],
        send: Send,
    ) -> None:
        self._services = services
        self._commands = commands
        self._role_of = role_of
        self._send = send

    async def __call__(self, plan: Plan, run: Run) -> None:
        """Each command in turn; what goes wrong with one is its answer.

        Raises:
            SlowDown, Unreachable: a preview could not be said now; what was pushed is not again.
        """
        assert isinstance(plan.body, CommandPlan), "a plan that trades has no commands"
        role = await self._role_of(plan.user_id, plan.chat_id)
        number = 0
        for command in plan.body.commands:
            for page in await self._answers(plan, role, command):
                page = with_head(plan, page) if not number else page
                await self._push(plan, run, number, page)
                number += 1

    async def _answers(self, plan: Plan, role: Role, command: str) -> list[Page]:
        name = command.removeprefix("/").partition(" ")[0].lower()
        known = self._commands.get(name)
        is_trade = known is not None and known.name in TRADES
        ask = Scheduled(self._services, plan, role, command, self._send if is_trade else None)
        try:
            with attempts.watched() as attempt:
                await self._run(known, ask)
        except (SlowDown, Unreachable):
            raise  # a preview that could not be said is asked for again
        except Exception as error:
            page = error_page(error, command=name, args=ask.args)
            if isinstance(error, StoreUnavailable):
                log.warning("%s of a plan was not done: %s", name, error)
                page = no_database_page(maybe_sent=attempt.was_made)
            if page is None:
                number = reference()
                log.exception("#%s: %s of a plan failed", number, name)
                page = bug_page(number, maybe_sent=attempt.was_made)
            return [page]
        return list(ask.pages.values())

    async def _run(self, known: Command | None, ask: Scheduled) -> None:
        """Run it as its maker might, or say why not."""
        if known is None or not is_usable(known.name, ask.args):
            raise NotScheduled(f"/{ask.command}", tuple(sorted(USABLE)))
        if not allows(ask.role, known.access, ask.chat_kind):
            raise NotAllowed(known.access, f"/{ask.command}")
        await known.handler(ask)

    async def _push(self, plan: Plan, run: Run, number: int, page: Page) -> None:
        settings = await self._services.store.chat_settings(plan.chat_id)
        loud = loudness(settings, Notice.DIGEST, Mode.PAPER, self._services.clock.now())
        if loud is Loudness.OFF:
            return
        page = replace(page, silent=loud is Loudness.SILENT)
        key = f"plan:{plan.id}:{plan.created_at.isoformat()}:{run.slot}:{number}"
        await self._services.outbox.push(plan.chat_id, page, Priority.DIGEST, key)
