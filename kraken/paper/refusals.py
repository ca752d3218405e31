"""How Kraken words what the ledger refuses, as the errors that a live account raises.

Two of Kraken's texts leave open whether an order was placed (``EService:Deadline elapsed`` and
``EService:Unavailable``). Practice knows that it was not, so here they are a clear no as well
(docs: REST, Errors).
"""

from collections.abc import Mapping

from kraken.core.errors import KrakenError, Rejected, from_code
from kraken.core.ledger.words import Refusal, RefusalKind

_INVALID = "EGeneral:Invalid arguments"

_TEXTS: Mapping[RefusalKind, str] = {
    RefusalKind.UNKNOWN_ORDER: "EOrder:Unknown order",
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

_FIELDS: Mapping[str, str] = {
    "qty": "volume",
    "cash_qty": "volume",
    "limit_price": "price",
    "limit_offset": "price",
    "trigger": "price",
    "display_qty": "displayvol",
    "time_in_force": "timeinforce",
    "expires_at": "expiretm",
    "post_only": "oflags",
    "client_id": "cl_ord_id",
}


def text_of(refusal: Refusal) -> str:
    """Kraken's text, with the names of its REST fields."""
    kind = refusal.kind
    if kind is RefusalKind.MARKET_STATUS:
        if refusal.field == "maintenance":
            return "EService:Unavailable"
        return f"EService:Market in {refusal.field} mode"
    if kind is RefusalKind.ARGUMENTS:
        field = _FIELDS.get(refusal.field, refusal.field)
        return f"{_INVALID}:{field}" if field else _INVALID
    return _TEXTS[kind]


def error_of(refusal: Refusal) -> Rejected:
    """The error that says the same, and that nothing happened."""
    text = text_of(refusal)
    error: KrakenError = from_code(text)
    return error if isinstance(error, Rejected) else Rejected(text)


def unknown_order() -> Rejected:
    """There is no open order of that name."""
    return error_of(Refusal(RefusalKind.UNKNOWN_ORDER))
