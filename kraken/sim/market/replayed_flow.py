"""A pair whose book is a recording: it looks like an invented one to whoever asks.

The recording tells of books only, so trades are inferred: where the best level shrank or went,
somebody may have taken it. What a user takes is printed but does not change the recorded book.
"""

from collections.abc import Callable
from random import Random

from kraken.sim.listing import PairSpec
from kraken.sim.market.book import Book, Ladder
from kraken.sim.market.replay import Frame, ReplayFeed
from kraken.sim.market.types import (
    BUY,
    SELL,
    BookDelta,
    BookReset,
    Happening,
    Levels,
    TradePrint,
    opposite,
)

_TAKEN = 0.4  # share of shrunken best levels that count as a trade; the rest was cancelled


class ReplayedFlow:
    """Plays the recording again and again; each round begins with a reset to its snapshot."""

    def __init__(
        self,
        feed: ReplayFeed,
        rng: Random,
        *,
        start_ns: int,
        first_trade_id: int,
        emit: Callable[[Happening], None],
    ) -> None:
        self.spec: PairSpec = feed.spec
        self.book = Book()
        self.changed_ns = start_ns
        self.next_trade_id = first_trade_id
        self._feed = feed
        self._rng = rng
        self._emit = emit
        self._round_ns = start_ns
        self._position = 1
        self._reset(feed.frames[0])

    def next_ns(self, now_ns: int, activity: float) -> int:
        """When the next frame is due; the market's activity does not change a recording."""
        frames = self._feed.frames
        if self._position < len(frames):
            return self._round_ns + frames[self._position].after_ns
        return self._round_ns + self._feed.loop_ns

    def happen(self, now_ns: int, fair: float) -> None:
        """The next frame; after the last one the first again."""
        if self._position >= len(self._feed.frames):
            self._position = 0
            self._round_ns = now_ns
        frame = self._feed.frames[self._position]
        self._position += 1
        self.changed_ns = now_ns
        if frame.snapshot:
            self._reset(frame)
            self._emit(BookReset(self.spec.symbol, now_ns, frame.bids[:], frame.asks[:]))
        else:
            self._update(now_ns, frame)

    def skip(self, until_ns: int) -> None:
        """Leave out whole rounds, so that a great leap of time stays cheap."""
        rounds = (until_ns - self._round_ns) // self._feed.loop_ns - 1
        if rounds > 0:
            self._round_ns += rounds * self._feed.loop_ns

    def leap(self, thin: float, thin_orders: float) -> None:
        """A recording has one pace."""

    def land(self, now_ns: int) -> None:
        """The book was never anything but the recording's."""

    def drift(self, fair: float) -> float:
        """Never off: fair value follows the recording, not the other way round."""
        return 0.0

    def follow(self, now_ns: int, fair: float) -> None:
        """The recording follows nobody."""

    def take(self, now_ns: int, side: str, lots: int, limit_ticks: int | None = None) -> int:
        """Print what a taker would get from the recorded book; lots that were filled."""
        ord_type = "market" if limit_ticks is None else "limit"
        filled = 0
        for ticks, there in self.book.ladder(opposite(side)):
            beyond = limit_ticks is not None and (
                ticks > limit_ticks if side == BUY else ticks < limit_ticks
            )
            if filled >= lots or beyond:
                break
            part = min(there, lots - filled)
            self._print(now_ns, side, ticks, part, ord_type)
            filled += part
        return filled

    def _reset(self, frame: Frame) -> None:
        self.book.bids.clear()
        self.book.asks.clear()
        for ticks, lots in frame.bids:
            self.book.put(BUY, ticks, lots)
        for ticks, lots in frame.asks:
            self.book.put(SELL, ticks, lots)
        self.book.changes()

    def _update(self, now_ns: int, frame: Frame) -> None:
        book = self.book
        for side, levels in ((BUY, frame.bids), (SELL, frame.asks)):
            self._infer_trade(now_ns, opposite(side), book.ladder(side), levels)
            for ticks, lots in levels:
                book.put(side, ticks, lots)
            for ticks in book.ladder(side).far_end(len(book.ladder(side)) - self._feed.depth):
                book.put(side, ticks, 0)
        bids, asks = book.changes()
        self._emit(BookDelta(self.spec.symbol, now_ns, bids, asks))

    def _infer_trade(self, now_ns: int, taker: str, ladder: Ladder, levels: Levels) -> None:
        ticks = ladder.best
        there = ladder.lots(ticks)
        for changed, lots in levels:
            if changed == ticks and lots < there:
                if self._rng.random() < _TAKEN:
                    self._print(now_ns, taker, ticks, there - lots, "market")
                return

    def _print(self, now_ns: int, side: str, ticks: int, lots: int, ord_type: str) -> None:
        trade_id = self.next_trade_id
        self.next_trade_id += 1
        self._emit(TradePrint(self.spec.symbol, now_ns, side, ticks, lots, ord_type, trade_id))
