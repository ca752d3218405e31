"""Orders, trades and ledger rows as REST writes them: which digits, which names, which order.

Quantities have the pair's lot decimals, everything that is money its cost decimals, prices in
descriptions the pair's own; balances the asset's (docs: REST, Get Open Orders and neighbours).
"""

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal

from kraken.core.fees import rounded
from kraken.core.trading import (
    EXACT,
    TRIGGERED,
    ConditionalClose,
    FeePreference,
    Fill,
    Liquidity,
    Order,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
)
from kraken.sim.listing import AssetSpec, PairSpec
from kraken.sim.private.accounts import Record, Row, seconds
from kraken.sim.private.instants import nanos

_STATUS = {
    OrderStatus.PENDING_NEW: "pending",
    OrderStatus.NEW: "open",
    OrderStatus.PARTIALLY_FILLED: "open",
    OrderStatus.FILLED: "closed",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
}
_STOPS = {
    OrderType.STOP_LOSS: "stop loss",
    OrderType.STOP_LOSS_LIMIT: "stop loss",
    OrderType.TAKE_PROFIT: "take profit",
    OrderType.TAKE_PROFIT_LIMIT: "take profit",
    OrderType.TRAILING_STOP: "trailing stop",
    OrderType.TRAILING_STOP_LIMIT: "trailing stop",
}


def digits(value: Decimal | None, decimals: int) -> str:
    """A number with exactly that many digits; nothing is zero."""
    return format(rounded(value or Decimal(0), decimals), "f")


def held(value: Decimal, asset: AssetSpec) -> str:
    """An amount of an asset, never more than there is."""
    step = Decimal(1).scaleb(-asset.decimals)
    return format(value.quantize(step, ROUND_DOWN, EXACT), "f")


def told_price(offset: PriceOffset, pair: PairSpec) -> str:
    """A price or a distance, in the way it was asked for."""
    if offset.kind is PriceKind.STATIC:
        return digits(offset.value, pair.price_decimals)
    sign = "-" if offset.value < 0 else "+"
    if offset.kind is PriceKind.PERCENT:
        return f"{sign}{digits(abs(offset.value), 4)}%"
    return f"{sign}{digits(abs(offset.value), pair.price_decimals)}"


def described_prices(record: Record) -> tuple[str, str]:
    """``price`` and ``price2`` of a description."""
    order, pair, request = record.order, record.pair, record.request
    limit = "0"
    if order.limit_price is not None:
        limit = digits(order.limit_price, pair.price_decimals)
    if order.type not in TRIGGERED:
        return limit, "0"
    trails = request is not None and request.type in (
        OrderType.TRAILING_STOP,
        OrderType.TRAILING_STOP_LIMIT,
    )
    if trails and request is not None and request.trigger is not None:
        second = request.limit_offset
        told = told_price(second, pair) if second is not None else limit
        return told_price(request.trigger.price, pair), told
    stop = order.trigger.price if order.trigger is not None else None
    return digits(stop, pair.price_decimals), limit


def description(record: Record) -> str:
    """``buy 1.25000000 XBTUSD @ limit 37500.0``."""
    order, pair = record.order, record.pair
    first, second = described_prices(record)
    volume = digits(order.qty, pair.lot_decimals)
    return f"{order.side.value} {volume} {pair.altname} @ {_how(order.type, first, second)}"


def _how(kind: OrderType, first: str, second: str) -> str:
    if kind is OrderType.MARKET:
        return "market"
    if kind not in _STOPS:
        return f"{kind.value} {first}"
    limit = f" -> limit {second}" if second != "0" else ""
    return f"{_STOPS[kind]} {first}{limit}"


def close_description(close: ConditionalClose | None, pair: PairSpec) -> str:
    """``close position @ stop loss 22000.0 -> limit 21000.0``."""
    if close is None:
        return ""
    limit = "0" if close.limit_price is None else told_price(close.limit_price, pair)
    if close.trigger is None:
        return f"close position @ {_how(close.type, limit, '0')}"
    return f"close position @ {_how(close.type, told_price(close.trigger.price, pair), limit)}"


def order(
    record: Record, *, with_trades: bool = False, as_open: bool = False
) -> dict[str, object]:
    """One order, open or not; ``as_open`` tells it as it was before it ended."""
    told, pair = record.order, record.pair
    first, second = described_prices(record)
    row: dict[str, object] = {"refid": told.parent, "userref": told.user_ref or 0}
    if told.client_id is not None:
        row["cl_ord_id"] = told.client_id
    row |= {
        "status": "open" if as_open else _STATUS[told.status],
        "opentm": seconds(record.opened_ns),
        "starttm": 0,
        "expiretm": 0 if told.expires_at is None else nanos(told.expires_at) // 10**9,
        "descr": {
            "pair": pair.altname,
            "type": told.side.value,
            "ordertype": told.type.value,
            "price": first,
            "price2": second,
            "leverage": "none",
            "order": description(record),
            "close": close_description(told.close, pair),
        },
        "vol": digits(told.qty, pair.lot_decimals),
        "vol_exec": digits(told.filled_qty, pair.lot_decimals),
        "cost": digits(told.filled_cost, pair.cost_decimals),
        "fee": digits(told.fee, _fee_decimals(told.fee_preference, pair)),
        "price": digits(told.average, pair.cost_decimals),
        **_trigger(told, pair),
        "misc": _misc(told, ended=not as_open and not told.is_open),
        "oflags": _flags(told),
    }
    if told.time_in_force is not TimeInForce.GTC:
        row["timeinforce"] = told.time_in_force.value
    if with_trades and record.fills:
        row["trades"] = [fill.exec_id for fill in record.fills]
    if not as_open and record.closed_ns is not None:
        row |= {"reason": told.reason or None, "closetm": seconds(record.closed_ns)}
    return row


def _trigger(told: Order, pair: PairSpec) -> dict[str, object]:
    trigger = told.trigger
    if trigger is None:
        zero = digits(None, pair.cost_decimals)
        return {"stopprice": zero, "limitprice": zero}
    limit = told.limit_price if trigger.is_fired else None
    return {
        "stopprice": digits(trigger.price, pair.cost_decimals),
        "limitprice": digits(limit, pair.cost_decimals),
        "trigger": trigger.reference.value,
    }


def _misc(told: Order, *, ended: bool) -> str:
    words = []
    if told.trigger is not None and told.trigger.is_fired:
        profits = told.type in (OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT)
        words.append("touched" if profits else "stopped")
    if ended and told.filled_qty and told.remaining:
        words.append("partial")
    if told.is_amended:
        words.append("amended")
    return ",".join(words)


def _flags(told: Order) -> str:
    flags = [told.fee_preference.value]
    if told.post_only:
        flags.append("post")
    if told.cash_qty is not None:
        flags.append("viqc")
    return ",".join(flags)


def _fee_decimals(preference: FeePreference, pair: PairSpec) -> int:
    return pair.lot_decimals if preference is FeePreference.BASE else pair.cost_decimals


def trade(record: Record, fill: Fill, ledgers: list[str] | None = None) -> dict[str, object]:
    """One fill."""
    pair, preference = record.pair, record.order.fee_preference
    row: dict[str, object] = {
        "ordertxid": fill.order_id,
        "postxid": "T" + fill.order_id[1:],
        "pair": pair.rest_id,
        "time": seconds(nanos(fill.at)),
        "type": fill.side.value,
        "ordertype": record.order.type.value,
        "price": digits(fill.price, pair.cost_decimals),
        "cost": digits(fill.cost, pair.cost_decimals),
        "fee": digits(fill.fee, _fee_decimals(preference, pair)),
        "vol": digits(fill.qty, pair.lot_decimals),
        "margin": digits(None, pair.cost_decimals),
        "leverage": "0",
        "misc": "",
        "trade_id": fill.trade_id,
        "maker": fill.liquidity is Liquidity.MAKER,
    }
    if ledgers is not None:
        row["ledgers"] = ledgers
    return row


def row_numbers(row: Row, assets: Mapping[str, AssetSpec]) -> tuple[AssetSpec, str, str, str]:
    """The asset, then amount, fee and balance in its digits, which still add up exactly."""
    entry = row.entry
    asset = assets[entry.asset]
    before = EXACT.add(EXACT.subtract(entry.balance, entry.amount), entry.fee)
    fee = digits(entry.fee, asset.decimals)
    balance, old = held(entry.balance, asset), held(before, asset)
    amount = EXACT.add(EXACT.subtract(Decimal(balance), Decimal(old)), Decimal(fee))
    return asset, digits(amount, asset.decimals), fee, balance


def ledger_row(row: Row, assets: Mapping[str, AssetSpec]) -> dict[str, object]:
    """One line of the ledger."""
    asset, amount, fee, balance = row_numbers(row, assets)
    return {
        "refid": row.ref_id,
        "time": seconds(row.at_ns),
        "type": row.kind,
        "subtype": "",
        "aclass": "currency",
        "asset": asset.id,
        "amount": amount,
        "fee": fee,
        "balance": balance,
    }


def change(record: Record, index: int) -> dict[str, object]:
    """One version of an order, as OrderAmends tells it."""
    version, pair = record.changes[index], record.pair
    told = version.order
    row: dict[str, object] = {
        "amend_id": version.amend_id,
        "amend_type": version.kind,
        "order_qty": digits(told.qty, pair.lot_decimals),
        "remaining_qty": digits(told.remaining, pair.lot_decimals),
    }
    if told.display_qty is not None:
        row["display_qty"] = digits(told.display_qty, pair.lot_decimals)
    if told.limit_price is not None:
        row["limit_price"] = digits(told.limit_price, pair.price_decimals)
    if told.trigger is not None:
        row["trigger_price"] = digits(told.trigger.price, pair.price_decimals)
    if version.kind != "original":
        row["reason"] = "User requested"
    return {**row, "post_only": told.post_only, "timestamp": version.at_ns // 10**6}
