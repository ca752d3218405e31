"""/dca and /schedule in a chat: what is confirmed, what is done at its time, what is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.core.access import Role
from bot.core.errors import AlreadySent, BadArgument, Expired, NotFound
from bot.core.plans.misfit import NotScheduled, TooManyPlans
from bot.core.plans.types import PlanKind, PlanState, RunState
from bot.core.trade.types import Mode
from kraken.core.errors import NotSent, OutcomeUnknown, UnknownInstrument
from kraken.core.holdings import Balance
from kraken.core.trading import TimeInForce
from kraken.core.types import Asset, Interval, Symbol
from tests.page_rules import words_of
from tests.plan_stage import PlanStage, bought

DAILY = "/dca 25usd btc every 1d at 09:00"
LATE = timedelta(minutes=20)


@pytest.fixture
def stage() -> Iterator[PlanStage]:
    made = PlanStage()
    yield made
    made.close()


async def test_one_tap_starts_a_plan_and_a_second_starts_no_other(stage: PlanStage) -> None:
    page = await stage.chat.say(DAILY)
    assert "Next: " in words_of(page)
    assert "30 days" in words_of(page)
    assert await stage.records.plans_of(1) == []
    await stage.chat.tap(page, "Start")
    with pytest.raises(AlreadySent):
        await stage.chat.tap(page, "Start")
    (plan,) = await stage.records.plans_of(1)
    assert (plan.kind, plan.number) == (PlanKind.DCA, 1)
    assert stage.chat.chat.clockwork.armed == [plan.due.at]


async def test_a_run_buys_once_and_is_told_in_one_message(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    run = await stage.due(plan)
    assert run is not None
    assert run.state is RunState.DONE
    (request,) = stage.account.sent
    assert request.time_in_force is TimeInForce.IOC
    (told,) = await stage.told()
    assert told.startswith("🧪 PAPER 🔁 DCA #1 ▲ 0.00041")
    assert "run 1" in told
    await stage.due(plan)
    assert len(set(bought(stage.account.sent))) == 2
    assert "run 2" in (await stage.told())[-1]


async def test_doing_a_begun_slot_again_finds_its_order(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    run = await stage.due(plan)
    assert run is not None
    await stage.life().do(plan, replace(run, state=RunState.BEGUN))
    assert len(stage.account.sent) == 1
    assert len(await stage.told()) == 1


async def test_a_missed_run_is_asked_about_and_bought_by_a_tap_once(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    run = await stage.due(plan, timedelta(days=3))
    assert run is not None
    assert run.state is RunState.WAITING
    assert stage.account.sent == []
    (page,) = await stage.pushes()
    assert "3 more times were missed" in words_of(page)
    await stage.chat.tap(page, "Buy now")
    with pytest.raises(Expired):
        await stage.chat.tap(page, "Skip")
    ((begun, again),) = stage.chat.chat.clockwork.begun
    await stage.runs.do(begun, again)
    assert len(stage.account.sent) == 1


async def test_one_more_missed_time_is_one(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    await stage.due(plan, timedelta(days=1, hours=2))
    (page,) = await stage.pushes()
    assert "1 more time was missed, too." in words_of(page)


@pytest.mark.parametrize(("policy", "sent"), [("skip", 0), ("once", 1)])
async def test_after_forty_days_away_one_run_at_most_is_made_up_for(
    stage: PlanStage, policy: str, sent: int
) -> None:
    plan = await stage.start(f"{DAILY} missed {policy}")
    await stage.due(plan, timedelta(days=40))
    assert len(stage.account.sent) == sent
    assert len(await stage.told()) == 1
    now = await stage.now(plan)
    assert now.due is not None
    assert now.due.at > stage.clock.now()


async def test_missing_money_is_told_once_and_the_plan_waits(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    stage.account.own[Asset("USD")] = Balance(Decimal(1))
    for _ in range(3):
        await stage.due(plan)
    (told,) = await stage.told()
    assert "not enough money" in told
    stage.account.own[Asset("USD")] = Balance(Decimal(100))
    await stage.due(plan)
    assert len(stage.account.sent) == 1
    assert (await stage.now(plan)).why == ""


async def test_nothing_is_bought_above_the_highest_price(stage: PlanStage) -> None:
    plan = await stage.start(f"{DAILY} max=50000")
    run = await stage.due(plan)
    assert run is not None
    assert (run.state, run.note) == (RunState.SKIPPED, "price")
    assert stage.account.sent == []


async def test_a_plan_ends_after_its_last_run(stage: PlanStage) -> None:
    plan = await stage.start(f"{DAILY} stop after 2")
    await stage.due(plan)
    await stage.due(plan)
    assert (await stage.now(plan)).state is PlanState.ENDED
    assert "That was the last run" in (await stage.told())[-1]


async def test_a_dip_buys_more(stage: PlanStage) -> None:
    plan = await stage.start(f"{DAILY} if dip 5% x2")
    row = await stage.chat.chat.market.history(Symbol("BTC/USD"), Interval.D1, 7)
    low = max(each.high for each in row) * Decimal("0.94")
    stage.chat.chat.market.candle_row = [*row[:-1], replace(row[-1], close=low)]
    await stage.due(plan)
    (request,) = stage.account.sent
    assert request.qty is not None
    assert request.qty > Decimal("0.0008")


async def test_the_rest_of_a_limit_order_is_bought_at_the_market(stage: PlanStage) -> None:
    plan = await stage.start(f"{DAILY} limit -0.5% wait 30m then market")

    async def expire() -> None:
        for order in list(stage.account.orders.values()):
            if order.is_open:
                ended = stage.account.let_fill(order, Decimal("0.0001"))
                await stage.chat.chat.telling.order_changed(plan.order.account, ended)

    stage.on_sleep = expire
    await stage.due(plan)
    first, second = stage.account.sent
    assert (first.time_in_force, second.time_in_force) == (TimeInForce.GTD, TimeInForce.IOC)
    assert first.qty is not None
    assert second.qty == first.qty - Decimal("0.0001")
    (told,) = await stage.told()
    assert "DCA #1 ▲ 0.00041" in told


async def test_an_hour_without_kraken_is_a_missed_run_that_is_asked_about(
    stage: PlanStage,
) -> None:
    plan = await stage.start(DAILY)
    stage.account.answers["own_fees"] = [NotSent("down")] * 1000
    run = await stage.due(plan)
    assert run is not None
    assert run.state is RunState.WAITING
    assert stage.account.sent == []
    assert "missed" in (await stage.told())[0]


async def test_an_order_without_an_answer_is_waited_for_and_not_sent_again(
    stage: PlanStage,
) -> None:
    plan = await stage.start(DAILY)

    async def lose(request: object) -> object:
        await type(stage.account).place(stage.account, request)  # type: ignore[arg-type]
        raise OutcomeUnknown

    stage.account.place = lose  # type: ignore[method-assign, assignment]
    await stage.due(plan)
    assert len(stage.account.orders) == 1
    assert "DCA #1 ▲" in (await stage.told())[-1]


async def test_a_chat_that_blocked_the_bot_has_its_plans_paused(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    await stage.records.mute(1, "blocked")
    await stage.due(plan)
    now = await stage.now(plan)
    assert (now.state, now.why) == (PlanState.PAUSED, "blocked")
    assert stage.account.sent == []
    assert "I could not write here" in words_of(await stage.chat.say("/dca list"))


async def test_whoever_may_not_trade_any_more_buys_nothing(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    stage.role = Role.VIEWER
    await stage.due(plan)
    assert (await stage.now(plan)).state is PlanState.PAUSED
    assert stage.account.sent == []


async def test_a_plan_for_real_money_does_nothing_while_its_chat_practises() -> None:
    stage = PlanStage(live=True)
    plan = await stage.start(DAILY)
    await stage.due(plan)
    assert len(stage.account.sent) == 1
    stage.chat.chat.accounts.modes[1] = Mode.PAPER
    await stage.due(plan)
    assert len(stage.account.sent) == 1
    assert "practises now" in (await stage.told())[-1]
    stage.close()


async def test_a_pause_holds_until_it_goes_on(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    assert "is paused" in words_of(await stage.chat.say("/dca pause 1"))
    assert (await stage.now(plan)).due is None
    assert "goes on" in words_of(await stage.chat.say("/dca resume 1"))
    assert (await stage.now(plan)).due == plan.due
    await stage.chat.say("/dca stop 1")
    with pytest.raises(NotFound):
        await stage.chat.say("/dca resume 1")


async def test_a_changed_plan_keeps_its_number_and_its_past(stage: PlanStage) -> None:
    plan = await stage.start(DAILY)
    await stage.due(plan)
    changed = await stage.start("/dca edit 1 50usd btc every mon 10:00")
    assert changed.id == plan.id
    assert changed.order.wish.amount is not None
    assert changed.order.wish.amount.value == 50
    assert "Paid with fees" in words_of(await stage.chat.say("/dca stats 1"))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ("/dca 0.01usd btc every 1d at 09:00", BadArgument),
        ("/dca 25eur btc/usd every 1d at 09:00", BadArgument),
        ("/dca 25usd nosuch every 1d at 09:00", UnknownInstrument),
        ("/schedule 18:00 /kill", NotScheduled),
        ("/schedule 18:00 /dca stop 1", NotScheduled),
        ("/schedule 18:00 /buy 25usd btc @ banana", BadArgument),
        ("/schedule 18:00 auto /buy 25usd btc market", BadArgument),
        ("/schedule 18:00 auto max=70000 /price btc", BadArgument),
    ],
)
async def test_what_cannot_be_kept_leaves_nothing_behind(
    stage: PlanStage, said: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await stage.chat.say(said)
    assert await stage.records.plans_of(1) == []


async def test_a_chat_has_five_recurring_buys_at_most(stage: PlanStage) -> None:
    for _ in range(5):
        await stage.start(DAILY)
    with pytest.raises(TooManyPlans):
        await stage.chat.say(DAILY)


async def test_scheduled_commands_are_run_at_their_time_and_not_long_after(
    stage: PlanStage,
) -> None:
    plan = await stage.start("/schedule every day 08:00 tell me btc and my portfolio")
    await stage.due(plan)
    ((ran, _),) = stage.ran
    assert ran.body.commands == ("/price btc", "/portfolio")  # type: ignore[union-attr]
    await stage.due(plan, LATE)
    assert len(stage.ran) == 1
    assert "It was not run" in (await stage.told())[-1]


async def test_an_approved_order_is_sent_once_within_its_price(stage: PlanStage) -> None:
    plan = await stage.start(
        "/schedule 18:00 auto max=70000 /buy 25usd btc market", label="Approve"
    )
    assert plan.kind is PlanKind.ORDER
    await stage.due(plan)
    assert len(stage.account.sent) == 1
    assert (await stage.now(plan)).state is PlanState.ENDED
