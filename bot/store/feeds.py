"""Channels that are fed from chats."""

from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from bot.core.access import Access, allows
from bot.core.audit import Action
from bot.core.feeds import Channel, Part
from bot.core.page import Page
from bot.core.topics import Told, told_by
from bot.core.trade.news import News
from bot.store.audit import append
from bot.store.file import StoreFile
from bot.store.people import role_in

_COLUMNS = "channel_id, title, chat_id, trades, alerts, sizes"


class Feeds(StoreFile):
    """Questions about channels."""

    async def add_channel(self, channel_id: int, title: str, user_id: int) -> None:
        """The bot may post there; whoever else had it, it is this person's now, and silent."""

        def write(db: Database) -> None:
            known = db.execute(
                "update feeds set title = ? where channel_id = ? and user_id = ?",
                [title, channel_id, user_id],
            )
            if known.rowcount != 1:
                db.execute(
                    "insert or replace into feeds (channel_id, title, user_id) values (?, ?, ?)",
                    [channel_id, title, user_id],
                )

        await self.run(write)

    async def channels(self, user_id: int) -> list[Channel]:
        """Those of one person."""

        def read(db: Database) -> list[Channel]:
            rows = db.execute(
                f"select {_COLUMNS} from feeds where user_id = ? order by title, channel_id",  # noqa: S608 - our own column names
                [user_id],
            )
            return [
                Channel(channel, title, chat, bool(trades), bool(alerts), bool(sizes))
                for channel, title, chat, trades, alerts, sizes in rows.fetchall()
            ]

        return await self.run(read)

    async def change_feed(
        self, channel_id: int, chat_id: int, part: Part, *, on: bool, by: int, now: datetime
    ) -> None:
        """Feed a channel of this person's from this chat; from another one nothing comes then."""

        def write(db: Database) -> None:
            # What another chat had fed it with ends.
            db.execute(
                "update feeds set chat_id = ?1, trades = 0, alerts = 0 "
                "where channel_id = ?2 and user_id = ?3 and chat_id is not ?1",
                [chat_id, channel_id, by],
            )
            changed = db.execute(
                f"update feeds set {part.value} = ? where channel_id = ? and user_id = ?",  # noqa: S608 - our own column names
                [int(on), channel_id, by],
            )
            if changed.rowcount == 1:
                what = f"{part.value} of channel {channel_id}"
                detail = {"setting": what, "after": "on" if on else "off"}
                append(db, Action.SETTING, now=now, actor=by, chat_id=chat_id, detail=detail)

        await self.run(write)


def posts_of(db: Database, news: News, now: str) -> list[tuple[int, Page]]:
    """What is posted of a push, and where, inside any transaction.

    Nothing in the channel of somebody who may not say any more what leaves that chat.
    """
    told = told_by(news.event_key)
    if news.posted is None or told is None:
        return []
    part = Part.TRADES if told is Told.FILLS else Part.ALERTS
    rows = db.execute(
        f"select channel_id, user_id, sizes from feeds where chat_id = ? and {part.value} = 1",  # noqa: S608 - our own column names
        [news.chat_id],
    ).fetchall()
    kind: Literal["private", "group"] = "private" if news.chat_id > 0 else "group"
    return [
        (channel_id, news.posted.full if sizes else news.posted.without_sizes)
        for channel_id, user_id, sizes in rows
        if allows(role_in(db, user_id, news.chat_id, now), Access.CHAT_OWNER, kind)
    ]
