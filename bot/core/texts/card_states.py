"""What a card says an order is: one of twelve states, from what is known of it."""

from enum import StrEnum

from bot.core.trade.types import PlacedOrder, Standing
from kraken.core.trading import Order, OrderStatus, OrderType, TimeInForce


class CardState(StrEnum):
    """How an order stands, as people name it."""

    SENDING = "sending"
    """On its way, or taken by the exchange where it never rests: its end is a moment away."""
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
_NEVER_RESTS = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_BY_STATUS = {
    OrderStatus.PARTIALLY_FILLED: CardState.PART_FILLED,
    OrderStatus.FILLED: CardState.FILLED,
    OrderStatus.CANCELED: CardState.CANCELLED,
    OrderStatus.EXPIRED: CardState.EXPIRED,
}


def state_of(placed: PlacedOrder) -> CardState:
    """The state of an order of ours."""
    if placed.standing is Standing.ACKED and placed.order is not None:
        if placed.order.is_open and _never_rests(placed):
            return CardState.SENDING
        return state_of_order(placed.order)
    return _BY_STANDING[placed.standing]


def state_of_order(order: Order) -> CardState:
    """The state of an order that the exchange has."""
    if order.status in _BY_STATUS:
        return _BY_STATUS[order.status]
    if order.trigger is None:
        return CardState.OPEN
    return CardState.TRIGGERED if order.trigger.is_fired else CardState.WAITING


def _never_rests(placed: PlacedOrder) -> bool:
    """It trades at once or not at all, so being open is nothing that anybody could act on."""
    request = placed.intent.request
    at_once = request.type is OrderType.MARKET or request.time_in_force in _NEVER_RESTS
    return at_once and request.trigger is None
