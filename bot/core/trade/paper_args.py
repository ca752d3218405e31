"""What stands after ``/paper``: a new start, fees, latency, or a question."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from bot.core.args import OutOfRange, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal

What = Literal["switch", "reset", "fee", "latency", "how", "why"]

_ASSET = re.compile(r"[A-Z0-9.]{2,12}", re.ASCII)
_LATENCY = re.compile(r"([0-9]{1,5})ms", re.ASCII | re.IGNORECASE)
_MOST_FEE = Decimal(10)
_MOST_LATENCY = 10_000
_EXAMPLES = {
    "reset": "/paper reset 10000 eur btc=0.5",
    "fee": "/paper fee maker=0.25 taker=0.40",
    "latency": "/paper latency 150ms",
}


@dataclass(frozen=True, slots=True)
class PaperWish:
    """What is asked of the practice account."""

    what: What = "switch"
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    """For a new start; empty: as at the first time."""
    fees: tuple[Decimal, Decimal] | None = None
    """Maker and taker in percent; None: Kraken's lowest tier, or one's own."""
    own_fees: bool = False
    latency: timedelta = timedelta(0)


def read_paper(text: str) -> PaperWish:
    """``reset 10000 eur btc=0.5``, ``fee maker=0.25 taker=0.40``, ``latency 150ms``, ``how``.

    Raises:
        BadArgument: what is none of that.
    """
    first, *rest = words(text) or [""]
    match first.lower():
        case "":
            return PaperWish()
        case "reset":
            return PaperWish("reset", balances=_balances(rest))
        case "fee" | "fees":
            return _fees(rest)
        case "latency":
            return PaperWish("latency", latency=_latency(rest))
        case "how":
            return PaperWish("how")
        case "why":
            return PaperWish("why")
        case _:
            raise BadArgument("option", first, "/paper how", hint="reset, fee, latency, how, why")


def _balances(rest: list[str]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    pending: Decimal | None = None
    for word in rest:
        name, equals, amount = word.upper().partition("=")
        if equals:
            found[_asset(name)] = _number(amount, "reset")
        elif pending is None and read_decimal(word) is not None:
            pending = _number(word, "reset")
        elif pending is not None:
            found[_asset(name)] = pending
            pending = None
        else:
            raise BadArgument("amount", word, _EXAMPLES["reset"])
    if pending is not None:
        raise BadArgument("currency", "", _EXAMPLES["reset"])
    return found


def _fees(rest: list[str]) -> PaperWish:
    if [word.lower() for word in rest] == ["mine"]:
        return PaperWish("fee", own_fees=True)
    if not rest:
        return PaperWish("fee")
    said = dict(word.lower().partition("=")[::2] for word in rest)
    if set(said) != {"maker", "taker"}:
        raise BadArgument("fee", " ".join(rest), _EXAMPLES["fee"], hint="mine, or both rates")
    maker, taker = _number(said["maker"], "fee"), _number(said["taker"], "fee")
    if max(maker, taker) > _MOST_FEE:
        raise OutOfRange("fee", f"{max(maker, taker)}", _EXAMPLES["fee"], hint="0 to 10")
    return PaperWish("fee", fees=(maker, taker))


def _latency(rest: list[str]) -> timedelta:
    found = _LATENCY.fullmatch(rest[0]) if len(rest) == 1 else None
    if found is None:
        raise BadArgument("latency", " ".join(rest), _EXAMPLES["latency"])
    if int(found[1]) > _MOST_LATENCY:
        raise OutOfRange("latency", rest[0], _EXAMPLES["latency"], hint="0ms to 10000ms")
    return timedelta(milliseconds=int(found[1]))


def _asset(word: str) -> str:
    if not _ASSET.fullmatch(word):
        raise BadArgument("asset", word, _EXAMPLES["reset"])
    return word


def _number(said: str, which: str) -> Decimal:
    value = read_decimal(said)
    if value is None:
        raise BadArgument("number", said, _EXAMPLES[which])
    return value
