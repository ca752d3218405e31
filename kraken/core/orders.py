"""What we know of our orders: reports in any order, any number of times, make one truth.

    said              rank  may be followed by
    pending_new       0     new, canceled, expired
    new               1     partially_filled, filled, canceled, expired
    partially_filled  2     filled, canceled, expired
    expired           3     nothing but fills that are told late
    canceled          4     the same
    filled            5     the same

Rules:

* Reports are facts, and facts are joined, not replayed: the status of the highest rank wins,
  ``filled_qty`` only grows, each fill counts once by its ``exec_id``, and the latest said value of
  a term that may be amended stands. So duplicates change nothing and the order of arrival does not
  matter: a stream, its snapshot after a reconnect and REST's lists may overlap as they like.
* Only the first report of an order carries its terms. Reports of an order without terms are
  parked; :meth:`Orders.unknown` names it so that somebody asks Kraken for it.
* Kraken's last ``trade`` says ``partially_filled`` although it completes the order: an order is
  done when a final status was said **or** nothing remains (docs: WS v2, Executions). Only this
  done by arithmetic can be taken back, by a report that raises the quantity.
* A fill that is told after ``canceled`` is booked; the order stays cancelled.
* Quantities come from fills. Where Kraken says that more is filled than our fills come to,
  ``Order.misses_fills`` is true: the trades have to be read again. None is invented.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kraken.core.trading import (
    EXACT,
    ExecType,
    FeePreference,
    Fill,
    Order,
    OrderStatus,
    Report,
    TimeInForce,
)
from kraken.core.types import ExecId, OrderId

RANK: dict[OrderStatus, int] = {
    OrderStatus.PENDING_NEW: 0,
    OrderStatus.NEW: 1,
    OrderStatus.PARTIALLY_FILLED: 2,
    OrderStatus.EXPIRED: 3,
    OrderStatus.CANCELED: 4,
    OrderStatus.FILLED: 5,
}
"""A higher one is later in life; among final ones it only makes the choice definite."""

PATIENCE = timedelta(seconds=5)
"""How long the terms of an order may be missing before somebody has to ask."""

REMEMBERED = 50_000
"""Fills whose names are kept to know them again; the oldest are forgotten first."""

_AMENDING = frozenset({ExecType.AMENDED, ExecType.RESTATED})

_TERMS = (
    *("client_id", "symbol", "side", "type", "qty", "limit_price", "time_in_force"),
    *("expires_at", "post_only", "reduce_only", "trigger", "display_qty", "display_remaining"),
    *("cash_qty", "fee_preference", "close", "parent", "user_ref", "is_amended"),
)
_DEFAULTS: dict[str, Any] = {
    "time_in_force": TimeInForce.GTC,
    "post_only": False,
    "reduce_only": False,
    "fee_preference": FeePreference.QUOTE,
    "is_amended": False,
}


@dataclass(frozen=True, slots=True)
class OrderChanged:
    """Something about an order is new; ``before`` is None for one that was not known."""

    order: Order
    before: Order | None

    @property
    def has_ended(self) -> bool:
        """It was open, or unknown, and is final now."""
        return not self.order.is_open and (self.before is None or self.before.is_open)


@dataclass(frozen=True, slots=True)
class FillBooked:
    """A fill that was not known before; told once for each ``exec_id``."""

    fill: Fill
    order: Order
    """The order with all that came in the same report."""


@dataclass(frozen=True, slots=True)
class OrderParked:
    """A report of an order whose terms are not known; it is kept until they are."""

    order_id: OrderId


OrderNews = OrderChanged | FillBooked | OrderParked

Stamp = tuple[datetime, bool, str]
"""What decides between two values of a term: the time, an amend before others, the text."""


@dataclass(slots=True)
class _Facts:
    """Everything that was said of one order, joined."""

    order_id: OrderId
    first_at: datetime
    """Our time of the first report."""
    terms: dict[str, tuple[Stamp, object]] = field(default_factory=dict)
    fills: dict[ExecId, Fill] = field(default_factory=dict)
    told: set[ExecId] = field(default_factory=set)
    """Fills that were handed on."""
    status: OrderStatus = OrderStatus.PENDING_NEW
    progress: tuple[Decimal, Decimal, Decimal] = (Decimal(0), Decimal(0), Decimal(0))
    """Filled quantity, cost and average of the report that knew most."""
    reason: tuple[int, datetime, str] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    order: Order | None = None
    """The order as all facts together show it; None without its terms."""

    def join(self, report: Report) -> None:
        """Add what a report says; saying it again, or in another order, makes no difference."""
        self._join_terms(report)
        if RANK[report.status] > RANK[self.status]:
            self.status = report.status
        if report.fill is not None:
            self.fills.setdefault(report.fill.exec_id, report.fill)
        if report.filled_qty is not None:
            known = (report.filled_cost or Decimal(0), report.average or Decimal(0))
            self.progress = max(self.progress, (report.filled_qty, *known))
        if report.reason:
            reason = (RANK[report.status], report.at, report.reason)
            self.reason = reason if self.reason is None else max(self.reason, reason)
        self.created_at = min(self.created_at or report.at, report.at)
        self.updated_at = max(self.updated_at or report.at, report.at)
        self.order = self._joined()

    def _join_terms(self, report: Report) -> None:
        for name in _TERMS:
            value = getattr(report, name)
            if value is None:
                continue
            stamp = (report.at, report.exec_type in _AMENDING, repr(value))
            if name not in self.terms or stamp > self.terms[name][0]:
                self.terms[name] = (stamp, value)

    def _joined(self) -> Order | None:
        terms = {name: value for name, (_, value) in self.terms.items()}
        if not {"symbol", "side", "type", "qty"} <= terms.keys():
            return None
        fills = self.fills.values()
        booked = _total(fill.qty for fill in fills)
        cost = _total(fill.cost for fill in fills)
        said_qty, said_cost, said_average = self.progress
        if booked > said_qty:
            said_qty, said_cost = booked, cost
            said_average = EXACT.divide(cost, booked)
        order = Order(
            **{**_DEFAULTS, **terms},
            order_id=self.order_id,
            status=self.status,
            created_at=self.created_at,
            updated_at=self.updated_at,
            filled_qty=said_qty,
            filled_cost=said_cost,
            booked_qty=booked,
            fee=_total(fill.fee for fill in fills),
            fee_asset=min((fill.fee_asset for fill in fills), default=None),
            average=said_average if said_qty else None,
            reason=self.reason[2] if self.reason is not None else "",
        )
        return replace(order, status=_status(order))


def _status(order: Order) -> OrderStatus:
    """The status that was said, or what the quantities say if that is further."""
    if order.status.is_final or not order.filled_qty:
        return order.status
    return OrderStatus.FILLED if order.remaining <= 0 else OrderStatus.PARTIALLY_FILLED


def _total(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


class Orders:
    """The orders of one account, as far as reports have told."""

    def __init__(self, booked: Iterable[Fill] = ()) -> None:
        """``booked`` are the newest fills that were told before, in a former life."""
        self._facts: dict[OrderId, _Facts] = {}
        self._told: dict[ExecId, None] = {}
        self._booked: dict[OrderId, dict[ExecId, Fill]] = {}
        for fill in booked:
            self._told[fill.exec_id] = None
            self._booked.setdefault(fill.order_id, {})[fill.exec_id] = fill

    def apply(self, report: Report, now: datetime) -> list[OrderNews]:
        """Join one report; return what is new by it, the order first and then its fills."""
        facts = self._facts.get(report.order_id)
        if facts is None:
            facts = _Facts(report.order_id, now, fills=self._booked.pop(report.order_id, {}))
            self._facts[report.order_id] = facts
        before = facts.order
        facts.join(report)
        order = facts.order
        if order is None:
            return [OrderParked(report.order_id)]
        news: list[OrderNews] = []
        if order != before:
            news.append(OrderChanged(order, before))
        untold = [fill for fill in facts.fills.values() if fill.exec_id not in facts.told]
        for fill in sorted(untold, key=lambda fill: (fill.at, fill.exec_id)):
            facts.told.add(fill.exec_id)
            if fill.exec_id not in self._told:
                self._told[fill.exec_id] = None
                news.append(FillBooked(_with_terms(fill, order), order))
        self._forget_oldest()
        return news

    def order(self, order_id: OrderId) -> Order | None:
        """What is known of one order; None without its terms."""
        facts = self._facts.get(order_id)
        return None if facts is None else facts.order

    def all(self) -> list[Order]:
        """Every order whose terms are known, ended ones included until they are dropped."""
        found = (facts.order for facts in self._facts.values())
        return [order for order in found if order is not None]

    def open(self) -> list[Order]:
        """The orders that may still trade."""
        return [order for order in self.all() if order.is_open]

    def is_told(self, exec_id: ExecId) -> bool:
        """Whether this fill was handed on before, here or in a former life."""
        return exec_id in self._told

    def unknown(self, now: datetime) -> list[OrderId]:
        """Orders whose terms did not come: Kraken has to be asked for them (QueryOrders)."""
        return [
            order_id
            for order_id, facts in self._facts.items()
            if now - facts.first_at >= PATIENCE and facts.order is None
        ]

    def drop_ended(self, before: datetime) -> None:
        """Forget orders that ended before that time and whose fills are all there."""
        for order in self.all():
            is_old = order.updated_at is not None and order.updated_at < before
            if is_old and not order.is_open and not order.misses_fills:
                del self._facts[order.order_id]

    def _forget_oldest(self) -> None:
        while len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]


def _with_terms(fill: Fill, order: Order) -> Fill:
    """A fill under its order's names: reports of fills may leave the client's out."""
    return fill if fill.client_id is not None else replace(fill, client_id=order.client_id)
