"""OrderWish: an order as a person asks for it, before any price or balance is known.

Rules: what was not said is None and is asked for, never assumed; a wish written as text and read
again is the same wish, so that a button can carry one and a repaired one can be offered whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from kraken.core.trading import PriceKind, PriceOffset, Reference, TimeInForce
from kraken.core.types import Side


class AmountKind(StrEnum):
    """What the number of an amount counts."""

    BASE = "base"
    """Units of what is traded."""
    NAMED = "named"
    """Units of the asset that was named: ``0.01btc``, ``50eur``."""
    PERCENT = "percent"
    """Percent of what is free."""
    MAX = "max"
    """All that is free."""


@dataclass(frozen=True, slots=True)
class Amount:
    """How much: ``0.01``, ``0.01btc``, ``50eur``, ``25%``, ``max``."""

    kind: AmountKind
    value: Decimal = Decimal(0)
    """Nothing for ``max``."""
    asset: str = ""
    """In capitals, as it was typed; for ``NAMED`` only."""

    def text(self) -> str:
        """As it is typed."""
        if self.kind is AmountKind.MAX:
            return "max"
        suffix = "%" if self.kind is AmountKind.PERCENT else self.asset.lower()
        return f"{self.value:f}{suffix}"


class PriceWord(StrEnum):
    """A price that is said in a word."""

    MARKET = "market"
    """At once, protected: no worse than the best price and a little."""
    PLAIN_MARKET = "market plain"
    """At once, at whatever price there is."""
    BID = "bid"
    ASK = "ask"
    MID = "mid"

    @property
    def is_market(self) -> bool:
        return self in (PriceWord.MARKET, PriceWord.PLAIN_MARKET)


Pricing = PriceWord | PriceOffset
"""A word, a price, or a distance: from the last trade, for trailing orders from the trigger."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """Limit orders at even distances between two prices."""

    low: Decimal
    high: Decimal
    count: int

    def text(self) -> str:
        """As it is typed."""
        return f"{self.low:f}..{self.high:f}x{self.count}"


@dataclass(frozen=True, slots=True)
class OrderWish:
    """An order as it was asked for."""

    side: Side
    pair: str = ""
    """In capitals, as it was typed; empty: the chat's own."""
    amount: Amount | None = None
    price: Pricing | None = None
    post: bool = False
    time_in_force: TimeInForce | None = None
    lasts: timedelta | None = None
    """For GTD; counts from the preview."""
    until: datetime | None = None
    """For GTD."""
    stop: PriceOffset | None = None
    take: PriceOffset | None = None
    trail: PriceOffset | None = None
    """A distance without a sign."""
    reference: Reference | None = None
    stop_loss: PriceOffset | None = None
    """Relative ones count from the price that is paid; so does ``take_profit``."""
    take_profit: PriceOffset | None = None
    trailing_stop_loss: PriceOffset | None = None
    """A distance without a sign."""
    show: Decimal | None = None
    note: str = ""
    check: bool = False
    spread: timedelta | None = None
    """The bot sends it in ``parts`` over so long."""
    parts: int | None = None
    ladder: Ladder | None = None

    @property
    def is_triggered(self) -> bool:
        """It waits for a price before it trades."""
        return any((self.stop, self.take, self.trail))

    @property
    def is_market(self) -> bool:
        """It names no price: it takes what there is, now or when it is triggered."""
        if isinstance(self.price, PriceWord):
            return self.price.is_market
        return self.price is None and self.is_triggered

    @property
    def is_in_parts(self) -> bool:
        """The bot makes several orders of it."""
        return self.spread is not None or self.parts is not None or self.ladder is not None

    @property
    def misses_price(self) -> bool:
        """Limit or market has to be asked."""
        return self.price is None and not self.is_triggered and self.ladder is None

    def text(self) -> str:
        """What stands after ``/buy`` or ``/sell``."""
        return " ".join(_parts(self))

    def command(self) -> str:
        """The whole command."""
        return f"/{self.side.value} {self.text()}".rstrip()


def price_text(price: Pricing) -> str:
    """``@ 60000``, ``@ -0.5%``, ``@ bid``, ``market``."""
    if isinstance(price, PriceWord):
        return price.value if price.is_market else f"@ {price.value}"
    return f"@ {offset_text(price)}"


def offset_text(offset: PriceOffset) -> str:
    """``58000``, ``-3%``, ``+500``."""
    if offset.kind is PriceKind.STATIC:
        return f"{offset.value:f}"
    return f"{offset.value:+f}{'%' if offset.kind is PriceKind.PERCENT else ''}"


def distance_text(offset: PriceOffset) -> str:
    """``2%``, ``500``: a distance has no sign."""
    return f"{offset.value:f}{'%' if offset.kind is PriceKind.PERCENT else ''}"


def span_text(span: timedelta) -> str:
    """``4h``, ``90s``: in the largest unit that divides it."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _parts(wish: OrderWish) -> Iterator[str]:
    if wish.amount is not None:
        yield wish.amount.text()
    if wish.pair:
        yield wish.pair.lower()
    if wish.price is not None:
        yield price_text(wish.price)
    if wish.post:
        yield "post"
    yield from _time(wish)
    yield from _prices(wish)
    if wish.show is not None:
        yield f"show={wish.show:f}"
    yield from _by_bot(wish)
    if wish.check:
        yield "check"
    if wish.note:
        yield f'note="{wish.note}"'


def _by_bot(wish: OrderWish) -> Iterator[str]:
    if wish.spread is not None:
        yield f"in={span_text(wish.spread)}"
    if wish.parts is not None:
        yield f"parts={wish.parts}"
    if wish.ladder is not None:
        yield f"ladder={wish.ladder.text()}"


def _time(wish: OrderWish) -> Iterator[str]:
    if wish.lasts is not None:
        yield f"gtd={span_text(wish.lasts)}"
    elif wish.until is not None:
        yield f"gtd={wish.until.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
    elif wish.time_in_force is not None:
        yield wish.time_in_force.value.lower()


def _prices(wish: OrderWish) -> Iterator[str]:
    for name, offset in (
        ("stop", wish.stop),
        ("take", wish.take),
        ("sl", wish.stop_loss),
        ("tp", wish.take_profit),
    ):
        if offset is not None:
            yield f"{name}={offset_text(offset)}"
    for name, distance in (("trail", wish.trail), ("trailsl", wish.trailing_stop_loss)):
        if distance is not None:
            yield f"{name}={distance_text(distance)}"
    if wish.reference is not None:
        yield f"trigger={wish.reference.value}"
