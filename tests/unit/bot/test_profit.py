"""Cost basis and profit: by example, and as properties over any history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.trade.profit import (
    Accounting,
    Charge,
    Lots,
    Method,
    Move,
    Period,
    Why,
    account,
    profit,
)
from kraken.core.trading import EXACT
from kraken.core.types import Asset
from tests.fakes import NOON

BTC, ETH = Asset("BTC"), Asset("ETH")
HOUR = timedelta(hours=1)
ALL = Period()
D = Decimal


def move(hour: int, qty: str, value: str | Decimal | None, **more: object) -> Move:
    worth = None if value is None else D(value)
    plain = Move(NOON + HOUR * hour, BTC, D(qty), worth, f"T{hour}")
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def total(values: Iterable[Decimal | None]) -> Decimal:
    """With all digits; pytest's own context keeps 28 of them."""
    return reduce(EXACT.add, (value or D(0) for value in values), D(0))


def taken(moves: list[Move], method: Method = Method.FIFO) -> Accounting:
    return account(moves, (), method)


# -- by example


def test_the_oldest_lot_is_sold_first() -> None:
    found = taken([move(0, "1", "100"), move(1, "1", "200"), move(2, "-1.5", "450")])
    assert [(sale.qty, sale.proceeds, sale.cost) for sale in found.sales] == [
        (D("1"), D("300"), D("100")),
        (D("0.5"), D("150"), D("100")),
    ]
    (left,) = found.lots.of(BTC)
    assert (left.qty, left.cost, left.at) == (D("0.5"), D("100"), NOON + HOUR)


def test_the_average_spreads_the_cost_over_all() -> None:
    found = taken(
        [move(0, "1", "100"), move(1, "1", "200"), move(2, "-1.5", "450")], Method.AVERAGE
    )
    assert profit(found, ALL, {}).realised == D("225")
    (left,) = found.lots.of(BTC)
    assert (left.qty, left.cost) == (D("0.5"), D("75"))


def test_a_profit_adds_up_as_it_is_shown() -> None:
    moves = [move(0, "2", "200"), move(1, "-1", "150")]
    fees = (Charge(NOON, D("0.5")), Charge(NOON + HOUR, D("0.4")))
    found = profit(account(moves, fees, Method.FIFO), ALL, {BTC: D("130")})
    assert (found.realised, found.fees, found.unrealised) == (D("50"), D("0.9"), D("30"))
    assert found.net == D("79.1")
    assert (found.trades, found.won) == (1, 1)
    assert found.best is not None
    assert (found.best.asset, found.best.gain) == (BTC, D("50"))


def test_a_deposit_is_no_profit_and_its_cost_stays_unknown() -> None:
    moves = [move(0, "1", None, why=Why.OTHER), move(1, "-0.4", "60")]
    found = profit(taken(moves), ALL, {BTC: D("150")})
    assert (found.realised, found.unrealised, found.trades) == (0, 0, 0)
    assert found.unknown_sold == {BTC: D("0.4")}
    assert [lot.qty for lot in found.unknown_lots] == [D("0.6")]


def test_a_deposit_whose_cost_was_said_counts_with_it() -> None:
    moves = [move(0, "1", "100", why=Why.OTHER), move(1, "-1", "160")]
    assert profit(taken(moves), ALL, {}).realised == D("60")


def test_a_withdrawal_takes_its_lot_along_and_earns_nothing() -> None:
    moves = [move(0, "1", "100"), move(1, "1", "300"), move(2, "-1", None, why=Why.OTHER)]
    found = taken(moves)
    assert found.sales == []
    assert [lot.cost for lot in found.lots.of(BTC)] == [D("300")]


def test_what_was_sold_beyond_the_known_history_is_named() -> None:
    found = profit(taken([move(0, "1", "100"), move(1, "-3", "600")]), ALL, {})
    assert found.realised == D("100")
    assert found.unknown_sold == {BTC: D("2")}


def test_a_period_counts_its_own_sales_at_the_cost_of_before() -> None:
    moves = [move(0, "2", "200"), move(1, "-1", "150"), move(5, "-1", "90")]
    fees = (Charge(NOON, D("1")), Charge(NOON + HOUR * 5, D("2")))
    late = Period(since=NOON + HOUR * 5)
    found = profit(account(moves, fees, Method.FIFO), late, {})
    assert (found.realised, found.fees, found.trades, found.won) == (D("-10"), D("2"), 1, 0)
    early = Period(until=NOON + HOUR * 5)
    assert profit(account(moves, fees, Method.FIFO), early, {}).realised == D("50")


def test_a_pair_counts_alone() -> None:
    moves = [
        move(0, "1", "100", symbol="BTC/USD"),
        move(1, "-1", "150", symbol="BTC/USD"),
        move(2, "1", "10", asset=ETH, symbol="ETH/USD"),
    ]
    found = profit(taken(moves), Period(symbol="ETH/USD"), {ETH: D("15")})
    assert (found.realised, found.unrealised) == (0, D("5"))
    found = profit(taken(moves), Period(symbol="BTC/USD"), {ETH: D("15")})
    assert (found.realised, found.unrealised) == (D("50"), 0)


def test_the_fills_of_one_order_are_one_trade() -> None:
    sold = [move(hour, "-0.5", "60", group="O1") for hour in (1, 2)]
    found = profit(taken([move(0, "1", "100"), *sold]), ALL, {})
    assert (found.trades, found.won, found.realised) == (1, 1, D("20"))


def test_without_a_price_nothing_is_unrealised_and_the_asset_is_named() -> None:
    found = profit(taken([move(0, "1", "100")]), ALL, {BTC: None})
    assert found.unrealised == 0
    assert found.unpriced == (BTC,)


def test_a_whole_lot_keeps_digits_that_a_part_would_lose() -> None:
    third = EXACT.divide(D(1), D(3))
    found = taken([move(0, "1", third), move(1, "-1", third)])
    assert [(sale.cost, sale.proceeds) for sale in found.sales] == [(third, third)]


def test_of_one_instant_what_comes_in_is_first() -> None:
    moves = [move(0, "-1", "120"), move(0, "1", "100")]
    assert profit(taken(moves), ALL, {}).realised == D("20")


# -- over any history

QTY = st.integers(1, 10**12).map(lambda n: D(n).scaleb(-8))
VALUE = st.integers(0, 10**14).map(lambda n: D(n).scaleb(-5))
BUYS = st.lists(st.tuples(QTY, VALUE), min_size=1, max_size=8)
METHODS = st.sampled_from(Method)


@st.composite
def histories(draw: st.DrawFn, *, known: bool = True) -> list[Move]:
    """Buys and sells in any order, never more sold than was bought."""
    moves: list[Move] = []
    owned = D(0)
    for hour in range(draw(st.integers(1, 14))):
        value = draw(VALUE if known else st.none() | VALUE)
        if owned and draw(st.booleans()):
            part = D(draw(st.integers(1, 100)))
            qty = min(owned, (owned * part / 100).quantize(D("1e-8")) or owned)
            moves.append(move(hour, str(-qty), value))
            owned -= qty
        else:
            qty = draw(QTY)
            moves.append(move(hour, str(qty), value))
            owned += qty
    return moves


@given(histories(known=False), METHODS)
def test_lots_hold_exactly_what_came_and_did_not_go(moves: list[Move], method: Method) -> None:
    lots = Lots(method)
    sales = [sale for each in moves for sale in lots.apply(each)]
    assert sum(lot.qty for lot in lots.all()) == sum(each.qty for each in moves)
    assert sum(sale.qty for sale in sales) == -sum(m.qty for m in moves if m.qty < 0)
    assert all(lot.qty > 0 for lot in lots.all())


@given(histories(), METHODS)
def test_no_cost_and_no_proceeds_are_lost_to_the_last_digit(
    moves: list[Move], method: Method
) -> None:
    found = account(moves, (), method)
    spent = total(each.value for each in moves if each.qty > 0)
    got = total(each.value for each in moves if each.qty < 0)
    costs = [sale.cost for sale in found.sales]
    assert total([*costs, *(lot.cost for lot in found.lots.all())]) == spent
    assert total(sale.proceeds for sale in found.sales) == got


@given(histories(), VALUE)
def test_both_methods_agree_when_everything_is_sold(moves: list[Move], last: Decimal) -> None:
    owned = sum((each.qty for each in moves), D(0))
    flat = [*moves, move(99, str(-owned), last)] if owned else moves
    totals = {profit(account(flat, (), m), ALL, {}).realised for m in Method}
    spent = total(each.value for each in flat if each.qty > 0)
    got = total(each.value for each in flat if each.qty < 0)
    assert totals == {EXACT.subtract(got, spent)}


@given(histories(), st.integers(1, 10**9).map(lambda n: D(n).scaleb(-2)), METHODS)
def test_net_is_what_a_sale_of_everything_now_would_leave(
    moves: list[Move], price: Decimal, method: Method
) -> None:
    found = profit(account(moves, (Charge(NOON, D("1.5")),), method), ALL, {BTC: price})
    got = total(each.value for each in moves if each.qty < 0)
    spent = total(each.value for each in moves if each.qty > 0)
    held = EXACT.multiply(total(each.qty for each in moves), price)
    assert found.net == total([got, -spent, held, D("-1.5")])


@given(BUYS)
def test_periods_add_up_to_the_whole(buys: list[tuple[Decimal, Decimal]]) -> None:
    moves = [move(i, str(qty), value) for i, (qty, value) in enumerate(buys)]
    moves += [move(50 + i, str(-qty), value) for i, (qty, value) in enumerate(buys)]
    cut = NOON + HOUR * (50 + len(buys) // 2)
    found = account(moves, (), Method.FIFO)
    parts = [profit(found, Period(until=cut), {}), profit(found, Period(since=cut), {})]
    assert total(part.realised for part in parts) == profit(found, ALL, {}).realised
    assert sum(part.trades for part in parts) == len(buys)


@pytest.mark.parametrize("method", Method)
def test_a_move_of_nothing_changes_nothing(method: Method) -> None:
    found = taken([move(0, "0", "5")], method)
    assert found.lots.all() == []
