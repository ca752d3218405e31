"""How a practice account keeps up with the market: what touches its orders, what it missed."""

import asyncio
import logging
from collections.abc import Callable, Set
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from kraken.core.errors import KrakenError
from kraken.core.practice.replay import Cursor, Unchecked
from kraken.core.types import Symbol, Trade
from kraken.paper.pair import CastOff, Pair, Touched
from kraken.paper.past import Missed
from kraken.paper.practice import Practice
from kraken.paper.venue import PaperVenue

logger = logging.getLogger(__name__)

TRIED_AGAIN = timedelta(seconds=30)
"""When a pair that cannot be followed is tried again."""


class Following:
    """The market's side of one account. While it is active its orders are told what touches them;
    otherwise they stay behind, at a cursor for each pair.
    """

    def __init__(self, practice: Practice, venue: PaperVenue, ring: Callable[[], None]) -> None:
        """``ring`` is called when there is something to do."""
        self.is_active = False
        self._practice = practice
        self._venue = venue
        self._ring = ring
        self._inbox: list[Touched | CastOff] = []
        self._joined: set[Symbol] = set()
        self._indexed = -1
        self._joining = asyncio.Lock()
        self._try_at: datetime | None = None

    # -- what the market calls

    def touch(self, what: Touched | CastOff) -> None:
        """Something means something to our orders."""
        newest = self._inbox[-1] if self._inbox else None
        replaces = (
            isinstance(what, Touched)
            and isinstance(newest, Touched)
            and what.trade is None
            and newest.trade is None
            and what.symbol == newest.symbol
        )
        if replaces:
            self._inbox.pop()
        self._inbox.append(what)
        self._ring()

    # -- what the account calls; drain and bring_up at once, and nothing else in between

    def drain(self) -> None:
        """Take everything in that came until now."""
        practice = self._practice
        while self._inbox:
            what = self._inbox.pop(0)
            if isinstance(what, CastOff):
                self._joined.discard(what.symbol)
                practice.kept.cursors[what.symbol] = what.cursor
            elif what.symbol in self._joined:
                practice.see(what)
        self._pass_time(self._joined)
        self.index()

    def next_due(self) -> datetime | None:
        """When time alone does something next."""
        times = (self._practice.next_due(self._joined), self._try_at)
        return min((at for at in times if at is not None), default=None)

    def bring_up(self, pair: Pair) -> bool:
        """See the last trades of a pair, so that a new order may join the others there."""
        symbol, kept = pair.symbol, self._practice.kept
        if symbol in self._joined:
            return True
        if symbol in self._practice.symbols():
            missed = pair.recent(self._cursor(symbol))
            if missed.unknown_since is not None:
                return False
            self._live_through({pair: missed})
        kept.cursors[symbol] = pair.cursor()
        self._pass_time({symbol})
        if self.is_active:
            self._joined.add(symbol)
        return True

    def index(self) -> None:
        """Let the market know where our orders are now."""
        practice = self._practice
        if not self.is_active or practice.version == self._indexed:
            return
        self._indexed = practice.version
        wanted = practice.symbols()
        for symbol in sorted(self._joined):
            orders = practice.ledger.state.of_pair(symbol)
            self._venue.pair(symbol).guests.put(self, orders)
        self._joined &= wanted
        self._venue.changed()

    def behind(self) -> set[Symbol]:
        """Pairs whose orders did not see everything up to now."""
        return self._practice.symbols() - self._joined

    def strays(self) -> set[Symbol]:
        """The same, if it is time to do something about them."""
        now = self._venue.clock.now()
        return set() if self._try_at is not None and now < self._try_at else self.behind()

    async def start(self) -> None:
        """Settle what was missed and follow the market from there on."""
        self.is_active = True
        await self.join(self._practice.symbols())

    def leave(self) -> None:
        """Stay behind from here on."""
        self.note_cursors()
        for symbol in self._joined:
            self._venue.pair(symbol).guests.drop(self)
        self._inbox.clear()
        self._joined.clear()
        self._indexed, self.is_active, self._try_at = -1, False, None
        self._venue.changed()

    def note_cursors(self) -> None:
        """Write down how far the orders have seen the market."""
        cursors, wanted = self._practice.kept.cursors, self._practice.symbols()
        for symbol in self._joined & wanted:
            cursors[symbol] = self._venue.pair(symbol).cursor()
        for what in reversed(self._inbox):
            if what.symbol in cursors:
                cursors[what.symbol] = what.cursor
        for symbol in set(cursors) - wanted:
            del cursors[symbol]

    async def join(self, symbols: set[Symbol]) -> None:
        """See what was missed in these pairs, oldest first; then follow them if we are active."""
        if symbols <= self._joined:
            return
        async with self._joining, AsyncExitStack() as stack:
            pairs = []
            self._try_at = None
            for symbol in sorted(symbols - self._joined):
                try:
                    pair = self._venue.pair(symbol)
                    await stack.enter_async_context(pair.attended())
                    await pair.ready(self._venue.patience)
                    await pair.missed(self._cursor(symbol))
                except KrakenError as error:
                    logger.warning("paper: %s cannot be followed now: %s", symbol, error)
                    self._try_at = self._venue.clock.now() + TRIED_AGAIN
                    continue
                pairs.append(pair)
            self._catch_up(pairs)

    def _catch_up(self, pairs: list[Pair]) -> None:
        """At once: what was read is seen, and what comes next arrives by touches."""
        self.drain()
        practice = self._practice
        missed = {pair: pair.recent(self._cursor(pair.symbol)) for pair in pairs}
        self._live_through(missed)
        for pair, found in missed.items():
            self._note_unknown(pair.symbol, found)
            practice.kept.cursors[pair.symbol] = found.until
            if self.is_active:
                self._joined.add(pair.symbol)
            view = pair.glance()
            if view is not None:
                at = self._venue.clock.now()
                practice.see(Touched(pair.symbol, None, view, at, found.until))
        self._indexed = -1
        self.index()

    def _pass_time(self, symbols: Set[Symbol]) -> None:
        # With nothing open the switch has nothing to wait for.
        if symbols or not self._practice.symbols():
            self._practice.pass_time(self._venue.clock.now(), symbols)

    def _live_through(self, missed: dict[Pair, Missed]) -> None:
        trades = [trade for found in missed.values() for trade in found.trades]
        if trades:
            instruments = {pair.symbol: pair.instrument() for pair in missed}
            self._practice.live_through(sorted(trades, key=_by_time), instruments)

    def _note_unknown(self, symbol: Symbol, found: Missed) -> None:
        since = found.unknown_since
        orders = [order.order.order_id for order in self._practice.ledger.state.of_pair(symbol)]
        if since is not None and orders:
            until = found.until.at
            self._practice.note_unchecked(Unchecked(symbol, tuple(orders), since, until))

    def _cursor(self, symbol: Symbol) -> Cursor:
        return self._practice.kept.cursors.get(symbol) or Cursor(None, self._venue.clock.now())


def _by_time(trade: Trade) -> tuple[datetime, Symbol, int]:
    return trade.at, trade.symbol, trade.trade_id
