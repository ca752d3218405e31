"""The simulated market as a whole: repeatable, never crossed, consistent between pairs."""

from itertools import pairwise
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kraken.sim.listing import PAIRS, PairSpec
from kraken.sim.market.types import SECOND
from kraken.sim.market.world import BookDelta, Happening, TradePrint, World
from tests.simulated import moved

START = 1_780_012_345_678_901_234
FEW = tuple(
    pair
    for pair in PAIRS
    if pair.symbol in ("BTC/USD", "BTC/EUR", "ETH/USD", "ETH/BTC", "EUR/USD")
)


def world(seed: int = 1, pairs: tuple[PairSpec, ...] = FEW) -> World:
    return World(seed=seed, start_ns=START, pairs=pairs)


def live(market: World, seconds: float, step: float = 0.5) -> list[Happening]:
    happened: list[Happening] = []
    end = market.now_ns + int(seconds * SECOND)
    while market.now_ns < end:
        happened += market.tick(min(end, market.now_ns + int(step * SECOND)))
    return happened


def price(market: World, symbol: str) -> float:
    bids, asks = market.book(symbol)
    return (bids[0][0] + asks[0][0]) / 2 / 10 ** market.pairs[symbol].price_decimals


def cross_rate_errors(market: World) -> list[float]:
    """In basis points, for every pair of the market that is a ratio of two others."""
    errors = []
    for symbol, spec in market.pairs.items():
        base, quote = f"{spec.base}/USD", f"{spec.quote}/USD"
        if base in market.pairs and quote in market.pairs:
            ratio = price(market, base) / price(market, quote)
            errors.append(abs(log(price(market, symbol) / ratio)) * 1e4)
    return errors


class Mirror:
    """A book that only knows what was told; it refuses trades that it cannot explain."""

    def __init__(self, market: World, symbol: str) -> None:
        bids, asks = market.book(symbol)
        self.sides = {"buy": dict(bids), "sell": dict(asks)}
        self.taken: dict[tuple[str, int], int] = {}

    def see(self, happening: Happening) -> None:
        if isinstance(happening, TradePrint):
            resting = "sell" if happening.side == "buy" else "buy"
            at = (resting, happening.ticks)
            self.taken[at] = self.taken.get(at, 0) + happening.lots
            assert self.taken[at] <= self.sides[resting].get(happening.ticks, 0)
            return
        assert isinstance(happening, BookDelta)
        self.taken.clear()
        for side, levels in (("buy", happening.bids), ("sell", happening.asks)):
            for ticks, lots in levels:
                self.sides[side].pop(ticks, None)
                if lots:
                    self.sides[side][ticks] = lots
        assert max(self.sides["buy"]) < min(self.sides["sell"])


def test_the_same_seed_and_ticks_give_the_same_happenings() -> None:
    first, second = world(7), world(7)
    assert live(first, 20) == live(second, 20)
    assert first.book("BTC/USD") == second.book("BTC/USD")
    assert first.candles("ETH/BTC", 60) == second.candles("ETH/BTC", 60)


def test_another_seed_gives_another_market() -> None:
    assert live(world(7), 20) != live(world(8), 20)


def test_what_happens_does_not_depend_on_how_time_is_cut() -> None:
    assert live(world(3), 20, step=0.1) == live(world(3), 20, step=7.0)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_told_explains_every_trade_and_the_book_never_crosses(seed: int) -> None:
    market = world(seed)
    mirrors = {symbol: Mirror(market, symbol) for symbol in market.pairs}
    for happening in live(market, 100):
        mirrors[happening.symbol].see(happening)
    for symbol, mirror in mirrors.items():
        bids, asks = market.book(symbol)
        assert mirror.sides == {"buy": dict(bids), "sell": dict(asks)}
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)


def test_time_never_runs_backwards_nor_ahead_of_what_was_asked() -> None:
    market = world()
    before = market.now_ns
    times = [happening.ns for happening in market.tick(before + 30 * SECOND)]
    assert times == sorted(times)
    assert before < times[0]
    assert times[-1] <= market.now_ns == before + 30 * SECOND
    assert market.tick(before) == []
    assert market.now_ns == before + 30 * SECOND


def test_trade_ids_are_consecutive_on_every_pair() -> None:
    market = world()
    happened = live(market, 120)
    for symbol in market.pairs:
        ids = [h.trade_id for h in happened if isinstance(h, TradePrint) and h.symbol == symbol]
        assert ids == list(range(ids[0], ids[0] + len(ids))) if ids else True
    assert sum(isinstance(h, TradePrint) and h.symbol == "BTC/USD" for h in happened) > 20


def test_every_side_is_deeper_than_the_deepest_subscription() -> None:
    market = World(seed=5, start_ns=START)
    for seconds in (0.1, 60, 3600):
        market.tick(market.now_ns + int(seconds * SECOND))
        for symbol in market.pairs:
            bids, asks = market.book(symbol)
            assert len(bids) > 1000, symbol
            assert len(asks) > 1000, symbol
            assert bids[-1][0] > 0


def test_bitcoin_is_busy_and_tight_and_a_small_pair_is_silent_for_seconds() -> None:
    market = World(seed=2, start_ns=START)
    changes: dict[str, list[int]] = {symbol: [] for symbol in market.pairs}
    spreads = []
    for _ in range(120):
        for happening in live(market, 1, step=1):
            if isinstance(happening, BookDelta):
                changes[happening.symbol].append(happening.ns)
        bids, asks = market.book("BTC/USD")
        spreads.append(asks[0][0] - bids[0][0])
    assert sorted(spreads)[60] == 1
    assert 4 < len(changes["BTC/USD"]) / 120 < 40
    silences = [later - earlier for earlier, later in pairwise(changes["SOL/BTC"])]
    assert max(silences) > 4 * SECOND


@given(seed=st.integers(0, 2**31), seconds=st.sampled_from([1, 30, 600]))
@settings(max_examples=8, deadline=None)
def test_cross_rates_agree_within_the_spread_and_a_little(seed: int, seconds: int) -> None:
    market = world(seed)
    market.tick(market.now_ns + seconds * SECOND)
    assert max(cross_rate_errors(market)) < 12


@given(
    seed=st.integers(0, 2**31),
    moves=st.lists(
        st.tuples(st.sampled_from([pair.symbol for pair in FEW]), st.floats(0.8, 1.25)),
        min_size=1,
        max_size=3,
    ),
)
@settings(max_examples=12, deadline=None)
def test_a_move_trades_exactly_at_its_price_and_related_pairs_follow(
    seed: int, moves: list[tuple[str, float]]
) -> None:
    market = world(seed)
    for symbol, factor in moves:
        target = int(market.book(symbol)[0][0][0] * factor)
        mirrors = {name: Mirror(market, name) for name in market.pairs}
        happened = moved(market, symbol, target)
        for happening in happened:
            mirrors[happening.symbol].see(happening)
        prints = [h for h in happened if isinstance(h, TradePrint) and h.symbol == symbol]
        assert prints[-1].ticks == target
        assert market.stats(symbol).last == prints[-1]
        assert market.running_candle(symbol, 1).close == target
        bids, asks = market.book(symbol)
        assert abs(bids[0][0] - target) <= 1
        assert bids[0][0] < asks[0][0]
        assert [h.ns for h in happened] == sorted(h.ns for h in happened)
        assert max(cross_rate_errors(market)) < 12
        for name in market.pairs:
            assert min(map(len, market.book(name))) > 1000


def test_a_great_move_prints_several_trades_on_the_way() -> None:
    market = world()
    start = market.book("BTC/USD")[0][0][0]
    happened = moved(market, "BTC/USD", int(start * 1.1))
    prices = [h.ticks for h in happened if isinstance(h, TradePrint) and h.symbol == "BTC/USD"]
    assert len(prices) > 10
    assert sum(start < ticks < start * 1.1 for ticks in prices) > 10


def test_a_market_that_was_moved_stays_there() -> None:
    market = world()
    target = int(market.book("BTC/USD")[0][0][0] * 1.2)
    moved(market, "BTC/USD", target)
    live(market, 60)
    assert abs(log(market.book("BTC/USD")[0][0][0] / target)) < 0.02


def test_a_stablecoin_that_lost_its_peg_does_not_drift_back_to_it() -> None:
    market = world(pairs=tuple(pair for pair in PAIRS if pair.quote == "USD"))
    moved(market, "USDT/USD", 95_000)
    market.tick(market.now_ns + 3600 * SECOND)
    assert abs(market.book("USDT/USD")[0][0][0] - 95_000) < 300


def test_a_move_to_no_price_is_refused() -> None:
    with pytest.raises(ValueError, match="BTC/USD"):
        moved(world(), "BTC/USD", 0)


def test_a_leap_of_an_hour_keeps_books_and_ids_in_order() -> None:
    market = world()
    mirrors = {symbol: Mirror(market, symbol) for symbol in market.pairs}
    happened = market.tick(market.now_ns + 3600 * SECOND)
    for happening in happened:
        mirrors[happening.symbol].see(happening)
    times = [happening.ns for happening in happened]
    assert times == sorted(times)
    assert max(cross_rate_errors(market)) < 15


def test_a_taker_gets_the_best_levels_and_the_trades_are_printed() -> None:
    market = world()
    bids, asks = market.book("BTC/USD")
    wanted = asks[0][1] + asks[1][1] // 2
    happened = market.take("BTC/USD", "buy", wanted)
    prints = [h for h in happened if isinstance(h, TradePrint)]
    assert sum(trade.lots for trade in prints) == wanted
    assert [trade.ticks for trade in prints] == sorted(trade.ticks for trade in prints)
    assert {trade.ticks for trade in prints} == {asks[0][0], asks[1][0]}
    assert {trade.side for trade in prints} == {"buy"}
    assert market.book("BTC/USD")[1][0] == (asks[1][0], asks[1][1] - asks[1][1] // 2)
    assert market.book("BTC/USD")[0] == bids


def test_what_is_taken_happens_after_everything_before_it() -> None:
    market = world()
    before = live(market, 5)
    taken = market.take("BTC/USD", "sell", 10**6)
    after = live(market, 5)
    times = [happening.ns for happening in [*before, *taken, *after]]
    assert times == sorted(times)
    assert before[-1].ns < taken[0].ns < after[0].ns


def test_a_taker_with_a_limit_pays_no_more() -> None:
    market = world()
    asks = market.book("BTC/USD")[1]
    happened = market.take("BTC/USD", "buy", 10**15, asks[2][0])
    prints = [h for h in happened if isinstance(h, TradePrint)]
    assert sum(trade.lots for trade in prints) == sum(lots for _, lots in asks[:3])
    assert market.book("BTC/USD")[1][0] == asks[3]


def test_a_pair_keeps_the_status_it_was_given() -> None:
    market = world()
    assert market.status("BTC/USD") == "online"
    market.set_status("BTC/USD", "cancel_only")
    assert market.status("BTC/USD") == "cancel_only"
    with pytest.raises(KeyError):
        market.set_status("BTC/XYZ", "online")


def test_the_book_knows_when_it_changed() -> None:
    market = world()
    assert market.book_changed_ns("BTC/USD") == START
    deltas = [h for h in live(market, 5) if isinstance(h, BookDelta) and h.symbol == "BTC/USD"]
    assert market.book_changed_ns("BTC/USD") == deltas[-1].ns
