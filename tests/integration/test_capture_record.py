"""Recording over a real socket: what was recorded replays."""

import asyncio
from pathlib import Path

import pytest

from kraken.capture import record, replay
from kraken.core.errors import NotSent, UnknownInstrument
from kraken.core.types import Symbol
from tests.scripted_kraken import ScriptedKraken, book_frame


async def test_what_was_recorded_replays_with_every_checksum(tmp_path: Path) -> None:
    async with ScriptedKraken.serving() as kraken, asyncio.TaskGroup() as tasks:
        symbols = [Symbol("BTC/USD"), Symbol("ETH/USD")]
        out = tmp_path / "capture.jsonl"
        recording = tasks.create_task(record(symbols, out, 10, 0.4, ws_url=kraken.ws_url))
        connection = await kraken.connection()
        await connection.asked.until(bool)
        await connection.send(book_frame("BTC/USD"))
    report = await asyncio.to_thread(replay, out)
    assert report.frames == recording.result()
    assert (report.symbols, report.checksums_ok, report.checksums_failed) == (2, 3, 0)


async def test_a_pair_that_kraken_refuses_ends_the_recording(tmp_path: Path) -> None:
    async with ScriptedKraken.serving() as kraken:
        with pytest.raises(UnknownInstrument, match="WWW/USD"):
            await record([Symbol("WWW/USD")], tmp_path / "x", ws_url=kraken.ws_url)


async def test_a_recording_without_a_single_frame_says_so(tmp_path: Path) -> None:
    async with ScriptedKraken.serving() as kraken:
        kraken.refuse_upgrade = 503
        with pytest.raises(NotSent):
            await record([Symbol("BTC/USD")], tmp_path / "x", 10, 0.1, ws_url=kraken.ws_url)
