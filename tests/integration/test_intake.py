"""Updates on their way to the handlers: order within a chat, chats side by side."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.store import Store
from bot.tasks import KeyedTasks, Lanes
from bot.telegram.intake import Intake, chat_of, sent_at, words_of
from tests.fakes import FakeClock
from tests.fakes_keys import API_SECRET


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, FakeClock().now) as opened:
        yield opened


def update(number: int, chat: int) -> dict[str, Any]:
    return {"update_id": number, "message": {"chat": {"id": chat}, "text": str(number)}}


@asynccontextmanager
async def intake(
    store: Store,
    process: Callable[[dict[str, Any]], Awaitable[None]],
    refused: list[tuple[int, str]] | None = None,
    waiting: int = 2000,
) -> AsyncIterator[tuple[Intake, Lanes]]:
    faults: list[Exception] = []

    async def too_busy(chat_id: int, left_out: str) -> None:
        if refused is not None:
            refused.append((chat_id, left_out))

    async with KeyedTasks(lambda key, error: faults.append(error)) as tasks:
        lanes = Lanes(tasks, lambda key, error: faults.append(error), waiting=waiting)
        yield Intake(store, lanes, process, too_busy), lanes
        async with asyncio.timeout(20):
            await lanes.drained()
    assert faults == []


async def test_a_thousand_interleaved_pairs_keep_their_order_in_each_chat(store: Store) -> None:
    seen: dict[int, list[int]] = {}

    async def process(raw: dict[str, Any]) -> None:
        for _ in range(raw["update_id"] % 3):  # some take longer than the next one in line
            await asyncio.sleep(0)
        seen.setdefault(chat_of(raw), []).append(raw["update_id"])

    async with intake(store, process) as (way, _):
        for number in range(2000):
            way.add(number, json.dumps(update(number, chat=1 + number % 7)))
    assert len(seen) == 7
    for numbers in seen.values():
        assert numbers == sorted(numbers)
    assert sum(map(len, seen.values())) == 2000
    assert await store.waiting() == []


async def test_a_chat_that_hangs_holds_up_nobody_else(store: Store) -> None:
    gate, seen = asyncio.Event(), list[int]()

    async def process(raw: dict[str, Any]) -> None:
        if chat_of(raw) == 1:
            await gate.wait()
        seen.append(raw["update_id"])
        if raw["update_id"] == 3:
            gate.set()

    async with intake(store, process) as (way, _):
        for number, chat in ((1, 1), (2, 1), (3, 2)):
            way.add(number, json.dumps(update(number, chat)))
    assert seen == [3, 1, 2]


async def test_a_flooding_chat_is_told_once_and_nothing_stays_behind(
    store: Store,
) -> None:
    gate, seen, refused = asyncio.Event(), list[int](), list[tuple[int, str]]()

    async def process(raw: dict[str, Any]) -> None:
        await gate.wait()
        seen.append(raw["update_id"])

    bodies = [(number, json.dumps(update(number, 1))) for number in range(30)]
    await store.add_updates(bodies)
    async with intake(store, process, refused, waiting=5) as (way, _):
        for number, body in bodies:
            way.add(number, body)
        gate.set()
    assert seen == list(range(6))
    assert refused == [(1, "6")], "the first that was left out"
    assert await store.waiting() == []


async def test_a_database_that_does_not_answer_costs_nobody_the_answer(store: Store) -> None:
    seen = list[int]()

    async def process(raw: dict[str, Any]) -> None:
        seen.append(raw["update_id"])

    await store.add_update(1, json.dumps(update(1, 1)))
    await store.run(lambda db: db.execute("pragma query_only = on").fetchall())
    async with intake(store, process) as (way, _):
        await way.resume()
    assert seen == [1]
    assert [left.update_id for left in await store.waiting()] == [1], "it may be done again"


async def test_of_what_was_written_while_the_bot_was_away_nothing_is_left_out(
    store: Store,
) -> None:
    """560 at once: what is old costs a line in a summary; only what is new has to queue."""
    gate, seen, refused = asyncio.Event(), list[int](), list[tuple[int, str]]()

    async def process(raw: dict[str, Any]) -> None:
        await gate.wait()
        seen.append(raw["update_id"])

    bodies = []
    for number in range(560):
        message = {"chat": {"id": 1}, "text": "/price", "date": 100 if number < 480 else 900}
        bodies.append((number, json.dumps({"update_id": number, "message": message})))
    await store.add_updates(bodies)
    faults: list[Exception] = []

    async def too_busy(chat_id: int, left_out: str) -> None:
        refused.append((chat_id, left_out))

    async with KeyedTasks(lambda key, error: faults.append(error)) as tasks:
        lanes = Lanes(tasks, lambda key, error: faults.append(error))
        way = Intake(store, lanes, process, too_busy, lambda sent_at: sent_at < 500)
        for number, body in bodies:
            way.add(number, body)
        gate.set()
        async with asyncio.timeout(30):
            await lanes.drained()
    assert seen == list(range(480 + 51)), "and the new ones have their own 51 places"
    assert refused == [(1, "/price")]
    assert await store.waiting() == []


async def test_an_update_that_cannot_be_read_is_given_up_and_the_next_one_handled(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    seen = list[int]()

    async def process(raw: dict[str, Any]) -> None:
        if raw["update_id"] == 1:
            raise TypeError("a field is missing")
        seen.append(raw["update_id"])

    for number in (1, 2):
        await store.add_update(number, json.dumps(update(number, 1)))
    async with intake(store, process) as (way, _):
        await way.resume()
    assert seen == [2]
    assert await store.waiting() == [], "it would come again at every start"
    assert "a field is missing" in caplog.text


def said(number: int, text: str, **more: Any) -> str:
    message = {"chat": {"id": -100}, "text": text, **more}
    return json.dumps({"update_id": number, "message": message})


async def test_what_a_group_says_to_itself_takes_no_place_from_its_commands(
    store: Store,
) -> None:
    seen, refused = list[int](), list[tuple[int, str]]()

    async def process(raw: dict[str, Any]) -> None:
        seen.append(raw["update_id"])

    bodies = [(number, said(number, "hello")) for number in range(30)]
    bodies += [(30, said(30, "/price")), (31, said(31, "0.2", reply_to_message={}))]
    bodies += [(32, json.dumps({"update_id": 32, "message": {"chat": {"id": -100}}}))]
    bodies += [(33, json.dumps(update(33, 7)))]
    await store.add_updates(bodies)
    async with intake(store, process, refused, waiting=5) as (way, _):
        for number, body in bodies:
            way.add(number, body)
    assert sorted(seen) == [30, 31, 32, 33]
    assert refused == []
    assert await store.waiting() == []


@pytest.mark.parametrize(
    ("raw", "chat"),
    [
        (update(1, 5), 5),
        ({"update_id": 1, "edited_message": {"chat": {"id": -100}}}, -100),
        ({"update_id": 1, "callback_query": {"id": "1", "message": {"chat": {"id": 7}}}}, 7),
        ({"update_id": 1, "callback_query": {"id": "1", "inline_message_id": "x"}}, 0),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": 8}}}, 8),
        ({"update_id": 1, "message": {"chat": "nonsense"}}, 0),
        ({"update_id": 1}, 0),
    ],
)
def test_the_chat_of_an_update_is_found_wherever_it_stands(raw: dict[str, Any], chat: int) -> None:
    assert chat_of(raw) == chat


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"message": {"text": "/book btc"}}, "/book btc"),
        ({"message": {"caption": "/book"}}, "/book"),
        ({"edited_message": {"text": "/book"}}, "/book"),
        ({"message": {"sticker": {}}}, ""),
        ({"message": {"text": 5}}, ""),
        ({"message": 5}, ""),
        ({"callback_query": {"message": {"text": "the bot’s own"}}}, ""),
    ],
)
def test_what_is_left_out_is_named_by_its_words(raw: dict[str, Any], words: str) -> None:
    assert words_of(raw) == words


async def test_a_message_with_a_key_is_never_left_out(store: Store) -> None:
    """However much waits: it has to be deleted."""
    gate, seen = asyncio.Event(), list[int]()

    async def process(raw: dict[str, Any]) -> None:
        await gate.wait()
        seen.append(raw["update_id"])

    async def too_busy(chat_id: int, left_out: str) -> None: ...

    def no_fault(key: object, error: Exception) -> None:
        raise AssertionError(f"{key}: {error!r}")

    async with KeyedTasks(no_fault) as tasks:
        lanes = Lanes(tasks, no_fault)
        way = Intake(store, lanes, process, too_busy)
        for number in range(100):
            text = API_SECRET if number == 99 else "/price"
            message = {"chat": {"id": 1}, "text": text, "date": 900}
            way.add(number, json.dumps({"update_id": number, "message": message}))
        gate.set()
        await lanes.drained()
    assert len(seen) < 99
    assert seen[-1] == 99


def test_only_a_new_message_tells_when_it_was_written() -> None:
    assert sent_at({"message": {"date": 5}}) == 5
    for untold in ({"edited_message": {"date": 5}}, {"callback_query": {"message": {"date": 5}}}):
        assert sent_at(untold) > 10**12


async def test_a_stop_waits_for_nothing_in_its_chat(tmp_path: Path) -> None:
    """A handler that hangs, and a chat that is full, hold up what comes behind; not a stop."""
    ran: list[str] = []
    hangs, stopped = asyncio.Event(), asyncio.Event()

    async def process(update: dict[str, Any]) -> None:
        text = update["message"]["text"]
        if text == "slow":
            await hangs.wait()
        ran.append(text)
        if text.startswith("/kill"):
            stopped.set()

    async def too_busy(chat_id: int, left_out: str) -> None:
        ran.append("busy")

    async with Store(tmp_path, FakeClock().now) as store, KeyedTasks(fail) as tasks:
        lanes = Lanes(tasks, fail, waiting=2)
        intake = Intake(store, lanes, process, too_busy)
        for number, text in enumerate(("slow", "a", "b", "c", "d", "/kill@bot now"), 1):
            body = {"update_id": number, "message": {"chat": {"id": 1}, "text": text}}
            await store.add_update(number, json.dumps(body))
            intake.add(number, json.dumps(body))
        async with asyncio.timeout(5):
            await stopped.wait()
        assert "slow" not in ran
        hangs.set()
        await lanes.drained()
        assert [left.update_id for left in await store.waiting()] == []


def fail(key: object, error: Exception) -> None:
    raise error
