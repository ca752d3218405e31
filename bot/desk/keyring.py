"""The keyring: the keys of the chats, opened when they are needed.

Rules: one key has one signer, because calls that are signed side by side overtake each other; a
key that Kraken refuses, or that may do more than we accept, opens nothing; one that cannot be
opened is no reason to fail: its chat has none until it is replaced.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.core.errors import NotConnected
from bot.core.keys import KeyRecord, KeyReport, TypedKey
from bot.desk.doors import ChatKey
from bot.store import HandedKey, SealedKey, Store, StoreUnavailable
from bot.vault import CannotOpen, Check, Place, Vault
from kraken.core.types import Credentials
from kraken.signed import NonceStore, SignedCalls

log = logging.getLogger(__name__)

_MARK_PATIENCE = 1.0
"""Seconds that a call waits for its nonce's mark to be kept."""


class MakeCalls(Protocol):
    """Makes the signer of a key; of one that ``reads_only``, a signer that sends no command."""

    def __call__(
        self, credentials: Credentials, nonces: NonceStore, *, reads_only: bool
    ) -> SignedCalls: ...


Register = Callable[[str], None]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KEY, _SECRET = "api_key", "api_secret"


class WrongMasterKey(Exception):
    """What is sealed cannot be opened with this master key; one line for who runs the bot."""


async def unlock(store: Store, master_keys: Sequence[str]) -> Vault | None:
    """The vault of this database; None if there is no master key and nothing to open.

    Raises:
        WrongMasterKey: something is sealed with another one; nothing was changed.
    """
    check, sealed_by = await store.vault_check(), await store.sealed_by()
    if not master_keys:
        if sealed_by:
            raise WrongMasterKey(
                "Kraken keys are stored, and KRAKEN_BOT_MASTER_KEY is not set. Set the master "
                "key that they were sealed with. Nothing was changed."
            )
        return None
    vault = Vault(master_keys)
    is_right = check is not None and _accepts(vault, Check(*check))
    lost = sealed_by - set(vault.key_ids)
    if lost or (sealed_by and not is_right):
        name = ", ".join(sorted(lost or sealed_by))
        raise WrongMasterKey(
            f"KRAKEN_BOT_MASTER_KEY lacks the master key {name} that stored Kraken keys were "
            f"sealed with (it has {', '.join(vault.key_ids)}). Put the right one back. Nothing "
            "was changed. If it is lost for good: kraken-bot rotate-key --lost"
        )
    if not is_right:
        new = vault.new_check()
        await store.begin_vault(new.sealed, new.sealed_by)
    return vault


def _accepts(vault: Vault, check: Check) -> bool:
    try:
        vault.accept(check)
    except CannotOpen:
        return False
    return True


async def rotate(store: Store, master_keys: Sequence[str], by: int | None = None) -> int:
    """Seal everything with the first master key alone, all or nothing; how many keys there are.

    ``by`` is who asked for it in a chat.

    Raises:
        WrongMasterKey: something is sealed with a key that is not among these.
        CannotOpen: a stored key is damaged; nothing was changed.
    """
    vault = await unlock(store, master_keys)
    assert vault is not None, "there is a master key"
    check, first = vault.check_again(), Vault(master_keys[:1])
    first.accept(check)

    def anew(key: KeyRecord, old: SealedKey) -> SealedKey:
        opened = _open(vault, key, old)
        new = _seal(first, key, opened.api_key, opened.api_secret)
        if _open(first, key, new) != opened:
            raise CannotOpen(f"row {key.id} does not open as it did")
        return new

    return await store.reseal_keys(check.sealed, check.sealed_by, anew, by)


def hand_over(vault: Vault, typed: TypedKey, chat_id: int, now: datetime) -> HandedKey:
    """A key, sealed for the bot that runs on this database; :meth:`Keyring.take_over` opens it."""
    handed_id = str(uuid.uuid4())
    parts = [
        vault.seal(secret, _handed_place(chat_id, handed_id, field), handed_id)
        for field, secret in ((_KEY, typed.api_key), (_SECRET, typed.api_secret))
    ]
    return HandedKey(handed_id, chat_id, SealedKey(*parts), now)


class Keyring:
    """Satisfies ``bot.desk.doors.Keyring``."""

    def __init__(
        self, store: Store, vault: Vault | None, make_calls: MakeCalls, register: Register
    ) -> None:
        """``register`` is told every secret before it is used, so that no log shows it."""
        self._store = store
        self._vault = vault
        self._make_calls = make_calls
        self._register = register
        self._signers: dict[str, tuple[Credentials, SignedCalls]] = {}

    @property
    def is_open(self) -> bool:
        """Whether keys can be sealed: there is a master key."""
        return self._vault is not None

    async def key_of(self, chat_id: int) -> ChatKey | None:
        """The key of this chat, its own or lent; None if it has none that may be used."""
        record = await self._store.key_of_chat(chat_id)
        return None if record is None else await self._opened(record)

    async def keys(self) -> list[ChatKey]:
        """Every key that may be used."""
        opened = [await self._opened(record) for record in await self._store.key_records()]
        return [key for key in opened if key is not None]

    async def record_of(self, chat_id: int) -> KeyRecord | None:
        """What is known of the key of this chat, usable or not; nothing in it is secret."""
        return await self._store.key_of_chat(chat_id)

    async def records(self) -> list[KeyRecord]:
        """Of all keys."""
        return await self._store.key_records()

    async def chats_of(self, key_id: str) -> list[int]:
        """The chat that holds it, then the groups it is lent to."""
        return await self._store.chats_of_key(key_id)

    async def last_used(self, record: KeyRecord) -> datetime | None:
        """When a call was last signed with this key, to a second; None for never.

        Nonces are microseconds since 1970, and their mark on disk is a second ahead at most.
        """
        mark = await self._store.nonce_mark_of(record.fingerprint)
        return _EPOCH + timedelta(microseconds=mark) if mark else None

    async def credentials(self, key_id: str) -> Credentials:
        """The key itself.

        Raises:
            NotConnected: there is none, or it cannot be opened.
        """
        credentials, _ = await self._signer(key_id)
        return credentials

    async def calls(self, key_id: str) -> SignedCalls:
        """The one signer of this key; raises as :meth:`credentials` does."""
        _, calls = await self._signer(key_id)
        return calls

    def refusal(self, key_id: str) -> str | None:
        """Why Kraken takes nothing from this key any more; None while it does."""
        known = self._signers.get(key_id)
        return known[1].refusal if known else None

    def nonces(self, key_id: str) -> NonceStore:
        """How far the nonces of this key went; outlives the key."""
        return _Mark(self._store, lambda: self._fingerprint_of(key_id))

    def new_calls(self, typed: TypedKey) -> SignedCalls:
        """A signer for a key that is not stored (yet)."""
        assert self._vault is not None, "there is a master key"
        self._register(typed.api_key)
        self._register(typed.api_secret)
        fingerprint = self._vault.fingerprint(typed.api_key)
        for credentials, calls in self._signers.values():
            # One that Kraken refused asks nothing any more: the key may be right again by now.
            is_same = credentials == Credentials(typed.api_key, typed.api_secret)
            if is_same and calls.refusal is None:
                return calls

        async def known() -> str:
            return fingerprint

        credentials = Credentials(typed.api_key, typed.api_secret)
        return self._make_calls(credentials, _Mark(self._store, known), reads_only=True)

    async def add(
        self,
        typed: TypedKey,
        report: KeyReport,
        *,
        chat_id: int,
        user_id: int,
        label: str,
        reads_only: bool,
        now: datetime,
    ) -> tuple[KeyRecord, KeyRecord | None]:
        """Seal and keep a checked key; returns it, and the one of the chat that it replaced.

        The same key once more keeps its name, and with it the orders that are followed under it.

        Raises:
            KeyTaken: another chat of this bot has the same one.
        """
        assert self._vault is not None and report.permissions is not None, "checked before"
        fingerprint = self._vault.fingerprint(typed.api_key)
        earlier = await self._store.key_of_chat(chat_id)
        key_id = str(uuid.uuid4())
        if earlier is not None and (chat_id, fingerprint, reads_only) == (
            earlier.chat_id,
            earlier.fingerprint,
            earlier.reads_only,
        ):
            key_id = earlier.id
        record = KeyRecord(
            id=key_id,
            chat_id=chat_id,
            user_id=user_id,
            label=label,
            fingerprint=fingerprint,
            tail=typed.api_key[-4:],
            permissions=report.permissions.permissions,
            reads_only=reads_only,
            has_address_limit=report.has_address_limit,
            created_at=now,
            checked_at=now,
            valid_until=report.valid_until,
        )
        sealed = _seal(self._vault, record, typed.api_key, typed.api_secret)
        replaced = await self._store.add_key(record, sealed)
        if replaced is not None and not self._still_signs(replaced, record, typed):
            self._signers.pop(replaced.id, None)
        return record, replaced

    def _still_signs(self, replaced: KeyRecord, record: KeyRecord, typed: TypedKey) -> bool:
        """Whether the signer that is there goes on: two of one key would disturb each other."""
        known = self._signers.get(replaced.id)
        if known is None or replaced.id != record.id or known[1].refusal is not None:
            return False
        return known[0] == Credentials(typed.api_key, typed.api_secret)

    async def remove(self, chat_id: int, by: int | None = None) -> KeyRecord | None:
        """Destroy the chat's own key; None if there is none. ``by``: not by its holder."""
        removed = await self._store.remove_key(chat_id, by)
        if removed is not None:
            self._signers.pop(removed.id, None)
        return removed

    def take_over(self, handed: HandedKey) -> TypedKey | None:
        """What the command line handed over; None if it was not sealed for us."""
        if self._vault is None:
            return None
        sealed = ((_KEY, handed.sealed.sealed_key), (_SECRET, handed.sealed.sealed_secret))
        try:
            api_key, api_secret = (
                self._vault.open(text, _handed_place(handed.chat_id, handed.id, field), handed.id)
                for field, text in sealed
            )
        except CannotOpen as error:
            log.warning("a key that was handed over is left out: %s", error)
            return None
        return TypedKey(api_key, api_secret)

    async def _opened(self, record: KeyRecord) -> ChatKey | None:
        if not record.is_usable:
            return None
        try:
            credentials = await self.credentials(record.id)
        except NotConnected:
            return None
        return ChatKey(record.id, record.chat_id, credentials)

    async def _signer(self, key_id: str) -> tuple[Credentials, SignedCalls]:
        if key_id in self._signers:
            return self._signers[key_id]
        record, sealed = await self._store.key_record(key_id), await self._store.sealed_key(key_id)
        if record is None or sealed is None or self._vault is None:
            raise NotConnected
        try:
            credentials = _open(self._vault, record, sealed)
        except CannotOpen as error:
            log.error("the key of chat %s cannot be used: %s", record.chat_id, error)  # noqa: TRY400 - it says all
            raise NotConnected from error
        self._register(credentials.api_key)
        self._register(credentials.api_secret)
        calls = self._make_calls(credentials, self.nonces(key_id), reads_only=record.reads_only)
        # Whoever asked at the same time may have been first: there is one signer only.
        return self._signers.setdefault(key_id, (credentials, calls))

    async def _fingerprint_of(self, key_id: str) -> str:
        record = await self._store.key_record(key_id)
        if record is None:
            raise NotConnected
        return record.fingerprint


class _Mark:
    """The nonce's high-water mark of one API key: satisfies ``kraken.signed.NonceStore``."""

    def __init__(self, store: Store, fingerprint: Callable[[], Awaitable[str]]) -> None:
        self._store = store
        self._ask = fingerprint
        self._known = ""

    async def nonce_mark(self) -> int:
        return await self._store.nonce_mark_of(await self._fingerprint())

    async def raise_nonce_mark(self, mark: int) -> None:
        # Cancelling must go on at once without a database; an order is committed to it before it
        # is sent, so none goes out. The mark matters only if the clock is set back afterwards.
        try:
            async with asyncio.timeout(_MARK_PATIENCE):
                await self._store.raise_nonce_mark_of(await self._fingerprint(), mark)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("the mark of the nonces is not kept: %r", error)

    async def _fingerprint(self) -> str:
        if not self._known:
            self._known = await self._ask()
        return self._known


def _place(key: KeyRecord, field: str) -> Place:
    return Place(key.chat_id, key.user_id, "kraken", field, key.id)


def _handed_place(chat_id: int, handed_id: str, field: str) -> Place:
    return Place(chat_id, chat_id, "handed", field, handed_id)


def _seal(vault: Vault, key: KeyRecord, api_key: str, api_secret: str) -> SealedKey:
    return SealedKey(
        vault.seal(api_key, _place(key, _KEY), key.fingerprint),
        vault.seal(api_secret, _place(key, _SECRET), key.fingerprint),
        vault.key_id,
    )


def _open(vault: Vault, key: KeyRecord, sealed: SealedKey) -> Credentials:
    """Raises: CannotOpen, also where the two halves or the fingerprint do not belong together."""
    opened = Credentials(
        vault.open(sealed.sealed_key, _place(key, _KEY), key.fingerprint),
        vault.open(sealed.sealed_secret, _place(key, _SECRET), key.fingerprint),
    )
    if vault.fingerprint(opened.api_key) != key.fingerprint:
        raise CannotOpen(f"row {key.id} holds another key")
    return opened
