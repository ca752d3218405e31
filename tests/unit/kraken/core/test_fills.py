"""What taking liquidity costs.

Mutants tried by hand and killed: the last level taken whole; the budget exceeded by rounding up;
the worst price from the level after; an exhausted side not said.
"""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.fills import mid, walk
from kraken.core.types import BookView, Level, Symbol
from tests.strategies import asks

LEVELS = [
    Level(Decimal(100), Decimal(1)),
    Level(Decimal(101), Decimal(2)),
    Level(Decimal(110), Decimal(10)),
]


def test_a_small_order_takes_a_part_of_the_best_level() -> None:
    taken = walk(LEVELS, qty=Decimal("0.25"), middle=Decimal(99))
    assert (taken.filled, taken.cost, taken.average) == (Decimal("0.25"), 25, 100)
    assert (taken.worst, taken.levels, taken.exhausted) == (100, 1, False)
    assert taken.slippage is not None
    assert round(taken.slippage, 6) == Decimal("0.010101")


def test_a_large_order_walks_down_the_book() -> None:
    taken = walk(LEVELS, qty=Decimal(4))
    assert (taken.cost, taken.worst, taken.levels) == (100 + 202 + 110, 110, 3)
    assert taken.average == 103
    assert taken.slippage is None


def test_what_the_book_does_not_hold_is_not_filled() -> None:
    taken = walk(LEVELS, qty=Decimal(14))
    assert (taken.filled, taken.exhausted) == (13, True)
    assert walk(LEVELS, qty=Decimal(13)).exhausted is False
    nothing = walk([], qty=Decimal(1), middle=Decimal(5))
    assert (nothing.filled, nothing.average, nothing.slippage, nothing.exhausted) == (
        0,
        None,
        None,
        True,
    )


def test_a_budget_buys_whole_lots_and_is_not_exceeded() -> None:
    taken = walk(LEVELS, quote=Decimal(150), lot_size=Decimal("0.1"))
    assert (taken.filled, taken.cost) == (Decimal("1.4"), Decimal("140.4"))
    assert not taken.exhausted


@pytest.mark.parametrize("sizes", [{}, {"qty": Decimal(1), "quote": Decimal(1)}])
def test_an_order_has_one_size(sizes: dict[str, Decimal]) -> None:
    with pytest.raises(ValueError, match="either"):
        walk(LEVELS, **sizes)


@given(asks(), st.decimals("0.00000001", 10**6, places=8))
def test_a_walk_takes_the_best_first_and_no_more_than_there_is(
    levels: list[Level], qty: Decimal
) -> None:
    taken = walk(levels, qty=qty)
    there = sum(level.qty for level in levels)
    assert taken.filled == min(qty, there)
    assert taken.exhausted == (qty > there)
    assert taken.average is not None and taken.worst is not None
    assert levels[0].price <= taken.average <= taken.worst
    before = sum(level.qty for level in levels[: taken.levels - 1])
    assert before < taken.filled <= before + levels[taken.levels - 1].qty


@given(asks(), st.decimals("0.01", 10**9, places=2))
def test_a_budget_is_spent_to_the_last_lot(levels: list[Level], quote: Decimal) -> None:
    lot = Decimal("0.00000001")
    taken = walk(levels, quote=quote, lot_size=lot)
    assert taken.cost <= quote
    if not taken.exhausted:
        place = levels[max(taken.levels - 1, 0)]
        price = max(place.price, levels[min(taken.levels, len(levels) - 1)].price)
        assert taken.cost + price * lot > quote


def test_the_mid_is_half_way_and_needs_two_sides() -> None:
    now = datetime(2026, 11, 8, tzinfo=UTC)
    bid = (Level(Decimal("99.9"), Decimal(1)),)
    ask = (Level(Decimal("100.0"), Decimal(1)),)
    assert mid(BookView(Symbol("A/B"), 10, bid, ask, 0, None, now)) == Decimal("99.95")
    assert mid(BookView(Symbol("A/B"), 10, (), ask, 0, None, now)) is None
