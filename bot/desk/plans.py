"""Plans of a chat: kept after one confirmation, listed, paused, gone on with, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bot.core.errors import Expired, NotFound
from bot.core.plans.misfit import TooManyPlans
from bot.core.plans.types import (
    MOST_PLANS,
    CommandPlan,
    Draft,
    OrderPlan,
    Plan,
    PlanBody,
    PlanKind,
    PlanState,
    RunState,
)
from bot.core.plans.when import local_text
from bot.core.slots import Cadence, Slot, next_slot, next_slots
from bot.core.trade.types import Mode
from bot.desk.services import Services
from bot.desk.tickets import Person, new_ticket
from kraken.core.errors import KrakenError
from kraken.core.types import Instrument

TICKET = "plan"
VALID = timedelta(minutes=5)
"""A plan's price is asked at its times, so its confirmation may wait longer than an order's."""


@dataclass(frozen=True, slots=True)
class _Body:
    """What the ticket of a plan holds."""

    kind: PlanKind
    body: str
    cadence: Cadence
    zone: str
    replaces: int | None = None
    """The plan that is changed."""


async def check_room(services: Services, chat_id: int, kind: PlanKind, most: int) -> None:
    """Raises: TooManyPlans: this chat has as many as it may."""
    plans = await services.plans.plans_of(chat_id)
    same = [plan for plan in plans if plan.kind is kind]
    if len(same) >= most:
        raise TooManyPlans(most)
    if len(plans) >= MOST_PLANS:
        raise TooManyPlans(MOST_PLANS)


async def open_ticket(services: Services, draft: Draft, *, replaces: int | None = None) -> str:
    """A confirmation for exactly this plan."""
    text = msgspec.json.encode(draft.body).decode()
    body = _Body(draft.kind, text, draft.cadence, draft.zone, replaces)
    person = Person(draft.chat_id, draft.user_id, 0)
    ticket = new_ticket(services, TICKET, body, person, VALID)
    await services.records.save_ticket(ticket)
    return ticket.id


@dataclass(frozen=True, slots=True)
class Kept:
    """A plan that was confirmed."""

    plan: Plan
    is_changed: bool


async def confirm(services: Services, chat_id: int, user_id: int, ticket_id: str) -> Kept:
    """The one tap: the plan is on.

    Raises:
        AlreadySent: this was tapped before.
        Expired: it is too old, somebody else's, or every time of it has passed.
    """
    ticket = await services.records.ticket(ticket_id)
    if ticket is None or ticket.kind != TICKET:
        raise Expired("plan")
    now = services.clock.now()
    body = msgspec.json.decode(ticket.body, type=_Body)
    taken = await taken_slots(services, body.replaces)
    slots = next_slots(body.cadence, zone_of(body.zone), now, 1, taken)
    if body.kind is PlanKind.SLICES:
        slots = [Slot("0", now)]
    if not slots:
        raise Expired("plan")
    due = slots[0]
    draft = Draft(
        chat_id, user_id, body.kind, read_body(body.kind, body.body), body.cadence, body.zone, due
    )
    if body.replaces is not None:
        await services.plans.change_plan(body.replaces, draft, ticket_id=ticket_id, now=now)
        plan = await services.plans.plan(body.replaces)
        assert plan is not None, "it was changed a moment ago"
    else:
        plan = await services.plans.add_plan(draft, ticket_id=ticket_id, now=now)
    services.clockwork.arm(due.at)
    return Kept(plan, body.replaces is not None)


async def taken_slots(services: Services, plan_id: int | None) -> frozenset[str]:
    """The slots of a plan that were begun: a change of its time makes none of them come again."""
    runs = await services.plans.runs_of(plan_id) if plan_id is not None else ()
    return frozenset(run.slot for run in runs)


async def drop(services: Services, ticket_id: str) -> None:
    """It is not wanted: the ticket can never be used."""
    await services.records.end_ticket(ticket_id)


async def find(services: Services, chat_id: int, number: int | None) -> Plan:
    """A plan of this chat that is not over.

    Raises:
        NotFound: there is none of that number.
    """
    plan = await services.plans.plan_of(chat_id, number) if number is not None else None
    if plan is None or plan.state is PlanState.ENDED:
        raise NotFound("plan", f"#{number}")
    return plan


async def act(services: Services, plan: Plan, name: str) -> Plan:
    """Pause it, let it go on, or end it; what was missed meanwhile is not made up for."""
    now = services.clock.now()
    state = {"pause": PlanState.PAUSED, "resume": PlanState.ACTIVE, "stop": PlanState.ENDED}[name]
    due = next_slot(plan.cadence, plan.clock, now) if state is PlanState.ACTIVE else None
    if state is PlanState.ACTIVE and plan.state is PlanState.ACTIVE:
        return plan
    if state is PlanState.ACTIVE and due is None:
        state = PlanState.ENDED
    await services.plans.set_plan(plan.id, state, due, now)
    if due is not None:
        services.clockwork.arm(due.at)
    changed = await services.plans.plan(plan.id)
    assert changed is not None, "plans are never deleted"
    return changed


async def has_enough(services: Services, plan: Plan) -> bool:
    """Whether all that it was still to buy is being bought now."""
    if not isinstance(plan.body, OrderPlan) or plan.body.stop_after is None:
        return False
    runs = await services.plans.runs_of(plan.id)
    begun = sum(run.state is RunState.BEGUN for run in runs)
    bought = sum(bool(run.done.qty) for run in runs)
    return begun > 0 and bought + begun >= plan.body.stop_after


async def answer_missed(
    services: Services, chat_id: int, plan_id: int, slot: str, *, buys: bool
) -> Plan:
    """A person said what is done about a missed slot.

    Raises:
        Expired: it was answered before, the plan has ended, or it buys enough already.
    """
    plan = await services.plans.plan(plan_id)
    if plan is None or plan.chat_id != chat_id or plan.state is PlanState.ENDED:
        raise Expired("plan")
    if buys and await has_enough(services, plan):
        raise Expired("plan")
    state = RunState.BEGUN if buys else RunState.SKIPPED
    run = await services.plans.take_waiting(plan_id, slot, state, services.clock.now())
    if buys:
        services.clockwork.begin(plan, run)
    return plan


def read_body(kind: PlanKind, text: str) -> PlanBody:
    """What a plan of this kind does."""
    if kind is PlanKind.COMMAND:
        return msgspec.json.decode(text, type=CommandPlan)
    return msgspec.json.decode(text, type=OrderPlan)


def zone_of(name: str) -> ZoneInfo:
    """The zone of a plan."""
    return ZoneInfo(name)


def dates_of(slots: list[Slot], zone: str, now: datetime) -> list[str]:
    """Each as the zone's clocks show it."""
    return [local_text(slot.at, zone_of(zone), now) for slot in slots]


def slots_of(draft: Draft, now: datetime, count: int = 3) -> list[Slot]:
    """The next few."""
    return next_slots(draft.cadence, zone_of(draft.zone), now, count)


def pair_of(services: Services, body: OrderPlan) -> Instrument | None:
    """The pair of a plan; None when it is not traded any more."""
    try:
        return services.market.instrument(body.wish.pair)
    except KrakenError:
        return None


def mode_of(plan: Plan) -> Mode:
    """Whose money it is about; practice where it is about none."""
    return plan.body.mode if isinstance(plan.body, OrderPlan) else Mode.PAPER
