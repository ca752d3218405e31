"""A stop that protects what is owned passes limits of value; whatever may sell soon does not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import LimitReached
from bot.core.texts.preview import FINISHED
from bot.core.trade.caution import Caution, reasons_of
from bot.core.trade.limits import PROTECTION, Limit, protects
from bot.core.trade.types import Mode
from kraken.core.errors import Rejected
from kraken.core.trading import (
    ConditionalClose,
    OrderType,
    PriceOffset,
    Reference,
    TriggerState,
)
from tests.account_talk import put
from tests.market_values import ticker
from tests.order_cases import preview
from tests.page_rules import words_of
from tests.trade_chat import TradeChat, later


def number(text: str) -> Decimal:
    return Decimal(text)


@pytest.fixture
def live() -> AsyncIterator[TradeChat]:
    chat = TradeChat(live=True)
    yield chat
    chat.chat.tasks.close()


async def spent(live: TradeChat) -> Decimal:
    counted = await live.chat.records.counts(1, live.chat.clock.now())
    return counted.spent_today


def price_is(live: TradeChat, last: str) -> None:
    now = live.chat.clock.now()
    live.chat.market.tickers["BTC/USD"].set(ticker("BTC/USD", last, now))


# -- what protects


def test_a_stop_that_protects_more_than_an_order_may_move_is_asked_about_twice() -> None:
    text, most = "/sell 0.01 btc stop=57000", number("100")
    shown = preview(text, mode=Mode.LIVE)
    assert [each.caution for each in reasons_of(shown, number("570"), [], most)] == [
        Caution.PROTECTION
    ]
    assert reasons_of(shown, most, [], most) == ()


@pytest.mark.parametrize(
    ("text", "is_protection"),
    [
        ("/sell 0.01 btc stop=59400", True),
        ("/sell 0.01 btc stop=59401", False),
        ("/sell 0.01 btc stop=59400 @ 59000", True),
        ("/sell 0.01 btc trail=1%", True),
        ("/sell 0.01 btc trail=0.9%", False),
        ("/sell 0.01 btc trail=600.1", True),
        ("/sell 0.01 btc trail=599", False),
        ("/sell 0.01 btc take=65000", False),
        ("/buy 0.001 btc stop=65000", False),
        ("/sell 0.01 btc @ 59000", False),
    ],
)
def test_a_stop_protects_if_it_waits_for_a_fall_of_a_percent(
    text: str, is_protection: bool
) -> None:
    request = preview(text, mode=Mode.LIVE).request
    assert protects(request, number("60000")) is is_protection


def test_a_stop_whose_fill_places_another_order_is_a_sale() -> None:
    request = preview("/sell 0.01 btc stop=57000", mode=Mode.LIVE).request
    close = ConditionalClose(OrderType.LIMIT, limit_price=PriceOffset(number("50000")))
    assert not protects(replace(request, close=close), number("60000"))


# -- a chat whose orders may move 100 US dollars


async def test_a_holding_above_the_limit_is_protected_after_a_second_card(
    live: TradeChat,
) -> None:
    card = await live.say("/protect btc sl=58000")
    await live.tap(card, "✅ Set stop")
    said = words_of(live.last)
    assert said.startswith("🔴 LIVE · ⚠ please look twice")
    assert "more than 100" in said
    assert live.sent == []
    await live.tap(live.last, "✅ Set stop")
    (sent,) = live.sent
    assert sent.type is OrderType.STOP_LOSS
    assert await spent(live) == 0
    (placed,) = await live.chat.records.placed_orders(1)
    assert placed.intent.source == PROTECTION
    assert placed.intent.value > 100


async def test_a_second_card_tapped_twice_at_once_sends_one_stop(live: TradeChat) -> None:
    await live.tap(await live.say("/sell 0.01 btc stop=58000"), "✅ Set stop")
    second = live.last
    async with asyncio.TaskGroup() as group:
        taps = [group.create_task(live.tap(second, "✅ Set stop")) for _ in range(2)]
    assert len(live.sent) == 1
    assert sorted(task.result().toasts for task in taps) == [[], [FINISHED]]


async def test_a_stop_close_to_the_market_is_a_sale(live: TradeChat) -> None:
    with pytest.raises(LimitReached) as caught:
        await live.say("/sell 0.01 btc stop=59700")
    assert caught.value.limit == Limit.ORDER
    with pytest.raises(LimitReached):
        await live.say("/sell 0.01 btc trail=0.5%")


async def test_a_market_that_comes_close_in_between_makes_a_sale_of_it(live: TradeChat) -> None:
    await live.tap(await live.say("/sell 0.01 btc stop=58000"), "✅ Set stop")
    later(live, 1)
    price_is(live, "58200.0")
    await live.tap(live.last, "✅ Set stop")
    assert words_of(live.last).startswith("❌ Not sent · 🔴 LIVE")
    assert live.sent == []


async def test_somebody_elses_maximum_holds_for_a_protection_too(live: TradeChat) -> None:
    records, now = live.chat.records, live.chat.clock.now()
    await records.give_chat_role(1, 7, Role.TRADER, by=1, now=now, most=Decimal(50))
    with pytest.raises(LimitReached) as caught:
        await live.say("/sell 0.01 btc stop=58000")
    assert caught.value.limit == Limit.PERSON


# -- a stop that is moved


async def protect(live: TradeChat, qty: str, cards: int) -> None:
    """A stop at 58,000 that waits at the exchange."""
    await live.say(f"/sell {qty} btc stop=58000")
    for _ in range(cards):
        await live.tap(live.last, "✅ Set stop")
    (order,) = live.account.orders.values()
    put(live.account, order, trigger=TriggerState(Decimal(58000), Reference.LAST))


async def test_a_protection_cannot_be_moved_into_a_sale_above_the_limit(live: TradeChat) -> None:
    await protect(live, "0.01", 2)
    assert await live.say("/amend last stop=59000"), "it still protects"
    with pytest.raises(LimitReached) as caught:
        await live.say("/amend last stop=59900")
    assert caught.value.limit == Limit.ORDER


async def test_a_protection_whose_move_was_refused_is_one_as_before(
    live: TradeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> None:
        raise Rejected("EOrder:Invalid price")

    await protect(live, "0.001", 1)
    (before,) = await live.chat.records.placed_orders(1)
    card = await live.say("/amend last stop=59900")
    monkeypatch.setattr(live.account, "amend", refuse)
    await live.tap(card, "Change it")
    assert "The order stays as it was" in words_of(live.chat.messages[max(live.chat.messages)])
    assert await spent(live) == 0
    (after,) = await live.chat.records.placed_orders(1)
    assert after.intent == before.intent


async def test_a_small_protection_that_becomes_a_sale_counts_from_then_on(
    live: TradeChat,
) -> None:
    await protect(live, "0.001", 1)
    assert await spent(live) == 0
    card = await live.say("/amend last stop=59900")
    await live.tap(card, "Change it")
    assert await spent(live) == Decimal("59.9")
