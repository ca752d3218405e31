"""Real money as a newcomer meets it in a browser: a key, the switch, and orders to the end."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.demo import Demo, key, running_demo, write
from tests.e2e.driver import OVERFLOWS, SMALLEST_PHONE

PATIENCE_MS = 60_000  # the card's last edit may wait for the chat's turn


@pytest.fixture(scope="module")
async def demo(anyio_backend: str) -> AsyncIterator[Demo]:
    """One demo for all tests of this file: each works in what it finds."""
    async with running_demo() as running:
        yield running


@pytest.fixture
def address(demo: Demo) -> str:
    return demo.url


def last(chat: Page) -> Locator:
    """The newest message of the bot."""
    return chat.locator(".message:not(.is-out)").last


async def confirm(card: Locator, label: str) -> None:
    await key(card, label).click()
    await expect(card).not_to_contain_text("preview", timeout=PATIENCE_MS)


async def test_from_a_key_to_an_order_of_real_money_and_back(chat: Page, demo: Demo) -> None:
    user = await demo.ask("users", balances={"USD": "10000"}, tier="pro")
    await connect(chat, user)
    await write(chat, "/live")
    await expect(await write(chat, "live")).to_contain_text("real money from here on")

    card = await write(chat, "/buy 0.001 btc @ -2%")
    await confirm(card, "Buy 0.001 BTC · LIVE")
    await expect(card).to_contain_text("🟦 Open")
    await expect(await write(chat, "/orders")).to_contain_text("1 open order")
    change = await write(chat, "/amend last -1%")
    await key(change, "Change it · LIVE").click()
    await expect(change).to_contain_text("changed")

    ticker = await write(chat, "/price btc")
    price = (await ticker.locator("pre").inner_text()).split()[1].replace(",", "")
    await demo.ask("market", symbol="BTC/USD", price=f"{float(price) * 0.97:.0f}")
    push = chat.locator(".message", has_text="Bought 0.001 BTC")
    await expect(push).to_be_visible(timeout=PATIENCE_MS)
    await expect(push.locator(".reply")).to_be_visible()
    await expect(card).to_contain_text("✅ Filled", timeout=PATIENCE_MS)

    rest = await write(chat, "/buy 0.001 btc @ -4%")
    await confirm(rest, "Buy 0.001 BTC · LIVE")
    await expect(await write(chat, "/cancel last")).to_contain_text("LIVE", timeout=PATIENCE_MS)
    await expect(rest).to_contain_text("⚪ Cancelled", timeout=PATIENCE_MS)

    await expect(await write(chat, "/balance")).to_contain_text("BTC   0.00100000")
    await expect(await write(chat, "/pnl")).to_contain_text("Unrealised")
    await write(chat, "/export trades")
    async with chat.expect_download() as downloading:
        await chat.locator(".document").last.click()
    content = (await (await downloading.value).path()).read_text()
    assert "BTC/USD,buy" in content


async def connect(chat: Page, user: dict[str, Any]) -> None:
    """As the bot asks for it: the page, the button, both keys in one answer; no key stays."""
    await key(await write(chat, "/connect"), "I have my key").click()
    await expect(last(chat)).to_contain_text("Send the API key")
    await chat.locator("#text").fill(f"{user['api_key']}\n{user['api_secret']}")
    await chat.keyboard.press("Enter")
    connected = chat.locator(".message", has_text="You are still in")
    await expect(connected).to_be_visible(timeout=PATIENCE_MS)
    await expect(chat.locator(".message", has_text=user["api_secret"])).to_have_count(0)


@pytest.mark.parametrize("screen", [SMALLEST_PHONE])
async def test_trading_fits_the_smallest_phone(chat: Page) -> None:
    await write(chat, "/paper")
    for command in ("/buy", "/buy 50usd btc market", "/sell max btc stop=-3% tp=+6%", "/orders"):
        await write(chat, command)
    for command in ("/balance", "/portfolio", "/pnl", "/trades", "/fees", "/limits", "/help buy"):
        await write(chat, command)
    assert await chat.evaluate(OVERFLOWS) == []
