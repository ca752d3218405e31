"""The poll loop: asks Telegram for updates, keeps them, and only then confirms them.

The library's own updater confirms updates before their handlers have finished and ends in silence
on a 401; here an update is in the inbox before the offset moves, and every kind of failure has its
own way on. The offset itself is not kept: after a restart Telegram hands out again what was not
confirmed, and the inbox knows what it has.
"""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.core.keys import without_keys_inside
from bot.store import Store, StoreUnavailable
from kraken.clock import Clock

log = logging.getLogger(__name__)

WANTED = ("message", "edited_message", "callback_query", "my_chat_member", "inline_query")
_REBUILD_AFTER = 90.0
_DEAD_AFTER = 300.0
"""Seconds of the monotonic clock: the wall clock leaps when the machine wakes or is set."""
_CONFLICTS_FOR = timedelta(seconds=10)
_CONFLICT_WINDOW = timedelta(minutes=1)
_LONGEST_REST = 15.0
_NUMBERS = range(2**63)
"""What the database can keep as an update's number."""


class PollingDead(Exception):
    """Telegram was not reached for so long that a new process may do better."""


class Polling:
    """Runs until it is cancelled, or until nothing helps any more."""

    def __init__(
        self,
        *,
        address: str,
        make_request: Callable[[], BaseRequest],
        store: Store,
        clock: Clock,
        on_update: Callable[[int, str], None],
        on_conflict: Callable[[str], Awaitable[None]],
        on_arrival: Callable[[Sequence[dict[str, Any]]], None] = lambda updates: None,
        on_unkept: Callable[[Sequence[dict[str, Any]], StoreUnavailable], Awaitable[None]]
        | None = None,
        wait: int = 25,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self._address = address
        """Up to the method, token included."""
        self._make_request = make_request
        self._store = store
        self._clock = clock
        self._on_update = on_update
        self._on_conflict = on_conflict
        self._on_arrival = on_arrival
        """Looks at updates before they are kept, and must not fail or wait."""
        self._on_unkept = on_unkept
        """Told of updates that could not be kept; they come again."""
        self._wait = wait
        self._sleep = sleep
        self._monotonic = monotonic or asyncio.get_running_loop().time
        self._offset = 0
        self._failures = 0
        self._conflicts: deque[datetime] = deque()
        self._reached_at = self._monotonic()
        """When Telegram last gave any answer."""
        self._rebuilt_at = self._reached_at
        self.answered_at: datetime | None = None
        """When Telegram last answered the question for updates, even with none."""

    @property
    def is_alive(self) -> bool:
        """Whether Telegram was reached within the time after which the process gives up."""
        return self._monotonic() - self._reached_at <= _DEAD_AFTER

    async def run(self) -> None:
        """Ask for updates for ever.

        Raises:
            PollingDead: Telegram was not reached for five minutes.
        """
        self._reached_at = self._rebuilt_at = self._monotonic()
        request = self._make_request()
        try:
            while True:
                try:
                    await self._receive(await self._ask(request))
                except TelegramError as error:
                    rest = await self._after(error)
                except TimeoutError as error:
                    rest = self._unreachable(error)
                except StoreUnavailable as error:
                    log.error("updates wait at Telegram: %s", error)  # noqa: TRY400 - it says all
                    rest = self._backoff()
                else:
                    continue
                if self._must_rebuild():
                    await request.shutdown()
                    request = self._make_request()
                await self._sleep(rest)
        finally:
            await request.shutdown()

    async def _ask(self, request: BaseRequest) -> list[dict[str, Any]]:
        query = {
            "timeout": self._wait,
            "allowed_updates": json.dumps(WANTED),
            **({"offset": self._offset} if self._offset else {}),
        }
        # A server that drips bytes would never run into the time for one read.
        async with asyncio.timeout(self._wait + 15):
            try:
                result = await request.post(
                    f"{self._address}/getUpdates?{urlencode(query)}", read_timeout=self._wait + 10
                )
            except (TypeError, KeyError) as error:  # the library trusts a 200 to be an answer
                raise NetworkError("the answer cannot be read") from error
        if not isinstance(result, list):
            raise NetworkError("the answer is no list of updates")
        readable = [update for update in result if _is_update(update)]
        if len(readable) < len(result):
            log.error("%s updates cannot be read", len(result) - len(readable))
            if not readable:  # without a pause the same answer would come at once
                raise NetworkError("no update in the answer can be read")
        return readable

    async def _receive(self, updates: list[dict[str, Any]]) -> None:
        self._reached_at, self.answered_at = self._monotonic(), self._clock.now()
        numbered = [(update["update_id"], json.dumps(update)) for update in updates]
        # What may be a key is on no disk: after a crash the person is asked to send it again.
        kept = [
            (update["update_id"], json.dumps(without_keys_inside(update))) for update in updates
        ]
        self._on_arrival(updates)
        try:
            new = set(await self._store.add_updates(kept)) if kept else set()
        except StoreUnavailable as error:
            if self._on_unkept is not None:
                await self._on_unkept(updates, error)
            raise
        for number, body in numbered:
            self._offset = max(self._offset, number + 1)
            if number in new:
                self._on_update(number, body)
        if self._failures:
            log.info("Updates are received again")
        self._failures = 0

    async def _after(self, error: TelegramError) -> float:
        """Note it and return how long to wait."""
        match error:
            case RetryAfter():
                self._reached_at = self._monotonic()
                wait = error.retry_after
                return wait.total_seconds() if isinstance(wait, timedelta) else wait
            case Conflict():
                self._reached_at = self._monotonic()
                return await self._conflict(error)
            case InvalidToken():
                self._reached_at = self._monotonic()
                log.error(
                    "Telegram refuses the bot token; I keep trying, but only a new one helps"
                )
                self._failures += 1
                return _LONGEST_REST
            case _:
                return self._unreachable(error)

    async def _conflict(self, error: Conflict) -> float:
        now = self._clock.now()
        log.warning("another program asks for this bot's updates: %s", error.message)
        self._conflicts.append(now)
        while now - self._conflicts[0] > _CONFLICT_WINDOW:
            self._conflicts.popleft()
        is_webhook = "webhook" in error.message.lower()
        lasts = now - self._conflicts[0] > _CONFLICTS_FOR
        rest = min(len(self._conflicts) + 1.0, 5.0)
        if is_webhook or lasts:
            try:
                await self._on_conflict("webhook" if is_webhook else "poller")
            except StoreUnavailable as unavailable:
                log.warning("the owner is told at the next conflict: %s", unavailable)
            else:
                self._conflicts.clear()
        return rest

    def _unreachable(self, error: Exception) -> float:
        silent = self._monotonic() - self._reached_at
        if not self._failures:
            log.warning("Telegram is not reached: %s", str(error) or "no answer in time")
        if silent > _DEAD_AFTER:
            raise PollingDead("Telegram was not reached for five minutes.") from error
        return self._backoff()

    def _backoff(self) -> float:
        self._failures += 1
        return float(min(_LONGEST_REST, 0.5 * 2 ** min(self._failures, 6)))

    def _must_rebuild(self) -> bool:
        """Connections can be wedged without an error; new ones are made now and then."""
        now = self._monotonic()
        if now - max(self._reached_at, self._rebuilt_at) <= _REBUILD_AFTER:
            return False
        log.warning("Telegram was not reached for 90 seconds: starting over with new connections")
        self._rebuilt_at = now
        return True


def _is_update(update: object) -> bool:
    """Whether it has a number, by which it is kept and confirmed."""
    number = update.get("update_id") if isinstance(update, dict) else None
    return isinstance(number, int) and number in _NUMBERS
