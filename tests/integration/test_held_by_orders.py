"""Money that is missing because orders hold it: how much, by how many, and where they are."""

from collections.abc import AsyncIterator

import pytest

from bot.core.page import Page
from bot.core.texts.errors import error_page
from bot.core.trade.refusals import OrderRefused
from kraken.core.errors import NotSent
from kraken.core.holdings import Balance
from kraken.core.types import Asset, Side, Symbol
from tests.account_talk import D, add
from tests.page_rules import words_of
from tests.trade_chat import TradeChat


@pytest.fixture
def chat() -> AsyncIterator[TradeChat]:
    made = TradeChat()
    made.account.own[Asset("USD")] = Balance(D(641), D(600))
    yield made
    made.chat.tasks.close()


async def refused(chat: TradeChat, text: str) -> Page:
    with pytest.raises(OrderRefused) as caught:
        await chat.say(text)
    page = error_page(caught.value, command="buy")
    assert page is not None
    return page


async def test_one_order_that_holds_it_is_a_tap_away(chat: TradeChat) -> None:
    order = add(chat.account)
    add(chat.account, side=Side.SELL)
    add(chat.account, symbol=Symbol("BTC/EUR"))
    page = await refused(chat, "/buy 0.001 btc @ 60000")
    assert "You have 41.00 USD free, this needs 60.15 with fee." in words_of(page)
    assert "600.00 USD is held by 1 open order. Nothing was sent." in words_of(page)
    button = next(each for each in page.buttons() if each.label == "Show order")
    assert (button.verb, button.payload) == ("order", {"order": order.order_id})


async def test_several_are_counted_and_listed(chat: TradeChat) -> None:
    add(chat.account)
    add(chat.account, symbol=Symbol("ETH/USD"))
    page = await refused(chat, "/buy 0.001 btc @ 60000")
    assert "held by 2 open orders" in words_of(page)
    assert "Show orders" in [each.label for each in page.buttons()]


async def test_what_is_all_held_is_not_called_missing(chat: TradeChat) -> None:
    chat.account.own[Asset("USD")] = Balance(D(600), D(600))
    add(chat.account)
    said = words_of(await refused(chat, "/buy 0.001 btc @ 60000"))
    assert "You have no USD free." in said and "600.00 USD is held by 1 open order" in said


async def test_a_sale_names_the_sales_that_hold_it(chat: TradeChat) -> None:
    chat.account.own[Asset("BTC")] = Balance(D("0.01"), D("0.01"))
    add(chat.account, side=Side.SELL, limit_price=D(70000))
    said = words_of(await refused(chat, "/sell 0.01 btc @ 70000"))
    assert "0.01000000 BTC is held by 1 open order" in said


async def test_nothing_is_said_of_orders_that_cannot_be_read(chat: TradeChat) -> None:
    add(chat.account)
    chat.account.answers["open_orders"] = [NotSent("away")]
    assert "held by" not in words_of(await refused(chat, "/buy 0.001 btc @ 60000"))
