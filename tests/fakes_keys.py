"""A Kraken that only looks at keys, and the real keyring and talk around it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core.keys import TRADING, Permission
from bot.desk.connect import Connecting
from bot.desk.keyring import Keyring
from bot.store import Store
from bot.vault import Vault, new_master_key
from kraken.clock import Clock
from kraken.core.types import Credentials
from kraken.core.wire.private import KeyInfo
from kraken.signed import NonceStore

API_KEY = "Kx7" + "aB3+" * 13 + "Q"
API_SECRET = (
    "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
)
"""Kraken's published example; it opens nothing."""

ALL = frozenset(permission.value for permission in Permission)
assert set(TRADING) <= ALL


@dataclass
class KeyDesk:
    """What Kraken says of every key, and what it was asked."""

    clock: Clock
    info: KeyInfo = field(default_factory=lambda: KeyInfo(ALL, name="telegram-bot"))
    errors: list[Exception] = field(default_factory=list)
    """Raised by the next calls, one each."""
    asked: list[Credentials] = field(default_factory=list)
    refusal: str | None = None
    """What the signer of every key knows of it already."""

    async def time(self) -> datetime:
        return self.clock.now()

    def signer(self, credentials: Credentials, nonces: NonceStore, *, reads_only: bool) -> Any:
        return _Calls(self, credentials)


@dataclass
class _Calls:
    desk: KeyDesk
    credentials: Credentials

    @property
    def refusal(self) -> str | None:
        return self.desk.refusal

    async def read(
        self, endpoint: str, asked: object, decode: Callable[[bytes], Any], *, urgent: bool = False
    ) -> KeyInfo:
        assert endpoint == "GetApiKeyInfo"
        self.desk.asked.append(self.credentials)
        if self.desk.errors:
            raise self.desk.errors.pop(0)
        return self.desk.info


@dataclass
class KeyParts:
    """The real parts around a fake Kraken; ``changed`` are the chats that were told."""

    store: Store
    clock: Clock
    master_key: str = field(default_factory=new_master_key)
    changed: list[tuple[int, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.kraken = KeyDesk(self.clock)
        self.vault = Vault([self.master_key])
        self.vault.new_check()
        self.secrets: list[str] = []
        self.keyring = Keyring(self.store, self.vault, self.kraken.signer, self.secrets.append)
        self.connecting = Connecting(self.keyring, self.clock, self.kraken.time, self._change)

    async def _change(self, chat_id: int, is_other: bool) -> None:
        self.changed.append((chat_id, is_other))
