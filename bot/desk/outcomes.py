"""What can become of a tap on a card that would send an order."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from bot.core.errors import UserError
from bot.core.trade.caution import Reason
from bot.core.trade.preview import Preview
from bot.core.trade.types import Mode, PlacedOrder, Ticket
from bot.core.trade.wish import OrderWish


class Renewal(StrEnum):
    """Why a card is shown anew instead of sent."""

    MOVED = "moved"
    CHANGED = "changed"
    """Other settings, or another account."""


@dataclass(frozen=True, slots=True)
class Renewed:
    """The order would come out differently now: a new card, a new ticket."""

    why: Renewal
    preview: Preview
    ticket: Ticket
    before: Decimal
    """The worst price that was shown before."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """Something is unusual: a second card, with a ticket of its own."""

    preview: Preview
    reasons: tuple[Reason, ...]
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Proposed:
    """It was confirmed, and waits for the tap of another trader."""

    preview: Preview
    ticket: Ticket
    above: Decimal
    """US dollars above which two are asked for here."""


@dataclass(frozen=True, slots=True)
class Sent:
    """It was committed and sent; its card follows it from here on."""

    placed: PlacedOrder


@dataclass(frozen=True, slots=True)
class Misfit:
    """It does not fit any more; nothing was sent."""

    error: UserError
    wish: OrderWish
    mode: Mode


@dataclass(frozen=True, slots=True)
class Overdue:
    """The tap came too late; nothing was sent."""

    wish: OrderWish
    kind: str
    """Of the ticket: an order's own, or that of the second tap."""


@dataclass(frozen=True, slots=True)
class Waits:
    """The exchange takes no order yet; nothing was sent, and the ticket is as it was."""

    wish: OrderWish
    mode: Mode
    ticket: str
    wait: timedelta


class Refused(StrEnum):
    """Nothing happened, and the card stays as it is."""

    FINISHED = "finished"
    NOT_YOURS = "not_yours"
    YOUR_OWN = "your_own"
    """Whoever asked for it cannot be the second one as well."""


Open = Renewed | Doubted | Proposed | Misfit | Overdue | Waits
"""Nothing was sent, and the card says why."""

Outcome = Open | Sent | Refused
