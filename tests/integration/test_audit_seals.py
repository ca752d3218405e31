"""The log of who did what stays whole whoever wrote in it: the bot, rotate-key, connect."""

from collections.abc import Sequence
from pathlib import Path

from sqlite_utils import Database

from bot.cli.connect import _connect
from bot.cli.rotate_key import _rotate
from bot.core.access import Role
from bot.core.audit import Action, Verdict, seal_from
from bot.core.config import Settings
from bot.core.keys import TypedKey
from bot.store import Store
from bot.vault import new_master_key
from kraken.sim.listing import PAIRS
from kraken.sim.server import Exchange
from tests.fakes import NOON, FakeClock
from tests.integration.test_keys_stored import add, ring

OLD, NEW = new_master_key(), new_master_key()


def settings(data: Path, keys: Sequence[str], kraken: str = "http://127.0.0.1:9") -> Settings:
    return Settings(
        telegram_token="1:x",
        telegram_api="http://127.0.0.1:9",
        kraken_rest=kraken,
        kraken_ws="ws://127.0.0.1:9",
        kraken_ws_auth="ws://127.0.0.1:9",
        data=data,
        master_keys=tuple(keys),
        owner=1,
    )


def _forge(db: Database) -> None:
    """What somebody with the file can do: no trigger holds them up."""
    for name in [trigger.name for trigger in db["audit"].triggers]:
        db.execute(f"drop trigger {name}")
    db.execute("update audit set actor = 7 where seq = 1")


async def a_run(data: Path, key: str) -> None:
    """The bot ran for a moment with this master key."""
    async with Store(data, FakeClock().now) as store:
        await store.seal_audit(seal_from(key))
        await store.note_action(Action.START, now=NOON)
        await store.approve(1, Role.TRADER, "Ann")


async def verdict(data: Path, *keys: str) -> Verdict:
    async with Store(data, FakeClock().now) as store:
        return await store.verify_audit(tuple(seal_from(key) for key in keys))


async def test_rows_sealed_under_the_old_master_key_are_vouched_for_by_later_ones(
    tmp_path: Path,
) -> None:
    await a_run(tmp_path, OLD)
    async with Store(tmp_path, FakeClock().now) as store:
        await store.seal_audit(seal_from(OLD))
        await add(await ring(store, OLD))
    before = await verdict(tmp_path, OLD)
    assert (before.broken, before.unknown_keys) == (None, 0)

    await _rotate(settings(tmp_path, [NEW, OLD]), lost=False)
    await a_run(tmp_path, NEW)
    both = await verdict(tmp_path, NEW, OLD)
    assert (both.broken, both.unknown_keys, both.sealed) == (None, 0, both.rows)
    new_only = await verdict(tmp_path, NEW)
    assert new_only.broken is None
    assert (new_only.unknown_keys, new_only.sealed) == (before.rows, both.rows - before.rows)


async def test_what_is_changed_in_an_old_row_is_found_with_the_new_key_alone(
    tmp_path: Path,
) -> None:
    await a_run(tmp_path, OLD)
    async with Store(tmp_path, FakeClock().now) as store:
        await store.seal_audit(seal_from(OLD))
        await add(await ring(store, OLD))
    await _rotate(settings(tmp_path, [NEW, OLD]), lost=False)
    async with Store(tmp_path, FakeClock().now) as store:
        await store.run(_forge)
    assert (await verdict(tmp_path, NEW)).broken == 1


async def test_a_key_that_the_command_line_connects_is_written_down_under_seal(
    tmp_path: Path,
) -> None:
    await a_run(tmp_path, OLD)
    async with Exchange.serving(seed=1, pairs=PAIRS[:2]) as exchange:
        made = exchange.add_user({})
        typed = TypedKey(made["api_key"], made["api_secret"])
        assert await _connect(settings(tmp_path, [OLD], exchange.rest_url), typed, 1) == 0
    await a_run(tmp_path, OLD)
    found = await verdict(tmp_path, OLD)
    assert (found.broken, found.why) == (None, "")
    assert found.sealed == found.rows
