"""Plans where something is not as it should be: held up, broken, changed, or by a wrong clock."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.errors import LimitReached
from bot.core.plans.types import PlanState, Run, RunState
from bot.core.trade.limits import Limit
from bot.desk import plans_orders
from bot.desk.services import BotHealth
from kraken.core.errors import NotSent, RateLimited
from tests.page_rules import words_of
from tests.plan_stage import PlanStage, bought

DAILY = "/dca 25usd btc every 1d at 09:00"
SLICED = "/buy 0.01 btc market in=4m parts=4"


@pytest.fixture
def stage() -> Iterator[PlanStage]:
    made = PlanStage()
    yield made
    made.close()


@pytest.fixture
def live() -> Iterator[PlanStage]:
    made = PlanStage(live=True)
    yield made
    made.close()


async def begun(stage: PlanStage, plan: Any, late: timedelta = timedelta()) -> Run | None:
    """Its time comes and it is written down, but not done."""
    now = await stage.now(plan)
    assert now.due is not None
    stage.clock.advance((now.due.at + late - stage.clock.now()).total_seconds())
    stage.market_at("60000.0")
    return await stage.runs.begin(now)


def set_back(stage: PlanStage, to: datetime) -> None:
    stage.clock.advance((to - stage.clock.now()).total_seconds())


# -- parts that are held up


async def test_a_part_waits_for_the_one_before_and_then_keeps_its_distance(
    stage: PlanStage,
) -> None:
    plan = await stage.start(SLICED, label="Send")
    first = await begun(stage, plan)
    assert first is not None
    assert await begun(stage, plan, timedelta(minutes=5)) is None
    waiting = await stage.now(plan)
    assert waiting.due is not None and waiting.due.id == "1"
    await stage.runs.do(waiting, first)
    second = await stage.runs.begin(waiting)
    assert second is not None
    following = (await stage.now(plan)).due
    assert following is not None
    assert following.at == stage.clock.now() + timedelta(minutes=1), "no burst"


# -- a run that is made up for


async def test_a_run_that_is_made_up_for_keeps_its_window_over_another_restart(
    stage: PlanStage,
) -> None:
    plan = await stage.start(f"{DAILY} missed once")
    assert await begun(stage, plan, timedelta(hours=3)) is not None
    stage.clock.advance(600)
    stage.market_at("60000.0")
    (kept,) = await stage.records.begun_runs()
    await stage.life().do(await stage.now(plan), kept)
    assert len(stage.account.sent) == 1
    assert "DCA #1 ▲" in (await stage.told())[-1]


async def test_a_run_is_made_up_for_until_its_next_time_and_not_after_it(
    stage: PlanStage,
) -> None:
    plan = await stage.start(f"{DAILY} missed once")
    assert await begun(stage, plan, timedelta(hours=3)) is not None
    stage.clock.advance(86400)
    (kept,) = await stage.records.begun_runs()
    await stage.life().do(await stage.now(plan), kept)
    assert stage.account.sent == []


# -- what breaks


async def test_a_run_that_breaks_before_its_order_says_that_nothing_was_ordered(
    stage: PlanStage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plan = await stage.start(DAILY)

    def broken(*given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(plans_orders, "_check_price", broken)
    run = await stage.due(plan)
    assert run is not None
    assert run.state is RunState.SKIPPED
    assert stage.account.sent == []
    (told,) = await stage.told()
    assert "was not finished" in told
    assert "Nothing was ordered" in told
    assert "Next: " in told
    assert "ZeroDivisionError" in caplog.text
    monkeypatch.undo()
    assert (await stage.due(plan) or run).state is RunState.DONE, "the next one is bought"


async def test_a_run_that_breaks_after_its_order_says_that_one_was_sent(
    stage: PlanStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await stage.start(DAILY)

    def broken(*given: object, **more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("bot.core.texts.plans_told.report_page", broken)
    run = await stage.due(plan)
    assert run is not None
    assert run.state is RunState.DONE
    assert run.done.qty == stage.account.sent[0].qty
    (told,) = await stage.told()
    assert "An order of it was sent" in told
    assert await stage.records.begun_runs() == []


async def test_a_pair_that_goes_while_its_order_rests_ends_the_run_with_what_was_got(
    stage: PlanStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await stage.start(f"{DAILY} limit -0.5% wait 30m then market")
    market = stage.chat.chat.market

    async def delist() -> None:
        (order,) = stage.account.orders.values()
        ended = stage.account.let_fill(order, Decimal("0.0001"))
        await stage.chat.chat.telling.order_changed(plan.order.account, ended)
        monkeypatch.setattr(market, "listed", ())

    stage.on_sleep = delist
    run = await stage.due(plan)
    assert run is not None
    assert run.state is not RunState.BEGUN
    assert len(stage.account.sent) == 1


# -- another time


async def test_a_plan_that_bought_today_is_not_promised_for_a_later_time_of_the_same_day(
    stage: PlanStage,
) -> None:
    plan = await stage.start(DAILY)
    await stage.due(plan)
    page = await stage.chat.say("/dca edit 1 25usd btc every 1d at 20:00")
    today = f"{stage.clock.now():%a} {stage.clock.now().day}"
    assert today not in words_of(page)
    await stage.chat.tap(page, "Start")
    changed = await stage.now(plan)
    assert changed.due is not None
    assert changed.due.at.date() == stage.clock.now().date() + timedelta(days=1)
    assert changed.due.at.hour == 20
    await stage.due(plan)
    assert len(stage.account.sent) == 2


async def test_a_plan_that_has_not_bought_today_may_be_put_off_to_tonight(
    stage: PlanStage,
) -> None:
    plan = await stage.start("/dca 25usd btc every 1d at 18:00")
    page = await stage.chat.say("/dca edit 1 25usd btc every 1d at 20:00")
    await stage.chat.tap(page, "Start")
    changed = await stage.now(plan)
    assert changed.due is not None
    assert changed.due.at.date() == stage.clock.now().date()


# -- limits of the whole


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("/buy 0.01 btc market in=1h parts=7", Limit.DAY),
        ("/buy 0.008 btc market in=1h parts=4", Limit.ORDER),
        ("/sell 0.004 btc ladder=60000..120000x3", Limit.ORDER),
    ],
)
async def test_parts_that_could_not_all_be_sent_are_refused_at_once(
    live: PlanStage, text: str, limit: Limit
) -> None:
    with pytest.raises(LimitReached) as refused:
        await live.chat.say(text)
    assert refused.value.limit == limit
    assert await live.records.plans_of(1) == []


async def test_a_ladder_with_more_orders_than_may_be_open_is_refused(live: PlanStage) -> None:
    await live.chat.allow(Limit.OPEN, "4")
    with pytest.raises(LimitReached) as refused:
        await live.chat.say("/buy 0.004 btc ladder=59000..59500x5")
    assert refused.value.limit == Limit.OPEN


async def test_parts_of_many_days_count_for_one_day_each(live: PlanStage) -> None:
    page = await live.chat.say("/buy 0.012 btc market in=7d parts=14")
    assert "14 parts" in words_of(page)


# -- the clock


@pytest.mark.parametrize(
    "text", [DAILY, "/dca 25usd btc every mon 09:00", "/dca 25usd btc every 4h"]
)
async def test_a_clock_that_ran_far_ahead_leaves_no_plan_in_the_future(
    stage: PlanStage, text: str
) -> None:
    plan = await stage.start(f"{text} missed skip")
    right = plan.due
    assert right is not None
    before = stage.clock.now()
    await begun(stage, plan, timedelta(days=400))
    set_back(stage, before)
    lost = await stage.now(plan)
    assert lost.due is not None
    assert lost.due.at > before + timedelta(days=400)
    for _ in range(2):
        await stage.life().put_right()
    mended = await stage.now(plan)
    assert mended.due is not None
    assert mended.due.at <= right.at + timedelta(days=7)
    assert mended.due.at > before
    told = [words_of(page) for _, _, page in stage.chat.chat.outbox.pushes]
    assert len([each for each in told if "clock was ahead" in each]) == 1
    assert "DCA #1: next" in told[-1]
    await stage.due(plan)
    assert len(bought(stage.account.sent)) == 1


@pytest.mark.parametrize("offset", [None, timedelta(days=400)])
async def test_a_clock_that_is_behind_has_nothing_run_once_more(
    stage: PlanStage, offset: timedelta | None
) -> None:
    """A machine without a battery starts long ago, until it hears what time it is."""
    plan = await stage.start(f"{DAILY} missed once")
    await stage.due(plan)
    before, right = await stage.now(plan), stage.clock.now()
    set_back(stage, right - timedelta(days=400))
    stage.chat.chat.health = BotHealth(clock_offset=offset)
    assert not await stage.life().put_right()
    set_back(stage, right + timedelta(hours=1))
    stage.chat.chat.health = BotHealth(clock_offset=timedelta(seconds=1))
    assert await stage.life().put_right()
    assert await stage.now(plan) == before
    assert await stage.records.due_plans(stage.clock.now()) == []


async def test_a_clock_that_was_right_moves_nothing(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    await stage.due(plan)
    before = await stage.now(plan)
    await stage.life().put_right()
    assert await stage.now(plan) == before
    assert before.state is PlanState.ACTIVE


async def test_what_a_person_paused_meanwhile_stays_paused(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    before = stage.clock.now()
    await begun(stage, plan, timedelta(days=400))
    set_back(stage, before)
    lost = await stage.now(plan)
    await stage.chat.say("/dca pause 1")
    assert lost.due is not None
    await stage.records.move_plan(lost, lost.cadence, lost.due, before)
    assert (await stage.now(plan)).state is PlanState.PAUSED


# -- the network


async def test_a_question_that_the_network_breaks_is_asked_again(
    stage: PlanStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = await stage.start(DAILY)
    report, refusals = stage.runs._report, [NotSent("no connection")]

    async def reporting(*given: Any) -> None:
        if refusals:
            raise refusals.pop()
        await report(*given)

    monkeypatch.setattr(stage.runs, "_report", reporting)
    run = await stage.due(plan)
    assert run is not None
    assert run.state is RunState.DONE
    assert len(stage.account.sent) == 1


async def test_many_runs_at_once_leave_some_of_what_kraken_lets_an_account_ask(
    stage: PlanStage,
) -> None:
    plans = [await stage.start(f"/dca {amount}usd btc every 1d at 09:00") for amount in (25, 30)]
    runs = [await begun(stage, plan) for plan in plans]
    stage.account.answers["own_fees"] = [RateLimited("slow down")]
    asked: list[int] = []

    async def look() -> None:
        for _ in range(200):
            await asyncio.sleep(0)  # the other one has its chance
        asked.append(stage.account.asked["own_fees"])

    before = stage.account.asked["own_fees"]
    stage.on_sleep = look
    async with asyncio.TaskGroup() as group:
        for plan, run in zip(plans, runs, strict=True):
            assert run is not None
            group.create_task(stage.runs.do(plan, run))
    assert asked[0] == before + 1, "nobody asks while Kraken wants a pause"
    assert len(stage.account.sent) == 2
