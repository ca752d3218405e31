"""Stream over real sockets: a mute, broken or lying peer costs a connection and nothing else."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from kraken.clock import SystemClock
from kraken.core.events import (
    BookChanged,
    BookLost,
    BookWant,
    Event,
    FrameIgnored,
    InstrumentsChanged,
    InstrumentWant,
    PeerClosing,
    Refused,
    SystemChanged,
    TickerChanged,
    TickerWant,
)
from kraken.core.session import Session
from kraken.core.types import Symbol, SystemState
from kraken.stream import LARGEST_FRAME, Stream
from tests.scripted_kraken import Connection, Log, ScriptedKraken, book_frame, pair, ticker_frame

BTC, ETH, DOGE = Symbol("BTC/USD"), Symbol("ETH/USD"), Symbol("DOGE/USD")
QUICK = 0.1
"""Seconds of silence that mean death in these tests."""


class Client:
    """A running stream with everything that it reported."""

    def __init__(self, http: aiohttp.ClientSession, url: str, **options: Any) -> None:
        self.events: Log[Event] = Log()
        self.recorded: list[tuple[int, str]] = []
        self.waits: list[float] = []
        self.clock = options.pop("clock", SystemClock())
        self.session = Session()
        self.stream = Stream(
            http,
            url,
            self.session,
            self.events.append,
            clock=self.clock,
            random=options.pop("random", lambda: 0.0),
            sleep=options.pop("sleep", self.sleep),
            tick=0.02,
            **options,
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)

    def want(self, *wants: Any) -> None:
        for want in wants:
            self.session.want(want, self.clock.now())
        self.stream.flush()

    async def seen(self, kind: type[Event], count: int = 1) -> Event:
        """Wait for so many events of a kind and return the last of them."""

        def found(items: list[Event]) -> list[Event]:
            return [item for item in items if isinstance(item, kind)]

        await self.events.until(lambda items: len(found(items)) >= count)
        return found(self.events.items)[count - 1]


@asynccontextmanager
async def running(url: str, *wants: Any, **options: Any) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as tasks:
        client = Client(http, url, **options)
        client.want(*wants)
        task = tasks.create_task(client.stream.run())
        try:
            yield client
        finally:
            task.cancel()


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.getLogger("kraken").setLevel(logging.ERROR)
    yield
    logging.getLogger("kraken").setLevel(logging.NOTSET)


async def silent(connection: Connection) -> None:
    """Keep the connection open, read, and say nothing."""
    async for _ in connection.socket:
        pass


async def test_what_is_wanted_is_subscribed_and_reported(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, BookWant(BTC), TickerWant(ETH)) as client:
        await client.seen(BookChanged)
        await client.seen(TickerChanged)
        assert client.stream.connected
        assert client.session.system is SystemState.ONLINE
        book = client.session.book(BTC)
        assert book is not None
        assert book.view(1, client.clock.now()).bids[0].price == 100


async def test_a_want_that_comes_later_is_sent_at_once(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, BookWant(BTC), liveness=60) as client:
        await client.seen(BookChanged)
        client.want(BookWant(ETH))
        event = await client.seen(BookChanged, 2)
        assert event == BookChanged(ETH)


async def test_a_mute_peer_is_left_for_another_connection(kraken: ScriptedKraken) -> None:
    kraken.on_connect = silent
    async with running(kraken.ws_url, BookWant(BTC), liveness=QUICK) as client:
        await kraken.connection(1)
        kraken.on_connect = kraken.converse
        await client.seen(BookChanged)
        assert client.stream.attempts == 2


async def test_a_peer_that_stops_reading_and_writing_is_left(kraken: ScriptedKraken) -> None:
    done = asyncio.Event()

    async def frozen(connection: Connection) -> None:
        assert connection.request.transport is not None
        connection.request.transport.pause_reading()  # type: ignore[attr-defined]
        await done.wait()

    kraken.on_connect = frozen
    async with running(kraken.ws_url, BookWant(BTC), liveness=QUICK) as client:
        await kraken.connection(1)
        kraken.on_connect = kraken.converse
        await client.seen(BookChanged)
    done.set()


async def test_a_peer_that_acknowledges_and_then_falls_mute_is_left(
    kraken: ScriptedKraken,
) -> None:
    async def acknowledge(connection: Connection) -> None:
        message = await connection.socket.receive_json()
        await connection.send({"method": "subscribe", "result": {}, "req_id": message["req_id"]})
        await silent(connection)

    kraken.on_connect = acknowledge
    async with running(kraken.ws_url, BookWant(BTC), liveness=QUICK) as client:
        await kraken.connection(1)
        kraken.on_connect = kraken.converse
        await client.seen(BookChanged)


async def test_pings_of_the_protocol_do_not_prove_that_kraken_is_alive(
    kraken: ScriptedKraken,
) -> None:
    async def only_pings(connection: Connection) -> None:
        while not connection.socket.closed:
            await connection.socket.ping()
            await connection.socket.receive()

    kraken.on_connect = only_pings
    async with running(kraken.ws_url, BookWant(BTC), liveness=QUICK):
        await kraken.connection(2)


async def test_heartbeats_alone_keep_a_connection(kraken: ScriptedKraken) -> None:
    beats = 0

    async def beat(connection: Connection) -> None:
        nonlocal beats
        while beats < 8:
            await asyncio.sleep(QUICK / 4)  # the interval under test
            await connection.beat()
            beats += 1
        await kraken.converse(connection)

    kraken.on_connect = beat
    async with running(kraken.ws_url, BookWant(BTC), liveness=QUICK) as client:
        await client.seen(BookChanged)
        assert beats == 8
        assert client.stream.attempts == 1


async def test_frames_that_came_while_we_were_busy_prove_that_the_peer_lives(
    kraken: ScriptedKraken,
) -> None:
    async with running(kraken.ws_url, TickerWant(BTC), liveness=QUICK) as client:
        await client.seen(TickerChanged)
        connection = await kraken.connection()
        await connection.send(ticker_frame("BTC/USD", "101.0"))
        deadline = asyncio.get_running_loop().time() + 2 * QUICK
        while asyncio.get_running_loop().time() < deadline:
            pass  # a handler that holds up the whole loop
        await client.seen(TickerChanged, 2)
        assert client.stream.attempts == 1


@pytest.mark.parametrize("cut", [1, 30, 200, -1])
async def test_a_connection_cut_inside_a_snapshot_leaves_no_book(
    kraken: ScriptedKraken, cut: int
) -> None:
    async def cut_short(connection: Connection) -> None:
        await connection.socket.receive()
        frame = book_frame("BTC/USD").encode()
        head = b"\x81\x7e" + len(frame).to_bytes(2, "big")
        connection.write_raw((head + frame)[:cut])
        assert connection.request.transport is not None
        connection.request.transport.close()

    kraken.on_connect = cut_short
    async with running(kraken.ws_url, BookWant(BTC), liveness=5) as client:
        await kraken.connection(1)
        kraken.on_connect = silent
        await kraken.connection(2)
        assert client.session.book(BTC) is None
        assert not any(isinstance(event, BookChanged) for event in client.events.items)


async def test_a_lost_connection_takes_every_book_with_it(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, BookWant(BTC), BookWant(ETH)) as client:
        await client.seen(BookChanged, 2)
        kraken.on_connect = silent
        (await kraken.connection()).drop()
        await client.seen(BookLost, 2)
        assert client.session.book(BTC) is None


async def test_one_book_with_wrong_checksums_does_not_disturb_the_others(
    kraken: ScriptedKraken,
) -> None:
    kraken.bad_checksums = {"ETH/USD"}
    wants = [BookWant(BTC), BookWant(ETH), BookWant(DOGE)]
    async with running(kraken.ws_url, *wants) as client:
        await client.seen(BookLost)
        await client.seen(BookChanged, 2)
        connection = await kraken.connection()
        update = book_frame("BTC/USD", [("100.0", "3.00000000")], [], kind="update", crc=0)
        assert client.session.book(ETH) is None
        assert client.session.book(BTC) is not None
        assert client.session.book(DOGE) is not None
        await connection.send(update)
        lost = await client.seen(BookLost, 2)
        assert isinstance(lost, BookLost)
        assert lost.symbol == BTC
        assert client.session.book(DOGE) is not None
        assert client.stream.attempts == 1


async def test_an_instrument_list_above_a_megabyte_is_read(kraken: ScriptedKraken) -> None:
    kraken.pairs = [f"A{number}/USD" for number in range(5000)]
    frame = json.dumps([pair(symbol) for symbol in kraken.pairs])
    assert 1_000_000 < len(frame) < LARGEST_FRAME
    async with running(kraken.ws_url, InstrumentWant()) as client:
        event = await client.seen(InstrumentsChanged)
        assert isinstance(event, InstrumentsChanged)
        assert len(event.instruments) == 5000
        assert client.stream.attempts == 1


async def test_a_frame_above_the_limit_ends_the_connection(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, BookWant(BTC)) as client:
        await client.seen(BookChanged)
        connection = await kraken.connection()
        with suppress(ConnectionError):  # the client leaves before it has all of it
            await connection.send("x" * (LARGEST_FRAME + 1))
        await client.seen(BookChanged, 2)
        assert client.stream.attempts == 2


@pytest.mark.parametrize(
    "frame",
    [
        '{"channel":"horoscope","type":"update","data":[{"sign":"bull"}]}',
        '{"method":"horoscope","success":true,"result":{}}',
        '{"channel":"book","type":"update","data":[{"symbol":"BTC/',
        '{"channel":"ticker","type":"update","data":[{"symbol":null}]}',
        "[" * 5000,
        "12345",
    ],
)
async def test_a_frame_that_nobody_understands_changes_nothing(
    kraken: ScriptedKraken, frame: str
) -> None:
    async with running(kraken.ws_url, TickerWant(ETH)) as client:
        await client.seen(TickerChanged)
        connection = await kraken.connection()
        await connection.send(frame)
        await connection.send(ticker_frame("ETH/USD", "7.0"))
        await client.seen(TickerChanged, 2)
        assert client.stream.attempts == 1


async def test_text_that_is_not_utf8_is_one_ignored_frame(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, TickerWant(ETH)) as client:
        await client.seen(TickerChanged)
        connection = await kraken.connection()
        connection.write_raw(b"\x81\x02\xff\xfe")
        await client.seen(FrameIgnored)
        await connection.send(ticker_frame("ETH/USD", "7.0"))
        await client.seen(TickerChanged, 2)
        assert client.stream.attempts == 1


async def test_a_proxys_farewell_is_reported(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, TickerWant(ETH)) as client:
        await client.seen(TickerChanged)
        await (await kraken.connection()).send("CloudFlare WebSocket proxy restarting")
        assert isinstance(await client.seen(PeerClosing), PeerClosing)


async def test_a_refused_pair_leaves_the_others_alone(kraken: ScriptedKraken) -> None:
    async with running(kraken.ws_url, BookWant(Symbol("WWW/USD")), BookWant(BTC)) as client:
        refused = await client.seen(Refused)
        assert isinstance(refused, Refused)
        assert refused.error == "Currency pair not supported WWW/USD"
        await client.seen(BookChanged)


async def test_frames_are_recorded_as_they_came(kraken: ScriptedKraken) -> None:
    recorded: Log[tuple[int, str]] = Log()
    options = {"record": lambda at, text: recorded.append((at, text))}
    async with running(kraken.ws_url, BookWant(BTC), **options) as client:
        await client.seen(BookChanged)
    texts = [text for _, text in recorded.items]
    assert '"connection_id":3007355780899554854' in texts[0]
    assert book_frame("BTC/USD") in texts
    at = datetime.fromtimestamp(recorded.items[0][0] / 1e9, UTC)
    assert abs(at - datetime.now(UTC)) < timedelta(seconds=60)


async def test_a_peer_that_does_not_let_itself_be_closed_is_dropped(
    kraken: ScriptedKraken,
) -> None:
    leave = asyncio.Event()

    async def ignore_closing(connection: Connection) -> None:
        await connection.send('{"channel":"status","type":"update","data":[{"system":"online"}]}')
        await leave.wait()

    kraken.on_connect = ignore_closing
    async with asyncio.timeout(5):
        async with running(kraken.ws_url, liveness=60, closing=QUICK) as client:
            await client.seen(SystemChanged)
            client.stream.reconnect()
            await kraken.connection(2)
    leave.set()


@pytest.mark.parametrize("status", [403, 429, 502, 520])
async def test_a_refused_upgrade_is_tried_again(kraken: ScriptedKraken, status: int) -> None:
    kraken.refuse_upgrade = status
    async with running(kraken.ws_url, BookWant(BTC), random=lambda: 1.0) as client:
        await kraken.connection(3)
        kraken.refuse_upgrade = None
        await client.seen(BookChanged)
        assert client.waits[:3] == [0.5, 1.0, 2.0]


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


async def test_cancelling_closes_the_socket_politely(kraken: ScriptedKraken) -> None:
    ended: Log[WSMsgType] = Log()

    async def converse(connection: Connection) -> None:
        await kraken.converse(connection)
        ended.append(WSMsgType.CLOSE)

    kraken.on_connect = converse
    async with running(kraken.ws_url, BookWant(BTC)) as client:
        await client.seen(BookChanged)
    await ended.until(bool)
    assert kraken.connections.items[0].socket.close_code == 1000
    assert not client.stream.connected
