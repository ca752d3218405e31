"""A public market that tests move by hand, and a practice account on it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from kraken.account import AccountEvent, AccountInterrupted, AccountReady, FillHappened
from kraken.core.errors import KrakenError, NotSent, UnknownInstrument
from kraken.core.trading import Fill, Order
from kraken.core.types import (
    Asset,
    BookView,
    Instrument,
    Level,
    Side,
    Symbol,
    SystemState,
    Trade,
    TradesPage,
)
from kraken.market import Health
from kraken.paper import PaperAccount, PaperFact, PaperVenue
from kraken.watch import Watch
from tests.fakes import FakeClock
from tests.ledger_cases import BTC, INSTRUMENT, PAIR, USD, levels

Rows = Sequence[tuple[str, str]]
BIDS: Rows = (("99", "2"), ("98", "3"))
ASKS: Rows = (("101", "2"), ("102", "3"))


START = {USD: Decimal(1000), BTC: Decimal(10)}


class HandMarket:
    """One to many pairs; books and trades come when a test says so."""

    def __init__(self, clock: FakeClock, pairs: Sequence[Instrument] = (INSTRUMENT,)) -> None:
        self.clock = clock
        self.pairs = {each.symbol: each for each in pairs}
        self.books: dict[Symbol, Watch[BookView]] = {each: Watch() for each in self.pairs}
        self.tapes: dict[Symbol, Watch[tuple[Trade, ...]]] = {each: Watch() for each in self.pairs}
        self.readers = 0
        self.is_reached = self.connected = True
        self.system = SystemState.ONLINE
        self.last_frame_at: datetime | None = None
        self.past: list[Trade] = []
        """What REST knows, of all pairs."""
        self.asked_past = 0
        self.past_fails: KrakenError | None = None
        self._trade_ids = dict.fromkeys(self.pairs, 100)

    @asynccontextmanager
    async def book(self, symbol: Symbol, depth: int = 10) -> AsyncIterator[Watch[BookView]]:
        self.readers += 1
        try:
            yield self.books[symbol]
        finally:
            self.readers -= 1

    @asynccontextmanager
    async def trades(self, symbol: Symbol) -> AsyncIterator[Watch[tuple[Trade, ...]]]:
        yield self.tapes[symbol]

    def instrument(self, name: str, quote: str = "USD") -> Instrument:
        self._reach()
        found = self.pairs.get(Symbol(name))
        if found is None:
            raise UnknownInstrument(name)
        return found

    def _reach(self) -> None:
        if not self.is_reached:
            raise NotSent("Kraken was not reached yet, so its pairs are not known")

    def instruments(self) -> tuple[Instrument, ...]:
        self._reach()
        return tuple(self.pairs.values())

    def health(self) -> Health:
        heard = self.last_frame_at or self.clock.now()
        return Health(self.connected, heard, self.system, 1, 1, 0, 0, 0, (), 1)

    async def past_trades(self, symbol: Symbol, since: datetime) -> TradesPage:
        self.asked_past += 1
        await asyncio.sleep(0)
        if self.past_fails is not None:
            raise self.past_fails
        found = [t for t in self.past if t.symbol == symbol and t.at >= since][:1000]
        return TradesPage(tuple(found), 0)

    # -- what a test does

    def show(
        self,
        bids: Rows = BIDS,
        asks: Rows = ASKS,
        symbol: Symbol = PAIR,
        at: datetime | None = None,
    ) -> None:
        """This is the book now."""
        now = self.clock.now()
        view = BookView(symbol, 100, levels(*bids), levels(*asks), 1, at, now)
        # Whole levels are seldom all that there is: a far one stands for the rest.
        self.books[symbol].set(view)

    def lose(self, symbol: Symbol = PAIR) -> None:
        """There is no verified book."""
        self.books[symbol].set(None)

    def trade(
        self,
        price: str,
        qty: str,
        side: Side = Side.SELL,
        symbol: Symbol = PAIR,
        *,
        is_seen: bool = True,
        at: datetime | None = None,
    ) -> Trade:
        """Somebody trades; REST knows it, and the tape where it ``is_seen``."""
        self._trade_ids[symbol] += 1
        number = self._trade_ids[symbol]
        when = at or self.clock.now()
        trade = Trade(symbol, number, side, Decimal(price), Decimal(qty), "limit", when)
        self.past.append(trade)
        if is_seen:
            self.tapes[symbol].set((*(self.tapes[symbol].value or ()), trade))
        return trade

    def delist(self, symbol: Symbol) -> None:
        """Kraken does not know the pair any more."""
        del self.pairs[symbol]

    def forget_tape(self, symbol: Symbol = PAIR) -> None:
        """The connection was away for so long that its trades have a hole."""
        self.tapes[symbol].set(())


async def quickly(seconds: float) -> None:
    await asyncio.sleep(0)


class Bench:
    """One practice account: what was saved, what was told."""

    def __init__(
        self,
        market: HandMarket,
        venue: PaperVenue,
        snapshot: bytes | None = None,
        name: str = "7",
    ) -> None:
        self.market = market
        self.clock = market.clock
        self.venue = venue
        self.saved: bytes | None = snapshot
        self.facts: list[PaperFact] = []
        self.told: list[AccountEvent] = []
        self.save_fails: Exception | None = None
        self.told_fails: Exception | None = None
        self.before_save: Callable[[], Awaitable[object]] | None = None
        self.account = PaperAccount(
            venue, name=name, save=self.save, snapshot=snapshot, balances=START
        )
        self._changed = asyncio.Event()

    async def save(self, snapshot: bytes, facts: Sequence[PaperFact]) -> None:
        if self.save_fails is not None:
            raise self.save_fails
        if self.before_save is not None:
            await self.before_save()
        self.saved = snapshot
        self.facts += facts

    async def listen(self, event: AccountEvent) -> None:
        if self.told_fails is not None:
            raise self.told_fails
        self.told.append(event)
        self._changed.set()

    async def until(self, kind: type[AccountEvent], count: int = 1) -> None:
        """Wait until so many events of a kind were told."""
        async with asyncio.timeout(5):
            while sum(isinstance(event, kind) for event in self.told) < count:
                self._changed.clear()
                await self._changed.wait()

    async def settled(self) -> None:
        """Let everything run that can run now."""
        for _ in range(50):
            await asyncio.sleep(0)

    def fills(self) -> list[Fill]:
        return [event.fill for event in self.told if isinstance(event, FillHappened)]

    def interruptions(self) -> list[str]:
        return [
            type(e).__name__ for e in self.told if isinstance(e, AccountInterrupted | AccountReady)
        ]

    async def money(self, asset: Asset = USD) -> tuple[Decimal, Decimal]:
        """Total and held."""
        balance = (await self.account.balances())[asset]
        return balance.total, balance.held

    async def only(self) -> Order:
        """The one open order."""
        (order,) = await self.account.open_orders()
        return order


def hand_market(pairs: Sequence[Instrument] = (INSTRUMENT,)) -> HandMarket:
    """A market around 100 where somebody has just traded."""
    market = HandMarket(FakeClock(), pairs)
    for pair in pairs:
        market.show(symbol=pair.symbol)
        market.trade("100", "1", symbol=pair.symbol)
    market.clock.advance(1)
    return market


@asynccontextmanager
async def practising(
    market: HandMarket | None = None,
    snapshot: bytes | None = None,
    *,
    running: bool = True,
) -> AsyncIterator[Bench]:
    """A practice account with 1,000 USD and 10 BTC, or the one that was saved."""
    market = market or hand_market()
    venue = PaperVenue(
        market, clock=market.clock, sleep=_pausing(market), pause=0, tick=1, patience=0.2
    )
    bench = Bench(market, venue, snapshot)
    async with asyncio.TaskGroup() as tasks:
        owned = [tasks.create_task(venue.run())]
        if running:
            owned.append(tasks.create_task(bench.account.run(bench.listen)))
            await bench.until(AccountReady)
        try:
            yield bench
        finally:
            for task in owned:
                task.cancel()


def _pausing(market: HandMarket):  # type: ignore[no-untyped-def]  # a sleep
    async def sleep(seconds: float) -> None:
        if seconds >= 1:
            await asyncio.Event().wait()  # tests tell the time by ``venue.wake``
        await asyncio.sleep(0)
        if seconds:
            market.clock.advance(seconds)

    return sleep


def later(bench: Bench, seconds: float) -> None:
    """Time passes, and whoever waits for it is told."""
    bench.clock.advance(seconds)
    bench.venue.wake(bench.clock.now())


def instrument(symbol: str) -> Instrument:
    """Another pair with the same rules."""
    base, quote = symbol.split("/")
    return replace(INSTRUMENT, symbol=Symbol(symbol), base=Asset(base), quote=Asset(quote))


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def level(price: str, qty: str) -> Level:
    return Level(Decimal(price), Decimal(qty))
