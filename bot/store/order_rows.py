"""Rows of orders, stops and fills, inside whatever transaction; and what overrules what.

What was told last is not always what is newest: an answer may arrive after the stream told more.
So facts are joined: evidence of an order beats every other standing, and of two views of one
order the one that is further in its life stays.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlite_utils import Database

from bot.core.trade.types import AccountId, Intent, PlacedOrder, Standing
from bot.store.file import time_text
from kraken.core.orders import RANK
from kraken.core.trading import EXACT, Fill, Order, OrderName
from kraken.core.types import ClientOrderId

_COLUMNS = "intent, account, chat_id, card, standing, created_at, updated_at, order_body, reason"
_SETTLED = frozenset({Standing.REJECTED, Standing.NOT_SENT, Standing.ABSENT})


def insert(db: Database, intent: Intent, ticket_id: str | None, now: datetime) -> None:
    """Write an order down that is about to be sent."""
    request = intent.request
    at = time_text(now)
    row = {
        "client_id": intent.client_id,
        "account": intent.account,
        "mode": intent.mode,
        "chat_id": intent.chat_id,
        "user_id": intent.user_id,
        "ticket_id": ticket_id,
        "symbol": request.symbol,
        "side": request.side,
        "qty": f"{request.qty:f}" if request.qty is not None else f"{request.cash_qty:f} quote",
        "value": f"{intent.value:f}",
        "intent": _text(intent),
        "deadline": time_text(intent.deadline),
        "standing": Standing.SENT,
        "card": intent.card,
        "is_open": 1,
        "created_at": at,
        "updated_at": at,
    }
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    db.execute(f"insert into orders ({names}) values ({marks})", list(row.values()))  # noqa: S608 - our own column names
    if intent.take_profit is not None:
        db.execute(
            "insert into exits (client_id, state, changed_at) values (?, 'watching', ?)",
            [intent.client_id, at],
        )


def update(db: Database, placed: PlacedOrder) -> None:
    """Write down where an order stands."""
    order = placed.order
    is_open = placed.standing not in _SETTLED and (order is None or order.is_open)
    db.execute(
        "update orders set standing = ?, reason = ?, order_id = ?, order_body = ?, is_open = ?, "
        "ended_value = ?, updated_at = ? where client_id = ?",
        [
            placed.standing,
            placed.reason,
            None if order is None else order.order_id,
            None if order is None else _text(order),
            int(is_open),
            None if is_open else f"{_ended_value(placed):f}",
            time_text(placed.updated_at),
            placed.intent.client_id,
        ],
    )


def note(
    db: Database, account: AccountId, order: Order, now: datetime
) -> tuple[PlacedOrder | None, Order]:
    """Join what is told of an order; ours, or the one of ours whose fill placed it.

    Also returns the order itself, with all that is known of it.
    """
    placed = _ours(db, account, order)
    if placed is not None:
        placed = further(placed, Standing.ACKED, order, "", now)
        update(db, placed)
        assert placed.order is not None, "it was told of a moment ago"
        return placed, placed.order
    parent = by_order_id(db, account, order.parent) if order.parent is not None else None
    if parent is not None and parent.intent.request.side is not order.side:
        return parent, _keep_stop(db, account, parent.intent.client_id, order)
    return None, order


def further(
    placed: PlacedOrder, standing: Standing, order: Order | None, reason: str, now: datetime
) -> PlacedOrder:
    """The order with what is told now, where that knows more than what was known."""
    known = placed.order
    if order is not None and (known is None or not _is_behind(order, known)):
        known = order
    if known is not None:
        return replace(
            placed, standing=Standing.ACKED, order=known, reason=known.reason, updated_at=now
        )
    if not placed.standing.is_open_question or (
        standing is Standing.SENT and placed.standing is Standing.UNKNOWN
    ):
        return placed
    return replace(placed, standing=standing, reason=reason, updated_at=now)


def _is_behind(order: Order, known: Order) -> bool:
    """Whether a view of an order is older than the one that is known."""
    if order.filled_qty != known.filled_qty:
        return order.filled_qty < known.filled_qty
    if order.booked_qty != known.booked_qty:
        return order.booked_qty < known.booked_qty
    if known.status.is_final and not order.status.is_final:
        return order.qty <= known.qty
    if order.updated_at is not None and known.updated_at is not None:
        return order.updated_at < known.updated_at
    return RANK[order.status] < RANK[known.status]


def by_client_id(db: Database, client_id: ClientOrderId) -> PlacedOrder | None:
    """One order of ours."""
    return _one(many(db, "client_id = ?", [client_id]))


def by_order_id(db: Database, account: AccountId, order_id: str) -> PlacedOrder | None:
    """One order of ours, by its own name or that of a stop that it placed."""
    ours = _one(many(db, "account = ? and order_id = ?", [account, order_id]))
    if ours is not None:
        return ours
    return _one(
        many(
            db,
            "client_id = (select client_id from stops where account = ? and order_id = ?)",
            [account, order_id],
        )
    )


def known_order(db: Database, account: AccountId, name: OrderName) -> Order | None:
    """An order of ours, or a stop that it placed, as it was told last."""
    row = db.execute(
        "select order_body from orders where account = ?1 and (client_id = ?2 or order_id = ?3) "
        "union all select body from stops where account = ?1 and order_id = ?3",
        [account, name.client_id, name.order_id],
    ).fetchone()
    return None if row is None or row[0] is None else msgspec.json.decode(row[0], type=Order)


def many(db: Database, where: str, values: Sequence[Any]) -> list[PlacedOrder]:
    """All orders of which this is true."""
    found = db.execute(f"select {_COLUMNS} from orders where {where}", list(values))  # noqa: S608 - conditions from the code
    return [_placed(row) for row in found.fetchall()]


def stops(db: Database, client_id: ClientOrderId) -> list[Order]:
    """What an order of ours placed on the other side."""
    found = db.execute("select body from stops where client_id = ? order by rowid", [client_id])
    return [msgspec.json.decode(body, type=Order) for (body,) in found.fetchall()]


_OF_AN_ACCOUNT = ("orders", "stops", "fills", "order_raises")


def adopt(db: Database, old: AccountId, new: AccountId) -> None:
    """Both names are of one account at the exchange: the new one has all that the old one had.

    What the new one has heard of already stays as it was heard.
    """
    for table in _OF_AN_ACCOUNT:
        db.execute(f"update or ignore {table} set account = ? where account = ?", [new, old])  # noqa: S608 - our own table names


def insert_fill(db: Database, account: AccountId, fill: Fill) -> bool:
    """Keep a fill; False if it was known."""
    changed = db.execute(
        "insert or ignore into fills (account, exec_id, order_id, client_id, symbol, at, body) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        [
            account,
            fill.exec_id,
            fill.order_id,
            fill.client_id,
            fill.symbol,
            time_text(fill.at),
            _text(fill),
        ],
    )
    return bool(changed.rowcount == 1)


def fills(db: Database, where: str, values: Sequence[Any]) -> list[Fill]:
    """All fills of which this is true."""
    found = db.execute(f"select body from fills where {where}", list(values))  # noqa: S608 - conditions from the code
    return [msgspec.json.decode(body, type=Fill) for (body,) in found.fetchall()]


def _ours(db: Database, account: AccountId, order: Order) -> PlacedOrder | None:
    found = many(db, "account = ? and order_id = ?", [account, order.order_id])
    if not found and order.client_id is not None:
        found = many(
            db,
            "account = ? and client_id = ? and order_id is null",
            [account, order.client_id],
        )
    return _one(found)


def _keep_stop(db: Database, account: AccountId, client_id: ClientOrderId, order: Order) -> Order:
    row = db.execute(
        "select body from stops where account = ? and order_id = ?", [account, order.order_id]
    ).fetchone()
    known = None if row is None else msgspec.json.decode(row[0], type=Order)
    if known is not None and _is_behind(order, known):
        return known
    db.execute(
        "insert into stops (account, order_id, client_id, body) values (?, ?, ?, ?) "
        "on conflict (account, order_id) do update set body = excluded.body",
        [account, order.order_id, client_id, _text(order)],
    )
    return order


def _placed(row: Sequence[Any]) -> PlacedOrder:
    intent, account, chat_id, card, standing, created, updated, order, reason = row
    return PlacedOrder(
        # A group that moved has another id than when the order was committed.
        intent=replace(
            msgspec.json.decode(intent, type=Intent), account=account, chat_id=chat_id, card=card
        ),
        standing=Standing(standing),
        created_at=datetime.fromisoformat(created),
        updated_at=datetime.fromisoformat(updated),
        order=None if order is None else msgspec.json.decode(order, type=Order),
        reason=reason,
    )


def _one(found: Sequence[PlacedOrder]) -> PlacedOrder | None:
    return found[0] if found else None


def _ended_value(placed: PlacedOrder) -> Decimal:
    """What an order that ended has moved, in US dollars at the tap's prices."""
    order, request = placed.order, placed.intent.request
    if order is None or not order.filled_qty:
        return Decimal(0)
    done, wanted = order.filled_qty, request.qty
    if wanted is None:
        done, wanted = order.filled_cost, request.cash_qty
    assert wanted, "a request has a quantity"
    return EXACT.divide(EXACT.multiply(placed.intent.value, done), wanted)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
