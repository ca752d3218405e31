"""What the runs with seeds found, as small as it can be shown."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from kraken.account import OrderUpdated
from kraken.core.errors import Rejected
from kraken.core.trading import OrderStatus, OrderType, Reference, TriggerState
from kraken.core.types import OrderId, Side
from kraken.live.account import LiveAccount
from kraken.sim.server import Exchange
from tests.intents import intent
from tests.live_account import Living, living
from tests.simulated import by_hand
from tests.trading_desk import KEY, Desk, trading_desk


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def desk(exchange: Exchange) -> AsyncIterator[Desk]:
    async with trading_desk(exchange) as desk:
        yield desk


async def test_a_stop_that_is_told_before_its_order_is_on_the_card_all_the_same(
    desk: Desk,
) -> None:
    made = desk.intent("200000")
    placed = await desk.place(made)
    assert placed.order is not None
    stop = replace(
        placed.order,
        order_id=OrderId("OSTOPS-STOPS-STOPSS"),
        client_id=None,
        parent=OrderId("OUNTOL-DUNTO-LDUNTO"),
        side=Side.SELL,
        type=OrderType.STOP_LOSS,
        limit_price=None,
        trigger=TriggerState(Decimal(30000), Reference.LAST),
        status=OrderStatus.NEW,
    )
    later = replace(placed.order, order_id=OrderId("OUNTOL-DUNTO-LDUNTO"), client_id=None)
    second = replace(intent(), account=KEY, chat_id=made.chat_id, card=8)
    await desk.store.commit_intent(second, ticket_id=None, now=desk.time.now())
    await desk.heart.facts.hear(KEY, OrderUpdated(stop, None))
    assert await desk.store.stops_of(second.client_id) == []
    theirs = replace(later, client_id=second.client_id)
    await desk.heart.facts.hear(KEY, OrderUpdated(theirs, None))
    assert [each.order_id for each in await desk.store.stops_of(second.client_id)] == [
        stop.order_id
    ]


async def test_news_of_other_orders_put_no_question_off(exchange: Exchange) -> None:
    async with living(exchange) as ann:
        request = ann.order()
        heard = Chatter(ann)
        ann.account._settling._news = heard  # type: ignore[assignment]  # somebody else's orders
        found = await ann.while_time_passes(
            settles(ann.account, ann, request.client_id, request.deadline), 300
        )
        assert found == "it never reached Kraken, and its deadline is over"
        assert heard.times > 10


async def settles(account: LiveAccount, ann: Living, client_id: object, deadline: object) -> str:
    with pytest.raises(Rejected) as caught:
        await account.settle(client_id, deadline)  # type: ignore[arg-type]  # of a request
    return str(caught.value)


class Chatter:
    """An account in which something happens every other second."""

    def __init__(self, ann: Living) -> None:
        self._ann = ann
        self.times = 0

    def settling(self, count: int) -> None: ...

    async def news_within(self, seconds: float) -> None:
        self.times += 1
        await self._ann.time.sleep(min(seconds, 2.0))
