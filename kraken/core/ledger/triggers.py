"""When waiting orders become live, and how trailing triggers follow the market.

    type                        buys fire when the price is    sells fire when the price is
    stop-loss, trailing-stop    at or above the trigger        at or below it
    take-profit                 at or below the trigger        at or above it

A trailing trigger keeps its distance from the best price since the order came (the highest for
sells, the lowest for buys) and never moves away from the market again. Distances are at least one
tick, or an order would fire at the price it was placed at (docs: WS v2, Add Order, ``triggers``).
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from kraken.core.rules import round_price
from kraken.core.trading import (
    EXACT,
    TRAILING,
    OrderType,
    PriceOffset,
    Reference,
    Trigger,
    TriggerState,
)
from kraken.core.types import Instrument, Side

_TAKES_PROFIT = frozenset({OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT})


def start(
    type: OrderType, side: Side, trigger: Trigger, price: Decimal, instrument: Instrument
) -> TriggerState:
    """The trigger of a new order, where ``price`` is the reference's."""
    if type in TRAILING:
        return TriggerState(
            trail_price(side, trigger.price, price, instrument), trigger.reference, peak=price
        )
    wanted = trigger.price.at(price)
    return TriggerState(_on_grid(wanted, trigger.price, side, instrument), trigger.reference)


def fires(type: OrderType, side: Side, trigger: TriggerState, price: Decimal) -> bool:
    """The price has reached the trigger."""
    upwards = is_upward(type, side)
    return price >= trigger.price if upwards else price <= trigger.price


def is_upward(type: OrderType, side: Side) -> bool:
    """A rising price fires it; otherwise a falling one."""
    return (side is Side.BUY) != (type in _TAKES_PROFIT)


def follow(
    side: Side,
    trigger: TriggerState,
    distance: PriceOffset,
    price: Decimal,
    instrument: Instrument,
) -> TriggerState:
    """The trailing trigger after the market has been at ``price``; the same one if it stays."""
    assert trigger.peak is not None, "trailing triggers begin with a peak"
    is_better = price > trigger.peak if side is Side.SELL else price < trigger.peak
    if not is_better:
        return trigger
    return replace(trigger, peak=price, price=trail_price(side, distance, price, instrument))


def fired(trigger: TriggerState, price: Decimal, now: datetime) -> TriggerState:
    """The trigger after it did its work."""
    return replace(trigger, is_fired=True, fired_by=price, fired_at=now)


def trail_price(
    side: Side, distance: PriceOffset, peak: Decimal, instrument: Instrument
) -> Decimal:
    """The trigger price that belongs to a peak: below it for sells, above it for buys."""
    away = max(abs(distance.distance(peak)), instrument.tick_size)
    if side is Side.SELL:
        return round_price(instrument, EXACT.subtract(peak, away), side)
    return round_price(instrument, EXACT.add(peak, away), side)


def reference_price(
    reference: Reference, last: Decimal | None, index: Decimal | None
) -> Decimal | None:
    """The price a trigger goes by: the index where it is asked for and there is one."""
    return index if reference is Reference.INDEX and index is not None else last


def _on_grid(price: Decimal, asked: PriceOffset, side: Side, instrument: Instrument) -> Decimal:
    """Relative prices are rounded to the grid; one that was named has to be on it."""
    return price if asked.at(Decimal(0)) == price else round_price(instrument, price, side)
