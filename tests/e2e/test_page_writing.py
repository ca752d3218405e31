"""Writing to the bot: the field, the commands that complete, answering and editing."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.e2e.driver import BotSide

COMMANDS = [
    {"command": "book", "description": "Show the order book"},
    {"command": "buy", "description": "Buy something"},
    {"command": "candles", "description": "Show a chart"},
]


async def said(bot: BotSide) -> dict[str, Any]:
    """The next message that reaches the bot."""
    update = await bot.next_update()
    message: dict[str, Any] = update.get("message") or update["edited_message"]
    return message


@pytest.fixture
async def field(page: Page, bot: BotSide) -> Page:
    """A started chat with a bot that has told its commands."""
    await bot.call("setMyCommands", commands=COMMANDS)
    await bot.send("Hello")
    await page.goto(bot.page_url)
    await expect(page.locator(".message")).to_have_count(1)
    return page


async def test_an_empty_chat_describes_the_bot_and_starts(page: Page, bot: BotSide) -> None:
    await bot.call("setMyDescription", description="Practise trading without risk.")
    await page.goto(bot.page_url)
    await expect(page.locator("#welcome")).to_contain_text("Practise trading without risk.")
    await page.get_by_role("button", name="START", exact=True).click()
    assert (await said(bot))["text"] == "/start"
    await expect(page.locator("#welcome")).to_be_hidden()
    await expect(page.locator("#text")).to_be_visible()


async def test_enter_sends_and_shift_enter_begins_a_line(field: Page, bot: BotSide) -> None:
    await field.locator("#text").press_sequentially("first")
    await field.keyboard.press("Shift+Enter")
    await field.locator("#text").press_sequentially("second")
    await field.keyboard.press("Enter")
    assert (await said(bot))["text"] == "first\nsecond"
    await expect(field.locator("#text")).to_have_value("")
    await expect(field.locator(".is-out .html")).to_have_text("first\nsecond")


async def test_a_slash_offers_commands_that_narrow_as_one_types(field: Page) -> None:
    rows = field.get_by_role("option")
    await field.locator("#text").press_sequentially("/")
    await expect(rows).to_have_count(3)
    await field.locator("#text").press_sequentially("b")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Show the order book")
    await field.locator("#text").press_sequentially("ook btc")
    await expect(field.locator("#commands")).to_be_hidden()


async def test_arrows_and_enter_run_a_command(field: Page, bot: BotSide) -> None:
    await field.locator("#text").press_sequentially("/b")
    await field.keyboard.press("ArrowDown")
    await expect(field.get_by_role("option").nth(1)).to_have_attribute("aria-selected", "true")
    await field.keyboard.press("Enter")
    assert (await said(bot))["text"] == "/buy"
    await expect(field.locator("#text")).to_have_value("")


async def test_tab_completes_a_command_for_more_words(field: Page, bot: BotSide) -> None:
    await field.locator("#text").press_sequentially("/bo")
    await field.keyboard.press("Tab")
    await expect(field.locator("#text")).to_have_value("/book ")
    await field.locator("#text").press_sequentially("eth")
    await field.keyboard.press("Enter")
    assert (await said(bot))["text"] == "/book eth"


async def test_escape_closes_the_commands_and_keeps_the_text(field: Page, bot: BotSide) -> None:
    await field.locator("#text").press_sequentially("/b")
    await field.keyboard.press("Escape")
    await expect(field.locator("#commands")).to_be_hidden()
    await field.keyboard.press("Enter")
    assert (await said(bot))["text"] == "/b"


async def test_the_menu_button_lists_all_commands(field: Page, bot: BotSide) -> None:
    await field.get_by_role("button", name="Commands").click()
    await expect(field.get_by_role("option")).to_have_count(3)
    await field.get_by_role("option", name="/candles").click()
    assert (await said(bot))["text"] == "/candles"
    await expect(field.locator("#commands")).to_be_hidden()


async def test_new_commands_are_offered_without_a_reload(field: Page, bot: BotSide) -> None:
    await bot.call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await field.locator("#text").fill("/h")
    await expect(field.get_by_role("option")).to_have_text(["/helpHelp"])


async def test_commands_that_come_while_one_is_typed_are_offered(
    field: Page, bot: BotSide
) -> None:
    await field.locator("#text").press_sequentially("/h")
    await expect(field.get_by_role("option")).to_have_count(0)
    await bot.call("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    await expect(field.get_by_role("option")).to_have_text(["/helpHelp"])


async def test_arrow_up_recalls_what_was_sent(field: Page, bot: BotSide) -> None:
    for text in ("one", "two"):
        await field.locator("#text").fill(text)
        await field.keyboard.press("Enter")
        await said(bot)
        await expect(field.locator(".is-out").last).to_contain_text(text)
    await field.keyboard.press("ArrowUp")
    await expect(field.locator("#text")).to_have_value("two")
    await field.keyboard.press("ArrowUp")
    await expect(field.locator("#text")).to_have_value("one")
    await field.keyboard.press("ArrowDown")
    await field.keyboard.press("ArrowDown")
    await expect(field.locator("#text")).to_have_value("")


async def test_an_own_message_can_be_edited(field: Page, bot: BotSide) -> None:
    await field.locator("#text").fill("buy 1 btc")
    await field.keyboard.press("Enter")
    first = await said(bot)
    await field.locator(".is-out .bubble").click(button="right")
    await field.get_by_role("menuitem", name="Edit").click()
    await expect(field.locator("#text")).to_have_value("buy 1 btc")
    await field.locator("#text").fill("buy 2 btc")
    await field.keyboard.press("Enter")
    edited = await said(bot)
    assert (edited["message_id"], edited["text"]) == (first["message_id"], "buy 2 btc")
    await expect(field.locator(".is-out .edited")).to_be_visible()


async def test_a_message_can_be_answered(field: Page, bot: BotSide) -> None:
    await field.locator(".message").first.hover()
    await field.get_by_role("button", name="Message actions").first.click()
    await field.get_by_role("menuitem", name="Reply").click()
    await expect(field.locator("#context")).to_contain_text("Hello")
    await field.locator("#text").fill("0.02")
    await field.keyboard.press("Enter")
    assert (await said(bot))["reply_to_message"]["text"] == "Hello"
    await expect(field.locator(".reply")).to_contain_text("Hello")
    await expect(field.locator("#context")).to_be_hidden()


async def test_a_bot_that_asks_for_an_answer_gets_one(field: Page, bot: BotSide) -> None:
    await bot.send("Which amount?", reply_markup={"force_reply": True})
    await expect(field.locator("#context")).to_contain_text("Which amount?")
    await field.locator("#text").fill("0.02")
    await field.keyboard.press("Enter")
    assert (await said(bot))["reply_to_message"]["text"] == "Which amount?"


async def test_a_question_that_waits_is_answered_after_a_reload(field: Page, bot: BotSide) -> None:
    await bot.send("Which amount?", reply_markup={"force_reply": True})
    await expect(field.locator(".message")).to_have_count(2)
    await field.reload()
    await expect(field.locator("#context")).to_contain_text("Which amount?")


async def test_a_draft_waits_in_its_chat(field: Page) -> None:
    await field.locator("#text").fill("not yet")
    await field.locator(".chat-row", has_text="Desk").click()
    await expect(field.locator("#text")).to_have_value("")
    await field.locator(".chat-row").first.click()
    await expect(field.locator("#text")).to_have_value("not yet")


async def test_what_was_not_sent_stays_in_the_field(field: Page) -> None:
    await field.route("**/sim/message", lambda route: route.abort())
    await field.locator("#text").fill("precious")
    await field.keyboard.press("Enter")
    await expect(field.locator(".toast")).to_contain_text("Not sent")
    await expect(field.locator("#text")).to_have_value("precious")
