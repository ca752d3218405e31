"""What a bot sends to the local Telegram, with the real library, and what it must not send."""

import json
import struct
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram import (
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaPhoto,
    ReactionTypeEmoji,
    ReplyKeyboardMarkup,
    ReplyParameters,
)
from telegram.constants import ChatAction, MessageEntityType
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from tests.local_telegram import Rig, rigged

PHOTO = (b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 1280, 720)).ljust(64, b"\0")
NOT_MODIFIED = (
    "Message is not modified: specified new message content and reply markup are exactly the "
    "same as a current content and reply markup of the message"
)


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        yield rig


def keys(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"v1:{label}") for label in labels]]
    )


async def test_a_message_arrives_as_it_was_meant(rig: Rig) -> None:
    asked = await rig.says("/book btc")
    sent = await rig.bot.send_message(
        1,
        "<b>Book</b> 😀 <pre>1 &lt; 2</pre>",
        parse_mode="HTML",
        reply_markup=keys("Refresh"),
        reply_parameters=ReplyParameters(asked),
        disable_notification=True,
    )
    assert sent.text == "Book 😀 1 < 2"
    assert sent.parse_entities()[sent.entities[1]] == "1 < 2"
    assert sent.entities[0].type == MessageEntityType.BOLD
    assert sent.reply_to_message is not None
    assert sent.reply_to_message.message_id == asked
    assert sent.reply_markup == keys("Refresh")
    shown = (await rig.chat())[-1]
    assert shown["from_bot"] is True
    assert shown["html"] == "<b>Book</b> 😀 <pre>1 &lt; 2</pre>"
    assert shown["buttons"] == [[{"text": "Refresh", "data": "v1:Refresh"}]]
    assert (shown["reply_to"], shown["silent"], shown["edited"]) == (asked, True, False)
    assert shown["reply_preview"] == {"from": "You", "text": "/book btc"}


async def test_an_edit_changes_text_and_takes_the_keyboard_unless_it_brings_one(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "one", reply_markup=keys("a"))
    edited = await sent.edit_text("two")
    assert (edited.text, edited.reply_markup) == ("two", None)
    assert edited.edit_date is not None
    shown = (await rig.chat())[-1]
    assert (shown["text"], shown["buttons"], shown["edited"]) == ("two", [], True)


async def test_a_change_of_the_keyboard_alone_leaves_no_mark(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "one", reply_markup=keys("a"))
    await sent.edit_reply_markup(keys("b"))
    shown = (await rig.chat())[-1]
    assert (shown["buttons"][0][0]["text"], shown["edited"]) == ("b", False)


async def test_an_edit_into_the_same_is_refused(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "<b>one</b>", parse_mode="HTML", reply_markup=keys("a"))
    with pytest.raises(BadRequest) as refusal:
        await sent.edit_text(" <b>one</b>", parse_mode="HTML", reply_markup=keys("a"))
    assert refusal.value.message == NOT_MODIFIED
    await sent.edit_text("one", reply_markup=keys("a"))


async def test_a_photo_can_be_fetched_by_bot_and_person(rig: Rig) -> None:
    sent = await rig.bot.send_photo(1, PHOTO, caption="<i>chart</i>", parse_mode="HTML")
    assert (sent.caption, sent.photo[-1].width, sent.photo[-1].height) == ("chart", 1280, 720)
    file = await sent.photo[-1].get_file()
    assert bytes(await file.download_as_bytearray()) == PHOTO
    shown = (await rig.chat())[-1]
    assert (shown["html"], shown["document"]) == ("<i>chart</i>", None)
    assert rig.telegram.token not in shown["photo"]
    async with rig.http.get(rig.telegram.url + shown["photo"]) as answer:
        assert answer.content_type == "image/png"
        assert await answer.read() == PHOTO
    again = await rig.bot.send_photo(1, sent.photo[-1].file_id)
    assert again.photo[-1].file_unique_id == sent.photo[-1].file_unique_id


async def test_a_document_is_a_download_with_its_name(rig: Rig) -> None:
    sent = await rig.bot.send_document(1, b"a,b\n", filename="für dich.csv", caption="c")
    assert sent.document is not None
    assert sent.document.file_name == "für dich.csv"
    shown = (await rig.chat())[-1]["document"]
    assert (shown["name"], shown["size"]) == ("für dich.csv", 4)
    async with rig.http.get(rig.telegram.url + shown["url"]) as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert await answer.read() == b"a,b\n"


async def test_a_document_beyond_50_mb_is_refused_and_beyond_64_not_even_read(rig: Rig) -> None:
    mega = 1024 * 1024
    with pytest.raises(BadRequest, match="File is too big"):
        await rig.bot.send_document(1, bytes(50 * mega + 1), write_timeout=60, read_timeout=60)
    with pytest.raises(NetworkError) as refusal:
        await rig.bot.send_document(1, bytes(65 * mega), write_timeout=60, read_timeout=60)
    assert not isinstance(refusal.value, BadRequest)
    assert await rig.chat() == []


async def test_media_and_captions_are_edited(rig: Rig) -> None:
    sent = await rig.bot.send_photo(1, PHOTO, caption="a", reply_markup=keys("1"))
    captioned = await sent.edit_caption("b", reply_markup=keys("1"))
    assert captioned.caption == "b"
    other = PHOTO + b"\0"
    changed = await sent.edit_media(InputMediaPhoto(other, caption="c"))
    assert (changed.caption, changed.photo[-1].file_size) == ("c", len(other))
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await sent.edit_text("x")
    plain = await rig.bot.send_message(1, "text")
    with pytest.raises(BadRequest, match="There is no caption in the message to edit"):
        await plain.edit_caption("x")
    assert (await plain.edit_media(InputMediaPhoto(PHOTO))).photo


@pytest.mark.parametrize(
    ("call", "words"),
    [
        ({"chat_id": 99, "text": "x"}, "Chat not found"),
        ({"chat_id": "@nobody", "text": "x"}, "Chat not found"),
        ({"chat_id": 1, "text": " "}, "Text must be non-empty"),
        ({"chat_id": 1, "text": "x" * 4097}, "Message is too long"),
        (
            {"chat_id": 1, "text": "x", "reply_parameters": ReplyParameters(77)},
            "Message to be replied not found",
        ),
        (
            {"chat_id": 1, "text": "ab <i>", "parse_mode": "HTML"},
            "Can't parse entities: can't find end tag corresponding to start tag \"i\"",
        ),
        (
            {"chat_id": 1, "text": "x", "parse_mode": "MarkdownV2"},
            "Unsupported parse_mode",
        ),
        (
            {
                "chat_id": 1,
                "text": "x",
                "reply_markup": InlineKeyboardMarkup(
                    [[InlineKeyboardButton("x", callback_data="d" * 65)]]
                ),
            },
            "Button_data_invalid",
        ),
    ],
)
async def test_what_telegram_would_not_send_is_refused(
    rig: Rig, call: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadRequest) as refusal:
        await rig.bot.send_message(**call)
    assert refusal.value.message == words
    assert await rig.chat() == []


async def test_a_reply_may_go_without_its_original(rig: Rig) -> None:
    parameters = ReplyParameters(77, allow_sending_without_reply=True)
    sent = await rig.bot.send_message(1, "x", reply_parameters=parameters)
    assert sent.reply_to_message is None


async def test_messages_that_are_not_the_bots_are_not_edited(rig: Rig) -> None:
    asked = await rig.says("hello")
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await rig.bot.edit_message_text("x", 1, asked)
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await rig.bot.edit_message_text("x", 1, 99)
    keyboard = ReplyKeyboardMarkup([["a"]])
    sent = await rig.bot.send_message(1, "x", reply_markup=keyboard)
    with pytest.raises(BadRequest, match="Message can't be edited"):
        await sent.edit_text("y")


async def test_deleting_works_for_48_hours(rig: Rig) -> None:
    asked = await rig.says("my secret")
    assert await rig.bot.delete_message(1, asked)
    assert await rig.chat() == []
    with pytest.raises(BadRequest, match="Message to delete not found"):
        await rig.bot.delete_message(1, asked)
    old = await rig.says("older")
    rig.clock.seconds += 48 * 3600 + 1
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await rig.bot.delete_message(1, old)
    young = [await rig.says("young") for _ in range(2)]
    assert await rig.bot.delete_messages(1, [*young, 99])
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await rig.bot.delete_messages(1, [old])
    assert [message["message_id"] for message in await rig.chat()] == [old]


async def test_in_a_group_only_an_administrator_deletes_for_others(rig: Rig) -> None:
    asked = await rig.says("/connect key", chat=-100)
    with pytest.raises(BadRequest, match="Message can't be deleted"):
        await rig.bot.delete_message(-100, asked)
    own = await rig.bot.send_message(-100, "own")
    assert await own.delete()
    await rig.does("kick", chat_id=-100, status="administrator")
    assert await rig.bot.delete_message(-100, asked)


async def test_pins_reactions_and_actions_are_seen(rig: Rig) -> None:
    first, second = [await rig.bot.send_message(1, text) for text in "ab"]
    await first.pin()
    await second.pin()
    assert (await rig.bot.get_chat(1)).pinned_message == second
    assert [m["pinned"] for m in await rig.chat()] == [True, True]
    await rig.bot.unpin_chat_message(1)
    assert (await rig.sees("chat?chat_id=1"))["pinned"] == first.message_id
    with pytest.raises(BadRequest, match="Message to unpin not found"):
        await rig.bot.unpin_chat_message(1, second.message_id)
    asked = await rig.says("thanks")
    await rig.bot.set_message_reaction(1, asked, ReactionTypeEmoji("👍"))
    assert (await rig.chat())[-1]["reaction"] == "👍"
    with pytest.raises(BadRequest, match="Reaction_invalid"):
        await rig.bot.set_message_reaction(1, asked, ReactionTypeEmoji("🐙"))
    await rig.bot.set_message_reaction(1, asked)
    assert (await rig.chat())[-1]["reaction"] is None
    assert await rig.bot.send_chat_action(1, ChatAction.UPLOAD_PHOTO)


async def test_asking_for_a_reply_is_shown(rig: Rig) -> None:
    await rig.bot.send_message(1, "How much?", reply_markup=ForceReply())
    shown = (await rig.chat())[-1]
    assert (shown["force_reply"], shown["buttons"]) == (True, [])


async def test_every_way_to_send_parameters_is_the_same(rig: Rig) -> None:
    address = f"{rig.telegram.api_root}/bot{rig.telegram.token}/SENDmessage".replace(":7", "%3A7")
    form = {"chat_id": "1", "text": "x", "entities": '[{"type":"bold","offset":0,"length":1}]'}
    parsed = {**form, "entities": json.loads(form["entities"])}
    tries: list[dict[str, Any]] = [{"params": form}, {"data": form}, {"json": parsed}]
    results = []
    for way in tries:
        async with rig.http.post(address, **way) as answer:
            assert answer.status == 200
            result = (await answer.json())["result"]
            results.append((result["text"], result["entities"]))
    assert results == [("x", [{"type": "bold", "offset": 0, "length": 1}])] * 3


async def test_a_bot_is_refused_where_it_is_not_wanted(rig: Rig) -> None:
    await rig.does("block", user_id=1)
    with pytest.raises(Forbidden, match="Forbidden: bot was blocked by the user"):
        await rig.bot.send_message(1, "x")
    await rig.does("block", user_id=1, blocked=False)
    await rig.bot.send_message(1, "x")
    await rig.does("chats", chat_id=-5, title="New", members=[1, 5])
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        await rig.bot.send_message(5, "x")
    await rig.says("/start", user=5)
    await rig.bot.send_message(5, "x")
    await rig.does("deactivate", user_id=5)
    with pytest.raises(Forbidden, match="user is deactivated"):
        await rig.bot.send_message(5, "x")
    await rig.does("kick", chat_id=-100)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        await rig.bot.send_message(-100, "x")


async def test_flood_limits_answer_429_when_they_are_switched_on(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    await rig.does("faults", kind="flood_limits")
    for number in range(3):
        await rig.bot.send_message(1, str(number))
    with pytest.raises(RetryAfter) as refusal:
        await rig.bot.send_message(1, "one too many")
    assert timedelta(0) < refusal.value.retry_after <= timedelta(seconds=3)
    await rig.bot.send_message(2, "another chat")
