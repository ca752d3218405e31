"""What trading earned: lots, their cost by FIFO or average, what is realised and what is not.

Rules: a :class:`Move` is one change of what an account owns of one asset, with its worth in one
currency at that time. Money that is deposited is no profit. A lot whose cost is not known stays
one: what is sold of it is named and counted nowhere, never taken for free. Fees are kept apart
from costs and proceeds, so ``net = realised - fees + unrealised``. Sums are exact: a part of a
cost has at most 18 digits after the point, and what is left keeps the remainder.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from kraken.core.trading import EXACT
from kraken.core.types import Asset

_PART = Decimal(1).scaleb(-18)
_NONE = Decimal(0)


class Method(StrEnum):
    """Which lot is sold first."""

    FIFO = "fifo"
    """The oldest one."""
    AVERAGE = "avg"
    """A part of all, at their average cost."""


class Why(StrEnum):
    """What a move was; only the first two realise anything."""

    TRADE = "trade"
    FEE = "fee"
    OTHER = "other"
    """A deposit, a withdrawal, a reward: nothing was bought or sold."""


@dataclass(frozen=True, slots=True)
class Move:
    """One change of what is owned of one asset."""

    at: datetime
    asset: Asset
    qty: Decimal
    """What came in, or went out if negative."""
    value: Decimal | None
    """Worth of the whole, never negative: cost of what came, proceeds of what went."""
    reference: str
    """The exchange's name of the fill or of the ledger entry."""
    why: Why = Why.TRADE
    symbol: str = ""
    group: str = ""
    """The order, so that its fills count as one trade."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One fee."""

    at: datetime
    value: Decimal | None
    symbol: str = ""


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of one acquisition; with averages, of all whose cost is known."""

    asset: Asset
    qty: Decimal
    cost: Decimal | None
    at: datetime
    reference: str


@dataclass(frozen=True, slots=True)
class Sale:
    """A part of one lot that was sold, or paid as a fee."""

    at: datetime
    asset: Asset
    qty: Decimal
    proceeds: Decimal | None
    cost: Decimal | None
    bought_at: datetime | None
    """None: more was sold than is known to have been bought."""
    move: Move

    @property
    def gain(self) -> Decimal | None:
        """Before fees; None where one side is not known."""
        if self.proceeds is None or self.cost is None:
            return None
        return EXACT.subtract(self.proceeds, self.cost)


class Lots:
    """All lots of one account, moved along in the order of time."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._lots: dict[Asset, list[Lot]] = {}

    def of(self, asset: Asset) -> Sequence[Lot]:
        """The lots of one asset, the oldest first."""
        return tuple(self._lots.get(asset, ()))

    def all(self) -> list[Lot]:
        """Every lot."""
        return [lot for lots in self._lots.values() for lot in lots]

    def apply(self, move: Move) -> list[Sale]:
        """Take the move in; the sales it made, none for what came in or was only withdrawn."""
        if move.qty >= 0:
            self._add(move)
            return []
        sales = self._take(move)
        return [] if move.why is Why.OTHER else sales

    def _add(self, move: Move) -> None:
        if not move.qty:
            return
        lots = self._lots.setdefault(move.asset, [])
        lot = Lot(move.asset, move.qty, move.value, move.at, move.reference)
        known = next((i for i, each in enumerate(lots) if each.cost is not None), None)
        if self._method is Method.FIFO or move.value is None or known is None:
            lots.append(lot)
            return
        pool = lots[known]
        assert pool.cost is not None
        lots[known] = replace(
            pool, qty=EXACT.add(pool.qty, move.qty), cost=EXACT.add(pool.cost, move.value)
        )

    def _take(self, move: Move) -> list[Sale]:
        wanted, lots = -move.qty, self._lots.setdefault(move.asset, [])
        taken = dict(self._parts(lots, wanted))
        missing = EXACT.subtract(wanted, _sum(taken.values()))
        sales: list[Sale] = []
        left_qty, left_value = wanted, move.value
        for index, part in taken.items():
            lot, share = lots[index], _share(left_value, part, left_qty)
            sales.append(_sale(move, part, share, _share(lot.cost, part, lot.qty), lot.at))
            left_qty, left_value = EXACT.subtract(left_qty, part), _less(left_value, share)
        if missing > 0:
            sales.append(_sale(move, missing, left_value, None, None))
        self._lots[move.asset] = _without(lots, taken)
        return sales

    def _parts(self, lots: Sequence[Lot], wanted: Decimal) -> list[tuple[int, Decimal]]:
        """Which lots give how much."""
        if self._method is Method.FIFO:
            return _first(range(len(lots)), lots, wanted)
        total = _sum(lot.qty for lot in lots)
        known = [i for i, lot in enumerate(lots) if lot.cost is not None]
        unknown = [i for i, lot in enumerate(lots) if lot.cost is None]
        if not total:
            return []
        taken = min(wanted, total)
        of_known = _share(_sum(lots[i].qty for i in known), taken, total)
        assert of_known is not None
        first = _first(known, lots, of_known)
        rest = EXACT.subtract(taken, _sum(part for _, part in first))
        return first + _first(unknown, lots, rest)


@dataclass(frozen=True, slots=True)
class Result:
    """What one trade earned before fees."""

    asset: Asset
    gain: Decimal


@dataclass(frozen=True, slots=True)
class Period:
    """Which trades count; lots before it are known all the same."""

    since: datetime | None = None
    until: datetime | None = None
    symbol: str = ""

    def holds(self, at: datetime, symbol: str = "") -> bool:
        """Whether something at this time, in this pair, counts."""
        if self.symbol and symbol != self.symbol:
            return False
        after = self.since is None or at >= self.since
        return after and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Profit:
    """What a period earned, and what is held now."""

    realised: Decimal
    fees: Decimal
    unrealised: Decimal
    """Of the lots whose cost and whose price are known."""
    trades: int
    """Orders that sold something of known cost in the period."""
    won: int
    best: Result | None
    worst: Result | None
    unknown_sold: Mapping[Asset, Decimal]
    """Sold in the period at a cost, or for proceeds, that nobody knows: counted nowhere."""
    unknown_lots: Sequence[Lot]
    """Held now, at a cost that nobody knows."""
    unpriced: tuple[Asset, ...]
    """Held now, with no price in the currency."""
    unknown_fees: int = 0
    """Fees whose worth is not known."""

    @property
    def net(self) -> Decimal:
        return EXACT.add(EXACT.subtract(self.realised, self.fees), self.unrealised)


@dataclass(frozen=True, slots=True)
class Accounting:
    """All moves of an account taken in: its lots now and all its sales."""

    lots: Lots
    sales: Sequence[Sale]
    charges: Sequence[Charge] = field(default_factory=tuple)


def account(moves: Iterable[Move], charges: Sequence[Charge], method: Method) -> Accounting:
    """Take all moves in, in the order of time; of one instant, what comes in first."""
    lots, sales = Lots(method), list[Sale]()
    for move in sorted(moves, key=lambda each: (each.at, each.qty < 0)):
        sales += lots.apply(move)
    return Accounting(lots, sales, charges)


def profit(
    accounting: Accounting, period: Period, prices: Mapping[Asset, Decimal | None]
) -> Profit:
    """What the period earned; ``prices`` are those of now, of each asset that is held."""
    sales = [sale for sale in accounting.sales if period.holds(sale.at, sale.move.symbol)]
    charges = [each for each in accounting.charges if period.holds(each.at, each.symbol)]
    results = _results(sales)
    lots = [lot for lot in accounting.lots.all() if _is_of(lot.asset, period.symbol)]
    gains = [gain for lot in lots if (gain := _open_gain(lot, prices)) is not None]
    return Profit(
        realised=_sum(sale.gain for sale in sales if sale.gain is not None),
        fees=_sum(each.value for each in charges if each.value is not None),
        unrealised=_sum(gains),
        trades=len(results),
        won=sum(result.gain > 0 for result in results),
        best=max(results, key=lambda each: each.gain, default=None),
        worst=min(results, key=lambda each: each.gain, default=None),
        unknown_sold=_unknown(sales),
        unknown_lots=[lot for lot in lots if lot.cost is None],
        unpriced=tuple(sorted({lot.asset for lot in lots if prices.get(lot.asset) is None})),
        unknown_fees=sum(each.value is None for each in charges),
    )


def worth(qty: Decimal, price: Decimal) -> Decimal:
    """A quantity at a price, with all its digits."""
    return EXACT.multiply(qty, price)


def _results(sales: Iterable[Sale]) -> list[Result]:
    """The gain of each order that sold; what was paid as a fee is no trade."""
    found: dict[str, Result] = {}
    for sale in sales:
        if sale.gain is None or sale.move.why is not Why.TRADE:
            continue
        name = sale.move.group or sale.move.reference
        before = found[name].gain if name in found else _NONE
        found[name] = Result(sale.asset, EXACT.add(before, sale.gain))
    return list(found.values())


def _unknown(sales: Iterable[Sale]) -> dict[Asset, Decimal]:
    found: dict[Asset, Decimal] = {}
    for sale in sales:
        if sale.gain is None:
            found[sale.asset] = EXACT.add(found.get(sale.asset, _NONE), sale.qty)
    return found


def _open_gain(lot: Lot, prices: Mapping[Asset, Decimal | None]) -> Decimal | None:
    price = prices.get(lot.asset)
    if price is None or lot.cost is None:
        return None
    return EXACT.subtract(worth(lot.qty, price), lot.cost)


def _is_of(asset: Asset, symbol: str) -> bool:
    return not symbol or symbol.partition("/")[0] == asset


def _first(
    order: Iterable[int], lots: Sequence[Lot], wanted: Decimal
) -> list[tuple[int, Decimal]]:
    taken: list[tuple[int, Decimal]] = []
    for index in order:
        part = min(lots[index].qty, wanted)
        if part <= 0:
            break
        taken.append((index, part))
        wanted = EXACT.subtract(wanted, part)
    return taken


def _without(lots: Sequence[Lot], taken: Mapping[int, Decimal]) -> list[Lot]:
    """The lots after these parts of them were taken; an empty one is gone."""
    left: list[Lot] = []
    for index, lot in enumerate(lots):
        part = taken.get(index, _NONE)
        if part < lot.qty:
            cost = _less(lot.cost, _share(lot.cost, part, lot.qty))
            left.append(replace(lot, qty=EXACT.subtract(lot.qty, part), cost=cost))
    return left


def _sale(
    move: Move,
    qty: Decimal,
    proceeds: Decimal | None,
    cost: Decimal | None,
    bought_at: datetime | None,
) -> Sale:
    return Sale(move.at, move.asset, qty, proceeds, cost, bought_at, move)


def _share(value: Decimal | None, part: Decimal, whole: Decimal) -> Decimal | None:
    """That part of a value; the whole of it for the whole, so that nothing is left over."""
    if value is None or part == whole:
        return value
    exact = EXACT.divide(EXACT.multiply(value, part), whole)
    return exact.quantize(_PART, ROUND_HALF_EVEN, EXACT)


def _less(value: Decimal | None, part: Decimal | None) -> Decimal | None:
    return None if value is None or part is None else EXACT.subtract(value, part)


def _sum(values: Iterable[Decimal]) -> Decimal:
    total = _NONE
    for value in values:
        total = EXACT.add(total, value)
    return total
