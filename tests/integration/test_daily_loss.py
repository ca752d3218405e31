"""The daily loss limit: judged after every fill, paused with the reason, told once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from bot.core.trade.limits import Limit, PauseKind
from bot.core.trade.types import AccountId, Mode
from bot.desk.doors import ChatAccount
from bot.desk.losses import LossWatch, realised_loss
from bot.desk.services import Services
from kraken.core.errors import NotSent
from kraken.core.trading import Fill, Liquidity
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.page_rules import words_of

LIVE = AccountId("live:key")


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    made.accounts.live = FakeAccount(made.clock)
    await made.records.set_chat_mode(1, Mode.LIVE)
    yield made
    made.tasks.close()


async def filled(chat: Chat, side: Side, price: str, number: int) -> None:
    fill = Fill(
        exec_id=ExecId(f"E{number}"),
        order_id=OrderId(f"O{number}"),
        symbol=Symbol("BTC/USD"),
        side=side,
        price=Decimal(price),
        qty=Decimal("0.01"),
        cost=Decimal(price) / 100,
        liquidity=Liquidity.TAKER,
        fee=Decimal(1),
        fee_asset=Asset("USD"),
        at=chat.clock.now(),
    )
    assert chat.accounts.live is not None
    chat.accounts.live.filled.append(fill)
    await chat.records.book_fill(LIVE, fill)


async def test_a_chat_that_lost_too_much_is_paused_with_the_reason(chat: Chat) -> None:
    watch = LossWatch(chat.services)
    await filled(chat, Side.BUY, "60000", 1)
    await watch.look(1)
    assert chat.services.brakes.pause_of(1) is None
    chat.clock.advance(60)
    await filled(chat, Side.SELL, "50100", 2)
    await watch.look(1)
    pause = chat.services.brakes.pause_of(1)
    assert pause is not None
    assert pause.kind is PauseKind.LOSS
    [(where, _, page)] = chat.outbox.pushes
    assert where == 1
    assert "the daily loss limit was reached" in words_of(page)


async def test_the_loss_is_what_was_realised_with_its_fees_in_dollars(chat: Chat) -> None:
    assert chat.accounts.live is not None
    account = ChatAccount(LIVE, Mode.LIVE, 1, chat.accounts.live)
    midnight = chat.clock.now().replace(hour=0, minute=0)
    await filled(chat, Side.BUY, "60000", 1)
    assert await realised_loss(chat.services, account, midnight) == 1, "the fee alone"
    chat.clock.advance(60)
    await filled(chat, Side.SELL, "59000", 2)
    chat.clock.advance(3600)  # whoever reads the past again at once is shown what was read
    assert await realised_loss(chat.services, account, midnight) == 12


async def test_a_past_that_cannot_be_reckoned_ends_no_other_chats_watch(chat: Chat) -> None:
    await chat.records.set_chat_mode(2, Mode.LIVE)
    looks = 0

    async def loss_of(services: Services, account: ChatAccount, since: datetime) -> Decimal:
        if account.chat_id == 1:
            raise ZeroDivisionError
        return Decimal(100)

    async def sleep(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 2:
            raise asyncio.CancelledError

    await filled(chat, Side.BUY, "60000", 1)
    with pytest.raises(asyncio.CancelledError):
        await LossWatch(replace(chat.services, sleep=sleep), loss_of).run()
    assert chat.services.brakes.pause_of(2) is not None


async def test_more_fills_than_are_read_at_once_are_still_seen(chat: Chat) -> None:
    asked: list[int] = []

    async def loss_of(services: Services, account: ChatAccount, since: datetime) -> Decimal:
        asked.append(account.chat_id)
        return Decimal(0)

    watch = LossWatch(chat.services, loss_of)
    for number in range(1000):
        await filled(chat, Side.BUY, "60000", number)
    await watch.look(1)
    chat.clock.advance(1)
    await filled(chat, Side.SELL, "60000", 1000)
    await watch.look(1)
    assert asked == [1, 1]


async def test_after_a_resume_only_another_loss_pauses_again(chat: Chat) -> None:
    asked: list[str] = []

    async def loss_of(services: Services, account: ChatAccount, since: datetime) -> Decimal:
        asked.append(account.id)
        return Decimal(100)

    watch = LossWatch(chat.services, loss_of)
    await watch.look(1)
    assert asked == [], "nothing was filled today"
    await filled(chat, Side.BUY, "60000", 1)
    await watch.look(1)
    await chat.services.brakes.resume(1, by=1)
    await watch.look(1)
    assert chat.services.brakes.pause_of(1) is None
    await filled(chat, Side.SELL, "60000", 2)
    await watch.look(1)
    assert chat.services.brakes.pause_of(1) is not None
    assert len(asked) == 2


async def test_the_limit_of_the_chat_counts_and_what_is_not_known_pauses_nobody(
    chat: Chat,
) -> None:
    answers: list[Decimal | Exception] = [NotSent("x"), Decimal("49.99"), Decimal(50)]

    async def loss_of(services: Services, account: ChatAccount, since: datetime) -> Decimal:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    await chat.records.set_limit(1, Limit.LOSS, "50", by=1, now=chat.clock.now())
    watch = LossWatch(chat.services, loss_of)
    await filled(chat, Side.BUY, "60000", 1)
    await watch.look(1)
    await watch.look(1)
    assert chat.services.brakes.pause_of(1) is None
    await filled(chat, Side.SELL, "60000", 2)
    await watch.look(1)
    assert chat.services.brakes.pause_of(1) is not None


async def test_every_live_chat_is_looked_at_and_no_other(chat: Chat) -> None:
    await chat.records.set_chat_mode(2, Mode.PAPER)
    assert await chat.records.live_chats() == [1]
