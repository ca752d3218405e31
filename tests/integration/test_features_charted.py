"""A private chart shows what is one's own: trades, open orders, alerts and average cost."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.charts import CandleChart, OwnPrice, OwnTrade
from bot.core.access import Role
from kraken.core.errors import NotSent
from kraken.core.trading import Fill, Liquidity, OrderStatus
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.account_talk import add, add_stop, ours, put
from tests.chat_talk import say
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.market_values import BTC_BIDS
from tests.page_rules import words_of

D = Decimal


@pytest.fixture
def chat() -> Iterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


async def filled(chat: Chat, side: Side, price: str, hours_ago: int, symbol: str) -> None:
    """A trade of this chat's practice account, kept as every fill is."""
    account = (await chat.accounts.of(1)).id
    fill = Fill(
        exec_id=ExecId(f"TFAKE-{len(chat.accounts.paper.filled)}"),
        order_id=OrderId("OFAKE"),
        symbol=Symbol(symbol),
        side=side,
        price=D(price),
        qty=D("0.01"),
        cost=D(price) * D("0.01"),
        liquidity=Liquidity.MAKER,
        fee=D(0),
        fee_asset=Asset("USD"),
        at=NOON - timedelta(hours=hours_ago),
    )
    chat.accounts.paper.filled.append(fill)
    await chat.records.book_fill(account, fill)


async def drawn(chat: Chat) -> CandleChart:
    await say(chat, "/candles btc 1h 24")
    chart = chat.charts.drawn[-1]
    assert isinstance(chart, CandleChart)
    return chart


async def furnish(chat: Chat) -> None:
    await filled(chat, Side.BUY, "59000.0", 100, "BTC/USD")
    await filled(chat, Side.BUY, "61000.0", 5, "BTC/USD")
    await filled(chat, Side.BUY, "3000.00", 4, "ETH/USD")
    add(chat.accounts.paper)
    add(chat.accounts.paper, symbol=Symbol("ETH/USD"))
    add_stop(chat.accounts.paper)
    await say(chat, "/alert btc > 65000")
    await say(chat, "/alert eth > 5000")


async def test_a_chart_marks_what_is_one_s_own_of_its_pair(chat: Chat) -> None:
    await furnish(chat)
    chart = await drawn(chat)
    assert chart.trades == (OwnTrade(NOON - timedelta(hours=5), D("61000.0"), is_buy=True),)
    assert set(chart.prices) == {
        OwnPrice(D("60000.0"), "buy"),
        OwnPrice(D("58000"), "sell"),
        OwnPrice(D(60000), "average"),
        OwnPrice(D(65000), "alert"),
    }


async def test_a_book_marks_the_orders_that_were_placed_here(chat: Chat) -> None:
    await ours(chat)
    (order,) = chat.accounts.paper.orders.values()
    asked = BTC_BIDS[2]
    placed = put(chat.accounts.paper, order, limit_price=asked.price)
    await chat.records.note_order((await chat.accounts.of(1)).id, placed, chat.clock.now())
    page = await say(chat, "/book btc 5 live")
    (marked,) = [line for line in words_of(page).split("\n") if line.endswith("◂")]
    assert marked.split()[0] == f"{asked.price:,}"
    ended = replace(placed, status=OrderStatus.CANCELED)
    await chat.records.note_order((await chat.accounts.of(1)).id, ended, chat.clock.now())
    await chat.tasks.run_all()
    assert "◂" not in words_of(chat.outbox.pages[0]), "it goes when the order goes"
    chat.kind = "group"
    assert "◂" not in words_of(await say(chat, "/book btc 5"))


async def test_an_account_that_does_not_answer_costs_no_chart(chat: Chat) -> None:
    await furnish(chat)
    chat.accounts.paper.answers["open_orders"] = [NotSent("not reached")]
    chart = await drawn(chat)
    assert chart.trades == ()
    assert chart.prices == (OwnPrice(D(65000), "alert"),)


@pytest.mark.parametrize(
    ("kind", "role"), [("group", Role.TRADER), ("group", Role.OWNER), ("private", Role.VIEWER)]
)
async def test_what_others_may_not_see_is_not_on_the_chart(
    chat: Chat, kind: str, role: Role
) -> None:
    await furnish(chat)
    chat.kind, chat.role = kind, role
    chart = await drawn(chat)
    assert (chart.trades, chart.prices) == ((), ())
