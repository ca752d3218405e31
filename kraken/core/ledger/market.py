"""What the moving market does to orders that rest or wait.

Rules:

* A trade beyond a resting order's price fills it whole, at its own price: the market could not
  have got there past it.
* A trade at its price first goes to others who were there earlier; what is left comes to the
  order. Where nothing is known of the others (the price is out of sight) nothing is filled.
* A book and a trade that tell the same are counted once, whichever comes first.
* Others who leave shorten the queue: never more is ahead than the level holds.
* A book that crosses a resting order fills it from what crosses, at the order's own price.
* Triggers go by trades (or the index), never by quotes; after them the order meets the book.
"""

from collections import deque
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from kraken.core.ledger.matching import is_better, opposite
from kraken.core.ledger.money import Part
from kraken.core.ledger.state import ZERO, OpenOrder, Shortening
from kraken.core.ledger.triggers import fires, follow, reference_price
from kraken.core.ledger.turn import Turn
from kraken.core.ledger.words import Trailed
from kraken.core.rules import round_price
from kraken.core.trading import EXACT, Reference
from kraken.core.trading import Liquidity as Kind
from kraken.core.types import Side, Trade

_SHORTENINGS = 10
"""That many books may be ahead of their trades."""


def meet_book(turn: Turn) -> None:
    """Fill what the book crosses, then see who is still ahead of the others."""
    for order in _resting(turn):
        _sell_into(turn, order)
    for order in _resting(turn):
        seen = turn.offers.queue(order.order.side, _limit(order))
        if seen is not None:
            _shorten(order, seen, turn.view.at)


def meet_trade(turn: Turn, trade: Trade) -> None:
    """Fill what the trade went through or came to."""
    for order in _resting(turn):
        if is_better(opposite(order.order.side), _limit(order), trade.price):
            fill_shown(turn, order, order.order.remaining)
    makers = opposite(trade.side)
    there = [order for order in _resting(turn, makers) if _limit(order) == trade.price]
    if there:
        _flow(turn, there, trade)


def fill_shown(turn: Turn, order: OpenOrder, qty: Decimal) -> None:
    """Fill a resting order, an iceberg part by part."""
    left = min(qty, order.order.remaining)
    while left > 0:
        part = min(left, order.visible)
        turn.fill(order, Part(_limit(order), part, Kind.MAKER))
        left = EXACT.subtract(left, part)


def move_triggers(turn: Turn, reference: Reference | None, price: Decimal | None) -> None:
    """Let waiting orders see a new price: all of them a trade, or those that ask for the index."""
    for order in turn.state.of_pair(turn.view.instrument.symbol):
        told = order.order
        if not order.is_waiting or told.trigger is None:
            continue
        if reference is not None and told.trigger.reference is not reference:
            continue
        seen = reference_price(told.trigger.reference, price, turn.view.index)
        if seen is not None:
            _see(turn, order, seen)


def _see(turn: Turn, order: OpenOrder, price: Decimal) -> None:
    _trail(turn, order, price)
    told = order.order
    assert told.trigger is not None, "what waits has a trigger"
    if fires(told.type, told.side, told.trigger, price):
        turn.trigger(order, price)


def _trail(turn: Turn, order: OpenOrder, price: Decimal) -> None:
    told = order.order
    if order.distance is None or told.trigger is None:
        return
    instrument = turn.view.instrument
    trigger = follow(told.side, told.trigger, order.distance, price, instrument)
    if trigger is told.trigger:
        return
    limit = told.limit_price
    if order.limit_offset is not None:
        limit = round_price(instrument, order.limit_offset.at(trigger.price), told.side)
        limit = max(limit, instrument.tick_size)
    order.order = replace(told, trigger=trigger, limit_price=limit, updated_at=turn.now)
    turn.events.append(Trailed(order.order))


def _resting(turn: Turn, side: Side | None = None) -> list[OpenOrder]:
    """Resting orders of the pair, the best price first, then the earliest."""
    found = [
        order
        for order in turn.state.of_pair(turn.view.instrument.symbol)
        if order.is_resting and side in (None, order.order.side)
    ]
    # Sorting is stable: at one price the earliest stays first.
    sign = {Side.BUY: Decimal(-1), Side.SELL: Decimal(1)}
    return sorted(found, key=lambda order: sign[order.order.side] * _limit(order))


def _sell_into(turn: Turn, order: OpenOrder) -> None:
    """Somebody now offers within the resting order's limit: they are the ones who came."""
    while order.order.is_open:
        level = turn.offers.best(order.order.side, order.order.limit_price)
        if level is None:
            return
        part = min(order.visible, level.qty)
        turn.take(order, Part(_limit(order), part, Kind.MAKER))


def _shorten(order: OpenOrder, seen: Decimal, at: datetime | None) -> None:
    """The book shows so much at the order's price."""
    if order.ahead is not None and seen < order.ahead and at is not None:
        gone = Shortening(at, EXACT.subtract(order.ahead, seen))
        order.shortened = [*order.shortened, gone][-_SHORTENINGS:]
    order.level_qty = seen
    order.ahead = seen if order.ahead is None else min(order.ahead, seen)


def _flow(turn: Turn, orders: list[OpenOrder], trade: Trade) -> None:
    """Share a trade among those who wait at its price, in their order.

    Where the book told of the trade first, it finds the queue as it was before that.
    """
    seen = [(order, order.sequence, order.ahead, order.level_qty) for order in orders]
    for order in orders:
        # What a book of an earlier time showed was something else.
        order.shortened = [each for each in order.shortened if each.at >= trade.at]
        if order.ahead is not None:
            for each in order.shortened:
                order.ahead = EXACT.add(order.ahead, each.qty)
                order.level_qty = EXACT.add(order.level_qty, each.qty)
    _share(turn, orders, trade.qty)
    for order, sequence, ahead, level_qty in seen:
        if ahead is None or order.ahead is None:
            continue
        order.level_qty = min(level_qty, order.level_qty)
        if order.sequence == sequence:
            _keep_newest(order, max(EXACT.subtract(order.ahead, ahead), ZERO))
            order.ahead = min(ahead, order.ahead)


def _keep_newest(order: OpenOrder, left: Decimal) -> None:
    """So much of what books told first has not been told by trades yet."""
    kept: list[Shortening] = []
    for each in reversed(order.shortened):
        qty = min(each.qty, left)
        if qty > 0:
            kept.insert(0, Shortening(each.at, qty))
        left = EXACT.subtract(left, qty)
    order.shortened = kept


def _share(turn: Turn, orders: list[OpenOrder], volume: Decimal) -> None:
    waiting = deque(order for order in orders if order.ahead is not None)
    others = ZERO
    while waiting and volume > 0:
        order = waiting.popleft()
        before = min(volume, max(EXACT.subtract(order.ahead or ZERO, others), ZERO))
        others, volume = EXACT.add(others, before), EXACT.subtract(volume, before)
        part = min(volume, order.visible)
        if part <= 0:
            continue
        volume = EXACT.subtract(volume, part)
        turn.fill(order, Part(_limit(order), part, Kind.MAKER))
        if order.order.is_open and volume > 0:
            waiting.append(order)  # an iceberg's next part, behind everybody
    for order in orders:
        if order.ahead is not None:
            order.ahead = max(EXACT.subtract(order.ahead, others), ZERO)
            left = EXACT.subtract(EXACT.subtract(order.level_qty, others), volume)
            order.level_qty = max(left, ZERO)


def _limit(order: OpenOrder) -> Decimal:
    price = order.order.limit_price
    assert price is not None, "only limit orders rest"
    return price
