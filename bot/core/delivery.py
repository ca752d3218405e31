"""Delivery to Telegram as values: a letter, and what may be concluded when it was not taken.

::

    SendFailed            Telegram did not take it
    ├── SlowDown          not now; this chat must wait; nothing was sent
    ├── Unreachable       no sensible answer: ask again later; it may have arrived
    ├── ChatGone          the bot may not speak there
    ├── ChatMoved         the group has another id now; nothing was sent
    ├── MessageGone       the message to edit is gone: say it in a new one
    ├── TopicGone         the topic is closed or deleted: say it in the general one
    ├── Unreadable        a fault in our markup: plain text may pass
    └── Refused           a clear no; asking again would get the same answer
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.core.page import Page


class SendFailed(Exception):
    """Telegram did not take it. The subclass says what may be concluded."""


class SlowDown(SendFailed):
    """Not now (429): this chat must wait; nothing was sent."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class Unreachable(SendFailed):
    """No answer, or not a sensible one: ask again later."""

    def __init__(self, reason: str, *, maybe_sent: bool) -> None:
        super().__init__(reason)
        self.maybe_sent = maybe_sent
        """The request may have arrived: asked again, it may be said twice."""


class ChatGone(SendFailed):
    """The bot may not speak there: blocked, thrown out, or the chat does not exist."""


class ChatMoved(SendFailed):
    """The group is a supergroup now and has another id; nothing was sent."""

    def __init__(self, new_chat_id: int) -> None:
        super().__init__(new_chat_id)
        self.new_chat_id = new_chat_id


class MessageGone(SendFailed):
    """The message to edit was deleted or can no longer be edited."""


class TopicGone(SendFailed):
    """The topic is closed or was deleted; nothing was sent."""


class Unreadable(SendFailed):
    """Telegram cannot read the markup or it is too long: a fault of ours, plain text may pass."""


class Refused(SendFailed):
    """A clear no to this message: asking again would get the same answer."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A page ready for Telegram: each button has its callback data."""

    page: Page
    data: tuple[tuple[str, ...], ...] = ()
    """Row by row beside the page's rows; empty for a button that opens an address."""
    plain: bool = False
    """Without markup: Telegram could not read it."""
    topic: int | None = None
    """Of the group's topics the one that it is said in; None: the general one, or none there."""


class Sender(Protocol):
    """Moves one letter to Telegram, once. An edit that changes nothing is a success."""

    async def send(self, chat_id: int, letter: Letter, reply_to: int | None) -> int: ...
    async def edit(self, chat_id: int, message_id: int, letter: Letter) -> None: ...


@dataclass(slots=True)
class Counts:
    """What happened since the start."""

    sent: int = 0
    slowed_down: int = 0
    unreachable: int = 0
    unreadable: int = 0
    """Faults of ours: markup that Telegram refused."""
