"""Orders over REST: what is refused and why; amends, edits, cancels and batches."""

from decimal import Decimal

import pytest

from kraken.sim.server import Exchange
from tests.trader import Trader, level, trader

TENTH = Decimal("0.1")


async def test_relative_prices_count_from_the_last_trade(exchange: Exchange, ann: Trader) -> None:
    last = exchange.world.last_trades("BTC/USD", 1)[-1].ticks * TENTH
    for price, wanted in (("-100", last - 100), ("#100", last - 100), ("-10%", last * 9 / 10)):
        name = await ann.limit("buy", "0.1", price)
        told = Decimal((await ann.order(name))["descr"]["price"])
        assert 0 <= wanted - told < TENTH


async def test_validate_looks_and_does_nothing(ann: Trader) -> None:
    told = await ann.ask(
        "AddOrder",
        ordertype="limit",
        type="buy",
        volume="1.25",
        pair="XBTUSD",
        price="37500",
        validate="true",
    )
    assert told == {"descr": {"order": "buy 1.25000000 XBTUSD @ limit 37500.0"}}
    assert ann.journal() == []


GOOD = {"ordertype": "limit", "type": "buy", "volume": "1", "pair": "XBTUSD", "price": "50000"}


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"ordertype": "magic"}, "EGeneral:Invalid arguments:ordertype"),
        ({"type": "hold"}, "EGeneral:Invalid arguments:type"),
        ({"volume": ""}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "1e3"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "-1"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "NaN"}, "EGeneral:Invalid arguments:volume"),
        ({"volume": "0"}, "EGeneral:Invalid arguments:volume"),
        ({"price": ""}, "EGeneral:Invalid arguments:price"),
        ({"price": "5 0"}, "EGeneral:Invalid arguments:price"),
        ({"oflags": "magic"}, "EGeneral:Invalid arguments:oflags"),
        ({"oflags": "fcib,fciq"}, "EGeneral:Invalid arguments:oflags"),
        ({"timeinforce": "never"}, "EGeneral:Invalid arguments:timeinforce"),
        ({"expiretm": "+1"}, "EGeneral:Invalid arguments:expiretm"),
        ({"cl_ord_id": "x" * 19}, "EGeneral:Invalid arguments:cl_ord_id"),
        ({"cl_ord_id": "a", "userref": "5"}, "EGeneral:Invalid arguments:cl_ord_id"),
        ({"userref": "3000000000"}, "EGeneral:Invalid arguments:userref"),
        ({"deadline": "soon"}, "EGeneral:Invalid arguments:deadline"),
        ({"deadline": "2027-01-01T00:00:00Z"}, "EGeneral:Invalid arguments:deadline"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "EService:Deadline elapsed"),
        ({"leverage": "5"}, "EOrder:Margin allowance exceeded"),
        ({"ordertype": "settle-position"}, "EOrder:Unknown position"),
        ({"reduce_only": "true"}, "EOrder:Reduce only:No position exists"),
        ({"starttm": "+60"}, "EOrder:Scheduled orders limit exceeded"),
        ({"pair": "NOPE"}, "EQuery:Unknown asset pair"),
        ({"pair": ""}, "EQuery:Unknown asset pair"),
        ({"pair": "NOPE", "volume": "x"}, "EGeneral:Invalid arguments:volume"),
        ({"price": "50000.05"}, "EOrder:Tick size check failed"),
        ({"volume": "0.00001"}, "EOrder:Order minimum not met"),
        ({"price": "0.1"}, "EOrder:Cost minimum not met"),
        ({"volume": "1000"}, "EOrder:Insufficient funds"),
        ({"volume": "1000", "price": "50000.05"}, "EOrder:Tick size check failed"),
        ({"volume": "0.00001", "price": "50000.05"}, "EOrder:Tick size check failed"),
    ],
)
async def test_an_order_is_refused_for_the_first_thing_that_is_wrong(
    ann: Trader, changed: dict[str, str], error: str
) -> None:
    if error.endswith("minimum not met") and "price" in changed:
        changed = {**changed, "volume": "0.0001"}
    assert await ann.refused("AddOrder", **{**GOOD, **changed}) == error
    assert ann.journal() == []


async def test_a_client_id_is_unique_among_open_orders_only(ann: Trader) -> None:
    name = await ann.limit("buy", "1", "50000", cl_ord_id="same")
    told = await ann.refused("AddOrder", **GOOD, cl_ord_id="same")
    assert told.startswith("EOrder:Invalid order")
    await ann.ask("CancelOrder", cl_ord_id="same")
    assert await ann.limit("buy", "1", "50000", cl_ord_id="same") != name
    assert len((await ann.ask("ClosedOrders", cl_ord_id="same"))["closed"]) == 1
    assert len((await ann.ask("OpenOrders", cl_ord_id="same"))["open"]) == 1
    assert (await ann.ask("OpenOrders", cl_ord_id="other"))["open"] == {}


async def test_the_state_of_the_market_decides_what_is_taken(
    exchange: Exchange, ann: Trader
) -> None:
    name = await ann.limit("buy", "1", "50000")
    exchange.arm({"kind": "system_status", "status": "cancel_only"})
    assert await ann.refused("AddOrder", **GOOD) == "EService:Market in cancel_only mode"
    await ann.ask("CancelOrder", txid=name)
    exchange.disarm()
    exchange.arm({"kind": "pair_status", "symbol": "BTC/USD", "status": "post_only"})
    assert await ann.refused("AddOrder", **GOOD) == "EService:Market in post_only mode"
    name = await ann.limit("buy", "1", "50000", oflags="post")
    exchange.disarm()
    exchange.arm({"kind": "system_status", "status": "maintenance"})
    assert await ann.refused("AddOrder", **GOOD) == "EService:Unavailable"
    assert await ann.refused("CancelOrder", txid=name) == "EService:Unavailable"


async def test_the_engines_counter_refuses_too_many_orders_until_it_has_fallen(
    exchange: Exchange,
) -> None:
    async with trader(exchange, tier="starter") as starter:
        for _ in range(7):
            name = await starter.limit("buy", "0.001", "50000")
            await starter.ask("CancelOrder", txid=name)
        assert await starter.refused("AddOrder", **GOOD) == "EOrder:Rate limit exceeded"
        wrong = {**GOOD, "price": "0.05"}
        assert await starter.refused("AddOrder", **wrong) == "EOrder:Tick size check failed"
        await exchange.advance(30)
        name = await starter.limit("buy", "0.001", "50000")
        other = {**GOOD, "pair": "XBTEUR", "volume": "0.001"}
        await starter.ask("AddOrder", **other)


async def test_a_pair_takes_so_many_open_orders_and_no_more(exchange: Exchange) -> None:
    async with trader(exchange, tier="starter") as starter:
        for _ in range(60):
            await starter.limit("buy", "0.001", "50000")
            await exchange.advance(1)
        assert await starter.refused("AddOrder", **GOOD) == "EOrder:Orders limit exceeded"


# -- amend, edit, cancel, batches -------------------------------------------------------------


async def test_an_amended_order_keeps_its_name(exchange: Exchange, ann: Trader) -> None:
    name = await ann.limit("buy", "1", "50000", cl_ord_id="mine")
    await ann.ask("AmendOrder", cl_ord_id="mine", limit_price="50100.5")
    told = await ann.order(name)
    assert (told["descr"]["price"], told["status"]) == ("50100.5", "open")
    assert level(exchange, "buy", Decimal("50100.5")) >= 1
    assert await ann.refused("AmendOrder", txid="ONONE-AAAAA-AAAAAA", order_qty="1") == (
        "EOrder:Unknown order"
    )
    assert await ann.refused("AmendOrder", order_qty="1") == "EGeneral:Invalid arguments:txid"


async def test_an_edited_order_is_another_one(ann: Trader) -> None:
    name = await ann.limit("buy", "1", "50000", userref="7")
    told = await ann.ask("EditOrder", txid=name, pair="XBTUSD", price="50100", volume="1.5")
    assert told == {
        "status": "ok",
        "txid": told["txid"],
        "originaltxid": name,
        "newuserref": "7",
        "volume": "1.50000000",
        "price": "50100.0",
        "orders_cancelled": "1",
        "descr": {"order": "buy 1.50000000 XBTUSD @ limit 50100.0"},
    }
    old, new = await ann.order(name), await ann.order(told["txid"])
    assert (old["status"], old["reason"]) == ("canceled", "Order replaced")
    assert (new["status"], new["refid"], new["userref"]) == ("open", name, "7")


async def test_userrefs_cancel_every_order_that_has_them(ann: Trader) -> None:
    for _ in range(3):
        await ann.limit("buy", "0.1", "50000", userref="42")
    await ann.limit("buy", "0.1", "50000", userref="43")
    assert len((await ann.ask("OpenOrders", userref="42"))["open"]) == 3
    assert await ann.ask("CancelOrder", txid="42") == {"count": "3"}
    assert await ann.ask("CancelAll") == {"count": "1"}
    assert await ann.ask("CancelAll") == {"count": "0"}


async def test_a_batch_is_refused_whole_for_arguments_and_one_by_one_for_money(
    ann: Trader,
) -> None:
    small = {"ordertype": "limit", "type": "buy", "volume": "1", "price": "50000"}
    huge = {**small, "volume": "1000"}
    told = await ann.ask("AddOrderBatch", as_json=True, pair="XBTUSD", orders=[small, huge])
    assert [sorted(row) for row in told["orders"]] == [["descr", "txid"], ["descr", "error"]]
    assert isinstance(told["orders"][0]["txid"], str)
    assert told["orders"][1]["error"] == "EOrder:Insufficient funds"
    wrong = {**small, "price": "50000.05"}
    error = await ann.refused("AddOrderBatch", as_json=True, pair="XBTUSD", orders=[small, wrong])
    assert error == "EOrder:Tick size check failed"
    error = await ann.refused("AddOrderBatch", as_json=True, pair="XBTUSD", orders=[small])
    assert error == "EGeneral:Invalid arguments:orders"
    assert len(ann.journal()) == 1


async def test_a_batch_of_cancels_counts_those_that_were_open(ann: Trader) -> None:
    names = [await ann.limit("buy", "0.1", "50000", cl_ord_id=f"id{each}") for each in range(3)]
    told = await ann.ask(
        "CancelOrderBatch",
        as_json=True,
        orders=[names[0], "ONONE-AAAAA-AAAAAA"],
        cl_ord_ids=["id1"],
    )
    assert told == {"count": "2"}


async def test_the_dead_mans_switch_fires_once_unless_it_is_pressed(
    exchange: Exchange, ann: Trader
) -> None:
    name = await ann.limit("buy", "1", "50000")
    told = await ann.ask("CancelAllOrdersAfter", timeout="60")
    assert told == {"currentTime": "2026-09-21T14:13:20Z", "triggerTime": "2026-09-21T14:14:20Z"}
    await exchange.advance(59)
    await ann.ask("CancelAllOrdersAfter", timeout="60")
    await exchange.advance(59)
    assert (await ann.order(name))["status"] == "open"
    await exchange.advance(2)
    assert (await ann.order(name))["status"] == "canceled"
    other = await ann.limit("buy", "1", "50000")
    await exchange.advance(100)
    assert (await ann.order(other))["status"] == "open"
    assert (await ann.ask("CancelAllOrdersAfter", timeout="0"))["triggerTime"] == "0"
