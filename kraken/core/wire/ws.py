"""WebSocket v2 frames, public side (docs: WebSocket API v2).

A frame is a reply to a request (it has a ``method``), data of a channel, a heartbeat, or not JSON
at all (a notice of the proxy in front of Kraken). ``decode_frame`` tells them apart; it raises
BadData and nothing else. Unknown channels and methods become ``Other``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias, TypeVar

import msgspec

from kraken.core.errors import BadData
from kraken.core.types import (
    Asset,
    Candle,
    Instrument,
    InstrumentStatus,
    Interval,
    Side,
    Symbol,
    SystemState,
    Ticker,
    Trade,
)
from kraken.core.wire.books import FastBookFrame, decode_book
from kraken.core.wire.numbers import Number, exact, moment, optional_moment, places, word

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """Kraken's answer to a request; a subscribe request has one for each of its symbols."""

    method: str
    success: bool
    error: str
    request_id: int | None
    channel: str | None
    symbol: Symbol | None
    interval: int | None
    depth: int | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The connection is alive; says nothing about any channel."""


@dataclass(frozen=True, slots=True)
class Status:
    """What Kraken's engine accepts; the first frame of every connection."""

    system: SystemState


@dataclass(frozen=True, slots=True)
class Tickers:
    """Tickers; a snapshot and an update have the same, whole content."""

    tickers: tuple[Ticker, ...]


@dataclass(frozen=True, slots=True)
class Trades:
    """Public trades, oldest first."""

    trades: tuple[Trade, ...]
    snapshot: bool


@dataclass(frozen=True, slots=True)
class Candles:
    """States of candles, oldest first."""

    candles: tuple[Candle, ...]
    snapshot: bool
    at: datetime | None
    """When Kraken wrote this, by its own clock."""


@dataclass(frozen=True, slots=True)
class Instruments:
    """All instruments (snapshot), or those that changed."""

    instruments: tuple[Instrument, ...]
    snapshot: bool
    unreadable: int
    """Entries left out, because they could not be read."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Text that is not JSON; a proxy says it is about to drop the connection."""

    text: str


@dataclass(frozen=True, slots=True)
class Other:
    """A channel or method that this version does not read."""

    name: str


Frame: TypeAlias = (
    FastBookFrame
    | Reply
    | Heartbeat
    | Status
    | Tickers
    | Trades
    | Candles
    | Instruments
    | Notice
    | Other
)


class _Envelope(msgspec.Struct):
    channel: str | None = None
    type: str = ""
    data: msgspec.Raw = msgspec.Raw()
    method: str | None = None
    success: bool = True
    error: object = ""
    req_id: int | None = None
    symbol: str | None = None
    timestamp: object = None
    result: msgspec.Raw = msgspec.Raw()


class _Acknowledged(msgspec.Struct):
    channel: str | None = None
    symbol: str | None = None
    interval: int | None = None
    depth: int | None = None


class _Status(msgspec.Struct):
    system: str = "unknown"


class _Ticker(msgspec.Struct):
    symbol: Symbol
    bid: Number
    bid_qty: Number
    ask: Number
    ask_qty: Number
    last: Number
    volume: Number
    vwap: Number
    low: Number
    high: Number
    change: Number
    change_pct: Number
    timestamp: str | None = None


class _Trade(msgspec.Struct):
    symbol: Symbol
    side: Side
    price: Number
    qty: Number
    trade_id: int
    timestamp: str
    ord_type: str = "market"


class _Candle(msgspec.Struct):
    symbol: Symbol
    open: Number
    high: Number
    low: Number
    close: Number
    vwap: Number
    volume: Number
    trades: int
    interval: Interval
    interval_begin: str


class _Pair(msgspec.Struct):
    symbol: Symbol
    base: Asset
    quote: Asset
    qty_precision: int
    qty_increment: Number
    price_precision: int
    price_increment: Number
    qty_min: Number
    cost_min: Number = "0"
    cost_precision: int = 8
    status: str = "online"


class _InstrumentData(msgspec.Struct):
    pairs: list[msgspec.Raw] = []


def _decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(kind, float_hook=str)


_ENVELOPE = _decoder(_Envelope)
_ACKNOWLEDGED = _decoder(_Acknowledged)
_STATUSES = _decoder(list[_Status])
_TICKERS = _decoder(list[_Ticker])
_TRADES = _decoder(list[_Trade])
_CANDLES = _decoder(list[_Candle])
_INSTRUMENT = _decoder(_InstrumentData)
_PAIR = _decoder(_Pair)

_CHANNEL = len('{"channel":"')
_INITIALS_OF_BOOK = (ord("b"), "b")

# RecursionError: thousands of nested brackets are valid JSON. ValueError covers msgspec's errors
# and text that is not UTF-8.
_UNREADABLE = (ValueError, RecursionError)


def decode_frame(frame: str | bytes, received_at: datetime) -> Frame:
    """Read one frame. Raises BadData when it is JSON that its channel cannot have."""
    try:
        # Kraken writes the channel first; a book with other key order takes the long way.
        if frame[_CHANNEL] in _INITIALS_OF_BOOK:
            return decode_book(frame)
    except (*_UNREADABLE, IndexError):
        pass  # It may be something else that begins so.
    try:
        text = frame if isinstance(frame, str) else frame.decode()
        if not text.lstrip().startswith("{"):
            return Notice(text[:200])
        return _decode_envelope(text, received_at)
    except _UNREADABLE as error:
        raise BadData(f"unreadable frame: {error}") from error


def _decode_envelope(text: str, received_at: datetime) -> Frame:
    envelope = _ENVELOPE.decode(text)
    if envelope.method is not None:
        return _reply(envelope.method, envelope)
    if envelope.channel == "book":
        return decode_book(text)
    if envelope.channel == "ticker":
        tickers = _TICKERS.decode(envelope.data)
        return Tickers(tuple(_ticker(one, received_at) for one in tickers))
    read = _CHANNELS.get(envelope.channel or "")
    return Other(envelope.channel or "") if read is None else read(envelope)


def _reply(method: str, envelope: _Envelope) -> Reply:
    result = _Acknowledged()
    # ``result`` is absent from refusals and pongs, and an id or a list in trading replies.
    if bytes(envelope.result).lstrip().startswith(b"{"):
        result = _ACKNOWLEDGED.decode(envelope.result)
    symbol = envelope.symbol or result.symbol
    return Reply(
        method=method,
        success=envelope.success,
        error=str(envelope.error),
        request_id=envelope.req_id,
        channel=result.channel,
        symbol=None if symbol is None else Symbol(symbol),
        interval=result.interval,
        depth=result.depth,
    )


def _ticker(one: _Ticker, received_at: datetime) -> Ticker:
    return Ticker(
        symbol=one.symbol,
        bid=exact(one.bid),
        bid_qty=exact(one.bid_qty),
        ask=exact(one.ask),
        ask_qty=exact(one.ask_qty),
        last=exact(one.last),
        volume=exact(one.volume),
        vwap=exact(one.vwap),
        low=exact(one.low),
        high=exact(one.high),
        change=exact(one.change),
        change_pct=exact(one.change_pct),
        at=optional_moment(one.timestamp),
        received_at=received_at,
    )


def _heartbeat(_: _Envelope) -> Frame:
    return Heartbeat()


def _status(envelope: _Envelope) -> Frame:
    data = _STATUSES.decode(envelope.data)
    system = data[-1].system if data else "unknown"
    return Status(word(SystemState, system, SystemState.UNKNOWN))


def _trades(envelope: _Envelope) -> Frame:
    trades = tuple(
        Trade(
            symbol=one.symbol,
            trade_id=one.trade_id,
            side=one.side,
            price=exact(one.price),
            qty=exact(one.qty),
            order_type=one.ord_type,
            at=moment(one.timestamp),
        )
        for one in _TRADES.decode(envelope.data)
    )
    return Trades(trades, snapshot=envelope.type == "snapshot")


def _candles(envelope: _Envelope) -> Frame:
    candles = tuple(
        Candle(
            symbol=one.symbol,
            interval=one.interval,
            begin=moment(one.interval_begin),
            open=exact(one.open),
            high=exact(one.high),
            low=exact(one.low),
            close=exact(one.close),
            vwap=exact(one.vwap),
            volume=exact(one.volume),
            count=one.trades,
        )
        for one in _CANDLES.decode(envelope.data)
    )
    at = optional_moment(envelope.timestamp)
    return Candles(candles, snapshot=envelope.type == "snapshot", at=at)


def _instruments(envelope: _Envelope) -> Frame:
    """One pair that cannot be read must not hide the seven hundred others."""
    instruments = []
    unreadable = 0
    for raw in _INSTRUMENT.decode(envelope.data).pairs:
        try:
            instruments.append(_instrument(_PAIR.decode(raw)))
        except (msgspec.MsgspecError, BadData):
            unreadable += 1
    return Instruments(tuple(instruments), envelope.type == "snapshot", unreadable)


def _instrument(pair: _Pair) -> Instrument:
    return Instrument(
        symbol=pair.symbol,
        base=pair.base,
        quote=pair.quote,
        tick_size=exact(pair.price_increment),
        lot_size=exact(pair.qty_increment),
        price_decimals=places(pair.price_precision),
        qty_decimals=places(pair.qty_precision),
        cost_decimals=places(pair.cost_precision),
        min_qty=exact(pair.qty_min),
        min_cost=exact(pair.cost_min),
        status=word(InstrumentStatus, pair.status, InstrumentStatus.UNKNOWN),
    )


_CHANNELS: dict[str, Callable[[_Envelope], Frame]] = {
    "heartbeat": _heartbeat,
    "status": _status,
    "trade": _trades,
    "ohlc": _candles,
    "instrument": _instruments,
}
