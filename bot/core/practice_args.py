"""What stands after ``/paper``: ``reset 10000 eur btc=0.5``, ``fee mine``, ``latency 150ms``...

Rules: a number is plain digits with one dot, at most twelve digits; a comma is asked about and
never guessed; whatever is not understood is named back with a command that works.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NoReturn

from bot.core.args import CommaForDot, OutOfRange, TooManyArguments, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, with_dots
from bot.core.talk import nearest_names
from kraken.core.fees import FeeTier
from kraken.core.instruments import OTHER_NAMES
from kraken.core.trading import EXACT

TOPICS = ("reset", "fee", "latency", "stats", "how", "why")
"""What may be said after ``/paper``."""

START_MONEY = Decimal(10_000)
"""What a new practice account owns, in the chat's currency."""

ASSETS_MOST = 10
DIGITS = 12
LATENCY_MOST = timedelta(seconds=10)

_ASSET = re.compile(r"[A-Za-z0-9.]{2,12}", re.ASCII)
_JOINED = re.compile(r"([0-9][0-9.,]*)(?![eE][0-9])([A-Za-z][A-Za-z0-9.]{1,11})", re.ASCII)
_LATENCY = re.compile(r"([0-9]{1,6})(ms|s)", re.ASCII)
_EXAMPLE = "/paper reset 10000 eur btc=0.5"
_RATES = "/paper fee maker=0.25 taker=0.40"


class PracticeTopic(StrEnum):
    """What is asked of practice."""

    SWITCH = ""
    RESET = "reset"
    FEE = "fee"
    LATENCY = "latency"
    STATS = "stats"
    HOW = "how"
    WHY = "why"


class Rates(StrEnum):
    """Whose rates a practice account pays."""

    SHOWN = "shown"
    """Nothing is changed."""
    LOWEST = "lowest"
    """Kraken's lowest tier for each pair."""
    MINE = "mine"
    """Those of the chat's own key."""
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class PracticeArgs:
    """One wish; what belongs to other topics stays as it is here."""

    topic: PracticeTopic = PracticeTopic.SWITCH
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    """Of a reset, by asset; none: the usual start money."""
    rates: Rates = Rates.SHOWN
    fees: FeeTier | None = None
    """Shares, not percent, where they were given."""
    latency: timedelta | None = None
    """None: it is asked for, not changed."""
    order: str = ""
    """Of ``why``: an id, the beginning of one, or ``last``; empty for a choice."""


def read_practice(text: str) -> PracticeArgs:
    """What was asked for.

    Raises:
        BadArgument: something was not understood; nothing is changed.
    """
    said = words(text)
    if not said:
        return PracticeArgs()
    topic, rest = said[0].lower(), said[1:]
    match topic:
        case "reset":
            return PracticeArgs(PracticeTopic.RESET, balances=_balances(rest))
        case "fee" | "fees":
            return _fee(rest)
        case "latency":
            return PracticeArgs(PracticeTopic.LATENCY, latency=_latency(rest))
        case "why":
            return PracticeArgs(PracticeTopic.WHY, order=_only(rest, "/paper why last"))
        case "stats" | "how":
            if rest:
                raise TooManyArguments("option", rest[0], f"/paper {topic}")
            return PracticeArgs(PracticeTopic(topic))
        case _:
            return _not_a_topic(said[0])


def _not_a_topic(said: str) -> NoReturn:
    near = nearest_names(said.lower(), TOPICS)
    again = tuple(f"/paper {name}" for name in near)
    raise BadArgument("option", said, "/paper stats", hint=", ".join(TOPICS), suggestions=again)


def _balances(said: list[str]) -> dict[str, Decimal]:
    """``10000 eur``, ``10000eur`` and ``btc=0.5``, as many as there are."""
    found: dict[str, Decimal] = {}
    rest = list(said)
    while rest:
        asset, number, word = _next(rest)
        if asset in found:
            raise BadArgument("option", word, _EXAMPLE, hint="each asset once")
        found[asset] = _amount(number, word)
        if len(found) > ASSETS_MOST:
            raise TooManyArguments("assets", word, _EXAMPLE, hint=str(ASSETS_MOST))
    return found


def _next(rest: list[str]) -> tuple[str, str, str]:
    """Asset, number and what was said, taken from the front."""
    word = rest.pop(0)
    name, equals, number = word.partition("=")
    if equals:
        return _asset(name, word), number, word
    if joined := _JOINED.fullmatch(word):
        return _asset(joined[2], word), joined[1], word
    if not rest or rest[0][:1].isdigit() or "=" in rest[0]:
        _amount(word, word)
        raise BadArgument("asset", "", _EXAMPLE)
    return _asset(rest.pop(0), word), word, word


def _asset(said: str, word: str) -> str:
    if not _ASSET.fullmatch(said):
        raise BadArgument("asset", said or word, _EXAMPLE)
    name = said.upper()
    return OTHER_NAMES.get(name, name)


def _amount(number: str, word: str) -> Decimal:
    value = _plain(number, "amount", word, _EXAMPLE)
    if value == 0:
        raise OutOfRange("amount", word, _EXAMPLE, hint="0")
    return value


def _plain(number: str, what: str, word: str, example: str) -> Decimal:
    if readings := with_dots(number):
        raise CommaForDot(what, number, readings, example)
    digits = number.replace(".", "", 1)
    if digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) > DIGITS:
        raise OutOfRange(what, word, example, hint=f"1 to {DIGITS} digits")
    value = read_decimal(number)
    if value is None:
        raise BadArgument(what, word, example)
    return value


def _fee(said: list[str]) -> PracticeArgs:
    lower = [word.lower() for word in said]
    if not lower:
        return PracticeArgs(PracticeTopic.FEE)
    if lower == ["mine"]:
        return PracticeArgs(PracticeTopic.FEE, rates=Rates.MINE)
    if lower == ["lowest"]:
        return PracticeArgs(PracticeTopic.FEE, rates=Rates.LOWEST)
    found: dict[str, Decimal] = {}
    for word in lower:
        name, equals, number = word.partition("=")
        if name not in ("maker", "taker") or not equals or name in found:
            raise BadArgument("option", word, _RATES, hint="maker=0.25 taker=0.40, mine, lowest")
        found[name] = _rate(name, number)
    for name in ("maker", "taker"):
        if name not in found:
            raise BadArgument(f"{name} fee", "", _RATES)
    fees = FeeTier(found["maker"].scaleb(-2, EXACT), found["taker"].scaleb(-2, EXACT))
    return PracticeArgs(PracticeTopic.FEE, rates=Rates.GIVEN, fees=fees)


def _rate(name: str, number: str) -> Decimal:
    said = number.removesuffix("%")
    value = _plain(said, f"{name} fee", number or name, _RATES)
    if value > 10:
        raise OutOfRange(f"{name} fee", number, _RATES, hint="0 % to 10 %")
    return value


def _latency(said: list[str]) -> timedelta | None:
    word = _only(said, "/paper latency 150ms").lower()
    if not word:
        return None
    if word in ("off", "0"):
        return timedelta(0)
    match = _LATENCY.fullmatch(word)
    if match is None:
        raise BadArgument("latency", word, "/paper latency 150ms", hint="150ms, 1s, off")
    thousands = int(match[1]) * (1 if match[2] == "ms" else 1000)
    latency = timedelta(milliseconds=thousands)
    if latency > LATENCY_MOST:
        raise OutOfRange("latency", word, "/paper latency 150ms", hint="0 to 10 s")
    return latency


def _only(said: list[str], example: str) -> str:
    if len(said) > 1:
        raise TooManyArguments("option", said[1], example)
    return said[0] if said else ""
