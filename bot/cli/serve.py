"""The commands that run until they are stopped: demo, run, exchange, chat."""

import asyncio
import gc
import os
import resource
import sys
import tempfile
import webbrowser
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.cli.failure import Failed
from bot.cli.master_key import exposure

if TYPE_CHECKING:
    from bot.app import Stop
    from bot.core.config import Settings

_TURN = 0.0005
"""Seconds after which a thread that waits gets its turn. A question to the database changes
threads some ten times; with Python's own 5 ms, each of them waits for the event loop that long."""
_GARBAGE = (20_000, 20, 20)
"""How much is made before garbage is looked for: ordinary work leaves hardly any in cycles."""


class Range(click.FloatRange):
    """Numbers from here to there, of which NaN is none: it compares false with every end."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        return self.fail(f"{value} is no number.", param, ctx) if isnan(number) else number


_PORT = click.IntRange(0, 65535)
_CAPTURE = click.Path(exists=True, dir_okay=False, path_type=Path)

seed_option = click.option(
    "--seed", default=1, show_default=True, help="The same seed gives the same market."
)
speed_option = click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=Range(0, 1000, min_open=True),
    help="Market seconds in one second.",
)
replay_option = click.option(
    "--replay", type=_CAPTURE, help="Play this capture in place of the invented book."
)
open_option = click.option("--no-open", is_flag=True, help="Do not open a browser.")


@click.command(epilog="Example: kraken-bot demo --no-open --port 8081 --seed 7")
@click.option(
    "--port", default=8080, show_default=True, type=_PORT, help="Of the chat page; 0: any."
)
@click.option(
    "--exchange-port", default=0, show_default=True, type=_PORT, help="Of the exchange; 0: any."
)
@seed_option
@speed_option
@replay_option
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the database in this folder; without it nothing is kept. "
    "The chats begin empty at every start; settings and people stay. The master key that "
    "seals Kraken keys is kept in DIR.master-key beside it.",
)
@open_option
def demo(
    port: int,
    exchange_port: int,
    seed: int,
    speed: float,
    replay: Path | None,
    data: Path | None,
    no_open: bool,
) -> int:
    """Run everything offline: a simulated exchange, a local chat, and the bot between them.

    Opens the chat page in the browser. Nothing leaves this machine, no key is needed.
    """
    from bot import demo as offline

    def ready(chat_url: str, exchange_url: str) -> None:
        _keep_what_is_there()
        click.echo(f"Chat page: {chat_url}")
        click.echo(f"Exchange: {exchange_url}")
        _open(chat_url, no_open)

    _log("warning")
    keeps = data is not None
    with ExitStack() as stack:
        if data is None:
            folder = tempfile.TemporaryDirectory(prefix="kraken-bot-", ignore_cleanup_errors=True)
            data = Path(stack.enter_context(folder))
        options = offline.DemoOptions(data, port, exchange_port, seed, speed, replay, keeps)
        return _until_stopped(lambda stop: offline.run(options, ready, stop))


@click.command(epilog="Example: TELEGRAM_BOT_TOKEN_FILE=token.txt kraken-bot run")
def run() -> int:
    """Run the bot against Telegram and Kraken.

    It is configured by the environment: TELEGRAM_BOT_TOKEN (or TELEGRAM_BOT_TOKEN_FILE) is
    required. KRAKEN_BOT_DATA names the folder of the database, KRAKEN_BOT_OWNER your Telegram
    user id, KRAKEN_BOT_LOG is info, debug or warning. kraken-bot doctor checks all of it.
    """
    from bot import app

    settings = read_environment()
    _log(settings.log_level)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the keys

    def ready(line: str) -> None:
        _keep_what_is_there()
        click.echo(line)

    return _until_stopped(lambda stop: app.run(settings, ready, stop))


@click.command(epilog="Example: kraken-bot exchange --port 8089 --seed 7")
@click.option("--port", default=8089, show_default=True, type=_PORT, help="0: any.")
@seed_option
@speed_option
@replay_option
def exchange(port: int, seed: int, speed: float, replay: Path | None) -> int:
    """Run the simulated Kraken alone: REST, WebSocket v2 and its control side on one port."""
    from bot import app, demo

    async def serve(stop: "Stop") -> None:
        kraken = demo.make_exchange(port, seed, speed, replay)
        await demo.open_port(kraken.start(), port)
        try:
            click.echo(f"Exchange: {kraken.url}")
            await app.beside(kraken.run(), _wait(stop))
        finally:
            await kraken.close()

    _log("warning")
    return _until_stopped(serve)


@click.command(epilog="Example: kraken-bot chat --no-open --port 8081")
@click.option("--port", default=8080, show_default=True, type=_PORT, help="0: any.")
@open_option
def chat(port: int, no_open: bool) -> int:
    """Run the local Telegram alone: Bot API and chat page. Prints the bot token to use."""
    from bot import demo
    from bot.standin.server import LocalTelegram

    async def serve(stop: "Stop") -> None:
        telegram = LocalTelegram(port=port)
        await demo.open_port(telegram.start(), port)
        try:
            click.echo(f"Chat page: {telegram.url}")
            click.echo(f"Bot token: {telegram.token}")
            _open(telegram.url, no_open)
            await stop.wait()
        finally:
            await telegram.close()

    _log("warning")
    return _until_stopped(serve)


def read_environment() -> "Settings":
    """The settings of ``run``.

    Raises:
        Failed: with all faults.
    """
    from bot import log
    from bot.core.config import BadSettings, read_settings

    try:
        settings = read_settings(os.environ, lambda name: Path(name).read_text(encoding="utf-8"))
    except BadSettings as error:
        raise Failed("\n".join(error.faults), code=2) from error
    for secret in (settings.telegram_token, *settings.master_keys):
        log.redaction.register(secret)
    if fault := exposure(os.environ, settings.data):
        raise Failed(fault, code=2)
    for name in ("TELEGRAM_BOT_TOKEN", "KRAKEN_BOT_MASTER_KEY"):
        os.environ.pop(name, None)  # no process that we start needs it
    return settings


def _until_stopped(serve: "Callable[[Stop], Awaitable[None]]") -> int:
    from bot.app import AppFailed, Stop

    sys.setswitchinterval(_TURN)

    async def main() -> int:
        stop = Stop()
        with stop.on_signals():
            await serve(stop)
        return stop.code

    try:
        with asyncio.Runner(loop_factory=_event_loop) as runner:
            return runner.run(main())
    except AppFailed as error:
        raise Failed(str(error), error.code) from error


def _event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # there is none for this system
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _keep_what_is_there() -> None:
    """Never look for garbage in what a start makes: all else stands still for a tenth of a
    second while hundreds of thousands of things are looked at that stay for ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


async def _wait(stop: "Stop") -> None:
    await stop.wait()


def _open(url: str, no_open: bool) -> None:
    if no_open:
        return
    try:
        webbrowser.open(url)
    except webbrowser.Error:
        return  # the address is printed


def _log(level: str) -> None:
    from bot import log

    log.set_up(level)
