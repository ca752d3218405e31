"""What the bot does while nobody looks, as a person sees it in a browser."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.demo import Demo, key, running_demo, write
from tests.e2e.driver import OVERFLOWS, SMALLEST_PHONE

PATIENCE_MS = 60_000
A_DAY = 86_400
ABOVE = re.compile(r"Above ([\d,.]+)$")


@pytest.fixture(scope="module")
async def demo(anyio_backend: str) -> AsyncIterator[Demo]:
    """One demo for all tests of this file: each works in what it finds."""
    async with running_demo() as running:
        yield running


@pytest.fixture
def address(demo: Demo) -> str:
    return demo.url


async def sees(chat: Page, *words: str) -> Locator:
    """The newest message of the bot, once it has all these words; the same when it changes."""
    found = chat.locator(".message:not(.is-out)")
    for word in words:
        found = found.filter(has_text=word)
    await expect(found.last).to_be_visible(timeout=PATIENCE_MS)
    return chat.locator(f'.message[data-id="{await found.last.get_attribute("data-id")}"]')


async def test_an_alert_of_a_button_tells_when_the_market_gets_there(
    chat: Page, demo: Demo
) -> None:
    offered = key(await write(chat, "/alert"), "Above ")
    level = Decimal(ABOVE.findall(await offered.inner_text())[0].replace(",", ""))
    await offered.click()
    await sees(chat, "#1 BTC/USD", "Kept until it fires")

    await demo.ask("market", symbol="BTC/USD", price=f"{level + 50:.0f}")
    push = await sees(chat, f"🔔 BTC/USD > {level:,}", "Traded", "UTC · 24h ")
    await key(push, "Chart").click()
    await expect(chat.locator(".photo img").last).to_have_js_property("naturalWidth", 1280)
    await key(push, "Again").click()
    await sees(chat, "BTC/USD", "Kept until it fires")


@pytest.mark.parametrize("screen", [SMALLEST_PHONE])
async def test_the_button_of_an_alert_opens_a_preview_and_sends_no_order(
    chat: Page, demo: Demo
) -> None:
    await write(chat, '/alert eth +1% buy 50usd note="cheap no more"')
    price = (await (await write(chat, "/price eth")).locator("pre").inner_text()).split()[1]
    higher = Decimal(price.replace(",", "")) * Decimal("1.02")
    await demo.ask("market", symbol="ETH/USD", price=f"{higher:.0f}")
    push = await sees(chat, "🔔 ETH/USD", "cheap no more", "Traded")

    await key(push, "Buy 50").click()
    preview = await sees(chat, "🧪 PAPER · preview", "ETH/USD")
    await expect(key(preview, "Buy 0.")).to_be_visible()
    await expect(await write(chat, "/orders all")).not_to_contain_text("ETH/USD")
    await expect(await write(chat, "/balance")).to_contain_text("10,000.00")

    await key(preview, "Cancel").click()
    await expect(preview).to_contain_text("Nothing was sent")
    assert await chat.evaluate(OVERFLOWS) == []


async def test_a_recurring_buy_made_with_buttons_runs_with_the_clock(
    chat: Page, demo: Demo
) -> None:
    panel = await write(chat, "/dca")
    await key(panel, "50 USD").click()
    await expect(panel).to_contain_text("Each time: 50 USD")
    await key(panel, "Preview").click()
    preview = await sees(chat, "🧪 PAPER · 🔁", "Each run max", "Next:")
    await key(preview, "Start the plan").click()
    await sees(chat, "DCA #1 is on")

    for number in (1, 2, 3):
        await demo.ask("clock", advance=A_DAY)
        report = await sees(chat, "🧪 PAPER", "🔁 DCA #1 ▲", f"run {number}")
        await expect(report).to_contain_text("50.00 USD")
    await expect(chat.locator(".message", has_text="🔁 DCA #1 ▲")).to_have_count(3)

    plans = await write(chat, "/dca list")
    await key(plans, "Pause 1").click()
    await sees(chat, "DCA #1", "paused")
    await expect(await write(chat, "/balance")).to_contain_text("BTC   0.00")
    assert await chat.evaluate(OVERFLOWS) == []
