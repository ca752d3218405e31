"""The control side of the simulated exchange: moving market and clock, looking in, strangers."""

import json
from typing import Any

import aiohttp
import pytest

from kraken.sim.control import is_loopback
from kraken.sim.faults import KINDS
from kraken.sim.server import Exchange
from tests.strict_client import StrictBook, connect


async def call(
    exchange: Exchange,
    method: str,
    path: str,
    body: object = None,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> Any:
    """A call of the control side that must end with this status."""
    data = body if isinstance(body, str) else json.dumps(body) if body is not None else None
    async with aiohttp.ClientSession() as session:
        reply = await session.request(
            method, f"{exchange.rest_url}/sim/{path}", data=data, headers=headers
        )
        text = await reply.text()
        assert reply.status == status, text
        return json.loads(text)


async def test_the_market_moves_to_a_price_with_trades_on_the_way(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        book = StrictBook(10)
        before = await wire.subscribe("trade", "BTC/USD")
        book.apply(await wire.subscribe("book", "BTC/USD"))
        told = await call(exchange, "POST", "market", {"symbol": "BTC/USD", "price": "71000"})
        assert told == {"symbol": "BTC/USD", "price": "71000.0"}
        messages = await wire.settled()
    trades = [row for each in messages if each.get("channel") == "trade" for row in each["data"]]
    prices = [float(row["price"]) for row in trades]
    assert len(prices) > 5
    assert prices[-1] == 71000
    assert float(before["data"][-1]["price"]) < sorted(prices)[len(prices) // 2] <= 71000
    for message in messages:
        if message.get("channel") == "book":
            book.apply(message)
    assert abs(float(next(iter(book.asks))) - 71000) < 100


async def test_related_pairs_follow_a_move(exchange: Exchange) -> None:
    def euro() -> int:
        return exchange.world.last_trades("BTC/EUR", 1)[-1].ticks

    before = euro()
    await call(exchange, "POST", "market", {"symbol": "BTC/USD", "price": 120000})
    assert euro() > 1.5 * before


async def test_a_price_is_rounded_to_its_tick(exchange: Exchange) -> None:
    told = await call(exchange, "POST", "market", {"symbol": "ETH/USD", "price": "2500.018"})
    assert told["price"] == "2500.02"


async def test_the_clock_lets_market_time_pass(exchange: Exchange) -> None:
    before = exchange.venue.now_ns()
    told = await call(exchange, "POST", "clock", {"advance": 90})
    assert told["now_ns"] == exchange.venue.now_ns() == before + 90_000_000_000
    assert exchange.world.now_ns == exchange.venue.now_ns()


async def test_a_leap_of_the_clock_does_not_hurt_connections(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        book = StrictBook(10)
        book.apply(await wire.subscribe("book", "BTC/USD"))
        await call(exchange, "POST", "clock", {"advance": 3600})
        messages = await wire.settled()
        updates = [each for each in messages if each.get("channel") == "book"]
        assert len(updates) == 1
        book.apply(updates[0])


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("market", {"symbol": "XBTUSD", "price": "1"}, "unknown symbol 'XBTUSD'"),
        ("market", {"price": "1"}, "unknown symbol None"),
        ("market", {"symbol": "BTC/USD"}, "price must be a number"),
        ("market", {"symbol": "BTC/USD", "price": "cheap"}, "price must be a number"),
        ("market", {"symbol": "BTC/USD", "price": "NaN"}, "price must be a number"),
        ("market", {"symbol": "BTC/USD", "price": True}, "price must be a number"),
        ("market", {"symbol": "BTC/USD", "price": "-5"}, "price must be 0.1 or more"),
        ("market", {"symbol": "BTC/USD", "price": "1e40"}, "price must be a number"),
        ("market", {"symbol": "BTC/USD", "price": "5", "side": "buy"}, "no field 'side'"),
        ("clock", {"advance": 5, "unit": "h"}, "no field 'unit'"),
        ("clock", {"advance": 0}, "advance must be more than 0"),
        ("clock", {"advance": -1}, "advance must be more than 0"),
        ("clock", {"advance": 10**9}, "advance must be more than 0"),
        ("clock", {}, "advance must be a number"),
        ("clock", "{", "the body must be JSON"),
        ("clock", [], "the body must be a JSON object"),
        ("faults", {"kind": "flood"}, "unknown kind 'flood'"),
        ("faults", {"kind": "pair_status", "symbol": "A/B", "status": "online"}, "unknown symbol"),
        ("faults", {"kind": "lost_book_update", "symbol": "XBT/USD"}, "unknown symbol 'XBT/USD'"),
        ("faults", {"kind": "http_520", "endpoint": "Tocker"}, "unknown endpoint 'Tocker'"),
        ("users", {"name": "Ann"}, "users have no field 'name'"),
        ("users", {"permissions": ["fly"]}, "permissions must be a list of query-funds"),
        ("users", {"permissions": "query-funds"}, "permissions must be a list of"),
        ("users", {"balances": {"GOLD": "1"}}, "unknown asset 'GOLD'"),
        ("users", {"balances": {"USD": "-1"}}, "balance of USD must be a number from 0"),
        ("users", {"balances": {"USD": "NaN"}}, "balance of USD must be a number from 0"),
        ("users", {"balances": ["USD"]}, "balances must be an object"),
        ("users", {"tier": "whale"}, "tier 'whale' is none of starter, intermediate, pro"),
        ("users", {"tier": ["pro"]}, "is none of starter"),
        ("users", {"nonce_window": -1}, "nonce_window must be a whole number"),
        ("users", {"volume": "lots"}, "volume must be a number"),
        ("faults", {"kind": "permission_removed", "permission": "x"}, "unknown permission 'x'"),
        ("faults", {"kind": "key_revoked", "api_key": "x"}, "api_key must be one that"),
        ("nothing", {}, "Not Found"),
    ],
)
async def test_a_wrong_call_is_refused_with_the_reason(
    exchange: Exchange, path: str, body: object, complaint: str
) -> None:
    told = await call(exchange, "POST", path, body, status=400)
    assert list(told) == ["error"]
    assert complaint in told["error"]


async def test_the_journal_is_empty_before_anybody_traded(exchange: Exchange) -> None:
    assert await call(exchange, "GET", "journal") == {"orders": [], "fills": []}


async def test_users_are_made_with_or_without_wishes(exchange: Exchange) -> None:
    plain = await call(exchange, "POST", "users", {})
    assert sorted(plain) == ["api_key", "api_secret"]
    assert (len(plain["api_key"]), len(plain["api_secret"])) == (56, 88)
    rich = await call(
        exchange,
        "POST",
        "users",
        {
            "permissions": ["query-funds"],
            "balances": {"XXBT": "1"},
            "tier": "pro",
            "nonce_window": 5,
        },
    )
    assert rich["api_key"] != plain["api_key"]
    account = exchange.private.engine.accounts[rich["api_key"]]
    assert account.key.permissions == {"query-funds"}
    assert account.ledger.state.total("BTC") == 1
    default = exchange.private.engine.accounts[plain["api_key"]].key.permissions
    assert "withdraw-funds" not in default
    assert {"modify-trades", "close-trades", "create-ws-token"} <= default


async def test_faults_can_be_armed_listed_and_disarmed(exchange: Exchange) -> None:
    asked = {"kind": "wrong_checksum", "times": 2, "symbol": "BTC/USD"}
    assert (await call(exchange, "POST", "faults", asked))["armed"] == [asked]
    told = await call(exchange, "GET", "faults")
    assert told["armed"] == [asked]
    assert set(told["kinds"]) == set(KINDS)
    assert (await call(exchange, "DELETE", "faults"))["armed"] == []


async def test_stats_count_what_went_over_the_wire(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire, aiohttp.ClientSession() as session:
        await wire.subscribe("book", "BTC/USD")
        for _ in range(2):
            await session.get(f"{exchange.rest_url}/0/public/Time")
        told = await call(exchange, "GET", "stats")
    assert told["connections"] == told["connections_accepted"] == told["subscriptions"] == 1
    assert told["frames_sent"] == 3
    assert told["requests"] == {"Time": 2}
    assert told["now"] == "2026-09-21T14:13:20.123456Z"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "kraken.example"},
        {"Host": "192.168.1.5:8089"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_strangers_and_web_pages_are_kept_out(
    exchange: Exchange, headers: dict[str, str]
) -> None:
    for method, path in (("GET", "stats"), ("POST", "clock"), ("DELETE", "faults")):
        told = await call(exchange, method, path, {}, status=400, headers=headers)
        assert told == {"error": "the control side answers this machine only"}


async def test_a_page_on_this_machine_may_call(exchange: Exchange) -> None:
    headers = {"Origin": "http://localhost:8080", "Host": "localhost:1"}
    assert await call(exchange, "GET", "stats", headers=headers)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("localhost.evil.example", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machines_names_are_loopback(host: str | None, loopback: bool) -> None:
    assert is_loopback(host) is loopback
