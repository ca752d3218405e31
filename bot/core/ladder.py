"""A book as people read it: rows with running sums, the spread, and what trading would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.grouping import check_fits, check_step, group_of, joined
from bot.core.page import Payload
from kraken.core.fills import walk
from kraken.core.types import BookView, Instrument, Level, Side

DEPTH = 100
"""Levels a side for rows and for the cost to trade."""
DEPTH_JOINED = 1000
"""Levels a side when prices are joined in steps: as far as Kraken goes."""


@dataclass(frozen=True, slots=True)
class BookQuestion:
    """What is to be shown of which book."""

    instrument: Instrument
    rows: int
    """Rows a side."""
    step: Decimal | None = None
    """Prices are joined in steps of this."""

    @property
    def depth(self) -> int:
        """Levels a side that must be known for it."""
        return DEPTH if self.step is None else DEPTH_JOINED

    def payload(self) -> Payload:
        """The question as a button carries it."""
        step = f"{self.step:f}" if self.step else ""
        return {"pair": self.instrument.symbol, "rows": self.rows, "step": step}


@dataclass(frozen=True, slots=True)
class Rung:
    """One price with its quantity and the sum from the best price to here."""

    price: Decimal
    qty: Decimal
    total: Decimal
    is_own: bool = False
    """An order of whoever asks rests here."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What buying or selling so much at once would come to."""

    qty: Decimal
    average: Decimal | None
    """None: the book at hand is not deep enough."""
    slippage_pct: Decimal
    """How much worse than the mid price, in percent; never negative."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """A verified book (or one from REST, which nothing verifies) ready to be shown."""

    question: BookQuestion
    bids: tuple[Rung, ...]
    """Best first, as the asks."""
    asks: tuple[Rung, ...]
    spread: Decimal | None
    """None when a side is empty."""
    mid: Decimal | None
    at: datetime
    verified: bool
    buys: tuple[Cost, ...]
    sells: tuple[Cost, ...]


Own = Sequence[tuple[Side, Decimal]]
"""Where somebody's own orders rest."""


def make_ladder(
    view: BookView, question: BookQuestion, *, verified: bool, own: Own = ()
) -> Ladder:
    """Cut or join the view to so many rows a side, and mark those with own orders.

    Raises:
        BadStep, StepTooLarge: the prices of this pair cannot be joined in such steps.
    """
    # REST rounds quantities to three digits: what is left of a tiny level there is nothing.
    bids = tuple(level for level in view.bids if level.qty)
    asks = tuple(level for level in view.asks if level.qty)
    if (step := question.step) is not None:
        check_step(question.instrument, step)
        if bids:
            check_fits(question.instrument, step, bids[0].price)
        bids = joined(bids, step, Side.BUY, may_go_on=len(view.bids) >= view.depth)
        asks = joined(asks, step, Side.SELL, may_go_on=len(view.asks) >= view.depth)
    both = bool(view.bids and view.asks)
    amounts = _amounts(view)
    mid = (view.bids[0].price + view.asks[0].price) / 2 if both else None
    return Ladder(
        question=question,
        bids=_rungs(bids[: question.rows], _places(own, Side.BUY, question.step)),
        asks=_rungs(asks[: question.rows], _places(own, Side.SELL, question.step)),
        spread=view.asks[0].price - view.bids[0].price if both else None,
        mid=mid,
        at=view.at or view.received_at,
        verified=verified,
        buys=_costs(view.asks, amounts, mid),
        sells=_costs(view.bids, amounts, mid),
    )


def _places(own: Own, side: Side, step: Decimal | None) -> frozenset[Decimal]:
    prices = (price for of, price in own if of is side)
    return frozenset(price if step is None else group_of(price, step, side) for price in prices)


def _rungs(levels: Sequence[Level], own: frozenset[Decimal]) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    total = Decimal(0)
    for level in levels:
        total += level.qty
        rungs.append(Rung(level.price, level.qty, total, level.price in own))
    return tuple(rungs)


def _amounts(view: BookView) -> tuple[Decimal, ...]:
    """Two amounts that say something about this book.

    The first is the largest power of ten that the ten best levels of a side hold, if both sides
    can answer for it: 1 BTC, 10,000 DOGE; the second is ten times as much.
    """
    sides = (view.bids, view.asks)
    at_hand = min(max(_held(side[:10]) for side in sides), min(map(_held, sides)))
    if not at_hand:
        return ()
    small = Decimal(10) ** at_hand.adjusted()
    return small, small * 10


def _held(levels: Sequence[Level]) -> Decimal:
    return sum((level.qty for level in levels), Decimal(0))


def _costs(
    levels: Sequence[Level], amounts: Sequence[Decimal], middle: Decimal | None
) -> tuple[Cost, ...]:
    if middle is None:
        return ()
    return tuple(_cost(levels, qty, middle) for qty in amounts)


def _cost(levels: Sequence[Level], qty: Decimal, middle: Decimal) -> Cost:
    walked = walk(levels, qty=qty, middle=middle)
    if walked.exhausted or walked.slippage is None:
        return Cost(qty, None, Decimal(0))
    return Cost(qty, walked.average, walked.slippage * 100)
