"""Facts: what is known of one account, and what of it has not been told yet.

Rules:

* Reports of the stream and of REST are joined by ``kraken.core.orders``; whatever is new by one
  becomes an event in a queue.
* An event stays in the queue until the listener has taken it: one that could not be kept is the
  first of the next time. So facts are told at least once, in the order in which they were learned.
* Fills from before ``since`` were told in a former life, or are none of ours to tell. They are
  booked, so that sums are right, and not told.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from kraken.account import (
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    AccountRefused,
    BalancesChanged,
    DepositCame,
    FillHappened,
    OrderUpdated,
)
from kraken.core.holdings import Balance, LedgerEntry
from kraken.core.orders import FillBooked, OrderChanged, OrderParked, Orders
from kraken.core.trading import (
    ExecType,
    FeePreference,
    Fill,
    Order,
    OrderName,
    OrderStatus,
    Report,
)
from kraken.core.types import Asset, ClientOrderId, OrderId

LOOK_BACK = timedelta(seconds=120)
"""How far before the last look the next one begins: lists may be a minute behind."""

REMEMBERED_FOR = timedelta(hours=1)
"""How long an order that ended is kept in memory."""

MOST_UNTOLD = 5_000
"""Events that may wait for a slow listener; beyond that nothing more is read."""

NOTHING = Balance(Decimal(0))

_NOTHING_SAID = OrderStatus.PENDING_NEW
"""The lowest status, which raises none."""


def report_of(fill: Fill) -> Report:
    """A fill of a list as a report that says nothing else of its order."""
    return Report(
        fill.order_id,
        ExecType.TRADE,
        _NOTHING_SAID,
        fill.at,
        client_id=fill.client_id,
        fill=fill,
    )


def view(report: Report) -> Order | None:
    """The order that one report with terms shows."""
    orders = Orders()
    orders.apply(report, report.at)
    return orders.order(report.order_id)


class Facts:
    """Orders, balances and the connection of one account, and what is to be told of them."""

    def __init__(self, booked: Iterable[Fill], horizon: Callable[[], datetime]) -> None:
        """``booked`` are the newest fills that were told before, ``horizon`` says since when."""
        self._orders = Orders(booked)
        self._horizon = horizon
        self._untold: deque[AccountEvent] = deque()
        self._balances: Mapping[Asset, Balance] | None = None
        self._connection: AccountEvent | None = None
        self.version = 0
        """Grows with every fact that is new."""
        self.on_news: Callable[[], None] = lambda: None
        """Called when there may be something to tell or to ask for."""
        self.needs_terms = False
        """An order was named whose terms are not known; ``orders_to_ask_for`` says which."""
        self.needs_fills = False
        """More is filled than the fills that are known."""

    # -- learning -----------------------------------------------------------------------------

    def learn(self, reports: Iterable[Report], now: datetime) -> bool:
        """Join what was said; whether anything of it was new."""
        before = self.version
        for report in reports:
            if not self.is_old_news(report):
                self._join(report, now)
        self.on_news()
        return self.version != before

    def is_old_news(self, report: Report) -> bool:
        """A fill of an order that is gone, told before or from before our time."""
        fill = report.fill
        if fill is None or self._orders.order(report.order_id) is not None:
            return False
        return self._orders.is_told(fill.exec_id) or fill.at < self._horizon()

    def _join(self, report: Report, now: datetime) -> None:
        for news in self._orders.apply(report, now):
            match news:
                case OrderChanged(order=order, before=before):
                    self._tell(OrderUpdated(order, before))
                    self.needs_fills = self.needs_fills or order.misses_fills
                case FillBooked(fill=fill, order=order):
                    if fill.at >= self._horizon():
                        self._tell(FillHappened(fill, order))
                case OrderParked():
                    self.needs_terms = True

    @property
    def balances(self) -> Mapping[Asset, Balance]:
        """As they were read last; empty before."""
        return self._balances or {}

    def learn_balances(self, balances: Mapping[Asset, Balance]) -> None:
        """These are all balances; the first ones are what later ones are compared with."""
        known, self._balances = self._balances, dict(balances)
        if known is None:
            return
        now = {**dict.fromkeys(known, NOTHING), **balances}
        changed = {
            asset: balance
            for asset, balance in now.items()
            if known.get(asset, NOTHING) != balance
        }
        if changed:
            self._tell(BalancesChanged(changed))
            self.on_news()

    def learn_deposits(self, entries: Iterable[LedgerEntry]) -> None:
        """These came in from outside just now."""
        for entry in entries:
            self._tell(DepositCame(entry))
        self.on_news()

    def ready(self, at: datetime) -> None:
        """Everything until then is in the queue, and more will come."""
        self._be(AccountReady(at))

    @property
    def is_ready(self) -> bool:
        """What was told last of the connection is that facts arrive."""
        return isinstance(self._connection, AccountReady)

    def interrupted(self, at: datetime, reason: str, *, is_lasting: bool = False) -> None:
        """Nothing comes for now; told once, however often it is tried again.

        A reason that will last is told even if it was told before that nothing comes.
        """
        known = self._connection
        if isinstance(known, AccountRefused):
            return
        if isinstance(known, AccountInterrupted) and (not is_lasting or known.reason == reason):
            return
        self._be(AccountInterrupted(at, reason))

    def refused(self, at: datetime, reason: str) -> None:
        """The key is not accepted any more."""
        if not isinstance(self._connection, AccountRefused):
            self._be(AccountRefused(at, reason))

    def _be(self, state: AccountEvent) -> None:
        self._connection = state
        self._tell(state)
        self.on_news()

    def _tell(self, event: AccountEvent) -> None:
        self._untold.append(event)
        self.version += 1

    # -- telling ------------------------------------------------------------------------------

    @property
    def next_event(self) -> AccountEvent | None:
        """What is to be told next; it stays the next one until :meth:`told`."""
        return self._untold[0] if self._untold else None

    def told(self) -> None:
        """The listener has taken the next event."""
        self._untold.popleft()

    @property
    def is_behind(self) -> bool:
        """Too much waits for the listener."""
        return len(self._untold) >= MOST_UNTOLD

    # -- asking -------------------------------------------------------------------------------

    def order(self, order_id: OrderId) -> Order | None:
        """What is known of an order."""
        return self._orders.order(order_id)

    def find(self, name: OrderName) -> Order | None:
        """The order of that name, the newest of several; None if it is not known."""
        if name.order_id is not None:
            return self._orders.order(name.order_id)
        return self.of_client(name.client_id) if name.client_id is not None else None

    def of_client(self, client_id: ClientOrderId) -> Order | None:
        """The order under our name for it."""
        found = [order for order in self._orders.all() if order.client_id == client_id]
        return found[-1] if found else None

    def open(self) -> list[Order]:
        """The orders that may still trade."""
        return self._orders.open()

    def seen(self, report: Report, now: datetime) -> Order | None:
        """An order as a list shows it, joined with what is known if anything is."""
        if self._orders.order(report.order_id) is None:
            return view(report)
        self.learn([report], now)
        return self._orders.order(report.order_id)

    def orders_to_ask_for(self, now: datetime) -> list[OrderId]:
        """Orders whose terms did not come in time."""
        return self._orders.unknown(now)

    def missing_since(self) -> datetime | None:
        """When the oldest order began that misses fills; None if none does."""
        begun = [order.created_at for order in self._orders.all() if order.misses_fills]
        return min((at for at in begun if at is not None), default=None)

    def preferences(self) -> dict[OrderId, FeePreference]:
        """Which orders pay their fees in what."""
        return {order.order_id: order.fee_preference for order in self._orders.all()}

    def drop_ended(self, now: datetime) -> None:
        """Forget what ended long ago."""
        self._orders.drop_ended(now - REMEMBERED_FOR)
