"""The composition root: builds the parts, owns them, ends them. Read it from top to bottom.

Start: store, HTTP, market, outbox, services, Telegram. Stop is the same list backwards: no new
messages, running handlers finish (what waits stays in the inbox), what follows a chat ends, what
waits to be said is said, and the connections close. A part that fails takes the process down with
one clear line: something outside starts it again, and everything that matters is in the store.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from datetime import datetime, timedelta

from bot import live
from bot import log as logs
from bot.core.config import Settings
from bot.desk import deadman, league, losses, tickets
from bot.desk.alerts_own import OwnWatch
from bot.desk.keyring import WrongMasterKey
from bot.ground import Ground, build
from bot.handlers import COMMANDS_BY_NAME
from bot.store import StoreError
from bot.tasks import KeyedTasks, Lanes
from bot.telegram.claim import Claim
from bot.telegram.edge import (
    NetworkMisconfigured,
    Telegram,
    TokenRefused,
)
from bot.telegram.polling import PollingDead
from bot.watchdog import notify
from kraken.clock import SystemClock

log = logging.getLogger(__name__)

TRY_AGAIN = 75
"""Exit code: a restart may help (sysexits' EX_TEMPFAIL)."""
_HANDLERS_FINISH = 2.5
_LAST_WORDS = 0.5
"""Seconds; with the closing of connections a stop takes less than five."""
_BEAT = 10.0
_TOO_LATE = 1.0
_SLEPT = timedelta(seconds=5)
_SET_BACK = timedelta(minutes=1)
_STARTING = 30_000_000
"""Microseconds that a start may go on after each sign of life, as when Telegram is away."""


class AppFailed(Exception):
    """The bot cannot go on; the text is one line for whoever runs it."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code
        """The process's exit code."""


class Stop(asyncio.Event):
    """Set when the process is asked to end; knows by what."""

    def __init__(self) -> None:
        super().__init__()
        self.by: signal.Signals | None = None

    @property
    def code(self) -> int:
        """0 for a polite request, 130 for Ctrl-C, as a shell reports it."""
        return 130 if self.by is signal.SIGINT else 0

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Be set by SIGTERM and SIGINT; a second one ends the process at once."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ask, number)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _ask(self, number: signal.Signals) -> None:
        if self.is_set():
            raise SystemExit(self.code or 1)
        self.by = number
        self.set()


async def run(
    settings: Settings,
    ready: Callable[[str], None],
    stop: asyncio.Event,
    clock: SystemClock | None = None,
    built: Callable[[Ground], None] = lambda ground: None,
) -> None:
    """Run the bot until ``stop`` is set; ``ready`` gets one line when it can be talked to.

    ``built`` is told the parts before they run.

    Raises:
        AppFailed: it cannot start, or a part of it failed.
    """
    try:
        async with AsyncExitStack() as stack:
            ground = await build(settings, stack, clock or SystemClock())
            built(ground)
            await _run(ground, ready, stop)
    except (StoreError, NetworkMisconfigured, WrongMasterKey) as error:
        raise AppFailed(str(error)) from error
    except ExceptionGroup as group:  # what a TaskGroup raises; people get the first cause
        raise _failure(group) from group


async def beside(service: Coroutine[object, object, None], main: Awaitable[None]) -> None:
    """Run a service for as long as ``main`` runs.

    Raises:
        AppFailed: either of them failed.
    """
    try:
        async with asyncio.TaskGroup() as parts:
            beside = parts.create_task(service)
            await main
            beside.cancel()
    except ExceptionGroup as group:  # what a TaskGroup raises; people get the first cause
        raise _failure(group) from group


async def _run(ground: Ground, ready: Callable[[str], None], stop: asyncio.Event) -> None:
    store, outbox, clock = ground.store, ground.outbox, ground.clock
    claim = Claim() if await store.owner() is None else None

    async with asyncio.TaskGroup() as parts:
        running = [parts.create_task(part) for part in ground.running()]
        async with KeyedTasks(_log_fault) as tasks:
            lanes = Lanes(tasks, _log_fault)
            heart = ground.heart(tasks)

            def answered_at() -> datetime | None:
                return telegram.answered_at

            services = ground.services(tasks, heart, answered_at)
            own_alerts = OwnWatch(services, store)
            telegram = Telegram(
                application=ground.application,
                settings=ground.settings,
                store=store,
                outbox=outbox,
                services=services,
                clock=clock,
                lanes=lanes,
                claim=claim,
            )

            await heart.start()

            async def connected(name: str) -> None:
                await live.resume(services)
                await tickets.resume(services)
                await deadman.resume(services)
                await league.resume(services)
                losses.start(services)
                ready(_ready_line(name, claim))
                notify("READY=1")

            talking = [
                parts.create_task(part)
                for part in (
                    telegram.run(connected),
                    _beat(telegram, clock),
                    ground.keys.watch.run(),
                    services.alerts.run(),
                    own_alerts.run(),
                    ground.planned(services, tasks, COMMANDS_BY_NAME),
                )
            ]
            await stop.wait()
            notify("STOPPING=1")
            for task in talking:
                task.cancel()
            await _at_most(_HANDLERS_FINISH, lanes.finish())
        await _at_most(_LAST_WORDS, outbox.drained())
        for task in running:
            task.cancel()


def _ready_line(name: str, claim: Claim | None) -> str:
    if claim is None:
        return f"Ready: @{name} answers in Telegram."
    return f"Ready: @{name} has no owner yet. Send it this message: /start {claim.code}"


def _log_fault(key: Hashable, error: Exception) -> None:
    log.error("#%s: %s failed", logs.reference(), key, exc_info=error)


def _failure(group: ExceptionGroup[Exception]) -> AppFailed:
    """The one line about what took the process down; a bug is in the log with its traceback."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    match first:
        case AppFailed():
            return first
        case TokenRefused() | StoreError():
            return AppFailed(str(first))
        case PollingDead():
            return AppFailed(str(first), TRY_AGAIN)
        case _:
            reference = logs.reference()
            log.error("#%s: a part of the bot failed", reference, exc_info=group)
            return AppFailed(f"A part of the bot failed (#{reference} in the log): {first!r}")


async def _at_most(seconds: float, waiting: Awaitable[None]) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(waiting, seconds)


async def _beat(telegram: Telegram, clock: SystemClock) -> None:
    """Tell the supervisor that there is progress; it restarts a process that says nothing.

    Also notices that the event loop stood still, and follows the machine's clock.

    Raises:
        AppFailed: the machine's clock was set back.
    """
    now = asyncio.get_running_loop().time
    was_set = False
    while True:
        if telegram.is_alive:
            notify(f"WATCHDOG=1\nEXTEND_TIMEOUT_USEC={_STARTING}")
        began = now()
        await asyncio.sleep(_BEAT)
        if (late := now() - began - _BEAT) > _TOO_LATE:
            log.warning("the event loop stood still for %.1f s", late)
        was_set = follow(clock, clock.wall(), is_news=not was_set)


def follow(clock: SystemClock, wall: datetime, *, is_news: bool = True) -> bool:
    """Set our clock, which counts on from the start, where the machine slept or was put forward.

    True if it was set. A machine whose clock runs away is followed at every beat and told of
    once: what was done at the beat before is no news.

    Raises:
        AppFailed: the machine's clock was set back. Ours never goes back: it would stand still
            until it is caught up, and with it everything that waits for a while to pass.
    """
    ahead = clock.now() - wall
    if ahead > _SET_BACK:
        raise AppFailed("The machine's clock was set back: start the bot again.", TRY_AGAIN)
    if ahead >= -_SLEPT:
        return False
    if is_news:
        log.warning("the machine slept, or its clock was put forward; following it")
    clock.resync()
    return True
