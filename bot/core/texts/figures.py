"""Quantities, worth and rows of accounts, as every table of an account shows them."""

from decimal import Decimal

from bot.core.numbers import fixed, signed
from bot.core.settings import ChatSettings
from bot.core.texts.markup import WIDTH, ends
from bot.core.trade.moves import is_cash
from bot.core.words import short
from kraken.core.fees import cut
from kraken.core.trading import OrderType
from kraken.core.types import Instrument, Side

ROW = 30
"""Columns of a row that is not forced to be wider."""

KINDS = {
    OrderType.MARKET: "market",
    OrderType.LIMIT: "limit",
    OrderType.ICEBERG: "iceberg",
    OrderType.STOP_LOSS: "stop",
    OrderType.STOP_LOSS_LIMIT: "stop-limit",
    OrderType.TAKE_PROFIT: "take-profit",
    OrderType.TAKE_PROFIT_LIMIT: "take-profit limit",
    OrderType.TRAILING_STOP: "trailing stop",
    OrderType.TRAILING_STOP_LIMIT: "trailing stop-limit",
}
"""Types of orders in words."""

NO_PRICE = "no price"

_MONEY = 2
_COIN = 8


def arrow(side: Side) -> str:
    return "▲" if side is Side.BUY else "▼"


def side_word(side: Side) -> str:
    return "BUY" if side is Side.BUY else "SELL"


def name(text: str, limit: int = 16) -> str:
    """A pair or an asset in a table, which a strange one must not widen."""
    return short(text, limit)


def price_text(value: Decimal, instrument: Instrument | None, settings: ChatSettings) -> str:
    """With the digits of the pair's tick; as it came where the pair is not known."""
    if instrument is None:
        return plain_number(value, settings)
    return fixed(value, instrument.price_decimals, grouping=settings.grouping)


def qty_text(value: Decimal, instrument: Instrument | None, settings: ChatSettings) -> str:
    """With the digits of the pair's lot."""
    if instrument is None:
        return plain_number(value, settings)
    return fixed(value, instrument.qty_decimals, grouping=settings.grouping)


def held_text(value: Decimal, asset: str, settings: ChatSettings) -> str:
    """A balance: never more than is there, so it is cut, not rounded."""
    decimals = _MONEY if is_cash(asset) else _COIN
    return fixed(cut(value, decimals), decimals, grouping=settings.grouping)


def plain_number(value: Decimal, settings: ChatSettings) -> str:
    """With the digits it has."""
    exponent = value.as_tuple().exponent
    decimals = max(-exponent, 0) if isinstance(exponent, int) else 0
    return fixed(value, decimals, grouping=settings.grouping)


def short_qty(value: Decimal, settings: ChatSettings) -> str:
    """A quantity in a sentence: without the zeros behind it."""
    return plain_number(value.normalize() if value else Decimal(0), settings)


def money(value: Decimal, settings: ChatSettings, currency: str = "USD") -> str:
    """Worth in a currency; in a coin it needs more digits."""
    decimals = _MONEY if is_cash(currency) else _COIN
    return fixed(value, decimals, grouping=settings.grouping)


def worth_text(value: Decimal | None, settings: ChatSettings, currency: str) -> str:
    """The same, where the price may not be known."""
    return NO_PRICE if value is None else money(value, settings, currency)


def gain(value: Decimal, settings: ChatSettings, currency: str = "USD") -> str:
    """Profit or loss with its sign."""
    decimals = _MONEY if is_cash(currency) else _COIN
    return signed(value, decimals, grouping=settings.grouping)


def row(left: str, right: str, width: int = ROW) -> list[str]:
    """One line with something at both ends, or two where that does not fit: nothing is cut."""
    if not right:
        return [left]
    if len(left) + 1 + len(right) <= WIDTH:
        return [ends(left, right, width)]
    return [left, right.rjust(min(width, WIDTH))]
