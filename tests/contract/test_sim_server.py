"""The simulated exchange as a whole: its port, its clock, a recording in place of the market."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from kraken.sim.server import Exchange
from kraken.sim.wire import ws_connection
from tests.impatient import ask_and_go
from tests.strict_client import NOON_NS, StrictBook, connect, get, reach


async def test_the_market_lives_while_run_runs_and_stops_with_it() -> None:
    exchange = Exchange(speed=60)
    await exchange.start()
    try:
        async with connect(exchange.ws_url) as wire, asyncio.TaskGroup() as tasks:
            running = tasks.create_task(exchange.run())
            book = StrictBook(10)
            book.apply(await wire.subscribe("book", "BTC/USD"))
            while book.applied < 5:
                book.apply(await wire.channel("book"))
            running.cancel()
        before = exchange.world.now_ns
        await get(f"{exchange.rest_url}/0/public/Time")
        assert exchange.world.now_ns == before
    finally:
        await exchange.close()


async def test_time_goes_on_between_two_ticks_as_fast_as_asked() -> None:
    async with Exchange.serving(speed=1000, clock=lambda: NOON_NS) as exchange:
        first = exchange.venue.now_ns()
        await reach(lambda: exchange.venue.now_ns() > first + 20_000_000_000)
        assert exchange.world.now_ns <= exchange.venue.now_ns()


async def test_a_closed_exchange_gives_its_port_back() -> None:
    async with Exchange.serving(live=False) as first:
        port = first.port
        async with connect(first.ws_url) as wire:
            await wire.subscribe("book", "BTC/USD")
            await first.close()
            assert (await wire.socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE
    async with Exchange.serving(live=False, port=port) as second:
        assert second.port == port


async def test_who_goes_before_the_answer_leaves_no_error_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    key = f"Sec-WebSocket-Key: {'x' * 22}=="
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", key)
    async with Exchange.serving(live=False) as exchange:
        await ask_and_go(exchange.url, "/v2", *upgrade)
        exchange.arm({"kind": "slow_drip", "times": 40, "seconds": 0.001})
        await ask_and_go(exchange.url, "/0/public/Time")
        await reach(lambda: exchange.stats()["connections"] == 0)
    assert [each for each in caplog.records if each.levelname == "ERROR"] == []


async def test_an_outage_needs_someone_who_ends_it() -> None:
    async with Exchange.serving() as exchange:
        with pytest.raises(ValueError, match=r"an outage needs run\(\) or advance\(\)"):
            exchange.arm({"kind": "outage", "seconds": 1})


async def test_an_outage_can_be_called_off() -> None:
    async with Exchange.serving(live=False) as exchange:
        exchange.arm({"kind": "outage", "seconds": 1000})
        await exchange.advance(1)
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(f"{exchange.rest_url}/0/public/Time")
        exchange.disarm()
        await exchange.advance(1)
        assert (await get(f"{exchange.rest_url}/0/public/Time"))["error"] == []


async def test_a_reader_that_never_reads_is_given_up_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ws_connection, "MOST_WAITING", 1 << 20)
    async with Exchange.serving(live=False) as exchange, connect(exchange.ws_url) as wire:
        params = {"channel": "book", "symbol": ["BTC/USD"], "depth": 1000}
        for _ in range(200):
            for method in ("subscribe", "unsubscribe"):
                await wire.say({"method": method, "params": params})
        await reach(lambda: exchange.stats()["connections"] == 0, seconds=20)


async def record(seconds: float) -> list[str]:
    """Frames of our own exchange, from the acknowledgement of a book on."""
    async with (
        Exchange.serving(live=False, clock=lambda: NOON_NS) as exchange,
        connect(exchange.ws_url) as wire,
    ):
        await wire.say(
            {"method": "subscribe", "params": {"channel": "book", "symbol": ["ETH/USD"]}}
        )
        await wire.say({"method": "ping"})
        texts = []
        while '"pong"' not in (text := await wire.text()):
            texts.append(text)
        await exchange.advance(seconds)
        await wire.say({"method": "ping"})
        while '"pong"' not in (text := await wire.text()):
            texts.append(text)
    return texts


def checksums(texts: list[str]) -> list[int]:
    frames = [json.loads(text) for text in texts]
    return [each["data"][0]["checksum"] for each in frames if each.get("channel") == "book"]


@pytest.fixture
async def recording(tmp_path: Path) -> tuple[Path, list[int]]:
    """A recording, and the checksums in it."""
    path, texts = tmp_path / "eth.jsonl", await record(30)
    await asyncio.to_thread(path.write_text, "".join(f"{text}\n" for text in texts))
    return path, checksums(texts)


async def test_a_recording_is_played_again_and_again(recording: tuple[Path, list[int]]) -> None:
    path, recorded = recording
    assert len(recorded) > 10
    async with (
        Exchange.serving(live=False, replay=path) as exchange,
        connect(exchange.ws_url) as wire,
    ):
        book = StrictBook(10)
        messages = [await wire.subscribe("book", "ETH/USD")]
        await exchange.advance(100)
        messages += [each for each in await wire.settled() if each.get("channel") == "book"]
        with pytest.raises(ValueError, match="ETH/USD"):
            exchange.move("ETH/USD", 100)
    for message in messages:
        book.apply(message)
    told = [int(message["data"][0]["checksum"]) for message in messages]
    assert told[: len(recorded)] == recorded
    snapshots = [index for index, each in enumerate(messages) if each["type"] == "snapshot"]
    assert snapshots[:2] == [0, len(recorded)]


@pytest.mark.parametrize("text", ["", "hello\n", '{"channel":"heartbeat"}\n'])
def test_what_is_no_recording_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "nothing.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"nothing\.jsonl"):
        Exchange(replay=path)
