"""The page fits a phone, has two themes, and comes back when the server does."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from bot.standin.server import LocalTelegram
from tests.e2e.driver import OVERFLOWS, SMALLEST_PHONE, BotSide, keyboard, png

WIDE_TABLE = "\n".join(f"60,01{line}.9 {'1.2500':>12} {'3.11':>9}!" for line in range(10))
SMALLEST_TARGET = 36  # px, for a finger

OUTSIDE = """
() => [...document.querySelectorAll(".message .stack, .chat-head > *, .composer > *")]
  .map(node => [node.className || node.id, node.getBoundingClientRect()])
  .filter(([, box]) => box.width && (box.left < 0 || box.right > innerWidth + 0.5))
  .map(([name, box]) => `${name}: ${box.left} to ${box.right}`)
"""
TARGETS = """
() => [...document.querySelectorAll("button, textarea, a.document, a.icon-button")]
  .filter(node => !node.matches(".command") && node.checkVisibility({checkVisibilityCSS: true}))
  .map(node => [node.id || node.className, node.getBoundingClientRect()])
  .map(([name, box]) => [name, Math.round(Math.min(box.width, box.height))])
"""


@pytest.fixture(params=["phone", "desktop"])
def screen(request: pytest.FixtureRequest) -> dict[str, Any]:
    size = {"viewport": {"width": 1280, "height": 800}}
    return SMALLEST_PHONE if request.param == "phone" else size


only_phone = pytest.mark.parametrize("screen", ["phone"], indirect=True)
only_desktop = pytest.mark.parametrize("screen", ["desktop"], indirect=True)


async def furnish(bot: BotSide, chat_id: int) -> None:
    """One of everything that a bot can send."""
    keys = keyboard(["15m", "＋EMA long", "Sixteen letters!"], ["Confirm"], Confirm="success")
    assert max(map(len, WIDE_TABLE.split("\n"))) == 32
    await bot.send(f"<pre>{WIDE_TABLE}</pre>\nBuy 1 BTC", chat_id, reply_markup=keys)
    await bot.send("0123456789" * 12, chat_id)
    await bot.send("<blockquote expandable>" + "why\n" * 9 + "</blockquote>", chat_id)
    await bot.send_file("document", b"1" * 999, "a-rather-long-file-name-2026.csv", chat_id)
    await bot.send_file("photo", png(1280, 720), "c.png", chat_id, reply_markup=keys)
    last = await bot.send("pinned", chat_id)
    await bot.call("pinChatMessage", chat_id=chat_id, message_id=last)


@pytest.mark.parametrize("chat_id", [1, -100])
async def test_nothing_reaches_over_the_edge(page: Page, bot: BotSide, chat_id: int) -> None:
    await furnish(bot, chat_id)
    await page.goto(f"{bot.page_url}/#1/{chat_id}")
    await expect(page.locator(".message")).to_have_count(6)
    await expect(page.locator(".photo img")).to_have_js_property("naturalWidth", 1280)
    assert await page.evaluate(OVERFLOWS) == []
    assert await page.evaluate(OUTSIDE) == []


@only_phone
async def test_everything_can_be_hit_with_a_finger(page: Page, bot: BotSide) -> None:
    await furnish(bot, 1)
    await page.goto(bot.page_url)
    await expect(page.locator(".message")).to_have_count(6)
    await page.locator("#text").fill("/")
    targets = await page.evaluate(TARGETS)
    await page.locator("#back").tap()
    await expect(page.locator(".person").first).to_be_visible()
    targets += await page.evaluate(TARGETS)
    assert len(targets) > 15
    assert [target for target in targets if target[1] < SMALLEST_TARGET] == []


@only_phone
async def test_a_phone_shows_chats_and_chat_in_turn(chat: Page, bot: BotSide) -> None:
    await expect(chat.locator(".sidebar")).to_be_hidden()
    await chat.locator("#back").tap()
    await expect(chat.locator(".chat-row").first).to_be_visible()
    await expect(chat.locator("#start")).to_be_hidden()
    await bot.send("unseen")
    await expect(chat.locator(".chat-row .badge")).to_have_text("1")
    await chat.locator(".chat-row", has_text="Desk").tap()
    await expect(chat.locator("#chat-name")).to_have_text("Desk")
    await expect(chat.locator("#back-badge")).to_have_text("1")
    await chat.go_back()
    await expect(chat.locator(".chat-row").first).to_be_visible()


@only_phone
async def test_a_held_finger_opens_a_messages_actions(chat: Page, bot: BotSide) -> None:
    await bot.send("hold me")
    bubble = chat.locator(".message .bubble")
    touch = {"pointerType": "touch", "clientX": 60, "clientY": 600, "bubbles": True}
    await bubble.dispatch_event("pointerdown", touch)
    await expect(chat.get_by_role("menuitem", name="Reply")).to_be_visible()


@only_desktop
async def test_the_theme_follows_the_system_until_it_is_chosen(
    page: Page, telegram: LocalTelegram
) -> None:
    await page.emulate_media(color_scheme="dark")
    await page.goto(telegram.url)
    root = page.locator("html")
    await expect(root).to_have_attribute("data-theme", "dark")
    await page.emulate_media(color_scheme="light")
    await expect(root).to_have_attribute("data-theme", "light")

    await page.locator("#theme").click()
    await expect(root).to_have_attribute("data-theme", "dark")
    await page.reload()
    await expect(root).to_have_attribute("data-theme", "dark")


@only_desktop
async def test_the_page_comes_back_when_the_server_does(
    page: Page, telegram: LocalTelegram
) -> None:
    port = int(telegram.url.rsplit(":", 1)[1])
    await page.goto(telegram.url)
    await expect(page.locator("#start")).to_be_visible()
    await telegram.close()
    await expect(page.locator("#lost")).to_contain_text("Connection lost")

    async with LocalTelegram.serving(port=port, token=telegram.token) as again:
        said = {"user_id": 1, "chat_id": 1, "text": "meanwhile"}
        await page.request.post(f"{again.url}/sim/message", data=said)
        await expect(page.locator("#lost")).to_be_hidden()
        await expect(page.locator(".message .html")).to_have_text("meanwhile")
        await page.request.post(f"{again.url}/sim/message", data=said | {"text": "and live"})
        await expect(page.locator(".message .html").last).to_have_text("and live")


@only_desktop
async def test_what_happened_in_a_gap_is_there_afterwards(page: Page, bot: BotSide) -> None:
    kept, dropped = await bot.send("kept"), await bot.send("dropped")
    await page.goto(bot.page_url)
    await expect(page.locator(".message")).to_have_count(2)
    await page.evaluate("dispatchEvent(new Event('pagehide'))")  # as if the machine slept
    await bot.edit(kept, "changed")
    await bot.call("deleteMessage", chat_id=1, message_id=dropped)
    await bot.send("added")
    await expect(page.locator(".message .html")).to_have_text(["kept", "dropped"])
    await page.evaluate("dispatchEvent(new Event('pageshow'))")
    await expect(page.locator(".message .html")).to_have_text(["changed", "added"])


@only_desktop
async def test_the_page_says_that_nothing_here_is_real(chat: Page) -> None:
    notice = chat.locator(".notice")
    await expect(notice).to_contain_text("simulated market")
    await expect(notice).to_contain_text("nothing leaves this machine")
