"""Level3 of the simulated exchange: the book order by order, users' own among them."""

import re
from decimal import Decimal
from typing import Any

import pytest

from kraken.sim.private.keys import NEEDS
from kraken.sim.server import Exchange
from tests.simulated import by_hand
from tests.strict_client import NOON_NS, RawNumber, get
from tests.trader import RICH, Trader, level, touch, trader

NAME = re.compile(r"O[A-Z2-7]{5}-[A-Z2-7]{5}-[A-Z2-7]{6}")
SIDES = {"buy": "bids", "sell": "asks"}
DOCUMENTED = (
    "Balance", "BalanceEx", "TradeBalance", "OpenOrders", "ClosedOrders", "QueryOrders",
    "OrderAmends", "TradesHistory", "QueryTrades", "OpenPositions", "Ledgers", "QueryLedgers",
    "TradeVolume", "GetWebSocketsToken", "GetApiKeyInfo", "Level3", "AddOrder", "AddOrderBatch",
    "AmendOrder", "EditOrder", "CancelOrder", "CancelAll", "CancelAllOrdersAfter",
    "CancelOrderBatch",
)  # fmt: skip
ORDER = {"ordertype": "limit", "type": "buy", "volume": "0.01", "price": "20000.0"}


def sums(rows: list[dict[str, Any]]) -> dict[str, Decimal]:
    """Quantity by price, in the order of the rows."""
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row["price"]] = found.get(row["price"], Decimal(0)) + Decimal(row["qty"])
    return found


def at(told: Any, side: str, price: Decimal) -> list[dict[str, Any]]:
    """The queue at a price."""
    return [row for row in told[SIDES[side]] if Decimal(row["price"]) == price]


async def test_the_answer_has_the_documented_form(ann: Trader) -> None:
    told = await ann.ask("Level3", pair="XBTUSD")
    assert list(told) == ["pair", "bids", "asks"]
    assert told["pair"] == "BTC/USD"
    rows = told["bids"] + told["asks"]
    for row in rows:
        assert list(row) == ["price", "qty", "order_id", "timestamp"]
        assert re.fullmatch(r"\d+\.\d{5}", row["price"])
        assert re.fullmatch(r"\d+\.\d{8}", row["qty"])
        assert Decimal(row["qty"]) > 0
        assert NAME.fullmatch(row["order_id"])
        assert isinstance(row["timestamp"], RawNumber)
        assert NOON_NS - 86_400 * 10**9 < int(row["timestamp"]) < NOON_NS + 10**9
    assert len({row["order_id"] for row in rows}) == len(rows) > 200


@pytest.mark.parametrize("pair", ["BTC/USD", "ETH/BTC", "DOGE/USD"])
async def test_the_orders_add_up_to_the_public_book(
    exchange: Exchange, ann: Trader, bob: Trader, pair: str
) -> None:
    bid, ask = touch(exchange, pair)
    size = exchange.venue.pairs[pair].ordermin
    await ann.limit("buy", size, str(bid), pair)
    await bob.limit("buy", size, str(bid), pair)
    await bob.limit("sell", size, str(ask), pair)
    for _ in range(3):
        await exchange.advance(7)
        told = await ann.ask("Level3", pair=pair, depth="0")
        bids, asks = exchange.venue.books[pair].top(100_000)
        spec = exchange.venue.pairs[pair]
        for side, levels in (("bids", bids), ("asks", asks)):
            found = [(Decimal(price), qty) for price, qty in sums(told[side]).items()]
            assert found == [
                (
                    Decimal(ticks).scaleb(-spec.price_decimals),
                    Decimal(lots).scaleb(-spec.lot_decimals),
                )
                for ticks, lots in levels
            ]


async def test_the_orders_add_up_to_depth(exchange: Exchange, ann: Trader) -> None:
    bid, _ = touch(exchange)
    await ann.limit("buy", "0.12345678", str(bid))
    told = await ann.ask("Level3", pair="XBTUSD", depth="25")
    url = exchange.rest_url + "/0/public/Depth"
    (book,) = (await get(url, pair="XBTUSD", count="25"))["result"].values()
    for side in ("bids", "asks"):
        rows = [(price, str(qty)[:-5]) for price, qty in sums(told[side]).items()]
        assert rows == [(price, qty) for price, qty, _ in book[side]]


@pytest.mark.parametrize("as_json", [False, True])
async def test_depth_counts_price_levels(ann: Trader, as_json: bool) -> None:
    whole = await ann.ask("Level3", pair="XBTUSD", depth="0")
    for depth in (10, 25, 100, 250, 1000):
        told = await ann.ask("Level3", as_json=as_json, pair="XXBTZUSD", depth=depth)
        for side in ("bids", "asks"):
            assert len(sums(told[side])) == min(depth, len(sums(whole[side])))
            assert told[side] == whole[side][: len(told[side])]
    assert len(sums(whole["bids"])) > 100
    told = await ann.ask("Level3", pair="XBTUSD")
    assert len(sums(told["bids"])) == len(sums(told["asks"])) == 100


async def test_an_own_order_stands_behind_what_was_there(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    bid, _ = touch(exchange)
    before = at(await ann.ask("Level3", pair="XBTUSD"), "buy", bid)
    first = await ann.limit("buy", "0.5", str(bid))
    second = await bob.limit("buy", "0.25", str(bid))
    for who in (ann, bob):
        queue = at(await who.ask("Level3", pair="XBTUSD"), "buy", bid)
        assert queue[: len(before)] == before
        assert [(row["order_id"], row["qty"]) for row in queue[len(before) :]] == [
            (first, "0.50000000"), (second, "0.25000000"),
        ]  # fmt: skip
        stamps = [int(row["timestamp"]) for row in queue]
        assert stamps == sorted(stamps)
    await ann.ask("CancelOrder", txid=first)
    queue = at(await ann.ask("Level3", pair="XBTUSD"), "buy", bid)
    assert [row["order_id"] for row in queue] == [row["order_id"] for row in before] + [second]


async def test_what_comes_later_stands_behind_own_orders(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    bid, _ = touch(exchange)
    step = Decimal(exchange.venue.pairs["BTC/USD"].tick_size)
    below = [bid - step * ticks for ticks in range(1, 400)]
    own: dict[Decimal, list[str]] = {}
    for price in [price for price in below if not level(exchange, "buy", price)][::10]:
        own[price] = [await who.limit("buy", "0.2", str(price)) for who in (ann, bob)]
    joined: list[tuple[Decimal, list[dict[str, Any]]]] = []
    for _ in range(60):
        await exchange.advance(1)
        told = await ann.ask("Level3", pair="XBTUSD", depth="0")
        queues = [(price, at(told, "buy", price)) for price in own]
        joined = [
            (price, queue)
            for price, queue in queues
            if len(queue) > 2 and own[price][0] in [row["order_id"] for row in queue]
        ]
        if joined:
            break
    ((price, queue), *_) = joined
    assert [row["order_id"] for row in queue[:2]] == own[price]
    assert int(queue[2]["timestamp"]) > int(queue[1]["timestamp"])


async def test_an_iceberg_shows_its_tip_and_a_waiting_stop_nothing(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    bid, ask = touch(exchange)
    told = await ann.ask(
        "AddOrder", ordertype="iceberg", type="buy", volume="1", displayvol="0.1",
        pair="XBTUSD", price=str(bid),
    )  # fmt: skip
    (iceberg,) = told["txid"]
    told = await ann.ask(
        "AddOrder", ordertype="stop-loss-limit", type="sell", volume="0.1", pair="XBTUSD",
        price="20000.0", price2=str(ask),
    )  # fmt: skip
    (stop,) = told["txid"]
    whole = await bob.ask("Level3", pair="XBTUSD", depth="0")
    found = {row["order_id"]: row["qty"] for row in whole["bids"] + whole["asks"]}
    assert found[iceberg] == "0.10000000"
    assert stop not in found
    for side, price in (("buy", bid), ("sell", ask)):
        shown = sum(Decimal(row["qty"]) for row in at(whole, side, price))
        assert shown == level(exchange, side, price)


async def test_orders_keep_their_names_while_their_level_changes(
    exchange: Exchange, ann: Trader
) -> None:
    for pair in exchange.venue.pairs.values():
        bid, _ = touch(exchange, pair.symbol)
        before = at(await ann.ask("Level3", pair=pair.symbol), "buy", bid)
        if pair.base in RICH and len(before) > 2:
            break
    assert len(before) > 2, "there is a level of several orders"
    await ann.ask(
        "AddOrder", ordertype="market", type="sell", volume=pair.ordermin, pair=pair.symbol
    )
    now = at(await ann.ask("Level3", pair=pair.symbol), "buy", bid)
    last = len(now) - 1
    assert last > 0
    assert now[:last] == before[:last]
    assert now[last]["order_id"] == before[last]["order_id"]
    left = sum(Decimal(row["qty"]) for row in now)
    assert left == sum(Decimal(row["qty"]) for row in before) - Decimal(pair.ordermin)


async def test_names_are_the_same_for_everybody_and_every_time() -> None:
    books = []
    for looks in (1, 3):
        async with by_hand() as exchange, trader(exchange) as ann:
            for _ in range(looks):
                told = await ann.ask("Level3", pair="XBTUSD", depth="250")
            await exchange.advance(5)
            books.append((told, await ann.ask("Level3", pair="XBTUSD", depth="250")))
    assert books[0] == books[1]
    then, now = ({row["order_id"] for row in told["bids"]} for told in books[0])
    assert len(then & now) > len(then) / 2


async def test_errors_name_what_is_wrong(exchange: Exchange, ann: Trader) -> None:
    assert await ann.refused("Level3") == "EGeneral:Invalid arguments:pair"
    assert await ann.refused("Level3", pair="NOPE") == "EQuery:Unknown asset pair"
    for depth in ("5", "-10", "ten", "10.0", "500"):
        error = await ann.refused("Level3", pair="XBTUSD", depth=depth)
        assert error == "EGeneral:Invalid arguments:depth"
    error = await ann.refused("Level3", as_json=True, pair=["XBTUSD"])
    assert error == "EGeneral:Invalid arguments:pair"
    async with trader(exchange, permissions=["query-funds", "modify-trades"]) as poor:
        error = await poor.refused("Level3", pair="XBTUSD")
        assert error == "EGeneral:Permission denied"


# -- every documented endpoint ----------------------------------------------------------------


async def fields_for(ann: Trader, endpoint: str) -> dict[str, Any]:
    """Something that the endpoint can answer without an error."""
    name = await ann.limit("buy", "0.01", "20000.0")
    await ann.ask("AddOrder", ordertype="market", type="buy", volume="0.001", pair="XBTUSD")
    (fill,) = ann.fills()
    rows = (await ann.ask("Ledgers"))["ledger"]
    known: dict[str, dict[str, Any]] = {
        "QueryOrders": {"txid": name},
        "OrderAmends": {"order_id": name},
        "QueryTrades": {"txid": fill["exec_id"]},
        "QueryLedgers": {"id": next(iter(rows))},
        "TradeVolume": {"pair": "XBTUSD"},
        "Level3": {"pair": "XBTUSD"},
        "AddOrder": {"pair": "XBTUSD", **ORDER},
        "AddOrderBatch": {"pair": "XBTUSD", "orders": [ORDER, ORDER]},
        "AmendOrder": {"txid": name, "order_qty": "0.02"},
        "EditOrder": {"txid": name, "pair": "XBTUSD", "volume": "0.02", "price": "20000.0"},
        "CancelOrder": {"txid": name},
        "CancelAllOrdersAfter": {"timeout": 60},
        "CancelOrderBatch": {"orders": [name]},
    }
    return known.get(endpoint, {})


@pytest.mark.parametrize("endpoint", DOCUMENTED)
async def test_every_documented_endpoint_answers(ann: Trader, endpoint: str) -> None:
    fields = await fields_for(ann, endpoint)
    told = await ann.ask(endpoint, as_json=True, **fields)
    assert isinstance(told, dict)
    assert told or endpoint == "OpenPositions", "an account without margin has no positions"


def test_no_endpoint_is_forgotten() -> None:
    assert set(NEEDS) == set(DOCUMENTED)
