"""The end of an order is told once, after its last fill, in whatever order facts come."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from bot.core.trade.types import AccountId, Mode
from bot.desk.telling import Telling
from kraken.account import FillHappened, OrderUpdated
from kraken.core.trading import (
    ExecType,
    Fill,
    Liquidity,
    OrderStatus,
    OrderType,
    Report,
    TimeInForce,
)
from kraken.core.types import Asset, ExecId, OrderId
from kraken.live.facts import Facts, report_of
from tests.fake_bot import FakeMarket, FakeOutbox
from tests.fakes import NOON, FakeClock
from tests.intents import intent
from tests.memory_store import MemoryStore

LIVE = AccountId("live:1")
NAME = OrderId("O1")
SAMPLES = 25


def fill(number: int, qty: str) -> Fill:
    made = intent().request
    return Fill(
        exec_id=ExecId(f"T{number}"),
        order_id=NAME,
        symbol=made.symbol,
        side=made.side,
        price=Decimal(50000),
        qty=Decimal(qty),
        cost=Decimal(50000) * Decimal(qty),
        liquidity=Liquidity.TAKER,
        fee=Decimal("0.1"),
        fee_asset=Asset("USD"),
        at=NOON + timedelta(seconds=number),
    )


FIRST, SECOND = fill(1, "0.0003"), fill(2, "0.0007")


def said(kind: ExecType, status: OrderStatus, seconds: int, **more: Any) -> Report:
    return replace(Report(NAME, kind, status, NOON + timedelta(seconds=seconds)), **more)


def reports(ending: OrderStatus, *, with_sums: bool) -> tuple[list[Report], list[Report]]:
    """What the stream says and what lists say of an order that two fills filled."""
    made = intent().request
    terms = {
        "symbol": made.symbol,
        "side": made.side,
        "type": OrderType.LIMIT,
        "qty": made.qty if ending is OrderStatus.FILLED else Decimal("0.002"),
        "limit_price": made.limit_price,
        "time_in_force": TimeInForce.GTC,
    }
    sums = {"filled_qty": Decimal("0.001")} if with_sums else {}
    part = {"filled_qty": Decimal("0.0003")} if with_sums else {}
    kind = ExecType.FILLED if ending is OrderStatus.FILLED else ExecType.CANCELED
    partly = OrderStatus.PARTIALLY_FILLED
    last = ending if ending is OrderStatus.FILLED else partly
    streamed = [
        said(ExecType.PENDING_NEW, OrderStatus.PENDING_NEW, 0, **terms),
        said(ExecType.TRADE, partly, 1, fill=FIRST, **part),
        said(ExecType.TRADE, last, 2, fill=SECOND, **sums),
        said(kind, ending, 3, **sums),
    ]
    whole = {**terms, "filled_qty": Decimal("0.001")}
    listed = [said(ExecType.STATUS, ending, 3, **whole), report_of(FIRST), report_of(SECOND)]
    return streamed, listed


async def told(order_of_facts: list[Report]) -> list[str]:
    """What the chat is told, as keys of events and pages."""
    clock = FakeClock()
    store = MemoryStore(clock)
    market: Any = FakeMarket()
    telling = Telling(store, store, market, FakeOutbox(clock), clock)  # type: ignore[arg-type]  # as the desk has it
    made = replace(intent(mode=Mode.LIVE), account=LIVE)
    await store.commit_intent(made, ticket_id=None, now=NOON)
    facts = Facts((), lambda: NOON - timedelta(days=1))
    for report in order_of_facts:
        facts.learn([replace(report, client_id=made.client_id)], clock.now())
    while (event := facts.next_event) is not None:
        if isinstance(event, OrderUpdated):
            await telling.order_changed(LIVE, event.order, 1)
        elif isinstance(event, FillHappened):
            await telling.fill_happened(LIVE, event.fill, event.order, 1)
        facts.told()
    rows = store.memory.execute("select event_key from outbox order by rowid").fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize("ending", [OrderStatus.FILLED, OrderStatus.CANCELED])
async def test_in_whatever_order_facts_come_the_end_is_told_once_and_no_fill_is_late(
    ending: OrderStatus,
) -> None:
    streamed, listed = reports(ending, with_sums=True)
    every = list(permutations([*streamed, *listed]))
    for facts in random.Random(3).sample(every, SAMPLES):
        assert await told(list(facts)) == [f"end:{LIVE}:{NAME}"], facts


async def test_an_order_that_is_filled_is_told_when_its_last_fill_is_there() -> None:
    streamed, _ = reports(OrderStatus.FILLED, with_sums=False)
    for rest in permutations(streamed[1:]):
        assert await told([streamed[0], *rest]) == [f"end:{LIVE}:{NAME}"], rest
