"""What tests rely on: time that jumps, though not before all that is under way has arrived."""

import asyncio
import socket

import pytest

from kraken.sim.listing import PAIRS
from tests.stack import serving_exchange
from tests.virtual_time import passes

LARGE = 8 * 2**20


async def test_an_hour_is_over_in_a_moment() -> None:
    begun = asyncio.get_running_loop().time()
    await passes(3600)
    assert asyncio.get_running_loop().time() == begun + 3600


async def test_time_waits_for_a_thread_though_its_caller_has_gone() -> None:
    begun, done = asyncio.Event(), list[int]()
    loop = asyncio.get_running_loop()

    def work() -> None:
        loop.call_soon_threadsafe(begun.set)
        total = 0
        for number in range(2_000_000):  # unlike one call of sum(), it lets others have a turn
            total += number
        done.append(total)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(asyncio.to_thread(work))
        await begun.wait()
        task.cancel()
        await passes(60)
    assert done


async def test_who_waits_without_sleeping_gets_there() -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + 0.5
    while loop.time() < until:  # noqa: ASYNC110 - this is what is tested
        await asyncio.sleep(0)


async def test_what_is_large_arrives_before_a_timeout() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(LARGE))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(pour, "127.0.0.1") as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        async with asyncio.timeout(0.5):
            assert len(await reader.readexactly(LARGE)) == LARGE
        writer.close()
        await writer.wait_closed()


async def test_nobody_gets_the_port_of_an_exchange_that_is_out_of_order() -> None:
    async with serving_exchange(live=False, pairs=PAIRS[:1]) as exchange:
        exchange.arm({"kind": "outage", "seconds": 1000})
        await exchange.advance(1)
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", exchange.port))
        with socket.socket() as caller, pytest.raises(ConnectionRefusedError):
            caller.connect(("127.0.0.1", exchange.port))
