"""A group that becomes a supergroup while it trades real money with a lent key: whole product.

Telegram tells it in the old chat, in the new one, and by refusing what is said in the old one.
Whichever is heard first, or alone, or again: everything follows once, and practises.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.trade.limits import Limit
from bot.core.trade.types import Mode
from bot.standin.relations import migrate
from bot.store import Store
from tests import stack
from tests.fault_stage import Person, Stage, staged, wait

OLD, NEW = -100, -1_000_000_000_100
OF_TELEGRAM = ("to", "from")
"""The message in the old chat, and the one in the new chat."""


@dataclass
class Desk:
    """The group, in which the owner trades with the key that somebody lent."""

    stage: Stage
    me: Person
    chat: int = OLD

    def messages(self, chat: int | None = None) -> list[Any]:
        state = self.stage.telegram.state
        said = state.chats[chat or self.chat].messages.values()
        return [each for each in said if each.sender_id == state.bot.id]

    def told(self, words: str, chat: int = NEW) -> int:
        return sum(words in each.body.text for each in self.messages(chat))

    async def asks(self, text: str, words: str, seconds: float = 10) -> Any:
        """Write it there, and return the newest answer with these words."""
        before = {each.message_id for each in self.messages()}
        wish = {"user_id": stack.OWNER, "chat_id": self.chat, "text": text}
        await self.stage.does("message", wish)
        for _ in range(int(seconds * 4)):
            await wait(0.25)
            for each in reversed(self.messages()):
                if each.message_id not in before and words in each.body.text:
                    return each
        raise AssertionError([each.body.text for each in self.messages()][-3:])

    async def press(self, message: Any, label: str) -> None:
        wish = {"user_id": stack.OWNER, "chat_id": self.chat, "message_id": message.message_id}
        [text] = [
            button["text"]
            for row in message.keyboard
            for button in row
            if button["text"].startswith(label)
        ]
        await self.stage.does("tap", wish | {"text": text})

    async def buys(self, price: str) -> None:
        preview = await self.asks(f"/buy 0.0012 btc @ {price}", "preview")
        await self.press(preview, "✅")
        await wait(1)

    def moves(self) -> dict[str, Any]:
        """The group gets its new id; what Telegram tells of it waits here, not at the bot."""
        updates = self.stage.telegram.state.updates
        wish = {"chat_id": OLD, "new_chat_id": NEW}
        numbers = migrate(self.stage.telegram.state, wish)["update_ids"]
        notices = [updates._waiting.pop(number)["message"] for number in numbers]
        return dict(zip(OF_TELEGRAM, notices, strict=True))

    async def hears(self, notice: dict[str, Any]) -> None:
        """Telegram tells it now."""
        self.stage.telegram.state.updates.add("message", notice)
        await wait(1)

    def is_heard_by_refusal(self, price: str) -> None:
        """The order in the group is filled: the bot says so there, where it is refused."""
        step = Decimal(self.stage.exchange.venue.pairs["BTC/USD"].tick_size)
        self.stage.exchange.move("BTC/USD", int(Decimal(price) / step))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with staged(tmp_path, seeds=[1], name="group", wires=True) as stage:
        (me,) = stage.people
        members = {me.number, stack.OWNER}
        stage.telegram.state.add_group(OLD, "Desk", members, "group")
        await stage.stop()
        stage._cut, stage.wires = stage.wires, []
        now = stack.clock().now()
        async with Store(stage.data, stack.clock().now) as store:
            await store.open_group(OLD, "Desk")
            [key] = await store.key_records()
            await store.lend(OLD, key.id, Decimal(200), by=me.number, now=now)
            await store.switch(OLD, Mode.LIVE, by=me.number, now=now)
            begun = now - timedelta(hours=1)
            await store.set_limit(OLD, Limit.ORDER, "177", by=me.number, now=begun)
        await stage.start()
        await wait(5)
        yield Desk(stage, me)


async def everything_followed(desk: Desk) -> None:
    """The group practises, says so once, and what was its own is of the new id."""
    desk.chat = NEW
    assert desk.told("this group practises now") == 1
    assert desk.told("practises now", OLD) == 0
    now = stack.clock().now()
    await desk.stage.stop()
    async with Store(desk.stage.data, stack.clock().now) as store:
        assert await store.chat_mode(NEW) is Mode.PAPER
        assert (await store.limits(NEW, now)).now.order == 177
        lent = await store.run(lambda db: db.execute("select chat_id from lent_keys").fetchall())
        assert lent == [(NEW,)]


@pytest.mark.parametrize("order", [*itertools.permutations((*OF_TELEGRAM, "refusal"))])
async def test_whatever_tells_of_it_first_and_again_everything_follows_once(
    desk: Desk, order: Sequence[str]
) -> None:
    await desk.buys(desk.me.price(-1))
    notices = desk.moves()
    for trigger in order:
        if trigger == "refusal":
            desk.is_heard_by_refusal(desk.me.price(-1.5))
            await wait(5)
        else:
            await desk.hears(notices[trigger])
        if trigger == order[0]:
            assert desk.told("this group practises now") == 1, trigger
    assert desk.told("Bought") == 1
    await everything_followed(desk)


async def move_by(desk: Desk, trigger: str) -> None:
    notices = desk.moves()
    if trigger == "refusal":
        desk.is_heard_by_refusal(desk.me.price(-1.5))
        await wait(5)
    else:
        await desk.hears(notices[trigger])
    desk.chat = NEW


@pytest.mark.parametrize("trigger", [*OF_TELEGRAM, "refusal"])
async def test_alerts_and_a_dead_mans_switch_go_on_whoever_tells_of_it(
    desk: Desk, trigger: str
) -> None:
    warning = await desk.asks("/deadman on 60s", "Read this before")
    await desk.press(warning, "Turn")
    await desk.asks("/alert btc > 1000000", "#1")
    await desk.buys(desk.me.price(-3))
    await desk.buys(desk.me.price(-1))
    await move_by(desk, trigger)
    await wait(150)
    assert "new" in [row["status"] for row in desk.me.orders()], "the exchange heard of us"
    await desk.asks("/alerts off 2h", "rest")
    assert "rests" in (await desk.asks("/alerts", "#1")).body.text


async def test_a_pause_holds_on_when_a_refusal_tells_of_it(desk: Desk) -> None:
    await desk.asks(f"/alert btc < {desk.me.price(-1)}", "#1")
    await desk.asks("/kill", "Trading paused here")
    await move_by(desk, "refusal")
    shown = await desk.asks("/resume", "somebody stopped it")
    await desk.press(shown, "▶")
    await wait(2)
    await desk.asks("/buy 0.0012 btc market", "preview")


@pytest.mark.parametrize(
    ("trigger", "when"),
    [("to", "before"), ("from", "after"), ("refusal", "before"), ("refusal", "after")],
)
async def test_a_process_that_vanishes_while_a_group_moves_moves_it_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, trigger: str, when: str
) -> None:
    """In the middle is before or after its one transaction; what was told comes again."""
    await desk.buys(desk.me.price(-1))
    died, move_chat = asyncio.Event(), Store.move_chat

    async def ends(self: Store, *given: Any, **named: Any) -> None:
        if when == "after":
            await move_chat(self, *given, **named)
        died.set()
        desk.stage.vanish()
        await asyncio.Event().wait()

    notices = desk.moves()
    with monkeypatch.context() as here:
        here.setattr(Store, "move_chat", ends)
        if trigger == "refusal":
            desk.is_heard_by_refusal(desk.me.price(-1.5))
        else:
            desk.stage.telegram.state.updates.add("message", notices[trigger])
        async with asyncio.timeout(60):
            await died.wait()
        await desk.stage.bury()
    assert desk.messages(NEW) == []
    await desk.stage.start()
    await wait(90)
    assert desk.told("Bought") == (trigger == "refusal")
    await everything_followed(desk)
