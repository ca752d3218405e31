"""Plans as they are said: in free words, changed by what they print, and what makes no sense."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.core.errors import UserError
from bot.core.plans.args import read_dca, read_schedule
from bot.core.plans.panel import (
    RHYTHMS,
    TIMES,
    DcaPanel,
    read_panel,
    with_next_rhythm,
    with_next_time,
)
from bot.core.plans.types import PlanKind
from bot.core.plans.words import edited, typed
from bot.core.texts.errors import error_page
from tests.fakes import NOON
from tests.page_rules import check_page, words_of
from tests.plan_stage import PlanStage


@pytest.fixture
def stage() -> Iterator[PlanStage]:
    made = PlanStage()
    yield made
    made.close()


@pytest.mark.parametrize(
    "text",
    [
        "25usd btc every 1d at 09:00",
        "25usd btc every mon, thu at 18:00 Europe/Berlin",
        "40usd eth every 3d at 07:30 America/New_York stop after 12",
        "25usd btc every 4h limit -0.3% wait 90m then skip max=70000",
        "25usd btc every 1d at 09:00 if dip 5% x2.5 missed once",
        "25usd btc every weekday at 9 limit -100 wait 2h then market missed skip",
    ],
)
async def test_what_a_plan_prints_to_be_changed_is_the_same_plan(
    stage: PlanStage, text: str
) -> None:
    plan = await stage.start(f"/dca {text}")
    command = edited(plan)
    assert command.startswith(f"/dca edit {plan.number} ")
    page = await stage.chat.say(command)
    await stage.chat.tap(page, "Start")
    same = await stage.now(plan)
    assert (same.body, same.zone, same.number) == (plan.body, plan.zone, plan.number)
    assert (same.cadence.rhythm, same.cadence.at) == (plan.cadence.rhythm, plan.cadence.at)
    assert same.cadence.weekdays == plan.cadence.weekdays


async def test_a_scheduled_command_is_changed_in_place(stage: PlanStage) -> None:
    plan = await stage.start("/schedule every day 08:00 /price btc")
    page = await stage.chat.say("/schedule edit 1")
    assert edited(plan) in words_of(page)
    page = await stage.chat.say("/schedule edit 1 every day 09:30 /price eth + /alerts")
    await stage.chat.tap(page, "Start")
    (changed,) = await stage.records.plans_of(1)
    assert (changed.id, typed(changed)) == (plan.id, "/price eth + /alerts")
    assert changed.due is not None
    assert (changed.due.at.hour, changed.due.at.minute) == (9, 30)


async def test_an_order_in_parts_is_named_by_what_makes_it(stage: PlanStage) -> None:
    plan = await stage.start("/buy 0.01 btc market in=1h parts=4", label="Send")
    assert typed(plan) == "/buy 0.01 btc/usd market in=1h parts=4"
    ladder = await stage.start("/buy 0.01 btc ladder=58000..59000x5", label="Send")
    assert typed(ladder).replace(".0", "") == "/buy 0.01 btc/usd ladder=58000..59000x5".replace(
        ".0", ""
    )
    assert "one every 7 s" in words_of(await stage.chat.say("/dca list"))


@pytest.mark.parametrize("command", ["/alerts", "/limits", "/dca list", "/schedule list"])
async def test_lists_may_be_scheduled(stage: PlanStage, command: str) -> None:
    plan = await stage.start(f"/schedule every day 08:00 {command}")
    assert plan.kind is PlanKind.COMMAND


async def test_a_bare_command_opens_a_panel_that_starts_nothing(stage: PlanStage) -> None:
    page = await stage.chat.say("/dca")
    assert "25 USD ≈ 0.000416" in words_of(page)
    assert "every day at 09:00 (UTC)" in words_of(page)
    for label, says in (
        ("100 USD", "/dca 100usd btc/usd every day at 09:00"),
        ("day ⇄", "every weekday at 09:00"),
        ("09:00 ⇄", "every weekday at 12:00"),
        ("☐ Limit −0.3 %", "limit −0.3 %, after 1 h at the market"),
        ("☐ Dip ×2", "Twice as much 5 % below"),
        ("BTC/USD ▾", "Which pair?"),
        ("‹ Back", "every weekday at 12:00"),
    ):
        await stage.chat.tap(page, label)
        page = stage.chat.last
        assert says in words_of(page), label
        check_page(page)
    assert await stage.records.plans_of(1) == []
    await stage.chat.tap(page, "Preview ›")
    preview = stage.chat.last
    assert "buy BTC for 100 USD" in words_of(preview)
    assert "every Mon, Tue, Wed, Thu, Fri at 12:00" in words_of(preview)
    await stage.chat.tap(preview, "Start")
    (plan,) = await stage.records.plans_of(1)
    assert plan.order.then_market and plan.order.dip
    assert "Plans (1)" in [button.label for button in (await stage.chat.say("/dca")).buttons()]


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("at", TIMES)
def test_whatever_the_panel_shows_can_be_typed(rhythm: str, at: str) -> None:
    panel = DcaPanel("25", "BTC/USD", rhythm, at, limit=True, dip=True)
    assert read_panel(panel.payload()) == panel
    args = read_dca(panel.text(), "UTC", NOON)
    assert f"{args.when.cadence.at:%H:%M}" == at
    assert (args.then_market, args.amount.text(), args.pair) == (True, "25usd", "BTC/USD")


def test_going_round_comes_back() -> None:
    panel = DcaPanel("25", "BTC/USD")
    for _ in RHYTHMS:
        panel = with_next_rhythm(panel)
    for _ in TIMES:
        panel = with_next_time(panel)
    assert panel == DcaPanel("25", "BTC/USD")


NONSENSE = [
    *("/dca 0usd btc every 1d at 09:00", "/dca -5usd btc every 1d at 09:00"),
    *("/dca 1usd btc every 1d at 09:00", "/dca 25eur btc/usd every 1d at 09:00"),
    *("/dca 0.001btc btc every 1d at 09:00", "/dca 25 btc every 1d at 09:00"),
    *("/dca 25usd nonsense every 1d at 09:00", "/dca 25usd btc", "/dca 25usd every 1d at 09:00"),
    *("/dca 25usd btc every 1d at 25:00", "/dca 25usd btc every 1d at 09:60"),
    *("/dca 25usd btc every 1d at 13pm", "/dca 25usd btc evry 1d at 09:00"),
    *("/dca 25usd btc every 0d at 09:00", "/dca 25usd btc every 1m", "/dca 25usd btc every 900d"),
    *("/dca 25usd btc every blursday 09:00", "/dca 25usd btc every 1d at 09:00 Europe/Nowhere"),
    *("/dca 25usd btc every 1d at 09:00 max=0", "/dca 25usd btc every 1d at 09:00 max=-1"),
    *("/dca 25usd btc every 1d at 09:00 stop after 0", "/dca 25usd btc every 1d stop after x"),
    *("/dca 25usd btc every 1d at 09:00 limit 3%", "/dca 25usd btc every 1d at 09:00 wait 1h"),
    *("/dca 25usd btc every 1d at 09:00 if dip 5% x99", "/dca 25usd btc every 1d if dip x2"),
    *("/dca 25usd btc every 1d at 09:00 missed maybe", "/dca 25usd btc every 1d at 09:00 bananas"),
    *("/dca 25,5usd btc every 1d at 09:00", "/dca 1e99usd btc every 1d at 09:00"),
    *("/dca pause", "/dca pause x", "/dca stop 99", "/dca edit 7 25usd btc every 1d at 09:00"),
    *("/schedule", "/schedule 18:00", "/schedule 25:00 /price btc", "/schedule 18:00 price btc"),
    *("/schedule yesterday 18:00 /price btc", "/schedule 2020-01-01 10:00 /price btc"),
    *("/schedule 2026-02-30 10:00 /price btc", "/schedule every day 08:00 /kill"),
    *("/schedule every day 08:00 /connect", "/schedule every day 08:00 /nonsense"),
    *("/schedule every day 08:00 /limits order 1", "/schedule every day 08:00 /dca stop 1"),
    *("/schedule 18:00 auto /buy 50usd btc market", "/schedule 18:00 max=1 /buy 50usd btc market"),
    *("/schedule 18:00 auto max=70000 /price btc", "/schedule 18:00 auto max=70000 /buy btc"),
    *("/schedule 18:00 /buy 0 btc market", "/schedule 18:00 /sell bananas"),
    *("/schedule every day 08:00 Europe/Nowhere /price btc", "/schedule stats 99"),
    *("/schedule every day 08:00 /price nonsense", "/schedule every day 08:00 tell me xqzw"),
    *("/buy 0.01 btc market in=1h parts=0", "/buy 0.01 btc market in=0m parts=4"),
    *("/buy 0.01 btc market in=1h", "/buy 0.01 btc market parts=4", "/buy 0.01 btc ladder=1..2x1"),
    *("/buy 0.01 btc ladder=59000..58000x5", "/buy 0.01 btc ladder=58000..59000x5 in=1h parts=2"),
    *("/buy 0 btc market in=1h parts=4", "/buy 0.0001 btc market in=1h parts=50"),
]


@pytest.mark.parametrize("text", [each for each in NONSENSE if each != "/schedule"])
async def test_what_makes_no_sense_gets_a_sentence_and_makes_nothing(
    stage: PlanStage, text: str
) -> None:
    with pytest.raises(Exception) as refused:
        await stage.chat.say(text)
    name, _, args = text.removeprefix("/").partition(" ")
    page = error_page(refused.value, command=name, args=args)
    assert page is not None, repr(refused.value)
    said = words_of(page)
    assert "on my side" not in said
    assert page.rows or any(word in said for word in ("Example: ", "/", "in=")), said
    assert await stage.records.plans_of(1) == []
    assert stage.account.sent == []


async def test_a_highest_price_below_the_market_is_questioned(stage: PlanStage) -> None:
    for highest, said in (
        ("1", "⚠ The price is 60,000.0 USD now, far above that: no run would buy."),
        ("59000", "The price is 60,000.0 USD now: no run buys before it falls there."),
    ):
        page = await stage.chat.say(f"/dca 25usd btc every 1d at 09:00 max={highest}")
        check_page(page)
        assert said in words_of(page)
    page = await stage.chat.say("/dca 25usd btc every 1d at 09:00 max=70000")
    assert "The price is" not in words_of(page)


async def test_a_scheduled_order_says_whose_money_it_is(stage: PlanStage) -> None:
    for command in ("/sell 0.01 btc market", "/buy 50usd btc market"):
        page = await stage.chat.say(f"/schedule fri 20:00 {command}")
        check_page(page)
        assert words_of(page).startswith("🧪 PAPER · 📅 once, Fri")
        assert "Its preview comes then" in words_of(page)
    page = await stage.chat.say("/schedule fri 20:00 /price btc")
    assert words_of(page).startswith("📅 once, Fri")


async def test_a_plan_for_a_pair_that_is_not_traded_any_more_is_refused(stage: PlanStage) -> None:
    with pytest.raises(Exception) as refused:
        await stage.chat.say("/dca 25usd luna every 1d at 09:00")
    page = error_page(refused.value, command="dca", args="25usd luna every 1d at 09:00")
    assert page is not None
    assert await stage.records.plans_of(1) == []


def test_a_bare_hour_is_a_time_behind_at_only() -> None:
    args = read_dca("25usd btc every day at 9", "UTC", NOON)
    assert args.when.cadence.at.hour == 9
    with pytest.raises(UserError):
        read_schedule("every day 9 /price btc", "UTC", NOON)
    late = read_schedule("at 18 /price btc", "UTC", NOON)
    assert late.when.cadence.start - NOON == timedelta(hours=6)
