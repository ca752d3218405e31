"""Pairs, tickers, books and candles to test with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kraken.core.types import (
    Asset,
    BookView,
    Candle,
    Instrument,
    Interval,
    Level,
    Symbol,
    Ticker,
)
from tests.fakes import NOON


def instrument(symbol: str, price_decimals: int, qty_decimals: int = 8) -> Instrument:
    base, quote = symbol.split("/")
    return Instrument(
        symbol=Symbol(symbol),
        base=Asset(base),
        quote=Asset(quote),
        tick_size=Decimal(1).scaleb(-price_decimals),
        lot_size=Decimal(1).scaleb(-qty_decimals),
        price_decimals=price_decimals,
        qty_decimals=qty_decimals,
        cost_decimals=5,
        min_qty=Decimal("0.00005"),
        min_cost=Decimal("0.5"),
    )


PAIRS = (
    instrument("BTC/USD", 1),
    instrument("BTC/EUR", 1),
    instrument("ETH/USD", 2),
    instrument("ETH/EUR", 2),
    instrument("ETH/BTC", 5),
    instrument("SOL/USD", 2),
    instrument("DOGE/USD", 7),
    instrument("DOGE/EUR", 7),
    instrument("ADA/USD", 6),
    instrument("SHIB/USD", 8, 5),
    instrument("1INCH/USD", 3),
)


def ticker(symbol: str, last: str = "60010.3", at: datetime = NOON, **changes: Any) -> Ticker:
    price = Decimal(last)
    tick = next(pair.tick_size for pair in PAIRS if pair.symbol == symbol)
    plain = Ticker(
        symbol=Symbol(symbol),
        bid=price - tick,
        bid_qty=Decimal("0.42100000"),
        ask=price,
        ask_qty=Decimal("1.31000000"),
        last=price,
        volume=Decimal("1204.18"),
        vwap=price,
        low=price * Decimal("0.97"),
        high=price * Decimal("1.01"),
        change=price * Decimal("0.0184"),
        change_pct=Decimal("1.84"),
        at=at,
        received_at=at,
    )
    return replace(plain, **changes)


def levels(*pairs: str) -> tuple[Level, ...]:
    """``"60010.3 1.31"``: price and quantity, best first."""
    return tuple(Level(*map(Decimal, pair.split())) for pair in pairs)


def book(
    symbol: str,
    bids: Sequence[Level],
    asks: Sequence[Level],
    at: datetime = NOON,
    depth: int = 100,
) -> BookView:
    return BookView(Symbol(symbol), depth, tuple(bids), tuple(asks), 1, at, at)


BTC_BIDS = levels(
    "60010.2 0.4210", "60009.7 1.0000", "60008.0 0.1500", "60007.7 0.9000", "60005.1 2.0000"
)
BTC_ASKS = levels(
    "60010.3 1.3100", "60011.2 0.2500", "60012.5 0.4210", "60013.0 0.8800", "60014.9 0.2500"
)


def candle(
    symbol: str, interval: Interval, begin: datetime, close: str, open_: str = "", count: int = 9
) -> Candle:
    price, first = Decimal(close), Decimal(open_ or close)
    return Candle(
        symbol=Symbol(symbol),
        interval=interval,
        begin=begin,
        open=first,
        high=max(price, first),
        low=min(price, first),
        close=price,
        vwap=price,
        volume=Decimal(count),
        count=count,
    )


def course(symbol: str, interval: Interval, count: int, now: datetime = NOON) -> list[Candle]:
    """Candles that go up and down, newest last; the last one began at ``now``."""
    return [
        candle(symbol, interval, now - interval.length * back, str(60000 + back % 7 * 11))
        for back in range(count - 1, -1, -1)
    ]
