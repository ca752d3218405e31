"""Plans after the machine's clock was far ahead and was set back: they must not wait for its time.

Rules: a plan that was moved on at a time that has not come yet was moved by a wrong clock; it gets
the next time by the right one, unless that slot was done already; whoever has such plans is told.
A clock that is behind now sees the same, and would have every plan run once more: nothing is moved
until Kraken's clock says that this one is right.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.notices import Loudness, Notice, loudness
from bot.core.plans.types import Plan, PlanKind
from bot.core.queue import Priority
from bot.core.slots import Cadence, Rhythm, Slot, next_slots
from bot.core.texts.plans_told import moved_page
from bot.desk.plans import mode_of, taken_slots
from bot.desk.services import Services

_LEEWAY = timedelta(minutes=1)
"""A clock that is ahead by less is no wrong clock."""


async def put_right(services: Services) -> bool:
    """Move every plan that waits for a wrong clock's time, and tell it.

    False if nobody knows yet which time is right; nothing was done then.
    """
    offset = services.health().clock_offset
    if offset is None or abs(offset) > _LEEWAY:
        return False
    now = services.clock.now()
    by_chat: dict[int, list[tuple[Plan, Plan]]] = defaultdict(list)
    for plan in await services.plans.moved_ahead(now + _LEEWAY):
        moved = await _moved(services, plan, now)
        if moved is not None:
            by_chat[plan.chat_id].append((plan, moved))
    for chat_id, both in by_chat.items():
        # Told first: after a crash in between they are moved all the same, and told once.
        await _tell(services, chat_id, both, now)
        for plan, moved in both:
            assert moved.due is not None, "it was moved to a time"
            await services.plans.move_plan(plan, moved.cadence, moved.due, now)
    return True


async def _moved(services: Services, plan: Plan, now: datetime) -> Plan | None:
    """The plan with its right time; None if it has that."""
    if plan.due is None:
        return None
    cadence = _begun(plan.cadence, now)
    if plan.kind is PlanKind.SLICES:
        at = min(plan.due.at, now + plan.cadence.every)
        return replace(plan, due=Slot(plan.due.id, at)) if at != plan.due.at else None
    taken = await taken_slots(services, plan.id)
    slots = next_slots(cadence, plan.clock, now, 1, taken)
    if not slots or slots[0].at >= plan.due.at:
        return None
    return replace(plan, cadence=cadence, due=slots[0])


def _begun(cadence: Cadence, now: datetime) -> Cadence:
    """It was begun by now, also if a wrong clock says later."""
    if cadence.rhythm is Rhythm.ONCE:
        return cadence
    first = now.replace(second=0, microsecond=0) + cadence.every
    return replace(cadence, start=min(cadence.start, first))


async def _tell(
    services: Services, chat_id: int, both: Sequence[tuple[Plan, Plan]], now: datetime
) -> None:
    settings = await services.store.chat_settings(chat_id)
    loud = loudness(settings, Notice.BOT, mode_of(both[0][0]), now)
    if loud is Loudness.OFF:
        return
    latest = max(plan.due.at for plan, _ in both if plan.due is not None)
    page = moved_page([moved for _, moved in both], now)
    page = replace(page, silent=loud is Loudness.SILENT)
    await services.outbox.push(
        chat_id, page, Priority.ALERT, f"plans-moved:{chat_id}:{latest.isoformat()}"
    )
