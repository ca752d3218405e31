"""What can go wrong with Kraken, cut by what the caller may conclude.

    KrakenError
    |-- Rejected               a clear no; nothing happened
    |   |-- InsufficientFunds      the balance does not cover it
    |   |-- InvalidOrder           the request does not fit the pair or the rules
    |   |-- AuthError              the key, its permissions, its nonce or the account
    |   `-- UnknownInstrument      no such pair or asset; carries suggestions
    |-- NotSent                it never left; nothing happened
    |   `-- HeldBack               kept here on purpose, for the reason that it gives
    |-- Busy                   not now; a read may be asked again, an order's outcome is unknown
    |   |-- RateLimited            too many requests; wait ``retry_after``
    |   `-- Maintenance            the engine or the API is down
    |-- OutcomeUnknown         it was sent and no answer came; it may have happened
    `-- BadData                what arrived is not what was asked for (HTML, cut JSON)

What is not known to be a no is ``Busy``: a word of Kraken that this version does not know must not
be taken for a refusal (docs: REST, Errors). After ``BadData`` a read may be asked again later.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from kraken.core.types import Symbol

LOCKOUT = timedelta(minutes=15)
"""How long Kraken refuses everything after repeated invalid keys; each attempt starts it anew."""


class KrakenError(Exception):
    """Something with Kraken went wrong; ``code`` is Kraken's own text where it sent one."""

    def __init__(self, code: str = "") -> None:
        super().__init__(code)
        self.code = code


class Rejected(KrakenError):
    """A clear no: nothing happened, and the same request will be refused again."""


class InsufficientFunds(Rejected):
    """The balance, with fees, does not cover it; nothing happened."""


class InvalidOrder(Rejected):
    """The request does not fit the pair's steps, minimums or rules; nothing happened."""


class AuthError(Rejected):
    """The key, its permissions, its nonce or the account is refused; nothing happened."""


class UnknownInstrument(Rejected):
    """There is no such pair or asset; ``suggestions`` are the nearest ones, best first."""

    def __init__(
        self, name: str = "", suggestions: tuple[Symbol, ...] = (), code: str = ""
    ) -> None:
        super().__init__(code or f"no instrument is called {name!r}")
        self.name = name
        self.suggestions = suggestions


class NotSent(KrakenError):
    """The request never left, nothing happened: there was no connection, or it was held back.

    ``retry_after`` is how long to wait at least, where that is known.
    """

    def __init__(self, code: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class HeldBack(NotSent):
    """It was not sent although it could have been; the text says why, in words."""


class Busy(KrakenError):
    """Not now. A read may be asked again; for an order the outcome is unknown.

    ``retry_after`` is how long to wait at least, where Kraken said it or a rule gives it.
    """

    def __init__(self, code: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class RateLimited(Busy):
    """Too many requests: wait ``retry_after``; asking sooner makes the wait longer."""


class Maintenance(Busy):
    """The engine or the API is down; ask again from one second on, doubling."""


class OutcomeUnknown(KrakenError):
    """The request was sent and nothing is known of what became of it: find out before retrying."""


class BadData(KrakenError):
    """What arrived cannot be read as what was asked for; a read may be asked again later."""


def _unknown_name(code: str) -> KrakenError:
    return UnknownInstrument(code=code)


def _rate_limited(code: str) -> KrakenError:
    return RateLimited(code, timedelta(seconds=5))


def _locked_out(code: str) -> KrakenError:
    return RateLimited(code, LOCKOUT)


def _down(code: str) -> KrakenError:
    return Maintenance(code, timedelta(seconds=1))


PREFIXES: dict[str, Callable[[str], KrakenError]] = {
    "EAPI:": AuthError,
    "EAPI:Bad request": Rejected,
    "EAPI:Feature disabled": Rejected,
    "EAPI:Rate limit": _rate_limited,
    "EAccount:": AuthError,
    "EAuth:": AuthError,
    "EAuth:Rate limit": _rate_limited,
    "EAuth:Too many": _rate_limited,
    "EBM:": Rejected,
    "EDatabase:": Busy,
    "EEarnings:": Rejected,
    "EFunding:": Rejected,
    "EGeneral:": Busy,
    "EGeneral:Invalid arguments": InvalidOrder,
    "EGeneral:Permission denied": AuthError,
    "EGeneral:Temporary lockout": _locked_out,
    "EGeneral:Too many requests": _rate_limited,
    "EGeneral:Unknown method": Rejected,
    "EOrder:": InvalidOrder,
    "EOrder:Domain rate limit": _rate_limited,
    "EOrder:Insufficient": InsufficientFunds,
    "EOrder:Insufficient margin": InsufficientFunds,
    "EOrder:Margin": InsufficientFunds,
    "EOrder:Rate limit": _rate_limited,
    "EQuery:": Rejected,
    "EQuery:Invalid asset pair": _unknown_name,
    "EQuery:Unknown asset": _unknown_name,
    "EService:": Busy,
    "EService:Busy": _down,
    "EService:Market in": Rejected,
    "EService:Throttled": _rate_limited,
    "EService:Unavailable": _down,
    "ESession:": AuthError,
    "ETrade:": InvalidOrder,
    "ETrade:User Locked": AuthError,
    "Currency pair not supported": _unknown_name,
}
"""The beginnings of Kraken's error texts and what each allows to conclude (docs: REST, Errors).

``EService:Deadline elapsed`` stays ``Busy`` on purpose: the order should not have matched, and the
documents still ask to look at the open orders before sending again.
"""

_LONGEST_FIRST = tuple(sorted(PREFIXES, key=len, reverse=True))


def from_code(code: str, now: datetime | None = None) -> KrakenError:
    """Return the error that Kraken's text stands for; unknown texts become ``Busy``.

    ``now`` turns the instant in ``EService: Throttled: 1700000000`` into a time to wait.
    """
    # A blank may follow the first colon (docs: REST, Errors).
    plain = code.strip().replace(": ", ":")
    for prefix in _LONGEST_FIRST:
        if plain.startswith(prefix):
            error = PREFIXES[prefix](code)
            _, _, instant = plain.partition("Throttled:")
            if now is not None and isinstance(error, Busy) and instant.isdecimal():
                error.retry_after = _until(int(instant), now)
            return error
    return Busy(code)


def _until(unix_seconds: int, now: datetime) -> timedelta:
    """The time to wait, within reason whatever the peer wrote."""
    seconds = unix_seconds - int(now.astimezone(UTC).timestamp())
    return timedelta(seconds=min(max(seconds, 1), 3600))
