"""WebSocket v2 frames, private side: executions and balances (docs: WS v2, Executions, Balances).

Numbers of these channels come one after the other from the snapshot on; ``sequence`` carries them.
A report that cannot be read does not hide the others, and is not passed over in silence:
``unread`` names its order, or says that it has no name.

What a ``trade`` says of its order's status is not believed: the last fill of an order comes as
``partially_filled``, and in snapshots the fills of open orders come as ``filled``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import msgspec

from kraken.core.errors import BadData
from kraken.core.trading import (
    EXACT,
    ConditionalClose,
    ExecType,
    FeePreference,
    Fill,
    Liquidity,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    Report,
    TimeInForce,
    Trigger,
    TriggerState,
)
from kraken.core.types import (
    Asset,
    ClientOrderId,
    ExecId,
    OrderId,
    Side,
    Symbol,
    SystemState,
)
from kraken.core.wire.envelope import decoder
from kraken.core.wire.numbers import Number, exact, moment, optional_moment, word
from kraken.core.wire.private_balances import Balances, read_balances


@dataclass(frozen=True, slots=True)
class Executions:
    """Reports of orders."""

    reports: tuple[Report, ...]
    sequence: int | None
    snapshot: bool
    unread: tuple[str, ...] = ()
    counters: tuple[tuple[OrderId, Decimal], ...] = ()
    """Where the engine's counter of the order's pair stands, if that was asked for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Kraken says to a request."""

    method: str
    success: bool
    channel: str | None = None
    error: str = ""
    request_id: int | None = None
    maximum: Decimal | None = None
    """How high the engine's counters of this account may rise."""


@dataclass(frozen=True, slots=True)
class System:
    """What Kraken's engine accepts."""

    state: SystemState


@dataclass(frozen=True, slots=True)
class Nothing:
    """A heartbeat, or something that this version does not read."""


PrivateFrame: TypeAlias = Executions | Balances | Answer | System | Nothing


class _Envelope(msgspec.Struct):
    channel: str | None = None
    type: str = ""
    data: msgspec.Raw = msgspec.Raw()
    sequence: int | None = None
    method: str | None = None
    success: bool = True
    error: object = ""
    req_id: int | None = None
    result: msgspec.Raw = msgspec.Raw()


class _Result(msgspec.Struct):
    channel: str | None = None
    maxratecount: Number = None


class _Status(msgspec.Struct):
    system: str = "unknown"


class _Fee(msgspec.Struct):
    asset: str
    qty: Number


class _Triggers(msgspec.Struct):
    reference: str = "last"
    price: Number = None
    price_type: str = "static"
    actual_price: Number = None
    peak_price: Number = None
    last_price: Number = None
    status: str = ""
    timestamp: str | None = None


class _Contingent(msgspec.Struct):
    order_type: str
    trigger_price: Number = None
    trigger_price_type: str = "static"
    limit_price: Number = None
    limit_price_type: str = "static"


class _Name(msgspec.Struct):
    order_id: str = ""


class _Report(msgspec.Struct):
    order_id: str
    exec_type: str
    order_status: str
    timestamp: str | None = None
    cl_ord_id: str | None = None
    order_userref: int | None = None
    symbol: Symbol | None = None
    side: str | None = None
    order_type: str | None = None
    order_qty: Number = None
    limit_price: Number = None
    limit_price_type: str = "static"
    time_in_force: str | None = None
    expire_time: str | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    display_qty: Number = None
    display_qty_remain: Number = None
    cash_order_qty: Number = None
    fee_ccy_pref: str | None = None
    triggers: _Triggers | None = None
    contingent: _Contingent | None = None
    ord_ref_id: str | None = None
    amended: bool | None = None
    reason: str | None = None
    cum_qty: Number = None
    cum_cost: Number = None
    avg_price: Number = None
    exec_id: str | None = None
    trade_id: int | None = None
    last_qty: Number = None
    last_price: Number = None
    cost: Number = None
    liquidity_ind: str | None = None
    fees: list[_Fee] | None = None
    ratecount: Number = None


_ENVELOPE = decoder(_Envelope)
_RESULT = decoder(_Result)
_STATUSES = decoder(list[_Status])
_ROWS = decoder(list[msgspec.Raw])
_NAME = decoder(_Name)
_REPORT = decoder(_Report)

_UNREADABLE = (ValueError, RecursionError, BadData)


def decode(frame: str | bytes) -> PrivateFrame:
    """Read one frame. Raises BadData when it is none that its channel can have."""
    try:
        text = frame if isinstance(frame, str) else frame.decode()
        if not text.lstrip().startswith("{"):
            return Nothing()
        told = _ENVELOPE.decode(text)
        if told.method is not None:
            return _answer(told, told.method)
        if told.channel == "executions":
            return _executions(told)
        if told.channel == "balances":
            return read_balances(told.data, told.sequence, told.type == "snapshot")
        if told.channel == "status":
            states = _STATUSES.decode(told.data)
            name = states[-1].system if states else "unknown"
            return System(word(SystemState, name, SystemState.UNKNOWN))
    except _UNREADABLE as error:
        raise BadData(f"unreadable frame: {type(error).__name__}") from error
    return Nothing()


def _answer(told: _Envelope, method: str) -> Answer:
    result = _Result()
    if bytes(told.result).lstrip().startswith(b"{"):
        result = _RESULT.decode(told.result)
    maximum = None if result.maxratecount is None else exact(result.maxratecount)
    return Answer(method, told.success, result.channel, str(told.error), told.req_id, maximum)


def _executions(told: _Envelope) -> Executions:
    is_snapshot = told.type == "snapshot"
    reports: list[Report] = []
    unread: list[str] = []
    counters: list[tuple[OrderId, Decimal]] = []
    for raw in _ROWS.decode(told.data):
        try:
            row = _REPORT.decode(raw)
            reports.append(_report(row, in_snapshot=is_snapshot))
            if row.ratecount is not None:
                counters.append((OrderId(row.order_id), exact(row.ratecount)))
        except _UNREADABLE:
            unread.append(_name(raw))
    return Executions(tuple(reports), told.sequence, is_snapshot, tuple(unread), tuple(counters))


def _name(raw: msgspec.Raw) -> str:
    try:
        return _NAME.decode(raw).order_id
    except (ValueError, RecursionError):
        return ""


def _number(told: Number) -> Decimal | None:
    return None if told is None else exact(told)


def _price(told: Number, kind: str) -> Decimal | None:
    """A price; None for a distance from one, and for zero, which stands for none."""
    return None if told is None or kind != PriceKind.STATIC else exact(told) or None


def _report(row: _Report, *, in_snapshot: bool) -> Report:
    kind = ExecType(row.exec_type)
    at = optional_moment(row.timestamp)
    status = OrderStatus(row.order_status)
    if kind is ExecType.TRADE:
        status = OrderStatus.PENDING_NEW if in_snapshot else OrderStatus.PARTIALLY_FILLED
    if at is None:
        raise BadData("a report without a time")
    return Report(
        order_id=OrderId(row.order_id),
        exec_type=kind,
        status=status,
        at=at,
        client_id=ClientOrderId(row.cl_ord_id) if row.cl_ord_id else None,
        symbol=row.symbol,
        side=None if row.side is None else Side(row.side),
        type=None if row.order_type is None else OrderType(row.order_type),
        qty=_number(row.order_qty),
        limit_price=_price(row.limit_price, row.limit_price_type),
        time_in_force=None if row.time_in_force is None else TimeInForce(row.time_in_force),
        expires_at=None if row.expire_time is None else moment(row.expire_time),
        post_only=row.post_only,
        reduce_only=row.reduce_only,
        trigger=None if row.triggers is None else _trigger(row.triggers),
        display_qty=_number(row.display_qty),
        display_remaining=_number(row.display_qty_remain),
        cash_qty=_number(row.cash_order_qty),
        fee_preference=None if row.fee_ccy_pref is None else FeePreference(row.fee_ccy_pref),
        close=None if row.contingent is None else _close(row.contingent),
        parent=OrderId(row.ord_ref_id) if row.ord_ref_id else None,
        user_ref=row.order_userref or None,
        filled_qty=_number(row.cum_qty),
        filled_cost=_number(row.cum_cost),
        average=_number(row.avg_price) or None,
        fill=_fill(row) if kind is ExecType.TRADE else None,
        is_amended=row.amended,
        reason=row.reason or "",
    )


def _trigger(told: _Triggers) -> TriggerState | None:
    price = _number(told.actual_price) or _price(told.price, told.price_type)
    if price is None:
        return None
    is_fired = told.status == "triggered"
    return TriggerState(
        price,
        word(Reference, told.reference, Reference.LAST),
        is_fired=is_fired,
        peak=_number(told.peak_price) or None,
        fired_by=_number(told.last_price) if is_fired else None,
        fired_at=optional_moment(told.timestamp) if is_fired else None,
    )


def _offset(told: Number, kind: str) -> PriceOffset | None:
    return None if told is None else PriceOffset(exact(told), PriceKind(kind))


def _close(told: _Contingent) -> ConditionalClose:
    trigger = _offset(told.trigger_price, told.trigger_price_type)
    return ConditionalClose(
        OrderType(told.order_type),
        _offset(told.limit_price, told.limit_price_type),
        None if trigger is None else Trigger(trigger),
    )


def _fill(row: _Report) -> Fill | None:
    """The fill of a trade; None where parts of it are missing, so that REST has to tell it."""
    told = (row.exec_id, row.symbol, row.side, row.last_price, row.last_qty, row.cost)
    if any(part is None for part in told) or row.symbol is None or row.timestamp is None:
        return None
    fees = _fees(row.fees or [], row.symbol)
    if len(fees) != 1:
        return None
    ((asset, fee),) = fees.items()
    return Fill(
        exec_id=ExecId(row.exec_id or ""),
        order_id=OrderId(row.order_id),
        symbol=row.symbol,
        side=Side(row.side or ""),
        price=exact(row.last_price),
        qty=exact(row.last_qty),
        cost=exact(row.cost),
        liquidity=Liquidity(row.liquidity_ind or Liquidity.TAKER),
        fee=fee,
        fee_asset=asset,
        at=moment(row.timestamp),
        trade_id=row.trade_id,
        client_id=ClientOrderId(row.cl_ord_id) if row.cl_ord_id else None,
    )


def _fees(told: list[_Fee], symbol: Symbol) -> Mapping[Asset, Decimal]:
    """What was paid in which asset; nothing is paid in quote."""
    if not told:
        return {Asset(symbol.partition("/")[2]): Decimal(0)}
    fees: dict[Asset, Decimal] = {}
    for each in told:
        asset = Asset(each.asset)
        fees[asset] = EXACT.add(fees.get(asset, Decimal(0)), exact(each.qty))
    return fees


class _Params(msgspec.Struct, omit_defaults=True):
    channel: str
    token: str
    snapshot: bool | None = None
    snap_orders: bool | None = None
    snap_trades: bool | None = None
    ratecounter: bool | None = None


class _Request(msgspec.Struct):
    method: str
    params: _Params
    req_id: int


_encode = msgspec.json.Encoder().encode


def subscribe(channel: str, token: str, request_id: int) -> str:
    """Ask for a private channel with all that it may show; the text holds a secret."""
    if channel == "executions":
        # Each said explicitly: the documents contradict each other about what is shown else.
        params = _Params(channel, token, snap_orders=True, snap_trades=True, ratecounter=True)
    else:
        params = _Params(channel, token, snapshot=True)
    return _encode(_Request("subscribe", params, request_id)).decode()


def unsubscribe(channel: str, token: str, request_id: int) -> str:
    """End a private subscription."""
    return _encode(_Request("unsubscribe", _Params(channel, token), request_id)).decode()
