"""Everything about keys, built together: the ring, the ways in and out, the daily look."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import aiohttp

from bot import log as logs
from bot.core.trade.types import Mode
from bot.desk.connect import Connecting
from bot.desk.keycheck import KeyWatch, Says
from bot.desk.keyring import Keyring, unlock
from bot.store import Store
from kraken.clock import Clock
from kraken.core.errors import AuthError
from kraken.core.types import Credentials
from kraken.rest import Rest
from kraken.signed import NonceStore, SignedCalls

T = TypeVar("T")

Renew = Callable[[int], Awaitable[None]]


class ReadingCalls(SignedCalls):
    """The calls of a key that was connected to read only, whatever Kraken would let it do."""

    async def command(
        self,
        endpoint: str,
        asked: Mapping[str, str],
        decode: Callable[[bytes], T],
        deadline: datetime | None = None,
    ) -> T:
        """Nothing that moves money is ever sent.

        Raises:
            Rejected: always.
        """
        raise AuthError("this key was connected to read only; nothing was sent")


@dataclass(frozen=True, slots=True)
class Keys:
    """The parts; the owner awaits ``watch.run``."""

    ring: Keyring
    connecting: Connecting
    watch: KeyWatch
    on_change: Callable[[Renew], None]
    """Who is told every chat whose key is another one, or may not be used any more."""


async def open_keys(
    store: Store,
    master_keys: Sequence[str],
    http: aiohttp.ClientSession,
    rest_url: str,
    clock: Clock,
    *,
    say: Says,
) -> Keys:
    """The parts, on the database's own master key.

    Raises:
        WrongMasterKey: what is sealed cannot be opened; nothing was changed.
    """

    told: list[Renew] = []

    def signer(credentials: Credentials, nonces: NonceStore, *, reads_only: bool) -> SignedCalls:
        kind = ReadingCalls if reads_only else SignedCalls
        return kind(http, rest_url, credentials, clock=clock, nonces=nonces)

    async def changed(chat_id: int, is_other: bool) -> None:
        """Live mode was chosen for the account of that time: another one begins with practice."""
        if is_other:
            await store.set_chat_mode(chat_id, Mode.PAPER)
        for renew in told:
            await renew(chat_id)

    vault = await unlock(store, master_keys)
    ring = Keyring(store, vault, signer, logs.redaction.register)
    connecting = Connecting(ring, clock, Rest(http, rest_url, clock=clock).time, changed)
    return Keys(
        ring, connecting, KeyWatch(store, ring, connecting, clock, say, changed), told.append
    )
