"""One hazard each, with the named behaviour: real bot, simulated exchange, local Telegram."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from tests.fault_oracle import judged
from tests.fault_orders import order
from tests.fault_reading import statuses, told
from tests.fault_stage import Person, Stage, staged, wait


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seeds=[1], name="hazard") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


def move(stage: Stage, price: str) -> None:
    step = Decimal(stage.exchange.venue.pairs["BTC/USD"].tick_size)
    stage.exchange.move("BTC/USD", int(Decimal(price) / step))


async def test_while_only_cancels_are_taken_a_buy_is_refused_and_a_cancel_works(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    stage.exchange.arm({"kind": "system_status", "status": "cancel_only"})
    await wait(2)
    await me.say(f"/buy {me.qty()} btc market")
    preview = await me.sees("preview", me.newest(), 3)
    if preview is not None:
        await me.press(preview, "✅")
    await wait(3)
    assert statuses(me) == ["new"]
    assert told(me, "cancel") >= 1
    await me.say("/cancel last")
    await wait(5)
    assert statuses(me) == ["canceled"]
    assert not (await judged(stage)).complaints


async def test_a_pair_that_goes_between_card_and_tap_sends_nothing(
    stage: Stage, me: Person
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    stage.exchange.arm({"kind": "pair_status", "symbol": "BTC/USD", "status": "delisted"})
    await wait(1)
    await me.press(preview, "✅")
    await wait(90)
    assert statuses(me) == []
    assert not any(word in preview.body.text for word in ("⏳", "❓", "Filled", "Open"))


async def test_with_clocks_far_apart_no_order_is_sent(stage: Stage, me: Person) -> None:
    stage.exchange.arm({"kind": "clock_offset", "seconds": 20})
    await stage.stop()
    await stage.start()
    await wait(20)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(10)
    assert statuses(me) == []
    assert told(me, "clock")
    assert not (await judged(stage)).complaints


async def test_an_hour_without_the_exchange_is_told_twice_and_sends_nothing(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await wait(2)
    before = me.newest()
    stage.exchange.arm({"kind": "outage", "seconds": 3600})
    await wait(1800)
    await me.say(f"/buy {me.qty()} btc market")
    await wait(30)
    preview = await me.sees("preview", before, 0)
    assert preview is None
    await wait(1900)
    pushes = [each.body.text for each in me.messages() if each.message_id > before]
    assert sum("Kraken is out of reach" in text for text in pushes) == 1
    assert sum("Kraken is back" in text for text in pushes) == 1
    assert statuses(me) == ["new"]
    assert not (await judged(stage)).complaints


async def test_a_key_that_is_refused_leaves_an_order_open_until_it_is_valid_again(
    stage: Stage, me: Person
) -> None:
    stage.exchange.arm({"kind": "key_revoked", "seconds": 400, "api_key": me.key})
    await wait(1)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(300)
    assert told(me, "Kraken refuses your key") == 1
    assert statuses(me) == []
    await wait(200)
    assert await me.asks(f"/connect {me.keys['api_key']} {me.keys['api_secret']}", "Connected", 30)
    await me.asks("/live", "live", 10)
    await me.say("live")
    await wait(120)
    assert not (await judged(stage)).complaints
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["filled"]
    assert not (await judged(stage)).complaints


async def test_a_fill_while_the_bot_is_blocked_is_told_once_it_is_not(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-1)}")
    await wait(3)
    person = {"user_id": me.number, "chat_id": me.number}
    await stage.does("block", person | {"blocked": True})
    move(stage, me.price(-1.5))
    await wait(60)
    assert statuses(me) == ["filled"]
    assert not told(me, "Bought")
    await stage.does("block", person | {"blocked": False})
    await me.say("/status")
    await wait(10)
    assert told(me, "Bought") == 1
    # The card could not be edited meanwhile.
    assert [line for line in (await judged(stage)).complaints if "the card" not in line] == []


async def test_what_was_said_long_before_the_start_moves_no_money(
    stage: Stage, me: Person
) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    await wait(3)
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    await stage.stop()
    await me.press(preview, "✅")
    await me.say(f"/buy {me.qty()} btc market")
    await me.say("/cancel last")
    await wait(840)
    await stage.start()
    await wait(20)
    assert statuses(me) == ["canceled"], "a stop runs at any age, an order does not"
    assert not (await judged(stage)).complaints


@pytest.mark.parametrize(("percent", "is_sent"), [(0.0, True), (0.2, True), (1.0, False)])
async def test_a_price_that_moved_makes_a_new_card_and_no_order(
    stage: Stage, me: Person, percent: float, is_sent: bool
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    move(stage, me.price(percent))
    await wait(1)
    await me.press(preview, "✅")
    await wait(3)
    assert bool(me.orders()) == is_sent


@pytest.mark.parametrize(("seconds", "is_sent"), [(5, True), (90, False)])
async def test_a_card_outlives_a_restart_for_its_minute_only(
    stage: Stage, me: Person, seconds: float, is_sent: bool
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc @ {me.price(-3)}", "preview")
    await stage.stop()
    await wait(seconds)
    await stage.start()
    await wait(5)
    await me.press(preview, "✅")
    await wait(5)
    assert bool(me.orders()) == is_sent
    assert not (await judged(stage)).complaints


async def test_an_edited_command_is_no_order(stage: Stage, me: Person) -> None:
    wish = {"user_id": me.number, "chat_id": me.number}
    answer = await me.asks(f"/buy {me.qty()} btc @ {me.price(-3)}", "preview")
    state = stage.telegram.state
    mine = [
        each.message_id
        for each in state.chats[me.number].messages.values()
        if each.sender_id == me.number
    ]
    await stage.does("message", wish | {"text": "/buy 1 btc market", "edit_message_id": mine[-1]})
    await wait(5)
    assert me.orders() == []
    await me.press(answer, "✅")
    await wait(3)
    assert [Decimal(row["qty"]) < 1 for row in me.orders()] == [True]


async def test_money_that_went_elsewhere_is_a_clear_no(stage: Stage, me: Person) -> None:
    preview = await me.asks("/sell 9 btc @ " + me.price(1.5), "preview")
    account = stage.exchange.private.engine.accounts[me.key]
    account.deposit("BTC", Decimal(-9), stage.exchange.venue.now_ns())
    await me.press(preview, "✅")
    await wait(1)
    await me.press(preview, "✅")
    await wait(5)
    assert me.orders() == []
    assert told(me, "❌")
    assert not (await judged(stage)).complaints


async def test_telegram_that_asks_for_a_pause_hears_each_end_once(
    stage: Stage, me: Person
) -> None:
    wish = {"method": "sendMessage", "error_code": 429, "retry_after": 7, "times": 3}
    card = await order(me, f"/buy {me.qty()} btc @ {me.price(-1)}")
    await wait(3)
    await stage.does("faults", wish)
    move(stage, me.price(-1.5))
    await wait(60)
    assert card is not None
    assert told(me, "Bought") == 1
    assert not (await judged(stage)).complaints


async def test_a_database_that_is_locked_at_the_tap_sends_nothing_or_one_order(
    stage: Stage, me: Person
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    with closing(sqlite3.connect(stage.database, isolation_level=None)) as other:
        other.execute("begin immediate")
        await me.press(preview, "✅")
        await wait(1)
        assert me.orders() == []
        other.execute("rollback")
    await wait(30)
    await me.press(preview, "✅")
    await wait(30)
    assert len(me.orders()) <= 1
    assert [line for line in (await judged(stage)).complaints if not line.startswith("log:")] == []
