"""What a card says an order is: one of twelve states, from what is known of it."""

from enum import StrEnum

from bot.core.trade.types import PlacedOrder, Standing
from kraken.core.trading import Order, OrderStatus


class CardState(StrEnum):
    """How an order stands, as people name it."""

    SENDING = "sending"
    UNKNOWN = "unknown"
    OPEN = "open"
    WAITING = "waiting"
    """For its trigger."""
    PART_FILLED = "part_filled"
    TRIGGERED = "triggered"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    ABSENT = "absent"


_BY_STANDING = {
    Standing.SENT: CardState.SENDING,
    Standing.ACKED: CardState.OPEN,
    Standing.UNKNOWN: CardState.UNKNOWN,
    Standing.REJECTED: CardState.REJECTED,
    Standing.NOT_SENT: CardState.NOT_SENT,
    Standing.ABSENT: CardState.ABSENT,
}
_BY_STATUS = {
    OrderStatus.PARTIALLY_FILLED: CardState.PART_FILLED,
    OrderStatus.FILLED: CardState.FILLED,
    OrderStatus.CANCELED: CardState.CANCELLED,
    OrderStatus.EXPIRED: CardState.EXPIRED,
}


def state_of(placed: PlacedOrder) -> CardState:
    """The state of an order of ours."""
    if placed.standing is Standing.ACKED and placed.order is not None:
        return state_of_order(placed.order)
    return _BY_STANDING[placed.standing]


def state_of_order(order: Order) -> CardState:
    """The state of an order that the exchange has."""
    if order.status in _BY_STATUS:
        return _BY_STATUS[order.status]
    if order.trigger is None:
        return CardState.OPEN
    return CardState.TRIGGERED if order.trigger.is_fired else CardState.WAITING
