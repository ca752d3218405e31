"""Trading over the simulated exchange's WebSocket: replies, refusals, tokens and faults."""

import json
from typing import Any

import aiohttp
import pytest

from kraken.sim.server import Exchange
from tests.strict_client import Wire, connect, keys
from tests.trader import Trader, trader

LIMIT = {
    "order_type": "limit",
    "side": "buy",
    "order_qty": 1,
    "limit_price": 50000.0,
    "symbol": "BTC/USD",
}


async def ask(wire: Wire, method: str, token: str, **params: object) -> Any:
    return await wire.ask(method, token=token, **params)


async def ended(wire: Wire) -> bool:
    """Whether the connection ends without another reply."""
    while True:
        message = await wire.socket.receive(timeout=5)
        if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE):
            return True
        if message.type is aiohttp.WSMsgType.ERROR:
            return True
        assert "time_out" not in json.loads(message.data)


async def test_an_order_is_added_amended_and_cancelled(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        added = await ask(wire, "add_order", token, **LIMIT, cl_ord_id="mine")
        assert keys(added) == "method result success time_in time_out"
        assert list(added["result"]) == ["cl_ord_id", "order_id"]
        name = added["result"]["order_id"]
        told = await ask(wire, "amend_order", token, cl_ord_id="mine", limit_price=50100)
        assert list(told["result"]) == ["amend_id", "cl_ord_id"]
        told = await ask(wire, "amend_order", token, order_id=name, order_qty=2)
        assert list(told["result"]) == ["amend_id", "order_id"]
        (row,) = ann.journal()
        assert (row["qty"], row["limit_price"], row["amended"]) == ("2", "50100", True)
        told = await ask(wire, "cancel_order", token, order_id=[name])
        assert told["result"] == {"order_id": name}
        told = await ask(wire, "amend_order", token, order_id=name, order_qty=2)
        assert told["error"] == "EOrder:Unknown order"
        assert keys(told) == "error method success time_in time_out"


async def test_several_cancels_are_answered_one_by_one(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        for name in ("a", "b"):
            await ask(wire, "add_order", token, **LIMIT, cl_ord_id=name)
        params = {"cl_ord_id": ["a", "x", "b"], "token": token}
        await wire.say({"method": "cancel_order", "params": params, "req_id": 9})
        replies = [each for each in await wire.settled() if "time_out" in each]
        assert [each["req_id"] for each in replies] == ["9", "9", "9"]
        assert [each["success"] for each in replies] == [True, False, True]
        assert [each.get("result") for each in replies] == [
            {"cl_ord_id": "a"}, None, {"cl_ord_id": "b"},
        ]  # fmt: skip
        told = await ask(wire, "cancel_order", token, cl_ord_id=["a"], order_id=["b"])
        assert told["error"] == "EGeneral:Invalid arguments:order_id"


async def test_orders_are_edited_and_cancelled_in_numbers(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        first = (await ask(wire, "add_order", token, **LIMIT))["result"]["order_id"]
        told = await ask(wire, "edit_order", token, order_id=first, symbol="BTC/USD", order_qty=2)
        assert list(told["result"]) == ["order_id", "original_order_id"]
        assert told["result"]["original_order_id"] == first
        second = told["result"]["order_id"]
        assert ann.journal(order_id=second)[0]["qty"] == "2"
        assert ann.journal(order_id=first)[0]["reason"] == "Order replaced"
        order = {name: value for name, value in LIMIT.items() if name != "symbol"}
        told = await ask(wire, "batch_add", token, symbol="BTC/USD", orders=[order, order])
        names = [each["order_id"] for each in told["result"]]
        told = await ask(wire, "batch_cancel", token, orders=[*names, "ONONE-AAAAA-AAAAAA"])
        assert keys(told) == "method orders_cancelled success time_in time_out"
        assert told["orders_cancelled"] == "2"
        assert (await ask(wire, "cancel_all", token))["result"] == {"count": "1"}
        told = await ask(wire, "cancel_all_orders_after", token, timeout=60)
        assert told["result"] == {
            "currentTime": "2026-09-21T14:13:20Z",
            "triggerTime": "2026-09-21T14:14:20Z",
        }


async def test_a_batch_is_refused_whole_for_arguments_and_one_by_one_for_money(
    ann: Trader,
) -> None:
    order = {name: value for name, value in LIMIT.items() if name != "symbol"}
    async with ann.wire() as (wire, token):
        huge = {**order, "order_qty": 1000}
        told = await ask(wire, "batch_add", token, symbol="BTC/USD", orders=[order, huge])
        assert list(told["result"][0]) == ["order_id"]
        assert told["result"][1] == {"error": "EOrder:Insufficient funds"}
        off = {**order, "limit_price": 50000.05}
        told = await ask(wire, "batch_add", token, symbol="BTC/USD", orders=[order, off])
        assert told["error"] == "EOrder:Tick size check failed"
    assert len(ann.journal()) == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"order_qty": "1"}, "Order_qty field must be a number_float"),
        ({"limit_price": "50000"}, "Limit_price field must be a number_float"),
        ({"limit_price": True}, "Limit_price field must be a number_float"),
        ({"cash_order_qty": "5"}, "Cash_order_qty field must be a number_float"),
        ({"post_only": 1}, "Post_only field must be a boolean"),
        ({"side": 5}, "Side field must be a string"),
        ({"color": "red"}, "Unsupported field: 'color' for the given msg type: add order"),
        ({"triggers": []}, "Triggers field must be an object"),
        (
            {"no_mpp": True},
            "EGeneral:Invalid arguments:"
            "no_mpp order option is only available when ordertype = market",
        ),
        ({"side": "hold"}, "EGeneral:Invalid arguments:side"),
        ({"symbol": "WWW/USD"}, "Currency pair not supported WWW/USD"),
        ({"order_qty": 1e-5}, "EGeneral:Invalid arguments:volume minimum not met"),
        ({"order_qty": 1e30}, "EGeneral:Invalid arguments:order_qty"),
        ({"order_qty": None}, "Order_qty field must be a number_float"),
        ({"limit_price": 50000.05}, "EOrder:Tick size check failed"),
        ({"order_qty": 1000}, "EOrder:Insufficient funds"),
        ({"deadline": "soon"}, "EGeneral:Invalid arguments:deadline"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "EService:Deadline elapsed"),
        ({"margin": True}, "EOrder:Margin allowance exceeded"),
    ],
)
async def test_an_order_is_refused_with_the_known_texts(
    ann: Trader, changed: dict[str, object], error: str
) -> None:
    async with ann.wire() as (wire, token):
        told = await ask(wire, "add_order", token, **{**LIMIT, **changed})
        assert told["error"] == error
        assert told["success"] is False
    assert ann.journal() == []


async def test_validate_places_nothing(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        told = await ask(wire, "add_order", token, **LIMIT, validate=True)
        assert told["success"] is True
    assert ann.journal() == []


# -- tokens -----------------------------------------------------------------------------------


async def test_a_token_is_needed_and_must_be_one(exchange: Exchange) -> None:
    async with connect(exchange.ws_url) as wire:
        assert (await wire.ask("add_order", **LIMIT))["error"] == "Token(s) not found"
        told = await ask(wire, "add_order", "nonsense", **LIMIT)
        assert told["error"] == "ESession:Invalid session"
        told = await ask(wire, "subscribe", "nonsense", channel="executions")
        assert told["error"] == "ESession:Invalid session"


async def test_an_old_token_is_good_only_where_it_is_in_use(
    exchange: Exchange, ann: Trader
) -> None:
    async with ann.wire() as (wire, token):
        await wire.subscribe("executions", token=token)
        await exchange.advance(901)
        assert (await ask(wire, "cancel_all", token))["success"] is True
        async with connect(exchange.ws_url) as other:
            told = await ask(other, "cancel_all", token)
        assert told["error"] == "ESession:Invalid session"


async def test_a_token_has_its_keys_permissions(exchange: Exchange) -> None:
    reading = ["create-ws-token", "query-open-trades"]
    async with trader(exchange, permissions=reading) as reader, reader.wire() as (wire, token):
        await wire.subscribe("executions", token=token)
        told = await ask(wire, "add_order", token, **LIMIT)
        assert told["error"] == "EGeneral:Permission denied"
        told = await ask(wire, "subscribe", token, channel="balances")
        assert told["error"] == "EGeneral:Permission denied"


async def test_a_token_can_expire_at_the_next_use(exchange: Exchange, ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        exchange.arm({"kind": "expired_token"})
        told = await ask(wire, "subscribe", token, channel="executions")
        assert told["error"] == "ESession:Invalid session"
        await wire.subscribe("executions", token=token)


async def test_tokens_can_end_in_the_middle_of_a_session(exchange: Exchange, ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        await wire.subscribe("executions", token=token)
        exchange.arm({"kind": "tokens_revoked"})
        told = await ask(wire, "add_order", token, **LIMIT)
        assert told["error"] == "ESession:Invalid session"
        told = await ask(wire, "add_order", await ann.token(), **LIMIT)
        assert told["success"] is True


# -- faults -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "placed"),
    [
        ("place_then_drop_reply", 1),
        ("reply_502_after_place", 1),
        ("reply_truncated", 1),
        ("drop_request", 0),
    ],
)
async def test_the_connection_can_end_instead_of_a_reply(
    exchange: Exchange, ann: Trader, kind: str, placed: int
) -> None:
    exchange.arm({"kind": kind})
    async with ann.wire() as (wire, token):
        await wire.say({"method": "add_order", "params": {**LIMIT, "token": token}})
        assert await ended(wire)
    assert len(ann.journal()) == placed


@pytest.mark.parametrize(("seconds", "placed"), [(3, 1), (10, 0)])
async def test_a_request_can_arrive_late_but_not_after_five_seconds(
    exchange: Exchange, ann: Trader, seconds: int, placed: int
) -> None:
    """Five seconds are the deadline of those who name none."""
    exchange.arm({"kind": "late_arrival", "seconds": seconds, "endpoint": "add_order"})
    async with ann.wire() as (wire, token):
        await wire.say({"method": "add_order", "params": {**LIMIT, "token": token}})
        assert await ended(wire)
    assert ann.journal() == []
    await exchange.advance(11)
    assert len(ann.journal()) == placed


async def test_replies_can_lie_or_stay_away(exchange: Exchange, ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        exchange.arm({"kind": "busy_although_placed"})
        assert (await ask(wire, "add_order", token, **LIMIT))["error"] == "EService:Busy"
        exchange.arm({"kind": "engine_rate_limited"})
        told = await ask(wire, "add_order", token, **LIMIT)
        assert told["error"] == "EOrder:Rate limit exceeded"
        assert len(ann.journal()) == 1
        exchange.arm({"kind": "place_then_silence"})
        await wire.say({"method": "add_order", "params": {**LIMIT, "token": token}})
        assert all("time_out" not in each for each in await wire.settled())
        assert len(ann.journal()) == 2


async def test_an_order_can_be_filled_before_its_reply_comes(
    exchange: Exchange, ann: Trader
) -> None:
    async with ann.wire() as (wire, token):
        await wire.subscribe("executions", token=token)
        exchange.arm({"kind": "place_and_fill_before_reply"})
        await wire.say({"method": "add_order", "params": {**LIMIT, "token": token}})
        seen = await wire.settled()
    assert [each["data"][0]["exec_type"] for each in seen if "channel" in each] == [
        "pending_new", "new", "trade", "filled",
    ]  # fmt: skip
    assert seen[-1]["method"] == "add_order"


@pytest.mark.parametrize(
    ("kind", "sequences", "types"),
    [
        ("duplicate_execution", [2, 3, 4, 5], ["pending_new", "new", "canceled", "canceled"]),
        ("reordered_executions", [2, 4, 3], ["pending_new", "canceled", "new"]),
        ("lost_execution", [2, 4], ["pending_new", "canceled"]),
        ("sequence_gap", [2, 4, 5], ["pending_new", "new", "canceled"]),
        ("unnoticed_loss", [2, 3], ["pending_new", "canceled"]),
    ],
)
async def test_reports_can_be_doubled_swapped_or_lost(
    exchange: Exchange, ann: Trader, kind: str, sequences: list[int], types: list[str]
) -> None:
    wanted = "canceled" if kind == "duplicate_execution" else "new"
    async with ann.wire() as (wire, token):
        await wire.subscribe("executions", token=token)
        exchange.arm({"kind": kind, "exec_type": wanted})
        await ann.limit("buy", "1", "50000", timeinforce="IOC")
        seen = await wire.settled()
    assert [int(each["sequence"]) for each in seen] == sequences
    assert [each["data"][0]["exec_type"] for each in seen] == types
    assert exchange.faults.armed == []
