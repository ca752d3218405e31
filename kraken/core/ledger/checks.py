"""What keeps a request out, in Kraken's order: arguments, the pair's state, steps, minimums.

The engine's rate limit comes after these, then the limit of open orders and the funds, which need
an account: see :func:`check_room`. The first fault found is the one that is told
(docs: REST, AddOrder).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from kraken.core.ledger.matching import Liquidity
from kraken.core.ledger.money import Part, worth
from kraken.core.ledger.state import ZERO, AccountState, OpenOrder
from kraken.core.ledger.triggers import reference_price, start
from kraken.core.ledger.words import MarketView, Refusal, RefusalKind
from kraken.core.rules import round_price, round_qty
from kraken.core.trading import (
    EXACT,
    LIMITED,
    TRAILING,
    TRIGGERED,
    ConditionalClose,
    OrderRequest,
    OrderType,
    PriceKind,
    TimeInForce,
    Trigger,
    TriggerState,
)
from kraken.core.trading import Liquidity as Kind
from kraken.core.types import Asset, Instrument, InstrumentKind, InstrumentStatus, Side

SHORTEST_LIFE = timedelta(seconds=5)
LONGEST_LIFE = timedelta(days=31)
"""A good-till-date order ends within these (docs: REST, AddOrder, ``expiretm``)."""

SMALLEST_SHARE = 15
"""An iceberg shows at least one in so many."""

TOO_LARGE = Decimal(10) ** 18
"""Beyond any balance; keeps every product within the digits that are computed with."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The prices that a request comes to in this market."""

    limit_price: Decimal | None
    trigger: TriggerState | None


Rule = Callable[[OrderRequest], bool]


def _positive(value: Decimal | None) -> bool:
    return value is None or (value.is_finite() and 0 < value < TOO_LARGE)


def _display_fits(request: OrderRequest) -> bool:
    shown, whole = request.display_qty, request.qty
    if request.type is not OrderType.ICEBERG or shown is None or whole is None:
        return request.type is not OrderType.ICEBERG and shown is None
    return display_fits(shown, whole)


def display_fits(shown: Decimal, whole: Decimal) -> bool:
    """An iceberg may show this much of the whole."""
    return _positive(shown) and shown <= whole <= EXACT.multiply(shown, Decimal(SMALLEST_SHARE))


def _limit_fits(request: OrderRequest) -> bool:
    given = [p for p in (request.limit_price, request.limit_offset) if p is not None]
    offset = request.limit_offset
    is_number = offset is None or offset.value.is_finite()
    return len(given) == (request.type in LIMITED) and _positive(request.limit_price) and is_number


def _trigger_fits(type: OrderType, trigger: Trigger | None) -> bool:
    if trigger is None or type not in TRIGGERED:
        return (trigger is None) == (type not in TRIGGERED)
    if not trigger.price.value.is_finite():
        return False
    if type in TRAILING:
        return trigger.price.kind is not PriceKind.STATIC and trigger.price.value > 0
    return trigger.price.kind is not PriceKind.STATIC or trigger.price.value > 0


def _close_fits(close: ConditionalClose | None) -> bool:
    if close is None:
        return True
    limit_fits = (close.limit_price is not None) == (close.type in LIMITED)
    possible = close.type not in (OrderType.MARKET, OrderType.ICEBERG)
    return possible and limit_fits and _trigger_fits(close.type, close.trigger)


def _quantity_fits(request: OrderRequest) -> bool:
    return _positive(request.qty) and (request.qty is None) != (request.cash_qty is None)


def _cash_fits(request: OrderRequest) -> bool:
    is_market_buy = request.type is OrderType.MARKET and request.side is Side.BUY
    return request.cash_qty is None or (is_market_buy and _positive(request.cash_qty))


def _life_fits(request: OrderRequest) -> bool:
    if request.time_in_force is TimeInForce.FOK:
        return request.type is OrderType.LIMIT
    if request.time_in_force is TimeInForce.GTD:
        return request.type is not OrderType.MARKET
    return True


def _post_fits(request: OrderRequest) -> bool:
    lasting = request.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)
    return not request.post_only or (request.type is OrderType.LIMIT and lasting)


_ARGUMENTS: tuple[tuple[str, Rule], ...] = (
    ("qty", _quantity_fits),
    ("cash_qty", _cash_fits),
    ("limit_price", _limit_fits),
    ("trigger", lambda request: _trigger_fits(request.type, request.trigger)),
    ("display_qty", _display_fits),
    ("time_in_force", _life_fits),
    ("post_only", _post_fits),
    ("close", lambda request: _close_fits(request.close)),
    ("client_id", lambda request: request.client_id is None or request.user_ref is None),
)


def check_terms(request: OrderRequest, view: MarketView, now: datetime) -> Refusal | Terms:
    """Everything that can be judged without an account; the resolved prices if all is well."""
    for field, fits in _ARGUMENTS:
        if not fits(request):
            return Refusal(RefusalKind.ARGUMENTS, field)
    early = _times(request, now) or _status(request, view)
    if early is not None:
        return early
    terms = resolve(request, view)
    if isinstance(terms, Refusal):
        return terms
    return check_steps(request, terms, view) or terms


def _times(request: OrderRequest, now: datetime) -> Refusal | None:
    if (request.expires_at is not None) != (request.time_in_force is TimeInForce.GTD):
        return Refusal(RefusalKind.ARGUMENTS, "expires_at")
    lasts = request.expires_at - now if request.expires_at is not None else SHORTEST_LIFE
    if not SHORTEST_LIFE <= lasts <= LONGEST_LIFE:
        return Refusal(RefusalKind.ARGUMENTS, "expires_at")
    if request.deadline is not None and now > request.deadline:
        return Refusal(RefusalKind.DEADLINE)
    return None


def _status(request: OrderRequest, view: MarketView) -> Refusal | None:
    status = view.instrument.status
    if request.reduce_only and view.instrument.kind is InstrumentKind.SPOT:
        return Refusal(RefusalKind.REDUCE_ONLY)
    # Selling what one owns is what remains possible while a spot pair is reduce-only.
    takes = {
        InstrumentStatus.ONLINE: True,
        InstrumentStatus.UNKNOWN: True,
        InstrumentStatus.POST_ONLY: request.post_only,
        InstrumentStatus.LIMIT_ONLY: request.type in LIMITED,
        InstrumentStatus.REDUCE_ONLY: request.reduce_only or request.side is Side.SELL,
    }
    if takes.get(status, False):
        return None
    return Refusal(RefusalKind.MARKET_STATUS, status.value)


def resolve(request: OrderRequest, view: MarketView) -> Refusal | Terms:
    """Turn distances into prices on the grid."""
    trigger: TriggerState | None = None
    limit = request.limit_price
    base = view.last
    if request.trigger is not None:
        price = reference_price(request.trigger.reference, view.last, view.index)
        if price is None:
            return Refusal(RefusalKind.ARGUMENTS, "trigger")
        trigger = start(request.type, request.side, request.trigger, price, view.instrument)
        base = trigger.price if request.type in TRAILING else base
    if request.limit_offset is not None:
        if base is None:
            return Refusal(RefusalKind.ARGUMENTS, "limit_offset")
        wanted = request.limit_offset.at(base)
        limit = round_price(view.instrument, wanted, request.side)
    return Terms(limit, trigger)


def check_steps(request: OrderRequest, terms: Terms, view: MarketView) -> Refusal | None:
    """Prices on the grid, quantities in whole lots and above both minimums."""
    instrument = view.instrument
    trigger_price = terms.trigger.price if terms.trigger is not None else None
    if not (on_grid(instrument, terms.limit_price) and on_grid(instrument, trigger_price)):
        return Refusal(RefusalKind.TICK, limit=instrument.tick_size)
    if request.qty is None:
        assert request.cash_qty is not None, "one of the two is given"
        return _minimum(RefusalKind.MIN_COST, request.cash_qty, instrument.min_cost)
    for field, qty in (("qty", request.qty), ("display_qty", request.display_qty)):
        if qty is not None and round_qty(instrument, qty) != qty:
            return Refusal(RefusalKind.ARGUMENTS, field)
    refusal = _minimum(RefusalKind.MIN_QTY, request.qty, instrument.min_qty)
    price = _judged_price(request, terms, view)
    if refusal is None and price is not None:
        cost = EXACT.multiply(request.qty, price)
        refusal = _minimum(RefusalKind.MIN_COST, cost, instrument.min_cost)
    return refusal


def on_grid(instrument: Instrument, price: Decimal | None) -> bool:
    """A positive number of ticks, or no price at all."""
    if price is None:
        return True
    return price.is_finite() and price > 0 and round_price(instrument, price, Side.BUY) == price


def _minimum(kind: RefusalKind, amount: Decimal, limit: Decimal) -> Refusal | None:
    return None if amount >= limit else Refusal(kind, limit=limit, needed=limit, available=amount)


def _judged_price(request: OrderRequest, terms: Terms, view: MarketView) -> Decimal | None:
    """The price at which an order's cost is compared with the minimum."""
    if terms.limit_price is not None:
        return terms.limit_price
    if terms.trigger is not None:
        return terms.trigger.price
    levels = view.asks if request.side is Side.BUY else view.bids
    return levels[0].price if levels else view.last


def check_room(
    state: AccountState, order: OpenOrder, offers: Liquidity, view: MarketView
) -> Refusal | None:
    """What an account adds: its open orders and its money; ``order`` is not among them yet."""
    told = order.order
    open_orders = state.of_pair(told.symbol)
    used = {other.order.client_id for other in state.orders.values()}
    if told.client_id is not None and told.client_id in used:
        return Refusal(RefusalKind.DUPLICATE_CLIENT_ID)
    if len(open_orders) >= state.max_orders:
        return Refusal(RefusalKind.ORDERS_LIMIT, limit=Decimal(state.max_orders))
    asset, needed = order.need()
    if not needed:
        asset, needed = at_market(state, order, offers, view)
    available = state.available(asset)
    if needed > available:
        return Refusal(RefusalKind.FUNDS, asset=asset, needed=needed, available=available)
    return None


def at_market(
    state: AccountState, order: OpenOrder, offers: Liquidity, view: MarketView
) -> tuple[Asset, Decimal]:
    """What a market order would spend on the levels there are, each rounded as its fill is.

    Where the book goes on beyond them, the rest counts at the price of the last one.
    """
    told = order.order
    if told.side is Side.SELL:
        part = Part(Decimal(1), told.remaining, Kind.TAKER)
        return worth(state, order, part, view.instrument)
    asset, spent, wanted = order.quote, ZERO, told.remaining
    for level in offers.for_side(told.side):
        part = Part(level.price, min(wanted, level.qty), Kind.TAKER)
        spent = EXACT.add(spent, worth(state, order, part, view.instrument)[1])
        wanted = EXACT.subtract(wanted, part.qty)
        if wanted <= 0:
            return asset, spent
    levels = offers.for_side(told.side)
    if levels and not offers.is_whole:
        # Beyond what is shown nothing is cheaper.
        part = Part(levels[-1].price, wanted, Kind.TAKER)
        spent = EXACT.add(spent, worth(state, order, part, view.instrument)[1])
    return asset, spent
