"""Market and books that stand still: a quiet market is not a dead subscription."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from kraken.core.types import Interval, Symbol
from kraken.market import Market
from kraken.watch import Watch
from tests.market_runner import HandClock, Turns, asked, running
from tests.scripted_kraken import BIDS, ScriptedKraken, book_frame, ticker_frame

BTC = Symbol("BTC/USD")


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def depth_rows(best_bid: str) -> dict[str, object]:
    bids = [[best_bid, "1.000", 1], *([price, "1.000", 1] for price, _ in BIDS[1:5])]
    asks = [[f"{100.1 + n / 10:.5f}", "2.000", 1] for n in range(5)]
    return {"XXBTZUSD": {"bids": bids, "asks": asks}}


@asynccontextmanager
async def watched(kraken: ScriptedKraken, clock: HandClock) -> AsyncIterator[tuple[Market, Turns]]:
    turns = Turns()
    async with (
        asyncio.timeout(5),
        running(kraken, clock, sleep=turns.sleep) as market,
        asyncio.TaskGroup() as tasks,
    ):
        task = tasks.create_task(market.check_feeds())
        try:
            yield market, turns
        finally:
            task.cancel()


async def test_a_book_that_stands_still_with_kraken_is_left_alone(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.answer("Depth", depth_rows("100.00000"))
    async with watched(kraken, clock) as (market, turns), market.book(BTC) as watch:
        before = await watch.first()
        clock.move(seconds=29)
        await turns.give()
        assert kraken.rest_asked.items == []
        clock.move(seconds=1)
        await turns.give()
        await turns.give()
        assert kraken.rest_asked.items == [("Depth", {"pair": "XBTUSD", "count": "5"})]
        assert watch.value == before
        clock.move(seconds=30)
        await turns.give()
        assert len(kraken.rest_asked.items) == 2


async def test_a_book_that_stands_still_alone_is_subscribed_again_and_then_reconnected(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.answer("Depth", depth_rows("100.05000"))
    async with watched(kraken, clock) as (market, turns), market.book(BTC) as watch:
        await watch.first()
        clock.move(seconds=30)
        version = watch.version
        await turns.give()
        assert (await watch.newer(version))[1] is None
        await watch.first()
        assert len(asked(kraken, "unsubscribe", "book")) == 1
        assert len(kraken.connections.items) == 1
        clock.move(seconds=30)
        await turns.give()
        await kraken.connection(2)
        await watch.first()


async def test_a_book_that_moved_while_rest_was_asked_is_alive(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with watched(kraken, clock) as (market, turns), market.book(BTC) as watch:
        await watch.first()
        clock.move(seconds=30)
        connection = kraken.connections.items[0]
        answer = depth_rows("100.05000")

        async def respond(_request: Any) -> Any:
            moved = [("100.0", "9.00000000"), *BIDS[1:]]
            frame = book_frame("BTC/USD", moved)
            crc = int(frame.split('"checksum":')[1].split(",")[0])
            version = watch.version
            update = book_frame("BTC/USD", moved[:1], [], kind="update", crc=crc)
            await connection.send(update)
            await watch.newer(version)
            return web.json_response({"error": [], "result": answer})

        kraken.rest["Depth"] = respond
        await turns.give()
        assert watch.value is not None
        await caught_up(market)
        assert asked(kraken, "unsubscribe", "book") == []


async def test_a_comparison_that_fails_changes_nothing(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with watched(kraken, clock) as (market, turns), market.book(BTC) as watch:
        await watch.first()
        clock.move(seconds=30)
        await turns.give()
        assert [name for name, _ in kraken.rest_asked.items] == ["Depth"]
        assert watch.value is not None


async def caught_up(market: Market) -> None:
    """Return when Kraken has read everything that was sent so far: it answers in order."""
    async with market.ticker(Symbol("DOGE/USD")) as watch:
        await watch.first()


async def book_asked_for(kraken: ScriptedKraken, number: int) -> None:
    """Wait until the book was subscribed on the n-th connection."""
    connection = await kraken.connection(number)
    await connection.asked.until(lambda items: asked(kraken, "subscribe", "book"))


async def test_a_pair_whose_book_never_comes_costs_the_others_one_connection_only(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.mute_channels = {"book"}
    async with watched(kraken, clock) as (market, turns), market.book(BTC), market.ticker(BTC):
        await (await kraken.connection(1)).asked.until(
            lambda items: asked(kraken, "subscribe", "book")
        )
        clock.move(seconds=16)
        await turns.give()
        await (await kraken.connection(2)).asked.until(
            lambda items: asked(kraken, "subscribe", "book")
        )
        for _ in range(5):
            clock.move(seconds=16)
            await turns.give()
        assert market.health().connects == 2


def traded(kraken: ScriptedKraken, *trades: list[object]) -> None:
    """Let REST know these trades."""
    kraken.answer("Trades", {"XXBTZUSD": list(trades), "last": "1767225600000000000"})


LATER = ["100.0", "0.1", 1767225660, "b", "l", "", 99]
"""A trade a minute after those of the scripted stream."""


def reading(market: Market, channel: str) -> AbstractAsyncContextManager[Watch[Any]]:
    """One of the streams that change with a trade."""
    if channel == "ticker":
        return market.ticker(BTC)
    return market.trades(BTC) if channel == "trade" else market.candles(BTC, Interval.M5)


TAPES = pytest.mark.parametrize("channel", ["ticker", "trade", "ohlc"])


@TAPES
async def test_a_stream_is_silent_while_nobody_trades(
    kraken: ScriptedKraken, clock: HandClock, channel: str
) -> None:
    traded(kraken)
    async with watched(kraken, clock) as (market, turns), reading(market, channel) as watch:
        await watch.first()
        await turns.give()
        assert kraken.rest_asked.items == []
        clock.move(seconds=30)
        await turns.give()
        await turns.give()
        assert [name for name, _ in kraken.rest_asked.items] == ["Trades"]
        await caught_up(market)
        assert asked(kraken, "unsubscribe", channel) == []


@TAPES
async def test_a_stream_that_lacks_a_trade_is_subscribed_again(
    kraken: ScriptedKraken, clock: HandClock, channel: str
) -> None:
    traded(kraken, LATER)
    async with watched(kraken, clock) as (market, turns), reading(market, channel) as watch:
        await watch.first()
        clock.move(seconds=30)
        version = watch.version
        await turns.give()
        await watch.newer(version)
        assert len(asked(kraken, "unsubscribe", channel)) == 1
        assert len(kraken.connections.items) == 1


@TAPES
async def test_a_trade_is_asked_for_from_where_the_stream_ends_by_krakens_clock(
    kraken: ScriptedKraken, clock: HandClock, channel: str
) -> None:
    traded(kraken)
    async with watched(kraken, clock) as (market, turns), reading(market, channel) as watch:
        await watch.first()
        clock.move(seconds=30)
        await turns.give()
        leeway = 2 * 10**9
        since = int(kraken.rest_asked.items[0][1]["since"])
        assert since == 1767225600 * 10**9 + leeway


async def test_a_ticker_that_never_comes_costs_one_connection(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.mute_channels = {"ticker"}
    async with watched(kraken, clock) as (market, turns), market.ticker(BTC):
        for _ in range(6):
            clock.move(seconds=16)
            await turns.give()
        await kraken.connection(2)
        await turns.give()
        assert market.health().connects == 2


async def test_a_pair_that_never_traded_is_not_missing(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    kraken.mute_channels = {"trade", "ohlc"}
    traded(kraken)
    async with (
        watched(kraken, clock) as (market, turns),
        market.trades(BTC),
        market.candles(BTC, Interval.M1),
    ):
        for _ in range(6):
            clock.move(seconds=16)
            await turns.give()
        assert market.health().connects == 1


async def test_a_stream_that_changes_now_and_then_is_not_asked_about(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with watched(kraken, clock) as (market, turns), market.ticker(BTC) as watch:
        await watch.first()
        for number in range(5):
            clock.move(seconds=20)
            version = watch.version
            await kraken.connections.items[0].send(ticker_frame("BTC/USD", f"{number}.0"))
            await watch.newer(version)
            await turns.give()
        assert kraken.rest_asked.items == []


async def test_a_stream_that_moved_while_rest_was_asked_is_alive(
    kraken: ScriptedKraken, clock: HandClock
) -> None:
    async with watched(kraken, clock) as (market, turns), market.ticker(BTC) as watch:
        await watch.first()

        async def respond(_request: Any) -> web.StreamResponse:
            version = watch.version
            await kraken.connections.items[0].send(ticker_frame("BTC/USD", "7.0"))
            await watch.newer(version)
            return web.json_response({"error": [], "result": {"X": [LATER], "last": "1"}})

        kraken.rest["Trades"] = respond
        clock.move(seconds=30)
        await turns.give()
        await turns.give()
        await caught_up(market)
        assert asked(kraken, "unsubscribe", "ticker") == []


async def test_what_kraken_refused_is_not_missed(kraken: ScriptedKraken, clock: HandClock) -> None:
    nothing = Symbol("WWW/USD")
    async with (
        watched(kraken, clock) as (market, turns),
        market.ticker(nothing),
        market.book(nothing),
        market.ticker(BTC) as answered,
    ):
        await answered.first()
        for _ in range(4):
            clock.move(seconds=16)
            await turns.give()
        assert market.health().connects == 1
