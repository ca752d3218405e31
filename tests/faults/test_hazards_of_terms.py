"""Hazards of what is asked and of what answers, with the named behaviour: whole product."""

import asyncio
import dataclasses
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot import app
from bot.vault import new_master_key
from tests import stack
from tests.fault_oracle import ELSEWHERE, judged
from tests.fault_orders import now_in_microseconds, order
from tests.fault_reading import statuses, told
from tests.fault_stage import Person, Stage, staged, wait


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seeds=[1], name="terms") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


def content(stage: Stage) -> list[str]:
    with closing(sqlite3.connect(stage.database)) as db:
        return list(db.iterdump())


REFUSED = {
    "/buy 0.00001 btc market": "0.00005",
    "/buy 0.0000500001 btc market": "0.00005",
    "/buy 1e-3 btc market": "Not an amount",
    "/buy 0,001 btc market": "0.001",
    "/buy nan btc market": "NAN",
    "/buy 1234567890123 btc market": "Too many digits",
    "/buy 0.001 btc @ 6000": "Did you mean 60000?",
    "/buy 0.001 btc @ 600000": "Did you mean 60000?",
}


async def test_terms_that_the_exchange_does_not_take_are_told_and_never_sent(
    stage: Stage, me: Person
) -> None:
    for text, words in REFUSED.items():
        since = me.newest()
        await me.say(text)
        await wait(3)
        said = [each for each in me.messages() if each.message_id > since]
        assert any(words in each.body.text for each in said), (text, [e.body.text for e in said])
        labels = [button["text"] for each in said for row in each.keyboard for button in row]
        assert not any(label.startswith("✅") for label in labels), text
    assert "AddOrder" not in stage.exchange.rest.calls


async def test_through_a_maintenance_orders_stay_and_only_what_is_taken_is_sent(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    for status in ("cancel_only", "maintenance", "post_only"):
        stage.exchange.arm({"kind": "system_status", "status": status})
        await wait(10)
        await order(me, f"/buy {me.qty()} btc market")
        await wait(5)
        assert statuses(me) == ["new"], status
    stage.exchange.arm({"kind": "system_status", "status": "online"})
    await wait(10)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["new", "filled"]
    assert not (await judged(stage)).complaints


async def test_an_order_that_finds_no_way_to_the_exchange_is_told_as_not_sent(
    stage: Stage, me: Person
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc @ {me.price(-3)}", "preview")
    stage.exchange.arm({"kind": "outage", "seconds": 20})
    await wait(1)
    await me.press(preview, "✅")
    await wait(60)
    assert statuses(me) == []
    assert not any(mark in preview.body.text for mark in ("⏳", "❓"))
    assert told(me, "othing was sent") >= 1
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["filled"]
    assert not (await judged(stage)).complaints


async def test_a_kill_ends_an_order_that_the_stream_never_told_of(
    stage: Stage, me: Person
) -> None:
    """Lists are as the stream told; whoever ends orders asks the exchange itself."""
    stage.exchange.arm({"kind": "unnoticed_loss", "times": 2})
    me.trader.nonce = now_in_microseconds()
    await me.trader.limit("buy", "0.001", me.price(-3), userref=ELSEWHERE)
    await wait(2)
    assert "no open orders" in (await me.asks("/orders", "orders")).body.text
    card = await me.asks("/kill", "Trading paused here")
    await wait(2)
    assert await me.press(card, "Cancel 1 entr"), card.keyboard
    await wait(10)
    assert statuses(me) == ["canceled"]


async def test_a_permission_that_was_taken_away_is_a_clear_no(stage: Stage, me: Person) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    wish = {"kind": "permission_removed", "permission": "modify-trades", "api_key": me.key}
    stage.exchange.arm(wish)
    await me.press(preview, "✅")
    await wait(10)
    assert statuses(me) == []
    assert "❌" in preview.body.text
    assert not (await judged(stage)).complaints


async def test_the_wrong_master_key_starts_nothing_and_the_right_one_goes_on(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await stage.stop()
    before, calls = content(stage), sum(stage.exchange.rest.calls.values())
    settings = stack.settings_for(stage.telegram, stage.exchange, stage.data)
    for keys in ((new_master_key(),), ()):
        other = dataclasses.replace(settings, master_keys=keys)
        with pytest.raises(app.AppFailed, match="KRAKEN_BOT_MASTER_KEY") as failure:
            await app.run(other, lambda line: None, asyncio.Event(), stack.clock())
        assert "\n" not in str(failure.value)
    assert (content(stage), sum(stage.exchange.rest.calls.values())) == (before, calls)
    await stage.start()
    await wait(5)
    await me.say("/cancel last")
    await wait(5)
    assert statuses(me) == ["canceled"]
