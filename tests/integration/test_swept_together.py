"""Orders that are ended together are told together; one that was filled is told by itself."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core.notices import Loudness, Notice
from bot.core.trade.types import AccountId, Mode
from kraken.core.errors import AuthError
from kraken.core.trading import Fill, Liquidity, OrderName, OrderType
from kraken.core.types import Asset, ExecId
from tests.account_talk import D, ours, put
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.intents import intent
from tests.page_rules import words_of


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


async def told(chat: Chat) -> list[str]:
    """What orders told by themselves."""
    return [words_of(push.page) for push in await chat.records.waiting_pushes()]


async def sweep(chat: Chat) -> None:
    page = await say(chat, "/cancelall all")
    await tap(chat, page, next(each.label for each in page.buttons() if each.style == "danger"))
    await chat.tasks.run_all()


async def test_three_orders_that_end_together_are_one_push(chat: Chat) -> None:
    for card in (11, 12, 13):
        await ours(chat, card)
    await sweep(chat)
    assert await told(chat) == []
    ((who, _, page),) = chat.outbox.pushes
    assert who == 1 and not page.silent
    assert words_of(page).startswith("🧪 PAPER · 3 orders cancelled\n")
    cards = {message: words_of(page) for _, _, message, page in chat.outbox.edits}
    assert sum("⚪ Cancelled" in text for text in cards.values()) == 3


async def test_one_that_was_filled_in_part_is_told_by_itself_as_well(chat: Chat) -> None:
    account = chat.accounts.paper
    await ours(chat)
    await ours(chat)
    part = next(iter(account.orders.values()))
    done = Fill(
        exec_id=ExecId("T1"),
        order_id=part.order_id,
        symbol=part.symbol,
        side=part.side,
        price=D(60000),
        qty=D("0.004"),
        cost=D(240),
        liquidity=Liquidity.MAKER,
        fee=D("0.6"),
        fee_asset=Asset("USD"),
        at=chat.clock.now(),
    )
    put(account, part, filled_qty=done.qty, filled_cost=done.cost)
    await chat.records.book_fill(AccountId("paper:1"), done)
    await sweep(chat)
    ((_, _, page),) = chat.outbox.pushes
    assert "1 order cancelled" in words_of(page)
    assert "1 more ended with a fill" in words_of(page)
    (alone,) = await told(chat)
    assert "filled 0.004" in alone


@pytest.mark.parametrize("chosen", [Loudness.SILENT, Loudness.OFF])
async def test_it_is_as_loud_as_cancels_are(chat: Chat, chosen: Loudness) -> None:
    settings = await chat.store.chat_settings(1)
    await chat.store.save_chat_settings(
        1, replace(settings, notices={Notice.CANCEL.value: chosen.value})
    )
    await ours(chat)
    await sweep(chat)
    assert [page.silent for _, _, page in chat.outbox.pushes] == (
        [True] if chosen is Loudness.SILENT else []
    )


async def test_what_could_not_be_ended_is_told_by_itself_when_it_ends_later(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(name: OrderName) -> None:
        raise AuthError("EAPI:Invalid key")

    await ours(chat)
    with monkeypatch.context() as patch:
        patch.setattr(chat.accounts.paper, "cancel", refused)
        await sweep(chat)
    assert await told(chat) == []
    await say(chat, "/cancel last")
    assert any("cancelled" in text for text in await told(chat))


async def test_an_order_that_is_cancelled_alone_is_told_as_ever(chat: Chat) -> None:
    await ours(chat)
    await say(chat, "/cancel last")
    assert any("cancelled" in text for text in await told(chat))
    assert chat.outbox.pushes == []


async def test_what_a_reset_ends_is_told_by_the_reset(chat: Chat) -> None:
    name = await ours(chat)
    page = await say(chat, "/paper reset")
    await tap(chat, page, "Start anew")
    account = await chat.accounts.of(1)
    await chat.services.trading.cancel(account, OrderName(client_id=name))
    assert await told(chat) == []


async def test_the_card_of_an_iceberg_says_how_much_of_it_is_seen(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, card=11)
    request = replace(made.request, type=OrderType.ICEBERG, display_qty=D("0.0002"))
    await chat.services.trading.place(replace(made, request=request), None)
    assert "Shown                 0.0002 BTC" in words_of(chat.outbox.edits[-1][3])
