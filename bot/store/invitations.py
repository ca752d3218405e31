"""Invitations, and who came with which."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from bot.core.access import Access, Role, allows
from bot.core.audit import Action
from bot.core.invitations import MOST, Coming, Invitation, Outcome
from bot.store.audit import append
from bot.store.file import StoreFile, time_text
from bot.store.people import role_in, set_role

_KEPT = timedelta(days=30)
"""How long it is remembered that an invitation was used or is over."""
_TOLD_AGAIN = timedelta(minutes=10)
"""Whoever opens the used link again so soon is told the same: after a crash nobody was told."""

_WAITING = "used_by is null and expires_at > ?"


class Invitations(StoreFile):
    """Questions about links that let somebody in."""

    async def add_invitation(self, invitation: Invitation, *, by: int, now: datetime) -> bool:
        """Keep it and write down who made it; False if too many wait already."""

        def write(db: Database) -> bool:
            at = time_text(now)
            (waiting,) = db.execute(
                f"select count(*) from invitations where {_WAITING}",  # noqa: S608 - our own words
                [at],
            ).fetchone()
            if waiting >= MOST:
                return False
            until = time_text(invitation.expires_at)
            db.execute(
                "insert into invitations (id, role, made_by, expires_at) values (?, ?, ?, ?)",
                [invitation.id, invitation.role.value, by, until],
            )
            detail = {"role": invitation.role.value, "until": until}
            append(db, Action.INVITE, now=now, actor=by, detail=detail)
            return True

        return await self.run(write)

    async def invitations(self, now: datetime) -> list[Invitation]:
        """Those that wait for somebody, the first to end first."""

        def read(db: Database) -> list[Invitation]:
            rows = db.execute(
                f"select id, role, expires_at from invitations where {_WAITING} "  # noqa: S608 - our own words
                "order by expires_at, id",
                [time_text(now)],
            )
            return [
                Invitation(name, Role(role), datetime.fromisoformat(until))
                for name, role, until in rows.fetchall()
            ]

        return await self.run(read)

    async def withdraw_invitation(self, name: str, *, by: int, now: datetime) -> bool:
        """Nobody comes with it any more; False if somebody did, or it was over anyway."""

        def write(db: Database) -> bool:
            row = db.execute(
                f"delete from invitations where id = ? and {_WAITING} returning role",  # noqa: S608 - our own words
                [name, time_text(now)],
            ).fetchone()
            if row is None:
                return False
            detail = {"role": row[0], "withdrawn": True}
            append(db, Action.INVITE, now=now, actor=by, detail=detail)
            return True

        return await self.run(write)

    async def accept_invitation(
        self, name: str, user_id: int, user_name: str, now: datetime
    ) -> Coming:
        """Let this person in, if the invitation of this id still stands and gives them anything.

        One transaction: of two people with one link one is let in.
        """
        return await self.run(lambda db: _accept(db, name, user_id, user_name, now))

    async def forget_invitations(self, now: datetime) -> None:
        """Drop what was over long ago."""
        limit = time_text(now - _KEPT)
        await self.run(
            lambda db: db.execute("delete from invitations where expires_at < ?", [limit])
        )


def _accept(db: Database, name: str, user_id: int, user_name: str, now: datetime) -> Coming:
    at = time_text(now)
    row = db.execute(
        "select role, made_by, expires_at, used_by, used_at from invitations where id = ?", [name]
    ).fetchone()
    here = role_in(db, user_id, user_id, at)
    if (
        row is None
        or here is Role.BLOCKED
        or role_in(db, row[1], row[1], at) is not Role.OWNER  # made by whom the bot had before
    ):
        return Coming(Outcome.UNKNOWN, name)
    role = Role(row[0])
    if row[3] is not None:
        again = row[3] == user_id and here is role and row[4] > time_text(now - _TOLD_AGAIN)
        outcome = Outcome.ADMITTED if again else Outcome.USED
    elif row[2] <= at:
        outcome = Outcome.OVER
    elif allows(here, Access.TRADER if role is Role.TRADER else Access.APPROVED):
        outcome = Outcome.KNOWN
    else:
        outcome = Outcome.ADMITTED
        _admit(db, name, role, user_id, user_name, now)
    return Coming(outcome, name, role)


def _admit(
    db: Database, name: str, role: Role, user_id: int, user_name: str, now: datetime
) -> None:
    at = time_text(now)
    db.execute("update invitations set used_by = ?, used_at = ? where id = ?", [user_id, at, name])
    set_role(db, user_id, role, at, user_name)
    # A role that was given for a while and is over does not end the new one; a maximum stays.
    db.execute(
        "update chat_roles set role = ?, until = null where chat_id = ? and user_id = ?",
        [role.value, user_id, user_id],
    )
    detail = {"user": user_id, "role": role.value, "invited": True}
    append(db, Action.ROLE, now=now, actor=user_id, detail=detail)
