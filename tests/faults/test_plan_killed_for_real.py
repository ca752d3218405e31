"""kill -9 in the middle of a plan's slot, with a process of its own: one order, told once."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.slots import Cadence, Rhythm, Slot
from bot.standin.server import LocalTelegram
from bot.store import Store
from kraken.clock import SystemClock
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.faults.test_trading_kills import crashing, sees
from tests.stack import OWNER, people, running, settings_for
from tests.trader import RICH
from tests.virtual_time import REAL_TIME

HOUR = timedelta(hours=1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


async def test_a_kill_between_the_sending_and_its_note_buys_a_slot_once(tmp_path: Path) -> None:
    async with (
        LocalTelegram.serving(repeat_pause=0.0) as telegram,
        people(telegram) as them,
        Exchange.serving(seed=1, pairs=PAIRS[:4]) as exchange,
    ):
        settings = settings_for(telegram, exchange, tmp_path / "data")
        key = exchange.add_user({"balances": RICH, "tier": "pro"})
        async with running(settings):
            await them.say(OWNER, f"/connect {key['api_key']} {key['api_secret']}")
            await sees(them, "Connected.")
            await them.say(OWNER, "/live")
            await sees(them, "live")
            await them.say(OWNER, "live")
            await sees(them, "🔴 LIVE")
            await them.say(OWNER, "/dca 25usd btc every 4h")
            page = await sees(them, "Next: ")
            await them.tap(OWNER, page["message_id"], "Start the plan")
            await sees(them, "DCA #1 is on")
        clock = SystemClock()
        async with Store(settings.data, clock.now) as store:
            (plan,) = await store.plans_of(OWNER)
            due = clock.now().replace(microsecond=0) + timedelta(seconds=2)
            cadence = Cadence(Rhythm.INTERVAL, due, every=HOUR)
            await store.move_plan(plan, cadence, Slot(due.isoformat(), due), clock.now())
        async with crashing(settings, "before the answer is noted") as killed:
            assert await killed.wait() == -9, "it was to die at this point"
        async with running(settings):
            await sees(them, "DCA #1 ▲", "run 1")
            told = [each for each in await them.messages(OWNER) if "DCA #1 ▲" in each["text"]]
    orders: Any = exchange.journal()["orders"]
    assert len(orders) == 1
    assert len(told) == 1
