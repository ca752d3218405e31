"""/balance, /trades, /fees, /pnl and /portfolio, from ask to page."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.charts import ChartFailed
from bot.core.access import Role, allows
from bot.core.args import CommaForDot
from bot.core.errors import BadArgument, Expired
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode
from bot.handlers import COMMANDS_BY_NAME, TAPS, free_text
from kraken.core.errors import NotSent, RateLimited, UnknownInstrument
from kraken.core.holdings import Balance, LedgerEntry
from kraken.core.trading import Fill, Liquidity
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.account_talk import D
from tests.chat_talk import say, tap
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.page_rules import check_plain, tables_of, words_of

USD, BTC = Asset("USD"), Asset("BTC")
DAY = timedelta(days=1)


@pytest.fixture
def chat() -> AsyncIterator[Chat]:
    chat = Chat()
    yield chat
    chat.tasks.close()


def fill(number: int, days_ago: float, side: Side, qty: str, price: str, **more: Any) -> Fill:
    cost = D(qty) * D(price)
    plain = Fill(
        exec_id=ExecId(f"T{number}"),
        order_id=OrderId(f"O{number}"),
        symbol=Symbol("BTC/USD"),
        side=side,
        price=D(price),
        qty=D(qty),
        cost=cost,
        liquidity=Liquidity.TAKER,
        fee=cost * D("0.004"),
        fee_asset=USD,
        at=NOON - DAY * days_ago,
    )
    return replace(plain, **more)


def entry(number: int, days_ago: float, kind: str, asset: str, amount: str) -> LedgerEntry:
    at = NOON - DAY * days_ago
    return LedgerEntry(f"L{number}", kind, Asset(asset), D(amount), D(0), D(0), at, f"R{number}")


def bought_and_sold(account: FakeAccount) -> None:
    """0.2 bought at 50,000, half of it sold at 55,000."""
    account.filled = [
        fill(1, 20, Side.BUY, "0.2", "50000"),
        fill(2, 2, Side.SELL, "0.1", "55000", liquidity=Liquidity.MAKER),
    ]


# -- balance


async def test_the_balance_shows_worth_and_what_orders_hold(chat: Chat) -> None:
    chat.accounts.paper.own = {
        USD: Balance(D("1240"), D("600")),
        BTC: Balance(D("0.25")),
        Asset("DOGE"): Balance(D("1")),
        Asset("SOL"): Balance(D("0.001")),
        Asset("BTC.F"): Balance(D("0.1")),
        Asset("XYZ"): Balance(D("7")),
        Asset("ETH"): Balance(D("0")),
    }
    page = await say(chat, "/balance")
    assert words_of(page).split("\n")[0] == "🧪 PAPER · balance in USD"
    assert tables_of(page) == [
        [
            "PAPER                      USD",
            "USD   1,240.00        1,240.00",
            "  held 600.00",
            "BTC   0.25000000     15,002.58",
            "XYZ   7.00000000      no price",
            "2 small (<1)              0.32",
            "Earn BTC 0.10000000   6,001.03",
            "TOTAL                22,243.92",
        ]
    ]
    assert "Earn is not for trading now." in words_of(page)
    assert "Without a price, so not in the total: XYZ." in words_of(page)


async def test_the_balance_unfolds_and_changes_its_currency(chat: Chat) -> None:
    chat.accounts.paper.own = {
        Asset("DOGE"): Balance(D("1")),
        Asset("SOL"): Balance(D("0.001")),
        BTC: Balance(D("1")),
    }
    page = await say(chat, "/balance")
    assert "2 small" in words_of(page)
    page = await tap(chat, page, "All")
    assert "DOGE  1.00000000" in words_of(page)
    page = await tap(chat, page, "In EUR")
    assert "balance in EUR" in words_of(page)
    assert "55,123.40" in words_of(page)
    assert "Without a price, so not in the total: DOGE, SOL." in words_of(page)
    assert len(chat.messages) == 1


async def test_a_balance_is_cut_and_never_rounded_up(chat: Chat) -> None:
    chat.accounts.paper.own = {USD: Balance(D("9.999")), BTC: Balance(D("0.0022698099"))}
    said = words_of(await say(chat, "/balance"))
    assert "USD   9.99 " in said
    assert "0.00226980" in said


async def test_a_long_amount_takes_a_line_of_its_own(chat: Chat) -> None:
    chat.accounts.paper.own = {Asset("DOGE"): Balance(D("123456789.12345678"))}
    page = await say(chat, "/balance")
    assert "DOGE  123,456,789.12345678" in words_of(page)


async def test_a_viewer_of_the_market_may_not_see_it(chat: Chat) -> None:
    for name in ("balance", "orders", "pnl", "portfolio", "trades", "fees", "export"):
        assert not allows(Role.VIEWER, COMMANDS_BY_NAME[name].access), name
    for verb in ("balance", "orders", "order", "pnl", "portfolio", "trades", "fees", "set_cost"):
        assert not allows(Role.VIEWER, TAPS[verb].access), verb


async def test_an_account_that_cannot_be_read_is_not_shown_as_empty(chat: Chat) -> None:
    chat.accounts.paper.answers["balances"] = [NotSent("away")]
    with pytest.raises(NotSent):
        await say(chat, "/balance")


# -- trades and fees


async def test_fills_stand_in_two_lines_with_their_fee(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    chat.accounts.paper.filled.append(fill(3, 0.1, Side.BUY, "0.01", "60000"))
    page = await say(chat, "/trades")
    assert tables_of(page) == [
        [
            "09:36 ▲ BTC/USD     0.01000000",
            "  @ 60,000.0 t    fee 2.40 USD",
            "2 Mar ▼ BTC/USD     0.10000000",
            "  @ 55,000.0 m   fee 22.00 USD",
        ]
    ]
    assert "2 fills · m maker, t taker" in words_of(page)
    assert "3 fills" in words_of(await say(chat, "/trades 30d"))
    assert "None in this time." in words_of(await say(chat, "/trades eth"))


async def test_many_fills_are_paged(chat: Chat) -> None:
    chat.accounts.paper.filled = [
        fill(n, 1 - n / 1000, Side.BUY, "0.001", "60000") for n in range(23)
    ]
    page = await say(chat, "/trades")
    assert "23 fills" in words_of(page)
    page = await tap(chat, page, "›")
    assert "2/3" in [button.label for button in page.buttons()]


async def test_fees_name_the_next_step_and_what_post_only_would_have_saved(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    chat.accounts.paper.filled.append(fill(3, 1, Side.BUY, "0.1", "60000"))
    chat.accounts.paper.volume = D("9000")
    page = await say(chat, "/fees")
    assert tables_of(page) == [
        [
            "30 days           9,000.00 USD",
            "Maker                   0.25 %",
            "Taker                   0.40 %",
            "Paid this month      46.00 USD",
        ]
    ]
    assert "0.20 % maker, 0.35 % taker, after 1,000.00 USD more" in words_of(page)
    assert "Post-only would have saved 9.00 USD this month." in words_of(page)


async def test_a_new_live_account_sees_its_first_step_and_practice_none(chat: Chat) -> None:
    said = words_of(await say(chat, "/fees"))
    assert "next step" not in said
    assert "30 days" not in said, "what was traded in practice is not counted"
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    assert "after 10,000.00 USD more" in words_of(await say(chat, "/fees"))


# -- profit


async def test_profit_of_a_week_is_the_table_that_adds_up(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    page = await say(chat, "/pnl")
    assert words_of(page).split("\n")[0] == "🧪 PAPER · P&L 7 days"
    assert tables_of(page) == [
        [
            "P&L 7 days                 USD",
            "Realised               +500.00",
            "Fees                    −22.00",
            "Unrealised           +1,001.03",
            "Net                  +1,479.03",
            "Sales 1          won 1 (100 %)",
            "Best  BTC              +500.00",
            "Worst BTC              +500.00",
        ]
    ]
    page = await tap(chat, page, "30d")
    assert "Fees                    −62.00" in words_of(page)
    page = await tap(chat, page, "Average")
    assert "Average cost" in words_of(page)


async def test_a_deposit_has_no_cost_until_somebody_says_it(chat: Chat) -> None:
    account = chat.accounts.paper
    account.entries = [entry(1, 30, "deposit", "BTC", "0.5"), entry(2, 30, "deposit", "USD", "9")]
    page = await say(chat, "/pnl")
    assert "cost unknown: 0.5 BTC." in words_of(page)
    assert "Net                       0.00" in words_of(page)
    page = await tap(chat, page, "Set cost of 0.5 BTC")
    assert page.force_reply
    question = max(chat.messages)
    await free_text(chat.ask(text="20000", reply_to_message_id=question))
    assert "BTC for 20,000.00 USD: P&L counts with it" in words_of(chat.last)
    page = await say(chat, "/pnl")
    assert "Unrealised          +10,005.15" in words_of(page)


@pytest.mark.parametrize(
    ("said", "error"), [("much", BadArgument), ("1,5", CommaForDot), ("", BadArgument)]
)
async def test_a_cost_that_is_no_number_is_asked_again(
    chat: Chat, said: str, error: type[Exception]
) -> None:
    chat.accounts.paper.entries = [entry(1, 3, "deposit", "BTC", "0.5")]
    await tap(chat, await say(chat, "/pnl"), "Set cost of 0.5 BTC")
    question = max(chat.messages)
    with pytest.raises(error):
        await free_text(chat.ask(text=said, reply_to_message_id=question))


async def test_a_cost_is_of_the_account_that_was_asked_about(chat: Chat) -> None:
    chat.accounts.paper.entries = [entry(1, 3, "deposit", "BTC", "0.5")]
    await tap(chat, await say(chat, "/pnl"), "Set cost of 0.5 BTC")
    question = max(chat.messages)
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.modes[1] = Mode.LIVE
    with pytest.raises(Expired):
        await free_text(chat.ask(text="20000", reply_to_message_id=question))


async def test_profit_of_a_pair_that_does_not_exist_is_refused(chat: Chat) -> None:
    with pytest.raises(UnknownInstrument):
        await say(chat, "/pnl nonsense/usd")


async def test_profit_in_another_currency_uses_the_rates_of_the_days(chat: Chat) -> None:
    bought_and_sold(chat.accounts.paper)
    chat.store.settings[1] = ChatSettings(currency="EUR", pair="BTC/EUR")
    said = words_of(await say(chat, "/pnl 30d"))
    # No pair leads from dollars to euros here: the cost is unknown, not zero.
    assert "P&L 30 days                EUR" in said
    assert "cost unknown: sold 0.1 BTC." in said


# -- portfolio


async def test_the_portfolio_has_costs_shares_and_a_line(chat: Chat) -> None:
    account = chat.accounts.paper
    bought_and_sold(account)
    account.own = {USD: Balance(D("5000")), BTC: Balance(D("0.1"))}
    account.entries = [
        entry(1, 20, "trade", "BTC", "0.2"),
        entry(2, 2, "trade", "BTC", "-0.1"),
        entry(3, 2, "trade", "USD", "5000"),
    ]
    page = await say(chat, "/portfolio")
    assert page.photo
    assert words_of(page).split("\n")[0] == "🧪 PAPER · 11,001.03 USD"
    assert tables_of(page) == [
        [
            "BTC   0.10000000      6,001.03",
            "  avg 50,000.00      +1,001.03",
            "  54.5 %",
            "USD   5,000.00        5,000.00",
            "  45.5 %",
        ]
    ]
    (chart,) = chat.charts.drawn
    assert chart.values[-1] == D("11001.03")
    assert len(chart.values) == 21
    assert "Older history is not known." in words_of(page)
    page = await tap(chat, page, "7d")
    assert len(chat.charts.drawn[-1].values) == 8
    assert len(chat.messages) == 1


async def test_a_portfolio_without_a_past_invents_no_line(chat: Chat) -> None:
    page = await say(chat, "/portfolio")
    assert page.photo is None
    assert "there is no history to draw" in words_of(page)
    assert chat.charts.drawn == []


async def test_a_picture_that_fails_leaves_the_numbers(chat: Chat) -> None:
    chat.accounts.paper.entries = [entry(1, 5, "deposit", "USD", "5000")]
    chat.charts.error = ChartFailed("no")
    page = await say(chat, "/portfolio")
    assert page.photo is None
    assert "The picture could not be drawn." in words_of(page)


# -- everywhere


@pytest.mark.parametrize("text", ["/balance", "/trades 30d", "/fees", "/pnl", "/orders"])
async def test_read_aloud_there_is_no_table_and_no_sign(chat: Chat, text: str) -> None:
    bought_and_sold(chat.accounts.paper)
    chat.store.settings[1] = ChatSettings(plain_text=True)
    page = await say(chat, text)
    check_plain(page)


@pytest.mark.parametrize("text", ["/balance", "/trades", "/fees", "/pnl", "/portfolio", "/orders"])
async def test_live_differs_from_practice_in_the_badge_only(chat: Chat, text: str) -> None:
    bought_and_sold(chat.accounts.paper)
    chat.accounts.paper.volume = D(9000)
    practice = words_of(await say(chat, text))
    chat.accounts.live = FakeAccount(chat.clock)
    chat.accounts.live.volume = D(9000)
    bought_and_sold(chat.accounts.live)
    chat.accounts.modes[1] = Mode.LIVE
    live = words_of(await say(chat, text))
    assert "🔴 LIVE" in live
    plain = live.replace("🔴 LIVE", "🧪 PAPER").replace("LIVE ", "PAPER")
    assert plain == practice


@pytest.mark.parametrize("text", ["/trades", "/pnl", "/portfolio"])
async def test_a_long_limit_is_told_instead_of_waited_for(chat: Chat, text: str) -> None:
    busy = RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=30))
    chat.accounts.paper.answers["fills"] = [busy]
    with pytest.raises(RateLimited):
        await say(chat, text)
