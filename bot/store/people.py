"""Who may do what, and in which groups: the roles behind the gate."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlite_utils import Database

from bot.core.access import Access, Role, allows
from bot.core.audit import Action
from bot.core.trade.types import Mode
from bot.store.audit import append
from bot.store.file import StoreFile, time_text
from bot.store.tickets import switch_mode, void_tickets, void_tickets_for

STRANGERS_KEPT = timedelta(days=30)
"""How long somebody is remembered who wrote and was given no role."""


@dataclass(frozen=True, slots=True)
class Person:
    """One person who wrote to the bot, or whom the owner named."""

    user_id: int
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class ChatRole:
    """What somebody was given in one chat."""

    user_id: int
    name: str
    role: Role
    most: Decimal | None = None
    """What one order may come to there, in US dollars."""
    until: datetime | None = None


class People(StoreFile):
    """Questions about people and groups."""

    async def role(self, user_id: int, chat_id: int) -> Role:
        """This person's role in this chat.

        In a group that the owner has not opened everybody but the owner is a stranger, in an
        open one whoever has any role looks on and whoever was given one there has that; in a
        private chat, whose id is the person's own, nobody else has a role.
        """
        return await self.run(lambda db: role_in(db, user_id, chat_id, self.now_text()))

    async def give_role(
        self, user_id: int, role: Role, *, by: int, now: datetime, name: str = ""
    ) -> None:
        """Let somebody in, or not, and write down who decided it."""

        def write(db: Database) -> None:
            if _role(db, user_id) is not Role.OWNER:
                set_role(db, user_id, role, time_text(now), name)
            if role is Role.STRANGER:
                # Whoever is let in nowhere is let in to no group either.
                db.execute("delete from chat_roles where user_id = ?", [user_id])
                db.execute("delete from seeing where user_id = ?", [user_id])
            # What waits for its moment is sent without anybody tapping, so it ends here.
            void_tickets_for(db, user_id)
            if role in (Role.STRANGER, Role.BLOCKED):
                _end_live_trading(db, user_id, by, now)
            detail = {"user": user_id, "role": role.value}
            append(db, Action.ROLE, now=now, actor=by, detail=detail)

        await self.run(write)

    async def give_chat_role(
        self,
        chat_id: int,
        user_id: int,
        role: Role,
        *,
        by: int,
        now: datetime,
        name: str = "",
        most: Decimal | None = None,
        until: datetime | None = None,
    ) -> None:
        """What somebody is in one chat, from now on; any role but the instance's owner's.

        ``most`` is what one order of theirs may come to there, in US dollars. A stranger's role
        is no role: it takes away what was given.
        """

        def write(db: Database) -> None:
            db.execute(
                "delete from chat_roles where chat_id = ? and user_id = ?", [chat_id, user_id]
            )
            db.execute("delete from seeing where chat_id = ? and user_id = ?", [chat_id, user_id])
            if role is Role.SEEING:
                db.execute(
                    "insert into seeing (chat_id, user_id) values (?, ?)", [chat_id, user_id]
                )
            if role is not Role.STRANGER:
                db.execute(
                    "insert into chat_roles (chat_id, user_id, name, role, most, until, "
                    "changed_at) values (?, ?, ?, ?, ?, ?, ?)",
                    [
                        chat_id,
                        user_id,
                        name,
                        (Role.VIEWER if role is Role.SEEING else role).value,
                        None if most is None else f"{most:f}",
                        None if until is None else time_text(until),
                        time_text(now),
                    ],
                )
            void_tickets(db, chat_id)
            detail = {
                "user": user_id,
                "role": role.value,
                "most": None if most is None else f"{most:f}",
                "until": None if until is None else time_text(until),
            }
            append(db, Action.ROLE, now=now, actor=by, chat_id=chat_id, detail=detail)

        await self.run(write)

    async def lend(
        self, chat_id: int, key_id: str, most: Decimal | None, *, by: int, now: datetime
    ) -> None:
        """Let a group trade with a key, ``most`` US dollars at a time, and write down who did."""

        def write(db: Database) -> None:
            db.execute(
                "insert or replace into lent_keys (chat_id, key_id, lent_at) values (?, ?, ?)",
                [chat_id, key_id, time_text(now)],
            )
            db.execute("delete from loans where chat_id = ?", [chat_id])
            if most is not None:
                db.execute(
                    "insert into loans (chat_id, most) values (?, ?)", [chat_id, f"{most:f}"]
                )
            switch_mode(db, chat_id, Mode.PAPER, time_text(now))
            detail = {"most": None if most is None else f"{most:f}"}
            append(db, Action.LEND, now=now, actor=by, chat_id=chat_id, detail=detail)

        await self.run(write)

    async def take_back(self, key_id: str, *, by: int, now: datetime) -> list[int]:
        """No group may use this key any more: they practise now; which ones they are."""

        return await self.run(lambda db: _take_back(db, key_id, by, now))

    async def chat_roles(self, chat_id: int) -> list[ChatRole]:
        """Who was given a role in this chat, by id."""

        def read(db: Database) -> list[ChatRole]:
            rows = db.execute(
                "select user_id, name, case when exists (select 1 from seeing where "
                "seeing.chat_id = chat_roles.chat_id and seeing.user_id = chat_roles.user_id) "
                "then 'seeing' else role end, most, until from chat_roles where chat_id = ? "
                "and (until is null or until > ?) order by user_id",
                [chat_id, self.now_text()],
            )
            return [
                ChatRole(
                    user,
                    name,
                    Role(role),
                    None if most is None else Decimal(most),
                    None if until is None else datetime.fromisoformat(until),
                )
                for user, name, role, most, until in rows.fetchall()
            ]

        return await self.run(read)

    async def standing_roles(self) -> dict[tuple[int, int], Role]:
        """Who may trade where, by (user, chat): in private, and in every open group."""
        now = self.now_text()

        def read(db: Database) -> dict[tuple[int, int], Role]:
            pairs = db.execute(
                "select user_id, user_id from people where role in ('trader', 'owner') "
                "union select user_id, groups.chat_id from people, groups where role = 'owner' "
                "union select user_id, chat_id from chat_roles"
            ).fetchall()
            found = {(user, chat): role_in(db, user, chat, now) for user, chat in pairs}
            return {who: role for who, role in found.items() if allows(role, Access.TRADER)}

        return await self.run(read)

    async def person(self, user_id: int) -> Person | None:
        """What is known of somebody."""
        found = [person for person in await self.people() if person.user_id == user_id]
        return found[0] if found else None

    async def people(self) -> list[Person]:
        """Everybody who is known, by id."""

        def read(db: Database) -> list[Person]:
            rows = db.execute("select user_id, name, role from people order by user_id")
            return [Person(user, name, Role(role)) for user, name, role in rows.fetchall()]

        return await self.run(read)

    async def pending(self) -> list[Person]:
        """Strangers who asked and were not answered by the owner."""
        return [person for person in await self.people() if person.role is Role.STRANGER]

    async def owner(self) -> int | None:
        """The owner's user id."""

        def read(db: Database) -> int | None:
            row = db.execute("select user_id from people where role = 'owner'").fetchone()
            return row[0] if row else None

        return await self.run(read)

    async def set_owner(self, user_id: int) -> None:
        """Make this person the owner. Who was it before may still trade."""
        now = self.now_text()

        def write(db: Database) -> None:
            db.execute(
                "update people set role = 'trader', changed_at = ? "
                "where role = 'owner' and user_id <> ?",
                [now, user_id],
            )
            set_role(db, user_id, Role.OWNER, now)

        await self.run(write)

    async def claim_owner(self, user_id: int, name: str) -> bool:
        """Make this person the owner if there is none; False if there is one."""
        now = self.now_text()

        def write(db: Database) -> bool:
            if db.execute("select 1 from people where role = 'owner'").fetchone():
                return False
            set_role(db, user_id, Role.OWNER, now, name)
            return True

        return await self.run(write)

    async def approve(self, user_id: int, role: Role, name: str = "") -> None:
        """Give somebody a role. The owner's own is never changed here."""
        now = self.now_text()

        def write(db: Database) -> None:
            if _role(db, user_id) is not Role.OWNER:
                set_role(db, user_id, role, now, name)

        await self.run(write)

    async def note_stranger(self, user_id: int, name: str, today: date) -> bool:
        """Remember that a stranger wrote; True once a day: then, and only then, answer."""
        now = self.now_text()

        def write(db: Database) -> bool:
            changed = db.execute(
                "insert into people (user_id, name, role, asked_at, answered_on, changed_at) "
                "values (?, ?, 'stranger', ?, ?, ?) on conflict (user_id) do update "
                "set name = excluded.name, asked_at = excluded.asked_at, "
                "answered_on = excluded.answered_on "
                "where role <> 'blocked' and answered_on is not excluded.answered_on",
                [user_id, name, now, today.isoformat(), now],
            )
            return changed.rowcount == 1

        return await self.run(write)

    async def forget_strangers(self, now: datetime) -> None:
        """Drop who has no role and has not written for 30 days, and that they blocked the bot.

        Who was given a role, or was blocked, is remembered for good; so is where the bot may not
        speak in a private chat of such a person or in an open group.
        """
        limit = {"limit": time_text(now - STRANGERS_KEPT)}

        def write(db: Database) -> None:
            for statement in _FORGET_STRANGERS:
                db.execute(statement, limit)

        await self.run(write)

    async def open_group(self, chat_id: int, title: str, *, is_open: bool = True) -> None:
        """Let people with a role use the bot in this group, or no longer."""
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "insert into groups (chat_id, title, open, changed_at) values (?, ?, ?, ?) "
                "on conflict (chat_id) do update set title = excluded.title, "
                "open = excluded.open, changed_at = excluded.changed_at",
                [chat_id, title, int(is_open), now],
            )
        )

    async def group_is_open(self, chat_id: int) -> bool:
        """Whether the owner lets the bot work in this group."""
        return await self.run(lambda db: _is_open(db, chat_id))

    async def may_be_told(self, chat_id: int) -> bool:
        """Whether anything that nobody asked for may be said in this chat."""
        return await self.run(lambda db: may_be_told(db, chat_id, self.now_text()))


_FORGET_STRANGERS = (
    "delete from people where role = 'stranger' "
    "and changed_at < :limit and coalesce(asked_at, '') < :limit",
    "delete from muted_chats where since < :limit "
    "and chat_id not in (select user_id from people) "
    "and chat_id not in (select chat_id from groups where open = 1)",
)


def role_in(db: Database, user_id: int, chat_id: int, now: str) -> Role:
    """A person's role in a chat, inside any transaction."""
    found = _role(db, user_id)
    if found in (Role.BLOCKED, Role.OWNER):
        return found
    if chat_id > 0:
        return _until(db, user_id, found, now) if chat_id == user_id else Role.STRANGER
    if not _is_open(db, chat_id):
        return Role.STRANGER
    given = db.execute(
        "select role from chat_roles where chat_id = ? and user_id = ? "
        "and (until is null or until > ?)",
        [chat_id, user_id, now],
    ).fetchone()
    if given is not None:
        sees = given[0] == Role.VIEWER and _sees(db, user_id, chat_id)
        return Role.SEEING if sees else Role(given[0])
    return Role.STRANGER if found is Role.STRANGER else Role.VIEWER


def may_be_told(db: Database, chat_id: int, now: str) -> bool:
    """The same inside any transaction."""
    if chat_id < 0:
        return _is_open(db, chat_id)
    return role_in(db, chat_id, chat_id, now) not in (Role.STRANGER, Role.BLOCKED)


def _sees(db: Database, user_id: int, chat_id: int) -> bool:
    row = db.execute(
        "select 1 from seeing where chat_id = ? and user_id = ?", [chat_id, user_id]
    ).fetchone()
    return row is not None


def _until(db: Database, user_id: int, role: Role, now: str) -> Role:
    """A role in private that was given for a while is a viewer's afterwards."""
    over = db.execute(
        "select 1 from chat_roles where chat_id = ?1 and user_id = ?1 and until <= ?2",
        [user_id, now],
    ).fetchone()
    return Role.VIEWER if over and role is Role.TRADER else role


def _role(db: Database, user_id: int) -> Role:
    row = db.execute("select role from people where user_id = ?", [user_id]).fetchone()
    return Role(row[0]) if row else Role.STRANGER


def _is_open(db: Database, chat_id: int) -> bool:
    row = db.execute("select open from groups where chat_id = ?", [chat_id]).fetchone()
    return bool(row and row[0])


def _take_back(db: Database, key_id: str, by: int, now: datetime) -> list[int]:
    rows = db.execute("select chat_id from lent_keys where key_id = ?", [key_id])
    groups = [row[0] for row in rows.fetchall()]
    for chat_id in groups:
        db.execute("delete from lent_keys where chat_id = ?", [chat_id])
        db.execute("delete from loans where chat_id = ?", [chat_id])
        switch_mode(db, chat_id, Mode.PAPER, time_text(now))
        detail = {"most": "taken back"}
        append(db, Action.LEND, now=now, actor=by, chat_id=chat_id, detail=detail)
    return groups


def _end_live_trading(db: Database, user_id: int, by: int, now: datetime) -> None:
    """Nobody trades with this person's key any more; it stays sealed as it is."""
    for (key_id,) in db.execute("select id from api_keys where user_id = ?", [user_id]).fetchall():
        _take_back(db, key_id, by, now)
    is_live = "select 1 from chat_modes where chat_id = ? and mode = 'live'"
    if db.execute(is_live, [user_id]).fetchone() is not None:
        switch_mode(db, user_id, Mode.PAPER, time_text(now))
        append(db, Action.MODE, now=now, actor=by, chat_id=user_id, detail={"mode": "paper"})


def set_role(db: Database, user_id: int, role: Role, now: str, name: str = "") -> None:
    """Change it inside any transaction, whatever it was."""
    db.execute(
        "insert into people (user_id, name, role, changed_at) values (?, ?, ?, ?) "
        "on conflict (user_id) do update set role = excluded.role, "
        "changed_at = excluded.changed_at, "
        "name = case when excluded.name = '' then name else excluded.name end",
        [user_id, name, role.value, now],
    )
