"""Keys that may only read, that are lent, and whose holder is let in no more."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import Expired
from bot.core.keys import KeyReport, PermissionReport, TypedKey
from bot.core.page import Page
from bot.core.trade.types import Mode
from bot.handlers import COMMANDS_BY_NAME, free_text
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.fakes_keys import ALL, API_KEY, API_SECRET
from tests.page_rules import check_page, words_of

OWNER, FRIEND, GROUP = 1, 8, -100
READS = frozenset({"query-funds", "query-open-trades", "query-closed-trades"})


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    made.role = Role.OWNER
    await made.records.set_owner(OWNER)
    await made.records.approve(FRIEND, Role.TRADER, "Friend")
    await made.records.open_group(GROUP, "Desk")
    made.accounts.live = FakeAccount(made.clock)
    yield made
    made.tasks.close()


async def add_key(
    chat: Chat, user: int, permissions: frozenset[str] = ALL, *, reads_only: bool = False
) -> None:
    report = KeyReport(permissions=PermissionReport(permissions))
    await chat.keys.keyring.add(
        TypedKey(API_KEY, API_SECRET),
        report,
        chat_id=user,
        user_id=user,
        label="",
        reads_only=reads_only,
        now=NOON,
    )


async def say(chat: Chat, text: str, user: int = OWNER, where: int = OWNER, **more: Any) -> Page:
    name, _, args = text.removeprefix("/").partition(" ")
    chat.kind = "group" if where < 0 else "private"
    ask = chat.ask(command=name, args=args, text=text, user_id=user, **more)
    ask.chat_id = where
    await COMMANDS_BY_NAME[name].handler(ask)
    return chat.last


async def test_a_key_that_only_reads_does_not_go_live_and_is_told_what_it_lacks(
    chat: Chat,
) -> None:
    await add_key(chat, OWNER, READS, reads_only=True)
    page = await say(chat, "/live")
    check_page(page)
    said = words_of(page)
    assert "lacks Create & modify orders and Cancel & close orders" in said
    assert "Nothing was changed" in said
    assert await chat.accounts.mode(OWNER) is Mode.PAPER


async def test_a_key_that_was_connected_to_read_only_says_so(chat: Chat) -> None:
    await add_key(chat, OWNER, reads_only=True)
    assert "connected to read only" in words_of(await say(chat, "/live"))


async def test_a_key_that_only_reads_by_now_is_noticed_at_the_word(chat: Chat) -> None:
    await add_key(chat, OWNER)
    assert "trade real money here?" in words_of(await say(chat, "/live"))
    await chat.records.run(lambda db: db.execute("update api_keys set reads_only = 1"))
    with pytest.raises(Expired):
        await free_text(chat.ask(text="live", user_id=OWNER))
    assert await chat.accounts.mode(OWNER) is Mode.PAPER


async def test_who_is_blocked_trades_nothing_live_and_lends_nothing(chat: Chat) -> None:
    await add_key(chat, FRIEND)
    [key] = await chat.records.key_records()
    await chat.records.lend(GROUP, key.id, Decimal(20), by=FRIEND, now=NOON)
    for where in (GROUP, FRIEND):
        await chat.records.switch(where, Mode.LIVE, by=FRIEND, now=NOON)
    page = await say(chat, f"/block {FRIEND}")
    check_page(page)
    assert "stays sealed" in words_of(page)
    assert await chat.records.chat_mode(FRIEND) is Mode.PAPER
    assert await chat.records.chat_mode(GROUP) is Mode.PAPER
    assert await chat.keys.keyring.key_of(GROUP) is None
    assert [key] == await chat.records.key_records(), "nobody destroys what is not theirs"


async def test_who_has_no_role_any_more_lends_nothing_either(chat: Chat) -> None:
    await add_key(chat, FRIEND)
    [key] = await chat.records.key_records()
    await chat.records.lend(GROUP, key.id, None, by=FRIEND, now=NOON)
    await say(chat, f"/role {FRIEND} none")
    assert await chat.keys.keyring.key_of(GROUP) is None


async def test_a_viewer_keeps_what_was_lent(chat: Chat) -> None:
    await add_key(chat, FRIEND)
    [key] = await chat.records.key_records()
    await chat.records.lend(GROUP, key.id, None, by=FRIEND, now=NOON)
    await say(chat, f"/approve {FRIEND} viewer")
    assert await chat.keys.keyring.key_of(GROUP) is not None
