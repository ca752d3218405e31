"""Users' orders as part of the public book, and the book as one user's order meets it.

The market's own book is made of whole levels that belong to nobody. What users show is kept beside
it: everybody sees the sum, and an order meets the market and the other users, never its own
account.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from kraken.core.ledger.ledger import Ledger
from kraken.core.ledger.state import OpenOrder
from kraken.core.ledger.triggers import fires
from kraken.core.ledger.words import MarketView
from kraken.core.trading import Reference
from kraken.core.types import Asset, Instrument, InstrumentStatus, Level, Side, Symbol
from kraken.sim.listing import PairSpec
from kraken.sim.market.types import BUY, SELL, Levels
from kraken.sim.venue import Venue

Place = tuple[str, int]
"""A side and a price in ticks."""

NEAR = 50
"""Levels that are looked at when only the touch matters."""

WHOLE = 1 << 30


def price_of(pair: PairSpec, ticks: int) -> Decimal:
    """Ticks as a price."""
    return Decimal(ticks).scaleb(-pair.price_decimals)


def qty_of(pair: PairSpec, lots: int) -> Decimal:
    """Lots as a quantity."""
    return Decimal(lots).scaleb(-pair.lot_decimals)


@lru_cache(maxsize=1 << 17)
def _level(ticks: int, decimals: int, lots: int, lot_decimals: int) -> Level:
    """Most levels stay as they are from one look to the next."""
    return Level(Decimal(ticks).scaleb(-decimals), Decimal(lots).scaleb(-lot_decimals))


def _levels(pair: PairSpec, levels: Levels) -> list[Level]:
    decimals, lot_decimals = pair.price_decimals, pair.lot_decimals
    return [_level(ticks, decimals, lots, lot_decimals) for ticks, lots in levels]


@lru_cache(maxsize=1 << 10)
def instrument_of(pair: PairSpec, status: str) -> Instrument:
    """The pair as the ledger knows it."""
    known = {each.value for each in InstrumentStatus}
    return Instrument(
        symbol=Symbol(pair.symbol),
        base=Asset(pair.base),
        quote=Asset(pair.quote),
        tick_size=Decimal(pair.tick_size),
        lot_size=Decimal(pair.lot_size),
        price_decimals=pair.price_decimals,
        qty_decimals=pair.lot_decimals,
        cost_decimals=pair.cost_decimals,
        min_qty=Decimal(pair.ordermin),
        min_cost=Decimal(pair.costmin),
        status=InstrumentStatus(status if status in known else "unknown"),
    )


def is_touched(order: OpenOrder, price: Decimal) -> bool:
    """Whether a trade at that price can mean anything to an order."""
    told = order.order
    if order.is_waiting and told.trigger is not None:
        follows = order.distance is not None or told.trigger.reference is Reference.INDEX
        return follows or fires(told.type, told.side, told.trigger, price)
    limit = told.limit_price
    return limit is None or (limit >= price if told.side is Side.BUY else limit <= price)


def is_met(order: OpenOrder, pair: PairSpec, best: tuple[int, int], changed: set[Place]) -> bool:
    """Whether a changed book can mean anything to an order: it crosses, or its level changed."""
    limit = order.order.limit_price
    if not order.is_resting or limit is None:
        return False
    ticks, side = pair.ticks(limit), order.order.side
    crosses = ticks >= best[1] if side is Side.BUY else ticks <= best[0]
    return crosses or (side.value, ticks) in changed


def rested_by(ledger: Ledger, pair: PairSpec, *, hidden: bool) -> dict[Place, int]:
    """What one account has in the book of one pair, or as much of it as can be seen."""
    rested: dict[Place, int] = {}
    for order in ledger.state.of_pair(Symbol(pair.symbol)):
        limit = order.order.limit_price
        if order.is_resting and limit is not None:
            place = (order.order.side.value, pair.ticks(limit))
            qty = order.order.remaining if hidden else order.visible
            rested[place] = rested.get(place, 0) + pair.lots(qty)
    return rested


class _Sums:
    """What each account has at each place of one pair, and all of them together."""

    def __init__(self) -> None:
        self.of: dict[object, dict[Place, int]] = {}
        self.total: dict[Place, int] = {}

    def note(self, account: object, now: dict[Place, int]) -> set[Place]:
        """An account has this now; the places where that is another sum."""
        before = self.of.pop(account, {})
        if now:
            self.of[account] = now
        changed = {place for place in (*before, *now) if before.get(place, 0) != now.get(place, 0)}
        for place in changed:
            left = self.total.get(place, 0) - before.get(place, 0) + now.get(place, 0)
            self.total[place] = left
            if not left:
                del self.total[place]
        return changed

    def without(self, account: object) -> dict[Place, int]:
        """What the others have."""
        own = self.of.get(account, {})
        rest = ((place, lots - own.get(place, 0)) for place, lots in self.total.items())
        return {place: left for place, left in rest if left}


class Overlay:
    """Everything that users have in the books, by pair and account.

    The public sees what is shown; an order also meets the hidden rest of others' icebergs, which
    come again as often as they are taken from.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._shown: defaultdict[str, _Sums] = defaultdict(_Sums)
        self._whole: defaultdict[str, _Sums] = defaultdict(_Sums)

    def symbols(self) -> Iterable[str]:
        """Pairs in which somebody shows something."""
        return [symbol for symbol, sums in self._shown.items() if sums.total]

    def note(self, account: object, ledger: Ledger, pair: PairSpec) -> set[Place]:
        """Look at what an account has now; the places where the public sees a change."""
        self._whole[pair.symbol].note(account, rested_by(ledger, pair, hidden=True))
        return self._shown[pair.symbol].note(account, rested_by(ledger, pair, hidden=False))

    def lots(self, symbol: str, place: Place) -> int:
        """What users show there together."""
        return self._shown[symbol].total.get(place, 0)

    def levels(self, symbol: str) -> tuple[Levels, Levels]:
        """The book with what users show in it, best first."""
        return self._merged(symbol, self._shown[symbol].total, WHOLE)

    def _merged(
        self, symbol: str, extra: Mapping[Place, int], depth: int
    ) -> tuple[Levels, Levels]:
        market = self._venue.market
        bids, asks = market.book(symbol) if depth == WHOLE else market.top(symbol, depth)
        if not extra:
            return bids, asks
        return _merged(bids, extra, BUY, -1)[:depth], _merged(asks, extra, SELL, 1)[:depth]

    def view(self, pair: PairSpec, without: object, *, depth: int = WHOLE) -> MarketView:
        """The market as an order of this account meets it."""
        venue = self._venue
        status = venue.market.status(pair.symbol)
        if venue.system != "online" and status == "online":
            status = venue.system
        others = self._whole[pair.symbol].without(without)
        bids, asks = self._merged(pair.symbol, others, depth)
        last = price_of(pair, venue.market.last_trades(pair.symbol, 1)[-1].ticks)
        return MarketView(
            instrument_of(pair, status),
            _levels(pair, bids),
            _levels(pair, asks),
            last=last,
            index=last,
            is_whole=depth == WHOLE,
        )


def _merged(levels: Levels, extra: Mapping[Place, int], side: str, sign: int) -> Levels:
    whole = dict(levels)
    for (where, ticks), lots in extra.items():
        if where == side:
            whole[ticks] = whole.get(ticks, 0) + lots
    return sorted(whole.items(), key=lambda level: sign * level[0])
