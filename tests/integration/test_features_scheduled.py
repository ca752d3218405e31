"""Commands that a plan runs: what is said when one of them goes wrong."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.access import Role
from bot.core.page import Page
from bot.core.plans.types import CommandPlan, Plan, PlanKind, PlanState, Run, RunState
from bot.core.slots import Cadence, Rhythm
from bot.core.trade.express import Express
from bot.desk import attempts
from bot.handlers import COMMANDS_BY_NAME
from bot.handlers.ask import Ask
from bot.store import StoreUnavailable
from bot.telegram.scheduled import Teller
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.page_rules import words_of

CADENCE = Cadence(Rhythm.INTERVAL, NOON, every=timedelta(days=1))
PLAN = Plan(
    *(1, 1, 1, 1, PlanKind.COMMAND, CommandPlan(("/price btc",))),
    *(CADENCE, "UTC", PlanState.ACTIVE, None, NOON),
)


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


async def told(chat: Chat, error: Exception, *, was_sent: bool) -> str:
    """What the chat hears of a command that fails so."""

    async def handler(ask: Ask) -> None:
        if was_sent:
            attempts.note()
        raise error

    async def role(user_id: int, chat_id: int) -> Role:
        return Role.TRADER

    async def send(chat_id: int, page: Page) -> int:
        raise AssertionError("its answer is a push")

    command = replace(COMMANDS_BY_NAME["price"], handler=handler)
    teller = Teller(chat.services, {"price": command}, role, send)
    await teller(PLAN, Run(1, "1", NOON, RunState.BEGUN, 1))
    [(_, _, page)] = chat.outbox.pushes
    return words_of(page)


@pytest.mark.parametrize("error", [ZeroDivisionError(), StoreUnavailable("disk full")])
async def test_what_may_have_been_sent_is_not_denied(chat: Chat, error: Exception) -> None:
    said = await told(chat, error, was_sent=True)
    assert "Nothing was sent" not in said
    assert "/orders" in said


@pytest.mark.parametrize("way", ["express", "practice that asks nothing"])
async def test_an_order_of_a_plan_is_previewed_whatever_what_is_typed_does(
    chat: Chat, way: str
) -> None:
    """Nobody looks at the hour of a plan: only what is typed there and then goes out at once."""
    if way == "express":
        account = (await chat.accounts.of(1)).id
        until = chat.clock.now() + timedelta(hours=1)
        express = Express(1, 1, account, Decimal(100), until)
        await chat.records.allow_express(express, chat.clock.now())
    else:
        settings = await chat.store.chat_settings(1)
        await chat.store.save_chat_settings(1, replace(settings, practice_asks=False))
    pages: list[Page] = []

    async def role(user_id: int, chat_id: int) -> Role:
        return Role.TRADER

    async def send(chat_id: int, page: Page) -> int:
        pages.append(page)
        return 50

    teller = Teller(chat.services, COMMANDS_BY_NAME, role, send)
    plan = replace(PLAN, body=CommandPlan(("/buy 0.0005 btc @ 60000",)))
    await teller(plan, Run(1, "1", NOON, RunState.BEGUN, 1))
    assert "preview" in words_of(pages[-1])
    assert not chat.accounts.paper.sent


@pytest.mark.parametrize("error", [ZeroDivisionError(), StoreUnavailable("disk full")])
async def test_what_was_not_sent_is_said_to_be_so(chat: Chat, error: Exception) -> None:
    assert "Nothing was sent" in await told(chat, error, was_sent=False)
