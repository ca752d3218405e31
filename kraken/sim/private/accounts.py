"""An account of the simulated exchange: its ledger, and the memory of all it ever did.

The ledger knows what is open; answers and streams also speak of what ended, so each event of the
ledger is written into records here before anybody is told of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from kraken.core.fees import FeeTier
from kraken.core.ledger.ledger import Ledger
from kraken.core.ledger.state import AccountState
from kraken.core.ledger.words import (
    Accepted,
    Amended,
    Entry,
    Filled,
    LedgerEvent,
    Refilled,
    Triggered,
)
from kraken.core.trading import Fill, Order, OrderRequest
from kraken.core.types import Asset, ExecId, OrderId, Symbol
from kraken.sim.listing import FeeTable, PairSpec
from kraken.sim.market.types import SECOND
from kraken.sim.private.counters import HUNDREDTHS, Counter
from kraken.sim.private.keys import Key
from kraken.sim.private.names import Names


@dataclass(frozen=True, slots=True)
class Change:
    """One version of an order, as OrderAmends tells it."""

    amend_id: str
    kind: str
    order: Order
    at_ns: int


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the ledger."""

    ledger_id: str
    ref_id: str
    kind: str
    entry: Entry
    at_ns: int


@dataclass(eq=False, slots=True)
class Record:
    """One order, open or not, and what happened to it."""

    order: Order
    pair: PairSpec
    opened_ns: int
    request: OrderRequest | None = None
    """None where a fill placed it."""
    touched_ns: int = 0
    """When it was placed or last amended: the engine counts its age from here."""
    queued_ns: int = 0
    """Since when it stands where it stands in the queue, once it does."""
    closed_ns: int | None = None
    fills: list[Fill] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the ledger with the record it changed and the rows it wrote."""

    event: LedgerEvent
    record: Record
    rows: tuple[Row, ...]
    at_ns: int


Follower = Callable[[Happened], None]


class Account:
    """One user."""

    def __init__(
        self, key: Key, names: Names, pairs: dict[str, PairSpec], volume: Decimal = Decimal(0)
    ) -> None:
        self.key = key
        self.volume = volume
        """30-day volume in USD; decides the fees."""
        self.ledger = Ledger(AccountState(FeeTier(Decimal(0), Decimal(0))))
        self.ledger.state.max_orders = key.tier.open_orders
        self.records: dict[OrderId, Record] = {}
        self.fills: dict[ExecId, Fill] = {}
        self.rows: dict[str, Row] = {}
        self.fill_rows: dict[ExecId, tuple[Row, ...]] = {}
        self.followers: dict[Follower, None] = {}
        self.payees: dict[Callable[[Row], None], None] = {}
        """Who is told of money that comes in from outside."""
        self.dead_man_ns: int | None = None
        """When all orders are to be cancelled, unless somebody asks for more time."""
        self._names = names
        self._pairs = pairs
        self.counters: dict[str, Counter] = {}
        self.set_fees()

    def set_fees(self) -> None:
        """Fees by the volume of now."""
        self.ledger.state.tiers = {
            Symbol(symbol): fees_of(pair, self.volume) for symbol, pair in self._pairs.items()
        }

    def counter(self, symbol: str) -> Counter:
        """The engine's counter for one pair."""
        tier = self.key.tier
        fresh = Counter(tier.orders, tier.orders_decay)
        return self.counters.setdefault(symbol, fresh)

    def is_throttled(self, symbol: str, now_ns: int) -> bool:
        """Whether the engine's counter has no room for one more action."""
        return not self.counter(symbol).fits(HUNDREDTHS, now_ns)

    def deposit(self, asset: str, amount: Decimal, at_ns: int) -> Row:
        """Put money in, and tell whoever follows this account."""
        entry = self.ledger.credit(Asset(asset), amount)
        assert isinstance(entry, Entry), "only a withdrawal can be refused"
        row = self._row("deposit", self._names.ledger_id(), entry, at_ns)
        for tell in tuple(self.payees):
            tell(row)
        return row

    def convert(self, asset: str, to: str, at_ns: int) -> None:
        """Make all of one asset, none of which an order holds, as much of another one."""
        held = self.ledger.balances().get(Asset(asset))
        if held is None or not held.total:
            return
        ref_id = self._names.ledger_id()
        for name, amount in ((asset, -held.total), (to, held.total)):
            entry = self.ledger.credit(Asset(name), amount)
            assert isinstance(entry, Entry), "no order holds any of it"
            row = self._row("conversion", ref_id, entry, at_ns)
            for tell in tuple(self.payees):
                tell(row)

    def _row(self, kind: str, ref_id: str, entry: Entry, at_ns: int) -> Row:
        row = Row(self._names.ledger_id(), ref_id, kind, entry, at_ns)
        self.rows[row.ledger_id] = row
        return row

    def keep(self, event: LedgerEvent, at_ns: int, request: OrderRequest | None) -> Record:
        """Write an event down, then tell whoever follows this account."""
        order = event.order
        record = self.records.get(order.order_id)
        if record is None:
            record = Record(order, self._pairs[order.symbol], at_ns, request, at_ns, at_ns)
            self.records[order.order_id] = record
        if _goes_to_the_back(event, record.order):
            record.queued_ns = at_ns
        record.order = order
        rows: tuple[Row, ...] = ()
        if isinstance(event, Accepted):
            record.changes.append(Change(self._names.exec_id(), "original", order, at_ns))
        elif isinstance(event, Amended):
            record.touched_ns = at_ns
            record.changes.append(Change(self._names.exec_id(), "user", order, at_ns))
        elif isinstance(event, Filled):
            rows = self._keep_fill(event, record, at_ns)
        if not order.is_open and record.closed_ns is None:
            record.closed_ns = at_ns
        happened = Happened(event, record, rows, at_ns)
        for follower in tuple(self.followers):
            follower(happened)
        return record

    def _keep_fill(self, event: Filled, record: Record, at_ns: int) -> tuple[Row, ...]:
        fill = event.fill
        record.fills.append(fill)
        self.fills[fill.exec_id] = fill
        rows = tuple(self._row("trade", fill.exec_id, entry, at_ns) for entry in event.entries)
        self.fill_rows[fill.exec_id] = rows
        return rows

    def open_records(self) -> list[Record]:
        """Open orders, oldest first."""
        return [self.records[order.order_id] for order in self.ledger.orders()]

    def find(self, name: str) -> list[Record]:
        """Open orders under an order id, or all with that ``userref``."""
        record = self.records.get(OrderId(name))
        if record is not None:
            return [record] if record.order.is_open else []
        return [each for each in self.open_records() if str(each.order.user_ref) == name]

    def by_client_id(self, name: str) -> Record | None:
        """The open order with this client id."""
        for record in self.open_records():
            if record.order.client_id == name:
                return record
        return None

    def age_ns(self, record: Record, now_ns: int) -> int:
        """Since it was placed or last amended."""
        return max(0, now_ns - record.touched_ns)


def _goes_to_the_back(event: LedgerEvent, before: Order) -> bool:
    """Whether an order loses its place in the queue, or gets one only now."""
    if isinstance(event, Amended):
        after = event.order
        return after.limit_price != before.limit_price or after.qty > before.qty
    return isinstance(event, Refilled | Triggered)


def fees_of(pair: PairSpec, volume: Decimal) -> FeeTier:
    """What trading this pair costs at that 30-day volume."""
    return FeeTier(_share(pair.fees_maker, volume), _share(pair.fees, volume))


def tier_of(table: FeeTable, volume: Decimal) -> int:
    """Which row of a fee table holds at that volume."""
    return max(index for index, (least, _) in enumerate(table) if least <= volume)


def _share(table: FeeTable, volume: Decimal) -> Decimal:
    return Decimal(str(table[tier_of(table, volume)][1])) / 100


def seconds(ns: int) -> float:
    """Unix seconds as REST writes them."""
    return round(ns / SECOND, 6)
