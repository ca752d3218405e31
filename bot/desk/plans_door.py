"""What the desks ask of the store and of the clockwork about plans."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.core.plans.types import Done, Draft, Plan, PlanState, Run, RunState
from bot.core.slots import Cadence, Slot
from bot.core.trade.news import News


class PlanRecords(Protocol):
    """Plans and their runs in the store: ``bot.store.plans``."""

    async def add_plan(self, draft: Draft, *, ticket_id: str | None, now: datetime) -> Plan: ...
    async def plan(self, plan_id: int) -> Plan | None: ...
    async def plan_of(self, chat_id: int, number: int) -> Plan | None: ...
    async def plans_of(self, chat_id: int) -> Sequence[Plan]: ...
    async def due_instants(self, until: datetime) -> Sequence[datetime]: ...
    async def due_plans(self, now: datetime) -> Sequence[Plan]: ...
    async def moved_ahead(self, now: datetime) -> Sequence[Plan]: ...
    async def move_plan(self, plan: Plan, cadence: Cadence, due: Slot, now: datetime) -> None: ...
    async def begin_run(
        self,
        plan: Plan,
        following: Slot | None,
        state: RunState,
        now: datetime,
        due_at: datetime | None = None,
    ) -> Run | None: ...
    async def begun_runs(self) -> Sequence[Run]: ...
    async def next_attempt(self, run: Run, now: datetime) -> Run: ...
    async def end_run(
        self,
        run: Run,
        state: RunState,
        *,
        now: datetime,
        news: News | None = None,
        note: str = "",
        why: str | None = None,
    ) -> None: ...
    async def take_waiting(
        self, plan_id: int, slot: str, state: RunState, now: datetime
    ) -> Run: ...
    async def set_plan(
        self, plan_id: int, state: PlanState, due: Slot | None, now: datetime, why: str = ""
    ) -> None: ...
    async def change_plan(
        self, plan_id: int, draft: Draft, *, ticket_id: str | None, now: datetime
    ) -> None: ...
    async def runs_of(self, plan_id: int) -> Sequence[Run]: ...
    async def total_of(self, plan_id: int) -> tuple[int, Done]: ...
    async def muted(self) -> set[int]:
        """Chats in which the bot may not speak."""
        ...


class Clockwork(Protocol):
    """What wakes the bot when a plan is due: ``bot.schedule.Timers``."""

    def arm(self, at: datetime) -> None:
        """Something is due then: look at the rows at that instant."""
        ...

    def begin(self, plan: Plan, run: Run) -> None:
        """Do this run now; it is written down."""
        ...
