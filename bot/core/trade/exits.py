"""Exits: when a take-profit that the bot watches is due, at which price, and for how much.

Rules: an exit follows what was filled and never sells more than that; what resting stops sold
already, and what earlier take-profits took, is not sold again; a price is rounded away from the
entry, so that a profit is never smaller than asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from enum import StrEnum

from bot.core.trade.types import Intent
from kraken.core.trading import EXACT, TRIGGERED, Order
from kraken.core.types import ClientOrderId, Instrument, Side

_UP = Context(prec=60, rounding=ROUND_CEILING)
_DOWN = Context(prec=60, rounding=ROUND_FLOOR)


class ExitState(StrEnum):
    """Where a take-profit is."""

    WATCHING = "watching"
    CLOSING = "closing"
    """The price was reached: the stop is being taken away, or the sale is being sent."""
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Exit:
    """The take-profit of one order."""

    client_id: ClientOrderId
    state: ExitState
    round: int = 0
    """How many sales it has begun."""
    taken: Decimal = Decimal(0)
    """The quantity of the sales that it has begun."""


def is_protection(intent: Intent) -> bool:
    """The order is itself the stop: it protects a holding rather than opening a position."""
    return intent.request.type in TRIGGERED


def closing_side(intent: Intent) -> Side:
    """The side of the take-profit's own order."""
    if is_protection(intent):
        return intent.request.side
    return Side.SELL if intent.request.side is Side.BUY else Side.BUY


def take_price(intent: Intent, order: Order | None, instrument: Instrument) -> Decimal | None:
    """The price that is watched for; None while it has nothing to count from."""
    if intent.take_profit is None:
        return None
    reference = order.average if order is not None else None
    if is_protection(intent):
        reference = None
    if reference is None:
        if intent.take_profit.kind != "static":
            return None
        reference = Decimal(0)
    price = intent.take_profit.at(reference)
    context = _UP if closing_side(intent) is Side.SELL else _DOWN
    steps = context.divide(price, instrument.tick_size)
    whole = steps.to_integral_value(rounding=context.rounding)
    return EXACT.multiply(whole, instrument.tick_size)


def is_reached(intent: Intent, take: Decimal, last: Decimal) -> bool:
    """Whether a trade at this price makes it due."""
    return last >= take if closing_side(intent) is Side.SELL else last <= take


def left(intent: Intent, order: Order | None, stops: Iterable[Order], taken: Decimal) -> Decimal:
    """What there is still to close: filled, and neither stopped out nor taken."""
    if order is None:
        return Decimal(0)
    if is_protection(intent):
        return EXACT.subtract(order.remaining, taken)
    rest = EXACT.subtract(order.filled_qty, taken)
    for stop in stops:
        rest = EXACT.subtract(rest, stop.filled_qty)
    return rest


def in_lots(qty: Decimal, instrument: Instrument) -> Decimal:
    """As much of it as whole lots make, and nothing where that is below the minimum."""
    lots = _DOWN.divide(qty, instrument.lot_size).to_integral_value(rounding=ROUND_FLOOR)
    whole = EXACT.multiply(lots, instrument.lot_size)
    return whole if whole >= instrument.min_qty else Decimal(0)
