"""Practice on an exchange where everything breaks: money, facts and orders stay true.

The account is cut off, its books are spoilt, it is restarted from what was saved in between, its
storage fails. Money is counted again from the saved fills alone.
"""

import asyncio
import random
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal as D
from uuid import UUID

import pytest

from kraken.account import AccountEvent, AccountReady, FillHappened
from kraken.core.errors import KrakenError, OutcomeUnknown, Rejected
from kraken.core.trading import (
    Amend,
    Fill,
    OrderName,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    Trigger,
)
from kraken.core.types import Asset, ClientOrderId, ExecId, Side
from kraken.paper import PaperAccount, PaperFact, PaperVenue
from kraken.sim.server import Exchange
from tests.account_stage import BTC_USD, MONEY, private_calls, public_side
from tests.passing_time import PassingTime, hop
from tests.simulated import by_hand
from tests.trader import touch

FAULTS: Sequence[dict[str, object]] = (
    {"kind": "drop_connection"},
    {"kind": "cloudflare_restart"},
    {"kind": "mute_socket", "seconds": 20},
    {"kind": "wrong_checksum"},
    {"kind": "lost_book_update"},
    {"kind": "outage", "seconds": 30},
    {"kind": "service_busy"},
    {"kind": "http_502_html"},
)


class Life:
    """One account through all of its processes, and its store."""

    def __init__(
        self, exchange: Exchange, time: PassingTime, venue: PaperVenue, rng: random.Random
    ) -> None:
        self.exchange, self.time, self.venue, self.rng = exchange, time, venue, rng
        self.snapshot: bytes | None = None
        self.fills: dict[ExecId, Fill] = {}
        self.told: dict[ExecId, Fill] = {}
        self.ready = 0
        self.is_storing = True
        self.account = self.begin()
        self.number = 0

    def begin(self) -> PaperAccount:
        """A new process."""
        self.account = PaperAccount(self.venue, name="7", save=self.save, snapshot=self.snapshot)
        return self.account

    async def save(self, snapshot: bytes, facts: Sequence[PaperFact]) -> None:
        if not self.is_storing:
            raise OSError("disk full")
        self.snapshot = snapshot
        for fact in facts:
            if isinstance(fact, FillHappened):
                known = self.fills.setdefault(fact.fill.exec_id, fact.fill)
                assert known == fact.fill

    async def listen(self, event: AccountEvent) -> None:
        if isinstance(event, FillHappened):
            assert self.fills[event.fill.exec_id] == event.fill, "told before it was saved"
            self.told[event.fill.exec_id] = event.fill
        self.ready += isinstance(event, AccountReady)

    async def run(self) -> None:
        try:
            await self.account.run(self.listen)
        except OSError:
            return  # its owner starts it again

    async def act(self) -> None:
        """One thing that an owner does, whatever becomes of it."""
        rng = self.rng
        bid, ask = touch(self.exchange)
        away = D(rng.choice((-300, -40, 0, 40, 300)))
        self.number += 1
        plain = OrderRequest(
            BTC_USD,
            rng.choice(tuple(Side)),
            OrderType.LIMIT,
            D(rng.randint(1, 40)) / 1000,
            client_id=ClientOrderId(str(UUID(int=self.number))),
            limit_price=bid + away,
        )
        trail = Trigger(PriceOffset(D(rng.randint(20, 300)), PriceKind.QUOTE))
        requests = (
            plain,
            replace(plain, type=OrderType.MARKET, limit_price=None),
            replace(plain, type=OrderType.TRAILING_STOP, limit_price=None, trigger=trail),
            replace(plain, type=OrderType.ICEBERG, display_qty=plain.qty),
        )
        open_orders = await self.account.open_orders()
        try:
            if len(open_orders) > 8:
                await self.account.cancel(OrderName(order_id=rng.choice(open_orders).order_id))
            elif open_orders and rng.random() < 0.2:
                name = OrderName(order_id=rng.choice(open_orders).order_id)
                await self.account.amend(name, Amend(limit_price=ask - away))
            else:
                await self.account.place(rng.choice(requests))
        except OutcomeUnknown:
            assert not self.is_storing
        except KrakenError:
            pass

    async def check(self) -> None:
        """Money is what the saved fills make of it; nothing is held that is not there."""
        if not self.is_storing:
            return
        expected = dict(MONEY)
        for fill in self.fills.values():
            sign = 1 if fill.side is Side.BUY else -1
            expected[Asset("BTC")] += sign * fill.qty
            expected[Asset("USD")] -= sign * fill.cost
            expected[fill.fee_asset] -= fill.fee
        balances = await self.account.balances()
        if not await self._is_saved():
            return
        assert {asset: b.total for asset, b in balances.items()} == expected
        assert all(0 <= b.held <= b.total for b in balances.values())

    async def _is_saved(self) -> bool:
        try:
            await self.account.settle(ClientOrderId("nobody"), self.time.now())
        except Rejected:
            return True
        return False


@pytest.mark.parametrize("seed", range(2))
async def test_money_and_facts_stay_true_whatever_breaks(seed: int) -> None:
    rng = random.Random(seed)
    async with by_hand() as exchange, AsyncExitStack() as stack:
        time, venue = await stack.enter_async_context(public_side(exchange))
        life = Life(exchange, time, venue, rng)
        await life.account.reset(MONEY)
        for _ in range(5):
            await _one_process(life, steps=6)
            await time.go_on(rng.choice((1, 40)))
        await _in_peace(life)
        assert life.told == life.fills
        assert life.fills
    assert private_calls(exchange) == {}


async def _one_process(life: Life, steps: int) -> None:
    rng, exchange, time = life.rng, life.exchange, life.time
    life.begin()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(life.run())
        for _ in range(steps):
            if rng.random() < 0.3:
                exchange.arm(rng.choice(FAULTS))
            life.is_storing = rng.random() > 0.2
            acting = tasks.create_task(life.act())
            while not acting.done():
                await time.go_on(1)
            if rng.random() < 0.5:
                bid, _ = touch(exchange)
                pair = exchange.venue.pairs[BTC_USD]
                exchange.move(BTC_USD, pair.ticks(bid + rng.randint(-250, 250)))
            await time.go_on(rng.choice((1, 5)))
            if running.done():
                life.is_storing = True
                running = tasks.create_task(life.run())
            await hop()
        life.is_storing = True
        await time.go_on(1)
        await life.check()
        running.cancel()


async def _in_peace(life: Life) -> None:
    """Nothing breaks any more: everything is told, and the account is up to date."""
    life.exchange.disarm()
    life.begin()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(life.run())
        before = life.ready
        await life.time.until(lambda: life.ready > before, 300)
        await life.time.go_on(40)
        await life.check()
        running.cancel()
