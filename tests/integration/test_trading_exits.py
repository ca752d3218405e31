"""Brackets and protected holdings: the stop goes first, and what is sold is what was filled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.trade.exits import ExitState
from bot.core.trade.limits import PauseKind
from bot.core.trade.types import Intent
from bot.store import StoreUnavailable
from kraken.core.trading import (
    ConditionalClose,
    OrderType,
    PriceKind,
    PriceOffset,
    Trigger,
)
from kraken.core.types import Side
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.market_values import ticker
from tests.memory_store import MemoryStore
from tests.simulated import by_hand
from tests.trader import touch
from tests.trading_desk import KEY, Desk, process, ready

STOP = Decimal(30000)


@dataclass
class Machine:
    living: Living
    store: MemoryStore

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Desk]:
        self.living.restart(booked=await self.store.booked_fills(KEY))
        async with process(self.living, self.store) as desk:
            says(desk, "50000")
            await ready(desk)
            yield desk


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def machine(exchange: Exchange) -> AsyncIterator[Machine]:
    async with living(exchange) as ann:
        yield Machine(ann, MemoryStore(ann.time))


def says(desk: Desk, last: str) -> None:
    """The price that the market tells."""
    desk.market.tickers["BTC/USD"].set(ticker("BTC/USD", last))


def bracket(desk: Desk, exchange: Exchange, *, profit: PriceOffset | None = None) -> Intent:
    """Buy at once; a stop far below, a profit at 90,000."""
    close = ConditionalClose(OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(STOP)))
    price = f"{touch(exchange)[1] * 2:.1f}"
    profit = profit or PriceOffset(Decimal(90000))
    return desk.intent(price, close=close, take_profit=profit)


def rows(desk: Desk, kind: str) -> list[dict[str, Any]]:
    return [row for row in desk.sent() if row["type"] == kind]


def sales(desk: Desk) -> list[dict[str, Any]]:
    return [row for row in rows(desk, "limit") if row["side"] == "sell"]


async def sold_at(desk: Desk) -> Decimal:
    """The limit of the newest order of the desk."""
    [newest, *_] = await desk.store.placed_orders(1)
    assert newest.intent.source == "take-profit"
    assert newest.intent.request.limit_price is not None
    return newest.intent.request.limit_price


async def bought(desk: Desk, exchange: Exchange, **more: Any) -> Intent:
    intent = bracket(desk, exchange, **more)
    await desk.place(intent)
    await desk.hears("filled 0.01")
    await desk.shows("rests at Kraken")
    return intent


async def test_the_card_says_which_part_rests_and_which_needs_the_bot(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        assert "🛡 SL <code>30,000.0</code> rests at Kraken." in desk.card
        assert "🤖 TP <code>90,000.0</code> needs the bot" in desk.card


async def test_a_profit_is_taken_after_the_stop_is_gone(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        await desk.time.go_on(30)
        assert sales(desk) == []
        says(desk, "90000.1")
        await desk.time.until(lambda: sales(desk))
        [stop], [sale] = rows(desk, "stop-loss"), sales(desk)
        assert stop["status"] == "canceled"
        assert await sold_at(desk) == 90000
        assert Decimal(sale["qty"]) == sum(
            Decimal(row["filled_qty"]) for row in desk.sent() if row["side"] == "buy"
        )
        await desk.shows("TP is over")
        await desk.time.go_on(60)
        assert len(sales(desk)) == 1


async def test_a_distance_counts_from_what_was_paid(machine: Machine, exchange: Exchange) -> None:
    async with machine.process() as desk:
        intent = await bought(desk, exchange, profit=PriceOffset(Decimal(10), PriceKind.PERCENT))
        placed = await desk.store.placed_order(intent.client_id)
        assert placed is not None
        assert placed.order is not None
        assert placed.order.average is not None
        says(desk, f"{placed.order.average * Decimal('1.2'):.1f}")
        await desk.time.until(lambda: sales(desk))
        least = placed.order.average * Decimal("1.1")
        assert least <= await sold_at(desk) < least + 1


async def test_what_the_stop_sold_is_not_sold_again(machine: Machine, exchange: Exchange) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        exchange.move("BTC/USD", 29000 * 10)
        await desk.hears("It was the stop that rested")
        says(desk, "95000")
        await desk.time.go_on(60)
        assert sales(desk) == []
        await desk.shows("TP is over")


async def test_a_restart_goes_on_watching(machine: Machine, exchange: Exchange) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
    async with machine.process() as desk:
        says(desk, "91000")
        await desk.time.until(lambda: sales(desk))
    async with machine.process() as desk:
        says(desk, "91000")
        await desk.time.go_on(60)
        assert len(sales(desk)) == 1


async def test_a_kill_between_the_sale_and_its_note_makes_no_second_sale(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        says(desk, "91000")
        desk.store.memory.execute("update exits set state = 'closing'")
        desk.heart.exits._note = _never  # type: ignore[method-assign]  # the process ends here
        await desk.heart.exits.start()
        await desk.time.until(lambda: sales(desk))
    async with machine.process() as desk:
        await desk.time.go_on(60)
        assert len(sales(desk)) == 1
        assert not await desk.store.waiting_exits()


async def _never(watched: object) -> None:
    await asyncio.Event().wait()


async def test_nothing_is_taken_away_while_the_chat_is_paused(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        await desk.brakes.pause(1, PauseKind.KILL, by=1)
        says(desk, "91000")
        await desk.time.go_on(60)
        assert rows(desk, "stop-loss")[0]["status"] != "canceled"
        assert sales(desk) == []


async def half_closed(desk: Desk, exchange: Exchange) -> None:
    """The stop was taken away, and the process ended before the sale."""
    await bought(desk, exchange)
    stop = rows(desk, "stop-loss")[0]
    await desk.passing(desk.living.rest.cancel_order(order_id=stop["order_id"]))
    await desk.shows("TP is over")
    desk.store.memory.execute("update exits set state = 'closing'")


async def test_a_close_whose_stop_is_gone_is_ended_although_the_chat_is_paused(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await half_closed(desk, exchange)
        await desk.brakes.pause(1, PauseKind.KILL, by=1)
        await desk.heart.exits.start()  # as the next process does
        push = await desk.hears("Sold although paused")
        assert "0.01 BTC is gone" in push
        [sale] = sales(desk)
        assert (sale["status"], await sold_at(desk)) == ("new", 90000)
        await desk.time.go_on(60)
        assert len(sales(desk)) == 1
        assert sum("Sold although paused" in text for text in desk.pushes) == 1


async def test_a_close_whose_stop_is_gone_says_so_while_the_server_stops_all(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await half_closed(desk, exchange)
        desk.brakes._around.switched_off = True
        await desk.heart.exits.start()
        assert "Nothing protects it now" in await desk.hears("No stop any more")
        await desk.time.go_on(60)
        assert sales(desk) == []
        assert sum("No stop any more" in text for text in desk.pushes) == 1
        desk.brakes._around.switched_off = False
        await desk.time.until(lambda: sales(desk))


@pytest.mark.parametrize("why", ["paused", "the price went back"])
async def test_a_close_is_not_taken_up_while_its_stop_is_whole(
    machine: Machine, exchange: Exchange, why: str
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        fault = {"kind": "service_unavailable", "endpoint": "CancelOrder", "times": 4}
        exchange.arm(fault)
        says(desk, "91000")
        await desk.time.go_on(12)
        if why == "paused":
            await desk.brakes.pause(1, PauseKind.KILL, by=1)
        else:
            says(desk, "80000")
        await desk.time.go_on(120)
        assert rows(desk, "stop-loss")[0]["status"] != "canceled"
        assert sales(desk) == []
        await desk.brakes.resume(1)
        says(desk, "91000")
        await desk.time.until(lambda: sales(desk))
        assert rows(desk, "stop-loss")[0]["status"] == "canceled"


async def protected(desk: Desk) -> Intent:
    """A stop for a whole bitcoin that is owned, and a take-profit beside it."""
    intent = desk.intent(
        None,
        side=Side.SELL,
        type=OrderType.STOP_LOSS,
        qty=Decimal(1),
        trigger=Trigger(PriceOffset(STOP)),
        take_profit=PriceOffset(Decimal(90000)),
    )
    await desk.place(intent)
    return intent


async def test_a_protected_holding_is_sold_at_its_profit(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await protected(desk)
        await desk.shows("🤖 TP")
        says(desk, "90000")
        await desk.time.until(lambda: sales(desk))
        assert rows(desk, "stop-loss")[0]["status"] == "canceled"
        assert Decimal(sales(desk)[0]["qty"]) == 1
        await desk.time.go_on(60)
        assert len(sales(desk)) == 1


async def test_a_protection_that_was_cancelled_sells_nothing(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        intent = await protected(desk)
        rest = desk.living.rest
        await desk.passing(rest.cancel_order(client_id=intent.client_id))
        await desk.hears("cancelled")
        says(desk, "91000")
        await desk.time.go_on(60)
        assert sales(desk) == []


async def test_a_refused_sale_leaves_a_warning(machine: Machine, exchange: Exchange) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        exchange.arm({"kind": "pair_status", "symbol": "BTC/USD", "status": "cancel_only"})
        says(desk, "91000")
        push = await desk.hears("No stop any more")
        assert "0.01 BTC" in push


async def test_a_database_that_stumbles_does_not_end_the_watching(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        intent = await bought(desk, exchange)
        desk.store.broken = StoreUnavailable("disk full")
        desk.heart.exits._go_on(intent.client_id)
        await desk.time.go_on(7)
        desk.store.broken = None
        says(desk, "91000")
        await desk.time.until(lambda: sales(desk))


async def test_whoever_cancels_the_stop_of_a_bracket_has_ended_its_profit(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        stop = rows(desk, "stop-loss")[0]
        rest = desk.living.rest
        await desk.passing(rest.cancel_order(order_id=stop["order_id"]))
        await desk.shows("TP is over")
        says(desk, "91000")
        await desk.time.go_on(60)
        assert sales(desk) == [], "it would sell what is bought later for another reason"


async def test_a_sale_that_was_refused_for_the_moment_is_tried_again(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        exchange.arm({"kind": "engine_rate_limited", "times": 2})
        says(desk, "91000")
        await desk.time.until(lambda: sales(desk))
        assert rows(desk, "stop-loss")[0]["status"] == "canceled"
        await desk.time.go_on(60)
        assert len(sales(desk)) == 1


async def test_a_profit_that_was_ended_never_begins_anew(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        intent = await bought(desk, exchange)
        await desk.time.go_on(5)
        watched = await desk.store.exit_of(intent.client_id)
        assert watched is not None
        await desk.store.note_exit(replace(watched, state=ExitState.ENDED))
        says(desk, "91000")
        await desk.time.go_on(60)
        assert sales(desk) == []
        assert rows(desk, "stop-loss")[0]["status"] != "canceled"


async def test_a_stop_stays_where_the_chat_may_not_sell_any_more(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await bought(desk, exchange)
        lent, desk.keyring.key_of = desk.keyring.key_of, _none  # type: ignore[method-assign]  # /unlend
        says(desk, "91000")
        await desk.time.go_on(60)
        assert rows(desk, "stop-loss")[0]["status"] != "canceled"
        desk.keyring.key_of = lent  # type: ignore[method-assign]  # lent once more
        await desk.time.until(lambda: sales(desk))


async def _none(chat_id: int) -> None:
    return None
