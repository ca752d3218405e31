"""Express: what is typed goes out without a preview, and what may not is previewed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import AlreadySent, BadArgument, Expired, LimitReached
from bot.core.page import Page
from bot.core.trade.express import Express
from bot.core.trade.limits import Limit, PauseKind
from bot.core.trade.types import Mode
from bot.desk.tickets import resume
from bot.handlers import TAPS
from tests.intents import intent
from tests.market_values import book, levels
from tests.page_rules import words_of
from tests.trade_chat import TradeChat, later

SMALL = "/buy 0.0005 btc @ 60000"
LARGE = "/buy 0.0015 btc @ 60000"


class Writer(TradeChat):
    """A chat whose messages have numbers, as Telegram's have."""

    written = 0

    async def say(self, text: str, *, age: float = 0, **more: Any) -> Page:
        self.written += 1
        return await super().say(text, age=age, **{"message_id": self.written, **more})

    async def begin(self, most: str = "50") -> Page:
        await self.say(f"/express {most}")
        return await self.say("express")

    @property
    def shown(self) -> str:
        return words_of(self.last)


@pytest.fixture(params=["paper", "live"])
def chat(request: pytest.FixtureRequest) -> AsyncIterator[Writer]:
    made = Writer(live=request.param == "live")
    yield made
    made.chat.tasks.close()


@pytest.fixture
def live() -> AsyncIterator[Writer]:
    made = Writer(live=True)
    yield made
    made.chat.tasks.close()


@pytest.fixture
def paper() -> AsyncIterator[Writer]:
    made = Writer()
    yield made
    made.chat.tasks.close()


async def test_it_is_off_until_its_word_is_typed(chat: Writer) -> None:
    await chat.say(SMALL)
    assert "preview" in chat.shown
    await chat.say("/express 50")
    await chat.say(SMALL)
    assert "preview" in chat.shown and not chat.sent
    assert "on until" in words_of(await chat.say("express"))


async def test_what_is_typed_goes_out_at_once_and_its_card_says_how_long(chat: Writer) -> None:
    await chat.begin()
    await chat.say(SMALL)
    assert [str(each.qty) for each in chat.sent] == ["0.0005"]
    (placed,) = await chat.chat.records.placed_orders(1)
    assert placed.intent.express_until == chat.chat.clock.now() + timedelta(hours=1)
    assert placed.intent.card == max(chat.chat.messages)


async def test_an_order_above_the_maximum_is_previewed_and_says_until_when_it_is_on(
    chat: Writer,
) -> None:
    await chat.begin()
    await chat.say(LARGE)
    assert "larger than what express sends" in chat.shown
    assert "on until" in chat.shown and not chat.sent
    await chat.tap(chat.last, "✅")
    (placed,) = await chat.chat.records.placed_orders(1)
    assert placed.intent.express_until is None


async def test_it_ends_after_an_hour(chat: Writer) -> None:
    await chat.begin()
    later(chat, 3600)
    await chat.say(SMALL)
    assert "preview" in chat.shown and not chat.sent


async def test_it_is_ended_at_once(chat: Writer) -> None:
    await chat.begin()
    assert "off now" in words_of(await chat.say("/express off"))
    assert "off already" in words_of(await chat.say("/express off"))
    await chat.say(SMALL)
    assert not chat.sent


async def test_a_stop_of_trading_and_another_mode_end_it(chat: Writer) -> None:
    records, now = chat.chat.records, chat.chat.clock.now()
    await chat.begin()
    await records.pause(1, PauseKind.KILL, now=now)
    await records.resume(1, by=1, now=now)
    assert await records.express_of(1, 1, now) is None
    await chat.begin()
    await records.switch(1, Mode.PAPER, by=1, now=now)
    assert await records.express_of(1, 1, now) is None


async def test_another_role_ends_it(chat: Writer) -> None:
    records, now = chat.chat.records, chat.chat.clock.now()
    await chat.begin()
    for role in (Role.BLOCKED, Role.TRADER):
        await records.give_role(7, role, by=1, now=now)
    assert await records.express_of(1, 7, now) is None


async def test_it_is_of_one_person(chat: Writer) -> None:
    await chat.begin()
    await chat.say(SMALL, user_id=8)
    assert not chat.sent and "Express" not in chat.shown


async def test_it_is_of_one_account(paper: Writer) -> None:
    await paper.begin()
    found = await paper.chat.records.express_of(1, 7, paper.chat.clock.now())
    assert found is not None
    other = replace(found, account="paper:league:1L1")
    await paper.chat.records.allow_express(other, paper.chat.clock.now())
    await paper.say(SMALL)
    assert not paper.sent


async def test_there_is_none_in_groups(chat: Writer) -> None:
    await chat.begin()
    chat.chat.kind = "group"
    assert "No express in groups" in words_of(await chat.say("/express 50"))
    await chat.say(SMALL)
    assert not chat.sent


@pytest.mark.parametrize("text", ["buy 0.0005 btc @ 60000", "buy 0.0005 btc at 60000"])
async def test_plain_words_are_previewed(chat: Writer, text: str) -> None:
    await chat.begin()
    await chat.say(text)
    assert "preview" in chat.shown and not chat.sent


async def test_a_button_is_previewed(chat: Writer) -> None:
    await chat.begin()
    payload = {"command": "buy", "args": "0.0005 btc @ 60000"}
    await TAPS["run"].handler(chat.chat.ask(payload=payload))
    assert "preview" in chat.shown and not chat.sent


async def test_a_forwarded_command_is_previewed(chat: Writer) -> None:
    await chat.begin()
    await chat.say(SMALL, forwarded=True)
    assert not chat.sent


async def test_the_same_order_again_within_ten_seconds_is_previewed(chat: Writer) -> None:
    await chat.begin()
    await chat.say(SMALL)
    await chat.say(SMALL)
    assert "unusual, so I ask" in chat.shown and len(chat.sent) == 1


async def test_a_thin_book_is_previewed(paper: Writer) -> None:
    await paper.begin()
    now = paper.chat.clock.now()
    thin = book("BTC/USD", levels("60000 1"), levels("60010 0.0001", "62000 1"), now)
    paper.chat.market.books["BTC/USD"].set(thin)
    await paper.say("/buy 0.0005 btc market plain")
    assert "unusual, so I ask" in paper.shown and not paper.sent


async def test_an_old_price_is_previewed(paper: Writer) -> None:
    await paper.begin()
    paper.chat.clock.advance(7)
    await paper.say(SMALL)
    assert "not of this moment" in paper.shown and not paper.sent


async def test_limits_hold(live: Writer) -> None:
    await live.begin()
    await live.allow(Limit.ORDER, "20")
    with pytest.raises(LimitReached):
        await live.say(SMALL)
    assert not live.sent


async def test_more_than_one_order_may_be_is_not_allowed(live: Writer) -> None:
    with pytest.raises(LimitReached):
        await live.say("/express 101")


async def test_a_command_that_is_handled_again_sends_nothing_twice(chat: Writer) -> None:
    await chat.begin()
    await chat.say(SMALL, message_id=50)
    later(chat, 15)
    with pytest.raises(AlreadySent):
        await chat.say(SMALL, message_id=50)
    assert len(chat.sent) == 1


async def test_in_a_telegram_that_begins_empty_a_message_of_that_number_is_another_one(
    chat: Writer,
) -> None:
    await chat.begin()
    await chat.say(SMALL, message_id=50)
    later(chat, 15)
    await chat.chat.records.forget_messages()
    await chat.say("/buy 0.0004 btc @ 60000", message_id=50)
    assert len(chat.sent) == 2, chat.shown


async def test_a_command_whose_first_try_died_before_it_sent_is_previewed(
    chat: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.begin()

    async def dies(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(chat.chat.services.trading, "place", dies)
        with pytest.raises(RuntimeError):
            await chat.say(SMALL, message_id=50)
    card = max(chat.chat.messages)
    await resume(chat.chat.services)
    await chat.say(SMALL, message_id=50)
    assert "preview" in chat.shown and not chat.sent
    later(chat, 61)
    await chat.chat.tasks.run_all()
    edited = {message: page for _, _, message, page in chat.chat.outbox.edits}
    assert "Expired" in words_of(edited[card])


async def test_a_command_whose_first_try_was_not_sent_is_not_called_done(chat: Writer) -> None:
    """The bot died after its ticket was used up for the refusal."""
    await chat.begin()
    trading = chat.chat.services.trading

    class Refusing:
        async def place(self, *_: Any) -> None:
            raise LimitReached(Limit.MINUTE, "10", "11")

    chat.chat.services = replace(chat.chat.services, trading=Refusing())
    await chat.say(SMALL, message_id=50)
    assert "Nothing was sent" in chat.shown
    chat.chat.services = replace(chat.chat.services, trading=trading)
    await chat.say(SMALL, message_id=50)
    assert "preview" in chat.shown and not chat.sent


async def test_the_transaction_refuses_what_express_does_not_cover_any_more() -> None:
    chat = Writer()
    records, now = chat.chat.records, chat.chat.clock.now()
    until = now + timedelta(hours=1)
    order = replace(intent(mode=Mode.PAPER), user_id=7, express_until=until)
    with pytest.raises(Expired):
        await records.commit_intent(order, ticket_id=None, now=now)
    allowed = Express(order.chat_id, 7, order.account, order.value - 1, until)
    await records.allow_express(allowed, now)
    with pytest.raises(Expired):
        await records.commit_intent(order, ticket_id=None, now=now)
    await records.allow_express(replace(allowed, most=order.value), now)
    await records.commit_intent(order, ticket_id=None, now=now)


async def test_it_is_written_down_with_what_it_sent(live: Writer) -> None:
    await live.begin()
    await live.say(SMALL)
    await live.say("/express off")
    rows = await live.chat.records.audit_entries(1, 10)
    said = [(row.action, row.body) for row in rows]
    assert [action for action, _ in said] == ["setting", "order", "setting"]
    assert '"source":"express"' in said[1][1] and '"after":"50 USD"' in said[2][1]


async def test_practice_can_do_without_the_tap(paper: Writer) -> None:
    await paper.say("/settings confirm off")
    paper.chat.kind = "group"
    await paper.say("/buy 0.01 btc @ 60000")
    assert len(paper.sent) == 1
    (placed,) = await paper.chat.records.placed_orders(1)
    assert placed.intent.express_until is None
    await paper.say("/settings confirm on")
    await paper.say(SMALL)
    assert "preview" in paper.shown and len(paper.sent) == 1


async def test_real_money_never_goes_without_the_tap_because_practice_does(live: Writer) -> None:
    await live.say("/settings confirm off")
    await live.say(SMALL)
    assert "preview" in live.shown and not live.sent


@pytest.mark.parametrize("said", ["0", "-5", "1e3", "0,5", "50 eur", "10001", "abc", "nan"])
async def test_an_amount_that_is_none_is_refused(paper: Writer, said: str) -> None:
    with pytest.raises(BadArgument):
        await paper.say(f"/express {said}")
    with pytest.raises(BadArgument):
        await paper.say("/settings confirm maybe")


async def test_a_word_that_comes_too_late_allows_nothing(paper: Writer) -> None:
    await paper.say("/express 50")
    later(paper, 121)
    await paper.say("express")
    assert await paper.chat.records.express_of(1, 7, paper.chat.clock.now()) is None
    assert "on until" not in paper.shown
    assert Decimal(0) == sum(each.qty or 0 for each in paper.sent)
