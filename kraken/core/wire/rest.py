"""REST's answers, public side (docs: REST API, Market Data).

Each decoder raises the error that Kraken named, or BadData when the shape is not the expected one.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from kraken.core.errors import BadData
from kraken.core.types import (
    Asset,
    AssetInfo,
    BookPage,
    Candle,
    CandlesPage,
    DayTicker,
    Instrument,
    InstrumentStatus,
    Interval,
    Level,
    ListedPair,
    Side,
    SpreadPoint,
    Symbol,
    SystemState,
    SystemStatus,
    Trade,
    TradesPage,
)
from kraken.core.wire.envelope import decoder, read, result
from kraken.core.wire.numbers import (
    Number,
    exact,
    from_seconds,
    moment,
    places,
    whole,
    word,
)

_FARTHEST = 10_000
"""Intervals from the first candle of an answer to its last; Kraken serves 721 in a row."""

V2_NAMES = {"XBT": "BTC", "XDG": "DOGE"}
"""The two assets that REST and WebSocket v2 spell differently (docs: WS v2, Instrument)."""


class _Time(msgspec.Struct):
    unixtime: int


class _Status(msgspec.Struct):
    status: str
    timestamp: str


class _Asset(msgspec.Struct):
    altname: str
    decimals: int
    display_decimals: int
    status: str = "enabled"


class _Pair(msgspec.Struct):
    altname: str
    base: str
    quote: str
    pair_decimals: int
    lot_decimals: int
    cost_decimals: int = 8
    wsname: str = ""
    ordermin: Number = "0"
    costmin: Number = "0"
    tick_size: Number = None
    status: str = "online"


class _Ticker(msgspec.Struct):
    a: list[Number]
    b: list[Number]
    c: list[Number]
    v: list[Number]
    p: list[Number]
    t: list[Number]
    l: list[Number]  # noqa: E741 - Kraken's own key for the low
    h: list[Number]
    o: Number


class _Book(msgspec.Struct):
    asks: list[list[Number]]
    bids: list[list[Number]]


class _GroupedLevel(msgspec.Struct):
    price: Number
    qty: Number


class _GroupedBook(msgspec.Struct):
    bids: list[_GroupedLevel]
    asks: list[_GroupedLevel]


_TIME = decoder(_Time)
_STATUS = decoder(_Status)
_ASSETS = decoder(dict[str, _Asset])
_PAIR = decoder(_Pair)
_PAIRS = decoder(dict[str, msgspec.Raw])
_TICKERS = decoder(dict[str, _Ticker])
_BOOKS = decoder(dict[str, _Book])
_GROUPED = decoder(_GroupedBook)
_ROWS: msgspec.json.Decoder[dict[str, Any]] = decoder(dict[str, Any])


def check(body: bytes | str, now: datetime | None = None) -> None:
    """Raise what the envelope says is wrong; return if it says nothing is."""
    result(body, decoder(object), now)


def time(body: bytes | str) -> datetime:
    """Kraken's clock, to the second."""
    return read(body, _TIME, lambda result: from_seconds(result.unixtime))


def system_status(body: bytes | str) -> SystemStatus:
    """What the engine accepts right now."""
    return read(
        body,
        _STATUS,
        lambda result: SystemStatus(
            state=word(SystemState, result.status, SystemState.UNKNOWN),
            at=moment(result.timestamp),
        ),
    )


def v2_name(name: str) -> Asset:
    """WebSocket v2's spelling of an asset's short REST name: ``XBT`` is ``BTC``."""
    return Asset(V2_NAMES.get(name, name))


def assets(body: bytes | str) -> tuple[AssetInfo, ...]:
    """All assets, in Kraken's order."""
    return read(
        body,
        _ASSETS,
        lambda result: tuple(
            AssetInfo(
                asset=v2_name(one.altname),
                rest_name=name,
                decimals=one.decimals,
                display_decimals=one.display_decimals,
                status=one.status,
            )
            for name, one in result.items()
        ),
    )


def asset_pairs(body: bytes | str) -> tuple[ListedPair, ...]:
    """All pairs that WebSocket v2 can serve; one without a ``wsname`` is left out.

    So is one that cannot be read: it must not hide the seven hundred others.
    """

    def pairs(result: dict[str, msgspec.Raw]) -> tuple[ListedPair, ...]:
        listed = [_listed_pair(name, raw) for name, raw in result.items()]
        if listed and all(pair is None for pair in listed):
            raise BadData("no pair of these can be read")
        return tuple(pair for pair in listed if pair is not None)

    return read(body, _PAIRS, pairs)


def _listed_pair(name: str, raw: msgspec.Raw) -> ListedPair | None:
    try:
        pair = _PAIR.decode(raw)
        return _with_names(name, pair) if "/" in pair.wsname else None
    except (ValueError, RecursionError, BadData):
        return None


def _with_names(name: str, pair: _Pair) -> ListedPair:
    base, _, quote = pair.wsname.partition("/")
    smallest_price = Decimal(1).scaleb(-places(pair.pair_decimals))
    return ListedPair(
        instrument=Instrument(
            symbol=Symbol(f"{v2_name(base)}/{v2_name(quote)}"),
            base=v2_name(base),
            quote=v2_name(quote),
            tick_size=smallest_price if pair.tick_size is None else exact(pair.tick_size),
            lot_size=Decimal(1).scaleb(-places(pair.lot_decimals)),
            price_decimals=pair.pair_decimals,
            qty_decimals=pair.lot_decimals,
            cost_decimals=places(pair.cost_decimals),
            min_qty=exact(pair.ordermin),
            min_cost=exact(pair.costmin),
            status=word(InstrumentStatus, pair.status, InstrumentStatus.UNKNOWN),
        ),
        rest_name=name,
        alternative_name=pair.altname,
    )


def ticker(body: bytes | str, symbols: Mapping[str, Symbol]) -> dict[Symbol, DayTicker]:
    """Tickers by symbol; ``symbols`` maps REST's names to ours, pairs not in it are left out."""
    return read(
        body,
        _TICKERS,
        lambda result: {
            symbols[name]: _day_ticker(symbols[name], one)
            for name, one in result.items()
            if name in symbols
        },
    )


def _day_ticker(symbol: Symbol, one: _Ticker) -> DayTicker:
    return DayTicker(
        symbol=symbol,
        bid=exact(one.b[0]),
        ask=exact(one.a[0]),
        last=exact(one.c[0]),
        last_qty=exact(one.c[1]),
        volume=exact(one.v[1]),
        vwap=exact(one.p[1]),
        trades=whole(one.t[1]),
        low=exact(one.l[1]),
        high=exact(one.h[1]),
        opening=exact(one.o),
    )


def _rows(result: dict[str, Any]) -> list[list[Number]]:
    """The rows of an answer about one pair; its key is Kraken's name for the pair, not ours."""
    rows = next((rows for name, rows in result.items() if name != "last"), None)
    if not isinstance(rows, list):
        raise BadData("an answer without rows")
    return rows


def ohlc(body: bytes | str, symbol: Symbol, interval: Interval) -> CandlesPage:
    """Candles, oldest first; the last row is the candle that is still running."""

    def page(result: dict[str, Any]) -> CandlesPage:
        candles = tuple(_candle(symbol, interval, row) for row in _rows(result))
        # Whoever fills the holes between two far ones would never end.
        if candles and candles[-1].begin - candles[0].begin > _FARTHEST * interval.length:
            raise BadData("candles of different centuries")
        return CandlesPage(candles, whole(result["last"]))

    return read(body, _ROWS, page)


def _candle(symbol: Symbol, interval: Interval, row: list[Number]) -> Candle:
    begin, opening, high, low, close, vwap, volume, count = row[:8]
    return Candle(
        symbol=symbol,
        interval=interval,
        begin=from_seconds(begin),
        open=exact(opening),
        high=exact(high),
        low=exact(low),
        close=exact(close),
        vwap=exact(vwap),
        volume=exact(volume),
        count=whole(count),
    )


def depth(body: bytes | str, symbol: Symbol) -> BookPage:
    """A book of up to 500 levels a side; its quantities are rounded to three digits by Kraken."""

    def page(result: dict[str, _Book]) -> BookPage:
        book = next(iter(result.values()), None)
        if book is None:
            raise BadData("an answer without a book")
        return BookPage(
            symbol=symbol,
            bids=tuple(Level(exact(row[0]), exact(row[1])) for row in book.bids),
            asks=tuple(Level(exact(row[0]), exact(row[1])) for row in book.asks),
        )

    return read(body, _BOOKS, page)


def grouped_book(body: bytes | str, symbol: Symbol) -> BookPage:
    """A book in groups of ticks: bids rounded down, asks rounded up."""
    return read(
        body,
        _GROUPED,
        lambda result: BookPage(
            symbol=symbol,
            bids=tuple(Level(exact(one.price), exact(one.qty)) for one in result.bids),
            asks=tuple(Level(exact(one.price), exact(one.qty)) for one in result.asks),
        ),
    )


def trades(body: bytes | str, symbol: Symbol) -> TradesPage:
    """Up to 1,000 trades, oldest first."""
    return read(
        body,
        _ROWS,
        lambda result: TradesPage(
            trades=tuple(_trade(symbol, row) for row in _rows(result)),
            last=whole(result["last"]),
        ),
    )


_ORDER_TYPES = {"m": "market", "l": "limit"}


def _trade(symbol: Symbol, row: list[Number]) -> Trade:
    price, qty, at, side, order_type, _, trade_id = row[:7]
    return Trade(
        symbol=symbol,
        trade_id=whole(trade_id),
        side={"b": Side.BUY, "s": Side.SELL}[side],
        price=exact(price),
        qty=exact(qty),
        order_type=_ORDER_TYPES.get(order_type, str(order_type)),
        at=from_seconds(at),
    )


def spread(body: bytes | str) -> tuple[SpreadPoint, ...]:
    """About 200 recent best bids and asks, oldest first."""
    return read(
        body,
        _ROWS,
        lambda result: tuple(
            SpreadPoint(at=from_seconds(row[0]), bid=exact(row[1]), ask=exact(row[2]))
            for row in _rows(result)
        ),
    )
