"""From what an exchange tells of an account to moves with a worth in one currency.

Rules: currencies and the coins that stand for one are cash: they have no lots and count at the
day's rate. A trade between two other assets sells one and buys the other at the same worth. What
Kraken's app calls buying and converting are two ledger entries with one reference, and a trade.
What moves between the parts of one account (trading and earning) is no move at all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.trade.profit import Charge, Move, Why
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT, Fill
from kraken.core.types import Asset, Side

CASH = frozenset(
    {
        *("USD", "EUR", "GBP", "CHF", "CAD", "JPY", "AUD"),
        *("USDT", "USDC", "DAI", "PYUSD", "USDG", "RLUSD", "TUSD", "FDUSD", "EURT", "EURC"),
    }
)
"""Counted at the rate of the day, without lots."""

Rate = Callable[[Asset, datetime], Decimal | None]
"""What one unit was worth in the currency at that time; None where that is not known."""

_SWAPS = frozenset({"spend", "receive", "conversion", "sale"})
_INSIDE = frozenset({"trade", "transfer", "settled", "rollover", "margin"})
"""Kinds that fills tell already, that stay inside the account, or that spot does not have."""


@dataclass(frozen=True, slots=True)
class History:
    """All moves and fees of one account, in one currency."""

    moves: Sequence[Move]
    charges: Sequence[Charge]


def plain_asset(asset: str) -> Asset:
    """``DOT28.S`` and ``BTC.F`` are DOT and BTC that earn."""
    name, dot, _ = asset.partition(".")
    # The digits are days of bonding; C98 and 1INCH are names.
    plain = name.rstrip("0123456789")
    return Asset(plain if dot and len(plain) > 1 else name)


def is_earning(asset: str) -> bool:
    """Staked, bonded or otherwise lent: not for trading now."""
    return "." in asset


def is_cash(asset: str) -> bool:
    return plain_asset(asset) in CASH


def history(
    fills: Iterable[Fill],
    entries: Sequence[LedgerEntry],
    rate: Rate,
    costs: Mapping[str, Decimal] | None = None,
) -> History:
    """All moves; ``costs`` are what a person said that entries cost, by their id."""
    moves: list[Move] = []
    charges: list[Charge] = []
    for fill in fills:
        moves += _moves_of(fill, rate)
        charges.append(Charge(fill.at, fee_worth(fill, rate), fill.symbol))
    moves += _swaps(entries, rate)
    moves += _others(entries, costs or {})
    return History(moves, charges)


def fill_worth(fill: Fill, rate: Rate) -> Decimal | None:
    """What was paid or received, in the currency."""
    return _worth(_quote(fill), fill.cost, fill.at, rate)


def fee_worth(fill: Fill, rate: Rate) -> Decimal | None:
    """The fee in the currency; one in base counts at the price of the fill."""
    if fill.fee and fill.fee_asset == _base(fill) and fill.fee_asset != _quote(fill):
        return _worth(_quote(fill), EXACT.multiply(fill.fee, fill.price), fill.at, rate)
    return _worth(fill.fee_asset, fill.fee, fill.at, rate)


def _moves_of(fill: Fill, rate: Rate) -> list[Move]:
    value, sign = fill_worth(fill, rate), 1 if fill.side is Side.BUY else -1
    legs: list[tuple[Asset, Decimal, Decimal | None, Why]] = [
        (_base(fill), fill.qty * sign, value, Why.TRADE),
        (_quote(fill), -fill.cost * sign, value, Why.TRADE),
        (fill.fee_asset, -fill.fee, fee_worth(fill, rate), Why.FEE),
    ]
    return [
        Move(fill.at, asset, qty, worth, fill.exec_id, why, fill.symbol, fill.order_id)
        for asset, qty, worth, why in legs
        if qty and asset and asset not in CASH
    ]


def _swaps(entries: Iterable[LedgerEntry], rate: Rate) -> list[Move]:
    """Both sides of what was converted: worth what the cash side says, if one is cash."""
    found: dict[str, list[LedgerEntry]] = {}
    for entry in entries:
        if entry.kind in _SWAPS:
            found.setdefault(entry.reference, []).append(entry)
    moves: list[Move] = []
    for sides in found.values():
        value = _swap_worth(sides, rate)
        for entry in sides:
            asset, qty = plain_asset(entry.asset), EXACT.subtract(entry.amount, entry.fee)
            if asset not in CASH and qty:
                moves.append(Move(entry.at, asset, qty, value, entry.entry_id))
    return moves


def _swap_worth(sides: Sequence[LedgerEntry], rate: Rate) -> Decimal | None:
    cash = [entry for entry in sides if is_cash(entry.asset)]
    for entry in cash or sides:
        worth = _worth(plain_asset(entry.asset), abs(entry.amount), entry.at, rate)
        if worth is not None:
            return worth
    return None


def _others(entries: Iterable[LedgerEntry], costs: Mapping[str, Decimal]) -> list[Move]:
    """Deposits, withdrawals, rewards: what came in has no known cost unless somebody said it."""
    moves: list[Move] = []
    for entry in entries:
        asset, qty = plain_asset(entry.asset), EXACT.subtract(entry.amount, entry.fee)
        if entry.kind in _SWAPS | _INSIDE or asset in CASH or not qty:
            continue
        cost = costs.get(entry.entry_id) if qty > 0 else None
        moves.append(Move(entry.at, asset, qty, cost, entry.entry_id, Why.OTHER))
    return moves


def _base(fill: Fill) -> Asset:
    return Asset(fill.symbol.partition("/")[0])


def _quote(fill: Fill) -> Asset:
    return Asset(fill.symbol.partition("/")[2])


def _worth(asset: Asset, amount: Decimal, at: datetime, rate: Rate) -> Decimal | None:
    if not amount:
        return Decimal(0)
    found = rate(asset, at)
    return None if found is None else EXACT.multiply(amount, found)
