"""Practice accounts, each as one text that only the account itself can read; and how far the
facts of every account were told."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.trade.types import AccountId
from bot.store.file import StoreFile, time_text


class Papers(StoreFile):
    """Questions about practice accounts, and about what was told of any."""

    async def paper(self, chat_id: int) -> bytes | None:
        """The practice account of a chat as it was saved last."""

        def read(db: Database) -> bytes | None:
            row = db.execute(
                "select body from paper_accounts where chat_id = ?", [chat_id]
            ).fetchone()
            return str(row[0]).encode() if row else None

        return await self.run(read)

    async def save_paper(self, chat_id: int, body: bytes) -> None:
        """Keep it in place of what was saved before."""
        now, text = self.now_text(), body.decode()
        await self.run(
            lambda db: db.execute(
                "insert into paper_accounts (chat_id, body, saved_at) values (?, ?, ?) "
                "on conflict (chat_id) do update "
                "set body = excluded.body, saved_at = excluded.saved_at",
                [chat_id, text, now],
            )
        )

    async def paper_chats(self) -> list[int]:
        """The chats whose practice accounts have something open, or a take-profit that waits."""

        def read(db: Database) -> list[int]:
            rows = db.execute(
                "select distinct chat_id from orders left join exits using (client_id) "
                "where mode = 'paper' and (is_open = 1 or exits.state <> 'ended')"
            )
            return [row[0] for row in rows.fetchall()]

        return await self.run(read)

    async def told_until(self, account: AccountId) -> datetime | None:
        """Until when everything that happened in this account was told."""

        def read(db: Database) -> datetime | None:
            row = db.execute("select at from told_until where account = ?", [account]).fetchone()
            return datetime.fromisoformat(row[0]) if row else None

        return await self.run(read)

    async def note_told_until(self, account: AccountId, at: datetime) -> None:
        """Everything until then was told."""
        await self.run(
            lambda db: db.execute(
                "insert into told_until (account, at) values (?, ?) "
                "on conflict (account) do update set at = excluded.at",
                [account, time_text(at)],
            )
        )
