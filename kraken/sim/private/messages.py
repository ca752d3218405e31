"""Executions and balances as WebSocket v2 writes them: key order, digits, deprecated twins.

Only the first report of an order carries its terms; later ones say what changed
(docs: https://docs.kraken.com/api/docs/websocket-v2/executions and .../balances).
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from kraken.core.ledger.words import (
    Accepted,
    Amended,
    Canceled,
    Completed,
    Expired,
    Filled,
    Opened,
    Refilled,
    Trailed,
    Triggered,
)
from kraken.core.trading import (
    TRAILING,
    ConditionalClose,
    FeePreference,
    Fill,
    Order,
    PriceKind,
    PriceOffset,
    TriggerState,
)
from kraken.sim.listing import AssetSpec, PairSpec
from kraken.sim.numbers import micros_stamp
from kraken.sim.private import shapes
from kraken.sim.private.accounts import Account, Happened, Record, Row
from kraken.sim.private.instants import nanos

Report = dict[str, Any]

_USD_DIGITS = 4


class Raw(str):
    """A number with its digits: written as it is."""

    __slots__ = ()


def write(value: Any) -> str:
    """JSON in which numbers keep their zeros."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f'"{name}":{write(each)}' for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def message(channel: str, kind: str, rows: list[Report], sequence: int) -> str:
    """One message of a private channel."""
    whole = {"channel": channel, "type": kind, "data": rows, "sequence": sequence}
    return write(whole)


def _qty(value: Decimal | None, pair: PairSpec) -> Raw:
    return Raw(shapes.digits(value, pair.lot_decimals))


def _price(value: Decimal | None, pair: PairSpec) -> Raw:
    return Raw(shapes.digits(value, pair.price_decimals))


def _cost(value: Decimal | None, pair: PairSpec) -> Raw:
    return Raw(shapes.digits(value, pair.cost_decimals))


def _dollar_digits(worth: Decimal, pair: PairSpec) -> Raw:
    """What was paid in dollars has the pair's digits; what is only worth dollars has theirs."""
    return _cost(worth, pair) if pair.quote == "USD" else Raw(shapes.digits(worth, _USD_DIGITS))


def _names(order: Order) -> Report:
    if order.client_id is not None:
        return {"cl_ord_id": order.client_id}
    return {"order_userref": order.user_ref or 0}


def _so_far(order: Order, pair: PairSpec, fee: Decimal) -> Report:
    return {
        "cum_qty": _qty(order.filled_qty, pair),
        "cum_cost": _cost(order.filled_cost, pair),
        "fee_usd_equiv": _dollar_digits(fee, pair),
        "avg_price": _price(order.average, pair),
    }


# -- terms ------------------------------------------------------------------------------------


def terms(record: Record, exec_type: str, fee: Decimal, at_ns: int) -> Report:
    """A report with everything that an order was asked for."""
    order, pair = record.order, record.pair
    report: Report = {
        "order_id": order.order_id,
        "symbol": order.symbol,
        "order_qty": _qty(order.qty, pair),
    }
    if order.filled_qty:
        report |= {
            "cum_qty": _qty(order.filled_qty, pair),
            "avg_price": _price(order.average, pair),
        }
    report |= {
        "cum_cost": _cost(order.filled_cost, pair),
        "time_in_force": order.time_in_force.value,
        "exec_type": exec_type,
        "side": order.side.value,
        "order_type": order.type.value,
        **_names(order),
        **({} if order.limit_price is None else {"limit_price_type": "static"}),
        **_prices(record),
        **_options(order, pair),
        "order_status": order.status.value,
        "fee_usd_equiv": _dollar_digits(fee, pair),
        "fee_ccy_pref": order.fee_preference.value,
        "timestamp": micros_stamp(at_ns),
    }
    return report


def _prices(record: Record) -> Report:
    order, pair = record.order, record.pair
    limit = {} if order.limit_price is None else {"limit_price": _price(order.limit_price, pair)}
    if order.trigger is None:
        return {**limit, "stop_price": _price(None, pair)}
    return {
        "triggers": _triggers(record, order.trigger),
        "stop_price": _price(order.trigger.price, pair),
        **limit,
        "trigger": order.trigger.reference.value,
    }


def _triggers(record: Record, state: TriggerState) -> Report:
    pair, request = record.pair, record.request
    asked = PriceOffset(state.price)
    if request is not None and request.trigger is not None and not record.order.is_amended:
        asked = request.trigger.price
    told: Report = {
        "price": _offset(asked, pair),
        "price_type": asked.kind.value,
        "reference": state.reference.value,
        "status": "triggered" if state.is_fired else "untriggered",
    }
    if asked.kind is not PriceKind.STATIC or record.order.type in TRAILING:
        told["actual_price"] = _price(state.price, pair)
    if state.peak is not None:
        told["peak_price"] = _price(state.peak, pair)
    if state.fired_by is not None and state.fired_at is not None:
        told["last_price"] = _price(state.fired_by, pair)
        told["timestamp"] = micros_stamp(nanos(state.fired_at))
    return told


def _offset(offset: PriceOffset, pair: PairSpec) -> Raw:
    decimals = 4 if offset.kind is PriceKind.PERCENT else pair.price_decimals
    return Raw(shapes.digits(offset.value, decimals))


def _options(order: Order, pair: PairSpec) -> Report:
    """What only some orders have; flags appear only where they are true."""
    told: Report = {}
    if order.display_qty is not None:
        told["display_qty"] = _qty(order.display_qty, pair)
        told["display_qty_remain"] = _qty(order.display_remaining or order.display_qty, pair)
    if order.cash_qty is not None:
        told["cash_order_qty"] = _cost(order.cash_qty, pair)
    if order.expires_at is not None:
        told["expire_time"] = micros_stamp(nanos(order.expires_at))
    flags = {
        "post_only": order.post_only,
        "reduce_only": order.reduce_only,
        "amended": order.is_amended,
    }
    told |= {name: True for name, is_set in flags.items() if is_set}
    if order.parent is not None:
        told["ord_ref_id"] = order.parent
    if order.close is not None:
        told["contingent"] = _contingent(order.close, pair)
    return told


def _contingent(close: ConditionalClose, pair: PairSpec) -> Report:
    told: Report = {"order_type": close.type.value}
    if close.trigger is not None:
        told["trigger_price"] = _offset(close.trigger.price, pair)
        told["trigger_price_type"] = close.trigger.price.kind.value
    if close.limit_price is not None:
        told["limit_price"] = _offset(close.limit_price, pair)
        told["limit_price_type"] = close.limit_price.kind.value
    return told


# -- reports ----------------------------------------------------------------------------------


def report(happened: Happened, rate: Decimal, *, is_first: bool = False) -> Report:
    """What a subscriber of executions is told; ``rate`` is the quote asset in US dollars."""
    event, record, at_ns = happened.event, happened.record, happened.at_ns
    order, pair = event.order, record.pair
    fee = _dollars(order, rate)
    if isinstance(event, Accepted):
        return terms(record, "pending_new", fee, at_ns)
    if isinstance(event, Opened) and is_first:
        return terms(record, "new", fee, at_ns)
    if isinstance(event, Filled):
        return _trade(order, pair, event.fill, rate, order.status.value) | _so_far(
            order, pair, fee
        )
    told = {"timestamp": micros_stamp(at_ns), **_changed(happened, fee), **_names(order)}
    if isinstance(event, Canceled):
        told |= {"cancel_reason": event.reason.value, "reason": event.reason.value}
    return {**told, "order_id": order.order_id}


def _changed(happened: Happened, fee: Decimal) -> Report:
    """What a report without terms says."""
    event, record = happened.event, happened.record
    order, pair = event.order, record.pair
    status: Report = {"order_status": order.status.value}
    if isinstance(event, Opened):
        return {**status, "exec_type": "new"}
    if isinstance(event, Amended):
        return _amended(record, order)
    if isinstance(event, Refilled):
        shown = {"display_qty_remain": _qty(order.display_remaining, pair)}
        return {**status, "exec_type": "iceberg_refill", **shown}
    if isinstance(event, Trailed | Triggered):
        return {**status, "exec_type": "status", **_prices(record)}
    ending = {Completed: "filled", Expired: "expired"}.get(type(event), "canceled")
    return {**status, "exec_type": ending, **_so_far(order, pair, fee)}


def _amended(record: Record, order: Order) -> Report:
    pair = record.pair
    told: Report = {
        "exec_type": "amended",
        "order_status": order.status.value,
        "cum_qty": _qty(order.filled_qty, pair),
        "reason": "User requested",
        "amended": True,
        "order_qty": _qty(order.qty, pair),
    }
    if order.limit_price is not None:
        told["limit_price"] = _price(order.limit_price, pair)
        told["limit_price_type"] = "static"
    if order.display_qty is not None:
        told["display_qty"] = _qty(order.display_qty, pair)
    if order.trigger is not None:
        told["triggers"] = _triggers(record, order.trigger)
    return told


def _dollars(order: Order, rate: Decimal) -> Decimal:
    """The fee so far in US dollars; one that was paid in base is worth its average price."""
    fee = order.fee * rate
    if order.fee_preference is FeePreference.BASE:
        return fee * (order.average or Decimal(0))
    return fee


def _trade(order: Order, pair: PairSpec, fill: Fill, rate: Decimal, status: str) -> Report:
    in_base = order.fee_preference is FeePreference.BASE
    fee = _qty(fill.fee, pair) if in_base else _cost(fill.fee, pair)
    worth = fill.fee * rate * (fill.price if in_base else 1)
    return {
        "order_id": order.order_id,
        **_names(order),
        "exec_id": fill.exec_id,
        "exec_type": "trade",
        "trade_id": fill.trade_id,
        "symbol": fill.symbol,
        "side": fill.side.value,
        "last_qty": _qty(fill.qty, pair),
        "last_price": _price(fill.price, pair),
        "liquidity_ind": fill.liquidity.value,
        "cost": _cost(fill.cost, pair),
        "order_status": status,
        "order_type": order.type.value,
        "timestamp": micros_stamp(nanos(fill.at)),
        "fee_usd_equiv": _dollar_digits(worth, pair),
        "fees": [{"asset": fill.fee_asset, "qty": fee}],
    }


def open_order(record: Record, rate: Decimal) -> Report:
    """An open order in a snapshot."""
    updated = record.order.updated_at
    at_ns = record.opened_ns if updated is None else nanos(updated)
    return terms(record, "new", _dollars(record.order, rate), at_ns)


def past_trade(record: Record, fill: Fill, rate: Decimal) -> Report:
    """A fill in a snapshot, whose order is called filled."""
    return _trade(record.order, record.pair, fill, rate, "filled")


# -- balances ---------------------------------------------------------------------------------


def balances(account: Account, assets: dict[str, AssetSpec]) -> list[Report]:
    """Totals, holds included, in the digits of each asset."""
    rows = []
    for name, each in sorted(account.ledger.balances().items()):
        total = Raw(shapes.held(each.total, assets[name]))
        wallet = {"type": "spot", "id": "main", "balance": total}
        row = {"asset": name, "asset_class": "currency", "wallets": [wallet], "balance": total}
        rows.append(row)
    return rows


def balance_row(row: Row, assets: Mapping[str, AssetSpec]) -> Report:
    """One line of the ledger."""
    asset, amount, fee, balance = shapes.row_numbers(row, assets)
    return {
        "ledger_id": row.ledger_id,
        "ref_id": row.ref_id,
        "timestamp": micros_stamp(row.at_ns),
        "type": row.kind,
        "asset": asset.name,
        "asset_class": "currency",
        "category": row.kind,
        "wallet_type": "spot",
        "wallet_id": "main",
        "amount": Raw(amount),
        "fee": Raw(fee),
        "balance": Raw(balance),
    }
