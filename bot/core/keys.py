"""Keys of Kraken accounts: what they look like, what they may do, and whether we take them.

Rules: a key that can move money out of the account is never taken, nor one with any permission
that this list does not name; a missing permission is named. What is typed is recognised by its
length: an API key has 56 characters, its private key 88 (docs: REST, Authentication). A text that
may hold either is stored and shown without it.
"""

import base64
import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

REMOVED = "⟦removed⟧"
"""Stands in a stored text where something that may be a key was taken out."""

_RUN = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}")
_CONNECT = re.compile(r"/connect(@\w+)?\s", re.IGNORECASE)
_LONG_WORD = re.compile(r"[A-Za-z0-9+/=_-]{12,}")
_SHORTEST = 36
"""Characters of what is taken for a key, or a part of one, wherever it stands."""
_KEY_LENGTHS = range(40, 76)
_SECRET_LENGTHS = range(76, 120)


class Permission(StrEnum):
    """What a key may be allowed that we know and take (docs: REST, GetApiKeyInfo)."""

    FUNDS = "query-funds"
    OPEN_ORDERS = "query-open-trades"
    CLOSED_ORDERS = "query-closed-trades"
    PLACE = "modify-trades"
    CANCEL = "close-trades"
    STREAM = "create-ws-token"
    LEDGER = "query-ledger"


READING = (Permission.FUNDS, Permission.OPEN_ORDERS, Permission.CLOSED_ORDERS)
TRADING = (Permission.PLACE, Permission.CANCEL, Permission.STREAM)
WITHDRAWING = frozenset({"withdraw-funds", "add-withdraw-address", "update-withdraw-address"})
_TAKEN = frozenset(permission.value for permission in Permission)

EXPIRY_WARNINGS = (1, 3, 14)
"""Days before its end at which a key's holder is told."""


class KeyState(StrEnum):
    """Whether a stored key is used."""

    OK = "ok"
    REFUSED = "refused"
    """Kraken does not accept it any more: deleted, expired or changed."""
    LOCKED = "locked"
    """It may do more than we accept; nothing is done with it until it is replaced."""


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is known of a stored key; nothing in it is secret."""

    id: str
    chat_id: int
    """The private chat of the person who holds it."""
    user_id: int
    label: str
    fingerprint: str
    """Tells whether two keys are the same; made with a key of this database."""
    tail: str
    """The API key's last four characters."""
    permissions: frozenset[str]
    reads_only: bool
    """It may not trade, or its holder does not want it to."""
    has_address_limit: bool
    created_at: datetime
    checked_at: datetime
    valid_until: datetime | None = None
    state: KeyState = KeyState.OK
    reason: str = ""
    """Why it is not used, in Kraken's word or as the permission that is too much."""

    @property
    def is_usable(self) -> bool:
        """Whether anything may be asked with it."""
        return self.state is KeyState.OK


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a key that is disconnected leaves behind."""

    open_orders: int | None
    """At Kraken; None: they could not be counted."""
    take_profits: int
    """Which the bot watches, and Kraken does not know of."""
    groups: int
    """How many trade with this key."""
    plans: int = 0
    """That buy or sell with it."""


@dataclass(frozen=True, slots=True)
class PermissionReport:
    """What a key may do, against what is needed and accepted."""

    permissions: frozenset[str]

    @property
    def forbidden(self) -> tuple[str, ...]:
        """What it may do beyond what we take; the worst first."""
        beyond = self.permissions - _TAKEN
        return tuple(sorted(beyond, key=lambda name: (name not in WITHDRAWING, name)))

    @property
    def withdraws(self) -> bool:
        """Whether money could leave the account with it."""
        return not WITHDRAWING.isdisjoint(self.permissions)

    @property
    def missing(self) -> tuple[Permission, ...]:
        """What trading needs and it lacks."""
        return tuple(need for need in (*READING, *TRADING) if need not in self.permissions)

    @property
    def can_read(self) -> bool:
        """Whether balances and orders can be read with it."""
        return self.permissions.issuperset(READING)

    @property
    def lacks_reading(self) -> tuple[Permission, ...]:
        return tuple(need for need in READING if need in self.missing)

    @property
    def lacks_trading(self) -> tuple[Permission, ...]:
        return tuple(
            need for need in (Permission.PLACE, Permission.CANCEL) if need in self.missing
        )

    @property
    def lacks_stream(self) -> bool:
        return Permission.STREAM in self.missing


@dataclass(frozen=True, slots=True)
class TypedKey:
    """What was found in a message: an API key, a private key, or both."""

    api_key: str = field(default="", repr=False)
    api_secret: str = field(default="", repr=False)
    odd: int = 0
    """The length of something that is neither; 0 if there is nothing like that."""

    @property
    def is_whole(self) -> bool:
        return bool(self.api_key and self.api_secret)

    def joined(self, other: "TypedKey") -> "TypedKey":
        """With what came in another message; the newer one counts."""
        return TypedKey(other.api_key or self.api_key, other.api_secret or self.api_secret)


class KeyText(StrEnum):
    """A message that holds what may be a key."""

    NEW = "new"
    SECONDHAND = "secondhand"
    """Forwarded or edited."""
    LOST = "lost"
    """It came before a restart, and was stored without what it held."""


def key_text(typed: str, *, secondhand: bool) -> KeyText | None:
    """What a message is when it is looked at for keys; None if there is none in it."""
    if without_keys(typed) != typed:
        return KeyText.SECONDHAND if secondhand else KeyText.NEW
    return KeyText.LOST if REMOVED in typed else None


class Problem(StrEnum):
    """Why a key was not taken."""

    UNKNOWN_KEY = "unknown-key"
    BAD_SIGNATURE = "bad-signature"
    NONCE = "nonce"
    ONE_TIME_CODE = "one-time-code"
    LOCKED_OUT = "locked-out"
    TOO_OFTEN = "too-often"
    """It was not asked: too many keys were tried lately."""
    REFUSED = "refused"
    """Kraken said no in a word that has no sentence of its own."""
    NO_ANSWER = "no-answer"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    EXPIRED = "expired"
    TAKEN = "taken"
    """Another chat of this bot has the same key."""
    FORGOTTEN = "forgotten"
    """The key that was typed is not remembered any more; nothing of it was stored."""


def problem_of(code: str) -> Problem:
    """What Kraken's refusal of a signed call says about the key (docs: REST, Errors)."""
    plain = code.replace(": ", ":")
    if "otp" in plain.lower():
        return Problem.ONE_TIME_CODE
    return next((found for start, found in _REFUSALS if plain.startswith(start)), Problem.REFUSED)


_REFUSALS = (
    ("EAPI:Invalid key", Problem.UNKNOWN_KEY),
    ("EAPI:Invalid signature", Problem.BAD_SIGNATURE),
    ("EAPI:Invalid nonce", Problem.NONCE),
    ("EGeneral:Temporary lockout", Problem.LOCKED_OUT),
    ("Kraken refuses this key's nonces", Problem.NONCE),
    ("Kraken does not know this key", Problem.UNKNOWN_KEY),
    ("the API secret", Problem.BAD_SIGNATURE),
    ("the API key", Problem.UNKNOWN_KEY),
)


@dataclass(frozen=True, slots=True)
class KeyReport:
    """How far the check of a key is, and what it found."""

    offset: timedelta | None = None
    """Kraken's clock minus ours, once it was asked."""
    works: bool = False
    name: str = ""
    """As its holder called it at Kraken; untrusted."""
    permissions: PermissionReport | None = None
    has_address_limit: bool = False
    valid_until: datetime | None = None
    problem: Problem | None = None
    said: str = ""
    """Kraken's own word for the problem."""
    connected: KeyRecord | None = None
    """Set at the end if it was taken."""
    replaced: KeyRecord | None = None

    @property
    def is_over(self) -> bool:
        return self.problem is not None or self.connected is not None


def judge(report: KeyReport, now: datetime, *, reads_only: bool) -> Problem | None:
    """Why a key of which this is known is not taken; None if it is."""
    permissions = report.permissions
    assert permissions is not None, "nothing is taken whose permissions are not known"
    if permissions.forbidden:
        return Problem.FORBIDDEN
    if report.valid_until is not None and report.valid_until <= now:
        return Problem.EXPIRED
    lacks = permissions.lacks_reading if reads_only else permissions.missing
    return Problem.MISSING if lacks else None


def read_key(text: str) -> TypedKey:
    """The keys in a message, in any order: on one line, on two, or with words around them."""
    found = [word for word in re.split(r"[\s,;:\"'`<>]+", text) if _LONG_WORD.fullmatch(word)]
    api_key = next((word for word in found if len(word) in _KEY_LENGTHS), "")
    secret = next((word for word in found if _is_secret(word)), "")
    odd = next((len(word) for word in found if word not in (api_key, secret)), 0)
    return TypedKey(api_key, secret, 0 if api_key or secret else odd)


def _is_secret(word: str) -> bool:
    if len(word) not in _SECRET_LENGTHS:
        return False
    try:
        return bool(base64.b64decode(word, validate=True))
    except (binascii.Error, ValueError):
        return False


def without_keys(text: str) -> str:
    """The text with ``REMOVED`` in place of whatever may be a part of a key, if it holds one."""
    least = 16 if _CONNECT.match(text) else _SHORTEST
    runs = _RUN.findall(text)
    if not any(len(run) >= least and _is_mixed(run) for run in runs):
        return text
    return _RUN.sub(REMOVED, text)


def _is_mixed(run: str) -> bool:
    """As random text is; words and paths seldom are."""
    return any(c.isdigit() for c in run) and any(c.isupper() for c in run) and run != run.upper()


def without_keys_inside(value: Any) -> Any:
    """The same for every text in a decoded JSON value."""
    match value:
        case str():
            return without_keys(value)
        case dict():
            return {name: without_keys_inside(inner) for name, inner in value.items()}
        case list():
            return [without_keys_inside(inner) for inner in value]
        case _:
            return value


def expiry_warning(valid_until: datetime | None, now: datetime) -> int | None:
    """The warning that is due, as days before the end: 1, 3, 14; None if there is none."""
    if valid_until is None or valid_until <= now:
        return None
    left = valid_until - now
    return next((days for days in EXPIRY_WARNINGS if left <= timedelta(days=days)), None)


def names(permissions: Iterable[str]) -> str:
    """As one text for the database."""
    return " ".join(sorted(permissions))
