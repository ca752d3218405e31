"""What people do at the local chat: write, edit, press, block, remove the bot.

Each act changes the chat and, where Telegram would tell the bot, queues an update. Its id is in
the answer, or null when the bot is not told.
"""

import copy
import secrets
from datetime import datetime
from typing import Any

from bot.standin.conversation import bot_sees, drop, post, tell
from bot.standin.guises import guise
from bot.standin.markup import utf16_length
from bot.standin.refusals import PersonError
from bot.standin.shapes import (
    bot_member_json,
    chat_json,
    inaccessible_json,
    message_json,
    query_json,
    user_json,
)
from bot.standin.state import Chat, Message, Press, State, User
from bot.standin.text import MAX_TEXT, person_text

MAX_CHAT_TITLE = 128
MOST_ID = 2**52
"""Telegram's ids have at most 52 significant bits."""
MAX_DATE = 253_402_300_800
"""The first second of the year 10000, of which no calendar tells."""


def write(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person writes a message, or changes one with `edit_message_id`.

    With `as` the bot is told another sender: see `guises`.
    """
    user, chat = entered(state, act)
    text = act.get("text")
    if not isinstance(text, str) or not text.strip():
        raise PersonError("text must be a non-empty string")
    body = person_text(text)
    if utf16_length(body.text) > MAX_TEXT:
        raise PersonError("message is too long: Telegram takes 4096 characters")
    date = _moment(state, act.get("date"))
    if act.get("edit_message_id") is not None:
        message = _own_message(state, chat, user, number(act, "edit_message_id"))
        message.body, message.edited_at = body, date
        tell(state, message)
        kind = "edited_message"
    else:
        message = post(
            state,
            chat,
            user.id,
            body,
            date=date,
            reply_to=(reply_to := _reply_to(chat, act)),
            topic=_topic(chat, user, act, reply_to),
            forward_origin=_origin(act.get("forward"), date),
            guise=guise(state, chat, act.get("as")),
        )
        kind = "message"
    update_id = None
    if bot_sees(state, message):
        update_id = state.updates.add(kind, message_json(state, message))
    return {"message_id": message.message_id, "update_id": update_id}


def entered(state: State, act: dict[str, Any]) -> tuple[User, Chat]:
    """The person and the chat; who writes first in a chat thereby joins it."""
    user_id = number(act, "user_id")
    chat_id = number(act, "chat_id") if "chat_id" in act else user_id
    if not 0 < user_id < MOST_ID:
        raise PersonError("user_id must be positive and below 2**52, as Telegram's ids are")
    if chat_id > 0 and chat_id != user_id:
        raise PersonError(f"chat {chat_id} is private: only user {chat_id} writes there")
    name = act.get("user_name", "")
    if not isinstance(name, str):
        raise PersonError("user_name must be a string")
    known = state.users.get(user_id)
    if known is not None and known.blocked_bot and chat_id == user_id:
        raise PersonError(f"user {user_id} has blocked the bot")
    user = state.add_user(user_id, name, started=chat_id == user_id)
    chat = state.add_private_chat(user) if chat_id > 0 else _group(state, chat_id)
    if chat.migrated_to is not None:
        raise PersonError(f"chat {chat.id} is now the supergroup {chat.migrated_to}")
    if user_id not in chat.members:
        chat.members.add(user_id)
        state.events.publish({"type": "chats"})
    if name and chat.type == "private":
        chat.title = name
    return user, chat


def _group(state: State, chat_id: int) -> Chat:
    chat = state.chat_for_person(chat_id)
    if chat.type == "channel":
        raise PersonError("in a channel the bot posts, and people read")
    return chat


def number(act: dict[str, Any], name: str) -> int:
    """A whole number of an act. Raises: PersonError."""
    value = act.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise PersonError(f"{name} must be a whole number")
    return value


def _moment(state: State, value: Any) -> int:
    """When a message is said to be written: seconds since 1970, an ISO time, or now."""
    if value is None:
        return state.seconds()
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < MAX_DATE:
        return int(value)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError as error:
            raise PersonError("date is neither seconds since 1970 nor an ISO time") from error
        if moment.tzinfo is not None:
            return int(moment.timestamp())
    raise PersonError("date must be seconds since 1970, or an ISO time with its zone")


def _reply_to(chat: Chat, act: dict[str, Any]) -> int | None:
    if act.get("reply_to_message_id") is None:
        return None
    wanted = number(act, "reply_to_message_id")
    if wanted not in chat.messages:
        raise PersonError(f"there is no message {wanted} to reply to in chat {chat.id}")
    return wanted


def _topic(chat: Chat, user: User, act: dict[str, Any], reply_to: int | None) -> int | None:
    """The topic that is named, or that of the answered message; None: the general one."""
    wanted = chat.messages[reply_to].topic if reply_to is not None else None
    if act.get("message_thread_id") is not None:
        wanted = number(act, "message_thread_id")
    if wanted is None:
        return None
    if wanted not in chat.topics:
        raise PersonError(f"there is no topic {wanted} in chat {chat.id}")
    if chat.topics[wanted].closed and user.id not in chat.administrators:
        raise PersonError(f"the topic {wanted} is closed")
    return wanted


def _origin(forward: Any, date: int) -> dict[str, Any] | None:
    """`true`, the name of the first author, or a whole MessageOrigin."""
    if not forward:
        return None
    if isinstance(forward, dict):
        return {"type": "hidden_user", "sender_user_name": "Someone", "date": date, **forward}
    name = forward if isinstance(forward, str) else "Someone"
    return {"type": "hidden_user", "sender_user_name": name, "date": date}


def _own_message(state: State, chat: Chat, user: User, message_id: int) -> Message:
    message = _message(chat, message_id)
    if message.sender_id != user.id:
        raise PersonError(f"message {message_id} is not by user {user.id}")
    return message


def _message(chat: Chat, message_id: int) -> Message:
    message = chat.messages.get(message_id)
    if message is None:
        raise PersonError(f"there is no message {message_id} in chat {chat.id}")
    return message


def tap(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person presses an inline button, or the same press arrives once more (`resend`)."""
    user, chat = entered(state, act)
    message_id = number(act, "message_id")
    if act.get("resend"):
        press = _earlier_press(state, user, chat, message_id, act)
        if message_id not in chat.messages:
            press.query["message"] = inaccessible_json(state, chat, message_id)
    else:
        press = _new_press(state, user, chat, _message(chat, message_id), act)
    update_id = state.updates.add("callback_query", copy.deepcopy(press.query))
    return {"update_id": update_id, "callback_query_id": press.query_id, "data": press.data}


def _new_press(
    state: State, user: User, chat: Chat, message: Message, act: dict[str, Any]
) -> Press:
    button = _button(message, act)
    if "callback_data" not in button:
        raise PersonError(f"the button {button['text']!r} sends nothing to the bot")
    press = Press(
        query_id=str(secrets.randbits(62)),
        user_id=user.id,
        chat_id=chat.id,
        message_id=message.message_id,
        data=button["callback_data"],
        text=button["text"],
        pressed_at=state.now(),
        query={},
    )
    press.query = query_json(state, press, message)
    state.add_press(press)
    return press


def _button(message: Message, act: dict[str, Any]) -> dict[str, Any]:
    buttons = [button for row in message.keyboard for button in row]
    if not buttons:
        raise PersonError(f"message {message.message_id} has no buttons (any more)")
    data, text = act.get("data"), act.get("text")
    if data is None and text is None:
        raise PersonError("name the button by its data or its text")
    for button in buttons:
        if data is not None and button.get("callback_data") == data:
            return button
        if data is None and button["text"] == text:
            return button
    shown = ", ".join(repr(button["text"]) for button in buttons)
    raise PersonError(f"there is no such button; there are {shown}")


def _earlier_press(
    state: State, user: User, chat: Chat, message_id: int, act: dict[str, Any]
) -> Press:
    wanted = (user.id, chat.id, message_id)
    for press in reversed(state.presses.values()):
        same = (press.user_id, press.chat_id, press.message_id) == wanted
        data, text = act.get("data", press.data), act.get("text", press.text)
        if same and (press.data, press.text) == (data, text):
            return press
    raise PersonError("there is no earlier press to send again")


def delete(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person deletes messages for everyone, or the whole history with `"all": true`."""
    chat = state.chat_for_person(number(act, "chat_id"))
    listed = list(chat.messages) if act.get("all") else act.get("message_ids")
    if not isinstance(listed, list):
        raise PersonError("message_ids must be a list")
    for message_id in listed:
        _message(chat, number({"message_ids": message_id}, "message_ids"))
    drop(state, chat, listed)
    return {"deleted": len(listed)}


def make_group(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """Somebody makes a group with the bot in it."""
    chat_id = number(act, "chat_id")
    kind, title = act.get("type", "group"), act.get("title", "Group")
    members = act.get("members", [])
    if kind not in ("group", "supergroup", "channel") or not -MOST_ID < chat_id < 0:
        raise PersonError("type must be group, supergroup or channel, and chat_id negative")
    if not isinstance(title, str) or not 1 <= len(title) <= MAX_CHAT_TITLE:
        raise PersonError("title must have 1 to 128 characters")
    if not isinstance(members, list) or not all(map(_is_user_id, members)):
        raise PersonError("members must be a list of user ids")
    known = chat_id in state.chats
    chat = state.add_group(chat_id, title, set(members), kind)
    if known:
        return {"chat_id": chat.id, "update_id": None}
    maker = min(members) if members else state.add_user(1).id
    update_id = membership(state, chat, maker, "left", chat.bot_status)
    return {"chat_id": chat.id, "update_id": update_id}


def _is_user_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < MOST_ID


def membership(state: State, chat: Chat, user_id: int, old: str, new: str) -> int | None:
    """Tells the bot that somebody changed what it is in a chat."""
    return state.updates.add(
        "my_chat_member",
        {
            "chat": chat_json(state, chat),
            "from": user_json(state.users[user_id]),
            "date": state.seconds(),
            "old_chat_member": bot_member_json(state, old),
            "new_chat_member": bot_member_json(state, new),
        },
    )
