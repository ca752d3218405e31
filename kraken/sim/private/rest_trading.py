"""Trading endpoints of REST: add, amend, edit, cancel, one or many.

A reply means that the engine took the order, not that it rests or filled: what became of it is
told by the order itself. Docs: https://docs.kraken.com/api/docs/rest-api/add-order and neighbours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from kraken.core.trading import (
    Amend,
    Order,
    OrderRequest,
    OrderStatus,
    PriceKind,
    TriggerState,
)
from kraken.core.types import OrderId
from kraken.sim.listing import PAIRS, PairSpec
from kraken.sim.numbers import seconds_stamp
from kraken.sim.private import shapes
from kraken.sim.private.accounts import Record
from kraken.sim.private.arguments import (
    Clock,
    Fields,
    flag,
    number,
    price_of,
    read_order,
    text,
    whole,
    wrong,
)
from kraken.sim.private.counters import HUNDREDTHS
from kraken.sim.private.desk import Desk
from kraken.sim.private.instants import moment
from kraken.sim.private.overlay import price_of as price_at
from kraken.sim.private.refusals import LATE, UNKNOWN_ORDER, text_of
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.rest_public import UNKNOWN_PAIR

FEWEST_IN_BATCH, MOST_IN_BATCH = 2, 15
MOST_CANCELLED = 50
LONGEST_DEAD_MAN_S = 86_400


@dataclass(slots=True)
class Trading:
    """What a trading call works on; ``made`` are the orders it brought into the world."""

    desk: Desk
    made: list[Record]

    @property
    def clock(self) -> Clock:
        """The exchange's own time."""
        return Clock(moment(self.desk.venue.now_ns()))

    def pair(self, fields: Fields) -> PairSpec:
        """The pair that is asked for."""
        pair = self.desk.venue.find(text(fields, "pair"))
        if pair is None:
            raise ApiError(UNKNOWN_PAIR)
        return pair

    def place(self, request: OrderRequest, cost: int = HUNDREDTHS) -> Record:
        """Place an order and remember that it was this call's."""
        record = self.desk.place(request, cost=cost)
        self.made.append(record)
        return record


def add_order(call: Trading, fields: Fields) -> object:
    """Place one order, or only look whether it could be."""
    # Arguments are looked at before the pair, which they need no more than a name of.
    pair = call.desk.venue.find(text(fields, "pair"))
    request = read_order(fields, pair or PAIRS[0], call.clock)
    if pair is None:
        raise ApiError(UNKNOWN_PAIR)
    if flag(fields, "validate"):
        call.desk.check(request)
        return {"descr": _asked(request, pair)}
    record = call.place(request)
    return {"descr": _descr(record), "txid": [record.order.order_id]}


def _descr(record: Record) -> dict[str, object]:
    told: dict[str, object] = {"order": shapes.description(record)}
    close = shapes.close_description(record.order.close, record.pair)
    return {**told, "close": close} if close else told


def _asked(request: OrderRequest, pair: PairSpec) -> dict[str, object]:
    """What an order that was only checked would be called."""
    limit, trigger = request.limit_price, request.trigger
    stop = None if trigger is None else TriggerState(trigger.price.value, trigger.reference)
    order = Order(
        order_id=OrderId(""),
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        qty=request.qty or request.cash_qty or Decimal(0),
        status=OrderStatus.PENDING_NEW,
        limit_price=limit if request.limit_offset is None else request.limit_offset.value,
        trigger=stop,
        close=request.close,
    )
    return _descr(Record(order, pair, 0, request))


def add_order_batch(call: Trading, fields: Fields) -> object:
    """Place several orders of one pair; arguments refuse all, money refuses one."""
    asked = fields.get("orders")
    if not isinstance(asked, list) or not FEWEST_IN_BATCH <= len(asked) <= MOST_IN_BATCH:
        raise wrong("orders")
    pair = call.pair(fields)
    common = {name: fields[name] for name in ("deadline",) if name in fields}
    requests = [read_order({**_object(each), **common}, pair, call.clock) for each in asked]
    for request in requests:
        refusal = call.desk.engine.check(call.desk.account, request)
        if refusal is not None and refusal.kind not in LATE:
            raise ApiError(text_of(refusal, ws=False))
    if flag(fields, "validate"):
        return {"orders": [{"descr": _asked(request, pair)} for request in requests]}
    return {"orders": [_added(call, request, pair) for request in requests]}


def _added(call: Trading, request: OrderRequest, pair: PairSpec) -> object:
    try:
        record = call.place(request, cost=HUNDREDTHS // 2)
    except ApiError as error:
        return {"error": str(error), "descr": _asked(request, pair)}
    told = _descr(record)
    close = told.pop("close", None)
    beside = {} if close is None else {"close": close}
    return {"txid": record.order.order_id, "descr": told, **beside}


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong("orders")
    return value


def amend_order(call: Trading, fields: Fields) -> object:
    """Change an open order in place."""
    name, client_id = text(fields, "txid"), text(fields, "cl_ord_id")
    if bool(name) == bool(client_id):
        raise wrong("txid")
    record = find_one(call.desk, name, client_id)
    change = read_amend(call, fields, record)
    if record is None:
        raise ApiError(UNKNOWN_ORDER)
    return {"amend_id": call.desk.amend(record, change)}


def find_one(desk: Desk, name: str, client_id: str) -> Record | None:
    """The open order under one of its names."""
    if client_id:
        return desk.account.by_client_id(client_id)
    found = desk.account.find(name)
    return found[0] if found else None


def read_amend(call: Trading, fields: Fields, record: Record | None) -> Amend:
    """The changes that AmendOrder's arguments describe."""
    post = flag(fields, "post_only") if "post_only" in fields else None
    return Amend(
        qty=_optional(fields, "order_qty"),
        limit_price=_amended_price(fields, "limit_price", record, call),
        trigger_price=_amended_price(fields, "trigger_price", record, call),
        display_qty=_optional(fields, "display_qty"),
        post_only=post,
        deadline=call.clock.deadline(text(fields, "deadline")),
    )


def _optional(fields: Fields, name: str) -> Decimal | None:
    told = text(fields, name)
    return number(told, name) if told else None


def _amended_price(
    fields: Fields, name: str, record: Record | None, call: Trading
) -> Decimal | None:
    told = text(fields, name)
    if not told:
        return None
    offset = price_of(told, name, minus=False)
    if offset.kind is PriceKind.STATIC or record is None:
        return offset.value
    pair = record.pair
    last = call.desk.venue.market.last_trades(pair.symbol, 1)[-1].ticks
    step = Decimal(pair.tick_size)
    return (offset.at(price_at(pair, last)) / step).to_integral_value() * step


def edit_order(call: Trading, fields: Fields) -> object:
    """Cancel an order and place a new one with some of its terms changed."""
    pair = call.pair(fields)
    record = find_one(call.desk, text(fields, "txid"), "")
    if record is None:
        raise ApiError(UNKNOWN_ORDER)
    request = edited(record, fields, call.clock)
    if flag(fields, "validate"):
        return {"status": "ok", "descr": _asked(request, pair)}
    made = call.desk.edit(record, request)
    call.made.append(made)
    first, _ = shapes.described_prices(made)
    return {
        "status": "ok",
        "txid": made.order.order_id,
        "originaltxid": record.order.order_id,
        "newuserref": made.order.user_ref or 0,
        "volume": shapes.digits(made.order.qty, pair.lot_decimals),
        "price": first,
        "orders_cancelled": 1,
        "descr": _descr(made),
    }


def edited(record: Record, fields: Fields, clock: Clock) -> OrderRequest:
    """The new order: what is not named stays, but for ``post``, which must be repeated."""
    told = record.order
    merged: dict[str, Any] = {
        "ordertype": told.type.value,
        "type": told.side.value,
        "volume": format(told.qty, "f"),
        "userref": str(told.user_ref or ""),
        "oflags": told.fee_preference.value,
    }
    first, second = shapes.described_prices(record)
    merged |= {"price": first, "price2": second}
    if told.display_qty is not None:
        merged["displayvol"] = format(told.display_qty, "f")
    names = ("volume", "displayvol", "price", "price2", "deadline", "userref")
    merged |= {name: fields[name] for name in names if text(fields, name)}
    if "post" in text(fields, "oflags").split(","):
        merged["oflags"] = f"{told.fee_preference.value},post"
    request = read_order(merged, record.pair, clock)
    if told.expires_at is not None:
        request = replace(request, expires_at=told.expires_at, time_in_force=told.time_in_force)
    return request


def cancel_order(call: Trading, fields: Fields) -> object:
    """End one open order, or all with a ``userref``."""
    name, client_id = text(fields, "txid"), text(fields, "cl_ord_id")
    if bool(name) == bool(client_id):
        raise wrong("txid")
    found = _open_by(call.desk, name, client_id)
    if not found:
        raise ApiError(UNKNOWN_ORDER)
    for record in found:
        call.desk.cancel(record)
    return {"count": len(found)}


def _open_by(desk: Desk, name: str, client_id: str) -> list[Record]:
    if client_id:
        record = desk.account.by_client_id(client_id)
        return [] if record is None else [record]
    return desk.account.find(name)


def cancel_all(call: Trading, fields: Fields) -> object:
    """End every open order."""
    return {"count": call.desk.cancel_all()}


def cancel_all_orders_after(call: Trading, fields: Fields) -> object:
    """The dead man's switch."""
    seconds = whole(text(fields, "timeout"), "timeout")
    if seconds >= LONGEST_DEAD_MAN_S:
        raise wrong("timeout")
    now_ns, then_ns = call.desk.cancel_all_after(seconds)
    return {
        "currentTime": seconds_stamp(now_ns),
        "triggerTime": seconds_stamp(then_ns) if then_ns else "0",
    }


def cancel_order_batch(call: Trading, fields: Fields) -> object:
    """End several open orders; names of others are passed over."""
    names, client_ids = (_list(fields, name) for name in ("orders", "cl_ord_ids"))
    if not 1 <= len(names) + len(client_ids) <= MOST_CANCELLED:
        raise wrong("orders")
    return {"count": cancel_many(call.desk, names, client_ids)}


def cancel_many(desk: Desk, names: list[str], client_ids: list[str]) -> int:
    """End every open order that is named; how many that were."""
    count = 0
    for name, client_id in [(name, "") for name in names] + [("", each) for each in client_ids]:
        for record in _open_by(desk, name, client_id):
            desk.cancel(record, in_batch=True)
            count += 1
    return count


def _list(fields: Fields, name: str) -> list[str]:
    value = fields.get(name, [])
    if not isinstance(value, list) or not all(
        isinstance(each, str | int) and not isinstance(each, bool) for each in value
    ):
        raise wrong(name)
    return [str(each) for each in value]


WRITES: Mapping[str, Callable[[Trading, Fields], object]] = {
    "AddOrder": add_order,
    "AddOrderBatch": add_order_batch,
    "AmendOrder": amend_order,
    "EditOrder": edit_order,
    "CancelOrder": cancel_order,
    "CancelAll": cancel_all,
    "CancelAllOrdersAfter": cancel_all_orders_after,
    "CancelOrderBatch": cancel_order_batch,
}
