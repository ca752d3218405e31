"""Market: Kraken's public side as the rest of the program sees it.

One connection for everybody. A stream is subscribed while somebody reads it and half a minute
longer; its values are conflated in a Watch. A book's Watch has a value only while the book is
verified; every value says when it was received, because a price without an age is half a price.
"""

import asyncio
import logging
import random as randomness
from collections.abc import AsyncIterator, Awaitable, Callable, Container
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from kraken.clock import Clock
from kraken.connections import Connections
from kraken.core.errors import KrakenError, NotSent
from kraken.core.events import (
    BookChanged,
    BookLost,
    BookUnverified,
    BookWant,
    CandlesChanged,
    CandleWant,
    Event,
    InstrumentsChanged,
    InstrumentWant,
    Refused,
    TickerChanged,
    TickerWant,
    TradesHappened,
    TradeWant,
    Want,
)
from kraken.core.instruments import Instruments
from kraken.core.session import Session
from kraken.core.types import (
    BOOK_DEPTHS,
    BookView,
    Candle,
    Instrument,
    InstrumentStatus,
    Interval,
    Symbol,
    Ticker,
    Trade,
    TradesPage,
)
from kraken.market.books import Books
from kraken.market.checks import Checks
from kraken.market.health import Health
from kraken.market.history import History, Progress
from kraken.market.reads import Pace, Reads
from kraken.market.subscriptions import Subscriptions
from kraken.market.tapes import Tapes
from kraken.rest import Rest
from kraken.stream import Stream
from kraken.watch import Watch

logger = logging.getLogger(__name__)

LINGER = timedelta(seconds=30)
"""How long a stream stays subscribed after its last reader left."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Market:
    """Everybody's side of Kraken. Its owner awaits ``run`` and ``check_feeds``, both endless.

    The readers (``book``, ``ticker``, ``trades``, ``candles``) are asynchronous context managers:
    inside of them the stream is subscribed.
    """

    def __init__(
        self,
        rest: Rest,
        *,
        http: aiohttp.ClientSession,
        ws_url: str,
        clock: Clock,
        random: Callable[[], float] = randomness.random,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        pace: Callable[[], Awaitable[None]] | None = None,
        liveness: float = 5.0,
        linger: timedelta = LINGER,
        connections: Connections | None = None,
    ) -> None:
        self._rest = rest
        self._clock = clock
        self._sleep = sleep
        self._session = Session()
        self._stream = Stream(
            http,
            ws_url,
            self._session,
            self._take,
            clock=clock,
            random=random,
            liveness=liveness,
            on_tick=self._on_tick,
            connections=connections,
        )
        self._subscriptions = Subscriptions(self._want, self._drop, linger)
        self._books = Books(self._session)
        self._tapes = Tapes()
        self._reads = Reads(pace or Pace(clock, sleep).wait, random=random, sleep=sleep)
        self._history = History(rest, self._reads, clock)
        self._checks = Checks(
            rest, self._reads, self._session, self._stream, self._books, self._tapes, clock
        )
        self._instruments: Watch[Instruments] = Watch()
        self._takers: dict[type[Event], Callable[[Any], None]] = {
            BookChanged: self._change_book,
            BookLost: self._lose_book,
            BookUnverified: self._give_up_book,
            TickerChanged: self._tapes.take_ticker,
            TradesHappened: self._add_trades,
            CandlesChanged: self._set_candle,
            InstrumentsChanged: self._set_instruments,
            Refused: self._note_refusal,
        }
        self._session.want(InstrumentWant(), clock.now())

    async def run(self) -> None:
        """Keep the connection and everything that is subscribed, until cancelled."""
        await self._stream.run()

    async def check_feeds(self) -> None:
        """Look after streams that stand still or do not come, until cancelled."""
        await self._checks.run(self._sleep)

    # -- instruments

    async def ready(self, patience: float = 3.0) -> None:
        """Wait until the instruments are known, from the connection or else from REST."""
        while self._instruments.value is None:
            try:
                async with asyncio.timeout(patience):
                    await self._instruments.first()
            except TimeoutError:
                await self._ask_rest_for_instruments()

    async def _ask_rest_for_instruments(self) -> None:
        try:
            instruments = await self._reads.ask(self._rest.instruments)
        except KrakenError as error:
            logger.warning("market: no instruments from REST either: %s", error)
            return
        if self._instruments.value is None:
            self._instruments.set(Instruments(instruments))

    def instrument(self, name: str, quote: str = "USD") -> Instrument:
        """The pair that a person means by this name; ``quote`` decides for a bare asset.

        Raises UnknownInstrument with suggestions, and NotSent while Kraken was not reached yet.
        """
        return self._known().find(name, quote=quote)

    def instruments(self) -> tuple[Instrument, ...]:
        """All pairs. Raises NotSent while Kraken was not reached yet."""
        return self._known().all()

    async def listed_besides(self, known: Container[Symbol]) -> frozenset[Symbol]:
        """Wait until pairs are listed that are not among these; which."""
        version = -1
        while True:
            version, listed = await self._instruments.newer(version)
            found = frozenset(
                each.symbol
                for each in listed or ()
                if each.symbol not in known and each.status is not InstrumentStatus.DELISTED
            )
            if found:
                return found

    def suggest(self, name: str, limit: int = 6) -> list[Instrument]:
        """Pairs that look like this name, the likeliest first."""
        return list(self._known().suggest(name, limit))

    def _known(self) -> Instruments:
        known = self._instruments.value
        if known is None:
            raise NotSent("Kraken was not reached yet, so its pairs are not known")
        return known

    # -- readers

    @asynccontextmanager
    async def book(self, symbol: Symbol, depth: int = 10) -> AsyncIterator[Watch[BookView]]:
        """The best ``depth`` levels; no value while the book is not verified."""
        served = next((each for each in BOOK_DEPTHS if each >= depth), BOOK_DEPTHS[-1])
        with self._reading(BookWant(symbol, served)) as watch:
            yield watch

    @asynccontextmanager
    async def ticker(self, symbol: Symbol) -> AsyncIterator[Watch[Ticker]]:
        """The newest ticker; after a loss it stays, and its age tells."""
        with self._reading(TickerWant(symbol)) as watch:
            yield watch

    @asynccontextmanager
    async def trades(self, symbol: Symbol) -> AsyncIterator[Watch[tuple[Trade, ...]]]:
        """The last trades, up to 200, newest last."""
        with self._reading(TradeWant(symbol)) as watch:
            yield watch

    @asynccontextmanager
    async def candles(self, symbol: Symbol, interval: Interval) -> AsyncIterator[Watch[Candle]]:
        """The running candle."""
        with self._reading(CandleWant(symbol, interval)) as watch:
            yield watch

    def _reading(self, want: Want) -> AbstractContextManager[Watch[Any]]:
        return self._subscriptions.reading(want, self._clock.now)

    def _want(self, want: Want, watch: Watch[Any]) -> None:
        now = self._clock.now()
        self._session.want(want, now)
        if isinstance(want, BookWant):
            # Its event comes with the next tick only, and until then the old book would pass.
            book = self._session.book(want.symbol)
            if book is None and want.symbol in self._books.changed_at():
                self._books.lost(want.symbol, now)
            self._books.add(want, watch, now)
        elif not isinstance(want, InstrumentWant):
            self._tapes.add(want, watch, now)
        self._stream.flush()

    def _drop(self, want: Want) -> None:
        self._session.drop(want, self._clock.now())
        if isinstance(want, BookWant):
            self._books.remove(want)
        elif not isinstance(want, InstrumentWant):
            self._tapes.remove(want)
        self._stream.flush()

    # -- questions

    async def history(
        self,
        symbol: Symbol,
        interval: Interval,
        count: int,
        progress: Progress | None = None,
    ) -> list[Candle]:
        """The newest candles, newest last; the last one is running.

        Beyond 720 they are built from trades at about a request a second, and ``progress`` is
        told how many of how many there are. Fewer come back if the pair has no more, or if two
        minutes were not enough; asking again goes on from there. Raises what a read raises.
        """
        return await self._history.candles(
            self._known().find(symbol),
            interval,
            count,
            lambda: self._tapes.value(CandleWant(symbol, interval)),
            progress,
        )

    async def depth_by_rest(self, symbol: Symbol, count: int = 10) -> BookView:
        """A book that no checksum vouches for: for pairs that ``health`` lists as unverified.

        Its checksum is 0 and its quantities have three digits. Raises what a read raises.
        """
        page = await self._reads.ask(lambda: self._rest.depth(symbol, count))
        return BookView(
            symbol=symbol,
            depth=count,
            bids=page.bids[:count],
            asks=page.asks[:count],
            checksum=0,
            at=None,
            received_at=self._clock.now(),
        )

    async def past_trades(self, symbol: Symbol, since: datetime) -> TradesPage:
        """Up to 1,000 public trades from that time on, the oldest first.

        Trades of the very instant may be among them; ``last`` of the page says where to go on.
        Raises what a read raises.
        """
        nanoseconds = (since - _EPOCH) // timedelta(microseconds=1) * 1_000
        # One microsecond earlier: times are cut to whole ones, and Kraken's bound is exclusive.
        return await self._reads.ask(lambda: self._rest.trades(symbol, nanoseconds - 1_000))

    def health(self) -> Health:
        """How the connection and what comes over it are doing."""
        stats = self._session.stats()
        return Health(
            connected=self._stream.connected,
            last_frame_at=self._stream.last_frame_at,
            system=self._session.system,
            connects=self._stream.attempts,
            frames=stats.frames,
            ignored=stats.ignored,
            checksum_failures=stats.checksums_failed,
            resyncs=stats.resyncs,
            unverified=stats.unverified,
            subscriptions=len(self._subscriptions),
        )

    # -- what the session reports

    def _on_tick(self, now: datetime) -> None:
        self._subscriptions.expire(now)

    def _take(self, event: Event) -> None:
        """Put what happened where its readers look."""
        taker = self._takers.get(type(event))
        if taker is None:
            logger.debug("market: %s", event)
        else:
            taker(event)

    def _change_book(self, event: BookChanged) -> None:
        # A book changes with a frame only, and its time is known already.
        received_at = self._stream.last_frame_at or self._clock.now()
        self._books.changed(event.symbol, received_at)

    def _lose_book(self, event: BookLost) -> None:
        self._books.lost(event.symbol, self._clock.now())

    def _give_up_book(self, event: BookUnverified) -> None:
        self._books.given_up(event.symbol)

    def _add_trades(self, event: TradesHappened) -> None:
        self._tapes.take_trades(event, self._clock.now())

    def _set_candle(self, event: CandlesChanged) -> None:
        self._tapes.take_candles(event, self._clock.now())

    def _note_refusal(self, event: Refused) -> None:
        logger.warning("market: Kraken does not serve %s: %s", event.want, event.error)
        if isinstance(event.want, BookWant):
            self._books.given_up(event.want.symbol)
        elif not isinstance(event.want, InstrumentWant):
            self._tapes.given_up(event.want)

    def _set_instruments(self, event: InstrumentsChanged) -> None:
        known = self._instruments.value
        if (known is None and not event.snapshot) or not event.instruments:
            return  # A part is not all of them, and that there are none is not believed.
        before = () if event.snapshot or known is None else known.all()
        merged = {each.symbol: each for each in (*before, *event.instruments)}
        self._instruments.set(Instruments(tuple(merged.values())))
