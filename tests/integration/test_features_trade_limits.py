"""Limits, pauses, restarts and Kraken's own counters between a preview and its tap."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.errors import LimitReached
from bot.core.texts.preview import FINISHED, NOT_YOURS
from bot.core.trade.limits import Limit, PauseKind
from bot.core.trade.refusals import OrderRefused
from bot.desk.tickets import resume
from kraken.core.types import SystemState
from tests.market_values import book, levels
from tests.page_rules import words_of
from tests.trade_chat import TradeChat, later


@pytest.fixture
def paper() -> AsyncIterator[TradeChat]:
    chat = TradeChat()
    yield chat
    chat.chat.tasks.close()


@pytest.fixture
def live() -> AsyncIterator[TradeChat]:
    chat = TradeChat(live=True)
    yield chat
    chat.chat.tasks.close()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("/buy 0.01 btc @ 60000", Limit.ORDER),
        ("/buy 0.001 btc @ 62000", Limit.COLLAR),
        ("/sell 0.001 btc @ 58000", Limit.COLLAR),
    ],
)
async def test_a_limit_is_told_before_anybody_taps(
    live: TradeChat, text: str, limit: Limit
) -> None:
    with pytest.raises(LimitReached) as caught:
        await live.say(text)
    assert caught.value.limit == limit


async def test_slippage_beyond_the_limit_is_told_before_anybody_taps(live: TradeChat) -> None:
    now = live.chat.clock.now()
    thin = book("BTC/USD", levels("60000 1"), levels("60010 0.0001", "61000 1"), now)
    live.chat.market.books["BTC/USD"].set(thin)
    await live.change(protection=Decimal(5))
    with pytest.raises(LimitReached) as caught:
        await live.say("/buy 0.001 btc market")
    assert caught.value.limit == Limit.SLIPPAGE


async def test_a_limit_that_was_lowered_in_between_stops_the_tap(live: TradeChat) -> None:
    page = await live.say("/buy 0.001 btc @ 60000")
    await live.chat.records.set_limit(1, Limit.ORDER, "50", by=1, now=live.chat.clock.now())
    await live.tap(page, "✅ Buy")
    assert words_of(live.last).startswith("❌ Not sent · 🔴 LIVE")
    assert live.sent == []
    assert (await live.tap(page, "✅ Buy")).toasts == [FINISHED]


async def test_a_pause_in_between_stops_the_tap(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    await paper.chat.services.brakes.pause(1, PauseKind.KILL, by=1)
    await paper.tap(page, "✅ Buy")
    assert paper.sent == []
    with pytest.raises(LimitReached):
        await paper.say("/buy 0.001 btc @ 60000")


async def test_cards_of_an_earlier_run_end_when_their_minute_is_over(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    used = await paper.say("/buy 0.002 btc @ 60000")
    await paper.tap(used, "✅ Buy")
    paper.chat.tasks.close()
    paper.chat.tasks.started.clear()  # the process died
    later(paper, 30)
    await resume(paper.chat.services)
    await paper.chat.tasks.run_all()
    ended = [edit[2] for edit in paper.chat.outbox.edits if "Expired" in words_of(edit[3])]
    assert ended == [100]
    await paper.tap(page, "✅ Buy", message=100)
    assert len(paper.sent) == 1


# -- the market's own state


def state_is(chat: TradeChat, system: SystemState) -> None:
    chat.chat.market.state = replace(chat.chat.market.state, system=system)


@pytest.mark.parametrize(
    ("state", "takes"),
    [
        (SystemState.ONLINE, {"limit", "post", "market"}),
        (SystemState.CANCEL_ONLY, set()),
        (SystemState.MAINTENANCE, set()),
        (SystemState.POST_ONLY, {"post"}),
        (SystemState.LIMIT_ONLY, {"limit", "post", "market"}),
        (SystemState.UNKNOWN, {"limit", "post", "market"}),
    ],
)
async def test_what_kraken_takes_now_decides_what_is_previewed(
    paper: TradeChat, state: SystemState, takes: set[str]
) -> None:
    state_is(paper, state)
    orders = {
        "limit": "/buy 0.001 btc @ 60000",
        "post": "/buy 0.001 btc @ 60000 post",
        "market": "/buy 0.001 btc market",  # sent as a limit order
    }
    taken = set()
    for name, text in orders.items():
        with suppress(OrderRefused):
            await paper.say(text)
            taken.add(name)
    assert taken == takes


async def test_a_market_that_closed_in_between_stops_the_tap(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    state_is(paper, SystemState.CANCEL_ONLY)
    await paper.tap(page, "✅ Buy")
    said = words_of(paper.last)
    assert said.startswith("❌ Not sent · 🧪 PAPER")
    assert "Kraken takes only cancels now. Nothing was sent." in said
    assert paper.sent == []


async def test_a_stream_that_stands_still_stops_orders(paper: TradeChat) -> None:
    page = await paper.say("/buy 0.001 btc @ 60000")
    paper.chat.clock.advance(11)  # and no frame of any kind came
    await paper.tap(page, "✅ Buy")
    assert paper.sent == []
    later(paper, 0)
    await paper.say("/buy 0.001 btc @ 60000")


# -- whose ticket it is


async def test_a_finished_card_is_taken_over_by_a_new_preview_only(paper: TradeChat) -> None:
    paper.chat.kind = "group"
    page = await paper.say("/buy 0.001 btc @ 60000", user_id=7)
    assert (await paper.tap(page, "✅ Buy", user_id=8)).toasts == [NOT_YOURS]
    later(paper, 61)
    await paper.tap(page, "✅ Buy", user_id=7)
    await paper.tap(paper.last, "New preview", user_id=8)
    assert (await paper.tap(paper.last, "✅ Buy", user_id=7)).toasts == [NOT_YOURS]
    assert paper.sent == []
    await paper.tap(paper.last, "✅ Buy", user_id=8)
    (placed,) = await paper.chat.records.placed_orders(1)
    assert placed.intent.user_id == 8
