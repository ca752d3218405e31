"""Patience: reads of an account that are asked again when the exchange asks to slow down.

Nothing here changes anything at the exchange, so asking again does no harm. Whoever waits for an
answer waits five seconds without a word; then it is said once, and the answer comes all the same
if it can be had before the whole command takes too long.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.desk.services import Services
from kraken.core.errors import Busy

T = TypeVar("T")

SILENT = timedelta(seconds=5)
"""How long a person waits without a word."""

TOGETHER = timedelta(seconds=22)
"""How long all reads of one command may be waited for; a handler has 30 seconds."""

FOR_LONG = timedelta(hours=2)
"""How long work in the background goes on against a limit."""

_REST = timedelta(seconds=1)
_LONGEST = timedelta(seconds=30)

Tell = Callable[[timedelta], Awaitable[None]]


@dataclass(slots=True)
class _Waiting:
    """One command that somebody waits for."""

    since: datetime
    tell: Tell
    is_told: bool = False


_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)
"""The command that is being answered: its reads share its time, however deep they are."""


async def waited_for(services: Services, tell: Tell, work: Callable[[], Awaitable[None]]) -> None:
    """Run a command whose reads may take longer than five seconds; ``tell`` is told when."""
    token = _waiting.set(_Waiting(services.clock.now(), tell))
    try:
        await work()
    finally:
        _waiting.reset(token)


async def patiently(
    services: Services, ask: Callable[[], Awaitable[T]], limit: timedelta = SILENT
) -> T:
    """The answer, if there is one in time.

    Raises:
        Busy: it would take longer; ``retry_after`` says how long at least.
        KrakenError: any other thing that asking again does not repair.
    """
    waiting = _waiting.get() if limit == SILENT else None
    began, rest = services.clock.now(), _REST
    ends = waiting.since + TOGETHER if waiting else began + limit
    while True:
        try:
            return await ask()
        except Busy as error:
            wait = min(error.retry_after or rest, _LONGEST)
            until = services.clock.now() + wait
            if until > ends:
                raise
        if waiting and not waiting.is_told and until > waiting.since + SILENT:
            waiting.is_told = True
            await waiting.tell(wait)
        await services.sleep(wait.total_seconds())
        rest = min(rest * 2, _LONGEST)
