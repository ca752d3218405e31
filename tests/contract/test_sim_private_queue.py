"""Users' orders at one price: who trades first, and what an amend does to a place in the queue.

Quantity down keeps the place; quantity up and another price lose it; a display quantity does not
matter; what an iceberg shows next stands behind everybody (docs: Spot, Amend Order).
"""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from kraken.sim.server import Exchange
from tests.trader import Trader, level, touch, trader

HALF = Decimal("0.5")


@pytest.fixture
async def carl(exchange: Exchange) -> AsyncIterator[Trader]:
    async with trader(exchange) as carl:
        yield carl


@pytest.fixture
def bid(exchange: Exchange) -> Decimal:
    return touch(exchange)[0]


async def sells(carl: Trader, exchange: Exchange, bid: Decimal, beyond: str) -> None:
    """Into the bid: what stood there at first, and that much more."""
    users = sum(Decimal(row["qty"]) for row in open_bids(exchange, bid))
    there = level(exchange, "buy", bid) - users
    await carl.limit("sell", f"{there + Decimal(beyond)}", str(bid), timeinforce="IOC")


def open_bids(exchange: Exchange, bid: Decimal) -> list[dict[str, Any]]:
    rows: Any = exchange.journal()["orders"]
    return [row for row in rows if row["status"] == "new" and Decimal(row["limit_price"]) == bid]


def filled(who: Trader) -> Decimal:
    return sum((Decimal(row["filled_qty"]) for row in who.journal()), Decimal(0))


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"order_qty": "0.3"}, True),
        ({"order_qty": "0.6"}, False),
        ({"limit_price": "elsewhere and back"}, False),
        ({"post_only": "true"}, True),
    ],
)
async def test_an_amend_keeps_or_loses_the_place(
    exchange: Exchange,
    ann: Trader,
    bob: Trader,
    carl: Trader,
    bid: Decimal,
    change: dict[str, str],
    first: bool,
) -> None:
    mine = await ann.limit("buy", "0.5", str(bid))
    await bob.limit("buy", "0.5", str(bid))
    if "limit_price" in change:
        await ann.ask("AmendOrder", txid=mine, limit_price=f"{bid - 1}")
        change = {"limit_price": str(bid)}
    await ann.ask("AmendOrder", txid=mine, **change)
    queue = (await ann.ask("Level3", pair="XBTUSD"))["bids"]
    names = [row["order_id"] for row in queue if Decimal(row["price"]) == bid]
    [his] = [row["order_id"] for row in bob.journal()]
    assert (names.index(mine) < names.index(his)) == first, "as Level3 tells it"
    await sells(carl, exchange, bid, "0.2")
    assert (filled(ann), filled(bob)) == ((Decimal("0.2"), 0) if first else (0, Decimal("0.2")))


async def test_what_came_after_them_waits_until_all_users_before_it_have_traded(
    exchange: Exchange, ann: Trader, bob: Trader, carl: Trader, bid: Decimal
) -> None:
    await ann.limit("buy", "0.5", str(bid))
    await bob.limit("buy", "0.5", str(bid))
    before = level(exchange, "buy", bid) - 1
    book = exchange.venue.market._flows["BTC/USD"].book
    ticks = exchange.venue.pairs["BTC/USD"].ticks(bid)
    book.put("buy", ticks, book.ladder("buy").lots(ticks) + 300_000_000)
    await carl.limit("sell", f"{before + Decimal('0.8')}", str(bid), timeinforce="IOC")
    assert (filled(ann), filled(bob)) == (HALF, Decimal("0.3"))


async def test_the_next_part_of_an_iceberg_stands_behind_everybody(
    exchange: Exchange, ann: Trader, bob: Trader, carl: Trader, bid: Decimal
) -> None:
    await ann.ask(
        "AddOrder",
        ordertype="iceberg",
        type="buy",
        volume="1",
        displayvol="0.1",
        pair="XBTUSD",
        price=str(bid),
    )
    await bob.limit("buy", "0.5", str(bid))
    there = level(exchange, "buy", bid) - Decimal("0.6")
    await carl.limit("sell", f"{there + Decimal('0.4')}", str(bid), timeinforce="IOC")
    assert (filled(ann), filled(bob)) == (Decimal("0.1"), Decimal("0.3"))
    await carl.limit("sell", "0.5", str(bid), timeinforce="IOC")
    assert (filled(ann), filled(bob)) == (Decimal("0.4"), HALF)
