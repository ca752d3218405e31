"""A thousand practice chats on ten pairs: what they cost beside what the market costs anyway.

Each chat has five resting or waiting orders, within five percent of the market. 200 book messages
and 20 trades a second come for an imaginary market; a book's levels become Decimals when somebody
looks at it, as with the real one. Fills are saved to memory, as texts.
"""

import asyncio
import gc
import random
import time
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

from kraken.account import AccountEvent, AccountReady, FillHappened
from kraken.clock import SystemClock
from kraken.core.trading import OrderRequest, OrderType, PriceOffset, Trigger
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
from tests.benchmarks.figures import Figure, percentile

CHATS, ORDERS, PAIRS, BOOKS_PER_SECOND, TRADES_PER_SECOND = 1_000, 5, 10, 200, 20
SECONDS = 8.0
MIDDLE = 600_000
"""In ticks of a tenth."""


class _Crowd:
    """Ten pairs whose books wander by a few ticks a message."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.pairs = [_instrument(number) for number in range(PAIRS)]
        self._by_name = {str(pair.symbol): pair for pair in self.pairs}
        self._middles = {pair.symbol: MIDDLE for pair in self.pairs}
        self._books: dict[Symbol, Watch[BookView]] = {p.symbol: Watch() for p in self.pairs}
        self._tapes: dict[Symbol, Watch[tuple[Trade, ...]]] = {
            p.symbol: Watch() for p in self.pairs
        }
        self._messages = 0
        for pair in self.pairs:
            self.move(pair.symbol)
            self.trade(pair.symbol)

    def move(self, symbol: Symbol) -> None:
        """One book message."""
        self._middles[symbol] += self._rng.choice((-20, -5, -1, 0, 1, 5, 20))
        self._messages += 1
        middle, changed = self._middles[symbol], self._messages // PAIRS
        self._books[symbol].offer(partial(_view, symbol, middle, changed))

    def fall(self, symbol: Symbol) -> None:
        """Six percent less, with a trade there."""
        self._middles[symbol] -= MIDDLE * 6 // 100
        self.move(symbol)
        self.trade(symbol)

    def trade(self, symbol: Symbol) -> None:
        """One trade at the touch."""
        tape = self._tapes[symbol].value or ()
        number = tape[-1].trade_id + 1 if tape else 1
        price = Decimal(self._middles[symbol] + self._rng.choice((-1, 1))).scaleb(-1)
        trade = Trade(symbol, number, Side.BUY, price, Decimal("0.01"), "limit", datetime.now(UTC))
        self._tapes[symbol].set((*tape, trade)[-200:])

    @asynccontextmanager
    async def book(self, symbol: Symbol, depth: int = 10) -> AsyncIterator[Watch[BookView]]:
        yield self._books[symbol]

    @asynccontextmanager
    async def trades(self, symbol: Symbol) -> AsyncIterator[Watch[tuple[Trade, ...]]]:
        yield self._tapes[symbol]

    def instrument(self, name: str, quote: str = "USD") -> Instrument:
        return self._by_name[name]

    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(self.pairs)

    def health(self) -> Health:
        return Health(True, datetime.now(UTC), SystemState.ONLINE, 1, 1, 0, 0, 0, (), 1)

    async def past_trades(self, symbol: Symbol, since: datetime) -> TradesPage:
        return TradesPage((), 0)


def _instrument(number: int) -> Instrument:
    return Instrument(
        symbol=Symbol(f"C{number}/USD"),
        base=Asset(f"C{number}"),
        quote=Asset("USD"),
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.00000001"),
        price_decimals=1,
        qty_decimals=8,
        cost_decimals=5,
        min_qty=Decimal("0.0001"),
        min_cost=Decimal("0.5"),
    )


def _view(symbol: Symbol, middle: int, changed: int) -> BookView:
    """A level every third tick, most of them as large as in the message before."""
    best_bid, best_ask = middle // 3 * 3, middle // 3 * 3 + 3
    bids = [_level(best_bid - n * 3, changed) for n in range(100)]
    asks = [_level(best_ask + n * 3, changed) for n in range(100)]
    now = datetime.now(UTC)
    return BookView(symbol, 100, bids, asks, 1, now, now)


def _level(ticks: int, changed: int) -> Level:
    # One in twenty differs from one message to the next.
    age = (changed + ticks * 7) // 20
    qty = f"{(ticks * 31 + age * 17) % 200 + 1}.{(ticks * 7919 + age * 104_729) % 10**8:08d}"
    return Level(Decimal(f"{ticks // 10}.{ticks % 10}"), Decimal(qty))


class _Chat:
    """One practice chat."""

    def __init__(self, venue: PaperVenue, name: str, done: asyncio.Event) -> None:
        self.saved = b""
        self.saves = self.fills = 0
        self._done = done
        self.account = PaperAccount(venue, name=name, save=self.save)

    async def save(self, snapshot: bytes, facts: Sequence[PaperFact]) -> None:
        self.saved = snapshot
        self.saves += 1

    async def listen(self, event: AccountEvent) -> None:
        if isinstance(event, FillHappened):
            self.fills += 1
        elif isinstance(event, AccountReady):
            self._done.set()


def _request(rng: random.Random, pair: Instrument) -> OrderRequest:
    side = rng.choice((Side.BUY, Side.SELL))
    away = rng.randint(5, MIDDLE // 20)
    kind = rng.random()
    below = (side is Side.BUY) == (kind < 0.7)
    price = Decimal(MIDDLE + (-away if below else away)).scaleb(-1)
    qty = Decimal("0.01")
    if kind < 0.7:
        return OrderRequest(pair.symbol, side, OrderType.LIMIT, qty, limit_price=price)
    trigger = Trigger(PriceOffset(price))
    return OrderRequest(pair.symbol, side, OrderType.STOP_LOSS, qty, trigger=trigger)


async def _feed(crowd: _Crowd, seconds: float) -> list[float]:
    """Send the market's messages in time; how late each of them was, in milliseconds."""
    late = []
    started, count = time.perf_counter(), 0
    while (now := time.perf_counter() - started) < seconds:
        due = count / BOOKS_PER_SECOND
        if due > now:
            await asyncio.sleep(due - now)
            continue
        late.append((now - due) * 1_000)
        crowd.move(crowd.pairs[count % PAIRS].symbol)
        if count % (BOOKS_PER_SECOND // TRADES_PER_SECOND) == 0:
            crowd.trade(crowd.pairs[count // 10 % PAIRS].symbol)
        count += 1
    return late


async def _crash(crowd: _Crowd, chats: list[_Chat]) -> list[Figure]:
    """Every pair falls by six percent at once: most buys and stops are reached."""
    before = sum(chat.fills for chat in chats)
    for pair in crowd.pairs:
        crowd.fall(pair.symbol)
    late = await _feed(crowd, 4.0)
    fills = sum(chat.fills for chat in chats) - before
    return [
        Figure("fills of a crash of six percent", str(fills)),
        Figure("worst lag of the event loop meanwhile", f"{max(late):.0f} ms", "below 250 ms"),
    ]


async def _share(crowd: _Crowd, seconds: float) -> tuple[float, list[float]]:
    """Share of one processor, and the lags."""
    cpu, wall = time.process_time(), time.perf_counter()
    late = await _feed(crowd, seconds)
    return (time.process_time() - cpu) / (time.perf_counter() - wall), late


async def _settle_down(crowd: _Crowd, chats: list[_Chat], rng: random.Random) -> None:
    """Everybody places five orders, in pairs that they have money for, and is told of them."""
    for chat in chats:
        pairs = rng.sample(_PAIRS, ORDERS)
        money = {pair.base: Decimal(10) for pair in pairs} | {Asset("USD"): Decimal(100_000)}
        await chat.account.reset(money)
        for pair in pairs:
            await chat.account.place(_request(rng, pair))
    await _feed(crowd, 1.0)
    gc.collect()


_PAIRS = [_instrument(number) for number in range(PAIRS)]


async def _measure(chats_wanted: int, seconds: float) -> list[Figure]:
    rng = random.Random(4)
    crowd = _Crowd(rng)
    venue = PaperVenue(crowd, clock=SystemClock())
    alone, alone_late = await _share(crowd, seconds / 2)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    async with asyncio.TaskGroup() as tasks:
        ready = [asyncio.Event() for _ in range(chats_wanted)]
        chats = [_Chat(venue, str(n), done) for n, done in enumerate(ready)]
        owned = [tasks.create_task(venue.run())]
        owned += [tasks.create_task(chat.account.run(chat.listen)) for chat in chats]
        for done in ready:
            await done.wait()
        await _settle_down(crowd, chats, rng)
        memory = (tracemalloc.get_traced_memory()[0] - before) / chats_wanted
        saved = sum(len(chat.saved) for chat in chats) / chats_wanted
        tracemalloc.stop()
        started = sum(chat.saves for chat in chats)
        fills = sum(chat.fills for chat in chats)
        share, late = await _share(crowd, seconds)
        fills = sum(chat.fills for chat in chats) - fills
        saves = sum(chat.saves for chat in chats) - started
        crash = await _crash(crowd, chats)
        for task in owned:
            task.cancel()
    return [
        Figure("chats, orders, pairs", f"{chats_wanted}, {chats_wanted * ORDERS}, {PAIRS}"),
        Figure("processor share of the messages alone", f"{alone:.1%} of one core"),
        Figure("processor share with the chats", f"{share:.1%} of one core", "below 15 %"),
        Figure("worst lag of the event loop, messages alone", f"{max(alone_late):.1f} ms"),
        Figure("worst lag of the event loop, with the chats", f"{max(late):.1f} ms"),
        Figure("lag that 99 % stay below", f"{percentile(late, 0.99):.1f} ms", "below 20 ms"),
        Figure("fills and saves meanwhile", f"{fills} and {saves} in {seconds:.0f} s"),
        *crash,
        Figure("memory per chat", f"{(memory - saved) / 1024:.1f} KB", "below 20 KB"),
        Figure("text saved per chat", f"{saved / 1024:.1f} KB"),
    ]


def run(chats: int = CHATS, seconds: float = SECONDS) -> list[Figure]:
    """Some fifteen seconds."""
    return asyncio.run(_measure(chats, seconds))
