"""Checks: asks REST about streams that stand still, and cures those that are dead."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from kraken.clock import Clock
from kraken.core.errors import KrakenError
from kraken.core.events import Event, Want
from kraken.core.session import Session
from kraken.core.types import Symbol
from kraken.market.books import Books
from kraken.market.feeds import COMPARED, QUIET, Cure, Feeds, agree
from kraken.market.reads import Reads
from kraken.market.tapes import Tapes, TapeWant
from kraken.rest import Rest
from kraken.stream import Stream

logger = logging.getLogger(__name__)

LEEWAY = timedelta(seconds=2)
"""Clocks differ, and a trade has slightly different times in different answers."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Checks:
    """Looks after what is subscribed over one stream."""

    def __init__(
        self,
        rest: Rest,
        reads: Reads,
        session: Session,
        stream: Stream[Event],
        books: Books,
        tapes: Tapes,
        clock: Clock,
    ) -> None:
        self._rest = rest
        self._reads = reads
        self._session = session
        self._stream = stream
        self._books = books
        self._tapes = tapes
        self._clock = clock
        self._book_feeds: Feeds[Symbol] = Feeds()
        self._tape_feeds: Feeds[TapeWant] = Feeds()

    async def run(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Look around each second until cancelled; at most two questions each time."""
        while True:
            await sleep(1.0)
            connected_at = self._stream.connected_at
            if connected_at is not None:
                await self._look_around(connected_at)

    async def _look_around(self, connected_at: datetime) -> None:
        now = self._clock.now()
        books_missing = self._books.missing_since(connected_at)
        tapes_missing = self._tapes.missing_since(connected_at)
        books_alive, tapes_alive = self._books.changed_at().keys(), self._tapes.heard_at().keys()
        hopeless = self._book_feeds.despair(books_missing, books_alive, now)
        if self._tape_feeds.despair(tapes_missing, tapes_alive, now) or hopeless:
            self._stream.reconnect()
        symbol = self._book_feeds.due(self._books.changed_at(), now)
        if symbol is not None:
            await self._compare_book(symbol)
        want = self._tape_feeds.due(self._tapes.heard_at(), now)
        if want is not None:
            await self._compare_tape(want)

    async def _compare_book(self, symbol: Symbol) -> None:
        """A book is dead when REST's is another one and ours has not moved meanwhile."""
        self._book_feeds.compared(symbol, self._clock.now())
        try:
            page = await self._reads.ask(lambda: self._rest.depth(symbol, COMPARED))
        except KrakenError as error:
            logger.info("checks: no book of %s to compare with: %s", symbol, error)
            return
        changed_at = self._books.changed_at().get(symbol)
        if changed_at is None:
            return
        ours = self._books.view(symbol, COMPARED, changed_at)
        is_quiet = self._clock.now() - changed_at >= QUIET
        is_dead = ours is not None and is_quiet and not agree(ours, page)
        cure = self._book_feeds.verdict(symbol, is_dead=is_dead)
        if cure is Cure.RESUBSCRIBE:
            self._books.lost(symbol, self._clock.now())
        self._apply(cure, self._books.wants(symbol))

    async def _compare_tape(self, want: TapeWant) -> None:
        """A tape is dead when there was a trade since it was heard last."""
        self._tape_feeds.compared(want, self._clock.now())
        heard_at = self._tapes.heard_at()[want]
        since = (self._tapes.reaches_to(want) + LEEWAY - _EPOCH) // timedelta(microseconds=1)
        try:
            page = await self._reads.ask(lambda: self._rest.trades(want.symbol, since * 1000, 1))
        except KrakenError as error:
            logger.info("checks: no trades of %s to compare with: %s", want.symbol, error)
            return
        is_quiet = self._tapes.heard_at().get(want) == heard_at
        cure = self._tape_feeds.verdict(want, is_dead=is_quiet and bool(page.trades))
        if cure is Cure.RESUBSCRIBE:
            self._tapes.asked_anew(want, self._clock.now())
        self._apply(cure, [want])

    def _apply(self, cure: Cure | None, wants: Iterable[Want]) -> None:
        if cure is None:
            return
        wants = list(wants)
        logger.warning("checks: %s stands still although Kraken moves: %s", wants, cure.value)
        if cure is Cure.RECONNECT:
            self._stream.reconnect()
            return
        for want in wants:
            self._session.drop(want, self._clock.now())
        for want in wants:
            self._session.want(want, self._clock.now())
        self._stream.flush()
