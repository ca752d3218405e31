"""Practice accounts, each as one text that only the account itself can read; and how far the
facts of every account were told."""

from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from bot.core.league import is_league
from bot.core.trade.express import AT_ONCE
from bot.core.trade.news import Booking, News
from bot.core.trade.types import AccountId
from bot.store.file import StoreFile, time_text
from bot.store.outbox import insert_news
from bot.store.trading import book

PREFIX = "paper:"
"""What the name of every practice account begins with; then comes the chat's first id."""

MOVES = (
    "update or ignore chat_modes set chat_id = :new where chat_id = :old",
    "delete from chat_modes where chat_id = :old",
    "update tickets set state = 'void' where chat_id = :old and state = 'open'",
    "update orders set chat_id = :new, card = null where chat_id = :old",
    "update or ignore paper_accounts set chat_id = :new where chat_id = :old",
    "update or ignore leagues set chat_id = :new where chat_id = :old",
)
"""What follows a group that gets another id; the messages stay behind, cards and tickets, too."""

NO_MESSAGES = (
    "update orders set card = null",
    "update tickets set state = 'void' where state = 'open'",
    # Named after a message whose number another one gets.
    f"update orders set ticket_id = null where ticket_id glob '{AT_ONCE}:*'",  # noqa: S608 - our own word
    f"delete from tickets where id glob '{AT_ONCE}:*'",  # noqa: S608 - our own word
    "update outbox set reply_to = null",
)
"""For a Telegram that begins empty: what stood on its messages stands on none."""


class Papers(StoreFile):
    """Questions about practice accounts, and about what was told of any."""

    async def paper_of(self, chat_id: int) -> AccountId:
        """The practice account of a chat, whether there is one yet or not.

        While it plays in a league, its ledger there.
        """

        def read(db: Database) -> AccountId:
            row = db.execute(
                "select account from league_members where user_id = ?1 and plays = 1 union all "
                "select account from paper_accounts where chat_id = ?1",
                [chat_id],
            ).fetchone()
            return AccountId(row[0] if row else f"{PREFIX}{chat_id}")

        return await self.run(read)

    async def chat_of_paper(self, account: AccountId) -> int:
        """The chat that practises with it."""

        def read(db: Database) -> int:
            row = db.execute(
                "select user_id from league_members where account = ?1 union all "
                "select chat_id from paper_accounts where account = ?1",
                [account],
            ).fetchone()
            return int(row[0] if row else account.removeprefix(PREFIX))

        return await self.run(read)

    async def paper(self, account: AccountId) -> bytes | None:
        """A practice account as it was saved last."""

        def read(db: Database) -> bytes | None:
            row = db.execute(
                "select body from paper_accounts where account = ?", [account]
            ).fetchone()
            return str(row[0]).encode() if row else None

        return await self.run(read)

    async def save_paper(
        self,
        account: AccountId,
        body: bytes,
        bookings: Sequence[Booking] = (),
        news: Sequence[News] = (),
        *,
        began_at: datetime | None = None,
    ) -> None:
        """Keep it in place of what was saved before, with what happened meanwhile, all or nothing.

        Giving the same again does no harm: a fill is kept once, and news are told once.
        ``began_at`` is when it was given its money; only that of a new account is kept.
        """
        at = self._now()
        now = time_text(at)

        def write(db: Database) -> None:
            db.execute(
                "insert into paper_accounts (account, chat_id, body, saved_at, began_at) "
                "values (?, ?, ?, ?, ?) on conflict (account) do update "
                "set body = excluded.body, saved_at = excluded.saved_at",
                [
                    account,
                    None if is_league(account) else int(account.removeprefix(PREFIX)),
                    body.decode(),
                    now,
                    began_at and time_text(began_at),
                ],
            )
            for each in bookings:
                book(db, account, each.fill, each.order, each.tell, at)
            for told in news:
                insert_news(db, told, now)

        await self.run(write)

    async def paper_began_at(self, account: AccountId) -> datetime | None:
        """Since when it practises with the money it was given last; None for a new one."""

        def read(db: Database) -> datetime | None:
            row = db.execute(
                "select began_at from paper_accounts where account = ?", [account]
            ).fetchone()
            return datetime.fromisoformat(row[0]) if row and row[0] else None

        return await self.run(read)

    async def begin_anew(self, account: AccountId, at: datetime) -> None:
        """Practice money was given anew: forget what was read of the time before."""

        def write(db: Database) -> None:
            db.execute(
                "update paper_accounts set began_at = ? where account = ?",
                [time_text(at), account],
            )
            for table in ("past_fills", "past_entries", "past_marks", "lot_costs"):
                db.execute(f"delete from {table} where account = ?", [account])  # noqa: S608 - names from the code

        await self.run(write)

    async def busy_papers(self) -> list[AccountId]:
        """Practice accounts that have something open, or a take-profit that waits."""

        def read(db: Database) -> list[AccountId]:
            rows = db.execute(
                "select distinct account from orders left join exits using (client_id) "
                "where mode = 'paper' and (is_open = 1 or exits.state <> 'ended')"
            )
            return [AccountId(row[0]) for row in rows.fetchall()]

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
