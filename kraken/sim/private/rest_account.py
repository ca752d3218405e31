"""Account endpoints of REST: balances, orders, trades, ledger, fees.

Each function takes who asks and the fields of the body, and returns what stands under ``result``.
Docs: https://docs.kraken.com/api/docs/rest-api/get-account-balance and its neighbours.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from kraken.core.types import ExecId, OrderId
from kraken.sim.listing import AssetSpec, FeeTable, PairSpec, find_asset
from kraken.sim.private import shapes
from kraken.sim.private.accounts import Account, Record, Row, seconds, tier_of
from kraken.sim.private.arguments import Fields, flag, number, text, whole, wrong
from kraken.sim.private.overlay import price_of
from kraken.sim.private.refusals import UNKNOWN_ORDER
from kraken.sim.venue import Venue
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.rest_public import UNKNOWN_PAIR

PAGE = 50
_MICROS = 1_000_000
MOST_ORDERS = 50
MOST_ROWS = 20
_DOLLARS = 4

Thing = TypeVar("Thing")


@dataclass(slots=True)
class Asking:
    """Who asks, where, and how far REST is behind with what ended."""

    account: Account
    venue: Venue
    now_ns: int
    lag_ns: int = 0

    def is_late(self, record: Record) -> bool:
        """It ended, but the history does not know yet."""
        return record.closed_ns is not None and record.closed_ns + self.lag_ns > self.now_ns


def balance(asking: Asking, fields: Fields) -> object:
    """Totals, holds included."""
    return {asset.id: shapes.held(total, asset) for asset, total, _ in _balances(asking)}


def balance_ex(asking: Asking, fields: Fields) -> object:
    """Totals and what open orders hold."""
    return {
        asset.id: {
            "balance": shapes.held(total, asset),
            "hold_trade": shapes.digits(hold, asset.decimals),
        }
        for asset, total, hold in _balances(asking)
    }


def _balances(asking: Asking) -> list[tuple[AssetSpec, Decimal, Decimal]]:
    found = asking.account.ledger.balances().items()
    assets = asking.venue.asset_by_name
    rows = [(assets[name], each.total, each.held) for name, each in found]
    return sorted(rows, key=lambda row: row[0].id)


def trade_balance(asking: Asking, fields: Fields) -> object:
    """Everything in one currency; there is no margin, so most of it is zero."""
    wanted = find_asset(text(fields, "asset") or "ZUSD", asking.venue.assets)
    if wanted is None:
        raise ApiError("EQuery:Unknown asset")
    whole = free = Decimal(0)
    for asset, total, hold in _balances(asking):
        rate = _rate(asking.venue, asset.name, wanted.name)
        whole += total * rate
        free += (total - hold) * rate
    zero = shapes.digits(None, _DOLLARS)
    equity = shapes.digits(whole, _DOLLARS)
    return {
        "eb": equity,
        "tb": equity,
        "m": zero,
        "uv": zero,
        "n": zero,
        "c": zero,
        "v": zero,
        "e": equity,
        "mf": shapes.digits(free, _DOLLARS),
    }


def _rate(venue: Venue, asset: str, currency: str) -> Decimal:
    """What one unit is worth, directly or by way of dollars; 0 if nobody knows."""
    if asset == currency:
        return Decimal(1)
    for symbol, is_turned in ((f"{asset}/{currency}", False), (f"{currency}/{asset}", True)):
        pair = venue.pairs.get(symbol)
        if pair is not None:
            price = price_of(pair, venue.market.last_trades(symbol, 1)[-1].ticks)
            return 1 / price if is_turned else price
    if "USD" in (asset, currency):
        return Decimal(0)
    return _rate(venue, asset, "USD") * _rate(venue, "USD", currency)


# -- orders -----------------------------------------------------------------------------------


def open_orders(asking: Asking, fields: Fields) -> object:
    """All open orders."""
    with_trades = flag(fields, "trades")
    found = _named(asking.account.open_records(), fields)
    return {
        "open": {
            record.order.order_id: shapes.order(record, with_trades=with_trades)
            for record in reversed(found)
        }
    }


def _named(records: Iterable[Record], fields: Fields) -> list[Record]:
    ref, client_id = text(fields, "userref"), text(fields, "cl_ord_id")
    return [
        record
        for record in records
        if (not ref or str(record.order.user_ref or 0) == ref)
        and (not client_id or record.order.client_id == client_id)
    ]


def closed_orders(asking: Asking, fields: Fields) -> object:
    """What ended, newest first, in pages."""
    by = text(fields, "closetime") or "both"
    if by not in ("open", "close", "both"):
        raise wrong("closetime")
    ended = [
        record
        for record in asking.account.records.values()
        if record.closed_ns is not None and not asking.is_late(record)
    ]

    def when(record: Record) -> int:
        return record.opened_ns if by == "open" else record.closed_ns or 0

    found = _within(asking, fields, _named(ended, fields), when)
    found.sort(key=when, reverse=True)
    with_trades = flag(fields, "trades")
    page = {
        record.order.order_id: shapes.order(record, with_trades=with_trades)
        for record in _page(fields, found)
    }
    return _counted(fields, {"closed": page}, len(found))


def query_orders(asking: Asking, fields: Fields) -> object:
    """Orders by name, open or not."""
    with_trades = flag(fields, "trades")
    told: dict[str, object] = {}
    for name in _names(fields, "txid", MOST_ORDERS):
        record = asking.account.records.get(OrderId(name))
        if record is None:
            raise ApiError("EOrder:Invalid order")
        is_late = asking.is_late(record)
        told[name] = shapes.order(record, with_trades=with_trades, as_open=is_late)
    return told


def order_amends(asking: Asking, fields: Fields) -> object:
    """Every version of one order."""
    record = asking.account.records.get(OrderId(text(fields, "order_id")))
    if record is None:
        raise ApiError(UNKNOWN_ORDER)
    versions = [shapes.change(record, index) for index in range(len(record.changes))]
    return {"count": len(versions), "amends": versions}


# -- trades and ledger ------------------------------------------------------------------------


def trades_history(asking: Asking, fields: Fields) -> object:
    """Fills, newest first, in pages."""
    kind = text(fields, "type") or "all"
    kinds = ("all", "any position", "closed position", "closing position", "no position")
    if kind not in kinds:
        raise wrong("type")
    account = asking.account
    found: list[tuple[Record, ExecId, int]] = []
    if kind in ("all", "no position"):
        for fill in account.fills.values():
            rows = account.fill_rows[fill.exec_id]
            if rows[0].at_ns + asking.lag_ns <= asking.now_ns:
                found.append((account.records[fill.order_id], fill.exec_id, rows[0].at_ns))
    found = _within(asking, fields, found, lambda each: each[2])
    found.sort(key=lambda each: each[2], reverse=True)
    with_rows = flag(fields, "ledgers")
    page = {
        name: _trade(account, record, name, with_rows=with_rows)
        for record, name, _ in _page(fields, found)
    }
    return _counted(fields, {"trades": page}, len(found))


def _trade(account: Account, record: Record, name: ExecId, *, with_rows: bool) -> object:
    rows = [row.ledger_id for row in account.fill_rows[name]] if with_rows else None
    return shapes.trade(record, account.fills[name], rows)


def query_trades(asking: Asking, fields: Fields) -> object:
    """Fills by name."""
    account = asking.account
    told: dict[str, object] = {}
    for name in _names(fields, "txid", MOST_ROWS):
        fill = account.fills.get(ExecId(name))
        if fill is None:
            raise ApiError("EQuery:Unknown trade")
        record = account.records[fill.order_id]
        told[name] = _trade(account, record, fill.exec_id, with_rows=True)
    return told


def open_positions(asking: Asking, fields: Fields) -> object:
    """There is no margin."""
    return {}


def ledgers(asking: Asking, fields: Fields) -> object:
    """Lines of the ledger, newest first, in pages."""
    kind = text(fields, "type") or "all"
    names = [name for name in text(fields, "asset").split(",") if name and name != "all"]
    wanted = {asset.name for name in names if (asset := find_asset(name, asking.venue.assets))}
    if names and not wanted:
        raise ApiError("EQuery:Unknown asset")
    found = [
        row
        for row in asking.account.rows.values()
        if kind in ("all", row.kind) and (not wanted or row.entry.asset in wanted)
    ]
    found = _within(asking, fields, found, _row_time)
    found.sort(key=_row_time, reverse=True)
    page = {
        row.ledger_id: shapes.ledger_row(row, asking.venue.asset_by_name)
        for row in _page(fields, found)
    }
    return _counted(fields, {"ledger": page}, len(found))


def _row_time(row: Row) -> int:
    return row.at_ns


def query_ledgers(asking: Asking, fields: Fields) -> object:
    """Lines of the ledger by name."""
    told: dict[str, object] = {}
    for name in _names(fields, "id", MOST_ROWS):
        row = asking.account.rows.get(name)
        if row is None:
            raise ApiError("EQuery:Unknown ledger")
        told[name] = shapes.ledger_row(row, asking.venue.asset_by_name)
    return told


# -- pages ------------------------------------------------------------------------------------


def _names(fields: Fields, field: str, most: int) -> list[str]:
    names = [name.strip() for name in text(fields, field).split(",") if name.strip()]
    if not names or len(names) > most:
        raise wrong(field)
    return names


def _bound(asking: Asking, fields: Fields, field: str) -> int | None:
    """A time in Unix seconds, or the name of something that has one; in microseconds."""
    told = text(fields, field)
    if not told:
        return None
    account = asking.account
    record = account.records.get(OrderId(told))
    if record is not None:
        return _told_micros(record.closed_ns or record.opened_ns)
    if ExecId(told) in account.fill_rows:
        return _told_micros(account.fill_rows[ExecId(told)][0].at_ns)
    if told in account.rows:
        return _told_micros(account.rows[told].at_ns)
    return int(number(told, field) * _MICROS)


def _told_micros(ns: int) -> int:
    """Who asks from the time that we told on must not meet the same thing again."""
    return round(seconds(ns) * _MICROS)


def _within(
    asking: Asking, fields: Fields, found: list[Thing], when: Callable[[Thing], int]
) -> list[Thing]:
    """The newest first; ``start`` is exclusive, ``end`` inclusive."""
    start, end = _bound(asking, fields, "start"), _bound(asking, fields, "end")
    return [
        each
        for each in reversed(found)
        if (start is None or _told_micros(when(each)) > start)
        and (end is None or _told_micros(when(each)) <= end)
    ]


def _page(fields: Fields, found: list[Thing]) -> list[Thing]:
    start = whole(text(fields, "ofs") or "0", "ofs")
    return found[start : start + PAGE]


def _counted(fields: Fields, told: dict[str, object], count: int) -> object:
    return told if flag(fields, "without_count") else {**told, "count": count}


# -- fees -------------------------------------------------------------------------------------


def trade_volume(asking: Asking, fields: Fields) -> object:
    """30-day volume, and what that makes of the fees of some pairs."""
    volume = asking.account.volume
    told: dict[str, object] = {"currency": "ZUSD", "volume": shapes.digits(volume, 4)}
    pairs = _pairs(asking.venue, fields)
    if not pairs:
        return {**told, "fees": None, "fees_maker": None}
    return {
        **told,
        "fees": {pair.rest_id: _tier(pair.fees, volume) for pair in pairs},
        "fees_maker": {pair.rest_id: _tier(pair.fees_maker, volume) for pair in pairs},
    }


def _pairs(venue: Venue, fields: Fields) -> list[PairSpec]:
    asked = fields.get("pair")
    names = asked if isinstance(asked, list) else text(fields, "pair").split(",")
    found = []
    for each in names:
        name = str(each.get("asset", "")) if isinstance(each, Mapping) else str(each)
        if not name:
            continue
        pair = venue.find(name)
        if pair is None:
            raise ApiError(UNKNOWN_PAIR)
        found.append(pair)
    return found


def _tier(table: FeeTable, volume: Decimal) -> dict[str, object]:
    index = tier_of(table, volume)
    following = table[index + 1] if index + 1 < len(table) else None
    return {
        "fee": _percent(table[index][1]),
        "minfee": _percent(table[-1][1]),
        "maxfee": _percent(table[0][1]),
        "nextfee": None if following is None else _percent(following[1]),
        "tiervolume": shapes.digits(Decimal(table[index][0]), 4),
        "nextvolume": None if following is None else shapes.digits(Decimal(following[0]), 4),
    }


def _percent(value: float) -> str:
    return shapes.digits(Decimal(str(value)), 4)


READS: Mapping[str, Callable[[Asking, Fields], object]] = {
    "Balance": balance,
    "BalanceEx": balance_ex,
    "TradeBalance": trade_balance,
    "OpenOrders": open_orders,
    "ClosedOrders": closed_orders,
    "QueryOrders": query_orders,
    "OrderAmends": order_amends,
    "TradesHistory": trades_history,
    "QueryTrades": query_trades,
    "OpenPositions": open_positions,
    "Ledgers": ledgers,
    "QueryLedgers": query_ledgers,
    "TradeVolume": trade_volume,
}
