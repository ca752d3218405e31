"""One turn of a ledger: what happens to orders between one question and its answer.

    enter -> waiting for its trigger -> live -> takes what crosses -> rests -> filled by the market

Rules:

* An order takes the best level first and never a price beyond its limit. What it takes is gone for
  the rest of the turn.
* Orders of one account do not trade with each other: where an own order stands before the next
  level, the one that self-trade prevention names gives way.
* What cannot stay (market, IOC) is cancelled for the rest; post-only orders that would take and
  FOK orders that cannot fill are cancelled before anything trades.
* A market order buys no more than can be paid for.
* Each fill of an order with a conditional close places its own opposite order, after the turn's
  order has done its work.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from kraken.core.ledger.matching import Liquidity, accepts, is_better, opposite, with_step
from kraken.core.ledger.money import Part, settle, worth
from kraken.core.ledger.state import AccountState, OpenOrder, status_by_fills
from kraken.core.ledger.triggers import fired
from kraken.core.ledger.words import (
    Canceled,
    Completed,
    EndReason,
    Filled,
    Ids,
    LedgerEvent,
    MarketView,
    Opened,
    Refilled,
    Triggered,
)
from kraken.core.rules import round_qty
from kraken.core.trading import (
    EXACT,
    LIMITED,
    Fill,
    OrderStatus,
    OrderType,
    SelfTrade,
    TimeInForce,
)
from kraken.core.trading import Liquidity as Kind
from kraken.core.types import Level


@dataclass(slots=True)
class Turn:
    """The account, the market, and what has happened so far."""

    state: AccountState
    view: MarketView
    offers: Liquidity
    ids: Ids
    now: datetime
    events: list[LedgerEvent] = field(default_factory=list)
    closes: list[tuple[OpenOrder, Fill]] = field(default_factory=list)
    """Fills whose conditional close is still to be placed."""

    def go_live(self, order: OpenOrder) -> None:
        """The order meets the book: it trades, rests or ends."""
        told = order.order
        if told.post_only and self.would_take(order):
            return self.end(order, EndReason.POST_ONLY)
        if told.time_in_force is TimeInForce.FOK and self._fillable(order) < told.remaining:
            return self.end(order, EndReason.FILL_OR_KILL)
        if told.trigger is None:
            self.open(order)
        order.is_waiting = False
        self.match(order)
        if order.order.is_open:
            self._stay_or_end(order)
        return None

    def open(self, order: OpenOrder) -> None:
        """The order is in force."""
        order.order = replace(order.order, status=OrderStatus.NEW, updated_at=self.now)
        self.events.append(Opened(order.order))

    def would_take(self, order: OpenOrder) -> bool:
        """Something stands within its limit, an own order included."""
        limit = order.order.limit_price
        crossing = self.offers.best(order.order.side, limit)
        return crossing is not None or self._rival(order) is not None

    def match(self, order: OpenOrder) -> None:
        """Take what crosses, best level first, until nothing is left on either side."""
        side = order.order.side
        while order.order.is_open:
            level = self.offers.best(side, order.order.limit_price)
            rival = self._rival(order)
            if rival is not None and _stands_before(rival, level):
                self._give_way(order, rival)
                continue
            if level is None:
                return None
            qty = self._payable(order, level)
            if qty <= 0:
                return self.end(order, EndReason.FUNDS)
            self.take(order, Part(level.price, qty, Kind.TAKER))
        return None

    def take(self, order: OpenOrder, part: Part) -> None:
        """Fill from the best level of the other side; the fill's price may be the order's own."""
        side = order.order.side
        taken = self.offers.take(side, part.qty)
        if self.state.keeps_footprint:
            self.state.footprints = with_step(
                self.state.footprints, order.order.symbol, opposite(side), taken
            )
        self.fill(order, part, (taken,))

    def fill(self, order: OpenOrder, part: Part, took: tuple[Level, ...] = ()) -> None:
        """Book one fill and everything that follows from it."""
        fill, entries = settle(self.state, order, part, self.view.instrument, self.ids, self.now)
        self._show_less(order, part)
        self.events.append(Filled(order.order, fill, entries, took))
        if order.order.close is not None:
            self.closes.append((order, fill))
        if order.order.remaining <= 0:
            self._finish(order, OrderStatus.FILLED)
            self.events.append(Completed(order.order))
        elif order.order.display_remaining == 0:
            self._refill(order)

    def end(self, order: OpenOrder, reason: EndReason) -> None:
        """Cancel what is left of it."""
        self._finish(order, OrderStatus.CANCELED, reason)
        self.events.append(Canceled(order.order, reason))

    def rest(self, order: OpenOrder) -> None:
        """Stand in the book behind everybody else at the price."""
        told = order.order
        assert told.limit_price is not None, "only limit orders rest"
        order.ahead = self.offers.queue(told.side, told.limit_price)
        order.level_qty = order.ahead or Decimal(0)
        order.shortened = []
        order.sequence = self.state.next_sequence()
        if told.display_qty is not None:
            shown = min(told.display_qty, told.remaining)
            order.order = replace(told, display_remaining=shown)

    def trigger(self, order: OpenOrder, price: Decimal) -> None:
        """The trigger price was reached."""
        told = order.order
        assert told.trigger is not None, "only orders with a trigger are triggered"
        state = fired(told.trigger, price, self.now)
        order.order = replace(told, trigger=state, updated_at=self.now)
        self.events.append(Triggered(order.order))
        self.go_live(order)

    def _finish(self, order: OpenOrder, status: OrderStatus, reason: str = "") -> None:
        order.order = replace(order.order, status=status, updated_at=self.now, reason=reason)
        del self.state.orders[order.order.order_id]

    def _stay_or_end(self, order: OpenOrder) -> None:
        told = order.order
        if told.type not in LIMITED:
            self.end(order, EndReason.NO_LIQUIDITY)
        elif told.time_in_force is TimeInForce.IOC:
            self.end(order, EndReason.IMMEDIATE_OR_CANCEL)
        else:
            order.order = replace(told, status=status_by_fills(told))
            self.rest(order)

    def _show_less(self, order: OpenOrder, part: Part) -> None:
        shown = order.order.display_remaining
        if shown is not None and part.liquidity is Kind.MAKER:
            left = max(EXACT.subtract(shown, part.qty), Decimal(0))
            order.order = replace(order.order, display_remaining=left)

    def _refill(self, order: OpenOrder) -> None:
        told = order.order
        assert told.display_qty is not None, "only icebergs are refilled"
        shown = min(told.display_qty, told.remaining)
        order.order = replace(told, display_remaining=shown)
        order.ahead, order.shortened = order.level_qty, []
        order.sequence = self.state.next_sequence()
        self.events.append(Refilled(order.order))

    def _rival(self, order: OpenOrder) -> OpenOrder | None:
        """The best own order on the other side that this one would trade with."""
        told = order.order
        best: OpenOrder | None = None
        for other in self.state.of_pair(told.symbol):
            price = other.order.limit_price
            if other.order.side is told.side or not other.is_resting or price is None:
                continue
            if not accepts(told.side, told.limit_price, price):
                continue
            if best is None or is_better(told.side, price, best.order.limit_price or price):
                best = other
        return best

    def _give_way(self, order: OpenOrder, rival: OpenOrder) -> None:
        if order.self_trade is not SelfTrade.CANCEL_NEWEST:
            self.end(rival, EndReason.SELF_TRADE)
        if order.self_trade is not SelfTrade.CANCEL_OLDEST:
            self.end(order, EndReason.SELF_TRADE)

    def _fillable(self, order: OpenOrder) -> Decimal:
        """What an order could take at once."""
        told = order.order
        rival = self._rival(order)
        if rival is None or order.self_trade is SelfTrade.CANCEL_OLDEST:
            return self.offers.within(told.side, told.limit_price)
        return self.offers.within(told.side, rival.order.limit_price)

    def _payable(self, order: OpenOrder, level: Level) -> Decimal:
        """The most of a level that the order wants and the account can pay for."""
        told = order.order
        wanted = min(told.remaining, level.qty)
        if told.type in LIMITED or told.type is OrderType.MARKET:
            return wanted  # reserved, or checked before it came in
        instrument = self.view.instrument
        part = Part(level.price, wanted, Kind.TAKER)
        asset, spent = worth(self.state, order, part, instrument)
        available = self.state.available(asset)
        if spent <= available:
            return wanted
        share = EXACT.divide(EXACT.multiply(wanted, available), spent)
        return round_qty(instrument, share)


def _stands_before(rival: OpenOrder, level: Level | None) -> bool:
    """The own order has the better price; at the same price others count as earlier."""
    price = rival.order.limit_price
    assert price is not None, "only limit orders rest"
    return level is None or is_better(opposite(rival.order.side), price, level.price)
