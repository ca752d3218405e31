"""Many practice accounts on one market, and pairs that are not as pairs should be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.account import AccountReady, FillHappened
from kraken.core.errors import InvalidOrder, NotSent, Rejected, UnknownInstrument
from kraken.core.practice.replay import Cursor
from kraken.core.trading import Liquidity, OrderName, OrderType, PriceOffset, Trigger
from kraken.core.types import Side, Symbol
from kraken.paper import PaperVenue
from kraken.paper.pair import CastOff, Pair, Touched
from kraken.paper.past import MOST_PAGES, Past
from tests.ledger_cases import INSTRUMENT, PAIR, USD, Desk, named, order, view
from tests.paper_market import (
    Bench,
    HandMarket,
    hand_market,
    instrument,
    later,
    practising,
    quickly,
)


@asynccontextmanager
async def crowd(
    market: HandMarket, count: int, snapshots: list[bytes] | None = None
) -> AsyncIterator[list[Bench]]:
    """So many accounts of one venue, all of them running."""
    venue = PaperVenue(market, clock=market.clock, sleep=quickly, patience=0.2)
    saved: list[bytes | None] = [*snapshots] if snapshots else [None] * count
    benches = [Bench(market, venue, text, str(n)) for n, text in enumerate(saved)]
    async with asyncio.TaskGroup() as tasks:
        owned = [tasks.create_task(venue.run())]
        owned += [tasks.create_task(each.account.run(each.listen)) for each in benches]
        for each in benches:
            await each.until(AccountReady)
        try:
            yield benches
        finally:
            for task in owned:
                task.cancel()


async def test_each_account_trades_as_if_it_were_alone() -> None:
    async with crowd(hand_market(), 3) as benches:
        for bench in benches:
            await bench.account.place(order(Side.BUY, "2"))
            await bench.account.place(order(Side.BUY, "1", "99"))
            await bench.settled()
        benches[0].market.trade("98.5", "0.1")
        for bench in benches:
            await bench.until(FillHappened, 2)
            assert [(f.price, f.qty) for f in bench.fills()] == [(D(101), D(2)), (D(99), D(1))]
        names = [fill.exec_id for bench in benches for fill in bench.fills()]
        assert len(set(names)) == 6


class Spy:
    """A guest that writes down what touches it."""

    def __init__(self) -> None:
        self.touches: list[Touched | CastOff] = []

    def touch(self, what: Touched | CastOff) -> None:
        self.touches.append(what)


async def test_only_accounts_that_a_price_touches_are_visited() -> None:
    market = hand_market()
    desk = Desk(usd="100000", market=replace(view(), is_whole=True))
    near, far = Spy(), Spy()
    pair = Pair(INSTRUMENT, market, market.clock)
    async with pair.attended():
        pair.look()
        for guest, price in ((near, "99"), (far, "80")):
            desk.place(order(Side.BUY, "1", price))
            pair.guests.put(guest, desk.ledger.state.of_pair(PAIR)[-1:])
        market.trade("98.5", "0.1")
        # Who was told of a trade sees all of them until it has looked what became of its orders.
        market.trade("99.5", "0.1")
        pair.guests.put(near, desk.ledger.state.of_pair(PAIR)[:1])
        market.trade("100", "0.1")
        assert [
            what.trade.price for what in near.touches if isinstance(what, Touched) and what.trade
        ] == [D("98.5"), D("99.5")]
        market.show(bids=(("99", "1"), ("98", "3")))
        pair.look()
        assert len(near.touches) == 3
        pair.look()
        assert len(near.touches) == 3
        assert far.touches == []


async def test_what_fires_in_a_fast_market_meets_the_book_of_that_moment() -> None:
    stop = Trigger(PriceOffset(D("98.5")))
    async with practising() as bench:
        for kind, limit in ((OrderType.STOP_LOSS, None), (OrderType.STOP_LOSS_LIMIT, "98")):
            await bench.account.place(order(Side.SELL, "1", limit, type=kind, trigger=stop))
        await bench.settled()
        bench.market.show(bids=(("97", "3"),))
        bench.market.trade("98.5", "0.1")
        bench.market.show(bids=(("99", "3"),), asks=(("99.5", "1"),))
        bench.market.trade("99.5", "0.1", Side.BUY)
        bench.market.show(bids=(("90", "3"),))
        await bench.until(FillHappened, 2)
        found = [(fill.price, fill.liquidity) for fill in bench.fills()]
        assert found == [(D(97), Liquidity.TAKER), (D(98), Liquidity.MAKER)]


async def test_what_many_missed_is_asked_for_once() -> None:
    market = hand_market()
    async with crowd(market, 4) as benches:
        for bench in benches:
            await bench.account.place(order(Side.BUY, "1", "99"))
            await bench.settled()
        snapshots = [bench.account.snapshot() for bench in benches]
    market.clock.advance(60)
    market.trade("98", "1", is_seen=False)
    market.trade("100", "1")
    async with crowd(market, 4, snapshots) as again:
        assert [len(bench.fills()) for bench in again] == [1, 1, 1, 1]
        assert market.asked_past == 1


async def test_only_so_many_pages_of_the_past_are_read() -> None:
    market = hand_market()
    cursor = Cursor(101, market.clock.now())
    for _ in range(MOST_PAGES * 5 + 10):
        market.clock.advance(1)
        market.trade("100", "1")
    asked = 0

    async def read(symbol: Symbol, since: object) -> object:
        nonlocal asked
        asked += 1
        page = await market.past_trades(symbol, since)  # type: ignore[arg-type]  # a time
        return type(page)(page.trades[:6], 0)

    past = Past(PAIR, read, market.clock)  # type: ignore[arg-type]  # pages of six
    newest = market.past[-1]
    until = Cursor(newest.trade_id, newest.at)
    await past.read(cursor, until)
    assert asked == MOST_PAGES
    found = past.between(cursor, until, ())
    assert found.unknown_since == found.trades[-1].at
    market.clock.advance(121)
    past.forget(market.clock.now())
    assert past.between(cursor, until, ()).unknown_since == cursor.at


async def test_who_is_ahead_of_the_tape_missed_nothing() -> None:
    market = hand_market()
    past = Past(PAIR, market.past_trades, market.clock)
    now = market.clock.now()
    found = past.between(Cursor(105, now), Cursor(103, now), ())
    assert (found.trades, found.unknown_since) == ((), None)


async def test_a_pair_that_is_gone_takes_no_orders_and_lets_others_trade() -> None:
    market = hand_market((instrument("BTC/USD"), instrument("ETH/USD")))
    async with practising(market) as bench:
        placed = await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.account.place(order(Side.BUY, "1", "99", symbol=Symbol("ETH/USD")))
        await bench.settled()
        market.delist(PAIR)
        market.show(bids=(("97", "1"),))
        market.trade("98", "1", symbol=Symbol("ETH/USD"))
        await bench.until(FillHappened)
        assert bench.fills()[0].symbol == "ETH/USD"
        with pytest.raises(Rejected, match="Market in delisted mode"):
            await bench.account.place(order(Side.BUY, "1"))
        await bench.account.cancel(OrderName(order_id=placed.order_id))
        with pytest.raises(UnknownInstrument):
            await bench.account.place(order(Side.BUY, "1", symbol=Symbol("FISH/USD")))


async def test_a_pair_that_never_traded_takes_orders_but_no_triggers() -> None:
    market = hand_market()
    market.tapes[PAIR].set(None)
    async with practising(market) as bench:
        await bench.account.place(order(Side.BUY, "1"))
        await bench.until(FillHappened)
        stop = order(Side.SELL, "1", type=OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D(90))))
        with pytest.raises(InvalidOrder, match="Invalid arguments:price"):
            await bench.account.place(stop)
        await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.settled()
        market.clock.advance(1)
        market.trade("98", "1")
        await bench.until(FillHappened, 2)


async def test_an_order_in_flight_is_waited_for_by_whoever_settles_it() -> None:
    async with practising() as bench:
        await bench.account.set_latency(timedelta(milliseconds=500))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bench.account.place(order(Side.BUY, "1", client_id=named("a"))))
            await asyncio.sleep(0)
            found = await bench.account.settle(named("a"), bench.clock.now())
        assert found.filled_qty == D(1)


async def test_facts_that_come_while_others_are_saved_are_saved_next() -> None:
    market = hand_market((instrument("BTC/USD"), instrument("ETH/USD")))
    eth = Symbol("ETH/USD")
    async with practising(market, running=False) as bench:
        await bench.account.place(order(Side.BUY, "1", "99", symbol=eth))
        market.clock.advance(5)
        market.trade("98", "1", symbol=eth)
        gate = asyncio.Event()
        bench.before_save = gate.wait
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bench.account.place(order(Side.BUY, "1")))
            await bench.settled()
            tasks.create_task(bench.account.place(order(Side.BUY, "1", "90", symbol=eth)))
            await bench.settled()
            gate.set()
        filled = [fact.fill.symbol for fact in bench.facts if isinstance(fact, FillHappened)]
        assert filled == [PAIR, eth]
        assert (await bench.account.balances())[USD].total == D("799.35")


async def test_a_venue_wakes_whoever_is_due_and_nobody_else() -> None:
    async with practising(running=False) as bench:
        woken: list[str] = []

        class Sleeper:
            def __init__(self, name: str) -> None:
                self.name = name

            def due(self) -> None:
                woken.append(self.name)

        now = bench.clock.now()
        for name, seconds in (("late", 60), ("soon", 10), ("next", 20)):
            bench.venue.wake_at(now + timedelta(seconds=seconds), Sleeper(name))
        later(bench, 20)
        assert woken == ["soon", "next"]


async def test_nothing_is_known_before_kraken_was_reached() -> None:
    market = hand_market()
    market.is_reached = False
    async with practising(market, running=False) as bench:
        with pytest.raises(NotSent):
            await bench.account.place(order(Side.BUY, "1"))
        with pytest.raises(NotSent):
            await bench.account.reset({USD: D(5)})
        assert (await bench.account.balances())[USD].total == D(1000)
