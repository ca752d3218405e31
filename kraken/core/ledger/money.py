"""How a fill moves money: cost, fee, and the two lines it writes into the account.

Rules: a fee is paid in quote unless base was asked for; it is taken from what is received, or
comes on top of what is paid. Costs and fees are rounded for each fill, so an order that was paid
for with the last digit of a balance could end a digit short: such a fill pays what there is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from kraken.core.fees import cost_of, cut, fee_of
from kraken.core.ledger.state import ZERO, AccountState, OpenOrder
from kraken.core.ledger.words import Entry, Ids
from kraken.core.trading import EXACT, FeePreference, Fill, Liquidity, OrderStatus
from kraken.core.types import Asset, Instrument, Side


@dataclass(frozen=True, slots=True)
class Part:
    """A quantity that changes hands at a price."""

    price: Decimal
    qty: Decimal
    liquidity: Liquidity


@dataclass(frozen=True, slots=True)
class _Price:
    """What a part comes to."""

    cost: Decimal
    fee: Decimal


def settle(
    state: AccountState,
    order: OpenOrder,
    part: Part,
    instrument: Instrument,
    ids: Ids,
    now: datetime,
) -> tuple[Fill, tuple[Entry, Entry]]:
    """Book one fill: the order is filled further, the balances move, both lines are returned."""
    told = order.order
    room_before = _room(state, order)
    price = _price(state, order, part, instrument)
    filled = EXACT.add(told.filled_qty, part.qty)
    order.order = told = replace(told, filled_qty=filled, booked_qty=filled)
    price = _limited(order, part, price, room_before, instrument)
    cost = EXACT.add(told.filled_cost, price.cost)
    fee_asset = order.base if _in_base(order) else order.quote
    order.order = replace(
        told,
        status=OrderStatus.PARTIALLY_FILLED,
        updated_at=now,
        filled_cost=cost,
        average=EXACT.divide(cost, filled),
        fee=EXACT.add(told.fee, price.fee),
        fee_asset=fee_asset,
    )
    fill = Fill(
        exec_id=ids.exec_id(),
        order_id=told.order_id,
        symbol=told.symbol,
        side=told.side,
        price=part.price,
        qty=part.qty,
        cost=price.cost,
        liquidity=part.liquidity,
        fee=price.fee,
        fee_asset=fee_asset,
        at=now,
        trade_id=ids.trade_id(told.symbol),
        client_id=told.client_id,
    )
    return fill, _entries(state, order, fill)


def worth(
    state: AccountState, order: OpenOrder, part: Part, instrument: Instrument
) -> tuple[Asset, Decimal]:
    """What a part would take out of the account, fee included where it is paid on top."""
    price = _price(state, order, part, instrument)
    is_buy = order.order.side is Side.BUY
    spent = price.cost if is_buy else part.qty
    if is_buy != _in_base(order):
        spent = EXACT.add(spent, price.fee)
    return (order.quote if is_buy else order.base), spent


def _in_base(order: OpenOrder) -> bool:
    return order.order.fee_preference is FeePreference.BASE


def _price(state: AccountState, order: OpenOrder, part: Part, instrument: Instrument) -> _Price:
    cost = cost_of(part.qty, part.price, instrument.cost_decimals)
    rate = state.tier_for(order.order.symbol).rate(part.liquidity)
    if _in_base(order):
        return _Price(cost, fee_of(part.qty, rate, instrument.qty_decimals))
    return _Price(cost, fee_of(cost, rate, instrument.cost_decimals))


def _room(state: AccountState, order: OpenOrder) -> Decimal:
    """What this order may spend without touching what is held for others."""
    asset, own = order.need()
    return EXACT.add(state.available(asset), own)


def _limited(
    order: OpenOrder, part: Part, price: _Price, room_before: Decimal, instrument: Instrument
) -> _Price:
    """The price, no higher than what is left when the rest of the order keeps its hold."""
    room = EXACT.subtract(room_before, order.need()[1])
    if order.order.side is Side.SELL:
        if not _in_base(order):
            return price
        left = max(cut(EXACT.subtract(room, part.qty), instrument.qty_decimals), ZERO)
        return _Price(price.cost, min(price.fee, left))
    cost = min(price.cost, cut(room, instrument.cost_decimals))
    if _in_base(order):
        return _Price(cost, price.fee)
    left = cut(EXACT.subtract(room, cost), instrument.cost_decimals)
    return _Price(cost, min(price.fee, left))


def _entries(state: AccountState, order: OpenOrder, fill: Fill) -> tuple[Entry, Entry]:
    is_buy = fill.side is Side.BUY
    base = fill.qty if is_buy else EXACT.minus(fill.qty)
    quote = EXACT.minus(fill.cost) if is_buy else fill.cost
    base_fee, quote_fee = (fill.fee, ZERO) if _in_base(order) else (ZERO, fill.fee)
    return (
        move(state, order.base, base, base_fee),
        move(state, order.quote, quote, quote_fee),
    )


def move(state: AccountState, asset: Asset, amount: Decimal, fee: Decimal = ZERO) -> Entry:
    """Write one line: the balance changes by the amount less the fee."""
    balance = EXACT.subtract(EXACT.add(state.total(asset), amount), fee)
    state.totals[asset] = balance
    return Entry(asset, amount, fee, balance)
