"""The poll loop against scripted answers, with time that only moves when it sleeps."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest

from bot.store import Store, StoreUnavailable
from bot.telegram.polling import Polling, PollingDead
from tests.fakes import FakeClock

Answer = tuple[int, Any] | Exception


class Enough(Exception):
    """The script is over."""


class Script:
    """What Telegram answers, poll by poll; notes what it was asked and by which connection."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.offsets: list[int] = []
        self.connections = 0
        self.closed = 0

    def make_request(self) -> BaseRequest:
        self.connections += 1
        return ScriptedRequest(self)


class ScriptedRequest(BaseRequest):
    def __init__(self, script: Script) -> None:
        self._script = script

    @property
    def read_timeout(self) -> float | None:
        return 5.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None:
        self._script.closed += 1

    async def do_request(self, url: str, *args: Any, **more: Any) -> tuple[int, bytes]:
        query = parse_qs(urlsplit(url).query)
        self._script.offsets.append(int(query.get("offset", ["0"])[0]))
        if not self._script.answers:
            raise Enough
        answer = self._script.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, result = answer
        return status, json.dumps(result).encode()


def updates(*numbers: int) -> Answer:
    return 200, {"ok": True, "result": [{"update_id": number} for number in numbers]}


def refusal(code: int, words: str = "", **parameters: int) -> Answer:
    said = {"ok": False, "error_code": code, "description": words or f"error {code}"}
    return code, {**said, **({"parameters": parameters} if parameters else {})}


class World:
    """One loop with everything around it."""

    def __init__(self, store: Store, clock: FakeClock, script: Script) -> None:
        self.clock = clock
        self.leapt = 0.0
        self.script = script
        self.handled: list[int] = []
        self.told: list[str] = []
        self.cannot_tell = 0
        self.slept: list[float] = []
        self.polling = Polling(
            address="http://127.0.0.1:9/bot1:x",
            make_request=script.make_request,
            store=store,
            clock=clock,
            on_update=lambda number, body: self.handled.append(number),
            on_conflict=self._tell,
            sleep=self._sleep,
            monotonic=lambda: clock.now().timestamp() - self.leapt,
        )

    async def run(self) -> None:
        # The library wraps whatever a request raises, so the end of the script is a NetworkError
        # with our mark inside; the loop would go on after it.
        await self.polling.run()

    def leap(self, seconds: float) -> None:
        """The wall clock is set, or the machine wakes; the monotonic clock knows nothing of it."""
        self.clock.advance(seconds)
        self.leapt += seconds

    async def _tell(self, kind: str) -> None:
        if self.cannot_tell:
            self.cannot_tell -= 1
            raise StoreUnavailable("locked")
        self.told.append(kind)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)
        if not self.script.answers:
            raise Enough


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def store(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Store]:
    async with Store(tmp_path, clock.now) as opened:
        yield opened


@pytest.fixture
def world(store: Store, clock: FakeClock) -> Callable[..., Awaitable[World]]:
    async def run(*answers: Answer) -> World:
        built = World(store, clock, Script(*answers))
        with pytest.raises(Enough):
            await built.run()
        return built

    return run


Run = Callable[..., Awaitable[World]]


async def test_the_offset_moves_behind_what_was_kept(world: Run) -> None:
    done = await world(updates(), updates(5, 6), updates(7), updates())
    assert done.script.offsets == [0, 0, 7, 8, 8]
    assert done.handled == [5, 6, 7]


async def test_an_update_that_comes_again_is_not_handled_again(world: Run) -> None:
    done = await world(updates(5), updates(5, 6), updates(6))
    assert done.handled == [5, 6]


async def test_the_offset_stands_still_while_the_database_does_not_answer(
    store: Store, clock: FakeClock
) -> None:
    kept = store.add_updates
    failures = 2

    async def full(pairs: Any) -> list[int]:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreUnavailable("disk full")
        return await kept(pairs)

    store.add_updates = full  # type: ignore[method-assign]
    done = World(store, clock, Script(updates(5), updates(5), updates(5), updates()))
    with pytest.raises(Enough):
        await done.run()
    assert done.script.offsets == [0, 0, 0, 6, 6]
    assert done.handled == [5]


@pytest.mark.parametrize(
    "answer",
    [
        refusal(400),
        refusal(401, "Unauthorized"),
        refusal(403),
        refusal(404, "Not Found"),
        refusal(409, "Conflict: terminated by other getUpdates request"),
        refusal(429, "Too Many Requests", retry_after=7),
        refusal(500),
        refusal(502),
        (200, "no object"),
        (200, {"ok": True, "result": None}),
        TimedOut(),
        NetworkError("httpx.ReadError: reset"),
        ValueError("a fault of the library"),
    ],
    ids=str,
)
async def test_no_answer_ends_the_loop(world: Run, answer: Answer) -> None:
    done = await world(answer, answer, updates(5))
    assert done.handled == [5]


async def test_a_pause_that_telegram_asks_for_is_kept(world: Run) -> None:
    done = await world(refusal(429, "Too Many Requests", retry_after=7), updates())
    assert done.slept[0] == 7


async def test_failures_are_tried_again_ever_more_slowly_but_at_least_every_fifteen_seconds(
    world: Run,
) -> None:
    done = await world(*[TimedOut()] * 8, updates(1), TimedOut(), updates(2))
    assert done.slept[:8] == [1, 2, 4, 8, 15, 15, 15, 15]
    assert done.slept[8] == 1


async def test_after_ninety_seconds_without_an_answer_new_connections_are_made(
    world: Run,
) -> None:
    done = await world(*[TimedOut()] * 12, updates(5))
    assert done.handled == [5]
    assert done.script.connections == 2
    assert done.script.closed == 2


async def test_a_token_that_is_refused_for_hours_is_no_dead_connection(world: Run) -> None:
    done = await world(*[refusal(401, "Unauthorized")] * 500, updates(5))
    assert done.handled == [5]
    assert done.script.connections == 1
    assert max(done.slept) == 15


async def test_after_five_minutes_without_an_answer_the_process_gives_up(
    store: Store, clock: FakeClock
) -> None:
    done = World(store, clock, Script(*[TimedOut()] * 500))
    assert done.polling.is_alive
    with pytest.raises(PollingDead):
        await done.run()
    assert 300 < sum(done.slept) < 330
    assert not done.polling.is_alive


CONFLICT = refusal(409, "Conflict: terminated by other getUpdates request")


async def test_a_short_conflict_is_told_to_nobody(world: Run) -> None:
    assert (await world(CONFLICT, CONFLICT, updates())).told == []


async def test_a_conflict_of_more_than_ten_seconds_is_told_though_some_polls_succeed(
    world: Run,
) -> None:
    done = await world(*[CONFLICT, updates()] * 8)
    assert done.told == ["poller"]


async def test_a_webhook_is_told_at_once(world: Run) -> None:
    webhook = refusal(409, "Conflict: can't use getUpdates method while webhook is active")
    assert (await world(webhook, updates())).told == ["webhook"]


async def test_a_conflict_that_cannot_be_told_now_is_told_at_the_next(
    store: Store, clock: FakeClock
) -> None:
    """The database is locked just when somebody else has set a webhook."""
    webhook = refusal(409, "Conflict: can't use getUpdates method while webhook is active")
    world = World(store, clock, Script(webhook, webhook, updates(1)))
    world.cannot_tell = 1
    with pytest.raises(Enough):
        await world.run()
    assert world.told == ["webhook"]
    assert world.handled == [1]


async def test_a_machine_that_slept_is_not_mistaken_for_a_dead_connection(
    store: Store, clock: FakeClock
) -> None:
    class Sleeper(Script):
        def make_request(self) -> BaseRequest:
            world.leap(3600)
            return super().make_request()

    world = World(store, clock, Sleeper(NetworkError("the connection is gone"), updates(1)))
    with pytest.raises(Enough):
        await world.run()
    assert world.handled == [1]
    assert world.polling.is_alive


@pytest.mark.parametrize("nonsense", [7, "text", None, [], {}, {"update_id": "1"}])
async def test_what_is_no_update_is_left_out_and_the_others_are_handled(
    world: Run, nonsense: Any
) -> None:
    mixed = (200, {"ok": True, "result": [nonsense, {"update_id": 1}]})
    done = await world(mixed, updates(2))
    assert done.handled == [1, 2]


@pytest.mark.parametrize("number", [-1, 2**63, 2**70])
async def test_a_number_that_cannot_be_kept_does_not_end_the_loop_nor_make_it_race(
    world: Run, number: int
) -> None:
    done = await world(updates(number), updates(1))
    assert done.handled == [1]
    assert done.slept, "the same answer would come again at once"


async def test_while_the_database_does_not_answer_the_pauses_grow(
    world: Run, store: Store
) -> None:
    await store.run(lambda db: db.execute("pragma query_only = on").fetchall())
    done = await world(*[updates(1)] * 6)
    assert done.slept == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]
