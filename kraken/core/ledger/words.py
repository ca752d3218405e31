"""What goes into a ledger and what comes out: the market as it is, refusals and events, as values.

A refusal means that nothing happened. An order that was accepted ends by an event, also where it
ends at once: a post-only order that would cross is accepted and then cancelled, as on Kraken
(docs: WS v2, Executions). Whoever reads the events words them: the simulator as Kraken's
messages, practice trading as cards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from kraken.core.trading import Fill, Order
from kraken.core.types import Asset, ExecId, Instrument, Level, OrderId, Symbol


class Ids(Protocol):
    """Where new names come from; a ledger makes none up."""

    def order_id(self) -> OrderId:
        """A name that no order has had."""

    def exec_id(self) -> ExecId:
        """A name that no fill has had."""

    def trade_id(self, symbol: Symbol) -> int:
        """The next number of the pair's public trades."""


@dataclass(frozen=True, slots=True)
class MarketView:
    """One pair as an order meets it: its rules, what others offer, and the last prices."""

    instrument: Instrument
    bids: Sequence[Level]
    """Others' orders only, best (highest) first."""
    asks: Sequence[Level]
    """Others' orders only, best (lowest) first."""
    last: Decimal | None = None
    index: Decimal | None = None
    """None while there is none: what asks for it then goes by the last trade."""
    is_whole: bool = False
    """These are all levels there are; otherwise nothing is known beyond the last one."""
    at: datetime | None = None
    """The exchange's time of the book, where books and trades are told apart: what traded until
    then has left the book already."""


class RefusalKind(StrEnum):
    """Why nothing happened, in the order in which it is looked for."""

    UNKNOWN_ORDER = "unknown_order"
    """There is no such open order."""
    NOT_AMENDABLE = "not_amendable"
    """Orders of this kind can only be cancelled."""
    ARGUMENTS = "arguments"
    """The request does not make sense; ``field`` of :class:`OrderRequest` says where."""
    REDUCE_ONLY = "reduce_only"
    """There is no position to reduce."""
    DEADLINE = "deadline"
    """It came after its own deadline."""
    MARKET_STATUS = "market_status"
    """The pair does not take such orders right now; ``field`` is its status."""
    TICK = "tick"
    """A price is not on the grid; ``limit`` is the step."""
    MIN_QTY = "min_qty"
    MIN_COST = "min_cost"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    """An open order has this client id; orders that ended do not count."""
    ORDERS_LIMIT = "orders_limit"
    """``limit`` orders of the pair are open already."""
    POST_ONLY = "post_only"
    """An amended price would take; the order stays as it was."""
    FUNDS = "funds"
    """``available`` of ``asset`` is not ``needed``, fees included."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A clear no with its numbers; the account is as it was."""

    kind: RefusalKind
    field: str = ""
    limit: Decimal | None = None
    asset: Asset | None = None
    needed: Decimal | None = None
    available: Decimal | None = None


class EndReason(StrEnum):
    """Why an accepted order was cancelled, in Kraken's words as far as they are known."""

    USER = "User requested"
    REPLACED = "Order replaced"
    IMMEDIATE_OR_CANCEL = "Immediate or cancel"
    FILL_OR_KILL = "Fill or kill"
    WOULD_TRIGGER = "Order would trigger immediately"
    POST_ONLY = "Post only order"
    SELF_TRADE = "Self trade prevention"
    FUNDS = "Insufficient funds"
    NO_LIQUIDITY = "No liquidity"
    """The book ended before the market order did."""
    PAIR_GONE = "Market delisted"
    """The pair is not listed any more; the words are ours."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the account: ``balance`` is the old one plus ``amount`` minus ``fee``."""

    asset: Asset
    amount: Decimal
    fee: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Accepted:
    """The order is known to the engine, with all its terms; nothing has traded."""

    order: Order


@dataclass(frozen=True, slots=True)
class Opened:
    """The order is in force: it rests, waits for its trigger, or is about to trade."""

    order: Order


@dataclass(frozen=True, slots=True)
class Filled:
    """One trade of the order; also the last one leaves it ``partially_filled``.

    ``took`` is what left the book: whoever owns that book takes it out. It is empty where a public
    trade came to the order.
    """

    order: Order
    fill: Fill
    entries: tuple[Entry, Entry]
    """Base, then quote."""
    took: tuple[Level, ...] = ()


@dataclass(frozen=True, slots=True)
class Completed:
    """Nothing remains to be filled: the order is done."""

    order: Order


@dataclass(frozen=True, slots=True)
class Refilled:
    """An iceberg shows its next part, behind everybody else at its price."""

    order: Order


@dataclass(frozen=True, slots=True)
class Trailed:
    """The trigger followed the market."""

    order: Order


@dataclass(frozen=True, slots=True)
class Triggered:
    """The trigger price was reached: the order is live from here on."""

    order: Order


@dataclass(frozen=True, slots=True)
class Amended:
    """The order has new terms, under the same names and with its fills."""

    order: Order


@dataclass(frozen=True, slots=True)
class Canceled:
    """The order ended; what it had filled stays."""

    order: Order
    reason: EndReason


@dataclass(frozen=True, slots=True)
class Expired:
    """The order reached its ``expires_at``."""

    order: Order


LedgerEvent = (
    Accepted
    | Opened
    | Filled
    | Completed
    | Refilled
    | Trailed
    | Triggered
    | Amended
    | Canceled
    | Expired
)
