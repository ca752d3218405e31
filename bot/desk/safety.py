"""The brakes: what stops new orders at once, in memory first, so that it works without a database.

Rules: whoever sends an order asks :meth:`Brakes.check` before it commits and again before the
first byte leaves; a pause holds from the moment it is asked for, and is written down as soon as
the database answers; only what was written down as ended is over.
"""

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.core.errors import LimitReached
from bot.core.trade.limits import EXITS, Limit, Pause, PauseKind
from bot.core.trade.types import Intent, Mode
from bot.store import StoreUnavailable
from bot.store.safety import EVERYWHERE
from kraken.clock import Clock

log = logging.getLogger(__name__)

SWITCH = "KILL"
"""A file of this name in the data folder stops all orders of all chats until it is taken away.
The bot neither makes nor removes it: it is for whoever runs the server."""
LEAST_SPACE = 50 * 2**20
LITTLE_SPACE = 200 * 2**20
"""Bytes: below the first no live order goes out, below the second the owner is warned."""
_EVERY = 5.0


class BrakeRecords(Protocol):
    """What the brakes ask of the store."""

    async def pause(
        self,
        chat_id: int,
        kind: PauseKind,
        *,
        now: datetime,
        by: int | None = None,
        live_only: bool = False,
    ) -> bool: ...
    async def resume(
        self, chat_id: int, *, by: int | None, now: datetime, kind: PauseKind | None = None
    ) -> int: ...
    async def pauses(self) -> Mapping[int, list[Pause]]: ...


class Surroundings:
    """What the machine around the bot says: the operator's switch, and the space on the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_switched_off(self) -> bool:
        """Whether the operator put the file there; a folder that cannot be read says yes."""
        try:
            return (self._folder / SWITCH).exists()
        except OSError:
            return True

    def free_space(self) -> int:
        """Bytes; none where it cannot be found out."""
        try:
            return shutil.disk_usage(self._folder).free
        except OSError:
            return 0


class Around(Protocol):
    """What is asked of the machine: :class:`Surroundings`."""

    def is_switched_off(self) -> bool: ...
    def free_space(self) -> int: ...


class Brakes:
    """Satisfies ``bot.desk.doors.Brakes``."""

    def __init__(
        self,
        store: BrakeRecords,
        clock: Clock,
        around: Around,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._clock = clock
        self._around = around
        self._sleep = sleep
        self._pauses: dict[int, dict[PauseKind, Pause]] = {}
        self._unkept: dict[tuple[int, PauseKind], Pause] = {}

    async def load(self) -> None:
        """Take up what an earlier run was told; nothing may be sent before that."""
        for chat_id, pauses in (await self._store.pauses()).items():
            for pause in pauses:
                self._pauses.setdefault(chat_id, {}).setdefault(pause.kind, pause)

    def check(self, intent: Intent) -> None:
        """Let an intent pass, unless trading stands still.

        What ends a position (``EXITS``) passes a pause, but not the operator's switch.
        """
        pause = self.pause_of(intent.chat_id, intent.mode)
        if pause is None:
            return
        if intent.source in EXITS and pause.kind is not PauseKind.SWITCH:
            return
        raise LimitReached(Limit.PAUSED, pause.kind)

    def pause_of(self, chat_id: int, mode: Mode = Mode.LIVE) -> Pause | None:
        """Why nothing new may be ordered there now, or None."""
        now = self._clock.now()
        if self._around.is_switched_off():
            return Pause(PauseKind.SWITCH, now, everywhere=True)
        for where in (chat_id, EVERYWHERE):
            for pause in self._pauses.get(where, {}).values():
                if mode is Mode.LIVE or not pause.live_only:
                    return pause
        if mode is Mode.LIVE and self._around.free_space() < LEAST_SPACE:
            return Pause(PauseKind.DISK, now, live_only=True, everywhere=True)
        return None

    def pauses_in(self, chat_id: int) -> list[Pause]:
        """Every reason why nothing new may be ordered there, its own before those of all."""
        return [
            pause
            for where in (chat_id, EVERYWHERE)
            for pause in self._pauses.get(where, {}).values()
        ]

    def hold(
        self, chat_id: int, kind: PauseKind, *, by: int | None = None, live_only: bool = False
    ) -> Pause:
        """Pause it in memory, at once; :meth:`pause` or :meth:`run` writes it down."""
        here = self._pauses.setdefault(chat_id, {})
        if kind not in here:
            everywhere = chat_id == EVERYWHERE
            here[kind] = Pause(kind, self._clock.now(), by, live_only, everywhere)
            self._unkept[chat_id, kind] = here[kind]
        return here[kind]

    async def pause(
        self, chat_id: int, kind: PauseKind, *, by: int | None = None, live_only: bool = False
    ) -> bool:
        """Stop new orders from now on; False if it is held in memory only."""
        self.hold(chat_id, kind, by=by, live_only=live_only)
        return await self._keep(chat_id, kind)

    async def resume(
        self, chat_id: int, *, by: int | None = None, kind: PauseKind | None = None
    ) -> int:
        """End the pauses of this chat, or of one kind.

        Raises:
            StoreUnavailable: it is paused as before.
        """
        await self._store.resume(chat_id, by=by, now=self._clock.now(), kind=kind)
        here = self._pauses.get(chat_id, {})
        ended = [one for one in here if kind in (None, one)]
        for one in ended:
            del here[one]
            self._unkept.pop((chat_id, one), None)
        return len(ended)

    def follow(self, old: int, new: int) -> None:
        """A group got another id: its pauses hold there."""
        for kind, pause in self._pauses.pop(old, {}).items():
            self._pauses.setdefault(new, {}).setdefault(kind, pause)
            if self._unkept.pop((old, kind), None):
                self._unkept[new, kind] = pause

    async def run(self) -> None:
        """Write down what could not be written down; ends when it is cancelled."""
        while True:
            await self._sleep(_EVERY)
            for chat_id, kind in list(self._unkept):
                await self._keep(chat_id, kind)

    @property
    def is_kept(self) -> bool:
        """Whether every pause is written down."""
        return not self._unkept

    def is_low_on_space(self) -> bool:
        """Whether the owner should hear of the disk."""
        return self._around.free_space() < LITTLE_SPACE

    async def _keep(self, chat_id: int, kind: PauseKind) -> bool:
        pause = self._unkept.get((chat_id, kind))
        if pause is None:
            return True
        try:
            await self._store.pause(
                chat_id, kind, now=pause.since, by=pause.by, live_only=pause.live_only
            )
        except StoreUnavailable as error:
            log.warning("a pause of chat %s is held in memory only: %s", chat_id, error)
            return False
        self._unkept.pop((chat_id, kind), None)
        return True
