"""The inbox: updates are kept here before Telegram is told that we have them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.store.file import StoreFile, time_text

KEPT = timedelta(days=7)
"""How long the numbers of finished updates are remembered, to refuse a repetition."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update whose work is not done."""

    update_id: int
    body: str
    """JSON as Telegram sent it."""
    tries: int
    """How often its work was begun before: more than once means that the process died in it."""


class Inbox(StoreFile):
    """Questions about updates."""

    async def add_updates(self, updates: Sequence[tuple[int, str]]) -> list[int]:
        """Keep these (number, JSON) pairs; return the numbers that were not known yet.

        When this returns they survive a crash, and the offset may move. A known number with
        another content is another update: a local Telegram counts anew when it is restarted.
        """
        now = self.now_text()

        def add(db: Database) -> list[int]:
            return [number for number, body in updates if _add(db, number, body, now)]

        return await self.run(add)

    async def add_update(self, update_id: int, body: str) -> bool:
        """Keep one; False if it is known."""
        return bool(await self.add_updates([(update_id, body)]))

    async def begin_update(self, update_id: int) -> None:
        """Count that its work begins."""
        await self.run(
            lambda db: db.execute(
                "update inbox set tries = tries + 1 where update_id = ?", [update_id]
            ),
            durable=False,
        )

    async def done(self, update_id: int) -> None:
        """Its work is done: forget the content, remember the number."""
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "update inbox set done_at = ?, body = '' where update_id = ?", [now, update_id]
            ),
            durable=False,
        )

    async def waiting(self) -> list[Waiting]:
        """What is not done, in the order it came."""

        def read(db: Database) -> list[Waiting]:
            rows = db.execute(
                "select update_id, body, tries from inbox where done_at is null order by update_id"
            )
            return [Waiting(*row) for row in rows.fetchall()]

        return await self.run(read)

    async def forget_updates(self, now: datetime) -> None:
        """Drop the numbers of updates that were done long ago."""
        limit = time_text(now - KEPT)
        await self.run(lambda db: db.execute("delete from inbox where done_at < ?", [limit]))


def _add(db: Database, update_id: int, body: str, now: str) -> bool:
    digest = hashlib.sha256(body.encode()).hexdigest()
    changed = db.execute(
        "insert into inbox (update_id, digest, body, received_at) values (?, ?, ?, ?) "
        "on conflict (update_id) do update set digest = excluded.digest, body = excluded.body, "
        "received_at = excluded.received_at, tries = 0, done_at = null "
        "where digest <> excluded.digest",
        [update_id, digest, body, now],
    )
    return changed.rowcount == 1
