"""The bot dies at any step of a plan's slot, again and again: one order, one story, none lost."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.plans.types import RunState
from bot.desk.trading import Trading
from kraken.core.errors import NotSent, OutcomeUnknown
from tests.plan_stage import PlanStage, bought

SEEDS = 60
STEPS = 45
"""A slot takes about so many questions to store and exchange."""


class Killed(BaseException):
    """The process is gone: nothing of what it was doing goes on."""


class Fate:
    """Kills at one of the steps, before or after it was done."""

    def __init__(self, dice: random.Random) -> None:
        self._at = dice.randrange(STEPS)
        self._after = dice.random() < 0.5
        self.is_armed = False

    def before(self) -> None:
        if self.is_armed and self._at == 0 and not self._after:
            self.is_armed = False
            raise Killed
        self._at -= 1

    def after(self) -> None:
        if self.is_armed and self._at < 0 and self._after:
            self.is_armed = False
            raise Killed


@contextmanager
def dying(stage: PlanStage, fate: Fate) -> Iterator[None]:
    """Every question to the store and every call to the exchange is a step."""
    ask, place = stage.records.run, stage.account.place

    async def run(question: Any, **more: Any) -> Any:
        fate.before()
        answer = await ask(question, **more)
        fate.after()
        return answer

    async def placing(request: Any) -> Any:
        fate.before()
        order = await place(request)
        fate.after()
        return order

    stage.records.run, stage.account.place = run, placing  # type: ignore[method-assign]
    yield
    stage.records.run, stage.account.place = ask, place  # type: ignore[method-assign]


def new_life(stage: PlanStage) -> None:
    """The process starts again on what is kept: nothing in memory is left."""
    chat = stage.chat.chat
    chat.tasks.close()
    chat.tasks.started.clear()
    stage.runs = stage.life()


async def go_on(stage: PlanStage) -> None:
    """What a start does: what was left open is found out, what was begun goes on."""
    trading = stage.chat.chat.services.trading
    assert isinstance(trading, Trading)
    await trading.start()
    await stage._sleep(0.1)
    for run in await stage.records.begun_runs():
        plan = await stage.records.plan(run.plan_id)
        await stage.runs.do(plan, run)
    for plan in await stage.records.due_plans(stage.clock.now()):
        run = await stage.runs.begin(plan)
        if run is not None:
            await stage.runs.do(plan, run)


async def live_or_die(stage: PlanStage, dice: random.Random) -> None:
    """Do what is due; the process may end at any point of it, and another one goes on."""
    fate = Fate(dice)
    with dying(stage, fate):
        fate.is_armed = True
        try:
            await go_on(stage)
        except Killed:
            new_life(stage)
            stage.clock.advance(dice.choice([1, 20, 300]))
            stage.market_at("60000.0")
            fate.is_armed = False
            await go_on(stage)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_no_slot_is_bought_twice_and_none_is_lost(seed: int) -> None:
    dice, stage = random.Random(seed), PlanStage()
    plan = await stage.start("/dca 25usd btc every 1d at 09:00 missed skip")
    slots = 3
    for _ in range(slots):
        now = await stage.now(plan)
        assert now.due is not None
        stage.clock.advance((now.due.at - stage.clock.now()).total_seconds())
        stage.market_at("60000.0")
        await live_or_die(stage, dice)
    names = bought(stage.account.sent)
    runs = await stage.records.runs_of(plan.id)
    told = await stage.told()
    assert len(set(names)) == len(names), f"seed {seed}: sent twice"
    assert len(names) == slots, f"seed {seed}: {len(names)} orders in {slots} slots, {runs}"
    assert [run.state for run in runs] == [RunState.DONE] * slots, f"seed {seed}"
    assert len(told) == slots, f"seed {seed}: told {told}"
    stage.close()


@pytest.mark.parametrize("seed", range(40))
async def test_no_part_is_sent_twice_and_none_is_lost(seed: int) -> None:
    dice, stage = random.Random(seed), PlanStage()
    plan = await stage.start("/buy 0.01 btc market in=20m parts=5", label="Send")
    while (now := await stage.now(plan)).due is not None:
        stage.clock.advance((now.due.at - stage.clock.now()).total_seconds())
        stage.market_at("60000.0")
        await live_or_die(stage, dice)
    names = bought(stage.account.sent)
    assert len(set(names)) == len(names) == 5, f"seed {seed}: {names}"
    assert sum(each.qty or 0 for each in stage.account.sent) == Decimal("0.01"), f"seed {seed}"
    runs = await stage.records.runs_of(plan.id)
    assert [run.state for run in runs] == [RunState.DONE] * 5, f"seed {seed}"
    stage.close()


@pytest.mark.parametrize("seed", range(20))
async def test_lost_answers_and_lost_requests_make_no_second_order(seed: int) -> None:
    dice, stage = random.Random(seed), PlanStage()
    place = stage.account.place
    plan = await stage.start("/dca 25usd btc every 1d at 09:00 missed skip")

    async def placing(request: Any) -> Any:
        match dice.randrange(4):
            case 0:
                raise NotSent("no connection")
            case 1:
                raise OutcomeUnknown("the request was lost")
            case 2:
                await place(request)
                raise OutcomeUnknown("the answer was lost")
            case _:
                return await place(request)

    stage.account.place = placing  # type: ignore[method-assign]
    for _ in range(5):
        before = len(stage.account.orders)
        run = await stage.due(plan)
        assert run is not None
        made = len(stage.account.orders) - before
        assert made <= 1, f"seed {seed}: {made} orders in one slot"
        assert (run.state is RunState.DONE) == (made == 1), f"seed {seed}"
    assert len(await stage.told()) == 5, f"seed {seed}"
    stage.close()


async def test_a_slot_that_was_begun_long_ago_is_told_and_not_bought_late() -> None:
    stage = PlanStage()
    plan = await stage.start("/dca 25usd btc every 1d at 09:00 missed skip")
    now = await stage.now(plan)
    assert now.due is not None
    stage.clock.advance((now.due.at - stage.clock.now()).total_seconds())
    assert await stage.runs.begin(now) is not None
    stage.clock.advance(timedelta(hours=3).total_seconds())
    new_life(stage)
    await go_on(stage)
    assert stage.account.sent == []
    assert len(await stage.told()) == 1
    stage.close()
