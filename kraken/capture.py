"""Capture: keeps Kraken's frames as they came, and plays them through the book path again.

A capture has one frame a line: either the raw text, or ``{"t": <unix ns>, "frame": "<raw text>"}``
as ``Recorder`` writes it. It needs no list of instruments: a book's digits come from the raw text,
its depth from the acknowledgement of the subscription, else from the size of the snapshot.
"""

import asyncio
import random as randomness
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from kraken.clock import Clock, SystemClock
from kraken.core.book import Book
from kraken.core.errors import BadData, NotSent, UnknownInstrument
from kraken.core.events import BookWant, Event, Refused
from kraken.core.session import Session
from kraken.core.types import BOOK_DEPTHS, Symbol
from kraken.core.wire import ws
from kraken.core.wire.books import FastBookFrame, decode_book_exactly
from kraken.stream import Stream

CHUNK = 500
"""Frames timed in one turn: whatever else the machine does then slows down both sides alike."""


class _Line(msgspec.Struct):
    frame: str
    t: int = 0


_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""When a replayed frame is said to have come; nothing that is reported depends on it."""

_read_line = msgspec.json.Decoder(_Line).decode
_decode_anything = msgspec.json.Decoder().decode


class Recorder:
    """Writes frames to a file as they come; leaving its context keeps the last one too."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.frames = 0

    def write(self, nanoseconds: int, frame: str) -> None:
        """Append one frame that came at this time (Unix nanoseconds)."""
        self._file.write(msgspec.json.encode({"t": nanoseconds, "frame": frame}) + b"\n")
        self.frames += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()


async def record(
    pairs: Sequence[Symbol],
    out: Path,
    depth: int = 10,
    seconds: float | None = None,
    *,
    ws_url: str,
    clock: Clock | None = None,
    random: Callable[[], float] = randomness.random,
) -> int:
    """Write what the books of these pairs send to ``out``; return the number of frames.

    Goes on for ``seconds``, or until cancelled, across reconnects. Raises UnknownInstrument when
    Kraken refuses a pair, and NotSent when no frame came in all that time.
    """
    clock = clock or SystemClock()
    session = Session()
    for symbol in pairs:
        session.want(BookWant(symbol, depth), clock.now())
    with Recorder(out) as recorder:
        async with aiohttp.ClientSession() as http:
            stream = Stream(
                http,
                ws_url,
                session,
                _refuse,
                clock=clock,
                random=random,
                record=recorder.write,
            )
            try:
                async with asyncio.timeout(seconds):
                    await stream.run()
            except TimeoutError:
                if not recorder.frames:
                    raise NotSent(f"no frame came from {ws_url}") from None
        return recorder.frames


def _refuse(event: Event) -> None:
    if isinstance(event, Refused) and isinstance(event.want, BookWant):
        raise UnknownInstrument(event.want.symbol, code=event.error)


def read(path: Path) -> Iterator[bytes]:
    """The raw frames of a capture, in order; empty lines are skipped."""
    with path.open("rb") as file:
        for line in file:
            text = line.strip()
            if text:
                yield _unwrapped(text)


def _unwrapped(line: bytes) -> bytes:
    """The frame of a line, whichever of the two forms it has."""
    if b'"frame"' not in line:
        return line
    try:
        return _read_line(line).frame.encode()
    except msgspec.DecodeError:
        return line


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What became of a capture; ``checksums_failed`` is 0 for an undamaged one."""

    frames: int
    book_frames: int
    symbols: int
    checksums_ok: int
    checksums_failed: int
    """Books found wrong; what follows of such a pair is not checked until its next snapshot."""
    resyncs: int
    """Snapshots after the first one of their pair."""
    seconds: float
    """From raw bytes to verified books."""
    frames_per_second: int
    decode_only_seconds: float
    """``msgspec.json.decode`` without a type over the same bytes."""

    def as_json(self) -> str:
        """The report as one JSON object."""
        return msgspec.json.encode(asdict(self)).decode()


class _Books:
    """The path of a frame from bytes to a verified book, and what was counted on it."""

    def __init__(self) -> None:
        self.books: dict[Symbol, Book] = {}
        self.depths: dict[Symbol, int] = {}
        self.known: set[Symbol] = set()
        self.book_frames = self.ok = self.failed = self.resyncs = 0

    def take(self, frame: bytes) -> None:
        try:
            message = ws.decode_frame(frame, _ANY_TIME)
            if type(message) is FastBookFrame:
                self._take_book(frame, message)
            elif isinstance(message, ws.Reply):
                self._take_reply(message)
        except BadData:
            return  # Counted as a frame, and nothing else can be said about it.

    def _take_reply(self, reply: ws.Reply) -> None:
        is_book = reply.channel == "book" and reply.method == "subscribe"
        if is_book and reply.symbol is not None and reply.depth is not None:
            self.depths[reply.symbol] = reply.depth

    def _take_book(self, frame: bytes, message: FastBookFrame) -> None:
        self.book_frames += 1
        for index, part in enumerate(message.data):
            if message.type == "snapshot":
                self._load(frame, index)
                continue
            book = self.books.get(part.symbol)
            if book is None:
                continue
            if book.is_exact:
                fault = book.apply_exactly(decode_book_exactly(frame).data[index])
            else:
                fault = book.apply(part)
            self._count(part.symbol, fault is None)

    def _load(self, frame: bytes, index: int) -> None:
        snapshot = decode_book_exactly(frame).data[index]
        symbol = snapshot.symbol
        levels = max(len(snapshot.bids), len(snapshot.asks))
        served = next((depth for depth in BOOK_DEPTHS if depth >= levels), BOOK_DEPTHS[-1])
        book = Book(symbol, self.depths.get(symbol, served))
        self.resyncs += symbol in self.known
        self.known.add(symbol)
        self.books[symbol] = book
        self._count(symbol, book.load(snapshot) is None)

    def _count(self, symbol: Symbol, is_right: bool) -> None:
        if is_right:
            self.ok += 1
        else:
            self.failed += 1
            del self.books[symbol]


def replay(path: Path) -> ReplayReport:
    """Play a capture through decoding, books and checksums, as fast as it goes.

    Raises OSError when the file cannot be read; a line that is no frame is counted and skipped.
    """
    books = _Books()
    frames = 0
    seconds = decoding = 0.0
    lines = read(path)
    while chunk := list(islice(lines, CHUNK)):
        frames += len(chunk)
        seconds += _timed(books.take, chunk)
        decoding += _timed(_decode_or_skip, chunk)
    return ReplayReport(
        frames=frames,
        book_frames=books.book_frames,
        symbols=len(books.known),
        checksums_ok=books.ok,
        checksums_failed=books.failed,
        resyncs=books.resyncs,
        seconds=round(seconds, 6),
        frames_per_second=round(frames / seconds) if seconds else 0,
        decode_only_seconds=round(decoding, 6),
    )


def _timed(take: Callable[[bytes], object], frames: Iterable[bytes]) -> float:
    """Seconds that taking all these frames lasted."""
    start = perf_counter()
    for frame in frames:
        take(frame)
    return perf_counter() - start


def _decode_or_skip(frame: bytes) -> None:
    try:
        _decode_anything(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
