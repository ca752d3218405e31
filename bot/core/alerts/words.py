"""An alert and its parts: the words of this package.

Rules: everything is frozen, so that what was judged is what is kept; prices and amounts are
exact; a time is aware and UTC; a length of time is in whole seconds, because it is kept as text.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from kraken.core.types import Symbol

PER_CHAT = 50
"""Alerts of one chat that wait for something."""
FLOOR = 300
"""Seconds between two messages of one alert at least, however often it comes true."""


class Kind(StrEnum):
    """What a condition looks at."""

    PRICE = "price"
    MOVE = "move"
    """Percent between now and the lowest or highest price of a window."""
    STEP = "step"
    """So far from the price of the last alert."""
    SPREAD = "spread"
    VOLUME = "volume"
    """Traded within a window, in multiples of what is usual for so long."""
    DEPTH = "depth"
    """What rests in the book within a percentage of the middle."""
    CANDLE = "candle"
    """A series of finished candles against a number or another series."""
    EXTREME = "extreme"
    """A new high or low of so many days."""
    FILL = "fill"
    """An order of the account of which so much is filled."""
    STALE = "stale"
    """An order of the account that is open for so long."""
    BALANCE = "balance"
    DEPOSIT = "deposit"
    PROFIT = "profit"
    """What the account earned since a day, a week or a month began."""
    FEED = "feed"
    """Nothing comes from the exchange for so long."""
    KEY = "key"
    """The key of the chat ends within so long."""


OF_MONEY = frozenset({Kind.FILL, Kind.STALE, Kind.BALANCE, Kind.DEPOSIT, Kind.PROFIT, Kind.KEY})
"""What is about an account: only who may trade may ask for it."""
OWN = OF_MONEY | {Kind.FEED}
"""What is about no pair."""
EVENTS = frozenset({Kind.FILL, Kind.STALE, Kind.DEPOSIT})
"""What happens once each: there is nothing that it could come back from."""
STEADY = EVENTS | {Kind.FEED, Kind.KEY}
"""What does not flutter."""


class Op(StrEnum):
    """Which way counts."""

    ABOVE = ">"
    BELOW = "<"
    CROSS = "x"
    """Either way."""


class Source(StrEnum):
    """Which price of a pair."""

    LAST = "last"
    BID = "bid"
    ASK = "ask"


class State(StrEnum):
    """Where an alert stands."""

    ARMED = "armed"
    """It is watched, or will be when its rest is over."""
    FIRED = "fired"
    """It has happened once and Telegram has not taken the message yet."""
    DONE = "done"
    PAUSED = "paused"
    """It cannot be watched or told: its pair is gone, or the chat."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that may come true."""

    kind: Kind
    op: Op = Op.ABOVE
    value: Decimal = Decimal(0)
    """The price, percentage, multiple or amount; 0 where ``right`` is compared with."""
    percent: Decimal = Decimal(0)
    """A share that is part of it: how far from the middle, or from now when it was set."""
    in_percent: bool = False
    """``value`` is one."""
    source: Source = Source.LAST
    seconds: int = 0
    """The window; for a spread, how long it has to hold."""
    interval: int = 0
    """Minutes of a candle."""
    left: str = ""
    """The series, the side of the book, the asset of a balance, or the span of a profit."""
    right: str = ""
    """The series that it is compared with; the currency of an amount."""
    mode: str = ""
    """The account that it is about, ``paper`` or ``live``; empty for a market."""


@dataclass(frozen=True, slots=True)
class Options:
    """How it is told, and how often."""

    repeats: bool = False
    every: int = 0
    """Seconds between two messages at least, if it repeats."""
    nag: int = 0
    """Seconds until it is said again, until somebody has seen it."""
    lasts: int = 0
    """Seconds that it is kept; 0: until it happens."""
    begin: int = 0
    end: int = 0
    """Hours of the chat's zone between which it is told; equal: always."""
    sound: str = ""
    """``loud``, ``silent``, or as the chat likes its alerts."""
    note: str = ""
    actions: tuple[str, ...] = ()
    """``sell 25%``: each becomes a button that opens a preview."""
    chart: bool = False
    """The message comes with a picture of the market."""
    where: str = ""
    """The chat that it is meant for, as it was typed; empty for the one where it was."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked to be told of."""

    conditions: tuple[Condition, ...]
    joiner: str = ""
    """``and`` or ``or`` between several."""
    options: Options = field(default_factory=Options)

    @property
    def is_level(self) -> bool:
        """It waits for prices only, and stands in the index."""
        alone = len(self.conditions) == 1
        return alone and self.conditions[0].kind in (Kind.PRICE, Kind.STEP, Kind.EXTREME)

    @property
    def is_own(self) -> bool:
        """It is about an account or the bot, and about no pair."""
        return self.conditions[0].kind in OWN


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the judging of one alert is; kept, so that a restart goes on from there."""

    armed: bool | None = True
    """False: it has to come back first. None: the first price decides."""
    above: bool = False
    """The price was above when it was armed; for what counts either way."""
    base: Decimal | None = None
    """What steps and new highs are measured from."""
    seen: int = 0
    """The trade up to which it is judged."""
    since: datetime | None = None
    """Windows begin here at the earliest; candles that end later are judged."""
    last: tuple[str, ...] = ()
    """The entries of a ledger that were judged at that instant."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert of one chat."""

    id: int
    chat_id: int
    number: int
    """What the chat calls it; never used for another one."""
    user_id: int
    symbol: Symbol
    """Empty where it is about no pair."""
    wish: Wish
    created_at: datetime
    state: State = State.ARMED
    progress: Progress = field(default_factory=Progress)
    until: datetime | None = None
    rests_until: datetime | None = None
    """It sleeps, or all alerts of the chat do."""
    told_at: datetime | None = None
    times: int = 0
    """How often it happened."""
    unsaid: int = 0
    """How often it happened without a message since the last one."""
    nag_at: datetime | None = None
    nags: int = 0

    @property
    def is_watched(self) -> bool:
        """Something is waited for, now."""
        return self.state is State.ARMED and self.rests_until is None


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest trade that a pair's alerts were judged by."""

    trade_id: int
    price: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class Crossing:
    """An alert's condition has come true."""

    alert_id: int
    at: datetime
    value: Decimal | None = None
    """The price, percentage or amount that did it."""
    goes_up: bool = True
    away_since: datetime | None = None
    """It happened while nobody watched, later than this."""
    said: str = ""
    """What happened, in plain words, where a value does not say it."""
