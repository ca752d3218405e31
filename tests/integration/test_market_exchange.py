"""Market against the simulated exchange: another hand wrote that side's JSON."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import aiohttp
import pytest

from kraken.core.types import BookView, Interval, Symbol, SystemState
from kraken.market import Market
from kraken.rest import Rest
from kraken.sim.server import Exchange
from kraken.watch import Watch
from tests.market_runner import HandClock, no_pace, no_wait

BTC, ETH = Symbol("BTC/USD"), Symbol("ETH/USD")


class World:
    """An exchange by hand and a market that watches it."""

    def __init__(self, exchange: Exchange, market: Market, clock: HandClock) -> None:
        self.exchange = exchange
        self.market = market
        self.clock = clock

    async def until(self, condition: Callable[[], object]) -> None:
        """Let time pass on both sides until it is so."""
        async with asyncio.timeout(15):
            while not condition():
                await self.exchange.advance(0.2)
                self.clock.move(seconds=0.2)
                await asyncio.sleep(0.005)  # the loopback's turn

    async def settled(self, watch: Watch[BookView]) -> BookView:
        """Wait until the book is the exchange's own, to the last digit."""
        await self.until(lambda: watch.value is not None and self.agrees(watch.value))
        assert watch.value is not None
        return watch.value

    def agrees(self, view: BookView) -> bool:
        """The ten best levels are those of the simulated world, in ticks and lots."""
        pair = self.exchange.venue.pairs[view.symbol]
        bids, asks = self.exchange.world.book(view.symbol)
        price, qty = pair.price_decimals, pair.lot_decimals
        mine = [
            [(int(level.price.scaleb(price)), int(level.qty.scaleb(qty))) for level in side[:10]]
            for side in (view.bids, view.asks)
        ]
        return mine == [list(bids[:10]), list(asks[:10])]


@asynccontextmanager
async def running(exchange: Exchange) -> AsyncIterator[World]:
    clock = HandClock()
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        market = Market(
            Rest(http, exchange.rest_url, clock=clock),
            http=http,
            ws_url=exchange.ws_url,
            clock=clock,
            random=lambda: 0.0,
            sleep=no_wait,
            pace=no_pace,
            liveness=0.3,
        )
        task = tasks.create_task(market.run())
        try:
            async with asyncio.timeout(15):
                await market.ready()
            yield World(exchange, market, clock)
        finally:
            task.cancel()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with Exchange.serving(seed=7, live=False) as exchange, running(exchange) as made:
        yield made


@pytest.mark.parametrize("depth", [10, 25, 100, 500, 1000])
async def test_books_stay_the_exchanges_own_while_the_market_moves(
    world: World, depth: int
) -> None:
    async with world.market.book(BTC, depth) as btc, world.market.book(ETH, depth) as eth:
        await world.until(lambda: btc.value and eth.value)
        for _ in range(20):
            await world.exchange.advance(1)
        view = await world.settled(btc)
        await world.settled(eth)
        assert len(view.bids) == depth
    health = world.market.health()
    assert health.checksum_failures == 0
    assert health.resyncs == 0
    assert health.connects == 1


@pytest.mark.parametrize(
    "kind",
    [
        "wrong_checksum",
        "lost_book_update",
        "duplicate_snapshot",
        "null_fields",
        "drop_mid_update",
        "drop_connection",
        "cloudflare_restart",
        "mute_socket",
        "half_open",
        "huge_frame",
        "unknown_channel",
        "broken_json",
        "invalid_utf8",
    ],
)
async def test_a_fault_in_the_middle_ends_with_the_right_book(world: World, kind: str) -> None:
    async with world.market.book(BTC) as watch:
        await world.settled(watch)
        world.exchange.arm({"kind": kind, "times": 1})
        for _ in range(10):
            await world.exchange.advance(0.2)
        await world.settled(watch)


@pytest.mark.parametrize("kind", ["ack_then_mute", "drop_after_ack", "drop_mid_snapshot"])
async def test_a_fault_at_the_beginning_ends_with_the_right_book(world: World, kind: str) -> None:
    world.exchange.arm({"kind": kind, "times": 1, "channel": "book"})
    async with world.market.book(BTC) as watch:
        await world.settled(watch)


async def test_only_heartbeats_are_found_out_by_asking_rest(world: World) -> None:
    async with world.market.book(BTC) as watch, asyncio.TaskGroup() as tasks:
        await world.settled(watch)
        checking = tasks.create_task(world.market.check_feeds())
        world.exchange.arm({"kind": "heartbeat_only", "times": 1})
        connects = world.market.health().connects
        await world.until(lambda: world.market.health().connects > connects)
        await world.settled(watch)
        checking.cancel()


async def test_a_ticker_that_only_beats_follows_the_market_again(world: World) -> None:
    async with world.market.ticker(BTC) as watch, asyncio.TaskGroup() as tasks:
        await world.until(lambda: watch.value)
        checking = tasks.create_task(world.market.check_feeds())
        world.exchange.arm({"kind": "heartbeat_only", "times": 1})
        version = watch.version
        await world.until(lambda: world.market.health().connects > 1)
        await world.until(lambda: watch.version > version)
        checking.cancel()


async def test_tickers_trades_and_candles_follow_the_market(world: World) -> None:
    market = world.market
    async with (
        market.ticker(BTC) as ticker,
        market.trades(BTC) as trades,
        market.candles(BTC, Interval.M1) as candle,
    ):
        await world.until(lambda: ticker.value and trades.value and candle.value)
        first = await trades.first()
        await world.until(lambda: trades.value and trades.value[-1].trade_id > first[-1].trade_id)
        newest = await trades.first()
        assert all(b.trade_id == a.trade_id + 1 for a, b in pairwise(newest))
        await world.until(
            lambda: ticker.value and trades.value and ticker.value.last == trades.value[-1].price
        )
        value = await candle.first()
        assert value.low <= value.close <= value.high


@pytest.mark.parametrize("interval", list(Interval))
async def test_candles_of_every_interval_are_whole(world: World, interval: Interval) -> None:
    candles = await world.market.history(ETH, interval, 50)
    assert len(candles) >= 49  # two years of fifteen days
    assert all(b.begin - a.begin == interval.length for a, b in pairwise(candles))
    assert all(each.low <= min(each.open, each.close) for each in candles)


async def test_more_candles_than_are_served_are_built_from_trades(world: World) -> None:
    served = await world.market.history(ETH, Interval.M1, 720)
    candles = await world.market.history(ETH, Interval.M1, 760)
    assert len(candles) == 760
    assert candles[-719:] == served[-719:]
    assert all(b.begin - a.begin == Interval.M1.length for a, b in pairwise(candles))
    assert any(not each.is_empty for each in candles[:30])


async def test_the_engines_state_is_known(world: World) -> None:
    world.exchange.arm({"kind": "system_status", "status": "cancel_only"})
    await world.until(lambda: world.market.health().system is SystemState.CANCEL_ONLY)
