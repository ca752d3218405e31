"""How WebSocket v2 spells an order, read into the ledger's words.

Prices and quantities are JSON numbers; a text in their place is refused by its field's name, as
is a field that the method does not have (docs: https://docs.kraken.com/api/docs/websocket-v2/).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from kraken.core.trading import (
    TRAILING,
    TRIGGERED,
    Amend,
    ConditionalClose,
    FeePreference,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    SelfTrade,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Side, Symbol
from kraken.sim.listing import PairSpec
from kraken.sim.private.accounts import Record
from kraken.sim.private.arguments import Clock, client_id, user_ref, wrong
from kraken.sim.wire.api_error import ApiError

Params = Mapping[str, Any]

_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "number_float": ((int, Decimal), "a number_float"),
    "number_integer": ((int,), "a number_integer"),
    "boolean": ((bool,), "a boolean"),
    "string": ((str,), "a string"),
    "object": ((dict,), "an object"),
    "array": ((list,), "an array"),
}


def _fields(**kinds: str) -> dict[str, str]:
    return {name: kind for kind, names in kinds.items() for name in names.split()}


_ORDER = _fields(
    number_float="order_qty limit_price display_qty cash_order_qty stop_price",
    number_integer="order_userref",
    boolean="post_only reduce_only margin no_mpp validate",
    string=(
        "order_type side symbol limit_price_type time_in_force effective_time expire_time "
        "deadline cl_ord_id fee_preference stp_type sender_sub_id"
    ),
    object="triggers conditional",
)
_CANCEL = _fields(array="order_id cl_ord_id order_userref")
FIELDS: Mapping[str, Mapping[str, str]] = {
    "add_order": _ORDER,
    "amend_order": _fields(
        number_float="order_qty display_qty limit_price trigger_price",
        boolean="post_only",
        string="order_id cl_ord_id limit_price_type trigger_price_type deadline symbol",
    ),
    "edit_order": {**_ORDER, "order_id": "string"},
    "cancel_order": _CANCEL,
    "cancel_all": {},
    "cancel_all_orders_after": _fields(number_integer="timeout"),
    "batch_add": _fields(array="orders", string="symbol deadline", boolean="validate"),
    "batch_cancel": _fields(array="orders cl_ord_id"),
    "executions": _fields(
        boolean=(
            "snap_orders snap_trades order_status ratecounter snapshot snapshot_trades rebased"
        ),
        string="channel users",
    ),
    "balances": _fields(boolean="snapshot rebased", string="channel users"),
}
_TRIGGERS = _fields(number_float="price", string="reference price_type")
_CONDITIONAL = _fields(
    number_float="limit_price trigger_price stop_price",
    string="order_type limit_price_type trigger_price_type",
)


def check_kinds(params: Params, kinds: Mapping[str, str], method: str) -> None:
    """Refuse fields that are unknown or of the wrong kind, the first one found."""
    for name, value in params.items():
        if name == "token" and name not in kinds:
            continue
        kind = kinds.get(name)
        if kind is None:
            words = method.replace("_", " ")
            raise ApiError(f"Unsupported field: '{name}' for the given msg type: {words}")
        types, told = _KINDS[kind]
        is_truth = isinstance(value, bool)
        if not isinstance(value, types) or (is_truth and kind != "boolean"):
            raise ApiError(f"{name.capitalize()} field must be {told}")


def _choice(params: Params, name: str, known: Mapping[str, Any], default: str = "") -> Any:
    found = known.get(str(params.get(name, default)))
    if found is None:
        raise wrong(name)
    return found


def _number(params: Params, name: str) -> Decimal | None:
    value = params.get(name)
    if value is None:
        return None
    number = Decimal(value)
    # 18 digits on either side are more than any price or quantity has.
    if not number.is_finite() or number.adjusted() > 18 or number != round(number, 18):
        raise wrong(name)
    return number


_TYPES = {kind.value: kind for kind in OrderType}
_SIDES = {side.value: side for side in Side}
_PRICES = {kind.value: kind for kind in PriceKind}
_LIVES = {life.value.lower(): life for life in TimeInForce}
_FEES = {"base": FeePreference.BASE, "quote": FeePreference.QUOTE}
_SELF_TRADES = {kind.value: kind for kind in SelfTrade}
_REFERENCES = {reference.value: reference for reference in Reference}


def read_order(params: Params, pair: PairSpec, clock: Clock) -> OrderRequest:
    """The order that add_order's parameters describe.

    Raises:
        ApiError: they do not.
    """
    kind = _kind(params)
    limit, offset = _limit(params, kind)
    return OrderRequest(
        symbol=Symbol(pair.symbol),
        side=_choice(params, "side", _SIDES),
        type=kind,
        qty=_number(params, "order_qty"),
        client_id=client_id(params),
        limit_price=limit,
        limit_offset=offset,
        trigger=_trigger(params, kind),
        time_in_force=_choice(params, "time_in_force", _LIVES, "gtc"),
        expires_at=_instant(params, "expire_time"),
        post_only=params.get("post_only", False),
        reduce_only=params.get("reduce_only", False),
        display_qty=_number(params, "display_qty"),
        cash_qty=_number(params, "cash_order_qty"),
        fee_preference=_choice(params, "fee_preference", _FEES, "quote"),
        self_trade=_choice(params, "stp_type", _SELF_TRADES, "cancel_newest"),
        deadline=clock.deadline(params.get("deadline", "")),
        close=_close(params.get("conditional")),
        user_ref=user_ref(str(params.get("order_userref", "")), "order_userref"),
    )


def _kind(params: Params) -> OrderType:
    if params.get("order_type") == "settle-position":
        raise ApiError("EOrder:Unknown position")
    if params.get("margin"):
        raise ApiError("EOrder:Margin allowance exceeded")
    if params.get("effective_time"):
        raise ApiError("EOrder:Scheduled orders limit exceeded")
    kind: OrderType = _choice(params, "order_type", _TYPES)
    if params.get("no_mpp") and kind is not OrderType.MARKET:
        raise wrong("no_mpp order option is only available when ordertype = market")
    return kind


def _limit(params: Params, kind: OrderType) -> tuple[Decimal | None, PriceOffset | None]:
    value = _number(params, "limit_price")
    default = "quote" if kind is OrderType.TRAILING_STOP_LIMIT else "static"
    meaning: PriceKind = _choice(params, "limit_price_type", _PRICES, default)
    if value is None or meaning is PriceKind.STATIC:
        return value, None
    return None, PriceOffset(value, meaning)


def _trigger(params: Params, kind: OrderType) -> Trigger | None:
    told = params.get("triggers")
    if told is None:
        return None
    check_kinds(told, _TRIGGERS, "triggers")
    price = _number(told, "price")
    if price is None or kind not in TRIGGERED:
        raise wrong("triggers")
    default = "quote" if kind in TRAILING else "static"
    meaning = _choice(told, "price_type", _PRICES, default)
    return Trigger(PriceOffset(price, meaning), _choice(told, "reference", _REFERENCES, "last"))


def _instant(params: Params, name: str) -> datetime | None:
    told = params.get(name)
    if not told:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        raise wrong(name) from None
    if at.tzinfo is None:
        raise wrong(name)
    return at.astimezone(UTC)


def _close(told: Params | None) -> ConditionalClose | None:
    if not told:
        return None
    check_kinds(told, _CONDITIONAL, "conditional")
    kind: OrderType = _choice(told, "order_type", _TYPES)
    limit = _offset(told, "limit_price")
    stop = _offset(told, "trigger_price")
    return ConditionalClose(kind, limit, None if stop is None else Trigger(stop))


def _offset(told: Params, name: str) -> PriceOffset | None:
    value = _number(told, name)
    if value is None:
        return None
    return PriceOffset(value, _choice(told, f"{name}_type", _PRICES, "static"))


def read_amend(params: Params, clock: Clock, last: Decimal, step: Decimal) -> Amend:
    """The changes that amend_order's parameters describe; distances count from the last trade."""

    def price(name: str) -> Decimal | None:
        offset = _offset(params, name)
        if offset is None or offset.kind is PriceKind.STATIC:
            return None if offset is None else offset.value
        return (offset.at(last) / step).to_integral_value() * step

    return Amend(
        qty=_number(params, "order_qty"),
        limit_price=price("limit_price"),
        trigger_price=price("trigger_price"),
        display_qty=_number(params, "display_qty"),
        post_only=params.get("post_only"),
        deadline=clock.deadline(params.get("deadline", "")),
    )


def edited(record: Record, request: OrderRequest, params: Params, clock: Clock) -> OrderRequest:
    """The order that is to stand in for an open one; ``request`` is that one as it is."""
    limit, offset = _limit(params, request.type)
    changes: dict[str, Any] = {
        "qty": _number(params, "order_qty"),
        "limit_price": limit,
        "limit_offset": offset,
        "display_qty": _number(params, "display_qty"),
        "trigger": _trigger(params, record.order.type),
        "deadline": clock.deadline(params.get("deadline", "")),
        "user_ref": user_ref(str(params.get("order_userref", "")), "order_userref"),
    }
    given = {name: value for name, value in changes.items() if value is not None}
    fees = _choice(params, "fee_preference", _FEES, "") if "fee_preference" in params else None
    post = params.get("post_only", False)
    return replace(request, **given, post_only=post, fee_preference=fees or request.fee_preference)
