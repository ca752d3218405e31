"""From a WebSocket on loopback to a verified book, with the Stream and Session of the product.

The server is a process of its own and sends as fast as the socket takes it; receiving alone is
the same socket with nobody reading the text. Both against decoding the same bytes.
"""

import asyncio
import contextlib
import multiprocessing
import random
import time
from collections.abc import AsyncIterator
from multiprocessing.connection import Connection

import aiohttp
import orjson
from aiohttp import web

from kraken.clock import SystemClock
from kraken.core.events import BookChanged, BookWant, Event
from kraken.core.session import Session
from kraken.core.types import Symbol
from kraken.stream import Stream
from tests.benchmarks._book_stream import SYMBOL, frames
from tests.benchmarks.figures import Figure

UPDATES = 40_000
DEPTH = 10


def _serve(pipe: Connection) -> None:
    """Answer one subscription with an acknowledgement and the whole stream, for every client."""
    stream = list(frames(UPDATES, DEPTH))

    async def blast(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        asked = orjson.loads(await socket.receive_str())
        ack = {
            "method": "subscribe",
            "req_id": asked.get("req_id"),
            "result": {"channel": "book", "depth": DEPTH, "snapshot": True, "symbol": SYMBOL},
            "success": True,
            "time_in": "2026-11-08T10:00:00.000000Z",
            "time_out": "2026-11-08T10:00:00.000001Z",
        }
        await socket.send_str(orjson.dumps(ack).decode())
        with contextlib.suppress(ConnectionError):
            for frame in stream:
                await socket.send_str(frame)
            await socket.receive()
        return socket

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/v2", blast)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        pipe.send(runner.addresses[0][1])
        await asyncio.get_running_loop().run_in_executor(None, pipe.recv)

    asyncio.run(main())


@contextlib.asynccontextmanager
async def _server() -> AsyncIterator[str]:
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,))
    process.start()
    try:
        port = await asyncio.get_running_loop().run_in_executor(None, ours.recv)
        yield f"ws://127.0.0.1:{port}/v2"
    finally:
        process.kill()
        process.join()


async def _receive_alone(http: aiohttp.ClientSession, url: str) -> float:
    async with http.ws_connect(url) as socket:
        await socket.send_str('{"method":"subscribe","req_id":1}')
        await socket.receive_str()
        await socket.receive_str()
        began = time.perf_counter()
        for _ in range(UPDATES):
            await socket.receive_str()
        return time.perf_counter() - began


async def _to_book(http: aiohttp.ClientSession, url: str) -> tuple[float, float]:
    """Seconds by the clock and of the processor, from the first verified book to the last."""
    clock = SystemClock()
    session = Session()
    session.want(BookWant(Symbol(SYMBOL), DEPTH), clock.now())
    done = asyncio.Event()
    marks: list[tuple[float, float]] = []
    count = 0

    def on_event(event: Event) -> None:
        nonlocal count
        if isinstance(event, BookChanged):
            count += 1
            if count in (1, UPDATES + 1):
                marks.append((time.perf_counter(), time.process_time()))
            if count == UPDATES + 1:
                done.set()

    stream = Stream(http, url, session, on_event, clock=clock, random=random.random)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(stream.run())
        async with asyncio.timeout(120):
            await done.wait()
        running.cancel()
    assert session.stats().checksums_failed == 0
    (first, first_cpu), (last, last_cpu) = marks
    return last - first, last_cpu - first_cpu


def _decode_alone() -> float:
    stream = [frame.encode() for frame in frames(UPDATES, DEPTH)][1:]
    began = time.perf_counter()
    for frame in stream:
        orjson.loads(frame)
    return time.perf_counter() - began


async def _measure() -> list[Figure]:
    async with _server() as url, aiohttp.ClientSession() as http:
        receiving = min([await _receive_alone(http, url) for _ in range(3)])
        book, processor = min([await _to_book(http, url) for _ in range(3)])
    bare = min(_decode_alone() for _ in range(3))
    micro = 1e6 / UPDATES
    return [
        Figure("orjson.loads of the same frames alone", f"{bare * micro:.2f} µs a frame"),
        Figure("aiohttp receiving alone", f"{receiving * micro:.2f} µs a frame"),
        Figure(
            "WebSocket to verified book",
            f"{book * micro:.2f} µs a frame, {UPDATES / book:,.0f} a second",
        ),
        Figure("  of it processor time of this process", f"{processor * micro:.2f} µs a frame"),
        Figure("  ratio to decoding alone", f"{book / bare:.1f} x"),
    ]


def run() -> list[Figure]:
    """Measure."""
    return asyncio.run(_measure())
