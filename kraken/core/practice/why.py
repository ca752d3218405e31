"""Why an order is not filled yet, in numbers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kraken.core.ledger.state import OpenOrder
from kraken.core.ledger.words import MarketView
from kraken.core.trading import EXACT, Order
from kraken.core.types import Side


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What an open order waits for; None is what does not apply or was not seen."""

    order: Order
    opposite: Decimal | None
    """The best price of the other side now: a buy waits for the best ask to come down."""
    best_seen: Decimal | None
    """The best price of the other side since ``seen_since``."""
    seen_since: datetime | None
    """When the order was placed, or later if the market was not watched from then on."""
    ahead: Decimal | None
    """Others' quantity that trades first at the order's price; None while it is out of sight."""
    last: Decimal | None
    """The last trade's price."""
    trigger_distance: Decimal | None
    """How far the last trade is from the trigger, in quote, never negative."""


def why_not(
    order: OpenOrder,
    view: MarketView | None,
    best_seen: Decimal | None,
    seen_since: datetime | None,
) -> WhyNot:
    """The answer for one open order; without a view only what the order itself knows."""
    told = order.order
    levels = () if view is None else view.asks if told.side is Side.BUY else view.bids
    last = None if view is None else view.last
    distance = None
    if order.is_waiting and told.trigger is not None and last is not None:
        distance = abs(EXACT.subtract(told.trigger.price, last))
    return WhyNot(
        order=told,
        opposite=levels[0].price if levels else None,
        best_seen=best_seen,
        seen_since=seen_since,
        ahead=order.ahead if order.is_resting else None,
        last=last,
        trigger_distance=distance,
    )
