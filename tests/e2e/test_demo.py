"""The demo as a newcomer meets it: one command, a browser, the first ten minutes."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from tests.e2e.demo import Demo, key, running_demo, write
from tests.e2e.driver import OVERFLOWS, SMALLEST_PHONE

LIVE_MS = 90_000  # a live message is renewed every few seconds
PRICE = re.compile(r"\d{1,3}(,\d{3})*\.\d+")


@pytest.fixture(scope="module")
async def demo(anyio_backend: str) -> AsyncIterator[Demo]:
    """One demo for all tests of this file: each works in what it finds."""
    async with running_demo() as running:
        yield running


@pytest.fixture
def address(demo: Demo) -> str:
    return demo.url


def prices(lines: list[str]) -> list[float]:
    """The first number of every line that begins with one."""
    found = (PRICE.match(line.strip()) for line in lines)
    return [float(match[0].replace(",", "")) for match in found if match]


async def test_the_start_button_leads_to_prices(chat: Page) -> None:
    await chat.locator("#start").click()
    welcome = chat.locator(".message:not(.is-out)").first
    await expect(welcome.locator(".key").first).to_be_visible()
    await key(welcome, "BTC/USD").click()
    answer = chat.locator(".message:not(.is-out)").last
    await expect(answer.locator("pre")).to_contain_text(PRICE)
    await expect(answer.locator("pre")).to_contain_text("BTC/USD")
    await expect(chat.locator(".key.is-loading")).to_have_count(0)


async def test_the_book_is_in_order_and_its_live_message_moves(chat: Page) -> None:
    book = await write(chat, "/book btc")
    await expect(book.locator("pre")).to_contain_text("spread")
    asks, _, bids = (await book.locator("pre").inner_text()).partition("spread")
    above, below = prices(asks.split("\n")), prices(bids.split("\n")[1:])
    assert len(above) >= 5
    assert len(below) >= 5
    assert above == sorted(above, reverse=True)
    assert below == sorted(below, reverse=True)
    assert above[-1] > below[0]

    await key(book, "Live").click()
    await expect(book).to_contain_text("Live until")
    shown = await book.locator("pre").inner_text()
    await expect(book.locator("pre")).not_to_have_text(shown, timeout=LIVE_MS)
    await key(book, "Stop").click()
    await expect(key(book, "Go on")).to_be_visible()


async def test_the_chart_is_a_picture_that_its_buttons_change(chat: Page) -> None:
    chart = await write(chat, "/candles btc 1h")
    picture = chart.locator(".photo img")
    await expect(picture).to_have_js_property("naturalWidth", 1280)
    await expect(picture).to_have_js_property("naturalHeight", 720)
    hourly = await picture.get_attribute("src")
    await key(chart, "15m").click()
    await expect(chart).to_contain_text("15m closed")
    await expect(picture).not_to_have_attribute("src", hourly or "")
    await expect(picture).to_have_js_property("naturalWidth", 1280)


async def test_a_watched_price_is_pinned_and_edits_itself(chat: Page) -> None:
    watch = await write(chat, "/watch btc eth")
    await expect(watch.locator("pre")).to_contain_text("ETH/USD")
    await expect(chat.locator("#pinned")).to_contain_text("BTC/USD")
    shown = await watch.locator("pre").inner_text()
    await expect(watch.locator("pre")).not_to_have_text(shown, timeout=LIVE_MS)
    await key(watch, "Stop").click()
    await expect(key(watch, "Go on")).to_be_visible()


async def test_a_mistyped_command_is_repaired_by_a_press(chat: Page) -> None:
    answer = await write(chat, "/tickr btc")
    await key(answer, "/ticker").click()
    await expect(chat.locator(".message:not(.is-out)").last.locator("pre")).to_contain_text("High")


async def test_the_commands_of_the_menu_all_answer(chat: Page) -> None:
    await write(chat, "/help")
    await chat.locator("#text").fill("/")
    offered = await chat.locator(".command-row b").all_inner_texts()
    assert {"/book", "/candles", "/watch", "/ticker", "/help"} <= set(offered)
    await chat.keyboard.press("Escape")
    for command in offered:
        answer = await write(chat, command)
        await expect(answer).not_to_contain_class("is-out")
        await expect(answer.locator(".html")).not_to_be_empty()


async def test_a_friend_and_a_group_are_answered_too(chat: Page) -> None:
    await chat.get_by_role("radio", name="Friend").click()
    await expect(await write(chat, "/ticker eth")).to_contain_text("ETH/USD")
    await chat.locator(".chat-row", has_text="Desk").click()
    await expect(await write(chat, "/price btc")).to_contain_text("BTC/USD")


@pytest.mark.parametrize("screen", [SMALLEST_PHONE])
async def test_its_answers_fit_the_smallest_phone(chat: Page) -> None:
    for command in ("/start", "/ticker btc", "/book btc", "/candles", "/status", "/settings"):
        await write(chat, command)
    assert await chat.evaluate(OVERFLOWS) == []
