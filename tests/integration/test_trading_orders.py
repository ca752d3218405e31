"""Orders of a chat on the simulated exchange: what is sent, what is told, what the card says."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.errors import AlreadySent
from bot.core.trade.types import Mode, Standing, Ticket
from bot.desk.doors import ChatAccount
from bot.store import StoreUnavailable
from bot.tasks import together
from kraken.core.trading import Amend, OrderName, OrderType, PriceOffset, Trigger
from kraken.core.types import Side
from kraken.sim.server import Exchange
from tests.simulated import by_hand
from tests.trader import touch
from tests.trading_desk import KEY, Desk, trading_desk


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def desk(exchange: Exchange) -> AsyncIterator[Desk]:
    async with trading_desk(exchange) as desk:
        yield desk


def near(exchange: Exchange) -> str:
    """A price that takes at once."""
    return f"{touch(exchange)[1] * 2:.1f}"


async def test_an_order_rests_and_its_card_says_so(desk: Desk) -> None:
    intent = desk.intent("50000")
    placed = await desk.place(intent)
    assert placed.standing is Standing.ACKED
    card = await desk.shows("🟦 Open")
    assert "🔴 LIVE" in card
    assert "50,000.0" in card
    assert desk.pushes == []
    [row] = desk.sent()
    assert row["cl_ord_id"] == intent.client_id


async def test_a_fill_is_pushed_once_and_the_card_says_filled(
    desk: Desk, exchange: Exchange
) -> None:
    intent = desk.intent(near(exchange))
    await desk.place(intent)
    push = await desk.hears("filled")
    assert push.startswith("🔴 LIVE ▲ BTC/USD filled 0.01")
    await desk.shows("✅ Filled ▲ 0.01 BTC")
    await desk.time.go_on(400)
    assert len(desk.pushes) == 1
    fills = await desk.store.booked_fills(KEY)
    journal = desk.living.journal_fills()
    assert sorted(fill.exec_id for fill in fills) == sorted(row["exec_id"] for row in journal)
    assert sum(fill.qty for fill in fills) == Decimal("0.01")


async def test_a_clear_no_is_told_as_one(desk: Desk) -> None:
    intent = desk.intent("50000", qty=Decimal(1000))
    placed = await desk.place(intent)
    assert placed.standing is Standing.REJECTED
    push = await desk.hears("refused")
    assert "Nothing was placed" in push
    await desk.shows("❌ Refused")
    assert desk.sent() == []


async def test_a_cancel_is_told_with_what_was_filled_before(desk: Desk) -> None:
    intent = desk.intent("50000")
    await desk.place(intent)
    chat = await desk.heart.accounts.of(1, intent.mode)
    order = await desk.passing(desk.trading.cancel(chat, OrderName(client_id=intent.client_id)))
    assert order is None or not order.is_open
    push = await desk.hears("cancelled")
    assert "Nothing filled" in push
    await desk.shows("⚪ Cancelled")
    await desk.time.go_on(400)
    assert len(desk.pushes) == 1


async def test_cancelling_what_was_filled_says_that_it_was(desk: Desk, exchange: Exchange) -> None:
    intent = desk.intent(near(exchange))
    await desk.place(intent)
    await desk.hears("filled")
    chat = await desk.heart.accounts.of(1, intent.mode)
    order = await desk.passing(desk.trading.cancel(chat, OrderName(client_id=intent.client_id)))
    assert order is not None
    assert order.filled_qty == Decimal("0.01")
    assert "✅ Filled" in desk.card


FAULTS: list[dict[str, Any]] = [
    {"kind": "place_then_drop_reply"},
    {"kind": "reply_502_after_place"},
    {"kind": "reply_truncated"},
    {"kind": "busy_although_placed"},
    {"kind": "late_arrival", "seconds": 4},
    {"kind": "drop_request"},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
@pytest.mark.parametrize("takes", [True, False], ids=["takes", "rests"])
async def test_a_lost_answer_is_unknown_and_then_what_the_journal_says(
    desk: Desk, exchange: Exchange, fault: dict[str, Any], takes: bool
) -> None:
    exchange.arm(fault)
    intent = desk.intent(near(exchange) if takes else "50000")
    placed = await desk.place(intent)
    assert placed.standing in (Standing.UNKNOWN, Standing.ACKED)
    found = await desk.settled(intent)
    rows = [row for row in desk.sent() if row["cl_ord_id"] == intent.client_id]
    assert found is (Standing.ACKED if rows else Standing.ABSENT)
    if not rows:
        await desk.hears("not placed")
        await desk.shows("❌ Not placed")
    elif takes:
        await desk.hears("filled 0.01")
        await desk.shows("✅ Filled")
    else:
        await desk.shows("🟦 Open")
    await desk.time.go_on(120)
    assert len([row for row in desk.sent() if row["cl_ord_id"] == intent.client_id]) <= 1
    assert not any("not placed" in text for text in desk.pushes if rows)


async def test_an_order_made_elsewhere_is_told_at_home_when_it_filled(
    desk: Desk, exchange: Exchange
) -> None:
    rest = desk.living.caller.again(desk.living._http)
    request = desk.living.order(near(exchange))
    await desk.passing(rest.add_order(request))
    push = await desk.hears("filled 0.01")
    assert "Made elsewhere" in push
    assert desk.card == ""


async def test_a_practice_chat_is_not_told_of_a_key(desk: Desk) -> None:
    assert await desk.heart.accounts.chats(KEY) == [1]


async def test_fifty_taps_at_once_make_one_order(desk: Desk) -> None:
    made = Ticket(
        "t", "order", 1, 1, "{}", desk.time.now(), desk.time.now() + timedelta(minutes=1)
    )
    await desk.store.save_ticket(made)
    refused: list[Exception] = []

    async def tap() -> None:
        try:
            await desk.trading.place(desk.intent("50000"), "t")
        except AlreadySent as error:
            refused.append(error)

    await desk.passing(together(*(tap() for _ in range(50))))
    assert len(refused) == 49
    assert len(desk.sent()) == 1


async def test_orders_after_one_of_unknown_outcome_go_on(desk: Desk, exchange: Exchange) -> None:
    exchange.arm({"kind": "drop_request"})
    lost = desk.intent("50000")
    await desk.place(lost)
    other = await desk.place(desk.intent("50001"))
    assert other.standing is Standing.ACKED
    assert await desk.settled(lost) is Standing.ABSENT


async def test_looking_again_at_once_asks_no_second_order(desk: Desk, exchange: Exchange) -> None:
    exchange.arm({"kind": "place_then_drop_reply"})
    intent = desk.intent("50000")
    await desk.place(intent)
    for _ in range(3):
        await desk.trading.check_now(intent.client_id)
    assert await desk.settled(intent) is Standing.ACKED
    assert len(desk.sent()) == 1


async def test_a_stop_that_fires_is_told_and_then_what_it_got(
    desk: Desk, exchange: Exchange
) -> None:
    intent = desk.intent(
        None,
        side=Side.SELL,
        type=OrderType.STOP_LOSS,
        qty=Decimal("0.01"),
        trigger=Trigger(PriceOffset(Decimal(40000))),
    )
    await desk.place(intent)
    await desk.shows("🟦 Waits ▼")
    exchange.move("BTC/USD", 39000 * 10)
    await desk.hears("⚡ ▼ BTC/USD triggered")
    await desk.hears("Sold 0.01 BTC")
    await desk.shows("✅ Filled")


async def test_who_is_left_without_news_is_told_where_to_look(
    desk: Desk, exchange: Exchange
) -> None:
    exchange.arm({"kind": "drop_request"})
    intent = desk.intent("50000")
    exchange.arm({"kind": "outage", "seconds": 400})
    await desk.place(intent)
    push = await desk.hears("still unclear")
    assert "Do not send it again." in push
    assert "buy 0.01 BTC/USD" in push
    await desk.settled(intent)
    assert len([text for text in desk.pushes if "still unclear" in text]) == 1


@pytest.mark.parametrize("is_committed", [True, False])
async def test_an_order_that_nobody_waits_for_any_more_is_found_out(
    desk: Desk, is_committed: bool
) -> None:
    intent, commit = desk.intent("50000"), desk.store.commit_intent

    async def interrupted(*given: Any, **more: Any) -> None:
        if is_committed:
            await commit(*given, **more)
        raise asyncio.CancelledError

    desk.store.commit_intent = interrupted  # type: ignore[assignment]  # a handler's time is over
    with pytest.raises(asyncio.CancelledError):
        await desk.trading.place(intent, None)
    if is_committed:
        assert await desk.settled(intent) is Standing.ABSENT
        await desk.hears("never had this order")
    await desk.time.go_on(30)
    assert desk.sent() == []
    assert desk.faults == []


async def test_what_was_cancelled_or_changed_is_so_although_it_cannot_be_written_down(
    desk: Desk, exchange: Exchange
) -> None:
    chat = ChatAccount(KEY, Mode.LIVE, 1, await desk.heart.accounts.by_id(KEY))
    placed = await desk.place(desk.intent("50000"))
    assert placed.order is not None
    name = OrderName(order_id=placed.order.order_id)
    await desk.shows("🟦 Open")
    desk.store.broken = StoreUnavailable("disk full")
    changed = await desk.passing(
        desk.trading.amend(chat, name, Amend(limit_price=Decimal(49000), deadline=None))
    )
    assert changed.limit_price == 49000
    assert await desk.passing(desk.trading.cancel(chat, name)) is None
    assert desk.sent()[0]["status"] == "canceled"
    desk.store.broken = None
    await desk.shows("Cancelled")
