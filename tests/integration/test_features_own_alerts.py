"""Alerts about the account in a chat: the answers, the question, the list."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.core.alerts.syntax import CannotWatch
from bot.core.errors import BadArgument, UserError
from bot.core.texts.errors import error_page
from kraken.core.instruments import Instruments
from kraken.core.types import InstrumentStatus
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.market_values import PAIRS
from tests.page_rules import check_page, words_of


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


async def test_a_new_one_says_whose_money_it_watches_and_how_it_stands(chat: Chat) -> None:
    said = words_of(await say(chat, '/alert usd < 100 every 4h note="top up"'))
    assert said.split("\n") == [
        "🧪 PAPER 🔔 #1 USD balance < 100",
        "Every 4h.",
        "Checked on every change. What open orders hold counts as owned. "
        "Kept until you delete it.",
        "Now 10,000.00 USD. For a rate name the pair, as in /alert eur/usd < 1.05.",
        "“top up”",
    ]


@pytest.mark.parametrize(
    ("text", "first", "then"),
    [
        ("fill big 500", "🧪 PAPER 🔔 #1 big fill, 500.00 USD", "the fills of one order count"),
        ("order stale 24h", "🧪 PAPER 🔔 #1 order open for 1d", "Every time"),
        ("pnl day < -50", "🧪 PAPER 🔔 #1 P&L day < −50.00 USD", "Now 0.00 USD."),
        ("pnl month > 9eur", "🧪 PAPER 🔔 #1 P&L month > 9.00 EUR", "the 1st of the month"),
        ("feed 5m", "🔔 #1 no data for 5m", "when data comes again"),
    ],
)
async def test_every_kind_has_its_words(chat: Chat, text: str, first: str, then: str) -> None:
    page = await say(chat, f"/alert {text}")
    said = words_of(page)
    assert said.split("\n")[0] == first
    assert then in said
    labels = [button.label for button in page.buttons()]
    assert labels[1:] == ["Expires ▾", "✖ Delete"]
    assert first.removeprefix("🧪 PAPER ").removeprefix("🔔 ") in words_of(
        await say(chat, "/alerts")
    ).replace("🧪 PAPER ", "")
    check_page(await tap(chat, page, "Expires ▾"))
    gone = words_of(await tap(chat, page, "✖ Delete"))
    assert gone.startswith("✖ Alert #1 is deleted.")


async def test_what_is_so_already_is_asked_about_and_both_answers_work(chat: Chat) -> None:
    page = await say(chat, "/alert usd > 100")
    assert words_of(page).startswith("🧪 PAPER USD balance > 100\nIt is so already: now 10,000")
    assert await chat.services.alerts.of_chat(1) == []
    again = await tap(chat, page, "When it rises there again")
    assert "at the next crossing" in words_of(again)
    back = await tap(chat, page, "When it falls below")
    assert words_of(back).startswith("🧪 PAPER 🔔 #2 USD balance < 100")
    lost = await say(chat, "/alert pnl day > -5")
    turned = await tap(chat, lost, "When it falls below")
    assert words_of(turned).startswith("🧪 PAPER 🔔 #3 P&L day < −5.00 USD")


@pytest.mark.parametrize("text", ["deposit", "key"])
async def test_what_practice_does_not_have_is_said(chat: Chat, text: str) -> None:
    with pytest.raises(CannotWatch) as caught:
        await say(chat, f"/alert {text}")
    page = error_page(caught.value)
    assert page is not None
    check_page(page)
    assert "Nothing was set." in words_of(page)


MISTAKES = (
    *("btc abve 5", "btc > 1 until 0s", "btc > 1 between 25-26", "btc > 1 every 1m", "btc > 1 @x"),
    *("balance nosuch < 5", "fill big 5xyzzy", "order stale 1s", "pnl year < 5", "eur < many"),
    *("btc > 1 until soon", "btc rsi14 9h < 30", "funding pf_xbtusd > 0.01%", "eur < 5 chart"),
)


@pytest.mark.parametrize("text", MISTAKES)
async def test_every_mistake_gets_a_sentence_with_an_example_and_makes_nothing(
    chat: Chat, text: str
) -> None:
    with pytest.raises(UserError) as caught:
        await say(chat, f"/alert {text}")
    page = error_page(caught.value)
    assert page is not None
    check_page(page)
    assert isinstance(caught.value, BadArgument)
    assert "/alert" in words_of(page)
    assert await chat.services.alerts.of_chat(1) == []


async def test_an_alert_on_a_pair_that_is_not_listed_any_more_is_refused(chat: Chat) -> None:
    gone = [
        replace(pair, status=InstrumentStatus.DELISTED) if pair.symbol == "SOL/USD" else pair
        for pair in PAIRS
    ]
    chat.market.known = Instruments(gone)
    with pytest.raises(CannotWatch) as caught:
        await say(chat, "/alert sol > 200")
    page = error_page(caught.value)
    assert page is not None
    check_page(page)
    assert "Kraken delisted SOL/USD." in words_of(page)
    assert await chat.services.alerts.of_chat(1) == []
