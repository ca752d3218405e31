"""More happens than the bot can keep up with, for a minute: whole product."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.desk.facts import Facts as Keeping
from kraken.live.facts import Facts as Known
from tests.fault_oracle import ELSEWHERE, judge
from tests.fault_orders import now_in_microseconds, order
from tests.fault_stage import Person, Stage, staged, wait
from tests.virtual_time import passes

MOST = 40
"""Facts that may wait here, instead of thousands."""
STALL = 0.2
"""Seconds that each fact takes to be kept; they come many times as fast."""
ORDERS = 90


@pytest.fixture
def depths(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many facts waited, each time that one more did."""
    depths: list[int] = []
    hear, tell = Keeping.hear, Known._tell

    async def slowly(self: Keeping, *given: Any) -> None:
        await passes(STALL)
        await hear(self, *given)

    def counting(self: Known, event: Any) -> None:
        tell(self, event)
        depths.append(len(self._untold))

    monkeypatch.setattr("kraken.live.facts.MOST_UNTOLD", MOST)
    monkeypatch.setattr(Keeping, "hear", slowly)
    monkeypatch.setattr(Known, "_tell", counting)
    return depths


@pytest.fixture
async def stage(tmp_path: Path, depths: list[int]) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seeds=[1], name="slow") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


async def burst(stage: Stage, me: Person) -> None:
    """Another program with the same key trades, in a market that runs."""
    terms = {"ordertype": "market", "type": "buy", "pair": "XBTUSD", "userref": ELSEWHERE}
    step = Decimal(stage.exchange.venue.pairs["BTC/USD"].tick_size)
    for number in range(ORDERS):
        price = Decimal(me.price(0.02 if number % 2 else -0.02))
        stage.exchange.move("BTC/USD", int(price / step))
        me.trader.nonce = now_in_microseconds()
        await me.trader.ask("AddOrder", **terms, volume=f"0.001{number:04d}")
        await passes(STALL)


async def test_a_burst_that_the_bot_cannot_keep_up_with_is_kept_whole_and_told_once(
    stage: Stage, me: Person, depths: list[int]
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    accepted = stage.exchange.hub.accepted
    await burst(stage, me)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(200)
    verdict = judge(stage)
    assert not verdict.complaints, str(verdict)
    assert verdict.fills >= ORDERS + 1
    assert stage.exchange.hub.accepted - accepted >= 2, "it read no more, and all again later"
    assert MOST <= max(depths) < MOST + ORDERS, "so that memory has a bound"
