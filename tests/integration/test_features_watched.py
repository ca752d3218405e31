"""/watch of an account: orders, what is owned, what today earned, for its owner alone."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot import live
from bot.core.access import Role
from bot.core.errors import BadArgument, NotAllowed
from bot.handlers import TAPS
from kraken.core.errors import NotSent
from kraken.core.holdings import Balance
from kraken.core.types import Asset
from tests.account_talk import add
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.page_rules import words_of


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


def after(chat: Chat, sleeps: int, do) -> None:
    """Do something when the watch has slept so often."""
    left = [sleeps]

    def on_sleep(_seconds: float) -> None:
        left[0] -= 1
        if left[0] == 0:
            do()

    chat.on_sleep = on_sleep


async def test_orders_are_followed_and_it_stops_by_itself(chat: Chat) -> None:
    page = await say(chat, "/watch orders for 1m")
    assert words_of(page).startswith("🧪 PAPER · no open orders.")
    assert "Every 15 s until 12:01" in words_of(page)
    assert [[button.label for button in row] for row in page.rows] == [["⏸ Pause", "✖ Stop"]]
    assert chat.pinned == [max(chat.messages)]
    after(chat, 2, lambda: add(chat.accounts.paper))
    await chat.tasks.run_all()
    said = [words_of(each) for each in chat.outbox.pages]
    assert any("1 open order" in text and "60,000.0" in text for text in said)
    assert said[-1].endswith("Stopped after 1 min.")
    assert chat.store.live == {}


@pytest.mark.parametrize(
    ("what", "words"), [("portfolio", "balance in USD"), ("pnl", "P&L today")]
)
async def test_what_is_owned_and_earned_is_followed(chat: Chat, what: str, words: str) -> None:
    page = await say(chat, f"/watch {what}")
    assert words in words_of(page)
    assert words_of(page).startswith("🧪 PAPER")


async def test_an_account_that_does_not_answer_is_looked_at_again(chat: Chat) -> None:
    paper = chat.accounts.paper
    paper.answers["balances"] = [NotSent("not reached")]
    page = await say(chat, "/watch portfolio for 2m")
    assert "cannot look at the account now" in words_of(page)

    def later() -> None:
        paper.answers["balances"] = [NotSent("not reached")]
        paper.own[Asset("BTC")] = Balance(Decimal(5))

    after(chat, 2, later)
    await chat.tasks.run_all()
    first, second, *_ = [words_of(each) for each in chat.outbox.pages]
    assert "10,000.00" in first
    assert "⚠ Not looked up again since" not in first
    assert "10,000.00" in second
    assert any("Not looked up again since" in words_of(each) for each in chat.outbox.pages)
    assert "5.00000000" in words_of(chat.outbox.pages[-1])


async def test_it_pauses_goes_on_and_counts_as_a_watch(chat: Chat) -> None:
    page = await say(chat, "/watch pnl every 1m for 2h")
    page = await tap(chat, page, "⏸ Pause")
    assert words_of(page).endswith("Paused. These numbers do not move.")
    await tap(chat, page, "▶ Go on")
    (row,) = chat.store.live.values()
    assert (row.payload["what"], row.payload["every"]) == ("pnl", 60)
    await say(chat, "/watch orders")
    page = await say(chat, "/watch btc")
    assert [button.label for button in page.buttons()] == ["✖ pnl", "✖ orders"]


async def test_after_a_restart_it_goes_on(chat: Chat) -> None:
    payload = {"what": "orders", "every": 15, "lasts": 60}
    ends = chat.clock.now() + timedelta(seconds=40)
    await chat.store.save_live(live.LiveRow(1, 5, "watch", payload, ends))
    await live.resume(chat.services)
    await chat.tasks.run_all()
    assert words_of(chat.outbox.pages[-1]).endswith("Stopped after 1 min.")


async def test_it_is_for_its_owner_alone(chat: Chat) -> None:
    chat.kind = "group"
    page = await say(chat, "/watch orders")
    assert "private chats only" in words_of(page)
    assert chat.store.live == {}
    chat.kind, chat.role = "private", Role.VIEWER
    with pytest.raises(NotAllowed):
        await say(chat, "/watch portfolio")
    payload = {"what": "portfolio", "every": 15, "lasts": 60}
    with pytest.raises(NotAllowed):
        await TAPS["watch_go_on"].handler(chat.ask(payload=payload, message_id=1))


@pytest.mark.parametrize("text", ["/watch orders btc", "/watch orders every 5s"])
async def test_what_cannot_be_watched_so_is_said(chat: Chat, text: str) -> None:
    with pytest.raises(BadArgument):
        await say(chat, text)


async def test_a_watch_of_pairs_leads_to_an_order(chat: Chat) -> None:
    page = await say(chat, "/watch eth btc")
    buy, sell = page.rows[-1]
    assert (buy.label, sell.label) == ("▲ Buy", "▼ Sell")
    assert buy.payload == {"command": "buy", "args": "ETH/USD"}
