"""Bot API methods about chats: who is there, pins, reactions, what the bot is doing."""

from typing import Any

from bot.standin.calls import Call, Method
from bot.standin.conversation import tell, tell_pinned
from bot.standin.refusals import bad_request
from bot.standin.shapes import chat_json, member_json, message_json
from bot.standin.state import Chat

ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_EMOJI = """
👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴
😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻
👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊
🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡
"""
REACTIONS = frozenset(_EMOJI.split())
_VARIATION = "\ufe0f"


async def send_chat_action(call: Call) -> Any:
    action = call.parameters.text("action").lower()
    chat = call.writable_chat()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    call.state.events.publish({"type": "action", "chat_id": chat.id, "action": action})
    return True


async def get_chat(call: Call) -> Any:
    chat = call.chat()
    shape: dict[str, Any] = {
        **chat_json(call.state, chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": {
            "unlimited_gifts": False,
            "limited_gifts": False,
            "unique_gifts": False,
            "premium_subscription": False,
            "gifts_from_channels": False,
        },
    }
    if chat.type != "private":
        shape["permissions"] = {"can_send_messages": True}
    pinned = chat.messages.get(chat.pinned[-1]) if chat.pinned else None
    if pinned is not None:
        shape["pinned_message"] = message_json(call.state, pinned)
    return shape


async def get_chat_member(call: Call) -> Any:
    chat = call.chat()
    user_id = call.parameters.integer("user_id")
    member = member_json(call.state, chat, user_id)
    if member is None:
        raise bad_request("member not found" if user_id > 0 else "invalid user_id specified")
    return member


async def get_chat_administrators(call: Call) -> Any:
    chat = call.chat()
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    return [member_json(call.state, chat, user_id) for user_id in sorted(chat.administrators)]


async def get_chat_member_count(call: Call) -> Any:
    return len(call.chat().members) + 1


async def leave_chat(call: Call) -> Any:
    chat = call.chat()
    if chat.type == "private":
        raise bad_request("chat member status can't be changed in private chats")
    chat.bot_status = "left"
    call.state.events.publish({"type": "chats"})
    return True


async def pin_chat_message(call: Call) -> Any:
    chat = call.writable_chat()
    message = call.message(chat, "message to pin not found")
    _need_pin_right(chat)
    if message.service:
        raise bad_request("message can't be pinned")
    chat.pinned = [known for known in chat.pinned if known != message.message_id]
    chat.pinned.append(message.message_id)
    tell(call.state, message)
    tell_pinned(call.state, chat)
    return True


async def unpin_chat_message(call: Call) -> Any:
    chat = call.writable_chat()
    _need_pin_right(chat)
    wanted = call.parameters.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if wanted not in chat.pinned:
        raise bad_request("message to unpin not found")
    chat.pinned.remove(wanted)
    tell(call.state, chat.messages[wanted])
    tell_pinned(call.state, chat)
    return True


async def unpin_all_chat_messages(call: Call) -> Any:
    chat = call.writable_chat()
    _need_pin_right(chat)
    unpinned, chat.pinned = chat.pinned, []
    for message_id in unpinned:
        tell(call.state, chat.messages[message_id])
    tell_pinned(call.state, chat)
    return True


def _need_pin_right(chat: Chat) -> None:
    if chat.type == "supergroup" and chat.bot_status != "administrator":
        raise bad_request("not enough rights to manage pinned messages in the chat")


async def set_message_reaction(call: Call) -> Any:
    chat = call.writable_chat()
    message = call.message(chat, "message to react not found")
    reactions = call.parameters.decoded("reaction", "Can't parse reaction types JSON object") or []
    if not isinstance(reactions, list) or not all(isinstance(item, dict) for item in reactions):
        raise bad_request("Expected an Array of ReactionType")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    emoji = str(reactions[0].get("emoji", "")).replace(_VARIATION, "") if reactions else None
    if emoji is not None and (reactions[0].get("type") != "emoji" or emoji not in REACTIONS):
        raise bad_request("REACTION_INVALID")
    message.reaction = emoji
    call.state.events.publish(
        {
            "type": "reaction",
            "chat_id": chat.id,
            "message_id": message.message_id,
            "emoji": emoji,
        }
    )
    return True


METHODS: dict[str, Method] = {
    "sendChatAction": send_chat_action,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatMemberCount": get_chat_member_count,
    "getChatAdministrators": get_chat_administrators,
    "leaveChat": leave_chat,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
    "setMessageReaction": set_message_reaction,
}
