"""A session and a tiny Kraken that talk to each other, for tests of what they say."""

import json
from datetime import UTC, datetime, timedelta

from kraken.core.events import BookChanged, BookWant, Event
from kraken.core.session import Session
from kraken.core.types import Symbol
from tests.tiny_kraken import TinyKraken, TinyMarket

NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)
BTC, ETH, WWW = Symbol("BTC/USD"), Symbol("ETH/USD"), Symbol("WWW/USD")


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def market(symbol: str) -> TinyMarket:
    made = TinyMarket(symbol)
    made.bids = {1000 - n: 10**8 + n for n in range(1, 40)}
    made.asks = {1000 + n: 5 * 10**7 + n for n in range(40)}
    return made


def asked(session: Session) -> list[dict]:
    return [json.loads(text) for text in session.data_to_send()]


def converse(session: Session, kraken: TinyKraken, now: datetime) -> list[Event]:
    """Let both talk until nobody has anything to say."""
    events: list[Event] = []
    while texts := session.data_to_send():
        for text in texts:
            for frame in kraken.answer(text):
                events += session.receive(frame, now)
    return events


def live(*symbols: Symbol, depth: int = 10) -> tuple[Session, TinyKraken]:
    session, kraken = Session(), TinyKraken([market(symbol) for symbol in symbols])
    session.connected(NOW)
    for symbol in symbols:
        session.want(BookWant(symbol, depth), NOW)
    events = converse(session, kraken, NOW)
    assert events == [BookChanged(symbol) for symbol in symbols]
    return session, kraken


def bad_update(kraken: TinyKraken, symbol: str) -> str:
    return kraken.markets[symbol].frame("update", [], [], checksum=1)
