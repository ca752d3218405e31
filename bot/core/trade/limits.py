"""What a chat may move with real money: how much, how often, at which prices.

Rules: practice money has no limits, but a pause stops it, too; a limit is lowered at once and
raised later (:attr:`Limits.cool_down`), so that nobody raises one in the heat of a moment; what
cannot be judged is not let through; ends of positions that the bot itself makes (``flatten``,
``take-profit``) are not counted, because they move what was counted when it was bought; a stop
that protects what is owned is not counted by its value (see :func:`protects`), however small the
limits are.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from bot.core.errors import LimitReached
from bot.core.trade.types import Intent, Mode, Usage
from kraken.core.trading import EXACT, TRAILING, OrderRequest, OrderType, PriceKind
from kraken.core.types import Side

CHAT = "chat"
"""The source of an order that somebody asked for."""
FLATTEN = "flatten"
"""The source of an order that sells everything after a kill."""
TAKE_PROFIT = "take-profit"
"""The source of an order that takes a profit whose stop was taken away for it."""
EXITS = frozenset({FLATTEN, TAKE_PROFIT})
"""Sources whose orders end a position: they are not counted, and go out although the chat is
paused, because what they sell is protected by nothing any more."""
PROTECTION = "protection"
"""The source of a stop that protects what is owned."""
UNCOUNTED = EXITS | {PROTECTION}
"""Sources whose orders take no room of a day."""
FAR_ENOUGH = Decimal(1)
"""Percent that a stop lies below the market at least to be a protection and no sale."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)
STOPS = TRAILING | {OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT}
"""Orders that sell when the market falls, if they are sells."""


class Limit(StrEnum):
    """What can be limited, by the word that settings and buttons use."""

    ORDER = "order"
    DAY = "day"
    LOSS = "loss"
    OPEN = "open"
    MINUTE = "minute"
    COLLAR = "collar"
    SLIPPAGE = "slippage"
    AGE = "age"
    COOL_DOWN = "cooldown"
    PAIRS = "pairs"
    SECOND = "second"
    """Above it an order needs a second trader's tap; it forbids what nobody can tap for."""
    PERSON = "person"
    """A trader's own maximum, given with the role."""
    LOAN = "loan"
    """What the owner of a lent key allows in the group."""
    PAUSED = "paused"
    """Trading is paused here: see :class:`Pause`."""


class PauseKind(StrEnum):
    """Why trading stands still."""

    KILL = "kill"
    LOSS = "loss"
    RESTORED = "restored"
    """The database was put back from a backup."""
    TOKEN = "token"  # noqa: S105 - a kind of pause, no secret
    """Another program receives with the bot's token."""
    DISK = "disk"
    SWITCH = "switch"
    """The file ``KILL`` lies in the data folder."""


@dataclass(frozen=True, slots=True)
class Pause:
    """No new orders go out, in one chat or in all of them."""

    kind: PauseKind
    since: datetime
    by: int | None = None
    """Who paused it; None: the bot itself."""
    live_only: bool = False
    """Practice goes on."""
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """One chat's limits on live orders; the defaults are low and on."""

    order: Decimal = Decimal(100)
    """US dollars of one order."""
    day: Decimal = Decimal(500)
    """US dollars of all orders in the last 24 hours."""
    loss: Decimal = Decimal(100)
    """US dollars of realised loss since midnight UTC that pause the chat."""
    open: Decimal = Decimal(20)
    """Open orders at once."""
    minute: Decimal = Decimal(10)
    """Orders in a minute."""
    collar: Decimal = Decimal(2)
    """Percent that a limit price may lie on the losing side of the market."""
    slippage: Decimal = Decimal("0.5")
    """Percent that a market order may cost against the middle of the book."""
    age: Decimal = Decimal(5)
    """Seconds that a price may be old when an order is made from it."""
    cooldown: Decimal = Decimal(10)
    """Minutes between raising a limit and the raise counting."""
    second: Decimal = Decimal(0)
    """US dollars above which an order in a group needs a second trader's tap; 0: none does."""
    pairs: tuple[str, ...] = ()
    """The only pairs that are traded; empty: all."""

    @property
    def cool_down(self) -> timedelta:
        """How long a raise waits."""
        return timedelta(minutes=int(self.cooldown))


@dataclass(frozen=True, slots=True)
class Raise:
    """A higher limit that does not count yet."""

    limit: Limit
    value: str
    """As :func:`with_value` reads it."""
    due_at: datetime
    by: int


FIRST_DAY = {Limit.ORDER: Decimal(100), Limit.DAY: Decimal(500)}
"""What is suggested for the first day of live trading, in US dollars."""

HIGHEST: Mapping[Limit, Decimal] = {
    Limit.ORDER: Decimal(10_000_000),
    Limit.DAY: Decimal(100_000_000),
    Limit.LOSS: Decimal(10_000_000),
    Limit.OPEN: Decimal(225),
    Limit.MINUTE: Decimal(60),
    Limit.COLLAR: Decimal(50),
    Limit.SLIPPAGE: Decimal(20),
    Limit.AGE: Decimal(10),
    Limit.COOL_DOWN: Decimal(1440),
    Limit.SECOND: Decimal(10_000_000),
}
"""What a limit can be set to at most; ``open`` is what Kraken takes of a well known account."""
WHOLE = frozenset({Limit.OPEN, Limit.MINUTE, Limit.AGE, Limit.COOL_DOWN})
"""Limits without decimals."""


def check(
    limits: Limits,
    usage: Usage,
    intent: Intent,
    *,
    person: Decimal | None = None,
    loan: Decimal | None = None,
) -> None:
    """Let an order pass, or say which limit forbids it.

    ``person`` is the maximum of who orders, ``loan`` that of a lent key; both in US dollars.

    Raises:
        LimitReached: nothing may be sent.
    """
    if intent.mode is Mode.PAPER or intent.source in EXITS:
        return
    if limits.pairs and intent.request.symbol not in limits.pairs:
        raise LimitReached(Limit.PAIRS, " ".join(limits.pairs), intent.request.symbol)
    spent = EXACT.add(usage.spent_today, intent.value)
    is_counted = intent.source != PROTECTION
    for limit, most, asked in (
        (Limit.ORDER, limits.order if is_counted else None, intent.value),
        (Limit.PERSON, person, intent.value),
        (Limit.LOAN, loan, intent.value),
        (Limit.DAY, limits.day if is_counted else None, spent),
        (Limit.OPEN, limits.open, Decimal(usage.open_orders + 1)),
        (Limit.MINUTE, limits.minute, Decimal(usage.orders_last_minute + 1)),
    ):
        if most is not None and not asked <= most:
            raise LimitReached(limit, str(most), f"{asked:f}")


def check_together(limits: Limits, usage: Usage, day: Decimal, resting: int) -> None:
    """Let orders pass that are sent one after the other, each of which may be sent alone.

    ``day`` is what those of 24 hours come to, ``resting`` how many of them may be open at once.

    Raises:
        LimitReached: not all of them could be sent, so none is.
    """
    for limit, most, asked in (
        (Limit.DAY, limits.day, EXACT.add(usage.spent_today, day)),
        (Limit.OPEN, limits.open, Decimal(usage.open_orders + resting)),
    ):
        if not asked <= most:
            raise LimitReached(limit, str(most), f"{asked:f}")


def needs_second(limits: Limits, intent: Intent) -> bool:
    """Whether one trader alone may not send this: two people are asked for.

    What ends a position or protects it is always one person's to send.
    """
    is_free = intent.mode is Mode.PAPER or intent.source in UNCOUNTED
    return not is_free and limits.second > 0 and not intent.value <= limits.second


def check_alone(limits: Limits, intent: Intent) -> None:
    """Let pass what needs no second trader; for what nobody else can tap for.

    Raises:
        LimitReached: nothing may be sent.
    """
    if needs_second(limits, intent):
        raise LimitReached(Limit.SECOND, str(limits.second), f"{intent.value:f}")


def protects(request: OrderRequest, market: Decimal) -> bool:
    """Whether this is a stop of what is owned that waits for the market to fall by a percent.

    There is no selling of what is not owned here. One that lies closer may fire at once, and is a
    sale; so is one whose fill would place another order.
    """
    trigger = request.trigger
    if request.side is not Side.SELL or request.type not in STOPS or request.close is not None:
        return False
    if trigger is None or market <= 0:
        return False
    value, kind = trigger.price.value, trigger.price.kind
    if kind is PriceKind.PERCENT:
        return value >= FAR_ENOUGH
    if kind is PriceKind.STATIC:
        value = EXACT.subtract(market, value)
    return EXACT.multiply(value, Decimal(100)) >= EXACT.multiply(market, FAR_ENOUGH)


def check_price(
    limits: Limits,
    mode: Mode,
    *,
    age: timedelta,
    beyond_market: Decimal | None = None,
    slippage: Decimal | None = None,
) -> None:
    """Let an order pass by the prices it is made from; asked at the card and again at the tap.

    ``beyond_market`` is how far a limit price lies on the losing side of the middle of the book,
    ``slippage`` what a market order costs against it, both in percent; None where it is none.

    Raises:
        LimitReached: nothing may be sent.
    """
    if mode is Mode.PAPER:
        return
    seconds = Decimal(age // timedelta(milliseconds=1)).scaleb(-3)
    for limit, most, asked in (
        (Limit.AGE, limits.age, seconds),
        (Limit.COLLAR, limits.collar, beyond_market),
        (Limit.SLIPPAGE, limits.slippage, slippage),
    ):
        if asked is not None and not asked <= most:
            raise LimitReached(limit, str(most), f"{asked.normalize():f}")


def is_raise(now: Limits, limit: Limit, changed: Limits) -> bool:
    """Whether the change lets more through than before: then it has to wait."""
    if limit is Limit.PAIRS:
        return not changed.pairs or (bool(now.pairs) and not set(changed.pairs) <= set(now.pairs))
    before, after = getattr(now, limit), getattr(changed, limit)
    if limit is Limit.SECOND:
        return bool(before and (not after or after > before))
    # A shorter wait is the raise of all raises.
    return bool(after < before if limit is Limit.COOL_DOWN else after > before)


def with_value(limits: Limits, limit: Limit, value: str) -> Limits:
    """The limits with one of them set to this text, which was checked before."""
    if limit is Limit.PAIRS:
        return replace(limits, pairs=tuple(value.split()))
    return limits_from({**limits_body(limits), limit.value: value})


def effective(limits: Limits, raises: tuple[Raise, ...], now: datetime) -> Limits:
    """The limits with every raise whose time has come."""
    for waiting in raises:
        if waiting.due_at <= now:
            limits = with_value(limits, waiting.limit, waiting.value)
    return limits


def limits_from(body: Mapping[str, object]) -> Limits:
    """The limits in these names and texts; what is missing has its default."""
    read: dict[str, Callable[[object], object]] = {
        field.name: lambda value: Decimal(str(value)) for field in fields(Limits)
    }
    read["pairs"] = lambda value: tuple(str(value).split())
    known = {name: read[name](value) for name, value in body.items() if name in read}
    return replace(Limits(), **known)  # type: ignore[arg-type]  # each name has its own reader


def limits_body(limits: Limits) -> dict[str, str]:
    """The same as texts, as they are kept."""
    body = {field.name: str(getattr(limits, field.name)) for field in fields(Limits)}
    return {**body, "pairs": " ".join(limits.pairs)}
