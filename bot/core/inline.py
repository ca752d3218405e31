"""Inline mode: what somebody types after the bot's name in any chat, read into a question.

Rules: only what the market shows to everybody is answered, never an account; whatever cannot be
read is looked for as the name of a pair.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.core.numbers import read_decimal
from bot.core.page import Page
from bot.core.pair_names import PAIR, in_one_currency
from bot.core.words import LONGEST, visible

PAIRS_MOST = 3
_CHART = "chart"
_FILLERS = frozenset({"in", "to", "into", "="})
_JOINED = re.compile(r"([0-9.]+)([a-z]{2,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PricesAsked:
    """The prices of pairs; of the asker's own one when none is named."""

    names: tuple[str, ...] = ()
    with_course: bool = False
    """The last day as a line, too."""


@dataclass(frozen=True, slots=True)
class ValueAsked:
    """What an amount is worth in something else."""

    amount: Decimal
    asset: str
    into: str = ""
    """Empty: in the asker's own currency."""


@dataclass(frozen=True, slots=True)
class Article:
    """One answer: what is offered, and what is posted when it is chosen."""

    id: str
    title: str
    """Raw text, as is the description."""
    description: str
    page: Page
    """Its buttons lead into the private chat, nowhere else."""


def read_inline(text: str) -> PricesAsked | ValueAsked:
    """Whatever was typed so far: it is asked again with every letter."""
    words = visible(text)[:LONGEST].lower().split()
    with_course = _CHART in words
    words = [word for word in words if word != _CHART]
    if (value := _value(words)) is not None:
        return value
    names = [name for name in in_one_currency(words) if PAIR.fullmatch(name)]
    return PricesAsked(tuple(names[:PAIRS_MOST]), with_course)


def _value(words: list[str]) -> ValueAsked | None:
    """``0.5 eth in eur``, ``50eur btc``, ``0.5 eth``; None if it is no amount of something."""
    joined = _JOINED.fullmatch(words[0]) if len(words) > 1 else None
    if joined is not None:
        words = [joined[1], joined[2], *words[1:]]
    amount = read_decimal(words[0]) if words else None
    rest = [word for word in words[1:] if word not in _FILLERS]
    if amount is None or amount <= 0 or not 1 <= len(rest) <= 2 or not all(map(str.isalnum, rest)):
        return None
    return ValueAsked(amount, *rest)
