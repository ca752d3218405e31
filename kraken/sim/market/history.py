"""What was traded on one pair before the market opened: two years of candles and trades.

Nothing is stored: a root candle of four hours is drawn from its place in time, and cut as far as
a question needs. Candles of every interval are sums of the same minutes, and the trades of a
minute are the ones its candle tells of.
"""

from collections.abc import Iterator
from itertools import islice
from math import exp, sqrt
from random import Random
from typing import NamedTuple

from kraken.sim.listing import PairSpec
from kraken.sim.market.character import PairCharacter, prints_per_s
from kraken.sim.market.history_split import (
    FEW,
    Node,
    PastTrade,
    Walk,
    extremes,
    few,
    inside,
    split,
    trades,
)
from kraken.sim.market.history_values import SPLITS, Pasts, Stretch
from kraken.sim.market.types import MINUTE, CandleRow, TradePrint, dice, merge

_KEPT = 40_000

Place = tuple[int, int]
"""(first minute, minutes)."""
Path = tuple[Stretch, ...]
"""One stretch for each hidden value in the price."""


class _Branch(NamedTuple):
    """A node in its place, with the values it was drawn from."""

    place: Place
    node: Node
    path: Path


class PairPast:
    """The past of one pair up to the minute in which the market opened."""

    def __init__(
        self,
        seed: int,
        spec: PairSpec,
        character: PairCharacter,
        pasts: Pasts,
        *,
        base_usd: float,
        first_live_id: int,
    ) -> None:
        roots = pasts.roots
        self.end = roots.ends[0]
        """First minute that is not past."""
        self.oldest = roots.oldest
        """First minute that anything is known of."""
        self._seed = seed
        self._spec = spec
        self._character = character
        self._roots = roots
        self._rng = dice(seed, "roots", spec.symbol)
        self._legs = pasts.legs(spec.base, spec.quote)
        self._unit = 10.0**spec.price_decimals
        self._trade = character.trade_usd * 3.0 / base_usd * 10**spec.lot_decimals
        self._prints_per_s = prints_per_s(character, spec.base, spec.quote)
        self._roots_known: list[_Branch] = []
        self._newer: list[int] = [first_live_id]
        """Id after the newest trade of root ``k``."""
        self._parts: dict[Place, list[_Branch]] = {}

    # -- questions ----------------------------------------------------------------------------

    def rows(self, minutes: int, first: int) -> list[CandleRow]:
        """Candles from that minute (a multiple of the interval) to the end, oldest first.

        The last one may be cut short by the end of the past.
        """
        found: list[CandleRow] = []
        close = self._close_before(first)
        for begin in range(first, self.end, minutes):
            row = self._sum(begin, min(begin + minutes, self.end), close)
            close = row.close
            found.append(row)
        return found

    def range(self, first: int, end: int) -> CandleRow:
        """All of these minutes as one candle; an empty one stands at the close before it."""
        return self._sum(first, min(end, self.end), self._close_before(first))

    def trades_since(self, since_ns: int, count: int) -> list[TradePrint]:
        """At most so many trades after that time, oldest first."""
        return list(islice(self._prints_since(since_ns), count))

    def last_trades(self, count: int) -> list[TradePrint]:
        """The newest trades of the past, oldest first."""
        minutes = 8
        while self.range(self.end - minutes, self.end).count < count and minutes < 40_000:
            minutes *= 2
        prints = list(self._prints_since((self.end - minutes) * MINUTE - 1))
        return prints[-count:]

    # -- candles ------------------------------------------------------------------------------

    def _sum(self, first: int, end: int, close: int) -> CandleRow:
        nodes = self._cover(max(first, self._roots.oldest), end)
        return merge(first * 60, (_row(first * 60, node) for node in nodes if node.prints), close)

    def _close_before(self, first: int) -> int:
        """The price of the last trade before that minute."""
        minutes = 240
        while True:
            begin = max(first - minutes, self._roots.oldest)
            for node in reversed(list(self._cover(begin, first))):
                if node.prints:
                    return node.close
            if begin == self._roots.oldest:
                start = self._walk(self._path(self._roots.index(begin))).first
                return max(1, round(start))
            minutes *= 8

    def _cover(self, first: int, end: int) -> Iterator[Node]:
        """The largest nodes that together are exactly these minutes, oldest first."""
        if first >= end:
            return
        for root in range(self._roots.index(first), self._roots.index(end - 1) - 1, -1):
            yield from self._inside(self._branch(root), first, end)

    def _inside(self, branch: _Branch, first: int, end: int) -> Iterator[Node]:
        begin, minutes = branch.place
        if first <= begin and begin + minutes <= end:
            yield branch.node
        elif begin < end and first < begin + minutes:
            for child in self._children(branch):
                yield from self._inside(child, first, end)

    # -- trades -------------------------------------------------------------------------------

    def _prints_since(self, since_ns: int) -> Iterator[TradePrint]:
        for index in range(self._roots.index(since_ns // MINUTE), -1, -1):
            branch = self._branch(index)
            trade_id = self._newer[index] - branch.node.prints
            for leaf in self._leaves(branch, since_ns):
                if leaf.place[0] * MINUTE + leaf.place[1] * MINUTE > since_ns:
                    for offset, trade in enumerate(self._trades(leaf)):
                        if trade[0] > since_ns:
                            yield self._print(trade, trade_id + offset)
                trade_id += leaf.node.prints

    def _leaves(self, branch: _Branch, since_ns: int) -> Iterator[_Branch]:
        """Nodes whose trades are to be told; those before ``since_ns`` are not cut."""
        begin, minutes = branch.place
        past = (begin + minutes) * MINUTE <= since_ns
        if past or minutes == 1 or branch.node.prints <= FEW:
            yield branch
            return
        for child in self._children(branch):
            yield from self._leaves(child, since_ns)

    def _trades(self, branch: _Branch) -> tuple[PastTrade, ...]:
        if branch.node.trades is not None:
            return branch.node.trades
        begin, minutes = branch.place
        rng = dice(self._seed, self._spec.symbol, "trades", begin, minutes)
        return trades(rng, branch.node, begin, minutes)

    def _print(self, trade: PastTrade, trade_id: int) -> TradePrint:
        ns, ticks, lots, side, kind = trade
        return TradePrint(self._spec.symbol, ns, side, ticks, lots, kind, trade_id)

    # -- the tree -----------------------------------------------------------------------------

    def _branch(self, index: int) -> _Branch:
        while len(self._roots_known) <= index:
            self._one_more_root()
        return self._roots_known[index]

    def _one_more_root(self) -> None:
        index = len(self._roots_known)
        path = self._path(index)
        minutes = self._roots.length(index)
        node = self._root(index, minutes, path)
        self._roots_known.append(_Branch((self._roots.ends[index + 1], minutes), node, path))
        self._newer.append(self._newer[-1] - node.prints)

    def _path(self, index: int) -> Path:
        return tuple(past.root(index) for past, _ in self._legs)

    def _root(self, index: int, minutes: int, path: Path) -> Node:
        rng = self._rng
        count = _events(rng, self._prints_per_s * minutes * 60 * self._roots.temper[index])
        if not count:
            return Node(0, trades=())
        walk = self._walk(path)
        close = max(1, round(walk.last))
        opened = close if count == 1 else max(1, round(walk.first))
        high, low = max(opened, close), min(opened, close)
        if count >= 4:
            high, low = extremes(rng, (opened, close), walk)
        volume = max(count * 16, int(self._trade * count * exp(rng.gauss(0.0, 0.3))))
        return Node(count, opened, high, low, close, volume, inside(walk.mean, high, low))

    def _children(self, branch: _Branch) -> list[_Branch]:
        known = self._parts.get(branch.place)
        if known is None:
            if len(self._parts) > _KEPT:
                self._parts.clear()
            known = self._cut(branch)
            self._parts[branch.place] = known
        return known

    def _cut(self, branch: _Branch) -> list[_Branch]:
        begin, minutes = branch.place
        part = SPLITS[minutes]
        places = [(at, part) for at in range(begin, begin + minutes, part)]
        if branch.node.prints <= FEW:
            return [
                _Branch(place, few(_between(self._trades(branch), place)), branch.path)
                for place in places
            ]
        legs = zip(self._legs, branch.path, strict=True)
        paths = list(
            zip(*(past.split(begin, minutes, whole) for (past, _), whole in legs), strict=True)
        )
        walks = [self._walk(path) for path in paths]
        rng = dice(self._seed, self._spec.symbol, begin, minutes)
        bounce = walks[0].first * self._character.band_bp * 1e-4
        nodes = split(rng, branch.node, walks, bounce)
        return [
            _Branch(place, node, path)
            for place, node, path in zip(places, nodes, paths, strict=True)
        ]

    def _walk(self, path: Path) -> Walk:
        """The way of the price through a node."""
        first = last = usual = variance = 0.0
        for (_, part), stretch in zip(self._legs, path, strict=True):
            first += part * stretch.begin
            last += part * stretch.end
            usual += part * stretch.mean
            variance += part * part * stretch.variance
        ticks = exp(last) * self._unit
        return Walk(
            exp(first) * self._unit, ticks, exp(usual) * self._unit, sqrt(variance) * ticks
        )


def _row(begin_s: int, node: Node) -> CandleRow:
    value = round(node.mean * node.volume)
    return CandleRow(
        begin_s, node.open, node.high, node.low, node.close, value, node.volume, node.prints
    )


def _between(found: tuple[PastTrade, ...], place: Place) -> list[PastTrade]:
    begin, end = place[0] * MINUTE, (place[0] + place[1]) * MINUTE
    return [trade for trade in found if begin <= trade[0] < end]


def _events(rng: Random, expected: float) -> int:
    """How many of something that happens that often."""
    expected *= exp(rng.gauss(0.0, 0.2))
    if expected > 60:
        return int(expected)
    count, left = 0, rng.expovariate(1.0)
    while left < expected:
        count += 1
        left += rng.expovariate(1.0)
    return count
