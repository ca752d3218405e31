"""What stands after ``/settings limits``: which limit, and what it is to be."""

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.core.args import CommaForDot, OutOfRange, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, with_dots
from bot.core.talk import nearest_names
from bot.core.trade.limits import HIGHEST, WHOLE, Limit

SETTABLE = (
    Limit.ORDER,
    Limit.DAY,
    Limit.LOSS,
    Limit.OPEN,
    Limit.MINUTE,
    Limit.COLLAR,
    Limit.SLIPPAGE,
    Limit.AGE,
    Limit.COOL_DOWN,
    Limit.SECOND,
    Limit.PAIRS,
)
"""The limits that a chat has."""

BACK = "back"
"""Takes a raise back that waits."""
ALL = "all"
"""Every pair."""
OFF = "off"
"""No second tap."""

_EXAMPLE = "/settings limits order 50"
_PAIR = re.compile(r"[A-Z0-9.]{1,12}/[A-Z0-9.]{1,12}", re.ASCII)
_MOST_PAIRS = 40


@dataclass(frozen=True, slots=True)
class LimitWish:
    """One limit to be shown, changed, or left as it is."""

    limit: Limit | None = None
    value: str = ""
    """As ``with_value`` reads it; empty: only shown."""
    takes_back: bool = False


def read_limit(text: str) -> LimitWish:
    """``order 50``, ``pairs btc/usd eth/usd``, ``day back``, ``order``, or nothing.

    Raises:
        BadArgument: no such limit, or no such value.
    """
    said = words(text)
    if not said:
        return LimitWish()
    limit = _limit(said[0])
    if len(said) == 1:
        return LimitWish(limit)
    if said[1].lower() == BACK:
        return LimitWish(limit, takes_back=True)
    if limit is Limit.PAIRS:
        return LimitWish(limit, _pairs(said[1:]))
    if len(said) > 2:
        raise BadArgument("option", said[2], _EXAMPLE)
    return LimitWish(limit, _number(limit, said[1]))


def _limit(said: str) -> Limit:
    names = {limit.value: limit for limit in SETTABLE}
    found = names.get(said.lower())
    if found is None:
        near = nearest_names(said, names)
        suggestions = tuple(f"/settings limits {name}" for name in near)
        raise BadArgument("limit", said, _EXAMPLE, hint=" ".join(names), suggestions=suggestions)
    return found


def _number(limit: Limit, said: str) -> str:
    example = f"/settings limits {limit.value} 50"
    if limit is Limit.SECOND and said.lower() == OFF:
        return "0"
    if readings := with_dots(said):
        raise CommaForDot("number", said, readings, f"/settings limits {limit.value} {said}")
    value = read_decimal(said)
    if value is None and said.isdecimal():
        raise OutOfRange("number", said, example, hint=f"0 to {HIGHEST[limit]}")
    if value is None or (limit in WHOLE and value != value.to_integral_value()):
        raise BadArgument("number", said, example)
    if value > HIGHEST[limit]:
        raise OutOfRange("number", said, example, hint=f"0 to {HIGHEST[limit]}")
    return f"{Decimal(value):f}"


def _pairs(said: list[str]) -> str:
    if [word.lower() for word in said] == [ALL]:
        return ""
    for word in said:
        if not _PAIR.fullmatch(word.upper()):
            raise BadArgument("pair", word, "/settings limits pairs btc/usd eth/usd")
    if len(said) > _MOST_PAIRS:
        raise OutOfRange("number of pairs", str(len(said)), _EXAMPLE, hint=f"1 to {_MOST_PAIRS}")
    return " ".join(dict.fromkeys(word.upper() for word in said))
