"""Letters to Telegram, and Telegram's refusals as what may be concluded from them."""

import contextlib
from datetime import timedelta

from telegram import (
    Bot,
    ForceReply,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.core.delivery import (
    ChatGone,
    ChatMoved,
    Letter,
    MessageGone,
    Refused,
    SendFailed,
    SlowDown,
    TopicGone,
    Unreachable,
    Unreadable,
)
from bot.core.page import OWN_LINK, PRIVATE_CHAT, Button
from bot.core.texts.delivery import LONGEST, LONGEST_CAPTION, plain
from bot.telegram.wire import NotReached

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
_UNREADABLE = ("can't parse entities", "is too long", "text is empty", "entities_too_long")
_MESSAGE_GONE = (
    "message to edit not found",
    "message can't be edited",
    "there is no text in the message",
    "there is no caption in the message",
    "message_id_invalid",
)
_TOPIC_GONE = ("message thread not found", "topic_closed", "topic_deleted")
_CHAT_GONE = ("chat not found", "group chat was deleted", "not enough rights to send", "peer_id")


class TelegramSender:
    """Moves one letter at a time over python-telegram-bot's ``Bot``."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, letter: Letter, reply_to: int | None) -> int:
        """Say it in a new message; return its id."""
        page, mode, text = letter.page, _mode(letter), _text(letter, self._bot)
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        markup: InlineKeyboardMarkup | ForceReply | None = self._keyboard(letter)
        if page.force_reply and markup is None:
            markup = ForceReply(selective=True)
        try:
            if page.photo is not None:
                sent = await self._bot.send_photo(
                    chat_id,
                    page.photo,
                    caption=text,
                    parse_mode=mode,
                    reply_markup=markup,
                    disable_notification=page.silent,
                    reply_parameters=reply,
                    message_thread_id=letter.topic,
                )
            elif page.document is not None:
                sent = await self._bot.send_document(
                    chat_id,
                    page.document,
                    filename=page.filename or None,
                    caption=text,
                    parse_mode=mode,
                    reply_markup=markup,
                    disable_notification=page.silent,
                    reply_parameters=reply,
                    message_thread_id=letter.topic,
                )
            else:
                sent = await self._bot.send_message(
                    chat_id,
                    text,
                    parse_mode=mode,
                    reply_markup=markup,
                    disable_notification=page.silent,
                    reply_parameters=reply,
                    message_thread_id=letter.topic,
                    link_preview_options=_NO_PREVIEW,
                )
        except TelegramError as error:
            raise conclusion(error) from error
        return sent.message_id

    async def edit(self, chat_id: int, message_id: int, letter: Letter) -> None:
        """Say it in place of that message; one that says so already is fine."""
        try:
            await self._edit(chat_id, message_id, letter)
        except BadRequest as error:
            if "not modified" not in error.message.lower():
                raise conclusion(error) from error
        except TelegramError as error:
            raise conclusion(error) from error

    async def unpin(self, chat_id: int, message_id: int) -> None:
        """Unpin; nothing happens where the bot may not or nothing was pinned."""
        with contextlib.suppress(TelegramError):
            await self._bot.unpin_chat_message(chat_id, message_id)

    def _keyboard(self, letter: Letter) -> InlineKeyboardMarkup | None:
        rows = [
            [key(button, data, self._bot) for button, data in zip(row, datas, strict=True)]
            for row, datas in zip(letter.page.rows, letter.data, strict=True)
        ]
        return InlineKeyboardMarkup(rows) if rows else None

    async def _edit(self, chat_id: int, message_id: int, letter: Letter) -> None:
        page, mode, text = letter.page, _mode(letter), _text(letter, self._bot)
        keyboard = self._keyboard(letter)
        media: InputMediaPhoto | InputMediaDocument
        if page.photo is None and page.document is None:
            await self._bot.edit_message_text(
                text,
                chat_id,
                message_id,
                parse_mode=mode,
                reply_markup=keyboard,
                link_preview_options=_NO_PREVIEW,
            )
            return
        if page.photo is not None:
            media = InputMediaPhoto(page.photo, caption=text, parse_mode=mode)
        else:
            assert page.document is not None
            media = InputMediaDocument(
                page.document, filename=page.filename or None, caption=text, parse_mode=mode
            )
        await self._bot.edit_message_media(media, chat_id, message_id, reply_markup=keyboard)


def conclusion(error: TelegramError) -> SendFailed:
    """What may be concluded from an error of the library."""
    match error:
        case RetryAfter():
            wait = error.retry_after
            return SlowDown(wait if isinstance(wait, timedelta) else timedelta(seconds=wait))
        case ChatMigrated():
            return ChatMoved(error.new_chat_id)
        case Forbidden():
            return ChatGone(error.message)
        case BadRequest():
            return _bad_request(error.message)
        case InvalidToken():
            return Unreachable("Telegram does not know the token any more", maybe_sent=False)
        case NetworkError():
            return Unreachable(error.message, maybe_sent=not isinstance(error, NotReached))
        case _:
            return Refused(error.message)


def _bad_request(message: str) -> SendFailed:
    said = message.lower()
    if any(words in said for words in _UNREADABLE):
        return Unreadable(message)
    if any(words in said for words in _MESSAGE_GONE):
        return MessageGone(message)
    if any(words in said for words in _TOPIC_GONE):
        return TopicGone(message)
    if any(words in said for words in _CHAT_GONE):
        return ChatGone(message)
    return Refused(message)


def _mode(letter: Letter) -> str | None:
    return None if letter.plain else ParseMode.HTML


def _text(letter: Letter, bot: Bot) -> str:
    text = plain(letter.page) if letter.plain else letter.page.html
    if OWN_LINK in text:
        text = text.replace(OWN_LINK, _address(PRIVATE_CHAT, bot))
    if not letter.plain:
        return text
    limit = LONGEST_CAPTION if letter.page.photo or letter.page.document else LONGEST
    return (text or "…")[:limit]


def key(button: Button, data: str, bot: Bot) -> InlineKeyboardButton:
    """The button as Telegram takes it; ``data`` is what a tap on it sends."""
    style = button.style or None
    if button.url is not None:
        return InlineKeyboardButton(button.label, url=_address(button.url, bot), style=style)
    return InlineKeyboardButton(button.label, callback_data=data, style=style)


def _address(url: str, bot: Bot) -> str:
    """Where a button leads; the private chat is known by the bot's name only."""
    if not url.startswith(PRIVATE_CHAT):
        return url
    try:
        name = bot.username
    except RuntimeError:  # what waited from an earlier run goes out before anything was asked
        raise Unreachable("the bot does not know its name yet", maybe_sent=False) from None
    return f"https://t.me/{name}?start={url.removeprefix(PRIVATE_CHAT)}"
