"""Keys on disk: sealed, bound, rotated, destroyed, and never opened by the wrong master key."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.core.errors import NotConnected
from bot.core.keys import KeyRecord, KeyReport, KeyState, PermissionReport, TypedKey
from bot.core.trade.types import AccountId, Intent
from bot.desk.keyring import Keyring, WrongMasterKey, rotate, unlock
from bot.store import KeyTaken, Store
from bot.vault import CannotOpen, new_master_key
from kraken.core.trading import PriceOffset
from tests.fakes import NOON, FakeClock
from tests.fakes_keys import ALL, API_KEY, API_SECRET, KeyDesk
from tests.intents import intent
from tests.virtual_time import standing_still

OLD, NEW = new_master_key(), new_master_key()
TYPED = TypedKey(API_KEY, API_SECRET)
OTHER = TypedKey(API_KEY[::-1], API_SECRET)
GROUP, SUPERGROUP = -100, -1000000000100


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store(tmp_path, FakeClock().now) as store:
        yield store


async def ring(store: Store, *masters: str) -> Keyring:
    vault = await unlock(store, masters or (OLD,))
    return Keyring(store, vault, KeyDesk(FakeClock()).signer, lambda secret: None)


async def add(keyring: Keyring, chat_id: int = 1, typed: TypedKey = TYPED) -> KeyRecord:
    report = KeyReport(permissions=PermissionReport(ALL))
    record, _ = await keyring.add(
        typed, report, chat_id=chat_id, user_id=chat_id, label="", reads_only=False, now=NOON
    )
    return record


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


async def test_a_stored_key_opens_for_its_chat_and_is_not_readable_on_disk(
    store: Store, tmp_path: Path
) -> None:
    await add(await ring(store))
    key = await (await ring(store)).key_of(1)
    assert key is not None
    assert (key.credentials.api_key, key.credentials.api_secret) == (API_KEY, API_SECRET)
    assert key.home == 1
    assert await (await ring(store)).key_of(2) is None
    for secret in (API_KEY, API_SECRET, OLD):
        assert secret.encode() not in on_disk(tmp_path)


async def test_rows_that_were_swapped_open_for_nobody(store: Store) -> None:
    keyring = await ring(store)
    await add(keyring, 1)
    await add(keyring, 2, OTHER)
    await store.run(
        lambda db: db.execute(
            "update api_keys set sealed_key = other.sealed_key, "
            "sealed_secret = other.sealed_secret from "
            "(select id, sealed_key, sealed_secret from api_keys) as other "
            "where other.id <> api_keys.id"
        )
    )
    fresh = await ring(store)
    assert await fresh.key_of(1) is None
    assert await fresh.key_of(2) is None


async def test_a_row_moved_to_another_chat_opens_for_nobody(store: Store) -> None:
    record = await add(await ring(store), 1)
    await store.run(lambda db: db.execute("update api_keys set chat_id = 2"))
    fresh = await ring(store)
    assert await fresh.key_of(2) is None
    with pytest.raises(NotConnected):
        await fresh.credentials(record.id)


async def test_a_cut_ciphertext_costs_its_own_chat_only(store: Store) -> None:
    keyring = await ring(store)
    await add(keyring, 1)
    await add(keyring, 2, OTHER)
    await store.run(
        lambda db: db.execute(
            "update api_keys set sealed_secret = substr(sealed_secret, 1, 40) where chat_id = 1"
        )
    )
    fresh = await ring(store)
    assert await fresh.key_of(1) is None
    assert await fresh.key_of(2) is not None
    assert len(await fresh.keys()) == 1


@pytest.mark.parametrize("masters", [(), (NEW,)])
async def test_the_wrong_master_key_starts_nothing_and_changes_nothing(
    store: Store, tmp_path: Path, masters: tuple[str, ...]
) -> None:
    await add(await ring(store))
    before = await store.run(lambda db: list(db.conn.iterdump()))
    with pytest.raises(WrongMasterKey, match="KRAKEN_BOT_MASTER_KEY") as raised:
        await unlock(store, masters)
    assert OLD not in str(raised.value)
    assert NEW not in str(raised.value)
    assert await store.run(lambda db: list(db.conn.iterdump())) == before


async def test_a_master_key_that_sealed_one_row_is_missed_though_the_others_open(
    store: Store,
) -> None:
    await add(await ring(store, OLD), 1)
    await add(await ring(store, NEW, OLD), 2, OTHER)
    for masters in ((OLD,), (NEW,)):
        with pytest.raises(WrongMasterKey):
            await unlock(store, masters)


async def test_without_a_key_stored_any_master_key_or_none_will_do(store: Store) -> None:
    assert await unlock(store, ()) is None
    assert await unlock(store, (OLD,)) is not None
    assert await unlock(store, (NEW,)) is not None
    assert await unlock(store, ()) is None


async def test_rotation_seals_everything_under_the_new_key_alone(store: Store) -> None:
    keyring = await ring(store, OLD)
    before = [await add(keyring, 1), await add(keyring, 2, OTHER)]
    assert await rotate(store, (NEW, OLD)) == 2
    with pytest.raises(WrongMasterKey):
        await unlock(store, (OLD,))
    fresh = await ring(store, NEW)
    assert {key.home for key in await fresh.keys()} == {1, 2}
    assert await fresh.records() == before, "fingerprints are as they were, and so are nonces"
    assert await rotate(store, (NEW,)) == 2, "again does no harm"


async def test_a_rotation_that_breaks_off_leaves_everything_as_it_was(
    store: Store, tmp_path: Path
) -> None:
    keyring = await ring(store, OLD)
    await add(keyring, 1)
    await add(keyring, 2, OTHER)
    await store.run(
        lambda db: db.execute("update api_keys set sealed_key = 'x' where chat_id = 2")
    )
    with pytest.raises(CannotOpen):
        await rotate(store, (NEW, OLD))
    fresh = await ring(store, OLD)
    assert await fresh.key_of(1) is not None
    assert await store.sealed_by() == {(await store.vault_check() or ("", ""))[1]}


async def test_a_rotation_that_is_killed_leaves_everything_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with Store(folder, FakeClock().now) as store:
        keyring = await ring(store, OLD)
        await add(keyring, 1)
        await add(keyring, 2, OTHER)
    for after in (0, 1):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crashing_rotation", str(folder), str(after), NEW, OLD
        )
        with standing_still():
            assert await process.wait() == -9, "it was to die in the middle"
        async with Store(folder, FakeClock().now) as store:
            assert len(await (await ring(store, OLD)).keys()) == 2
    async with Store(folder, FakeClock().now) as store:
        assert await rotate(store, (NEW, OLD)) == 2
        assert len(await (await ring(store, NEW)).keys()) == 2


async def test_one_api_key_is_for_one_chat(store: Store) -> None:
    keyring = await ring(store)
    await add(keyring, 1)
    with pytest.raises(KeyTaken):
        await add(keyring, 2)
    assert await keyring.record_of(2) is None
    await add(keyring, 1)
    assert len(await keyring.records()) == 1


async def test_a_removed_key_is_in_neither_the_file_nor_its_log(
    store: Store, tmp_path: Path
) -> None:
    keyring = await ring(store)
    record = await add(keyring)
    sealed = await store.sealed_key(record.id)
    assert sealed is not None
    assert sealed.sealed_secret.encode() in on_disk(tmp_path)
    assert await keyring.remove(1) == record
    assert sealed.sealed_secret[:24].encode() not in on_disk(tmp_path)
    assert sealed.sealed_key[:24].encode() not in on_disk(tmp_path)
    with pytest.raises(NotConnected):
        await keyring.credentials(record.id)


async def test_the_mark_of_the_nonces_outlives_the_key_that_comes_back(store: Store) -> None:
    keyring = await ring(store)
    record = await add(keyring)
    await keyring.nonces(record.id).raise_nonce_mark(2**63 + 5)
    await keyring.remove(1)
    again = await add(keyring, 2)
    assert again.id != record.id
    assert await keyring.nonces(again.id).nonce_mark() == 2**63 + 5
    await keyring.nonces(again.id).raise_nonce_mark(7)
    assert await keyring.nonces(again.id).nonce_mark() == 2**63 + 5


async def test_a_group_trades_with_a_lent_key_and_takes_it_along_when_it_moves(
    store: Store,
) -> None:
    keyring = await ring(store)
    record = await add(keyring)
    await store.lend_key(GROUP, record.id)
    for _ in range(3):
        await store.move_chat(GROUP, SUPERGROUP)
    key = await keyring.key_of(SUPERGROUP)
    assert key is not None
    assert (key.id, key.home) == (record.id, 1)
    assert await keyring.chats_of(record.id) == [1, SUPERGROUP]
    assert await keyring.key_of(GROUP) is None
    assert await store.take_key_back(SUPERGROUP)
    assert await keyring.key_of(SUPERGROUP) is None
    await store.lend_key(SUPERGROUP, record.id)
    await keyring.remove(1)
    assert await keyring.key_of(SUPERGROUP) is None


@pytest.mark.parametrize("state", [KeyState.REFUSED, KeyState.LOCKED])
async def test_a_key_that_is_refused_or_locked_opens_nothing(
    store: Store, state: KeyState
) -> None:
    keyring = await ring(store)
    record = await add(keyring)
    await store.note_key(record.id, state=state, reason="EAPI:Invalid key", checked_at=NOON)
    assert await keyring.key_of(1) is None
    assert await keyring.keys() == []
    expected = replace(record, state=state, reason="EAPI:Invalid key")
    assert await keyring.record_of(1) == expected


async def test_one_key_has_one_signer_however_many_ask(store: Store) -> None:
    keyring = await ring(store)
    record = await add(keyring)
    assert await keyring.calls(record.id) is await keyring.calls(record.id)
    assert keyring.new_calls(TYPED) is await keyring.calls(record.id)


async def profit_of(store: Store, key: KeyRecord) -> Intent:
    """An order of this key whose take-profit the bot watches."""
    account = AccountId(f"live:{key.id}")
    made = intent(account=account, take_profit=PriceOffset(Decimal(70000)))
    await store.commit_intent(made, ticket_id=None, now=NOON)
    return made


async def test_the_same_key_once_more_keeps_its_name_its_loans_and_its_take_profits(
    store: Store,
) -> None:
    keyring = await ring(store)
    record = await add(keyring)
    signer = await keyring.calls(record.id)
    await store.lend_key(GROUP, record.id)
    made = await profit_of(store, record)
    await store.note_key(record.id, state=KeyState.REFUSED, reason="x", checked_at=NOON)
    again = await add(keyring)
    assert again.id == record.id
    assert again.is_usable
    assert await keyring.chats_of(record.id) == [1, GROUP]
    assert [each.client_id for each in await store.waiting_exits()] == [made.client_id]
    assert await keyring.calls(record.id) is signer, "two signers of one key disturb each other"
    opened = await (await ring(store)).key_of(1)
    assert opened is not None
    assert opened.credentials.api_secret == API_SECRET


@pytest.mark.parametrize("is_replaced", [True, False])
async def test_a_key_that_goes_ends_the_take_profits_of_its_account(
    store: Store, is_replaced: bool
) -> None:
    keyring = await ring(store)
    await profit_of(store, await add(keyring))
    if is_replaced:
        assert (await add(keyring, typed=OTHER)).id
    else:
        await keyring.remove(1)
    assert await store.waiting_exits() == []


async def test_a_key_that_was_refused_can_be_asked_about_again(store: Store) -> None:
    desk = KeyDesk(FakeClock())
    keyring = Keyring(store, await unlock(store, (OLD,)), desk.signer, lambda secret: None)
    record = await add(keyring)
    refused = await keyring.calls(record.id)
    desk.refusal = "EAPI:Invalid key"
    assert keyring.new_calls(TYPED) is not refused
    await add(keyring)
    assert await keyring.calls(record.id) is not refused


async def test_connecting_and_disconnecting_are_in_the_audit_log_without_the_key(
    store: Store,
) -> None:
    keyring = await ring(store)
    await add(keyring)
    await keyring.remove(1)
    rows = await store.run(
        lambda db: db.execute("select action, actor, chat_id, body from audit").fetchall()
    )
    assert [row[0] for row in rows] == ["connect", "disconnect"]
    assert all(row[1:3] == (1, 1) for row in rows)
    assert API_KEY not in str(rows)
