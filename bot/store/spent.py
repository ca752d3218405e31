"""What a chat moved with real money in a day, as its limits count it.

Rules: an order counts from when it was written down, with what was filled once it has ended; what
is added to an open order counts from when it was added, also where the order itself is older or
was made elsewhere; what ended unfilled is taken from the newest additions first.
"""

from datetime import datetime
from decimal import Decimal

import msgspec
from sqlite_utils import Database

from bot.core.trade.limits import DAY, PROTECTION, UNCOUNTED
from bot.core.trade.types import Change
from bot.store.file import time_text
from kraken.core.trading import EXACT

_UNCOUNTED = msgspec.json.encode(sorted(UNCOUNTED)).decode()
_ORDERED = (
    "select coalesce(ended_value, value) from orders where chat_id = ? and mode = 'live' "
    "and created_at > ? and standing not in ('rejected', 'not_sent', 'absent') "
    "and coalesce(json_extract(intent, '$.source'), '') not in (select value from json_each(?))"
)
_ADDED = (
    "select r.account, r.order_id, r.value, o.value, o.ended_value from order_raises r "
    "left join orders o on o.account = r.account and o.order_id = r.order_id "
    "where r.chat_id = ?1 and r.at > ?2 and (o.client_id is null or o.created_at <= ?2)"
)


def spent_in_a_day(db: Database, chat_id: int, now: datetime) -> Decimal:
    """In US dollars."""
    since = time_text(now - DAY)
    spent = Decimal(0)
    for (value,) in db.execute(_ORDERED, [chat_id, since, _UNCOUNTED]).fetchall():
        spent = EXACT.add(spent, Decimal(value))
    added: dict[tuple[str, str], Decimal] = {}
    unfilled: dict[tuple[str, str], Decimal] = {}
    for account, order_id, more, value, ended in db.execute(_ADDED, [chat_id, since]).fetchall():
        name = (account, order_id)
        added[name] = EXACT.add(added.get(name, Decimal(0)), Decimal(more))
        if ended is not None:
            unfilled[name] = max(Decimal(0), EXACT.subtract(Decimal(value), Decimal(ended)))
    for name, more in added.items():
        counted = EXACT.subtract(more, unfilled.get(name, Decimal(0)))
        spent = EXACT.add(spent, max(Decimal(0), counted))
    return spent


def add_to(db: Database, change: Change, more: Decimal, now: datetime) -> None:
    """An open order moves so much more from now on."""
    intent, name = change.intent, [change.intent.account, change.order_id]
    db.execute(
        "insert into order_raises (chat_id, account, order_id, at, value) values (?, ?, ?, ?, ?)",
        [intent.chat_id, *name, time_text(now), f"{more:f}"],
    )
    if _move_value(db, name, more) and not change.before:
        # A stop that comes close to the market is no protection any more: it counts like a sale.
        db.execute(
            "update orders set value = ?, intent = json_set(intent, '$.source', ?) "
            "where account = ? and order_id = ?",
            [f"{intent.value:f}", intent.source, *name],
        )


def take_from(db: Database, change: Change, more: Decimal) -> None:
    """It was refused: the order moves what it moved before."""
    name = [change.intent.account, change.order_id]
    db.execute(
        "delete from order_raises where rowid = (select max(rowid) from order_raises "
        "where account = ? and order_id = ? and value = ?)",
        [*name, f"{more:f}"],
    )
    if _move_value(db, name, more.copy_negate()) and not change.before:
        # The stop stays where it was, and is the protection that it was.
        db.execute(
            "update orders set value = json_extract(intent, '$.value'), "
            "intent = json_set(intent, '$.source', ?) where account = ? and order_id = ?",
            [PROTECTION, *name],
        )


def _move_value(db: Database, name: list[str], by: Decimal) -> bool:
    """Let an order be worth so much more, or less; False if it is none of ours."""
    row = db.execute(
        "select value from orders where account = ? and order_id = ?", name
    ).fetchone()
    if row is None:
        return False
    value = f"{EXACT.add(Decimal(row[0]), by):f}"
    db.execute("update orders set value = ? where account = ? and order_id = ?", [value, *name])
    return True
