"""How much people offer and take: sizes that cluster, as they do on a real book.

Some type round numbers, some machines repeat one odd size all day, the rest is a wide bell of
worths; more rests at round prices and far from the touch.
"""

from math import exp, log10
from random import Random

from kraken.sim.listing import PairSpec
from kraken.sim.market.character import PairCharacter

_ROUND = (1, 1, 1, 2, 2, 3, 5, 5, 10, 15, 20, 25)


class Sizes:
    """Draws quantities in lots for one pair."""

    def __init__(
        self, rng: Random, spec: PairSpec, character: PairCharacter, base_usd: float
    ) -> None:
        self._rng = rng
        self._unit = 10**spec.lot_decimals
        self._level = character.level_usd / base_usd * self._unit
        self._trade = character.trade_usd / base_usd * self._unit
        self.smallest = max(1, int(float(spec.ordermin) * self._unit))
        self._machines = [
            max(self.smallest, int(self._level * exp(rng.gauss(0.0, 0.9)))) for _ in range(6)
        ]

    def resting(self, ticks: int, index: int) -> int:
        """What someone leaves at that price, ``index`` levels from the touch."""
        rng = self._rng
        kind = rng.random()
        if kind < 0.22:
            machine = self._machines[int(rng.random() * 6)]
            return machine + int(machine * 0.0004 * rng.random())
        size = self._level * (0.35 + min(index, 400) * 0.004) * exp(rng.gauss(0.0, 1.15))
        if ticks % 100 == 0:
            size *= 4.0 if ticks % 1000 == 0 else 1.8
        if kind < 0.42:
            size = self._rounded(size)
        elif kind < 0.52:
            size *= 0.02
        return max(self.smallest, int(size))

    def taking(self) -> int:
        """What someone takes at once."""
        rng = self._rng
        size = self._trade * exp(rng.gauss(0.0, 1.7))
        if rng.random() < 0.25:
            size = self._rounded(size)
        return max(self.smallest, int(size))

    def _rounded(self, size: float) -> float:
        magnitude: float = 10.0 ** int(log10(max(size, 10.0)))
        return magnitude * _ROUND[int(self._rng.random() * len(_ROUND))]
