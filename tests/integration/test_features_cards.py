"""The buttons of an order's card, as a chat without Telegram and an exchange sees them."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.errors import Expired, NotFound
from bot.core.texts import cards as texts
from bot.core.trade.types import AccountId, Intent, Mode, Standing
from bot.handlers import cards
from kraken.core.errors import InvalidOrder, NotSent, OutcomeUnknown
from kraken.core.trading import OrderStatus, OrderType, PriceOffset, Trigger
from kraken.core.types import Side
from tests.cards import order_of
from tests.fake_bot import Chat, FakeAsk
from tests.intents import intent
from tests.page_rules import words_of


@pytest.fixture
def chat() -> Chat:
    return Chat()


async def place(chat: Chat, of: Intent | None = None) -> Intent:
    of = of or intent(mode=Mode.PAPER, card=7)
    await chat.services.trading.place(of, None)
    return of


def tap(chat: Chat, of: Intent, **more: bool) -> FakeAsk:
    return chat.ask(payload={"id": str(of.client_id), **more}, message_id=7)


def card(chat: Chat) -> str:
    return words_of([page for _, _, message, page in chat.outbox.edits if message == 7][-1])


async def test_an_order_without_an_answer_is_looked_for_at_once(chat: Chat) -> None:
    chat.accounts.paper.answers["place"] = [OutcomeUnknown()]
    of = await place(chat)
    assert "No answer" in card(chat)
    chat.tasks.stop(("settle", of.client_id))
    ask = tap(chat, of)
    await cards.check(ask)
    assert ask.toasts == [texts.LOOKING]
    chat.accounts.paper.add(of.request)
    await chat.tasks.run_all()
    assert "🟦 Open" in card(chat)
    again = tap(chat, of)
    await cards.check(again)
    assert again.toasts == [texts.KNOWN]


async def test_it_is_found_out_although_asking_fails_at_first(chat: Chat) -> None:
    chat.accounts.paper.answers["place"] = [OutcomeUnknown()]
    chat.accounts.paper.answers["settle"] = [NotSent(), OutcomeUnknown()]
    of = await place(chat)
    await chat.tasks.run_all()
    placed = await chat.records.placed_order(of.client_id)
    assert placed is not None
    assert placed.standing is Standing.ABSENT
    assert "❌ Not placed" in card(chat)


async def test_a_cancel_says_what_became_of_the_order(chat: Chat) -> None:
    of = await place(chat)
    ask = tap(chat, of)
    await cards.cancel(ask)
    assert ask.toasts == ["Cancelled. Nothing was filled."]
    assert "⚪ Cancelled" in card(chat)


async def test_a_cancel_that_came_too_late_says_so(chat: Chat) -> None:
    of = await place(chat)
    [order_id] = chat.accounts.paper.orders
    done = order_of(of, OrderStatus.FILLED, order_id=order_id, filled_qty=Decimal("0.001"))
    chat.accounts.paper.orders[order_id] = done
    ask = tap(chat, of)
    await cards.cancel(ask)
    assert ask.toasts == ["Too late: it was filled before the cancel came."]


async def test_a_cancel_that_is_refused_for_an_unknown_order_is_an_error(chat: Chat) -> None:
    of = await place(chat)
    chat.accounts.paper.orders.clear()
    with pytest.raises(InvalidOrder):
        await cards.cancel(tap(chat, of))


async def test_a_stop_is_asked_about_once(chat: Chat) -> None:
    of = intent(mode=Mode.PAPER, card=7, side=Side.SELL)
    stop = Trigger(PriceOffset(Decimal(40000)))
    of = _with(of, type=OrderType.STOP_LOSS, limit_price=None, trigger=stop)
    await place(chat, of)
    await cards.cancel(tap(chat, of))
    assert "Cancel this stop?" in words_of(chat.last)
    [order] = chat.accounts.paper.orders.values()
    assert order.is_open
    ask = tap(chat, of, sure=True)
    await cards.cancel(ask)
    assert not chat.accounts.paper.orders[order.order_id].is_open


async def test_the_order_of_another_chat_is_nobodys(chat: Chat) -> None:
    of = await place(chat, intent(mode=Mode.PAPER, chat_id=2))
    for handler in (cards.check, cards.cancel):
        with pytest.raises(NotFound):
            await handler(tap(chat, of))


async def test_an_order_of_an_account_that_is_gone_is_not_cancelled(chat: Chat) -> None:
    of = await place(chat)
    chat.records.memory.execute("update orders set account = ?", [AccountId("paper:77")])
    with pytest.raises(Expired):
        await cards.cancel(tap(chat, of))
    assert all(order.is_open for order in chat.accounts.paper.orders.values())


def _with(of: Intent, **terms: object) -> Intent:
    return replace(of, request=replace(of.request, **terms))  # type: ignore[arg-type]  # its terms
