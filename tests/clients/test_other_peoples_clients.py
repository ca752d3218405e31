"""Clients that other people wrote for the real Kraken read the simulated one, unpatched.

Only addresses are set, in the way that each client offers, and ccxt is let off its pauses. They
never saw this package's code, so what they understand is Kraken's interface and not an agreement
between our two ends.

ccxt's own book checksum stays off, as it is by default: switched on, ccxt fails on its own floats.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from itertools import pairwise
from typing import Any

import ccxt
import ccxt.async_support as ccxt_rest
import ccxt.pro as ccxt_pro
import krakenex
import pytest

from kraken.sim.server import Exchange

pytestmark = pytest.mark.clients

SYMBOLS = ["BTC/USD", "DOGE/EUR", "ETH/BTC"]


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange.serving(speed=30) as exchange:
        yield exchange


def addresses(exchange: Exchange) -> dict[str, Any]:
    """What ccxt calls ``urls``: where REST and WebSocket are."""
    rest, ws = exchange.rest_url, exchange.ws_url
    sockets = {"public": ws, "private": ws, "publicV2": ws, "privateV2": ws}
    return {"urls": {"api": {"public": rest, "private": rest, "ws": sockets}}}


@pytest.fixture
async def rest(exchange: Exchange) -> AsyncIterator[Any]:
    client = ccxt_rest.kraken({**addresses(exchange), "enableRateLimit": False})
    yield client
    await client.close()


@pytest.fixture
async def pro(exchange: Exchange) -> AsyncIterator[Any]:
    client = ccxt_pro.kraken(addresses(exchange))
    yield client
    await client.close()


def orderly(book: Any) -> bool:
    """Bids fall, asks rise, and they do not cross."""
    bids, asks = ([level[0] for level in book[side]] for side in ("bids", "asks"))
    return bids == sorted(bids, reverse=True) and asks == sorted(asks) and bids[0] < asks[0]


async def test_ccxt_reads_markets(rest: Any, exchange: Exchange) -> None:
    markets = await rest.load_markets()
    assert set(markets) == set(exchange.venue.pairs)
    bitcoin = markets["BTC/USD"]
    assert (bitcoin["id"], bitcoin["active"], bitcoin["margin"]) == ("XXBTZUSD", True, True)
    assert (bitcoin["precision"]["price"], bitcoin["precision"]["amount"]) == (0.1, 1e-8)
    assert (bitcoin["taker"], bitcoin["maker"]) == (0.004, 0.0025)
    assert bitcoin["limits"]["amount"]["min"] == 0.00005
    assert {"BTC", "DOGE", "USD", "EUR"} <= set(rest.currencies)


async def test_ccxt_reads_tickers(rest: Any) -> None:
    tickers = await rest.fetch_tickers(SYMBOLS)
    assert set(tickers) == set(SYMBOLS)
    for ticker in tickers.values():
        assert 0 < ticker["low"] <= ticker["last"] <= ticker["high"]
        assert ticker["bid"] < ticker["ask"]
        assert ticker["baseVolume"] > 0


async def test_ccxt_reads_a_book(rest: Any) -> None:
    book = await rest.fetch_order_book("BTC/USD", 25)
    assert len(book["bids"]) == len(book["asks"]) == 25
    assert orderly(book)


async def test_ccxt_reads_trades_page_after_page(rest: Any) -> None:
    newest = await rest.fetch_trades("BTC/USD", limit=10)
    older = await rest.fetch_trades("BTC/USD", since=newest[0]["timestamp"] - 600_000, limit=1000)
    numbers = [int(trade["id"]) for trade in older]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] < int(newest[0]["id"])


async def test_ccxt_reads_candles(rest: Any) -> None:
    candles = await rest.fetch_ohlcv("ETH/BTC", "1h")
    begins = [candle[0] for candle in candles]
    assert [later - begin for begin, later in pairwise(begins)] == [3_600_000] * (len(begins) - 1)
    assert len(candles) == 721
    assert all(low <= min(opened, close) for _, opened, _, low, close, _ in candles)


async def test_ccxt_reads_time_and_status(rest: Any, exchange: Exchange) -> None:
    assert abs(await rest.fetch_time() - exchange.venue.now_ns() // 1_000_000) < 60_000
    assert (await rest.fetch_status())["status"] == "ok"


async def test_ccxt_words_our_errors_as_krakens(rest: Any, exchange: Exchange) -> None:
    await rest.load_markets()
    exchange.arm({"kind": "service_busy", "endpoint": "Depth"})
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await rest.fetch_order_book("BTC/USD")
    exchange.arm({"kind": "rate_limited", "endpoint": "Depth"})
    with pytest.raises(ccxt.DDoSProtection):
        await rest.fetch_order_book("BTC/USD")
    with pytest.raises(ccxt.ExchangeError, match="Unknown asset pair"):
        await rest.publicGetDepth({"pair": "NOPE"})
    exchange.arm({"kind": "http_520"})
    with pytest.raises(ccxt.ExchangeNotAvailable):
        await rest.fetch_time()


async def test_ccxt_watches_a_ticker(pro: Any) -> None:
    first = await pro.watch_ticker("BTC/USD")
    second = await pro.watch_ticker("BTC/USD")
    assert first["symbol"] == second["symbol"] == "BTC/USD"
    assert second["bid"] < second["ask"]
    assert second["info"]["timestamp"] > first["info"]["timestamp"]


@pytest.mark.parametrize("depth", [10, 100])
async def test_ccxt_watches_a_book_that_stays_right(
    pro: Any, exchange: Exchange, depth: int
) -> None:
    """ccxt does not check sums, so that what it ends with is compared with the truth."""
    agreed = 0
    for _ in range(200):
        book = await pro.watch_order_book("BTC/USD", depth)
        assert orderly(book)
        agreed += as_true_as(book, exchange, depth)
        if agreed == 10:
            break
    assert agreed == 10
    assert len(book["bids"]) == len(book["asks"]) == depth


def as_true_as(book: Any, exchange: Exchange, depth: int) -> bool:
    bids, asks = exchange.venue.books["BTC/USD"].top(depth)
    told = [
        [(round(price * 10), round(qty * 10**8)) for price, qty, *_ in book[side]]
        for side in ("bids", "asks")
    ]
    return told == [bids, asks]


async def test_ccxt_watches_trades(pro: Any) -> None:
    snapshot = await pro.watch_trades("BTC/USD")
    update = await pro.watch_trades("BTC/USD")
    assert len(snapshot) == 50
    assert int(update[0]["id"]) == int(snapshot[-1]["id"]) + 1


async def test_ccxt_watches_candles(pro: Any) -> None:
    snapshot = await pro.watch_ohlcv("BTC/USD", "1m")
    update = await pro.watch_ohlcv("BTC/USD", "1m")
    assert 1 <= len(snapshot) <= 10
    assert update[-1][0] >= snapshot[-1][0]


async def asked(question: Callable[..., Any], *values: Any) -> Any:
    """krakenex waits for its answers, so it does so in a thread."""
    return await asyncio.to_thread(question, *values)


async def test_krakenex_reads_the_whole_public_side(exchange: Exchange) -> None:
    with closing(krakenex.API()) as api:
        api.uri = exchange.rest_url
        told = {
            name: await asked(api.query_public, name, query)
            for name, query in (
                ("Time", {}),
                ("Assets", {}),
                ("AssetPairs", {"pair": "XBTUSD"}),
                ("Ticker", {"pair": "XBTUSD,XDGEUR"}),
                ("OHLC", {"pair": "XBTUSD", "interval": 1440}),
                ("Depth", {"pair": "XBTUSD", "count": 7}),
                ("Trades", {"pair": "XBTUSD", "since": 0}),
                ("Spread", {"pair": "XBTUSD"}),
                ("Depth ", {"pair": "XBTUSD"}),
            )
        }
    assert told.pop("Depth ")["error"] == ["EGeneral:Unknown method"]
    assert all(answer["error"] == [] for answer in told.values())
    assert set(told["Ticker"]["result"]) == {"XXBTZUSD", "XDGEUR"}
    assert len(told["Depth"]["result"]["XXBTZUSD"]["asks"]) == 7
    assert len(told["Trades"]["result"]["XXBTZUSD"]) == 1000
    assert len(told["OHLC"]["result"]["XXBTZUSD"]) == 721


async def test_krakenex_is_refused_without_an_account(exchange: Exchange) -> None:
    with closing(krakenex.API(key="key", secret="c2VjcmV0")) as api:
        api.uri = exchange.rest_url
        answer = await asked(api.query_private, "Balance")
    assert answer == {"error": ["EAPI:Invalid key"]}
