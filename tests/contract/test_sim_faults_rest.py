"""Every fault of the simulated exchange's REST, as the client on the other end meets it."""

import asyncio
import json

import aiohttp
import pytest

from kraken.sim.server import Exchange
from kraken.sim.wire.rest import strict_upgrades
from tests.strict_client import NOON_NS, connect, get

SILENCE = 0.05
"""Seconds in which nothing may come; what is sent at all is sent at once."""


Reply = tuple[int, str, str]


async def fetch(exchange: Exchange, path: str = "/0/public/Time") -> Reply:
    async with aiohttp.ClientSession() as session, session.get(exchange.rest_url + path) as reply:
        return reply.status, reply.content_type, await reply.text()


@pytest.mark.parametrize(
    ("kind", "status"),
    [("http_502_html", 502), ("http_520", 520), ("http_429", 429), ("html_200", 200)],
)
async def test_a_page_comes_instead_of_an_answer(
    exchange: Exchange, kind: str, status: int
) -> None:
    exchange.arm({"kind": kind})
    told, content_type, text = await fetch(exchange)
    assert (told, content_type) == (status, "text/html")
    assert text.startswith("<!DOCTYPE html>")
    assert (await fetch(exchange))[0] == 200


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("service_unavailable", "EService:Unavailable"),
        ("service_busy", "EService:Busy"),
        ("rate_limited", "EAPI:Rate limit exceeded"),
        ("too_many_requests", "EGeneral:Too many requests"),
        ("internal_error", "EGeneral:Internal error"),
    ],
)
async def test_an_error_comes_instead_of_a_result(
    exchange: Exchange, kind: str, error: str
) -> None:
    exchange.arm({"kind": kind, "times": 2})
    for _ in range(2):
        assert json.loads((await fetch(exchange))[2]) == {"error": [error]}
    assert json.loads((await fetch(exchange))[2])["error"] == []


async def test_throttled_names_the_second_when_it_is_over(exchange: Exchange) -> None:
    exchange.arm({"kind": "throttled", "seconds": 30})
    (error,) = json.loads((await fetch(exchange))[2])["error"]
    assert error == f"EService: Throttled: {NOON_NS // 10**9 + 30}"


async def test_a_fault_of_one_endpoint_leaves_the_others_alone(exchange: Exchange) -> None:
    exchange.arm({"kind": "http_520", "endpoint": "Depth"})
    assert (await fetch(exchange))[0] == 200
    assert (await fetch(exchange, "/0/public/Depth?pair=XBTUSD"))[0] == 520


async def test_a_body_can_be_empty(exchange: Exchange) -> None:
    exchange.arm({"kind": "empty_body"})
    assert (await fetch(exchange))[::2] == (200, "")


async def test_a_body_can_end_in_the_middle_of_its_json(exchange: Exchange) -> None:
    exchange.arm({"kind": "truncated_body"})
    status, _, text = await fetch(exchange)
    assert status == 200
    assert text.startswith('{"error":[]')
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(text)


async def test_a_reply_can_end_before_its_length(exchange: Exchange) -> None:
    exchange.arm({"kind": "cut_mid_reply"})
    with pytest.raises(aiohttp.ClientPayloadError):
        await fetch(exchange)


async def test_a_connection_can_end_without_a_reply(exchange: Exchange) -> None:
    # Twice, because aiohttp itself asks again when a GET is not answered at all.
    exchange.arm({"kind": "refuse_connection", "times": 2})
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await fetch(exchange)
    assert (await fetch(exchange))[0] == 200


async def test_a_reply_can_be_slow(exchange: Exchange) -> None:
    exchange.arm({"kind": "slow_reply", "seconds": 20})
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SILENCE):
            await fetch(exchange)
    exchange.arm({"kind": "slow_reply", "seconds": 0.001})
    assert json.loads((await fetch(exchange))[2])["error"] == []


async def test_a_body_can_come_in_drips(exchange: Exchange) -> None:
    exchange.arm({"kind": "slow_drip", "seconds": 0.01})
    assert json.loads((await fetch(exchange))[2])["error"] == []
    exchange.arm({"kind": "slow_drip", "seconds": 20})
    async with aiohttp.ClientSession() as session:
        reply = await session.get(f"{exchange.rest_url}/0/public/Time")
        assert reply.status == 200
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SILENCE):
                await reply.read()


async def test_a_websocket_can_fail_to_open(exchange: Exchange) -> None:
    exchange.arm({"kind": "http_502_html"})
    exchange.arm({"kind": "http_429", "endpoint": "v2"})
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        async with connect(exchange.ws_url):
            raise AssertionError("it opened")
    assert caught.value.status == 429
    async with connect(exchange.ws_url) as wire:
        assert (await wire.next())["channel"] == "status"


async def test_the_rate_limit_can_be_krakens_own(exchange: Exchange) -> None:
    exchange.arm({"kind": "strict_rate_limit"})
    time, depth = f"{exchange.rest_url}/0/public/Time", f"{exchange.rest_url}/0/public/Depth"
    assert (await get(time))["error"] == []
    assert (await get(time))["error"] == ["EAPI:Rate limit exceeded"]
    assert (await get(depth, pair="XBTUSD"))["error"] == []
    assert (await get(depth, pair="ETHUSD"))["error"] == []
    assert (await get(depth, pair="ETHUSD"))["error"] == ["EAPI:Rate limit exceeded"]
    exchange.disarm()
    assert (await get(time))["error"] == []


def test_a_strict_exchange_counts_attempts_to_open_a_websocket() -> None:
    counter = strict_upgrades()
    assert all(counter.allows("127.0.0.1", 0.0) for _ in range(150))
    assert not counter.allows("127.0.0.1", 3.9)
    assert counter.allows("127.0.0.1", 4.0)
    assert counter.allows("127.0.0.2", 4.0)
