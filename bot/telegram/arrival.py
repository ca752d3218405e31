"""Updates as what the gate and the router need to know about them."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType

from bot.core.keys import KeyText, key_text, without_keys

_COMMAND = re.compile(r"/(\w{1,64})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)

LONG_AGO = timedelta(minutes=10)
"""An older message was written while the bot was away: it is answered with a word about its age,
or only summed up."""
_ANONYMOUS_ADMIN = 1087968824
"""@GroupAnonymousBot, in whose name Telegram shows anonymous admins to old clients."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message or tap of one person in one chat."""

    chat_id: int
    chat_kind: Literal["private", "group"]
    chat_title: str
    user_id: int
    user_name: str
    message_id: int
    sent_at: datetime
    text: str = ""
    """As typed, but without anything that may be a key."""
    typed: str = field(default="", repr=False)
    """As typed; for the few that take keys, and for nobody else."""
    reply_to_message_id: int | None = None
    reply_to_user: tuple[int, str] | None = None
    """Who wrote the message that this one answers: id and name; no bot, nobody's double."""
    topic: int | None = None
    """Of the group's topics the one that it was said in; None: the general one, or none there."""
    edited: bool = False
    forwarded: bool = False
    """Written by somebody else: forwarded, or made with another bot."""
    impersonal: bool = False
    """Nobody can be held to it: an anonymous admin, a channel, a bot."""
    query_id: str = ""
    """Set for a tap."""
    data: str = ""

    def is_old(self, now: datetime) -> bool:
        """Whether it was written while the bot was away; nobody tells when one was edited."""
        return not self.edited and now - self.sent_at > LONG_AGO

    @property
    def is_wordless(self) -> bool:
        """A sticker, a picture, a voice message: nothing in it can be read."""
        return not self.text and not self.query_id

    @property
    def key_text(self) -> KeyText | None:
        """Whether it may hold a key, and what is to be thought of it."""
        return key_text(self.typed, secondhand=self.edited or self.forwarded)

    @property
    def command(self) -> str:
        """The command's name in lower case, without slash and ``@bot``."""
        found = _COMMAND.fullmatch(self.text)
        return found[1].lower() if found else ""

    @property
    def addressed_to(self) -> str:
        """The bot that the command names, or nothing."""
        found = _COMMAND.fullmatch(self.text)
        return found[2] or "" if found else ""

    @property
    def args(self) -> str:
        """What stands after the command."""
        found = _COMMAND.fullmatch(self.text)
        return (found[3] or "").strip() if found else ""


def read_message(update: Update) -> Arrival | None:
    """A new or edited message; None if it is nothing that a person says."""
    message = update.message or update.edited_message
    if message is None or message.from_user is None:
        return None
    text = (message.text or message.caption or "").strip()
    if not text and not _is_shown_to_the_bot(update):
        return None
    return Arrival(
        chat_id=message.chat.id,
        chat_kind=_kind(message),
        chat_title=message.chat.title or "",
        user_id=message.from_user.id,
        user_name=_name(message.from_user),
        message_id=message.message_id,
        sent_at=message.date,
        text=without_keys(text),
        typed=text,
        reply_to_message_id=message.reply_to_message.message_id
        if message.reply_to_message
        else None,
        reply_to_user=_answered_person(message),
        topic=_topic(message),
        edited=update.edited_message is not None,
        forwarded=message.forward_origin is not None or message.via_bot is not None,
        impersonal=_is_impersonal(message),
    )


def read_tap(query: CallbackQuery, now: datetime) -> Arrival | None:
    """A press of a button; None if its message is none that this bot can know."""
    message = query.message
    if message is None:
        return None
    return Arrival(
        chat_id=message.chat.id,
        chat_kind="private" if message.chat.type == ChatType.PRIVATE else "group",
        chat_title=message.chat.title or "",
        user_id=query.from_user.id,
        user_name=_name(query.from_user),
        message_id=message.message_id,
        sent_at=now,
        topic=_topic(message) if isinstance(message, Message) else None,
        impersonal=query.from_user.is_bot,
        query_id=query.id,
        data=query.data or "",
    )


def _answered_person(message: Message) -> tuple[int, str] | None:
    answered = message.reply_to_message
    user = answered.from_user if answered else None
    if answered is None or user is None or _is_impersonal(answered):
        return None
    return user.id, _name(user)


def _topic(message: Message) -> int | None:
    """Not of a reply in a group without topics: there the number is that of the conversation."""
    return message.message_thread_id if message.is_topic_message else None


def _kind(message: Message) -> Literal["private", "group"]:
    return "private" if message.chat.type == ChatType.PRIVATE else "group"


def _is_shown_to_the_bot(update: Update) -> bool:
    """Something without words that a person sends the bot itself.

    Not what Telegram tells about the chat (a pinned message, a new title), and not the way of a
    live location, which arrives as an edit every few seconds.
    """
    message = update.message
    return (
        message is not None
        and message.chat.type == ChatType.PRIVATE
        and message.effective_attachment is not None
    )


def _is_impersonal(message: Message) -> bool:
    user = message.from_user
    return (
        user is None
        or user.is_bot
        or user.id == _ANONYMOUS_ADMIN
        or message.sender_chat is not None
        or message.chat.type == ChatType.CHANNEL
    )


def _name(user: User) -> str:
    return user.full_name or str(user.id)
