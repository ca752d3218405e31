"""The whole product as a process of its own, and how a person uses its chat page."""

import asyncio
import contextlib
import re
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page, expect

PROJECT = Path(__file__).parents[2]
READY = re.compile(r"Chat page: (http://127\.0\.0\.1:\d+)\s+Exchange: (http://127\.0\.0\.1:\d+)")
READY_SECONDS = 120
STOP_SECONDS = 60
THE_BOTS_AFTER_IT = (
    "xpath=following::*[contains(concat(' ', @class, ' '), ' message ')]"
    "[not(contains(@class, 'is-out'))]"
)


class Demo:
    """The product as a process of its own; everything it says is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said = ""
        self.url = ""
        self.exchange = ""
        self.start_seconds = 0.0

    async def become_ready(self) -> None:
        """Raises: AssertionError with what the process said when it does not come up."""
        assert self.process.stdout
        begun = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                async for line in self.process.stdout:
                    self.said += line.decode()
                    if found := READY.search(self.said):
                        self.url, self.exchange = found[1], found[2]
                        self.start_seconds = time.monotonic() - begun
                        return
        raise AssertionError(f"the demo did not get ready:\n{self.said}")

    async def ask(self, path: str, **asked: Any) -> dict[str, Any]:
        """What only the exchange's owner can do."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{self.exchange}/sim/{path}", json=asked) as answer,
        ):
            body: dict[str, Any] = await answer.json()
        assert answer.status == 200, body
        return body

    async def listen(self) -> None:
        """Reads on until the process ends, so that it is never stopped by a full pipe."""
        assert self.process.stdout
        async for line in self.process.stdout:
            self.said += line.decode()


@contextlib.asynccontextmanager
async def running_demo() -> AsyncIterator[Demo]:
    """It starts, it is used, and it ends by itself when it is asked to."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", "0", "--no-open"),
        cwd=PROJECT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Demo(process)
    try:
        await running.become_ready()
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(running.listen())
            yield running
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_SECONDS):
                await listening
                assert await process.wait() == 0, running.said
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def write(chat: Page, text: str) -> Locator:
    """Sends a text; the answer is the bot's first message after it, whatever came before it."""
    if await chat.locator("#start").is_visible():
        await chat.locator("#start").click()
        await expect(chat.locator(".message:not(.is-out)").last).to_be_visible()
    number = await chat.locator(".message.is-out").count()
    await chat.locator("#text").fill(f"{text} ")
    await chat.keyboard.press("Enter")
    answer = chat.locator(".message.is-out").nth(number).locator(THE_BOTS_AFTER_IT).first
    await expect(answer).to_be_visible()
    return chat.locator(f'.message[data-id="{await answer.get_attribute("data-id")}"]')


def key(message: Locator, label: str) -> Locator:
    return message.locator(".key", has_text=label).first
