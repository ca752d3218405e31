"""What stops money from moving: limits, pauses, roles in chats, dead man's switches.

``guard`` runs inside the transaction that writes an order down, so that two taps at once cannot
both pass a limit that has room for one.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from sqlite_utils import Database

from bot.core.audit import Action
from bot.core.errors import LimitReached
from bot.core.trade.limits import (
    EXITS,
    MINUTE,
    Limit,
    Limits,
    Pause,
    PauseKind,
    Raise,
    check,
    check_alone,
    is_raise,
    limits_body,
    with_value,
)
from bot.core.trade.types import Change, Intent, Mode, Usage
from bot.store.audit import append
from bot.store.deadmen import Deadmen
from bot.store.express import Expresses, end_express_of
from bot.store.file import StoreFile, time_text
from bot.store.limit_rows import LimitsOfChat, limits_of, save_limits, settle_raises
from bot.store.second import ask_for_second
from bot.store.spent import add_to, spent_in_a_day, take_from
from bot.store.tickets import switch_mode, take_ticket
from kraken.core.trading import EXACT

_EXITS = msgspec.json.encode(sorted(EXITS)).decode()
EVERYWHERE = 0
"""The chat id of what holds in all chats."""

_LAST_MINUTE = (
    "select count(*) from orders where chat_id = ? and mode = 'live' and created_at > ? "
    "and coalesce(json_extract(intent, '$.source'), '') not in (select value from json_each(?))"
)
_OPEN = (
    "select count(*) from orders where chat_id = ? and mode = 'live' "
    "and (is_open = 1 or standing in ('sent', 'unknown'))"
)
_SAME = (
    "select max(created_at) from orders where chat_id = ? and mode = ? and symbol = ? "
    "and side = ? and qty = ? and standing not in ('rejected', 'not_sent', 'absent')"
)


_OF_A_CHAT = (
    "chat_limits",
    "limit_raises",
    "order_raises",
    "pauses",
    "seeing",
    "chat_roles",
    "loans",
    "deadmen",
)
FOLLOWS = (
    # Real money waits until somebody says /live again.
    "update chat_modes set mode = 'paper' where chat_id = :old",
    *(f"update or ignore {table} set chat_id = :new where chat_id = :old" for table in _OF_A_CHAT),  # noqa: S608 - our own table names
    *(f"delete from {table} where chat_id = :old" for table in _OF_A_CHAT),  # noqa: S608 - our own table names
)
"""What follows a group that gets another id; the log of what was done stays as it was written."""


def guard(db: Database, intent: Intent, now: datetime) -> None:
    """Let an order be written down, or not; to be called before it is inserted.

    Raises:
        LimitReached: a pause or a limit forbids it; roll everything back.
    """
    pause = pause_of(db, intent.chat_id, intent.mode)
    if pause is not None and intent.source not in EXITS:
        raise LimitReached(Limit.PAUSED, pause.kind)
    if intent.mode is Mode.LIVE:
        _judge(db, intent, usage_of(db, intent, now), now)
        ask_for_second(db, limits_of(db, intent.chat_id, now).now, intent, now)


def guard_change(db: Database, change: Change, now: datetime) -> None:
    """Let a change of an open order be sent, or not; what it moves more is counted from here on.

    Raises:
        LimitReached: a pause or a limit forbids it; roll everything back.
    """
    intent = change.intent
    if change.is_harmless:
        return
    pause = pause_of(db, intent.chat_id, intent.mode)
    if pause is not None:
        raise LimitReached(Limit.PAUSED, pause.kind)
    more = _more(change)
    if more <= 0:
        return
    # It is open already and no new order; with what it moves now it was counted before.
    spent = counts_of(db, intent.chat_id, now).spent_today
    _judge(db, intent, Usage(EXACT.subtract(spent, change.before)), now)
    check_alone(limits_of(db, intent.chat_id, now).now, intent)
    add_to(db, change, more, now)


def _more(change: Change) -> Decimal:
    """What is counted for a change; 0 if nothing is."""
    if change.is_harmless or change.intent.mode is Mode.PAPER:
        return Decimal(0)
    return max(Decimal(0), EXACT.subtract(change.intent.value, change.before))


def _judge(db: Database, intent: Intent, usage: Usage, now: datetime) -> None:
    check(
        limits_of(db, intent.chat_id, now).now,
        usage,
        intent,
        person=_own_maximum(db, intent.chat_id, intent.user_id, now),
        loan=_loan(db, intent.chat_id),
    )


def pause_of(db: Database, chat_id: int, mode: Mode = Mode.LIVE) -> Pause | None:
    """Why nothing new may be ordered here, the oldest reason first."""
    row = db.execute(
        "select kind, since, user_id, live_only, chat_id from pauses where chat_id in (0, ?) "
        "and (live_only = 0 or ? = 'live') order by since limit 1",
        [chat_id, mode.value],
    ).fetchone()
    return _pause(row) if row else None


def pause_in(
    db: Database,
    chat_id: int,
    kind: PauseKind,
    *,
    now: datetime,
    by: int | None = None,
    live_only: bool = False,
) -> bool:
    """Let nothing new be ordered there, and void its tickets; False if it was so already."""
    changed = db.execute(
        "insert or ignore into pauses (chat_id, kind, user_id, live_only, since) "
        "values (?, ?, ?, ?, ?)",
        [chat_id, kind.value, by, int(live_only), time_text(now)],
    )
    void_tickets_of(db, None if chat_id == EVERYWHERE else chat_id)
    if changed.rowcount == 1:
        detail = {"kind": kind.value}
        append(db, Action.KILL, now=now, actor=by, chat_id=chat_id, detail=detail)
    return changed.rowcount == 1


def void_tickets_of(db: Database, chat_id: int | None) -> int:
    """No open ticket of this chat, or of any, can be used any more, and express is off."""
    end_express_of(db, chat_id)
    changed = db.execute(
        "update tickets set state = 'void' where state = 'open' and (?1 is null or chat_id = ?1)",
        [chat_id],
    )
    return int(changed.rowcount)


def usage_of(db: Database, intent: Intent, now: datetime) -> Usage:
    """What counts against the limits of the chat in which this is ordered."""
    chat_id, request = intent.chat_id, intent.request
    qty = f"{request.qty:f}" if request.qty is not None else f"{request.cash_qty:f} quote"
    same = [chat_id, intent.mode.value, request.symbol, request.side.value, qty]
    [(same_at,)] = db.execute(_SAME, same).fetchall()
    counted = counts_of(db, chat_id, now)
    return replace(counted, same_order_at=datetime.fromisoformat(same_at) if same_at else None)


def counts_of(db: Database, chat_id: int, now: datetime) -> Usage:
    """What counts against the limits of a chat, whatever is ordered next."""
    [(lately,)] = db.execute(_LAST_MINUTE, [chat_id, time_text(now - MINUTE), _EXITS]).fetchall()
    [(still_open,)] = db.execute(_OPEN, [chat_id]).fetchall()
    return Usage(spent_in_a_day(db, chat_id, now), lately, still_open)


class Safety(Deadmen, Expresses, StoreFile):
    """Questions about what stops money from moving."""

    async def usage(self, intent: Intent, now: datetime) -> Usage:
        """What counts against the limits now; asked for the card, judged by ``guard``."""
        return await self.run(lambda db: usage_of(db, intent, now))

    async def commit_change(self, ticket_id: str, change: Change, now: datetime) -> None:
        """Take the ticket of a change and judge it, all or nothing; then it may be sent.

        Raises:
            AlreadySent, Expired: the ticket cannot be used.
            LimitReached: a pause or a limit forbids it; the ticket is as it was.
        """

        def write(db: Database) -> None:
            take_ticket(db, ticket_id, change.intent.chat_id, change.intent.user_id, now)
            guard_change(db, change, now)

        await self.run(write)

    async def drop_change(self, change: Change) -> None:
        """The exchange refused a change that was committed: nothing of it counts."""
        if (more := _more(change)) > 0:
            await self.run(lambda db: take_from(db, change, more))

    async def counts(self, chat_id: int, now: datetime) -> Usage:
        """What counts against a chat's limits now."""
        return await self.run(lambda db: counts_of(db, chat_id, now))

    async def limits(self, chat_id: int, now: datetime) -> LimitsOfChat:
        """A chat's limits and what waits to be raised."""
        return await self.run(lambda db: limits_of(db, chat_id, now))

    async def judge(self, intent: Intent, now: datetime) -> Limits:
        """Judge a live order as ``guard`` will; the limits of its chat.

        Raises:
            LimitReached: which of them forbids it.
        """

        def read(db: Database) -> Limits:
            _judge(db, intent, usage_of(db, intent, now), now)
            return limits_of(db, intent.chat_id, now).now

        return await self.run(read)

    async def own_maximum(self, chat_id: int, user_id: int, now: datetime) -> Decimal | None:
        """What this person may order at most here, in US dollars; None: no such limit."""
        return await self.run(lambda db: _own_maximum(db, chat_id, user_id, now))

    async def set_limit(
        self, chat_id: int, limit: Limit, value: str, *, by: int, now: datetime
    ) -> Raise | None:
        """Lower it at once, or let the raise wait; the raise that waits, or None.

        A raise that waits already is replaced by a lower one of the same limit, and starts its
        wait anew when it is replaced by a higher one.
        """

        def write(db: Database) -> Raise | None:
            current = limits_of(db, chat_id, now).now
            changed = with_value(current, limit, value)
            waits = is_raise(current, limit, changed) and current.cool_down > timedelta(0)
            settle_raises(db, chat_id, current, limit, now)
            due_at = now + current.cool_down
            if waits:
                db.execute(
                    "insert into limit_raises (chat_id, name, value, due_at, user_id) "
                    "values (?, ?, ?, ?, ?)",
                    [chat_id, limit.value, value, time_text(due_at), by],
                )
            else:
                save_limits(db, chat_id, changed, now)
            before = limits_body(current)[limit.value]
            append(
                db,
                Action.LIMIT,
                now=now,
                actor=by,
                chat_id=chat_id,
                detail={
                    "limit": limit.value,
                    "before": before,
                    "after": value,
                    "from": time_text(due_at if waits else now),
                },
            )
            return Raise(limit, value, due_at, by) if waits else None

        return await self.run(write)

    async def drop_raise(self, chat_id: int, limit: Limit, *, by: int, now: datetime) -> bool:
        """Take back a raise that waits; False if there is none."""

        def write(db: Database) -> bool:
            settle_raises(db, chat_id, limits_of(db, chat_id, now).now, None, now)
            gone = db.execute(
                "delete from limit_raises where chat_id = ? and name = ?", [chat_id, limit.value]
            )
            if gone.rowcount:
                detail = {"limit": limit.value, "after": "raise taken back"}
                append(db, Action.LIMIT, now=now, actor=by, chat_id=chat_id, detail=detail)
            return bool(gone.rowcount)

        return await self.run(write)

    async def pause(
        self,
        chat_id: int,
        kind: PauseKind,
        *,
        now: datetime,
        by: int | None = None,
        live_only: bool = False,
    ) -> bool:
        """Let nothing new be ordered in this chat, or in all (``EVERYWHERE``)."""
        return await self.run(
            lambda db: pause_in(db, chat_id, kind, now=now, by=by, live_only=live_only)
        )

    async def resume(
        self, chat_id: int, *, by: int | None, now: datetime, kind: PauseKind | None = None
    ) -> int:
        """End the pauses of this chat, or of one kind; how many there were."""

        def write(db: Database) -> int:
            gone = db.execute(
                "delete from pauses where chat_id = ?1 and (?2 is null or kind = ?2)",
                [chat_id, kind.value if kind else None],
            )
            if gone.rowcount:
                detail = {"kind": kind.value if kind else "all"}
                append(db, Action.RESUME, now=now, actor=by, chat_id=chat_id, detail=detail)
            return int(gone.rowcount)

        return await self.run(write)

    async def pauses(self) -> dict[int, list[Pause]]:
        """All of them, by chat, the oldest first."""

        def read(db: Database) -> dict[int, list[Pause]]:
            rows = db.execute(
                "select kind, since, user_id, live_only, chat_id from pauses order by since"
            )
            found: dict[int, list[Pause]] = {}
            for row in rows.fetchall():
                found.setdefault(row[4], []).append(_pause(row))
            return found

        return await self.run(read)

    async def typed_ticket(self, chat_id: int, user_id: int, kind: str, now: datetime) -> str:
        """The id of this person's newest open ticket of a kind; empty if there is none."""

        def read(db: Database) -> str:
            row = db.execute(
                "select id from tickets where chat_id = ? and user_id = ? and kind = ? "
                "and state = 'open' and expires_at > ? order by created_at desc limit 1",
                [chat_id, user_id, kind, time_text(now)],
            ).fetchone()
            return row[0] if row else ""

        return await self.run(read)

    async def switch(self, chat_id: int, mode: Mode, *, by: int | None, now: datetime) -> None:
        """Change a chat's mode, void its tickets, and write down who did it."""

        def write(db: Database) -> None:
            switch_mode(db, chat_id, mode, time_text(now))
            detail = {"mode": mode.value}
            append(db, Action.MODE, now=now, actor=by, chat_id=chat_id, detail=detail)

        await self.run(write)


def _pause(row: Any) -> Pause:
    kind, since, user_id, live_only, chat_id = row
    return Pause(
        PauseKind(kind),
        datetime.fromisoformat(since),
        user_id,
        bool(live_only),
        chat_id == EVERYWHERE,
    )


def _own_maximum(db: Database, chat_id: int, user_id: int, now: datetime) -> Decimal | None:
    row = db.execute(
        "select most from chat_roles where chat_id = ? and user_id = ? "
        "and (until is null or until > ?)",
        [chat_id, user_id, time_text(now)],
    ).fetchone()
    return Decimal(row[0]) if row and row[0] is not None else None


def _loan(db: Database, chat_id: int) -> Decimal | None:
    """The maximum that the owner of a lent key set for this group."""
    row = db.execute("select most from loans where chat_id = ?", [chat_id]).fetchone()
    return Decimal(row[0]) if row else None
