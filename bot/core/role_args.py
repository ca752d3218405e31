"""What stands after ``/role``, ``/approve``, ``/lend``: whom, what, how much, how long."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from bot.core.access import Role
from bot.core.args import words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, read_duration

_ROLE_EXAMPLE = "/role 123456789 trader max=100eur until 7d"
_ID = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)
_GROUP = re.compile(r"-[1-9][0-9]{0,15}", re.ASCII)
_MAX = re.compile(r"max=([0-9.,]+)([a-z]{3,5})?", re.ASCII | re.IGNORECASE)
_WORDS = {
    "owner": Role.CHAT_OWNER,
    "trader": Role.TRADER,
    "viewer": Role.VIEWER,
    "none": Role.STRANGER,
}
_SEEING = ("viewer", "balances")
_ROLES = {**_WORDS, " ".join(_SEEING): Role.SEEING}
_LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in a currency that may be none we know."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class RoleWish:
    """What somebody is to be; without a role the roles are only listed."""

    role: Role | None = None
    user_id: int | None = None
    """None: whoever wrote the message that is answered."""
    most: Money | None = None
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True)
class LendWish:
    """To which group a key is lent, and how much of it at once."""

    chat_id: int
    most: Money | None = None


def read_role(text: str) -> RoleWish:
    """``[id] trader [max=100eur] [until 7d]``, or nothing.

    Raises:
        BadArgument: what is none of that.
    """
    said = _with_balances(words(text))
    user_id = role = most = lasts = None
    rest = iter(said)
    for word in rest:
        lower = word.lower()
        if _ID.fullmatch(word):
            user_id = int(word)
        elif lower in _ROLES:
            role = _ROLES[lower]
        elif lower.startswith("max="):
            most = _money(word, _ROLE_EXAMPLE)
        elif lower == "until":
            lasts = _span(next(rest, ""))
        elif word.startswith("@"):
            raise BadArgument("id", word, _ROLE_EXAMPLE, hint="a number, or reply to a message")
        else:
            raise BadArgument("role", word, _ROLE_EXAMPLE, hint=" ".join(_WORDS))
    if said and role is None:
        raise BadArgument("role", "", _ROLE_EXAMPLE, hint=" ".join(_WORDS))
    return RoleWish(role, user_id, most, lasts)


def _with_balances(said: list[str]) -> list[str]:
    """``viewer balances`` is one role in two words."""
    lower = [word.lower() for word in said]
    for at in range(len(said) - 1):
        if tuple(lower[at : at + 2]) == _SEEING:
            return [*said[:at], " ".join(_SEEING), *said[at + 2 :]]
    return said


def read_person(text: str, command: str) -> tuple[int, Role | None]:
    """``<id> [trader|viewer]``.

    Raises:
        BadArgument: what is none of that.
    """
    example = f"/{command} 123456789"
    said = words(text)
    if not said or not _ID.fullmatch(said[0]) or len(said) > 2:
        raise BadArgument("id", said[0] if said else "", example, hint="a number, see /users")
    if len(said) == 1:
        return int(said[0]), None
    role = _WORDS.get(said[1].lower())
    if role not in (Role.TRADER, Role.VIEWER):
        raise BadArgument("role", said[1], f"{example} trader", hint="trader viewer")
    return int(said[0]), role


def read_lend(text: str) -> LendWish:
    """``<group id> [max=100eur]``.

    Raises:
        BadArgument: what is none of that.
    """
    example = "/lend -1001234567890 max=100eur"
    said = words(text)
    if not said or not _GROUP.fullmatch(said[0]):
        hint = "a number, which /setup shows in that group"
        raise BadArgument("group id", said[0] if said else "", example, hint=hint)
    most = _money(said[1], example) if len(said) > 1 else None
    return LendWish(int(said[0]), most)


def read_count(text: str, usual: int, most: int) -> int:
    """How many lines of a list."""
    said = words(text)
    if not said:
        return usual
    if not said[0].isascii() or not said[0].isdecimal() or not 1 <= int(said[0][:6]) <= most:
        raise BadArgument("count", said[0], f"/audit {usual}", hint=f"1 to {most}")
    return int(said[0])


def _money(word: str, example: str) -> Money:
    found = _MAX.fullmatch(word)
    amount = read_decimal(found[1]) if found else None
    if found is None or amount is None or amount <= 0:
        raise BadArgument("maximum", word, example, hint="max=100eur")
    return Money(amount, (found[2] or "usd").upper())


def _span(word: str) -> timedelta:
    span = read_duration(word)
    if span is None or not timedelta(0) < span <= _LONGEST:
        raise BadArgument("time", word, _ROLE_EXAMPLE, hint="until 12h, until 7d")
    return span
