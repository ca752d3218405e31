"""Cutting the past of one pair: a long candle into shorter ones, a short candle into its trades.

Rule: the parts always add up to the whole. Open, high, low, close, volume and count of a node are
fixed before anyone looks inside, and whatever is found inside reproduces them exactly; the average
price does so to far below one tick.
"""

from collections.abc import Sequence
from math import exp, log, sqrt
from random import Random
from typing import NamedTuple

from kraken.sim.market.types import BUY, MINUTE, SELL

FEW = 40
"""A node with at most this many trades is known by its trades, not by shorter candles."""

_LEAST = 4  # trades that a child has at least: open, high, low, close may all differ

_BEND = 0.5  # how far towards its high or low an average price may be bent
_MARGIN = 0.15  # part of a candle's range that its average price keeps from high and low
_TILT = 6.0  # how much more or less volume an average price may cost

PastTrade = tuple[int, int, int, str, str]
"""(ns, ticks, lots, side, order type)."""


class Node(NamedTuple):
    """One candle of the past; without trades it has no prices."""

    prints: int
    """How many trades."""
    open: int = 0
    high: int = 0
    low: int = 0
    close: int = 0
    volume: int = 0
    mean: float = 0.0
    """Average price weighted by quantity, in ticks."""
    trades: tuple[PastTrade, ...] | None = None
    """All of them, when they are few."""


class Walk(NamedTuple):
    """The way of the assets' values through a candle, in ticks."""

    first: float
    last: float
    mean: float
    deviation: float
    """How far they wander in between."""


def extremes(rng: Random, ends: tuple[int, int], walk: Walk) -> tuple[int, int]:
    """Highest and lowest point of a walk between two ends that averages to its mean.

    Two bridges over the top of the arch that such an average makes likely.
    """
    first, last = ends
    line = (walk.first + walk.last) / 2
    top = (first + last) / 2 + 1.5 * (walk.mean - line)
    high, low = float(max(first, last)), float(min(first, last))
    variance = walk.deviation * walk.deviation
    for end in ends:
        spread = (top - end) ** 2
        middle = (top + end) / 2
        high = max(high, middle + sqrt(spread - variance * log(1 - rng.random())) / 2)
        low = min(low, middle - sqrt(spread - variance * log(1 - rng.random())) / 2)
    return round(high), max(1, round(low))


def inside(mean: float, high: float, low: float) -> float:
    """That average price, or the nearest one that such a candle may well have."""
    margin = (high - low) * _MARGIN
    return min(max(mean, low + margin), high - margin)


def share(rng: Random, total: int, weights: Sequence[float], least: Sequence[int]) -> list[int]:
    """Divide a whole by weights, at least so much for each."""
    free = total - sum(least)
    scale = free / sum(weights)
    parts = [low + int(weight * scale) for weight, low in zip(weights, least, strict=True)]
    parts[rng.randrange(len(parts))] += total - sum(parts)
    return parts


def split(rng: Random, node: Node, walks: Sequence[Walk], bounce: float) -> list[Node]:
    """The children of a node with many trades; ``walks`` are the ways of the assets' values."""
    size = len(walks)
    busy = [walk.deviation * exp(rng.gauss(0.0, 0.3)) for walk in walks]
    counts = share(rng, node.prints, busy, [_LEAST] * size)
    ends = _ends(rng, node, walks, bounce)
    highs, lows, means = [], [], []
    for (opened, close), walk in zip(ends, walks, strict=True):
        high, low = extremes(rng, (opened, close), walk)
        highs.append(min(high, node.high))
        lows.append(max(low, node.low))
        means.append(walk.mean + (opened - walk.first + close - walk.last) / 2)
    highs[highs.index(max(highs))] = node.high
    lows[lows.index(min(lows))] = node.low
    ranges = list(zip(highs, lows, strict=True))
    means = [inside(mean, *both) for mean, both in zip(means, ranges, strict=True)]
    weights = [count * exp(rng.gauss(0.0, 0.35)) for count in counts]
    means = _bent(means, ranges, weights, node.mean)
    weights = tilt(weights, means, node.mean)
    means = _bent(means, ranges, weights, node.mean)
    volumes = share(rng, node.volume, weights, counts)
    return [
        Node(counts[i], ends[i][0], highs[i], lows[i], ends[i][1], volumes[i], means[i])
        for i in range(size)
    ]


def _ends(rng: Random, node: Node, walks: Sequence[Walk], bounce: float) -> list[tuple[int, int]]:
    """Open and close of each child: the assets' way, bent so that it fits into the node."""
    size = len(walks)
    start = walks[0].first
    way = (node.close - node.open) - (walks[-1].last - start)
    inner = [
        _reflected(node, node.open + walks[i].first - start + way * i / size)
        for i in range(1, size)
    ]
    jitter = [bounce * (rng.random() - 0.5) for _ in range(2 * len(inner))]
    opens = [node.open, *(_within(node, p + j) for p, j in zip(inner, jitter[::2], strict=True))]
    closes = [
        *(_within(node, p + j) for p, j in zip(inner, jitter[1::2], strict=True)),
        node.close,
    ]
    return list(zip(opens, closes, strict=True))


def _reflected(node: Node, ticks: float) -> float:
    """A walk that hits the high or the low turns back."""
    if ticks > node.high:
        return max(2 * node.high - ticks, node.low)
    if ticks < node.low:
        return min(2 * node.low - ticks, node.high)
    return ticks


def _within(node: Node, ticks: float) -> int:
    return min(max(round(ticks), node.low), node.high)


def _bent(
    means: Sequence[float],
    ranges: Sequence[tuple[int, int]],
    weights: Sequence[float],
    mean: float,
) -> list[float]:
    """Average prices moved towards their highs or lows until they average to the parent's."""
    off = sum(w * (mean - m) for w, m in zip(weights, means, strict=True))
    rooms = [
        ((high if off > 0 else low) - m) * _BEND
        for m, (high, low) in zip(means, ranges, strict=True)
    ]
    room = sum(w * r for w, r in zip(weights, rooms, strict=True))
    part = min(1.0, off / room) if room else 0.0
    return [m + part * r for m, r in zip(means, rooms, strict=True)]


def tilt(weights: list[float], prices: Sequence[float], mean: float) -> list[float]:
    """The weights, changed (within reason) so that the prices average to that mean."""
    above = sum(w for w, p in zip(weights, prices, strict=True) if p > mean)
    below = sum(weights) - above
    if not above or not below:
        return weights
    high = sum(w * p for w, p in zip(weights, prices, strict=True) if p > mean) / above
    low = sum(w * p for w, p in zip(weights, prices, strict=True) if p <= mean) / below
    total = above + below
    upper = total * (mean - low) / (high - low)
    up = min(max(upper / above, 1 / _TILT), _TILT)
    down = min(max((total - upper) / below, 1 / _TILT), _TILT)
    return [w * (up if p > mean else down) for w, p in zip(weights, prices, strict=True)]


def trades(rng: Random, node: Node, begin: int, minutes: int) -> tuple[PastTrade, ...]:
    """Every trade of a node, oldest first."""
    count = node.prints
    if not count:
        return ()
    span = minutes * MINUTE
    times = sorted(int(rng.random() * span) for _ in range(count))
    prices = _centred(_prices(rng, node, count), node)
    weights = [exp(rng.gauss(0.0, 1.5)) for _ in range(count)]
    if len(set(prices)) > 1:
        weights = tilt(weights, prices, node.mean)
    volumes = share(rng, node.volume, weights, [1] * count)
    start = begin * MINUTE
    side = BUY if rng.random() < 0.5 else SELL
    found = []
    previous = prices[0]
    for passed, ticks, lots in zip(times, prices, volumes, strict=True):
        if ticks != previous:
            side = BUY if ticks > previous else SELL
        elif rng.random() < 0.3:
            side = SELL if side == BUY else BUY
        previous = ticks
        kind = "market" if rng.random() < 0.6 else "limit"
        found.append((start + passed, ticks, lots, side, kind))
    return tuple(found)


def _prices(rng: Random, node: Node, count: int) -> list[int]:
    """A walk from open to close that touches high and low and nothing beyond."""
    if count < 3:
        return [node.open, node.close][:count]
    room = (node.high - node.low) / sqrt(count) or 0.0
    prices = [node.open]
    here = float(node.open)
    for index in range(1, count - 1):
        here += (node.close - here) / (count - index) + room * rng.gauss(0.0, 0.6)
        here = min(max(here, node.low), node.high)
        prices.append(round(here))
    prices.append(node.close)
    inner = range(1, count - 1)
    top = max(inner, key=prices.__getitem__)
    if node.high > max(node.open, node.close):
        prices[top] = node.high
    if node.low < min(node.open, node.close):
        rest = [index for index in inner if index != top] or [top]
        prices[min(rest, key=prices.__getitem__)] = node.low
    return prices


def _centred(prices: list[int], node: Node) -> list[int]:
    """The walk moved towards the average price; its four corners stay."""
    off = node.mean - sum(prices) / len(prices)
    shift = round(off * len(prices) / max(1, len(prices) - 4))
    corners = {0, len(prices) - 1, prices.index(node.high), prices.index(node.low)}
    return [
        price if index in corners else min(max(price + shift, node.low), node.high)
        for index, price in enumerate(prices)
    ]


def few(found: Sequence[PastTrade]) -> Node:
    """The node that consists of these trades."""
    if not found:
        return Node(0, trades=())
    prices = [trade[1] for trade in found]
    volume = sum(trade[2] for trade in found)
    value = sum(trade[1] * trade[2] for trade in found)
    return Node(
        len(found),
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        volume,
        value / volume,
        tuple(found),
    )
