"""REST's private side of the simulated exchange, as a stranger with a key meets it."""

import json
import os
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken.sim.server import Exchange
from tests.simulated import by_hand
from tests.strict_client import NOON_NS
from tests.trader import Trader, touch, trader

TENTH = Decimal("0.1")


# -- the way in -------------------------------------------------------------------------------


async def test_json_and_form_bodies_are_both_signed_and_read(ann: Trader) -> None:
    assert await ann.ask("Balance") == await ann.ask("Balance", as_json=True)


async def test_a_nonce_counts_once(ann: Trader) -> None:
    await ann.ask("Balance")
    ann.nonce -= 1
    assert await ann.refused("Balance") == "EAPI:Invalid nonce"


async def test_a_wrong_secret_is_refused(ann: Trader) -> None:
    ann.keys["api_secret"] = "A" * 88
    assert await ann.refused("Balance") == "EAPI:Invalid signature"


async def test_unknown_methods_and_keys_are_refused(ann: Trader) -> None:
    assert await ann.refused("Fly") == "EGeneral:Unknown method"
    ann.key = "x" * 56
    assert await ann.refused("Balance") == "EAPI:Invalid key"


async def test_a_path_with_more_parts_is_an_unknown_method_too(ann: Trader) -> None:
    assert await ann.refused("Earn/Strategies") == "EGeneral:Unknown method"


async def test_permissions_open_endpoints(exchange: Exchange) -> None:
    async with trader(exchange, permissions=["query-funds"]) as poor:
        await poor.ask("Balance")
        assert await poor.refused("OpenOrders") == "EGeneral:Permission denied"
        assert await poor.refused("AddOrder") == "EGeneral:Permission denied"
        assert await poor.refused("GetWebSocketsToken") == "EGeneral:Permission denied"
        assert (await poor.ask("GetApiKeyInfo"))["permissions"] == ["query-funds"]


async def test_the_counter_of_a_starter_is_full_after_fifteen_calls(exchange: Exchange) -> None:
    async with trader(exchange, tier="starter") as starter:
        for _ in range(15):
            await starter.ask("Balance")
        assert await starter.refused("Balance") == "EAPI:Rate limit exceeded"
        await starter.ask("CancelAll")
        await exchange.advance(4)
        await starter.ask("Balance")


# -- shapes -----------------------------------------------------------------------------------


async def test_balances_have_their_assets_digits(ann: Trader) -> None:
    told = await ann.ask("Balance")
    assert told == {
        "XETH": "100.0000000000",
        "XXBT": "10.0000000000",
        "XXDG": "1000000.00000000",
        "ZEUR": "100000.0000",
        "ZUSD": "1000000.0000",
    }


async def test_open_orders_hold_what_they_may_spend(ann: Trader) -> None:
    await ann.limit("buy", "2", "50000")
    told = (await ann.ask("BalanceEx"))["ZUSD"]
    assert list(told) == ["balance", "hold_trade"]
    assert told["balance"] == "1000000.0000"
    assert Decimal("100000") <= Decimal(told["hold_trade"]) <= Decimal("101000")
    assert (await ann.ask("BalanceEx"))["XXBT"]["hold_trade"] == "0.0000000000"


async def test_an_open_order_is_told_as_documented(ann: Trader) -> None:
    name = await ann.limit("sell", "1", "99999.5", cl_ord_id="my-id-1")
    told = (await ann.ask("OpenOrders"))["open"]
    assert list(told) == [name]
    assert told[name] == {
        "refid": None,
        "userref": "0",
        "cl_ord_id": "my-id-1",
        "status": "open",
        "opentm": told[name]["opentm"],
        "starttm": "0",
        "expiretm": "0",
        "descr": {
            "pair": "XBTUSD",
            "type": "sell",
            "ordertype": "limit",
            "price": "99999.5",
            "price2": "0",
            "leverage": "none",
            "order": "sell 1.00000000 XBTUSD @ limit 99999.5",
            "close": "",
        },
        "vol": "1.00000000",
        "vol_exec": "0.00000000",
        "cost": "0.00000",
        "fee": "0.00000",
        "price": "0.00000",
        "stopprice": "0.00000",
        "limitprice": "0.00000",
        "misc": "",
        "oflags": "fciq",
    }
    assert abs(float(told[name]["opentm"]) - NOON_NS / 1e9) < 1
    assert re.fullmatch(r"O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}", name)


def captured(label: str) -> Any:
    folder = os.environ.get("KRAKEN_CAPTURES")
    if folder is None:
        pytest.skip("KRAKEN_CAPTURES is not set")
    lines = (Path(folder) / "rest" / "responses_2024.jsonl").read_text().splitlines()
    (raw,) = [row["raw"] for row in map(json.loads, lines) if row["label"] == label]
    return json.loads(raw)["result"]


def first(rows: dict[str, Any]) -> Any:
    return next(iter(rows.values()))


async def test_what_ended_has_the_shape_of_real_answers(exchange: Exchange, ann: Trader) -> None:
    await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.01", pair="XBTUSD")
    cancelled = await ann.limit("buy", "1", "50000")
    await ann.ask("CancelOrder", txid=cancelled)
    closed = await ann.ask("ClosedOrders")
    real = first(captured("get_closed_orders_json")["closed"])
    real["descr"].pop("aclass")
    assert {*real} == {*first(closed["closed"])}
    assert {*real["descr"]} == {*first(closed["closed"])["descr"]}
    assert closed["count"] == "2"
    trades = (await ann.ask("TradesHistory", ledgers="true"))["trades"]
    assert {*first(trades)} == {*first(captured("get_query_trades_info_json"))}
    rows = (await ann.ask("Ledgers"))["ledger"]
    assert {*first(rows)} == {*first(captured("get_ledgers_info_json")["ledger"])}
    volume = await ann.ask("TradeVolume", pair="XBTUSD")
    real = captured("get_trade_volume_per_pair_json")
    assert list(volume) == list(real)
    assert list(volume["fees"]["XXBTZUSD"]) == list(real["fees"]["XXBTZUSD"])
    assert {*await ann.ask("TradeBalance")} == {*captured("get_trade_balance_json")}


async def test_amends_have_the_shape_of_real_answers(ann: Trader) -> None:
    name = await ann.limit("buy", "1", "50000", oflags="post")
    told = await ann.ask("AmendOrder", txid=name, order_qty="2", limit_price="50001")
    assert list(told) == ["amend_id"]
    amends = await ann.ask("OrderAmends", order_id=name)
    real = captured("get_order_amends_json")["amends"]
    assert amends["count"] == "2"
    assert [{*row} for row in amends["amends"]] == [{*row} for row in real]
    assert amends["amends"][1]["amend_id"] == told["amend_id"]
    assert (await ann.order(name))["misc"] == "amended"


# -- history ----------------------------------------------------------------------------------


async def test_history_comes_in_pages_the_newest_first(exchange: Exchange, ann: Trader) -> None:
    names = []
    for _ in range(53):
        names.append(await ann.limit("buy", "0.001", "50000", timeinforce="IOC"))
        await exchange.advance(0.1)
    whole = await ann.ask("ClosedOrders")
    assert (len(whole["closed"]), whole["count"]) == (50, "53")
    rest = await ann.ask("ClosedOrders", ofs="50", without_count="true")
    assert list(rest) == ["closed"]
    assert [*whole["closed"], *rest["closed"]] == names[::-1]
    since = await ann.ask("ClosedOrders", start=names[50])
    assert list(since["closed"]) == names[:50:-1]
    until = await ann.ask("ClosedOrders", end=names[1])
    assert list(until["closed"]) == names[1::-1]


@pytest.mark.parametrize("nanoseconds", [300, 700])
async def test_a_time_that_was_told_bounds_exactly(
    exchange: Exchange, ann: Trader, nanoseconds: int
) -> None:
    await exchange.advance(nanoseconds / 10**9)
    name = await ann.limit("buy", "0.001", "50000", timeinforce="IOC")
    told = (await ann.order(name))["closetm"]
    assert (await ann.ask("ClosedOrders", start=told))["closed"] == {}
    assert list((await ann.ask("ClosedOrders", end=told))["closed"]) == [name]


async def test_things_are_found_by_name(ann: Trader) -> None:
    await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.001", pair="XBTUSD")
    (fill,) = ann.fills()
    told = await ann.ask("QueryTrades", txid=fill["exec_id"])
    assert told[fill["exec_id"]]["ordertxid"] == fill["order_id"]
    rows = await ann.ask("QueryLedgers", id=",".join(told[fill["exec_id"]]["ledgers"]))
    assert {row["asset"] for row in rows.values()} == {"ZUSD", "XXBT"}
    assert (await ann.order(fill["order_id"]))["trades"] == [fill["exec_id"]]
    assert await ann.refused("QueryOrders", txid="ONONE-AAAAA-AAAAAA") == "EOrder:Invalid order"
    assert await ann.refused("QueryOrders", txid="") == "EGeneral:Invalid arguments:txid"


async def test_volume_makes_trading_cheaper(exchange: Exchange) -> None:
    async with trader(exchange, volume="9999.99") as big:
        fees = (await big.ask("TradeVolume", pair="XBTUSD"))["fees"]["XXBTZUSD"]
        assert (fees["fee"], fees["nextfee"], fees["nextvolume"]) == (
            "0.4000", "0.3500", "10000.0000",
        )  # fmt: skip
        await big.ask("AddOrder", ordertype="market", type="buy", volume="0.001", pair="XBTUSD")
        fees = (await big.ask("TradeVolume", pair="XBTUSD"))["fees"]["XXBTZUSD"]
        assert (fees["fee"], fees["tiervolume"]) == ("0.3500", "10000.0000")


async def test_the_same_seed_and_calls_give_the_same_names_and_fills() -> None:
    stories = []
    for _ in range(2):
        async with by_hand() as exchange, trader(exchange) as ann:
            await ann.limit("buy", "0.5", str(touch(exchange)[0]))
            await ann.ask("AddOrder", ordertype="market", type="sell", volume="1", pair="XBTUSD")
            await exchange.advance(20)
            stories.append((ann.keys, exchange.journal()))
    assert stories[0] == stories[1]
