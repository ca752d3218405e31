"""Amounts, prices and sums of an order as people read them."""

from decimal import Decimal

from bot.core.numbers import fixed
from bot.core.settings import ChatSettings
from bot.core.texts.amounts import amount
from kraken.core.types import Asset, Instrument

_TWO = frozenset({"USD", "EUR", "GBP", "CHF", "CAD", "AUD", "USDT", "USDC", "DAI", "EURT", "USDQ"})
_DECIMALS = {"JPY": 0, "BTC": 8, "ETH": 6}
_OTHERS = 5
_SMALLEST = 10


def money(value: Decimal, asset: Asset | str, settings: ChatSettings) -> str:
    """``600.00``: with the digits that the asset is shown with, more where it would read as zero
    and would not be."""
    decimals = 2 if asset in _TWO else _DECIMALS.get(asset, _OTHERS)
    while value and decimals < _SMALLEST and not round(value, decimals):
        decimals += 1
    return fixed(value, decimals, grouping=settings.grouping)


def money_with_unit(value: Decimal, asset: Asset | str, settings: ChatSettings) -> str:
    """``600.00 EUR``."""
    return f"{money(value, asset, settings)} {asset}"


def quantity(value: Decimal, instrument: Instrument, settings: ChatSettings) -> str:
    """``0.01000000``: with all the digits that the pair trades."""
    return fixed(value, max(instrument.qty_decimals, _places(value)), grouping=settings.grouping)


def short_quantity(value: Decimal) -> str:
    """``0.01``: without the zeros at the end and without groups, as it can be typed."""
    return amount(value, grouping=False)


def price(value: Decimal, instrument: Instrument, settings: ChatSettings) -> str:
    """With the digits of the pair's tick, or with more if it has more."""
    decimals = max(instrument.price_decimals, _places(value))
    return fixed(value, decimals, grouping=settings.grouping)


def _places(value: Decimal) -> int:
    """Digits after the point, without the zeros at the end."""
    text = f"{value:f}"
    return len(text.rstrip("0").partition(".")[2]) if "." in text else 0
