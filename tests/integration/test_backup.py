"""Copies of the database: taken beside a running bot, put back safely; and the audit check."""

import asyncio
import sqlite3
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import click.testing
import pytest
from cryptography.fernet import Fernet

from bot.cli import commands
from bot.core.access import Role
from bot.core.audit import Action, seal_from
from bot.core.page import Page
from bot.core.plans.types import Draft, OrderPlan, PlanKind, PlanState, RunState
from bot.core.slots import Cadence, Rhythm, Slot
from bot.core.trade.limits import Limit, PauseKind
from bot.core.trade.types import AccountId, Mode, Ticket
from bot.core.trade.wish import OrderWish
from bot.store import Store
from bot.store.backup import check_copy, take_copy
from bot.store.file import FILE_NAME, StoreError, held
from kraken.core.trading import PriceOffset
from kraken.core.types import Side
from tests.fakes import NOON, FakeClock
from tests.intents import intent

KEY = Fernet.generate_key().decode()


async def run(*arguments: str, data: Path, key: str = KEY) -> click.testing.Result:
    variables = {"KRAKEN_BOT_DATA": str(data), "KRAKEN_BOT_MASTER_KEY": key}
    runner = click.testing.CliRunner()
    found = await asyncio.to_thread(
        lambda: runner.invoke(commands, list(arguments), env=variables)
    )
    assert found.exception is None or isinstance(found.exception, SystemExit), found.exception
    return found


async def filled(store: Store) -> None:
    """A chat that trades real money, with all that must not go on by itself."""
    await store.seal_audit(seal_from(KEY))
    await store.set_owner(1)
    await store.approve(2, Role.TRADER, "Friend")
    await store.switch(1, Mode.LIVE, by=1, now=NOON)
    await store.set_limit(1, Limit.ORDER, "250", by=1, now=NOON)
    await store.set_deadman(1, timedelta(seconds=60), by=1, now=NOON)
    profit = PriceOffset(Decimal(70000))
    await store.commit_intent(intent("5", take_profit=profit), ticket_id=None, now=NOON)
    await store.save_ticket(Ticket("t", "order", 1, 1, "{}", NOON, NOON + timedelta(days=999)))
    await store.add_updates([(7, '{"update_id": 7}')])
    await store.add_push("old", 1, 30, Page("old news"))


@pytest.fixture
async def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    async with Store(folder, FakeClock().now) as store:
        await filled(store)
    return folder


async def test_a_copy_is_taken_while_the_bot_writes_and_is_whole(tmp_path: Path) -> None:
    folder, copy = tmp_path / "data", tmp_path / "copy.db"
    async with Store(folder, FakeClock().now) as store:
        await filled(store)
        for number in range(50):
            await store.approve(100 + number, Role.VIEWER)
        found = await run("backup", str(copy), data=folder)
        assert (found.exit_code, "checked" in found.output) == (0, True)
        await store.approve(999, Role.VIEWER)
    check_copy(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(copy) as db:
        assert db.execute("select count(*) from people").fetchone() == (52,)
    db.close()


async def test_a_copy_overwrites_nothing_and_leaves_nothing_half_done(
    data: Path, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_text("mine")
    found = await run("backup", str(there), data=data)
    assert found.exit_code == 1
    assert "exists already" in found.output
    assert there.read_text() == "mine"
    found = await run("backup", str(tmp_path / "new.db"), data=tmp_path / "nothing")
    assert found.exit_code == 1
    assert f"There is no database in {tmp_path / 'nothing'}." in found.output
    assert not (tmp_path / "new.db").exists()


async def test_what_is_put_back_begins_safely(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    take_copy(data, copy)
    found = await run("restore", str(copy), data=data)
    assert found.exit_code == 0, found.output
    assert "generation 2" in found.output
    assert (data / f"{FILE_NAME}.replaced").exists()
    async with Store(data, FakeClock().now) as store:
        [pause] = (await store.pauses())[1]
        assert pause.kind is PauseKind.RESTORED
        ticket = await store.ticket("t")
        assert ticket is not None
        assert ticket.state == "void"
        assert await store.waiting() == []
        assert await store.deadmen() == []
        assert await store.waiting_exits() == [], "they may have sold since the copy was made"
        assert (await store.limits(1, NOON + timedelta(days=1))).now.order == 100
        [push] = await store.waiting_pushes()
        assert "database was put back" in push.page.html
        assert [one.intent.value for one in await store.unsettled()] == [5], "still to be settled"
        assert (await store.verify_audit((seal_from(KEY),))).broken is None
    again = await run("restore", str(copy), data=data)
    assert "generation 2" in again.output, "the copy itself is as it was"


async def test_nothing_is_put_back_under_a_running_bot(data: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    take_copy(data, copy)
    before = (data / FILE_NAME).read_bytes()
    with held(data):
        found = await run("restore", str(copy), data=data)
    assert found.exit_code == 1
    assert "Another bot is running" in found.output
    assert (data / FILE_NAME).read_bytes() == before


async def test_what_is_no_copy_is_not_put_back(data: Path, tmp_path: Path) -> None:
    copy, damaged, foreign = (tmp_path / name for name in ("copy", "damaged", "foreign"))
    take_copy(data, copy)
    whole = bytearray(copy.read_bytes())
    whole[5000:20000] = bytes(15000)
    damaged.write_bytes(whole)
    with sqlite3.connect(foreign) as db:
        db.execute("create table x (y)")
    db.close()
    for wrong in (damaged, foreign, tmp_path / "missing", tmp_path):
        found = await run("restore", str(wrong), data=data)
        assert found.exit_code in (1, 2), wrong
        assert "Traceback" not in found.output
    newer = tmp_path / "newer"
    newer.write_bytes(copy.read_bytes())
    with sqlite3.connect(newer) as db:
        db.execute("update _sqlite_migrations set name = 'later' where name = 'safety'")
    db.close()
    assert "newer version" in (await run("restore", str(newer), data=data)).output
    async with Store(data, FakeClock().now) as store:
        assert await store.owner() == 1


async def test_the_audit_log_is_checked_from_the_command_line(data: Path) -> None:
    found = await run("audit", "verify", data=data)
    assert found.exit_code == 0, found.output
    assert "rows, unbroken. Head" in found.output
    head = found.output.split("Head ")[1].split()[0]
    assert (await run("audit", "verify", "--head", head, data=data)).exit_code == 0
    other = await run("audit", "verify", data=data, key=Fernet.generate_key().decode())
    assert "Without a master key only the chain is checked" in other.output
    with sqlite3.connect(data / FILE_NAME) as db:
        db.execute("drop trigger audit_is_not_edited")
        db.execute("update audit set actor = 666 where seq = 2")
    db.close()
    found = await run("audit", "verify", data=data)
    assert found.exit_code == 1
    assert "Row 2 is wrong: its content does not fit its hash" in found.output
    nothing = await run("audit", "verify", data=data / "nothing")
    assert (nothing.exit_code, "There is no database in" in nothing.output) == (1, True)


async def test_a_row_can_neither_be_changed_nor_deleted_by_the_bot_itself(data: Path) -> None:
    async with Store(data, FakeClock().now) as store:
        for statement in ("update audit set actor = 1", "delete from audit"):
            with pytest.raises((sqlite3.IntegrityError, StoreError)):
                await store.run(lambda db, text=statement: db.execute(text))
        head = await store.note_action(Action.KILL, now=NOON, actor=1, chat_id=1)
        assert head.startswith(f"{(await store.audit_entries(None, 1))[0].seq}:")


async def test_plans_with_real_money_wait_after_a_copy_was_put_back(
    data: Path, tmp_path: Path
) -> None:
    cadence = Cadence(Rhythm.INTERVAL, NOON, every=timedelta(days=1))
    async with Store(data, FakeClock().now) as store:
        for mode in Mode:
            body = OrderPlan(OrderWish(Side.BUY, "BTC/USD"), AccountId(f"{mode}:1"), mode)
            due = Slot("1", NOON)
            draft = Draft(1, 1, PlanKind.DCA, body, cadence, "UTC", due)
            plan = await store.add_plan(draft, ticket_id=None, now=NOON)
            following = Slot("2", NOON + timedelta(days=1))
            await store.begin_run(plan, following, RunState.WAITING, NOON)
    copy = tmp_path / "copy.db"
    take_copy(data, copy)
    assert (await run("restore", str(copy), data=data)).exit_code == 0
    async with Store(data, FakeClock().now) as store:
        runs = {
            plan.order.mode: [each.state for each in await store.runs_of(plan.id)]
            for plan in await store.plans_of(1)
        }
        assert runs == {Mode.LIVE: [RunState.MISSED], Mode.PAPER: [RunState.WAITING]}
        states = {plan.order.mode: plan.state for plan in await store.plans_of(1)}
        assert states == {Mode.LIVE: PlanState.PAUSED, Mode.PAPER: PlanState.ACTIVE}
        assert [plan.order.mode for plan in await store.due_plans(following.at)] == [Mode.PAPER]
