"""The index visits whoever is touched, and seldom anybody else."""

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.ledger.ledger import Ledger
from kraken.core.ledger.words import MarketView
from kraken.core.practice.index import PriceIndex
from kraken.core.trading import OrderRequest, OrderType, PriceKind, PriceOffset, Trigger
from kraken.core.types import Level, Side
from tests.ledger_cases import INSTRUMENT, PAIR, Desk, order, view
from tests.ledger_strategies import books, prices, quantities, requests


def index_of(*asked: OrderRequest) -> tuple[PriceIndex[str], Desk]:
    desk = Desk(usd="100000", btc="1000")
    for request in asked:
        desk.place(request)
    index: PriceIndex[str] = PriceIndex()
    index.put("ann", desk.ledger.state.of_pair(PAIR))
    return index, desk


@pytest.mark.parametrize(
    ("asked", "touching", "passing"),
    [
        (order(Side.BUY, "1", "95"), ("95", "94.5"), ("95.5", "120")),
        (order(Side.SELL, "1", "105"), ("105", "105.5"), ("104.5", "80")),
        (
            order(Side.SELL, "1", type=OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D(90)))),
            ("90", "80"),
            ("90.5", "120"),
        ),
        (
            order(
                Side.SELL, "1", type=OrderType.TAKE_PROFIT, trigger=Trigger(PriceOffset(D(110)))
            ),
            ("110", "111"),
            ("109.5", "80"),
        ),
        (
            order(
                Side.SELL,
                "1",
                type=OrderType.TRAILING_STOP,
                trigger=Trigger(PriceOffset(D(5), PriceKind.QUOTE)),
            ),
            ("95", "100.5"),
            ("95.5", "100"),
        ),
        (
            order(
                Side.BUY,
                "1",
                type=OrderType.TRAILING_STOP,
                trigger=Trigger(PriceOffset(D(5), PriceKind.QUOTE)),
            ),
            ("105", "99.5"),
            ("104.5", "100"),
        ),
    ],
)
def test_a_trade_touches_what_it_reaches(
    asked: OrderRequest, touching: tuple[str, ...], passing: tuple[str, ...]
) -> None:
    index, _ = index_of(asked)
    for price in touching:
        assert list(index.by_trade(D(price))) == ["ann"], price
    for price in passing:
        assert not index.by_trade(D(price)), price


def test_a_book_touches_what_it_crosses_and_whose_queue_it_shortens() -> None:
    index, _ = index_of(order(Side.BUY, "1", "99"), order(Side.SELL, "1", "102"))
    assert not index.by_book(view())
    assert not index.by_book(view(bids=(("99", "7"), ("98", "3"))))
    assert index.by_book(view(bids=(("99", "1.5"), ("98", "3"))))
    assert index.by_book(view(bids=(("99.5", "1"), ("98", "3"))))
    assert index.by_book(view(asks=(("101", "2"), ("102", "2.5"))))
    assert index.by_book(view(bids=(("102", "1"),), asks=(("103", "1"),)))
    out_of_sight = view(bids=(("100", "1"), ("99.5", "1")), asks=(("101", "5"), ("101.5", "1")))
    assert not index.by_book(out_of_sight)


def test_whoever_left_or_has_nothing_is_not_visited() -> None:
    index, desk = index_of(order(Side.BUY, "1", "95"))
    index.put("bob", desk.ledger.state.of_pair(PAIR))
    assert list(index.by_trade(D(90))) == ["ann", "bob"]
    index.drop("ann")
    assert list(index.by_trade(D(90))) == ["bob"]
    index.put("bob", [])
    assert not index.by_trade(D(90))
    assert len(index) == 0
    index.drop("bob")


def test_whoever_has_not_looked_yet_sees_every_trade() -> None:
    index, desk = index_of(order(Side.BUY, "1", "95"))
    index.put("bob", desk.ledger.state.of_pair(PAIR))
    index.expect(["ann"])
    assert list(index.by_trade(D(99))) == ["ann"]
    assert list(index.by_trade(D(90))) == ["ann", "bob"]
    index.put("ann", desk.ledger.state.of_pair(PAIR))
    assert not index.by_trade(D(99))


@given(
    st.lists(requests(), min_size=1, max_size=5),
    books(),
    st.lists(st.one_of(books(), st.tuples(prices, quantities)), max_size=6),
)
def test_nothing_happens_to_those_who_are_not_visited(
    asked: list[OrderRequest],
    book: tuple[dict[D, D], dict[D, D]],
    market: list[tuple[object, object]],
) -> None:
    desk = Desk(usd="100000", btc="1000")
    desk.market = _market(book, D(100))
    for request in asked:
        desk.ask(request)
    for happening in market:
        index: PriceIndex[str] = PriceIndex()
        index.put("ann", desk.ledger.state.of_pair(PAIR))
        before = _facts(desk.ledger)
        if isinstance(happening[0], dict):
            desk.market = _market(happening, desk.market.last or D(100))  # type: ignore[arg-type]
            touched = index.by_book(desk.market)
            events = desk.book(desk.market)
        else:
            touched = index.by_trade(happening[0])  # type: ignore[arg-type]  # a price
            events = desk.trade(str(happening[0]), str(happening[1]))
        if not touched:
            assert events == []
            assert _facts(desk.ledger) == before


def _market(book: tuple[dict[D, D], dict[D, D]], last: D) -> MarketView:
    bids, asks = book
    return MarketView(
        INSTRUMENT,
        [Level(p, bids[p]) for p in sorted(bids, reverse=True)],
        [Level(p, asks[p]) for p in sorted(asks)],
        last,
    )


def _facts(ledger: Ledger) -> list[object]:
    """Orders and queues; the size of a level matters to icebergs only."""
    found: list[object] = []
    for each in ledger.state.orders.values():
        level = each.level_qty if each.order.type is OrderType.ICEBERG else None
        found.append((each.order, each.ahead, level if each.is_resting else None))
    return found
