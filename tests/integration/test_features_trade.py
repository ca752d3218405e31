"""/buy and /sell from words to a sent order: previews, taps, replies, what sends nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.access import Role
from bot.core.errors import BadArgument, NotAllowed
from bot.core.texts.preview import FINISHED, NOT_YOURS
from bot.core.trade.limits import Limit
from bot.core.trade.refusals import OrderRefused
from bot.core.trade.types import Mode
from kraken.core.errors import InvalidOrder, UnknownInstrument
from kraken.core.trading import OrderType, TimeInForce
from tests.market_values import book, levels, ticker
from tests.order_cases import money
from tests.page_rules import words_of
from tests.trade_chat import TradeChat, later


@pytest.fixture
def paper() -> AsyncIterator[TradeChat]:
    chat = TradeChat()
    yield chat
    chat.chat.tasks.close()


@pytest.fixture
def live() -> AsyncIterator[TradeChat]:
    chat = TradeChat(live=True)
    yield chat
    chat.chat.tasks.close()


def market_at(chat: TradeChat, price: str) -> None:
    """Let the market of BTC/USD be at this price, deep enough for anything."""
    value = Decimal(price)
    bid, ask = f"{value - Decimal('0.1')} 10", f"{value} 10"
    now = chat.chat.clock.now()
    chat.chat.market.tickers["BTC/USD"].set(ticker("BTC/USD", price, now))
    chat.chat.market.books["BTC/USD"].set(book("BTC/USD", levels(bid), levels(ask), now))


# -- from words to an order


async def test_one_line_is_previewed_and_one_tap_sends_it(paper: TradeChat) -> None:
    page = await paper.say("/buy 50usd btc @ 60000 post")
    assert words_of(page).startswith("🧪 PAPER · preview, 60 s\nBUY  BTC/USD  limit  post-only")
    assert paper.sent == []
    await paper.tap(page, "✅ Buy")
    (request,) = paper.sent
    assert (request.type, request.limit_price) == (OrderType.LIMIT, Decimal(60000))
    assert request.post_only
    assert request.qty == Decimal("0.00083333")
    assert request.client_id is not None
    assert request.deadline == paper.chat.clock.now() + timedelta(seconds=5)


async def test_the_card_of_the_order_is_the_message_of_its_preview(paper: TradeChat) -> None:
    page = await paper.say('/buy 0.001 btc @ 60000 sl=-3% tp=+6% note="dip"')
    await paper.tap(page, "✅ Buy")
    (placed,) = await paper.chat.records.placed_orders(1)
    assert placed.intent.card == max(paper.chat.messages)
    assert placed.intent.note == "dip"
    assert placed.intent.take_profit is not None
    assert placed.intent.value == Decimal("60.00000")
    assert placed.intent.request.close is not None


async def test_a_market_order_goes_out_protected(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc market")
    assert "Protected: sent as a limit IOC at 60,310.3 (+0.5 %)." in words_of(page)
    await paper.tap(page, "✅ Buy")
    (request,) = paper.sent
    assert request.time_in_force is TimeInForce.IOC
    assert request.limit_price == Decimal("60310.3")


async def test_a_plain_market_order_is_there_for_who_wants_one(paper: TradeChat) -> None:
    page = await paper.say("/sell 0.001 btc market plain")
    assert "Not protected" in words_of(page)
    await paper.tap(page, "✅ Sell")
    assert paper.sent[0].type is OrderType.MARKET


async def test_a_price_is_asked_for_and_never_assumed(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc")
    assert "limit or market?" in words_of(page)
    await paper.tap(page, "@ bid")
    assert "BUY  BTC/USD  limit" in words_of(paper.last)
    assert paper.sent == []


async def test_an_amount_of_euros_means_the_pair_in_euros(paper: TradeChat) -> None:
    paper.account.own = {**paper.account.own, **money(EUR="1000")}
    assert "BTC/EUR" in words_of(await paper.say("/buy 50eur btc market"))


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("/buy 50usd btc market", "BTC/USD"),
        ("/buy 50eur market", "BTC/EUR"),
        ("/buy 0.01eth @ 2900", "ETH/USD"),
        ("/buy 0.001btc @ 60000", "BTC/USD"),
        ("/buy 0.001 bitcoin @ 60000", "BTC/USD"),
        ("/buy 50eur eth @ 2700", "ETH/EUR"),
        ("/buy 50 btcusd @ 60000", None),
        ("/buy 50usd btceur @ 55000", None),
        ("/buy 50sol btc @ 60000", None),
    ],
)
async def test_the_amount_names_the_pair_only_where_no_other_is_named(
    paper: TradeChat, text: str, pair: str | None
) -> None:
    paper.account.own = money(USD="1000", EUR="1000")
    if pair is None:
        with pytest.raises(OrderRefused):
            await paper.say(text)
    else:
        assert f"BUY  {pair}" in words_of(await paper.say(text))


async def test_the_exchange_checks_an_order_without_taking_it(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000 check")
    assert "Kraken would take this order. Nothing was sent." in words_of(page)
    assert not any(button.label.startswith("✅") for button in page.buttons())
    paper.account.answers["check"] = [InvalidOrder("EOrder:Invalid price")]
    with pytest.raises(InvalidOrder):
        await paper.say("/buy 0.001 btc @ 60000 check")
    assert paper.sent == []


# -- taps


async def test_a_second_tap_sends_nothing_more(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    await paper.tap(page, "✅ Buy")
    assert (await paper.tap(page, "✅ Buy")).toasts == [FINISHED]
    assert len(paper.sent) == 1


async def test_somebody_elses_tap_sends_nothing(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    assert (await paper.tap(page, "✅ Buy", user_id=8)).toasts == [NOT_YOURS]
    assert (await paper.tap(page, "✖ Cancel", user_id=8)).toasts == [NOT_YOURS]
    assert (await paper.tap(page, "✏️ Amount", user_id=8)).toasts == [NOT_YOURS]
    assert paper.sent == []


async def test_a_button_on_another_message_sends_nothing(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    assert (await paper.tap(page, "✅ Buy", message=999)).toasts == [FINISHED]
    assert paper.sent == []


async def test_a_card_that_was_put_away_cannot_be_confirmed(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    await paper.tap(page, "✖ Cancel")
    assert words_of(paper.last).startswith("✖ Cancelled. Nothing was sent.")
    assert (await paper.tap(page, "✅ Buy")).toasts == [FINISHED]
    assert paper.sent == []


@pytest.mark.parametrize(("age", "sends"), [(59, True), (60, False)])
async def test_a_ticket_lives_for_a_minute(paper: TradeChat, age: float, sends: bool) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    later(paper, age)
    await paper.tap(page, "✅ Buy")
    assert len(paper.sent) == int(sends)
    if not sends:
        assert words_of(paper.last).startswith("⌛ Expired. Nothing was sent.")
        await paper.tap(paper.last, "New preview")
        await paper.tap(paper.last, "✅ Buy")
        assert len(paper.sent) == 1


async def test_an_unused_card_is_edited_once_when_its_minute_is_over(paper: TradeChat) -> None:
    await paper.say("/buy 0.001 btc @ 60000")
    await paper.chat.tasks.run_all()
    assert [words_of(page).split("\n")[0] for page in paper.chat.outbox.pages] == [
        "⌛ Expired. Nothing was sent."
    ]


async def test_a_used_card_is_left_to_its_order(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    await paper.tap(page, "✅ Buy")
    await paper.chat.tasks.run_all()
    assert not any("Expired" in words_of(page) for page in paper.chat.outbox.pages)


@pytest.mark.parametrize(
    ("price", "sends"),
    [("60310.3", True), ("60310.4", False), ("59710.3", True), ("59710.2", False)],
)
async def test_a_price_that_moved_renews_the_card_instead(
    paper: TradeChat, price: str, sends: bool
) -> None:
    market_at(paper, "60010.3")
    page = await paper.say("/buy 0.001 btc market")
    market_at(paper, price)
    await paper.tap(page, "✅ Buy")
    assert len(paper.sent) == int(sends)
    if not sends:
        assert "The price moved" in words_of(paper.last)
        await paper.tap(paper.last, "✅ Buy")
        assert len(paper.sent) == 1
        assert (await paper.tap(page, "✅ Buy")).toasts == [FINISHED]


async def test_other_settings_renew_the_card_instead(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc market")
    await paper.change(protection=Decimal("0.1"))
    await paper.tap(page, "✅ Buy")
    assert "Your settings changed" in words_of(paper.last)
    assert paper.sent == []
    await paper.tap(paper.last, "✅ Buy")
    assert paper.sent[0].limit_price == Decimal("60070.3")


async def test_another_mode_voids_the_card(live: TradeChat) -> None:
    page = await live.say("/buy 0.001 btc @ 60000")
    await live.chat.records.set_chat_mode(1, Mode.PAPER)
    await live.tap(page, "✅ Buy")
    assert words_of(live.last).startswith("⌛ Expired")
    assert live.sent == []


async def test_what_does_not_fit_any_more_is_told_in_place_of_the_card(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60010.2 post")
    market_at(paper, "60010.2")
    await paper.tap(page, "✅ Buy")
    said = words_of(paper.last)
    assert said.startswith("❌ Not sent · 🧪 PAPER")
    assert "Post-only would match at 60,010.2." in said
    assert "@ bid" in [button.label for button in paper.last.buttons()]
    assert paper.sent == []


async def test_prices_that_are_too_old_send_nothing(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    paper.chat.clock.advance(11)
    await paper.tap(page, "✅ Buy")
    assert "The price is 11 s old." in words_of(paper.last)
    with pytest.raises(OrderRefused):
        await paper.say("/buy 0.001 btc @ 60000")
    assert paper.sent == []


# -- asked twice


async def test_a_live_order_beyond_the_market_is_asked_twice(live: TradeChat) -> None:
    await live.allow(Limit.COLLAR, "10")
    page = await live.say("/buy 0.001 btc @ 64000")
    assert words_of(page).startswith("🔴 LIVE · preview, 60 s")
    await live.tap(page, "✅ Buy")
    assert live.sent == []
    second = live.last
    assert words_of(second).startswith("🔴 LIVE · ⚠ please look twice")
    assert "The limit lies 6.6 % beyond the market." in words_of(second)
    assert (await live.tap(page, "✅ Buy")).toasts == [FINISHED]
    await live.tap(second, "✅ Buy")
    assert len(live.sent) == 1


async def test_the_same_live_order_within_ten_seconds_is_asked_twice(live: TradeChat) -> None:
    await live.tap(await live.say("/buy 0.001 btc @ 60000"), "✅ Buy")
    later(live, 9)
    await live.tap(await live.say("/buy 0.001 btc @ 60000"), "✅ Buy")
    assert len(live.sent) == 1
    assert "You sent the same order 9 s ago." in words_of(live.last)
    await live.tap(live.last, "✅ Buy")
    assert len(live.sent) == 2


async def test_practice_is_asked_once(paper: TradeChat) -> None:
    for _ in range(2):
        await paper.tap(await paper.say("/buy 0.001 btc @ 64000"), "✅ Buy")
    assert len(paper.sent) == 2


# -- what is not run


async def test_an_old_command_is_not_run(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000", age=31)
    assert words_of(page).startswith("Sent 31 s ago, not run.\nPrice has moved ")
    await paper.tap(page, "Preview now")
    assert "preview, 60 s" in words_of(paper.last)
    assert paper.sent == []
    assert "preview" in words_of(await paper.say("/buy 0.001 btc @ 60000", age=29))


async def test_an_old_command_without_history_is_answered_all_the_same(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000", age=13 * 3600)
    assert words_of(page) == "Sent 13 h ago, not run.\nNothing was sent."


async def test_free_text_opens_a_preview_and_sends_nothing(paper: TradeChat) -> None:
    page = await paper.say("buy 50 usd of btc at 60k")
    assert "BUY  BTC/USD  limit" in words_of(page)
    assert "60,000.0" in words_of(page)
    assert paper.sent == []
    page = await paper.say("Buy 0.001 btc at 60k", forwarded=True)
    assert "I don’t run forwarded messages." in words_of(page)
    assert [button.label for button in page.buttons()] == ["Use this text"]


async def test_free_text_of_a_viewer_opens_nothing(paper: TradeChat) -> None:
    paper.chat.role = Role.VIEWER
    with pytest.raises(NotAllowed):
        await paper.say("buy 50 usd of btc at 60k")


async def test_in_groups_free_text_is_not_read_and_nothing_is_asked_by_reply(
    paper: TradeChat,
) -> None:
    paper.chat.kind = "group"
    page = await paper.say("/buy 0.001 btc @ 60000")
    assert [button.label for button in page.buttons()] == ["✅ Buy 0.001 BTC · PAPER", "✖ Cancel"]
    count = len(paper.chat.messages)
    await paper.say("buy 0.001 btc @ 60000")
    assert len(paper.chat.messages) == count


# -- replies


async def test_a_reply_that_names_no_pair_leaves_the_card_as_it_is(paper: TradeChat) -> None:
    first = await paper.say("/buy 0.001 btc @ 60000")
    card = max(paper.chat.messages)
    with pytest.raises(UnknownInstrument):
        await paper.say("nonsense", reply_to_message_id=card)
    assert paper.chat.messages[card] == first


async def test_a_reply_to_a_card_changes_the_amount(paper: TradeChat) -> None:
    first = await paper.say("/buy 0.001 btc @ 60000")
    card = max(paper.chat.messages)
    page = await paper.say("0.002", reply_to_message_id=card)
    assert "0.00200000 BTC" in words_of(page)
    assert words_of(paper.chat.messages[card]).startswith("✏️ Changed below. Nothing was sent.")
    assert (await paper.tap(first, "✅ Buy", message=card)).toasts == [FINISHED]
    await paper.tap(page, "✅ Buy")
    assert [request.qty for request in paper.sent] == [Decimal("0.002")]


@pytest.mark.parametrize(
    ("part", "said", "shown"),
    [
        ("✏️ Amount", "0.002", "0.00200000 BTC"),
        ("✏️ Price", "59000", "59,000.0"),
        ("✏️ Price", "-1%", "59,410.1"),
        ("✏️ Price", "market", "BUY  BTC/USD  market"),
        ("✏️ Options", "post gtd=4h", "post-only GTD"),
        ("✏️ Options", "none", "BUY  BTC/USD  limit\n"),
    ],
)
async def test_a_part_is_asked_for_and_changed_by_the_reply(
    paper: TradeChat, part: str, said: str, shown: str
) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000 gtc")
    await paper.tap(page, part)
    question = paper.last
    assert question.force_reply
    page = await paper.say(said, reply_to_message_id=max(paper.chat.messages))
    assert shown in words_of(page)
    await paper.tap(page, "✅ Buy")
    assert len(paper.sent) == 1


async def test_a_reply_that_makes_no_sense_leaves_the_card_as_it_is(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    card = max(paper.chat.messages)
    with pytest.raises(BadArgument):
        await paper.say("0,002", reply_to_message_id=card)
    await paper.tap(page, "✅ Buy", message=card)
    assert len(paper.sent) == 1


async def test_a_reply_to_an_order_that_was_sent_is_no_new_order(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    card = max(paper.chat.messages)
    await paper.tap(page, "✅ Buy")
    said = await paper.say("that was fun, wasn’t it", reply_to_message_id=card)
    assert "I did not understand that." in words_of(said)


async def test_a_reply_to_another_persons_card_changes_nothing(paper: TradeChat) -> None:
    await paper.say("/buy 0.001 btc @ 60000")
    card = max(paper.chat.messages)
    page = await paper.say("twice as much", reply_to_message_id=card, user_id=8)
    assert "I did not understand that." in words_of(page)
