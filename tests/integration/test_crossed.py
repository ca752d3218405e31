"""An order that the market has passed is asked for, because its fill may have been lost."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.trade.types import AccountId, Mode, PlacedOrder, Standing
from bot.desk.crossed import Crossed
from kraken.account import OrderUpdated
from kraken.core.trading import OrderStatus, OrderType, Reference, TriggerState
from kraken.core.types import OrderId, Side
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.intents import intent
from tests.live_account import Living, living
from tests.market_values import ticker
from tests.simulated import by_hand

LIVE = AccountId("live:1")


class Looked(Exception):
    """Ends the watch where a test wants it to end."""


class Asked:
    """An account that notes what is asked for."""

    def __init__(self, most: int) -> None:
        self.orders: list[OrderId] = []
        self.most = most

    async def by_id(self, account: AccountId) -> "Asked":
        assert account == LIVE
        return self

    def look_at(self, order_id: OrderId) -> None:
        self.orders.append(order_id)
        if len(self.orders) >= self.most:
            raise Looked


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


def placed(chat: Chat, mode: Mode = Mode.LIVE, **changes: Any) -> PlacedOrder:
    """A buy at 50,000 that is open."""
    made = intent(mode=mode, account=LIVE)
    order = replace(FakeAccount(chat.clock).add(made.request), **changes)
    return PlacedOrder(made, Standing.ACKED, NOON, NOON, order)


async def looks(chat: Chat, one: PlacedOrder, *prices: str, most: int = 1) -> list[float]:
    """The seconds that were waited before it was asked for; the prices come one after another."""
    asked, slept, left = Asked(most), [], list(prices)
    watch = chat.market.tickers["BTC/USD"]

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    watch.set(ticker("BTC/USD", left.pop(0)))
    crossed = Crossed(asked, chat.market, chat.tasks, sleep=sleep)  # type: ignore[arg-type]  # what it asks
    await crossed.follow(one)
    if not chat.tasks.started:
        return []
    newer = watch.newer

    async def next_price(version: int) -> Any:
        if version == watch.version:
            if not left:
                raise Looked
            watch.set(ticker("BTC/USD", left.pop(0)))
        return await newer(version)

    watch.newer = next_price  # type: ignore[method-assign]  # prices come as they are waited for
    with pytest.raises(Looked):
        await chat.tasks.run_all()
    return slept if asked.orders else []


@pytest.mark.parametrize(
    ("changes", "passes"),
    [
        ({}, "49999.9"),
        ({"side": Side.SELL}, "50000.1"),
        (
            {
                "side": Side.SELL,
                "type": OrderType.STOP_LOSS,
                "trigger": TriggerState(Decimal(50000), Reference.LAST),
            },
            "49999.9",
        ),
        (
            {
                "side": Side.SELL,
                "type": OrderType.TAKE_PROFIT,
                "trigger": TriggerState(Decimal(50000), Reference.LAST),
            },
            "50000.1",
        ),
    ],
)
async def test_an_order_is_asked_for_ten_seconds_after_the_market_passed_it(
    chat: Chat, changes: dict[str, Any], passes: str
) -> None:
    assert await looks(chat, placed(chat, **changes), "50000.0") == []
    other = "50000.1" if passes == "49999.9" else "49999.9"
    assert await looks(chat, placed(chat, **changes), other) == []
    assert await looks(chat, placed(chat, **changes), other, passes) == [10.0]


async def test_it_is_asked_for_every_minute_while_the_market_stays_there(chat: Chat) -> None:
    assert await looks(chat, placed(chat), "49999.0", most=3) == [10.0, 60.0, 60.0]


async def test_what_ended_is_practice_or_waits_for_an_index_is_not_asked_for(chat: Chat) -> None:
    index = TriggerState(Decimal(50000), Reference.INDEX)
    for one in (
        placed(chat, status=OrderStatus.CANCELED),
        placed(chat, Mode.PAPER),
        placed(chat, type=OrderType.TAKE_PROFIT, trigger=index),
    ):
        assert await looks(chat, one, "49000.0") == []


@pytest.fixture
async def ann() -> AsyncIterator[Living]:
    async with by_hand() as exchange, living(exchange) as ann, ann.running():
        yield ann


async def test_what_was_lost_without_notice_is_found_by_the_look(ann: Living) -> None:
    order = await ann.account.place(ann.order("50000"))
    await ann.time.go_on(5)
    ann.exchange.arm({"kind": "unnoticed_loss", "times": 9})
    await ann.rest.cancel_order(order_id=order.order_id)
    await ann.time.go_on(10)
    assert ann.of(OrderUpdated)[-1].order.is_open, "nobody noticed"
    ann.account.look_at(order.order_id)
    await ann.time.go_on(2)
    assert ann.of(OrderUpdated)[-1].order.status is OrderStatus.CANCELED
