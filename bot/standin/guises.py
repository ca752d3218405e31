"""Senders that are not simply a person: what a bot is told when a message came another way.

An anonymous administrator writes as the group, a linked channel as itself, and a message can come
through an inline bot. In each case `from` is no proof of who wrote.

https://core.telegram.org/bots/api#message (from, sender_chat, via_bot)
"""

from typing import Any

from bot.standin.refusals import PersonError
from bot.standin.shapes import chat_json
from bot.standin.state import Chat, State

# Telegram's own accounts behind such messages.
ANONYMOUS_ADMINISTRATOR = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
CHANNEL_SENDER = {
    "id": 136817688,
    "is_bot": True,
    "first_name": "Channel",
    "username": "Channel_Bot",
}
_CHANNEL = {"id": -1001000000001, "type": "channel", "title": "News"}
_INLINE_BOT = {"id": 8000000002, "is_bot": True, "first_name": "Gif", "username": "gif_bot"}
_OTHER_BOT = {"id": 8000000003, "is_bot": True, "first_name": "Other", "username": "other_bot"}

GUISES = ("anonymous_admin", "channel", "via_bot", "bot")


def guise(state: State, chat: Chat, name: Any) -> dict[str, Any] | None:
    """The fields that differ for this sender. Raises: PersonError when there is no such guise."""
    if name is None:
        return None
    if name not in GUISES:
        raise PersonError(f"as must be one of {', '.join(GUISES)}")
    if name == "via_bot":
        return {"via_bot": _INLINE_BOT}
    if chat.type == "private":
        raise PersonError("only in groups somebody else writes")
    if name == "anonymous_admin":
        return {"from": ANONYMOUS_ADMINISTRATOR, "sender_chat": chat_json(state, chat)}
    if name == "channel":
        return {"from": CHANNEL_SENDER, "sender_chat": _CHANNEL}
    return {"from": _OTHER_BOT}
