"""The simulated exchange as most tests want it: by hand, always the same, with few pairs."""

from contextlib import AbstractAsyncContextManager

from kraken.sim.listing import PAIRS
from kraken.sim.market.types import Happening
from kraken.sim.market.world import World
from kraken.sim.server import Exchange
from tests.strict_client import NOON_NS

_NAMES = {"BTC/USD", "BTC/EUR", "ETH/USD", "ETH/BTC", "DOGE/USD", "LTC/EUR", "EUR/USD"}
FEW = tuple(pair for pair in PAIRS if pair.symbol in _NAMES)


def by_hand() -> AbstractAsyncContextManager[Exchange]:
    """Time stands still at NOON_NS until ``advance``; few pairs, because they start sooner."""
    return Exchange.serving(live=False, clock=lambda: NOON_NS, pairs=FEW)


def moved(market: World, symbol: str, ticks: int) -> list[Happening]:
    """Take a market without users to a price; what happened on the way."""
    return [
        happening
        for price in market.way(symbol, ticks)
        for together in market.step(symbol, price)
        for happening in together
    ]
