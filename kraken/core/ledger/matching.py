"""Others' orders as our orders meet them: what can be taken, and what waits ahead in a queue.

A level that was taken from leaves less for whoever comes next, also where the public book goes on
showing it: a practice account must not buy the same coins twice. What was taken is remembered as
long as the level is shown, and never as more than it shows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kraken.core.ledger.state import ZERO, Footprint
from kraken.core.ledger.words import MarketView
from kraken.core.trading import EXACT
from kraken.core.types import Level, Side, Symbol


def opposite(side: Side) -> Side:
    """The other side."""
    return Side.SELL if side is Side.BUY else Side.BUY


def accepts(side: Side, limit: Decimal | None, price: Decimal) -> bool:
    """An order of this side with this limit trades at that price; None takes any price."""
    if limit is None:
        return True
    return price <= limit if side is Side.BUY else price >= limit


def is_better(side: Side, price: Decimal, than: Decimal) -> bool:
    """For whoever acts on this side the first price is the better one."""
    return price < than if side is Side.BUY else price > than


@dataclass(slots=True)
class Liquidity:
    """What others still offer during one turn."""

    bids: list[Level]
    asks: list[Level]
    is_whole: bool

    def for_side(self, side: Side) -> list[Level]:
        """What an order of this side can take, best first."""
        return self.asks if side is Side.BUY else self.bids

    def best(self, side: Side, limit: Decimal | None) -> Level | None:
        """The best level that an order of this side takes."""
        levels = self.for_side(side)
        return levels[0] if levels and accepts(side, limit, levels[0].price) else None

    def take(self, side: Side, qty: Decimal) -> Level:
        """Take from the best level, which must hold that much; return what was taken."""
        levels = self.for_side(side)
        best = levels[0]
        left = EXACT.subtract(best.qty, qty)
        if left > 0:
            levels[0] = replace(best, qty=left)
        else:
            levels.pop(0)
        return Level(best.price, qty)

    def within(self, side: Side, limit: Decimal | None) -> Decimal:
        """All that an order of this side could take."""
        total = ZERO
        for level in self.for_side(side):
            if not accepts(side, limit, level.price):
                break
            total = EXACT.add(total, level.qty)
        return total

    def queue(self, side: Side, price: Decimal) -> Decimal | None:
        """Others' quantity at this price of an order's own side; None beyond what is shown."""
        levels = self.for_side(opposite(side))
        for level in levels:
            if level.price == price:
                return level.qty
            if is_better(opposite(side), level.price, price):
                continue
            return ZERO
        return ZERO if self.is_whole else None


def liquidity(view: MarketView, footprints: Iterable[Footprint] = ()) -> Liquidity:
    """What the view shows, less what was taken from it already."""
    taken = {
        (footprint.side, footprint.level.price): footprint.level.qty
        for footprint in footprints
        if footprint.symbol == view.instrument.symbol
    }
    return Liquidity(
        bids=_less(view.bids, Side.BUY, taken),
        asks=_less(view.asks, Side.SELL, taken),
        is_whole=view.is_whole,
    )


def remembered(footprints: Iterable[Footprint], view: MarketView) -> list[Footprint]:
    """The footprints that a new view leaves: only on levels it shows, and not above them."""
    symbol = view.instrument.symbol
    kept = []
    for footprint in footprints:
        if footprint.symbol != symbol:
            kept.append(footprint)
            continue
        levels = view.bids if footprint.side is Side.BUY else view.asks
        shown = next((lv.qty for lv in levels if lv.price == footprint.level.price), ZERO)
        if shown >= footprint.level.qty:
            kept.append(footprint)
        elif shown > 0:
            kept.append(replace(footprint, level=replace(footprint.level, qty=shown)))
    return kept


def with_step(
    footprints: Sequence[Footprint], symbol: Symbol, side: Side, taken: Level
) -> list[Footprint]:
    """The footprints after ``taken`` was taken from those who offered on ``side``."""
    kept, before = [], ZERO
    for footprint in footprints:
        same = (footprint.symbol, footprint.side, footprint.level.price)
        if same == (symbol, side, taken.price):
            before = footprint.level.qty
        else:
            kept.append(footprint)
    level = Level(taken.price, EXACT.add(before, taken.qty))
    return [*kept, Footprint(symbol, side, level)]


def _less(
    levels: Sequence[Level], side: Side, taken: dict[tuple[Side, Decimal], Decimal]
) -> list[Level]:
    if not taken:
        return list(levels)
    left = [
        replace(level, qty=EXACT.subtract(level.qty, taken.get((side, level.price), ZERO)))
        for level in levels
    ]
    return [level for level in left if level.qty > 0]
