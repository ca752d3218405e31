"""A change of an open order passes the limits and pauses that the order itself has to pass."""

from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from bot.core.errors import LimitReached
from bot.core.trade.limits import Limit, PauseKind
from bot.core.trade.types import Mode, Standing
from bot.handlers import TAPS
from kraken.core.errors import InsufficientFunds, KrakenError, NotSent, OutcomeUnknown
from kraken.core.trading import Order
from tests.account_talk import D, add, add_stop
from tests.chat_talk import say, tap
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.intents import intent
from tests.page_rules import words_of


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    yield chat
    chat.tasks.close()


def live(chat: Chat) -> FakeAccount:
    assert chat.accounts.live is not None
    return chat.accounts.live


async def refused(chat: Chat, text: str) -> str:
    with pytest.raises(LimitReached) as caught:
        await say(chat, text)
    return caught.value.limit


async def ours(chat: Chat, value: str) -> Order:
    """An open order of a thousandth of a bitcoin at 50,000 that was counted with this value."""
    account = (await chat.accounts.of(1)).id
    made = intent(value, account=account, user_id=7, now=chat.clock.now())
    await chat.records.commit_intent(made, ticket_id=None, now=chat.clock.now())
    order = live(chat).add(made.request)
    await chat.records.note_standing(
        made.client_id, Standing.ACKED, order=order, now=chat.clock.now()
    )
    return order


async def test_more_amount_than_an_order_may_have_is_refused_before_anybody_taps(
    chat: Chat,
) -> None:
    add(live(chat), qty=D("0.001"))
    assert await refused(chat, "/amend last amount=0.01") == Limit.ORDER
    assert live(chat).asked["amend"] == 0


async def test_a_limit_cannot_be_moved_into_the_market_past_the_collar(chat: Chat) -> None:
    add(live(chat), qty=D("0.001"))
    assert await refused(chat, "/amend last 62000") == Limit.COLLAR


async def test_a_limit_that_was_lowered_after_the_card_stops_the_tap(chat: Chat) -> None:
    order = add(live(chat), qty=D("0.001"))
    page = await say(chat, "/amend last amount=0.0015")
    await chat.records.set_limit(1, Limit.ORDER, "70", by=1, now=chat.clock.now())
    with pytest.raises(LimitReached):
        await tap(chat, page, "Change it · LIVE")
    assert live(chat).orders[order.order_id].qty == D("0.001")


async def test_what_an_order_moves_more_counts_against_the_day(chat: Chat) -> None:
    await chat.records.set_limit(1, Limit.DAY, "120", by=1, now=chat.clock.now())
    await ours(chat, "50")
    page = await say(chat, "/amend last amount=0.0018")
    await tap(chat, page, "Change it · LIVE")
    assert (await chat.records.counts(1, chat.clock.now())).spent_today == Decimal(90)
    add(live(chat), qty=D("0.001"), limit_price=D(50000))
    chat.clock.advance(1)
    assert await refused(chat, "/buy 0.001 btc @ 50000") == Limit.DAY


@pytest.mark.parametrize("no", [InsufficientFunds("EOrder:Insufficient funds"), NotSent("net")])
async def test_a_change_that_was_refused_counts_for_nothing(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, no: KrakenError
) -> None:
    async def refuse(*_: Any) -> None:
        raise no

    await ours(chat, "50")
    await chat.records.set_limit(1, Limit.DAY, "120", by=1, now=chat.clock.now())
    with monkeypatch.context() as patch:
        patch.setattr(live(chat), "amend", refuse)
        for _ in range(3):
            page = await say(chat, "/amend last amount=0.0018")
            with suppress(NotSent):
                page = await tap(chat, page, "Change it · LIVE")
                assert "not changed" in words_of(page)
            counted = await chat.records.counts(1, chat.clock.now())
            assert counted.spent_today == Decimal(50)
    page = await say(chat, "/amend last amount=0.0018")
    await tap(chat, page, "Change it · LIVE")
    assert (await chat.records.counts(1, chat.clock.now())).spent_today == Decimal(90)


async def test_a_change_of_unknown_outcome_counts(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose(*_: Any) -> None:
        raise OutcomeUnknown("timeout")

    await ours(chat, "50")
    page = await say(chat, "/amend last amount=0.0018")
    monkeypatch.setattr(live(chat), "amend", lose)
    with pytest.raises(OutcomeUnknown):
        await tap(chat, page, "Change it · LIVE")
    assert (await chat.records.counts(1, chat.clock.now())).spent_today == Decimal(90)


async def test_two_raises_cannot_pass_the_day_that_has_room_for_one(chat: Chat) -> None:
    await chat.records.set_limit(1, Limit.DAY, "140", by=1, now=chat.clock.now())
    pages = []
    for _ in range(2):
        order = await ours(chat, "50")
        pages.append(await say(chat, f"/amend {order.order_id} amount=0.0015"))
    await tap(chat, pages[0], "Change it · LIVE")
    with pytest.raises(LimitReached) as caught:
        await tap(chat, pages[1], "Change it · LIVE")
    assert caught.value.limit == Limit.DAY
    assert live(chat).asked["amend"] == 1


@pytest.mark.parametrize("words", ["amount=0.02", "60100"])
async def test_nothing_is_changed_into_more_while_trading_is_paused(
    chat: Chat, words: str
) -> None:
    chat.accounts.modes[1] = Mode.PAPER
    add(chat.accounts.paper)
    page = await say(chat, f"/amend last {words}")
    chat.services.brakes.hold(1, PauseKind.KILL)
    button = page.rows[0][0]
    with pytest.raises(LimitReached) as caught:
        await TAPS[button.verb].handler(chat.ask(payload=button.payload))
    assert caught.value.limit == Limit.PAUSED
    assert await refused(chat, f"/amend last {words}") == Limit.PAUSED
    assert chat.accounts.paper.asked["amend"] == 0


async def test_a_protective_stop_follows_the_market_and_amounts_shrink_in_a_pause(
    chat: Chat,
) -> None:
    stop = add_stop(live(chat), qty=D("0.01"))
    await chat.services.brakes.pause(1, PauseKind.LOSS)
    page = await say(chat, "/amend last stop=59000")
    await tap(chat, page, "Change it · LIVE")
    order = add(live(chat), qty=D("0.01"))
    page = await say(chat, f"/amend {order.order_id} amount=0.005")
    await tap(chat, page, "Change it · LIVE")
    assert live(chat).asked["amend"] == 2
    assert live(chat).orders[stop.order_id].is_amended
    assert live(chat).orders[order.order_id].qty == D("0.005")
