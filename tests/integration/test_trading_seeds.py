"""Twenty seeds of orders under every fault: what is kept and told is what the journal says."""

import random
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from bot.core.texts.amounts import amount, money
from bot.core.trade.types import Intent, Standing
from kraken.core.errors import KrakenError
from kraken.core.trading import OrderName
from kraken.sim.server import Exchange
from tests.live_account import living
from tests.memory_store import MemoryStore
from tests.simulated import by_hand
from tests.trader import touch
from tests.trading_desk import KEY, Desk, process, ready

SEEDS = range(20)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "place_then_drop_reply"},
    {"kind": "reply_502_after_place"},
    {"kind": "reply_html"},
    {"kind": "reply_truncated"},
    {"kind": "busy_although_placed"},
    {"kind": "late_arrival", "seconds": 3},
    {"kind": "late_arrival", "seconds": 9},
    {"kind": "drop_request"},
    {"kind": "place_and_fill_before_reply"},
    {"kind": "engine_rate_limited"},
    {"kind": "invalid_nonce"},
    {"kind": "duplicate_execution"},
    {"kind": "reordered_executions"},
    {"kind": "lost_execution"},
    {"kind": "unnoticed_loss"},
    {"kind": "drop_connection"},
    {"kind": "expired_token"},
)


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


async def some_orders(desk: Desk, exchange: Exchange, dice: random.Random) -> list[Intent]:
    """Buys that take, buys that rest, and cancels, each perhaps under a fault."""
    made: list[Intent] = []
    for _ in range(4):
        if dice.random() < 0.8:
            exchange.arm(dice.choice(FAULTS))
        price = touch(exchange)[1] * (2 if dice.random() < 0.6 else Decimal("0.8"))
        intent = desk.intent(f"{price:.1f}", qty=Decimal(dice.randint(1, 30)) / 1000)
        made.append(intent)
        await desk.place(intent)
        if dice.random() < 0.3:
            chat = await desk.heart.accounts.of(1, intent.mode)
            with suppress(KrakenError):  # what became of it is compared with the journal below
                await desk.passing(
                    desk.trading.cancel(chat, OrderName(client_id=intent.client_id))
                )
        await desk.time.go_on(dice.choice([0, 1, 5, 30]))
    return made


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_is_kept_and_told_is_what_the_journal_says(
    exchange: Exchange, seed: int
) -> None:
    dice = random.Random(seed)
    async with living(exchange) as ann:
        store = MemoryStore(ann.time)
        async with process(ann, store) as desk:
            await ready(desk)
            made = await some_orders(desk, exchange, dice)
        if dice.random() < 0.5:
            exchange.arm(dice.choice(FAULTS))
        ann.restart(booked=await store.booked_fills(KEY))
        told = list(desk.pushes)
        async with process(ann, store) as desk:
            await ready(desk)
            for intent in made:
                await desk.settled(intent)
            exchange.disarm()
            await desk.time.go_on(700)  # two sweeps of the lists
            await _agree(desk, made, [*told, *desk.pushes])


async def _agree(desk: Desk, made: list[Intent], pushes: list[str]) -> None:
    journal = {row["cl_ord_id"]: row for row in desk.sent()}
    assert len(journal) == len(desk.sent()), "placed twice"
    fills = {fill.exec_id: fill for fill in await desk.store.booked_fills(KEY)}
    assert {name: (fill.price, fill.qty, fill.cost, fill.fee) for name, fill in fills.items()} == {
        row["exec_id"]: tuple(Decimal(row[part]) for part in ("price", "qty", "cost", "fee"))
        for row in desk.living.journal_fills()
    }
    ended, refused, sums = 0, 0, list[str]()
    for intent in made:
        placed = await desk.store.placed_order(intent.client_id)
        assert placed is not None
        row = journal.get(intent.client_id)
        assert (placed.standing is Standing.ACKED) == (row is not None), placed
        if row is None:
            assert placed.standing in (Standing.ABSENT, Standing.REJECTED, Standing.NOT_SENT)
            refused += placed.standing is not Standing.NOT_SENT
            continue
        assert placed.order is not None
        assert placed.order.status == row["status"]
        assert placed.order.filled_qty == Decimal(row["filled_qty"])
        if not placed.order.is_open:
            ended += 1
            sums += [_sum(row)] if placed.order.filled_qty else []
    assert sum(_is_end(text) for text in pushes) == ended, pushes
    assert sorted(line for text in pushes for line in text.split("\n") if "Bought" in line) == (
        sorted(sums)
    )
    # Whoever was told that nothing was placed was told the truth.
    assert sum("❌" in text for text in pushes) == refused, pushes


def _sum(row: dict[str, Any]) -> str:
    """What a person is told of an order that bought something."""
    qty, cost, fee = (Decimal(row[part]) for part in ("filled_qty", "cost", "fee"))
    return f"Bought {amount(qty)} BTC for {money(cost)} USD, fee {money(fee)} USD."


def _is_end(text: str) -> bool:
    first = text.split("\n")[0]
    return any(word in first for word in ("filled", "cancelled", "expired"))
