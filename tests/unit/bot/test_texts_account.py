"""What an account's commands say: hostile values stay harmless, and every width is kept."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.amend import (
    amend_page,
    amended_page,
    ask_price_page,
    no_pair_page,
    not_replaced_page,
    pick_page,
    replace_page,
    replaced_page,
)
from bot.core.texts.balance import balance_page
from bot.core.texts.cancelling import confirm_page, given_up_page, nothing_page, sweep_page
from bot.core.texts.export import empty_page, file_page, progress_page
from bot.core.texts.fees import fees_page
from bot.core.texts.orders import (
    ambiguous_page,
    cancel_stop_page,
    cancelled_page,
    cancelling_page,
    card_page,
    gone_page,
    orders_page,
)
from bot.core.texts.orders import pick_page as cancel_pick_page
from bot.core.texts.portfolio import Portfolio, portfolio_page
from bot.core.texts.profit import ProfitReport, ask_cost_page, cost_kept_page, profit_page
from bot.core.texts.trades import TradeList, trades_page
from bot.core.trade.account_args import ExportArgs, Span
from bot.core.trade.change import Obstacle, Plan, Remark
from bot.core.trade.equity import Equity, EquityPoint
from bot.core.trade.export import safe_text
from bot.core.trade.holdings import FeeReport, Position, make_holdings
from bot.core.trade.listing import BotPart, OrderList, OrderRow
from bot.core.trade.profit import Lot, Method, Profit, Result
from bot.core.trade.types import Mode
from kraken.core.fees import SPOT_FEES
from kraken.core.holdings import Balance
from kraken.core.trading import Amend, Order, OrderStatus, OrderType, Reference, TriggerState
from kraken.core.types import Asset, ClientOrderId, OrderId, Side, Symbol
from tests.fakes import NOON
from tests.market_values import instrument
from tests.page_rules import check_page, check_plain, tables_of, words_of
from tests.unit.bot.test_change import LIMIT, PAIR, STOP, STOP_LIMIT
from tests.unit.bot.test_moves import FILL

D = Decimal
USUAL, PLAIN = ChatSettings(), ChatSettings(plain_text=True)
HOSTILE = "<b>&_*[\u202e=1+1" + "x" * 60
LONG = instrument("LONGNAMED/USDT", 10)
HUGE = D("123456789.12345678")
MODES = list(Mode)


def row(order: Order, **more: object) -> OrderRow:
    plain = OrderRow(order, PAIR, D("-1.6667"), is_ours=True)
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def listing(*rows: OrderRow, **more: object) -> OrderList:
    plain = OrderList(Mode.LIVE, "open", "", rows, len(rows), 1, 1)
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


HOSTILE_ORDER = replace(
    LIMIT,
    order_id=OrderId(HOSTILE),
    symbol=Symbol(HOSTILE),
    reason=HOSTILE,
    status=OrderStatus.CANCELED,
    average=D("0.0000000001"),
    filled_qty=D("0.1"),
)
LONG_ORDER = replace(
    STOP_LIMIT,
    symbol=LONG.symbol,
    qty=HUGE,
    limit_price=HUGE,
    trigger=TriggerState(HUGE, Reference.LAST),
)
ROWS = (
    row(LIMIT),
    row(STOP, is_ours=False),
    row(HOSTILE_ORDER, instrument=None, distance=None, is_ours=False),
    row(LONG_ORDER, instrument=LONG, is_ours=False),
)
PART = BotPart(ClientOrderId("1"), LIMIT.symbol, Side.BUY, D("0.5"), D(64000), PAIR)
PROFIT = Profit(
    realised=D("84.12"),
    fees=D("6.31"),
    unrealised=D("12.4"),
    trades=14,
    won=9,
    best=Result(Asset("ETH"), D(41)),
    worst=Result(Asset("SOL"), D("-12.1")),
    unknown_sold={Asset(HOSTILE): HUGE},
    unknown_lots=[Lot(Asset(HOSTILE), HUGE, None, NOON, "L1")],
    unpriced=(Asset(HOSTILE),),
    unknown_fees=3,
)
REPORT = ProfitReport(Mode.LIVE, "EUR", "7 days", "7d", "", Method.FIFO, PROFIT)
BALANCES = {
    Asset("EUR"): Balance(D("1240"), D("600")),
    Asset(HOSTILE[:20]): Balance(HUGE, D("0.1")),
    Asset("BTC.F"): Balance(HUGE),
}


def pages(settings: ChatSettings, mode: Mode = Mode.LIVE) -> list[Page]:
    """Every page of these topics, with the worst values."""
    every = listing(*ROWS, by_bot=(PART, replace(PART, price=None)), in_other_mode=2, mode=mode)
    plan = Plan(LONG_ORDER, replace(LONG_ORDER, qty=HUGE * 2), Amend(qty=HUGE), tuple(Remark))
    stuck = replace(plan, obstacle=Obstacle.CLOSE)
    orders = [each.order for each in ROWS]
    holdings = make_holdings(mode, "EUR", BALANCES, dict.fromkeys(BALANCES, HUGE), everything=True)
    fills = [FILL, replace(FILL, symbol=LONG.symbol, qty=HUGE, price=HUGE, fee=HUGE)]
    instruments = {LONG.symbol: LONG, PAIR.symbol: PAIR}
    place = Position(Asset(HOSTILE[:12]), HUGE, HUGE, HUGE, -HUGE, D(50))
    points = [EquityPoint(NOON, D(0)), EquityPoint(NOON, HUGE)]
    course = Equity(points, (Asset(HOSTILE),))
    fees = FeeReport(
        mode, "EUR", HOSTILE, HUGE, D("0.25"), D("0.4"), SPOT_FEES.tiers[1], HUGE, HUGE, 2
    )
    export = ExportArgs("pnl", Span(HOSTILE[:200]), tax=True)
    return [
        orders_page(every, settings, NOON),
        orders_page(replace(every, page=2, pages=3), settings, NOON),
        orders_page(listing(pair=HOSTILE, mode=mode), settings, NOON),
        cancel_pick_page(every, settings),
        *(card_page(each, mode, settings, NOON) for each in ROWS),
        *(cancelled_page(order, mode, settings, NOON) for order in orders),
        *(cancelling_page(order, mode) for order in orders),
        cancel_stop_page(ROWS[1], mode, settings),
        gone_page(HOSTILE, mode, settings),
        ambiguous_page(HOSTILE, ROWS, mode, settings),
        confirm_page(mode, "entries", HOSTILE, ROWS * 4, 2, "t", settings),
        nothing_page(mode, "entries", HOSTILE, 2),
        sweep_page(mode, orders, orders, settings, is_silent=True),
        sweep_page(mode, orders, (), settings, is_over=True, refused=HOSTILE),
        given_up_page(mode),
        amend_page(plan, "t", mode, LONG, settings),
        replace_page(stuck, mode, f"/sell {HOSTILE}", settings),
        replaced_page(LIMIT, mode, "/buy 1 btc @ 60000"),
        not_replaced_page(HOSTILE_ORDER, mode),
        amended_page(LONG_ORDER, mode, LONG, settings),
        ask_price_page(LONG_ORDER, mode, None, settings),
        pick_page(ROWS, mode, settings),
        no_pair_page(HOSTILE_ORDER, mode),
        balance_page(holdings, settings, NOON),
        trades_page(
            TradeList(mode, HOSTILE, 7, fills, instruments, 2, 2, 3, False), settings, NOON
        ),
        fees_page(fees, settings),
        profit_page(replace(REPORT, mode=mode, pair=HOSTILE, is_complete=False), settings),
        ask_cost_page(mode, HOSTILE, HUGE, "EUR", settings),
        cost_kept_page(mode, HOSTILE, HUGE, "EUR", settings),
        portfolio_page(
            Portfolio(mode, "EUR", HUGE, [place] * 9, course, 30, False), settings, NOON, b"p"
        ),
        file_page(export, mode, 3, "EUR", b"x", is_complete=False),
        empty_page(export, mode),
        progress_page(export, mode, 50),
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("settings", [USUAL, PLAIN, ChatSettings(grouping=False)])
def test_every_page_keeps_its_widths_and_its_markup(settings: ChatSettings, mode: Mode) -> None:
    for page in pages(settings, mode):
        check_page(page)


def test_every_page_about_money_begins_with_the_badge() -> None:
    said = [words_of(page).split("\n")[0] for page in pages(USUAL, Mode.PAPER)]
    assert [line for line in said if not line.startswith("🧪 PAPER")] == []


def test_read_aloud_no_page_has_a_table() -> None:
    for page in (
        orders_page(listing(*ROWS[:3]), PLAIN, NOON),
        balance_page(
            make_holdings(Mode.PAPER, "EUR", BALANCES, {}, everything=False), PLAIN, NOON
        ),
        profit_page(REPORT, PLAIN),
    ):
        check_plain(page)


def test_the_table_of_orders_letter_by_letter() -> None:
    sol = replace(
        LIMIT,
        symbol=Symbol("SOL/EUR"),
        qty=D("12.5"),
        limit_price=D("118"),
        filled_qty=D("5"),
    )
    rows = (
        row(replace(LIMIT, symbol=Symbol("BTC/EUR"), limit_price=D(60000)), distance=D("-0.02")),
        row(replace(STOP, symbol=Symbol("ETH/EUR"), qty=D(1)), distance=D("-3.42")),
        row(sol, instrument=instrument("SOL/EUR", 2), distance=D("-1.1")),
    )
    assert tables_of(orders_page(listing(*rows), USUAL, NOON)) == [
        [
            "1 ▲ BTC/EUR  lim    0.50000000",
            "   @ 60,000.0   0 %    −0.02 %",
            "2 ▼ ETH/EUR  stop   1.00000000",
            "   ! 58,000.0          −3.42 %",
            "3 ▲ SOL/EUR  lim   12.50000000",
            "   @ 118.00   40 %     −1.10 %",
        ]
    ]


def test_what_the_bot_watches_stands_apart() -> None:
    page = orders_page(listing(by_bot=(PART,)), USUAL, NOON)
    assert "By bot, while it runs:\ntake-profit BTC 0.5 at 64,000.0" in words_of(page)


def test_the_table_of_profit_letter_by_letter() -> None:
    clean = replace(PROFIT, unknown_sold={}, unknown_lots=[], unpriced=(), unknown_fees=0)
    page = profit_page(replace(REPORT, profit=clean), USUAL)
    assert tables_of(page) == [
        [
            "P&L 7 days                 EUR",
            "Realised                +84.12",
            "Fees                     −6.31",
            "Unrealised              +12.40",
            "Net                     +90.21",
            "Sales 14          won 9 (64 %)",
            "Best  ETH               +41.00",
            "Worst SOL               −12.10",
        ]
    ]
    assert words_of(page).split("\n")[-1] == "First in, first out, in EUR."


def test_too_late_says_how_much_too_late() -> None:
    filled = replace(
        LIMIT,
        status=OrderStatus.FILLED,
        filled_qty=D("0.5"),
        updated_at=NOON - timedelta(milliseconds=300),
    )
    said = words_of(cancelled_page(filled, Mode.LIVE, USUAL, NOON))
    assert said.startswith("🔴 LIVE · too late")
    assert said.endswith("It was filled 0.3 s before: 0.5 BTC.")


def test_an_end_that_is_not_confirmed_is_not_called_cancelled() -> None:
    said = words_of(cancelled_page(LIMIT, Mode.LIVE, USUAL, NOON))
    assert "cancel requested" in said
    assert "cancelled" not in said


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    assert safe_text(text) == "'" + text


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not safe_text(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_a_small_one_alone_is_not_folded() -> None:
    balances = {Asset("BTC"): Balance(D(1)), Asset("DOGE"): Balance(D(1))}
    values = {Asset("BTC"): D(60000), Asset("DOGE"): D("0.2")}
    found = make_holdings(Mode.LIVE, "USD", balances, values, everything=False)
    assert found.small == []
    assert [each.asset for each in found.trading] == ["BTC", "DOGE"]


def test_an_order_type_has_a_word_in_lists_and_cards() -> None:
    for kind in OrderType:
        page = orders_page(listing(row(replace(STOP, type=kind, limit_price=D(1)))), USUAL, NOON)
        check_page(page)
