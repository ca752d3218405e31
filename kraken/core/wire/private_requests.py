"""What is said to private REST: the fields of each request, as texts (docs: REST, Trading).

Numbers are written with all their digits and no exponent. A nonce is added, and the whole signed,
by whoever sends it.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kraken.core.errors import InvalidOrder
from kraken.core.trading import (
    TRIGGERED,
    Amend,
    ConditionalClose,
    OrderRequest,
    PriceKind,
    PriceOffset,
    SelfTrade,
    TimeInForce,
    Trigger,
)
from kraken.core.types import ClientOrderId, OrderId
from kraken.core.wire.names import Names
from kraken.core.wire.numbers import plain, to_seconds

Fields = dict[str, str]


def _price(offset: PriceOffset) -> str:
    """``37500``, or a distance: ``+50``, ``-1.5%``."""
    if offset.kind is PriceKind.STATIC:
        return plain(offset.value)
    percent = "%" if offset.kind is PriceKind.PERCENT else ""
    return f"{'-' if offset.value < 0 else '+'}{plain(abs(offset.value))}{percent}"


def _instant(at: datetime) -> str:
    """RFC 3339, to the millisecond; rounded down, so that a deadline never becomes later."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _prices(trigger: Trigger | None, limit: PriceOffset | None, *, triggered: bool) -> Fields:
    """``price`` is the trigger where there is one, and the limit comes second."""
    if not triggered:
        return {} if limit is None else {"price": _price(limit)}
    if trigger is None:
        raise InvalidOrder("this type of order needs a trigger price")
    second = {} if limit is None else {"price2": _price(limit)}
    return {"price": _price(trigger.price), **second}


def _limit(request: OrderRequest) -> PriceOffset | None:
    if request.limit_price is not None:
        return PriceOffset(request.limit_price)
    return request.limit_offset


def _quantity(request: OrderRequest) -> Fields:
    if (request.qty is None) == (request.cash_qty is None):
        raise InvalidOrder("exactly one quantity is needed")
    told = {"volume": plain(request.qty or request.cash_qty or Decimal(0))}
    if request.display_qty is not None:
        told["displayvol"] = plain(request.display_qty)
    return told


def _flags(request: OrderRequest) -> str:
    flags = [request.fee_preference.value]
    if request.post_only:
        flags.append("post")
    if request.cash_qty is not None:
        flags.append("viqc")
    return ",".join(flags)


def _name(request: OrderRequest) -> Fields:
    if request.client_id is not None and request.user_ref is not None:
        raise InvalidOrder("Kraken takes a client order id or a reference number, not both")
    if request.client_id is not None:
        return {"cl_ord_id": request.client_id}
    return {} if request.user_ref is None else {"userref": str(request.user_ref)}


def _life(request: OrderRequest) -> Fields:
    told: Fields = {}
    if request.time_in_force is not TimeInForce.GTC:
        told["timeinforce"] = request.time_in_force.value
    if request.expires_at is not None:
        told["expiretm"] = str(to_seconds(request.expires_at))
    return told


def _close(close: ConditionalClose) -> Fields:
    prices = _prices(close.trigger, close.limit_price, triggered=close.type in TRIGGERED)
    return {
        "close[ordertype]": close.type.value,
        **{f"close[{name}]": value for name, value in prices.items()},
    }


def add_order(request: OrderRequest, names: Names, server_offset: timedelta) -> Fields:
    """AddOrder; ``server_offset`` is how far Kraken's clock is ahead of the deadline's.

    Raises:
        UnknownInstrument: the pair is not listed.
        InvalidOrder: the request contradicts itself.
    """
    told = {
        "pair": names.pair(request.symbol),
        "type": request.side.value,
        "ordertype": request.type.value,
        **_quantity(request),
        **_prices(request.trigger, _limit(request), triggered=request.type in TRIGGERED),
        "oflags": _flags(request),
        **_life(request),
        **_name(request),
    }
    triggers = [each.trigger for each in (request, request.close) if each is not None]
    reference = next((each.reference for each in triggers if each is not None), None)
    if reference is not None:
        told["trigger"] = reference.value
    if request.reduce_only:
        told["reduce_only"] = "true"
    if request.self_trade is not SelfTrade.CANCEL_NEWEST:
        told["stptype"] = request.self_trade.value.replace("_", "-")
    if request.close is not None:
        told |= _close(request.close)
    return told | _deadline(request.deadline, server_offset)


def _deadline(deadline: datetime | None, server_offset: timedelta) -> Fields:
    return {} if deadline is None else {"deadline": _instant(deadline + server_offset)}


def named(order_id: OrderId | None, client_id: ClientOrderId | None) -> Fields:
    """One open order under one of its two names.

    Raises:
        InvalidOrder: none or both are given.
    """
    if (order_id is None) == (client_id is None):
        raise InvalidOrder("an order is named by exactly one of its names")
    return {"txid": order_id} if order_id is not None else {"cl_ord_id": client_id or ""}


def amend_order(change: Amend, server_offset: timedelta) -> Fields:
    """What AmendOrder is to change; the order's name is added to it."""
    amounts = {
        "order_qty": change.qty,
        "display_qty": change.display_qty,
        "limit_price": change.limit_price,
        "trigger_price": change.trigger_price,
    }
    told = {name: plain(value) for name, value in amounts.items() if value is not None}
    if change.post_only is not None:
        told["post_only"] = "true" if change.post_only else "false"
    return told | _deadline(change.deadline, server_offset)


def cancel_all_after(timeout: timedelta) -> Fields:
    """CancelAllOrdersAfter, in whole seconds; zero switches it off."""
    return {"timeout": str(timeout // timedelta(seconds=1))}


def page(since: datetime | None, offset: int) -> Fields:
    """One page of a history: what came after ``since``, passing over the newest ``offset``."""
    told = {"ofs": str(offset)}
    if since is not None:
        # A second earlier: the start itself is left out.
        told["start"] = str(to_seconds(since) - 1)
    return told
