"""Standings are a pure function of fills and prices; the words after /league."""

from datetime import datetime, timedelta
from decimal import Decimal as D
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.args import OutOfRange, TooManyArguments
from bot.core.errors import BadArgument
from bot.core.league import (
    League,
    LeagueTopic,
    LeagueWish,
    Ledger,
    Member,
    ledger_name,
    read_league,
    standings,
)
from bot.core.settings import ChatSettings
from bot.core.texts.league import (
    daily_page,
    members_page,
    private_page,
    result_page,
    started_page,
    table_page,
)
from kraken.core.trading import EXACT, Fill, Liquidity
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.fakes import NOON
from tests.page_rules import check_page, check_plain, tables_of, words_of

BTC, USD = Asset("BTC"), Asset("USD")
HOUR = timedelta(hours=1)
MONEY = D(10_000)
LEAGUE = League(3, -100, "Desk", "USD", MONEY, NOON, NOON + timedelta(days=7), 1)
USUAL, PLAIN = ChatSettings(), ChatSettings(plain_text=True)


def member(user_id: int, name: str = "") -> Member:
    return Member(3, user_id, name or f"P{user_id}", ledger_name(3, user_id), NOON)


def fill(user_id: int, hour: int, qty: D, price: D) -> Fill:
    return Fill(
        exec_id=ExecId(f"T{user_id}-{hour}"),
        order_id=OrderId(f"O{user_id}-{hour}"),
        symbol=Symbol("BTC/USD"),
        side=Side.BUY if qty > 0 else Side.SELL,
        price=price,
        qty=abs(qty),
        cost=EXACT.multiply(abs(qty), price),
        liquidity=Liquidity.TAKER,
        fee=D("0.5"),
        fee_asset=USD,
        at=NOON + HOUR * hour,
    )


def ledger(user_id: int, trades: dict[int, D], prices: list[D]) -> Ledger:
    fills = [fill(user_id, hour, qty, prices[hour]) for hour, qty in trades.items() if qty]
    money, coins = MONEY, D(0)
    for each in fills:
        sign = 1 if each.side is Side.BUY else -1
        coins = EXACT.add(coins, each.qty * sign)
        money = EXACT.subtract(EXACT.subtract(money, each.cost * sign), each.fee)
    return Ledger(member(user_id), {USD: money, BTC: coins}, fills)


def price_by(prices: list[D]):  # type: ignore[no-untyped-def]  # a Price
    def price(asset: Asset, at: datetime) -> D:
        return D(1) if asset == USD else prices[int((at - NOON) / HOUR)]

    return price


PRICES = st.lists(st.integers(1_000, 90_000).map(D), min_size=3, max_size=8)


@st.composite
def leagues(draw: st.DrawFn) -> tuple[list[Ledger], list[D]]:
    prices = draw(PRICES)
    hours = st.integers(1, len(prices) - 1)
    amounts = st.integers(-20, 20).map(lambda n: D(n) / 100)
    count = draw(st.integers(1, 4))
    found = [draw(st.dictionaries(hours, amounts, max_size=4)) for _ in range(count)]
    return [ledger(n + 1, trades, prices) for n, trades in enumerate(found)], prices


@given(leagues(), st.randoms(use_true_random=False))
def test_standings_are_a_pure_function_of_fills_and_prices(
    given_: tuple[list[Ledger], list[D]], dice: Random
) -> None:
    ledgers, prices = given_
    instants = [NOON + HOUR * hour for hour in range(len(prices))]
    places = standings(ledgers, instants, price_by(prices))
    values = [place.performance.end for place in places]
    assert values == sorted(values, reverse=True)
    assert all(place.performance.start == MONEY for place in places)
    assert [place.rank for place in places] == [values.index(value) + 1 for value in values]
    shuffled = list(ledgers)
    dice.shuffle(shuffled)
    assert standings(shuffled, instants, price_by(prices)) == places


@given(leagues())
def test_what_is_traded_after_the_end_changes_nothing(
    given_: tuple[list[Ledger], list[D]],
) -> None:
    ledgers, prices = given_
    instants = [NOON + HOUR * hour for hour in range(len(prices) - 1)]
    until = instants[-1]
    early = []
    for each in ledgers:
        trades = {
            int((f.at - NOON) / HOUR): f.qty if f.side is Side.BUY else -f.qty
            for f in each.fills
            if f.at <= until
        }
        early.append(ledger(each.member.user_id, trades, prices))
    assert standings(ledgers, instants, price_by(prices)) == standings(
        early, instants, price_by(prices)
    )


def test_who_is_worth_the_same_shares_the_place() -> None:
    prices = [D(100), D(100)]
    ledgers = [ledger(user, {}, prices) for user in (2, 1)] + [ledger(3, {1: D(1)}, prices)]
    places = standings(ledgers, [NOON, NOON + HOUR], price_by(prices))
    assert [(place.rank, place.member.name, place.trades) for place in places] == [
        (1, "P1", 0),
        (1, "P2", 0),
        (3, "P3", 1),
    ]


def test_the_pages_of_a_league() -> None:
    prices = [D(50_000), D(40_000), D(60_000)]
    ledgers = [ledger(1, {0: D("0.1")}, prices), ledger(2, {}, prices)]
    hostile = Ledger(member(3, "<b>&_*[" + "x" * 60), {USD: MONEY}, [])
    instants = [NOON + HOUR * hour for hour in range(3)]
    places = standings([*ledgers, hostile], instants, price_by(prices))
    page = table_page(LEAGUE, places, instants[-1], USUAL)
    check_page(page)
    assert tables_of(page)[0][:4] == [
        "1 P1                  +10.00 %",
        "  1 trade             −10.00 %",
        "2 <b>&_*[xxxxxxxx…      0.00 %",
        "  0 trades              0.00 %",
    ]
    assert words_of(page).startswith("🏆 LEAGUE · 6 d 22 h left")
    check_plain(table_page(LEAGUE, places, NOON, PLAIN))
    for made in (
        daily_page(LEAGUE, places, NOON, 1, USUAL, None),
        result_page(LEAGUE, places, NOON, USUAL, b"picture"),
        result_page(LEAGUE, [], NOON, USUAL, None),
        started_page(LEAGUE, USUAL),
        members_page(LEAGUE, [member(n) for n in range(30)], USUAL),
        private_page([(LEAGUE, member(1))], USUAL, NOON),
        private_page([], USUAL, NOON),
    ):
        check_page(made)
    assert "P1 wins." in words_of(result_page(LEAGUE, places, NOON, USUAL, None))


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("", LeagueWish()),
        ("start", LeagueWish(LeagueTopic.START)),
        ("start 1d", LeagueWish(LeagueTopic.START, timedelta(days=1))),
        ("start 5000 eur", LeagueWish(LeagueTopic.START, currency="EUR", money=D(5000))),
        ("START 10m 5eur", LeagueWish(LeagueTopic.START, timedelta(minutes=10), "EUR", D(5))),
        ("join", LeagueWish(LeagueTopic.JOIN)),
    ],
)
def test_a_wish_is_read(text: str, wish: LeagueWish) -> None:
    assert read_league(text) == wish


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("begin", BadArgument),
        ("start 9m", OutOfRange),
        ("start 32d", OutOfRange),
        ("start 7d 5 eur 5 usd", TooManyArguments),
        ("start 7d -5 usd", BadArgument),
        ("start 7d 5", BadArgument),
        ("join now", TooManyArguments),
    ],
)
def test_what_is_not_understood_is_named(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_league(text)
