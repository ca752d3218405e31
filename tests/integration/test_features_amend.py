"""/amend, “Change price” and its answer, from ask to page."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core.access import Role
from bot.core.args import CommaForDot
from bot.core.errors import AlreadySent, BadArgument, Expired, NotFound
from bot.core.trade.types import Mode
from bot.handlers import TAPS, free_text
from kraken.core.errors import InvalidOrder, OutcomeUnknown
from kraken.core.trading import (
    ConditionalClose,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    Trigger,
)
from tests.account_talk import D, add, add_stop, ours, put
from tests.chat_talk import say, tap
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.intents import intent
from tests.page_rules import tables_of, words_of


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


async def test_amend_shows_before_and_after_and_needs_one_tap(chat: Chat) -> None:
    order = add(chat.accounts.paper)
    chat.clock.advance(60)
    page = await say(chat, "/amend last 59500 amount=0.02")
    assert tables_of(page) == [
        [
            "Price      60,000.0 → 59,500.0",
            "Amount 0.01000000 → 0.02000000",
        ]
    ]
    assert "back of the queue" in words_of(page)
    assert chat.accounts.paper.orders[order.order_id].limit_price == D("60000.0")
    page = await tap(chat, page, "Change it · PAPER")
    assert words_of(page).startswith("🧪 PAPER · changed")
    assert chat.accounts.paper.orders[order.order_id].limit_price == D("59500")
    assert chat.accounts.paper.orders[order.order_id].qty == D("0.02")


async def test_a_price_is_understood_as_after_buy(chat: Chat) -> None:
    add(chat.accounts.paper)
    ticker = chat.market.tickers["BTC/USD"].value
    assert ticker is not None
    below = ticker.last * D("0.99")
    for said, price in (("bid", ticker.bid), ("@ ask", ticker.ask), ("-1%", below)):
        page = await say(chat, f"/amend last {said}")
        assert f"→ {price:,.1f}"[:-1] in words_of(page)


async def test_a_card_of_practice_is_changed_in_practice_after_going_live(chat: Chat) -> None:
    placed = await ours(chat, card=55)
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    await TAPS["amend"].handler(chat.ask(payload={"id": str(placed)}))
    assert words_of(chat.last).startswith("🧪 PAPER · the new price?")
    await free_text(chat.ask(text="49000", reply_to_message_id=max(chat.messages)))
    page = await tap(chat, chat.last, "Change it · PAPER")
    assert words_of(page).startswith("🧪 PAPER · changed")
    page = await say(chat, "/cancel", reply_to_message_id=55)
    assert words_of(page).startswith("🧪 PAPER · cancelled")
    assert chat.accounts.live.orders == {}


async def test_a_change_is_sent_once(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/amend last 59500")
    button = page.rows[0][0]
    await TAPS[button.verb].handler(chat.ask(payload=button.payload))
    with pytest.raises(AlreadySent):
        await TAPS[button.verb].handler(chat.ask(payload=button.payload))
    with pytest.raises(Expired):
        await TAPS[button.verb].handler(chat.ask(payload=button.payload, user_id=8))


async def test_a_change_that_comes_after_the_fill_says_so(chat: Chat) -> None:
    order = add(chat.accounts.paper)
    page = await say(chat, "/amend last 59500")
    put(chat.accounts.paper, order, status=OrderStatus.FILLED, filled_qty=D("0.01"))
    page = await tap(chat, page, "Change it · PAPER")
    assert words_of(page).startswith("🧪 PAPER · too late")


async def test_a_change_that_kraken_refuses_leaves_the_order_and_says_so(chat: Chat) -> None:
    order = add(chat.accounts.paper)
    page = await say(chat, "/amend last 59500")
    chat.accounts.paper.answers["amend"] = [InvalidOrder("EOrder:Post only order")]
    page = await tap(chat, page, "Change it · PAPER")
    said = words_of(page)
    assert said.startswith("🧪 PAPER · not changed")
    assert "post-only would have matched at once" in said
    assert "The order stays as it was:" in said
    assert "60,000.0" in said
    assert chat.accounts.paper.orders[order.order_id].limit_price == D("60000.0")


async def test_a_change_without_an_answer_is_not_sent_again(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/amend last 59500")
    chat.accounts.paper.answers["amend"] = [OutcomeUnknown()]
    with pytest.raises(OutcomeUnknown):
        await tap(chat, page, "Change it · PAPER")
    assert chat.accounts.paper.asked["amend"] == 1


async def test_an_early_change_warns_of_its_price(chat: Chat) -> None:
    add(chat.accounts.paper)
    assert "costs extra points" in words_of(await say(chat, "/amend last 59500"))
    chat.clock.advance(15)
    assert "costs extra points" not in words_of(await say(chat, "/amend last 59500"))


async def test_change_price_asks_and_the_answer_shows_the_change(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/orders")
    page = await tap(chat, page, "1")
    page = await tap(chat, page, "Change price")
    assert page.force_reply
    question = max(chat.messages)
    await free_text(chat.ask(text="@ 59500", reply_to_message_id=question))
    assert "60,000.0 → 59,500.0" in words_of(chat.last)


async def test_an_answer_of_somebody_who_may_not_trade_is_only_text(chat: Chat) -> None:
    add(chat.accounts.paper)
    await say(chat, "/amend last")
    question = max(chat.messages)
    chat.role = Role.VIEWER
    await free_text(chat.ask(text="59500", reply_to_message_id=question))
    assert "did not understand" in words_of(chat.last)
    assert max(chat.messages) == question + 1
    assert chat.accounts.paper.asked["amend"] == 0


async def test_the_button_of_a_card_names_our_order(chat: Chat) -> None:
    placed = await ours(chat)
    await TAPS["amend"].handler(chat.ask(payload={"id": str(placed)}))
    assert chat.last.force_reply
    with pytest.raises(NotFound):
        await TAPS["amend"].handler(chat.ask(payload={"id": "nobody"}))


async def test_an_order_with_a_close_is_replaced_only_with_consent(chat: Chat) -> None:
    close = ConditionalClose(OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D("58500"))))
    order = add(chat.accounts.paper, close=close)
    page = await say(chat, "/amend last 59500")
    assert "needs a new order" in words_of(page)
    assert "/buy 0.01 BTC/USD @ 59500 sl=58500" in words_of(page)
    assert chat.accounts.paper.orders[order.order_id].is_open
    page = await tap(chat, page, "Cancel it first")
    assert not chat.accounts.paper.orders[order.order_id].is_open
    button = page.rows[0][0]
    assert (button.label, button.verb) == ("Preview the new order", "run")
    assert button.payload == {"command": "buy", "args": "0.01 BTC/USD @ 59500 sl=58500"}


async def test_a_replaced_order_is_as_protected_as_the_old_one(chat: Chat) -> None:
    down, up = (PriceOffset(D(each), PriceKind.PERCENT) for each in ("-5", "6"))
    close = ConditionalClose(OrderType.STOP_LOSS, trigger=Trigger(down))
    made = intent(mode=Mode.PAPER, take_profit=up)
    made = replace(made, request=replace(made.request, close=close))
    await chat.services.trading.place(made, None)
    page = await say(chat, "/amend last 49500")
    assert "@ 49500 sl=-5% tp=+6%" in words_of(page)


async def test_what_was_filled_meanwhile_is_not_replaced(chat: Chat) -> None:
    close = ConditionalClose(OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D("58500"))))
    order = add(chat.accounts.paper, close=close)
    page = await say(chat, "/amend last 59500")
    put(chat.accounts.paper, order, status=OrderStatus.FILLED, filled_qty=D("0.01"))
    page = await tap(chat, page, "Cancel it first")
    assert "not replaced" in words_of(page)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("/amend last 59500.05", BadArgument),
        ("/amend last 0,5", CommaForDot),
        ("/amend last amount=0.000000001", BadArgument),
        ("/amend last stop=58000", BadArgument),
        ("/amend last amount=0.00001", BadArgument),
        ("/amend last 60000", BadArgument),
        ("/amend 60000", BadArgument),
        ("/amend last 1e5", BadArgument),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_before_it_is_shown(
    chat: Chat, text: str, error: type[Exception]
) -> None:
    add(chat.accounts.paper)
    with pytest.raises(error):
        await say(chat, text)


async def test_amend_without_a_name_offers_the_open_orders(chat: Chat) -> None:
    assert "nothing to change" in words_of(await say(chat, "/amend"))
    add(chat.accounts.paper)
    page = await say(chat, "/amend")
    assert [button.label for button in page.buttons()] == ["▲ BTC/USD 60,000.0"]


async def test_a_change_says_which_leg_rests_and_which_is_watched(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, take_profit=PriceOffset(D(66000)))
    await chat.services.trading.place(made, None)
    said = words_of(await say(chat, "/amend last 49500"))
    assert "TP stays as it is: watched by me" in said and "This stop rests" not in said
    stop = add_stop(chat.accounts.paper, "45000")
    said = words_of(await say(chat, f"/amend {stop.order_id} stop=44000"))
    assert "🛡 This stop rests at the practice market." in said and "watched by me" not in said
