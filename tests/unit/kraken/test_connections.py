"""The budget of connections: within Kraken's limits, fair by rank, and nobody is forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken.connections import KEPT, MOST, MOST_A_SECOND, WINDOW, Connections, Rank
from tests.passing_time import PassingTime

START = datetime(2026, 3, 4, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Crowd:
    """Many that want to connect, and when each of them could."""

    def __init__(self) -> None:
        self.time = PassingTime(None, START)
        self.connections = Connections(self.time, sleep=self.time.sleep)
        self.turns: list[tuple[Rank, timedelta]] = []

    async def come(self, rank: Rank, after: float = 0) -> None:
        await self.time.sleep(after)
        assert START <= await self.connections.turn(rank) <= self.time.now()
        self.turns.append((rank, self.time.now() - START))

    def times(self) -> list[timedelta]:
        return [at for _, at in self.turns]

    def check(self) -> None:
        """No second and no ten minutes had too many."""
        for limit, window in ((MOST_A_SECOND, SECOND), (MOST, WINDOW)):
            for start in self.times():
                inside = [at for at in self.times() if start <= at < start + window]
                assert len(inside) <= limit


async def test_three_hundred_come_back_without_a_spike() -> None:
    crowd = Crowd()
    async with asyncio.TaskGroup() as group:
        for _ in range(300):
            group.create_task(crowd.come(Rank.PRIVATE))
        await crowd.time.until(lambda: len(crowd.turns) == 300, 2_000, step=60)
    crowd.check()
    assert crowd.times()[MOST - KEPT - 1] < timedelta(seconds=30)
    assert crowd.times()[-1] < 3 * WINDOW + timedelta(minutes=1)


async def test_keys_with_orders_go_first_then_other_keys_then_the_public() -> None:
    crowd = Crowd()
    async with asyncio.TaskGroup() as group:
        for rank in [Rank.PUBLIC] * 5 + [Rank.PRIVATE] * 5 + [Rank.HAS_ORDERS] * 5:
            group.create_task(crowd.come(rank))
        await crowd.time.until(lambda: len(crowd.turns) == 15, 60)
    crowd.check()
    waited = [rank for at, rank in sorted((at, rank) for rank, at in crowd.turns) if at]
    assert len(waited) == 15 - MOST_A_SECOND
    assert waited == sorted(waited)


async def test_keys_without_orders_cannot_keep_the_public_stream_away() -> None:
    crowd = Crowd()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.come(Rank.PRIVATE)) for _ in range(300)]
        await crowd.time.go_on(60, step=10)
        tasks.append(group.create_task(crowd.come(Rank.PUBLIC)))
        tasks.append(group.create_task(crowd.come(Rank.HAS_ORDERS)))
        await crowd.time.go_on(5)
        assert {rank for rank, _ in crowd.turns[-2:]} == {Rank.HAS_ORDERS, Rank.PUBLIC}
        for task in tasks:
            task.cancel()
    crowd.check()


async def test_whoever_gives_up_waiting_does_not_hold_up_the_others() -> None:
    crowd = Crowd()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.come(Rank.PRIVATE)) for _ in range(20)]
        await crowd.time.go_on(0.5)
        for task in tasks[4:12]:
            task.cancel()
        await crowd.time.until(lambda: len(crowd.turns) == 12, 10)


async def test_a_turn_that_is_given_back_is_somebody_elses_at_once() -> None:
    crowd = Crowd()
    turns = [await crowd.connections.turn(Rank.HAS_ORDERS) for _ in range(MOST_A_SECOND)]
    async with asyncio.TaskGroup() as group:
        for _ in range(MOST):
            group.create_task(crowd.come(Rank.HAS_ORDERS))
        await crowd.time.go_on(60)
        assert len(crowd.turns) == MOST - MOST_A_SECOND
        for turn in turns:
            crowd.connections.give_back(turn)
        await crowd.time.go_on(2)
        assert len(crowd.turns) == MOST


@settings(max_examples=30, deadline=None)
@given(
    comers=st.lists(
        st.tuples(st.sampled_from(list(Rank)), st.integers(0, 900)), min_size=1, max_size=160
    ),
    seed=st.integers(0, 1000),
)
async def test_however_they_come_all_get_a_turn_and_no_limit_is_passed(
    comers: list[tuple[Rank, int]], seed: int
) -> None:
    crowd = Crowd()
    random = Random(seed)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(crowd.come(rank, after)) for rank, after in comers]
        await crowd.time.go_on(random.randint(0, 900), step=60)
        for task in random.sample(tasks, len(tasks) // 10):
            task.cancel()
        await crowd.time.until(lambda: all(task.done() for task in tasks), 4_000, step=60)
    crowd.check()
