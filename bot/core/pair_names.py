"""What looks like a pair among the words of a command; the market decides whether it exists."""

import re
from collections.abc import Sequence

PAIR = re.compile(r"[A-Za-z0-9.]{1,12}([/\-_][A-Za-z0-9.]{1,12})?", re.ASCII)
CURRENCIES = frozenset({"usd", "eur", "gbp", "chf", "cad", "jpy", "aud"})
"""A last word that is one of these counts for all bare names before it: ``btc eth eur``."""
QUOTES = CURRENCIES | {"usdt", "usdc", "dai", "btc", "xbt", "eth"}
"""What may stand behind a blank in a pair; behind a slash anything may."""

_SIGNS = "+-\N{MINUS SIGN}"


def in_one_currency(names: Sequence[str]) -> list[str]:
    """None twice; ``btc eth eur`` means both in euros, ``eur`` alone is the euro itself."""
    *others, last = names or [""]
    bare = [name for name in others if name.isalnum() and name.lower() not in CURRENCIES]
    if others and last.lower() in CURRENCIES and len(bare) == len(others):
        return [f"{name}/{last}" for name in dict.fromkeys(others)]
    return [name for name in dict.fromkeys(names) if name]


def is_number(word: str) -> bool:
    """It begins as one, with a sign or without, and is no pair."""
    return word.lstrip(_SIGNS)[:1].isdigit() and not looks_like_pair(word)


def looks_like_pair(word: str) -> bool:
    """``1inch`` and ``0x/usd`` begin with a digit and are no numbers."""
    return any(char.isalpha() for char in word) and PAIR.fullmatch(word) is not None
