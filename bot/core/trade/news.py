"""News: something a chat is told without having asked, kept until Telegram has accepted it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.types import PlacedOrder
from kraken.core.trading import Fill, Order


@dataclass(frozen=True, slots=True)
class Posted:
    """What is posted of it in channels that are fed from the chat."""

    full: Page
    without_sizes: Page
    """For a channel in which nobody is to see how much was traded."""


@dataclass(frozen=True, slots=True)
class News:
    """One push; written in the transaction that notes what it tells, and told once."""

    event_key: str
    """What is told: ``end:<account>:<order id>``; a second one of the same key is dropped."""
    chat_id: int
    page: Page
    reply_to: int | None = None
    """The card that it belongs to."""
    priority: int = Priority.FILL
    posted: Posted | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is written of an order in the transaction that decides what is told of it."""

    placed: PlacedOrder | None
    """The order of ours; for a stop, the one whose fill placed it. None: made elsewhere."""
    order: Order | None = None
    """The order itself, with all that was told of it; None if nothing was."""
    booked: Decimal = Decimal(0)
    """What the fills that are kept come to."""
    is_end_told: bool = False

    @property
    def is_stop(self) -> bool:
        """It was placed by a fill of ours."""
        ours = self.placed.order if self.placed else None
        return self.order is not None and ours is not None and ours.order_id != self.order.order_id


Tell = Callable[[Known], News | None]
"""Decides what is told; called inside the transaction, so it only computes."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A fill that is to be kept, how its order is by it, and what is told of it."""

    fill: Fill
    order: Order
    tell: Tell


def end_key(account: str, order_id: str) -> str:
    """The event that an order has ended; it is told once."""
    return f"end:{account}:{order_id}"
