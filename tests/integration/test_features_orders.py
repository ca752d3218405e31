"""/orders, /cancel and /cancelall, from ask to page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import AlreadySent, Expired
from bot.core.trade.types import Mode, Standing
from bot.handlers import TAPS
from kraken.core.errors import AuthError, NotSent, OutcomeUnknown, RateLimited
from kraken.core.trading import OrderStatus, PriceKind, PriceOffset
from kraken.core.types import Symbol
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


# -- lists


async def test_the_list_shows_price_filled_part_and_distance(chat: Chat) -> None:
    first = add(chat.accounts.paper)
    chat.clock.advance(1)
    add_stop(chat.accounts.paper, "58,000".replace(",", ""))
    put(chat.accounts.paper, first, filled_qty=D("0.004"))
    page = await say(chat, "/orders")
    assert words_of(page).split("\n")[0] == "🧪 PAPER · 2 open orders"
    assert tables_of(page) == [
        [
            "1 ▼ BTC/USD  stop   0.01000000",
            "   ! 58,000.0   ↗ app  −3.35 %",
            "2 ▲ BTC/USD  lim    0.01000000",
            "   @ 60,000.0   40 %   ↗ app",
            "                       −0.02 %",
        ]
    ]
    assert "↗ app made elsewhere" in words_of(page)
    assert [[button.label for button in row] for row in page.rows] == [
        ["1", "2"],
        ["🔄", "Cancel all…"],
        ["Why not filled?"],
    ]


async def test_an_order_of_ours_is_not_marked(chat: Chat) -> None:
    await ours(chat)
    page = await say(chat, "/orders")
    assert "↗" not in words_of(page)


async def test_an_empty_list_says_what_to_do(chat: Chat) -> None:
    page = await say(chat, "/orders")
    assert words_of(page) == "🧪 PAPER · no open orders."
    assert [button.label for button in page.buttons()] == ["▲ Buy", "Closed ones"]
    page = await tap(chat, page, "Closed ones")
    assert words_of(page) == "🧪 PAPER · no closed orders."


async def test_lists_are_filtered_by_pair_and_kind(chat: Chat) -> None:
    account = chat.accounts.paper
    add(account)
    add(account, symbol=Symbol("ETH/USD"), limit_price=D("2900"))
    add_stop(account)
    ended = add(account)
    account.end(ended.order_id, OrderStatus.CANCELED)
    assert "3 open orders" in words_of(await say(chat, "/orders"))
    assert "2 open orders" in words_of(await say(chat, "/orders btc"))
    assert "1 waiting order" in words_of(await say(chat, "/orders stops"))
    assert "1 closed order" in words_of(await say(chat, "/orders closed"))
    assert "4 recent orders" in words_of(await say(chat, "/orders all"))


async def test_a_long_list_is_paged_and_pages_turn_around(chat: Chat) -> None:
    for _ in range(8):
        add(chat.accounts.paper)
        chat.clock.advance(1)
    page = await say(chat, "/orders")
    assert "1/2" in [button.label for button in page.buttons()]
    page = await tap(chat, page, "›")
    assert tables_of(page)[0][0].startswith("7 ▲")
    page = await tap(chat, page, "›")
    assert tables_of(page)[0][0].startswith("1 ▲")
    assert len(chat.messages) == 1


async def test_orders_open_in_the_other_mode_are_mentioned(chat: Chat) -> None:
    await ours(chat)
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    page = await say(chat, "/orders")
    assert "🔴 LIVE · no open orders." in words_of(page)
    assert "🧪 PAPER: 1 more is open there." in words_of(page)


async def test_what_the_bot_watches_is_listed_under_by_bot(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, take_profit=PriceOffset(D(64000)))
    await chat.services.trading.place(made, None)
    page = await say(chat, "/orders")
    assert "By bot, while it runs:\ntake-profit BTC 0.001 at 64,000.0" in words_of(page)
    assert "By bot" not in words_of(await say(chat, "/orders eth"))
    assert "By bot" not in words_of(await say(chat, "/orders closed"))


async def test_a_distance_without_a_fill_is_said_as_it_was_asked_for(chat: Chat) -> None:
    wanted = PriceOffset(D(6), PriceKind.PERCENT)
    await chat.services.trading.place(intent(mode=Mode.PAPER, take_profit=wanted), None)
    said = words_of(await say(chat, "/orders"))
    assert "take-profit BTC 0.001 +6% from the fill" in said


async def test_the_last_of_no_orders_is_no_mystery(chat: Chat) -> None:
    for command in ("/cancel last", "/amend last 5"):
        said = words_of(await say(chat, command))
        assert said == "🧪 PAPER · no open orders.\nNothing was done."


async def test_a_practice_card_sells_nothing_real_after_going_live(chat: Chat) -> None:
    payload = {"command": "sell", "args": "0.001 btc/usd market", "mode": "paper"}
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    await TAPS["run"].handler(chat.ask(payload=payload))
    said = words_of(chat.last).split("\n")
    assert said[0] == "That card is 🧪 PAPER."
    assert [button.verb for button in chat.last.buttons()] == ["run"]


async def test_a_number_opens_the_card_of_the_order_not_of_the_place(chat: Chat) -> None:
    account = chat.accounts.paper
    first = add(account)
    page = await say(chat, "/orders")
    chat.clock.advance(1)
    add(account, symbol=Symbol("ETH/USD"))
    page = await tap(chat, page, "1")
    assert first.order_id in words_of(page)
    assert "not made through this bot" in words_of(page)


async def test_an_order_of_ours_goes_on_in_the_new_card(chat: Chat) -> None:
    placed = await ours(chat)
    page = await say(chat, "/orders")
    await tap(chat, page, "1")
    kept = await chat.records.placed_order(placed)
    assert kept is not None
    assert kept.intent.card == max(chat.messages)
    assert chat.outbox.edits[-1][2] == kept.intent.card


async def test_a_rate_limit_is_waited_for_without_a_word(chat: Chat) -> None:
    add(chat.accounts.paper)
    busy = RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=2))
    chat.accounts.paper.answers["open_orders"] = [busy, busy]
    assert "1 open order" in words_of(await say(chat, "/orders"))
    assert len(chat.messages) == 1


async def test_a_longer_limit_is_told_and_the_answer_comes_all_the_same(chat: Chat) -> None:
    add(chat.accounts.paper)
    busy = RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=4))
    chat.accounts.paper.answers["open_orders"] = [busy] * 3
    said: list[str] = []
    chat.on_sleep = lambda _: said.extend(map(words_of, chat.messages.values()))
    page = await say(chat, "/orders")
    assert "1 open order" in words_of(page)
    assert any(each.startswith("Kraken asks me to slow down, 4 s.") for each in said)
    assert list(chat.messages.values()) == [page]  # the word is gone when the answer is there


async def test_a_limit_that_does_not_end_is_an_answer_too(chat: Chat) -> None:
    busy = RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=4))
    chat.accounts.paper.answers["open_orders"] = [busy] * 9
    with pytest.raises(RateLimited):
        await say(chat, "/orders")


# -- cancelling


async def test_cancel_says_what_had_been_filled(chat: Chat) -> None:
    order = add(chat.accounts.paper)
    put(chat.accounts.paper, order, filled_qty=D("0.0042"))
    page = await say(chat, "/cancel last")
    assert words_of(page).startswith("🧪 PAPER · cancelled")
    assert "0.0042 BTC had been filled." in words_of(page)
    assert len(chat.messages) == 1


async def test_cancel_without_a_name_offers_the_open_orders(chat: Chat) -> None:
    order = add(chat.accounts.paper)
    page = await say(chat, "/cancel")
    page = await tap(chat, page, "▲ BTC/USD @ 60,000.0")
    assert "Nothing had been filled." in words_of(page)
    assert not chat.accounts.paper.orders[order.order_id].is_open


async def test_a_cancel_that_comes_too_late_says_so(chat: Chat) -> None:
    account = chat.accounts.paper
    order = add(account)
    page = await say(chat, "/orders")
    put(account, order, status=OrderStatus.FILLED, filled_qty=D("0.01"))
    chat.clock.advance(0.3)
    await tap(chat, page, "1")
    page = await say(chat, f"/cancel {order.order_id}")
    assert "too late" in words_of(page)
    assert "It was filled 0.3 s before: 0.01 BTC." in words_of(page)


async def test_a_fill_that_overtakes_the_cancel_is_told_as_one(chat: Chat) -> None:
    account = chat.accounts.paper
    order = add(account)

    class Overtaken(FakeAccount):
        async def cancel(self, name: Any) -> None:
            put(self, order, status=OrderStatus.FILLED, filled_qty=D("0.01"))
            await super().cancel(name)

    overtaken = Overtaken(chat.clock)
    overtaken.orders = account.orders
    chat.accounts.paper = overtaken
    assert "too late" in words_of(await say(chat, "/cancel last"))


async def test_a_cancel_without_an_answer_is_repeated(chat: Chat) -> None:
    order = add(chat.accounts.paper)
    chat.accounts.paper.answers["cancel"] = [OutcomeUnknown(), OutcomeUnknown()]
    assert "· cancelled" in words_of(await say(chat, "/cancel last"))
    assert not chat.accounts.paper.orders[order.order_id].is_open
    add(chat.accounts.paper)
    chat.accounts.paper.answers["cancel"] = [OutcomeUnknown()] * 3
    with pytest.raises(OutcomeUnknown):
        await say(chat, "/cancel last")


async def test_only_a_protective_stop_is_asked_about(chat: Chat) -> None:
    order = add_stop(chat.accounts.paper)
    page = await say(chat, "/cancel last")
    assert "It protects 0.01 BTC." in words_of(page)
    assert chat.accounts.paper.orders[order.order_id].is_open
    page = await tap(chat, page, "Cancel the stop")
    assert "· cancelled" in words_of(page)
    assert not chat.accounts.paper.orders[order.order_id].is_open


async def test_an_order_is_named_by_the_beginning_of_its_id(chat: Chat) -> None:
    account = chat.accounts.paper
    order = add(account)
    assert "· cancelled" in words_of(await say(chat, f"/cancel {order.order_id[:11].lower()}"))
    add(account)
    add(account)
    page = await say(chat, "/cancel OFAKE")
    assert "may be any of them" in words_of(page)
    page = await say(chat, "/cancel ONONE-00000-000000")
    assert "no such order" in words_of(page)
    assert "Nothing was done." in words_of(page)


async def test_an_answer_to_a_card_names_its_order(chat: Chat) -> None:
    account = chat.accounts.paper
    first = add(account)
    page = await say(chat, "/orders")
    await tap(chat, page, "1")
    card = max(chat.messages)
    chat.clock.advance(1)
    add(account)
    await say(chat, "/cancel", reply_to_message_id=card)
    assert not account.orders[first.order_id].is_open


async def test_an_answer_to_the_card_of_ours_names_its_order(chat: Chat) -> None:
    placed = await ours(chat, card=55)
    await say(chat, "/cancel", reply_to_message_id=55)
    order = await chat.records.placed_order(placed)
    assert order is not None
    assert order.order is not None
    assert not order.order.is_open


async def test_the_order_of_another_account_is_not_found_by_our_name_for_it(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, chat_id=2)
    await chat.records.commit_intent(made, ticket_id=None, now=chat.clock.now())
    order = chat.accounts.paper.add(replace(made.request, symbol="ETH/USD"))
    del chat.accounts.paper.orders[order.order_id]
    await chat.records.note_standing(
        made.client_id, Standing.ACKED, order=order, now=chat.clock.now()
    )
    page = await say(chat, f"/cancel {made.client_id}")
    assert "ETH" not in words_of(page)


async def test_an_order_without_an_answer_is_not_called_gone(chat: Chat) -> None:
    made = intent(mode=Mode.PAPER, card=55)
    chat.accounts.paper.answers["place"] = [OutcomeUnknown()]
    await chat.services.trading.place(made, None)
    page = await say(chat, "/cancel", reply_to_message_id=55)
    assert words_of(page).startswith("🧪 PAPER · not clear yet")
    assert [button.verb for button in page.buttons()] == ["order_check"]


# -- cancelling all


async def test_cancelall_spares_stops_and_shows_what_it_ends(chat: Chat) -> None:
    account = chat.accounts.paper
    add(account)
    add(account, symbol=Symbol("ETH/USD"))
    stop = add_stop(account, qty=D("0.5"))
    page = await say(chat, "/cancelall")
    assert words_of(page).startswith("🧪 PAPER · cancel 2 orders?")
    assert "1 protective stop stays." in words_of(page)
    assert "2 of them not made through this bot" in words_of(page)
    page = await tap(chat, page, "Cancel 2 · PAPER")
    await chat.tasks.run_all()
    said = words_of(chat.last)
    assert said.startswith("🧪 PAPER · cancelled 2 of 2")
    assert [order.order_id for order in await account.open_orders()] == [stop.order_id]


async def test_cancelall_all_says_which_stops_protect_what(chat: Chat) -> None:
    add(chat.accounts.paper)
    add_stop(chat.accounts.paper, qty=D("0.25"))
    add_stop(chat.accounts.paper, qty=D("0.25"))
    page = await say(chat, "/cancelall all")
    assert "2 of them are stops protecting 0.5 BTC." in words_of(page)


async def test_cancelall_of_one_pair_leaves_the_others(chat: Chat) -> None:
    add(chat.accounts.paper)
    eth = add(chat.accounts.paper, symbol=Symbol("ETH/USD"))
    page = await say(chat, "/cancelall btc")
    await tap(chat, page, "Cancel 1 · PAPER")
    await chat.tasks.run_all()
    assert [order.order_id for order in await chat.accounts.paper.open_orders()] == [eth.order_id]


async def test_cancelall_ends_nothing_that_was_not_shown(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/cancelall")
    late = add(chat.accounts.paper)
    await tap(chat, page, "Cancel 1 · PAPER")
    await chat.tasks.run_all()
    assert [order.order_id for order in await chat.accounts.paper.open_orders()] == [late.order_id]


async def test_cancelall_goes_on_until_kraken_answers(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/cancelall")
    await tap(chat, page, "Cancel 1 · PAPER")
    chat.accounts.paper.answers["open_orders"] = [NotSent("away")] * 3
    chat.accounts.paper.answers["cancel"] = [OutcomeUnknown()]
    await chat.tasks.run_all()
    said = [words_of(page) for _, page in chat.edits]
    assert any("I keep trying until all are gone." in each for each in said)
    assert said[-1].startswith("🧪 PAPER · cancelled 1 of 1")


async def test_cancelall_stops_when_the_key_is_refused(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/cancelall")
    await tap(chat, page, "Cancel 1 · PAPER")
    chat.accounts.paper.answers["open_orders"] = [AuthError("EAPI:Invalid key")]
    await chat.tasks.run_all()
    assert "It ended before all were gone: EAPI:Invalid key" in words_of(chat.last)


async def test_a_cancelall_works_once_and_for_a_minute(chat: Chat) -> None:
    add(chat.accounts.paper)
    page = await say(chat, "/cancelall")
    await tap(chat, page, "Cancel 1 · PAPER")
    with pytest.raises(AlreadySent):
        await TAPS["cancel_all_go"].handler(chat.ask(payload=page.rows[0][0].payload))
    await chat.tasks.run_all()
    add(chat.accounts.paper)
    page = await say(chat, "/cancelall")
    chat.clock.advance(61)
    with pytest.raises(Expired):
        await tap(chat, page, "Cancel 1 · PAPER")


async def test_cancelall_of_nothing_says_so(chat: Chat) -> None:
    assert "no open orders." in words_of(await say(chat, "/cancelall"))
    add_stop(chat.accounts.paper)
    page = await say(chat, "/cancelall")
    assert "1 protective stop is open and stays" in words_of(page)
