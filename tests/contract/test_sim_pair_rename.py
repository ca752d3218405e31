"""A pair that goes on under another name: what both wires and its users see of it."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from kraken.sim.server import Exchange
from tests.strict_client import StrictBook, Wire, connect, get, read
from tests.trader import Trader

RENAME: dict[str, object] = {"kind": "pair_rename", "symbol": "DOGE/USD", "to": "XDGX/USD"}
OLD, NEW = "DOGE/USD", "XDGX/USD"
NAMES = ("symbol", "altname", "wsname", "base")


@pytest.fixture
async def wire(exchange: Exchange) -> AsyncIterator[Wire]:
    async with connect(exchange.ws_url) as wire:
        yield wire


async def asked(exchange: Exchange, endpoint: str, **query: str) -> Any:
    return await get(f"{exchange.rest_url}/0/public/{endpoint}", **query)


def terms(row: dict[str, Any]) -> dict[str, Any]:
    """A pair without its names."""
    return {name: value for name, value in row.items() if name not in NAMES}


async def test_rest_knows_the_market_under_the_new_name_only(exchange: Exchange) -> None:
    queries: dict[str, dict[str, str]] = {
        "Ticker": {},
        "Depth": {"count": "100"},
        "Trades": {},
        "OHLC": {"interval": "60"},
    }
    before = {
        name: (await asked(exchange, name, pair="XDGUSD", **query))["result"]["XDGUSD"]
        for name, query in queries.items()
    }
    listed = (await asked(exchange, "AssetPairs"))["result"]
    exchange.arm(RENAME)
    for name, query in queries.items():
        for gone in ("XDGUSD", "DOGE/USD", "XDG/USD"):
            told = await asked(exchange, name, pair=gone, **query)
            assert told == {"error": ["EQuery:Unknown asset pair"]}
        told = await asked(exchange, name, pair="XDGXUSD", **query)
        assert told["result"]["XDGXUSD"] == before[name]
    now = (await asked(exchange, "AssetPairs"))["result"]
    assert set(now) == set(listed) - {"XDGUSD"} | {"XDGXUSD"}
    assert (now["XDGXUSD"]["altname"], now["XDGXUSD"]["wsname"]) == ("XDGXUSD", "XDGX/USD")
    assert terms(now["XDGXUSD"]) == terms(listed["XDGUSD"])
    assets = (await asked(exchange, "Assets"))["result"]
    assert (assets["XDGX"]["status"], assets["XXDG"]["status"]) == ("enabled", "disabled")


async def test_who_follows_the_listing_hears_of_it_in_one_message(
    exchange: Exchange, wire: Wire
) -> None:
    await wire.subscribe("instrument")
    exchange.arm(RENAME)
    (told,) = [each["data"] for each in await wire.settled() if each["channel"] == "instrument"]
    assert [(row["symbol"], row["status"]) for row in told["pairs"]] == [
        (OLD, "delisted"),
        (NEW, "online"),
    ]
    assert [(row["id"], row["status"]) for row in told["assets"]] == [
        ("DOGE", "disabled"),
        ("XDGX", "enabled"),
    ]
    async with connect(exchange.ws_url) as late:
        whole = (await late.subscribe("instrument"))["data"]
    assert [row["symbol"] for row in whole["pairs"] if row["symbol"] in (OLD, NEW)] == [NEW]


async def test_the_book_goes_on_with_right_checksums(exchange: Exchange, wire: Wire) -> None:
    before, after = StrictBook(100), StrictBook(100)
    before.apply(await wire.subscribe("book", OLD, depth=100))
    exchange.arm(RENAME)
    reply = await wire.ask("subscribe", channel="ticker", symbol=[OLD])
    assert reply["error"] == f"Currency pair not supported {OLD}"
    after.apply(await wire.subscribe("book", NEW, depth=100))
    assert (after.bids, after.asks) == (before.bids, before.asks)
    await exchange.advance(60)
    seen = [each for each in await wire.settled() if each.get("channel") == "book"]
    for message in seen:
        after.apply(message)
    assert len(seen) > 10
    assert {each["data"][0]["symbol"] for each in seen} == {NEW}


@pytest.mark.parametrize(
    ("channel", "option"), [("ticker", {}), ("trade", {}), ("ohlc", {"interval": 5})]
)
async def test_every_channel_goes_on_under_the_new_name(
    exchange: Exchange, wire: Wire, channel: str, option: dict[str, int]
) -> None:
    async with connect(exchange.ws_url) as earlier:
        before = await earlier.subscribe(channel, OLD, **option)
        exchange.arm(RENAME)
        after = await wire.subscribe(channel, NEW, **option)
        assert {row["symbol"] for row in after["data"]} == {NEW}
        assert [terms(row) for row in after["data"]] == [terms(row) for row in before["data"]]
        await exchange.advance(300)
        assert not any(each.get("channel") == channel for each in await earlier.settled())
    news = [each for each in await wire.settled() if each.get("channel") == channel]
    assert {row["symbol"] for each in news for row in each["data"]} == {NEW}


async def test_the_same_seed_moves_the_market_as_it_would_have(exchange: Exchange) -> None:
    async with Exchange.serving(
        live=False, clock=lambda: exchange.world.now_ns, pairs=tuple(exchange.venue.pairs.values())
    ) as other:
        exchange.arm(RENAME)
        for each in (exchange, other):
            await each.advance(120)
        told = [
            [(trade.trade_id, trade.ticks, trade.lots) for trade in each.world.last_trades(name)]
            for each, name in ((exchange, NEW), (other, OLD))
        ]
    assert told[0] == told[1]
    assert exchange.world.book(NEW) == other.world.book(OLD)


async def test_open_orders_end_with_the_reason_and_balances_move(
    exchange: Exchange, ann: Trader, wire: Wire
) -> None:
    name = await ann.limit("sell", "1000", "9", pair="XDGUSD")
    other = await ann.limit("buy", "1", "50000")
    token = await ann.token()
    await wire.subscribe("executions", token=token)
    await wire.subscribe("balances", token=token)
    exchange.arm(RENAME)
    news = await wire.settled()
    ends = [each["data"][0] for each in news if each.get("channel") == "executions"]
    assert [(row["order_id"], row["exec_type"], row["reason"]) for row in ends] == [
        (name, "canceled", "Market delisted")
    ]
    moved = [each["data"][0] for each in news if each.get("channel") == "balances"]
    assert [(row["asset"], row["type"], Decimal(row["amount"])) for row in moved] == [
        ("DOGE", "conversion", Decimal(-1_000_000)),
        ("XDGX", "conversion", Decimal(1_000_000)),
    ]
    assert moved[0]["ref_id"] == moved[1]["ref_id"]
    assert list((await ann.ask("OpenOrders"))["open"]) == [other]
    assert (await ann.ask("QueryOrders", txid=name))[name]["reason"] == "Market delisted"
    held = await ann.ask("BalanceEx")
    assert Decimal(held["XDGX"]["balance"]) == 1_000_000
    assert Decimal(held["XXDG"]["balance"]) == 0
    rows = (await ann.ask("Ledgers", asset="XDGX,XXDG", type="conversion"))["ledger"].values()
    assert sorted(row["asset"] for row in rows) == ["XDGX", "XXDG"]


async def test_the_new_name_can_be_traded_and_the_old_one_cannot(
    exchange: Exchange, ann: Trader, wire: Wire
) -> None:
    exchange.arm(RENAME)
    order: dict[str, Any] = {"ordertype": "market", "type": "sell", "volume": "100"}
    for gone in ("XDGUSD", "DOGE/USD"):
        assert await ann.refused("AddOrder", pair=gone, **order) == "EQuery:Unknown asset pair"
    token = await ann.token()
    wish = {"order_type": "market", "side": "sell", "order_qty": 100, "token": token}
    reply = await wire.ask("add_order", symbol=OLD, **wish)
    assert reply["success"] is False
    reply = await wire.ask("add_order", symbol=NEW, **wish)
    assert reply["success"] is True, reply
    await ann.ask("AddOrder", pair="XDGXUSD", **order)
    assert [row["symbol"] for row in exchange.journal()["fills"]] == [NEW, NEW]  # type: ignore[attr-defined]  # rows of JSON
    name = await ann.limit("buy", "100", "0.01", pair="XDGXUSD")
    assert (await ann.order(name))["descr"]["pair"] == "XDGXUSD"
    held = await ann.ask("BalanceEx")
    assert Decimal(held["XDGX"]["balance"]) == 1_000_000 - 200


async def test_a_late_order_on_the_old_name_places_nothing(
    exchange: Exchange, ann: Trader
) -> None:
    exchange.arm({"kind": "late_arrival", "seconds": 5})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await ann.limit("buy", "100", "0.01", pair="XDGUSD")
    exchange.arm(RENAME)
    await exchange.advance(10)
    assert exchange.journal()["orders"] == []


async def test_disarming_brings_back_no_old_name_nor_does_a_status_that_ends(
    exchange: Exchange,
) -> None:
    exchange.arm({"kind": "pair_status", "symbol": OLD, "status": "cancel_only"})
    exchange.arm({"kind": "wrong_checksum", "symbol": OLD})
    exchange.arm(RENAME)
    assert [fault.symbol for fault in exchange.faults.armed] == [NEW, NEW]
    told = await asked(exchange, "AssetPairs", pair="XDGXUSD")
    assert told["result"]["XDGXUSD"]["status"] == "cancel_only"
    exchange.disarm()
    told = await asked(exchange, "AssetPairs")
    assert told["result"]["XDGXUSD"]["status"] == "online"
    assert "XDGUSD" not in told["result"]


async def test_all_pairs_of_the_asset_are_renamed_along_and_once_more() -> None:
    async with Exchange.serving(live=False) as exchange:
        exchange.arm({"kind": "pair_rename", "symbol": "ADA/EUR", "to": "VOLT/EUR"})
        exchange.arm({"kind": "pair_rename", "symbol": "VOLT/USD", "to": "ADAX/USD"})
        exchange.move("ADAX/USD", 700_000)
        await exchange.advance(60)
        listed = {pair.symbol for pair in exchange.venue.listed()}
    assert listed >= {"ADAX/USD", "ADAX/EUR"}
    assert not listed & {"ADA/USD", "ADA/EUR", "VOLT/USD", "VOLT/EUR"}


@pytest.mark.parametrize(
    ("symbol", "to", "complaint"),
    [
        ("GOLD/USD", "GLD/USD", "unknown symbol 'GOLD/USD'"),
        (OLD, "BTC/USD", "BTC/USD is or was listed already"),
        (OLD, OLD, "DOGE/USD is or was listed already"),
        (OLD, "doge2/USD", "to must look like POL/USD, not 'doge2/USD'"),
        (OLD, "XDGXUSD", "to must look like POL/USD"),
        (OLD, "XDGX/EUR", "DOGE/USD can only become another one in USD, not XDGX/EUR"),
        (OLD, "EUR2/USD\n", "to must look like POL/USD"),
        (OLD, "SOL/USD", "SOL is the name of an asset already"),
        (OLD, "XDG/USD", "XDG is the name of an asset already"),
        (OLD, "XXBTZ/USD", "XXBTZ/USD would be mistaken for BTC/USD"),
        ("BTC/USD", "BTX/USD", "BTC cannot be renamed: ETH/BTC is priced in it"),
        (OLD, None, "pair_rename needs 'to'"),
        (OLD, 5, "to must be a string"),
    ],
)
async def test_what_cannot_be_renamed_is_refused_and_nothing_changes(
    exchange: Exchange, symbol: str, to: object, complaint: str
) -> None:
    before = list(exchange.venue.listed())
    wish = {"kind": "pair_rename", "symbol": symbol, "to": to}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{exchange.rest_url}/sim/faults", json=wish) as reply,
    ):
        assert reply.status == 400
        assert complaint in (await reply.json())["error"]
    assert list(exchange.venue.listed()) == before
    assert [asset.status for asset in exchange.venue.assets] == ["enabled"] * 10


async def test_what_is_gone_is_neither_renamed_moved_nor_paid_in(
    exchange: Exchange, ann: Trader
) -> None:
    exchange.arm(RENAME)
    wishes: tuple[tuple[str, dict[str, object], str], ...] = (
        ("faults", RENAME | {"to": "XX/USD"}, "unknown symbol 'DOGE/USD'"),
        ("faults", RENAME | {"symbol": "LTC/EUR", "to": "DOGE/EUR"}, "DOGE is the name of an"),
        ("market", {"symbol": OLD, "price": "1"}, "unknown symbol 'DOGE/USD'"),
        ("deposits", {"api_key": ann.key, "asset": "DOGE", "amount": "1"}, "unknown asset"),
    )
    async with aiohttp.ClientSession() as session:
        for path, wish, complaint in wishes:
            async with session.post(f"{exchange.rest_url}/sim/{path}", json=wish) as reply:
                assert reply.status == 400
                assert complaint in read(await reply.text())["error"]
    exchange.arm({"kind": "pair_status", "symbol": "LTC/EUR", "status": "delisted"})
    with pytest.raises(ValueError, match="LTC/EUR is not listed now"):
        exchange.arm({"kind": "pair_rename", "symbol": "LTC/EUR", "to": "LTX/EUR"})
