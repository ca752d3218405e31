"""Ending a watched take-profit: from its card, from the list, with everything, with its stop."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.access import Access
from bot.core.errors import Expired, NotFound
from bot.core.page import Button, Page
from bot.core.texts.errors import error_page
from bot.core.trade.exits import ExitState
from bot.core.trade.refusals import OrderRefused
from bot.core.trade.types import Intent, Mode
from bot.handlers import TAPS, free_text
from bot.handlers.cards import end_take_profit
from bot.store import StoreUnavailable
from kraken.core.errors import NotSent
from kraken.core.holdings import Balance
from kraken.core.trading import Order, OrderStatus, OrderType, PriceOffset
from kraken.core.types import Asset, OrderId, Side, Symbol
from tests.account_talk import add, add_stop, put
from tests.cards import filled
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.intents import intent
from tests.page_rules import words_of

PROFIT = PriceOffset(Decimal(64000))


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


async def bought(chat: Chat, card: int = 7, **more: object) -> Intent:
    """A buy that was filled and has a take-profit, but no stop."""
    given = {"mode": Mode.PAPER, "card": card, "take_profit": PROFIT, **more}
    made = intent(**given)  # type: ignore[arg-type]  # what an intent takes
    placed = await chat.services.trading.place(made, None)
    assert placed.order is not None
    done = filled(made, "0.001", OrderStatus.FILLED, order_id=placed.order.order_id)
    chat.accounts.paper.orders[done.order_id] = done
    await chat.records.note_order(made.account, done, chat.clock.now())
    await chat.services.trading.show(made.client_id)
    return made


def card(chat: Chat, message_id: int = 7) -> Page:
    return [page for _, _, message, page in chat.outbox.edits if message == message_id][-1]


def labels(page: Page) -> list[str]:
    return [button.label for button in page.buttons()]


async def state(chat: Chat, made: Intent) -> ExitState:
    watched = await chat.records.exit_of(made.client_id)
    assert watched is not None
    return watched.state


async def test_the_card_of_a_filled_order_ends_its_take_profit(chat: Chat) -> None:
    made = await bought(chat)
    button = next(each for each in card(chat).buttons() if each.label == "End TP")
    assert TAPS[button.verb].access is Access.TRADER
    chat.tasks.start(("exit", made.client_id), _endless())
    ask = chat.ask(payload=button.payload, message_id=7)
    await TAPS[button.verb].handler(ask)
    assert await state(chat, made) is ExitState.ENDED
    assert ("exit", made.client_id) not in chat.tasks.started
    assert ask.toasts == ["Take-profit ended. Nothing sells by itself."]
    assert "TP is over" in words_of(card(chat))
    assert "End TP" not in labels(card(chat))
    await TAPS[button.verb].handler(ask)
    assert ask.toasts[1:] == ["This take-profit is over already."]


async def _endless() -> None:
    raise AssertionError("it was ended before it ran")


async def test_one_that_was_reached_is_not_said_to_leave_nothing(chat: Chat) -> None:
    made = await bought(chat)
    watched = await chat.records.exit_of(made.client_id)
    assert watched is not None
    await chat.records.note_exit(replace(watched, state=ExitState.CLOSING))
    ask = chat.ask(payload={"id": str(made.client_id)})
    await end_take_profit(ask)
    assert "its sale may be on its way" in ask.toasts[0]


async def test_the_take_profit_of_another_chat_is_nobodys(chat: Chat) -> None:
    made = await bought(chat, chat_id=2)
    with pytest.raises(NotFound):
        await end_take_profit(chat.ask(payload={"id": str(made.client_id)}))
    assert await state(chat, made) is ExitState.WATCHING


async def test_an_open_order_has_no_such_button(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, card=7, take_profit=PROFIT)
    await chat.services.trading.place(made, None)
    assert "End TP" not in labels(card(chat))


async def test_the_list_ends_it_and_shows_itself_again(chat: Chat) -> None:
    made = await bought(chat)
    kept = await bought(chat, 8, symbol="ETH/USD")
    page = await say(chat, "/orders")
    page = await tap(chat, page, "⏹ End TP BTC 64,000.0")
    assert await state(chat, made) is ExitState.ENDED
    assert await state(chat, kept) is ExitState.WATCHING
    assert "take-profit ETH" in words_of(page)
    assert "take-profit BTC" not in words_of(page)
    assert "TP is over" in words_of(card(chat))


async def test_cancelall_all_ends_those_it_showed_even_where_nothing_is_open(chat: Chat) -> None:
    made = await bought(chat)
    assert "no open orders." in words_of(await say(chat, "/cancelall"))
    page = await say(chat, "/cancelall all")
    assert "end 1 take-profit?" in words_of(page)
    later = await bought(chat, 8)
    await tap(chat, page, "End 1 · PAPER")
    await chat.tasks.run_all()
    assert "1 take-profit ended" in words_of(chat.last)
    assert await state(chat, made) is ExitState.ENDED
    assert await state(chat, later) is ExitState.WATCHING


async def test_cancelall_all_of_one_pair_leaves_the_take_profits_of_others(chat: Chat) -> None:
    made = await bought(chat)
    kept = await bought(chat, 8, symbol="ETH/USD")
    order = add(chat.accounts.paper)
    page = await say(chat, "/cancelall btc all")
    assert "1 take-profit that I watch would end." in words_of(page)
    await tap(chat, page, "Cancel 1 · PAPER")
    await chat.tasks.run_all()
    assert not chat.accounts.paper.orders[order.order_id].is_open
    assert await state(chat, made) is ExitState.ENDED
    assert await state(chat, kept) is ExitState.WATCHING


async def test_cancelling_everything_after_a_kill_ends_take_profits(chat: Chat) -> None:
    made = await bought(chat)
    page = await say(chat, "/kill")
    assert "1 take-profit watched." in words_of(page)
    page = await tap(chat, page, "Cancel everything…")
    assert "1 take-profit that I watch would end." in words_of(page)
    await tap(chat, page, "Yes, cancel all")
    await chat.tasks.run_all()
    assert await state(chat, made) is ExitState.ENDED
    assert any("1 take-profit ended" in words_of(page) for page in chat.outbox.pages)


async def test_cancelling_entries_after_a_kill_ends_no_take_profit(chat: Chat) -> None:
    made = await bought(chat)
    add(chat.accounts.paper)
    await tap(chat, await say(chat, "/kill"), "Cancel 1 entry")
    await chat.tasks.run_all()
    assert await state(chat, made) is ExitState.WATCHING


async def test_orders_are_cancelled_although_no_take_profit_can_be_ended(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bought(chat)
    order = add(chat.accounts.paper)
    page = await tap(chat, await say(chat, "/kill"), "Cancel everything…")

    async def full(watched: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(chat.records, "note_exit", full)
    await tap(chat, page, "Yes, cancel all")
    await chat.tasks.run_all()
    assert not chat.accounts.paper.orders[order.order_id].is_open
    assert any("could not be ended" in words_of(page) for page in chat.outbox.pages)


async def test_a_stop_is_said_to_take_its_take_profit_with_it(chat: Chat) -> None:
    made = await bought(chat)
    stop = await resting_stop(chat, made)
    other = add_stop(chat.accounts.paper)
    said = words_of(await say(chat, f"/cancel {stop.order_id}"))
    assert "cancel a protective stop?" in said
    assert "Its take-profit ends with it." in said
    assert "take-profit" not in words_of(await say(chat, f"/cancel {other.order_id}"))
    await end_take_profit(chat.ask(payload={"id": str(made.client_id)}))
    assert "take-profit" not in words_of(await say(chat, f"/cancel {stop.order_id}"))


async def resting_stop(chat: Chat, made: Intent) -> Order:
    """What a fill of this order placed."""
    parent = next(iter(chat.accounts.paper.orders))
    stop = add_stop(chat.accounts.paper, symbol=Symbol(made.request.symbol))
    stop = put(chat.accounts.paper, stop, parent=OrderId(parent), qty=Decimal("0.001"))
    assert (stop.side, stop.type) == (Side.SELL, OrderType.STOP_LOSS)
    await chat.records.note_order(made.account, stop, chat.clock.now())
    return stop


async def refused(chat: Chat, text: str) -> tuple[str, list[Button]]:
    """What is said to a sale that does not fit, and the buttons below."""
    with pytest.raises(OrderRefused) as caught:
        await say(chat, text)
    page = error_page(caught.value)
    assert page is not None
    return words_of(page), list(page.buttons())


def hold(chat: Chat, free: str) -> None:
    """What is not free is held by orders."""
    total = Decimal("0.001")
    chat.accounts.paper.own[Asset("BTC")] = Balance(total, total - Decimal(free))


async def test_a_sale_of_what_a_stop_holds_offers_to_end_the_stop(chat: Chat) -> None:
    made = await bought(chat)
    stop = await resting_stop(chat, made)
    other = add_stop(chat.accounts.paper, symbol=Symbol("ETH/USD"))
    hold(chat, "0")
    said, buttons = await refused(chat, "/sell 0.001 btc market")
    assert "0.00100000 BTC is held by what protects it: a protective stop" in said
    assert "Nothing was sent" in said
    button = next(each for each in buttons if each.label == "End stop + TP")
    assert TAPS[button.verb].access is Access.TRADER
    message = await chat.ask().reply(Page("refused"))
    await TAPS[button.verb].handler(chat.ask(payload=button.payload, message_id=message))
    orders = chat.accounts.paper.orders
    assert [orders[each.order_id].is_open for each in (stop, other)] == [False, True]
    assert await state(chat, made) is ExitState.ENDED
    page = chat.messages[message]
    assert "1 take-profit ended" in words_of(page)
    assert "nothing was sold yet" in words_of(page)
    hold(chat, "0.001")
    preview = await tap(chat, page, "Preview the sale")
    assert "0.001" in words_of(preview)
    with pytest.raises(Expired):
        await TAPS[button.verb].handler(chat.ask(payload=button.payload, message_id=message))


async def test_a_sale_that_no_stop_stands_in_the_way_of_is_refused_as_ever(chat: Chat) -> None:
    hold(chat, "0.0005")
    said, buttons = await refused(chat, "/sell 0.001 btc market")
    assert "protect" not in said
    assert "End stop + TP" not in [each.label for each in buttons]
    add_stop(chat.accounts.paper)
    said, buttons = await refused(chat, "/sell 0.001 btc market")
    assert "0.01000000 BTC is held by what protects it" in said
    assert "End stop" in [each.label for each in buttons], "it has no take-profit"
    chat.accounts.paper.answers["open_orders"] = [NotSent("away")] * 9
    said, buttons = await refused(chat, "/sell 0.001 btc market")
    assert "Not enough BTC" in said


async def test_nothing_is_sold_while_a_take_profit_cannot_be_ended(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bought(chat)
    await tap(chat, await say(chat, "/kill"), "Sell everything…")
    before = len(chat.accounts.paper.sent)

    async def full(watched: object) -> None:
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(chat.records, "note_exit", full)
    await free_text(chat.ask(text="sell"))
    await chat.tasks.run_all()
    assert len(chat.accounts.paper.sent) == before
