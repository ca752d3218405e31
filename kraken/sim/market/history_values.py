"""What assets were worth before the market opened: paths that end at today's values.

Two years back, as fine as a minute, and nothing is computed before someone asks. Time is cut into
roots, four hours each (the newest ones shorter, down to the minute in which the market opened).
Backwards from today the values walk from root to root; inside a root a Brownian bridge is split
and split again, with chance drawn from the place alone, so that every question gets the same
answer in any order.
"""

from collections.abc import Mapping
from itertools import pairwise
from math import exp, sqrt
from random import Random
from typing import NamedTuple

from kraken.sim.market.character import ASSETS, MARKET_DAILY, UNKNOWN_ASSET, busy
from kraken.sim.market.types import dice

SPLITS = {240: 60, 60: 30, 30: 15, 15: 5, 5: 1}
"""Minutes of a node -> minutes of its children; every interval is one of these or many roots."""

TWO_YEARS = 732 * 1440
_DAY = 1440
_CALM_DAYS = 2.5
_CALM_SPREAD = 0.4
_TREND_DAYS = 25.0
_TREND = 0.1  # part of the daily deviation that a trend moves in a day
_COMMON_PULL_DAYS = 900.0
_KEPT = 60_000


class Stretch(NamedTuple):
    """The log value at both ends of a node, its average, and its variance in between."""

    begin: float
    end: float
    mean: float
    variance: float


class Roots:
    """The cuts of past time, newest first, and the temper of each root; minutes since 1970."""

    def __init__(self, seed: int, end: int) -> None:
        self.ends: list[int] = [end]
        """``ends[k]`` is where root ``k`` ends and root ``k - 1`` begins."""
        self.temper: list[float] = []
        self.common: list[float] = []
        """The common factor's step through root ``k``, forwards in time."""
        self.oldest = end - TWO_YEARS
        self._rng = dice(seed, "roots")
        self._calm = self._rng.gauss(0.0, _CALM_SPREAD * 0.5)
        self._trend = 0.0

    def length(self, root: int) -> int:
        """Minutes of that root."""
        return self.ends[root] - self.ends[root + 1]

    def extend(self, count: int) -> None:
        """Know at least that many roots."""
        while len(self.temper) < count:
            self._one_more()

    def index(self, minute: int) -> int:
        """The root that contains that minute; the oldest one for anything before."""
        minute = max(minute, self.oldest)
        while self.ends[-1] > minute:
            self._one_more()
        low, high = 0, len(self.temper) - 1
        while low < high:
            middle = (low + high) // 2
            if self.ends[middle + 1] > minute:
                low = middle + 1
            else:
                high = middle
        return low

    def _one_more(self) -> None:
        end = self.ends[-1]
        length = 240
        for whole, part in ((5, 1), (15, 5), (30, 15), (60, 30), (240, 60)):
            if end % whole:
                length = part
                break
        rng = self._rng
        days = length / _DAY
        weight = exp(-days / _CALM_DAYS)
        self._calm *= weight
        self._calm += rng.gauss(0.0, _CALM_SPREAD * sqrt(1 - weight * weight))
        weight = exp(-days / _TREND_DAYS)
        self._trend = self._trend * weight + rng.gauss(0.0, sqrt(1 - weight * weight))
        temper = busy((end - length / 2) * 60) * exp(self._calm - _CALM_SPREAD**2 / 2)
        shock = rng.gauss(0.0, sqrt(days * temper)) * _tail(rng)
        self.temper.append(temper)
        self.common.append(MARKET_DAILY * (shock + self._trend * _TREND * days))
        self.ends.append(end - length)


def _tail(rng: Random) -> float:
    """Most steps are ordinary; a few are days that people remember."""
    return 1.0 if rng.random() > 0.02 else 1.5 + rng.expovariate(1.2)


class Past:
    """The path of one hidden value: an asset's own part of its log value."""

    def __init__(
        self, seed: int, name: str, roots: Roots, *, today: float, daily: float, pull_days: float
    ) -> None:
        self._roots = roots
        self._seed = seed
        self._name = name
        self._daily = daily
        self._pull_days = pull_days
        self._rng = dice(seed, "past", name)
        self._today = today
        self._stretches: list[Stretch] = []
        self._splits: dict[tuple[int, int], list[Stretch]] = {}

    @property
    def moves(self) -> bool:
        """Whether this is more than the constant that everything is counted in."""
        return self._daily > 0

    def root(self, index: int) -> Stretch:
        """That root's stretch."""
        while len(self._stretches) <= index:
            self._one_more()
        return self._stretches[index]

    def _one_more(self) -> None:
        index = len(self._stretches)
        self._roots.extend(index + 1)
        here = self._stretches[-1].begin if index else self._today
        days = self._roots.length(index) / _DAY
        pull = (self._today - here) * min(1.0, days / self._pull_days)
        earlier = here + pull - self._step(index, days)
        variance = self._daily**2 * days * self._roots.temper[index]
        mean = (earlier + here) / 2 + self._rng.gauss(0.0, sqrt(variance / 12))
        self._stretches.append(Stretch(earlier, here, mean, variance))

    def _step(self, index: int, days: float) -> float:
        usual = self._daily * sqrt(days * self._roots.temper[index])
        return self._rng.gauss(0.0, usual) * _tail(self._rng)

    def split(self, begin: int, length: int, whole: Stretch) -> list[Stretch]:
        """The stretches of the node's children."""
        known = self._splits.get((begin, length))
        if known is None:
            if len(self._splits) > _KEPT:
                self._splits.clear()
            known = self._split(begin, length, whole)
            self._splits[begin, length] = known
        return known

    def _split(self, begin: int, length: int, whole: Stretch) -> list[Stretch]:
        count = length // SPLITS[length]
        rng = dice(self._seed, self._name, begin, length)
        weights = [exp(rng.gauss(0.0, 0.45)) for _ in range(count)]
        scale = whole.variance / sum(weights)
        variances = [weight * scale for weight in weights]
        points = [whole.begin]
        left = whole.variance
        for variance in variances[:-1]:
            here = points[-1]
            after = max(left - variance, 0.0)
            step = (whole.end - here) * variance / left
            points.append(here + step + rng.gauss(0.0, sqrt(variance * after / left)))
            left = after
        points.append(whole.end)
        means = [
            (begin + end) / 2 + rng.gauss(0.0, sqrt(variance / 12))
            for (begin, end), variance in zip(pairwise(points), variances, strict=True)
        ]
        return _arched(whole.mean, points, means, variances)


def _arched(
    mean: float, points: list[float], means: list[float], variances: list[float]
) -> list[Stretch]:
    """A bridge between fixed ends, arched so that the averages average to the whole's.

    The arch is a parabola: that is how a Brownian bridge answers to a known average.
    """
    count = len(means)
    arch = mean - sum(means) / count
    parts = []
    for index, variance in enumerate(variances):
        first, last = index / count, (index + 1) / count
        area = (3 * last**2 - 2 * last**3) - (3 * first**2 - 2 * first**3)
        begin = points[index] + arch * 6 * first * (1 - first)
        end = points[index + 1] + arch * 6 * last * (1 - last)
        parts.append(Stretch(begin, end, means[index] + arch * area * count, variance))
    return parts


class CommonPast(Past):
    """The path of the common factor; it has trends."""

    def __init__(self, seed: int, roots: Roots) -> None:
        super().__init__(
            seed, "common", roots, today=0.0, daily=MARKET_DAILY, pull_days=_COMMON_PULL_DAYS
        )

    def _step(self, index: int, days: float) -> float:
        return self._roots.common[index]


Leg = tuple[Past, float]
"""A hidden value, and how much of it is in a price."""


class Pasts:
    """The past of all values that end at ``today`` (logs of USD by asset)."""

    def __init__(self, seed: int, end_minute: int, today: Mapping[str, float]) -> None:
        self.roots = Roots(seed, end_minute)
        self._common = CommonPast(seed, self.roots)
        self._own: dict[str, Past] = {}
        for name, value in today.items():
            character = ASSETS.get(name, UNKNOWN_ASSET)
            self._own[name] = Past(
                seed,
                name,
                self.roots,
                today=value,
                daily=character.own_daily,
                pull_days=character.pull_days,
            )

    def legs(self, base: str, quote: str) -> tuple[Leg, ...]:
        """What the log price of a pair is the sum of."""
        first, second = ASSETS.get(base, UNKNOWN_ASSET), ASSETS.get(quote, UNKNOWN_ASSET)
        common = first.beta - second.beta
        legs = ((self._own[base], 1.0), (self._own[quote], -1.0), (self._common, common))
        return tuple(leg for leg in legs if leg[1] and leg[0].moves)
