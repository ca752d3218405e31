"""Plans, when they are due, and what became of each of their times.

Rules: a slot is begun by inserting its run, in the transaction that moves the plan to its next
slot, so that it is begun once, whatever crashes; a run that was begun is found again until it is
ended, and what is told of its end is written with it.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from sqlite_utils import Database

from bot.core.errors import Expired
from bot.core.plans.types import (
    CommandPlan,
    Done,
    Draft,
    OrderPlan,
    Plan,
    PlanBody,
    PlanKind,
    PlanState,
    Run,
    RunState,
)
from bot.core.slots import Cadence, Slot
from bot.core.trade.news import News
from bot.store.file import StoreFile, time_text
from bot.store.outbox import insert_news
from bot.store.tickets import take_ticket
from kraken.core.trading import EXACT

_PLAN = (
    "id, number, chat_id, user_id, kind, body, cadence, zone, state, slot, due_at, created_at, why"
)
_RUN = "plan_id, slot, due_at, state, number, attempt, qty, cost, fee, note"


class Plans(StoreFile):
    """Questions about plans and their runs."""

    async def add_plan(self, draft: Draft, *, ticket_id: str | None, now: datetime) -> Plan:
        """Keep a plan, with the confirmation that it was made by.

        Raises:
            AlreadySent: this confirmation was used.
            Expired: it is too old, void or somebody else's.
        """

        def write(db: Database) -> Plan:
            if ticket_id is not None:
                take_ticket(db, ticket_id, draft.chat_id, draft.user_id, now)
            found = db.execute(
                "select coalesce(max(number), 0) + 1 from plans where chat_id = ?",
                [draft.chat_id],
            ).fetchone()
            values = [
                draft.chat_id,
                found[0],
                draft.user_id,
                draft.kind,
                _text(draft.body),
                _text(draft.cadence),
                draft.zone,
                draft.due.id,
                time_text(draft.due.at),
                now.isoformat(),
                time_text(now),
            ]
            added = db.execute(
                "insert into plans (chat_id, number, user_id, kind, body, cadence, zone, slot, "
                "due_at, created_at, changed_at, state) "
                "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active')",
                values,
            )
            return _plans(db, "id = ?", [added.lastrowid])[0]

        return await self.run(write)

    async def plan(self, plan_id: int) -> Plan | None:
        """One plan."""
        found = await self.run(lambda db: _plans(db, "id = ?", [plan_id]))
        return found[0] if found else None

    async def plan_of(self, chat_id: int, number: int) -> Plan | None:
        """One plan by the number that its chat knows."""
        found = await self.run(
            lambda db: _plans(db, "chat_id = ? and number = ?", [chat_id, number])
        )
        return found[0] if found else None

    async def plans_of(self, chat_id: int) -> list[Plan]:
        """All of a chat that are not over."""
        where = "chat_id = ? and state <> 'ended' order by number"
        return await self.run(lambda db: _plans(db, where, [chat_id]))

    async def due_instants(self, until: datetime) -> list[datetime]:
        """Every instant until then at which a plan is due, the first one first."""

        def read(db: Database) -> list[datetime]:
            rows = db.execute(
                "select distinct due_at from plans "
                "where state = 'active' and due_at <= ? order by due_at",
                [time_text(until)],
            )
            return [datetime.fromisoformat(row[0]) for row in rows.fetchall()]

        return await self.run(read)

    async def due_plans(self, now: datetime) -> list[Plan]:
        """All that are due, the one that waits longest first."""
        where = "state = 'active' and due_at <= ? order by due_at, id"
        return await self.run(lambda db: _plans(db, where, [time_text(now)]))

    async def moved_ahead(self, now: datetime) -> list[Plan]:
        """Plans that go on and were last changed at a time that has not come yet."""
        where = "state = 'active' and changed_at > ? order by id"
        return await self.run(lambda db: _plans(db, where, [time_text(now)]))

    async def move_plan(self, plan: Plan, cadence: Cadence, due: Slot, now: datetime) -> None:
        """Give it another next time, unless it was changed since it was read."""
        slot = plan.due.id if plan.due is not None else None
        values = [_text(cadence), due.id, time_text(due.at), time_text(now), plan.id, slot]
        await self.run(
            lambda db: db.execute(
                "update plans set cadence = ?, slot = ?, due_at = ?, changed_at = ? "
                "where id = ? and slot is ? and state = 'active'",
                values,
            )
        )

    async def begin_run(
        self,
        plan: Plan,
        following: Slot | None,
        state: RunState,
        now: datetime,
        due_at: datetime | None = None,
    ) -> Run | None:
        """Write the plan's slot down and move the plan on; None if it was begun or changed.

        ``due_at`` is from when on the run counts as late, if not from its slot on.
        """

        def write(db: Database) -> Run | None:
            slot = plan.due
            assert slot is not None, "a plan that is due has a slot"
            moved = db.execute(
                "update plans set slot = ?, due_at = ?, changed_at = ? "
                "where id = ? and slot = ? and state = 'active'",
                [
                    following.id if following else None,
                    time_text(following.at) if following else None,
                    time_text(now),
                    plan.id,
                    slot.id,
                ],
            )
            if moved.rowcount != 1:
                return None
            try:
                db.execute(
                    "insert into runs (plan_id, slot, number, due_at, state, changed_at) "
                    "select ?1, ?2, count(*) + 1, ?3, ?4, ?5 from runs where plan_id = ?1",
                    [plan.id, slot.id, time_text(due_at or slot.at), state, time_text(now)],
                )
            except sqlite3.IntegrityError:
                return None  # another life began it; the plan moves on
            return _runs(db, "plan_id = ? and slot = ?", [plan.id, slot.id])[0]

        return await self.run(write)

    async def begun_runs(self) -> list[Run]:
        """All that were begun and not ended."""
        return await self.run(lambda db: _runs(db, "state = 'begun' order by due_at", []))

    async def next_attempt(self, run: Run, now: datetime) -> Run:
        """The order of this attempt is proven over: the next one has another name."""
        await self.run(
            lambda db: db.execute(
                "update runs set attempt = ?, changed_at = ? where plan_id = ? and slot = ?",
                [run.attempt + 1, time_text(now), run.plan_id, run.slot],
            )
        )
        return replace(run, attempt=run.attempt + 1)

    async def end_run(
        self,
        run: Run,
        state: RunState,
        *,
        now: datetime,
        news: News | None = None,
        note: str = "",
        why: str | None = None,
    ) -> None:
        """What became of a slot, what is told of it, and why the plan waits, if it does."""

        def write(db: Database) -> None:
            done, at = run.done, time_text(now)
            db.execute(
                "update runs set state = ?, qty = ?, cost = ?, fee = ?, note = ?, changed_at = ? "
                "where plan_id = ? and slot = ?",
                [
                    state,
                    f"{done.qty:f}",
                    f"{done.cost:f}",
                    f"{done.fee:f}",
                    note,
                    at,
                    run.plan_id,
                    run.slot,
                ],
            )
            if why is not None:
                db.execute("update plans set why = ? where id = ?", [why, run.plan_id])
            if news is not None:
                insert_news(db, news, at)

        await self.run(write)

    async def take_waiting(self, plan_id: int, slot: str, state: RunState, now: datetime) -> Run:
        """A person answered what is done about a missed slot.

        Raises:
            Expired: it was answered before.
        """

        def write(db: Database) -> Run:
            changed = db.execute(
                "update runs set state = ?, due_at = ?, changed_at = ? "
                "where plan_id = ? and slot = ? and state = 'waiting'",
                [state, time_text(now), time_text(now), plan_id, slot],
            )
            if changed.rowcount != 1:
                raise Expired("plan")
            return _runs(db, "plan_id = ? and slot = ?", [plan_id, slot])[0]

        return await self.run(write)

    async def set_plan(
        self, plan_id: int, state: PlanState, due: Slot | None, now: datetime, why: str = ""
    ) -> None:
        """Pause it, let it go on, or end it; what has ended stays so."""
        values = [
            state,
            why,
            due.id if due else None,
            time_text(due.at) if due else None,
            time_text(now),
            plan_id,
        ]
        await self.run(
            lambda db: db.execute(
                "update plans set state = ?, why = ?, slot = ?, due_at = ?, changed_at = ? "
                "where id = ? and state <> 'ended'",
                values,
            )
        )

    async def change_plan(
        self, plan_id: int, draft: Draft, *, ticket_id: str | None, now: datetime
    ) -> None:
        """Put what was confirmed in place of what the plan did; its runs stay.

        From then on it is the plan of whoever confirmed that, and their limits hold for it.

        Raises:
            AlreadySent: this confirmation was used.
            Expired: it is too old, or the plan has ended.
        """

        def write(db: Database) -> None:
            if ticket_id is not None:
                take_ticket(db, ticket_id, draft.chat_id, draft.user_id, now)
            changed = db.execute(
                "update plans set user_id = ?, body = ?, cadence = ?, zone = ?, slot = ?, "
                "due_at = ?, state = 'active', why = '', changed_at = ? "
                "where id = ? and state <> 'ended'",
                [
                    draft.user_id,
                    _text(draft.body),
                    _text(draft.cadence),
                    draft.zone,
                    draft.due.id,
                    time_text(draft.due.at),
                    time_text(now),
                    plan_id,
                ],
            )
            if changed.rowcount != 1:
                raise Expired("plan")

        await self.run(write)

    async def runs_of(self, plan_id: int) -> list[Run]:
        """Every slot of a plan that was begun, in order."""
        return await self.run(lambda db: _runs(db, "plan_id = ? order by number", [plan_id]))

    async def total_of(self, plan_id: int) -> tuple[int, Done]:
        """How many runs got something, and all that they got."""
        runs = [each for each in await self.runs_of(plan_id) if each.done.qty]
        total = Done()
        for each in runs:
            done = each.done
            total = Done(
                EXACT.add(total.qty, done.qty),
                EXACT.add(total.cost, done.cost),
                EXACT.add(total.fee, done.fee),
            )
        return len(runs), total


def _plans(db: Database, where: str, values: Sequence[Any]) -> list[Plan]:
    rows = db.execute(f"select {_PLAN} from plans where {where}", list(values))  # noqa: S608 - conditions from the code
    return [_plan(row) for row in rows.fetchall()]


def _plan(row: Sequence[Any]) -> Plan:
    number, own, chat, user, kind, body, cadence, zone, state, slot, due, created, why = row
    return Plan(
        id=number,
        number=own,
        chat_id=chat,
        user_id=user,
        kind=PlanKind(kind),
        body=read_body(PlanKind(kind), body),
        cadence=msgspec.json.decode(cadence, type=Cadence),
        zone=zone,
        state=PlanState(state),
        due=Slot(slot, datetime.fromisoformat(due)) if slot is not None else None,
        created_at=datetime.fromisoformat(created),
        why=why,
    )


def _runs(db: Database, where: str, values: Sequence[Any]) -> list[Run]:
    rows = db.execute(f"select {_RUN} from runs where {where}", list(values))  # noqa: S608 - conditions from the code
    return [
        Run(
            plan_id=plan,
            slot=slot,
            due_at=datetime.fromisoformat(due),
            state=RunState(state),
            number=number,
            attempt=attempt,
            done=Done(Decimal(qty), Decimal(cost), Decimal(fee)),
            note=note,
        )
        for plan, slot, due, state, number, attempt, qty, cost, fee, note in rows.fetchall()
    ]


def read_body(kind: PlanKind, body: str | bytes) -> PlanBody:
    """What a plan of this kind does."""
    if kind is PlanKind.COMMAND:
        return msgspec.json.decode(body, type=CommandPlan)
    return msgspec.json.decode(body, type=OrderPlan)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
