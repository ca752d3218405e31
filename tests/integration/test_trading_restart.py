"""The process ends at every step of an order, and the next one settles what was left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from bot.core.errors import AlreadySent, LimitReached, NotConnected, Unsettled
from bot.core.trade.limits import PauseKind
from bot.core.trade.types import Intent, Mode, Standing
from bot.store import StoreUnavailable
from kraken.account import AccountEvent, AccountInterrupted, AccountReady, AccountRefused
from kraken.core.trading import OrderName, OrderRequest
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.memory_store import MemoryStore
from tests.simulated import by_hand
from tests.trading_desk import KEY, Desk, process, ready


@dataclass
class Machine:
    """One database and one key; processes come and go."""

    living: Living
    store: MemoryStore

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Desk]:
        self.living.restart(booked=await self.store.booked_fills(KEY))
        async with process(self.living, self.store) as desk:
            yield desk


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def machine(exchange: Exchange) -> AsyncIterator[Machine]:
    async with living(exchange) as ann:
        yield Machine(ann, MemoryStore(ann.time))


async def killed_while_sending(machine: Machine, price: str) -> Intent:
    """An order that was committed; the process ended when its request was under way."""
    async with machine.process() as desk:
        await ready(desk)
        intent = desk.intent(price)

        async def place(request: OrderRequest) -> Any:
            await desk.living.rest.add_order(request)
            raise asyncio.CancelledError

        desk.living.account.place = place  # type: ignore[method-assign]  # the kill
        desk.heart.trading._find_out = lambda intent: None  # type: ignore[method-assign]  # dead
        with pytest.raises(asyncio.CancelledError):
            await desk.trading.place(intent, None)
        assert await desk.stands(intent) is Standing.SENT
    return intent


@pytest.mark.parametrize("price", ["50000", "200000"], ids=["rests", "takes"])
async def test_an_order_that_was_sent_before_the_kill_is_found(
    machine: Machine, price: str
) -> None:
    intent = await killed_while_sending(machine, price)
    async with machine.process() as desk:
        assert await desk.settled(intent) is Standing.ACKED
        if price == "200000":
            await desk.hears("filled 0.01")
            await desk.shows("✅ Filled")
            fills = await desk.store.booked_fills(KEY)
            assert len({fill.exec_id for fill in fills}) == len(desk.living.journal_fills())
        await desk.time.go_on(60)
        assert len(desk.sent()) == 1


async def test_an_order_that_never_left_is_proven_absent_and_never_sent(
    machine: Machine,
) -> None:
    async with machine.process() as desk:
        await ready(desk)
        intent = desk.intent()
        await desk.store.commit_intent(intent, ticket_id=None, now=desk.time.now())
    async with machine.process() as desk:
        assert await desk.settled(intent) is Standing.ABSENT
        assert "never had this order" in await desk.hears("not placed")
        assert desk.sent() == []


async def test_nothing_new_is_sent_before_the_old_is_clear(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        old = desk.intent()
        await desk.store.commit_intent(old, ticket_id=None, now=desk.time.now())
    async with machine.process() as desk:
        with pytest.raises(Unsettled):
            await desk.trading.place(desk.intent(), None)
        await desk.settled(old)
        await desk.time.until(lambda: not desk.heart.trading.is_held(KEY))
        placed = await desk.place(desk.intent())
        assert placed.standing is Standing.ACKED


async def test_what_filled_while_the_bot_was_away_is_told_once(
    machine: Machine, exchange: Exchange
) -> None:
    async with machine.process() as desk:
        await ready(desk)
        intent = desk.intent("50000")
        await desk.place(intent)
    exchange.move("BTC/USD", 10)
    async with machine.process() as desk:
        await desk.hears("filled")
        await desk.shows("✅ Filled")
        await desk.time.go_on(400)
        assert len(desk.pushes) == 1
    async with machine.process() as desk:
        await ready(desk)
        await desk.time.go_on(400)
        assert desk.pushes == []


async def test_what_cannot_be_written_is_not_sent(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        desk.store.broken = StoreUnavailable("disk full")
        with pytest.raises(StoreUnavailable):
            await desk.trading.place(desk.intent(), None)
        desk.store.broken = None
        assert desk.sent() == []


async def test_an_answer_that_cannot_be_written_is_found_out_later(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        intent, place = desk.intent(), desk.living.account.place

        async def placed_then_full(request: OrderRequest) -> Any:
            order = await place(request)
            desk.store.broken = StoreUnavailable("disk full")
            return order

        desk.living.account.place = placed_then_full  # type: ignore[method-assign]  # a full disk
        await desk.place(intent)
        desk.store.broken = None
        assert await desk.settled(intent) is Standing.ACKED
        assert len(desk.sent()) == 1


async def test_the_same_intent_is_sent_once(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        intent = desk.intent()
        await desk.place(intent)
        with pytest.raises(AlreadySent):
            await desk.trading.place(intent, None)
        assert len(desk.sent()) == 1


async def test_a_pause_stops_an_order_before_it_is_committed(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        await desk.brakes.pause(1, PauseKind.KILL, by=1)
        intent = desk.intent()
        with pytest.raises(LimitReached):
            await desk.trading.place(intent, None)
        assert await desk.store.placed_order(intent.client_id) is None


async def test_a_chat_without_a_key_is_told_to_connect_one(machine: Machine) -> None:
    async with machine.process() as desk:
        with pytest.raises(NotConnected):
            await desk.heart.accounts.of(3, Mode.LIVE)


async def test_a_key_that_is_refused_trades_no_more_and_is_told_once(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        refused = AccountRefused(desk.time.now(), "EAPI:Invalid key")
        await hears(desk, refused)
        await hears(desk, refused)
        push = await desk.hears("refuses your key")
        assert "EAPI:Invalid key" in push
        assert len(desk.pushes) == 1


async def test_a_gap_is_told_when_it_is_long_and_so_is_its_end(machine: Machine) -> None:
    async with machine.process() as desk:
        await ready(desk)
        await hears(desk, AccountInterrupted(desk.time.now(), "cut"))
        await desk.time.go_on(30)
        await hears(desk, AccountReady(desk.time.now()))
        await desk.time.go_on(100)
        assert desk.pushes == []
        await hears(desk, AccountInterrupted(desk.time.now(), "cut"))
        await desk.hears("out of reach")
        await hears(desk, AccountReady(desk.time.now()))
        assert "I heard nothing for" in await desk.hears("is back")
        assert len(desk.pushes) == 2


async def hears(desk: Desk, event: AccountEvent) -> None:
    await desk.heart.facts.hear(KEY, event)


def under_a_former_key(machine: Machine) -> None:
    """What there is was made with a key that was replaced since."""
    machine.store.memory.execute("update orders set account = 'live:former'")


@pytest.mark.parametrize("price", ["50000", "200000"], ids=["rests", "takes"])
async def test_another_key_of_the_same_account_finds_what_the_former_one_left(
    machine: Machine, price: str
) -> None:
    intent = await killed_while_sending(machine, price)
    under_a_former_key(machine)
    async with machine.process() as desk:
        assert await desk.settled(intent) is Standing.ACKED
        await desk.hears("was placed")
        placed = await desk.store.placed_order(intent.client_id)
        assert placed is not None
        assert (placed.intent.account, placed.order is None) == (KEY, False)
        assert len(desk.sent()) == 1
        if price == "50000":
            assert placed.order is not None
            chat = await desk.heart.accounts.of(1, Mode.LIVE)
            await desk.passing(
                desk.trading.cancel(chat, OrderName(order_id=placed.order.order_id))
            )
            await desk.shows("Cancelled")


async def test_a_key_of_another_account_finds_nothing_and_says_that_it_stays_unknown(
    machine: Machine, exchange: Exchange
) -> None:
    intent = await killed_while_sending(machine, "50000")
    under_a_former_key(machine)
    async with living(exchange) as bob, Machine(bob, machine.store).process() as desk:
        push = await desk.hears("An order stays unclear")
        assert "this is another Kraken account" in push
        await desk.time.go_on(700, step=20)
        assert await desk.stands(intent) is Standing.UNKNOWN, "nothing is proven"
        assert sum("stays unclear" in text for text in desk.pushes) == 1
        assert exchange.rest.calls["ClosedOrders"] < 10, "asked seldom"
