"""The words of the field as types: what Kraken's markets and accounts consist of.

Rules of this file: frozen and slotted; money and quantities are ``Decimal`` and keep the digits
they came with; times are aware and UTC; enum values are Kraken's own words; an identifier is a
``NewType``, so that a symbol is never passed where an asset is meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import NewType

Symbol = NewType("Symbol", str)
"""One spelling everywhere, WebSocket v2's: ``BTC/USD``, ``DOGE/EUR``."""

Asset = NewType("Asset", str)
"""What is traded or paid with, in WebSocket v2's spelling: ``BTC``, ``USD``."""

ClientOrderId = NewType("ClientOrderId", str)
"""Our name for an order, chosen and committed before it is sent (a UUID with dashes)."""

OrderId = NewType("OrderId", str)
"""Kraken's name for an order: ``OVN7VD-7VYHS-APBKHA``."""

ExecId = NewType("ExecId", str)
"""Kraken's name for one fill: ``TEXAMP-LEXEC-ID0001``."""

BOOK_DEPTHS = (10, 25, 100, 500, 1000)
"""The book depths Kraken serves; any other is refused, not rounded (docs: WS v2, Book)."""


class Side(StrEnum):
    """Which way the base asset moves for whoever acts."""

    BUY = "buy"
    SELL = "sell"


class SystemState(StrEnum):
    """What Kraken's engine accepts right now (docs: WS v2, Status; REST, SystemStatus)."""

    ONLINE = "online"
    CANCEL_ONLY = "cancel_only"
    POST_ONLY = "post_only"
    LIMIT_ONLY = "limit_only"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"
    """Not told yet, or a word that this version does not know."""


class InstrumentStatus(StrEnum):
    """What one pair accepts right now (docs: WS v2, Instrument)."""

    ONLINE = "online"
    CANCEL_ONLY = "cancel_only"
    POST_ONLY = "post_only"
    LIMIT_ONLY = "limit_only"
    REDUCE_ONLY = "reduce_only"
    MAINTENANCE = "maintenance"
    DELISTED = "delisted"
    WORK_IN_PROGRESS = "work_in_progress"
    UNKNOWN = "unknown"


class InstrumentKind(StrEnum):
    """Spot pairs exchange two assets at once; perpetuals are contracts without expiry."""

    SPOT = "spot"
    PERPETUAL = "perpetual"


class Interval(IntEnum):
    """The nine candle lengths Kraken serves, in minutes (docs: REST, OHLC; WS v2, ohlc)."""

    M1 = 1
    M5 = 5
    M15 = 15
    M30 = 30
    H1 = 60
    H4 = 240
    D1 = 1440
    W1 = 10080
    D15 = 21600

    @property
    def length(self) -> timedelta:
        """How long one candle lasts."""
        return timedelta(minutes=self.value)


@dataclass(frozen=True, slots=True)
class Instrument:
    """A pair with its steps and minimums: everything that decides whether an order fits."""

    symbol: Symbol
    base: Asset
    quote: Asset
    tick_size: Decimal
    """Smallest price step; Kraken's ``price_increment``."""
    lot_size: Decimal
    """Smallest quantity step; Kraken's ``qty_increment``."""
    price_decimals: int
    """Digits after the point in every price of this pair on WebSocket v2."""
    qty_decimals: int
    """Digits after the point in every quantity of this pair on WebSocket v2."""
    cost_decimals: int
    """Digits after the point in notionals and fees."""
    min_qty: Decimal
    """Smallest order quantity; Kraken's ``qty_min``, ``ordermin`` in REST."""
    min_cost: Decimal
    """Smallest order notional, in quote; Kraken's ``cost_min``, ``costmin`` in REST."""
    status: InstrumentStatus = InstrumentStatus.ONLINE
    kind: InstrumentKind = InstrumentKind.SPOT
    contract_size: Decimal = Decimal(1)
    """Base units in one contract; 1 on spot."""


@dataclass(frozen=True, slots=True)
class Level:
    """One price of a book with the total quantity that rests there."""

    price: Decimal
    qty: Decimal


@dataclass(frozen=True, slots=True)
class BookView:
    """A verified book at one instant: what people are shown and orders are priced from."""

    symbol: Symbol
    depth: int
    """Levels per side that were subscribed; a thin market may hold fewer."""
    bids: Sequence[Level]
    """Best (highest) first."""
    asks: Sequence[Level]
    """Best (lowest) first."""
    checksum: int
    """The CRC32 that Kraken sent and that this book was found to have."""
    at: datetime | None
    """Kraken's time of the last change; None where the message carried none (2023 snapshots)."""
    received_at: datetime
    """Our time of the last change."""


@dataclass(frozen=True, slots=True)
class Ticker:
    """Best prices and the last 24 hours of one pair (docs: WS v2, Ticker)."""

    symbol: Symbol
    bid: Decimal
    bid_qty: Decimal
    ask: Decimal
    ask_qty: Decimal
    last: Decimal
    volume: Decimal
    """Base traded in 24 hours."""
    vwap: Decimal
    low: Decimal
    high: Decimal
    change: Decimal
    """Last price minus the price 24 hours ago, in quote."""
    change_pct: Decimal
    """The same in percent: ``Decimal('-3.60')`` is minus 3.6 %."""
    at: datetime | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Trade:
    """One public trade; side and order type are the taker's (docs: WS v2, Trade)."""

    symbol: Symbol
    trade_id: int
    """Consecutive per pair: a gap means missed trades."""
    side: Side
    price: Decimal
    qty: Decimal
    order_type: str
    """``market`` or ``limit``."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Candle:
    """Open, high, low, close and volume of one interval.

    An interval without a trade has no candle of its own: Kraken repeats the previous close with
    ``count`` 0, and whoever draws it leaves a gap.
    """

    symbol: Symbol
    interval: Interval
    begin: datetime
    """Start of the interval, inclusive."""
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    vwap: Decimal
    volume: Decimal
    count: int
    """Trades in the interval."""

    @property
    def is_empty(self) -> bool:
        """Nobody traded: the prices are the previous close, repeated by Kraken."""
        return self.count == 0


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """What the engine accepts, and when it said so (docs: REST, SystemStatus)."""

    state: SystemState
    at: datetime


@dataclass(frozen=True, slots=True)
class AssetInfo:
    """One asset under its two names (docs: REST, Assets)."""

    asset: Asset
    rest_name: str
    """REST's own name: ``XXBT``, ``ZUSD``, ``SOL``."""
    decimals: int
    display_decimals: int
    status: str


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A pair of REST's list: the instrument and the names that REST's answers use for it."""

    instrument: Instrument
    rest_name: str
    """The key of REST's answers: ``XXBTZUSD``."""
    alternative_name: str
    """What REST takes everywhere as input: ``XBTUSD``."""


@dataclass(frozen=True, slots=True)
class DayTicker:
    """REST's ticker of one pair: best prices, last trade, the day and the last 24 hours."""

    symbol: Symbol
    bid: Decimal
    ask: Decimal
    last: Decimal
    last_qty: Decimal
    volume: Decimal
    """Base traded in 24 hours, as the next four."""
    vwap: Decimal
    trades: int
    low: Decimal
    high: Decimal
    opening: Decimal
    """The first price since 00:00 UTC; not the price 24 hours ago."""


@dataclass(frozen=True, slots=True)
class BookPage:
    """A book that REST answered: no checksum vouches for it, and quantities may be rounded."""

    symbol: Symbol
    bids: tuple[Level, ...]
    """Best (highest) first."""
    asks: tuple[Level, ...]
    """Best (lowest) first."""


@dataclass(frozen=True, slots=True)
class TradesPage:
    """Up to 1,000 public trades, oldest first, and where the next page begins."""

    trades: tuple[Trade, ...]
    last: int
    """Unix nanoseconds of the last trade; pass it as ``since``. Trades that share it repeat."""


@dataclass(frozen=True, slots=True)
class CandlesPage:
    """Up to 721 candles, oldest first, the last one still running."""

    candles: tuple[Candle, ...]
    last: int
    """Unix seconds of the newest finished candle; pass it as ``since``."""


@dataclass(frozen=True, slots=True)
class SpreadPoint:
    """Best bid and ask at one time."""

    at: datetime
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class Credentials:
    """A Kraken API key; never shown by ``repr``."""

    api_key: str = field(repr=False)
    api_secret: str = field(repr=False)
