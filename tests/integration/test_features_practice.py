"""/paper reset, fee, latency, stats, how and why."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import (
    AlreadySent,
    BadArgument,
    Expired,
    NotAllowed,
    NotConnected,
    NotReady,
)
from bot.core.page import Page
from bot.core.trade.types import Mode
from bot.desk.practice import Practising
from bot.handlers import COMMANDS_BY_NAME, TAPS
from kraken.core.errors import NotSent
from kraken.core.fees import FeeTier
from kraken.core.practice.rates import OwnVolume
from kraken.core.trading import OrderRequest, OrderType
from kraken.core.types import OrderId, Side, Symbol
from kraken.paper import PaperAccount, Unchecked
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.page_rules import words_of


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


LIMIT = OrderRequest(
    Symbol("BTC/USD"), Side.BUY, OrderType.LIMIT, Decimal(1), limit_price=Decimal(60000)
)


async def command(chat: Chat, name: str, args: str = "") -> Page:
    asked = chat.ask(command=name, args=args, text=f"/{name} {args}")
    await COMMANDS_BY_NAME[name].handler(asked)
    return chat.last


async def say(chat: Chat, args: str) -> Page:
    return await command(chat, "paper", args)


def told(chat: Chat) -> list[Any]:
    return list(chat.accounts.paper.told)


async def test_the_real_practice_account_can_all_of_it(chat: Chat) -> None:
    for name in (
        "reset",
        "set_fees",
        "set_latency",
        "why",
        "fees",
        "latency",
        "key_volume",
        "unchecked",
    ):
        assert hasattr(PaperAccount, name)
    assert isinstance(chat.accounts.paper, Practising)


async def test_a_new_start_has_the_money_that_was_named_or_the_usual(chat: Chat) -> None:
    page = await say(chat, "reset 5000 eur btc=0.5")
    assert told(chat) == [{"EUR": Decimal(5000), "BTC": Decimal("0.5")}]
    assert "You own 5,000 EUR, 0.5 BTC" in words_of(page)
    await say(chat, "reset")
    assert told(chat)[1] == {"USD": Decimal(10000)}


async def test_a_new_start_that_ends_orders_is_confirmed_once(chat: Chat) -> None:
    chat.accounts.paper.add(LIMIT)
    page = await say(chat, "reset 5000 usd")
    assert "1 open order would end" in words_of(page)
    assert told(chat) == []
    (button,) = page.buttons()
    asking = chat.ask(payload=button.payload, message_id=max(chat.messages))
    await TAPS[button.verb].handler(asking)
    assert told(chat) == [{"USD": Decimal(5000)}]
    assert "new play money" in words_of(chat.last)
    with pytest.raises(AlreadySent):
        await TAPS[button.verb].handler(asking)
    assert len(told(chat)) == 1


async def test_a_confirmation_that_is_too_old_or_somebody_elses_changes_nothing(
    chat: Chat,
) -> None:
    chat.accounts.paper.add(LIMIT)
    (button,) = (await say(chat, "reset")).buttons()
    with pytest.raises(Expired):
        await TAPS[button.verb].handler(chat.ask(payload=button.payload, user_id=99))
    chat.clock.advance(61)
    with pytest.raises(Expired):
        await TAPS[button.verb].handler(chat.ask(payload=button.payload))
    assert told(chat) == []


async def test_an_asset_that_kraken_does_not_have_changes_nothing(chat: Chat) -> None:
    with pytest.raises(BadArgument, match="NOPE"):
        await say(chat, "reset 5 nope")
    assert told(chat) == []


async def test_in_a_group_only_its_owner_resets_and_a_trader_asks(chat: Chat) -> None:
    chat.kind, chat.role = "group", Role.TRADER
    for args in ("", "reset", "fee mine", "latency 1s"):
        with pytest.raises(NotAllowed):
            await say(chat, args)
    assert told(chat) == []
    assert "walks the live book" in words_of(await say(chat, "how"))
    chat.role = Role.CHAT_OWNER
    await say(chat, "reset")
    assert len(told(chat)) == 1


async def test_fees_are_named_ones_own_or_krakens_lowest(chat: Chat) -> None:
    page = await say(chat, "fee maker=0.1 taker=0.2")
    assert "0.1 % maker, 0.2 % taker" in words_of(page)
    await say(chat, "fee lowest")
    with pytest.raises(NotConnected):
        await say(chat, "fee mine")
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.live.volume = Decimal(60000)
    assert "Those of your key: 0.14 % maker, 0.24 % taker" in words_of(await say(chat, "fee mine"))
    assert told(chat) == [
        FeeTier(Decimal("0.001"), Decimal("0.002")),
        None,
        None,
        OwnVolume(Decimal(60000), "live:key", chat.clock.now()),
    ]
    await say(chat, "fee lowest")
    assert "0.25 % maker" in words_of(await say(chat, "fee"))
    assert len(told(chat)) == 5  # and the key is asked no more


async def test_fees_follow_the_key_as_long_as_nobody_chose_any(chat: Chat) -> None:
    assert "Kraken’s lowest tier" in words_of(await say(chat, "fee"))
    chat.accounts.live = live = FakeAccount(chat.clock)
    live.volume = Decimal(60000)
    assert "Those of your key: 0.14 % maker" in words_of(await say(chat, "fee"))
    live.volume = Decimal(120000)
    assert "0.14 % maker" in words_of(await say(chat, "fee")) and live.asked["own_fees"] == 1
    chat.clock.advance(86400)
    live.answers["own_fees"] = [NotSent("away")]
    assert "0.14 % maker" in words_of(await say(chat, "fee"))
    assert "0.12 % maker" in words_of(await say(chat, "fee"))
    chat.accounts.live = None
    assert "Kraken’s lowest tier" in words_of(await say(chat, "fee"))


async def test_a_key_that_does_not_say_what_it_pays_is_not_guessed(chat: Chat) -> None:
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.live.answers["own_fees"] = [NotSent("away")]
    with pytest.raises(NotReady):
        await say(chat, "fee mine")
    assert "Those of your key" in words_of(await say(chat, "fee"))


async def test_a_slower_wire_and_how_it_fills(chat: Chat) -> None:
    assert "150 ms later" in words_of(await say(chat, "latency 150ms"))
    assert told(chat) == [timedelta(milliseconds=150)]
    assert "150 ms later" in words_of(await say(chat, "latency"))
    await say(chat, "latency off")
    assert told(chat)[1:] == [timedelta(0)]
    assert "walks the live book" in words_of(await say(chat, "how"))


async def test_every_open_order_can_say_what_it_waits_for(chat: Chat) -> None:
    assert "no open practice order" in words_of(await say(chat, "why"))
    first = chat.accounts.paper.add(LIMIT)
    said = words_of(await say(chat, "why"))
    assert "▲ BUY 1 BTC/USD limit @ 60,000.0" in said
    assert "The best ask is 60,020.5 now." in said
    assert "the best ask was never below 60,012.5" in said
    assert "0.84 BTC is ahead of you at your price." in said
    chat.accounts.paper.add(LIMIT)
    page = await say(chat, "why")
    assert "which order?" in words_of(page)
    assert len(page.buttons()) == 2
    await TAPS["why"].handler(chat.ask(payload=page.buttons()[1].payload))
    assert "0.84 BTC is ahead" in words_of(chat.last)
    assert "0.84 BTC is ahead" in words_of(await say(chat, f"why {first.order_id}"))
    assert "0.84 BTC is ahead" in words_of(await say(chat, "why last"))
    assert "not open" in words_of(await say(chat, "why ONONE-XXXXX-XXXXXX"))
    listed = await command(chat, "orders")
    assert "Why not filled?" in [button.label for button in listed.buttons()]


async def test_stats_compare_with_holding(chat: Chat) -> None:
    page = await say(chat, "stats")
    said = words_of(page)
    assert "Return" in said and "Holding BTC" in said and "Max drawdown" in said


async def test_in_live_mode_practice_is_asked_about_without_a_switch(chat: Chat) -> None:
    await chat.records.set_chat_mode(1, Mode.LIVE)
    chat.accounts.modes[1] = Mode.LIVE
    await say(chat, "how")
    await say(chat, "reset")
    assert await chat.records.chat_mode(1) is Mode.LIVE


async def test_live_orders_have_no_such_button(chat: Chat) -> None:
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    chat.accounts.live.add(LIMIT)
    listed = await command(chat, "orders")
    assert "Why not filled?" not in [button.label for button in listed.buttons()]


async def test_why_says_in_which_time_nobody_knows_what_traded(chat: Chat) -> None:
    account = chat.accounts.paper
    order = account.add(
        OrderRequest(
            symbol=Symbol("BTC/USD"),
            side=Side.BUY,
            type=OrderType.LIMIT,
            qty=Decimal("0.01"),
            limit_price=Decimal(60000),
        )
    )
    now = chat.clock.now()
    account.unchecked = (
        Unchecked(order.symbol, (order.order_id,), now - timedelta(hours=2), now),
        Unchecked(order.symbol, (OrderId("OTHER"),), now, now),
    )
    said = words_of(await say(chat, "why"))
    assert said.count("nobody knows what traded then") == 1
    assert "From 10:00:00 UTC to 12:00:00 UTC I was away" in said
