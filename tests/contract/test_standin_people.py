"""What people do at the local chat, and what the bot hears of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from telegram import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeChatMember,
    ChatMemberMember,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    MenuButtonCommands,
    MessageOriginHiddenUser,
    Update,
)
from telegram.error import BadRequest, ChatMigrated

from tests.local_telegram import Rig, rigged


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as rig:
        yield rig


async def heard(rig: Rig) -> list[Update]:
    """The updates that wait, which are thereby confirmed."""
    updates = await rig.bot.get_updates(timeout=0)
    if updates:
        await rig.bot.get_updates(offset=updates[-1].update_id + 1, timeout=0)
    return list(updates)


def keys(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"v1:{label}") for label in labels]]
    )


async def test_a_message_is_an_update_with_its_command(rig: Rig) -> None:
    told = await rig.does("message", user_id=1, chat_id=1, text="/book btc", user_name="Ann")
    (update,) = await heard(rig)
    assert update.update_id == told["update_id"]
    assert update.message is not None
    assert update.message.message_id == told["message_id"]
    assert update.message.parse_entities() == {update.message.entities[0]: "/book"}
    assert update.message.from_user is not None
    assert (update.message.from_user.first_name, update.message.chat.id) == ("Ann", 1)


async def test_a_stranger_has_a_private_chat_at_once(rig: Rig) -> None:
    await rig.says("/start", user=77)
    state = await rig.sees("state")
    assert {"id": 77, "name": "User 77"} in state["users"]
    assert any(chat["id"] == 77 and chat["members"] == [77] for chat in state["chats"])
    await rig.bot.send_message(77, "no")


async def test_edits_forwards_and_replies_keep_what_they_are(rig: Rig) -> None:
    first = await rig.says("/buy 1")
    await rig.does("message", user_id=1, chat_id=1, text="/buy 2", edit_message_id=first)
    await rig.says("/buy 3", forward=True, date=1_700_000_000)
    await rig.says("yes", reply_to_message_id=first, date="2026-01-02T03:04:05+00:00")
    _, edited, forwarded, reply = await heard(rig)
    assert edited.message is None
    assert edited.edited_message is not None
    assert (edited.edited_message.text, edited.edited_message.message_id) == ("/buy 2", first)
    assert forwarded.message is not None
    assert isinstance(forwarded.message.forward_origin, MessageOriginHiddenUser)
    assert forwarded.message.date == datetime.fromtimestamp(1_700_000_000, UTC)
    assert reply.message is not None
    assert reply.message.reply_to_message is not None
    assert reply.message.reply_to_message.message_id == first
    assert reply.message.date == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    shown = await rig.chat()
    assert [m["edited"] for m in shown] == [True, False, False]
    assert shown[1]["forwarded"] == "Someone"


async def test_a_press_is_named_by_data_or_text_and_answered_once(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "Buy?", reply_markup=keys("yes", "no"))
    press = {"user_id": 1, "chat_id": 1, "message_id": sent.message_id}
    by_text = await rig.does("tap", **press, text="yes")
    by_data = await rig.does("tap", **press, data="v1:no")
    assert (by_text["data"], by_data["data"]) == ("v1:yes", "v1:no")
    first, second = await heard(rig)
    assert first.callback_query is not None
    assert first.callback_query.message == sent
    assert second.callback_query is not None
    assert await first.callback_query.answer("Bought", show_alert=True)
    assert await second.callback_query.answer()
    with pytest.raises(
        BadRequest, match="Query is too old and response timeout expired or query id is invalid"
    ):
        await first.callback_query.answer()
    (toast,) = (await rig.sees("chat?chat_id=1"))["toasts"]
    assert (toast["text"], toast["alert"], toast["user_id"]) == ("Bought", True, 1)


async def test_a_press_grows_too_old_to_answer(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "Buy?", reply_markup=keys("yes"))
    await rig.does("tap", user_id=1, chat_id=1, message_id=sent.message_id, text="yes")
    (update,) = await heard(rig)
    rig.clock.seconds += 61
    assert update.callback_query is not None
    with pytest.raises(BadRequest, match="Query is too old"):
        await update.callback_query.answer()


async def test_the_same_press_can_arrive_again_even_when_the_button_is_gone(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "Buy?", reply_markup=keys("yes"))
    press = {"user_id": 1, "chat_id": 1, "message_id": sent.message_id, "text": "yes"}
    assert "no earlier press" in await rig.cannot("tap", **press, resend=True)
    first = await rig.does("tap", **press)
    await sent.edit_text("Bought")
    assert "no buttons" in await rig.cannot("tap", **press)
    again = await rig.does("tap", **press, resend=True)
    assert again["update_id"] == first["update_id"] + 1
    assert again["callback_query_id"] == first["callback_query_id"]
    one, two = await heard(rig)
    assert one.callback_query == two.callback_query


async def test_a_press_on_a_message_that_is_gone_shows_no_message(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "Buy?", reply_markup=keys("yes"))
    press = {"user_id": 1, "chat_id": 1, "message_id": sent.message_id, "text": "yes"}
    await rig.does("tap", **press)
    await sent.delete()
    await rig.does("tap", **press, resend=True)
    before, after = [update.callback_query for update in await heard(rig)]
    assert before is not None
    assert before.message is not None
    assert before.message.is_accessible
    assert after is not None
    assert after.message is not None
    assert not after.message.is_accessible


async def test_of_several_presses_the_last_is_sent_again(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "Book", reply_markup=keys("refresh"))
    press = {"user_id": 1, "chat_id": 1, "message_id": sent.message_id, "text": "refresh"}
    presses = [await rig.does("tap", **press) for _ in range(2)]
    again = await rig.does("tap", **press, resend=True)
    assert again["callback_query_id"] == presses[-1]["callback_query_id"]


async def test_in_a_group_the_bot_hears_commands_and_replies_to_it(rig: Rig) -> None:
    await rig.says("just talk", chat=-100)
    await rig.says("/price@other_bot btc", chat=-100)
    await rig.says("look at /price", chat=-100)
    sent = await rig.bot.send_message(-100, "hello")
    wanted = [
        await rig.says("/price btc", chat=-100),
        await rig.says("/price@Kraken_Local_Bot btc", chat=-100, user=2),
        await rig.says("thanks", chat=-100, reply_to_message_id=sent.message_id),
    ]
    found = [update.message.message_id for update in await heard(rig) if update.message]
    assert found == wanted
    assert len(await rig.chat(-100)) == 7


async def test_an_administrator_bot_hears_all(rig: Rig) -> None:
    await rig.does("kick", chat_id=-100, status="administrator")
    await heard(rig)
    await rig.says("just talk", chat=-100)
    assert len(await heard(rig)) == 1


async def test_a_group_is_made_with_the_bot_in_it(rig: Rig) -> None:
    told = await rig.does("chats", chat_id=-200, type="group", title="Club", members=[1, 3])
    (update,) = await heard(rig)
    assert update.update_id == told["update_id"]
    assert update.my_chat_member is not None
    assert update.my_chat_member.chat.title == "Club"
    assert isinstance(update.my_chat_member.new_chat_member, ChatMemberMember)
    assert (await rig.bot.get_chat_member(-200, 3)).status == "member"
    assert (await rig.bot.get_chat_member(-200, 1)).status == "creator"
    assert (await rig.bot.get_chat_member(-200, 2)).status == "left"
    assert await rig.bot.get_chat_member_count(-200) == 3
    assert [m.user.id for m in await rig.bot.get_chat_administrators(-200)] == [1]


async def test_blocking_and_removal_are_told(rig: Rig) -> None:
    await rig.does("block", user_id=2)
    assert "has blocked the bot" in await rig.cannot("message", user_id=2, chat_id=2, text="hello")
    await rig.does("block", user_id=2, blocked=False)
    await rig.does("kick", chat_id=-100)
    states = [
        (u.my_chat_member.old_chat_member.status, u.my_chat_member.new_chat_member.status)
        for u in await heard(rig)
        if u.my_chat_member
    ]
    assert states == [("member", "kicked"), ("kicked", "member"), ("member", "kicked")]


async def test_a_group_becomes_a_supergroup(rig: Rig) -> None:
    told = await rig.does("migrate", chat_id=-100)
    new_id = told["new_chat_id"]
    old, new = [update.message for update in await heard(rig)]
    assert old is not None
    assert new is not None
    assert (old.chat.id, old.migrate_to_chat_id) == (-100, new_id)
    assert (new.chat.id, new.migrate_from_chat_id, new.chat.type) == (new_id, -100, "supergroup")
    with pytest.raises(ChatMigrated) as refusal:
        await rig.bot.send_message(-100, "x")
    assert refusal.value.new_chat_id == new_id
    assert (await rig.bot.send_message(new_id, "x")).message_id == 2
    assert "is now the supergroup" in await rig.cannot(
        "message", user_id=1, chat_id=-100, text="/x"
    )


@pytest.mark.parametrize("name", ["anonymous_admin", "channel", "via_bot", "bot"])
async def test_others_than_a_person_can_write_in_a_group(rig: Rig, name: str) -> None:
    await rig.says("/buy 1", chat=-100, **{"as": name})
    (update,) = await heard(rig)
    message = update.message
    assert message is not None
    assert message.from_user is not None
    assert message.from_user.is_bot is (name != "via_bot")
    assert (message.via_bot is not None) is (name == "via_bot")
    assert (message.sender_chat is not None) is (name in ("anonymous_admin", "channel"))


async def test_a_person_deletes_messages(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "x")
    await rig.does("delete", chat_id=1, message_ids=[sent.message_id])
    with pytest.raises(BadRequest, match="Message to edit not found"):
        await sent.edit_text("y")
    await rig.says("a")
    await rig.does("delete", chat_id=1, all=True)
    assert await rig.chat() == []


async def test_members_come_and_go(rig: Rig) -> None:
    await rig.does("member", chat_id=-100, user_id=9, user_name="Eve")
    await rig.does("member", chat_id=-100, user_id=9, member=False)
    joined, left = [update.message for update in await heard(rig)]
    assert joined is not None
    assert left is not None
    assert joined.new_chat_members[0].first_name == "Eve"
    assert left.left_chat_member is not None
    assert (await rig.bot.get_chat_member(-100, 9)).status == "left"


async def test_menus_follow_scope(rig: Rig) -> None:
    await rig.bot.set_my_commands([BotCommand("help", "Help")])
    await rig.bot.set_my_commands([("book", "Book")], BotCommandScopeAllPrivateChats())
    await rig.bot.set_my_commands([("owner", "Owner")], BotCommandScopeChat(1))
    await rig.bot.set_my_commands([("you", "You")], BotCommandScopeChatMember(-100, 2))
    menus = (await rig.sees("state"))["commands"]
    assert {key: menu[0]["command"] for key, menu in menus.items()} == {
        "1:1": "owner",
        "2:2": "book",
        "-100:1": "help",
        "-100:2": "you",
    }
    await rig.bot.delete_my_commands(BotCommandScopeChat(1))
    assert (await rig.sees("state"))["commands"]["1:1"][0]["command"] == "book"
    assert await rig.bot.get_my_commands(BotCommandScopeChat(1)) == ()
    assert (await rig.bot.get_my_commands())[0] == BotCommand("help", "Help")


async def test_the_bot_describes_itself(rig: Rig) -> None:
    await rig.bot.set_my_description("Trades.")
    await rig.bot.set_my_short_description("T")
    await rig.bot.set_chat_menu_button(1, MenuButtonCommands())
    assert (await rig.bot.get_my_description()).description == "Trades."
    assert (await rig.bot.get_my_short_description()).short_description == "T"
    assert isinstance(await rig.bot.get_chat_menu_button(1), MenuButtonCommands)
    bot = (await rig.sees("state"))["bot"]
    assert (bot["description"], bot["short_description"]) == ("Trades.", "T")


@pytest.mark.parametrize(
    ("act", "body", "words"),
    [
        ("message", {"user_id": 1, "chat_id": 1}, "text must be"),
        ("message", {"user_id": "1", "text": "x"}, "user_id must be a whole number"),
        ("message", {"user_id": 1, "chat_id": 2, "text": "x"}, "is private"),
        ("message", {"user_id": 1, "chat_id": -7, "text": "x"}, "there is no chat -7"),
        ("message", {"user_id": 1, "text": "x" * 4097}, "too long"),
        ("message", {"user_id": 1, "text": "x", "edit_message_id": 9}, "no message 9"),
        ("message", {"user_id": 1, "text": "x", "date": "yesterday"}, "ISO time"),
        ("message", {"user_id": 1, "text": "x", "as": "king"}, "as must be one of"),
        ("message", {"user_id": 2**52, "text": "x"}, "user_id must be positive and below"),
        ("chats", {"chat_id": -5, "members": [True]}, "members must be a list of user ids"),
        ("chats", {"chat_id": -(2**52)}, "chat_id negative"),
        ("tap", {"user_id": 1, "chat_id": 1, "message_id": 9}, "no message 9"),
        ("chats", {"chat_id": 5}, "chat_id negative"),
        ("kick", {"chat_id": 1}, "no group"),
        ("block", {"user_id": [1]}, "user_id must be a whole number"),
        ("faults", {"error_code": 999}, "error_code must be one of"),
        ("faults", {"error_code": 400, "method": 5}, "method must be the name"),
        ("faults", {"error_code": 400, "method": "sendMesage"}, "no method 'sendMesage'"),
        ("faults", {"error_code": 400, "chat_id": "1"}, "chat_id must be a whole number"),
        ("faults", {"error_code": 400, "after": 3}, "there is no field 'after'"),
        ("fly", {}, "/sim/fly: Not Found"),
        ("state", {}, "/sim/state: Method Not Allowed"),
    ],
)
async def test_what_a_person_cannot_do_is_an_error(
    rig: Rig, act: str, body: dict[str, object], words: str
) -> None:
    assert words in await rig.cannot(act, **body)


async def test_a_wrong_button_is_answered_with_those_there_are(rig: Rig) -> None:
    sent = await rig.bot.send_message(1, "Buy?", reply_markup=keys("yes"))
    press = {"user_id": 1, "chat_id": 1, "message_id": sent.message_id}
    assert "there are 'yes'" in await rig.cannot("tap", **press, text="no")
    assert "by its data or its text" in await rig.cannot("tap", **press)


async def test_a_reset_forgets_what_was_said_but_no_count(rig: Rig) -> None:
    first = await rig.says("one")
    await rig.bot.set_my_commands([BotCommand("help", "Help")])
    await rig.does("faults", error_code=400, times=9)
    await rig.does("reset")
    assert await rig.chat() == []
    assert await heard(rig) == []
    assert await rig.says("two") == first + 1
    assert (await rig.sees("state"))["commands"]["1:1"][0]["command"] == "help"


async def test_topics_keep_what_is_said_in_them_and_closed_ones_take_nothing(rig: Rig) -> None:
    await rig.does("chats", chat_id=-1001, type="supergroup", title="Desk", members=[1, 2])
    made = await rig.does("topic", chat_id=-1001, name="Fills")
    topic = made["message_thread_id"]
    asked = await rig.says("/price", chat=-1001, message_thread_id=topic)
    updates = await rig.bot.get_updates()
    message = updates[-1].message
    assert message is not None
    assert (message.message_thread_id, message.is_topic_message) == (topic, True)
    assert message.chat.is_forum
    sent = await rig.bot.send_message(-1001, "here", message_thread_id=topic)
    assert sent.message_thread_id == topic
    answered = await rig.bot.send_message(-1001, "too", reply_to_message_id=asked)
    assert answered.message_thread_id == topic, "an answer stays where the question is"
    shown = await rig.chat(-1001)
    assert [each["topic"] for each in shown] == ["Fills"] * 4

    await rig.does("topic", chat_id=-1001, message_thread_id=topic, closed=True)
    with pytest.raises(BadRequest, match="Topic_closed"):
        await rig.bot.send_message(-1001, "no", message_thread_id=topic)
    assert "closed" in await rig.cannot(
        "message", user_id=2, chat_id=-1001, text="no", message_thread_id=topic
    )
    await rig.does("topic", chat_id=-1001, message_thread_id=topic, closed=False)
    await rig.bot.send_message(-1001, "again", message_thread_id=topic)
    await rig.does("topic", chat_id=-1001, message_thread_id=topic, deleted=True)
    with pytest.raises(BadRequest, match="thread not found"):
        await rig.bot.send_message(-1001, "no", message_thread_id=topic)
    assert await rig.chat(-1001) == []
    assert "no topic" in await rig.cannot("topic", chat_id=-1001, message_thread_id=topic)
    assert "supergroup" in await rig.cannot("topic", chat_id=1, name="x")
