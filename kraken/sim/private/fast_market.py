"""A market that runs to another price while users' orders rest and wait.

Rules:

* It goes there step by step (:meth:`kraken.sim.venue.Market.way`), and each step is one taker's:
  first come the users' orders in between, the best price first and at their own prices, because
  nobody gets past them; then the quotes stand around the step's price, and there is a trade.
* A trigger fires at the first step that reaches it, and what it lets loose meets that step's book.
* What the public is told is in this order, and every book of it is one that stood there.
"""

from collections.abc import Iterator

from kraken.core.types import Side
from kraken.sim.market.types import Happening
from kraken.sim.private.engine import Engine
from kraken.sim.private.queueing import Resting, queues
from kraken.sim.venue import Venue


def run_to(venue: Venue, engine: Engine, symbol: str, ticks: int) -> list[Happening]:
    """Take the market of a pair there; what the public is to be told.

    Raises:
        ValueError: it cannot be taken there; nothing happened.
    """
    told: list[Happening] = []
    for price in venue.market.way(symbol, ticks):
        told += _pass_users(venue, engine, symbol, price)
        for happenings in venue.market.step(symbol, price):
            told += engine.absorb(happenings)
    return told


def _pass_users(venue: Venue, engine: Engine, symbol: str, ticks: int) -> list[Happening]:
    with engine.absorbing():
        for resting in _passed(venue, engine, symbol, ticks):
            if resting.record.order.is_open:
                engine.force_fill(resting.account, resting.record)
        return engine.taken()


def _passed(venue: Venue, engine: Engine, symbol: str, ticks: int) -> Iterator[Resting]:
    """Users' orders that a trade at this price went through, in the order in which they trade."""
    there = queues(engine.accounts, venue.pairs[symbol])
    sells = sorted(place for place in there if place[0] == Side.SELL and place[1] < ticks)
    buys = sorted(place for place in there if place[0] == Side.BUY and place[1] > ticks)
    for place in (*sells, *reversed(buys)):
        yield from there[place]
