"""A watch of pairs in private says what today earned, if there is anything to say."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.args import ACCOUNT_EVERY
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode
from bot.desk.earned import Earned
from kraken.core.errors import NotSent
from kraken.core.trading import Fill, Liquidity
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.account_talk import D
from tests.chat_talk import say
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.page_rules import check_plain, words_of
from tests.stack import OWNER, stack
from tests.virtual_time import passes

LINE = "🧪 My P&L today +1,001.03 USD"


@pytest.fixture
async def chat() -> Iterator[Chat]:
    chat = Chat()
    await chat.records.approve(1, Role.TRADER, "You")
    chat.accounts.paper.filled = [bought()]
    yield chat
    chat.tasks.close()


def bought() -> Fill:
    """0.1 for 50,000 each, two days ago; the last price is 60,010.3."""
    return Fill(
        exec_id=ExecId("T1"),
        order_id=OrderId("O1"),
        symbol=Symbol("BTC/USD"),
        side=Side.BUY,
        price=D("50000"),
        qty=D("0.1"),
        cost=D("5000"),
        liquidity=Liquidity.TAKER,
        fee=D("20"),
        fee_asset=Asset("USD"),
        at=NOON - timedelta(days=2),
    )


def counted(account: FakeAccount) -> list[Any]:
    """Every question for fills from now on."""
    asked: list[Any] = []
    ask = account.fills

    async def fills(*args: Any) -> list[Fill]:
        asked.append(args)
        return await ask(*args)

    account.fills = fills
    return asked


async def watched(chat: Chat, text: str = "/watch btc eth for 1m") -> list[str]:
    """What the message says from edit to edit."""
    await say(chat, text)
    await chat.tasks.run_all()
    return [words_of(page) for page in chat.outbox.pages]


async def test_the_figure_of_the_pnl_command_stands_under_the_prices(chat: Chat) -> None:
    said = await watched(chat)
    assert LINE in said[0].split("\n")
    assert "My P&L" not in said[-1], "a stopped watch is read later"
    assert "Unrealised           +1,001.03" in words_of(await say(chat, "/pnl today"))


async def test_an_account_is_looked_at_no_more_often_than_its_own_watch_does(chat: Chat) -> None:
    asked, looks = counted(chat.accounts.paper), []
    of = chat.accounts.of

    async def counted_of(*args: Any) -> Any:
        looks.append(chat.clock.now())
        return await of(*args)

    chat.accounts.of = counted_of
    await watched(chat, "/watch btc every 5s for 2m")
    assert [later - sooner for sooner, later in pairwise(looks)] == [ACCOUNT_EVERY] * 7
    assert len(asked) <= 3, "what was read in the last minute is not asked for again"


async def test_read_aloud_it_is_a_sentence(chat: Chat) -> None:
    chat.store.settings[1] = ChatSettings(plain_text=True)
    said = await watched(chat)
    assert "PAPER, my P&L today: +1,001.03 USD" in said[0].split("\n")
    check_plain(chat.outbox.pages[0])


@pytest.mark.parametrize("why", ["nothing", "viewer", "blocked", "unread", "no key"])
async def test_where_there_is_no_figure_nothing_is_said(chat: Chat, why: str) -> None:
    paper = chat.accounts.paper
    if why == "nothing":
        paper.filled = []
    elif why == "unread":
        paper.answers["fills"] = [NotSent("not reached")] * 99
    elif why == "no key":
        chat.accounts.modes[1] = Mode.LIVE
    else:
        await chat.records.approve(1, Role(why), "You")
    said = await watched(chat)
    assert "BTC/USD" in said[0]
    assert not any("P&L" in text for text in said)


async def test_prices_wait_a_moment_at_most_for_an_account_that_does_not_answer(
    chat: Chat,
) -> None:
    async def silence(*args: Any) -> list[Fill]:
        await asyncio.Event().wait()
        raise AssertionError

    chat.accounts.paper.fills = silence
    began = asyncio.get_running_loop().time()
    said = await watched(chat, "/watch btc every 1h for 1m")
    assert "BTC/USD" in said[0]
    assert asyncio.get_running_loop().time() - began < 3


async def test_a_group_sees_nobodys_figure(chat: Chat) -> None:
    show = (await say(chat, "/watch btc")).html
    (row,) = chat.store.live.values()
    assert "P&amp;L" not in show, "the answer itself waits for no account"
    assert await Earned(chat.services, -100).today(ChatSettings()) is None
    assert await Earned(chat.services, row.chat_id).today(ChatSettings()) is not None


async def test_after_a_purchase_the_running_watch_says_it(tmp_path: Any) -> None:
    async with stack(tmp_path / "data") as them:
        watch = await them.say(OWNER, "/watch btc")
        await passes(10)
        before = next(each for each in await them.messages(OWNER) if each["message_id"] > watch)
        assert "My P&L" not in before["text"]
        await them.say(OWNER, "/buy 0.01 btc market")
        await passes(3)
        card = (await them.messages(OWNER))[-1]
        label = next(row[0]["text"] for row in card["buttons"] if row[0]["text"][0] == "✅")
        await them.tap(OWNER, card["message_id"], label)
        await passes(90)
        shown = {each["message_id"]: each["text"] for each in await them.messages(OWNER)}
        line = next(row for row in shown[before["message_id"]].split("\n") if "My P&L" in row)
        assert line.startswith("🧪 My P&L today")
