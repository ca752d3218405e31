"""What is to be sent next: urgent first, in order within a chat, within Telegram's limits.

Rules: of what may go now the most urgent goes, then the oldest; one message of a chat is under
way at a time; a message that follows the market leaves room for an answer; a chat that Telegram
slows down waits alone, but three of them within a second mean that the whole bot is too fast; an
edit that waits is overtaken by a newer edit of its message.

Telegram's limits: about one message a second in a chat, 20 a minute in a group, 30 a second in
all (https://core.telegram.org/bots/faq, "My bot is hitting limits").
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Generic, TypeVar

from bot.core.limits import Window

T = TypeVar("T")

_MANY_PAUSES = 3
_AT_ONCE = timedelta(seconds=1)


class Priority(IntEnum):
    """Smaller is more urgent."""

    KILL = 0
    FILL = 10
    ALERT = 20
    REPLY = 30
    EDIT = 40
    WATCH = 50
    DIGEST = 60


@dataclass(slots=True)
class Entry(Generic[T]):
    """One thing to send to one chat."""

    chat_id: int
    priority: Priority
    content: T
    edits: int | None = None
    """The message that this replaces, if it is an edit."""
    number: int = field(default=0, init=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How fast the bot speaks, as (messages, in so much time); a little below Telegram's limits,
    because two messages may travel unequally fast."""

    chat: tuple[int, timedelta] = (3, timedelta(seconds=3.2))
    group: tuple[int, timedelta] = (20, timedelta(seconds=62))
    overall: tuple[int, timedelta] = (25, timedelta(seconds=1))


class SendQueue(Generic[T]):
    """Holds what waits; the caller takes, sends, and says when it is done."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall = Window(*limits.overall)
        self._overall_pause: datetime | None = None
        self._windows: dict[int, tuple[Window, ...]] = {}
        self._paused: dict[int, datetime] = {}
        self._recent_pauses: list[datetime] = []
        self._busy: set[int] = set()
        self._chats: dict[int, list[Entry[T]]] = {}
        self._edits: dict[tuple[int, int], Entry[T]] = {}
        self._numbers = 0

    def __len__(self) -> int:
        """What waits; what is under way does not count."""
        return sum(map(len, self._chats.values()))

    @property
    def busy(self) -> int:
        """What is under way."""
        return len(self._busy)

    def waiting_edit(self, chat_id: int, message_id: int) -> Entry[T] | None:
        """An edit of this message that has not gone yet: give it the newer content instead."""
        return self._edits.get((chat_id, message_id))

    def add(self, entry: Entry[T]) -> None:
        """Let it wait for its turn."""
        self._numbers += 1
        entry.number = self._numbers
        self.put_back(entry)

    def put_back(self, entry: Entry[T]) -> None:
        """It did not go: it has the place in the queue that it had before."""
        waiting = self._chats.setdefault(entry.chat_id, [])
        waiting.append(entry)
        waiting.sort(key=_urgency)
        if entry.edits is not None:
            self._edits.setdefault((entry.chat_id, entry.edits), entry)

    def take(self, now: datetime) -> Entry[T] | None:
        """The next to send now, if any; its chat is busy until ``done``."""
        if self._overall_until(now) > now:
            return None
        ready = [
            waiting[0]
            for chat_id, waiting in self._chats.items()
            if chat_id not in self._busy and self._free_at(waiting[0], now) <= now
        ]
        if not ready:
            return None
        entry = min(ready, key=_urgency)
        self._remove(entry)
        self._busy.add(entry.chat_id)
        self._overall.take(now)
        for window in self._windows_of(entry.chat_id):
            window.take(now)
        return entry

    def done(self, entry: Entry[T]) -> None:
        """It was sent, put back or given up: the next of its chat may go."""
        self._busy.discard(entry.chat_id)

    def next_at(self, now: datetime) -> datetime | None:
        """When ``take`` may have something; None: not before something is added or done."""
        overall = self._overall_until(now)
        if self._chats and overall > now:
            return overall
        return min(
            (
                self._free_at(waiting[0], now)
                for chat_id, waiting in self._chats.items()
                if chat_id not in self._busy
            ),
            default=None,
        )

    def pause(self, chat_id: int, until: datetime, now: datetime) -> None:
        """Telegram asked for a pause in this chat."""
        self._paused[chat_id] = max(until, self._paused.get(chat_id, until))
        self._recent_pauses = [at for at in self._recent_pauses if now - at < _AT_ONCE] + [now]
        if len(self._recent_pauses) >= _MANY_PAUSES:
            self._overall_pause = max(until, self._overall_pause or until)

    def rest(self, chat_id: int, until: datetime) -> None:
        """Try this chat again then; it says nothing about the others."""
        self._paused[chat_id] = max(until, self._paused.get(chat_id, until))

    def drop_chat(self, chat_id: int) -> list[Entry[T]]:
        """Take out all that waits for this chat."""
        dropped = list(self._chats.get(chat_id, ()))
        for entry in dropped:
            self._remove(entry)
        return dropped

    def forget_idle(self, now: datetime) -> None:
        """Drop what is remembered of chats that were silent for long."""
        self._windows = {
            chat_id: windows
            for chat_id, windows in self._windows.items()
            if not all(window.is_full(now) for window in windows)
        }
        self._paused = {chat_id: at for chat_id, at in self._paused.items() if at > now}

    def _remove(self, entry: Entry[T]) -> None:
        waiting = self._chats[entry.chat_id]
        waiting.remove(entry)
        if not waiting:
            del self._chats[entry.chat_id]
        if entry.edits is not None and self._edits.get((entry.chat_id, entry.edits)) is entry:
            del self._edits[entry.chat_id, entry.edits]

    def _overall_until(self, now: datetime) -> datetime:
        return max(self._overall.free_at(now), self._overall_pause or now)

    def _free_at(self, entry: Entry[T], now: datetime) -> datetime:
        spare = 1 if entry.priority >= Priority.WATCH else 0
        free = max(window.free_at(now, spare) for window in self._windows_of(entry.chat_id))
        return max(free, self._paused.get(entry.chat_id, now))

    def _windows_of(self, chat_id: int) -> tuple[Window, ...]:
        windows = self._windows.get(chat_id)
        if windows is None:
            windows = (Window(*self._limits.chat),)
            if chat_id < 0:
                windows = (*windows, Window(*self._limits.group))
            self._windows[chat_id] = windows
        return windows


def _urgency(entry: Entry[T]) -> tuple[int, int]:
    return entry.priority, entry.number
