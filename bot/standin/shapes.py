"""Messages and the rest as JSON: one shape for the bot (Telegram's), one for the chat page."""

from typing import Any

from bot.standin.markup import Entity
from bot.standin.render import to_html
from bot.standin.state import Chat, Message, Press, State, User

PREVIEW_LENGTH = 80


def user_json(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "is_bot": False,
        "first_name": user.name,
        "language_code": user.language,
    }


def bot_json(state: State) -> dict[str, Any]:
    """The bot as the sender of a message."""
    bot = state.bot
    name = bot.names.get("", bot.first_name)
    return {"id": bot.id, "is_bot": True, "first_name": name, "username": bot.username}


def me_json(state: State) -> dict[str, Any]:
    """The bot as getMe tells it."""
    return {
        **bot_json(state),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


def sender_json(state: State, sender_id: int) -> dict[str, Any]:
    if sender_id == state.bot.id:
        return bot_json(state)
    return user_json(state.users[sender_id])


def chat_json(state: State, chat: Chat) -> dict[str, Any]:
    if chat.type == "private":
        return {"id": chat.id, "type": "private", "first_name": state.users[chat.id].name}
    shape: dict[str, Any] = {"id": chat.id, "type": chat.type, "title": chat.title}
    if chat.type == "group":
        shape["all_members_are_administrators"] = False
    if chat.topics:
        shape["is_forum"] = True
    return shape


def member_json(state: State, chat: Chat, user_id: int) -> dict[str, Any] | None:
    """What somebody is in a chat; None for somebody nobody knows."""
    if user_id == state.bot.id:
        return bot_member_json(state, chat.bot_status)
    user = state.users.get(user_id)
    if user is None:
        return None
    person = user_json(user)
    if user_id not in chat.members:
        return {"status": "left", "user": person}
    if chat.type != "private" and user_id in chat.administrators:
        return {"status": "creator", "user": person, "is_anonymous": False}
    return {"status": "member", "user": person}


def bot_member_json(state: State, status: str) -> dict[str, Any]:
    """The bot as a member; `kicked` is also what a block in a private chat is called."""
    shape: dict[str, Any] = {"status": status, "user": bot_json(state)}
    if status == "kicked":
        shape["until_date"] = 0
    if status == "administrator":
        rights = (
            "can_be_edited is_anonymous can_manage_chat can_delete_messages "
            "can_manage_video_chats can_restrict_members can_promote_members can_change_info "
            "can_invite_users can_post_stories can_edit_stories can_delete_stories "
            "can_pin_messages"
        )
        shape.update({right: right == "can_delete_messages" for right in rights.split()})
        shape["can_post_messages"] = True
    return shape


def message_json(state: State, message: Message, *, with_reply: bool = True) -> dict[str, Any]:
    """A message as the bot sees it."""
    chat = state.chats[message.chat_id]
    shape: dict[str, Any] = {
        "message_id": message.message_id,
        "from": sender_json(state, message.sender_id),
        "chat": chat_json(state, chat),
        "date": message.date,
    }
    optional: dict[str, Any] = {
        "edit_date": message.edited_at,
        "forward_origin": message.forward_origin,
        "has_protected_content": message.protected or None,
        "message_thread_id": message.topic,
        "is_topic_message": message.topic is not None or None,
    }
    replied = chat.messages.get(message.reply_to or 0)
    if with_reply and replied is not None:
        optional["reply_to_message"] = message_json(state, replied, with_reply=False)
    if message.keyboard:
        optional["reply_markup"] = message.markup
    shape.update({name: value for name, value in optional.items() if value is not None})
    shape.update(_content_json(state, message))
    shape.update(message.service or {})
    shape.update(message.guise or {})
    return shape


def _content_json(state: State, message: Message) -> dict[str, Any]:
    body, file = message.body, message.file
    entities = [known for entity in body.entities if (known := _entity_json(state, entity))]
    names = ("caption", "caption_entities") if file else ("text", "entities")
    shape: dict[str, Any] = {}
    if body.text:
        shape[names[0]] = body.text
        if entities:
            shape[names[1]] = entities
    if file is None:
        return shape
    identity = {
        "file_id": file.file_id,
        "file_unique_id": file.unique_id,
        "file_size": len(file.content),
    }
    if file.kind == "photo":
        return {"photo": [{**identity, "width": file.width, "height": file.height}], **shape}
    described = {**identity, "file_name": file.name, "mime_type": file.content_type}
    return {"document": described, **shape}


def _entity_json(state: State, entity: Entity) -> dict[str, Any] | None:
    shape = entity.as_telegram()
    if entity.type == "text_mention" and "user_id" in shape:
        user = state.users.get(shape.pop("user_id"))
        if user is None:
            return None
        shape["user"] = user_json(user)
    return shape


def inaccessible_json(state: State, chat: Chat, message_id: int) -> dict[str, Any]:
    """A message the bot cannot see any more: known by its date, which is 0."""
    return {"chat": chat_json(state, chat), "message_id": message_id, "date": 0}


def query_json(state: State, press: Press, message: Message) -> dict[str, Any]:
    return {
        "id": press.query_id,
        "from": user_json(state.users[press.user_id]),
        "message": message_json(state, message),
        "chat_instance": state.chats[press.chat_id].instance,
        "data": press.data,
    }


def page_json(state: State, message: Message) -> dict[str, Any]:
    """A message as the person sees it."""
    chat = state.chats[message.chat_id]
    from_bot = message.sender_id == state.bot.id
    html = to_html(message.body)
    sender = sender_json(state, message.sender_id)
    return {
        "message_id": message.message_id,
        "from_bot": from_bot,
        "from": {"id": sender["id"], "name": sender["first_name"]},
        "text": message.body.text,
        "html": html,
        "entities_html": html,
        "buttons": [[_button_json(button) for button in row] for row in message.keyboard],
        **_files_json(message),
        "edited": message.edited_at is not None,
        "reply_to": message.reply_to,
        "topic": _topic_name(chat, message),
        "reply_preview": _preview(state, chat.messages.get(message.reply_to or 0)),
        "pinned": message.message_id in chat.pinned,
        "date": message.date,
        "reaction": message.reaction,
        "silent": message.silent,
        "force_reply": bool((message.markup or {}).get("force_reply")),
        "forwarded": _origin_name(message.forward_origin),
        "service": _service_text(message),
    }


def _topic_name(chat: Chat, message: Message) -> str | None:
    topic = chat.topics.get(message.topic or 0)
    return topic.name if topic else None


def _button_json(button: dict[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {"text": button["text"], "data": button.get("callback_data")}
    for name in ("url", "style"):
        if button.get(name):
            shape[name] = button[name]
    if "copy_text" in button:
        shape["copy_text"] = button["copy_text"]["text"]
    return shape


def _files_json(message: Message) -> dict[str, Any]:
    shape: dict[str, Any] = {"photo": None, "document": None}
    file = message.file
    if file is None:
        return shape
    if file.kind == "photo":
        shape["photo"] = f"/file/{file.unique_id}"
        shape["photo_size"] = {"width": file.width, "height": file.height}
    else:
        size = len(file.content)
        shape["document"] = {"url": f"/file/{file.unique_id}", "name": file.name, "size": size}
    return shape


def _preview(state: State, message: Message | None) -> dict[str, Any] | None:
    if message is None:
        return None
    name = sender_json(state, message.sender_id)["first_name"]
    text = " ".join(message.body.text.split()) or ("Photo" if message.file else "")
    return {"from": name, "text": text[:PREVIEW_LENGTH]}


def _origin_name(origin: dict[str, Any] | None) -> str | None:
    if origin is None:
        return None
    user = origin.get("sender_user") or {}
    return str(user.get("first_name") or origin.get("sender_user_name") or "someone")


def _service_text(message: Message) -> str | None:
    if not message.service:
        return None
    words = {
        "migrate_to_chat_id": "The group became a supergroup",
        "migrate_from_chat_id": "The group became a supergroup",
        "new_chat_members": "A member joined",
        "left_chat_member": "A member left",
        "group_chat_created": "The group was created",
        "forum_topic_created": "A topic was opened",
        "forum_topic_closed": "The topic was closed",
        "forum_topic_reopened": "The topic was opened again",
    }
    return next((words[name] for name in message.service if name in words), "Service message")
