"""Great leaps of the simulated market: cheap to make, and nothing of them shows afterwards."""

from itertools import pairwise

from kraken.sim.listing import PAIRS
from kraken.sim.market.types import SECOND
from kraken.sim.market.world import BookDelta, TradePrint, World

START = 1_780_012_345_678_901_234
DAY = 86_400 * SECOND
FEW = tuple(pair for pair in PAIRS if pair.symbol in ("BTC/USD", "ETH/USD", "ETH/BTC"))
DEEPEST_SUBSCRIPTION = 1000


def leapt(span_ns: int) -> tuple[World, int]:
    """A market after such a leap, and how many levels were touched on the way."""
    market = World(seed=1, start_ns=START, pairs=FEW)
    happened = market.tick(START + span_ns)
    deltas = [each for each in happened if isinstance(each, BookDelta)]
    return market, sum(len(each.bids) + len(each.asks) for each in deltas)


def widest_gap(market: World, symbol: str) -> float:
    """Among the best hundred levels of both sides, as a part of the price."""
    return max(
        abs(there[0] - here[0]) / here[0]
        for side in market.book(symbol)
        for here, there in pairwise(side[:100])
    )


def test_books_are_as_deep_and_dense_after_a_day_at_once_as_before() -> None:
    before = World(seed=1, start_ns=START, pairs=FEW)
    after, _ = leapt(DAY)
    for symbol in after.pairs:
        bids, asks = after.book(symbol)
        assert min(len(bids), len(asks)) >= DEEPEST_SUBSCRIPTION
        assert bids[0][0] < asks[0][0]
        assert widest_gap(after, symbol) < 4 * widest_gap(before, symbol)


def test_what_a_leap_tells_of_a_book_adds_up_to_that_book() -> None:
    market = World(seed=1, start_ns=START, pairs=FEW)
    mirrors = {symbol: tuple(map(dict, market.book(symbol))) for symbol in market.pairs}
    for happening in market.tick(START + DAY):
        if isinstance(happening, TradePrint):
            continue
        assert isinstance(happening, BookDelta)
        for mirror, told in zip(
            mirrors[happening.symbol], (happening.bids, happening.asks), strict=True
        ):
            mirror.update(told)
    for symbol, sides in mirrors.items():
        for mirror, side in zip(sides, market.book(symbol), strict=True):
            assert {ticks: lots for ticks, lots in mirror.items() if lots} == dict(side)


def test_a_week_at_once_is_told_with_little_more_than_a_day() -> None:
    _, in_a_day = leapt(DAY)
    _, in_a_week = leapt(7 * DAY)
    assert in_a_day < 60_000
    assert in_a_week < 3 * in_a_day


def test_a_market_is_as_busy_after_a_leap_as_before() -> None:
    leaping, _ = leapt(DAY)
    living = World(seed=1, start_ns=START + DAY, pairs=FEW)
    counts = [len(market.tick(market.now_ns + 60 * SECOND)) for market in (leaping, living)]
    assert counts[1] / 3 < counts[0] < counts[1] * 3
