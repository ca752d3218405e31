"""The words of trading: what an order is, how it is asked for, and what is told of it.

Rules of this file are those of ``kraken.core.types``: frozen and slotted, ``Decimal`` and aware
UTC, Kraken's own words as enum values (docs: WS v2, Add Order and Executions). An
:class:`OrderRequest` is what somebody wants, a :class:`Report` is one thing Kraken says about an
order, an :class:`Order` is everything that is known of it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from kraken.core.types import Asset, ClientOrderId, ExecId, OrderId, Side, Symbol

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""Sums and products of money with all their digits; the default 28 would round large ones."""


class OrderType(StrEnum):
    """How an order meets the market."""

    MARKET = "market"
    LIMIT = "limit"
    ICEBERG = "iceberg"
    """A limit order that shows only a part of itself at a time."""
    STOP_LOSS = "stop-loss"
    STOP_LOSS_LIMIT = "stop-loss-limit"
    TAKE_PROFIT = "take-profit"
    TAKE_PROFIT_LIMIT = "take-profit-limit"
    TRAILING_STOP = "trailing-stop"
    TRAILING_STOP_LIMIT = "trailing-stop-limit"


TRIGGERED = frozenset(OrderType) - {OrderType.MARKET, OrderType.LIMIT, OrderType.ICEBERG}
"""Types that wait for a price before they become a market or a limit order."""

TRAILING = frozenset({OrderType.TRAILING_STOP, OrderType.TRAILING_STOP_LIMIT})
"""Types whose trigger follows the market at a distance."""

LIMITED = frozenset(
    {
        OrderType.LIMIT,
        OrderType.ICEBERG,
        OrderType.STOP_LOSS_LIMIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP_LIMIT,
    }
)
"""Types that name the worst price they trade at."""


class TimeInForce(StrEnum):
    """How long an order may live."""

    GTC = "GTC"
    """Until it is cancelled."""
    IOC = "IOC"
    """What can trade at once does; the rest is cancelled."""
    FOK = "FOK"
    """All at once or nothing."""
    GTD = "GTD"
    """Until ``expires_at``."""


class OrderStatus(StrEnum):
    """Where an order is in its life; the last three are the end of it."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Nothing but a fill that is told late can come after it."""
        return self in _FINAL


_FINAL = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED})


class ExecType(StrEnum):
    """What one report tells (docs: WS v2, Executions)."""

    PENDING_NEW = "pending_new"
    NEW = "new"
    TRADE = "trade"
    FILLED = "filled"
    ICEBERG_REFILL = "iceberg_refill"
    CANCELED = "canceled"
    EXPIRED = "expired"
    AMENDED = "amended"
    RESTATED = "restated"
    STATUS = "status"


class Liquidity(StrEnum):
    """Who was there first: makers rested, takers came; their fees differ."""

    MAKER = "m"
    TAKER = "t"


class FeePreference(StrEnum):
    """Which asset the fee is asked to be paid in; quote where nothing is asked."""

    BASE = "fcib"
    QUOTE = "fciq"


class SelfTrade(StrEnum):
    """Which order gives way when one would trade with another of the same account."""

    CANCEL_NEWEST = "cancel_newest"
    CANCEL_OLDEST = "cancel_oldest"
    CANCEL_BOTH = "cancel_both"


class PriceKind(StrEnum):
    """What the number of a price means."""

    STATIC = "static"
    """The price itself."""
    PERCENT = "pct"
    """Percent away from a reference: 1.5 is one and a half percent above it."""
    QUOTE = "quote"
    """Quote units away from a reference: -50 is 50 below it."""


class Reference(StrEnum):
    """Whose price moves a trigger."""

    LAST = "last"
    """The last trade on Kraken."""
    INDEX = "index"
    """The index of several exchanges; the last trade while there is none."""


@dataclass(frozen=True, slots=True)
class PriceOffset:
    """A price, or a signed distance from one."""

    value: Decimal
    kind: PriceKind = PriceKind.STATIC

    def at(self, reference: Decimal) -> Decimal:
        """The price this means at that reference, with all its digits."""
        if self.kind is PriceKind.STATIC:
            return self.value
        return EXACT.add(reference, self.distance(reference))

    def distance(self, reference: Decimal) -> Decimal:
        """How far from the reference, in quote, with its sign."""
        if self.kind is PriceKind.PERCENT:
            return EXACT.divide(EXACT.multiply(reference, self.value), Decimal(100))
        if self.kind is PriceKind.QUOTE:
            return self.value
        return EXACT.subtract(self.value, reference)


@dataclass(frozen=True, slots=True)
class Trigger:
    """The price at which a waiting order becomes live.

    For trailing types ``price`` is the positive distance, in percent or quote.
    """

    price: PriceOffset
    reference: Reference = Reference.LAST


@dataclass(frozen=True, slots=True)
class TriggerState:
    """Where the trigger of an order stands now."""

    price: Decimal
    """The price it fires at; follows the market for trailing types."""
    reference: Reference
    is_fired: bool = False
    peak: Decimal | None = None
    """The best price since the order came, for trailing types."""
    fired_by: Decimal | None = None
    """The price that fired it."""
    fired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConditionalClose:
    """What each fill of an order places on the other side, for the filled quantity.

    Relative prices count from the price of the fill.
    """

    type: OrderType
    limit_price: PriceOffset | None = None
    trigger: Trigger | None = None


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What somebody wants to trade.

    Exactly one of ``qty`` and ``cash_qty`` is given; the second only for market buys. Exactly one
    of ``limit_price`` and ``limit_offset`` for the types in :data:`LIMITED`, ``trigger`` for those
    in :data:`TRIGGERED`.
    """

    symbol: Symbol
    side: Side
    type: OrderType
    qty: Decimal | None = None
    client_id: ClientOrderId | None = None
    limit_price: Decimal | None = None
    limit_offset: PriceOffset | None = None
    """Relative to the last trade; for a trailing-stop-limit, to its trigger price."""
    trigger: Trigger | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    """For GTD: at least 5 seconds and at most a month ahead."""
    post_only: bool = False
    """Rest or be cancelled; never take."""
    reduce_only: bool = False
    display_qty: Decimal | None = None
    """For icebergs: what is shown, at least a fifteenth of the whole."""
    cash_qty: Decimal | None = None
    """Quote to spend, before fees."""
    fee_preference: FeePreference = FeePreference.QUOTE
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST
    deadline: datetime | None = None
    """The engine must not match the order after this time."""
    close: ConditionalClose | None = None
    user_ref: int | None = None
    """A number that need not be unique; Kraken takes it or ``client_id``, not both."""


@dataclass(frozen=True, slots=True)
class Amend:
    """What is to change in an open order; None stays as it is (docs: REST, AmendOrder)."""

    qty: Decimal | None = None
    """The new total, with what is filled already; not above it, the rest is cancelled."""
    limit_price: Decimal | None = None
    trigger_price: Decimal | None = None
    display_qty: Decimal | None = None
    post_only: bool | None = None
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """Everything known of one order at one instant."""

    order_id: OrderId
    symbol: Symbol
    side: Side
    type: OrderType
    qty: Decimal
    status: OrderStatus
    client_id: ClientOrderId | None = None
    limit_price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    post_only: bool = False
    reduce_only: bool = False
    trigger: TriggerState | None = None
    display_qty: Decimal | None = None
    display_remaining: Decimal | None = None
    cash_qty: Decimal | None = None
    fee_preference: FeePreference = FeePreference.QUOTE
    close: ConditionalClose | None = None
    parent: OrderId | None = None
    """The order whose fill placed this one, or which this one replaced."""
    user_ref: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    filled_qty: Decimal = Decimal(0)
    filled_cost: Decimal = Decimal(0)
    """Quote paid or received for what is filled, before fees."""
    booked_qty: Decimal = Decimal(0)
    """What the fills that we hold come to; below ``filled_qty`` while some are missing."""
    fee: Decimal = Decimal(0)
    """Sum of the booked fills' fees, in ``fee_asset``."""
    fee_asset: Asset | None = None
    average: Decimal | None = None
    is_amended: bool = False
    reason: str = ""
    """Why it ended, in Kraken's words."""

    @property
    def remaining(self) -> Decimal:
        """What is not filled; of an order that ended, what never will be."""
        return EXACT.subtract(self.qty, self.filled_qty)

    @property
    def is_open(self) -> bool:
        """It may still trade."""
        return not self.status.is_final

    @property
    def misses_fills(self) -> bool:
        """Kraken says that more is filled than the fills that we hold: read them again."""
        return self.booked_qty < self.filled_qty


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade of one order; told once for each ``exec_id``."""

    exec_id: ExecId
    order_id: OrderId
    symbol: Symbol
    side: Side
    price: Decimal
    qty: Decimal
    cost: Decimal
    """Quote paid or received, before the fee."""
    liquidity: Liquidity
    fee: Decimal
    fee_asset: Asset
    at: datetime
    trade_id: int | None = None
    client_id: ClientOrderId | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One execution report; only the first of an order carries its terms.

    None means *not said*, never *nothing* (docs: WS v2, Executions; answers of REST become
    reports of type ``STATUS``).
    """

    order_id: OrderId
    exec_type: ExecType
    status: OrderStatus
    at: datetime
    client_id: ClientOrderId | None = None
    symbol: Symbol | None = None
    side: Side | None = None
    type: OrderType | None = None
    qty: Decimal | None = None
    limit_price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    expires_at: datetime | None = None
    post_only: bool | None = None
    reduce_only: bool | None = None
    trigger: TriggerState | None = None
    display_qty: Decimal | None = None
    display_remaining: Decimal | None = None
    cash_qty: Decimal | None = None
    fee_preference: FeePreference | None = None
    close: ConditionalClose | None = None
    parent: OrderId | None = None
    user_ref: int | None = None
    filled_qty: Decimal | None = None
    filled_cost: Decimal | None = None
    average: Decimal | None = None
    fill: Fill | None = None
    is_amended: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OrderName:
    """One order by one of its names; exactly one of them is given."""

    client_id: ClientOrderId | None = None
    order_id: OrderId | None = None
