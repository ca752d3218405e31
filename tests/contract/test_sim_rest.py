"""The simulated exchange's public REST as a stranger sees it: envelope, names, digits, errors."""

import json
from email.utils import parsedate_to_datetime
from itertools import pairwise
from typing import Any

import aiohttp
import pytest

from kraken.sim.server import Exchange
from tests.strict_client import NOON_NS, StrictBook, connect, get, keys

NOON_S = NOON_NS // 1_000_000_000
ENDPOINTS = (
    "Time",
    "SystemStatus",
    "Assets",
    "AssetPairs",
    "Ticker",
    "OHLC",
    "Depth",
    "GroupedBook",
    "Trades",
    "Spread",
)


async def ask(exchange: Exchange, endpoint: str, **query: str) -> Any:
    """The result of a call that must succeed."""
    answer = await get(f"{exchange.rest_url}/0/public/{endpoint}", **query)
    assert keys(answer) == "error result"
    assert answer["error"] == []
    return answer["result"]


async def refusal(exchange: Exchange, endpoint: str, **query: str) -> str:
    """The error text of a call that must fail; there is no ``result``."""
    answer = await get(f"{exchange.rest_url}/0/public/{endpoint}", **query)
    assert keys(answer) == "error"
    (text,) = answer["error"]
    assert isinstance(text, str)
    return text


def digits(text: str) -> int:
    assert isinstance(text, str)
    return len(text.partition(".")[2])


async def test_time_is_told_twice(exchange: Exchange) -> None:
    assert await ask(exchange, "Time") == {
        "unixtime": NOON_S,
        "rfc1123": "Mon, 21 Sep 26 14:13:20 +0000",
    }


async def test_the_date_header_is_the_exchanges_own_time(exchange: Exchange) -> None:
    exchange.arm({"kind": "clock_offset", "seconds": -300})
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"{exchange.rest_url}/0/public/Time")
        told = json.loads(await reply.text())["result"]["unixtime"]
        assert told == NOON_S - 300
        assert parsedate_to_datetime(reply.headers["Date"]).timestamp() == told


async def test_the_status_is_online_until_it_is_not(exchange: Exchange) -> None:
    told = await ask(exchange, "SystemStatus")
    assert told == {"status": "online", "timestamp": "2026-09-21T14:13:20Z"}
    exchange.arm({"kind": "system_status", "status": "cancel_only"})
    assert (await ask(exchange, "SystemStatus"))["status"] == "cancel_only"


async def test_assets_have_krakens_order_and_types(exchange: Exchange) -> None:
    assets = await ask(exchange, "Assets")
    assert list(assets) == sorted(assets)
    assert keys(assets["XXBT"]) == (
        "aclass altname decimals display_decimals collateral_value status margin_rate"
    )
    assert assets["XXBT"]["altname"] == "XBT"
    assert assets["XXBT"]["collateral_value"] == 0.99
    assert assets["ZUSD"]["collateral_value"] == 1
    assert isinstance(assets["ZUSD"]["collateral_value"], int)
    assert isinstance(assets["ZUSD"]["margin_rate"], str)


async def test_assets_can_be_named_in_several_ways(exchange: Exchange) -> None:
    assert list(await ask(exchange, "Assets", asset="BTC,ZUSD,XDG")) == ["XXBT", "XXDG", "ZUSD"]
    assert await refusal(exchange, "Assets", asset="XBT,NOPE") == "EQuery:Unknown asset"
    assert await ask(exchange, "Assets", aclass="tokenized_asset") == {}


async def test_pairs_have_krakens_order_and_types(exchange: Exchange) -> None:
    pairs = await ask(exchange, "AssetPairs")
    plain = (
        "altname wsname aclass_base base aclass_quote quote lot cost_decimals pair_decimals"
        " lot_decimals lot_multiplier leverage_buy leverage_sell fees fees_maker"
        " fee_volume_currency margin_call margin_stop ordermin costmin tick_size status"
    )
    assert keys(pairs["XXBTZUSD"]) == f"{plain} long_position_limit short_position_limit"
    assert keys(pairs["ZEURZUSD"]) == plain
    bitcoin = pairs["XXBTZUSD"]
    assert (bitcoin["altname"], bitcoin["wsname"]) == ("XBTUSD", "XBT/USD")
    assert (bitcoin["base"], bitcoin["quote"]) == ("XXBT", "ZUSD")
    assert (bitcoin["tick_size"], bitcoin["ordermin"]) == ("0.1", "0.00005")
    assert bitcoin["fees"][0] == [0, 0.4]
    assert pairs["XDGUSD"]["tick_size"] == "0.0000001"


async def test_one_aspect_of_a_pair_can_be_asked_for(exchange: Exchange) -> None:
    told = await ask(exchange, "AssetPairs", pair="XBTUSD", info="leverage")
    assert keys(told["XXBTZUSD"]) == "leverage_buy leverage_sell"
    told = await ask(exchange, "AssetPairs", pair="XBTUSD", info="fees")
    assert keys(told["XXBTZUSD"]) == "fees fees_maker fee_volume_currency"


@pytest.mark.parametrize("name", ["XXBTZUSD", "XBTUSD", "XBT/USD", "BTC/USD", "BTCUSD"])
async def test_a_pair_has_five_names_and_one_id(exchange: Exchange, name: str) -> None:
    assert list(await ask(exchange, "Ticker", pair=name)) == ["XXBTZUSD"]
    assert "XXBTZUSD" in await ask(exchange, "OHLC", pair=name)
    assert "XXBTZUSD" in await ask(exchange, "Depth", pair=name)


async def test_tickers_have_krakens_digits(exchange: Exchange) -> None:
    tickers = await ask(exchange, "Ticker", pair="XBTUSD,XDGUSD,ETHXBT")
    assert list(tickers) == ["XDGUSD", "XETHXXBT", "XXBTZUSD"]
    for key, scale in (("XXBTZUSD", 5), ("XDGUSD", 9), ("XETHXXBT", 6)):
        ticker = tickers[key]
        assert keys(ticker) == "a b c v p t l h o"
        prices = [ticker["a"][0], ticker["b"][0], ticker["c"][0], ticker["o"]]
        prices += ticker["p"] + ticker["l"] + ticker["h"]
        assert {digits(price) for price in prices} == {scale}
        for side in ("a", "b"):
            assert ticker[side][2] == f"{int(ticker[side][1])}.000"
        assert {digits(ticker["c"][1]), *map(digits, ticker["v"])} == {8}
        assert all(isinstance(count, int) for count in ticker["t"])
    assert len(await ask(exchange, "Ticker")) == len(exchange.venue.pairs)


async def test_candles_have_krakens_digits_and_the_last_one_runs(exchange: Exchange) -> None:
    told = await ask(exchange, "OHLC", pair="XBTUSD", interval="60")
    assert keys(told) == "XXBTZUSD last"
    rows = told["XXBTZUSD"]
    assert len(rows) == 721
    assert {later[0] - row[0] for row, later in pairwise(rows)} == {3600}
    assert told["last"] == rows[-2][0]
    for _, *prices, volume, count in rows:
        assert {digits(price) for price in prices} == {1}
        assert digits(volume) == 8
        assert isinstance(count, int)


async def test_an_empty_candle_repeats_the_close_and_has_no_average(exchange: Exchange) -> None:
    rows = (await ask(exchange, "OHLC", pair="LTCEUR", interval="1"))["XLTCZEUR"]
    empty = [(before, row) for before, row in pairwise(rows) if row[7] == 0]
    assert empty
    for before, (_, opened, high, low, close, vwap, volume, _) in empty:
        assert {opened, high, low, close} == {before[4]}
        assert (vwap, volume) == ("0.00", "0.00000000")


async def test_since_leaves_out_what_is_known(exchange: Exchange) -> None:
    told = await ask(exchange, "OHLC", pair="XBTUSD", interval="5")
    again = await ask(exchange, "OHLC", pair="XBTUSD", interval="5", since=str(told["last"]))
    assert again["XXBTZUSD"] == told["XXBTZUSD"][-1:]
    assert again["last"] == told["last"]


async def test_depth_has_three_digits_of_quantity(exchange: Exchange) -> None:
    await exchange.advance(5)
    told = (await ask(exchange, "Depth", pair="XBTUSD", count="50"))["XXBTZUSD"]
    assert keys(told) == "asks bids"
    assert len(told["asks"]) == len(told["bids"]) == 50
    for price, qty, at_s in told["asks"] + told["bids"]:
        assert (digits(price), digits(qty)) == (5, 3)
        assert NOON_S - 90_000 < at_s <= NOON_S + 5
    assert float(told["bids"][0][0]) < float(told["asks"][0][0])
    assert len((await ask(exchange, "Depth", pair="XBTUSD"))["XXBTZUSD"]["asks"]) == 100


async def test_depth_and_the_books_channel_show_one_book(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        book = StrictBook(500)
        book.apply(await wire.subscribe("book", "BTC/USD", depth=500))
    told = (await ask(exchange, "Depth", pair="XBTUSD", count="500"))["XXBTZUSD"]
    assert [row[0] for row in told["bids"]] == [f"{price}0000" for price in book.bids]
    assert [row[1] for row in told["asks"]] == [qty[:-5] for qty in book.asks.values()]


async def test_a_grouped_book_gathers_levels_away_from_the_touch(exchange: Exchange) -> None:
    told = await ask(exchange, "GroupedBook", pair="BTC/USD", depth="10", grouping="1000")
    assert keys(told) == "pair grouping bids asks"
    assert (told["pair"], told["grouping"]) == ("BTC/USD", 1000)
    bids, asks = exchange.venue.books["BTC/USD"].top(5000)
    best = bids[0][0] // 1000 * 1000
    assert told["bids"][0]["price"] == f"{best // 10}.00000"
    lots = sum(lots for ticks, lots in bids if ticks >= best)
    assert told["bids"][0]["qty"].replace(".", "").lstrip("0") == str(lots)
    assert told["asks"][0]["price"] == f"{-(-asks[0][0] // 1000) * 100}.00000"


async def test_a_grouped_book_answers_post_as_well(exchange: Exchange) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await session.post(
            f"{exchange.rest_url}/0/public/GroupedBook", json={"pair": "XBTUSD", "depth": 25}
        )
        told = json.loads(await reply.text())["result"]
    assert len(told["asks"]) == 25


async def test_trades_are_paged_by_last_without_a_gap(exchange: Exchange) -> None:
    since = str(NOON_S - 3600)
    numbers: list[int] = []
    for _ in range(30):
        told = await ask(exchange, "Trades", pair="XBTUSD", since=since)
        assert keys(told) == "XXBTZUSD last"
        rows = told["XXBTZUSD"]
        numbers += [row[6] for row in rows]
        since = told["last"]
        if len(rows) < 1000:
            break
    assert len(numbers) > 1000
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert await ask(exchange, "Trades", pair="XBTUSD", since=since) == {
        "XXBTZUSD": [],
        "last": since,
    }


async def test_trades_have_krakens_digits_and_letters(exchange: Exchange) -> None:
    told = await ask(exchange, "Trades", pair="XDGUSD", count="200")
    rows = told["XDGUSD"]
    assert len(rows) == 200
    for price, qty, at_s, side, order, misc, number in rows:
        assert (digits(price), digits(qty)) == (9, 8)
        assert isinstance(at_s, float)
        assert at_s <= NOON_S + 1
        assert side in ("b", "s")
        assert order in ("m", "l")
        assert misc == ""
        assert isinstance(number, int)
    assert isinstance(told["last"], str)
    assert abs(int(told["last"]) / 1e9 - rows[-1][2]) < 1e-6


@pytest.mark.parametrize("since", ["1789990000", "1789990000.5", "1789990000000000000"])
async def test_trades_accept_seconds_and_nanoseconds(exchange: Exchange, since: str) -> None:
    told = await ask(exchange, "Trades", pair="XBTUSD", since=since, count="5")
    assert 0 <= told["XXBTZUSD"][0][2] - 1789990000 < 600


async def test_spreads_are_about_two_hundred_and_uncrossed(exchange: Exchange) -> None:
    await exchange.advance(20)
    told = await ask(exchange, "Spread", pair="XBTUSD")
    assert keys(told) == "XXBTZUSD last"
    rows = told["XXBTZUSD"]
    assert 100 < len(rows) <= 200
    assert all(digits(bid) == 5 and float(bid) < float(ask_) for _, bid, ask_ in rows)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert told["last"] == rows[-1][0]
    bid, ask_ = exchange.venue.books["BTC/USD"].best()
    assert bid is not None
    assert ask_ is not None
    assert rows[-1][1:] == [f"{bid[0] / 10:.5f}", f"{ask_[0] / 10:.5f}"]


@pytest.mark.parametrize(
    ("endpoint", "query", "error"),
    [
        ("Ticker", {"pair": "NOPE"}, "EQuery:Unknown asset pair"),
        ("Ticker", {"pair": "XBTUSD,NOPE"}, "EQuery:Unknown asset pair"),
        ("AssetPairs", {"pair": "NOPE"}, "EQuery:Unknown asset pair"),
        ("AssetPairs", {"info": "gossip"}, "EGeneral:Invalid arguments:info"),
        ("OHLC", {}, "EGeneral:Invalid arguments:pair"),
        ("OHLC", {"pair": "XBTUSD", "interval": "7"}, "EGeneral:Invalid arguments:interval"),
        ("OHLC", {"pair": "XBTUSD", "interval": "1h"}, "EGeneral:Invalid arguments:interval"),
        ("OHLC", {"pair": "XBTUSD", "since": "now"}, "EGeneral:Invalid arguments:since"),
        ("Depth", {"pair": "XBTUSD,ETHUSD"}, "EQuery:Unknown asset pair"),
        ("Depth", {"pair": "XBTUSD", "count": "501"}, "EGeneral:Invalid arguments:count"),
        ("Depth", {"pair": "XBTUSD", "count": "0"}, "EGeneral:Invalid arguments:count"),
        ("Trades", {"pair": "XBTUSD", "count": "1001"}, "EGeneral:Invalid arguments:count"),
        ("Trades", {"pair": "XBTUSD", "since": "-5"}, "EGeneral:Invalid arguments:since"),
        ("GroupedBook", {"pair": "XBTUSD", "depth": "11"}, "EGeneral:Invalid arguments:depth"),
        (
            "GroupedBook",
            {"pair": "XBTUSD", "grouping": "3"},
            "EGeneral:Invalid arguments:grouping",
        ),
        ("Assets", {"aclass": "stone"}, "EGeneral:Invalid arguments:aclass"),
        ("Horoscope", {}, "EGeneral:Unknown method"),
    ],
)
async def test_a_wrong_call_is_refused_with_krakens_words(
    exchange: Exchange, endpoint: str, query: dict[str, str], error: str
) -> None:
    assert await refusal(exchange, endpoint, **query) == error


async def test_an_api_error_has_status_200(exchange: Exchange) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"{exchange.rest_url}/0/public/Ticker?pair=NOPE")
        assert reply.status == 200
        assert reply.content_type == "application/json"


@pytest.mark.parametrize("endpoint", [name for name in ENDPOINTS if name != "GroupedBook"])
async def test_public_endpoints_no_longer_take_post(exchange: Exchange, endpoint: str) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await session.post(f"{exchange.rest_url}/0/public/{endpoint}", data={"pair": "X"})
        assert json.loads(await reply.text()) == {"error": ["EAPI:Bad request"]}


async def test_no_key_is_known(exchange: Exchange) -> None:
    async with aiohttp.ClientSession() as session:
        reply = await session.post(f"{exchange.rest_url}/0/private/Balance", data={"nonce": "1"})
        assert json.loads(await reply.text()) == {"error": ["EAPI:Invalid key"]}


async def test_both_wires_agree_on_the_ticker(exchange: Exchange) -> None:
    await exchange.advance(10)
    async with connect(exchange.ws_url) as wire:
        (live,) = (await wire.subscribe("ticker", "BTC/USD"))["data"]
    told = (await ask(exchange, "Ticker", pair="XBTUSD"))["XXBTZUSD"]
    assert told["c"][0] == f"{live['last']}0000"
    assert told["v"][1] == live["volume"]
    assert told["h"][1] == f"{live['high']}0000"
    assert told["a"][0] == f"{live['ask']}0000"


async def test_both_wires_agree_on_the_running_candle(exchange: Exchange) -> None:
    exchange.move("BTC/USD", 640_000)
    rows = (await ask(exchange, "OHLC", pair="XBTUSD", interval="15"))["XXBTZUSD"]
    async with connect(exchange.ws_url) as wire:
        live = (await wire.subscribe("ohlc", "BTC/USD", interval=15))["data"][-1]
    told = [live[key] for key in ("open", "high", "low", "close", "vwap", "volume")]
    assert rows[-1][1:7] == told
    assert rows[-1][7] == int(live["trades"])
