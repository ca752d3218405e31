"""Alerts in a chat: /alert, /alerts and their buttons, straight to the handlers."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.alerts.syntax import NoAlert, TooManyAlerts
from bot.core.alerts.words import PER_CHAT, Alert, State
from bot.core.errors import BadArgument, NotReady
from bot.core.page import Page
from bot.core.texts.errors import error_page
from bot.handlers import TAPS
from kraken.core.errors import UnknownInstrument
from kraken.watch import Watch
from tests.chat_talk import say, tap
from tests.fake_bot import Chat
from tests.page_rules import check_page, words_of


@pytest.fixture
def chat() -> Iterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


@pytest.fixture
async def one(chat: Chat) -> AsyncIterator[Page]:
    yield await say(chat, '/alert btc > 65000 sell 25% note="half?"')


async def numbers(chat: Chat) -> list[int]:
    return [alert.number for alert in await chat.services.alerts.of_chat(1)]


async def fire(chat: Chat, alert: Alert) -> None:
    """It happens now; nobody is told."""
    door: Any = chat.services.alerts
    await door._change(replace(alert, state=State.FIRED))


def first_line(page: Page) -> str:
    return words_of(page).split("\n")[0]


async def test_a_new_alert_says_what_is_watched_and_how_far_it_is(chat: Chat, one: Page) -> None:
    said = words_of(one)
    assert first_line(one) == "🔔 #1 BTC/USD > 65,000.0"
    assert "Once." in said
    assert "Now 60,010.3, needs +8.31 %. Checked on every trade. Kept until it fires." in said
    assert "“half?”" in said


async def test_bare_it_offers_examples_that_all_work(chat: Chat) -> None:
    page = await say(chat, "/alert")
    assert not any(button.label.startswith("/") for button in page.buttons())
    assert [button.label for button in page.rows[0]] == ["Above 63,010.8", "Below 57,009.8"]
    for button in page.buttons():
        await TAPS[button.verb].handler(chat.ask(payload=button.payload))
    assert len(await numbers(chat)) == 5


async def test_what_is_true_already_is_asked_about_and_nothing_is_set(chat: Chat) -> None:
    page = await say(chat, "/alert btc > 58000 loud")
    assert first_line(page) == "BTC/USD is already above 58,000.0"
    assert await numbers(chat) == []
    after = await tap(chat, page, "When it rises there again")
    assert "at the next crossing" in words_of(after)
    [alert] = await chat.services.alerts.of_chat(1)
    assert (alert.progress.armed, alert.wish.options.sound) == (False, "loud")
    back = await tap(chat, page, "When it falls below")
    assert first_line(back) == "🔔 #2 BTC/USD < 58,000.0"


async def test_a_move_from_now_is_a_price(chat: Chat) -> None:
    assert first_line(await say(chat, "/alert btc +10%")) == "🔔 #1 BTC/USD > 66,011.3"
    assert first_line(await say(chat, "/alert btc -10%")) == "🔔 #2 BTC/USD < 54,009.3"


async def test_options_are_changed_by_buttons(chat: Chat, one: Page) -> None:
    labels = [[button.label for button in row] for row in one.rows]
    assert labels == [["Every time", "Expires ▾"], ["With chart", "✖ Delete"]]
    assert "Every time." in words_of(await tap(chat, one, "Every time"))
    choices = await tap(chat, one, "Expires ▾")
    assert "for 7 d" in words_of(await tap(chat, choices, "7 days"))
    assert "for 7 d" in words_of(await tap(chat, choices, "Back"))
    assert " for " not in words_of(await tap(chat, choices, "Never"))
    drawn = await tap(chat, one, "With chart")
    assert "with chart" in words_of(drawn)
    assert "with chart" not in words_of(await tap(chat, drawn, "Without chart"))
    gone = await tap(chat, one, "✖ Delete")
    assert first_line(gone) == "✖ Alert #1 is deleted."
    assert await numbers(chat) == []
    with pytest.raises(NoAlert) as caught:
        await tap(chat, one, "Every time")
    page = error_page(caught.value)
    assert page is not None
    check_page(page)


async def test_the_list_shows_distance_and_opens_each(chat: Chat, one: Page) -> None:
    await say(chat, "/alert eth ±5% 1h every 2h between 8-22")
    await say(chat, "/alert btc rsi14 1h < 30 and > 50000")
    page = await say(chat, "/alerts")
    said = words_of(page)
    assert first_line(page) == "🔔 3 of 50 alerts"
    assert "once, needs +8.31 %" in said
    assert "every 2h, between 8-22" in said
    assert "rsi14 1h < 30 and > 50,000.0" in said
    assert first_line(await tap(chat, page, "#2")) == "🔔 #2 ETH/USD ±5 % in 1h"
    assert first_line(await say(chat, "/alerts eth")) == "🔔 1 of 50 alerts"


async def test_a_long_list_has_pages_and_fifty_is_the_most(chat: Chat) -> None:
    for number in range(PER_CHAT):
        await say(chat, f"/alert btc > {65000 + number}")
    page = await say(chat, "/alerts")
    while any(button.label == "›" for button in page.buttons()):
        page = await tap(chat, page, "›")
    assert "#50" in words_of(page)
    with pytest.raises(TooManyAlerts) as caught:
        await say(chat, "/alert btc > 70000")
    refused = error_page(caught.value)
    assert refused is not None
    check_page(refused)
    assert len(await numbers(chat)) == PER_CHAT


async def test_all_rest_and_watch_again(chat: Chat, one: Page) -> None:
    assert "1 alert rests until 14:00 UTC" in words_of(await say(chat, "/alerts off 2h"))
    [alert] = await chat.services.alerts.of_chat(1)
    assert alert.rests_until == chat.clock.now() + timedelta(hours=2)
    assert "rests until" in words_of(await say(chat, "/alerts"))
    assert "1 alert watches again" in words_of(await say(chat, "/alerts on"))


async def test_what_has_happened_does_not_begin_anew_because_all_rest(
    chat: Chat, one: Page
) -> None:
    [alert] = await chat.services.alerts.of_chat(1)
    await fire(chat, alert)
    await say(chat, "/alerts off 2h")
    [after] = await chat.services.alerts.of_chat(1)
    assert (after.state, after.rests_until) == (State.FIRED, None)


async def test_all_are_deleted_after_one_question_but_not_those_set_since(
    chat: Chat, one: Page
) -> None:
    await say(chat, "/alert btc > 66000")
    page = await say(chat, "/alerts clear")
    assert await numbers(chat) == [1, 2]
    await say(chat, "/alert btc > 67000")
    assert first_line(await tap(chat, page, "Delete all 2")) == "✖ 2 alerts deleted."
    assert await numbers(chat) == [3]


async def test_sleep_again_and_seen(chat: Chat, one: Page) -> None:
    [alert] = await chat.services.alerts.of_chat(1)
    for verb in ("alert_sleep", "alert_seen", "alert_again"):
        await TAPS[verb].handler(chat.ask(payload={"alert": 1, "for": 3600}))
    [after] = await chat.services.alerts.of_chat(1)
    assert (after.state, after.rests_until) == (State.ARMED, None)
    assert after.wish == alert.wish


async def test_nothing_is_half_made_where_the_price_or_the_pair_is_not_known(chat: Chat) -> None:
    chat.market.tickers["BTC/USD"] = Watch()
    with pytest.raises(NotReady):
        await say(chat, "/alert btc > 65000")
    with pytest.raises(UnknownInstrument):
        await say(chat, "/alert nosuch > 65000")
    for text in ("/alert btc abve 65000", "/alert btc > 0", "/alert btc > 1,5"):
        with pytest.raises(BadArgument) as caught:
            await say(chat, text)
        page = error_page(caught.value)
        assert page is not None
        check_page(page)
    assert await numbers(chat) == []


async def test_a_card_and_a_price_lead_to_alerts(chat: Chat) -> None:
    for command in ("/ticker btc", "/price btc"):
        page = await tap(chat, await say(chat, command), "🔔 Alert")
        assert "BTC/USD" in first_line(page)


async def test_nobody_else_sees_or_changes_an_alert(chat: Chat, one: Page) -> None:
    with pytest.raises(NoAlert):
        await chat.services.alerts.get(2, 1)
    assert await chat.services.alerts.of_chat(2) == []


async def test_what_was_deleted_while_it_is_changed_stays_deleted(chat: Chat, one: Page) -> None:
    door = chat.services.alerts
    [alert] = await door.of_chat(1)
    await door.remove([alert])
    with pytest.raises(NoAlert):
        await door.change(alert)
    await door.again(alert)
    await door.rest([alert], chat.clock.now() + timedelta(hours=1))
    assert await door.wake(await door.of_chat(1)) == 0
    assert await door.of_chat(1) == []
    with pytest.raises(NoAlert):
        await door.get(1, alert.number)


async def test_what_happens_while_it_is_changed_is_not_watched_for_again(
    chat: Chat, one: Page
) -> None:
    door = chat.services.alerts
    [as_read] = await door.of_chat(1)
    await fire(chat, as_read)
    loud = replace(as_read.wish.options, sound="loud")
    await door.change(replace(as_read, wish=replace(as_read.wish, options=loud)))
    [after] = await door.of_chat(1)
    assert (after.state, after.wish.options.sound) == (State.FIRED, "loud")
