"""Rows of a chat's limits and of the raises that wait, inside whatever transaction."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlite_utils import Database

from bot.core.trade.limits import Limit, Limits, Raise, effective, limits_body, limits_from
from bot.store.file import time_text


@dataclass(frozen=True, slots=True)
class LimitsOfChat:
    """A chat's limits as they hold now, and what waits to be raised."""

    now: Limits
    raises: tuple[Raise, ...] = ()


def limits_of(db: Database, chat_id: int, now: datetime) -> LimitsOfChat:
    """A chat's limits."""
    row = db.execute("select body from chat_limits where chat_id = ?", [chat_id]).fetchone()
    limits = limits_from(msgspec.json.decode(row[0])) if row else Limits()
    found = db.execute(
        "select name, value, due_at, user_id from limit_raises where chat_id = ? order by due_at",
        [chat_id],
    ).fetchall()
    raises = tuple(
        Raise(Limit(name), value, datetime.fromisoformat(due), user)
        for name, value, due, user in found
    )
    waiting = tuple(one for one in raises if one.due_at > now)
    return LimitsOfChat(effective(limits, raises, now), waiting)


def settle_raises(
    db: Database, chat_id: int, current: Limits, limit: Limit | None, now: datetime
) -> None:
    """Write down the raises whose time has come, and forget the one that is overtaken."""
    save_limits(db, chat_id, current, now)
    db.execute(
        "delete from limit_raises where chat_id = ? and (due_at <= ? or name = ?)",
        [chat_id, time_text(now), limit.value if limit else ""],
    )


def save_limits(db: Database, chat_id: int, limits: Limits, now: datetime) -> None:
    db.execute(
        "insert into chat_limits (chat_id, body, changed_at) values (?, ?, ?) "
        "on conflict (chat_id) do update set body = excluded.body, "
        "changed_at = excluded.changed_at",
        [chat_id, msgspec.json.encode(limits_body(limits)).decode(), time_text(now)],
    )
