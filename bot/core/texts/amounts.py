"""Amounts and prices of orders, as cards and pushes write them: never cut, never K or M."""

from decimal import Decimal

from bot.core.numbers import fixed
from bot.core.words import columns
from kraken.core.types import Instrument, Side

ARROWS = {Side.BUY: "▲", Side.SELL: "▼"}
PAST = {Side.BUY: "bought", Side.SELL: "sold"}

_MOST_DIGITS = 10


def amount(qty: Decimal, *, grouping: bool = True) -> str:
    """``0.0042``: all digits that say something, and no more."""
    digits = -int(qty.normalize().as_tuple().exponent) if qty else 0
    return fixed(qty, max(0, min(digits, _MOST_DIGITS)), grouping=grouping)


def price(value: Decimal, instrument: Instrument | None, *, grouping: bool = True) -> str:
    """With the pair's digits; with its own where the pair is not known."""
    if instrument is None:
        return amount(value, grouping=grouping)
    return fixed(value, instrument.price_decimals, grouping=grouping)


def money(value: Decimal, *, grouping: bool = True) -> str:
    """``1,234.50``; small sums keep two digits that say something."""
    decimals = 2
    while value and abs(value) < Decimal(1).scaleb(1 - decimals) and decimals < _MOST_DIGITS:
        decimals += 1
    return fixed(value, decimals, grouping=grouping)


def fitting(*candidates: str, limit: int) -> str:
    """The first that fits into so many columns; the last if none does."""
    return next((each for each in candidates if columns(each) <= limit), candidates[-1])
