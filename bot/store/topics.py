"""Which topic of a group is told what."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.audit import Action
from bot.core.topics import Told, told_by
from bot.store.audit import append
from bot.store.file import StoreFile


class Topics(StoreFile):
    """Questions about topics."""

    async def topics(self, chat_id: int) -> dict[Told, int]:
        """What is bound there."""

        def read(db: Database) -> dict[Told, int]:
            rows = db.execute("select told, topic from topics where chat_id = ?", [chat_id])
            return {Told(told): topic for told, topic in rows.fetchall()}

        return await self.run(read)

    async def bind_topic(
        self, chat_id: int, told: Told, topic: int | None, *, by: int, now: datetime
    ) -> None:
        """Have it come to this topic; None: to the general one."""

        def write(db: Database) -> None:
            ours = [chat_id, told.value]
            db.execute("delete from topics where chat_id = ? and told = ?", ours)
            if topic is not None:
                db.execute(
                    "insert into topics (chat_id, told, topic) values (?, ?, ?)", [*ours, topic]
                )
            detail = {"setting": f"topic of {told.value}", "after": topic or "general"}
            append(db, Action.SETTING, now=now, actor=by, chat_id=chat_id, detail=detail)

        await self.run(write)

    async def topic_is_gone(self, chat_id: int, topic: int | None) -> None:
        """It takes nothing any more: nothing is bound to it. None: one that nothing was."""
        await self.run(
            lambda db: db.execute(
                "delete from topics where chat_id = ? and topic = ?", [chat_id, topic]
            )
        )


def topic_of(db: Database, chat_id: int, event_key: str) -> int | None:
    """Where a push with this key is to be said, inside any transaction; None: in the general."""
    told = told_by(event_key) if chat_id < 0 else None
    if told is None:
        return None
    bound = db.execute(
        "select topic from topics where chat_id = ? and told = ?", [chat_id, told.value]
    ).fetchone()
    return bound[0] if bound else None
