"""The demo's clock: put forward by hand, and everybody lives by it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.demo_clock import DemoClock
from kraken.sim.server import Exchange
from tests.demo_person import Person, somebody_in_the_demo
from tests.virtual_time import REAL_TIME

PATIENCE = 60
MINUTE = 60
A_WHILE = 90.0


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The demo's own clock goes with the machine's."""
    return REAL_TIME


async def runs(person: Person) -> list[str]:
    """The reports of recurring buys, in order."""
    said = [each["text"] for each in await person.messages()]
    return [text for text in said if "🔁 DCA #1 ▲" in text]


async def test_a_recurring_buy_runs_whenever_the_clock_is_put_forward(tmp_path: Path) -> None:
    async with somebody_in_the_demo(tmp_path) as person:
        await person.says("/dca 25usd btc every 10m")
        await person.taps(await person.sees("every 10m"), "Start the plan")
        await person.sees("DCA #1 is on")
        await person.advances(MINUTE)  # a plan begins at the next whole minute
        for number in (1, 2, 3):
            await person.advances(10 * MINUTE)
            await person.sees("🔁 DCA #1 ▲", f"run {number}")
        assert len(await runs(person)) == 3
        await person.advances(30 * MINUTE)
        await person.sees("🔁 DCA #1 ▲", "run 6")
        reports = await runs(person)
        assert len(reports) == len(set(reports)) == 6, "one for each time, none missed"
        # What is typed now is no command of an hour ago, and prices are those of now.
        await person.says("/price btc")
        answer = await person.sees("BTC/USD", "24 h")
        written = datetime.fromtimestamp(answer["date"], UTC)
        assert written - datetime.now(UTC) > timedelta(minutes=55)
        assert not any("late" in each["text"] for each in await person.messages())
        assert "old" not in answer["text"]


async def test_what_was_said_before_a_leap_is_done_before_it(tmp_path: Path) -> None:
    async with somebody_in_the_demo(tmp_path) as person:
        await person.says("/dca 25usd btc every 1h stop after 1")
        await person.taps(await person.sees("every 1h"), "Start the plan")
        await person.advances(90 * MINUTE)
        await person.sees("🔁 DCA #1 ▲", "run 1")
        assert not any("old" in each["text"] for each in await person.messages())


async def test_what_rests_for_a_while_has_its_time_within_a_leap(tmp_path: Path) -> None:
    async with somebody_in_the_demo(tmp_path) as person:
        await person.says("/dca 25usd btc every 1h limit -20% wait 20m then market stop after 1")
        await person.taps(await person.sees("every 1h"), "Start the plan")
        await person.sees("DCA #1 is on")
        await person.advances(90 * MINUTE)
        await person.sees("🔁 DCA #1 ▲", "run 1")


async def test_whoever_sleeps_by_the_clock_wakes_when_it_leaps(tmp_path: Path) -> None:
    exchange = Exchange(live=False)
    clock = DemoClock(exchange)
    begun, woken, asleep = clock.now(), list[float](), asyncio.Event()

    async def sleeper() -> None:
        asleep.set()
        await clock.sleep(A_WHILE)
        woken.append((clock.now() - begun).total_seconds())

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(sleeper())
        await asleep.wait()
        await clock.leap(60)
        assert woken == []
        await clock.leap(60)
    assert 120 <= woken[0] < 120 + PATIENCE
    assert clock.now() - clock.wall() < timedelta(seconds=1), "the machine did not sleep"
