"""What a market that is moved far at once looks like: to the public and to those who trade in it.

It runs there step by step, as a fast market does: nobody's order is passed without a fill, and a
stop meets the book of the moment in which it fires, not that of the end.
"""

from decimal import Decimal as D
from itertools import pairwise
from typing import Any

import pytest

from kraken.sim.market.types import TradePrint
from kraken.sim.server import Exchange
from tests.strict_client import StrictBook, connect
from tests.trader import Trader, touch

BTC_USD = "BTC/USD"
TICK = D("0.1")


def leap(exchange: Exchange, price: D) -> list[TradePrint]:
    """Take the market there; what was traded on the way."""
    last = exchange.world.last_trades(BTC_USD, 1)[-1].trade_id
    exchange.move(BTC_USD, exchange.venue.pairs[BTC_USD].ticks(price))
    return [each for each in exchange.world.last_trades(BTC_USD, 500) if each.trade_id > last]


def prices(trades: list[TradePrint]) -> list[D]:
    return [each.ticks * TICK for each in trades]


async def test_a_leap_goes_through_resting_orders_in_the_order_of_their_prices(
    exchange: Exchange, ann: Trader, bob: Trader
) -> None:
    _, ask = touch(exchange)
    await ann.limit("sell", "0.01", str(ask + 500))
    await bob.limit("sell", "5", str(ask + 290))
    await ann.limit("sell", "0.02", str(ask + 290))
    beyond = await ann.limit("sell", "0.03", str(ask + 1000 + TICK))
    trades = leap(exchange, ask + 1000)
    assert prices(trades) == sorted(prices(trades))
    assert prices(trades)[-1] == ask + 1000
    assert [each.ns for each in trades] == sorted(each.ns for each in trades)
    assert all(two.trade_id == one.trade_id + 1 for one, two in pairwise(trades))
    sold = [(each.ticks * TICK, each.lots) for each in trades if each.ord_type == "limit"]
    assert sold == [(ask + 290, 5 * 10**8), (ask + 290, 2 * 10**6), (ask + 500, 10**6)]
    assert {each.side for each in trades} == {"buy"}
    assert {row["liquidity"] for row in ann.fills() + bob.fills()} == {"maker"}
    assert (await ann.order(beyond))["status"] == "open"


@pytest.mark.parametrize(("side", "sign"), [("sell", -1), ("buy", 1)])
async def test_a_stop_fires_at_its_own_step_and_trades_in_the_book_of_that_step(
    exchange: Exchange, ann: Trader, side: str, sign: int
) -> None:
    bid, _ = touch(exchange)
    stop = bid + sign * 400
    await ann.ask(
        "AddOrder", ordertype="stop-loss", type=side, volume="0.01", pair="XBTUSD", price=str(stop)
    )
    trades = leap(exchange, bid + sign * 1200)
    (fill,) = ann.fills()
    assert 0 <= sign * (D(fill["price"]) - stop) <= 60, "one of some twenty steps"
    at = [str(each.trade_id) for each in trades].index(fill["trade_id"])
    fired_by, after = trades[at - 1], trades[at + 1 :]
    assert abs(fired_by.ticks * TICK - D(fill["price"])) <= 1
    assert sign * (fired_by.ticks * TICK - stop) >= 0
    assert all(sign * (each * TICK - stop) < 0 for each in (t.ticks for t in trades[: at - 1]))
    assert len(after) > 10, "the rest of the way comes after it"
    assert sign * after[-1].ticks * TICK == sign * (bid + sign * 1200)


async def test_no_trailing_stop_falls_back_to_what_its_own_account_did_on_the_way(
    exchange: Exchange, ann: Trader
) -> None:
    bid, _ = touch(exchange)
    order: dict[str, Any] = {"type": "sell", "volume": "0.01", "pair": "XBTUSD"}
    trailing = await ann.ask("AddOrder", ordertype="trailing-stop", price="+400", **order)
    for away in (300, 600, 900):
        price = str(bid + away)
        await ann.ask("AddOrder", ordertype="take-profit", price=price, **order)
        await ann.ask("AddOrder", ordertype="limit", price=price, **order)
    leap(exchange, bid + 1200)
    assert len(ann.fills()) == 6
    told = await ann.order(trailing["txid"][0])
    assert (told["status"], D(told["stopprice"])) == ("open", bid + 1200 - 400)
    leap(exchange, bid + 790)
    assert (await ann.order(trailing["txid"][0]))["status"] == "closed"


@pytest.mark.parametrize("way", ["0.7", "1.3", "1.0001"])
async def test_a_leap_of_any_length_is_told_in_few_messages_and_every_book_is_whole(
    exchange: Exchange, ann: Trader, way: str
) -> None:
    bid, ask = touch(exchange)
    end = (bid * D(way)).quantize(D(1))
    for away in (D(5), D(2000)):
        await ann.limit("sell", "0.5", str((ask + away).quantize(TICK)))
        await ann.limit("buy", "0.5", str((bid - away).quantize(TICK)))
    async with connect(exchange.ws_url) as wire:
        book = StrictBook(10)
        book.apply(await wire.subscribe("book", BTC_USD, depth=10))
        await wire.ask("subscribe", channel="trade", symbol=[BTC_USD], snapshot=False)
        exchange.move(BTC_USD, exchange.venue.pairs[BTC_USD].ticks(end))
        told = [each for each in await wire.settled() if each.get("channel") in ("book", "trade")]
    for message in told:
        if message["channel"] == "trade":
            for row in message["data"]:
                assert row["ord_type"] == "limit" or _stood(book, D(row["price"]))
            continue
        book.apply(message)
        assert max(map(D, book.bids)) < min(map(D, book.asks))
    assert len(told) < 100
    assert abs(max(map(D, book.bids)) - end) <= TICK


def _stood(book: StrictBook, price: D) -> bool:
    """Who is told of a trade of the market knows a book that stands there, not further back."""
    return max(map(D, book.bids)) - TICK <= price <= min(map(D, book.asks)) + TICK
