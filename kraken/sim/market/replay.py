"""A recorded Kraken book, played again and again at its own pace, in place of an invented one.

A recording is a text file with one WebSocket v2 frame a line, either bare or wrapped as
``{"t": nanoseconds, "frame": "..."}``. Frames of other channels and of other pairs than the first
book's are skipped. Pace: ``t`` where there is one, else the frame's own timestamp, else 100 ms.

After each message both sides are cut to the depth of the recording, as a subscriber must do
(https://docs.kraken.com/api/docs/guides/spot-ws-book-v2).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from kraken.sim.listing import PAIRS, PairSpec
from kraken.sim.market.types import SECOND, Levels

_PAUSE = SECOND // 10
_BETWEEN_LOOPS = SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_Read = tuple[int | None, bool, Levels, Levels]
"""(time if known, is a snapshot, bids, asks)."""


class ReplayError(ValueError):
    """The recording cannot be played; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message of the recording."""

    after_ns: int
    """Time since the first frame."""
    snapshot: bool
    bids: Levels
    asks: Levels


class ReplayFeed:
    """A recording, read and checked.

    Raises:
        ReplayError: no readable book in it, or a pair or precision that the listing does not have.
    """

    def __init__(self, path: Path, pairs: Sequence[PairSpec] = PAIRS) -> None:
        self.path = path
        self._pairs = {pair.symbol: pair for pair in pairs}
        self.pair: PairSpec | None = None
        self.frames: tuple[Frame, ...] = _paced(list(self._read()))
        if self.pair is None or not self.frames:
            raise ReplayError(f"{path}: no snapshot of a book in this recording")
        first = self.frames[0]
        if not first.bids or not first.asks:
            raise ReplayError(f"{path}: the first snapshot has an empty side")
        self.depth: int = max(len(first.bids), len(first.asks))
        self.loop_ns: int = self.frames[-1].after_ns + _BETWEEN_LOOPS

    @property
    def spec(self) -> PairSpec:
        """The pair that was recorded."""
        assert self.pair is not None
        return self.pair

    @property
    def mid(self) -> float:
        """Ticks halfway between the best prices of the first snapshot."""
        first = self.frames[0]
        return (max(first.bids)[0] + min(first.asks)[0]) / 2

    def _read(self) -> Iterator[_Read]:
        began = False
        with self.path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    read = self._line(line)
                except (ValueError, KeyError, TypeError, ArithmeticError) as error:
                    raise ReplayError(f"{self.path}, line {number}: {error!r}") from error
                if read is not None and (began or read[1]):
                    began = True
                    yield read

    def _line(self, line: str) -> _Read | None:
        at, frame = _unwrap(line)
        book = self._book_of(frame)
        if book is None:
            return None
        if at is None:
            at = _stamp(book)
        bids, asks = self._levels(book["bids"]), self._levels(book["asks"])
        return at, frame["type"] == "snapshot", bids, asks

    def _book_of(self, frame: Any) -> dict[str, Any] | None:
        """The book in that frame, if it is one of the pair that is played."""
        if not isinstance(frame, dict) or frame.get("channel") != "book":
            return None
        book: dict[str, Any] = frame["data"][0]
        symbol = book["symbol"]
        if self.pair is None:
            if symbol not in self._pairs:
                raise ReplayError(f"{symbol} is not a pair that this exchange lists")
            self.pair = self._pairs[symbol]
        return book if symbol == self.pair.symbol else None

    def _levels(self, levels: Sequence[dict[str, Decimal | int]]) -> Levels:
        spec = self.spec
        return [
            (spec.ticks(Decimal(level["price"])), spec.lots(Decimal(level["qty"])))
            for level in levels
        ]


def _unwrap(line: str) -> tuple[int | None, Any]:
    """(receive time if recorded, the frame)."""
    outer = json.loads(line, parse_float=Decimal)
    if isinstance(outer, dict) and "frame" in outer:
        return int(outer["t"]), json.loads(outer["frame"], parse_float=Decimal)
    return None, outer


def _stamp(book: dict[str, Any]) -> int | None:
    text = book.get("timestamp")
    if text is None:
        return None
    passed = datetime.fromisoformat(text) - _EPOCH
    return passed // timedelta(microseconds=1) * 1000


def _paced(read: list[_Read]) -> tuple[Frame, ...]:
    """Frames with their time since the first; time never runs backwards, whatever the stamps."""
    before_first = next((index for index, frame in enumerate(read) if frame[0] is not None), 0)
    known = read[before_first][0] if read else None
    now = (known or 0) - before_first * _PAUSE
    begin = now
    frames = []
    for index, (at, snapshot, bids, asks) in enumerate(read):
        if index:
            now = max(now, now + _PAUSE if at is None else at)
        frames.append(Frame(now - begin, snapshot, bids, asks))
    return tuple(frames)
