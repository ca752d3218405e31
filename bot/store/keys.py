"""Sealed keys: whose they are, whom they are lent to, how far their nonces went.

What is sealed is opened by whoever holds the vault; here it is text. A key that is removed is
overwritten in the file, and the write-ahead log is emptied, so that it is in neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.core.audit import Action, Detail
from bot.core.keys import KeyRecord, KeyState, names
from bot.store.audit import append
from bot.store.file import StoreFile, time_text

_COLUMNS = (
    "id, chat_id, user_id, label, fingerprint, tail, permissions, reads_only, "
    "has_address_limit, valid_until, created_at, checked_at, state, reason"
)


class KeyTaken(Exception):
    """Another chat of this bot has the same API key; nothing was changed."""


@dataclass(frozen=True, slots=True)
class SealedKey:
    """The two sealed halves of a key, as they lie in the database."""

    sealed_key: str = field(repr=False)
    sealed_secret: str = field(repr=False)
    sealed_by: str = ""
    """The name of the master key."""


Reseal = Callable[[KeyRecord, SealedKey], SealedKey]


class Keys(StoreFile):
    """Questions about keys."""

    async def vault_check(self) -> tuple[str, str] | None:
        """The known text under the master key, and the name of that key."""

        def read(db: Database) -> tuple[str, str] | None:
            row = db.execute("select sealed, sealed_by from vault").fetchone()
            return (row[0], row[1]) if row else None

        return await self.run(read)

    async def sealed_by(self) -> set[str]:
        """The names of the master keys that sealed what is stored; empty if nothing is."""
        return await self.run(
            lambda db: {row[0] for row in db.execute("select sealed_by from api_keys").fetchall()}
        )

    async def begin_vault(self, sealed: str, sealed_by: str) -> None:
        """Keep the known text of a vault in which nothing is sealed yet."""
        now = self.now_text()

        def write(db: Database) -> None:
            if db.execute("select 1 from api_keys").fetchone():
                raise ValueError("a vault that holds keys is not begun anew")
            # Fingerprints change with the vault, so that these marks belong to nothing.
            db.execute("delete from nonce_marks")
            db.execute(
                "insert or replace into vault values (1, ?, ?, ?)", [sealed, sealed_by, now]
            )

        await self.run(write)

    async def key_records(self) -> list[KeyRecord]:
        """All keys, the oldest first."""

        def read(db: Database) -> list[KeyRecord]:
            rows = db.execute(f"select {_COLUMNS} from api_keys order by created_at")  # noqa: S608 - our own words
            return [_record(row) for row in rows.fetchall()]

        return await self.run(read)

    async def key_record(self, key_id: str) -> KeyRecord | None:
        """One key."""
        return await self.run(lambda db: _one(db, "id = ?", key_id))

    async def key_of_chat(self, chat_id: int) -> KeyRecord | None:
        """The chat's own key, or the one that is lent to it."""

        def read(db: Database) -> KeyRecord | None:
            own = _one(db, "chat_id = ?", chat_id)
            lent = "id = (select key_id from lent_keys where chat_id = ?)"
            return own or _one(db, lent, chat_id)

        return await self.run(read)

    async def sealed_key(self, key_id: str) -> SealedKey | None:
        """Its sealed halves."""
        return await self.run(lambda db: _sealed(db, key_id))

    async def add_key(self, key: KeyRecord, sealed: SealedKey) -> KeyRecord | None:
        """Keep it in place of the chat's earlier one, which is returned and destroyed.

        Raises:
            KeyTaken: another chat has the same one.
        """

        def write(db: Database) -> KeyRecord | None:
            other = _one(db, "fingerprint = ?", key.fingerprint)
            if other is not None and other.chat_id != key.chat_id:
                raise KeyTaken
            before = _one(db, "chat_id = ?", key.chat_id)
            if before is not None and before.id == key.id:
                _overwrite(db, key, sealed)  # whom it is lent to, and its orders, stay
            else:
                _delete(db, before)
                _insert(db, key, sealed)
            _note(db, Action.CONNECT, key, key.created_at)
            return before

        before = await self.run(write)
        if before is not None:
            await self.forget_traces()
        return before

    async def remove_key(self, chat_id: int, by: int | None = None) -> KeyRecord | None:
        """Destroy the chat's own key, with whatever it was lent to; None if there is none.

        ``by`` is whose doing it is, where it is not the holder's.
        """
        now = self._now()

        def write(db: Database) -> KeyRecord | None:
            before = _one(db, "chat_id = ?", chat_id)
            _delete(db, before)
            if before is not None:
                _note(db, Action.DISCONNECT, before, now, by)
            return before

        before = await self.run(write)
        await self.forget_traces()
        return before

    async def note_key(
        self,
        key_id: str,
        *,
        state: KeyState,
        reason: str,
        checked_at: datetime,
        permissions: frozenset[str] | None = None,
        valid_until: datetime | None = None,
        has_address_limit: bool | None = None,
    ) -> None:
        """What a check found; without permissions, only that Kraken refuses the key."""
        change: dict[str, Any] = {
            "state": state.value,
            "reason": reason,
            "checked_at": time_text(checked_at),
        }
        if permissions is not None:
            change |= {
                "permissions": names(permissions),
                "valid_until": _text(valid_until),
                "has_address_limit": int(bool(has_address_limit)),
            }
        sets = ", ".join(f"{name} = :{name}" for name in change)
        await self.run(
            lambda db: db.execute(
                f"update api_keys set {sets} where id = :id",  # noqa: S608 - our own words
                {**change, "id": key_id},
            )
        )

    async def reseal_keys(
        self, sealed: str, sealed_by: str, reseal: Reseal, by: int | None = None
    ) -> int:
        """Seal every key anew, and the known text with them, all or nothing; how many."""
        now = self._now()

        def write(db: Database) -> int:
            rows = db.execute(f"select {_COLUMNS} from api_keys").fetchall()  # noqa: S608 - our own words
            for row in rows:
                key = _record(row)
                old = _sealed(db, key.id)
                assert old is not None, "read in the same transaction"
                new = reseal(key, old)
                db.execute(
                    "update api_keys set sealed_key = ?, sealed_secret = ?, sealed_by = ? "
                    "where id = ?",
                    [new.sealed_key, new.sealed_secret, new.sealed_by, key.id],
                )
            db.execute("delete from handed_keys")
            db.execute("update vault set sealed = ?, sealed_by = ?", [sealed, sealed_by])
            append(db, Action.KEY_ROTATED, now=now, actor=by, detail={"keys": len(rows)})
            return len(rows)

        count = await self.run(write)
        await self.forget_traces()
        return count

    async def forget_all_keys(self) -> list[KeyRecord]:
        """Destroy what cannot be opened any more, and the vault with it; returns what it was."""
        now = self._now()

        def write(db: Database) -> list[KeyRecord]:
            rows = db.execute(f"select {_COLUMNS} from api_keys").fetchall()  # noqa: S608 - our own words
            for table in ("api_keys", "handed_keys", "nonce_marks", "vault"):
                db.execute(f"delete from {table}")  # noqa: S608 - our own words
            for key in (lost := [_record(row) for row in rows]):
                _note(db, Action.DISCONNECT, key, now)
            return lost

        lost = await self.run(write)
        await self.forget_traces()
        return lost

    async def lend_key(self, chat_id: int, key_id: str) -> None:
        """Let a group trade with somebody's key; it had at most one before."""
        now = self.now_text()
        await self.run(
            lambda db: db.execute(
                "insert or replace into lent_keys (chat_id, key_id, lent_at) values (?, ?, ?)",
                [chat_id, key_id, now],
            )
        )

    async def take_key_back(self, chat_id: int) -> bool:
        """The group has no key any more; False if it had none."""
        return await self.run(
            lambda db: (
                db.execute("delete from lent_keys where chat_id = ?", [chat_id]).rowcount == 1
            )
        )

    async def chats_of_key(self, key_id: str) -> list[int]:
        """The chat that holds it, and the groups it is lent to."""

        def read(db: Database) -> list[int]:
            rows = db.execute(
                "select chat_id from api_keys where id = ?1 "
                "union all select chat_id from lent_keys where key_id = ?1",
                [key_id],
            )
            return [row[0] for row in rows.fetchall()]

        return await self.run(read)

    async def nonce_mark_of(self, fingerprint: str) -> int:
        """The highest nonce that may have been used with this API key; 0 for a new one."""

        def read(db: Database) -> int:
            row = db.execute(
                "select mark from nonce_marks where fingerprint = ?", [fingerprint]
            ).fetchone()
            return int(row[0]) if row else 0

        return await self.run(read)

    async def raise_nonce_mark_of(self, fingerprint: str, mark: int) -> None:
        """Keep a higher mark; a lower one changes nothing."""

        def write(db: Database) -> None:
            row = db.execute(
                "select mark from nonce_marks where fingerprint = ?", [fingerprint]
            ).fetchone()
            if row is None or int(row[0]) < mark:
                db.execute(
                    "insert or replace into nonce_marks (fingerprint, mark) values (?, ?)",
                    [fingerprint, str(mark)],
                )

        await self.run(write)

    async def forget_traces(self) -> None:
        """Empty the write-ahead log: what was deleted is overwritten in the file only then."""
        await self.empty_log()


def _note(
    db: Database, action: Action, key: KeyRecord, now: datetime, by: int | None = None
) -> None:
    told: Detail = {
        "key": key.tail,
        "fingerprint": key.fingerprint[:4],
        "reads_only": key.reads_only,
    }
    actor = key.user_id if by is None else by
    append(db, action, now=now, actor=actor, chat_id=key.chat_id, detail=told)


def _one(db: Database, where: str, value: str | int) -> KeyRecord | None:
    row = db.execute(f"select {_COLUMNS} from api_keys where {where}", [value]).fetchone()  # noqa: S608 - our own words
    return _record(row) if row else None


def _sealed(db: Database, key_id: str) -> SealedKey | None:
    row = db.execute(
        "select sealed_key, sealed_secret, sealed_by from api_keys where id = ?", [key_id]
    ).fetchone()
    return SealedKey(*row) if row else None


def _delete(db: Database, key: KeyRecord | None) -> None:
    """Nothing is done with it any more: nobody watches take-profits on its account."""
    if key is not None:
        db.execute("delete from api_keys where id = ?", [key.id])
        db.execute(
            "update exits set state = 'ended' where client_id in "
            "(select client_id from orders where account = ?)",
            [f"live:{key.id}"],
        )


def _insert(db: Database, key: KeyRecord, sealed: SealedKey) -> None:
    values = _values(key, sealed)
    marks = ", ".join(f":{name}" for name in values)
    db.execute(f"insert into api_keys ({', '.join(values)}) values ({marks})", values)  # noqa: S608 - our own words


def _overwrite(db: Database, key: KeyRecord, sealed: SealedKey) -> None:
    values = _values(key, sealed)
    sets = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(f"update api_keys set {sets} where id = :id", values)  # noqa: S608 - our own words


def _values(key: KeyRecord, sealed: SealedKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "chat_id": key.chat_id,
        "user_id": key.user_id,
        "label": key.label,
        "fingerprint": key.fingerprint,
        "tail": key.tail,
        "permissions": names(key.permissions),
        "reads_only": int(key.reads_only),
        "has_address_limit": int(key.has_address_limit),
        "valid_until": _text(key.valid_until),
        "created_at": time_text(key.created_at),
        "checked_at": time_text(key.checked_at),
        "state": key.state.value,
        "reason": key.reason,
        "sealed_key": sealed.sealed_key,
        "sealed_secret": sealed.sealed_secret,
        "sealed_by": sealed.sealed_by,
    }


def _record(row: Sequence[Any]) -> KeyRecord:
    (id_, chat, user, label, fingerprint, tail, permissions, reads, limited, *rest) = row
    valid_until, created_at, checked_at, state, reason = rest
    return KeyRecord(
        id=id_,
        chat_id=chat,
        user_id=user,
        label=label,
        fingerprint=fingerprint,
        tail=tail,
        permissions=frozenset(permissions.split()),
        reads_only=bool(reads),
        has_address_limit=bool(limited),
        created_at=datetime.fromisoformat(created_at),
        checked_at=datetime.fromisoformat(checked_at),
        valid_until=datetime.fromisoformat(valid_until) if valid_until else None,
        state=KeyState(state),
        reason=reason,
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else time_text(at)
