"""What assets are worth right now: the hidden values that every simulated pair follows.

One value per asset, in USD, so that a pair is always a ratio of two and cross rates agree. The
values share a common factor, calm down and heat up in turns, and jump now and then; a jump runs
its course over some seconds, as news does.
"""

from collections.abc import Mapping
from math import exp, sqrt
from random import Random

from kraken.sim.market.character import (
    ASSETS,
    DAILY_TO_SECOND,
    MARKET_DAILY,
    UNKNOWN_ASSET,
    busy,
)

_CALM_S = 1800.0  # time scale on which a market calms down or heats up
_CALM_SPREAD = 0.4
_JUMP_EVERY_S = 3 * 3600.0
_JUMP_SIZE = 0.006
_JUMP_RUN_S = 20.0
_ALARM_S = 240.0  # how long people stay excited after a jump


class Values:
    """Log values in USD by asset name; ``step`` moves them."""

    def __init__(self, rng: Random, start: Mapping[str, float]) -> None:
        self._rng = rng
        self.log: dict[str, float] = dict(start)
        self._home = dict(start)
        self._running = dict.fromkeys(start, 0.0)
        self._moving = [
            (name, ASSETS.get(name, UNKNOWN_ASSET))
            for name in sorted(start)
            if ASSETS.get(name, UNKNOWN_ASSET).own_daily
        ]
        self._calm = rng.gauss(0.0, _CALM_SPREAD)
        self._alarm = 0.0
        self.activity = 1.0
        """How busy everyone is, against an average moment."""

    def ratio(self, base: str, quote: str) -> float:
        """Log of what one base is worth in quote."""
        return self.log[base] - self.log[quote]

    def step(self, now_s: float, seconds: float) -> None:
        """Let that much time pass."""
        rng = self._rng
        weight = exp(-seconds / _CALM_S)
        noise = _CALM_SPREAD * sqrt(1 - weight * weight)
        self._calm = self._calm * weight + rng.gauss(0.0, noise)
        self._alarm *= exp(-seconds / _ALARM_S)
        temper = busy(now_s) * exp(self._calm - _CALM_SPREAD**2 / 2) + self._alarm
        self.activity = temper
        scale = DAILY_TO_SECOND * sqrt(seconds * temper)
        common = rng.gauss(0.0, MARKET_DAILY) * scale
        if rng.random() < seconds / _JUMP_EVERY_S:
            self._start_jump()
        ran = 1 - exp(-seconds / _JUMP_RUN_S)
        for name, character in self._moving:
            here = self.log[name]
            pull = (self._home[name] - here) * min(1.0, seconds / (character.pull_days * 86_400))
            run = self._running[name] * ran
            self._running[name] -= run
            own = rng.gauss(0.0, character.own_daily) * scale
            self.log[name] = here + character.beta * common + own + pull + run

    def shift(self, name: str, by: float) -> None:
        """Move an asset's value for good: it will not be pulled back."""
        self.log[name] += by
        self._home[name] += by

    def rename(self, name: str, to: str) -> None:
        """The same value goes on under another name."""
        for known in (self.log, self._home, self._running):
            known[to] = known.pop(name)
        self._moving = [
            (to if each == name else each, character) for each, character in self._moving
        ]

    def _start_jump(self) -> None:
        size = self._rng.gauss(0.0, _JUMP_SIZE)
        crypto = [(name, character) for name, character in self._moving if character.beta]
        if not crypto:
            return
        if self._rng.random() < 0.5:
            for name, character in crypto:
                self._running[name] += size * character.beta
        else:
            name, _ = crypto[self._rng.randrange(len(crypto))]
            self._running[name] += size * 1.8
        self._alarm += abs(size) / _JUMP_SIZE
