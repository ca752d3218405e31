"""Recording over a real socket, and what the command line makes of captures."""

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from kraken.capture import record, replay
from kraken.core.errors import NotSent, UnknownInstrument
from kraken.core.types import Symbol
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.integration.test_cli import ran, started, until_told
from tests.scripted_kraken import ScriptedKraken, book_frame
from tests.virtual_time import REAL_TIME


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


@pytest.mark.parametrize("anyio_backend", [REAL_TIME])
async def test_what_is_recorded_can_be_replayed(tmp_path: Path) -> None:
    async with Exchange.serving(pairs=PAIRS[:2]) as market:
        variables = {"KRAKEN_WS_URL": market.ws_url, "KRAKEN_REST_URL": market.rest_url}
        told = await asyncio.to_thread(
            lambda: ran(
                *("record", "btc", "--out", "x.jsonl", "--seconds", "5"),
                folder=tmp_path,
                **variables,
            )
        )
        assert (told.returncode, told.stderr) == (0, "")
        unknown = await asyncio.to_thread(
            lambda: ran("record", "zzz", "--out", "y.jsonl", folder=tmp_path, **variables)
        )
    assert unknown.returncode == 1
    assert unknown.stderr.splitlines() == ["Kraken has no pair zzz."]
    report = json.loads(ran("replay", "x.jsonl", "--json", folder=tmp_path).stdout)
    assert report["checksums_ok"] > 0
    assert report["checksums_failed"] == 0
    assert set(report) >= {
        "frames",
        "book_frames",
        "symbols",
        "resyncs",
        "seconds",
        "frames_per_second",
        "decode_only_seconds",
    }


def test_a_wrong_checksum_ends_the_replay_with_one(tmp_path: Path) -> None:
    level = '{"price":1.0,"qty":1.0}'
    (tmp_path / "bad.jsonl").write_text(
        '{"channel":"book","type":"snapshot","data":[{"symbol":"BTC/USD",'
        f'"bids":[{level}],"asks":[{level}],"checksum":1}}]}}\n'
    )
    told = ran("replay", "bad.jsonl", folder=tmp_path)
    assert told.returncode == 1
    assert "1 wrong" in told.stdout
    assert told.stderr == "Wrong checksums: 1.\n"


def test_a_replay_without_a_book_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "other.jsonl").write_text('{"channel":"heartbeat"}\nno JSON\n')
    told = ran("replay", "other.jsonl", "--json", folder=tmp_path)
    assert told.returncode == 1
    assert json.loads(told.stdout)["frames"] == 2
    assert told.stderr == "other.jsonl has no frame of a book: nothing was checked.\n"


@pytest.mark.parametrize("anyio_backend", [REAL_TIME])
async def test_the_demo_shows_the_prices_of_a_recorded_book(
    tmp_path: Path, captures: Path
) -> None:
    capture = str(captures / "ws_v2" / "book_btcusd_d10_2023.jsonl")
    arguments = ("demo", "--no-open", "--port", "0", "--replay", capture)
    async with started(*arguments, folder=tmp_path) as demo, aiohttp.ClientSession() as http:
        page = (await demo.line("Chat page: ")).removeprefix("Chat page: ")
        wish = {"user_id": 1, "chat_id": 1, "text": "/book BTC/USD"}
        async with http.post(f"{page}/sim/message", json=wish) as answer:
            assert answer.status == 200
        await until_told(http, page, 1, "\n29,4")
