"""The parts of Market that need no socket: pace, quiet books, counted readers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken.core.events import BookWant, TickerWant, TradesHappened, TradeWant, Want
from kraken.core.session import Session
from kraken.core.types import BookPage, BookView, Level, Side, Symbol, Trade
from kraken.market.books import Books
from kraken.market.feeds import COMPARED, MISSING, QUIET, Cure, Feeds, agree
from kraken.market.reads import Pace
from kraken.market.subscriptions import Subscriptions
from kraken.market.tapes import Tapes
from kraken.watch import Watch

BTC, ETH = Symbol("BTC/USD"), Symbol("ETH/USD")
START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def levels(*rows: tuple[str, str]) -> tuple[Level, ...]:
    return tuple(Level(Decimal(price), Decimal(qty)) for price, qty in rows)


BIDS = levels(("100.0", "1.00049999"), ("99.9", "2.00000000"))
ASKS = levels(("100.1", "1.00000000"), ("100.2", "2.00000000"))


def view(bids: tuple[Level, ...] = BIDS, at: datetime = START) -> BookView:
    return BookView(BTC, COMPARED, bids, ASKS, 1, None, at)


def page(bids: tuple[Level, ...] = BIDS) -> BookPage:
    return BookPage(BTC, bids, ASKS)


def test_a_book_is_due_after_half_a_minute_of_quiet_and_again_after_as_long() -> None:
    feeds: Feeds[Symbol] = Feeds()
    changed_at = {BTC: START, ETH: START + SECOND}
    assert feeds.due(changed_at, START + QUIET - SECOND) is None
    assert feeds.due(changed_at, START + QUIET) == BTC
    feeds.compared(BTC, START + QUIET)
    assert feeds.due(changed_at, START + QUIET) is None
    assert feeds.due(changed_at, START + QUIET + SECOND) == ETH
    feeds.compared(ETH, START + QUIET + SECOND)
    assert feeds.due(changed_at, START + 2 * QUIET) == BTC
    assert feeds.due({}, START) is None


@pytest.mark.parametrize(
    ("theirs", "agrees"),
    [
        (BIDS, True),
        (levels(("100.00000", "1.000"), ("99.90000", "2.000")), True),
        (levels(("100.00000", "1.001"), ("99.90000", "2.000")), True),
        (levels(("100.00000", "1.003"), ("99.90000", "2.000")), False),
        (levels(("100.10000", "1.000"), ("99.90000", "2.000")), False),
        (levels(("100.00000", "1.000")), False),
        (levels(), False),
    ],
)
def test_books_are_compared_as_far_as_rest_gives_digits(
    theirs: tuple[Level, ...], agrees: bool
) -> None:
    assert agree(view(), page(theirs)) is agrees


def test_a_stream_that_is_behind_twice_in_a_row_asks_for_another_connection() -> None:
    feeds: Feeds[Symbol] = Feeds()
    assert feeds.verdict(BTC, is_dead=True) is Cure.RESUBSCRIBE
    assert feeds.verdict(BTC, is_dead=True) is Cure.RECONNECT
    assert feeds.verdict(BTC, is_dead=True) is Cure.RESUBSCRIBE
    assert feeds.verdict(BTC, is_dead=False) is None
    assert feeds.verdict(BTC, is_dead=True) is Cure.RESUBSCRIBE


def test_a_book_that_does_not_come_costs_one_connection_and_no_more() -> None:
    feeds: Feeds[Symbol] = Feeds()
    missing = {BTC: START}
    assert not feeds.despair(missing, set(), START + MISSING - SECOND)
    assert feeds.despair(missing, set(), START + MISSING)
    assert not feeds.despair(missing, set(), START + 10 * MISSING)
    assert not feeds.despair({}, set(), START)  # nobody wanted it for a while
    assert not feeds.despair(missing, {BTC}, START + 20 * MISSING)  # subscribed is not heard
    assert not feeds.despair({}, {BTC}, START)
    assert feeds.despair(missing, set(), START + 20 * MISSING)  # it had come in between


def test_the_time_without_a_connection_is_not_counted_as_missing() -> None:
    books, tapes = Books(Session()), Tapes()
    books.add(BookWant(BTC), Watch(), START)
    tapes.add(TickerWant(BTC), Watch(), START)
    later = START + timedelta(hours=1)
    assert books.missing_since(later) == {BTC: later}
    assert tapes.missing_since(later) == {TickerWant(BTC): later}
    assert books.missing_since(START - SECOND) == {BTC: START}


def test_a_book_that_comes_and_fails_is_not_one_that_does_not_come() -> None:
    books, feeds = Books(Session()), Feeds[Symbol]()
    books.add(BookWant(BTC), Watch(), START)
    for loss in range(5):
        lost_at = START + loss * (MISSING - SECOND)
        books.lost(BTC, lost_at)
        assert not feeds.despair(books.missing_since(START), set(), lost_at + MISSING - SECOND)
    assert feeds.despair(books.missing_since(START), set(), lost_at + MISSING)
    books.given_up(BTC)
    assert books.missing_since(START) == {}


def test_one_more_reader_does_not_let_a_book_be_expected_that_was_given_up() -> None:
    books = Books(Session())
    books.add(BookWant(BTC), Watch(), START)
    books.given_up(BTC)
    books.add(BookWant(BTC, 100), Watch(), START)
    assert books.missing_since(START) == {}


def trades(*numbers: int) -> tuple[Trade, ...]:
    one = Decimal(1)
    return tuple(Trade(BTC, number, Side.BUY, one, one, "market", START) for number in numbers)


@pytest.mark.parametrize(
    ("told", "is_snapshot", "kept"),
    [
        ((3, 4), True, [1, 2, 3, 4]),
        ((2, 3), True, [1, 2, 3]),
        ((4, 5), True, [4, 5]),
        ((4, 5), False, [1, 2, 4, 5]),
        ((), True, [1, 2]),
    ],
)
def test_trades_from_before_a_hole_are_forgotten(
    told: tuple[int, ...], is_snapshot: bool, kept: list[int]
) -> None:
    tapes, watch = Tapes(), Watch[tuple[Trade, ...]]()
    tapes.add(TradeWant(BTC), watch, START)
    tapes.take_trades(TradesHappened(BTC, trades(1, 2), snapshot=True), START)
    tapes.take_trades(TradesHappened(BTC, trades(*told), snapshot=is_snapshot), START)
    assert watch.value is not None
    assert [trade.trade_id for trade in watch.value] == kept


def test_a_book_that_nobody_reads_is_not_missing_when_it_is_lost() -> None:
    books = Books(Session())
    books.add(BookWant(BTC), Watch(), START)
    books.remove(BookWant(BTC))
    books.lost(BTC, START)
    assert books.missing_since(START) == {}


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


async def test_a_few_questions_go_at_once_and_then_one_a_second() -> None:
    time = Time()
    pace = Pace(time, time.sleep)
    asked = []
    for _ in range(10):
        await pace.wait()
        asked.append(round((time.now() - START).total_seconds(), 3))
    assert asked[:4] == [0, 0, 0, 0]
    assert asked[4:] == [1, 2, 3, 4, 5, 6]


async def test_those_who_ask_in_the_same_moment_wait_behind_each_other() -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(round(seconds, 3))

    pace = Pace(Time(), sleep)
    for _ in range(7):
        await pace.wait()
    assert waits == [1, 2, 3]


class Wire:
    """What was wanted and dropped."""

    def __init__(self) -> None:
        self.done: list[tuple[str, Want]] = []
        self.subscriptions = Subscriptions(self.want, self.drop, timedelta(seconds=30))

    def want(self, want: Want, watch: Watch[Any]) -> None:
        assert watch.value is None
        self.done.append(("want", want))

    def drop(self, want: Want) -> None:
        self.done.append(("drop", want))


def test_a_stream_is_wanted_once_and_dropped_after_its_last_reader_and_the_linger() -> None:
    wire = Wire()
    want = TickerWant(BTC)
    now = START
    with wire.subscriptions.reading(want, lambda: now) as first:
        with wire.subscriptions.reading(want, lambda: now) as second:
            assert first is second
        wire.subscriptions.expire(START + 99 * SECOND)
        now = START + 100 * SECOND
    wire.subscriptions.expire(START + 129 * SECOND)
    assert wire.done == [("want", want)]
    wire.subscriptions.expire(START + 130 * SECOND)
    assert wire.done == [("want", want), ("drop", want)]
    assert len(wire.subscriptions) == 0


def test_a_reader_that_fails_leaves_like_any_other() -> None:
    wire = Wire()
    with (
        pytest.raises(LookupError),
        wire.subscriptions.reading(TickerWant(BTC), lambda: START),
    ):
        raise LookupError
    wire.subscriptions.expire(START + 30 * SECOND)
    assert wire.done[-1][0] == "drop"
