"""/paper reset, fee, latency, how and why."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.errors import BadArgument, NotConnected
from bot.core.page import Page
from bot.core.trade.paper_args import read_paper
from bot.core.trade.types import Mode
from bot.desk.practice import Practising
from bot.handlers import COMMANDS_BY_NAME
from kraken.core.fees import FeeTier
from kraken.core.practice.why import WhyNot
from kraken.core.trading import OrderName, OrderRequest, OrderType
from kraken.core.types import Asset, Side, Symbol
from kraken.paper import PaperAccount
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.page_rules import words_of


class Practice(FakeAccount):
    """Notes what only practice can."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat.clock)
        self.told: list[Any] = []

    async def reset(self, balances: Mapping[Asset, Decimal]) -> None:
        self.told.append(dict(balances))

    async def set_fees(self, fees: FeeTier | None) -> None:
        self.told.append(fees)

    async def set_latency(self, latency: timedelta) -> None:
        self.told.append(latency)

    def why(self, name: OrderName) -> WhyNot | None:
        order = next(one for one in self.orders.values() if one.order_id == name.order_id)
        ask, best = Decimal("60020.5"), Decimal("60012.5")
        return WhyNot(order, ask, best, None, Decimal("0.84"), None, None)


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    made.accounts.paper = Practice(made)
    yield made
    made.tasks.close()


async def say(chat: Chat, args: str) -> Page:
    text = f"/paper {args}"
    await COMMANDS_BY_NAME["paper"].handler(chat.ask(command="paper", args=args, text=text))
    return chat.last


def told(chat: Chat) -> list[Any]:
    account: Any = chat.accounts.paper
    return list(account.told)


def test_the_real_practice_account_can_all_of_it() -> None:
    for name in ("reset", "set_fees", "set_latency", "why"):
        assert callable(getattr(PaperAccount, name))
        assert hasattr(Practising, name)


async def test_a_new_start_has_the_money_that_was_named_or_the_usual(chat: Chat) -> None:
    page = await say(chat, "reset 5000 eur btc=0.5")
    assert told(chat) == [{"EUR": Decimal(5000), "BTC": Decimal("0.5")}]
    assert "You have 5000 EUR, 0.5 BTC" in words_of(page).replace("5E+3", "5000")
    await say(chat, "reset")
    assert told(chat)[1] == {"USD": Decimal(10000)}


async def test_fees_are_named_ones_own_or_krakens_lowest(chat: Chat) -> None:
    await say(chat, "fee maker=0.1 taker=0.2")
    await say(chat, "fee")
    with pytest.raises(NotConnected):
        await say(chat, "fee mine")
    chat.accounts.live = FakeAccount(chat.clock)
    await say(chat, "fee mine")
    assert told(chat) == [
        FeeTier(Decimal("0.001"), Decimal("0.002")),
        None,
        FeeTier(Decimal("0.0025"), Decimal("0.004")),
    ]


async def test_a_slower_wire_and_how_it_fills(chat: Chat) -> None:
    await say(chat, "latency 150ms")
    assert told(chat) == [timedelta(milliseconds=150)]
    assert "walks the visible book" in words_of(await say(chat, "how"))


async def test_every_open_order_can_say_what_it_waits_for(chat: Chat) -> None:
    assert "no open orders" in words_of(await say(chat, "why"))
    order = chat.accounts.paper.add(
        OrderRequest(
            Symbol("BTC/USD"), Side.BUY, OrderType.LIMIT, Decimal(1), limit_price=Decimal(60000)
        )
    )
    said = words_of(await say(chat, "why"))
    assert "▲ 1 BTC/USD @ 60000: the best ask is 60020.5" in said
    assert "it was 60012.5 at best; 0.84 BTC is ahead of you" in said
    assert replace(order).is_open


async def test_in_live_mode_practice_is_asked_about_without_a_switch(chat: Chat) -> None:
    await chat.records.set_chat_mode(1, Mode.LIVE)
    chat.accounts.modes[1] = Mode.LIVE
    await say(chat, "how")
    await say(chat, "reset")
    assert await chat.records.chat_mode(1) is Mode.LIVE


@pytest.mark.parametrize(
    "text",
    [
        "rest",
        "reset 5000",
        "reset eur",
        "reset 1e9 eur",
        "reset btc=x",
        "reset 5000 €",
        "fee 0.1",
        "fee maker=0.1",
        "fee maker=11 taker=1",
        "latency",
        "latency 150",
        "latency 99999ms",
    ],
)
def test_what_is_not_understood_changes_nothing(text: str) -> None:
    with pytest.raises(BadArgument):
        read_paper(text)
