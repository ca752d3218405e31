"""The process vanishes at each point of a plan's slot, over real sockets: one order for each slot.

What is on disk at that instant stays as it is, nothing that the old process would have done later
reaches anybody, and the next one goes on. Exchange and Telegram never stop: the exchange's journal
and what stands in the chats say in the end what happened.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.plans.types import Plan, PlanState, RunState, order_name
from bot.core.slots import Cadence, Rhythm, Slot
from bot.core.trade.types import Standing
from bot.store import Store
from bot.telegram.sender import TelegramSender
from kraken.signed import SignedCalls
from tests import stack
from tests.fault_oracle import reading
from tests.fault_stage import Person, Stage, staged, wait
from tests.faults.test_crash_points import Point, anything, arm, calls, stands

SEEDS = range(3)
"""Each ends fourteen lives."""
EVERY = timedelta(seconds=12)
RUNS = 16
PATIENT = 10
"""Runs of the plan whose limit orders may wait for a minute."""
SLOW = 90
"""Virtual seconds in which each point is reached by one of the plans."""
TWICE = "(maybe sent twice)"


def is_planned(intent: Any, **more: Any) -> bool:
    return intent.source in ("dca", "slice")


def is_report(chat_id: int, letter: Any, reply_to: int | None) -> bool:
    return "DCA #1 ▲" in str(letter.page.html)


async def nothing(me: Person) -> None:
    """The plans do it by themselves."""


def at(of: type, method: str, when: str, if_it: Any = anything) -> Point:
    return Point(nothing, of, method, when, if_it)


POINTS = {
    "before the slot is written down": at(Store, "begin_run", "before"),
    "after the slot is written down": at(Store, "begin_run", "after"),
    "before the intent": at(Store, "commit_intent", "before", is_planned),
    "after the intent": at(Store, "commit_intent", "after", is_planned),
    "before the first byte": at(SignedCalls, "_post", "before", calls("AddOrder")),
    "the reply is not read": at(SignedCalls, "_post", "after", calls("AddOrder")),
    "before the answer is noted": at(Store, "note_standing", "before", stands(Standing.ACKED)),
    "after the answer is noted": at(Store, "note_standing", "after", stands(Standing.ACKED)),
    "a fill is heard": at(Store, "book_fill", "before"),
    "a fill is kept": at(Store, "book_fill", "after"),
    "before its end is marked": at(Store, "end_run", "before"),
    "after its end is marked": at(Store, "end_run", "after"),
    "before the report is sent": at(TelegramSender, "send", "before", is_report),
    "the report is sent, not marked": at(TelegramSender, "send", "after", is_report),
}


@dataclass
class Follower:
    """Somebody with one plan."""

    person: Person
    plan: Plan
    count: int


async def begun(stage: Stage) -> list[Follower]:
    """Two recurring buys and an order in parts; all have a slot every few seconds."""
    texts = (
        f"/dca 25usd btc every 5m stop after {RUNS}",
        f"/dca 30usd btc every 5m limit -0.05% wait 1m then market stop after {PATIENT}",
        f"/buy 0.0160 btc market in={RUNS * EVERY.seconds}s parts={RUNS}",
    )
    for person, text in zip(stage.people, texts, strict=True):
        page = await person.asks(text, "Next: " if text.startswith("/dca") else "parts", 30)
        assert page is not None, [each.body.text for each in person.messages()]
        assert await person.press(page, "Start" if text.startswith("/dca") else "Send")
    await wait(1)
    await stage.stop()
    for wire in stage.wires:
        await wire.close()
    now = stack.clock().now().replace(microsecond=0)
    followers = []
    async with Store(stage.data, stack.clock().now) as store:
        for number, person in enumerate(stage.people):
            (plan,) = await store.plans_of(person.number)
            start = now + timedelta(seconds=3 * number + 5)
            if number < 2:  # nobody can type so short a time
                cadence = Cadence(Rhythm.INTERVAL, start, every=EVERY)
                await store.move_plan(plan, cadence, Slot(start.isoformat(), start), now)
                (plan,) = await store.plans_of(person.number)
            followers.append(Follower(person, plan, PATIENT if number == 1 else RUNS))
    await stage.start()
    return followers


async def complaints(stage: Stage, follower: Follower) -> list[str]:
    """What the journal and the chat say against it."""
    plan, person = follower.plan, follower.person
    async with Store(stage.data, stack.clock().now) as store:
        runs = await store.runs_of(plan.id)
        kept = await store.plan(plan.id)
    assert kept is not None
    names = Counter(str(row["cl_ord_id"]) for row in person.orders())
    filled = {str(row["cl_ord_id"]) for row in person.orders() if Decimal(row["filled_qty"])}
    found = [f"{name} was accepted {count} times" for name, count in names.items() if count > 1]
    done = [run for run in runs if run.state is RunState.DONE]
    if len(done) != follower.count or kept.state is not PlanState.ENDED:
        found.append(f"{len(done)} of {follower.count} slots, {kept.state}: {runs}")
    known = set()
    for run in done:
        own = {
            str(order_name(plan.id, plan.created_at, run.slot, attempt))
            for attempt in range(run.attempt + 1)
        }
        known |= own
        # A limit order and what it left at the market are two; none is ever a third.
        if not 1 <= len(own & filled) <= 1 + bool(plan.order.then_market):
            found.append(f"slot {run.slot} has {len(own & filled)} filled orders")
        bought = sum(
            (Decimal(row["filled_qty"]) for row in person.orders() if row["cl_ord_id"] in own),
            Decimal(0),
        )
        if plan.order.steps == () and bought != run.done.qty:
            found.append(f"slot {run.slot} reports {run.done.qty} and bought {bought}")
    if names.keys() - known:
        found.append(f"orders of no slot: {names.keys() - known}")
    return found + list(_told(follower))


def _told(follower: Follower) -> list[str]:
    """Each run of a recurring buy is told once; what may be told twice says so."""
    if follower.plan.order.steps:
        return []
    said: dict[int, list[str]] = {}
    for message in follower.person.messages():
        text = message.body.text
        if number := re.search(r"DCA #1 ▲[\s\S]* run (\d+)", text):
            said.setdefault(int(number[1]), []).append(text)
    found = [f"run {n} is not told" for n in range(1, follower.count + 1) if n not in said]
    for number, texts in said.items():
        if sum(TWICE not in text for text in texts) > 1:
            found.append(f"run {number} is told {len(texts)} times")
    return found


@pytest.mark.parametrize("seed", SEEDS)
async def test_no_slot_is_bought_twice_or_lost_wherever_the_process_ends(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)
    names = dice.sample(list(POINTS), len(POINTS))
    async with staged(tmp_path, seeds=[1, 2, 3], name=f"plans {seed}", wires=True) as stage:
        followers = await begun(stage)
        for name in names:
            await wait(dice.uniform(0, 6))
            with pytest.MonkeyPatch.context() as patch:
                died = arm(patch, POINTS[name], stage)
                await stage_dies(stage, died, name)
            await stage.start()
        await all_over(stage)
        await stage.stop()
        wrong = {
            follower.person.number: said
            for follower in followers
            if (said := await complaints(stage, follower))
        }
        assert not wrong, f"seed {seed}, {names}: {wrong}"
        assert stage.said.records == []


async def all_over(stage: Stage) -> None:
    """Wait until no plan goes on, and what is to be said is said."""
    for _ in range(60):
        await wait(5)
        with reading(stage) as db:
            if not db.execute("select 1 from plans where state <> 'ended'").fetchall():
                break
    await wait(3)


async def stage_dies(stage: Stage, died: Any, name: str) -> None:
    """Wait for the end of this life."""
    for _ in range(SLOW):
        if died.is_set():
            break
        await wait(1)
    assert died.is_set(), f"nobody came to the point: {name}"
    await stage.bury()
