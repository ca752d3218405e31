"""The ladders of the simulated book: order, limits and what is told of changes."""

from hypothesis import given
from hypothesis import strategies as st

from kraken.sim.market.book import Book, Ladder


def ladder(sign: int, *levels: tuple[int, int]) -> Ladder:
    made = Ladder(sign)
    for ticks, lots in levels:
        made.set(ticks, lots)
    return made


def book() -> Book:
    made = Book()
    for ticks, lots in ((99, 5), (98, 7), (95, 1)):
        made.put("buy", ticks, lots)
    for ticks, lots in ((101, 4), (102, 6), (105, 2)):
        made.put("sell", ticks, lots)
    made.changes()
    return made


def test_the_best_bid_is_the_highest_and_the_best_ask_the_lowest() -> None:
    assert ladder(1, (10, 1), (12, 1), (11, 1)).best == 12
    assert ladder(-1, (10, 1), (12, 1), (11, 1)).best == 10


@given(
    sign=st.sampled_from([1, -1]),
    changes=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 4))),
)
def test_a_ladder_holds_what_was_last_set_in_order_of_price(
    sign: int, changes: list[tuple[int, int]]
) -> None:
    made = Ladder(sign)
    expected: dict[int, int] = {}
    for ticks, lots in changes:
        made.set(ticks, lots)
        expected[ticks] = lots
    left = {ticks: lots for ticks, lots in expected.items() if lots}
    assert list(made) == sorted(left.items(), key=lambda level: -sign * level[0])
    assert len(made) == len(left)


def test_a_taker_walks_the_other_side_from_its_best_level() -> None:
    made = book()
    assert made.take("buy", 7) == [(101, 4), (102, 3)]
    assert list(made.asks) == [(102, 3), (105, 2)]
    assert made.take("sell", 5) == [(99, 5)]
    assert made.bids.best == 98


def test_a_limit_stops_a_taker_even_when_more_rests_behind() -> None:
    made = book()
    assert made.take("buy", 100, 102) == [(101, 4), (102, 6)]
    assert made.take("buy", 100, 102) == []
    assert made.take("sell", 100, 98) == [(99, 5), (98, 7)]


def test_an_empty_side_gives_what_it_had() -> None:
    made = book()
    assert sum(lots for _, lots in made.take("buy", 10**9)) == 12
    assert made.asks.best == 0


def test_changes_are_told_once_with_their_last_value() -> None:
    made = book()
    made.put("buy", 99, 3)
    made.put("buy", 99, 0)
    made.take("buy", 1)
    assert made.changes() == ([(99, 0)], [(101, 3)])
    assert made.changes() == ([], [])


def test_levels_better_than_a_price_come_best_first() -> None:
    made = book()
    assert made.bids.better_than(95) == [99, 98]
    assert made.asks.better_than(105) == [101, 102]
    assert made.asks.far_end(2) == [105, 102]
