"""What one asks of a WebSocket session, and what it reports.

A want is something to be subscribed to for as long as it is wanted, across reconnects. An event is
something that has happened, named by a past participle.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from kraken.core.types import Candle, Instrument, Interval, Symbol, SystemState, Ticker, Trade


@dataclass(frozen=True, slots=True)
class BookWant:
    """The levels of one pair. The greatest depth that anyone wants is the one subscribed."""

    symbol: Symbol
    depth: int = 10


@dataclass(frozen=True, slots=True)
class TickerWant:
    """Best prices and the last 24 hours of one pair."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class TradeWant:
    """The public trades of one pair."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class CandleWant:
    """The running candle of one pair and interval."""

    symbol: Symbol
    interval: Interval


@dataclass(frozen=True, slots=True)
class InstrumentWant:
    """All pairs with their steps, minimums and states."""


Want: TypeAlias = BookWant | TickerWant | TradeWant | CandleWant | InstrumentWant


class BookFault(StrEnum):
    """Why a book is not shown any more."""

    CHECKSUM = "checksum"
    """It does not have the checksum that Kraken sent with the last message."""
    CROSSED = "crossed"
    """Somebody would pay more than somebody asks: a book that cannot be, whatever its checksum."""
    UNREADABLE = "unreadable"
    """A level's number makes no sense, or has more digits than the others."""
    DISCONNECTED = "disconnected"
    RESUBSCRIBED = "resubscribed"
    """It was given up for a deeper one, or because Kraken did not answer."""


@dataclass(frozen=True, slots=True)
class BookChanged:
    """The verified book of this pair is newer than before."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class BookLost:
    """There is no verified book of this pair any more; it has been or will be asked for anew."""

    symbol: Symbol
    reason: BookFault


@dataclass(frozen=True, slots=True)
class BookUnverified:
    """This pair's book fails its checksum again and again; it is tried only every ten minutes."""

    symbol: Symbol


@dataclass(frozen=True, slots=True)
class TickerChanged:
    """A newer ticker."""

    ticker: Ticker


@dataclass(frozen=True, slots=True)
class TradesHappened:
    """Public trades, oldest first; a snapshot repeats up to 50 that happened before."""

    symbol: Symbol
    trades: tuple[Trade, ...]
    snapshot: bool


@dataclass(frozen=True, slots=True)
class CandlesChanged:
    """Newer states of candles, oldest first; a candle is finished when a later one begins."""

    symbol: Symbol
    interval: Interval
    candles: tuple[Candle, ...]
    snapshot: bool
    at: datetime | None = None
    """Up to when all trades are in these, by Kraken's clock, if it told."""


@dataclass(frozen=True, slots=True)
class InstrumentsChanged:
    """All instruments (snapshot), or those that changed."""

    instruments: tuple[Instrument, ...]
    snapshot: bool


@dataclass(frozen=True, slots=True)
class SystemChanged:
    """Kraken's engine accepts something else than before."""

    state: SystemState


@dataclass(frozen=True, slots=True)
class Refused:
    """Kraken will not serve this want; it is asked again after a reconnect or when wanted anew."""

    want: Want
    error: str


@dataclass(frozen=True, slots=True)
class FrameIgnored:
    """A frame that could not be read; nothing else was changed by it."""

    reason: str


@dataclass(frozen=True, slots=True)
class PeerClosing:
    """The other side announced that it is about to drop the connection."""

    reason: str


Event: TypeAlias = (
    BookChanged
    | BookLost
    | BookUnverified
    | TickerChanged
    | TradesHappened
    | CandlesChanged
    | InstrumentsChanged
    | SystemChanged
    | Refused
    | FrameIgnored
    | PeerClosing
)


@dataclass(frozen=True, slots=True)
class Stats:
    """What a session has counted since it was made."""

    frames: int
    ignored: int
    checksums_ok: int
    checksums_failed: int
    resyncs: int
    """How often a single book was asked for anew; reconnects are not counted."""
    subscriptions: int
    """Streams wanted right now."""
    unverified: tuple[Symbol, ...]
    """Pairs whose book keeps failing its checksum, in alphabetical order."""
