"""Modes of chats, and tickets: what waits for one person's one confirmation."""

from datetime import datetime

from sqlite_utils import Database

from bot.core.errors import AlreadySent, Expired
from bot.core.trade.types import Mode, Ticket, TicketState
from bot.store.express import end_express_for, end_express_of
from bot.store.file import StoreFile, time_text

_COLUMNS = "id, kind, chat_id, user_id, body, created_at, expires_at, message_id, state"


class Tickets(StoreFile):
    """Questions about modes and tickets."""

    async def chat_mode(self, chat_id: int) -> Mode:
        """Practice, unless the chat was switched."""

        def read(db: Database) -> Mode:
            row = db.execute("select mode from chat_modes where chat_id = ?", [chat_id]).fetchone()
            return Mode(row[0]) if row else Mode.PAPER

        return await self.run(read)

    async def set_chat_mode(self, chat_id: int, mode: Mode) -> None:
        """Change it and void the chat's open tickets, in one transaction."""
        now = self.now_text()
        await self.run(lambda db: switch_mode(db, chat_id, mode, now))

    async def save_ticket(self, ticket: Ticket) -> None:
        """Keep a new ticket."""
        values = [
            ticket.id,
            ticket.kind,
            ticket.chat_id,
            ticket.user_id,
            ticket.body,
            time_text(ticket.created_at),
            time_text(ticket.expires_at),
            ticket.message_id,
            ticket.state,
        ]
        await self.run(
            lambda db: db.execute(
                f"insert into tickets ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own column names
                values,
            )
        )

    async def place_ticket(self, ticket_id: str, message_id: int) -> None:
        """Note the message that the ticket stands on."""
        await self.run(
            lambda db: db.execute(
                "update tickets set message_id = ? where id = ?", [message_id, ticket_id]
            )
        )

    async def ticket(self, ticket_id: str) -> Ticket | None:
        """It as it is, used or not."""
        return await self.run(lambda db: _ticket(db, ticket_id))

    async def ticket_on(self, chat_id: int, message_id: int) -> Ticket | None:
        """The newest that stands on this message, used or not."""

        def read(db: Database) -> Ticket | None:
            row = db.execute(
                "select id from tickets where chat_id = ? and message_id = ? "
                "order by rowid desc limit 1",
                [chat_id, message_id],
            ).fetchone()
            return _ticket(db, row[0]) if row else None

        return await self.run(read)

    async def open_tickets(self, kind: str) -> list[Ticket]:
        """All of this kind that nobody used, also those that are too old; the oldest first."""

        def read(db: Database) -> list[Ticket]:
            rows = db.execute(
                "select id from tickets where kind = ? and state = 'open' order by rowid", [kind]
            ).fetchall()
            return [ticket for (name,) in rows if (ticket := _ticket(db, name)) is not None]

        return await self.run(read)

    async def end_ticket(self, ticket_id: str) -> None:
        """Void it, if it is open: its card says that it is over."""
        await self.run(
            lambda db: db.execute(
                "update tickets set state = 'void' where id = ? and state = 'open'", [ticket_id]
            )
        )

    async def claim_ticket(
        self, ticket_id: str, *, chat_id: int, user_id: int, now: datetime
    ) -> Ticket:
        """Take it, for what is not an order.

        Raises:
            AlreadySent: it was taken before.
            Expired: it is unknown here, too old, void, or somebody else's.
        """
        return await self.run(lambda db: take_ticket(db, ticket_id, chat_id, user_id, now))

    async def forget_tickets(self, now: datetime) -> None:
        """Drop what is so old that nobody taps on it."""
        await self.run(
            lambda db: db.execute("delete from tickets where expires_at < ?", [time_text(now)])
        )


def take_ticket(db: Database, ticket_id: str, chat_id: int, user_id: int, now: datetime) -> Ticket:
    """Take it inside any transaction; raises what ``claim_ticket`` raises."""
    taken = db.execute(
        "update tickets set state = 'taken' where id = ? and state = 'open' "
        "and chat_id = ? and user_id = ? and expires_at > ?",
        [ticket_id, chat_id, user_id, time_text(now)],
    )
    ticket = _ticket(db, ticket_id)
    if taken.rowcount == 1:
        assert ticket is not None, "it was changed a moment ago"
        return ticket
    if (
        ticket is not None
        and ticket.state is TicketState.TAKEN
        and (ticket.chat_id, ticket.user_id) == (chat_id, user_id)
    ):
        raise AlreadySent
    raise Expired("ticket")


def void_tickets(db: Database, chat_id: int) -> int:
    """Void a chat's open tickets inside any transaction, and express; how many there were."""
    end_express_of(db, chat_id)
    changed = db.execute(
        "update tickets set state = 'void' where chat_id = ? and state = 'open'", [chat_id]
    )
    return int(changed.rowcount)


def void_tickets_for(db: Database, user_id: int) -> None:
    """Void what waits for one person, in every chat, inside any transaction, and express."""
    end_express_for(db, user_id)
    db.execute("update tickets set state = 'void' where user_id = ? and state = 'open'", [user_id])


def switch_mode(db: Database, chat_id: int, mode: Mode, now: str) -> None:
    """Change a chat's mode inside any transaction, and void its open tickets."""
    db.execute(
        "insert into chat_modes (chat_id, mode, changed_at) values (?, ?, ?) "
        "on conflict (chat_id) do update "
        "set mode = excluded.mode, changed_at = excluded.changed_at",
        [chat_id, mode, now],
    )
    void_tickets(db, chat_id)


def _ticket(db: Database, ticket_id: str) -> Ticket | None:
    row = db.execute(f"select {_COLUMNS} from tickets where id = ?", [ticket_id]).fetchone()  # noqa: S608 - our own column names
    if row is None:
        return None
    number, kind, chat, user, body, created, expires, message, state = row
    return Ticket(
        id=number,
        kind=kind,
        chat_id=chat,
        user_id=user,
        body=body,
        created_at=datetime.fromisoformat(created),
        expires_at=datetime.fromisoformat(expires),
        message_id=message,
        state=TicketState(state),
    )
