"""Chats that trade real money, and their dead man's switches, which a restart keeps armed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.audit import Action
from bot.store.audit import append
from bot.store.file import StoreFile, time_text


@dataclass(frozen=True, slots=True)
class DeadMan:
    """A chat whose account ends all its orders when the bot is not heard of for so long."""

    chat_id: int
    delay: timedelta
    since: datetime


class Deadmen(StoreFile):
    """Questions about chats that need watching."""

    async def live_chats(self) -> list[int]:
        """The chats that trade real money."""
        return await self.run(
            lambda db: [
                row[0]
                for row in db.execute(
                    "select chat_id from chat_modes where mode = 'live' order by chat_id"
                ).fetchall()
            ]
        )

    async def set_deadman(
        self, chat_id: int, delay: timedelta | None, *, by: int | None, now: datetime
    ) -> None:
        """Keep, or forget, that this chat has a dead man's switch."""
        seconds = int(delay.total_seconds()) if delay else 0

        def write(db: Database) -> None:
            detail = {"seconds": seconds}
            append(db, Action.DEADMAN, now=now, actor=by, chat_id=chat_id, detail=detail)
            if not seconds:
                db.execute("delete from deadmen where chat_id = ?", [chat_id])
                return
            db.execute(
                "insert or replace into deadmen (chat_id, seconds, since) values (?, ?, ?)",
                [chat_id, seconds, time_text(now)],
            )

        await self.run(write)

    async def deadmen(self) -> Sequence[DeadMan]:
        """All chats that have one."""

        def read(db: Database) -> list[DeadMan]:
            rows = db.execute("select chat_id, seconds, since from deadmen order by chat_id")
            return [
                DeadMan(chat, timedelta(seconds=seconds), datetime.fromisoformat(since))
                for chat, seconds, since in rows.fetchall()
            ]

        return await self.run(read)
