"""Old copies of the database that are put back, at random points of a person's trading.

Whatever the copy knew, and whatever was done since: nothing is sent by itself, no press of before
sends anything, and every order of afterwards has a name that no other one has.
"""

import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.texts.safety import restored_page
from bot.store import FILE_NAME, Store
from bot.store.backup import make_safe, put_in_place, take_copy
from bot.store.file import held
from tests import stack
from tests.fault_orders import order
from tests.fault_reading import statuses, texts, told
from tests.fault_stage import WIDE, Person, Stage, staged, wait

ROUNDS = 8
"""Restores of one seed, each at a moment of its own."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path, seeds=[1], name="restores") as stage:
        yield stage


@pytest.fixture
def me(stage: Stage) -> Person:
    return stage.people[0]


async def resume(me: Person) -> None:
    await me.say("/resume")
    await wait(3)
    assert await me.press(me.messages()[-1], "▶")
    await wait(3)


async def put_back(stage: Stage, copy: Path) -> None:
    """What the command does, at the time of the test."""
    room, now = stage.folder / "room", stack.clock().now()
    room.mkdir(exist_ok=True)
    shutil.copyfile(copy, room / FILE_NAME)
    async with Store(room, stack.clock().now) as store:
        await make_safe(store, None, restored_page(now), now)
    with held(stage.data):
        put_in_place(room / FILE_NAME, stage.data)


async def test_an_old_copy_that_is_put_back_sends_nothing_twice(stage: Stage, me: Person) -> None:
    preview = await me.asks(f"/buy {me.qty()} btc market", "preview")
    copy = stage.folder / "copy.db"
    take_copy(stage.data, copy)
    await me.press(preview, "✅")
    await wait(5)
    assert statuses(me) == ["filled"]
    await stage.stop()
    await put_back(stage, copy)
    await stage.start()
    await wait(10)
    assert sum("put back" in text for text in texts(stage, stack.OWNER)) == 1
    await me.press(preview, "✅")
    await me.press(preview, "✅", resend=True)
    await order(me, f"/buy {me.qty()} btc market")
    await wait(5)
    assert statuses(me) == ["filled"]
    assert told(me, "paused here") >= 1
    await resume(me)
    # Limits that somebody had raised are the cautious ones again.
    assert await me.asks("/buy 0.005 btc market", "limit is 100 USD per order")
    await order(me, "/buy 0.0012 btc market")
    await wait(5)
    assert statuses(me) == ["filled", "filled"]
    names = [row["cl_ord_id"] for row in me.orders()]
    assert len(set(names)) == 2


def sent(me: Person) -> list[str]:
    """The names of the orders that somebody sent; stops of fills are the exchange's own."""
    return [row["cl_ord_id"] for row in me.orders() if row["parent"] is None]


async def trades(me: Person, dice: random.Random) -> None:
    """One thing or another, and none of it waits for the next."""
    kind = dice.choice(("buy", "buy", "rests", "bracket", "cancel", "card"))
    if kind == "cancel":
        await me.say("/cancel last")
    elif kind == "card":
        await me.asks(f"/buy {me.qty()} btc market", "preview")
    else:
        terms = {
            "buy": "market",
            "rests": f"@ {me.price(-dice.uniform(0.05, 2))}",
            "bracket": "market sl=-2% tp=+1%",
        }
        await order(me, f"/buy {me.qty()} btc {terms[kind]}")
    await wait(dice.choice((0, 0, 0.5, 2)))


async def presses_everything(me: Person) -> None:
    """Each of the newest confirmations that still stand in the chat."""
    for message in me.messages()[-12:]:
        if message.keyboard and await me.press(message, "✅"):
            await wait(0.25)
            await me.press(message, "✅", resend=True)


async def widen(stage: Stage, me: Person) -> None:
    """Limits are the cautious ones after a restore; here they are no hindrance."""
    begun = stack.clock().now() - timedelta(hours=1)
    async with Store(stage.data, stack.clock().now) as store:
        for limit, value in WIDE.items():
            await store.set_limit(me.number, limit, value, by=stack.OWNER, now=begun)


@pytest.mark.parametrize("seed", [1])
async def test_copies_put_back_at_random_points_send_nothing_and_double_nothing(
    stage: Stage, me: Person, seed: int
) -> None:
    dice = random.Random(f"restores {seed}")
    copies: list[Path] = []
    for number in range(ROUNDS):
        where = f"seed {seed}, round {number}"
        at = dice.randrange(5)
        for step in range(5):
            await trades(me, dice)
            if step == at:
                copies.append(stage.folder / f"copy-{number}.db")
                take_copy(stage.data, copies[-1])
        await stage.stop()
        await put_back(stage, dice.choice(copies[-4:]))
        await widen(stage, me)
        before = sent(me)
        await stage.start()
        await wait(10)
        await presses_everything(me)
        await order(me, f"/buy {me.qty()} btc market")
        await wait(dice.choice((0, 65)))
        assert sent(me) == before, f"{where}: nothing is sent before somebody says so"
        await resume(me)
        await presses_everything(me)
        await wait(3)
        assert sent(me) == before, f"{where}: no press of before sends anything"
        await order(me, f"/buy {me.qty()} btc market")
        await wait(3)
        assert len(sent(me)) == len(before) + 1, where
    names = Counter(sent(me))
    assert len(names) > ROUNDS
    assert set(names.values()) == {1}
