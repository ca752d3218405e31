"""Every fault of the simulated exchange's private REST: what the client sees, and what is true."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from kraken.sim.server import Exchange
from tests.strict_client import reach
from tests.trader import Trader, trader

ORDER = {"ordertype": "limit", "type": "buy", "volume": "1", "pair": "XBTUSD", "price": "50000"}


def moment(exchange: Exchange) -> datetime:
    """The exchange's own time."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        microseconds=exchange.venue.now_ns() // 1000
    )


async def test_an_order_can_be_placed_although_the_reply_is_dropped(
    exchange: Exchange, ann: Trader
) -> None:
    exchange.arm({"kind": "place_then_drop_reply"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER, cl_ord_id="lost")
    assert [row["cl_ord_id"] for row in ann.journal()] == ["lost"]
    await ann.ask("AddOrder", **ORDER)


async def test_a_reply_can_stay_away(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "place_then_silence", "seconds": 0})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER)
    assert len(ann.journal()) == 1


async def test_a_reply_can_be_late(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "late_reply", "seconds": 0.2})
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(ann.ask("AddOrder", **ORDER))
        await reach(lambda: len(ann.journal()) == 1)
        assert not asking.done()
    assert asking.result()["txid"] == [ann.journal()[0]["order_id"]]


async def test_a_request_can_be_lost_before_anything_is_done(
    exchange: Exchange, ann: Trader
) -> None:
    exchange.arm({"kind": "drop_request"})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER)
    await exchange.advance(100)
    assert ann.journal() == []


async def test_a_request_can_arrive_late(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "late_arrival", "seconds": 20})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER)
    await exchange.advance(19)
    assert ann.journal() == []
    await exchange.advance(2)
    assert len(ann.journal(status="new")) == 1


async def test_a_late_request_is_stopped_by_its_deadline(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "late_arrival", "seconds": 20})
    now = moment(exchange)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER, deadline=(now + timedelta(seconds=5)).isoformat())
    await exchange.advance(60)
    assert ann.journal() == []


async def test_a_late_request_was_let_in_when_it_came(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "late_arrival", "seconds": 20})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER)
    await ann.ask("Balance")
    await exchange.advance(60)
    assert len(ann.journal()) == 1


async def test_a_late_request_must_be_let_in_too(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "late_arrival", "seconds": 20})
    ann.keys["api_secret"] = "A" * 88
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER)
    await exchange.advance(60)
    assert ann.journal() == []


@pytest.mark.parametrize("offset", [-300, 300])
async def test_deadlines_and_expiries_go_by_the_exchanges_own_clock(
    exchange: Exchange, ann: Trader, offset: int
) -> None:
    exchange.arm({"kind": "clock_offset", "seconds": offset})
    soon = moment(exchange) + timedelta(seconds=5)
    name = (await ann.ask("AddOrder", **ORDER, deadline=soon.isoformat(), expiretm="+10"))["txid"][
        0
    ]
    over = (moment(exchange) - timedelta(seconds=1)).isoformat()
    assert await ann.refused("AddOrder", **ORDER, deadline=over) == "EService:Deadline elapsed"
    await exchange.advance(9)
    assert (await ann.order(name))["status"] == "open"
    await exchange.advance(2)
    assert (await ann.order(name))["status"] == "expired"


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("reply_502_after_place", 502, "<!DOCTYPE html>"),
        ("reply_html", 200, "<!DOCTYPE html>"),
        ("reply_truncated", 200, '{"error":[],"result":{"descr"'),
        ("busy_although_placed", 200, '{"error":["EService:Busy"]}'),
        ("unavailable_although_placed", 200, '{"error":["EService:Unavailable"]}'),
        ("internal_error_although_placed", 200, '{"error":["EGeneral:Internal error"]}'),
    ],
)
async def test_an_order_can_be_placed_whatever_the_reply_says(
    exchange: Exchange, ann: Trader, kind: str, status: int, start: str
) -> None:
    exchange.arm({"kind": kind})
    told, text = await ann.raw("AddOrder", ORDER)
    assert (told, text.startswith(start)) == (status, True)
    assert len(ann.journal(status="new")) == 1
    if kind == "reply_truncated":
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("deadline_elapsed", "EService:Deadline elapsed"),
        ("engine_rate_limited", "EOrder:Rate limit exceeded"),
    ],
)
async def test_an_order_can_be_refused_by_the_engine(
    exchange: Exchange, ann: Trader, kind: str, error: str
) -> None:
    exchange.arm({"kind": kind})
    assert await ann.refused("AddOrder", **ORDER) == error
    assert ann.journal() == []


async def test_an_order_can_be_filled_before_its_reply_comes(
    exchange: Exchange, ann: Trader
) -> None:
    exchange.arm({"kind": "place_and_fill_before_reply"})
    name = await ann.limit("buy", "1", "50000")
    assert ann.journal(order_id=name)[0]["status"] == "filled"
    assert (await ann.order(name))["vol_exec"] == "1.00000000"
    # The market comes to what rests; a stop that waits stays as it is.
    exchange.arm({"kind": "place_and_fill_before_reply"})
    stop = {**ORDER, "ordertype": "stop-loss", "type": "sell", "price": "40000"}
    (name,) = (await ann.ask("AddOrder", **stop))["txid"]
    assert ann.journal(order_id=name)[0]["status"] == "new"


async def test_order_faults_wait_for_orders_unless_another_call_is_named(
    exchange: Exchange, ann: Trader
) -> None:
    name = await ann.limit("buy", "1", "50000")
    exchange.arm({"kind": "drop_request"})
    exchange.arm({"kind": "place_then_drop_reply", "endpoint": "CancelOrder"})
    await ann.ask("Balance")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("CancelOrder", txid=name)
    assert ann.journal(order_id=name)[0]["status"] == "canceled"
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.ask("AddOrder", **ORDER)
    assert len(ann.journal()) == 1


async def test_a_nonce_can_be_called_invalid(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "invalid_nonce", "endpoint": "AddOrder"})
    await ann.ask("Balance")
    assert await ann.refused("AddOrder", **ORDER) == "EAPI:Invalid nonce"
    assert ann.journal() == []
    await ann.ask("AddOrder", **ORDER)


async def test_a_key_can_be_locked_out(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "temporary_lockout", "seconds": 60})
    assert await ann.refused("Balance") == "EGeneral:Temporary lockout"
    await exchange.advance(61)
    exchange.arm({"kind": "temporary_lockout"})
    assert await ann.refused("Balance") == "EGeneral:Temporary lockout"
    exchange.disarm()
    await ann.ask("Balance")


async def test_a_call_counter_can_be_full_on_demand(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "rate_limited", "endpoint": "Balance"})
    await ann.ask("OpenOrders")
    assert await ann.refused("Balance") == "EAPI:Rate limit exceeded"


async def test_a_key_can_lose_a_permission_and_get_it_back(
    exchange: Exchange, ann: Trader
) -> None:
    async with trader(exchange) as bob:
        exchange.arm(
            {"kind": "permission_removed", "permission": "modify-trades", "api_key": ann.key}
        )
        assert await ann.refused("AddOrder", **ORDER) == "EGeneral:Permission denied"
        assert "modify-trades" not in (await ann.ask("GetApiKeyInfo"))["permissions"]
        await bob.ask("AddOrder", **ORDER)
        exchange.disarm()
        await ann.ask("AddOrder", **ORDER)


async def test_keys_can_be_revoked_for_a_while(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "key_revoked", "seconds": 30})
    assert await ann.refused("Balance") == "EAPI:Invalid key"
    await exchange.advance(31)
    await ann.ask("Balance")


async def test_history_can_lag_behind_what_ended(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "closed_orders_lag", "seconds": 30})
    told = await ann.ask(
        "AddOrder", ordertype="market", type="buy", volume="0.001", pair="XBTUSD", cl_ord_id="x"
    )
    (name,) = told["txid"]
    assert (await ann.ask("OpenOrders", cl_ord_id="x"))["open"] == {}
    assert (await ann.ask("ClosedOrders", cl_ord_id="x"))["closed"] == {}
    assert (await ann.ask("TradesHistory"))["trades"] == {}
    assert (await ann.order(name))["status"] == "open"
    await exchange.advance(31)
    assert list((await ann.ask("ClosedOrders", cl_ord_id="x"))["closed"]) == [name]
    assert len((await ann.ask("TradesHistory"))["trades"]) == 1
    assert (await ann.order(name))["status"] == "closed"


async def test_generic_faults_spoil_private_calls_too(exchange: Exchange, ann: Trader) -> None:
    exchange.arm({"kind": "http_520", "endpoint": "AddOrder"})
    assert (await ann.raw("AddOrder", ORDER))[0] == 520
    assert ann.journal() == []
    exchange.arm({"kind": "cut_mid_reply", "endpoint": "AddOrder"})
    with pytest.raises(aiohttp.ClientPayloadError):
        await ann.raw("AddOrder", ORDER)
    await reach(lambda: len(ann.journal()) == 1)
