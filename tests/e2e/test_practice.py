"""Practice as a newcomer meets it: who reads nothing but the page, and presses what it offers."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.demo import Demo, key, running_demo
from tests.e2e.driver import OVERFLOWS

A_MINUTE = 60
PATIENCE_MS = 60_000  # the card's last edit may wait for the chat's turn
FEWEST = 3
"""Presses until there is an order; more than these nobody should need."""

DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
YOU, FRIEND = 1, 2


@pytest.fixture(scope="module")
async def demo(anyio_backend: str) -> AsyncIterator[Demo]:
    """One demo for all tests of this file: each is another person's first time."""
    async with running_demo() as running:
        yield running


@pytest.fixture
def address(demo: Demo) -> str:
    return demo.url


class Newcomer:
    """Somebody who presses only what can be seen, and knows no command."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    async def press(self, what: Locator) -> None:
        await expect(what).to_be_in_viewport(ratio=0.9)
        await what.click()
        self.presses += 1

    async def finds(self, *words: str) -> Locator:
        """The newest message of the bot, once it has all these words; the same when it changes."""
        found = self.page.locator(".message:not(.is-out)")
        for word in words:
            found = found.filter(has_text=word)
        await expect(found.last).to_be_visible(timeout=PATIENCE_MS)
        number = await found.last.get_attribute("data-id")
        return self.page.locator(f'.message[data-id="{number}"]')

    async def chooses(self, command: str) -> None:
        """From the page's own list of commands, which scrolls."""
        await self.press(self.page.get_by_role("button", name="Commands"))
        row = self.page.get_by_role("option", name=f"/{command}")
        await row.scroll_into_view_if_needed()
        await self.press(row)


@pytest.mark.parametrize(
    ("screen", "user"), [(DESKTOP, YOU), (PHONE, FRIEND)], ids=["desktop", "phone"]
)
async def test_a_first_order_within_a_minute_of_make_demo(
    page: Page, demo: Demo, screen: dict[str, Any], user: int
) -> None:
    newcomer, opened = Newcomer(page), time.monotonic() - demo.start_seconds
    await page.goto(f"{demo.url}/#{user}/{user}")
    await newcomer.press(page.locator("#start"))
    welcome = await newcomer.finds("You are in 🧪 PAPER with 10,000 USD")
    await newcomer.press(key(welcome, "Practise a buy"))

    preview = await newcomer.finds("PAPER · preview")
    for row in ("Amount", "Cost", "Fee", "Total max", "Free after"):
        await expect(preview.locator("pre")).to_contain_text(row)
    await newcomer.press(key(preview, "Buy"))
    pushed = await newcomer.finds("Bought 0.")
    took, presses = time.monotonic() - opened, newcomer.presses
    assert presses == FEWEST
    assert took < A_MINUTE, f"{took:.0f} s with the start of the demo"
    await expect(pushed).to_contain_text("🧪 PAPER")
    await expect(pushed.locator(".reply")).to_be_visible()
    await expect(preview).to_contain_text("✅ Filled", timeout=PATIENCE_MS)
    await expect(key(preview, "Sell 25 %")).to_be_visible()

    await newcomer.chooses("paper")
    await newcomer.press(key(await newcomer.finds("you practise here already"), "Balance"))
    balance = await newcomer.finds("balance in USD")
    await expect(balance.locator("pre")).to_contain_text("BTC   0.000")
    await newcomer.press(key(await newcomer.finds("you practise here already"), "Stats"))
    await expect((await newcomer.finds("how it goes")).locator("pre")).to_contain_text("Trades 1")
    assert await page.evaluate(OVERFLOWS) == []
