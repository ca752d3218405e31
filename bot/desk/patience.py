"""Patience: reads of an account that are asked again when the exchange asks to slow down.

Nothing here changes anything at the exchange, so asking again does no harm; whoever waits is told
when it takes long.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from bot.desk.services import Services
from kraken.core.errors import Busy

T = TypeVar("T")

SILENT = timedelta(seconds=5)
"""How long a person waits without a word."""

FOR_LONG = timedelta(hours=2)
"""How long work in the background goes on against a limit."""

_REST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=30)


async def patiently(
    services: Services, ask: Callable[[], Awaitable[T]], limit: timedelta = SILENT
) -> T:
    """The answer, if there is one before the limit.

    Raises:
        Busy: it would take longer; ``retry_after`` says how long at least.
        KrakenError: any other thing that asking again does not repair.
    """
    began, rest = services.clock.now(), _REST
    while True:
        try:
            return await ask()
        except Busy as error:
            wait = min(error.retry_after or rest, _LONGEST)
            if services.clock.now() + wait > began + limit:
                raise
        await services.sleep(wait.total_seconds())
        rest = min(rest * 2, _LONGEST)
