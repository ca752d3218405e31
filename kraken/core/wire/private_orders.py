"""Private REST's orders and fills (docs: REST, Account Data).

Orders become reports of type ``STATUS``, to be joined with what the stream told. A row that cannot
be read does not hide the others, but it is not passed over in silence either: ``unread`` names it,
and a page with unread rows is no proof that something is not there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

from kraken.core.errors import BadData
from kraken.core.trading import (
    LIMITED,
    TRIGGERED,
    ExecType,
    FeePreference,
    Fill,
    Liquidity,
    OrderStatus,
    OrderType,
    Reference,
    Report,
    TimeInForce,
    TriggerState,
)
from kraken.core.types import ClientOrderId, ExecId, OrderId, Side
from kraken.core.wire.envelope import decoder, read
from kraken.core.wire.names import Names
from kraken.core.wire.numbers import Number, exact, from_seconds, whole, word

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Some orders, in Kraken's order."""

    reports: tuple[Report, ...]
    unread: tuple[str, ...] = ()
    """Names of rows that this version cannot read."""
    count: int | None = None
    """How many there are on all pages, where Kraken counts them."""


@dataclass(frozen=True, slots=True)
class FillsPage:
    """Some fills, newest first."""

    fills: tuple[Fill, ...]
    unread: tuple[str, ...] = ()
    count: int | None = None


class _Description(msgspec.Struct):
    pair: str
    type: str
    ordertype: str
    price: Number = "0"
    price2: Number = "0"


class _Order(msgspec.Struct):
    status: str
    opentm: Number
    descr: _Description
    vol: Number
    vol_exec: Number
    cost: Number = "0"
    price: Number = "0"
    stopprice: Number = "0"
    limitprice: Number = "0"
    refid: str | None = None
    userref: Number = None
    cl_ord_id: str | None = None
    expiretm: Number = 0
    closetm: Number = None
    trigger: str = "last"
    misc: str = ""
    oflags: str = ""
    timeinforce: str | None = None
    reduce_only: bool | None = None
    reason: str | None = None


class _Trade(msgspec.Struct):
    ordertxid: str
    pair: str
    time: Number
    type: str
    price: Number
    cost: Number
    fee: Number
    vol: Number
    maker: bool
    trade_id: int | None = None


class _Open(msgspec.Struct):
    open: dict[str, msgspec.Raw]


class _Closed(msgspec.Struct):
    closed: dict[str, msgspec.Raw]
    count: int | None = None


class _Trades(msgspec.Struct):
    trades: dict[str, msgspec.Raw]
    count: int | None = None


_ORDER = decoder(_Order)
_OPEN = decoder(_Open)
_CLOSED = decoder(_Closed)
_ROWS = decoder(dict[str, msgspec.Raw])
_TRADE = decoder(_Trade)
_TRADES = decoder(_Trades)


# -- orders -----------------------------------------------------------------------------------


def _each(
    rows: Mapping[str, msgspec.Raw], make: Callable[[str, msgspec.Raw], Row]
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """What can be read, and the names of what cannot."""
    made: list[Row] = []
    unread: list[str] = []
    for name, raw in rows.items():
        try:
            made.append(make(name, raw))
        except (LookupError, ValueError, RecursionError, BadData):
            unread.append(name)
    return tuple(made), tuple(unread)


def _orders(
    rows: Mapping[str, msgspec.Raw], names: Names, asked_at: datetime, count: int | None = None
) -> OrdersPage:
    made = _each(rows, lambda name, raw: _report(name, _ORDER.decode(raw), names, asked_at))
    return OrdersPage(*made, count)


def open_orders(body: bytes | str, names: Names, asked_at: datetime) -> OrdersPage:
    """OpenOrders: all of them."""
    return read(body, _OPEN, lambda result: _orders(result.open, names, asked_at))


def closed_orders(body: bytes | str, names: Names, asked_at: datetime) -> OrdersPage:
    """ClosedOrders: a page of 50, the newest first."""
    return read(body, _CLOSED, lambda told: _orders(told.closed, names, asked_at, told.count))


def query_orders(body: bytes | str, names: Names, asked_at: datetime) -> OrdersPage:
    """QueryOrders: those that were named, open or not."""
    return read(body, _ROWS, lambda result: _orders(result, names, asked_at))


_STATUS = {
    "pending": OrderStatus.PENDING_NEW,
    "open": OrderStatus.NEW,
    "closed": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELED,
    "expired": OrderStatus.EXPIRED,
}


def _report(name: str, row: _Order, names: Names, asked_at: datetime) -> Report:
    status, filled = _STATUS[row.status], exact(row.vol_exec)
    if status is OrderStatus.NEW and filled:
        status = OrderStatus.PARTIALLY_FILLED
    flags, misc = row.oflags.split(","), row.misc.split(",")
    kind, average = OrderType(row.descr.ordertype), exact(row.price)
    return Report(
        order_id=OrderId(name),
        exec_type=ExecType.STATUS,
        status=status,
        at=_said_at(row, asked_at, is_amended="amended" in misc),
        client_id=ClientOrderId(row.cl_ord_id) if row.cl_ord_id else None,
        symbol=names.symbol(row.descr.pair),
        side=Side(row.descr.type),
        type=kind,
        qty=exact(row.vol),
        limit_price=_limit_price(row, kind),
        time_in_force=TimeInForce(row.timeinforce or _life(row)),
        expires_at=from_seconds(row.expiretm) if exact(row.expiretm) else None,
        post_only="post" in flags,
        reduce_only=row.reduce_only,
        trigger=_trigger(row, kind, misc),
        fee_preference=FeePreference.BASE if "fcib" in flags else FeePreference.QUOTE,
        parent=OrderId(row.refid) if row.refid not in (None, "", "None") else None,
        user_ref=whole(row.userref) or None if row.userref is not None else None,
        filled_qty=filled,
        filled_cost=exact(row.cost),
        average=average or None,
        is_amended="amended" in misc,
        reason=row.reason or "",
    )


def _said_at(row: _Order, asked_at: datetime, *, is_amended: bool) -> datetime:
    """Since when the row is true: what REST says of an order can be older than the stream's."""
    if row.closetm is not None:
        return from_seconds(row.closetm)
    return asked_at if is_amended else from_seconds(row.opentm)


def _life(row: _Order) -> TimeInForce:
    return TimeInForce.GTD if exact(row.expiretm) else TimeInForce.GTC


def _price(told: Number) -> Decimal | None:
    """A price; None for zero, which stands for none, and for a distance (``+1.5%``)."""
    if isinstance(told, str) and (told[:1] in ("+", "-", "#") or told.endswith("%")):
        return None
    return exact(told) or None


def _limit_price(row: _Order, kind: OrderType) -> Decimal | None:
    if kind not in LIMITED:
        return None
    if kind not in TRIGGERED:
        return _price(row.descr.price)
    # What it became when it was triggered says more than what was asked for.
    return _price(row.limitprice) or _price(row.descr.price2)


def _trigger(row: _Order, kind: OrderType, misc: list[str]) -> TriggerState | None:
    if kind not in TRIGGERED:
        return None
    price = _price(row.stopprice) or _price(row.descr.price)
    if price is None:
        return None
    is_fired = "stopped" in misc or "touched" in misc
    return TriggerState(price, word(Reference, row.trigger, Reference.LAST), is_fired)


# -- fills ------------------------------------------------------------------------------------


def trades_history(
    body: bytes | str,
    names: Names,
    preferences: Mapping[OrderId, FeePreference] | None = None,
) -> FillsPage:
    """TradesHistory: a page of 50, the newest first.

    A row does not say what its fee was paid in: quote, unless ``preferences`` says otherwise of
    its order.
    """
    paid = preferences or {}

    def page(result: _Trades) -> FillsPage:
        made = _each(result.trades, lambda name, raw: _fill(name, _TRADE.decode(raw), names, paid))
        return FillsPage(*made, result.count)

    return read(body, _TRADES, page)


def _fill(
    name: str, row: _Trade, names: Names, preferences: Mapping[OrderId, FeePreference]
) -> Fill:
    order_id = OrderId(row.ordertxid)
    base, quote = names.base_and_quote(row.pair)
    return Fill(
        exec_id=ExecId(name),
        order_id=order_id,
        symbol=names.symbol(row.pair),
        side=Side(row.type),
        price=exact(row.price),
        qty=exact(row.vol),
        cost=exact(row.cost),
        liquidity=Liquidity.MAKER if row.maker else Liquidity.TAKER,
        fee=exact(row.fee),
        fee_asset=base if preferences.get(order_id) is FeePreference.BASE else quote,
        at=from_seconds(row.time),
        trade_id=row.trade_id,
    )
