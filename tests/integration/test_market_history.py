"""Candles over a real socket, also those that Kraken does not serve as candles any more."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from operator import itemgetter
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from kraken.core.errors import Rejected
from kraken.core.types import Asset, Candle, Instrument, Interval, Symbol
from kraken.market import Market
from kraken.market.history import History
from kraken.market.reads import Reads
from kraken.rest import Rest
from tests.market_runner import no_pace
from tests.scripted_kraken import ScriptedKraken, candle_frame

BTC = Symbol("BTC/USD")
BITCOIN = Instrument(
    symbol=BTC,
    base=Asset("BTC"),
    quote=Asset("USD"),
    tick_size=Decimal("0.1"),
    lot_size=Decimal("1E-8"),
    price_decimals=1,
    qty_decimals=8,
    cost_decimals=5,
    min_qty=Decimal("0.00005"),
    min_cost=Decimal("0.5"),
)
START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 1000
NANOSECONDS = 10**9


class Moving:
    """A clock that goes on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.time = datetime(2026, 6, 1, tzinfo=UTC)
        self.step = timedelta(seconds=1)

    def now(self) -> datetime:
        self.time += self.step
        return self.time


class Past:
    """A thousand minutes of a pair: three trades in each but every seventh, which has none."""

    def __init__(self, kraken: ScriptedKraken, *, served: int = 721) -> None:
        self.first_second = int(START.timestamp())
        self.pages = 0
        self.trades: list[list[Any]] = []
        for minute in range(MINUTES):
            for offset in (0, 10, 59) if minute % 7 else ():
                number = len(self.trades) + 1
                at = self.first_second + minute * 60 + offset
                price = f"{1000 + number % 50}.00000"
                self.trades.append([price, "0.50000000", at, "b", "l", "", number])
        self.served = served
        kraken.rest["OHLC"] = self.ohlc
        kraken.rest["Trades"] = self.page

    def place(self, second: int) -> int:
        """Where the trades from this second on begin."""
        return bisect_left(self.trades, second, key=itemgetter(2))

    async def ohlc(self, request: web.Request) -> web.StreamResponse:
        minutes = int(request.query["interval"])
        rows: list[list[Any]] = []
        for begin in range(0, MINUTES, minutes):
            since = self.first_second + begin * 60
            start, end = (self.place(second) for second in (since, since + minutes * 60))
            inside = self.trades[start:end]
            prices = [Decimal(trade[0]) for trade in inside]
            last = rows[-1][4] if rows else "1000.0"
            if not prices:
                rows.append([since, last, last, last, last, "0.0", "0.00000000", 0])
                continue
            values = (prices[0], max(prices), min(prices), prices[-1])
            texts = [f"{value:.1f}" for value in values]
            vwap = f"{sum(prices) / len(prices):.1f}"
            rows.append([since, *texts, vwap, f"{len(inside) / 2:.8f}", len(inside)])
        rows = rows[-self.served :]
        result = {"XXBTZUSD": rows, "last": rows[-2:][0][0]}
        return web.json_response({"error": [], "result": result})

    async def page(self, request: web.Request) -> web.StreamResponse:
        self.pages += 1
        since = int(request.query["since"])
        start = self.place(since // NANOSECONDS + 1)
        rows = self.trades[start : start + int(request.query["count"])]
        last = rows[-1][2] * NANOSECONDS if rows else since
        return web.json_response({"error": [], "result": {"XXBTZUSD": rows, "last": str(last)}})


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


async def no_wait(_seconds: float) -> None:
    return


@asynccontextmanager
async def running(kraken: ScriptedKraken, paced: list[int]) -> AsyncIterator[Market]:
    async def pace() -> None:
        paced.append(1)

    async with asyncio.timeout(20), aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        clock = Moving()
        market = Market(
            Rest(http, kraken.rest_url, clock=clock),
            http=http,
            ws_url=kraken.ws_url,
            clock=clock,
            random=lambda: 0.0,
            sleep=no_wait,
            pace=pace,
            liveness=60,
        )
        task = tasks.create_task(market.run())
        await market.ready()
        try:
            yield market
        finally:
            task.cancel()


@pytest.fixture
def paced() -> list[int]:
    return []


@pytest.fixture
async def market(kraken: ScriptedKraken, paced: list[int]) -> AsyncIterator[Market]:
    async with running(kraken, paced) as running_market:
        yield running_market


def without_holes(candles: list[Candle]) -> bool:
    return all(b.begin - a.begin == a.interval.length for a, b in pairwise(candles))


@pytest.mark.parametrize("interval", list(Interval))
async def test_every_interval_is_served_with_the_running_candle_last(
    market: Market, kraken: ScriptedKraken, interval: Interval
) -> None:
    Past(kraken)
    candles = await market.history(BTC, interval, 60)
    assert candles[-1].begin + interval.length >= START + timedelta(minutes=MINUTES)
    assert candles[0].interval is interval
    assert len(candles) == min(60, -(-MINUTES // interval.value))
    assert kraken.rest_asked.items[-1][1]["interval"] == str(interval.value)


async def test_intervals_without_a_trade_come_as_candles_without_trades(
    market: Market, kraken: ScriptedKraken
) -> None:
    Past(kraken)
    candles = await market.history(BTC, Interval.M1, 720)
    empty = [candle for candle in candles if candle.is_empty]
    assert len(empty) in (102, 103)
    assert without_holes(candles)


async def test_older_candles_are_built_from_trades_as_kraken_would_have_served_them(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken, served=10_000)
    whole = await market.history(BTC, Interval.M1, 999)
    assert past.pages == 0
    async with running(kraken, []) as other:
        past.served = 721
        assert await other.history(BTC, Interval.M1, 999) == whole
    assert past.pages >= 1


async def test_progress_is_told_and_every_question_is_paced(
    market: Market, kraken: ScriptedKraken, paced: list[int]
) -> None:
    past = Past(kraken)
    told: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        told.append((done, total))

    await market.history(BTC, Interval.M1, 990, progress)
    assert told[0][0] >= 721
    assert told[-1] == (990, 990)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(paced) == past.pages + 1


@asynccontextmanager
async def still(kraken: ScriptedKraken) -> AsyncIterator[tuple[History, Moving]]:
    """A history whose clock only the test moves."""
    clock = Moving()
    clock.step = timedelta(0)
    async with aiohttp.ClientSession() as http:
        rest = Rest(http, kraken.rest_url, clock=clock)
        yield History(rest, Reads(no_pace, random=lambda: 0.0), clock), clock


async def test_an_answer_is_shared_for_two_seconds_and_then_asked_for_anew(
    kraken: ScriptedKraken,
) -> None:
    Past(kraken)
    async with still(kraken) as (history, clock):
        for seconds, asked in ((0, 1), (1, 1), (1, 2)):
            clock.time += timedelta(seconds=seconds)
            await history.candles(BITCOIN, Interval.M1, 10, lambda: None)
            assert len(kraken.rest_asked.items) == asked


async def test_what_was_built_once_is_not_asked_for_again(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken)
    before = await market.history(BTC, Interval.M1, 990)
    pages = past.pages
    assert await market.history(BTC, Interval.M1, 990) == before
    assert await market.history(BTC, Interval.M1, 800) == before[-800:]
    assert past.pages == pages


async def test_two_people_who_ask_at_once_share_the_work(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken)
    async with asyncio.TaskGroup() as tasks:
        asked = [tasks.create_task(market.history(BTC, Interval.M1, 990)) for _ in range(3)]
    assert asked[0].result() == asked[1].result() == asked[2].result()
    assert past.pages == len([name for name, _ in kraken.rest_asked.items if name == "Trades"])
    assert past.pages <= 2


async def test_whoever_wants_the_newest_does_not_wait_for_whoever_reaches_back(
    market: Market, kraken: ScriptedKraken
) -> None:
    Past(kraken)
    reached = asyncio.Event()

    async def progress(_done: int, _total: int) -> None:
        reached.set()
        await asyncio.Event().wait()

    async with asyncio.TaskGroup() as tasks:
        long = tasks.create_task(market.history(BTC, Interval.M1, 990, progress))
        await reached.wait()
        assert len(await market.history(BTC, Interval.M1, 720)) == 720
        long.cancel()


async def test_candles_that_were_finished_while_reaching_back_are_there(
    kraken: ScriptedKraken,
) -> None:
    past = Past(kraken)
    shown = past.trades
    past.trades = [trade for trade in shown if trade[2] < past.first_second + 995 * 60]
    async with still(kraken) as (history, clock):

        async def progress(_done: int, _total: int) -> None:
            clock.time += timedelta(minutes=1)
            past.trades = shown

        candles = await history.candles(BITCOIN, Interval.M1, 990, lambda: None, progress)
    assert past.pages
    assert [candle.count for candle in candles[-5:]] == [3, 3, 3, 3, 3]


async def test_a_candle_that_began_after_an_answer_makes_it_old(kraken: ScriptedKraken) -> None:
    Past(kraken)
    async with still(kraken) as (history, _clock):
        [*_, last] = await history.candles(BITCOIN, Interval.M1, 1, lambda: None)
        later = replace(last, begin=last.begin + last.interval.length)
        for running, asked in ((last, 1), (later, 2)):
            await history.candles(BITCOIN, Interval.M1, 1, lambda known=running: known)
            assert len(kraken.rest_asked.items) == asked


async def test_a_giving_up_in_between_keeps_what_was_built(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken)
    reached = asyncio.Event()

    async def progress(done: int, _total: int) -> None:
        if past.pages == 2:
            reached.set()
            await asyncio.Event().wait()

    busy: list[list[Any]] = []
    for trade in past.trades:
        for copy in range(8):
            busy.append([*trade[:6], trade[6] * 10 + copy])
    past.trades = busy
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(market.history(BTC, Interval.M1, 990, progress))
        await reached.wait()
        first.cancel()
    assert past.pages == 2
    again = await market.history(BTC, Interval.M1, 990)
    assert len(again) == 990
    assert without_holes(again)


async def test_how_far_it_can_reach_is_said_from_the_start(
    market: Market, kraken: ScriptedKraken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken.market.history.MOST_PAGES", 30)
    past = Past(kraken)
    past.trades = [
        [*trade[:6], trade[6] * 1000 + copy] for trade in past.trades for copy in range(100)
    ]
    told: list[tuple[int, int]] = []

    async def progress(done: int, total: int) -> None:
        told.append((done, total))

    candles = await market.history(BTC, Interval.M1, 990, progress)
    [total] = {total for _, total in told}
    assert 800 < len(candles) <= total < 830
    assert past.pages <= 35
    more = await market.history(BTC, Interval.M1, 990)
    assert len(more) > len(candles)
    assert without_holes(more)


async def test_a_young_pair_has_as_many_candles_as_it_has(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken, served=300)
    assert len(await market.history(BTC, Interval.M1, 990)) == 300
    assert past.pages == 0


async def test_the_last_candle_is_the_running_one_of_the_stream(
    market: Market, kraken: ScriptedKraken
) -> None:
    Past(kraken)
    async with market.candles(BTC, Interval.M1) as watch:
        await watch.first()
        later = (START + timedelta(minutes=MINUTES + 1)).isoformat().replace("+00:00", "Z")
        frame = candle_frame("BTC/USD", 1, "1234.5", later, "update")
        await kraken.connections.items[0].send(frame)
        await watch.newer(watch.version)
        candles = await market.history(BTC, Interval.M1, 10)
    assert candles[-1].close == Decimal("1234.5")
    assert candles[-2].is_empty
    assert without_holes(candles)


async def test_a_page_within_one_instant_is_left_behind(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken)
    instant = past.trades[100][2]
    price = past.trades[100][0]
    crowd = [[price, "0.1", instant, "b", "l", "", 10_000 + n] for n in range(1500)]
    past.trades = sorted([*past.trades, *crowd], key=lambda trade: trade[2])
    candles = await market.history(BTC, Interval.M1, 990)
    assert without_holes(candles)


async def test_a_busy_kraken_is_asked_again_and_a_clear_no_is_told(
    market: Market, kraken: ScriptedKraken
) -> None:
    past = Past(kraken)
    failures = [502, 200]

    async def flaky(request: web.Request) -> web.StreamResponse:
        if failures:
            return web.Response(status=failures.pop(), text="<html>")
        return await past.ohlc(request)

    async def refuse(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"error": ["EGeneral:Unknown method"]})

    kraken.rest["OHLC"] = flaky
    assert len(await market.history(BTC, Interval.M1, 10)) == 10
    kraken.rest["OHLC"] = refuse
    with pytest.raises(Rejected):
        await market.history(BTC, Interval.H1, 10)
