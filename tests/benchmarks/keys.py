"""Three hundred keys with their private streams in one process.

What a key occupies: against an exchange in a process of its own, with a budget of connections
whose time jumps. How long it takes until all are back after every socket was cut: in virtual
time, a third of the keys with an open order, which go first.
"""

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import random
import resource
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

import aiohttp

from kraken.account import AccountEvent, AccountInterrupted, AccountReady
from kraken.clock import Clock, SystemClock
from kraken.connections import WINDOW, Connections, Rank
from kraken.core.trading import OrderRequest, OrderType
from kraken.core.types import ClientOrderId, Credentials, Side, Symbol
from kraken.core.wire.names import Names
from kraken.live import LiveAccount
from kraken.private_rest import PrivateRest, ServerOffset
from kraken.rest import Rest
from kraken.signed import SignedCalls
from kraken.sim.server import Exchange
from tests.benchmarks.figures import Figure, percentile
from tests.passing_time import PassingTime
from tests.private_caller import MemoryNonces
from tests.simulated import FEW, by_hand

KEYS = 300
WITH_ORDERS = 90
USER = {"balances": {"USD": "100000"}, "tier": "intermediate"}


class Counted(Connections):
    """Remembers when each turn was given."""

    def __init__(self, clock: Clock, **options: Any) -> None:
        super().__init__(clock, **options)
        self.given: list[datetime] = []
        self._ours = clock

    async def turn(self, rank: Rank) -> datetime:
        turn = await super().turn(rank)
        self.given.append(self._ours.now())
        return turn


class Jumping:
    """Time that only sleeping moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Keys:
    """Many accounts, and which of them are ready."""

    def __init__(self) -> None:
        self.accounts: list[LiveAccount] = []
        self.ready: dict[int, datetime] = {}
        self.changed = asyncio.Event()

    def add(self, rest: PrivateRest, **options: Any) -> None:
        self.accounts.append(LiveAccount(rest, tier="intermediate", **options))

    async def follow(self, index: int) -> None:
        async def listen(event: AccountEvent) -> None:
            if isinstance(event, AccountReady):
                self.ready[index] = event.at
            elif isinstance(event, AccountInterrupted):
                self.ready.pop(index, None)
            self.changed.set()

        await self.accounts[index].run(listen)

    async def until_all_are_ready(self) -> None:
        while len(self.ready) < len(self.accounts):
            self.changed.clear()
            await self.changed.wait()


def _rest(
    http: aiohttp.ClientSession, url: str, keys: dict[str, str], clock: Clock, names: Names
) -> PrivateRest:
    credentials = Credentials(keys["api_key"], keys["api_secret"])
    calls = SignedCalls(
        http, url, credentials, clock=clock, nonces=MemoryNonces(), tier="intermediate"
    )
    return PrivateRest(calls, clock=clock, names=lambda: names, offset=ServerOffset(clock))


def _session() -> aiohttp.ClientSession:
    """One session for all: a connection that stays open must not use up a limit."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _names(http: aiohttp.ClientSession, url: str, clock: Clock) -> Names:
    public = Rest(http, url, clock=clock)
    return Names(await public.pairs(), await public.assets())


# -- memory -----------------------------------------------------------------------------------


def _serve(pipe: Connection) -> None:
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )

    async def main() -> None:
        async with Exchange.serving(pairs=FEW) as exchange:
            users = [exchange.add_user(USER) for _ in range(KEYS)]
            pipe.send((exchange.rest_url, exchange.ws_url, users))
            await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(main())


@contextlib.asynccontextmanager
async def _elsewhere() -> AsyncIterator[tuple[str, str, list[dict[str, str]]]]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,))
    process.start()
    try:
        yield await asyncio.get_running_loop().run_in_executor(None, ours.recv)
    finally:
        process.kill()
        process.join()


def _resident() -> int:
    """Bytes of this process in memory."""
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def _memory() -> float:
    """Kibibytes for each key whose stream is up."""
    clock, jumping, keys = SystemClock(), Jumping(), Keys()
    connections = Connections(jumping, sleep=jumping.sleep)
    async with _elsewhere() as (url, ws_url, users), _session() as http:
        names = await _names(http, url, clock)
        before = _resident()
        for each in users:
            options: dict[str, Any] = {"http": http, "ws_url": ws_url, "clock": clock}
            rest = _rest(http, url, each, clock, names)
            # A second process on two busy cores is slow at times, which is not what is measured.
            keys.add(rest, connections=connections, liveness=120, **options)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(keys.follow(index)) for index in range(KEYS)]
            async with asyncio.timeout(300):
                await keys.until_all_are_ready()
            used = _resident() - before
            for task in tasks:
                task.cancel()
    return used / KEYS / 1024


# -- coming back ------------------------------------------------------------------------------


def _busiest(times: list[datetime], window: timedelta) -> int:
    return max(sum(1 for at in times if start <= at < start + window) for start in times)


async def _order(account: LiveAccount, number: int, now: datetime) -> None:
    await account.place(
        OrderRequest(
            Symbol("BTC/USD"),
            Side.BUY,
            OrderType.LIMIT,
            Decimal("0.001"),
            client_id=ClientOrderId(str(UUID(int=number))),
            limit_price=Decimal(30_000),
            deadline=now + timedelta(seconds=5),
        )
    )


async def _coming_back() -> tuple[list[float], list[float], list[datetime]]:
    """Seconds until each key was back, with orders and without, and all turns that were given."""
    async with by_hand() as exchange, _session() as http:
        time, keys = PassingTime(exchange), Keys()
        connections = Counted(time, sleep=time.sleep)
        names = await _names(http, exchange.rest_url, time)
        unit = random.Random("keys").random
        for _ in range(KEYS):
            rest = _rest(http, exchange.rest_url, exchange.add_user(USER), time, names)
            keys.add(
                rest,
                http=http,
                ws_url=exchange.ws_url,
                clock=time,
                connections=connections,
                random=unit,
                sleep=time.sleep,
                liveness=600,
            )
        with_orders = set(range(KEYS - WITH_ORDERS, KEYS))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(keys.follow(index)) for index in range(KEYS)]
            await time.until(lambda: len(keys.ready) == KEYS, 7_200, step=10)
            # Ten minutes later the budget is whole again, as after a long quiet time.
            await time.go_on(601, step=60)
            for index in with_orders:
                await _order(keys.accounts[index], index, time.now())
            await time.go_on(1)
            exchange.arm({"kind": "drop_connection"})
            cut = time.now()
            await time.until(lambda: not keys.ready, 60, step=0.1)
            await time.until(lambda: with_orders <= keys.ready.keys(), 7_200)
            # The exchange's market goes in small steps while orders wait, which takes long.
            for index in with_orders:
                await keys.accounts[index].cancel_all()
            await time.until(lambda: len(keys.ready) == KEYS, 7_200, step=10)
            for task in tasks:
                task.cancel()
        waits = [(keys.ready[index] - cut).total_seconds() for index in range(KEYS)]
        return waits[-WITH_ORDERS:], waits[:-WITH_ORDERS], connections.given


def run() -> list[Figure]:
    """Measure both."""
    logging.getLogger("kraken").setLevel(logging.ERROR)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, limit), limit))
    # Memory first: what the other leaves behind would be used again.
    memory = asyncio.run(_memory())
    with_orders, without, given = asyncio.run(_coming_back())
    return [
        Figure(f"memory for each of {KEYS} keys with a stream", f"{memory:.0f} KiB"),
        Figure(f"all {WITH_ORDERS} keys with open orders back", f"{max(with_orders):.0f} s"),
        Figure("95 of 100 keys back", f"{percentile(with_orders + without, 0.95) / 60:.1f} min"),
        Figure(f"all {KEYS} keys back", f"{max(without) / 60:.1f} min"),
        Figure("most connections in ten minutes", str(_busiest(given, WINDOW)), "<= 100"),
        Figure(
            "most connections in one second", str(_busiest(given, timedelta(seconds=1))), "<= 5"
        ),
    ]
