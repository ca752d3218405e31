"""How Kraken words what a ledger refuses (docs: REST, Errors)."""

from collections.abc import Mapping

from kraken.core.ledger.words import Refusal, RefusalKind
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.rest_public import INVALID

RATE_LIMITED = "EOrder:Rate limit exceeded"
UNKNOWN_ORDER = "EOrder:Unknown order"

_TEXTS: Mapping[RefusalKind, str] = {
    RefusalKind.UNKNOWN_ORDER: UNKNOWN_ORDER,
    RefusalKind.NOT_AMENDABLE: "EOrder:Invalid order",
    RefusalKind.REDUCE_ONLY: "EOrder:Reduce only:No position exists",
    RefusalKind.DEADLINE: "EService:Deadline elapsed",
    RefusalKind.TICK: "EOrder:Tick size check failed",
    RefusalKind.MIN_QTY: "EOrder:Order minimum not met",
    RefusalKind.MIN_COST: "EOrder:Cost minimum not met",
    RefusalKind.DUPLICATE_CLIENT_ID: "EOrder:Invalid order:cl_ord_id already in use",
    RefusalKind.ORDERS_LIMIT: "EOrder:Orders limit exceeded",
    RefusalKind.POST_ONLY: "EOrder:Post only order",
    RefusalKind.FUNDS: "EOrder:Insufficient funds",
}
_REST_FIELDS: Mapping[str, str] = {
    "qty": "volume",
    "cash_qty": "volume",
    "limit_price": "price",
    "trigger": "price",
    "display_qty": "displayvol",
    "time_in_force": "timeinforce",
    "expires_at": "expiretm",
    "post_only": "oflags",
    "client_id": "cl_ord_id",
    "limit_offset": "price",
}
_WS_FIELDS: Mapping[str, str] = {
    "qty": "order_qty",
    "cash_qty": "cash_order_qty",
    "trigger": "triggers",
    "expires_at": "expire_time",
    "client_id": "cl_ord_id",
    "limit_offset": "limit_price",
}

LATE = frozenset({RefusalKind.FUNDS, RefusalKind.ORDERS_LIMIT, RefusalKind.DUPLICATE_CLIENT_ID})
"""Looked for after the counter; in a batch they refuse one order, everything else the batch."""


def text_of(refusal: Refusal, *, ws: bool) -> str:
    """Kraken's text; the WebSocket names other fields, and one minimum in another way."""
    kind = refusal.kind
    if kind is RefusalKind.MARKET_STATUS:
        if refusal.field == "maintenance":
            return "EService:Unavailable"
        return f"EService:Market in {refusal.field} mode"
    if kind is RefusalKind.MIN_QTY and ws:
        return f"{INVALID}:volume minimum not met"
    if kind is RefusalKind.ARGUMENTS:
        names = _WS_FIELDS if ws else _REST_FIELDS
        field = names.get(refusal.field, refusal.field)
        return f"{INVALID}:{field}" if field else INVALID
    return _TEXTS[kind]


def raise_for(refusal: Refusal, *, ws: bool) -> None:
    """Answer with the refusal."""
    raise ApiError(text_of(refusal, ws=ws))
