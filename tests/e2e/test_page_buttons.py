"""A press on an inline button reaches the bot once, and the page shows that it waits."""

from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.e2e.driver import BotSide, keyboard


def key(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=label, exact=True)


async def test_a_press_arrives_and_waits_for_its_toast(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("Book", reply_markup=keyboard(["Refresh", "Stop"]))
    await key(chat, "Refresh").click()
    await expect(key(chat, "Refresh")).to_have_attribute("aria-busy", "true")
    await expect(key(chat, "Stop")).to_have_attribute("aria-busy", "false")

    query = (await bot.next_update())["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("Refresh", 1)
    assert query["message"]["message_id"] == sent
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="0.2 s old")
    await expect(chat.locator(".toast")).to_have_text("0.2 s old")
    await expect(key(chat, "Refresh")).to_have_attribute("aria-busy", "false")
    await expect(chat.locator(".toast")).to_have_count(0)


async def test_an_empty_answer_ends_the_waiting_without_a_toast(chat: Page, bot: BotSide) -> None:
    await bot.send("Book", reply_markup=keyboard(["Refresh"]))
    await key(chat, "Refresh").click()
    query = (await bot.next_update())["callback_query"]
    await bot.call("answerCallbackQuery", callback_query_id=query["id"])
    await expect(key(chat, "Refresh")).to_have_attribute("aria-busy", "false")
    await expect(chat.locator(".toast")).to_have_count(0)


async def test_an_edit_ends_the_waiting_too(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("1", reply_markup=keyboard(["Refresh"]))
    await key(chat, "Refresh").click()
    await bot.next_update()
    await bot.edit(sent, "2", reply_markup=keyboard(["Refresh"]))
    await expect(key(chat, "Refresh")).to_have_attribute("aria-busy", "false")


async def test_a_second_press_while_waiting_is_not_sent(chat: Page, bot: BotSide) -> None:
    await bot.send("Book", reply_markup=keyboard(["Refresh", "Stop"]))
    await key(chat, "Refresh").click()
    await key(chat, "Refresh").click()
    await key(chat, "Stop").click()
    heard = [(await bot.next_update())["callback_query"]["data"] for _ in range(2)]
    assert heard == ["Refresh", "Stop"]


async def test_a_press_survives_an_edit_in_its_middle(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("1", reply_markup=keyboard(["Refresh"]))
    box = await key(chat, "Refresh").bounding_box()
    assert box
    await chat.mouse.move(box["x"] + 20, box["y"] + 20)
    await chat.mouse.down()
    renewed = {"inline_keyboard": [[{"text": "Refresh", "callback_data": "renewed"}]]}
    await bot.edit(sent, "2", reply_markup=renewed)
    await expect(chat.locator(".html")).to_have_text("2")
    await chat.mouse.up()
    assert (await bot.next_update())["callback_query"]["data"] == "renewed"


async def test_an_alert_waits_for_its_ok(chat: Page, bot: BotSide) -> None:
    await bot.send("Ticket", reply_markup=keyboard(["Buy"], Buy="success"))
    await expect(key(chat, "Buy")).to_contain_class("is-success")
    await key(chat, "Buy").click()
    query = (await bot.next_update())["callback_query"]
    await bot.call(
        "answerCallbackQuery",
        callback_query_id=query["id"],
        text="This ticket is finished",
        show_alert=True,
    )
    alert = chat.get_by_role("dialog")
    await expect(alert).to_contain_text("This ticket is finished")
    await alert.get_by_role("button", name="OK").click()
    await expect(alert).to_be_hidden()


async def test_another_persons_toast_is_not_shown(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("Shared", chat_id=-100, reply_markup=keyboard(["Mine"]))
    await chat.locator(".chat-row", has_text="Desk").click()
    await bot.person("tap", user_id=2, chat_id=-100, message_id=sent, data="Mine")
    query = (await bot.next_update())["callback_query"]
    await bot.call("answerCallbackQuery", callback_query_id=query["id"], text="for Friend")
    await bot.send("after it", chat_id=-100)
    await expect(chat.locator(".message").last).to_contain_text("after it")
    await expect(chat.locator(".toast")).to_have_count(0)


async def test_a_copy_button_fills_the_clipboard(
    context: BrowserContext, chat: Page, bot: BotSide
) -> None:
    await context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = {"text": "Copy id", "copy_text": {"text": "OQCLML-BW3P3"}}
    await bot.send("Order", reply_markup={"inline_keyboard": [[button]]})
    await key(chat, "Copy id").click()
    await expect(chat.locator(".toast")).to_have_text("Copied")
    assert await chat.evaluate("navigator.clipboard.readText()") == "OQCLML-BW3P3"


async def test_a_link_button_opens_another_tab(
    context: BrowserContext, chat: Page, bot: BotSide
) -> None:
    await context.route("https://www.kraken.com/**", lambda route: route.fulfill(body="Kraken"))
    button = {"text": "Kraken", "url": "https://www.kraken.com/prices"}
    await bot.send("See", reply_markup={"inline_keyboard": [[button]]})
    async with context.expect_page() as opening:
        await key(chat, "Kraken").click()
    other = await opening.value
    await other.wait_for_url("https://www.kraken.com/prices")


async def test_a_link_to_the_bot_presses_start_in_the_private_chat(
    chat: Page, bot: BotSide
) -> None:
    name = (await bot.call("getMe"))["username"]
    button = {"text": "Open private chat", "url": f"https://t.me/{name}?start=connect"}
    await bot.send(
        "Keys are entered only in private.", reply_markup={"inline_keyboard": [[button]]}
    )
    await key(chat, "Open private chat").click()
    assert (await bot.next_update())["message"]["text"] == "/start connect"


async def test_a_command_in_a_text_is_sent_by_a_press(chat: Page, bot: BotSide) -> None:
    await bot.send("Try /help or see /status")
    await chat.locator(".command", has_text="/status").click()
    assert (await bot.next_update())["message"]["text"] == "/status"
