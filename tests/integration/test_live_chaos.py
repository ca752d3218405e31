"""Many orders under every fault: what was told is what the journal says, to the last digit.

Each seed is another life of one key: orders of all kinds, amends and cancels, lost answers, lost
reports, cut streams, restarts in the middle. Nothing is lost, doubled or told wrongly.
"""

import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from kraken.account import AccountReady, FillHappened
from kraken.core.errors import Busy, NotSent, OutcomeUnknown, Rejected
from kraken.core.trading import Amend, FeePreference, OrderName, OrderRequest
from kraken.core.types import Side
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.simulated import by_hand

logger = logging.getLogger(__name__)

SEEDS = range(20)
STEPS = 30

SPOILT_ORDERS: list[dict[str, Any]] = [
    {"kind": "place_then_drop_reply"},
    {"kind": "reply_502_after_place"},
    {"kind": "reply_html"},
    {"kind": "reply_truncated"},
    {"kind": "busy_although_placed"},
    {"kind": "late_arrival", "seconds": 3},
    {"kind": "late_arrival", "seconds": 30},
    {"kind": "drop_request"},
    {"kind": "deadline_elapsed"},
    {"kind": "place_and_fill_before_reply"},
    {"kind": "invalid_nonce", "endpoint": "AddOrder"},
    {"kind": "engine_rate_limited"},
]
SPOILT_FACTS: list[dict[str, Any]] = [
    {"kind": "duplicate_execution", "times": 2},
    {"kind": "reordered_executions", "times": 2},
    {"kind": "lost_execution", "times": 2},
    {"kind": "unnoticed_loss", "times": 2},
    {"kind": "sequence_gap"},
    {"kind": "drop_connection"},
    {"kind": "expired_token"},
    {"kind": "tokens_revoked"},
    {"kind": "invalid_nonce", "endpoint": "GetWebSocketsToken"},
    {"kind": "http_502_html", "endpoint": "TradesHistory"},
    {"kind": "truncated_body", "endpoint": "ClosedOrders"},
    {"kind": "closed_orders_lag", "seconds": 40},
]


class Life:
    """What one seed does."""

    def __init__(self, ann: Living, seed: int) -> None:
        self.ann = ann
        self.random = Random(f"chaos {seed}")
        self.unknown: list[OrderRequest] = []
        self.placed: list[OrderRequest] = []
        self.refused: list[OrderRequest] = []

    async def act(self) -> None:
        """One thing that a person, or bad luck, does."""
        acts = (self.place, self.place, self.change, self.spoil, self.wait)
        await self.random.choice(acts)()

    async def place(self) -> None:
        if self.random.random() < 0.4:
            self.ann.exchange.arm(self.random.choice(SPOILT_ORDERS))
        price = self.random.choice([None, "50000", "70000", "40000"])
        terms: dict[str, Any] = {
            "qty": Decimal(self.random.randint(1, 500)).scaleb(-4),
            "side": self.random.choice([Side.BUY, Side.SELL]),
            "fee_preference": self.random.choice(list(FeePreference)),
        }
        request = self.ann.order(price, **terms)
        try:
            await self.ann.account.place(request)
            self.placed.append(request)
        except OutcomeUnknown:
            self.unknown.append(request)
        except (Rejected, NotSent):
            self.refused.append(request)

    async def change(self) -> None:
        if not self.placed:
            return
        name = OrderName(client_id=self.random.choice(self.placed).client_id)
        try:
            if self.random.random() < 0.5:
                await self.ann.account.cancel(name)
            else:
                price = Decimal(self.random.randint(30_000, 90_000))
                await self.ann.account.amend(name, Amend(limit_price=price))
        except (Rejected, NotSent, OutcomeUnknown, Busy):
            pass  # it may be over, or Kraken out of reach; the facts will tell

    async def spoil(self) -> None:
        self.ann.exchange.arm(self.random.choice(SPOILT_FACTS))

    async def wait(self) -> None:
        await self.ann.time.go_on(self.random.randint(1, 40), step=5)

    async def settle(self) -> tuple[int, int]:
        """Find out about every order whose answer was lost; how many there were and were not."""
        found = absent = 0
        for request in self.unknown:
            assert request.client_id is not None
            assert request.deadline is not None
            asked = self.ann.account.settle(request.client_id, request.deadline)
            try:
                order = await self.ann.while_time_passes(asked, 3600)
                assert order.client_id == request.client_id
                found += 1
            except Rejected:
                absent += 1
                self.refused.append(request)
        return found, absent


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_lost_doubled_or_told_wrongly(exchange: Exchange, seed: int) -> None:
    async with living(exchange, tier=("pro", "starter")[seed % 2]) as ann:
        life = Life(ann, seed)
        for _ in range(2):
            async with ann.running():
                for _ in range(STEPS // 2):
                    await life.act()
            if life.random.random() < 0.5:
                ann.restart(booked=ann.fills(), since=ann.of(AccountReady)[-1].at)
        exchange.disarm()
        async with ann.running():
            found, absent = await life.settle()
            await ann.time.until(ann.agrees, 700, step=10)
        names = [row["cl_ord_id"] for row in ann.journal_orders()]
        assert len(names) == len(set(names)), "an order was doubled"
        assert not {request.client_id for request in life.refused} & set(names)
        assert {request.client_id for request in life.placed} <= set(names)
        told = [event.fill.exec_id for event in ann.of(FillHappened)]
        assert len(told) == len(set(told))
        logger.info("seed %d: %d orders, %d fills", seed, len(names), len(told))
        logger.info("of lost orders, %d were found and %d absent", found, absent)
