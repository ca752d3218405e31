"""Asking the bot from the field in any chat: what it offers, and what is posted."""

from typing import Any

from playwright.async_api import Page, expect

from tests.e2e.driver import BotSide

RESULTS = [
    {
        "type": "article",
        "id": name,
        "title": f"{name} 60,010.3",
        "description": "up",
        "input_message_content": {"message_text": f"<b>{name}</b> now", "parse_mode": "HTML"},
    }
    for name in ("BTC/USD", "ETH/USD")
]


async def opened(page: Page, bot: BotSide) -> str:
    """A chat with a bot whose name this is."""
    await bot.send("Hello")
    await page.goto(bot.page_url)
    await expect(page.locator(".message")).to_have_count(1)
    return str((await bot.call("getMe"))["username"])


async def asked(bot: BotSide) -> dict[str, Any]:
    update = await bot.next_update()
    query: dict[str, Any] = update["inline_query"]
    return query


async def test_what_the_bot_offers_stands_over_the_field_and_enter_posts_it(
    page: Page, bot: BotSide
) -> None:
    name, field = await opened(page, bot), page.locator("#text")
    await field.fill(f"@{name} btc")
    query = await asked(bot)
    assert (query["query"], query["chat_type"]) == ("btc", "sender")
    await bot.call("answerInlineQuery", inline_query_id=query["id"], results=RESULTS)
    rows = page.locator("#inline").get_by_role("option")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator(".is-out .html")).to_have_text("ETH/USD now")
    await expect(field).to_have_value("")
    await expect(page.locator("#inline")).to_be_hidden()
    posted = (await bot.next_update())["message"]
    assert posted["via_bot"]["username"] == name


async def test_a_press_posts_it_and_escape_or_other_words_hide_it(
    page: Page, bot: BotSide
) -> None:
    name, field = await opened(page, bot), page.locator("#text")
    await field.fill(f"@{name} eth")
    query = await asked(bot)
    await bot.call(
        "answerInlineQuery", inline_query_id=query["id"], results=RESULTS, cache_time=60
    )
    rows = page.locator("#inline").get_by_role("option")
    await expect(rows).to_have_count(2)
    await page.keyboard.press("Escape")
    await expect(page.locator("#inline")).to_be_hidden()
    await field.fill("hello")
    await field.fill(f"@{name} eth")
    await expect(rows).to_have_count(2)  # from the cache: the bot is not asked again
    await rows.first.click()
    await expect(page.locator(".is-out .html")).to_have_text("BTC/USD now")


async def test_the_button_of_an_empty_answer_leads_to_the_private_chat(
    page: Page, bot: BotSide
) -> None:
    name, field = await opened(page, bot), page.locator("#text")
    await field.fill(f"@{name} ")
    query = await asked(bot)
    button = {"text": "Start the bot", "start_parameter": "hello"}
    await bot.call("answerInlineQuery", inline_query_id=query["id"], results=[], button=button)
    await page.locator("#inline").get_by_role("option", name="Start the bot").click()
    assert (await bot.next_update())["message"]["text"] == "/start hello"
    await expect(field).to_have_value("")
