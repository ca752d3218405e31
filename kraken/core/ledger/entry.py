"""How orders come in: from a request, or as the conditional close of a fill.

A close is placed for each fill on its own, on the other side and for what the fill brought; its
relative prices count from the fill's price. It pays its fee in quote, so that all that was bought
can be sold. Minimums do not apply to it; if the money for it is not there it is cancelled as soon
as it exists (docs: REST, AddOrder, ``close``).
"""

from dataclasses import replace
from decimal import Decimal

from kraken.core.fills import walk
from kraken.core.ledger.checks import Terms
from kraken.core.ledger.matching import Liquidity, opposite
from kraken.core.ledger.state import ZERO, AccountState, OpenOrder
from kraken.core.ledger.triggers import fires, reference_price, start
from kraken.core.ledger.turn import Turn
from kraken.core.ledger.words import Accepted, EndReason, MarketView, Refusal, RefusalKind
from kraken.core.rules import round_price, round_qty
from kraken.core.trading import (
    EXACT,
    TRAILING,
    FeePreference,
    Fill,
    Order,
    OrderRequest,
    OrderStatus,
)
from kraken.core.types import Instrument, OrderId, Side


def incoming(
    state: AccountState, request: OrderRequest, terms: Terms, qty: Decimal, view: MarketView
) -> OpenOrder:
    """The order that a checked request becomes; it has no name and no place in the queue yet."""
    tier = state.tier_for(request.symbol)
    trailing = request.type in TRAILING
    order = Order(
        order_id=OrderId(""),
        symbol=request.symbol,
        side=request.side,
        type=request.type,
        qty=qty,
        status=OrderStatus.PENDING_NEW,
        client_id=request.client_id,
        limit_price=terms.limit_price,
        time_in_force=request.time_in_force,
        expires_at=request.expires_at,
        post_only=request.post_only,
        reduce_only=request.reduce_only,
        trigger=terms.trigger,
        display_qty=request.display_qty,
        cash_qty=request.cash_qty,
        fee_preference=request.fee_preference,
        close=request.close,
        user_ref=request.user_ref,
    )
    return OpenOrder(
        order=order,
        base=view.instrument.base,
        quote=view.instrument.quote,
        hold_rate=tier.maker if request.post_only else max(tier.maker, tier.taker),
        sequence=0,
        is_waiting=terms.trigger is not None,
        distance=request.trigger.price if trailing and request.trigger is not None else None,
        limit_offset=request.limit_offset if trailing else None,
        self_trade=request.self_trade,
    )


def quantity(request: OrderRequest, offers: Liquidity, view: MarketView) -> Decimal | Refusal:
    """The base quantity of a request; what an amount of quote buys from the book as it is."""
    if request.cash_qty is None:
        assert request.qty is not None, "the check lets no request in without a quantity"
        return request.qty
    instrument = view.instrument
    bought = walk(
        offers.for_side(request.side), quote=request.cash_qty, lot_size=instrument.lot_size
    )
    price = bought.worst or view.last
    if price is None:
        return Refusal(RefusalKind.ARGUMENTS, "cash_qty")
    qty = bought.filled
    if bought.exhausted:
        # The rest finds nobody and will be cancelled; it is still a part of what was asked for.
        unspent = EXACT.subtract(request.cash_qty, bought.cost)
        qty = EXACT.add(qty, round_qty(instrument, EXACT.divide(unspent, price)))
    if qty < instrument.min_qty:
        least = instrument.min_qty
        return Refusal(RefusalKind.MIN_QTY, limit=least, needed=least, available=qty)
    return qty


def enter(turn: Turn, order: OpenOrder, order_id: OrderId) -> None:
    """The engine takes the order: it waits for its trigger, or goes live."""
    _accept(turn, order, order_id)
    if not order.is_waiting:
        turn.go_live(order)
    elif _is_crossed(order, turn.view):
        turn.end(order, EndReason.WOULD_TRIGGER)
    else:
        turn.open(order)


def place_closes(turn: Turn) -> None:
    """Place the conditional close of every fill of this turn, and of what these fill."""
    while turn.closes:
        parent, fill = turn.closes.pop(0)
        order = _closing(turn, parent, fill)
        if order is None:
            continue
        asset, needed = order.need()
        is_covered = needed <= turn.state.available(asset)
        _accept(turn, order, turn.ids.order_id())
        if not is_covered:
            turn.end(order, EndReason.FUNDS)
        elif order.is_waiting:
            turn.open(order)
        else:
            turn.go_live(order)


def _accept(turn: Turn, order: OpenOrder, order_id: OrderId) -> None:
    order.order = replace(order.order, order_id=order_id, created_at=turn.now, updated_at=turn.now)
    order.sequence = turn.state.next_sequence()
    turn.state.orders[order_id] = order
    turn.events.append(Accepted(order.order))


def _is_crossed(order: OpenOrder, view: MarketView) -> bool:
    told = order.order
    assert told.trigger is not None, "what waits has a trigger"
    price = reference_price(told.trigger.reference, view.last, view.index)
    return price is not None and fires(told.type, told.side, told.trigger, price)


def _closing(turn: Turn, parent: OpenOrder, fill: Fill) -> OpenOrder | None:
    close = parent.order.close
    assert close is not None, "only such orders leave a close behind"
    instrument = turn.view.instrument
    side = opposite(fill.side)
    qty = fill.qty
    if fill.side is Side.BUY and parent.order.fee_preference is FeePreference.BASE:
        qty = round_qty(instrument, EXACT.subtract(qty, fill.fee))
    if qty <= ZERO:
        return None
    request = OrderRequest(
        symbol=fill.symbol,
        side=side,
        type=close.type,
        qty=qty,
        limit_offset=close.limit_price,
        trigger=close.trigger,
        self_trade=parent.self_trade,
        user_ref=parent.order.user_ref,
    )
    order = incoming(turn.state, request, _terms(request, fill, instrument), qty, turn.view)
    order.order = replace(order.order, parent=parent.order.order_id)
    return order


def _terms(request: OrderRequest, fill: Fill, instrument: Instrument) -> Terms:
    trigger, counted_from = None, fill.price
    if request.trigger is not None:
        trigger = start(request.type, request.side, request.trigger, fill.price, instrument)
        price = round_price(instrument, trigger.price, request.side)
        trigger = replace(trigger, price=max(price, instrument.tick_size))
        counted_from = trigger.price if request.type in TRAILING else fill.price
    if request.limit_offset is None:
        return Terms(None, trigger)
    limit = round_price(instrument, request.limit_offset.at(counted_from), request.side)
    return Terms(max(limit, instrument.tick_size), trigger)
