"""An order's place in the queue, where books and trades tell of the same things in any order."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from kraken.core.ledger.words import Filled, MarketView
from kraken.core.trading import OrderType
from kraken.core.types import Side
from tests.ledger_cases import NOON, Desk, order, trade, view

QUEUE = D(12)


class Queue:
    """One buy of 5 behind 12 others at 99, and what the exchange tells of that level."""

    def __init__(self) -> None:
        self.desk = Desk(usd="100000")
        self.desk.market = self.book(QUEUE, 0)
        self.desk.place(order(Side.BUY, "5", "99"))
        self.filled = D(0)
        self.others = QUEUE

    @staticmethod
    def book(others: D, second: int) -> MarketView:
        bids = [("99", str(others))] if others else []
        shown = view(bids=[*bids, ("98", "100")])
        return replace(shown, at=NOON + timedelta(seconds=second))

    def tell_book(self, others: D, second: int) -> None:
        self.count(self.desk.book(self.book(others, second)))

    def tell_trade(self, qty: D, second: int) -> None:
        self.desk.now = NOON + timedelta(seconds=second)
        self.count(self.desk.trade("99", str(qty)))

    def count(self, events: object) -> None:
        assert isinstance(events, list)
        self.filled += sum(event.fill.qty for event in events if isinstance(event, Filled))

    def ahead(self) -> D | None:
        open_orders = self.desk.ledger.orders()
        return self.desk.ledger.queue_ahead(open_orders[0].order_id) if open_orders else None


happenings = st.lists(
    st.tuples(
        st.sampled_from(["trade", "cancel", "come"]),
        st.integers(1, 500).map(lambda lots: D(lots) / 100),
        st.booleans(),
    ),
    max_size=8,
)


@given(happenings)
def test_it_does_not_matter_whether_the_book_or_the_trade_is_told_first(
    told: list[tuple[str, D, bool]],
) -> None:
    by_trade, any_way = Queue(), Queue()
    others = QUEUE
    for second, (kind, qty, is_book_first) in enumerate(told, start=1):
        if kind == "come":
            others += qty
        else:
            others = max(others - qty, D(0))
        for queue, book_first in ((by_trade, False), (any_way, is_book_first)):
            if book_first:
                queue.tell_book(others, second)
            if kind == "trade":
                queue.tell_trade(qty, second)
            if not book_first:
                queue.tell_book(others, second)
        assert any_way.ahead() == by_trade.ahead()
        assert any_way.filled == by_trade.filled


def test_a_trade_after_the_book_that_shortened_the_queue_counts_in_full() -> None:
    queue = Queue()
    queue.tell_book(D(2), 1)
    queue.tell_trade(D(1), 2)
    assert queue.ahead() == D(1)
    queue.tell_trade(D(3), 3)
    assert queue.filled == D(2)


def test_several_trades_that_one_book_told_first_take_from_the_same_credit() -> None:
    queue = Queue()
    queue.tell_book(D(5), 3)
    for second in (1, 2, 3):
        queue.tell_trade(D(2), second)
    assert queue.ahead() == D(5)
    assert queue.filled == D(0)
    queue.tell_trade(D(2), 3)
    assert queue.ahead() == D(4)


def test_an_icebergs_next_part_goes_behind_those_who_are_there_now() -> None:
    desk = Desk(usd="100000")
    desk.market = Queue.book(D(1), 0)
    desk.place(order(Side.BUY, "2", "99", type=OrderType.ICEBERG, display_qty=D(1)))
    desk.book(Queue.book(D(4), 1))
    desk.now = NOON + timedelta(seconds=2)
    events = desk.ledger.on_trade(trade("99", "2", at=desk.now), desk.market, desk.now, desk.names)
    assert sum(event.fill.qty for event in events if isinstance(event, Filled)) == D(1)
    assert desk.ledger.queue_ahead(desk.ledger.orders()[0].order_id) == D(3)
