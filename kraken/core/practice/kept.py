"""Everything of one practice account that must survive a restart, as one text.

Amounts are written as their exact text, times as ISO-8601 with their zone, the whole as JSON with
a version. What is remembered of the past is bounded, because all of it is written each time: the
full history belongs to whoever stores the facts.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from kraken.core.fees import FeeTier
from kraken.core.holdings import LedgerEntry
from kraken.core.ledger.state import ZERO, AccountState
from kraken.core.ledger.words import Entry, Filled, LedgerEvent
from kraken.core.practice.rates import OwnVolume
from kraken.core.practice.replay import Cursor, Unchecked
from kraken.core.trading import Fill, Order
from kraken.core.types import ClientOrderId, ExecId, OrderId, Symbol

VERSION = 1

KEPT_ORDERS = 50
KEPT_FILLS = 100
KEPT_ENTRIES = 100
KEPT_NAMES = 200
"""Client ids of orders that ended; open orders are known by their own."""
KEPT_UNCHECKED = 20


class UnreadableError(ValueError):
    """This is not a practice account that this version can read."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fill, and its order after it."""

    fill: Fill
    order: Order


@dataclass(slots=True)
class Kept:
    """One practice account, whole."""

    name: str
    """Part of the names of its orders and fills, so that no two accounts share one."""
    state: AccountState
    version: int = VERSION
    fees: FeeTier | None = None
    """The same for all pairs; None is the tier of the volume for each."""
    volume: OwnVolume | None = None
    """None is Kraken's lowest tier."""
    latency: timedelta = timedelta(0)
    numbers: dict[str, int] = field(default_factory=dict)
    ended: list[Order] = field(default_factory=list)
    """The oldest first, as all lists here."""
    fills: list[Fill] = field(default_factory=list)
    entries: list[LedgerEntry] = field(default_factory=list)
    used: list[ClientOrderId] = field(default_factory=list)
    cursors: dict[Symbol, Cursor] = field(default_factory=dict)
    """For each pair with open orders."""
    stop_at: datetime | None = None
    """When the dead man's switch cancels all orders."""
    untold: list[Told] = field(default_factory=list)
    """Fills that may not have been told."""
    untold_orders: list[OrderId] = field(default_factory=list)
    """Orders whose newest state may not have been told."""
    unchecked: list[Unchecked] = field(default_factory=list)
    """Spans of time in which nobody knows what happened to orders."""

    def next_number(self, kind: str) -> int:
        """Counts up, restarts included."""
        self.numbers[kind] = self.numbers.get(kind, 0) + 1
        return self.numbers[kind]

    # -- names for what the ledger makes

    def order_id(self) -> OrderId:
        """A name that no order has had."""
        return OrderId(f"P{self.name}-{self.next_number('order')}")

    def exec_id(self) -> ExecId:
        """A name that no fill has had."""
        return ExecId(f"T{self.name}-{self.next_number('fill')}")

    def trade_id(self, symbol: Symbol) -> int:
        """Practice fills are no public trades: these count the account's own."""
        return self.next_number("trade")

    # -- the memory

    def knows(self, client_id: ClientOrderId) -> bool:
        """An order of this name was placed before, and has ended."""
        return client_id in self.used

    def remember(self, event: LedgerEvent) -> None:
        """Write down what the ledger itself forgets."""
        if isinstance(event, Filled):
            self.fills.append(event.fill)
            del self.fills[:-KEPT_FILLS]
            for entry in event.entries:
                self.enter(entry, "trade", event.fill.exec_id, event.fill.at)
        order = event.order
        if order.is_open:
            return
        self.ended.append(order)
        del self.ended[:-KEPT_ORDERS]
        if order.client_id is not None:
            self.used.append(order.client_id)
            del self.used[:-KEPT_NAMES]

    def enter(self, entry: Entry, kind: str, reference: str, at: datetime) -> None:
        """One line of the account's history."""
        name = f"L{self.name}-{self.next_number('entry')}"
        amount, fee, balance = entry.amount, entry.fee, entry.balance
        if amount or fee:
            line = LedgerEntry(name, kind, entry.asset, amount, fee, balance, at, reference)
            self.entries.append(line)
            del self.entries[:-KEPT_ENTRIES]


def new(name: str) -> Kept:
    """An account with nothing in it."""
    nothing = FeeTier(ZERO, ZERO)
    return Kept(name, AccountState(nothing, keeps_footprint=True))


def write(kept: Kept) -> bytes:
    """The account as JSON."""
    return msgspec.json.encode(kept)


def read(text: bytes) -> Kept:
    """What :func:`write` wrote, as it was.

    Raises:
        UnreadableError: it was not written by this version or an older one.
    """
    try:
        kept = msgspec.json.decode(text, type=Kept)
    except msgspec.DecodeError as error:
        raise UnreadableError(str(error)) from error
    if kept.version > VERSION:
        raise UnreadableError(f"version {kept.version} is newer than {VERSION}")
    return kept


def is_amount(amount: Decimal) -> bool:
    """Somebody may be given this much to practise with."""
    return amount.is_finite() and 0 <= amount <= Decimal(10) ** 12
