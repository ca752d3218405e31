"""One practice account without its surroundings: what it is, and what has still to be saved.

Everything here happens at once: whoever calls sees either all of a change or, after an error,
none of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta
from decimal import Decimal

from kraken.account import AccountEvent, FillHappened, OrderUpdated
from kraken.core.errors import InvalidOrder, UnknownInstrument
from kraken.core.fees import FeeTier
from kraken.core.holdings import Balance
from kraken.core.ledger.ledger import Ledger, Outcome
from kraken.core.ledger.state import OpenOrder
from kraken.core.ledger.words import (
    Entry,
    Filled,
    LedgerEvent,
    MarketView,
    Refusal,
    RefusalKind,
)
from kraken.core.practice.kept import KEPT_UNCHECKED, Kept, Told, is_amount
from kraken.core.practice.rates import OwnVolume, tier_at
from kraken.core.practice.replay import Unchecked, replay
from kraken.core.trading import Amend, Order, OrderName, OrderRequest
from kraken.core.types import Asset, Instrument, Symbol, Trade
from kraken.paper.facts import changed, facts
from kraken.paper.pair import Touched
from kraken.paper.refusals import error_of, unknown_order

LONGEST_LATENCY = timedelta(seconds=10)

PaperFact = AccountEvent | Unchecked


class Practice:
    """An account's state and the facts that nobody has been told of."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.ledger = Ledger(kept.state)
        self._told = {order.order_id: order for order in self.ledger.orders()}
        self.unsaved: list[PaperFact] = []
        self.version = 0
        """Counts changes, if only of a place in a queue."""

    # -- reading

    def symbols(self) -> set[Symbol]:
        """Pairs with open orders."""
        return {order.order.symbol for order in self.ledger.state.orders.values()}

    def open_order(self, name: OrderName) -> OpenOrder | None:
        """The open order of that name."""
        order_id = name.order_id
        if order_id is None and name.client_id is not None:
            order_id = self.ledger.find(name.client_id)
        return None if order_id is None else self.ledger.state.orders.get(order_id)

    def order(self, name: OrderName) -> Order | None:
        """The order of that name, open or ended not too long ago."""
        found = self.open_order(name)
        if found is not None:
            return found.order
        for order in reversed(self.kept.ended):
            if order.order_id == name.order_id or (
                name.client_id is not None and order.client_id == name.client_id
            ):
                return order
        return None

    def next_due(self, symbols: Set[Symbol]) -> datetime | None:
        """When time alone does something next in these pairs."""
        orders = [order for order in self.ledger.orders() if order.symbol in symbols]
        due = [order.expires_at for order in orders if order.expires_at is not None]
        if self.kept.stop_at is not None and (orders or not self.symbols()):
            due.append(self.kept.stop_at)
        return min(due, default=None)

    # -- commands

    def check(self, request: OrderRequest, view: MarketView, now: datetime) -> None:
        """Raise what :meth:`place` would raise."""
        self._prepare(request, view.instrument)
        refusal = self.ledger.check(request, view, now)
        if refusal is not None:
            raise error_of(refusal)

    def place(self, request: OrderRequest, view: MarketView, now: datetime) -> Order:
        """Take an order in; the order as it came, whatever became of it then."""
        self._prepare(request, view.instrument)
        events = self._do(lambda: self.ledger.place(request, view, now, self.kept))
        return events[0].order

    def amend(self, name: OrderName, change: Amend, view: MarketView, now: datetime) -> Order:
        """Change an open order; how it is then."""
        order = self.open_order(name)
        if order is None:
            raise unknown_order()
        order_id = order.order.order_id
        self._do(lambda: self.ledger.amend(order_id, change, view, now, self.kept))
        found = self.order(OrderName(order_id=order_id))
        assert found is not None, "it is open, or ended just now"
        return found

    def cancel(self, name: OrderName, now: datetime) -> None:
        """End an open order."""
        order = self.open_order(name)
        if order is None:
            raise unknown_order()
        order_id = order.order.order_id
        self._do(lambda: self.ledger.cancel(order_id, now))

    def cancel_all(self, now: datetime) -> int:
        """End all open orders; how many there were."""
        return len(self._do(lambda: self.ledger.cancel_all(now)))

    def arm(self, delay: timedelta, now: datetime) -> None:
        """Cancel all orders after this time; not at all if it is zero."""
        if not timedelta(0) <= delay <= timedelta(days=1):
            raise error_of(Refusal(RefusalKind.ARGUMENTS, "timeout"))
        self.kept.stop_at = now + delay if delay else None
        self.version += 1

    # -- options

    def set_fees(self, fees: FeeTier | None, volume: OwnVolume | None = None) -> None:
        """From the next fill on; without fees the tier of this volume for each pair."""
        rates = () if fees is None else (fees.maker, fees.taker)
        if not all(rate.is_finite() and 0 <= rate < 1 for rate in rates):
            raise InvalidOrder("EGeneral:Invalid arguments:fee")
        self.kept.fees, self.kept.volume = fees, volume
        tiers = self.kept.state.tiers
        if fees is not None:
            for symbol in tiers:
                tiers[symbol] = fees
        else:
            # Fills of orders that are open need a rate before the pair is looked at again.
            for symbol in set(tiers) - self.symbols():
                del tiers[symbol]
        self.version += 1

    def set_latency(self, latency: timedelta) -> None:
        """How much later commands meet the market."""
        if not timedelta(0) <= latency <= LONGEST_LATENCY:
            raise InvalidOrder("EGeneral:Invalid arguments:latency")
        self.kept.latency = latency
        self.version += 1

    def reset(self, balances: Mapping[Asset, Decimal], known: set[Asset], now: datetime) -> None:
        """End all orders, forget the history, and start anew with these balances."""
        for asset in balances:
            if asset not in known:
                raise UnknownInstrument(asset, code=f"EQuery:Unknown asset:{asset}")
        _check_amounts(balances)
        before = self.ledger.balances()
        self._took(self.ledger.cancel_all(now))
        kept, state = self.kept, self.kept.state
        kept.ended, kept.fills, kept.entries, kept.unchecked = [], [], [], []
        kept.stop_at, state.footprints, state.totals = None, [], {}
        self.give(balances, now)
        self._balance(before)

    def give(self, balances: Mapping[Asset, Decimal], now: datetime) -> None:
        """Money to practise with; nobody is told."""
        _check_amounts(balances)
        for asset, amount in balances.items():
            entry = self.ledger.credit(asset, amount)
            assert isinstance(entry, Entry), "only a withdrawal can be refused"
            self.kept.enter(entry, "deposit", "practice", now)
        self.version += 1

    # -- what time and the market do

    def see(self, what: Touched) -> None:
        """A trade or a book that touches an order."""
        self.version += 1
        self.pass_time(what.at, {what.symbol})
        self._set_tier(what.view.instrument)
        view, now, ids = what.view, what.at, self.kept
        if what.trade is None:
            self._do(lambda: self.ledger.on_book(view, now, ids))
        else:
            trade = what.trade
            self._do(lambda: self.ledger.on_trade(trade, view, now, ids))

    def pass_time(self, now: datetime, symbols: Set[Symbol]) -> None:
        """End what is over by now in these pairs, whose orders saw everything until then."""
        due = self.next_due(symbols)
        if due is not None and due <= now:
            self._do(lambda: self._over(now, symbols))

    def live_through(
        self, trades: Sequence[Trade], instruments: Mapping[Symbol, Instrument]
    ) -> None:
        """See trades of the past, oldest first."""
        for instrument in instruments.values():
            self._set_tier(instrument)
        self.version += 1
        pairs = instruments.keys()
        self._do(
            lambda: replay(
                self.ledger, trades, instruments, self.kept, lambda at: self._over(at, pairs)
            )
        )

    def note_unchecked(self, unchecked: Unchecked) -> None:
        """Nobody knows what happened in that time."""
        self.kept.unchecked.append(unchecked)
        del self.kept.unchecked[:-KEPT_UNCHECKED]
        self.unsaved.append(unchecked)
        self.version += 1

    def untold(self) -> list[AccountEvent]:
        """What a former life may not have told: fills, then orders as they are now."""
        found: list[AccountEvent] = [FillHappened(t.fill, t.order) for t in self.kept.untold]
        for order_id in self.kept.untold_orders:
            order = self.order(OrderName(order_id=order_id))
            if order is not None:
                found.append(OrderUpdated(order, None))
        return found

    def was_told(self, event: AccountEvent, rest: Iterable[AccountEvent]) -> None:
        """It reached whoever listens; ``rest`` is still to be told."""
        kept = self.kept
        if isinstance(event, FillHappened):
            name = event.fill.exec_id
            kept.untold = [each for each in kept.untold if each.fill.exec_id != name]
            self.version += 1
        elif isinstance(event, OrderUpdated):
            order_id = event.order.order_id
            later = any(isinstance(e, OrderUpdated) and e.order.order_id == order_id for e in rest)
            if not later and order_id in kept.untold_orders:
                kept.untold_orders.remove(order_id)
                self.version += 1

    # -- inside

    def _over(self, now: datetime, symbols: Set[Symbol]) -> list[LedgerEvent]:
        stop_at = self.kept.stop_at
        events: list[LedgerEvent] = []
        if stop_at is not None and stop_at <= now:
            events += self.ledger.expire(stop_at, symbols)
            for symbol in sorted(symbols):
                events += self.ledger.cancel_all(stop_at, symbol)
            if not self.ledger.state.orders:
                self.kept.stop_at = None
            self.version += 1
        return events + self.ledger.expire(now, symbols)

    def _prepare(self, request: OrderRequest, instrument: Instrument) -> None:
        self._set_tier(instrument)
        if request.client_id is not None and self.kept.knows(request.client_id):
            raise error_of(Refusal(RefusalKind.DUPLICATE_CLIENT_ID))

    def _set_tier(self, instrument: Instrument) -> None:
        tiers = self.kept.state.tiers
        tiers[instrument.symbol] = self.kept.fees or tier_at(instrument, self.kept.volume)

    def _do(self, act: Callable[[], Outcome]) -> list[LedgerEvent]:
        before = self.ledger.balances()
        outcome = act()
        if isinstance(outcome, Refusal):
            raise error_of(outcome)
        if outcome:
            self._took(outcome)
            self._balance(before)
        return outcome

    def _took(self, events: Sequence[LedgerEvent]) -> None:
        for event in events:
            self.kept.remember(event)
            if isinstance(event, Filled):
                self.kept.untold.append(Told(event.fill, event.order))
            if event.order.order_id not in self.kept.untold_orders:
                self.kept.untold_orders.append(event.order.order_id)
        self.unsaved += facts(self._told, events)
        self.version += 1

    def _balance(self, before: Mapping[Asset, Balance]) -> None:
        self.unsaved += changed(before, self.ledger.balances())
        self.version += 1


def _check_amounts(balances: Mapping[Asset, Decimal]) -> None:
    if not all(is_amount(amount) for amount in balances.values()):
        raise InvalidOrder("EGeneral:Invalid arguments:amount")
