"""What is to be said and must not be lost: pushes wait here until Telegram has accepted them."""

import html
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from sqlite_utils import Database

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.news import News
from bot.store.feeds import posts_of
from bot.store.file import StoreFile, time_text
from bot.store.topics import topic_of

KEPT = timedelta(days=30)
"""How long the keys of what was said are remembered, so that nothing is told twice."""

_TAGS = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Push:
    """One message that waits."""

    id: int
    chat_id: int
    priority: int
    page: Page
    created_at: datetime
    maybe_sent: bool
    """Telegram was asked before and the answer was lost: it may have arrived already."""
    reply_to: int | None = None
    """The message that it answers."""
    topic: int | None = None
    """Where the group wants it; None: in the general topic."""


def insert_news(db: Database, news: News, now: str) -> int | None:
    """Keep it for sending, inside any transaction; None if this event was told or waits.

    The outbox has to be told afterwards: ``Outbox.load_waiting``.
    """
    changed = db.execute(
        "insert or ignore into outbox "
        "(event_key, chat_id, priority, page, created_at, reply_to, title) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        [
            news.event_key,
            news.chat_id,
            int(news.priority),
            msgspec.json.encode(news.page).decode(),
            now,
            news.reply_to,
            _title(news) if news.page.silent else "",
        ],
    )
    if changed.rowcount != 1:
        return None
    number = changed.lastrowid
    for channel_id, page in posts_of(db, news, now):
        post = News(f"{news.event_key}@{channel_id}", channel_id, page, priority=Priority.DIGEST)
        insert_news(db, post, now)
    return number


def _title(news: News) -> str:
    """The first line of what somebody waits for; a digest is none of it."""
    if news.priority > Priority.ALERT:
        return ""
    return _TAGS.sub("", news.page.html.partition("\n")[0])


def is_told(db: Database, event_key: str) -> bool:
    """Whether this event was told, or waits to be, inside any transaction."""
    found = db.execute("select 1 from outbox where event_key = ?", [event_key]).fetchone()
    return found is not None


class Outgoing(StoreFile):
    """Questions about pushes."""

    async def add_push(
        self, event_key: str, chat_id: int, priority: int, page: Page
    ) -> Push | None:
        """Keep it for sending; None if this event was told or waits already."""
        now = self.now_text()
        news = News(event_key, chat_id, page, priority=priority)

        def write(db: Database) -> Push | None:
            number = insert_news(db, news, now)
            if number is None:
                return None
            at, topic = datetime.fromisoformat(now), topic_of(db, chat_id, event_key)
            return Push(number, chat_id, priority, page, at, maybe_sent=False, topic=topic)

        return await self.run(write)

    async def was_told(self, event_key: str) -> bool:
        """Whether this event was told, or waits to be."""
        return await self.run(lambda db: is_told(db, event_key))

    async def silent_titles(self, chat_id: int, since: datetime, until: datetime) -> list[str]:
        """The first lines of what came without a sound in this time, the oldest first."""

        def read(db: Database) -> list[str]:
            rows = db.execute(
                "select title from outbox where chat_id = ? and title <> '' "
                "and created_at >= ? and created_at < ? order by id",
                [chat_id, time_text(since), time_text(until)],
            )
            return [html.unescape(title) for (title,) in rows.fetchall()]

        return await self.run(read)

    async def waiting_pushes(self) -> list[Push]:
        """All that wait, the most urgent first, then in the order they came."""

        def read(db: Database) -> list[Push]:
            rows = db.execute(
                "select id, chat_id, priority, page, created_at, maybe_sent, reply_to, event_key "
                "from outbox where state = 'waiting' order by priority, id"
            )
            return [
                Push(
                    number,
                    chat,
                    priority,
                    msgspec.json.decode(page, type=Page),
                    datetime.fromisoformat(created),
                    bool(maybe),
                    reply_to,
                    topic_of(db, chat, key),
                )
                for number, chat, priority, page, created, maybe, reply_to, key in rows.fetchall()
            ]

        return await self.run(read)

    async def asking(self, push_id: int) -> None:
        """Telegram is about to be asked: from here on it may have been sent."""
        await self.run(
            lambda db: db.execute("update outbox set maybe_sent = 1 where id = ?", [push_id])
        )

    async def not_sent(self, push_id: int) -> None:
        """Telegram clearly refused for now: it was not sent."""
        await self.run(
            lambda db: db.execute("update outbox set maybe_sent = 0 where id = ?", [push_id])
        )

    async def sent(self, push_id: int, message_id: int) -> None:
        """Telegram accepted it."""
        await self._end(push_id, "sent", message_id)

    async def drop(self, push_id: int) -> None:
        """It can never be delivered."""
        await self._end(push_id, "dropped", None)

    async def _end(self, push_id: int, state: str, message_id: int | None) -> None:
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "update outbox set state = ?, message_id = ?, ended_at = ?, page = '' "
                "where id = ?",
                [state, message_id, now, push_id],
            ),
            durable=False,
        )

    async def forget_pushes(self, now: datetime) -> None:
        """Drop the keys of what was said long ago."""
        limit = time_text(now - KEPT)
        await self.run(lambda db: db.execute("delete from outbox where ended_at < ?", [limit]))

    async def mute(self, chat_id: int, reason: str) -> None:
        """The bot was blocked or thrown out there: say nothing more until it is back."""
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "insert or ignore into muted_chats (chat_id, reason, since) values (?, ?, ?)",
                [chat_id, reason, now],
            )
        )

    async def unmute(self, chat_id: int) -> None:
        """The bot may speak there again."""
        await self.run(
            lambda db: db.execute("delete from muted_chats where chat_id = ?", [chat_id])
        )

    async def muted(self) -> set[int]:
        """Where the bot may not speak."""
        return await self.run(
            lambda db: {row[0] for row in db.execute("select chat_id from muted_chats").fetchall()}
        )
