"""Orders that the bot sends in parts: over a time and as a ladder."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.errors import BadArgument
from bot.core.plans.types import PlanKind, PlanState
from tests.page_rules import words_of
from tests.plan_stage import PlanStage, bought

SLICED = "/buy 0.01 btc market in=1h parts=4"


@pytest.fixture
def stage() -> Iterator[PlanStage]:
    made = PlanStage()
    yield made
    made.close()


async def test_the_parts_come_to_the_whole_and_each_is_sent_once(stage: PlanStage) -> None:
    plan = await stage.start(SLICED, label="Send")
    assert plan.kind is PlanKind.SLICES
    assert stage.account.sent == []
    for _ in range(4):
        await stage.due(plan)
    sent = stage.account.sent
    assert sum((each.qty or Decimal(0) for each in sent), Decimal(0)) == Decimal("0.01")
    assert len(set(bought(sent))) == 4
    assert (await stage.now(plan)).state is PlanState.ENDED
    assert "4 of 4 parts were sent" in words_of(stage.chat.chat.outbox.pushes[-1][2])


async def test_late_parts_move_and_are_not_sent_in_a_burst(stage: PlanStage) -> None:
    plan = await stage.start("/buy 0.01 btc market in=4m parts=4", label="Send")
    await stage.due(plan)
    await stage.due(plan, timedelta(minutes=10))
    now = await stage.now(plan)
    assert len(stage.account.sent) == 2
    assert now.due is not None
    assert now.due.at == stage.clock.now() + timedelta(minutes=1)


async def test_after_hours_away_the_rest_is_not_sent_and_that_is_told(stage: PlanStage) -> None:
    plan = await stage.start(SLICED, label="Send")
    await stage.due(plan)
    await stage.due(plan, timedelta(hours=5))
    assert len(stage.account.sent) == 1
    assert (await stage.now(plan)).state is PlanState.ENDED
    assert "1 of 4 parts were sent" in words_of(stage.chat.chat.outbox.pushes[-1][2])


async def test_a_ladder_has_its_prices_at_even_distances(stage: PlanStage) -> None:
    plan = await stage.start("/buy 0.01 btc ladder=58000..59000x5", label="Send")
    for _ in range(5):
        await stage.due(plan)
    prices = [each.limit_price for each in stage.account.sent]
    assert prices == [Decimal(58000 + 250 * n) for n in range(5)]
    assert {each.qty for each in stage.account.sent} == {Decimal("0.002")}


async def test_what_is_left_stands_in_the_list_and_can_be_stopped(stage: PlanStage) -> None:
    plan = await stage.start(SLICED, label="Send")
    await stage.due(plan)
    page = await stage.chat.say("/orders")
    assert "3 of 4 parts, buy BTC 0.0075" in words_of(page)
    await stage.chat.tap(page, "⏹ Stop 1")
    assert (await stage.now(plan)).state is PlanState.ENDED
    assert await stage.records.due_plans(stage.clock.now() + timedelta(days=1)) == []


@pytest.mark.parametrize(
    "said",
    ["/buy 0.0001 btc market in=1h parts=50", "/buy 0.01 btc market in=1m parts=50"],
)
async def test_parts_too_small_or_too_fast_are_refused(stage: PlanStage, said: str) -> None:
    with pytest.raises(BadArgument):
        await stage.chat.say(said)
    assert await stage.records.plans_of(1) == []
