"""What trades of the past would have done to orders that nobody watched meanwhile.

Rules, where only trades are known and no book:

* A resting order fills as always: whole when a trade went beyond its price, and at its price
  what is left over for it behind those who were ahead of it.
* A trigger fires by the first trade that reaches it, and what it lets loose trades at that
  trade's price as far as its limit allows, whatever its size: nobody knows the book of then.
* Orders end when their time was over, not later.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kraken.core.ledger.ledger import Ledger
from kraken.core.ledger.words import Ids, LedgerEvent, MarketView
from kraken.core.practice.index import PriceIndex
from kraken.core.types import Instrument, Level, OrderId, Symbol, Trade

PLENTY = Decimal(10) ** 18
"""More than any order asks for."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Up to which public trade a pair's orders have seen the market."""

    trade_id: int | None
    """None where the pair was not known to have traded."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Orders for which nobody knows what trades of this time would have done to them."""

    symbol: Symbol
    orders: tuple[OrderId, ...]
    since: datetime
    until: datetime


def unbroken(trades: Sequence[Trade], after: Cursor) -> Sequence[Trade]:
    """The first of these trades, up to where one is missing; the oldest is first."""
    last = after.trade_id
    for count, trade in enumerate(trades):
        if last is not None and trade.trade_id != last + 1:
            return trades[:count]
        last = trade.trade_id
    return trades


def newer(trades: Sequence[Trade], than: Cursor) -> list[Trade]:
    """The trades that come after the cursor, each once and in their order."""
    last = than.trade_id
    known = {
        trade.trade_id: trade
        for trade in trades
        if (trade.at > than.at if last is None else trade.trade_id > last)
    }
    return [known[number] for number in sorted(known)]


def replay(
    ledger: Ledger,
    trades: Sequence[Trade],
    instruments: Mapping[Symbol, Instrument],
    ids: Ids,
    pass_time: Callable[[datetime], list[LedgerEvent]],
) -> list[LedgerEvent]:
    """Let the orders see trades of any pairs, oldest first; ``pass_time`` ends what is over."""
    events: list[LedgerEvent] = []
    indexes: dict[Symbol, PriceIndex[str]] = {}
    for trade in trades:
        ended = pass_time(trade.at)
        if ended:
            events += ended
            indexes.clear()
        index = indexes.get(trade.symbol)
        if index is None:
            index = indexes[trade.symbol] = PriceIndex()
            index.put("", ledger.state.of_pair(trade.symbol))
        if not index.by_trade(trade.price):
            continue
        view = _view(instruments[trade.symbol], trade)
        events += ledger.on_trade(trade, view, trade.at, ids)
        _forget(ledger, trade.symbol)
        indexes.clear()
    return events


def _forget(ledger: Ledger, symbol: Symbol) -> None:
    """What was taken in the past is no part of the book that comes next."""
    state = ledger.state
    state.footprints = [each for each in state.footprints if each.symbol != symbol]


def _view(instrument: Instrument, trade: Trade) -> MarketView:
    level = (Level(trade.price, PLENTY),)
    return MarketView(instrument, level, level, last=trade.price)
