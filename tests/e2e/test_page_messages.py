"""What the bot sends is seen at once, whole, and without disturbing who is reading."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.driver import BotSide, keyboard, png


def message(page: Page, message_id: int) -> Locator:
    return page.locator(f'.message[data-id="{message_id}"]')


async def test_a_message_appears_without_a_reload(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("Price <b>60,010.3</b>")
    await expect(message(chat, sent).locator(".html b")).to_have_text("60,010.3")
    await expect(chat.locator(".chat-row-preview").first).to_have_text("Price 60,010.3")


async def test_what_was_sent_before_the_page_opened_is_there(page: Page, bot: BotSide) -> None:
    first = await bot.send("early")
    await page.goto(bot.page_url)
    await expect(message(page, first)).to_be_visible()


async def test_markup_stays_text_unless_telegram_knows_it(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("&lt;img src=x onerror=alert(1)&gt; <i>real</i>")
    html = message(chat, sent).locator(".html")
    await expect(html).to_have_text("<img src=x onerror=alert(1)> real")
    await expect(html.locator("img")).to_have_count(0)
    await expect(html.locator("i")).to_have_text("real")


async def test_a_spoiler_hides_its_text_until_it_is_pressed(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("The word is <tg-spoiler>narwhal</tg-spoiler>")
    spoiler = message(chat, sent).locator(".spoiler")
    await expect(spoiler).to_have_css("color", "rgba(0, 0, 0, 0)")
    await spoiler.focus()
    await chat.keyboard.press("Enter")
    await expect(spoiler).not_to_have_css("color", "rgba(0, 0, 0, 0)")


async def test_a_long_quote_unfolds_and_stays_so_over_an_edit(chat: Page, bot: BotSide) -> None:
    lines = "\n".join(f"line {number}" for number in range(8))
    sent = await bot.send(f"Why:<blockquote expandable>{lines}</blockquote>")
    toggle = message(chat, sent).get_by_role("button", name="Show all")
    folded = await message(chat, sent).bounding_box()
    await toggle.click()
    await expect(message(chat, sent).get_by_role("button", name="Show less")).to_be_visible()
    unfolded = await message(chat, sent).bounding_box()
    assert folded and unfolded
    assert unfolded["height"] > folded["height"] + 60

    await bot.edit(sent, f"Because:<blockquote expandable>{lines}</blockquote>")
    await expect(message(chat, sent)).to_contain_text("Because:")
    await expect(message(chat, sent).get_by_role("button", name="Show less")).to_be_visible()


async def test_an_edit_changes_the_message_in_its_place(chat: Page, bot: BotSide) -> None:
    sent = await bot.send("60,010.3", reply_markup=keyboard(["Refresh"]))
    later = await bot.send("a later message")
    await expect(message(chat, later)).to_be_visible()
    await message(chat, sent).evaluate("node => { node.marked = true; }")

    await bot.edit(sent, "60,999.9", reply_markup=keyboard(["Refresh", "Stop"]))
    await expect(message(chat, sent).locator(".html")).to_have_text("60,999.9")
    await expect(message(chat, sent).locator(".edited")).to_be_visible()
    await expect(message(chat, sent).locator(".key")).to_have_text(["Refresh", "Stop"])
    assert await message(chat, sent).evaluate("node => node.marked")
    await expect(chat.locator(".message").last).to_have_attribute("data-id", str(later))


async def test_an_answer_tells_what_the_answered_message_says_now(
    chat: Page, bot: BotSide
) -> None:
    sent = await bot.send("Sending…")
    answer = await bot.send("Filled", reply_parameters={"message_id": sent})
    await expect(message(chat, answer).locator(".reply")).to_contain_text("Sending…")
    await bot.edit(sent, "✅ Filled 0.01 BTC")
    await expect(message(chat, answer).locator(".reply")).to_contain_text("✅ Filled 0.01 BTC")


async def test_a_photo_is_shown_and_opens_at_full_size(chat: Page, bot: BotSide) -> None:
    sent = await bot.send_file("photo", png(1280, 720), "candles.png", caption="BTC/USD 1h")
    picture = message(chat, sent).locator(".photo img")
    await expect(picture).to_have_js_property("naturalWidth", 1280)
    box = await picture.bounding_box()
    assert box
    assert abs(box["width"] / box["height"] - 1280 / 720) < 0.02
    await picture.click()
    await expect(chat.locator("#lightbox-photo")).to_be_visible()
    await expect(chat.locator("#lightbox-photo")).to_have_js_property("naturalWidth", 1280)
    await chat.keyboard.press("Escape")
    await expect(chat.locator("#lightbox")).to_be_hidden()


async def test_a_document_can_be_saved_under_its_name(chat: Page, bot: BotSide) -> None:
    content = b"time,price\n" * 200
    sent = await bot.send_file("document", content, "trades.csv", caption="Yours")
    link = message(chat, sent).locator(".document")
    await expect(link).to_contain_text("trades.csv")
    await expect(link).to_contain_text("2.2 kB")
    async with chat.expect_download() as starting:
        await link.click()
    download = await starting.value
    assert download.suggested_filename == "trades.csv"
    assert (await download.path()).read_bytes() == content


async def test_the_pinned_message_is_one_press_away(chat: Page, bot: BotSide) -> None:
    pinned = await bot.send("Watch: 60,010.3")
    for number in range(30):
        await bot.send(f"message {number}")
    await bot.call("pinChatMessage", chat_id=1, message_id=pinned)
    bar = chat.locator("#pinned")
    await expect(bar).to_contain_text("Watch: 60,010.3")
    await expect(message(chat, pinned)).not_to_be_in_viewport()
    await bar.click()
    await expect(message(chat, pinned)).to_be_in_viewport()

    await bot.edit(pinned, "Watch: 61,000.0")
    await expect(bar).to_contain_text("Watch: 61,000.0")
    await bot.call("unpinChatMessage", chat_id=1, message_id=pinned)
    await expect(bar).to_be_hidden()


async def test_a_deleted_message_goes_away(chat: Page, bot: BotSide) -> None:
    kept, secret = await bot.send("kept"), await bot.send("secret")
    await expect(message(chat, secret)).to_be_visible()
    await bot.call("deleteMessage", chat_id=1, message_id=secret)
    await expect(message(chat, secret)).to_have_count(0)
    await expect(message(chat, kept)).to_be_visible()


async def test_a_reaction_is_shown_under_the_message(chat: Page, bot: BotSide) -> None:
    await chat.locator("#start").click()
    update = await bot.next_update()
    await bot.call(
        "setMessageReaction",
        chat_id=1,
        message_id=update["message"]["message_id"],
        reaction=[{"type": "emoji", "emoji": "👍"}],
    )
    await expect(chat.locator(".reaction")).to_have_text("👍")


async def test_typing_is_shown_until_the_answer_is_there(chat: Page, bot: BotSide) -> None:
    await bot.call("sendChatAction", chat_id=1, action="typing")
    await expect(chat.locator("#chat-status")).to_have_text("typing")
    await bot.send("here it is")
    await expect(chat.locator("#chat-status")).to_have_text("bot")


async def test_who_reads_further_up_is_not_pulled_away(chat: Page, bot: BotSide) -> None:
    sent = [await bot.send(f"message {number}") for number in range(40)]
    await expect(message(chat, sent[-1])).to_be_in_viewport()
    await message(chat, sent[20]).scroll_into_view_if_needed()
    await expect(chat.locator("#jump")).to_be_visible()
    before = await message(chat, sent[20]).bounding_box()

    await bot.edit(sent[0], "a much\nlonger\ntext\nthan\nbefore")
    newest = await bot.send("something new")
    await expect(chat.locator("#jump")).to_contain_text("1 new message")
    after = await message(chat, sent[20]).bounding_box()
    assert before and after
    assert abs(before["y"] - after["y"]) < 2

    await chat.locator("#jump").click()
    await expect(message(chat, newest)).to_be_in_viewport()
    await expect(chat.locator("#jump")).to_be_hidden()


async def test_who_reads_the_end_stays_there(chat: Page, bot: BotSide) -> None:
    for number in range(40):
        await bot.send(f"message {number}")
    newest = await bot.send_file("photo", png(640, 480), "late.png")
    await expect(message(chat, newest).locator("img")).to_have_js_property("complete", True)
    await expect(message(chat, newest).locator(".meta")).to_be_in_viewport()


async def test_five_hundred_messages_open_at_their_end(page: Page, bot: BotSide) -> None:
    for number in range(500):
        last = await bot.send(f"message {number}", reply_markup=keyboard(["A", "B", "C"]))
    await page.goto(bot.page_url)
    await expect(page.locator(".message")).to_have_count(500)
    await expect(message(page, last)).to_be_in_viewport()
    started = await page.evaluate("performance.now()")
    await bot.edit(last, "edited among many", reply_markup=keyboard(["A", "B", "C"]))
    await expect(message(page, last)).to_contain_text("edited among many")
    assert await page.evaluate("performance.now()") - started < 2000
