"""Cutting a candle of the past into parts loses nothing and invents nothing."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kraken.sim.market.history_split import FEW, Node, Walk, few, share, split, tilt, trades
from kraken.sim.market.types import MINUTE, dice


@st.composite
def nodes(draw: st.DrawFn, least: int = 1, most: int = 400) -> Node:
    count = draw(st.integers(least, most))
    low = draw(st.integers(1, 100_000))
    high = low + draw(st.integers(0, 3000))
    inside = st.integers(low, high)
    opened, close = draw(inside), draw(inside)
    if count == 1:
        opened = close
    if count < 4:
        low, high = min(opened, close), max(opened, close)
    volume = draw(st.integers(16 * count, 10**12))
    mean = draw(st.floats(0.2, 0.8)) * (high - low) + low
    return Node(count, opened, high, low, close, volume, mean)


def summed(parts: list[Node]) -> tuple[int, ...]:
    held = [part for part in parts if part.prints]
    return (
        sum(part.prints for part in held),
        held[0].open,
        max(part.high for part in held),
        min(part.low for part in held),
        held[-1].close,
        sum(part.volume for part in held),
    )


def facts(node: Node) -> tuple[int, ...]:
    return node.prints, node.open, node.high, node.low, node.close, node.volume


@given(
    node=nodes(least=FEW + 1),
    seed=st.integers(0, 2**32),
    wander=st.lists(st.floats(-5000, 5000), min_size=3, max_size=7),
)
@settings(deadline=None)
def test_children_add_up_to_their_parent(node: Node, seed: int, wander: list[float]) -> None:
    points = [node.open + step for step in wander]
    walks = [Walk(a, b, (a + b) / 2, 10.0) for a, b in pairwise(points)]
    parts = split(dice(seed), node, walks, 5.0)
    assert summed(parts) == facts(node)
    for part in parts:
        assert part.prints >= 4
        assert part.volume >= part.prints
        assert node.low <= part.low <= min(part.open, part.close)
        assert max(part.open, part.close) <= part.high <= node.high


@given(node=nodes(), seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_the_trades_of_a_candle_rebuild_it(node: Node, seed: int) -> None:
    found = trades(dice(seed), node, 1000, 5)
    assert facts(few(found)) == facts(node)
    assert [trade[0] for trade in found] == sorted(trade[0] for trade in found)
    assert 1000 * MINUTE <= found[0][0] <= found[-1][0] < 1005 * MINUTE
    assert all(trade[2] >= 1 for trade in found)


def test_a_candle_without_trades_has_none() -> None:
    assert trades(dice(1), Node(0), 1000, 5) == ()
    assert few(()).prints == 0


@given(
    total=st.integers(100, 10**9),
    weights=st.lists(st.floats(0.01, 100), min_size=1, max_size=20),
    seed=st.integers(0, 2**32),
)
def test_shares_are_whole_and_complete(total: int, weights: list[float], seed: int) -> None:
    parts = share(dice(seed), total, weights, [5] * len(weights))
    assert sum(parts) == total
    assert min(parts) >= 5


def test_tilted_weights_average_to_the_mean_and_keep_their_sum() -> None:
    weights = tilt([1.0, 2.0, 3.0], [10.0, 20.0, 30.0], 15.0)
    assert abs(sum(weights) - 6.0) < 1e-9
    mean = sum(w * p for w, p in zip(weights, [10.0, 20.0, 30.0], strict=True)) / 6.0
    assert abs(mean - 15.0) < 1e-9


def test_a_mean_beyond_all_prices_leaves_the_weights_alone() -> None:
    assert tilt([1.0, 2.0], [10.0, 20.0], 50.0) == [1.0, 2.0]
