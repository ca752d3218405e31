"""The command that asks for the same order again."""

from decimal import Decimal

from bot.core.trade.types import Intent
from kraken.core.trading import (
    TRAILING,
    ConditionalClose,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
)


def command_of(intent: Intent) -> tuple[str, str]:
    """Name and arguments of the command; what cannot be typed is left out."""
    request = intent.request
    words = [_amount(request), request.symbol.lower(), *_price(request), *_trigger(request)]
    if request.post_only:
        words.append("post")
    if request.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        words.append(request.time_in_force.value.lower())
    if request.display_qty is not None:
        words.append(f"show={_plain(request.display_qty)}")
    words += bracket_words(request.close, intent.take_profit)
    return request.side.value, " ".join(words)


def bracket_words(close: ConditionalClose | None, take_profit: PriceOffset | None) -> list[str]:
    """What ends the position again, as it is typed: a new order is to be as protected."""
    words = []
    if close is not None and close.trigger is not None:
        offset = close.trigger.price
        if close.type in TRAILING:
            words.append(f"trailsl={_plain(offset.value)}{_unit(offset)}")
        else:
            words.append(f"sl={_offset(offset)}")
    if take_profit is not None:
        words.append(f"tp={_offset(take_profit)}")
    return words


def _amount(request: OrderRequest) -> str:
    if request.qty is not None:
        return _plain(request.qty)
    assert request.cash_qty is not None, "a request has a quantity"
    return f"{_plain(request.cash_qty)}{request.symbol.partition('/')[2].lower()}"


def _price(request: OrderRequest) -> list[str]:
    if request.limit_price is not None:
        return [f"@ {_plain(request.limit_price)}"]
    if request.type is OrderType.MARKET:
        return ["market"]
    return []


def _trigger(request: OrderRequest) -> list[str]:
    if request.trigger is None:
        return []
    offset = request.trigger.price
    if request.type in TRAILING:
        return [f"trail={_plain(offset.value)}{_unit(offset)}"]
    word = "take" if request.type.value.startswith("take-profit") else "stop"
    return [f"{word}={_offset(offset)}"]


def _offset(offset: PriceOffset) -> str:
    if offset.kind is PriceKind.STATIC:
        return _plain(offset.value)
    sign = "+" if offset.value > 0 else ""
    return f"{sign}{_plain(offset.value)}{_unit(offset)}"


def _unit(offset: PriceOffset) -> str:
    return "%" if offset.kind is PriceKind.PERCENT else ""


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
