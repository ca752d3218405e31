"""The queue behind getUpdates: offsets, kinds, one poll at a time."""

import asyncio

import pytest

from bot.standin.refusals import Refusal
from bot.standin.updates import FIRST_UPDATE_ID, UpdateQueue


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(clock: Clock) -> UpdateQueue:
    return UpdateQueue(monotonic=clock, repeat_pause=3.0)


def ids(updates: list[dict[str, object]]) -> list[object]:
    return [update["update_id"] for update in updates]


async def test_updates_stay_until_a_later_offset_confirms_them(queue: UpdateQueue) -> None:
    first, second = (queue.add("message", {"n": n}) for n in (1, 2))
    assert first == FIRST_UPDATE_ID
    assert second == first + 1
    assert ids(await queue.poll(0, 100, 0)) == [first, second]
    assert ids(await queue.poll(first, 100, 0)) == [first, second]
    assert ids(await queue.poll(second, 100, 0)) == [second]
    assert len(queue) == 1


async def test_a_negative_offset_keeps_only_the_last(queue: UpdateQueue) -> None:
    known = [queue.add("message", {}) for _ in range(5)]
    assert ids(await queue.poll(-2, 100, 0)) == known[-2:]
    assert len(queue) == 2


async def test_the_limit_holds_back_and_does_not_forget(queue: UpdateQueue) -> None:
    known = [queue.add("message", {}) for _ in range(3)]
    assert ids(await queue.poll(0, 2, 0)) == known[:2]
    assert len(queue) == 3


async def test_the_wanted_kinds_are_remembered(queue: UpdateQueue) -> None:
    queue.allow(["callback_query"])
    queue.allow(None)
    assert queue.add("message", {}) is None
    assert queue.add("callback_query", {}) is not None
    queue.allow([])
    assert queue.add("message", {}) is not None
    assert queue.add("message_reaction", {}) is None


async def test_a_poll_waits_for_the_next_update(queue: UpdateQueue) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        poll = tasks.create_task(queue.poll(1, 100, 50))
        await asyncio.sleep(0)
        assert not poll.done()
        queue.add("message", {})
    assert len(poll.result()) == 1


async def test_a_new_poll_ends_the_old_one_with_409(queue: UpdateQueue) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:

        async def taken_over() -> Refusal:
            with pytest.raises(Refusal) as refusal:
                await queue.poll(1, 100, 50)
            return refusal.value

        old = tasks.create_task(taken_over())
        await asyncio.sleep(0)
        new = tasks.create_task(queue.poll(2, 100, 50))
        await asyncio.sleep(0)
        queue.add("message", {})
    assert old.result().status == 409
    assert old.result().description == (
        "Conflict: terminated by other getUpdates request; "
        "make sure that only one bot instance is running"
    )
    assert len(new.result()) == 1


async def test_the_same_offset_asked_again_at_once_has_to_wait(
    queue: UpdateQueue, clock: Clock
) -> None:
    assert await queue.poll(1, 100, 0) == []
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        again = tasks.create_task(queue.poll(1, 100, 0))
        await asyncio.sleep(0)
        assert not again.done()
        queue.interrupt()
    clock.now += 3.0
    assert await queue.poll(1, 100, 0) == []
