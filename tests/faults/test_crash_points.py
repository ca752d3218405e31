"""The process vanishes at a named point of an order's life, and a new one goes on from its files.

What is on disk at that instant stays as it is, all sockets are reset, and nothing that the old
process would have done later reaches anybody. The exchange and Telegram never stop. The next
process starts on those files; when all is quiet, journal, database and chat agree.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.core.trade.exits import ExitState
from bot.core.trade.types import Standing
from bot.store import Store
from bot.telegram.sender import TelegramSender
from kraken.signed import SignedCalls
from tests.fault_oracle import judge
from tests.fault_orders import order
from tests.fault_stage import Person, Stage, staged, wait

QUIET = 110
"""Seconds after a start in which everything that can be known is found out."""


def anything(*given: Any, **named: Any) -> bool:
    return True


def calls(endpoint: str) -> Callable[..., bool]:
    return lambda path, *more: str(path).endswith(endpoint)


def stands(standing: Standing) -> Callable[..., bool]:
    return lambda client_id, found, **more: found is standing


def is_sale(intent: Any, **more: Any) -> bool:
    return bool(intent.source == "take-profit")


def is_closing(watched: Any) -> bool:
    return watched.state is ExitState.CLOSING


def is_push(chat_id: int, letter: Any, reply_to: int | None) -> bool:
    return reply_to is not None and "filled" in str(letter.page.html)


async def buys(me: Person) -> None:
    await order(me, f"/buy {me.qty()} btc market")


async def rests(me: Person) -> None:
    await order(me, f"/buy {me.qty()} btc @ {me.price(-1)}")


async def is_filled_later(me: Person) -> None:
    await rests(me)
    move(me.stage, me.price(-1.5))


async def cancels(me: Person) -> None:
    await rests(me)
    await wait(1)
    await me.say("/cancel last")


async def takes_profit(me: Person) -> None:
    await order(me, f"/buy {me.qty()} btc market sl=-3% tp=+1%")
    await wait(2)
    move(me.stage, me.price(1.3))


def loses(kind: str) -> Callable[[Person], Awaitable[None]]:
    async def buys_in_vain(me: Person) -> None:
        await order(me, f"/buy {me.qty()} btc market", {"kind": kind})

    return buys_in_vain


def move(stage: Stage, price: str) -> None:
    step = Decimal(stage.exchange.venue.pairs["BTC/USD"].tick_size)
    stage.exchange.move("BTC/USD", int(Decimal(price) / step))


@dataclass(frozen=True)
class Point:
    """Where the process ends, and what leads there."""

    story: Callable[[Person], Awaitable[None]]
    of: type
    method: str
    when: str
    if_it: Callable[..., bool] = anything


POINTS = {
    "the tap is kept": Point(buys, Store, "add_updates", "after", lambda updates: bool(updates)),
    "work on the tap begins": Point(buys, Store, "begin_update", "after"),
    "the card's ticket is kept": Point(buys, Store, "save_ticket", "after"),
    "the card is sent, not noted": Point(buys, Store, "place_ticket", "before"),
    "the card is noted": Point(buys, Store, "place_ticket", "after"),
    "before the intent": Point(buys, Store, "commit_intent", "before"),
    "after the intent": Point(buys, Store, "commit_intent", "after"),
    "before the first byte": Point(buys, SignedCalls, "_post", "before", calls("AddOrder")),
    "the reply is not read": Point(buys, SignedCalls, "_post", "after", calls("AddOrder")),
    "of an order that rests": Point(rests, SignedCalls, "_post", "after", calls("AddOrder")),
    "before the answer is noted": Point(
        buys, Store, "note_standing", "before", stands(Standing.ACKED)
    ),
    "after the answer is noted": Point(
        buys, Store, "note_standing", "after", stands(Standing.ACKED)
    ),
    "the tap is done": Point(buys, Store, "done", "before"),
    "a push is sent, not marked": Point(buys, TelegramSender, "send", "after", is_push),
    "before a push is sent": Point(buys, TelegramSender, "send", "before", is_push),
    "a fill is heard": Point(is_filled_later, Store, "book_fill", "before"),
    "a fill is kept": Point(is_filled_later, Store, "book_fill", "after"),
    "before a cancel": Point(cancels, SignedCalls, "_post", "before", calls("CancelOrder")),
    "after a cancel": Point(cancels, SignedCalls, "_post", "after", calls("CancelOrder")),
    "in the middle of a search, placed": Point(
        loses("place_then_drop_reply"), Store, "note_standing", "after", stands(Standing.UNKNOWN)
    ),
    "in the middle of a search, lost": Point(
        loses("drop_request"), Store, "note_standing", "after", stands(Standing.UNKNOWN)
    ),
    "the search asks": Point(
        loses("drop_request"), SignedCalls, "_post", "after", calls("ClosedOrders")
    ),
    "a profit is reached": Point(takes_profit, Store, "note_exit", "after", is_closing),
    "the stop goes": Point(takes_profit, SignedCalls, "_post", "before", calls("CancelOrder")),
    "the stop is gone": Point(takes_profit, SignedCalls, "_post", "after", calls("CancelOrder")),
    "before the sale": Point(takes_profit, Store, "commit_intent", "before", is_sale),
    "the sale is written down": Point(takes_profit, Store, "commit_intent", "after", is_sale),
}


def arm(monkeypatch: pytest.MonkeyPatch, point: Point, stage: Stage) -> asyncio.Event:
    """End the process there, once; the event is set then."""
    died = asyncio.Event()
    original = getattr(point.of, point.method)

    async def end() -> None:
        died.set()
        stage.vanish()
        await asyncio.Event().wait()

    async def wrapped(self: Any, *given: Any, **named: Any) -> Any:
        is_here = not died.is_set() and point.if_it(*given, **named)
        if is_here and point.when == "before":
            await end()
        told = await original(self, *given, **named)
        if is_here and point.when == "after" and not died.is_set():
            await end()
        return told

    monkeypatch.setattr(point.of, point.method, wrapped)
    return died


async def die_there(stage: Stage, point: Point, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go on until the process vanishes."""
    (me,) = stage.people
    died = arm(monkeypatch, point, stage)

    async def live() -> None:
        with suppress(AssertionError):
            await point.story(me)

    living = asyncio.ensure_future(live())  # noqa: TID251 - a person is no part of the bot
    async with asyncio.timeout(120):
        await died.wait()
    living.cancel()
    await asyncio.wait([living])
    await stage.bury()


@pytest.mark.parametrize("name", POINTS)
async def test_a_process_that_vanishes_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    async with staged(tmp_path, seeds=[1], name=name, wires=True) as stage:
        await die_there(stage, POINTS[name], monkeypatch)
        await stage.start()
        await wait(QUIET)
        verdict = judge(stage)
        assert not verdict.complaints, str(verdict)


@pytest.mark.parametrize("kind", ["place_then_drop_reply", "drop_request"])
async def test_two_ends_in_the_middle_of_a_search_are_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    async with staged(tmp_path, seeds=[1], name=kind, wires=True) as stage:
        point = Point(loses(kind), Store, "note_standing", "after", stands(Standing.UNKNOWN))
        await die_there(stage, point, monkeypatch)
        await stage.start()
        await wait(3)
        stage.vanish()
        await stage.bury()
        await stage.start()
        await wait(QUIET)
        verdict = judge(stage)
        assert not verdict.complaints, str(verdict)
        assert verdict.orders == (kind == "place_then_drop_reply")
