"""Users' orders as part of the public book, and the book as one user's order meets it.

The market's own book is made of whole levels that belong to nobody. What users show is kept beside
it: everybody sees the sum, and an order meets the market and the other users, never its own
account.
"""

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
from kraken.sim.venue import Venue
from kraken.sim.world_types import BUY, SELL, Levels

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


def shown_by(ledger: Ledger, pair: PairSpec) -> dict[Place, int]:
    """What one account shows in the book of one pair."""
    shown: dict[Place, int] = {}
    for order in ledger.state.of_pair(Symbol(pair.symbol)):
        limit = order.order.limit_price
        if order.is_resting and limit is not None:
            place = (order.order.side.value, pair.ticks(limit))
            shown[place] = shown.get(place, 0) + pair.lots(order.visible)
    return shown


class Overlay:
    """Everything that users show, by pair and account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._shown: dict[str, dict[object, Mapping[Place, int]]] = {}
        self._total: dict[str, dict[Place, int]] = {}

    def symbols(self) -> Iterable[str]:
        """Pairs in which somebody shows something."""
        return [symbol for symbol, accounts in self._shown.items() if accounts]

    def note(self, account: object, ledger: Ledger, pair: PairSpec) -> set[Place]:
        """Look at what an account shows now; the places where that changed."""
        accounts = self._shown.setdefault(pair.symbol, {})
        before, now = accounts.get(account, {}), shown_by(ledger, pair)
        if now:
            accounts[account] = now
        else:
            accounts.pop(account, None)
        changed = {place for place in (*before, *now) if before.get(place, 0) != now.get(place, 0)}
        total = self._total.setdefault(pair.symbol, {})
        for place in changed:
            total[place] = total.get(place, 0) - before.get(place, 0) + now.get(place, 0)
            if not total[place]:
                del total[place]
        return changed

    def lots(self, symbol: str, place: Place) -> int:
        """What users show there together."""
        return self._total.get(symbol, {}).get(place, 0)

    def levels(
        self, symbol: str, without: object = None, depth: int = WHOLE
    ) -> tuple[Levels, Levels]:
        """The book with what users show in it, best first."""
        market = self._venue.market
        bids, asks = market.book(symbol) if depth == WHOLE else market.top(symbol, depth)
        total = self._total.get(symbol)
        if not total:
            return bids, asks
        own = self._shown[symbol].get(without, {})
        extra = {
            place: left for place, lots in total.items() if (left := lots - own.get(place, 0))
        }
        return _merged(bids, extra, BUY, -1)[:depth], _merged(asks, extra, SELL, 1)[:depth]

    def view(self, pair: PairSpec, without: object, *, depth: int = WHOLE) -> MarketView:
        """The market as an order of this account meets it."""
        venue = self._venue
        status = venue.market.status(pair.symbol)
        if venue.system != "online" and status == "online":
            status = venue.system
        bids, asks = self.levels(pair.symbol, without, depth)
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
