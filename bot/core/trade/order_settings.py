"""What a chat chooses about orders: the panel's amounts, and how far prices may move."""

from decimal import Decimal

from bot.core.args import CommaForDot, OutOfRange, TooManyArguments
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, with_dots

PRESETS_MOST = 3
MOST = {"protection": Decimal(5), "renew": Decimal(5)}
"""Percent; more would protect from nothing."""
LEAST = Decimal("0.01")


def read_presets(text: str) -> tuple[Decimal, ...]:
    """``25 50 100``: up to three amounts of money.

    Raises:
        BadArgument: one of them is no amount, or they are too many.
    """
    example = "/settings presets 25 50 100"
    words = text.replace("·", " ").split()
    if len(words) > PRESETS_MOST:
        raise TooManyArguments("presets", words[PRESETS_MOST], example, hint=str(PRESETS_MOST))
    return tuple(_positive("amount", word, example) for word in words)


def read_percent(name: str, text: str) -> Decimal:
    """``0.5`` or ``0.5%``.

    Raises:
        BadArgument: it is no percentage, or one that would protect from nothing.
    """
    example = f"/settings {name} 0.5"
    value = _positive("percentage", text.strip().removesuffix("%").strip(), example)
    if not LEAST <= value <= MOST[name]:
        raise OutOfRange(name, text, example, hint=f"{LEAST} to {MOST[name]} %")
    return value


def _positive(what: str, word: str, example: str) -> Decimal:
    if readings := with_dots(word):
        start = " ".join(example.split()[:2])
        raise CommaForDot(what, word, readings, f"{start} {word}")
    value = read_decimal(word)
    if value is None or value == 0:
        raise BadArgument(what, word, example)
    return value
