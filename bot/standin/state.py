"""What the local Telegram knows: people, chats, messages, and where to tell of changes.

Everything lives in memory and in one event loop. Message ids run as Telegram's do: one count for
private chats and groups together, one of its own for each supergroup.
"""

import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.standin.events import EventHub
from bot.standin.files import FileShelf, StoredFile
from bot.standin.markup import Formatted
from bot.standin.refusals import PersonError
from bot.standin.updates import UpdateQueue
from bot.standin.webhook import Webhook

KEPT_PRESSES = 1000
KEPT_TOASTS = 1000
KEPT_QUESTIONS = 1000
"""The newest are kept, because a demo may run for weeks."""

ChatType = Literal["private", "group", "supergroup", "channel"]


@dataclass(slots=True)
class Bot:
    """The one bot of this Telegram."""

    id: int
    token: str = field(repr=False)
    username: str = "kraken_local_bot"
    first_name: str = "Kraken Bot"
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class User:
    """A person. Until a person has started the bot, the bot cannot write first."""

    id: int
    name: str
    language: str = "en"
    started: bool = False
    blocked_bot: bool = False
    deactivated: bool = False


@dataclass(slots=True)
class Topic:
    """One topic of a group; the general one is none of these."""

    name: str
    closed: bool = False


@dataclass(slots=True)
class Message:
    """One message of a chat; `sender_id` is the bot's id for its own.

    `guise` is what the bot is told instead of the sender: an anonymous administrator, a channel.
    """

    chat_id: int
    message_id: int
    sender_id: int
    date: int
    body: Formatted = field(default_factory=Formatted)
    file: StoredFile | None = None
    markup: dict[str, Any] | None = None
    reply_to: int | None = None
    topic: int | None = None
    edited_at: int | None = None
    forward_origin: dict[str, Any] | None = None
    reaction: str | None = None
    silent: bool = False
    protected: bool = False
    service: dict[str, Any] | None = None
    guise: dict[str, Any] | None = None

    @property
    def keyboard(self) -> list[list[dict[str, Any]]]:
        """The inline buttons under the message."""
        rows: list[list[dict[str, Any]]] = (self.markup or {}).get("inline_keyboard", [])
        return rows


@dataclass(slots=True)
class Chat:
    """A private chat (its id is the person's), a group or a supergroup."""

    id: int
    type: ChatType
    title: str
    members: set[int] = field(default_factory=set)
    administrators: set[int] = field(default_factory=set)
    bot_status: Literal["member", "administrator", "left", "kicked"] = "member"
    migrated_to: int | None = None
    messages: dict[int, Message] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)
    pinned: list[int] = field(default_factory=list)
    menu_button: dict[str, Any] | None = None
    instance: str = field(default_factory=lambda: str(secrets.randbits(62)))
    last_message_id: int = 0


@dataclass(slots=True)
class Press:
    """A press on an inline button, until the bot has answered it."""

    query_id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    text: str
    pressed_at: float
    query: dict[str, Any]
    answered: bool = False


@dataclass(slots=True)
class Question:
    """An inline query; `answer` is what the bot offered, as it was read."""

    query_id: str
    user_id: int
    text: str
    offset: str
    asked_at: float
    answer: dict[str, Any] | None = None


class State:
    """People, chats and messages; changes are told to the page through `events`."""

    def __init__(
        self,
        bot: Bot,
        *,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        repeat_pause: float = 3.0,
    ) -> None:
        self.bot = bot
        self.now = now
        self.events = EventHub()
        self.updates = UpdateQueue(monotonic=monotonic, repeat_pause=repeat_pause)
        self.commands: dict[tuple[Any, ...], list[dict[str, str]]] = {}
        self.menu_button: dict[str, Any] = {"type": "commands"}
        self.webhook: Webhook | None = None
        self._last_message_id = 0
        self.clear()

    def clear(self) -> None:
        """Forgets people, chats and what waits; not what the bot has set up, nor any count.

        Counts go on because a running bot knows where they were.
        """
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files = FileShelf()
        self.presses: dict[str, Press] = {}
        self.questions: dict[str, Question] = {}
        self.toasts: deque[dict[str, Any]] = deque(maxlen=KEPT_TOASTS)
        self.updates.clear()

    def add_user(self, user_id: int, name: str = "", *, started: bool = False) -> User:
        """The person with this id; made, renamed or marked as having started the bot."""
        user = self.users.setdefault(user_id, User(user_id, name or f"User {user_id}"))
        user.name = name or user.name
        user.started = user.started or started
        return user

    def add_private_chat(self, user: User) -> Chat:
        chat = self.chats.get(user.id)
        if chat is None:
            chat = Chat(user.id, "private", user.name, members={user.id})
            self.chats[user.id] = chat
            self.events.publish({"type": "chats"})
        return chat

    def add_group(
        self, chat_id: int, title: str, members: set[int], kind: ChatType = "group"
    ) -> Chat:
        """A new group, or new members and another title for a known one."""
        for member in members:
            self.add_user(member)
        chat = self.chats.get(chat_id)
        if chat is None:
            chat = self.chats[chat_id] = Chat(chat_id, kind, title)
            if kind == "channel":
                chat.bot_status = "administrator"  # a channel has no other bots
        chat.title = title
        chat.members |= members
        if not chat.administrators and members:
            chat.administrators = {min(members)}
        self.events.publish({"type": "chats"})
        return chat

    def add_press(self, press: Press) -> None:
        """Kept until it is answered and for a while after, so that it can be sent again."""
        self.presses[press.query_id] = press
        if len(self.presses) > KEPT_PRESSES:
            del self.presses[next(iter(self.presses))]

    def add_question(self, question: Question) -> None:
        """Kept for a while, so that what was offered can be chosen."""
        self.questions[question.query_id] = question
        if len(self.questions) > KEPT_QUESTIONS:
            del self.questions[next(iter(self.questions))]

    def chat_for_person(self, chat_id: int) -> Chat:
        """Raises: PersonError when there is no such chat."""
        chat = self.chats.get(chat_id)
        if chat is None:
            raise PersonError(f"there is no chat {chat_id}")
        return chat

    def next_message_id(self, chat: Chat) -> int:
        if chat.type == "supergroup":
            chat.last_message_id += 1
            return chat.last_message_id
        self._last_message_id += 1
        return self._last_message_id

    def seconds(self) -> int:
        """Now, as Telegram dates messages."""
        return int(self.now())
