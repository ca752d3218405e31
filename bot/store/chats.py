"""What a chat has chosen, its buttons, its live messages, and its move to another id."""

import secrets
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from sqlite_utils import Database

from bot.core.page import Button, Payload
from bot.core.settings import ChatSettings, LiveRow
from bot.core.trade.news import News
from bot.store.alerts import MOVES_OF_ALERTS
from bot.store.file import StoreFile, time_text
from bot.store.outbox import insert_news
from bot.store.paper import MOVES, NO_MESSAGES
from bot.store.people import may_be_told
from bot.store.safety import FOLLOWS

LIFE_OF_A_BUTTON = timedelta(days=7)
_RENEWED = timedelta(days=6)
"""A button that is shown again and has less than this left gets its whole life back."""
_MOVES = (
    "update or ignore plans set chat_id = :new where chat_id = :old",
    "update or ignore chat_settings set chat_id = :new where chat_id = :old",
    "delete from chat_settings where chat_id = :old",
    "update or ignore groups set chat_id = :new where chat_id = :old",
    "delete from groups where chat_id = :old",
    "update or ignore lent_keys set chat_id = :new where chat_id = :old",
    "delete from lent_keys where chat_id = :old",
    *MOVES_OF_ALERTS,
    *FOLLOWS,
    *MOVES,
    "update buttons set chat_id = :new where chat_id = :old",
    "update outbox set chat_id = :new where chat_id = :old",
    # The messages stay behind in the old group, and so does whether the bot may speak there.
    "delete from live_messages where chat_id = :old",
    "delete from muted_chats where chat_id = :old",
    "delete from topics where chat_id = :old",
    "update feeds set chat_id = :new where chat_id = :old",
)
_MESSAGES_GONE = (
    "delete from live_messages",
    "delete from buttons",
    "delete from inbox",
    "delete from muted_chats",
    "delete from message_topics",
    "delete from topics",
    *NO_MESSAGES,
)
_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class StoredButton:
    """What a token stands for."""

    chat_id: int
    user_id: int | None
    """Whose button it is; None: of everybody in the chat who has the role."""
    verb: str
    payload: Payload
    expires_at: datetime


class Chats(StoreFile):
    """Questions about one chat.

    Everything that is said needs to know how its chat likes to read, so that is remembered. It is
    noted and forgotten on the database's thread, where one thing happens after the other, and
    forgotten before a change is written: what is remembered is what the file says.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        super().__init__(folder, now)
        self._chosen: dict[int, ChatSettings] = {}

    async def chat_settings(self, chat_id: int) -> ChatSettings:
        """What the chat has chosen, or the defaults."""

        def read(db: Database) -> ChatSettings:
            row = db.execute(
                "select body from chat_settings where chat_id = ?", [chat_id]
            ).fetchone()
            chosen = msgspec.json.decode(row[0], type=ChatSettings) if row else ChatSettings()
            chosen = replace(chosen, shared=chat_id < 0)
            self._chosen[chat_id] = chosen
            return chosen

        known = self._chosen.get(chat_id)
        return known if known is not None else await self.run(read)

    async def quiet_chats(self) -> list[tuple[int, ChatSettings]]:
        """Chats that have quiet hours, with what they chose."""

        def read(db: Database) -> list[tuple[int, ChatSettings]]:
            rows = db.execute(
                "select chat_id, body from chat_settings "
                "where json_extract(body, '$.quiet_from') <> json_extract(body, '$.quiet_until')"
            )
            return [
                (chat, msgspec.json.decode(body, type=ChatSettings))
                for chat, body in rows.fetchall()
            ]

        return await self.run(read)

    async def chats_with_notice(self, notice: str) -> list[tuple[int, ChatSettings]]:
        """Chats that chose how a kind of push is told, with what they chose.

        Not those whose people are let in no more.
        """

        def read(db: Database) -> list[tuple[int, ChatSettings]]:
            rows = db.execute(
                "select chat_id, body from chat_settings "
                "where json_extract(body, '$.notices.' || ?) is not null",
                [notice],
            )
            return [
                (chat, msgspec.json.decode(body, type=ChatSettings))
                for chat, body in rows.fetchall()
                if may_be_told(db, chat, self.now_text())
            ]

        return await self.run(read)

    async def save_chat_settings(self, chat_id: int, settings: ChatSettings) -> None:
        """Keep what the chat has chosen."""
        body = msgspec.json.encode(settings).decode()

        def write(db: Database) -> None:
            self._chosen.pop(chat_id, None)
            db.execute(
                "insert into chat_settings (chat_id, body) values (?, ?) "
                "on conflict (chat_id) do update set body = excluded.body",
                [chat_id, body],
            )

        await self.run(write)

    async def add_buttons(
        self, chat_id: int, user_id: int | None, buttons: Sequence[Button], expires: datetime
    ) -> list[str]:
        """A random token for each button, in order.

        The same meaning shown again in the same chat has the same token, so a message that is
        edited every second keeps its keyboard.
        """

        def write(db: Database) -> list[str]:
            return [_token(db, chat_id, user_id, button, expires) for button in buttons]

        return await self.run(write) if buttons else []

    async def button(self, token: str) -> StoredButton | None:
        """What this token stands for, expired or not; None if nothing."""

        def read(db: Database) -> StoredButton | None:
            row = db.execute(
                "select chat_id, user_id, verb, payload, expires_at from buttons where token = ?",
                [token],
            ).fetchone()
            if row is None:
                return None
            chat, user, verb, payload, expires = row
            return StoredButton(
                chat, user, verb, msgspec.json.decode(payload), datetime.fromisoformat(expires)
            )

        return await self.run(read)

    async def forget_buttons(self, now: datetime) -> None:
        """Drop what has expired."""
        limit = time_text(now)
        await self.run(lambda db: db.execute("delete from buttons where expires_at < ?", [limit]))

    async def save_live(self, row: LiveRow) -> None:
        """Insert, or replace the row of the same chat and message."""
        payload = msgspec.json.encode(row.payload).decode()
        await self.run(
            lambda db: db.execute(
                "insert or replace into live_messages "
                "(chat_id, message_id, kind, payload, ends_at) values (?, ?, ?, ?, ?)",
                [row.chat_id, row.message_id, row.kind, payload, time_text(row.ends_at)],
            )
        )

    async def remove_live(self, chat_id: int, message_id: int) -> None:
        """Forget it; nothing happens if it is unknown."""
        await self.run(
            lambda db: db.execute(
                "delete from live_messages where chat_id = ? and message_id = ?",
                [chat_id, message_id],
            )
        )

    async def live_rows(self, chat_id: int | None = None) -> list[LiveRow]:
        """Of one chat or of all, oldest first."""

        def read(db: Database) -> list[LiveRow]:
            rows = db.execute(
                "select chat_id, message_id, kind, payload, ends_at from live_messages "
                "where ?1 is null or chat_id = ?1 order by rowid",
                [chat_id],
            )
            return [
                LiveRow(
                    chat, message, kind, msgspec.json.decode(body), datetime.fromisoformat(ends)
                )
                for chat, message, kind, body, ends in rows.fetchall()
            ]

        return await self.run(read)

    async def forget_messages(self) -> None:
        """Drop what belongs to messages and to who may be written to, in all chats.

        For a Telegram that begins empty, as the local one does: its message numbers start anew,
        so that whatever is kept by number would belong to another message. What the chats have
        chosen, people and pushes stay.
        """

        def write(db: Database) -> None:
            for statement in _MESSAGES_GONE:
                db.execute(statement)

        await self.run(write)

    async def move_chat(self, old: int, new: int, if_live: News | None = None) -> None:
        """A group became a supergroup: everything of it follows, in one step.

        ``if_live`` is told in the same step if it traded real money, which it does no more.
        Telegram tells of the move up to three times; repeating it changes nothing.
        """
        now = self.now_text()

        def write(db: Database) -> None:
            self._chosen.clear()
            was_live = db.execute(
                "select 1 from chat_modes where chat_id = ? and mode = 'live'", [old]
            ).fetchone()
            for statement in _MOVES:
                db.execute(statement, {"old": old, "new": new})
            if was_live and if_live is not None:
                insert_news(db, if_live, now)

        await self.run(write)


def _token(
    db: Database, chat_id: int, user_id: int | None, button: Button, expires: datetime
) -> str:
    payload = msgspec.json.encode(button.payload, order="sorted").decode()
    row = db.execute(
        "select token, expires_at from buttons "
        "where chat_id = ? and verb = ? and payload = ? and user_id is ?",
        [chat_id, button.verb, payload, user_id],
    ).fetchone()
    if row is not None:
        token: str = row[0]
        if datetime.fromisoformat(row[1]) < expires - (LIFE_OF_A_BUTTON - _RENEWED):
            db.execute(
                "update buttons set expires_at = ? where token = ?", [time_text(expires), token]
            )
        return token
    token = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    db.execute(
        "insert into buttons (token, chat_id, user_id, verb, payload, expires_at) "
        "values (?, ?, ?, ?, ?, ?)",
        [token, chat_id, user_id, button.verb, payload, time_text(expires)],
    )
    return token
