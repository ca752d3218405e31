"""A pair goes on under another name: nobody is led there unasked, and nothing dies silently."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fault_oracle import judged
from tests.fault_orders import order
from tests.fault_reading import statuses
from tests.fault_stage import Person, Stage, staged, wait

NEW = "BTX/USD"
RENAME = {"kind": "pair_rename", "symbol": "BTC/USD", "to": NEW}
GONE = "BTC/USD is not traded any more."


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seeds=[1], name="rename") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


def labels(message: object) -> list[str]:
    rows = getattr(message, "keyboard", None) or []
    return [button["text"] for row in rows for button in row]


def said(me: Person, *words: str) -> list[str]:
    """Messages with all of these words, the oldest first."""
    texts = [each.body.text for each in me.messages()]
    return [text for text in texts if all(word in text for word in words)]


async def starts(me: Person, text: str) -> None:
    page = await me.asks(text, "Next: ", 30)
    assert page is not None, [each.body.text for each in me.messages()]
    assert await me.press(page, "Start")
    await wait(1)


async def test_a_pair_renamed_before_the_order_is_told_as_gone_and_the_new_one_trades(
    stage: Stage, me: Person
) -> None:
    stage.exchange.arm(RENAME)
    await wait(1)
    for text in (f"/buy {me.qty()} btc market", f"/sell {me.qty()} btc/usd @ {61_000}"):
        answer = await me.asks(text, GONE)
        assert answer is not None, [each.body.text for each in me.messages()]
        assert "Nothing was sent." in answer.body.text
        assert NEW not in answer.body.text
        assert labels(answer) == [], "it ends by no waiting"
    await wait(30)
    assert me.orders() == []
    preview = await me.asks(f"/buy {me.qty()} btx market", "preview")
    assert await me.press(preview, "✅")
    await wait(5)
    assert [(row["symbol"], row["status"]) for row in me.orders()] == [(NEW, "filled")]
    assert len(said(me, "Bought", "BTX for", "USD, fee")) == 1
    assert stage.said.records == []


@pytest.mark.parametrize("seconds", [0, 1])
async def test_a_pair_renamed_between_card_and_tap_sends_nothing(
    stage: Stage, me: Person, seconds: float
) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    stage.exchange.arm(RENAME)
    if seconds:
        await wait(seconds)
    await me.press(preview, "✅")
    await wait(90)
    assert me.orders() == []
    card = next(each for each in me.messages() if each.message_id == preview.message_id)
    assert GONE in card.body.text
    assert "Nothing was sent." in card.body.text
    assert labels(card) == ["New preview"]
    assert not said(me, NEW)
    assert not (await judged(stage)).complaints


async def renamed(stage: Stage, *, is_away: bool) -> None:
    """The pair is renamed while the bot looks, or while it is away."""
    if is_away:
        await stage.stop()
    stage.exchange.arm(RENAME)
    if is_away:
        await wait(30)
        await stage.start()


@pytest.mark.parametrize("is_away", [False, True])
async def test_open_orders_of_a_renamed_pair_are_told_as_ended_with_the_reason(
    stage: Stage, me: Person, is_away: bool
) -> None:
    buy = await order(me, f"/buy {me.qty()} btc @ {me.price(-3)}")
    sell = await order(me, f"/sell {me.qty()} btc @ {me.price(3)}")
    await wait(2)
    await renamed(stage, is_away=is_away)
    await wait(60)
    assert statuses(me) == ["canceled", "canceled"]
    assert len(said(me, "BTC/USD cancelled", "Reason: Market delisted.")) == 2
    for card in (buy, sell):
        shown = next(each for each in me.messages() if each.message_id == card)
        assert "⚪ Cancelled" in shown.body.text
        assert "BTC/USD" in shown.body.text
    closed = await me.asks("/orders closed", "2 closed orders")
    assert closed is not None
    assert closed.body.text.count("BTC/USD") == 2
    assert await me.asks("/orders", "no open orders")
    held = await me.asks("/balance", "BTX")
    assert held is not None
    assert "10.00000000" in held.body.text
    assert not (await judged(stage)).complaints


@pytest.mark.parametrize("is_away", [False, True])
@pytest.mark.parametrize(("stop", "words"), [("", "Take-profit over"), (" sl=-2%", "the stop")])
async def test_a_take_profit_of_a_renamed_pair_is_over_and_says_so(
    stage: Stage, me: Person, stop: str, words: str, is_away: bool
) -> None:
    card = await order(me, f"/buy {me.qty()} btc market{stop} tp=+3%")
    await wait(5)
    await renamed(stage, is_away=is_away)
    await wait(120)
    last = stage.exchange.world.last_trades(NEW, 1)[-1].ticks
    stage.exchange.move(NEW, last * 105 // 100)
    await wait(60)
    shown = next(each for each in me.messages() if each.message_id == card)
    assert "TP is over" in shown.body.text
    assert len(said(me, words)) == 1, [each.body.text for each in me.messages()]
    assert [row["symbol"] for row in me.orders() if row["status"] == "filled"] == ["BTC/USD"]
    assert not (await judged(stage)).complaints


async def test_alerts_and_plans_of_a_renamed_pair_are_paused_and_told_once(
    stage: Stage, me: Person
) -> None:
    assert await me.asks("/alert btc +2%", "#1 BTC/USD >")
    await starts(me, "/dca 25usd btc every 5m")
    stage.exchange.arm(RENAME)
    await wait(700)
    await stage.stop()
    await stage.start()
    last = stage.exchange.world.last_trades(NEW, 1)[-1].ticks
    stage.exchange.move(NEW, last * 105 // 100)
    await wait(700)
    assert len(said(me, "⏸ Alert #1 is paused.", "Kraken does not list BTC/USD any more")) == 1
    assert len(said(me, "DCA #1 skipped", "Nothing was ordered.", GONE)) == 1
    assert len(said(me, "The plan is paused. Go on with /dca resume 1.")) == 1
    assert len(said(me, "DCA #1")) == 2, "when it was started, and when it was paused"
    assert not said(me, "🔔 BTC/USD >")
    assert not said(me, NEW)
    assert me.orders() == []
    assert await me.asks("/alerts", "once, paused")
    assert await me.asks("/dca list", "paused: its pair is gone")
    assert not (await judged(stage)).complaints
