"""What is said while a plan's slot is being done holds for that slot, too."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.access import Role
from bot.core.errors import Expired
from bot.core.plans.types import PlanState, RunState
from bot.core.trade.types import Mode
from bot.desk import plans_orders
from bot.desk.preview import value_of
from kraken.core.errors import NotSent
from tests.plan_stage import PlanStage

DAILY = "/dca 25usd btc every 1d at 09:00"


@pytest.fixture
def stage() -> Iterator[PlanStage]:
    made = PlanStage(live=True)
    yield made
    made.close()


def once(do: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """Do it the first time only."""
    waiting = [do]

    async def call() -> None:
        if waiting:
            await waiting.pop()()

    return call


@pytest.mark.parametrize("action", ["pause", "stop"])
async def test_a_slot_that_waits_for_kraken_is_not_bought_after_a_stop(
    stage: PlanStage, action: str
) -> None:
    plan = await stage.start(DAILY)
    stage.account.answers["own_fees"] = [NotSent("down")]
    stage.on_sleep = once(lambda: stage.chat.say(f"/dca {action} 1"))
    run = await stage.due(plan)
    assert run is not None
    assert run.state is RunState.SKIPPED
    assert stage.account.sent == []
    assert "was paused or stopped" in (await stage.told())[-1]


async def test_the_rest_is_not_bought_at_the_market_after_a_stop(stage: PlanStage) -> None:
    plan = await stage.start(f"{DAILY} limit -0.5% wait 30m then market")

    async def stop() -> None:
        await stage.chat.say("/dca stop 1")
        (order,) = stage.account.orders.values()
        ended = stage.account.let_fill(order, Decimal("0.0001"))
        await stage.chat.chat.telling.order_changed(plan.order.account, ended)

    stage.on_sleep = once(stop)
    run = await stage.due(plan)
    assert run is not None
    assert len(stage.account.sent) == 1
    assert run.done.qty == Decimal("0.0001")


async def test_the_rest_is_not_bought_for_somebody_who_may_not_trade_any_more(
    stage: PlanStage,
) -> None:
    plan = await stage.start(f"{DAILY} limit -0.5% wait 30m then market")

    async def demote() -> None:
        stage.role = Role.VIEWER
        (order,) = stage.account.orders.values()
        ended = stage.account.let_fill(order, Decimal(0))
        await stage.chat.chat.telling.order_changed(plan.order.account, ended)

    stage.on_sleep = once(demote)
    await stage.due(plan)
    assert len(stage.account.sent) == 1


async def test_what_was_bought_is_told_although_its_maker_may_not_trade_any_more(
    stage: PlanStage,
) -> None:
    plan = await stage.start(DAILY)
    assert plan.due is not None
    stage.clock.advance((plan.due.at - stage.clock.now()).total_seconds())
    stage.market_at("60000.0")
    run = await stage.runs.begin(plan)
    assert run is not None
    orders = plans_orders.PlanOrders(stage.chat.chat.services, _nothing)
    await orders.run(plan, run)  # and then the bot ends, before anything is told
    stage.role = Role.VIEWER
    await stage.life().do(plan, run)
    assert "DCA #1 ▲" in (await stage.told())[-1]
    assert len(stage.account.sent) == 1


async def test_practice_that_begins_while_prices_are_read_sends_nothing_live(
    stage: PlanStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await stage.start(DAILY)

    async def slowly(*given: object) -> Decimal:
        stage.chat.chat.accounts.modes[1] = Mode.PAPER
        return await value_of(*given)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(plans_orders, "value_of", slowly)
    await stage.due(plan, timedelta(seconds=1))
    assert stage.account.sent == []
    assert (await stage.now(plan)).state is PlanState.ACTIVE


async def test_slots_that_overlap_buy_no_more_often_than_was_confirmed(stage: PlanStage) -> None:
    plan = await stage.start("/dca 25usd btc every 5m limit -0.5% wait 1h stop after 2")
    begun = []
    for _ in range(4):
        plan = await stage.now(plan)
        assert plan.due is not None
        stage.clock.advance((plan.due.at - stage.clock.now()).total_seconds())
        begun.append(await stage.runs.begin(plan))
    assert [run is not None for run in begun] == [True, True, False, False]


async def test_a_question_without_an_answer_lets_nothing_more_be_bought(stage: PlanStage) -> None:
    plan = await stage.start(f"{DAILY} stop after 1")
    missed = await stage.due(plan, timedelta(minutes=20))
    assert missed is not None
    assert missed.state is RunState.WAITING
    (question,) = await stage.pushes()
    await stage.due(plan)
    assert len(stage.account.sent) == 1
    assert (await stage.now(plan)).state is PlanState.ENDED
    with pytest.raises(Expired):
        await stage.chat.tap(question, "Buy now")


async def test_a_plan_belongs_to_whoever_confirmed_its_change(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    page = await stage.chat.say("/dca edit 1 50usd btc every 1d at 10:00", user_id=8)
    await stage.chat.tap(page, "Start", user_id=8)
    assert (plan.user_id, (await stage.now(plan)).user_id) == (7, 8)


async def _nothing(plan: object) -> str:
    return ""
