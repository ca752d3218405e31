"""What an account was worth on each of the last days: balances undone entry by entry.

Rules: the balance before an entry is the one after it without what it changed. Nothing is
invented: days before the first entry that is known are left out, and an asset that had no price on
a day is named instead of counted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.trade.moves import plain_asset
from bot.core.trade.profit import worth
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT
from kraken.core.types import Asset

Price = Callable[[Asset, datetime], Decimal | None]


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """What everything with a price was worth at one time."""

    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class Equity:
    """The course of an account's worth, oldest first."""

    points: Sequence[EquityPoint]
    unpriced: tuple[Asset, ...]
    """Owned on some day without a price: not in the line."""


def balances_at(
    balances: Mapping[Asset, Decimal],
    entries: Sequence[LedgerEntry],
    instants: Sequence[datetime],
) -> list[dict[Asset, Decimal]]:
    """What was owned at each instant, going back; ``entries`` and ``instants`` newest first."""
    owned = dict(balances)
    found: list[dict[Asset, Decimal]] = []
    undone = 0
    for instant in instants:
        while undone < len(entries) and entries[undone].at > instant:
            entry = entries[undone]
            changed = EXACT.subtract(entry.amount, entry.fee)
            owned[entry.asset] = EXACT.subtract(owned.get(entry.asset, Decimal(0)), changed)
            undone += 1
        found.append(dict(owned))
    return found


def equity(
    balances: Mapping[Asset, Decimal],
    entries: Sequence[LedgerEntry],
    instants: Sequence[datetime],
    price: Price,
) -> Equity:
    """The worth at each instant (newest first), as far as prices are known."""
    points: list[EquityPoint] = []
    unpriced: set[Asset] = set()
    past = balances_at(balances, entries, instants)
    for at, owned in zip(instants, past, strict=True):
        total = Decimal(0)
        for asset, amount in owned.items():
            if not amount:
                continue
            found = price(plain_asset(asset), at)
            if found is None:
                unpriced.add(plain_asset(asset))
            else:
                total = EXACT.add(total, worth(amount, found))
        points.append(EquityPoint(at, total))
    return Equity(points[::-1], tuple(sorted(unpriced)))
