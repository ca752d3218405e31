"""Leagues and who plays in them."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlite_utils import Database

from bot.core.errors import AlreadySent
from bot.core.league import League, Member, ledger_name
from bot.core.trade.types import AccountId
from bot.store.file import StoreFile, time_text

_LEAGUE = (
    "select id, leagues.chat_id, coalesce(title, ''), currency, money, starts_at, ends_at, "
    "started_by, told_days, ended_at from leagues left join groups using (chat_id) "
)
_MEMBER = "select league_id, user_id, name, account, joined_at, plays from league_members "


class Leagues(StoreFile):
    """Questions about leagues: satisfies ``bot.desk.league.LeagueRecords``."""

    async def start_league(
        self,
        chat_id: int,
        *,
        currency: str,
        money: Decimal,
        lasts: timedelta,
        by: int,
        now: datetime,
    ) -> League:
        """Begin one.

        Raises:
            AlreadySent: one runs in this group.
        """

        def write(db: Database) -> League:
            try:
                row = db.execute(
                    "insert into leagues (chat_id, currency, money, starts_at, ends_at, "
                    "started_by) values (?, ?, ?, ?, ?, ?) returning id",
                    [
                        chat_id,
                        currency,
                        f"{money:f}",
                        time_text(now),
                        time_text(now + lasts),
                        by,
                    ],
                ).fetchone()
            except sqlite3.IntegrityError as error:
                raise AlreadySent from error
            (found,) = _leagues(db, "where id = ?", [row[0]])
            return found

        return await self.run(write)

    async def league(self, league_id: int) -> League | None:
        """One league, running or over."""
        found = await self.run(lambda db: _leagues(db, "where id = ?", [league_id]))
        return found[0] if found else None

    async def league_of(self, chat_id: int) -> League | None:
        """The one that runs in this group."""
        where = "where leagues.chat_id = ? and ended_at is null"
        found = await self.run(lambda db: _leagues(db, where, [chat_id]))
        return found[0] if found else None

    async def running_leagues(self) -> Sequence[League]:
        """All that are not over, the oldest first."""
        return await self.run(lambda db: _leagues(db, "where ended_at is null order by id", []))

    async def leagues_of_person(self, user_id: int) -> Sequence[tuple[League, Member]]:
        """The running ones that somebody plays in."""

        def read(db: Database) -> list[tuple[League, Member]]:
            members = _members(db, "where user_id = ? and left_at is null", [user_id])
            found = []
            for member in members:
                running = _leagues(db, "where id = ? and ended_at is null", [member.league_id])
                found += [(league, member) for league in running]
            return found

        return await self.run(read)

    async def league_members(self, league_id: int) -> Sequence[Member]:
        """Who plays, in the order in which they joined."""
        where = "where league_id = ? and left_at is null order by joined_at, user_id"
        return await self.run(lambda db: _members(db, where, [league_id]))

    async def join_league(self, league_id: int, user_id: int, name: str, now: datetime) -> bool:
        """Let somebody play, again perhaps with the ledger of before; False if they do already."""

        def write(db: Database) -> bool:
            changed = db.execute(
                "insert into league_members (league_id, user_id, name, account, joined_at) "
                "values (?, ?, ?, ?, ?) on conflict (league_id, user_id) do update "
                "set left_at = null, name = excluded.name where left_at is not null",
                [league_id, user_id, name, ledger_name(league_id, user_id), time_text(now)],
            )
            return bool(changed.rowcount)

        return await self.run(write)

    async def leave_league(self, league_id: int, user_id: int, now: datetime) -> bool:
        """Play no longer; False for somebody who does not."""

        def write(db: Database) -> bool:
            changed = db.execute(
                "update league_members set left_at = ?, plays = 0 "
                "where league_id = ? and user_id = ? and left_at is null",
                [time_text(now), league_id, user_id],
            )
            return bool(changed.rowcount)

        return await self.run(write)

    async def play(self, user_id: int, league_id: int | None) -> bool:
        """Trade in this league from here on, or in none; False if that is not to be."""

        def write(db: Database) -> bool:
            db.execute("update league_members set plays = 0 where user_id = ?", [user_id])
            if league_id is None:
                return True
            changed = db.execute(
                "update league_members set plays = 1 where user_id = ?1 and league_id = ?2 "
                "and left_at is null and exists "
                "(select 1 from leagues where id = ?2 and ended_at is null)",
                [user_id, league_id],
            )
            return bool(changed.rowcount)

        return await self.run(write)

    async def note_told_days(self, league_id: int, days: int) -> None:
        """Up to which day the standings were told."""
        await self.run(
            lambda db: db.execute(
                "update leagues set told_days = ? where id = ?", [days, league_id]
            )
        )

    async def end_league(self, league_id: int, now: datetime) -> None:
        """It is over, and nobody trades in it any more."""

        def write(db: Database) -> None:
            db.execute(
                "update leagues set ended_at = ? where id = ? and ended_at is null",
                [time_text(now), league_id],
            )
            db.execute("update league_members set plays = 0 where league_id = ?", [league_id])

        await self.run(write)

    async def start_money(self, account: AccountId) -> tuple[str, Decimal] | None:
        """What a league's ledger begins with; None for any other account."""

        def read(db: Database) -> tuple[str, Decimal] | None:
            row = db.execute(
                "select currency, money from leagues join league_members on league_id = id "
                "where account = ?",
                [account],
            ).fetchone()
            return (row[0], Decimal(row[1])) if row else None

        return await self.run(read)


def _leagues(db: Database, where: str, values: Sequence[Any]) -> list[League]:
    return [
        League(
            id=row[0],
            chat_id=row[1],
            title=row[2],
            currency=row[3],
            money=Decimal(row[4]),
            starts_at=datetime.fromisoformat(row[5]),
            ends_at=datetime.fromisoformat(row[6]),
            started_by=row[7],
            told_days=row[8],
            ended_at=datetime.fromisoformat(row[9]) if row[9] else None,
        )
        for row in db.execute(f"{_LEAGUE}{where}", list(values)).fetchall()
    ]


def _members(db: Database, where: str, values: Sequence[Any]) -> list[Member]:
    return [
        Member(row[0], row[1], row[2], row[3], datetime.fromisoformat(row[4]), bool(row[5]))
        for row in db.execute(f"{_MEMBER}{where}", list(values)).fetchall()
    ]
