"""Bot API methods that write, change and delete messages.

A bot edits only its own messages, never into what they already are, and never those that carry
anything but an inline keyboard. It deletes for 48 hours: its own, in private chats also the
person's, in groups others' only as an administrator.
"""

from typing import Any, Literal

from bot.standin.calls import Call, Method
from bot.standin.conversation import drop, post, tell
from bot.standin.files import StoredFile
from bot.standin.keyboards import read_inline_markup, read_markup
from bot.standin.markup import Formatted
from bot.standin.parameters import whole_number
from bot.standin.refusals import bad_request
from bot.standin.shapes import message_json
from bot.standin.state import Chat, Message
from bot.standin.text import caption_text, decoded, message_text

DELETABLE_SECONDS = 48 * 3600
MAX_DELETED = 100


async def send_message(call: Call) -> Any:
    given = call.parameters
    entities = given.decoded("entities", "Can't parse entities JSON object")
    body = message_text(given.text("text"), given.text("parse_mode"), entities)
    return _sent(call, body, None)


async def send_photo(call: Call) -> Any:
    return _send_file(call, "photo")


async def send_document(call: Call) -> Any:
    return _send_file(call, "document")


def _send_file(call: Call, kind: Literal["photo", "document"]) -> Any:
    given = call.parameters
    chat_known = call.writable_chat()
    file = _file(call, kind, given.text(kind))
    entities = given.decoded("caption_entities", "Can't parse entities JSON object")
    body = caption_text(given.text("caption"), given.text("parse_mode"), entities)
    return _sent(call, body, file, chat_known)


def _sent(
    call: Call, body: Formatted, file: StoredFile | None, chat: Chat | None = None
) -> dict[str, Any]:
    markup = read_markup(call.parameters.values.get("reply_markup"))
    chat = chat or call.writable_chat()
    reply_to = _reply_to(call, chat)
    message = post(
        call.state,
        chat,
        call.state.bot.id,
        body,
        file=file,
        reply_to=reply_to,
        topic=_topic(call, chat, reply_to),
        markup=markup,
        silent=call.parameters.flag("disable_notification"),
        protected=call.parameters.flag("protect_content"),
    )
    return message_json(call.state, message)


def _topic(call: Call, chat: Chat, reply_to: int | None) -> int | None:
    """The topic that is named, or that of the answered message. Raises: Refusal.

    https://core.telegram.org/bots/api#sendmessage (message_thread_id)
    """
    wanted = call.parameters.integer("message_thread_id") or None
    if wanted is None and reply_to is not None:
        wanted = chat.messages[reply_to].topic
    if wanted is None:
        return None
    topic = chat.topics.get(wanted)
    if topic is None:
        raise bad_request("message thread not found")
    if topic.closed and chat.bot_status != "administrator":
        raise bad_request("TOPIC_CLOSED")
    return wanted


def _reply_to(call: Call, chat: Chat) -> int | None:
    """The message this one answers. Raises: Refusal when it is gone and must not be."""
    given = call.parameters
    reply = given.decoded("reply_parameters", "Can't parse reply parameters JSON object") or {}
    if not isinstance(reply, dict):
        raise bad_request("Object expected as reply parameters")
    wanted = whole_number(reply.get("message_id", 0)) or given.integer("reply_to_message_id")
    if not wanted:
        return None
    if wanted in chat.messages:
        return wanted
    if reply.get("allow_sending_without_reply") or given.flag("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def _file(
    call: Call, kind: Literal["photo", "document"], reference: str, field: str = ""
) -> StoredFile:
    """The file of a parameter: newly uploaded, or one the bot has sent before. Raises: Refusal."""
    upload = call.parameters.upload(field or kind, reference)
    if upload is not None:
        return call.state.files.keep(kind, upload)
    known = call.state.files.by_id(reference)
    if known is not None:
        return known
    if not reference:
        raise bad_request(f"there is no {kind} in the request")
    if reference.startswith(("http://", "https://")):
        # There is no network behind this Telegram.
        raise bad_request("Failed to get HTTP URL content")
    raise bad_request("wrong file identifier/HTTP URL specified")


async def edit_message_text(call: Call) -> Any:
    given = call.parameters
    entities = given.decoded("entities", "Can't parse entities JSON object")
    body = message_text(given.text("text"), given.text("parse_mode"), entities)
    markup = read_inline_markup(given.values.get("reply_markup"))
    message = _editable(call)
    if message.file is not None:
        raise bad_request("there is no text in the message to edit")
    return _edited(call, message, body, message.file, markup)


async def edit_message_caption(call: Call) -> Any:
    given = call.parameters
    entities = given.decoded("caption_entities", "Can't parse entities JSON object")
    body = caption_text(given.text("caption"), given.text("parse_mode"), entities)
    markup = read_inline_markup(given.values.get("reply_markup"))
    message = _editable(call)
    if message.file is None:
        raise bad_request("there is no caption in the message to edit")
    return _edited(call, message, body, message.file, markup)


async def edit_message_media(call: Call) -> Any:
    given = call.parameters
    media = given.decoded("media", "Can't parse input media JSON object")
    if not isinstance(media, dict):
        raise bad_request("Can't parse InputMedia: expected an Object")
    kind = media.get("type")
    if kind != "photo" and kind != "document":
        raise bad_request(f'Can\'t parse InputMedia: type "{kind}" is unsupported')
    reference = str(media.get("media", ""))
    if not reference and "media" not in given.files:
        raise bad_request("Can't parse InputMedia: media not found")
    markup = read_inline_markup(given.values.get("reply_markup"))
    message = _editable(call)
    caption = str(media.get("caption") or "")
    mode = str(media.get("parse_mode") or "")
    body = caption_text(
        caption, mode, decoded(media.get("caption_entities"), "Can't parse entities JSON object")
    )
    file = _file(call, kind, reference, "media")
    return _edited(call, message, body, file, markup)


async def edit_message_reply_markup(call: Call) -> Any:
    markup = read_inline_markup(call.parameters.values.get("reply_markup"))
    message = _editable(call)
    return _edited(call, message, message.body, message.file, markup)


def _editable(call: Call) -> Message:
    if call.parameters.text("inline_message_id"):
        raise bad_request("MESSAGE_ID_INVALID")
    message = call.message(call.writable_chat(), "message to edit not found")
    own = message.sender_id == call.state.bot.id and not message.service
    if not own or (message.markup and not message.keyboard):
        raise bad_request("message can't be edited")
    return message


def _edited(
    call: Call,
    message: Message,
    body: Formatted,
    file: StoredFile | None,
    markup: dict[str, Any] | None,
) -> dict[str, Any]:
    content_same = body == message.body and file is message.file
    if content_same and markup == message.markup:
        raise bad_request(
            "message is not modified: specified new message content and reply markup are exactly "
            "the same as a current content and reply markup of the message"
        )
    message.body, message.file, message.markup = body, file, markup
    if not content_same:
        # A change of the keyboard alone leaves no mark.
        message.edited_at = call.state.seconds()
    tell(call.state, message)
    return message_json(call.state, message)


async def delete_message(call: Call) -> Any:
    chat = call.writable_chat()
    message = call.message(chat, "message to delete not found")
    if not _deletable(call, chat, message):
        raise bad_request("message can't be deleted")
    drop(call.state, chat, [message.message_id])
    return True


async def delete_messages(call: Call) -> Any:
    chat = call.writable_chat()
    ids = call.parameters.identifiers("message_ids")
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > MAX_DELETED:
        raise bad_request("too many message identifiers specified")
    found = [chat.messages[known] for known in ids if known in chat.messages]
    if not all(_deletable(call, chat, message) for message in found):
        raise bad_request("message can't be deleted")
    if found:
        drop(call.state, chat, [message.message_id for message in found])
    return True


def _deletable(call: Call, chat: Chat, message: Message) -> bool:
    if call.state.seconds() - message.date > DELETABLE_SECONDS:
        return False
    own = message.sender_id == call.state.bot.id
    if message.service and chat.type == "supergroup":
        return chat.bot_status == "administrator"
    return own or chat.type == "private" or chat.bot_status == "administrator"


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
}
