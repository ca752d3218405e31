"""Market over real sockets: one connection for everybody, and no value that cannot be trusted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest

from kraken.core.errors import NotSent, UnknownInstrument
from kraken.core.types import Interval, Symbol, SystemState
from kraken.market import Market
from tests.market_runner import HandClock, asked, running
from tests.scripted_kraken import (
    BIDS,
    LISTED_PAIR,
    ScriptedKraken,
    candle_frame,
    pair,
    ticker_frame,
    trade_frame,
)

BTC, ETH = Symbol("BTC/USD"), Symbol("ETH/USD")
LISTED = {"XXBTZUSD": LISTED_PAIR}


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def market(kraken: ScriptedKraken, clock: HandClock) -> AsyncIterator[Market]:
    async with asyncio.timeout(5), running(kraken, clock) as running_market:
        await running_market.ready()
        yield running_market


async def test_a_pair_is_found_by_the_names_people_use(market: Market) -> None:
    assert market.instrument("btc").symbol == BTC
    assert market.instrument("btc", quote="EUR").symbol == "BTC/EUR"
    assert market.instrument("xbtusd").tick_size == Decimal("0.1")
    assert len(market.instruments()) == 4
    assert market.suggest("dog")[0].symbol == "DOGE/USD"
    with pytest.raises(UnknownInstrument):
        market.instrument("nosuchcoin")


async def test_a_changed_pair_replaces_only_itself(market: Market, kraken: ScriptedKraken) -> None:
    changed = pair("BTC/USD", status="cancel_only", qty_min=5)
    await kraken.connections.items[0].send(
        {"channel": "instrument", "type": "update", "data": {"assets": [], "pairs": [changed]}}
    )
    async with market.ticker(BTC) as watch:
        await watch.first()  # sent after it, so it has been read
    assert market.instrument("btc").min_qty == 5
    assert len(market.instruments()) == 4


async def test_before_kraken_was_reached_names_are_not_unknown_but_unreachable(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.refuse_upgrade = 503
    async with running(kraken, clock) as market:
        with pytest.raises(NotSent):
            market.instrument("btc")


async def test_without_a_connection_the_instruments_come_from_rest(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.refuse_upgrade = 503
    kraken.answer("AssetPairs", LISTED)
    async with asyncio.timeout(5), running(kraken, clock) as market:
        await market.ready(patience=0.01)
        assert market.instrument("btc").symbol == BTC
        assert not market.health().connected


async def test_a_list_that_holds_no_pair_that_can_be_read_is_not_the_list(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.pairs = []
    kraken.answer("AssetPairs", LISTED)
    async with asyncio.timeout(5), running(kraken, clock) as market:
        connection = await kraken.connection()
        await connection.asked.until(len)
        await market.ready(patience=0.1)
        assert market.instrument("btc").symbol == BTC


async def test_one_pair_that_changed_is_not_the_list(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.mute_channels = {"instrument"}
    kraken.answer("AssetPairs", LISTED)
    async with asyncio.timeout(5), running(kraken, clock) as market:
        connection = await kraken.connection()
        await connection.asked.until(len)
        data = {"assets": [], "pairs": [pair("ETH/USD")]}
        await connection.send({"channel": "instrument", "type": "update", "data": data})
        await market.ready(patience=0.1)
        assert market.instrument("btc").symbol == BTC


async def test_a_start_without_kraken_is_waited_out(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.refuse_upgrade = 503
    async with asyncio.timeout(5), running(kraken, clock) as market, asyncio.TaskGroup() as tasks:
        ready = tasks.create_task(market.ready(patience=0.01))
        await kraken.connections.until(lambda items: len(items) > 3)
        assert not ready.done()
        kraken.refuse_upgrade = None


async def test_a_book_is_offered_at_the_depth_that_was_asked_for(market: Market) -> None:
    async with market.book(BTC, 10) as watch:
        view = await watch.first()
        assert [str(level.price) for level in view.bids] == [price for price, _ in BIDS]
        assert view.checksum


async def test_two_readers_share_one_subscription(market: Market, kraken: ScriptedKraken) -> None:
    async with market.book(BTC) as first, market.book(BTC) as second:
        assert first is second
        await first.first()
    assert len(asked(kraken, "subscribe", "book")) == 1


async def test_a_reader_of_a_book_that_is_there_has_it_at_once(market: Market) -> None:
    async with market.book(BTC, 25) as deep:
        await deep.first()
        async with market.book(BTC, 10) as shallow:
            assert shallow.value is not None
            assert len(shallow.value.bids) == 10


async def test_a_book_that_is_replaced_by_a_deeper_one_is_gone_at_once(market: Market) -> None:
    async with market.book(BTC, 10) as shallow:
        await shallow.first()
        async with market.book(BTC, 25) as deep:
            assert shallow.value is None
            assert deep.value is None
            await deep.first()
            assert shallow.value is not None


async def test_a_depth_that_kraken_does_not_serve_is_rounded_up(
    market: Market, kraken: ScriptedKraken
) -> None:
    async with market.book(BTC, 11) as watch:
        await watch.first()
    assert asked(kraken, "subscribe", "book")[0]["depth"] == 25


async def test_a_stream_lingers_after_its_last_reader_and_is_then_dropped(
    market: Market, kraken: ScriptedKraken, clock: HandClock
) -> None:
    connection = kraken.connections.items[0]
    async with market.book(BTC) as watch:
        await watch.first()
    clock.move(seconds=29)
    async with market.book(BTC) as again:
        assert again is watch
        assert again.value is not None
    clock.move(seconds=31)
    await connection.asked.until(lambda items: asked(kraken, "unsubscribe", "book"))
    assert len(asked(kraken, "subscribe", "book")) == 1
    assert market.health().subscriptions == 0


async def test_a_stream_with_a_reader_is_never_dropped(
    market: Market, kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with market.book(BTC) as book:
        await book.first()
        async with market.ticker(ETH) as ticker:
            await ticker.first()
        clock.move(hours=1)
        connection = kraken.connections.items[0]
        await connection.asked.until(lambda items: asked(kraken, "unsubscribe", "ticker"))
        assert asked(kraken, "unsubscribe", "book") == []


async def test_a_lost_connection_leaves_no_book_and_an_old_ticker(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with (
        asyncio.timeout(5),
        running(kraken, clock) as market,
        market.book(BTC) as book,
        market.ticker(BTC) as ticker,
    ):
        await book.first()
        before = await ticker.first()
        kraken.refuse_upgrade = 503
        clock.move(seconds=7)
        version = book.version
        kraken.connections.items[-1].drop()
        assert (await book.newer(version))[1] is None
        assert ticker.value == before
        assert clock.now() - before.received_at >= timedelta(seconds=7)
        kraken.refuse_upgrade = None
        assert (await book.first()).received_at - before.received_at >= timedelta(seconds=7)


async def test_the_newest_two_hundred_trades_are_kept_each_once(
    market: Market, kraken: ScriptedKraken
) -> None:
    async with market.trades(BTC) as watch:
        assert [trade.trade_id for trade in await watch.first()] == [1, 2, 3]
        connection = kraken.connections.items[0]
        await connection.send(trade_frame("BTC/USD", [3, 4]))
        _, trades = await watch.newer(watch.version)
        assert trades is not None
        assert [trade.trade_id for trade in trades] == [1, 2, 3, 4]
        await connection.send(trade_frame("BTC/USD", [*range(5, 300)]))
        _, trades = await watch.newer(watch.version)
        assert trades is not None
        assert [trade.trade_id for trade in trades] == list(range(100, 300))


async def test_a_ticker_is_replaced_by_a_newer_one(
    market: Market, kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with market.ticker(BTC) as watch:
        before = await watch.first()
        clock.move(seconds=3)
        await kraken.connections.items[0].send(ticker_frame("BTC/USD", "123.4"))
        _, ticker = await watch.newer(watch.version)
        assert ticker is not None
        assert ticker.last == Decimal("123.4")
        assert ticker.received_at - before.received_at >= timedelta(seconds=3)


async def test_the_running_candle_never_goes_back_to_an_earlier_one(
    market: Market, kraken: ScriptedKraken
) -> None:
    async with market.candles(BTC, Interval.M5) as watch, market.ticker(BTC) as ticker:
        await watch.first()
        await ticker.first()
        connection = kraken.connections.items[0]
        for minute, close in ((5, "105.0"), (0, "99.0")):
            begin = f"2026-01-01T00:{minute:02}:00.000000000Z"
            await connection.send(candle_frame("BTC/USD", 5, close, begin, "update"))
        await connection.send(ticker_frame("BTC/USD", "1.0"))
        await ticker.newer(ticker.version)  # whatever was sent before has been read
        assert watch.value is not None
        assert watch.value.close == 105


async def test_health_tells_what_the_connection_does(
    market: Market, kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.bad_checksums = {"ETH/USD"}
    async with market.book(BTC) as watch, market.book(ETH):
        await watch.first()
        async with market.ticker(BTC) as ticker:
            await ticker.first()
        health = market.health()
    assert health.connected
    assert health.system is SystemState.ONLINE
    assert (health.connects, health.checksum_failures, health.subscriptions) == (1, 1, 3)
    assert health.last_frame_at is not None
    assert clock.now() - health.last_frame_at < timedelta(seconds=5)
    assert health.frames > 5


async def test_an_unverified_pair_is_shown_from_rest(
    market: Market, kraken: ScriptedKraken, clock: HandClock
) -> None:
    rows = {"bids": [["100.00000", "1.000", 1]], "asks": [["100.10000", "2.000", 1]]}
    kraken.answer("Depth", {"XXBTZUSD": rows})
    view = await market.depth_by_rest(BTC, 10)
    assert view.checksum == 0
    assert clock.now() - view.received_at < timedelta(seconds=5)
    assert view.bids[0].price == Decimal(100)
