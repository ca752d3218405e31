"""/price, /ticker, /book, /status and /settings, from ask to page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.errors import BadArgument
from bot.core.grouping import BadStep, StepTooLarge
from bot.core.settings import ChatSettings
from kraken.core.errors import NotSent, UnknownInstrument
from kraken.core.types import SystemState
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.market_values import BTC_ASKS, BTC_BIDS, book
from tests.page_rules import check_plain, words_of


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


# -- prices


async def test_price_without_a_name_is_the_chats_pair(chat: Chat) -> None:
    chat.store.settings[1] = ChatSettings(currency="EUR", pair="ETH/EUR")
    assert "ETH/EUR" in words_of(await say(chat, "/price"))


async def test_a_bare_asset_is_priced_in_the_chats_currency(chat: Chat) -> None:
    chat.store.settings[1] = ChatSettings(currency="EUR")
    assert "BTC/EUR" in words_of(await say(chat, "/price btc"))


async def test_a_price_that_never_came_is_not_waited_for_long(chat: Chat) -> None:
    said = words_of(await say(chat, "/price btc shib"))
    assert "60,010.3" in said
    assert "no price yet" in said


async def test_a_refreshed_card_shows_what_is_known_now(chat: Chat) -> None:
    page = await say(chat, "/ticker btc")
    chat.market.tickers["BTC/USD"].set(
        replace(chat.market.tickers["BTC/USD"].value, last=Decimal("61000.0"))
    )
    page = await tap(chat, page, "🔄")
    assert "61,000.0" in words_of(page)
    assert len(chat.messages) == 1


async def test_prices_of_a_dead_connection_say_their_age(chat: Chat) -> None:
    chat.clock.advance(14)
    page = await say(chat, "/ticker btc")
    assert "price 14 s old ⚠" in words_of(page)
    chat.market.state = replace(chat.market.state, last_frame_at=chat.clock.now())
    page = await tap(chat, page, "🔄")
    assert "old" not in words_of(page)


async def test_an_unknown_pair_is_refused_before_anything_is_subscribed(chat: Chat) -> None:
    with pytest.raises(UnknownInstrument):
        await say(chat, "/ticker btc nosuch")
    assert chat.market.readers == 0
    assert chat.messages == {}


async def test_nothing_is_known_before_kraken_was_reached(chat: Chat) -> None:
    chat.market.known = None
    for command in ("/price btc", "/ticker", "/book btc", "/candles", "/watch"):
        with pytest.raises(NotSent):
            await say(chat, command)


# -- the book


async def test_a_book_is_read_deep_enough_for_what_it_shows(chat: Chat) -> None:
    await say(chat, "/book btc 25")
    await say(chat, "/book btc group 10")
    assert chat.market.depths == [100, 1000]
    assert chat.market.readers == 0, "subscriptions are given back"


async def test_the_buttons_of_a_book_change_rows_and_groups_in_place(chat: Chat) -> None:
    page = await say(chat, "/book btc 5")
    page = await tap(chat, page, "Group 10")
    assert "60,020.0" in words_of(page)
    assert "No groups" in [button.label for button in page.buttons()]
    page = await tap(chat, page, "25")
    assert "60,020.0" in words_of(page), "the groups stay when the rows change"
    page = await tap(chat, page, "No groups")
    assert "60,014.9" in words_of(page)
    assert len(chat.messages) == 1


async def test_a_lost_book_shows_no_number(chat: Chat) -> None:
    page = await say(chat, "/book btc")
    chat.market.books["BTC/USD"].set(None)
    page = await tap(chat, page, "🔄")
    assert "Book is re-syncing" in words_of(page)
    assert "60,0" not in words_of(page)
    chat.market.books["BTC/USD"].set(book("BTC/USD", BTC_BIDS, BTC_ASKS))
    assert "60,010.3" in words_of(await tap(chat, page, "🔄"))


async def test_an_unverified_book_comes_from_rest_with_a_warning(chat: Chat) -> None:
    chat.market.books["BTC/USD"].set(None)
    chat.market.state = replace(chat.market.state, unverified=("BTC/USD",))
    chat.market.rest_book = book("BTC/USD", BTC_BIDS, BTC_ASKS)
    page = await say(chat, "/book btc")
    assert "Not verified" in words_of(page)
    assert "60,010.3" in words_of(page)
    assert chat.market.depths == []


async def test_a_step_that_does_not_fit_the_tick_is_refused(chat: Chat) -> None:
    with pytest.raises(BadStep):
        await say(chat, "/book btc group 0.05")


async def test_a_step_larger_than_the_price_is_refused_with_steps_that_fit(chat: Chat) -> None:
    with pytest.raises(StepTooLarge) as caught:
        await say(chat, "/book btc group 1000000")
    assert caught.value.suggestions
    for suggestion in caught.value.suggestions:
        await say(chat, suggestion)


async def test_amounts_of_the_cost_to_trade_are_not_broken_between_lines(chat: Chat) -> None:
    page = await say(chat, "/book btc")
    (buy,) = [line for line in words_of(page).split("\n") if line.startswith("Buy")]
    assert " " not in buy.removeprefix("Buy ").partition(" · ")[0]


async def test_prices_say_what_they_are_and_of_when(chat: Chat) -> None:
    assert words_of(await say(chat, "/price btc")).endswith("As of 12:00:00 UTC, change over 24 h")


async def test_a_book_that_is_away_with_kraken_says_that_kraken_is_away(chat: Chat) -> None:
    chat.market.books["BTC/USD"].set(None)
    assert "Book is re-syncing" in words_of(await say(chat, "/book btc"))
    chat.market.state = replace(chat.market.state, connected=False)
    assert words_of(await say(chat, "/book btc")).startswith("BTC/USD: I cannot reach Kraken (")


@pytest.mark.parametrize("command", ["/price btc", "/ticker btc"])
async def test_no_price_because_kraken_is_away_is_said_so(chat: Chat, command: str) -> None:
    chat.market.tickers["BTC/USD"].set(None)
    assert "no price yet" in words_of(await say(chat, command))
    chat.market.state = replace(chat.market.state, connected=False)
    with pytest.raises(NotSent):
        await say(chat, command)


# -- status


async def test_status_answers_when_nothing_else_does(chat: Chat) -> None:
    chat.market.known = None
    chat.market.state = replace(
        chat.market.state, connected=False, last_frame_at=None, system=SystemState.ONLINE
    )
    said = words_of(await say(chat, "/status"))
    assert "Market WS    down     –" in said
    assert "Kraken       –" in said, "online was told over a connection that is gone"


async def test_status_counts_what_it_can_and_sends_its_test_message(chat: Chat) -> None:
    chat.health = replace(
        chat.health,
        clock_offset=timedelta(seconds=-0.2),
        queue=3,
        last_update_at=chat.clock.now() - timedelta(seconds=2),
    )
    page = await say(chat, "/status")
    said = words_of(page)
    assert "clock 0.2s" in said
    assert "3 waiting" in said
    assert "ok       2s ago" in said
    assert words_of(await tap(chat, page, "Test message")).startswith("Test message at 12:00:00")
    assert "queue 3" in words_of(await tap(chat, page, "Copy report")).lower()


# -- settings


async def test_every_row_of_the_settings_is_a_button_that_changes_it(chat: Chat) -> None:
    page = await say(chat, "/settings")
    page = await tap(chat, page, "Numbers: 1,234.5")
    page = await tap(chat, page, "Plain text: off")
    page = await tap(chat, page, "Currency: USD")
    page = await tap(chat, page, "Zone: UTC")
    page = await tap(chat, page, "Berlin")
    page = await tap(chat, page, "Pair: BTC/EUR")
    page = await tap(chat, page, "ETH/EUR")
    assert chat.store.settings[1] == ChatSettings("EUR", "ETH/EUR", "Europe/Berlin", False, True)
    assert len(chat.messages) == 1


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("currency eur", {"currency": "EUR", "pair": "BTC/EUR"}),
        ("pair eth eur", {"pair": "ETH/EUR"}),
        ("zone berlin", {"time_zone": "Europe/Berlin"}),
        ("zone america/new york", {"time_zone": "America/New_York"}),
        ("numbers 1234.5", {"grouping": False}),
        ("numbers 1,234.5", {"grouping": True}),
        ("plain on", {"plain_text": True}),
        ("plain off", {"plain_text": False}),
    ],
)
async def test_a_setting_can_be_typed(chat: Chat, text: str, changed: dict[str, object]) -> None:
    await say(chat, f"/settings {text}")
    assert chat.store.settings[1] == replace(ChatSettings(), **changed)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("zone Berlni", "/settings zone Europe/Berlin"),
        ("zone Europe/Belrin", "/settings zone Europe/Berlin"),
        ("currency eru", "/settings currency eur"),
        ("piar eth", "/settings pair"),
        ("numbers 5", "/settings numbers 1,234.5"),
        ("plain maybe", "/settings plain on"),
    ],
)
async def test_a_wrong_choice_changes_nothing_and_names_what_may_be_meant(
    chat: Chat, text: str, suggestion: str
) -> None:
    with pytest.raises(BadArgument) as caught:
        await say(chat, f"/settings {text}")
    assert suggestion in caught.value.suggestions
    assert chat.store.settings == {}


async def test_an_unknown_pair_is_not_kept(chat: Chat) -> None:
    with pytest.raises(UnknownInstrument):
        await say(chat, "/settings pair nosuch")
    assert chat.store.settings == {}


# -- for people who have it read aloud


async def test_plain_text_has_no_tables_and_no_signs(chat: Chat) -> None:
    chat.store.settings[1] = ChatSettings(plain_text=True)
    for line in (
        "/start",
        "/start",
        "/help",
        "/price",
        "/ticker",
        "/book",
        "/book btc group 1",
        "/status",
        "/settings",
        "/candles btc 1h text",
        "/book btc live",
    ):
        check_plain(await say(chat, line))
