"""Files of an account: rows and columns, as CSV or JSON.

Rules: times are UTC; numbers have a dot, no exponent and no groups; the oldest comes first; what
is not known is empty, never 0. A text that a spreadsheet would run as a formula gets an apostrophe
in front; numbers are written as numbers.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from bot.core.trade.account_args import FileForm
from bot.core.trade.moves import Rate, fill_worth
from bot.core.trade.profit import Sale
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT, Fill, Liquidity, Order

Cell = str | Decimal | datetime | None
Row = Mapping[str, Cell]

_DIGITS = 10
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

TRADES = (
    *("time_utc", "pair", "side", "price", "amount", "cost", "fee", "fee_asset"),
    *("value", "value_currency", "liquidity", "order_id", "trade_id", "note"),
)
ORDERS = (
    *("created_utc", "ended_utc", "pair", "side", "type", "price", "trigger", "amount"),
    *("filled", "average", "cost", "status", "reason", "order_id", "client_id"),
)
LEDGER = (
    *("time_utc", "kind", "asset", "amount", "fee", "balance"),
    *("value", "value_currency", "entry_id", "reference"),
)
PNL = ("time_utc", "pair", "asset", "amount", "proceeds", "cost", "gain", "currency", "order_id")
TAX = (
    *("acquired_utc", "disposed_utc", "asset", "amount", "cost_basis", "proceeds", "gain"),
    *("currency", "days_held", "method", "pair", "order_id", "note"),
)

UNKNOWN_COST = "cost unknown"


def trade_rows(
    fills: Iterable[Fill], currency: str, rate: Rate, notes: Mapping[str, str]
) -> list[Row]:
    """One row a fill; ``notes`` are people's own, by the order's id."""
    return [
        {
            "time_utc": fill.at,
            "pair": fill.symbol,
            "side": fill.side.value,
            "price": fill.price,
            "amount": fill.qty,
            "cost": fill.cost,
            "fee": fill.fee,
            "fee_asset": fill.fee_asset,
            "value": fill_worth(fill, rate),
            "value_currency": currency,
            "liquidity": "maker" if fill.liquidity is Liquidity.MAKER else "taker",
            "order_id": fill.order_id,
            "trade_id": fill.exec_id,
            "note": notes.get(fill.order_id, ""),
        }
        for fill in sorted(fills, key=lambda each: each.at)
    ]


def order_rows(orders: Iterable[Order]) -> list[Row]:
    """One row an order, open ones included."""
    return [
        {
            "created_utc": order.created_at,
            "ended_utc": None if order.is_open else order.updated_at,
            "pair": order.symbol,
            "side": order.side.value,
            "type": order.type.value,
            "price": order.limit_price,
            "trigger": order.trigger.price if order.trigger else None,
            "amount": order.qty,
            "filled": order.filled_qty,
            "average": order.average,
            "cost": order.filled_cost,
            "status": order.status.value,
            "reason": order.reason,
            "order_id": order.order_id,
            "client_id": order.client_id or "",
        }
        for order in sorted(orders, key=_came)
    ]


def ledger_rows(
    entries: Iterable[LedgerEntry],
    currency: str,
    value: Callable[[LedgerEntry], Decimal | None],
) -> list[Row]:
    """One row a change of a balance."""
    return [
        {
            "time_utc": entry.at,
            "kind": entry.kind,
            "asset": entry.asset,
            "amount": entry.amount,
            "fee": entry.fee,
            "balance": entry.balance,
            "value": value(entry),
            "value_currency": currency,
            "entry_id": entry.entry_id,
            "reference": entry.reference,
        }
        for entry in sorted(entries, key=lambda each: each.at)
    ]


def profit_rows(sales: Iterable[Sale], currency: str) -> list[Row]:
    """One row a sale of one lot."""
    return [
        {
            "time_utc": sale.at,
            "pair": sale.move.symbol,
            "asset": sale.asset,
            "amount": sale.qty,
            "proceeds": sale.proceeds,
            "cost": sale.cost,
            "gain": sale.gain,
            "currency": currency,
            "order_id": sale.move.group,
        }
        for sale in sales
    ]


def tax_rows(sales: Iterable[Sale], currency: str, method: str) -> list[Row]:
    """One row a lot that was disposed of, with its cost basis."""
    return [
        {
            "acquired_utc": sale.bought_at,
            "disposed_utc": sale.at,
            "asset": sale.asset,
            "amount": sale.qty,
            "cost_basis": sale.cost,
            "proceeds": sale.proceeds,
            "gain": sale.gain,
            "currency": currency,
            "days_held": Decimal((sale.at - sale.bought_at).days) if sale.bought_at else None,
            "method": method,
            "pair": sale.move.symbol,
            "order_id": sale.move.group,
            "note": UNKNOWN_COST if sale.cost is None else "",
        }
        for sale in sales
    ]


def file_of(columns: Sequence[str], rows: Sequence[Row], form: FileForm) -> bytes:
    """The file's bytes."""
    return _json(columns, rows) if form == "json" else _csv(columns, rows)


def safe_text(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA) else text


def _csv(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in columns])
    return out.getvalue().encode()


def _cell(value: Cell) -> str:
    return safe_text(value) if isinstance(value, str) else _plain(value)


def _json(columns: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Numbers are texts, so that no reader makes floats of them."""
    told = [{column: _told(row[column]) for column in columns} for row in rows]
    return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def _told(value: Cell) -> str | None:
    return value if value is None or isinstance(value, str) else _plain(value)


def _plain(value: Decimal | datetime | None) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        # A part of a cost is reckoned with more digits than any price has.
        exponent = value.as_tuple().exponent
        is_reckoned = isinstance(exponent, int) and exponent < -_DIGITS
        return f"{EXACT.normalize(value):f}" if is_reckoned and value else f"{value:f}"
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _came(order: Order) -> str:
    return "" if order.created_at is None else order.created_at.isoformat()
