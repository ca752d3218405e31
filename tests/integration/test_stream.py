"""Stream over real sockets: a mute, broken or lying peer costs a connection and nothing else."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import WSMessage, WSMsgType

from kraken.core.events import (
    BookChanged,
    BookLost,
    BookWant,
    FrameIgnored,
    InstrumentsChanged,
    InstrumentWant,
    PeerClosing,
    Refused,
    SystemChanged,
    TickerChanged,
    TickerWant,
)
from kraken.core.types import Symbol, SystemState
from kraken.stream import LARGEST_FRAME
from tests.scripted_kraken import Connection, Log, ScriptedKraken, book_frame, pair, ticker_frame
from tests.stream_client import Client, running, silent
from tests.virtual_time import stop_the_world

BTC, ETH, DOGE = Symbol("BTC/USD"), Symbol("ETH/USD"), Symbol("DOGE/USD")
QUICK = 0.1
"""Seconds of silence that mean death in these tests."""


@pytest.fixture
async def kraken() -> AsyncIterator[ScriptedKraken]:
    async with ScriptedKraken.serving() as serving:
        yield serving


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logging.getLogger("kraken").setLevel(logging.ERROR)
    yield
    logging.getLogger("kraken").setLevel(logging.NOTSET)


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
    async with running(kraken.ws_url, BookWant(BTC), liveness=60, tick=60) as client:
        await client.seen(BookChanged)
        client.want(BookWant(ETH))
        async with asyncio.timeout(1):
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
        stop_the_world(2 * QUICK)  # a handler that holds up the whole loop
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
        kraken.refuse_upgrade = 503
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
    assert abs(at - client.clock.now()) < timedelta(seconds=60)


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


class Hanging:
    """A socket that is lost and cannot be closed, for instance because its buffer is full."""

    async def send_str(self, text: str) -> None:
        return

    async def receive(self) -> WSMessage:
        return WSMessage(WSMsgType.CLOSED, None, None)

    async def close(self) -> None:
        await asyncio.Event().wait()


class HangingSockets:
    """Gives out such sockets in place of aiohttp."""

    def __init__(self) -> None:
        self.given: Log[Hanging] = Log()

    async def ws_connect(self, url: str, **_options: object) -> Hanging:
        self.given.append(Hanging())
        return self.given.items[-1]


async def test_a_close_that_hangs_is_given_up() -> None:
    sockets = HangingSockets()
    client = Client(sockets, "ws://kraken", closing=0.01)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(client.stream.run())
        await sockets.given.until(lambda items: len(items) > 2)
        task.cancel()


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
