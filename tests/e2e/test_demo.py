"""The demo as a newcomer meets it: one command, a browser, the first ten minutes."""

import asyncio
import contextlib
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.driver import OVERFLOWS, SMALLEST_PHONE

PROJECT = Path(__file__).parents[2]
READY = re.compile(r"Chat page: (http://127\.0\.0\.1:\d+)")
READY_SECONDS = 40
STOP_SECONDS = 10
LIVE_MS = 30_000  # a live message is renewed every few seconds
PRICE = re.compile(r"\d{1,3}(,\d{3})*\.\d+")


class Demo:
    """The product as a process of its own; everything it says is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""
        self.url = ""

    async def become_ready(self) -> None:
        """Raises: AssertionError with what the process said when it does not come up."""
        assert self.process.stdout
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                async for line in self.process.stdout:
                    self.said += line.decode()
                    if found := READY.search(self.said):
                        self.url = found[1]
                        return
        raise AssertionError(f"the demo did not get ready:\n{self.said}")

    async def listen(self) -> None:
        """Reads on until the process ends, so that it is never stopped by a full pipe."""
        assert self.process.stdout
        async for line in self.process.stdout:
            self.said += line.decode()


@pytest.fixture(scope="module")
async def demo(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Demo]:
    """One demo for all tests of this file: each works in what it finds."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--no-open"),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Demo(process)
    try:
        await running.become_ready()
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(running.listen())
            yield running
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_SECONDS):
                await listening
                assert await process.wait() == 0, running.said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
def address(demo: Demo) -> str:
    return demo.url


async def write(chat: Page, text: str) -> Locator:
    """Sends a text; the answer is the message after it."""
    if await chat.locator("#start").is_visible():
        await chat.locator("#start").click()
        await expect(chat.locator(".message:not(.is-out)").last).to_be_visible()
    number = await chat.locator(".message").count()
    await chat.locator("#text").fill(f"{text} ")
    await chat.keyboard.press("Enter")
    answer = chat.locator(".message").nth(number + 1)
    await expect(answer).to_be_visible()
    return chat.locator(f'.message[data-id="{await answer.get_attribute("data-id")}"]')


def key(message: Locator, label: str) -> Locator:
    return message.locator(".key", has_text=label).first


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
