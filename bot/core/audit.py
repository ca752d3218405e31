"""The audit log's chain: who did what, and the proof that nobody changed it afterwards.

Rules: a row's hash covers its content and the hash before it, so that one changed, swapped or
missing row breaks every later one; where there is a master key a second code under a key derived
from it covers the hash, so that nobody without that key can make a new chain; a chain that was
cut at its end still holds, and is found by the head that was told outside. Rows hold no secrets.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

START = "0" * 64
"""What stands before the first row."""

Detail = Mapping[str, str | int | bool | None]


class Action(StrEnum):
    """What is written down."""

    START = "start"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    KEY_CHECKED = "key-checked"
    KEY_ROTATED = "key-rotated"
    MODE = "mode"
    LIMIT = "limit"
    SETTING = "setting"
    ROLE = "role"
    INVITE = "invite"
    GROUP = "group"
    LEND = "lend"
    ORDER = "order"
    AMEND = "amend"
    CANCEL = "cancel"
    REFUSED = "refused"
    KILL = "kill"
    RESUME = "resume"
    FLATTEN = "flatten"
    DEADMAN = "deadman"
    BACKUP = "backup"
    BROADCAST = "broadcast"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log."""

    seq: int
    at: str
    """ISO 8601 in UTC."""
    actor: int | None
    """The person's user id; None: the bot itself."""
    chat_id: int | None
    action: str
    body: str
    """Canonical JSON."""
    previous: str
    hash: str
    key_id: str
    mac: str

    @property
    def detail(self) -> Mapping[str, Any]:
        """What was written of it."""
        return dict(json.loads(self.body))


@dataclass(frozen=True, slots=True)
class Seal:
    """A key for the log, and the name by which rows say which one it was."""

    key: bytes
    id: str

    @classmethod
    def of(cls, key: bytes) -> "Seal":
        """The seal with this key."""
        return cls(key, hashlib.sha256(key).hexdigest()[:8])

    def mac(self, row_hash: str) -> str:
        """The code over a row's hash."""
        return hmac.new(self.key, row_hash.encode(), hashlib.sha256).hexdigest()


def seal_from(master_key: str) -> Seal:
    """The log's seal that belongs to this master key: derived from it, so it opens nothing."""
    return Seal.of(hmac.new(master_key.encode(), b"audit log v1", hashlib.sha256).digest())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain found."""

    rows: int
    broken: int | None = None
    """The number of the first row that is not as it was written."""
    why: str = ""
    head: str = ""
    sealed: int = 0
    """Rows whose code was checked with a key that is here."""
    unknown_keys: int = 0
    """Rows that were sealed under a key that is not here: only their chain is checked."""


def canonical(detail: Detail) -> str:
    """The one way to write this as JSON."""
    return json.dumps(dict(detail), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def chain_hash(
    previous: str,
    seq: int,
    at: str,
    actor: int | None,
    chat_id: int | None,
    action: str,
    body: str,
) -> str:
    """The hash of a row that comes after the row of the hash ``previous``."""
    content = json.dumps([previous, seq, at, actor, chat_id, action, body], ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def head_of(seq: int, row_hash: str) -> str:
    """``17:3f2a…``: the end of the chain, short enough to be told."""
    return f"{seq}:{row_hash[:24]}"


def verify(
    rows: Iterable[Entry], seals: Sequence[Seal], *, highest: int = 0, head: str = ""
) -> Verdict:
    """Check the whole chain; ``rows`` come in the order of their numbers.

    ``highest`` is the highest number that was ever given, ``head`` one that was told outside.
    """
    known = {seal.id: seal for seal in seals}
    previous, count, sealed, unknown, last = START, 0, 0, 0, ""
    found_head = not head
    for row in rows:
        count += 1
        fault = _fault(
            row, count, previous, known, needs_seal=bool(seals) and sealed + unknown > 0
        )
        if fault:
            return Verdict(count, count, fault, last, sealed, unknown)
        sealed += row.key_id in known
        unknown += bool(row.key_id) and row.key_id not in known
        previous, last = row.hash, head_of(row.seq, row.hash)
        found_head = found_head or last == head
    if not found_head:
        return Verdict(
            count, count + 1, f"the head {head} is not in the log", last, sealed, unknown
        )
    if highest > count:
        missing = f"row {highest} was written and is gone"
        return Verdict(count, count + 1, missing, last, sealed, unknown)
    return Verdict(count, None, "", last, sealed, unknown)


def _fault(
    row: Entry, number: int, previous: str, known: Mapping[str, Seal], *, needs_seal: bool
) -> str:
    """What is wrong with a row, or nothing."""
    right = chain_hash(previous, row.seq, row.at, row.actor, row.chat_id, row.action, row.body)
    seal = known.get(row.key_id)
    if row.seq != number:
        return f"row {number} is missing"
    if row.previous != previous or not _same(row.hash, right):
        return "its content does not fit its hash"
    if seal is not None and not _same(row.mac, seal.mac(row.hash)):
        return "it was not written by this bot"
    if needs_seal and not row.key_id:
        return "it is not sealed, and those before it are"
    return ""


def _same(found: str, right: str) -> bool:
    """In a time that tells nothing; what was written there may be any text."""
    return hmac.compare_digest(found.encode(), right.encode())
