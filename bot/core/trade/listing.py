"""Lists of orders: which are in one, in which order, and how far each is from the market.

Rules: a protective stop is a sell order that still waits for a falling price; everything else that
is open is an entry. An order is ours when its intent is in our records, else it was made
elsewhere with the same key. A list is paged by rows; no row is ever cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.core.trade.account_args import Which, Whom
from bot.core.trade.limits import STOPS
from bot.core.trade.types import Mode
from kraken.core.trading import EXACT, TRIGGERED, Order, PriceOffset
from kraken.core.types import ClientOrderId, Instrument, Side, Symbol

PER_PAGE = 6
"""Rows of a page: each has a button."""

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order as a list shows it."""

    order: Order
    instrument: Instrument | None
    """None: the pair is not traded any more."""
    distance: Decimal | None
    """From the market to the price it waits for, in percent; None where either is not known."""
    is_ours: bool


@dataclass(frozen=True, slots=True)
class BotPart:
    """Something that the bot watches: it needs the bot to run."""

    client_id: ClientOrderId
    symbol: Symbol
    side: Side
    qty: Decimal
    price: Decimal | None
    """Where it acts; None while its order has no average price yet."""
    instrument: Instrument | None
    offset: PriceOffset | None = None
    """As it was asked for: a price, or a distance from what is paid."""
    what: str = "take-profit"
    plan: int | None = None
    """The number of the plan that does it, which can be stopped."""


@dataclass(frozen=True, slots=True)
class OrderList:
    """One page of a list."""

    mode: Mode
    which: Which
    pair: str
    rows: Sequence[OrderRow]
    total: int
    page: int
    pages: int
    by_bot: Sequence[BotPart] = ()
    in_other_mode: int = 0
    """Orders that are open in the chat's other mode."""

    @property
    def first(self) -> int:
        """The number of the first row."""
        return (self.page - 1) * PER_PAGE + 1


def is_stop(order: Order) -> bool:
    """It waits for a trigger."""
    return order.type in TRIGGERED


def is_protective(order: Order) -> bool:
    """A stop that sells when the price falls, and has not fired."""
    fired = order.trigger is not None and order.trigger.is_fired
    return order.side is Side.SELL and order.type in STOPS and not fired


def wanted(order: Order, which: Which, symbol: str = "") -> bool:
    """Whether the order belongs into this list."""
    if symbol and order.symbol != symbol:
        return False
    if which == "stops":
        return order.is_open and is_stop(order)
    if which == "all":
        return True
    return order.is_open == (which == "open")


def doomed(orders: Sequence[Order], whom: Whom, symbol: str = "") -> list[Order]:
    """The open orders that a ``/cancelall`` of this kind would end."""
    return [
        order
        for order in orders
        if order.is_open
        and (not symbol or order.symbol == symbol)
        and (whom == "all" or is_protective(order) == (whom == "stops"))
    ]


def waits_for(order: Order) -> Decimal | None:
    """The price it waits for: its trigger until that fires, then its limit."""
    if order.trigger is not None and not order.trigger.is_fired:
        return order.trigger.price
    return order.limit_price


def distance(order: Order, last: Decimal | None) -> Decimal | None:
    """How far the price it waits for is from the last trade, in percent of that."""
    price = waits_for(order)
    if price is None or not last or not order.is_open:
        return None
    return EXACT.divide(EXACT.multiply(EXACT.subtract(price, last), _HUNDRED), last)


def filled_share(order: Order) -> Decimal:
    """Percent of the order that is filled."""
    if not order.qty:
        return Decimal(0)
    return EXACT.divide(EXACT.multiply(order.filled_qty, _HUNDRED), order.qty)


def newest_first(orders: Sequence[Order]) -> list[Order]:
    """By the time they came; those without one last, as they stood."""
    dated = [order for order in orders if order.created_at is not None]
    rest = [order for order in orders if order.created_at is None]
    return [*sorted(dated, key=lambda each: str(each.created_at), reverse=True), *rest]


def page_of(orders: Sequence[Order], page: int) -> tuple[Sequence[Order], int, int]:
    """The orders of a page, that page's number, and how many there are; the last at most."""
    pages = max(1, -(-len(orders) // PER_PAGE))
    number = min(max(page, 1), pages)
    return orders[(number - 1) * PER_PAGE : number * PER_PAGE], number, pages


def named(orders: Sequence[Order], name: str) -> list[Order]:
    """The orders that a typed name may mean: an id, ours or the exchange's, or its beginning."""
    said = name.upper()
    exact = [o for o in orders if said in (o.order_id.upper(), (o.client_id or "").upper())]
    return exact or [
        order
        for order in orders
        if order.order_id.upper().startswith(said)
        or (order.client_id or "").upper().startswith(said)
    ]


def protected(orders: Sequence[Order]) -> Mapping[str, Decimal]:
    """What the protective stops among these protect: quantity by base asset."""
    found: dict[str, Decimal] = {}
    for order in orders:
        if is_protective(order):
            base = order.symbol.partition("/")[0]
            found[base] = EXACT.add(found.get(base, Decimal(0)), order.remaining)
    return found
