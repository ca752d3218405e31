"""The words of trading in a chat: modes, accounts, tickets, intents and where an order stands.

Rules: an intent is committed before anything is sent and is never changed; where its order
stands moves only by evidence (see :class:`Standing`); a ticket is used once, by the person it
was made for, in the chat it was made in.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from kraken.core.trading import Order, OrderRequest, PriceOffset
from kraken.core.types import ClientOrderId, OrderId

AccountId = NewType("AccountId", str)
"""Whose money it is: ``paper:<chat id>`` or ``live:<id of the key>``."""


class Mode(StrEnum):
    """Whether a chat trades practice money or real money; every chat begins with practice."""

    PAPER = "paper"
    LIVE = "live"


class Standing(StrEnum):
    """What is known of an order that was committed.

    ``sent -> acked | rejected | not_sent | unknown`` and ``unknown -> acked | absent``, the
    second only by evidence: a network error never is.
    """

    SENT = "sent"
    """Committed. The request may be on its way, or the process died before it left."""
    ACKED = "acked"
    """The exchange has, or had, the order; :attr:`PlacedOrder.order` says how it is."""
    REJECTED = "rejected"
    """A clear no; nothing was placed."""
    NOT_SENT = "not_sent"
    """Nothing left this machine; nothing was placed."""
    UNKNOWN = "unknown"
    """No answer that says yes or no: it is being found out."""
    ABSENT = "absent"
    """Proven never to have been placed."""

    @property
    def is_open_question(self) -> bool:
        """It has to be settled, also after a restart."""
        return self in (Standing.SENT, Standing.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Intent:
    """An order as it is committed before it is sent, and whose it is."""

    account: AccountId
    mode: Mode
    chat_id: int
    user_id: int
    """Who confirmed it."""
    request: OrderRequest
    """With ``client_id`` and ``deadline``."""
    value: Decimal
    """What it moves, in US dollars at the tap: what limits count."""
    source: str = "chat"
    """``chat``, or what limits judge apart: ``protection``, ``take-profit``, ``flatten``..."""
    card: int | None = None
    """The message that follows the order through its life."""
    take_profit: PriceOffset | None = None
    """Watched by the bot, not by the exchange; relative ones count from the average fill."""
    parent: ClientOrderId | None = None
    """The order that this one takes the profit of."""
    note: str = ""
    approved_by: int | None = None
    """The second trader who let it go, where two are asked for; never ``user_id``."""
    express_until: datetime | None = None
    """It was sent without a preview, as express allowed until then; None: it was previewed."""

    @property
    def client_id(self) -> ClientOrderId:
        """Our name for it."""
        assert self.request.client_id is not None, "an intent names its order"
        return self.request.client_id

    @property
    def deadline(self) -> datetime:
        """After it the engine matches nothing of it."""
        assert self.request.deadline is not None, "an intent has a deadline"
        return self.request.deadline


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an open order, as limits judge it before it is sent."""

    intent: Intent
    """The order as it would be, with what all of it would move."""
    order_id: OrderId
    before: Decimal
    """What all of it counts now, in US dollars; zero for a stop that was no sale until now."""
    is_harmless: bool
    """Nothing that could trade more, or sooner: neither a pause nor a limit stands in its way."""


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An intent and what became of it so far."""

    intent: Intent
    standing: Standing
    created_at: datetime
    updated_at: datetime
    order: Order | None = None
    """As the exchange told it last."""
    reason: str = ""
    """Why it was refused or not sent, in the words of whoever said no."""


class TicketState(StrEnum):
    """A ticket leaves ``open`` once."""

    OPEN = "open"
    TAKEN = "taken"
    VOID = "void"
    """Overtaken by a pause, another mode or a newer ticket."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Something that waits for one person's one confirmation."""

    id: str
    """128 random bits; what the button's payload carries."""
    kind: str
    """What is confirmed: ``order``, ``amend``, ``cancel_all``, ``live``, ``disconnect``..."""
    chat_id: int
    user_id: int
    body: str
    """JSON of what is confirmed; each kind has its own shape."""
    created_at: datetime
    expires_at: datetime
    message_id: int | None = None
    """The card it stands on."""
    state: TicketState = TicketState.OPEN


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts against a chat's limits, read in the transaction that commits an intent."""

    spent_today: Decimal = Decimal(0)
    """US dollars of live orders in the last 24 hours. An order of unknown outcome counts whole;
    one that was refused or never placed does not; one that ended counts what was filled."""
    orders_last_minute: int = 0
    open_orders: int = 0
    same_order_at: datetime | None = None
    """When the same pair, side and quantity was last sent."""
