"""Hazards of many keys, of the database's file and of who else holds the token: whole product."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import app
from bot.store import FILE_NAME
from bot.store.file import _PRAGMAS
from tests import stack
from tests.fault_oracle import judged
from tests.fault_orders import order
from tests.fault_reading import statuses, texts, told, unexpected
from tests.fault_stage import Person, Stage, copied, staged, wait


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """Waiting for a lock takes real time, in which the virtual one stands still: little of it."""
    pragmas = ("pragma busy_timeout = 20", *_PRAGMAS[1:])
    monkeypatch.setattr("bot.store.file._PRAGMAS", pragmas)
    async with staged(tmp_path, seeds=[1], name="more") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


async def resume(me: Person) -> None:
    await me.say("/resume")
    await wait(3)
    assert await me.press(me.messages()[-1], "▶")
    await wait(3)


async def test_twenty_keys_whose_sockets_are_cut_are_back_within_the_budget(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, seeds=list(range(20)), name="storm") as stage:
        await wait(5)
        hub = stage.exchange.hub
        assert len(hub.connections) == 21, "one for the market, one for each key"
        for _ in range(2):
            stage.exchange.arm({"kind": "drop_connection"})
            await wait(15)
            assert len(hub.connections) == 21, "all are back"
        me = stage.people[7]
        await order(me, f"/buy {me.qty()} btc market")
        await wait(3)
        assert statuses(me) == ["filled"]
        assert told(me, "Bought") == 1
        for _ in range(3):
            stage.exchange.arm({"kind": "drop_connection"})
            await wait(10)
        assert 80 < hub.accepted <= 100, "since the start, which is less than ten minutes ago"
        assert not (await judged(stage)).complaints


@pytest.mark.parametrize("seconds", [10, 60])
async def test_a_database_that_another_process_holds_for_long_sends_nothing_and_stops(
    stage: Stage, me: Person, seconds: int
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await wait(2)
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("begin exclusive")
        await me.press(preview, "✅")
        await wait(1)
        assert statuses(me) == ["new"]
        assert await me.asks("/kill", "I hold this in memory only", 20)
        await wait(seconds)
        assert statuses(me) == ["canceled"]
        other.execute("rollback")
    await wait(120)
    assert "Nothing was sent" in preview.body.text
    assert statuses(me) == ["canceled"]
    assert told(me, "Trading paused here.") == 1
    await resume(me)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["canceled", "filled"]
    assert unexpected(stage) == []


async def test_a_second_poller_for_a_minute_stops_live_orders_until_the_owner_resumes(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await stage.does("faults", {"method": "getUpdates", "error_code": 409, "times": 15})
    await wait(70)
    said = texts(stage, stack.OWNER)
    assert sum("Another program uses my token" in text for text in said) == 1
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["new"]
    assert told(me, "another program uses my Telegram token. Nothing was sent") == 1
    await me.say("/cancel last")
    await wait(5)
    assert statuses(me) == ["canceled"], "cancels work"
    await me.say("/resume all")
    await wait(3)
    await order(me, f"/buy {me.qty()} btc market")
    assert statuses(me) == ["canceled"], "only the owner ends it"
    wish = {"user_id": stack.OWNER, "chat_id": stack.OWNER, "text": "/resume all"}
    await stage.does("message", wish)
    await wait(5)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["canceled", "filled"]
    assert not (await judged(stage)).complaints


@pytest.mark.parametrize("kind", ["flipped", "cut"])
async def test_a_damaged_database_starts_nothing_and_stays_as_it_is(
    stage: Stage, me: Person, kind: str
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await wait(2)
    await stage.stop()
    whole = bytearray(stage.database.read_bytes())
    if kind == "flipped":
        whole[5_000:20_000] = bytes(each ^ 0x5A for each in whole[5_000:20_000])
    else:
        del whole[len(whole) // 2 :]
    stage.database.write_bytes(whole)
    settings = stack.settings_for(stage.telegram, stage.exchange, stage.data)
    before, calls = texts(stage, me.number), len(stage.exchange.rest.calls)
    with pytest.raises(app.AppFailed) as failure:
        await app.run(settings, lambda line: None, asyncio.Event(), stack.clock())
    assert "is damaged" in str(failure.value)
    assert "put back a backup" in str(failure.value)
    assert "\n" not in str(failure.value)
    assert stage.database.read_bytes() == bytes(whole)
    assert (texts(stage, me.number), len(stage.exchange.rest.calls)) == (before, calls)
    assert statuses(me) == ["new"]


async def test_a_log_that_was_cut_short_loses_no_order_that_was_sent(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await wait(2)
    kept = copied(stage.data, stage.folder / "cut")
    await stage.stop()
    log = kept / f"{FILE_NAME}-wal"
    assert log.stat().st_size > 8_000
    os.truncate(log, log.stat().st_size - 6_000)
    (kept / f"{FILE_NAME}-shm").unlink()
    stage.data = kept
    await stage.start()
    await wait(60)
    assert statuses(me) == ["new"]
    await me.say("/cancelall")
    await wait(5)
    assert len(me.orders()) == 1
