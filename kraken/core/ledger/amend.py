"""Changing an open order in place: names and fills stay, the place in the queue may not.

    quantity down, display quantity, trigger price     the order keeps its place
    quantity up, any other limit price                 it goes to the back
    quantity not above what is filled                  the rest is cancelled

Orders with a conditional close cannot be amended, nor can side, type or time in force; a trailing
trigger follows the market and nothing else (docs: REST, AmendOrder).
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from kraken.core.ledger.checks import Terms, check_steps, display_fits
from kraken.core.ledger.state import OpenOrder
from kraken.core.ledger.triggers import fires, reference_price
from kraken.core.ledger.turn import Turn
from kraken.core.ledger.words import Amended, EndReason, Refusal, RefusalKind
from kraken.core.trading import (
    EXACT,
    LIMITED,
    TRAILING,
    Amend,
    Order,
    OrderRequest,
    OrderType,
)
from kraken.core.types import InstrumentStatus

_CLOSED = frozenset(
    {
        InstrumentStatus.CANCEL_ONLY,
        InstrumentStatus.MAINTENANCE,
        InstrumentStatus.DELISTED,
        InstrumentStatus.WORK_IN_PROGRESS,
    }
)


def amend(turn: Turn, order: OpenOrder, change: Amend) -> Refusal | None:
    """Change the order, or say why not and change nothing."""
    told = order.order
    if told.close is not None:
        return Refusal(RefusalKind.NOT_AMENDABLE)
    if change.qty is not None and change.qty.is_finite() and 0 < change.qty <= told.filled_qty:
        turn.end(order, EndReason.USER)
        return None
    refusal = _arguments(order, change) or _circumstances(turn, change)
    if refusal is not None:
        return refusal
    amended = _amended(told, change)
    refusal = _fits(turn, amended) or _takes(turn, order, amended) or _funds(turn, order, amended)
    if refusal is not None:
        return refusal
    _apply(turn, order, replace(amended, updated_at=turn.now, is_amended=True))
    return None


def _arguments(order: OpenOrder, change: Amend) -> Refusal | None:
    told = order.order
    follows = order.is_waiting and told.type in TRAILING
    given = {
        "qty": change.qty,
        "limit_price": change.limit_price,
        "trigger_price": change.trigger_price,
        "display_qty": change.display_qty,
        "post_only": change.post_only,
    }
    if all(value is None for value in given.values()):
        return Refusal(RefusalKind.ARGUMENTS)
    possible: dict[str, Callable[[], bool]] = {
        "qty": lambda: True,
        "limit_price": lambda: told.type in LIMITED and not follows,
        "trigger_price": lambda: order.is_waiting and not follows,
        "display_qty": lambda: told.type is OrderType.ICEBERG,
        "post_only": lambda: told.type is OrderType.LIMIT,
    }
    for field, value in given.items():
        wrong = isinstance(value, Decimal) and not (value.is_finite() and value > 0)
        if value is not None and (wrong or not possible[field]()):
            return Refusal(RefusalKind.ARGUMENTS, field)
    return None


def _circumstances(turn: Turn, change: Amend) -> Refusal | None:
    if change.deadline is not None and turn.now > change.deadline:
        return Refusal(RefusalKind.DEADLINE)
    status = turn.view.instrument.status
    if status in _CLOSED:
        return Refusal(RefusalKind.MARKET_STATUS, status.value)
    return None


def _amended(told: Order, change: Amend) -> Order:
    trigger = told.trigger
    if change.trigger_price is not None and trigger is not None:
        trigger = replace(trigger, price=change.trigger_price)
    return replace(
        told,
        qty=told.qty if change.qty is None else change.qty,
        limit_price=told.limit_price if change.limit_price is None else change.limit_price,
        display_qty=told.display_qty if change.display_qty is None else change.display_qty,
        post_only=told.post_only if change.post_only is None else change.post_only,
        trigger=trigger,
    )


def _fits(turn: Turn, amended: Order) -> Refusal | None:
    """Steps and minimums, as for a new order of the new total."""
    shown = amended.display_qty
    if shown is not None and not display_fits(shown, amended.qty):
        return Refusal(RefusalKind.ARGUMENTS, "display_qty")
    request = OrderRequest(
        amended.symbol, amended.side, amended.type, amended.qty, display_qty=shown
    )
    return check_steps(request, Terms(amended.limit_price, amended.trigger), turn.view)


def _takes(turn: Turn, order: OpenOrder, amended: Order) -> Refusal | None:
    if order.is_waiting:
        trigger = amended.trigger
        assert trigger is not None, "what waits has a trigger"
        price = reference_price(trigger.reference, turn.view.last, turn.view.index)
        if price is not None and fires(amended.type, amended.side, trigger, price):
            return Refusal(RefusalKind.ARGUMENTS, "trigger_price")
        return None
    if amended.post_only and turn.would_take(replace(order, order=amended)):
        return Refusal(RefusalKind.POST_ONLY)
    return None


def _funds(turn: Turn, order: OpenOrder, amended: Order) -> Refusal | None:
    tier = turn.state.tier_for(amended.symbol)
    order_then = replace(order, order=amended, hold_rate=max(order.hold_rate, tier.maker))
    if not amended.post_only:
        order_then.hold_rate = max(order_then.hold_rate, tier.taker)
    asset, before = order.need()
    more = EXACT.subtract(order_then.need()[1], before)
    available = turn.state.available(asset)
    if more > 0 and more > available:
        return Refusal(RefusalKind.FUNDS, asset=asset, needed=more, available=available)
    order.hold_rate = order_then.hold_rate
    return None


def _apply(turn: Turn, order: OpenOrder, amended: Order) -> None:
    told = order.order
    moved = amended.limit_price != told.limit_price
    if told.display_remaining is not None and amended.display_qty is not None:
        same = amended.display_qty == told.display_qty
        shown = told.display_remaining if same else amended.display_qty
        amended = replace(amended, display_remaining=min(shown, amended.remaining))
    order.order = amended
    turn.events.append(Amended(amended))
    if order.is_waiting:
        return
    if moved:
        turn.match(order)
    if order.order.is_open and (moved or amended.qty > told.qty):
        turn.rest(order)
