"""The command line as a real process: what it prints, how it ends, and with which code."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.cli import commands, main
from bot.core.access import Role
from bot.core.page import Button
from bot.standin.server import LocalTelegram
from bot.store import Store
from kraken.clock import SystemClock
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.virtual_time import REAL_TIME

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-W", "error", "-m", "bot")
PATIENCE = 120
BUSY = "the event loop stood still"
"""Seconds for a process to start on a machine that is busy with other tests."""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Processes live in it, and not in a time of their test's own."""
    return REAL_TIME


def environment(**variables: str) -> dict[str, str]:
    """This machine's environment without anything that configures the bot."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KRAKEN_", "TELEGRAM_", "CREDENTIALS_"))
    }
    return {**kept, "PYTHONPATH": str(ROOT), **variables}


def ran(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment(**variables),
        timeout=PATIENCE,
        check=False,
    )


class Process:
    """A command that runs until it is stopped."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def line(self, words: str) -> str:
        """Wait for the line with these words on stdout."""
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while raw := await self.process.stdout.readline():
                self.lines.append(raw.decode().rstrip("\n"))
                if words in self.lines[-1]:
                    return self.lines[-1]
        raise AssertionError(f"no line with {words!r}; stdout was {self.lines}")

    async def stop(self, number: signal.Signals) -> tuple[int, float, str]:
        """Its exit code, the seconds it took, and all that it wrote to stderr."""
        began = time.monotonic()
        self.process.send_signal(number)
        out, errors = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        self.lines += out.decode().splitlines()
        assert self.process.returncode is not None
        # That the machine is busy may be said, and is no fault of the product.
        told = [line for line in errors.decode().splitlines(True) if BUSY not in line]
        return self.process.returncode, time.monotonic() - began, "".join(told)


@asynccontextmanager
async def started(*arguments: str, folder: Path, **variables: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment(PYTHONUNBUFFERED="1", **variables),
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def test_every_command_has_help_with_an_example(tmp_path: Path) -> None:
    for name in commands.commands:
        told = ran(name, "--help", folder=tmp_path)
        assert told.returncode == 0
        assert f"Example: kraken-bot {name}" in told.stdout or " kraken-bot run" in told.stdout
        assert told.stderr == ""


def test_only_commands_that_work_are_listed(tmp_path: Path) -> None:
    told = ran("--help", folder=tmp_path)
    listed = re.findall(r"^  ([a-z-]+)  ", told.stdout, re.MULTILINE)
    assert listed == sorted(commands.commands)


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("demo", "--port", "http"),
        ("demo", "--port", "70000"),
        ("demo", "--speed", "0"),
        ("exchange", "--speed", "nan"),
        ("demo", "--replay", "/nowhere"),
        ("replay",),
        ("record", "btc"),
        ("record", "--out", "x"),
    ],
)
def test_wrong_usage_ends_with_two_and_no_traceback(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    told = ran(*arguments, folder=tmp_path)
    assert told.returncode == 2
    assert told.stdout == ""
    assert "Error: " in told.stderr
    assert "Traceback" not in told.stderr


def test_a_wrong_environment_is_told_whole_and_at_once(tmp_path: Path) -> None:
    told = ran(
        "run", folder=tmp_path, KRAKEN_BOT_OWNER="me", KRAKEN_REST_URL="http://api.kraken.com"
    )
    assert told.returncode == 2
    faults = told.stderr.splitlines()
    assert [fault.split()[0] for fault in faults] == [
        "TELEGRAM_BOT_TOKEN",
        "KRAKEN_REST_URL",
        "KRAKEN_BOT_OWNER",
    ]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
async def test_the_demo_answers_and_ends_cleanly(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    async with started("demo", "--no-open", "--port", "0", folder=tmp_path) as demo:
        page = (await demo.line("Chat page: ")).removeprefix("Chat page: ")
        exchange = (await demo.line("Exchange: ")).removeprefix("Exchange: ")
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{exchange}/0/public/Time") as answer:
                assert (await answer.json())["error"] == []
            wish = {"user_id": 2, "chat_id": 2, "text": "/price btc"}
            async with http.post(f"{page}/sim/message", json=wish) as answer:
                assert answer.status == 200
            await until_told(http, page, 2, "BTC/USD")
        ended, seconds, errors = await demo.stop(number)
    assert (ended, errors) == (code, "")
    assert seconds < PATIENCE / 2, "on a busy machine; in its own time it takes less than 5"
    assert demo.lines == [f"Chat page: {page}", f"Exchange: {exchange}"]
    assert os.listdir(tmp_path) == [], "nothing is left behind"


async def until_told(http: aiohttp.ClientSession, page: str, chat: int, words: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with http.get(f"{page}/sim/chat?chat_id={chat}") as answer:
                shown = (await answer.json())["messages"]
            if any(message["from_bot"] and words in message["text"] for message in shown):
                return
            await asyncio.sleep(0.05)


async def test_the_demo_keeps_its_data_where_it_is_told_to_and_can_be_started_again(
    tmp_path: Path,
) -> None:
    data, clock = tmp_path / "kept", SystemClock()
    expires = clock.now() + timedelta(days=7)
    async with Store(data, clock.now) as store:
        [token] = await store.add_buttons(1, None, [Button("Stop", "book_stop")], expires)
    arguments = ("demo", "--no-open", "--port", "0", "--data", str(data))
    for _ in range(2):
        async with started(*arguments, folder=tmp_path) as demo:
            page = (await demo.line("Chat page: ")).removeprefix("Chat page: ")
            async with aiohttp.ClientSession() as http:
                wish = {"user_id": 1, "chat_id": 1, "text": "/price btc"}
                async with http.post(f"{page}/sim/message", json=wish) as answer:
                    assert answer.status == 200
                await until_told(http, page, 1, "BTC/USD")
            assert (await demo.stop(signal.SIGTERM))[0] == 0
    async with Store(data, clock.now) as store:
        assert await store.button(token) is None, "its message is another one in the new chat"
        assert await store.role(2, 2) is Role.TRADER


@pytest.mark.parametrize("command", ["demo", "chat", "exchange"])
def test_a_port_in_use_is_one_line(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        more = () if command == "exchange" else ("--no-open",)
        told = ran(command, "--port", str(port), *more, folder=tmp_path)
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.splitlines() == [
        f"Port {port} is in use. Stop what uses it, or choose another port."
    ]


async def test_a_second_process_on_the_same_data_is_refused_in_one_line(tmp_path: Path) -> None:
    async with Store(tmp_path / "data", SystemClock().now):
        arguments = ("demo", "--no-open", "--port", "0", "--data", "data")
        told = await asyncio.to_thread(lambda: ran(*arguments, folder=tmp_path))
    assert told.returncode == 1
    [line] = told.stderr.splitlines()
    assert line.startswith("Another bot is running on the data folder data.")


async def test_chat_tells_the_token_and_exchange_its_address(tmp_path: Path) -> None:
    async with started("chat", "--no-open", "--port", "0", folder=tmp_path) as chat:
        page = (await chat.line("Chat page: ")).removeprefix("Chat page: ")
        token = (await chat.line("Bot token: ")).removeprefix("Bot token: ")
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"{page}/bot{token}/getMe") as answer,
        ):
            assert (await answer.json())["ok"]
        assert (await chat.stop(signal.SIGINT))[::2] == (130, "")
    async with started("exchange", "--port", "0", folder=tmp_path) as exchange:
        await exchange.line("Exchange: http://127.0.0.1:")
        assert (await exchange.stop(signal.SIGTERM))[::2] == (0, "")


async def test_run_is_claimed_with_the_code_from_the_console(tmp_path: Path) -> None:
    async with (
        LocalTelegram.serving(repeat_pause=0.0) as telegram,
        started(
            "run",
            folder=tmp_path,
            TELEGRAM_BOT_TOKEN=telegram.token,
            TELEGRAM_API_URL=telegram.api_root,
            KRAKEN_REST_URL="http://127.0.0.1:9",
            KRAKEN_WS_URL="ws://127.0.0.1:9/v2",
        ) as bot,
        aiohttp.ClientSession() as http,
    ):
        ready = await bot.line("Ready: ")
        code = ready.rpartition(" ")[2]
        wish = {"user_id": 5, "chat_id": 5, "user_name": "Ann", "text": f"/start {code}"}
        async with http.post(f"{telegram.url}/sim/message", json=wish) as answer:
            assert answer.status == 200
        await until_told(http, telegram.url, 5, "You are the owner")
        ended, _, errors = await bot.stop(signal.SIGTERM)
    assert ended == 0
    assert telegram.token not in errors
    async with Store(tmp_path / "data", SystemClock().now) as store:
        assert await store.owner() == 5


async def test_an_unknown_token_is_one_line(tmp_path: Path) -> None:
    async with LocalTelegram.serving() as telegram:
        variables = {
            "TELEGRAM_BOT_TOKEN": "123456:canary-wrong-token-canary-wrong",
            "TELEGRAM_API_URL": telegram.api_root,
        }
        told = await asyncio.to_thread(lambda: ran("run", folder=tmp_path, **variables))
    assert told.returncode == 1
    assert "Telegram does not know this bot token" in told.stderr.splitlines()[-1]
    assert "canary" not in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    "variable",
    [
        {"ALL_PROXY": "socks5://127.0.0.1:1"},
        {"HTTPS_PROXY": "ftp://someone:canary@127.0.0.1:1"},
        {"SSL_CERT_FILE": "/nowhere"},
    ],
)
def test_a_network_that_is_set_up_wrong_is_one_line(
    tmp_path: Path, variable: dict[str, str]
) -> None:
    told = ran("run", folder=tmp_path, TELEGRAM_BOT_TOKEN="1:x", KRAKEN_BOT_OWNER="1", **variable)
    assert told.returncode == 1
    assert next(iter(variable)) in told.stderr.splitlines()[-1]
    assert "Traceback" not in told.stderr
    assert "canary" not in told.stderr


def test_what_nobody_expected_ends_in_one_line_and_its_traceback_in_the_log_without_secrets(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = "7000000001:canary_canary_canary_canary"

    def broken(*args: object, **more: object) -> None:
        raise ZeroDivisionError(f"https://api.telegram.org/bot{secret}/getMe")

    monkeypatch.setattr(commands, "main", broken)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    [line] = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError" in line
    assert "canary" not in line
    assert "a command failed" in caplog.text


async def test_the_doctor_finds_everything_well_and_everything_wrong(tmp_path: Path) -> None:
    async with LocalTelegram.serving() as telegram, Exchange.serving(pairs=PAIRS[:2]) as market:
        told = await asyncio.to_thread(
            lambda: ran(
                "doctor",
                folder=tmp_path,
                TELEGRAM_BOT_TOKEN=telegram.token,
                TELEGRAM_API_URL=telegram.api_root,
                KRAKEN_REST_URL=market.rest_url,
                KRAKEN_WS_URL=market.ws_url,
            )
        )
    assert told.returncode == 0, told.stdout + told.stderr
    assert "ok    Kraken REST: online\n" in told.stdout
    found = [line.split(":")[0] for line in told.stdout.splitlines()]
    assert found == [
        "ok    Settings",
        "ok    Database",
        "ok    Master key",
        "ok    Kraken keys",
        "ok    Telegram",
        "ok    Kraken REST",
        "ok    Clock",
        "ok    Kraken WebSocket",
    ]
    nowhere = ran(
        "doctor",
        folder=tmp_path,
        TELEGRAM_BOT_TOKEN="1:" + "x" * 35,
        TELEGRAM_API_URL="http://127.0.0.1:9",
        KRAKEN_REST_URL="http://127.0.0.1:9",
        KRAKEN_WS_URL="ws://127.0.0.1:9/v2",
    )
    assert nowhere.returncode == 1
    failed = [line for line in nowhere.stdout.splitlines() if line.startswith("FAIL ")]
    assert len(failed) == 4
    assert all("Check the network" in line or "was not reached" in line for line in failed)
    assert nowhere.stderr == (
        "Something is wrong: Telegram, Kraken REST, Clock, Kraken WebSocket.\n"
    )
    nothing = ran("doctor", folder=tmp_path)
    assert nothing.returncode == 2
    assert [line.split(":")[0] for line in nothing.stdout.splitlines()] == [
        "FAIL  Settings",
        "ok    Database",
        "ok    Master key",
        "ok    Kraken keys",
    ]
    assert "TELEGRAM_BOT_TOKEN is missing" in nothing.stdout
    assert "Make one: " in nothing.stdout
    assert nothing.stderr == "The settings are wrong.\n"
