"""Windows of a book: what subscribers of each depth are told."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken.sim.wire.ws_book import WireBook

Levels = list[tuple[int, int]]

prices = st.integers(1, 60)
changes = st.lists(st.tuples(prices, st.integers(0, 5)), max_size=12)
messages = st.lists(st.tuples(changes, changes), max_size=12)


@dataclass
class Client:
    """What Kraken's guide tells clients to do, and nothing more."""

    depth: int
    bids: dict[int, int]
    asks: dict[int, int]

    def apply(self, bids: Levels, asks: Levels) -> None:
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for price, lots in levels:
                if lots:
                    side[price] = lots
                else:
                    side.pop(price, None)
        self.bids = dict(sorted(self.bids.items(), reverse=True)[: self.depth])
        self.asks = dict(sorted(self.asks.items())[: self.depth])


def truth(side: dict[int, int], levels: Levels) -> None:
    for price, lots in levels:
        if lots:
            side[price] = lots
        else:
            side.pop(price, None)


@settings(max_examples=300)
@given(
    st.dictionaries(prices, st.integers(1, 5)),
    st.dictionaries(prices, st.integers(1, 5)),
    messages,
)
def test_a_client_of_any_depth_always_holds_the_best_levels(
    bids: dict[int, int], asks: dict[int, int], told: list[tuple[Levels, Levels]]
) -> None:
    depths = (1, 3, 10, 25)
    book = WireBook("BTC/USD")
    book.reset(list(bids.items()), list(asks.items()), 1)
    clients = {}
    for depth in depths:
        top_bids, top_asks = book.top(depth)
        clients[depth] = Client(depth, dict(top_bids), dict(top_asks))
    for ns, (bid_changes, ask_changes) in enumerate(told):
        for change in book.apply(bid_changes, ask_changes, ns, depths):
            clients[change.depth].apply(change.bids, change.asks)
        truth(bids, bid_changes)
        truth(asks, ask_changes)
        for depth, client in clients.items():
            assert client.bids == dict(sorted(bids.items(), reverse=True)[:depth])
            assert client.asks == dict(sorted(asks.items())[:depth])


def ladder(*asks: int, depth: int) -> WireBook:
    book = WireBook("BTC/USD")
    book.reset([], [(price, 7) for price in asks], 1)
    assert len(book.top(depth)[1]) == min(depth, len(asks))
    return book


def told(book: WireBook, asks: Levels, depth: int) -> Levels:
    return [level for change in book.apply([], asks, 2, (depth,)) for level in change.asks]


def test_a_level_that_enters_the_window_is_in_the_same_message() -> None:
    book = ladder(10, 11, 12, 13, depth=3)
    assert told(book, [(11, 0)], 3) == [(11, 0), (13, 7)]


def test_a_level_that_falls_out_of_the_window_is_not_deleted() -> None:
    book = ladder(10, 11, 12, 13, depth=3)
    assert told(book, [(9, 1)], 3) == [(9, 1)]


def test_a_level_that_goes_while_a_better_one_fills_the_window_is_not_told() -> None:
    book = ladder(10, 11, 12, 13, depth=3)
    assert told(book, [(9, 1), (12, 0)], 3) == [(9, 1)]


def test_a_level_that_came_and_went_within_one_message_is_gone() -> None:
    book = ladder(10, 11, 12, 20, depth=3)
    client = Client(3, {}, {10: 7, 11: 7, 12: 7})
    client.apply([], told(book, [(10, 0), (15, 5), (15, 0)], 3))
    assert client.asks == {11: 7, 12: 7, 20: 7}


def test_what_happens_beyond_the_window_is_not_told() -> None:
    book = ladder(10, 11, 12, 13, 14, depth=3)
    assert book.apply([], [(13, 5), (14, 0), (15, 3)], 2, (3,)) == []


def test_a_price_that_changes_twice_is_told_twice_in_order() -> None:
    book = ladder(10, 11, 12, depth=3)
    assert told(book, [(10, 0), (10, 4)], 3) == [(10, 0), (10, 4)]


def test_a_level_deleted_while_it_was_pushed_out_does_not_come_back() -> None:
    """12 leaves the window, is deleted outside it, then room is made again."""
    book = ladder(10, 11, 12, 13, 14, depth=3)
    client = Client(3, {}, {10: 7, 11: 7, 12: 7})
    client.apply([], told(book, [(9, 1), (12, 0), (10, 0)], 3))
    assert client.asks == {9: 1, 11: 7, 13: 7}


def test_a_window_that_is_not_full_reaches_everywhere() -> None:
    book = ladder(10, depth=10)
    assert told(book, [(99, 1)], 10) == [(99, 1)]
    assert told(book, [(99, 0)], 10) == [(99, 0)]


PUBLISHED = """
asks 45285.2 0.00100000 | 45286.4 1.54571953 | 45286.6 1.54571109 | 45289.6 1.54560911
   | 45290.2 0.15890660 | 45291.8 1.54553491 | 45294.7 0.04454749 | 45296.1 0.35380000
   | 45297.5 0.09945542 | 45299.5 0.18772827
bids 45283.5 0.10000000 | 45283.4 1.54582015 | 45282.1 0.10000000 | 45281.0 0.10000000
   | 45280.3 1.54592586 | 45279.0 0.07990000 | 45277.6 0.03310103 | 45277.5 0.30000000
   | 45277.3 1.54602737 | 45276.6 0.15445238
"""


def published(side: str) -> Levels:
    text = PUBLISHED.split(side)[1].split("bids")[0]
    rows = (row.replace(".", "").split() for row in text.split("|"))
    return [(int(price), int(qty)) for price, qty in rows]


@pytest.mark.parametrize("extra", [0, 5])
def test_the_published_checksum_comes_out_whatever_rests_below(extra: int) -> None:
    deeper_asks = [(500_000 + n, 1) for n in range(extra)]
    deeper_bids = [(400_000 - n, 1) for n in range(extra)]
    book = WireBook("BTC/USD")
    book.reset(published("bids") + deeper_bids, published("asks") + deeper_asks, 1)
    assert book.checksum == 3310070434


def test_the_checksum_follows_each_change() -> None:
    book = WireBook("BTC/USD")
    book.reset(published("bids"), published("asks"), 1)
    assert book.checksum == 3310070434
    book.apply([(452835, 0)], [], 2)
    assert book.checksum != 3310070434
    book.apply([(452835, 10_000_000)], [], 3)
    assert book.checksum == 3310070434


def test_a_level_remembers_when_it_changed() -> None:
    book = ladder(10, 11, depth=2)
    book.apply([], [(11, 3)], 5)
    assert book.level_changed_ns("asks", 10) == 1
    assert book.level_changed_ns("asks", 11) == 5
