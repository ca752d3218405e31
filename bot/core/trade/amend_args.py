"""What stands after ``/amend``: which order, and what of it shall be otherwise.

Rules as for the commands of an account; a price is said as after ``/buy``, and what is not a
number yet (``bid``, ``-1%``) counts from the market when the change is shown.
"""

import re
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Any

from bot.core.args import CommaForDot, OutOfRange, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, with_dots
from bot.core.trade.account_args import order_name
from bot.core.trade.numerals import Numerals
from bot.core.trade.wish import PriceWord, Pricing
from kraken.core.trading import PriceKind, PriceOffset

_PRICE = re.compile(r"[+\-−]?[$€£]?[0-9][0-9.,]*%?")  # noqa: RUF001 - the minus of our own texts
_ASSIGNED = re.compile(r"(amount|stop|trail|price)=(.*)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AmendArgs:
    """``/amend last 60000 amount=0.02``; the name is empty for a reply to a card."""

    name: str = ""
    price: Decimal | None = None
    amount: Decimal | None = None
    stop: Decimal | None = None
    trail: str = ""
    """As typed, ``2%`` or ``500``; checked where it is used."""
    asked: Pricing | None = None
    """A price that is not a number yet: ``bid``, ``-1%`` from the last trade."""
    asked_stop: PriceOffset | None = None
    """A trigger that is a distance from the last trade."""


def read_amend(text: str, *, is_reply: bool) -> AmendArgs:
    """``<id|last|reply> [price] [amount=] [stop=] [trail=]``; a lone ``@`` is no news."""
    given: dict[str, Any] = {}
    name = trail = ""
    for word in words(text.replace(" =", "=").replace("= ", "=").replace("@", " ")):
        assigned = _ASSIGNED.fullmatch(word)
        if assigned and assigned[1].lower() == "trail":
            trail = assigned[2]
        elif assigned and assigned[1].lower() == "amount":
            given["amount"] = _number(assigned[2], "amount")
        elif assigned:
            given |= _price(assigned[2], assigned[1].lower())
        elif _is_price(word, is_reply=is_reply, has_name=bool(name)):
            given |= _price(word)
        elif not name:
            name = order_name(word, "amend")
        else:
            raise BadArgument("option", word, "/amend last 60000", hint="amount= stop= trail=")
    if not name and not is_reply and (given or trail):
        raise BadArgument("order", "", "/amend last 60000")
    return AmendArgs(name, trail=trail, **given)


def read_price_reply(text: str) -> AmendArgs:
    """The one price of an answer to a question; the order is known to whoever asked."""
    said = words(text.replace("@", " "))
    if len(said) != 1:
        raise BadArgument("price", " ".join(said), "/amend last 60000")
    return AmendArgs(**_price(said[0]))


def _price(said: str, what: str = "price") -> dict[str, Any]:
    """A price as after ``/buy … @``, under its field's name: a number, or what asks for one."""
    word = "" if what == "price" else f"{what}="
    if not word and said.lower() in _WORD_PRICES:
        return {"asked": PriceWord(said.lower())}
    numerals = Numerals(lambda _, instead: f"/amend last {word}{instead}".rstrip("= "), UTC)
    price = numerals.price(what, said, f"/amend last {word}60000")
    if price.kind is PriceKind.STATIC:
        return {what: price.value}
    return {"asked_stop" if word else "asked": price}


_WORD_PRICES = frozenset({PriceWord.BID, PriceWord.ASK, PriceWord.MID})


def _number(said: str, what: str) -> Decimal:
    """A plain positive number."""
    again = f"/amend last {what}={said}"
    if readings := with_dots(said):
        raise CommaForDot(what, said, readings, again)
    value = read_decimal(said)
    example = f"/amend last {what}=0.02"
    if value is None:
        raise BadArgument(what, said, example)
    if value == 0:
        raise OutOfRange(what, said, example, hint="0")
    return value


def _is_price(word: str, *, is_reply: bool, has_name: bool) -> bool:
    """A bare price; where an order has to be named first, only after its name."""
    is_price = word.lower() in _WORD_PRICES or _PRICE.fullmatch(word) is not None
    return is_price and (is_reply or has_name)
