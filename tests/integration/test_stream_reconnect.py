"""Stream when connections fail: it never gives up and never knocks too often."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kraken.core.events import BookChanged, BookWant, SystemChanged
from kraken.core.types import Symbol, SystemState
from tests.scripted_kraken import Connection, Log, ScriptedKraken
from tests.stream_client import running, silent

BTC = Symbol("BTC/USD")


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.getLogger("kraken").setLevel(logging.ERROR)
    yield
    logging.getLogger("kraken").setLevel(logging.NOTSET)


@pytest.mark.parametrize("status", [403, 429, 502, 520])
async def test_a_refused_upgrade_is_tried_again(kraken: ScriptedKraken, status: int) -> None:
    kraken.refuse_upgrade = status
    async with running(kraken.ws_url, BookWant(BTC), random=lambda: 1.0) as client:
        await kraken.connection(3)
        kraken.refuse_upgrade = None
        await client.seen(BookChanged)
        assert client.waits[:3] == [0.5, 1.0, 2.0]


async def test_an_upgrade_that_is_never_answered_is_given_up() -> None:
    accepted: Log[asyncio.StreamWriter] = Log()
    server = await asyncio.start_server(
        lambda _reader, writer: accepted.append(writer), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    async with server, running(f"ws://127.0.0.1:{port}/v2", liveness=0.05):
        await accepted.until(lambda items: len(items) >= 2)
    for writer in accepted.items:
        writer.transport.abort()


async def test_a_peer_that_reads_nothing_of_what_is_sent_is_left(
    kraken: ScriptedKraken,
) -> None:
    async def deafen(connection: Connection) -> None:
        connection.request.transport.pause_reading()
        await silent(connection)

    kraken.on_connect = deafen
    async with running(kraken.ws_url, liveness=0.2, closing=0.1) as client:
        client.session.data_to_send = lambda: ["x" * 30_000_000]
        await kraken.connection(2)


class VirtualTime:
    """A clock that only sleeping moves, so that an hour passes at once."""

    def __init__(self) -> None:
        self.start = self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.attempts: list[datetime] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    @property
    def passed(self) -> timedelta:
        return self.time - self.start


def refused_url() -> tuple[socket.socket, str]:
    """An address where nobody listens, kept from others by the socket."""
    holder = socket.socket()
    holder.bind(("127.0.0.1", 0))
    return holder, f"ws://127.0.0.1:{holder.getsockname()[1]}/v2"


async def test_an_exchange_that_is_down_for_an_hour_is_still_tried(
    kraken: ScriptedKraken,
) -> None:
    time = VirtualTime()
    passed = asyncio.Event()

    async def sleep(seconds: float) -> None:
        assert seconds <= 60
        await time.sleep(seconds)
        if time.passed > timedelta(hours=1):
            kraken.refuse_upgrade = None
            passed.set()

    kraken.refuse_upgrade = 503
    options: dict[str, Any] = {"clock": time, "sleep": sleep, "random": lambda: 0.9}
    async with running(kraken.ws_url, BookWant(BTC), **options) as client:
        await passed.wait()
        await client.seen(BookChanged)
        assert 60 < client.stream.attempts < 100
        assert client.stream.connected


async def test_a_storm_of_reconnects_stays_within_the_budget() -> None:
    holder, url = refused_url()
    time = VirtualTime()
    tries: list[timedelta] = []
    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await time.sleep(seconds)
        if time.passed > timedelta(minutes=30):
            enough.set()
            await asyncio.Event().wait()

    options: dict[str, Any] = {"clock": time, "sleep": sleep, "random": lambda: 0.0}
    async with running(url, BookWant(BTC), **options) as client:
        before = 0
        while not enough.is_set():
            await asyncio.sleep(0)
            if client.stream.attempts != before:
                before = client.stream.attempts
                tries.append(time.passed)
    holder.close()
    window = timedelta(minutes=10)
    busiest = max(sum(1 for other in tries if start <= other < start + window) for start in tries)
    assert 50 < busiest <= 100
    assert len(tries) > 150


async def test_the_waits_start_again_only_after_a_connection_that_lasted(
    kraken: ScriptedKraken,
) -> None:
    time = VirtualTime()
    waits: list[float] = []
    lasting = [timedelta(0), timedelta(seconds=29), timedelta(seconds=30), timedelta(0)]

    async def drop(connection: Connection) -> None:
        if lasting:
            time.time += lasting.pop(0)
            connection.drop()
        else:
            await silent(connection)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    kraken.on_connect = drop
    options: dict[str, Any] = {"clock": time, "sleep": sleep, "random": lambda: 1.0}
    async with running(kraken.ws_url, liveness=60, **options):
        await kraken.connection(5)
    assert waits == [0.5, 1.0, 0.5, 1.0]


async def test_during_maintenance_it_does_not_knock_more_often_than_every_five_seconds(
    kraken: ScriptedKraken,
) -> None:
    async def maintain(connection: Connection) -> None:
        await connection.send(
            '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}'
        )
        await connection.socket.receive()
        connection.drop()

    kraken.on_connect = maintain
    async with running(kraken.ws_url, BookWant(BTC)) as client:
        changed = await client.seen(SystemChanged)
        assert changed == SystemChanged(SystemState.MAINTENANCE)
        await kraken.connection(2)
        assert client.waits[0] == 5.0
