"""What a message without a slash may mean: a greeting, a price question, or nothing we know.

It can never do more than show something.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.core.words import LONGEST, visible

_GREETING = re.compile(
    "hi|hello|hey|hallo|moin|servus|hola|salut|ciao|yo|bonjour|guten|tag|good|morning|evening|"
    "afternoon|there|bot|help|start|menu|commands"
)
_THANKS = re.compile("thanks|thank|you|thx|ty|danke|merci|gracias|ok|okay|cool|nice|great")
_FILLER = re.compile(
    "price|of|the|what|is|whats|what's|how|much|for|a|now|please|show|me|ticker|today|in"
)
_AMOUNT = re.compile(r"(?=.*[1-9])\d{1,12}(\.\d{1,12})?(usd[tc]?|eur|gbp|chf|btc|eth)?", re.ASCII)
_NAME = re.compile(r"[a-z0-9.]{2,12}([/\-_][a-z0-9.]{2,12})?", re.ASCII)


_ORDERS = {"buy": "buy", "kaufen": "buy", "kaufe": "buy", "sell": "sell", "verkaufen": "sell"}
_TIMES = frozenset({"every", "each", "daily", "weekly", "hourly"})
_TELL = frozenset({"tell", "show", "send"})
_COMMAND = re.compile(
    "long|short|order|orders|cancel|cancelall|alert|alerts|balance|portfolio|connect|trades|pnl"
)

PLANNED = frozenset(
    {
        "order",
        "trade",
        "webhook",
        "pause",
        "positions",
        "long",
        "short",
        "a",
    }
)
"""Commands that people expect of a trading bot; none of them works yet."""


class Meaning(StrEnum):
    """What a message seems to be."""

    GREETING = "greeting"
    THANKS = "thanks"
    PRICE = "price"
    """One name is left after the filler words; the market knows whether it is a pair."""
    AMOUNT = "amount"
    """A number alone: of what, and to do what with it, is not said."""
    ORDER = "order"
    """It begins like an order, which may open a preview; nothing is ever sent from free text."""
    PLAN = "plan"
    """It says when, again and again: a plan, which is shown and waits for a tap."""
    COMMAND = "command"
    """It begins like another command, which works with a slash only."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Understood:
    """The meaning and what it is about."""

    meaning: Meaning
    name: str = ""
    """The pair of a price question, the side of an order, the name of a command."""
    rest: str = ""
    """The words of an order or a plan behind the command, as they were written."""


def understand(text: str) -> Understood:
    """``btc?``, ``what is the price of eth``, ``hello``; anything longer is not guessed at."""
    if len(text) > LONGEST:
        return Understood(Meaning.UNKNOWN)
    spoken = [word.strip("?!.,:;()\"'…") for word in visible(text).lower().split()]
    words = [word for word in spoken if word]
    if words and all(_GREETING.fullmatch(word) for word in words):
        return Understood(Meaning.GREETING)
    if words and all(_THANKS.fullmatch(word) for word in words):
        return Understood(Meaning.THANKS)
    if words and (meant := _plan(words, visible(text)) or _about_money(words[0], visible(text))):
        return meant
    if _AMOUNT.fullmatch(whole := visible(text).strip().rstrip("?!").lower()):
        return Understood(Meaning.AMOUNT, whole)
    names = [word for word in words if not _FILLER.fullmatch(word)]
    if len(names) == 1 and _NAME.fullmatch(names[0]):
        return Understood(Meaning.PRICE, names[0])
    if len(names) == 2 and len(words) == 2 and all(_NAME.fullmatch(name) for name in names):
        return Understood(Meaning.PRICE, "/".join(names))
    return Understood(Meaning.UNKNOWN)


def _plan(words: list[str], text: str) -> Understood | None:
    """``every day at 08:00 tell me btc``, ``buy 25usd of btc every day at 09:00``."""
    if words[0] in _TIMES and (_TELL & set(words) or "/" in text):
        return Understood(Meaning.PLAN, "schedule", text)
    if _ORDERS.get(words[0]) == "buy" and _TIMES & set(words):
        return Understood(Meaning.PLAN, "dca", " ".join(text.split()[1:]))
    return None


def _about_money(first: str, text: str) -> Understood | None:
    if first in _ORDERS:
        return Understood(Meaning.ORDER, _ORDERS[first], " ".join(text.split()[1:]))
    if _COMMAND.fullmatch(first):
        return Understood(Meaning.COMMAND, first)
    return None


def nearest_names(said: str, names: Iterable[str], most: int = 3) -> list[str]:
    """The names that look most like what was typed, best first."""
    return difflib.get_close_matches(said.lower()[:32], list(names), n=most, cutoff=0.6)
