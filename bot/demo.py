"""The demo: the real bot over real sockets on loopback, with a stand-in at each end.

The only file, beside the command line, that knows the product and its stand-ins. Everything runs
in one process and one event loop; offline is only other addresses.
"""

import asyncio
import errno
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot import log as logs
from bot.app import AppFailed
from bot.core.access import Role
from bot.core.config import Settings
from bot.demo_clock import DemoClock
from bot.standin.demo import FRIEND_ID, GROUP_ID, OWNER_ID
from bot.standin.server import LocalTelegram
from bot.store import Store, StoreError
from bot.vault import new_master_key
from kraken.clock import SystemClock
from kraken.sim.server import Exchange

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What can be chosen on the command line."""

    data: Path
    port: int = 8080
    exchange_port: int = 0
    seed: int = 1
    speed: float = 1.0
    replay: Path | None = None
    keeps: bool = False
    """The folder is used again: its master key is kept, too, in a file beside it."""

    @property
    def key_file(self) -> Path:
        """Beside the folder, which holds the database and nothing else."""
        folder = self.data.resolve()
        return folder.with_name(f"{folder.name}.master-key")


async def run(
    options: DemoOptions, ready: Callable[[str, str], None], stop: asyncio.Event
) -> None:
    """Run until ``stop`` is set; ``ready`` gets the page's and the exchange's address.

    Raises:
        AppFailed: it cannot start, or a part of it failed.
    """
    async with AsyncExitStack() as stack:
        exchange = make_exchange(
            options.exchange_port, options.seed, options.speed, options.replay
        )
        clock = DemoClock(exchange)
        exchange.leap = clock.leap
        chat = LocalTelegram(port=options.port, now=clock.unix)
        clock.hear(chat.state.updates)
        await open_port(chat.start(), options.port)
        stack.push_async_callback(chat.close)
        await open_port(exchange.start(), options.exchange_port)
        stack.push_async_callback(exchange.close)
        await _let_them_in(options)
        master_key = _master_key(options)
        logs.redaction.register(master_key)
        settings = Settings(
            telegram_token=chat.token,
            telegram_api=chat.api_root,
            kraken_rest=exchange.rest_url,
            kraken_ws=exchange.ws_url,
            kraken_ws_auth=exchange.ws_url,
            data=options.data,
            master_keys=(master_key,),
            owner=OWNER_ID,
        )

        def tell(line: str) -> None:
            ready(chat.url, exchange.url)

        await app.beside(exchange.run(), app.run(settings, tell, stop, clock, clock.attend))


def make_exchange(port: int, seed: int, speed: float, replay: Path | None) -> Exchange:
    """The simulated exchange.

    Raises:
        AppFailed: the capture to replay cannot be used.
    """
    try:
        return Exchange(port=port, seed=seed, speed=speed, replay=replay)
    except (OSError, ValueError) as error:
        raise AppFailed(f"The capture {replay} cannot be replayed: {error}.") from error


async def open_port(start: Awaitable[None], port: int) -> None:
    """Start a server.

    Raises:
        AppFailed: the port is taken or may not be used.
    """
    try:
        await start
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise AppFailed(
                f"Port {port} is in use. Stop what uses it, or choose another port."
            ) from error
        raise AppFailed(f"Port {port} cannot be used: {error.strerror}.") from error


def _master_key(options: DemoOptions) -> str:
    """For a folder that is thrown away a new one; else the one that was kept, or is from now on.

    Raises:
        AppFailed: it cannot be read or written.
    """
    if not options.keeps:
        return new_master_key()
    path = options.key_file
    try:
        if path.exists():
            return path.read_text(encoding="ascii").strip()
        key = new_master_key()
        with open(path, "x", encoding="ascii", opener=_private) as file:
            file.write(f"{key}\n")
    except (OSError, UnicodeError) as error:
        raise AppFailed(f"The demo's master key {path} cannot be used: {error}.") from error
    log.warning("the demo seals keys with a master key of its own, kept in %s", path)
    return key


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


async def _let_them_in(options: DemoOptions) -> None:
    """The friend is a trader, the group is open to both, and no chat has a message yet."""
    try:
        async with Store(options.data, SystemClock().now) as store:
            if options.keeps and await store.sealed_by() and not options.key_file.exists():
                raise AppFailed(
                    f"Keys are stored in {options.data}, and their master key "
                    f"{options.key_file} is gone. Put it back, or use another folder."
                )
            await store.forget_messages()
            await store.set_owner(OWNER_ID)
            await store.approve(FRIEND_ID, Role.TRADER, "Friend")
            await store.open_group(GROUP_ID, "Desk")
    except StoreError as error:
        raise AppFailed(str(error)) from error
