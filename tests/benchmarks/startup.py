"""From the start of a process to a bot that answers, and what it occupies while it idles."""

import asyncio
import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp

from tests.benchmarks.figures import Figure

PAIRS = ("btc", "eth", "sol", "xrp", "doge", "ada", "ltc", "btc/eur", "eth/eur", "eth/btc")


@contextlib.asynccontextmanager
async def _started(
    *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, asyncio.StreamReader]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout
    finally:
        process.terminate()
        await process.communicate()


async def _line(output: asyncio.StreamReader, pattern: str) -> str:
    """The first group of the first line that matches."""
    async with asyncio.timeout(30):
        while line := (await output.readline()).decode():
            if found := re.search(pattern, line):
                return found[1]
    raise RuntimeError(f"the process ended without a line like {pattern}")


async def _answer(http: aiohttp.ClientSession, page: str, text: str, sign: str) -> None:
    """Write to the bot in chat 1 and wait until an answer contains ``sign``."""
    message = {"user_id": 1, "chat_id": 1, "text": text}
    async with http.post(f"{page}/sim/message", json=message) as response:
        after = (await response.json())["message_id"]
    async with asyncio.timeout(30):
        while True:
            async with http.get(f"{page}/sim/chat", params={"chat_id": "1"}) as response:
                messages = (await response.json())["messages"]
            new = (m["text"] for m in messages if m["from_bot"] and m["message_id"] > after)
            if any(sign in text for text in new):
                return
            await asyncio.sleep(0.01)


def _resident(pid: int) -> float:
    """Resident memory in MB, as the kernel counts it."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024


async def _demo(http: aiohttp.ClientSession) -> list[Figure]:
    started = time.perf_counter()
    async with _started("demo", "--no-open", "--port", "0") as (process, output):
        page = await _line(output, r"Chat page: (\S+)")
        async with http.get(page) as response:
            response.raise_for_status()
        ready = time.perf_counter() - started
        await _answer(http, page, "/book btc", "spread")
        answered = time.perf_counter() - started
        memory = _resident(process.pid)
    return [
        Figure("demo: process start to the page answering", f"{ready:.2f} s", "under 5 s"),
        Figure("demo: process start to /book with prices", f"{answered:.2f} s", "under 5 s"),
        Figure("demo: resident memory, all three in one process", f"{memory:.0f} MB"),
    ]


async def _run(http: aiohttp.ClientSession) -> list[Figure]:
    async with (
        _started("exchange", "--port", "0") as (_, exchange_output),
        _started("chat", "--port", "0", "--no-open") as (_, chat_output),
    ):
        exchange = await _line(exchange_output, r"Exchange: (\S+)")
        page = await _line(chat_output, r"Chat page: (\S+)")
        token = await _line(chat_output, r"(\d{6,}:[\w-]{30,})")
        with tempfile.TemporaryDirectory() as data:
            environment = {
                "TELEGRAM_BOT_TOKEN": token,
                "TELEGRAM_API_URL": page,
                "KRAKEN_REST_URL": exchange,
                "KRAKEN_WS_URL": exchange.replace("http", "ws", 1) + "/v2",
                "KRAKEN_BOT_DATA": data,
                "KRAKEN_BOT_OWNER": "1",
            }
            started = time.perf_counter()
            async with _started("run", environment=environment) as (process, output):
                await _line(output, r"(.+)")
                ready = time.perf_counter() - started
                for pair in PAIRS:
                    await _answer(http, page, f"/book {pair}", "spread")
                memory = _resident(process.pid)
    return [
        Figure("run: process start to ready", f"{ready:.2f} s", "under 2 s"),
        Figure("run: resident memory, idle with 10 books", f"{memory:.0f} MB", "under 110 MB"),
    ]


async def _measure() -> list[Figure]:
    async with aiohttp.ClientSession() as http:
        return [*await _demo(http), *await _run(http)]


def run() -> list[Figure]:
    """Measure."""
    return asyncio.run(_measure())
