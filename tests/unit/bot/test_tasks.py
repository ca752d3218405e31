"""KeyedTasks, Lanes and companions: who is cancelled, who is told, who lives on."""

import asyncio
from collections.abc import Hashable

import pytest

from bot.tasks import KeyedTasks, Lanes, together, with_companion


class Errors:
    def __init__(self) -> None:
        self.seen: list[tuple[Hashable, str]] = []

    def __call__(self, key: Hashable, error: Exception) -> None:
        self.seen.append((key, str(error)))


async def _until_cancelled(log: list[str], name: str) -> None:
    log.append(f"{name} began")
    try:
        await asyncio.Event().wait()
    finally:
        log.append(f"{name} ended")


async def _boom() -> None:
    raise ValueError("boom")


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_is_told_whether_something_runs_under_a_key() -> None:
    async with KeyedTasks(Errors()) as tasks:
        tasks.start(("kind", 1), _until_cancelled([], "one"))
        await _settle()
        assert tasks.is_running(("kind", 1)) and not tasks.is_running(("kind", 2))
        tasks.stop(("kind", 1))
        await _settle()
        assert not tasks.is_running(("kind", 1))


async def test_a_member_that_fails_is_reported_and_the_others_live_on() -> None:
    errors, log = Errors(), list[str]()
    async with KeyedTasks(errors) as tasks:
        tasks.start("good", _until_cancelled(log, "good"))
        tasks.start("bad", _boom())
        await _settle()
        assert errors.seen == [("bad", "boom")]
        assert log == ["good began"]
        assert tasks.running() == 1
    assert log == ["good began", "good ended"]


async def test_a_replaced_task_ends_before_its_successor_begins() -> None:
    log = list[str]()
    async with KeyedTasks(Errors()) as tasks:
        tasks.start("key", _until_cancelled(log, "first"))
        await _settle()
        tasks.start("key", _until_cancelled(log, "second"))
        await _settle()
        assert log == ["first began", "first ended", "second began"]
        assert tasks.running() == 1


async def test_a_task_stopped_before_its_first_step_leaves_no_warning() -> None:
    log = list[str]()
    async with KeyedTasks(Errors()) as tasks:
        tasks.start("key", _until_cancelled(log, "never"))
        tasks.stop("key")
        tasks.start("other", _until_cancelled(log, "replaced"))
        tasks.start("other", _until_cancelled(log, "kept"))
        await _settle()
    assert log == ["kept began", "kept ended"]


async def test_nothing_begins_while_everything_ends() -> None:
    log = list[str]()

    async def starts_another_at_its_end(tasks: KeyedTasks) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            tasks.start("other", _until_cancelled(log, "too late"))

    async with KeyedTasks(Errors()) as tasks:
        tasks.start("key", starts_another_at_its_end(tasks))
        await _settle()
    assert log == []


async def test_tasks_are_counted_by_the_first_word_of_their_key() -> None:
    log = list[str]()
    async with KeyedTasks(Errors()) as tasks:
        tasks.start(("live", 1), _until_cancelled(log, "a"))
        tasks.start(("live", 2), _until_cancelled(log, "b"))
        tasks.start(("lane", 1), _until_cancelled(log, "c"))
        assert tasks.running("live") == 2
        assert tasks.running() == 3


async def test_one_lane_keeps_order_while_another_passes_it() -> None:
    log, gate = list[str](), asyncio.Event()

    async def slow() -> None:
        await gate.wait()
        log.append("slow")

    async def quick(name: str) -> None:
        log.append(name)

    errors = Errors()
    async with KeyedTasks(errors) as tasks:
        lanes = Lanes(tasks, errors)
        lanes.add(1, slow)
        lanes.add(1, lambda: quick("after slow"))
        lanes.add(2, lambda: quick("other chat"))
        await _settle()
        assert log == ["other chat"]
        gate.set()
        await lanes.drained()
    assert log == ["other chat", "slow", "after slow"]


async def test_failed_work_does_not_stop_what_waits_behind_it() -> None:
    log, errors = list[str](), Errors()

    async def quick() -> None:
        log.append("done")

    async with KeyedTasks(errors) as tasks:
        lanes = Lanes(tasks, errors)
        lanes.add(1, _boom)
        lanes.add(1, quick)
        await lanes.drained()
    assert log == ["done"]
    assert errors.seen == [(1, "boom")]


async def test_at_the_end_what_runs_is_finished_and_what_waits_is_not_begun() -> None:
    log, gate, errors = list[str](), asyncio.Event(), Errors()

    async def work(name: str) -> None:
        await gate.wait()
        log.append(name)

    async with KeyedTasks(errors) as tasks:
        lanes = Lanes(tasks, errors)
        lanes.add(1, lambda: work("runs"))
        lanes.add(1, lambda: work("waits"))
        await _settle()
        tasks.start("end", lanes.finish())
        await _settle()
        gate.set()
        await lanes.drained()
    assert log == ["runs"]


async def test_a_full_lane_refuses_and_other_lanes_still_accept() -> None:
    gate = asyncio.Event()

    async def wait() -> None:
        await gate.wait()

    errors = Errors()
    async with KeyedTasks(errors) as tasks:
        lanes = Lanes(tasks, errors, waiting=2)
        assert [lanes.add(1, wait) for _ in range(4)] == [True, True, True, False]
        assert lanes.add(2, wait)
        gate.set()
        await lanes.drained()
        assert lanes.add(1, wait)
        await lanes.drained()


async def test_the_first_failure_ends_all_that_run_together() -> None:
    log = list[str]()
    with pytest.raises(ExceptionGroup):
        await together(_until_cancelled(log, "long"), _boom())
    assert log == ["long began", "long ended"]


async def test_a_companion_ends_with_its_main_and_errors_come_bare() -> None:
    log = list[str]()

    async def main() -> str:
        await _settle()
        return "result"

    assert await with_companion(main(), _until_cancelled(log, "beside")) == "result"
    assert log == ["beside began", "beside ended"]
    with pytest.raises(ValueError, match="boom"):
        await with_companion(_boom(), _until_cancelled(log, "again"))
