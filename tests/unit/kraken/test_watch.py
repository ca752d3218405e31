"""Watch: a slow reader gets the newest value, and no wake-up is missed."""

import asyncio

import pytest

from kraken.watch import Watch


async def test_a_slow_reader_gets_the_newest_value_and_not_the_ones_between() -> None:
    watch: Watch[int] = Watch()
    for number in range(5):
        watch.set(number)
    assert await watch.newer(0) == (5, 4)


async def test_a_reader_that_saw_the_newest_value_waits_for_the_next() -> None:
    watch: Watch[str] = Watch()
    watch.set("seen")
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(watch.newer(watch.version))
        await asyncio.sleep(0)
        assert not reader.done()
        watch.set("new")
    assert reader.result() == (2, "new")


async def test_a_value_that_changes_between_two_waits_is_not_missed() -> None:
    watch: Watch[str] = Watch()
    watch.set("first")
    version, _ = await watch.newer(0)
    watch.set("second")
    async with asyncio.timeout(5):
        assert await watch.newer(version) == (2, "second")


async def test_one_change_wakes_every_reader() -> None:
    watch: Watch[str] = Watch()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        readers = [tasks.create_task(watch.newer(0)) for _ in range(3)]
        await asyncio.sleep(0)
        watch.set("news")
    assert [reader.result() for reader in readers] == [(1, "news")] * 3


async def test_a_reader_that_leaves_does_not_disturb_the_others() -> None:
    watch: Watch[str] = Watch()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        impatient = tasks.create_task(watch.newer(0))
        patient = tasks.create_task(watch.newer(0))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.sleep(0)
        watch.set("news")
    assert impatient.cancelled()
    assert patient.result() == (1, "news")


def test_an_offered_value_is_made_once_and_only_when_looked_at() -> None:
    watch: Watch[int] = Watch()
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return 7

    watch.offer(make)
    assert not made
    assert (watch.value, watch.value) == (7, 7)
    assert made == [1]


def test_setting_nothing_takes_back_an_offer_that_nobody_looked_at() -> None:
    watch: Watch[int] = Watch()
    watch.offer(lambda: 7)
    watch.set(None)
    assert watch.value is None
    assert watch.version == 2


def test_an_offer_that_fails_is_not_forgotten() -> None:
    watch: Watch[int] = Watch()

    def make() -> int:
        raise LookupError("not now")

    watch.offer(make)
    for _ in range(2):
        with pytest.raises(LookupError):
            _ = watch.value


async def test_the_first_value_is_waited_for_across_times_without_one() -> None:
    watch: Watch[str] = Watch()
    watch.set(None)
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        reader = tasks.create_task(watch.first())
        await asyncio.sleep(0)
        watch.set(None)
        await asyncio.sleep(0)
        assert not reader.done()
        watch.set("at last")
    assert reader.result() == "at last"


def test_whoever_hears_is_called_at_each_change_and_not_after_it_left() -> None:
    watch: Watch[int] = Watch()
    heard: list[int | None] = []
    with watch.heard(lambda: heard.append(watch.value)):
        watch.set(1)
        watch.set(2)
        watch.offer(lambda: 3)
    watch.set(4)
    assert heard == [1, 2, 3]
