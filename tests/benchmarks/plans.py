"""A hundred thousand plans: how long a start takes, what an instant costs, and how much memory.

All of them are rows; timers exist only for what is due within the hour.
"""

import asyncio
import tempfile
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from sqlite_utils import Database

from bot.core.plans.types import CommandPlan, RunState
from bot.core.slots import Cadence, Rhythm, next_slot
from bot.schedule import Timers
from bot.store import Store
from bot.store.file import time_text
from kraken.clock import SystemClock
from tests.benchmarks.figures import Figure

PLANS = 100_000
INSTANTS = 1_440
"""One a minute over a day."""
_CHATS_OF = 50


async def _fill(store: Store, now: datetime) -> None:
    """Rows as after a day on which many people made plans."""
    cadence = Cadence(Rhythm.INTERVAL, now, every=timedelta(days=1))
    texts = [msgspec.json.encode(each).decode() for each in (CommandPlan(("/price",)), cadence)]
    at = time_text(now)

    def write(db: Database) -> None:
        rows = (
            (n // _CHATS_OF, n, *texts, time_text(now + timedelta(minutes=n % INSTANTS + 1)), at)
            for n in range(PLANS)
        )
        db.conn.executemany(
            "insert into plans (chat_id, number, user_id, kind, body, cadence, zone, state, slot, "
            "due_at, created_at, changed_at) "
            "values (?1, ?2, 1, 'command', ?3, ?4, 'UTC', 'active', '1', ?5, ?6, ?6)",
            rows,
        )

    await store.run(write)


async def _measure() -> list[Figure]:
    clock = SystemClock()
    now = clock.now()
    with tempfile.TemporaryDirectory() as folder:
        async with Store(Path(folder), clock.now) as store:
            await _fill(store, now)
            load, memory = await _load(store, clock, now)
            began = time.perf_counter()
            due = await store.due_plans(now + timedelta(minutes=1))
            read = (time.perf_counter() - began) / len(due)
            began = time.perf_counter()
            for plan in due:
                following = next_slot(plan.cadence, plan.clock, now)
                await store.begin_run(plan, following, RunState.BEGUN, now)
            begin = (time.perf_counter() - began) / len(due)
    return [
        Figure(f"{PLANS:,} plans, timers at start", f"{load * 1e3:.0f} ms"),
        Figure("memory of the timers", f"{memory / 1024:.0f} KB"),
        Figure(f"an instant with {len(due)} plans: reading, each", f"{read * 1e6:.0f} µs"),
        Figure("the same: beginning a run, one commit each", f"{begin * 1e6:.0f} µs"),
        Figure("next slot of every day, Berlin", f"{_slot() * 1e6:.0f} µs"),
    ]


async def _load(store: Store, clock: SystemClock, now: datetime) -> tuple[float, int]:
    """Seconds that a start takes, and the bytes that stay."""
    began = time.perf_counter()
    await _timers(store, clock, now)
    took = time.perf_counter() - began
    tracemalloc.start()
    kept = await _timers(store, clock, now)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    del kept
    return took, memory


async def _timers(store: Store, clock: SystemClock, now: datetime) -> Timers:
    timers = Timers(store, clock)
    for at in await store.due_instants(now + timedelta(hours=1)):
        timers.arm(at)
    return timers


def _slot(count: int = 2_000) -> float:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    cadence, zone, at = Cadence(Rhythm.DAYS, start), ZoneInfo("Europe/Berlin"), start
    began = time.perf_counter()
    for _ in range(count):
        slot = next_slot(cadence, zone, at)
        assert slot is not None, "days go on"
        at = slot.at
    return (time.perf_counter() - began) / count


def run() -> list[Figure]:
    """Some ten seconds."""
    return asyncio.run(_measure())
