"""What is said of practice, letter by letter."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

import pytest

from bot.core.practice_stats import Performance, Stats
from bot.core.settings import ChatSettings
from bot.core.texts.paper import (
    HOW,
    how_page,
    pick_why_page,
    stats_page,
    unchecked_page,
    why_page,
)
from bot.core.trade.equity import EquityPoint
from kraken.core.practice.replay import Unchecked
from kraken.core.practice.why import WhyNot
from kraken.core.trading import Order, OrderStatus, OrderType, Reference, TriggerState
from kraken.core.types import OrderId, Side, Symbol
from tests.fakes import NOON
from tests.market_values import instrument
from tests.page_rules import check_page, check_plain, tables_of, words_of

USUAL, PLAIN = ChatSettings(), ChatSettings(plain_text=True)
PAIR = instrument("BTC/USD", 1)
BUY = Order(
    order_id=OrderId("PC1-1"),
    symbol=Symbol("BTC/USD"),
    side=Side.BUY,
    type=OrderType.LIMIT,
    qty=D("0.5"),
    status=OrderStatus.NEW,
    limit_price=D("60000.0"),
)
WAITS = WhyNot(BUY, D("60020.5"), D("60012.5"), NOON, D("0.84"), D("60015.0"), None)


def said(why: WhyNot) -> list[str]:
    page = why_page(why, PAIR, USUAL, NOON)
    check_page(page)
    return words_of(page).split("\n")[1:-1]


def test_a_buy_waits_for_the_ask_behind_those_ahead() -> None:
    assert said(WAITS) == [
        "▲ BUY 0.5 BTC/USD limit @ 60,000.0",
        "The best ask is 60,020.5 now.",
        "Since 12:00:00 UTC the best ask was never below 60,012.5.",
        "0.84 BTC is ahead of you at your price.",
    ]


def test_a_sell_waits_for_the_bid() -> None:
    sell = replace(WAITS, order=replace(BUY, side=Side.SELL), ahead=D(0))
    assert said(sell)[1:] == [
        "The best bid is 60,020.5 now.",
        "Since 12:00:00 UTC the best bid was never above 60,012.5.",
        "Nobody is ahead of you at your price: the next trade there is yours.",
    ]


def test_what_was_not_seen_is_not_made_up() -> None:
    blind = WhyNot(BUY, None, None, None, None, None, None)
    assert said(blind)[1:] == ["There is no verified book to look at now. It stays open as it is."]
    deep = replace(WAITS, ahead=None, best_seen=None)
    assert said(deep)[1:] == [
        "The best ask is 60,020.5 now.",
        "Your price is out of sight: nobody knows how much is ahead of you there.",
    ]


def test_a_stop_waits_for_a_trade() -> None:
    stop = replace(
        BUY,
        type=OrderType.STOP_LOSS,
        side=Side.SELL,
        limit_price=None,
        trigger=TriggerState(D(58000), Reference.LAST),
    )
    why = replace(WAITS, order=stop, trigger_distance=D("2015.0"))
    assert said(why)[1:] == [
        "It waits for a trade at 58,000.0.",
        "The last trade was at 60,015.0: 2,015.0 away.",
    ]
    unseen = replace(why, last=None, trigger_distance=None)
    assert said(unseen)[1:] == ["It waits for a trade at 58,000.0. No trade was seen yet."]


def test_the_table_of_stats() -> None:
    points = [EquityPoint(NOON + timedelta(hours=n), D(v)) for n, v in enumerate((10000, 9900))]
    performance = Performance([*points, EquityPoint(NOON, D("10124.10"))], ())
    stats = Stats(NOON, performance, 14, 12, 9, D("6.31"), D("2.10"))
    page = stats_page(stats, PAIR, USUAL, NOON)
    check_page(page)
    assert tables_of(page) == [
        [
            "Start                10,000.00",
            "Now                  10,124.10",
            "Return                 +1.24 %",
            "Holding BTC            +2.10 %",
            "Max drawdown           −1.00 %",
            "Trades 14          won 9 of 12",
            "Win rate                  75 %",
            "Fees                     −6.31",
        ]
    ]
    assert "Since 04 Mar 2026 12:00 UTC, in USD." in words_of(page)
    check_plain(stats_page(stats, None, PLAIN, NOON))
    none = replace(stats, closed=0, won=0, held=None)
    assert "Win rate                     –" in tables_of(stats_page(none, PAIR, USUAL, NOON))[0]


def test_all_rules_of_filling_are_said() -> None:
    page = how_page()
    check_page(page)
    assert len(HOW) == 8
    assert all(words in words_of(page) for words in ("100 levels", "no rate limit", "clear no"))


@pytest.mark.parametrize("count", [1, 2, 30])
def test_orders_of_which_nobody_knows_are_named_with_their_time(count: int) -> None:
    orders = tuple(OrderId(f"PC1-{number}") for number in range(count))
    unknown = Unchecked(Symbol("BTC/USD"), orders, NOON, NOON + timedelta(minutes=5))
    page = unchecked_page(unknown, USUAL)
    check_page(page)
    assert "from 12:00:00 UTC to 12:05:00 UTC" in words_of(page)
    assert "PC1-0" in words_of(page)
    assert ("and 22 more" in words_of(page)) == (count == 30)


def test_a_choice_of_orders_names_each() -> None:
    orders = [replace(BUY, order_id=OrderId(f"PC1-{number}")) for number in range(12)]
    page = pick_why_page(orders, USUAL)
    check_page(page)
    assert len(page.buttons()) == 8
    assert "The newest 8 of 12." in words_of(page)
    assert page.buttons()[0].label == "▲ BTC/USD limit 60000"
    hostile = replace(BUY, symbol=Symbol("<b>&_*[/" + "x" * 60))
    check_page(pick_why_page([hostile], USUAL))
    check_page(why_page(replace(WAITS, order=hostile), None, USUAL, NOON))
