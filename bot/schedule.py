"""Timers: wakes the bot when a plan is due. The rows say what is due; a timer only says "look".

Rules: one timer for each instant at which something is due, not for each plan; a timer that comes
too late is never dropped and never repeated (``misfire_grace_time=None``, ``coalesce=True``),
because what is late is judged by the rows; only what is due soon has a timer, so that a hundred
thousand plans cost no more than a few; and the rows are looked at now and then without a timer,
so that a machine that slept is no exception.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo

from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from bot.core.plans.types import Plan, Run
from bot.desk.plans_door import PlanRecords
from bot.desk.plans_runs import PlanRuns
from bot.desk.services import Keyed
from bot.store import StoreUnavailable
from kraken.clock import Clock

log = logging.getLogger(__name__)

_HORIZON = timedelta(hours=1)
"""How far ahead there are timers."""
_LOOK_EVERY = 30.0
"""Seconds between two looks at the rows without a timer."""
_ALL_AT_ONCE = 50
"""Runs that are begun before others get a turn."""


class _OurTime(tzinfo):
    """UTC as our clock tells it: APScheduler asks its zone what time it is.

    So both agree when something is due, also after the machine slept or in a test. Instants that
    APScheduler is given must be in this very zone, for it is never to convert one.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def fromutc(self, at: datetime) -> datetime:
        return self._now().replace(tzinfo=self)

    def utcoffset(self, at: datetime | None) -> timedelta:
        return timedelta()

    def dst(self, at: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, at: datetime | None) -> str:
        return "UTC"


class Timers:
    """Satisfies ``bot.desk.plans_door.Clockwork``."""

    def __init__(self, records: PlanRecords, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._zone = _OurTime(clock.now)
        self._scheduler = AsyncIOScheduler(
            jobstores={"default": MemoryJobStore()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone=self._zone,
        )
        self._tasks: Keyed | None = None
        self._runs: PlanRuns | None = None
        self._looking = asyncio.Lock()
        self._rung = asyncio.Event()
        self._is_right = False
        """No plan waits for the time of a clock that was wrong."""

    def arm(self, at: datetime) -> None:
        """Look at the rows at this instant; what is far away gets its timer later."""
        if at > self._clock.now() + _HORIZON:
            return
        self._scheduler.add_job(
            self._ring,
            DateTrigger(at.replace(tzinfo=self._zone), timezone=self._zone),
            id=at.isoformat(),
            replace_existing=True,
        )

    def begin(self, plan: Plan, run: Run) -> None:
        """Do this run, which is written down, in the background."""
        assert self._tasks is not None and self._runs is not None, "the timers run"
        self._tasks.start(("plan", plan.id, run.slot), self._runs.do(plan, run))

    @property
    def is_busy(self) -> bool:
        """Whether something that was begun is not over."""
        return self._tasks is not None and self._tasks.running("plan") > 0

    async def next_due(self, until: datetime) -> datetime | None:
        """When something is due next, if it is until then and can be read."""
        now = self._clock.now()
        try:
            instants = await self._records.due_instants(until)
        except StoreUnavailable as error:
            log.warning("what is due cannot be read: %s", error)
            return None
        return next((at for at in instants if at > now), None)

    async def run(self, runs: PlanRuns, tasks: Keyed) -> None:
        """Go on with what an earlier life began, then watch, until cancelled."""
        self._runs, self._tasks = runs, tasks
        self._scheduler.start()
        try:
            await self._go_on()
            while True:
                await self._put_right()
                await self.look()
                await self._arm_what_is_near()
                self._scheduler.wakeup()
                await self._watch()
        finally:
            self._scheduler.shutdown(wait=False)

    async def _ring(self) -> None:
        """A timer went off. The work is done elsewhere: what a timer does cannot be ended well."""
        self._rung.set()

    async def _watch(self) -> None:
        """Look at the rows whenever a timer goes off, for as long as timers last."""
        ends = asyncio.get_running_loop().time() + _LOOK_EVERY
        while (left := ends - asyncio.get_running_loop().time()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left):  # what begins a run is never cut short
                    await self._rung.wait()
            if self._rung.is_set():
                self._rung.clear()
                await self.look()

    async def _go_on(self) -> None:
        assert self._runs is not None, "the timers run"
        while True:
            try:
                begun = [(await self._plan(run), run) for run in await self._records.begun_runs()]
                break
            except StoreUnavailable as error:
                log.warning("what was begun cannot be read: %s", error)
                await asyncio.sleep(_LOOK_EVERY)
        for plan, run in begun:
            self.begin(plan, run)

    async def _put_right(self) -> None:
        """Once in a life, as soon as it is known what time it is."""
        assert self._runs is not None, "the timers run"
        if self._is_right:
            return
        try:
            self._is_right = await self._runs.put_right()
        except StoreUnavailable as error:
            log.warning("plans cannot be put right: %s", error)

    async def _plan(self, run: Run) -> Plan:
        plan = await self._records.plan(run.plan_id)
        assert plan is not None, "a run has a plan"
        return plan

    async def look(self) -> None:
        """Begin everything that is due; nothing before all of it runs."""
        if self._runs is None:
            return
        async with self._looking:
            try:
                due = await self._records.due_plans(self._clock.now())
            except StoreUnavailable as error:
                log.warning("what is due cannot be read: %s", error)
                return
            for number, plan in enumerate(due, 1):
                await self._begin_slot(plan)
                if number % _ALL_AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def _begin_slot(self, plan: Plan) -> None:
        assert self._runs is not None, "the timers run"
        try:
            run = await self._runs.begin(plan)
        except Exception:  # one plan that cannot be begun must not stop the others
            log.exception("plan %s cannot be begun; it is tried again", plan.id)
            return
        if run is not None:
            self.begin(plan, run)

    async def _arm_what_is_near(self) -> None:
        try:
            instants = await self._records.due_instants(self._clock.now() + _HORIZON)
        except StoreUnavailable as error:
            log.warning("what is due soon cannot be read: %s", error)
            return
        for at in instants:
            self.arm(at)
