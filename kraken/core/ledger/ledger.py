"""The ledger: one account's whole life behind one class.

Nothing here asks for the time, for names or for prices: they come in, events or a
:class:`~kraken.core.ledger.words.Refusal` go out.

Whoever owns the book that is passed in takes out of it what ``Filled.took`` says; where nobody
can (the public book) the state remembers it: ``AccountState.keeps_footprint``. A view must be of
a book that is trusted: stops that fire on an empty one are cancelled, as on the exchange.
"""

from collections.abc import Container
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kraken.core.holdings import Balance
from kraken.core.ledger.amend import amend
from kraken.core.ledger.checks import check_room, check_terms
from kraken.core.ledger.entry import enter, incoming, place_closes, quantity
from kraken.core.ledger.market import fill_shown, meet_book, meet_trade, move_triggers
from kraken.core.ledger.matching import Liquidity, liquidity, remembered
from kraken.core.ledger.money import move
from kraken.core.ledger.state import (
    AccountState,
    OpenOrder,
    from_plain,
    to_plain,
)
from kraken.core.ledger.turn import Turn
from kraken.core.ledger.words import (
    Canceled,
    EndReason,
    Entry,
    Expired,
    Ids,
    LedgerEvent,
    MarketView,
    Refusal,
    RefusalKind,
)
from kraken.core.trading import (
    TRIGGERED,
    Amend,
    Order,
    OrderRequest,
    OrderStatus,
    Reference,
    TimeInForce,
)
from kraken.core.types import Asset, ClientOrderId, OrderId, Symbol, Trade

Outcome = list[LedgerEvent] | Refusal
"""What happened, in order; or the reason why nothing did."""


class Ledger:
    """One account and its rules."""

    def __init__(self, state: AccountState) -> None:
        self.state = state

    # -- reading

    def balances(self) -> dict[Asset, Balance]:
        """Every asset there is or ever was, with what open orders hold of it."""
        state = self.state
        return {asset: Balance(total, state.held(asset)) for asset, total in state.totals.items()}

    def orders(self, symbol: Symbol | None = None) -> list[Order]:
        """The open orders, oldest first."""
        found = [order.order for order in self.state.orders.values()]
        return [order for order in found if symbol in (None, order.symbol)]

    def order(self, order_id: OrderId) -> Order | None:
        """One open order."""
        found = self.state.orders.get(order_id)
        return None if found is None else found.order

    def find(self, client_id: ClientOrderId) -> OrderId | None:
        """The open order with this client id."""
        for order_id, order in self.state.orders.items():
            if order.order.client_id == client_id:
                return order_id
        return None

    def queue_ahead(self, order_id: OrderId) -> Decimal | None:
        """Others' quantity that trades before this resting order at its price, where known."""
        found = self.state.orders.get(order_id)
        return found.ahead if found is not None and found.is_resting else None

    def to_state(self) -> Any:
        """Everything, as dictionaries, lists and texts."""
        return to_plain(self.state)

    @classmethod
    def from_state(cls, plain: object) -> "Ledger":
        """The ledger that :meth:`to_state` was asked of."""
        return cls(from_plain(plain))

    # -- what its owner asks for

    def credit(self, asset: Asset, amount: Decimal) -> Entry | Refusal:
        """Deposit, or withdraw a negative amount of what no order holds."""
        available = self.state.available(asset)
        if amount < 0 and -amount > available:
            return Refusal(RefusalKind.FUNDS, asset=asset, needed=-amount, available=available)
        return move(self.state, asset, amount)

    def check(self, request: OrderRequest, view: MarketView, now: datetime) -> Refusal | None:
        """Whether :meth:`place` would refuse it; nothing is placed."""
        prepared = self._prepare(request, view, self._offers(view), now)
        return prepared if isinstance(prepared, Refusal) else None

    def place(self, request: OrderRequest, view: MarketView, now: datetime, ids: Ids) -> Outcome:
        """Take an order in and let it meet the market."""
        turn = self._turn(view, now, ids)
        order = self._prepare(request, view, turn.offers, now)
        if isinstance(order, Refusal):
            return order
        enter(turn, order, ids.order_id())
        return self._done(turn)

    def amend(
        self, order_id: OrderId, change: Amend, view: MarketView, now: datetime, ids: Ids
    ) -> Outcome:
        """Change an open order under its name."""
        order = self.state.orders.get(order_id)
        if order is None:
            return Refusal(RefusalKind.UNKNOWN_ORDER)
        turn = self._turn(view, now, ids)
        return amend(turn, order, change) or self._done(turn)

    def edit(
        self, order_id: OrderId, request: OrderRequest, view: MarketView, now: datetime, ids: Ids
    ) -> Outcome:
        """Replace an open order by a new one; if that is refused the old one stays."""
        old = self.state.orders.get(order_id)
        if old is None:
            return Refusal(RefusalKind.UNKNOWN_ORDER)
        told = old.order
        was_triggered = told.type in TRIGGERED and not old.is_waiting
        if told.close is not None or told.client_id is not None or was_triggered:
            return Refusal(RefusalKind.NOT_AMENDABLE)
        turn = self._turn(view, now, ids)
        del self.state.orders[order_id]
        order = self._prepare(request, view, turn.offers, now)
        if isinstance(order, Refusal):
            self.state.orders[order_id] = old
            return order
        self.state.orders[order_id] = old
        turn.end(old, EndReason.REPLACED)
        order.order = replace(order.order, parent=order_id)
        enter(turn, order, ids.order_id())
        return self._done(turn)

    def cancel(
        self, order_id: OrderId, now: datetime, reason: EndReason = EndReason.USER
    ) -> Outcome:
        """End an open order; what it held is free again."""
        order = self.state.orders.pop(order_id, None)
        if order is None:
            return Refusal(RefusalKind.UNKNOWN_ORDER)
        told = replace(order.order, status=OrderStatus.CANCELED, reason=reason, updated_at=now)
        return [Canceled(told, reason)]

    def cancel_all(self, now: datetime, symbol: Symbol | None = None) -> list[LedgerEvent]:
        """End every open order, waiting ones included."""
        events: list[LedgerEvent] = []
        for order in self.orders(symbol):
            ended = self.cancel(order.order_id, now)
            assert not isinstance(ended, Refusal), "it was in the list of open orders"
            events += ended
        return events

    # -- what time and the market do

    def expire(self, now: datetime, symbols: Container[Symbol] | None = None) -> list[LedgerEvent]:
        """End the orders whose time is over, of all pairs or of these.

        Call it before anything else of that time.
        """
        events: list[LedgerEvent] = []
        for order in self.orders():
            over = order.expires_at is not None and order.expires_at <= now
            counts = symbols is None or order.symbol in symbols
            if counts and over and order.time_in_force is TimeInForce.GTD:
                del self.state.orders[order.order_id]
                ended = replace(order, status=OrderStatus.EXPIRED, updated_at=now)
                events.append(Expired(ended))
        return events

    def on_book(self, view: MarketView, now: datetime, ids: Ids) -> list[LedgerEvent]:
        """The book changed."""
        if not self._concerns(view.instrument.symbol):
            return []
        turn = self._turn(view, now, ids)
        meet_book(turn)
        return self._done(turn)

    def on_trade(
        self, trade: Trade, view: MarketView, now: datetime, ids: Ids
    ) -> list[LedgerEvent]:
        """Somebody traded; ``view`` is the market after it."""
        if not self._concerns(trade.symbol):
            return []
        turn = self._turn(view, now, ids)
        meet_trade(turn, trade)
        move_triggers(turn, None, trade.price)
        return self._done(turn)

    def on_index(self, view: MarketView, now: datetime, ids: Ids) -> list[LedgerEvent]:
        """The index price changed."""
        turn = self._turn(view, now, ids)
        move_triggers(turn, Reference.INDEX, view.last)
        return self._done(turn)

    def take(
        self, order_id: OrderId, qty: Decimal, view: MarketView, now: datetime, ids: Ids
    ) -> Outcome:
        """Another account took from a resting order; at most what remains of it is filled."""
        order = self.state.orders.get(order_id)
        if order is None or not order.is_resting:
            return Refusal(RefusalKind.UNKNOWN_ORDER)
        turn = self._turn(view, now, ids)
        fill_shown(turn, order, qty)
        return self._done(turn)

    # -- inside

    def _concerns(self, symbol: Symbol) -> bool:
        state = self.state
        return any(order.order.symbol == symbol for order in state.orders.values()) or any(
            footprint.symbol == symbol for footprint in state.footprints
        )

    def _offers(self, view: MarketView) -> Liquidity:
        self.state.footprints = remembered(self.state.footprints, view)
        return liquidity(view, self.state.footprints)

    def _turn(self, view: MarketView, now: datetime, ids: Ids) -> Turn:
        return Turn(self.state, view, self._offers(view), ids, now)

    def _prepare(
        self, request: OrderRequest, view: MarketView, offers: Liquidity, now: datetime
    ) -> OpenOrder | Refusal:
        """The order a request becomes, or the first thing that is wrong with it."""
        terms = check_terms(request, view, now)
        if isinstance(terms, Refusal):
            return terms
        qty = quantity(request, offers, view)
        if isinstance(qty, Refusal):
            return qty
        order = incoming(self.state, request, terms, qty, view)
        return check_room(self.state, order, offers, view) or order

    def _done(self, turn: Turn) -> list[LedgerEvent]:
        place_closes(turn)
        return turn.events
