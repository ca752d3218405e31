"""Runs of plans: one slot from its beginning to what is told of it.

Rules: whatever happens to a run is written together with what is told of it; a chat in which the
bot may not speak has its plans that trade paused, because money must not move unseen; so has one
whose maker may not trade there any more.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from bot.core.access import Access, Role, allows
from bot.core.delivery import SlowDown, Unreachable
from bot.core.notices import Loudness, Notice, loudness
from bot.core.page import Page
from bot.core.plans.types import (
    WINDOW,
    Missed,
    OrderPlan,
    Plan,
    PlanKind,
    PlanState,
    Run,
    RunState,
)
from bot.core.queue import Priority
from bot.core.slots import Slot, count_between, next_slot
from bot.core.texts import plans_told as texts
from bot.core.texts.errors import error_page
from bot.core.trade.news import News
from bot.core.trade.types import Standing
from bot.desk.doors import Speaker
from bot.desk.plans import has_enough, mode_of, pair_of
from bot.desk.plans_moved import put_right
from bot.desk.plans_orders import PlanOrders, Result, Skipped
from bot.desk.services import Services
from bot.log import reference
from bot.store import StoreUnavailable
from kraken.core.errors import Busy, NotSent

log = logging.getLogger(__name__)

Say = Callable[[Plan, Run], Awaitable[None]]
"""Runs the commands of a plan and sends what they answer, once."""
RoleOf = Callable[[int, int], Awaitable[Role]]
"""What a person (user, chat) is there."""

_AGAIN = 5.0
_PASSING = (StoreUnavailable, NotSent, Busy, SlowDown, Unreachable, TimeoutError)
"""What may be over in a moment."""
_OPEN = {RunState.BEGUN, RunState.WAITING}


class PlanRuns:
    """Begins what is due, and brings to its end what was begun."""

    def __init__(self, services: Services, say: Say, role_of: RoleOf, speaker: Speaker) -> None:
        self._services = services
        self._say = say
        self._role_of = role_of
        self._speaker = speaker
        self._orders = PlanOrders(services, self._forbids)
        self._counting = asyncio.Lock()
        """Runs that end at once are counted one after the other."""

    async def put_right(self) -> bool:
        """A clock that was ahead may have left plans in a future that does not come soon.

        False: it is not known yet whether the clock of now is right.
        """
        return await put_right(self._services)

    async def begin(self, plan: Plan) -> Run | None:
        """Write the slot that is due down; the run that is to be done, None if none is."""
        services, now = self._services, self._services.clock.now()
        assert plan.due is not None, "it is due"
        if plan.kind is PlanKind.SLICES and await self._is_busy(plan):
            return None  # parts that were held up must not leave in a burst: one after the other
        late = now - plan.due.at > WINDOW
        state = _late_state(plan) if late else RunState.BEGUN
        if await has_enough(services, plan):
            state = RunState.SKIPPED  # an earlier slot still buys what was left of it
        # What is made up for is made up for once: the slots in between are left out.
        following = _following(plan, plan.due, max(now, plan.due.at))
        # What is made up for has its window from now on, also for a later life.
        due_at = now if late and state is RunState.BEGUN else plan.due.at
        run = await services.plans.begin_run(plan, following, state, now, due_at)
        if following is not None:
            services.clockwork.arm(following.at)
        if run is not None and state is RunState.BEGUN and plan.kind is not PlanKind.SLICES:
            await self._tell_left_out(plan, run, now)
        if run is None or state is RunState.BEGUN:
            return run
        if state is RunState.SKIPPED:
            await self._close(plan, run, following)
            return None
        others = 0
        if plan.kind is not PlanKind.SLICES:
            others = count_between(plan.cadence, plan.clock, plan.due.at, now)
        asks = state is RunState.WAITING
        page = texts.missed_page(plan, run, others, now, asks=asks)
        await self._end(plan, run, state, page, keep=asks)
        await self._close(plan, run, following)
        return None

    async def _is_busy(self, plan: Plan) -> bool:
        """Whether an earlier slot of this plan has not come to its end."""
        begun = await self._services.plans.begun_runs()
        return any(run.plan_id == plan.id for run in begun)

    async def _tell_left_out(self, plan: Plan, run: Run, now: datetime) -> None:
        """More times had passed than the one that is made up for."""
        assert plan.due is not None, "it is due"
        others = count_between(plan.cadence, plan.clock, plan.due.at, now)
        if others:
            missed = replace(run, due_at=plan.due.at)
            page = texts.missed_page(plan, missed, others - 1, now, asks=False)
            await self._push(plan, run, "left out", page, now)

    async def _push(self, plan: Plan, run: Run, event: str, page: Page, now: datetime) -> None:
        """Tell something beside what became of the run; told once."""
        news = await self._news(plan, run, event, page, now)
        if news is not None:
            await self._services.outbox.push(
                news.chat_id, news.page, Priority(news.priority), news.event_key
            )

    async def do(self, plan: Plan, run: Run) -> None:
        """Bring a begun run to its end; what the database or the network refuses is tried again.

        Whatever else breaks ends it, too: a run that stays begun is a slot nobody hears of.
        """
        fault = ""
        while True:
            try:
                await (self._end_broken(plan, run, fault) if fault else self._do(plan, run))
                return
            except _PASSING as error:
                log.warning("plan %s slot %s: %r; again soon", plan.id, run.slot, error)
                await self._services.sleep(_AGAIN)
            except Exception:  # a bug must not leave the slot begun for ever, and nobody told
                if fault:
                    raise
                fault = reference()
                log.exception("#%s: plan %s slot %s broke", fault, plan.id, run.slot)

    async def _end_broken(self, plan: Plan, run: Run, fault: str) -> None:
        """Tell what is known of a run that could not be brought to its end."""
        runs = await self._services.plans.runs_of(plan.id)
        run = next(each for each in runs if each.slot == run.slot)
        if run.state is not RunState.BEGUN:
            return
        sent = await self._orders.so_far(plan, run) if plan.kind is not PlanKind.COMMAND else None
        if sent is not None:
            run = replace(run, done=sent.done)
        state = RunState.DONE if run.done.qty else RunState.SKIPPED
        current = await self._services.plans.plan(plan.id) or plan
        now = self._services.clock.now()
        page = texts.broken_page(current, fault, now, was_sent=sent is not None)
        await self._end(plan, run, state, page, note="broken")
        await self._close(current, run, current.due)

    async def _do(self, plan: Plan, run: Run) -> None:
        if plan.kind is PlanKind.COMMAND:
            if not await self._may(plan, Access.APPROVED):
                await self._pause(plan, run, "role")
                return
            if self._services.clock.now() - run.due_at > WINDOW:  # begun by an earlier life
                now = self._services.clock.now()
                page = texts.missed_page(plan, run, 0, now, asks=False)
                await self._end(plan, run, RunState.MISSED, page)
                return
            await self._say(plan, run)
            await self._end(plan, run, RunState.DONE, None)
        else:
            await self._trade(plan, run)
        current = await self._services.plans.plan(plan.id)
        if current is not None:
            await self._close(current, run, current.due)

    async def _trade(self, plan: Plan, run: Run) -> None:
        try:
            result = await self._orders.run(plan, run)
        except Skipped as skipped:
            if skipped.why in ("blocked", "role"):
                await self._pause(plan, run, skipped.why)
            else:
                await self._skip(plan, run, skipped)
        else:
            await self._report(plan, result)

    async def _forbids(self, plan: Plan) -> str:
        """Why nothing may be ordered for this plan now; empty if something may."""
        current = await self._services.plans.plan(plan.id)
        if current is None or current.state is not PlanState.ACTIVE:
            return "stopped"
        if plan.chat_id in await self._services.plans.muted():
            return "blocked"
        return "" if await self._may(plan, Access.TRADER) else "role"

    async def _may(self, plan: Plan, access: Access) -> bool:
        role = await self._role_of(plan.user_id, plan.chat_id)
        return allows(role, access, "private" if plan.chat_id > 0 else "group")

    async def _pause(self, plan: Plan, run: Run, why: str) -> None:
        now = self._services.clock.now()
        await self._services.plans.set_plan(plan.id, PlanState.PAUSED, None, now, why)
        paused = await self._services.plans.plan(plan.id) or plan
        page = texts.skipped_page(paused, run, why, "", now) if why != "blocked" else None
        if plan.kind is PlanKind.COMMAND:
            page = None
        await self._end(plan, run, RunState.SKIPPED, page, note=why, why=why)

    async def _skip(self, plan: Plan, run: Run, skipped: Skipped) -> None:
        now, services = self._services.clock.now(), self._services
        if skipped.pause:
            await services.plans.set_plan(plan.id, PlanState.PAUSED, None, now, skipped.why)
        current = await services.plans.plan(plan.id) or plan
        told_before = skipped.why == "funds" and current.why == "funds"
        if skipped.why == "late" and _late_state(plan) is RunState.WAITING:
            page = texts.missed_page(plan, run, 0, now, asks=True)
            await self._end(plan, run, RunState.WAITING, page)
            return
        because = _because(skipped)
        page = texts.skipped_page(current, run, skipped.why, because, now)
        await self._end(
            plan,
            run,
            RunState.SKIPPED,
            None if told_before else page,
            note=skipped.why,
            why=skipped.why if skipped.why == "funds" or skipped.pause else "",
        )

    async def _report(self, plan: Plan, result: Result) -> None:
        run = replace(result.run, done=result.done)
        if plan.kind is PlanKind.SLICES:
            await self._end(plan, run, _sent(result), None)
            return
        services, body = self._services, plan.order
        pair = pair_of(services, body)
        settings = await services.store.chat_settings(plan.chat_id)
        if result.last.standing is Standing.REJECTED or not result.done.qty or pair is None:
            reason = result.last.reason
            error = Skipped("refused")
            page = texts.nothing_page(plan, reason, services.clock.now())
            await self._end(plan, run, RunState.SKIPPED, page, note=error.why, why="")
            return
        order = result.last.order
        partly = order is not None and order.remaining > 0 and not run.attempt
        async with self._counting:
            total = await services.plans.total_of(plan.id)
            is_last = _is_last(plan, total[0] + 1)
            page = texts.report_page(
                plan, run, total, pair, settings, is_last=is_last, partly=partly
            )
            await self._end(plan, run, RunState.DONE, page, why="")

    async def _end(
        self,
        plan: Plan,
        run: Run,
        state: RunState,
        page: Page | None,
        *,
        note: str = "",
        why: str | None = None,
        keep: bool = False,
    ) -> None:
        """Write down what became of it, with what is told of it."""
        now = self._services.clock.now()
        news = await self._news(plan, run, state, page, now) if page is not None else None
        if keep and news is None and page is not None:
            # A question that is told nobody is no question.
            state = RunState.MISSED
        await self._services.plans.end_run(run, state, now=now, news=news, note=note, why=why)
        if news is not None:
            await self._speaker.load_waiting()

    async def _news(
        self, plan: Plan, run: Run, event: str, page: Page, now: datetime
    ) -> News | None:
        settings = await self._services.store.chat_settings(plan.chat_id)
        notice = Notice.DIGEST if plan.kind is PlanKind.COMMAND else Notice.DCA
        loud = loudness(settings, notice, mode_of(plan), now)
        if loud is Loudness.OFF:
            return None
        page = replace(page, silent=loud is Loudness.SILENT)
        key = f"plan:{plan.id}:{plan.created_at.isoformat()}:{run.slot}:{event}"
        priority = Priority.DIGEST if plan.kind is PlanKind.COMMAND else Priority.FILL
        return News(key, plan.chat_id, page, priority=priority)

    async def _close(self, plan: Plan, run: Run, following: Slot | None) -> None:
        """End the plan when nothing of it is to come."""
        count, _ = await self._services.plans.total_of(plan.id)
        if plan.state is not PlanState.ACTIVE:
            return
        if following is not None and not _is_last(plan, count):
            return
        runs = await self._services.plans.runs_of(plan.id)
        # Whoever did not answer in time is asked about nothing once enough was bought.
        open_ones = {RunState.BEGUN} if count and _is_last(plan, count) else _OPEN
        if any(each.state in open_ones for each in runs):
            return
        now = self._services.clock.now()
        if plan.kind is PlanKind.SLICES:
            sent = sum(each.state is RunState.DONE for each in runs)
            await self._push(plan, run, "over", texts.parts_done_page(plan, sent), now)
        await self._services.plans.set_plan(plan.id, PlanState.ENDED, None, now)


def _late_state(plan: Plan) -> RunState:
    """What becomes of a slot whose time has passed."""
    if not isinstance(plan.body, OrderPlan) or plan.kind is PlanKind.SLICES:
        return RunState.MISSED
    return {
        Missed.SKIP: RunState.MISSED,
        Missed.ONCE: RunState.BEGUN,
        Missed.ASK: RunState.WAITING,
    }[plan.body.missed]


def _following(plan: Plan, slot: Slot, now: datetime) -> Slot | None:
    if plan.kind is not PlanKind.SLICES:
        return next_slot(plan.cadence, plan.clock, now)
    number = int(slot.id) + 1
    if number >= len(plan.order.steps) or now - slot.at > WINDOW:
        return None
    at = slot.at + plan.cadence.every
    return Slot(str(number), at if at > now else now + plan.cadence.every)


def _is_last(plan: Plan, count: int) -> bool:
    """Whether so many runs that bought are all of it."""
    body = plan.body
    if not plan.cadence.repeats:
        return True
    return isinstance(body, OrderPlan) and body.stop_after is not None and count >= body.stop_after


def _sent(result: Result) -> RunState:
    is_there = result.last.standing is Standing.ACKED
    return RunState.DONE if is_there else RunState.SKIPPED


def _because(skipped: Skipped) -> str:
    """The sentence of what went wrong, where it has one of its own."""
    if skipped.error is None or skipped.why in ("funds", "late", "account"):
        return ""
    page = error_page(skipped.error)
    return page.html if page is not None else ""
