"""/role, /setup, /lend, /users and their like, as people use them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import BadArgument, LimitReached, NotAllowed, NotFound
from bot.core.page import Page
from bot.core.trade.limits import Limit
from bot.core.trade.types import Mode
from bot.handlers import COMMANDS_BY_NAME
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.intents import intent
from tests.page_rules import words_of

OWNER, FRIEND, GROUP = 1, 8, -100


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    made.role = Role.OWNER
    await made.records.set_owner(OWNER)
    await made.records.approve(FRIEND, Role.TRADER, "Friend")
    await made.records.open_group(GROUP, "Desk")
    yield made
    made.tasks.close()


async def say(chat: Chat, text: str, user: int = OWNER, where: int = GROUP, **more: Any) -> Page:
    name, _, args = text.removeprefix("/").partition(" ")
    chat.kind = "group" if where < 0 else "private"
    ask = chat.ask(command=name, args=args, text=text, user_id=user, **more)
    ask.chat_id = where
    await COMMANDS_BY_NAME[name].handler(ask)
    return chat.last


async def test_a_role_is_given_by_number_or_by_a_reply_and_never_by_a_name(chat: Chat) -> None:
    page = await say(chat, "/role 8 trader max=100 until 7d")
    assert "8: trader, at most 100 USD, until 2026-03-11 12:00" in words_of(page)
    assert await chat.records.role(FRIEND, GROUP) is Role.TRADER
    assert await chat.records.own_maximum(GROUP, FRIEND, NOON) == 100
    page = await say(chat, "/role viewer", reply_to_user=(FRIEND, "<b>Friend"))
    assert "<b>Friend 8: viewer" in words_of(page)
    assert await chat.records.role(FRIEND, GROUP) is Role.VIEWER
    assert "Whom?" in words_of(await say(chat, "/role trader"))
    with pytest.raises(BadArgument):
        await say(chat, "/role @friend trader")
    page = await say(chat, "/role 8 viewer balances until 7d")
    assert "8: viewer, sees balances, until 2026-03-11 12:00" in words_of(page)
    assert await chat.records.role(FRIEND, GROUP) is Role.SEEING
    await say(chat, "/role 8 viewer")
    assert await chat.records.role(FRIEND, GROUP) is Role.VIEWER
    for wrong in ("/role 8 balances", "/role 8 trader balances"):
        with pytest.raises(BadArgument):
            await say(chat, wrong)


async def test_who_is_let_in_no_more_is_let_in_to_no_group(chat: Chat) -> None:
    await say(chat, "/role 8 trader")
    await say(chat, "/role 8 none", where=OWNER)
    assert await chat.records.role(FRIEND, FRIEND) is Role.STRANGER
    assert await chat.records.role(FRIEND, GROUP) is Role.STRANGER


async def test_a_maximum_is_kept_in_dollars_and_holds_in_the_commit(chat: Chat) -> None:
    await say(chat, "/role 8 trader max=0.001btc")
    most = await chat.records.own_maximum(GROUP, FRIEND, NOON)
    assert most == Decimal("60.01"), "a thousandth of 60,010.3"
    order = intent("60.02", chat_id=GROUP, user_id=FRIEND)
    with pytest.raises(LimitReached) as told:
        await chat.records.commit_intent(order, ticket_id=None, now=NOON)
    assert told.value.limit == Limit.PERSON
    later = NOON + timedelta(days=8)
    await chat.records.commit_intent(
        intent("60", chat_id=GROUP, user_id=OWNER, now=later), ticket_id=None, now=later
    )
    with pytest.raises(BadArgument):
        await say(chat, "/role 8 trader max=50xyz")


async def test_the_owner_of_a_group_lets_in_nobody_whom_the_bots_owner_did_not(
    chat: Chat,
) -> None:
    chat.role = Role.CHAT_OWNER
    with pytest.raises(NotFound):
        await say(chat, "/role 77 trader", user=FRIEND)
    with pytest.raises(NotAllowed):
        await say(chat, f"/role {OWNER} viewer", user=FRIEND)
    chat.role = Role.OWNER
    await say(chat, "/role 77 trader")
    assert await chat.records.role(77, GROUP) is Role.TRADER
    await say(chat, "/role 77 none")
    assert await chat.records.role(77, GROUP) is Role.STRANGER


async def test_in_private_roles_are_those_with_the_whole_bot(chat: Chat) -> None:
    await say(chat, "/role 8 viewer", where=OWNER)
    assert await chat.records.role(FRIEND, FRIEND) is Role.VIEWER
    await say(chat, "/role 8 trader until 1d", where=OWNER)
    assert await chat.records.role(FRIEND, FRIEND) is Role.TRADER
    chat.clock.advance(24 * 3600 + 1)
    assert await chat.records.role(FRIEND, FRIEND) is Role.VIEWER
    await say(chat, "/role 8 trader", where=OWNER)
    assert await chat.records.role(FRIEND, FRIEND) is Role.TRADER
    chat.role = Role.TRADER
    with pytest.raises(NotAllowed):
        await say(chat, "/role 8 trader", user=FRIEND, where=FRIEND)


async def test_a_change_of_role_voids_what_waits_and_is_written_down(chat: Chat) -> None:
    await say(chat, "/role 8 trader")
    [entry] = await chat.records.audit_entries(GROUP, 5)
    assert (entry.action, entry.actor) == ("role", OWNER)
    assert "trader" in words_of(await say(chat, "/audit"))


async def test_setup_shows_the_groups_id_and_who_trades(chat: Chat) -> None:
    await say(chat, "/role 8 trader")
    page = await say(chat, "/setup")
    assert "-100" in words_of(page)
    assert "8: trader" in words_of(page)
    assert "/lend -100" in words_of(page)


async def test_people_are_let_in_and_blocked(chat: Chat) -> None:
    await chat.records.note_stranger(55, "Ann", NOON.date())
    page = await say(chat, "/users", where=OWNER)
    assert "Ann 55: no role" in words_of(page)
    assert [button.verb for button in page.buttons()] == ["role"] * 3
    await say(chat, "/approve 55 viewer", where=OWNER)
    assert await chat.records.role(55, 55) is Role.VIEWER
    assert chat.outbox.pushes[-1][0] == 55
    await say(chat, "/block 55", where=OWNER)
    assert await chat.records.role(55, 55) is Role.BLOCKED
    for wrong in ("/approve", "/approve ann", "/approve 55 owner", "/block x", f"/block {OWNER}"):
        with pytest.raises(BadArgument):
            await say(chat, wrong, where=OWNER)


async def test_a_key_is_lent_by_who_has_one_and_owns_the_group(chat: Chat) -> None:
    with pytest.raises(NotFound):
        await say(chat, "/lend -100", where=OWNER)
    with pytest.raises(BadArgument):
        await say(chat, "/lend desk", where=OWNER)
    with pytest.raises(NotFound):
        await say(chat, "/unlend", where=OWNER)


async def test_a_loans_maximum_holds_in_the_commit(chat: Chat) -> None:
    def lend(db: Any) -> None:
        db.execute("insert into loans (chat_id, most) values (?, '20')", [GROUP])

    await chat.records.run(lend)
    with pytest.raises(LimitReached) as told:
        await chat.records.commit_intent(
            intent("21", chat_id=GROUP, user_id=OWNER), ticket_id=None, now=NOON
        )
    assert told.value.limit == Limit.LOAN
    assert await chat.records.chat_mode(GROUP) is Mode.PAPER
