"""What happens to messages, whoever causes it, and what the bot may hear of them."""

from typing import Any

from bot.standin.files import StoredFile
from bot.standin.markup import Formatted
from bot.standin.shapes import page_json
from bot.standin.state import Chat, Message, State


def post(
    state: State,
    chat: Chat,
    sender_id: int,
    body: Formatted,
    *,
    file: StoredFile | None = None,
    date: int | None = None,
    reply_to: int | None = None,
    **details: Any,
) -> Message:
    """Adds a message to a chat. `details` are further fields of `Message`."""
    message = Message(
        chat.id,
        state.next_message_id(chat),
        sender_id,
        state.seconds() if date is None else date,
        body,
        file,
        reply_to=reply_to,
        **details,
    )
    chat.messages[message.message_id] = message
    tell(state, message)
    return message


def tell(state: State, message: Message) -> None:
    """Shows a new or changed message on the page."""
    state.events.publish(
        {"type": "message", "chat_id": message.chat_id, "message": page_json(state, message)}
    )


def drop(state: State, chat: Chat, message_ids: list[int]) -> None:
    """Takes messages away for everyone."""
    for message_id in message_ids:
        chat.messages.pop(message_id, None)
    if any(message_id in chat.pinned for message_id in message_ids):
        chat.pinned = [known for known in chat.pinned if known not in message_ids]
        tell_pinned(state, chat)
    state.events.publish({"type": "deleted", "chat_id": chat.id, "message_ids": message_ids})


def tell_pinned(state: State, chat: Chat) -> None:
    latest = chat.pinned[-1] if chat.pinned else None
    state.events.publish({"type": "pinned", "chat_id": chat.id, "message_id": latest})


def bot_sees(state: State, message: Message) -> bool:
    """Whether the bot hears of a person's message: in groups only commands and replies to it.

    https://core.telegram.org/bots/features#privacy-mode
    """
    chat = state.chats[message.chat_id]
    if chat.type == "private" or chat.bot_status == "administrator":
        return True
    if chat.bot_status != "member":
        return False
    replied = chat.messages.get(message.reply_to or 0)
    if replied is not None and replied.sender_id == state.bot.id:
        return True
    return _meant_for_bot(message.body, state.bot.username)


def _meant_for_bot(body: Formatted, username: str) -> bool:
    first = body.entities[0] if body.entities else None
    if first is None or first.type != "bot_command" or first.offset:
        return False
    _, at, addressee = body.text[: first.length].partition("@")
    return not at or addressee.lower() == username.lower()
