"""Every fault of books, sockets and states, as the client on the other end meets it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kraken.sim.faults import KINDS
from kraken.sim.server import Exchange
from tests.strict_client import NOON_NS, StrictBook, Wire, connect, get, read

SILENCE = 0.05
"""Seconds in which nothing may come; what is sent at all is sent at once."""


@pytest.fixture
async def wire(exchange: Exchange) -> AsyncIterator[Wire]:
    """A connection that follows BTC/USD's book and has read everything so far."""
    async with connect(exchange.ws_url) as wire:
        await wire.subscribe("book", "BTC/USD")
        yield wire


async def silent(wire: Wire) -> bool:
    try:
        await wire.text(SILENCE)
    except TimeoutError:
        return True
    return False


async def ended(wire: Wire) -> bool:
    """Whether the connection ends, whatever still came before."""
    while (message := await wire.socket.receive(timeout=5)).type is aiohttp.WSMsgType.TEXT:
        pass
    return message.type in (
        aiohttp.WSMsgType.CLOSE,
        aiohttp.WSMsgType.CLOSED,
        aiohttp.WSMsgType.ERROR,
    )


# -- messages of a book -------------------------------------------------------------------------


async def test_a_wrong_checksum_comes_once_and_only_for_its_symbol(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        books = {symbol: StrictBook(10) for symbol in ("BTC/USD", "ETH/USD")}
        for symbol, book in books.items():
            book.apply(await wire.subscribe("book", symbol))
        exchange.arm({"kind": "wrong_checksum", "symbol": "ETH/USD"})
        await exchange.advance(20)
        wrong = []
        for message in await wire.settled():
            if message.get("channel") == "book":
                (data,) = message["data"]
                book = books[data["symbol"]]
                try:
                    book.apply(message)
                except AssertionError:
                    wrong.append(data["symbol"])
    assert wrong == ["ETH/USD"]
    assert all(book.applied > 5 for book in books.values())


async def test_a_lost_update_breaks_the_checksum_that_follows(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        book = StrictBook(10)
        book.apply(await wire.subscribe("book", "BTC/USD"))
        exchange.arm({"kind": "lost_book_update"})
        await exchange.advance(20)
        with pytest.raises(AssertionError):
            for message in await wire.settled():
                if message.get("channel") == "book":
                    book.apply(message)


async def test_a_second_snapshot_can_come_unasked_and_is_right(
    exchange: Exchange, wire: Wire
) -> None:
    exchange.arm({"kind": "duplicate_snapshot"})
    await exchange.advance(20)
    book = StrictBook(10)
    book.apply(await wire.channel("book", "snapshot"))
    for message in await wire.settled():
        if message.get("channel") == "book":
            book.apply(message)
    assert book.applied > 5


async def test_an_update_can_be_all_null(exchange: Exchange, wire: Wire) -> None:
    exchange.arm({"kind": "null_fields"})
    await exchange.advance(20)
    (data,) = (await wire.channel("book"))["data"]
    assert data["bids"] is data["asks"] is data["checksum"] is None


async def test_a_connection_can_end_inside_an_update(exchange: Exchange, wire: Wire) -> None:
    async with connect(exchange.ws_url) as other:
        await other.subscribe("trade", "BTC/USD")
        exchange.arm({"kind": "drop_mid_update"})
        await exchange.advance(20)
        assert await ended(wire)
        assert (await other.ask("ping"))["method"] == "pong"


# -- subscriptions ------------------------------------------------------------------------------


async def test_a_feed_can_be_acknowledged_and_then_stay_mute(exchange: Exchange) -> None:
    exchange.arm({"kind": "ack_then_mute", "symbol": "BTC/USD", "channel": "book"})
    async with connect(exchange.ws_url) as wire:
        await wire.subscribe("book", "ETH/USD")
        assert (await wire.ask("subscribe", channel="book", symbol=["BTC/USD"]))["success"]
        await exchange.advance(20)
        told = {json.dumps(each.get("data", [{}])) for each in await wire.settled()}
        assert any("ETH/USD" in each for each in told)
        assert not any("BTC/USD" in each for each in told)
        reply = await wire.ask("unsubscribe", channel="book", symbol=["BTC/USD"])
        assert reply["success"] is True
        book = StrictBook(10)
        book.apply(await wire.subscribe("book", "BTC/USD"))


@pytest.mark.parametrize("kind", ["drop_after_ack", "drop_mid_snapshot"])
async def test_a_connection_can_end_between_the_acknowledgement_and_the_snapshot(
    exchange: Exchange, kind: str
) -> None:
    exchange.arm({"kind": kind})
    async with connect(exchange.ws_url) as wire:
        reply = await wire.ask("subscribe", channel="book", symbol=["BTC/USD"], depth=1000)
        assert reply["success"] is True
        message = await wire.socket.receive(timeout=5)
        assert message.type is not aiohttp.WSMsgType.TEXT


# -- sockets ------------------------------------------------------------------------------------


async def test_every_connection_can_be_cut(exchange: Exchange, wire: Wire) -> None:
    async with connect(exchange.ws_url) as other:
        await other.next()
        exchange.arm({"kind": "drop_connection"})
        assert await ended(wire)
        assert await ended(other)
    async with connect(exchange.ws_url) as again:
        assert (await again.next())["channel"] == "status"


async def test_a_fault_of_sockets_waits_until_there_is_one(exchange: Exchange) -> None:
    exchange.arm({"kind": "drop_connection"})
    async with connect(exchange.ws_url) as wire:
        assert await ended(wire)


async def test_cloudflare_says_a_word_before_it_goes(exchange: Exchange, wire: Wire) -> None:
    exchange.arm({"kind": "cloudflare_restart"})
    assert await wire.text() == "CloudFlare WebSocket proxy restarting"
    assert await ended(wire)


async def test_a_mute_socket_says_nothing_until_its_time_is_over(
    exchange: Exchange, wire: Wire
) -> None:
    exchange.arm({"kind": "mute_socket", "seconds": 30})
    await exchange.advance(20)
    await wire.say({"method": "ping"})
    assert await silent(wire)
    await exchange.advance(11)
    assert (await wire.next()) == {"channel": "heartbeat"}


@pytest.mark.parametrize(
    ("kind", "left"),
    [("heartbeat_only", {"channel": "heartbeat"}), ("pong_only", {"method": "pong"})],
)
async def test_one_sort_of_frame_can_be_all_that_is_left(
    exchange: Exchange, wire: Wire, kind: str, left: dict[str, str]
) -> None:
    exchange.arm({"kind": kind})
    await exchange.advance(5)
    await wire.say({"method": "ping"})
    told = []
    while not told or len(told) < (5 if kind == "heartbeat_only" else 1):
        told.append(await wire.next())
    assert await silent(wire)
    assert all(left.items() <= each.items() for each in told)


async def test_a_half_open_connection_neither_speaks_nor_listens_nor_ends(
    exchange: Exchange, wire: Wire
) -> None:
    exchange.arm({"kind": "half_open"})
    await wire.say({"method": "ping"})
    await exchange.advance(120)
    assert await silent(wire)
    assert exchange.stats()["connections"] == 1
    exchange.disarm()
    assert (await wire.until(lambda message: "method" in message))["method"] == "pong"


async def test_a_deaf_connection_goes_on_speaking(exchange: Exchange, wire: Wire) -> None:
    exchange.arm({"kind": "deaf_socket"})
    await wire.say({"method": "ping"})
    await exchange.advance(20)
    book = [each async for each in following(wire)]
    assert any(each.get("channel") == "book" for each in book)
    assert not any(each.get("method") == "pong" for each in book)


async def following(wire: Wire) -> AsyncIterator[Any]:
    """What still comes, until nothing comes."""
    try:
        while True:
            yield read(await wire.text(SILENCE))
    except TimeoutError:
        return


@pytest.mark.parametrize("kind", ["unknown_channel", "huge_frame"])
async def test_a_message_of_an_unknown_channel_is_json(
    exchange: Exchange, wire: Wire, kind: str
) -> None:
    exchange.arm({"kind": kind})
    text = await wire.text()
    assert read(text)["channel"] == "riddle"
    assert len(text) > (1_000_000 if kind == "huge_frame" else 10)
    assert (await wire.ask("ping"))["method"] == "pong"


async def test_a_frame_can_be_broken_json(exchange: Exchange, wire: Wire) -> None:
    exchange.arm({"kind": "broken_json"})
    with pytest.raises(ValueError, match="Unterminated"):
        read(await wire.text())
    assert (await wire.ask("ping"))["method"] == "pong"


async def test_a_frame_can_be_no_utf8(exchange: Exchange, wire: Wire) -> None:
    exchange.arm({"kind": "invalid_utf8"})
    assert await ended(wire)
    assert wire.socket.close_code == 1007


# -- states -------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["maintenance", "cancel_only", "post_only"])
async def test_the_engines_state_is_told_to_everyone_and_comes_back(
    exchange: Exchange, wire: Wire, status: str
) -> None:
    exchange.arm({"kind": "system_status", "status": status, "seconds": 10})
    (data,) = (await wire.channel("status"))["data"]
    assert data["system"] == status
    await exchange.advance(10)
    (data,) = (await wire.channel("status"))["data"]
    assert data["system"] == "online"
    assert exchange.faults.armed == []


async def test_a_pairs_status_is_told_by_both_wires(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        await wire.subscribe("instrument")
        exchange.arm({"kind": "pair_status", "symbol": "ETH/USD", "status": "cancel_only"})
        data = (await wire.channel("instrument", "update"))["data"]
    assert data["assets"] == []
    assert [(row["symbol"], row["status"]) for row in data["pairs"]] == [
        ("ETH/USD", "cancel_only")
    ]
    pairs = await get(f"{exchange.rest_url}/0/public/AssetPairs", pair="ETHUSD")
    assert pairs["result"]["XETHZUSD"]["status"] == "cancel_only"


async def test_a_delisted_pair_is_gone_everywhere_until_it_is_back(
    exchange: Exchange, wire: Wire
) -> None:
    exchange.arm({"kind": "pair_status", "symbol": "BTC/USD", "status": "delisted"})
    told = await get(f"{exchange.rest_url}/0/public/Ticker", pair="XBTUSD")
    assert told["error"] == ["EQuery:Unknown asset pair"]
    reply = await wire.ask("subscribe", channel="ticker", symbol=["BTC/USD"])
    assert reply["error"] == "Currency pair not supported BTC/USD"
    await exchange.advance(20)
    assert not any(each.get("channel") == "book" for each in await wire.settled())
    exchange.disarm()
    assert "result" in await get(f"{exchange.rest_url}/0/public/Ticker", pair="XBTUSD")


async def test_the_clock_can_be_wrong(exchange: Exchange, wire: Wire) -> None:
    exchange.arm({"kind": "clock_offset", "seconds": 300})
    told = await get(f"{exchange.rest_url}/0/public/Time")
    assert told["result"]["unixtime"] == NOON_NS // 10**9 + 300
    assert (await wire.ask("ping"))["time_in"].startswith("2026-09-21T14:18:20")


async def test_nothing_listens_during_an_outage(exchange: Exchange, wire: Wire) -> None:
    async with aiohttp.ClientSession() as session:
        url = f"{exchange.rest_url}/0/public/Time"
        await (await session.get(url)).read()
        exchange.arm({"kind": "outage", "seconds": 60})
        await exchange.advance(1)
        assert await ended(wire)
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(url)
        await exchange.advance(60)
        reply = await session.get(url)
        assert reply.status == 200
        await reply.read()


async def test_disarming_ends_whatever_lasts(exchange: Exchange, wire: Wire) -> None:
    for asked in (
        {"kind": "system_status", "status": "maintenance"},
        {"kind": "clock_offset", "seconds": 99},
        {"kind": "wrong_checksum", "times": 1000},
        {"kind": "mute_socket"},
    ):
        exchange.arm(asked)
    assert len(exchange.faults.armed) == 3
    exchange.disarm()
    assert exchange.faults.armed == []
    assert exchange.venue.system == "online"
    assert (await wire.ask("ping"))["time_in"].startswith("2026-09-21T14:13:20")


def test_every_kind_of_fault_is_met_by_a_test() -> None:
    text = "".join(file.read_text() for file in Path(__file__).parent.glob("test_sim_*.py"))
    assert [kind for kind in KINDS if f'"{kind}"' not in text] == []
