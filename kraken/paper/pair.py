"""One pair of the public market, as all practice accounts with orders in it share it.

* A trade is given out as it is heard, once and in order, to whoever it touches, with the book of
  that moment: what it lets loose in a fast market does not meet the book of a moment later. Books
  are conflated.
* While there is no verified book, trades that touch somebody wait: what they set off would meet
  an empty market.
* Where trades are missing (the connection was gone for long), everybody is cast off: each account
  looks up what it missed, as after a restart, and comes back.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from kraken.clock import Clock
from kraken.core.errors import KrakenError, NotSent
from kraken.core.ledger.words import MarketView
from kraken.core.practice.extremes import Extremes
from kraken.core.practice.index import PriceIndex
from kraken.core.practice.replay import Cursor, newer, unbroken
from kraken.core.types import (
    BookView,
    Instrument,
    InstrumentStatus,
    Side,
    Symbol,
    SystemState,
    Trade,
    TradesPage,
)
from kraken.market import Health
from kraken.paper.past import Missed, Past
from kraken.watch import Watch

logger = logging.getLogger(__name__)

DEPTH = 100
"""Levels of each side that orders meet."""

OLDEST = timedelta(seconds=10)
"""A connection that was silent for longer shows no market to trade on."""

TAPE_PATIENCE = 2.0
"""Seconds to wait for the last trades; a pair that never traded has none."""

_STRICT = {
    SystemState.CANCEL_ONLY: InstrumentStatus.CANCEL_ONLY,
    SystemState.POST_ONLY: InstrumentStatus.POST_ONLY,
    SystemState.LIMIT_ONLY: InstrumentStatus.LIMIT_ONLY,
    SystemState.MAINTENANCE: InstrumentStatus.MAINTENANCE,
}


class PublicMarket(Protocol):
    """What practice needs of :class:`kraken.market.Market`."""

    def book(
        self, symbol: Symbol, depth: int = 10
    ) -> AbstractAsyncContextManager[Watch[BookView]]: ...

    def trades(self, symbol: Symbol) -> AbstractAsyncContextManager[Watch[tuple[Trade, ...]]]: ...

    def instrument(self, name: str, quote: str = "USD") -> Instrument: ...

    def instruments(self) -> tuple[Instrument, ...]: ...

    def health(self) -> Health: ...

    async def past_trades(self, symbol: Symbol, since: datetime) -> TradesPage: ...


@dataclass(frozen=True, slots=True)
class Touched:
    """A trade or, without one, a book that means something to one's orders."""

    symbol: Symbol
    trade: Trade | None
    view: MarketView
    at: datetime
    cursor: Cursor
    """Up to which trade everything was given out before this."""


@dataclass(frozen=True, slots=True)
class CastOff:
    """Nothing more of this pair comes: trades after the cursor are missing."""

    symbol: Symbol
    cursor: Cursor


class Guest(Hashable, Protocol):
    """Who has orders in a pair."""

    def touch(self, what: Touched | CastOff) -> None:
        """Take note; must not block."""


class Pair:
    """The newest of one pair, and who is touched by it."""

    def __init__(
        self,
        instrument: Instrument,
        market: PublicMarket,
        clock: Clock,
    ) -> None:
        self.symbol = instrument.symbol
        self._instrument = instrument
        self.guests: PriceIndex[Guest] = PriceIndex()
        self._market = market
        self._clock = clock
        self._attending = 0
        self._book: Watch[BookView] = Watch()
        self._tape: Watch[tuple[Trade, ...]] = Watch()
        self._seen = (-1, -1)
        self._cursor: Cursor | None = None
        self._view: tuple[int, int, MarketView] | None = None
        self._forget_prices()
        self._past = Past(self.symbol, market.past_trades, clock)

    def _forget_prices(self) -> None:
        """Nobody looked for a while: the best price since then is not known."""
        self._asks, self._bids = Extremes(), Extremes(highest=True)

    # -- being there

    @asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        """In here the pair is subscribed."""
        market, symbol = self._market, self.symbol
        async with market.book(symbol, DEPTH) as book, market.trades(symbol) as tape:
            if not self._attending and not len(self.guests):
                self._cursor = None  # nobody depends on what was before
                self._forget_prices()
            self._book, self._tape, self._view = book, tape, None
            self._seen = (-1, -1)
            self._attending += 1
            try:
                with tape.heard(self._give_trades):
                    yield
            finally:
                self._attending -= 1

    def look(self) -> None:
        """Give out what came since the last look."""
        versions = (self._tape.version, self._book.version)
        if versions != self._seen:
            self._seen = versions
            self.catch_up()

    async def ready(self, patience: float) -> None:
        """Return when orders can be placed on this pair.

        Raises:
            NotSent: there is no verified book, or it may be old.
        """
        try:
            async with asyncio.timeout(patience):
                await self._book.first()
        except TimeoutError:
            raise NotSent(f"there is no verified order book of {self.symbol} now") from None
        if self._tape.value is None:
            try:
                async with asyncio.timeout(min(patience, TAPE_PATIENCE)):
                    await self._tape.first()
            except TimeoutError:
                logger.info("paper: %s shows no trades", self.symbol)
        self.view()

    # -- reading

    def view(self) -> MarketView:
        """The market as an order meets it now.

        Raises:
            NotSent: there is no verified book, or it may be old.
        """
        health, now = self._market.health(), self._clock.now()
        heard = health.last_frame_at
        if not health.connected or heard is None or now - heard > OLDEST:
            raise NotSent(f"the order book of {self.symbol} may be old: Kraken is not heard")
        view = self._newest()
        if view is None:
            raise NotSent(f"there is no verified order book of {self.symbol} now")
        return view

    def glance(self) -> MarketView | None:
        """The market as far as it is known; None if nobody follows it or there is no book."""
        return self._newest() if self._attending else None

    def cursor(self) -> Cursor:
        """Up to which trade everything was given out; from the first look on nothing is left out,
        also where there was no trade yet."""
        if self._cursor is None:
            self._cursor = Cursor(None, self._clock.now())
        return self._cursor

    def best_since(self, side: Side, since: datetime) -> tuple[Decimal | None, datetime | None]:
        """The best price that somebody acting on this side could have had, and seen since when."""
        extremes = self._asks if side is Side.BUY else self._bids
        return extremes.best(since), extremes.since and max(extremes.since, since)

    def _newest(self) -> MarketView | None:
        book, tape = self._book.value, self._tape.value
        if book is None:
            return None
        key = (self._book.version, self._tape.version)
        if self._view is not None and self._view[:2] == key:
            return self._view[2]
        view = MarketView(
            self.instrument(),
            book.bids,
            book.asks,
            last=tape[-1].price if tape else None,
            is_whole=len(book.bids) < book.depth and len(book.asks) < book.depth,
            at=book.at,
        )
        self._view = (*key, view)
        return view

    def instrument(self) -> Instrument:
        """The pair's rules; its status is the exchange's where that is the stricter one."""
        try:
            self._instrument = instrument = self._market.instrument(self.symbol)
        except KrakenError:
            # Its orders can still be cancelled, and nobody else's market stops for it.
            return replace(self._instrument, status=InstrumentStatus.DELISTED)
        system = self._market.health().system
        if instrument.status is InstrumentStatus.ONLINE and system in _STRICT:
            return replace(instrument, status=_STRICT[system])
        return instrument

    # -- giving out

    def catch_up(self) -> None:
        """Give out all that came: trades, then the book."""
        self._give_trades()
        view = self._newest()
        if view is None:
            return
        now = self._clock.now()
        if view.asks:
            self._asks.see(view.asks[0].price, now)
        if view.bids:
            self._bids.see(view.bids[0].price, now)
        for guest in self.guests.by_book(view):
            guest.touch(Touched(self.symbol, None, view, now, self.cursor()))
        self._past.forget(now)

    def _give_trades(self) -> None:
        tape = self._tape.value
        if not tape:
            return
        newest = Cursor(tape[-1].trade_id, tape[-1].at)
        if self._cursor is None:
            self._cursor = newest
        new = _after(tape, self._cursor)
        if len(unbroken(new, self._cursor)) < len(new):
            self._cast_off(newest)
            return
        for trade in new:
            if not self._give(trade):
                return
            self._cursor = Cursor(trade.trade_id, trade.at)

    def _give(self, trade: Trade) -> bool:
        touched = self.guests.by_trade(trade.price)
        if not touched:
            return True
        view = self._newest()
        if view is None:
            return False  # with the next book
        self.guests.expect(touched)
        then = replace(view, last=trade.price)
        for guest in touched:
            guest.touch(Touched(self.symbol, trade, then, self._clock.now(), self.cursor()))
        return True

    def _cast_off(self, newest: Cursor) -> None:
        logger.warning("paper: trades of %s are missing; looking them up", self.symbol)
        cursor = self.cursor()
        self._cursor = newest
        self._forget_prices()
        for guest in self.guests.owners():
            self.guests.drop(guest)
            guest.touch(CastOff(self.symbol, cursor))

    # -- looking up

    async def missed(self, since: Cursor) -> Missed:
        """What happened since then; asks REST where the last trades do not reach back."""
        self._give_trades()
        found = self.recent(since)
        if found.unknown_since is None:
            return found
        await self._past.read(since, self.cursor())
        return self.recent(since)

    def recent(self, since: Cursor) -> Missed:
        """The same from what is known already."""
        return self._past.between(since, self.cursor(), self._tape.value or ())


def _after(tape: Sequence[Trade], cursor: Cursor) -> Sequence[Trade]:
    """The trades of a tape that come after the cursor; the usual case needs no search."""
    if cursor.trade_id is not None:
        count = tape[-1].trade_id - cursor.trade_id
        if not count:
            return ()
        if 0 < count <= len(tape) and tape[-count].trade_id == cursor.trade_id + 1:
            return tape[-count:]
    return newer(tape, cursor)
