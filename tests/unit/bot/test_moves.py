"""Fills and ledger entries as moves: fees in base, other quotes, conversions, earning."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.trade.equity import balances_at, equity
from bot.core.trade.moves import History, history, is_earning, plain_asset
from bot.core.trade.profit import Method, Period, account, profit
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import EXACT, Fill, Liquidity
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.fakes import NOON
from tests.unit.bot.test_profit import BTC, ETH, HOUR, D

USD, EUR = Asset("USD"), Asset("EUR")
FILL = Fill(
    exec_id=ExecId("T1"),
    order_id=OrderId("O1"),
    symbol=Symbol("BTC/USD"),
    side=Side.BUY,
    price=D("50000"),
    qty=D("0.1"),
    cost=D("5000"),
    liquidity=Liquidity.TAKER,
    fee=D("20"),
    fee_asset=USD,
    at=NOON,
)


def fill(number: int, **more: object) -> Fill:
    at = NOON + HOUR * number
    return replace(FILL, exec_id=ExecId(f"T{number}"), at=at, **more)  # type: ignore[arg-type]


def entry(number: int, kind: str, asset: str, amount: str, **more: object) -> LedgerEntry:
    plain = LedgerEntry(
        entry_id=f"L{number}",
        kind=kind,
        asset=Asset(asset),
        amount=D(amount),
        fee=D(0),
        balance=D(0),
        at=NOON + HOUR * number,
        reference=f"R{number}",
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def dollars(asset: Asset, at: datetime) -> Decimal | None:
    return {USD: D(1), EUR: D("1.1"), BTC: D(60000)}.get(asset)


def earned(found: History) -> tuple[Decimal, Decimal, Decimal]:
    prices = {BTC: D(60000), ETH: D(3000)}
    result = profit(account(found.moves, found.charges, Method.FIFO), Period(), prices)
    return result.realised, result.fees, result.unrealised


def test_a_buy_and_a_sale_with_fees_in_quote() -> None:
    sold = fill(1, side=Side.SELL, price=D("55000"), cost=D("5500"), fee=D("22"))
    assert earned(history([FILL, sold], [], dollars)) == (D("500"), D("42"), 0)


def test_a_fee_in_base_leaves_less_to_sell_and_counts_once() -> None:
    bought = fill(0, fee=D("0.0004"), fee_asset=BTC)
    sold = fill(1, side=Side.SELL, qty=D("0.0996"), cost=D("4980"), fee=D(0))
    found = history([bought, sold], [], dollars)
    assert sum(move.qty for move in found.moves) == 0
    # 5,000 went out, 4,980 came back: the fee of 20 is all that was lost.
    assert earned(found) == (0, D("20"), 0)


def test_a_fee_in_base_of_a_sale_comes_out_of_what_is_left() -> None:
    sold = fill(1, side=Side.SELL, qty=D("0.05"), cost=D("2500"), fee=D("0.0002"), fee_asset=BTC)
    found = history([replace(FILL, fee=D(0)), sold], [], dollars)
    assert sum(move.qty for move in found.moves) == D("0.0498")
    assert earned(found) == (0, D("10"), D("498"))


def test_a_trade_in_another_currency_counts_at_the_rate_of_its_day() -> None:
    bought = fill(0, symbol=Symbol("BTC/EUR"), fee_asset=EUR)
    assert earned(history([bought], [], dollars)) == (0, D("22"), D("500"))


def test_a_trade_between_coins_sells_one_and_buys_the_other() -> None:
    swap = fill(
        1,
        symbol=Symbol("ETH/BTC"),
        price=D("0.05"),
        qty=D(1),
        cost=D("0.05"),
        fee=D("0.0001"),
        fee_asset=BTC,
    )
    found = history([replace(FILL, fee=D(0)), swap], [], dollars)
    # 0.05 BTC that cost 2,500 went for 3,000; the fee of 6 had cost 5.
    assert earned(found) == (D("501"), D("6"), D("499"))


def test_a_rate_that_nobody_knows_makes_the_cost_unknown() -> None:
    bought = fill(0, symbol=Symbol("BTC/GBP"), fee_asset=Asset("GBP"))
    found = history([bought], [], dollars)
    result = profit(account(found.moves, found.charges, Method.FIFO), Period(), {BTC: D(60000)})
    assert [lot.qty for lot in result.unknown_lots] == [D("0.1")]
    assert (result.unrealised, result.unknown_fees) == (0, 1)


def test_changing_currencies_is_neither_lot_nor_gain() -> None:
    changed = fill(0, symbol=Symbol("EUR/USD"), qty=D(100), cost=D(110), fee=D("0.2"))
    assert history([changed], [], dollars).moves == []


def test_deposits_withdrawals_and_rewards() -> None:
    entries = [
        entry(0, "deposit", "BTC", "1"),
        entry(1, "withdrawal", "BTC", "-0.5", fee=D("0.001")),
        entry(2, "staking", "ETH", "0.01"),
        entry(3, "transfer", "ETH", "-1"),
        entry(4, "transfer", "ETH.S", "1"),
        entry(5, "deposit", "EUR", "1000"),
        entry(6, "trade", "BTC", "7"),
    ]
    found = history([], entries, dollars, {"L0": D("40000")})
    assert [(move.asset, move.qty, move.value) for move in found.moves] == [
        (BTC, D("1"), D("40000")),
        (BTC, D("-0.501"), None),
        (ETH, D("0.01"), None),
    ]


def test_a_purchase_in_krakens_app_is_a_trade_at_what_was_spent() -> None:
    entries = [
        entry(0, "spend", "EUR", "-1000", reference="X"),
        entry(0, "receive", "BTC", "0.02", reference="X", entry_id="L1"),
    ]
    found = history([], entries, dollars)
    assert [(move.qty, move.value) for move in found.moves] == [(D("0.02"), D("1100.0"))]


PRICES = st.integers(1, 10**7).map(lambda n: D(n).scaleb(-1))
TRADES = st.lists(
    st.tuples(st.booleans(), st.integers(1, 10**9), PRICES, st.booleans()), min_size=1, max_size=12
)


@given(TRADES, PRICES, st.sampled_from(Method))
def test_net_is_exactly_what_the_account_is_worth_more(
    trades: list[tuple[bool, int, Decimal, bool]], last: Decimal, method: Method
) -> None:
    fills: list[Fill] = []
    owned = {USD: D(0), BTC: D(0)}
    for number, (buys, lots, price, fee_in_base) in enumerate(trades):
        qty = D(lots).scaleb(-8)
        is_buy = buys or owned[BTC] < qty * 2
        cost, asset = EXACT.multiply(qty, price), BTC if fee_in_base else USD
        fee = EXACT.multiply(qty if fee_in_base else cost, D("0.004"))
        side, sign = (Side.BUY, 1) if is_buy else (Side.SELL, -1)
        fills.append(
            fill(number, side=side, price=price, qty=qty, cost=cost, fee=fee, fee_asset=asset)
        )
        owned[BTC] = EXACT.add(owned[BTC], qty * sign)
        owned[USD] = EXACT.subtract(owned[USD], cost * sign)
        owned[asset] = EXACT.subtract(owned[asset], fee)
    found = history(fills, [], dollars)
    result = profit(account(found.moves, found.charges, method), Period(), {BTC: last})
    assert result.net == EXACT.add(owned[USD], EXACT.multiply(owned[BTC], last))
    assert result.unknown_sold == {}


@pytest.mark.parametrize(
    ("name", "plain", "earns"),
    [
        ("BTC", "BTC", False),
        ("DOT28.S", "DOT", True),
        ("BTC.F", "BTC", True),
        ("1INCH", "1INCH", False),
        ("C98.S", "C98", True),
        ("ETH2.S", "ETH", True),
    ],
)
def test_earning_is_told_by_the_ending(name: str, plain: str, earns: bool) -> None:
    assert (plain_asset(name), is_earning(name)) == (plain, earns)


# -- the course of an account's worth


def test_balances_are_undone_entry_by_entry() -> None:
    entries = [
        entry(3, "trade", "USD", "-100", fee=D("0.4")),
        entry(3, "trade", "BTC", "0.01"),
        entry(1, "deposit", "USD", "500"),
    ]
    now = {USD: D("399.6"), BTC: D("0.01")}
    past = balances_at(now, entries, [NOON + HOUR * 4, NOON + HOUR * 2, NOON])
    assert past == [
        now,
        {USD: D("500.0"), BTC: D("0")},
        {USD: D("0.0"), BTC: D("0")},
    ]


def test_what_happened_at_an_instant_belongs_to_it() -> None:
    entries = [entry(1, "deposit", "USD", "500")]
    assert balances_at({USD: D(500)}, entries, [NOON + HOUR]) == [{USD: D(500)}]


def test_an_asset_without_a_price_is_named_and_not_counted() -> None:
    found = equity({USD: D(5), ETH: D(2), Asset("BTC.F"): D(1)}, [], [NOON], dollars)
    assert [point.value for point in found.points] == [D("60005")]
    assert found.unpriced == (ETH,)


def test_the_course_is_told_oldest_first() -> None:
    entries = [entry(1, "deposit", "USD", "5")]
    found = equity({USD: D(5)}, entries, [NOON + HOUR * 2, NOON], dollars)
    assert [point.value for point in found.points] == [0, 5]
