"""The vault: seals what must not be readable in the database, and opens it again.

Rules:

* A Fernet token says nothing of the place it belongs to, so each place has a key of its own,
  derived from the master key and everything that names the place: a row that is moved to another
  chat, person, field or row cannot be opened there. What is sealed says once more where it
  belongs, and is compared.
* Of several master keys the first one seals and all of them open, so that a key can be replaced.
* The database keeps one known text under the master key. One that does not open it is the wrong
  one: nothing starts, and nothing is ever sealed beside what it cannot open.
* Fingerprints of API keys are made with a random key that is sealed with that text; it stays the
  same when the master key is replaced.

Python cannot promise that a secret leaves the memory; it is kept in few places and is in no text.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = "v1"


class CannotOpen(Exception):
    """What is sealed there was sealed under another key, for another place, or is damaged."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something sealed belongs; it opens nowhere else."""

    chat_id: int
    user_id: int
    account: str
    """Whose secret it is: ``kraken``."""
    field: str
    row: str
    """The row's own name: a UUID."""


class _Content(msgspec.Struct):
    """What is sealed: the secret, and once more where it belongs."""

    purpose: str
    chat: int
    fingerprint: str
    secret: str


@dataclass(frozen=True, slots=True)
class Check:
    """The known text that tells the right master key, and the key of the fingerprints in it."""

    sealed: str = field(repr=False)
    sealed_by: str
    """The name of the master key, see :attr:`Vault.key_id`."""


_CHECK = Place(0, 0, "vault", "check", "1")
_KNOWN = "kraken-bot"


class Vault:
    """Seals and opens with these master keys (Fernet keys; at least one)."""

    def __init__(self, master_keys: Sequence[str]) -> None:
        assert master_keys, "a vault needs a master key"
        self._masters = tuple(base64.urlsafe_b64decode(key) for key in master_keys)
        self._fingerprints: bytes | None = None

    @property
    def key_id(self) -> str:
        """A name for the master key that seals; says nothing about the key itself."""
        return self.key_ids[0]

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of all master keys."""
        return tuple(_derive(master, "name").hex()[:8] for master in self._masters)

    def new_check(self) -> Check:
        """The known text for a database that has none, with a new key for fingerprints."""
        self._fingerprints = secrets.token_bytes(32)
        return self._sealed_check(self._fingerprints)

    def accept(self, check: Check) -> None:
        """Prove that these are the database's master keys.

        Raises:
            CannotOpen: they are not.
        """
        told = self.open(check.sealed, _CHECK, _KNOWN)
        self._fingerprints = base64.b64decode(told)

    def check_again(self) -> Check:
        """The same known text, sealed by the first master key."""
        assert self._fingerprints is not None, "accept a check first"
        return self._sealed_check(self._fingerprints)

    def fingerprint(self, api_key: str) -> str:
        """The same for the same API key, on this database only; nobody can turn it back."""
        assert self._fingerprints is not None, "accept a check first"
        return hmac.new(self._fingerprints, api_key.encode(), hashlib.sha256).hexdigest()

    def seal(self, secret: str, place: Place, fingerprint: str) -> str:
        """The secret as it may lie in the database, at this place."""
        content = _Content(_purpose(place), place.chat_id, fingerprint, secret)
        return self._fernet(place).encrypt(msgspec.json.encode(content)).decode()

    def open(self, sealed: str, place: Place, fingerprint: str) -> str:
        """The secret that was sealed at this place.

        Raises:
            CannotOpen: it was not sealed here, by these keys, or not for this API key.
        """
        try:
            content = msgspec.json.decode(self._fernet(place).decrypt(sealed), type=_Content)
        except (InvalidToken, msgspec.DecodeError):
            # Neither the token nor what it holds may end up in a traceback.
            raise CannotOpen(f"{place.field} of row {place.row} cannot be opened") from None
        belongs = (content.purpose, content.chat, content.fingerprint)
        if belongs != (_purpose(place), place.chat_id, fingerprint):
            raise CannotOpen(f"{place.field} of row {place.row} belongs to another place")
        return content.secret

    def seal_file(self, content: bytes) -> bytes:
        """A whole file, such as a copy of the database, as it may lie anywhere."""
        return self._files().encrypt(content)

    def open_file(self, sealed: bytes) -> bytes:
        """What was sealed so.

        Raises:
            CannotOpen: it was not, or not by these keys.
        """
        try:
            return self._files().decrypt(sealed)
        except InvalidToken:
            raise CannotOpen("the file was not sealed with this master key") from None

    def _files(self) -> MultiFernet:
        keys = (base64.urlsafe_b64encode(_derive(master, "file")) for master in self._masters)
        return MultiFernet([Fernet(key) for key in keys])

    def _sealed_check(self, fingerprints: bytes) -> Check:
        told = base64.b64encode(fingerprints).decode()
        return Check(self.seal(told, _CHECK, _KNOWN), self.key_id)

    def _fernet(self, place: Place) -> MultiFernet:
        info = "|".join(
            str(part)
            for part in (place.chat_id, place.user_id, place.account, place.field, place.row)
        )
        keys = (base64.urlsafe_b64encode(_derive(master, info)) for master in self._masters)
        return MultiFernet([Fernet(key) for key in keys])


def new_master_key() -> str:
    """A new random master key."""
    return Fernet.generate_key().decode()


def _derive(master: bytes, info: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"{_VERSION}|{info}".encode())
    return derived.derive(master)


def _purpose(place: Place) -> str:
    return f"kraken-bot {_VERSION} {place.account} {place.field}"
