"""How practice went: a pure function of what is owned, the fills since the start, and prices.

Rules: what was owned at any time is what is owned now with the later fills undone, so money that
was given is no profit; the return counts what is held at the price of now; a drawdown is the
deepest fall from a high before it; buying and holding is what the same money would have made in
one pair without a trade.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from bot.core.trade.equity import EquityPoint, equity
from bot.core.trade.moves import history
from bot.core.trade.profit import Method, Period, account, profit
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT, Fill
from kraken.core.types import Asset, Side

Price = Callable[[Asset, datetime], Decimal | None]

_NONE = Decimal(0)
_PERCENT = Decimal(100)
_PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Performance:
    """The course of an account's worth, and what it comes to."""

    points: Sequence[EquityPoint]
    """Oldest first; at least the start and now."""
    unpriced: tuple[Asset, ...]
    """Owned at some time without a price: not counted."""

    @property
    def start(self) -> Decimal:
        return self.points[0].value

    @property
    def end(self) -> Decimal:
        return self.points[-1].value

    @property
    def gained(self) -> Decimal | None:
        """The return in percent; None where there was nothing to begin with."""
        return change(self.start, self.end)

    @property
    def drawdown(self) -> Decimal:
        """The deepest fall from a high before it, in percent of that high; never negative."""
        peak, deepest = _NONE, _NONE
        for point in self.points:
            peak = max(peak, point.value)
            fall = change(peak, point.value)
            deepest = max(deepest, -fall if fall is not None else _NONE)
        return deepest


@dataclass(frozen=True, slots=True)
class Stats:
    """Everything that ``/paper stats`` shows."""

    since: datetime
    performance: Performance
    trades: int
    """Orders that were filled, in whole or in part."""
    closed: int
    """Orders that sold what was bought before."""
    won: int
    fees: Decimal
    held: Decimal | None
    """What buying and holding made, in percent; None where the price of then is not known."""


def make_stats(
    since: datetime,
    owned: Mapping[Asset, Decimal],
    fills: Sequence[Fill],
    instants: Sequence[datetime],
    price: Price,
    benchmark: Asset,
) -> Stats:
    """``instants`` are the times the course has points at, oldest first; the last one is now."""
    now = instants[-1]
    past = history(fills, (), price)
    accounting = account(past.moves, past.charges, Method.FIFO)
    prices = {asset: price(asset, now) for asset in owned}
    found = profit(accounting, Period(), prices)
    then, today = price(benchmark, since), price(benchmark, now)
    return Stats(
        since=since,
        performance=perform(owned, fills, instants, price),
        trades=len({fill.order_id for fill in fills}),
        closed=found.trades,
        won=found.won,
        fees=found.fees,
        held=change(then, today) if then and today else None,
    )


def perform(
    owned: Mapping[Asset, Decimal],
    fills: Iterable[Fill],
    instants: Sequence[datetime],
    price: Price,
) -> Performance:
    """The worth at each instant, given what is owned after the last one."""
    entries = [entry for fill in fills for entry in _entries(fill)]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    found = equity(owned, entries, instants[::-1], price)
    return Performance(found.points, found.unpriced)


def change(before: Decimal, after: Decimal) -> Decimal | None:
    """In percent; None from nothing."""
    if not before:
        return None
    difference = EXACT.multiply(EXACT.subtract(after, before), _PERCENT)
    return EXACT.divide(difference, before).quantize(_PLACES, ROUND_HALF_EVEN, EXACT)


def _entries(fill: Fill) -> list[LedgerEntry]:
    """What a fill did to the balances."""
    base, _, quote = fill.symbol.partition("/")
    sign = 1 if fill.side is Side.BUY else -1
    changes = (
        (Asset(base), fill.qty * sign, _NONE),
        (Asset(quote), -fill.cost * sign, _NONE),
        (fill.fee_asset, _NONE, fill.fee),
    )
    return [
        LedgerEntry(
            entry_id=f"{fill.exec_id}-{number}",
            kind="trade",
            asset=asset,
            amount=amount,
            fee=fee,
            balance=_NONE,
            at=fill.at,
            reference=fill.exec_id,
        )
        for number, (asset, amount, fee) in enumerate(changes)
    ]
