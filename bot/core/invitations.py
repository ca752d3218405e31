"""Invitations: links with which the owner lets in somebody whom the bot does not know yet.

Rules: a link is good for one person and for a while, as trader or as viewer, never as owner; its
token is 128 bits that only the link holds, kept as a hash; nobody who has as much already uses it
up, and nobody who is blocked comes back with it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.access import Role
from bot.core.args import words
from bot.core.errors import BadArgument
from bot.core.numbers import read_duration

PREFIX = "inv_"
"""How the start word of such a link begins; the token follows."""
USUAL = timedelta(days=7)
SPAN = (timedelta(minutes=10), timedelta(days=30))
MOST = 8
"""Invitations that may wait at a time."""

_ROLES = {"trader": Role.TRADER, "viewer": Role.VIEWER}
_EXAMPLE = "/invite trader 7d"


class Outcome(StrEnum):
    """What became of somebody who opened such a link."""

    ADMITTED = "admitted"
    KNOWN = "known"
    """They have that role already, or a higher one; the link is as good as before."""
    USED = "used"
    OVER = "over"
    UNKNOWN = "unknown"
    """Never made, withdrawn, long over, or made by somebody who is not the owner any more."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """One that waits for somebody."""

    id: str
    """The hash of its token: nobody can come with it."""
    role: Role
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class InviteWish:
    """Whom the owner wants to invite; without a role those who wait are only listed."""

    role: Role | None = None
    lasts: timedelta = USUAL


@dataclass(frozen=True, slots=True)
class Coming:
    """Somebody opened a link."""

    outcome: Outcome
    id: str
    role: Role = Role.STRANGER
    """What the link gives; a stranger's if that is nobody's business."""


def read_invite(text: str) -> InviteWish:
    """``trader|viewer [7d]``, or nothing.

    Raises:
        BadArgument: what is none of that.
    """
    said = [word.lower() for word in words(text)]
    if not said:
        return InviteWish()
    if said[0] not in _ROLES:
        raise BadArgument("role", said[0], _EXAMPLE, hint=" ".join(_ROLES))
    if len(said) == 1:
        return InviteWish(_ROLES[said[0]])
    lasts = read_duration(said[1])
    if lasts is None or not SPAN[0] <= lasts <= SPAN[1] or len(said) > 2:
        raise BadArgument("time", " ".join(said[1:]), _EXAMPLE, hint="10m to 30d: 12h, 7d")
    return InviteWish(_ROLES[said[0]], lasts)


def token_in(start: str) -> str:
    """The token after ``/start``, or nothing if this is no invitation."""
    word = start.strip()
    return word.removeprefix(PREFIX) if word.startswith(PREFIX) else ""


def fingerprint(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
