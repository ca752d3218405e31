"""How an order meets a book: which levels it takes and what that costs.

A market order takes the best levels first, whole ones and then a part of the last. What the book
does not hold is not filled: no price is invented for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Context, Decimal

from kraken.core.types import BookView, Level

# Sums of prices times quantities with all their digits; the default 28 would round large ones.
_EXACT = Context(prec=60)


@dataclass(frozen=True, slots=True)
class Walk:
    """What taking liquidity from one side of a book comes to."""

    filled: Decimal
    """Base quantity that the levels hold for this order."""
    cost: Decimal
    """Quote paid or received for it, before fees."""
    average: Decimal | None
    """Cost for one unit; None if nothing was filled."""
    worst: Decimal | None
    """Price of the last level taken; None if nothing was filled."""
    slippage: Decimal | None
    """How far the average is from the mid, as a share of it (0.01 is one percent), never
    negative for a book that is not crossed; None without a mid or a fill."""
    levels: int
    """Levels touched."""
    exhausted: bool
    """The side ended before the order did."""


def mid(book: BookView) -> Decimal | None:
    """Half way between best bid and best ask; None if a side is empty."""
    if not book.bids or not book.asks:
        return None
    return _EXACT.divide(_EXACT.add(book.bids[0].price, book.asks[0].price), Decimal(2))


def walk(
    levels: Sequence[Level],
    *,
    qty: Decimal | None = None,
    quote: Decimal | None = None,
    lot_size: Decimal = Decimal("0.00000001"),
    middle: Decimal | None = None,
) -> Walk:
    """Take ``qty`` of base, or as much as ``quote`` buys, from levels given best first.

    With ``quote`` the quantity of the last level is rounded down to whole lots, so that the cost
    never exceeds it. Exactly one of the two must be given and positive.
    """
    if (qty is None) == (quote is None):
        raise ValueError("give either qty or quote")
    filled = cost = Decimal(0)
    worst: Decimal | None = None
    taken = 0
    exhausted = True
    for level in levels:
        if qty is not None:
            wanted = _EXACT.subtract(qty, filled)
        else:
            wanted = _lots(_EXACT.subtract(quote or Decimal(0), cost), level.price, lot_size)
        part = min(wanted, level.qty)
        if part > 0:
            filled = _EXACT.add(filled, part)
            cost = _EXACT.add(cost, _EXACT.multiply(part, level.price))
            worst = level.price
            taken += 1
        if wanted <= level.qty:
            exhausted = False
            break
    average = _EXACT.divide(cost, filled) if filled else None
    return Walk(filled, cost, average, worst, _slippage(average, middle), taken, exhausted)


def _lots(quote: Decimal, price: Decimal, lot_size: Decimal) -> Decimal:
    """The most whole lots that this much quote pays for."""
    lots = _EXACT.divide(quote, _EXACT.multiply(price, lot_size))
    return _EXACT.multiply(lots.to_integral_value(rounding=ROUND_DOWN), lot_size)


def _slippage(average: Decimal | None, middle: Decimal | None) -> Decimal | None:
    if average is None or middle is None or not middle:
        return None
    return abs(_EXACT.divide(_EXACT.subtract(average, middle), middle))
