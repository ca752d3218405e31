"""The words of plans: what is done, when, and what became of each time.

Rules: a plan's row says when it is due next; each slot of it has one run at most, which is
written down before anything is done; a run places one order at a time, under names that follow
from plan, slot and attempt, so that doing it again after a crash cannot buy twice.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.slots import Cadence, Slot
from bot.core.trade.types import AccountId, Mode
from bot.core.trade.wish import OrderWish
from kraken.core.types import ClientOrderId

WINDOW = timedelta(minutes=15)
"""A slot that is found later than this was missed."""
MOST_DCA = 5
"""Recurring buys of one chat that are not over."""
MOST_PLANS = 50
"""All plans of one chat that are not over."""
TRADES = frozenset({"buy", "sell"})
"""Commands that are previewed at their time: their answer needs a message at once."""
READS = frozenset(
    {
        *("price", "ticker", "book", "candles", "status"),
        *("balance", "portfolio", "pnl", "orders", "trades", "fees"),
    }
)
"""Commands whose answer is sent as a push."""
LISTS = frozenset({"alerts", "limits", "dca", "schedule"})
"""Commands that show a list, and change something when more is said."""
USABLE = READS | TRADES | LISTS
DCA, SCHEDULE, SLICE = "dca", "schedule", "slice"
"""Sources of orders that plans send."""
REPORTED = frozenset({DCA, SCHEDULE})
"""Of those, the ones whose end the plan itself tells, in one line."""
_NAMES = uuid.UUID("5c9a1d1e-6b0a-4a55-9d52-8b1a3f0e7c21")
"""The space of our names for orders of plans."""


class PlanKind(StrEnum):
    """What a plan does."""

    COMMAND = "command"
    """Runs commands and sends what they answer."""
    ORDER = "order"
    """Sends one order, approved beforehand within a price."""
    DCA = "dca"
    """Buys for a fixed amount, again and again."""
    SLICES = "slices"
    """One order in parts."""


class PlanState(StrEnum):
    """Whether it goes on."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class RunState(StrEnum):
    """What became of one slot."""

    BEGUN = "begun"
    """Written down; something may have been done."""
    DONE = "done"
    SKIPPED = "skipped"
    """Not done, for a reason that was told."""
    MISSED = "missed"
    """Its time had passed before anybody could look."""
    WAITING = "waiting"
    """Missed; a person is asked whether to do it now."""


class Missed(StrEnum):
    """What is done about a slot that was missed."""

    SKIP = "skip"
    ONCE = "once"
    """Done late, once for however many were missed."""
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Step:
    """One part of an order that the bot sends in parts."""

    qty: Decimal
    price: Decimal | None = None
    """A limit; None: as the order says."""


@dataclass(frozen=True, slots=True)
class CommandPlan:
    """What a plan of commands runs."""

    commands: tuple[str, ...]
    """As typed, with their slashes."""


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """What a plan that trades does at each slot."""

    wish: OrderWish
    account: AccountId
    mode: Mode
    highest: Decimal | None = None
    """Nothing is bought above."""
    lowest: Decimal | None = None
    """Nothing is sold below."""
    dip: Decimal | None = None
    """Percent below the highest price of a week from which on more is bought."""
    factor: Decimal = Decimal(1)
    """So many times more."""
    then_market: bool = False
    """What a limit order did not get in its time is bought at the market."""
    stop_after: int | None = None
    missed: Missed = Missed.SKIP
    steps: tuple[Step, ...] = ()


PlanBody = CommandPlan | OrderPlan


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan before it is kept."""

    chat_id: int
    user_id: int
    kind: PlanKind
    body: PlanBody
    cadence: Cadence
    zone: str
    due: Slot


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan as it is kept."""

    id: int
    number: int
    """As its chat knows it."""
    chat_id: int
    user_id: int
    kind: PlanKind
    body: PlanBody
    cadence: Cadence
    zone: str
    state: PlanState
    due: Slot | None
    created_at: datetime
    why: str = ""
    """Why it is paused, or what it last told that it waits for."""

    @property
    def order(self) -> OrderPlan:
        """What it trades."""
        assert isinstance(self.body, OrderPlan), "a plan of commands trades nothing"
        return self.body

    @property
    def clock(self) -> ZoneInfo:
        """The zone that its times are meant in."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Done:
    """What one run, or all of a plan, came to."""

    qty: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    """In quote."""


@dataclass(frozen=True, slots=True)
class Run:
    """One slot of a plan and what became of it."""

    plan_id: int
    slot: str
    due_at: datetime
    state: RunState
    number: int
    """Counts the runs of the plan from 1."""
    attempt: int = 0
    done: Done = Done()
    note: str = ""


def is_usable(name: str, rest: str) -> bool:
    """Whether a command may be run at a time."""
    if name in LISTS:
        said = rest.strip().lower()
        return said == "list" or (not said and name != DCA)  # a bare one is a panel
    return name in USABLE


def order_name(plan_id: int, created_at: datetime, slot: str, attempt: int) -> ClientOrderId:
    """Our name for the order of this attempt: the same however often it is asked for.

    The plan's birth is part of it, because a database that was put back gives numbers again.
    """
    text = f"{plan_id}|{created_at.isoformat()}|{slot}|{attempt}"
    return ClientOrderId(str(uuid.uuid5(_NAMES, text)))
