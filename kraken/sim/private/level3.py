"""Single orders of a book (docs: REST, Level3): users' own, and anonymous ones between them.

Rules:

* The market keeps levels, so what belongs to nobody at a price is shown as a few orders that add
  up to it. Their names and sizes follow from the seed and the place alone, and do not depend on
  who looked before: while a level lives, only the last order of it grows and shrinks.
* A user's order shows what can be seen of it, where the engine would come to it: after what stood
  there before it. What came later stands behind it.
* A level of the answer is a level of the public book of the same instant, to the last lot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kraken.sim.listing import PairSpec
from kraken.sim.market.types import BUY, SELL, dice
from kraken.sim.numbers import decimal_text, scaled_text
from kraken.sim.private.accounts import Account
from kraken.sim.private.arguments import Fields, choice, text, wrong
from kraken.sim.private.names import Names
from kraken.sim.private.overlay import WHOLE, Place
from kraken.sim.private.queueing import Queues, Resting, before, queues
from kraken.sim.venue import Venue
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.rest_public import UNKNOWN_PAIR

DEPTHS = {"0": WHOLE, "10": 10, "25": 25, "100": 100, "250": 250, "1000": 1000}
MOST_ANONYMOUS = 6
"""Orders of nobody in a row."""

_DOUBLINGS = 14
"""The largest of them, but for the last, is this often twice the pair's minimum."""
_MICROSECOND_NS = 1_000
_OLDEST_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class _Shown:
    """One order at a price."""

    order_id: str
    lots: int
    ns: int


class Level3:
    """The books of a venue, order by order."""

    def __init__(self, venue: Venue, accounts: Mapping[str, Account], seed: int) -> None:
        self._venue = venue
        self._accounts = accounts
        self._seed = seed
        self._opened_ns = venue.market.now_ns // _MICROSECOND_NS * _MICROSECOND_NS

    def answer(self, fields: Fields) -> object:
        """The answer of Level3: orders of the best levels, best first, each level in queue order.

        ``depth`` counts price levels, not orders, 0 for all of them: the channel of the same name
        cuts "by price level" too, and its checksum is made of all orders of ten levels.
        """
        name = text(fields, "pair")
        if not name:
            raise wrong("pair")
        depth = choice(fields, "depth", DEPTHS, "100")
        pair = self._venue.find(name)
        if pair is None:
            raise ApiError(UNKNOWN_PAIR)
        bids, asks = self._venue.books[pair.symbol].top(depth)
        found = queues(self._accounts, pair)
        return {
            "pair": pair.symbol,
            "bids": [row for each in bids for row in self._rows(pair, BUY, each, found)],
            "asks": [row for each in asks for row in self._rows(pair, SELL, each, found)],
        }

    def _rows(
        self, pair: PairSpec, side: str, level: tuple[int, int], found: Queues
    ) -> list[dict[str, object]]:
        ticks, lots = level
        price = scaled_text(ticks, pair.price_decimals, pair.rest_scale)
        return [
            {
                "price": price,
                "qty": decimal_text(each.lots, pair.lot_decimals),
                "order_id": each.order_id,
                "timestamp": each.ns,
            }
            for each in self._queue(pair, (side, ticks), lots, found.get((side, ticks), []))
        ]

    def _queue(
        self, pair: PairSpec, place: Place, lots: int, users: list[Resting]
    ) -> list[_Shown]:
        """Who stands at a price, in order."""
        nobodys = lots - sum(pair.lots(each.order.visible) for each in users)
        shown: list[_Shown] = []
        told, since_ns = 0, None
        for index, first in enumerate(before(pair, users, nobodys)):
            shown += self._anonymous(pair, place, (index, first - told), since_ns)
            order, queued_ns = users[index].order, users[index].record.queued_ns
            told, since_ns = first, queued_ns
            shown.append(_Shown(order.order.order_id, pair.lots(order.visible), queued_ns))
        return shown + self._anonymous(pair, place, (len(users), nobodys - told), since_ns)

    def _anonymous(
        self, pair: PairSpec, place: Place, row: tuple[int, int], since_ns: int | None
    ) -> list[_Shown]:
        """A row of orders that are nobody's: which one at this price, and its lots.

        They came before the market opened here, or right after the user's order before them.
        """
        number, left = row
        chance = dice(self._seed, "level3", pair.symbol, *place, number)
        names, least = Names(chance), pair.lots(Decimal(pair.ordermin))
        age_us = chance.randint(1, _OLDEST_US)
        ns = self._opened_ns - age_us * _MICROSECOND_NS if since_ns is None else since_ns
        shown: list[_Shown] = []
        while left > 0:
            ns += _MICROSECOND_NS
            name, size = names.order_id(), least << chance.randint(0, _DOUBLINGS)
            # What would be left below the minimum is no order of its own.
            if left - size < least or len(shown) == MOST_ANONYMOUS - 1:
                size = left
            shown.append(_Shown(name, size, ns))
            left -= size
        return shown
