"""From the bytes of a book frame to a verified book, as multiples of ``orjson.loads`` alone.

All contestants read the same frames in turns of 500 and are charged their processor time, so that
a noisy neighbour disturbs them alike; the ratios are what to look at. Nothing here has a socket.

* Ours: ``decode_book`` and ``Book.apply``, the checksum verified on every message; and the same
  through ``Session.receive``, which also dispatches by channel and keeps subscriptions.
* ccxt.pro: ``client.handle_text_or_binary_message(text)`` of a client that ccxt made for Kraken's
  address, which is what it calls for every text frame: orjson, its dispatch by channel, its book;
  its checksum is off as by default.

Each gets what its socket gives it, ours bytes and theirs text.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson
from ccxt.pro import kraken as ccxt_kraken

from kraken.core.book import Book
from kraken.core.events import BookWant
from kraken.core.session import Session
from kraken.core.types import Symbol
from kraken.core.wire.books import decode_book, decode_book_exactly
from tests.benchmarks._book_stream import SYMBOL, frames
from tests.benchmarks.figures import Figure, percentile

UPDATES = 100_000
TURN = 500
NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)

Read: TypeAlias = Callable[[Sequence[Any]], None]
"""Takes a turn of frames, as bytes or as text, all the way."""


def _session(depth: int) -> Session:
    session = Session()
    session.want(BookWant(Symbol(SYMBOL), depth), NOW)
    session.connected(NOW)
    session.data_to_send()
    return session


def _ours(depth: int) -> Read:
    session = _session(depth)

    def read(turn: Sequence[Any]) -> None:
        for frame in turn:
            session.receive(frame, NOW)
        assert session.stats().checksums_failed == 0

    return read


def _ccxt(exchange: ccxt_kraken, depth: int) -> Read:
    """The exchange is to be closed by the caller."""
    client = exchange.client("wss://ws.kraken.com/v2")
    client.subscriptions[exchange.get_message_hash("orderbook", None, SYMBOL)] = {"limit": depth}

    def read(turn: Sequence[Any]) -> None:
        for text in turn:
            client.handle_text_or_binary_message(text)

    return read


def _book_alone(depth: int) -> Read:
    """Decode, book and checksum without the session around them."""
    book = Book(Symbol(SYMBOL), depth)

    def read(turn: Sequence[Any]) -> None:
        for frame in turn:
            message = decode_book(frame)
            if message.type == "snapshot":
                fault = book.load(decode_book_exactly(frame).data[0])
            else:
                fault = book.apply(message.data[0])
            assert fault is None

    return read


def _orjson(turn: Sequence[Any]) -> None:
    for frame in turn:
        orjson.loads(frame)


async def _seconds(depth: int, stream: list[bytes]) -> list[float]:
    """What orjson alone, our book, our session and ccxt.pro take for the whole stream."""
    exchange = ccxt_kraken()
    try:
        texts = [frame.decode() for frame in stream]
        contestants = (_orjson, _book_alone(depth), _ours(depth), _ccxt(exchange, depth))
        feeds: tuple[Sequence[Any], ...] = (stream, stream, stream, texts)
        spent = [0.0] * len(contestants)
        for start in range(0, len(stream), TURN):
            for index, (read, feed) in enumerate(zip(contestants, feeds, strict=True)):
                turn = feed[start : start + TURN]
                began = time.process_time()
                read(turn)
                spent[index] += time.process_time() - began
        return spent
    finally:
        await exchange.close()


def _latencies(stream: list[bytes], depth: int) -> list[float]:
    """Microseconds of each update on its own."""
    session = _session(depth)
    session.receive(stream[0], NOW)
    microseconds = []
    for frame in stream[1:]:
        began = time.perf_counter_ns()
        session.receive(frame, NOW)
        microseconds.append((time.perf_counter_ns() - began) / 1000)
    return microseconds


def _snapshot_milliseconds(snapshot: bytes, depth: int) -> float:
    times = []
    for _ in range(20):
        session = _session(depth)
        began = time.perf_counter()
        session.receive(snapshot, NOW)
        times.append((time.perf_counter() - began) * 1000)
    return percentile(times, 0.5)


def _figures(depth: int, updates: int) -> list[Figure]:
    stream = [text.encode() for text in frames(updates, depth)]
    asyncio.run(_seconds(depth, stream[: 4 * TURN]))  # warm
    gc.collect()
    bare, book, session, theirs = asyncio.run(_seconds(depth, stream))
    slow = _latencies(stream[: len(stream) // 2], depth)
    aims = {10: "at most 3.1", 1000: "at most 4.2"}
    name = f"depth {depth}"
    return [
        Figure(f"{name}: orjson.loads alone", f"{bare / len(stream) * 1e6:.2f} µs a frame"),
        Figure(f"{name}: decode, book, checksum", f"{book / bare:.2f} x", aims.get(depth, "")),
        Figure(f"{name}: decode, session, book, checksum", f"{session / bare:.2f} x"),
        Figure(f"{name}: ccxt.pro from text to book, no checksum", f"{theirs / bare:.1f} x"),
        Figure(
            f"{name}: frames a second over ccxt.pro's, both with dispatch",
            f"{theirs / session:.1f}",
            "at least 6",
        ),
        Figure(f"{name}: the same, ours without dispatch", f"{theirs / book:.1f}"),
        Figure(
            f"{name}: p50 / p99 of an update",
            f"{percentile(slow, 0.5):.1f} / {percentile(slow, 0.99):.1f} µs",
            "p99 under 15 µs" if depth == 10 else "",
        ),
        Figure(
            f"{name}: one snapshot",
            f"{_snapshot_milliseconds(stream[0], depth):.2f} ms",
            "under 5 ms" if depth == 1000 else "",
        ),
    ]


def run(updates: int = UPDATES) -> list[Figure]:
    """All figures, for the shallowest, a middle and the greatest depth."""
    return [figure for depth in (10, 100, 1000) for figure in _figures(depth, updates)]
