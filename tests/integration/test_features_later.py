"""What has to wait: an order for the exchange's rate limit, a preview for a price."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.access import Role
from bot.core.errors import LimitReached
from bot.core.page import Page
from bot.core.texts.errors import error_page
from bot.core.texts.preview import NOT_YOURS
from bot.core.trade.limits import PauseKind
from bot.core.trade.refusals import OrderRefused
from kraken.core.limiter import Action
from kraken.core.types import SystemState
from tests.fake_accounts import FakeAccount
from tests.market_values import book, levels
from tests.page_rules import words_of
from tests.trade_chat import TradeChat, later

ORDER = "/buy 0.001 btc @ 60000"


class Counting(FakeAccount):
    """An account that may send again at some time."""

    until = 0.0

    def wait_for(self, symbol: str, action: Action) -> timedelta:
        return max(timedelta(seconds=self.until) - self.passed, timedelta())

    @property
    def passed(self) -> timedelta:
        return self._clock.now() - self.began


@pytest.fixture
def live() -> AsyncIterator[TradeChat]:
    chat = TradeChat(live=True)
    account = Counting(chat.chat.clock)
    account.began = chat.chat.clock.now()  # type: ignore[attr-defined]
    chat.chat.accounts.live = account
    chat.chat.on_sleep = lambda seconds: later(chat, 0)
    yield chat
    chat.chat.tasks.close()


@pytest.fixture
def paper() -> AsyncIterator[TradeChat]:
    chat = TradeChat()
    yield chat
    chat.chat.tasks.close()


def busy(chat: TradeChat, seconds: float) -> None:
    account = chat.chat.accounts.live
    assert isinstance(account, Counting)
    account.until = (account.passed + timedelta(seconds=seconds)).total_seconds()


async def waiting(chat: TradeChat, seconds: float = 3.2) -> Page:
    """The card after a tap that came too early."""
    busy(chat, seconds)
    page = await chat.say(ORDER)
    await chat.tap(page, "✅ Buy")
    return chat.last


async def test_an_order_is_previewed_while_the_exchange_counts_too_many_changes(
    live: TradeChat,
) -> None:
    page = await waiting(live)
    assert "Kraken lets you send again in 4 s. Nothing was sent." in words_of(page)
    assert [each.label for each in page.buttons()] == ["Send then", "✖ Cancel"]
    assert live.sent == []


async def test_send_then_sends_once_and_then(live: TradeChat) -> None:
    page = await waiting(live)
    await live.tap(page, "Send then")
    await live.tap(page, "Send then")
    assert "goes out in 4 s" in words_of(live.last) and live.sent == []
    await live.chat.tasks.run_all()
    assert len(live.sent) == 1
    await live.tap(page, "Send then")
    assert len(live.sent) == 1


async def test_a_second_tap_does_not_say_that_the_order_is_given_up(live: TradeChat) -> None:
    """It would: what is replaced says its last word, and the order goes out all the same."""
    page = await waiting(live)
    await live.tap(page, "Send then")
    await live.tap(page, "Send then")
    assert not live.chat.tasks.stopped
    assert "goes out in 4 s" in words_of(live.last)


async def test_it_can_be_put_away_while_it_waits(live: TradeChat) -> None:
    page = await waiting(live)
    await live.tap(page, "Send then")
    await live.tap(live.last, "✖ Cancel")
    await live.chat.tasks.run_all()
    assert live.sent == [] and "Cancelled" in words_of(live.last)


async def test_what_moved_meanwhile_is_shown_and_not_sent(live: TradeChat) -> None:
    busy(live, 3)
    page = await live.say("/buy 0.001 btc market")
    await live.tap(page, "✅ Buy")
    await live.tap(live.last, "Send then")
    now = live.chat.clock.now()
    moved = book("BTC/USD", levels("60800 1"), levels("60810 1"), now)
    live.chat.market.books["BTC/USD"].set(moved)
    await live.chat.tasks.run_all()
    assert live.sent == [] and "The price moved" in words_of(live.last)


async def test_a_stop_of_trading_ends_what_waits(live: TradeChat) -> None:
    page = await waiting(live)
    await live.tap(page, "Send then")
    await live.chat.services.brakes.pause(1, PauseKind.KILL, by=1)
    await live.chat.tasks.run_all()
    assert live.sent == [] and "Nothing was sent" in words_of(live.last)
    with pytest.raises(LimitReached):
        await live.say(ORDER)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.BLOCKED])
async def test_who_may_trade_no_more_has_nothing_sent_that_waited(
    live: TradeChat, role: Role
) -> None:
    """Nobody taps when its moment comes, so nobody's role is asked for then."""
    page = await waiting(live)
    await live.tap(page, "Send then")
    await live.chat.records.give_role(7, role, by=1, now=live.chat.clock.now())
    await live.chat.tasks.run_all()
    assert live.sent == []


async def test_a_wait_that_outlives_the_minute_ends_it(live: TradeChat) -> None:
    page = await waiting(live, 70)
    await live.tap(page, "Send then")
    await live.chat.tasks.run_all()
    assert live.sent == [] and "Expired" in words_of(live.last)


async def test_it_is_the_authors_tap_only(live: TradeChat) -> None:
    page = await waiting(live)
    assert (await live.tap(page, "Send then", user_id=8)).toasts == [NOT_YOURS]
    assert live.sent == []


# -- a preview that cannot be made now


async def refused(chat: TradeChat) -> Page:
    with pytest.raises(OrderRefused) as caught:
        await chat.say(ORDER)
    page = error_page(caught.value, command="buy")
    assert page is not None
    chat.chat.messages[50] = page
    return page


async def test_the_preview_comes_when_the_price_is_back_and_sends_nothing(
    paper: TradeChat,
) -> None:
    paper.chat.clock.advance(11)
    page = await refused(paper)
    await paper.tap(page, "When it is back", message=50)
    slept: list[float] = []

    def back(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            later(paper, 0)

    paper.chat.on_sleep = back
    await paper.chat.tasks.run_all()
    assert "preview, 60 s" in words_of(paper.last)
    assert "stands below" in words_of(paper.chat.messages[50])
    assert paper.sent == []


async def test_it_comes_when_the_exchange_is_open_again(paper: TradeChat) -> None:
    market = paper.chat.market
    market.state = replace(market.state, system=SystemState.CANCEL_ONLY)
    page = await refused(paper)

    def opens(seconds: float) -> None:
        market.state = replace(market.state, system=SystemState.ONLINE)
        later(paper, 0)

    paper.chat.on_sleep = opens
    await paper.tap(page, "When it is open", message=50)
    await paper.chat.tasks.run_all()
    assert "preview, 60 s" in words_of(paper.last) and paper.sent == []


async def test_it_is_given_up_after_a_quarter_of_an_hour(paper: TradeChat) -> None:
    paper.chat.clock.advance(11)
    page = await refused(paper)
    await paper.tap(page, "When it is back", message=50)
    await paper.chat.tasks.run_all()
    assert "I stopped trying. Nothing was sent." in words_of(paper.chat.messages[50])


async def test_a_second_tap_does_not_say_that_no_preview_comes(paper: TradeChat) -> None:
    paper.chat.clock.advance(11)
    page = await refused(paper)
    await paper.tap(page, "When it is back", message=50)
    await paper.tap(page, "When it is back", message=50)
    assert not paper.chat.tasks.stopped


async def test_why_there_is_no_preview_is_said_when_it_is_nobodys_fault(paper: TradeChat) -> None:
    paper.chat.clock.advance(11)
    page = await refused(paper)
    await paper.tap(page, "When it is back", message=50)
    await paper.chat.services.brakes.pause(1, PauseKind.KILL, by=1)
    later(paper, 0)
    await paper.chat.tasks.run_all()
    said = words_of(paper.chat.messages[50])
    assert "stopped" in said and "on my side" not in said
