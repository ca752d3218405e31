"""A bench for the Telegram edge: real gate, router, store and outbox around a fake bot."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from telegram.error import BadRequest

from bot.core.access import Role
from bot.core.keys import KeyText
from bot.core.page import Button
from bot.core.queue import Limits
from bot.handlers import COMMANDS, TAPS, Command, Tap
from bot.handlers.ask import Ask
from bot.outbox import Outbox
from bot.store import LIFE_OF_A_BUTTON, Store
from bot.telegram.arrival import Arrival
from bot.telegram.claim import Claim
from bot.telegram.gate import Gate
from bot.telegram.router import Router
from tests.fakes import FakeClock, FakeSender

OWNER, TRADER, VIEWER, BLOCKED, STRANGER, GROUP, CLOSED = 1, 2, 3, 4, 99, -100, -200
MANY = (10**6, timedelta(seconds=1))
NO_LIMITS = Limits(chat=MANY, group=MANY, overall=MANY)


class FakeBot:
    """What the edge asks of python-telegram-bot's Bot beyond sending."""

    def __init__(self) -> None:
        self.toasts: list[str | None] = []
        self.keyboards_removed: list[int] = []
        self.deleted: list[int] = []
        self.query_is_too_old = False

    async def answer_callback_query(
        self, query_id: str, text: str | None = None, show_alert: bool = False
    ) -> bool:
        if self.query_is_too_old:
            raise BadRequest("Query is too old and response timeout expired")
        self.toasts.append(text)
        return True

    async def edit_message_reply_markup(self, chat_id: int, message_id: int) -> bool:
        self.keyboards_removed.append(message_id)
        return True

    async def delete_message(self, chat_id: int, message_id: int) -> bool:
        self.deleted.append(message_id)
        return True

    async def send_chat_action(
        self, chat_id: int, action: str, message_thread_id: int | None = None
    ) -> bool:
        return True


@dataclass
class Bench:
    """The parts, and what people do."""

    store: Store
    sender: FakeSender
    outbox: Outbox
    clock: FakeClock
    bot: FakeBot
    gate: Gate
    router: Router
    claim: Claim
    ran: list[str] = field(default_factory=list)

    async def says(self, user: int, text: str, chat: int | None = None, **more: Any) -> list[str]:
        """Somebody writes; return what the bot said in that chat because of it."""
        before = len(self.sender.sent)
        chat = user if chat is None else chat
        await self.router.message(self.arrival(user, chat, text=text, **more))
        await self.outbox.drained()
        return [said for where, said in self.sender.sent[before:] if where == chat]

    async def taps(self, user: int, data: str, chat: int | None = None) -> None:
        """Somebody presses a button."""
        chat = user if chat is None else chat
        await self.router.tap(self.arrival(user, chat, query_id="q", data=data, message_id=7))
        await self.outbox.drained()

    async def button(self, chat: int, verb: str, user: int | None = None, **payload: Any) -> str:
        """The callback data of a button shown in that chat."""
        expires = self.clock.now() + LIFE_OF_A_BUTTON
        [token] = await self.store.add_buttons(chat, user, [Button("x", verb, payload)], expires)
        return f"v1:{verb}:{token}"

    def arrival(self, user: int, chat: int, **more: Any) -> Arrival:
        given: dict[str, Any] = {
            "chat_id": chat,
            "chat_kind": "private" if chat > 0 else "group",
            "chat_title": "Desk",
            "user_id": user,
            "user_name": f"Person <{user}>",
            "message_id": 5,
            "sent_at": self.clock.now(),
        }
        return Arrival(**{**given, **more})


def recorded(ran: list[str]) -> tuple[tuple[Command, ...], dict[str, Tap]]:
    """The real tables with handlers that only note that they ran."""

    def noting(name: str) -> Callable[[Ask], Any]:
        async def note(ask: Ask) -> None:
            ran.append(name)

        return note

    commands = tuple(replace(command, handler=noting(f"/{command.name}")) for command in COMMANDS)
    return commands, {verb: replace(tap, handler=noting(verb)) for verb, tap in TAPS.items()}


@asynccontextmanager
async def bench(
    folder: Path,
    *,
    commands: Sequence[Command] | None = None,
    taps: Mapping[str, Tap] | None = None,
    limit: timedelta = timedelta(seconds=30),
    owner: bool = True,
) -> AsyncIterator[Bench]:
    """Everything built; people have their roles; ``GROUP`` is open and ``CLOSED`` is not."""
    clock, sender, bot, ran = FakeClock(), FakeSender(), FakeBot(), list[str]()
    real_commands, real_taps = recorded(ran)
    async with Store(folder, clock.now) as store:
        outbox = Outbox(store, sender, clock, limits=NO_LIMITS)
        claim = Claim()
        gate = Gate(store, outbox, clock, None if owner else claim)
        services: Any = SimpleNamespace(clock=clock, safety=store)
        fake_bot: Any = bot

        async def other(ask: Ask) -> None:
            ran.append(f"other:{ask.text}")

        def noting_key(kind: KeyText) -> Callable[[Ask], Any]:
            async def note(ask: Ask) -> None:
                ran.append(f"key:{kind}")

            return note

        router = Router(
            bot=fake_bot,
            gate=gate,
            store=store,
            outbox=outbox,
            services=services,
            commands=real_commands if commands is None else commands,
            taps=real_taps if taps is None else taps,
            unknown_command=other,
            free_text=other,
            key_texts={kind: noting_key(kind) for kind in KeyText},
            limit=limit,
        )
        router.bot_name = "kraken_bot"
        if owner:
            await store.set_owner(OWNER)
        await store.approve(TRADER, Role.TRADER, "Friend")
        await store.approve(VIEWER, Role.VIEWER, "Guest")
        await store.approve(BLOCKED, Role.BLOCKED, "Eve")
        await store.open_group(GROUP, "Desk")
        async with asyncio.TaskGroup() as group:
            task = group.create_task(outbox.run())
            yield Bench(store, sender, outbox, clock, bot, gate, router, claim, ran)
            task.cancel()
