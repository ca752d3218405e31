"""The demo's clock: put forward by hand, and everybody lives by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot import demo
from bot.demo_clock import DemoClock
from kraken.sim.server import Exchange

PATIENCE = 8
MINUTE = 60
A_WHILE = 90.0


class Person:
    """Somebody at the chat page, who may also put the clock forward."""

    def __init__(self, http: aiohttp.ClientSession, chat: str, exchange: str) -> None:
        self._http = http
        self._chat = chat
        self._exchange = exchange

    async def _post(self, url: str, body: dict[str, Any]) -> Any:
        async with self._http.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def says(self, text: str) -> None:
        await self._post(f"{self._chat}/sim/message", {"user_id": 1, "chat_id": 1, "text": text})

    async def taps(self, message: dict[str, Any], label: str) -> None:
        body = {"user_id": 1, "chat_id": 1, "message_id": message["message_id"], "text": label}
        await self._post(f"{self._chat}/sim/tap", body)

    async def advances(self, seconds: float) -> None:
        await self._post(f"{self._exchange}/sim/clock", {"advance": seconds})

    async def messages(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._chat}/sim/chat", params={"chat_id": "1"}) as answer:
            found: list[dict[str, Any]] = (await answer.json())["messages"]
            return [each for each in found if each["from_bot"]]

    async def sees(self, *words: str) -> dict[str, Any]:
        """The newest message of the bot that has all of these words."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    for each in reversed(await self.messages()):
                        if all(word in each["text"] for word in words):
                            return each
                    await asyncio.sleep(0.05)
        raise AssertionError(f"no {words}: {[each['text'] for each in await self.messages()]}")

    async def runs(self) -> list[str]:
        """The reports of recurring buys, in order."""
        return [each["text"] for each in await self.messages() if "🔁 DCA #1 ▲" in each["text"]]


@asynccontextmanager
async def somebody_in_the_demo(folder: Path) -> AsyncIterator[Person]:
    stop, ready = asyncio.Event(), asyncio.Event()
    told: list[str] = []

    def is_ready(chat: str, exchange: str) -> None:
        told.extend((chat, exchange))
        ready.set()

    async with asyncio.TaskGroup() as group, aiohttp.ClientSession() as http:
        group.create_task(demo.run(demo.DemoOptions(folder, port=0), is_ready, stop))
        try:
            async with asyncio.timeout(PATIENCE):
                await ready.wait()
            yield Person(http, *told)
        finally:
            stop.set()


async def test_a_recurring_buy_runs_whenever_the_clock_is_put_forward(tmp_path: Path) -> None:
    async with somebody_in_the_demo(tmp_path) as person:
        await person.says("/dca 25usd btc every 10m")
        await person.taps(await person.sees("every 10m"), "Start the plan")
        await person.sees("DCA #1 is on")
        await person.advances(MINUTE)  # a plan begins at the next whole minute
        for number in (1, 2, 3):
            await person.advances(10 * MINUTE)
            await person.sees("🔁 DCA #1 ▲", f"run {number}")
        assert len(await person.runs()) == 3
        await person.advances(30 * MINUTE)
        await person.sees("🔁 DCA #1 ▲", "run 6")
        reports = await person.runs()
        assert len(reports) == len(set(reports)) == 6, "one for each time, none missed"
        # What is typed now is no command of an hour ago, and prices are those of now.
        await person.says("/price btc")
        answer = await person.sees("BTC/USD", "24 h")
        written = datetime.fromtimestamp(answer["date"], UTC)
        assert written - datetime.now(UTC) > timedelta(minutes=55)
        assert not any("late" in each["text"] for each in await person.messages())
        assert "old" not in answer["text"]


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
    assert 120 <= woken[0] < 130
    assert clock.now() - clock.wall() < timedelta(seconds=1), "the machine did not sleep"
