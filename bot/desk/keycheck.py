"""Looks at every stored key once a day, and takes over what the command line hands in.

Rules: a key that may do more than we accept is locked, and its chat is told loudly; a key that
Kraken refuses twice in a row, here or for whatever else was asked, is used no more; a key that
lost a permission goes on without it; what Kraken does not answer is asked again later. A key's end
is told 14, 3 and 1 days before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.audit import Action
from bot.core.keys import (
    KeyRecord,
    KeyState,
    PermissionReport,
    Problem,
    expiry_warning,
    problem_of,
)
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.texts.delivery import plain
from bot.core.texts.key_report import report_page
from bot.core.texts.keys import (
    connected_on_server_page,
    expiry_page,
    locked_page,
    lost_rights_page,
    refused_page,
)
from bot.desk.connect import Changed, Connecting, connect_from_server, read_key_info
from bot.desk.keyring import Keyring
from bot.store import HandedKey, Store, StoreUnavailable
from kraken.clock import Clock
from kraken.core.errors import AuthError, KrakenError
from kraken.core.wire.private import KeyInfo
from kraken.signed import BAD_KEY

log = logging.getLogger(__name__)

CHECKED_EVERY = timedelta(days=1)
_AGAIN_AFTER = timedelta(minutes=10)
"""After a check that found out nothing."""
_LOOKS_EVERY = 2.0
"""Seconds; somebody waits at the command line."""
_REFUSALS = 2


class Says(Protocol):
    """What is asked of the outbox: ``bot.outbox.Outbox.push``."""

    async def __call__(
        self, chat_id: int, page: Page, priority: Priority, event_key: str
    ) -> bool: ...


class KeyWatch:
    """Runs as long as the bot does."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        connecting: Connecting,
        clock: Clock,
        say: Says,
        changed: Changed,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``changed`` is told every chat whose key may not be used any more."""
        self._store = store
        self._keyring = keyring
        self._connecting = connecting
        self._clock = clock
        self._say = say
        self._changed = changed
        self._sleep = sleep
        self._next: dict[str, datetime] = {}
        self._refusals: dict[str, int] = {}

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            try:
                for handed in await self._store.take_handed_keys(self._clock.now()):
                    await self._take_over(handed)
                await self.check_due()
            except StoreUnavailable as error:
                log.warning("keys are looked at later: %s", error)
            await self._sleep(_LOOKS_EVERY)

    async def check_due(self) -> None:
        """Check every key whose turn it is."""
        now = self._clock.now()
        keys = [key for key in await self._keyring.records() if key.state is not KeyState.REFUSED]
        self._next = {
            key.id: self._next.get(key.id, key.checked_at + CHECKED_EVERY) for key in keys
        }
        for key in keys:
            if self._keyring.refusal(key.id) == BAD_KEY:
                await self._give_up(key, BAD_KEY, now)
            elif self._next[key.id] <= now:
                await self._check(key, now)

    async def _check(self, key: KeyRecord, now: datetime) -> None:
        self._next[key.id] = now + CHECKED_EVERY
        try:
            info = await read_key_info(await self._keyring.calls(key.id))
        except AuthError as error:
            await self._refused(key, error, now)
        except KrakenError as error:
            log.info("the key of chat %s was not checked: %s", key.chat_id, error)
            self._next[key.id] = now + _AGAIN_AFTER
        else:
            self._refusals.pop(key.id, None)
            await self._found(key, info, now)

    async def _refused(self, key: KeyRecord, error: AuthError, now: datetime) -> None:
        """One refusal may be a mistake; another program's nonce is no reason to stop."""
        if problem_of(error.code) is Problem.NONCE:
            self._next[key.id] = now + _AGAIN_AFTER
            return
        self._refusals[key.id] = self._refusals.get(key.id, 0) + 1
        if self._refusals[key.id] < _REFUSALS:
            self._next[key.id] = now + _AGAIN_AFTER
            return
        await self._give_up(key, error.code, now)

    async def _give_up(self, key: KeyRecord, reason: str, now: datetime) -> None:
        await self._end(key, KeyState.REFUSED, reason, now)
        # Its stream of facts may have been refused before, and have said so.
        if not await self._store.was_told(f"key-refused:live:{key.id}:{key.chat_id}"):
            await self._push(key, refused_page(key, reason), Priority.ALERT, "refused", now)

    async def _found(self, key: KeyRecord, info: KeyInfo, now: datetime) -> None:
        found = PermissionReport(info.permissions)
        if found.forbidden:
            was_locked = key.state is KeyState.LOCKED
            await self._end(key, KeyState.LOCKED, found.forbidden[0], now, info)
            if not was_locked:
                page = locked_page(key, found.forbidden)
                await self._push(key, page, Priority.KILL, "locked", now)
            return
        if key.state is KeyState.LOCKED:
            return  # somebody was in that account: the key is to be replaced, not forgiven
        await self._note(key, KeyState.OK, "", now, info)
        if lost := tuple(sorted(key.permissions - info.permissions)):
            page = lost_rights_page(key, lost)
            await self._push(key, page, Priority.ALERT, f"lost:{' '.join(lost)}", now)
        days = expiry_warning(info.valid_until, now)
        if days is not None and info.valid_until is not None:
            page = expiry_page(key, info.valid_until, days)
            await self._push(key, page, Priority.ALERT, f"ends:{days}", info.valid_until)

    async def _end(
        self,
        key: KeyRecord,
        state: KeyState,
        reason: str,
        now: datetime,
        info: KeyInfo | None = None,
    ) -> None:
        """Nothing is done with it any more, from before anybody is told."""
        log.warning("the key of chat %s is %s: %s", key.chat_id, state, reason)
        await self._note(key, state, reason, now, info)
        await self._store.note_action(
            Action.KEY_CHECKED,
            now=now,
            chat_id=key.chat_id,
            detail={"key": key.tail, "state": state.value, "reason": reason},
        )
        for chat_id in await self._keyring.chats_of(key.id):
            await self._changed(chat_id, False)

    async def _note(
        self, key: KeyRecord, state: KeyState, reason: str, now: datetime, info: KeyInfo | None
    ) -> None:
        await self._store.note_key(
            key.id,
            state=state,
            reason=reason,
            checked_at=now,
            permissions=info.permissions if info else None,
            valid_until=info.valid_until if info else None,
            has_address_limit=bool(info.allowed_addresses) if info else None,
        )

    async def _push(
        self, key: KeyRecord, page: Page, priority: Priority, what: str, at: datetime
    ) -> None:
        await self._say(key.chat_id, page, priority, f"key:{key.id}:{what}:{at:%Y-%m-%dT%H:%M}")

    async def _take_over(self, handed: HandedKey) -> None:
        """Connect what was typed on the server, and answer there."""
        typed = self._keyring.take_over(handed)
        if typed is None:
            answer = "The running bot has another master key. Nothing was stored."
            await self._store.answer_handed_key(handed.id, answer, connected=False)
            return
        report = await connect_from_server(self._connecting, typed, handed.chat_id)
        connected, answer = report.connected, plain(report_page(report))
        await self._store.answer_handed_key(handed.id, answer, connected=connected is not None)
        if connected is not None:
            key = f"key:{connected.id}:server"
            page = connected_on_server_page(connected)
            await self._say(handed.chat_id, page, Priority.ALERT, key)
