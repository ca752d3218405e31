"""A real browser for the chat page; skipped with a reason on machines without one."""

import os
import shutil
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from bot.standin.server import LocalTelegram
from tests.e2e.driver import BotSide
from tests.virtual_time import REAL_TIME

OUT = Path(__file__).parent / "out"  # pictures of failed tests
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE_MS = 45_000  # a shared machine can be slow; a condition that holds is seen at once

FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remembers that a test failed, so that its page is photographed; adds the demo's words."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    process = getattr(item, "funcargs", {}).get("demo")
    if report.failed and process is not None:
        report.sections.append(("what the demo said", process.said))
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """A browser lives in it."""
    return REAL_TIME


@pytest.fixture(scope="session")
def chromium() -> str:
    """The machine's own Chromium: CHROMIUM names it, or it is found on the path."""
    named = os.environ.get("CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found and Path(found).is_file():
        return found
    reason = f"no Chromium at {found}" if found else "no Chromium on this machine"
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and REQUIRE_BROWSER=1 demands one", pytrace=False)
    pytest.skip(f"{reason}; set CHROMIUM to its path")


@pytest.fixture(scope="module")
async def browser(anyio_backend: str, chromium: str) -> AsyncIterator[Browser]:
    """One browser for a whole file of tests; each test gets its own context."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield launched
        await launched.close()


@pytest.fixture
async def telegram() -> AsyncIterator[LocalTelegram]:
    async with LocalTelegram.serving(repeat_pause=0.0) as serving:
        yield serving


@pytest.fixture
async def bot(telegram: LocalTelegram) -> AsyncIterator[BotSide]:
    async with aiohttp.ClientSession() as http:
        yield BotSide(http, telegram)


@pytest.fixture
def screen() -> dict[str, Any]:
    """The context's options; files of phone tests override it."""
    return {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
async def context(browser: Browser, screen: dict[str, Any]) -> AsyncIterator[BrowserContext]:
    made = await browser.new_context(reduced_motion="reduce", **screen)
    made.set_default_timeout(PATIENCE_MS)
    yield made
    await made.close()


@pytest.fixture
def address(telegram: LocalTelegram) -> str:
    """Where the page is; overridden where the whole product serves it."""
    return telegram.url


@pytest.fixture
async def page(
    context: BrowserContext, address: str, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """The chat page, not opened yet; nothing on it may fail or ask another machine."""
    opened = await context.new_page()
    faults: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            faults.append(message.text)

    def watch(asked: Request) -> None:
        if not asked.url.startswith((address, "data:", "blob:")):
            faults.append(f"asked another machine: {asked.url}")

    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", hear)
    opened.on("request", watch)
    yield opened
    if request.node.stash.get(FAILED, False):
        OUT.mkdir(exist_ok=True)
        await opened.screenshot(path=OUT / f"{request.node.name}.png")
    assert not faults, faults


@pytest.fixture
async def chat(page: Page, address: str) -> Page:
    """The page opened on the first person's chat with the bot."""
    await page.goto(address)
    await expect(page.locator("#chat-name")).not_to_be_empty()
    return page
