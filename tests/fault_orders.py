"""What people do with their orders while things go wrong: each by dice of their own."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import aiohttp

from kraken.sim.faults import KINDS as KINDS_OF_FAULTS
from tests.fault_oracle import ELSEWHERE
from tests.fault_stage import Person, Stage, wait
from tests.trader import level, touch

Wish = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, for whoever sends the next order or for all."""

    name: str
    wishes: Callable[[random.Random], Sequence[Wish]] = lambda dice: ()
    """Armed right before a person confirms."""
    weather: Callable[[random.Random], Sequence[Wish]] = lambda dice: ()
    """Armed once, at some moment while all trade."""


def _part(person: Person) -> str:
    """More than the best price offers: the rest of it waits there."""
    _, ask = touch(person.stage.exchange)
    there = level(person.stage.exchange, "sell", ask) or Decimal("0.001")
    return f"/buy {min(there * Decimal('1.5'), Decimal(1)):.8f} btc @ {ask}"


KINDS: tuple[Callable[[Person], str], ...] = (
    lambda me: f"/buy {me.qty()} btc market",
    lambda me: f"/sell {me.qty()} btc market",
    lambda me: f"/buy {me.qty()} btc @ {me.price(0.4)}",
    lambda me: f"/buy {me.qty()} btc @ {me.price(-0.15)}",
    lambda me: f"/sell {me.qty()} btc @ {me.price(0.15)}",
    lambda me: f"/buy {me.qty()} btc @ {me.price(-6)}",
    _part,
    lambda me: f"/buy {me.qty()} btc @ {me.price(-0.5)} post",
    lambda me: f"/buy {me.qty()} btc @ {me.price(0.3)} post",
    lambda me: f"/buy {me.qty()} btc @ {me.price(0.2)} ioc",
    lambda me: f"/buy {me.qty()} btc @ {me.price(-1)} ioc",
    lambda me: f"/sell {me.qty()} btc stop={me.price(-0.3)}",
    lambda me: f"/buy {me.qty()} btc market sl=-0.4% tp=+0.4%",
    lambda me: f"/buy {me.qty()} btc @ {me.price(-0.2)} sl=-3% tp=+0.5%",
)


async def order(me: Person, text: str, *wishes: Wish) -> int | None:
    """Write it, let something be armed, confirm it; the card, None if there is nothing to tap."""
    preview = await me.asks(text, "preview", 8)
    if preview is None:
        me.gone.append(f"no preview of {text}")
        return None
    if not any(label_of(preview).startswith(each) for each in ("✅", "⚠")):
        me.gone.append(f"nothing to tap: {preview.body.text}")
        return None
    armed = me.stage.exchange.faults.armed
    before = {id(fault) for fault in armed}
    for wish in wishes:
        me.stage.exchange.arm(wish)
    mine = [fault for fault in armed if id(fault) not in before]
    await me.press(preview, "✅")
    await wait(0.5)
    if "look twice" in preview.body.text:
        await me.press(preview, "✅")
        await wait(0.5)
    if "preview" in preview.body.text:
        me.gone.append(f"not sent: {preview.body.text}")
    # What did not happen to this order must not happen to another one.
    for fault in mine:
        is_of_orders = KINDS_OF_FAULTS[fault.kind].place == "order"
        if (is_of_orders or fault.endpoint == "AddOrder") and any(fault is one for one in armed):
            armed.remove(fault)
    return int(preview.message_id)


def label_of(message: Any) -> str:
    """The first button's."""
    return str(message.keyboard[0][0]["text"]) if message.keyboard else ""


async def trade(me: Person, fault: Fault) -> None:
    """One order under the fault, and what people do when it does not go as they thought."""
    dice = me.dice
    await wait(dice.choice((0, 0, 0.5, 2)))
    card = await order(me, dice.choice(KINDS)(me), *fault.wishes(dice))
    if card is None:
        return
    await wait(dice.choice((0, 0, 1, 4)))
    act = dice.choice((None, None, cancel, cancel, amend, cancel_last, elsewhere, again))
    if act is not None:
        await act(me, card)
    await wait(dice.choice((1, 5, 10)))


async def cancel(me: Person, card: int) -> None:
    """By the button under the order."""
    message = next((each for each in me.messages() if each.message_id == card), None)
    if message is not None:
        await me.press(message, "Cancel")


async def cancel_last(me: Person, card: int) -> None:
    await me.say("/cancel last")


async def amend(me: Person, card: int) -> None:
    asked = await me.asks(f"/amend last {me.price(-0.4)}", "Change", 3)
    if asked is not None:
        await me.press(asked, "Change it")


async def again(me: Person, card: int) -> None:
    """The same press once more, as a client sends it that got no answer."""
    state = me.stage.telegram.state
    for press in list(state.presses.values()):
        if (press.chat_id, press.message_id) == (me.number, card) and "✅" in press.text:
            wish = {"user_id": me.number, "chat_id": me.number, "message_id": card}
            await me.stage.does("tap", wish | {"text": press.text, "resend": True})
            return


async def elsewhere(me: Person, card: int) -> None:
    """Another program with the same key: an order of its own, or the end of one of ours."""
    trader = me.trader
    if me.dice.random() < 0.5:
        terms: Wish = {"ordertype": "market", "type": "buy", "pair": "XBTUSD"}
        fields = terms | {"volume": me.qty(), "userref": ELSEWHERE}
        endpoint = "AddOrder"
    else:
        resting = [row for row in me.orders() if row["status"] in ("new", "partially_filled")]
        if not resting:
            return
        endpoint, fields = "CancelOrder", {"txid": resting[-1]["order_id"]}
    trader.nonce = max(trader.nonce, now_in_microseconds())
    with suppress(aiohttp.ClientError):  # the fault met this program
        await trader.raw(endpoint, fields)


def now_in_microseconds() -> int:
    """The nonce of a program that counts them, as ours does."""
    return int(asyncio.get_running_loop().time() * 1e6) + _EPOCH


_EPOCH = 1_772_625_600_000_000 - 1_000_000_000
"""What the wall clock shows in microseconds when the loop's time is zero."""


async def weather(stage: Stage, fault: Fault, seconds: float, name: str) -> None:
    """The market moves, and what strikes all of them strikes at some moment."""
    dice = random.Random(f"weather {name}")
    wishes = list(fault.weather(dice))
    for _ in range(4):
        await wait(dice.uniform(0.5, seconds / 4))
        if wishes:
            stage.exchange.arm(wishes.pop(0))
        if stage.exchange._site is not None:
            bid, ask = touch(stage.exchange)
            step = Decimal(stage.exchange.venue.pairs["BTC/USD"].tick_size)
            target = (bid + ask) / 2 * (1 + Decimal(dice.uniform(-0.004, 0.004)))
            stage.exchange.move("BTC/USD", int(target / step))


async def phase(stage: Stage, fault: Fault, name: str, orders: int = 1) -> None:
    """Everybody trades under one fault."""

    async def some(me: Person) -> None:
        for _ in range(orders):
            await trade(me, fault)

    async with asyncio.TaskGroup() as group:
        for person in stage.people:
            group.create_task(some(person))
        group.create_task(weather(stage, fault, 12, f"{name} {fault.name}"))
