"""Care of the database by its owner, from the chat: a sealed copy, and its keys sealed anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.core.audit import Action
from bot.core.texts.admin import NO_MASTER_KEY, TOO_LARGE
from bot.desk.keyring import WrongMasterKey, rotate
from bot.store import Store, StoreError
from bot.store.backup import take_copy
from bot.vault import CannotOpen, Vault

_LARGEST = 49 * 2**20
"""Bytes of a file that Telegram takes of a bot, a little less
(https://core.telegram.org/bots/api#senddocument)."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A sealed copy of the database, or why there is none."""

    content: bytes = b""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What sealing everything anew came to, or why nothing was."""

    keys: int = 0
    given: int = 0
    """Master keys that the bot was started with."""
    why: str = ""


class Caretaker:
    """What the owner of the bot may have done with the database."""

    def __init__(self, store: Store, master_keys: Sequence[str]) -> None:
        self._store = store
        self._master_keys = tuple(master_keys)

    async def copy(self, by: int, now: datetime) -> Copied:
        """A whole copy of the database, sealed with the master key."""
        if not self._master_keys:
            return Copied(why=NO_MASTER_KEY)
        folder = self._store.path.parent

        def make(_: object) -> bytes:
            with TemporaryDirectory(dir=folder) as room:
                target = Path(room) / "copy.db"
                take_copy(folder, target)
                return Vault(self._master_keys).seal_file(target.read_bytes())

        try:
            await self._store.note_action(Action.BACKUP, now=now, actor=by)
            content = await self._store.run(make)
        except (StoreError, OSError) as error:
            return Copied(why=str(error))
        return Copied(content) if len(content) <= _LARGEST else Copied(why=TOO_LARGE)

    async def reseal(self, by: int) -> Resealed:
        """Seal everything with the first master key, all or nothing."""
        if not self._master_keys:
            return Resealed(why=NO_MASTER_KEY)
        try:
            count = await rotate(self._store, self._master_keys, by)
        except (WrongMasterKey, CannotOpen) as error:
            return Resealed(why=str(error))
        return Resealed(count, len(self._master_keys))
