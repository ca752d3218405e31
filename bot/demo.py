"""The demo: the real bot over real sockets on loopback, with a stand-in at each end.

The only file, beside the command line, that knows the product and its stand-ins. Everything runs
in one process and one event loop; offline is only other addresses.
"""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from bot import app
from bot.app import AppFailed
from bot.core.access import Role
from bot.core.config import Settings
from bot.standin.demo import FRIEND_ID, GROUP_ID, OWNER_ID
from bot.standin.server import LocalTelegram
from bot.store import Store, StoreError
from kraken.clock import SystemClock
from kraken.sim.server import Exchange


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What can be chosen on the command line."""

    data: Path
    port: int = 8080
    exchange_port: int = 0
    seed: int = 1
    speed: float = 1.0
    replay: Path | None = None


async def run(
    options: DemoOptions, ready: Callable[[str, str], None], stop: asyncio.Event
) -> None:
    """Run until ``stop`` is set; ``ready`` gets the page's and the exchange's address.

    Raises:
        AppFailed: it cannot start, or a part of it failed.
    """
    async with AsyncExitStack() as stack:
        chat = LocalTelegram(port=options.port)
        await open_port(chat.start(), options.port)
        stack.push_async_callback(chat.close)
        exchange = make_exchange(
            options.exchange_port, options.seed, options.speed, options.replay
        )
        await open_port(exchange.start(), options.exchange_port)
        stack.push_async_callback(exchange.close)
        await _let_them_in(options.data)
        settings = Settings(
            telegram_token=chat.token,
            telegram_api=chat.api_root,
            kraken_rest=exchange.rest_url,
            kraken_ws=exchange.ws_url,
            kraken_ws_auth=exchange.ws_url,
            data=options.data,
            owner=OWNER_ID,
        )

        def tell(line: str) -> None:
            ready(chat.url, exchange.url)

        await app.beside(exchange.run(), app.run(settings, tell, stop))


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


async def _let_them_in(data: Path) -> None:
    """The friend is a trader, the group is open to both, and no chat has a message yet."""
    try:
        async with Store(data, SystemClock().now) as store:
            await store.forget_messages()
            await store.set_owner(OWNER_ID)
            await store.approve(FRIEND_ID, Role.TRADER, "Friend")
            await store.open_group(GROUP_ID, "Desk")
    except StoreError as error:
        raise AppFailed(str(error)) from error
