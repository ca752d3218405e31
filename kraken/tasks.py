"""Coroutines side by side, inside of one that somebody awaits.

The only file of the client that starts tasks: none of them outlives the call that started it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import NoReturn, TypeVar

from kraken.watch import Watch

T = TypeVar("T")


async def beside(
    main: Coroutine[object, object, NoReturn], *companions: Coroutine[object, object, None]
) -> NoReturn:
    """Run endless coroutines until ``main`` fails, and raise what it raised, as it is.

    A companion that fails is a bug; it ends all of them with the group's error.
    """
    failure: Exception | None = None
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each) for each in companions]
        try:
            await main
        except Exception as error:  # noqa: BLE001 - raised below, without the group around it
            failure = error
        for task in tasks:
            task.cancel()
    assert failure is not None, "it does not return"
    raise failure


async def sleep_until_newer(
    sleep: Callable[[float], Awaitable[None]], seconds: float, watch: Watch[T], than: int
) -> None:
    """Return after that time, or sooner when the watch is newer than ``than``."""

    async def wait() -> None:
        await sleep(seconds)

    async with asyncio.TaskGroup() as group:
        slept = group.create_task(wait())
        heard = group.create_task(watch.newer(than))
        await asyncio.wait((slept, heard), return_when=asyncio.FIRST_COMPLETED)
        slept.cancel()
        heard.cancel()
