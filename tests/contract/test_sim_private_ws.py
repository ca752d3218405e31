"""Executions and balances of the simulated exchange, message by message, to the last key."""

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken.sim.server import Exchange
from tests.strict_client import Wire, keys, read, shape
from tests.trader import Trader, touch, trader


def samples(file: str) -> list[Any]:
    """Real frames; the test is skipped where there are none."""
    folder = os.environ.get("KRAKEN_CAPTURES")
    if folder is None:
        pytest.skip("KRAKEN_CAPTURES is not set")
    return [read(line) for line in (Path(folder) / "ws_v2" / file).read_text().splitlines()]


async def follow(wire: Wire, token: str, channel: str = "executions", **params: object) -> Any:
    """Subscribe; the snapshot."""
    return await wire.subscribe(channel, token=token, **params)


async def reports(wire: Wire) -> list[Any]:
    """All reports that are on the way; their sequence has no gap."""
    seen = [each for each in await wire.settled() if each.get("channel") == "executions"]
    numbers = [int(each["sequence"]) for each in seen]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    return [row for each in seen for row in each["data"]]


def story(rows: list[Any]) -> list[tuple[str, str]]:
    return [(row["exec_type"], row["order_status"]) for row in rows]


async def place(wire: Wire, token: str, **params: object) -> Any:
    """Place an order with numbers as they are spelt here; the reply."""
    numbers = {name: str(value) for name, value in params.items() if isinstance(value, Decimal)}
    texts = {name: value for name, value in params.items() if name not in numbers}
    whole = {"symbol": "BTC/USD", "token": token, **texts}
    body = ",".join(
        [f'"{name}":{json.dumps(value)}' for name, value in whole.items()]
        + [f'"{name}":{text}' for name, text in numbers.items()]
    )
    await wire.say(f'{{"method":"add_order","req_id":5,"params":{{{body}}}}}')
    return await wire.until(lambda message: message.get("req_id") == "5")


async def test_the_acknowledgement_and_an_empty_snapshot_are_the_real_ones(
    exchange: Exchange, ann: Trader
) -> None:
    async with ann.wire() as (wire, token):
        ack = await wire.ask("subscribe", channel="executions", token=token, snap_trades=True)
        snapshot = await wire.channel("executions")
    real = samples("messages_2026.jsonl")
    (real_ack,) = [
        each for each in real if each.get("result", {}).get("channel") == "executions"
        if each.get("method") == "subscribe"
    ]  # fmt: skip
    assert {**ack, "time_in": "", "time_out": ""} == {
        **real_ack, "time_in": "", "time_out": "",
        "result": {**real_ack["result"], "maxratecount": "180"},
    }  # fmt: skip
    assert keys(ack) == keys(real_ack)
    assert snapshot == real[0]


async def test_a_resting_order_lives_as_on_the_real_wire(ann: Trader) -> None:
    real = [row for each in samples("executions_one_order_2026.jsonl") for row in each["data"]]
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        name = await ann.limit("buy", "0.0001", "50000", cl_ord_id="b17c7bb34d000200")
        await ann.ask("AmendOrder", txid=name, limit_price="50100")
        await ann.ask("CancelOrder", txid=name)
        told = await reports(wire)
    assert [shape(row) for row in told] == [shape(row) for row in real]
    assert story(told) == story(real)
    assert (told[0]["order_qty"], told[0]["limit_price"], told[0]["stop_price"]) == (
        "0.00010000", "50000.0", "0.0",
    )  # fmt: skip


@pytest.mark.parametrize(("pair", "nothing"), [("XBTUSD", "0.00000"), ("XBTEUR", "0.0000")])
async def test_a_fee_in_dollars_has_the_digits_of_the_real_wire(
    ann: Trader, pair: str, nothing: str
) -> None:
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        await ann.limit("sell", "0.001", "90000", pair=pair)
        (whole, _) = await reports(wire)
    assert (whole["cum_cost"], whole["fee_usd_equiv"]) == ("0.00000", nothing)


async def test_an_order_lives_and_ends_in_the_documented_order(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        assert (await follow(wire, token))["data"] == []
        await ann.limit("buy", "1", "50000", timeinforce="IOC")
        assert story(await reports(wire)) == [
            ("pending_new", "pending_new"), ("new", "new"), ("canceled", "canceled"),
        ]  # fmt: skip
        await ann.limit("buy", "1", "90000", oflags="post")
        rows = await reports(wire)
        assert story(rows) == [("pending_new", "pending_new"), ("canceled", "canceled")]
        assert rows[0]["post_only"] is True
        assert rows[1]["reason"] == rows[1]["cancel_reason"] == "Post only order"
        assert rows[1]["order_userref"] == "0"
        await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.5", pair="XBTUSD")
        rows = await reports(wire)
        trades = [row for row in rows if row["exec_type"] == "trade"]
        assert story(rows) == [
            ("pending_new", "pending_new"),
            ("new", "new"),
            *[("trade", "partially_filled")] * len(trades),
            ("filled", "filled"),
        ]
        assert "limit_price" not in rows[0]
        assert trades[-1]["cum_qty"] == rows[-1]["cum_qty"] == "0.50000000"
        assert [row["exec_id"] for row in trades] == [row["exec_id"] for row in ann.fills()]
        for row, fill in zip(trades, ann.fills(), strict=True):
            assert Decimal(row["cost"]) == Decimal(fill["cost"])
            assert row["fees"] == [{"asset": "USD", "qty": row["fees"][0]["qty"]}]
            assert Decimal(row["fees"][0]["qty"]) == Decimal(fill["fee"])
            assert row["liquidity_ind"] == "t"


async def test_only_the_first_report_carries_the_terms(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        await ann.limit("buy", "1", "50000", userref="77")
        first, second = await reports(wire)
    assert {"symbol", "side", "order_qty", "limit_price", "time_in_force"} <= {*first}
    assert {*second} == {"timestamp", "order_status", "exec_type", "order_userref", "order_id"}
    assert first["order_userref"] == second["order_userref"] == "77"


async def test_a_brief_subscriber_hears_less_but_still_the_terms(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        await follow(wire, token, order_status=False)
        name = await ann.limit("buy", "1", "50000")
        await ann.ask("AmendOrder", txid=name, order_qty="2")
        await ann.ask("CancelOrder", txid=name)
        rows = await reports(wire)
    assert story(rows) == [("new", "new"), ("canceled", "canceled")]
    assert rows[0]["limit_price"] == "50000.0"


async def test_a_stop_tells_of_its_trigger(exchange: Exchange, ann: Trader) -> None:
    bid, _ = touch(exchange)
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        stop = {"price": float(bid - 100), "reference": "last"}
        reply = await place(
            wire,
            token,
            order_type="stop-loss",
            side="sell",
            order_qty=Decimal("0.1"),
            triggers=stop,
        )
        assert reply["success"] is True
        exchange.move("BTC/USD", exchange.venue.pairs["BTC/USD"].ticks(bid - 150))
        rows = await reports(wire)
    # The pending report and the new one came before the reply.
    triggered = rows[0]
    assert (triggered["exec_type"], triggered["triggers"]["status"]) == ("status", "triggered")
    assert Decimal(triggered["triggers"]["last_price"]) <= bid - 100
    assert story(rows)[-1] == ("filled", "filled")


async def test_a_trailing_stop_tells_how_it_follows(exchange: Exchange, ann: Trader) -> None:
    bid, _ = touch(exchange)
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        await ann.ask(
            "AddOrder",
            ordertype="trailing-stop",
            type="sell",
            volume="0.1",
            pair="XBTUSD",
            price="+50",
        )
        first, _ = await reports(wire)
        exchange.move("BTC/USD", exchange.venue.pairs["BTC/USD"].ticks(bid + 100))
        rows = await reports(wire)
    assert first["triggers"]["price_type"] == "quote"
    assert first["triggers"]["price"] == "50.0"
    assert {row["exec_type"] for row in rows} == {"status"}
    assert Decimal(rows[-1]["triggers"]["actual_price"]) == (
        Decimal(rows[-1]["triggers"]["peak_price"]) - 50
    )


async def test_an_iceberg_shows_its_next_part(exchange: Exchange, ann: Trader) -> None:
    bid, ask = touch(exchange, "ETH/BTC")
    price = bid + Decimal("0.00001")
    assert price < ask
    async with ann.wire() as (wire, token), trader(exchange) as bob:
        await follow(wire, token)
        await ann.ask(
            "AddOrder",
            ordertype="iceberg",
            type="sell",
            volume="1",
            displayvol="0.25",
            pair="ETHXBT",
            price=str(price),
        )
        await bob.limit("buy", "0.25", str(price), "ETHXBT")
        rows = await reports(wire)
    assert rows[0]["display_qty"] == "0.25000000"
    assert story(rows)[2:] == [
        ("trade", "partially_filled"), ("iceberg_refill", "partially_filled"),
    ]  # fmt: skip
    assert rows[-1]["display_qty_remain"] == "0.25000000"


async def test_an_order_expires_by_its_time(exchange: Exchange, ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        await ann.limit("buy", "1", "50000", expiretm="+10")
        await exchange.advance(11)
        rows = await reports(wire)
    assert story(rows)[-1] == ("expired", "expired")
    assert "expire_time" in rows[0]


async def test_a_snapshot_tells_open_orders_and_the_newest_fills(ann: Trader) -> None:
    await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.001", pair="XBTUSD")
    name = await ann.limit("buy", "1", "50000")
    async with ann.wire() as (wire, token):
        rows = (await follow(wire, token, snap_trades=True))["data"]
    assert [row["exec_type"] for row in rows] == ["new", "trade"]
    assert rows[0]["order_id"] == name
    real = next(
        each["data"][0] for each in map(read, _raws("messages_2024.jsonl"))
        if each.get("type") == "snapshot" and each["channel"] == "executions"
    )  # fmt: skip
    real.pop("sender_sub_id")
    assert keys(rows[1]) == keys(real)
    assert rows[1]["order_status"] == "filled"
    async with ann.wire() as (wire, token):
        assert (await follow(wire, token, snap_orders=False))["data"] == []


def _raws(file: str) -> list[str]:
    return [str(each["raw"]) for each in samples(file)]


async def test_balances_tell_totals_and_then_two_rows_for_a_fill(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        snapshot = await follow(wire, token, "balances")
        await ann.limit("buy", "1", "50000")
        assert await wire.settled() == []
        await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.001", pair="XBTUSD")
        base, quote = await wire.settled()
        (fill,) = ann.fills()
    real = [each for each in samples("messages_2026.jsonl") if each.get("channel") == "balances"]
    assert shape(snapshot) == shape(real[0])
    assert snapshot["sequence"] == "1"
    dollars = {row["asset"]: row["balance"] for row in snapshot["data"]}["USD"]
    assert dollars == "1000000.0000"
    assert [base["sequence"], quote["sequence"]] == ["2", "3"]
    (base,), (quote,) = base["data"], quote["data"]
    assert [base["asset"], quote["asset"]] == ["BTC", "USD"]
    assert base["ref_id"] == quote["ref_id"] == fill["exec_id"]
    assert Decimal(quote["balance"]) == (
        Decimal(dollars) + Decimal(quote["amount"]) - Decimal(quote["fee"])
    )
    real = [
        row
        for each in map(read, _raws("messages_2024.jsonl"))
        if each.get("channel") == "balances" and each["type"] == "update"
        for row in each["data"]
    ]
    assert keys(quote) == keys(real[0])


async def test_the_rate_counter_is_told_to_those_who_ask(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        await follow(wire, token, ratecounter=True)
        await ann.limit("buy", "1", "50000")
        rows = await reports(wire)
    assert [row["ratecount"] for row in rows] == ["1.00", "1.00"]


async def test_a_subscription_that_ended_is_silent(ann: Trader) -> None:
    async with ann.wire() as (wire, token):
        await follow(wire, token)
        assert (await wire.ask("subscribe", channel="executions", token=token))["error"] == (
            "Already subscribed"
        )
        told = await wire.ask("unsubscribe", channel="executions", token=token)
        assert told["success"] is True
        told = await wire.ask("unsubscribe", channel="executions", token=token)
        assert told["error"] == "Subscription Not Found"
        await ann.limit("buy", "1", "50000")
        assert await wire.settled() == []
        assert (await follow(wire, token))["sequence"] == "1"


async def test_two_connections_of_one_account_count_for_themselves(ann: Trader) -> None:
    async with ann.wire() as (one, first), ann.wire() as (two, second):
        await follow(one, first)
        await ann.limit("buy", "1", "50000")
        assert len(await reports(one)) == 2
        assert len((await follow(two, second))["data"]) == 1
        await ann.ask("CancelAll")
        (here,), (there,) = await one.settled(), await two.settled()
    assert (here["sequence"], there["sequence"]) == ("4", "2")
    assert here["data"] == there["data"]
