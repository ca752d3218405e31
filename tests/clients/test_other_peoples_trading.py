"""Clients that other people wrote trade on the simulated exchange, unpatched.

Addresses and a key are set, in the way that each client offers, and ccxt is let off its pauses.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import closing
from typing import Any

import ccxt
import ccxt.async_support as ccxt_rest
import ccxt.pro as ccxt_pro
import krakenex
import pytest

from kraken.sim.server import Exchange

pytestmark = pytest.mark.clients

MONEY = {"USD": "100000", "BTC": "2", "ETH": "20"}


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with Exchange.serving(speed=3) as exchange:
        yield exchange


def settings(exchange: Exchange) -> dict[str, Any]:
    """What ccxt wants to know: where everything is, and a key of its own."""
    keys = exchange.add_user({"balances": MONEY, "tier": "pro"})
    rest, ws = exchange.rest_url, exchange.ws_url
    sockets = {"public": ws, "private": ws, "publicV2": ws, "privateV2": ws}
    return {
        "urls": {"api": {"public": rest, "private": rest, "ws": sockets}},
        "apiKey": keys["api_key"],
        "secret": keys["api_secret"],
        "enableRateLimit": False,
    }


@pytest.fixture
async def rest(exchange: Exchange) -> AsyncIterator[Any]:
    client = ccxt_rest.kraken(settings(exchange))
    yield client
    await client.close()


@pytest.fixture
async def pro(exchange: Exchange) -> AsyncIterator[Any]:
    client = ccxt_pro.kraken(settings(exchange))
    yield client
    await client.close()


# -- REST -------------------------------------------------------------------------------------


async def test_ccxt_sees_its_balance(rest: Any) -> None:
    balance = await rest.fetch_balance()
    assert balance["total"] == {"USD": 100000.0, "BTC": 2.0, "ETH": 20.0}
    await rest.create_order("BTC/USD", "limit", "buy", 1, 20000)
    balance = await rest.fetch_balance()
    assert 20000 <= balance["USD"]["used"] <= 20200
    assert balance["USD"]["free"] == pytest.approx(100000 - balance["USD"]["used"])


async def test_ccxt_places_amends_and_cancels_an_order(rest: Any) -> None:
    made = await rest.create_order("BTC/USD", "limit", "buy", 0.1, 20000, {"clientOrderId": "own"})
    (waiting,) = await rest.fetch_open_orders("BTC/USD")
    assert waiting["id"] == made["id"]
    assert (waiting["side"], waiting["price"], waiting["amount"]) == ("buy", 20000, 0.1)
    assert (waiting["status"], waiting["clientOrderId"]) == ("open", "own")
    await rest.edit_order(made["id"], "BTC/USD", "limit", "buy", 0.2, 20100)
    told = await rest.fetch_order(made["id"], "BTC/USD")
    assert (told["price"], told["amount"], told["status"]) == (20100, 0.2, "open")
    await rest.cancel_order(made["id"])
    assert await rest.fetch_open_orders("BTC/USD") == []
    assert (await rest.fetch_order(made["id"], "BTC/USD"))["status"] == "canceled"
    with pytest.raises(ccxt.OrderNotFound):
        await rest.cancel_order(made["id"])


async def test_ccxt_buys_at_the_market_and_sees_what_it_paid(
    rest: Any, exchange: Exchange
) -> None:
    made = await rest.create_order("BTC/USD", "market", "buy", 0.05)
    told = await rest.fetch_order(made["id"], "BTC/USD")
    assert (told["status"], told["filled"], told["remaining"]) == ("closed", 0.05, 0)
    trades = await rest.fetch_my_trades("BTC/USD")
    fills = exchange.journal()["fills"]
    assert {trade["id"] for trade in trades} == {row["exec_id"] for row in fills}  # type: ignore[attr-defined]  # JSON
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.05)
    assert {trade["takerOrMaker"] for trade in trades} == {"taker"}
    paid = sum(trade["fee"]["cost"] for trade in trades)
    assert paid == pytest.approx(float(told["fee"]["cost"]))
    (closed,) = await rest.fetch_closed_orders("BTC/USD")
    assert closed["id"] == made["id"]
    ledger = await rest.fetch_ledger("BTC")
    assert sum(row["amount"] for row in ledger if row["type"] == "trade") == pytest.approx(0.05)
    balance = await rest.fetch_balance()
    assert balance["BTC"]["total"] == 2.05


async def test_ccxt_places_stops(rest: Any) -> None:
    made = await rest.create_order(
        "BTC/USD", "limit", "sell", 0.1, 19000, {"stopLossPrice": 20000}
    )
    (waiting,) = await rest.fetch_open_orders("BTC/USD")
    assert waiting["id"] == made["id"]
    assert (waiting["price"], waiting["triggerPrice"]) == (19000, 20000)
    assert waiting["info"]["descr"]["ordertype"] == "stop-loss-limit"


async def test_ccxt_cancels_everything(rest: Any) -> None:
    for price in (20000, 20001, 20002):
        await rest.create_order("BTC/USD", "limit", "buy", 0.1, price)
    await rest.cancel_all_orders()
    assert await rest.fetch_open_orders() == []


async def test_ccxt_words_refusals_as_krakens(rest: Any, exchange: Exchange) -> None:
    with pytest.raises(ccxt.InsufficientFunds):
        await rest.create_order("BTC/USD", "limit", "buy", 100, 20000)
    with pytest.raises(ccxt.InvalidOrder):
        await rest.create_order("BTC/USD", "limit", "buy", 0.00001, 20000)
    exchange.arm({"kind": "invalid_nonce"})
    with pytest.raises(ccxt.InvalidNonce):
        await rest.fetch_balance()
    exchange.arm({"kind": "permission_removed", "permission": "modify-trades"})
    with pytest.raises(ccxt.PermissionDenied):
        await rest.create_order("BTC/USD", "limit", "buy", 0.1, 20000)
    exchange.arm({"kind": "key_revoked"})
    with pytest.raises(ccxt.AuthenticationError):
        await rest.fetch_balance()


async def test_krakenex_trades(exchange: Exchange) -> None:
    keys = settings(exchange)
    with closing(krakenex.API(key=keys["apiKey"], secret=keys["secret"])) as api:
        api.uri = exchange.rest_url
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "0.1"}
        order |= {"price": "20000"}
        made = await asyncio.to_thread(api.query_private, "AddOrder", order)
        assert made["error"] == []
        (name,) = made["result"]["txid"]
        told = await asyncio.to_thread(api.query_private, "OpenOrders")
        assert list(told["result"]["open"]) == [name]
        gone = await asyncio.to_thread(api.query_private, "CancelOrder", {"txid": name})
        assert gone["result"] == {"count": 1}


# -- WebSocket --------------------------------------------------------------------------------


async def while_watching(watched: Awaitable[Any], act: Awaitable[Any]) -> tuple[Any, Any]:
    """What the next message made of the watched thing, and what the act returned."""
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        # In this order: who watches is ready before the act has reached the exchange.
        watching = group.create_task(watched)  # type: ignore[arg-type]  # ccxt has no types
        acting = group.create_task(act)  # type: ignore[arg-type]  # ccxt has no types
    return watching.result(), acting.result()


async def test_ccxt_pro_places_amends_and_cancels_an_order(pro: Any) -> None:
    made = await pro.create_order_ws("BTC/USD", "limit", "buy", 0.1, 20000)
    seen = (await pro.watch_orders())[-1]
    assert (seen["id"], seen["status"], seen["price"]) == (made["id"], "open", 20000)
    amend = pro.edit_order_ws(made["id"], "BTC/USD", "limit", "buy", 0.2, 20100)
    orders, _ = await while_watching(pro.watch_orders(), amend)
    assert (orders[-1]["id"], orders[-1]["amount"], orders[-1]["price"]) == (
        made["id"], 0.2, 20100,
    )  # fmt: skip
    orders, _ = await while_watching(pro.watch_orders(), pro.cancel_order_ws(made["id"]))
    assert (orders[-1]["id"], orders[-1]["status"]) == (made["id"], "canceled")


async def test_ccxt_pro_watches_its_own_trades(pro: Any, exchange: Exchange) -> None:
    made = await pro.create_order_ws("BTC/USD", "market", "buy", 0.01)
    async with asyncio.timeout(10):
        trades = await pro.watch_my_trades("BTC/USD")
    fills = exchange.journal()["fills"]
    assert {trade["id"] for trade in trades} <= {row["exec_id"] for row in fills}  # type: ignore[attr-defined]  # JSON
    assert {trade["order"] for trade in trades} == {made["id"]}
    assert {trade["side"] for trade in trades} == {"buy"}
    trades, made = await while_watching(
        pro.watch_my_trades("BTC/USD"), pro.create_order_ws("BTC/USD", "market", "sell", 0.02)
    )
    assert (trades[-1]["order"], trades[-1]["side"]) == (made["id"], "sell")


async def test_ccxt_pro_watches_its_balance(pro: Any) -> None:
    async with asyncio.timeout(10):
        before = await pro.watch_balance()
    assert before["BTC"]["total"] == 2
    after, _ = await while_watching(
        pro.watch_balance(), pro.create_order_ws("BTC/USD", "market", "sell", 0.001)
    )
    assert after["BTC"]["total"] < 2


async def test_ccxt_pro_cancels_everything(pro: Any, exchange: Exchange) -> None:
    for price in (20000, 20001):
        await pro.create_order_ws("BTC/USD", "limit", "buy", 0.1, price)
    await pro.cancel_all_orders_ws()
    statuses = [row["status"] for row in exchange.journal()["orders"]]  # type: ignore[attr-defined]  # JSON
    assert statuses == ["canceled", "canceled"]
