"""Several people and chats on one page: who writes, what is unread, where one was."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.driver import BotSide


def person(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name)


def row(page: Page, title: str) -> Locator:
    return page.locator(".chat-row", has_text=title)


async def test_one_writes_as_the_chosen_person(chat: Page, bot: BotSide) -> None:
    await person(chat, "Friend").click()
    await expect(chat.locator("#writing-as")).to_have_text("Friend")
    await chat.get_by_role("button", name="START", exact=True).click()
    message = (await bot.next_update())["message"]
    assert (message["from"]["id"], message["chat"]["id"]) == (2, 2)


async def test_a_group_shows_who_said_what(chat: Page, bot: BotSide) -> None:
    await row(chat, "Desk").click()
    await expect(chat.locator("#chat-status")).to_have_text("2 members and Kraken Bot")
    await bot.person("message", user_id=2, chat_id=-100, text="hello all")
    await chat.locator("#text").fill("hello Friend")
    await chat.keyboard.press("Enter")
    messages = chat.locator(".message")
    await expect(messages).to_have_count(2)
    await expect(messages.nth(0).locator(".sender")).to_have_text("Friend")
    await expect(messages.nth(1)).to_contain_class("is-out")

    await person(chat, "Friend").click()
    await row(chat, "Desk").click()
    await expect(messages.nth(0)).to_contain_class("is-out")
    await expect(messages.nth(1).locator(".sender")).to_have_text("You")


async def test_what_is_unread_is_counted_until_it_is_seen(chat: Page, bot: BotSide) -> None:
    await bot.send("one", chat_id=-100)
    await bot.send("two", chat_id=-100)
    await bot.send("for Friend alone", chat_id=2)
    await expect(row(chat, "Desk").locator(".badge")).to_have_text("2")
    await expect(person(chat, "Friend").locator(".badge")).to_have_text("3")
    await expect(chat).to_have_title("(2) Kraken Bot · Local Telegram")
    await row(chat, "Desk").click()
    await expect(row(chat, "Desk").locator(".badge")).to_have_count(0)
    await expect(chat).to_have_title("Kraken Bot · Local Telegram")


async def test_a_new_person_gets_a_place(chat: Page, bot: BotSide) -> None:
    await bot.person("message", user_id=77, user_name="Stranger", text="/start")
    await person(chat, "Stranger").click()
    await expect(chat.locator(".message .html")).to_have_text("/start")


async def test_a_reload_returns_to_the_same_chat(chat: Page, bot: BotSide) -> None:
    await bot.send("in the group", chat_id=-100)
    await person(chat, "Friend").click()
    await row(chat, "Desk").click()
    await chat.reload()
    await expect(chat.locator("#chat-name")).to_have_text("Desk")
    await expect(chat.locator("#writing-as")).to_have_text("Friend")
    await expect(chat.locator(".message")).to_contain_text("in the group")
