"""Marks: which prices an alert waits for next, and what it means when one is reached.

Rules: an alert is told when the price comes to its level from the other side, and not again
before the price has left the level by a band (0.1 %, at least two ticks) on the side that it came
from; a step is measured from the price that was told last; of a new high the next one has to be
higher by the band.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.core.alerts.words import Condition, Kind, Op, Progress
from kraken.core.trading import EXACT

_SHARE = Decimal("0.001")
_TICKS = Decimal(2)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Mark:
    """A price that is waited for, from below (``up``) or from above."""

    level: Decimal
    up: bool


def band(level: Decimal, tick: Decimal) -> Decimal:
    """How far the price must leave a level before it counts again."""
    return max(EXACT.multiply(abs(level), _SHARE), EXACT.multiply(tick, _TICKS))


def is_true(condition: Condition, price: Decimal) -> bool:
    """Whether a price stands where somebody wants to be told of it."""
    if condition.kind is not Kind.PRICE:
        return False
    if condition.op is Op.ABOVE:
        return price >= condition.value
    return condition.op is Op.BELOW and price <= condition.value


def settled(condition: Condition, progress: Progress, price: Decimal) -> Progress:
    """Decide by the first price, if that is left open."""
    if progress.armed is not None:
        return progress
    base = price if condition.kind is Kind.STEP or progress.base is None else progress.base
    armed = not is_true(condition, price)
    if condition.kind is Kind.PRICE and condition.op is Op.CROSS:
        armed = price != condition.value
    return replace(progress, armed=armed, above=price >= condition.value, base=base)


def marks_of(condition: Condition, progress: Progress, tick: Decimal) -> Sequence[Mark]:
    """The prices that are waited for next; none before the first price decided."""
    if progress.armed is None:
        return ()
    match condition.kind:
        case Kind.STEP:
            return _step_marks(condition, progress)
        case Kind.EXTREME:
            up = condition.op is Op.ABOVE
            return (Mark(_base(progress), up),)
        case _:
            return _price_marks(condition, progress, tick)


def reached(
    condition: Condition, progress: Progress, tick: Decimal, price: Decimal, *, up: bool
) -> tuple[Progress, bool]:
    """What is waited for after this; and whether it is a crossing, not only a coming back."""
    if condition.kind is Kind.STEP:
        return replace(progress, base=price), True
    if condition.kind is Kind.EXTREME:
        apart = band(price, tick)
        base = EXACT.add(price, apart) if up else EXACT.subtract(price, apart)
        return replace(progress, base=base), True
    if progress.armed:
        return replace(progress, armed=False, above=up), True
    return replace(progress, armed=True, above=up), False


def _price_marks(condition: Condition, progress: Progress, tick: Decimal) -> Sequence[Mark]:
    level, apart = condition.value, band(condition.value, tick)
    higher = Mark(EXACT.add(level, apart), up=True)
    lower = Mark(EXACT.subtract(level, apart), up=False)
    match condition.op, bool(progress.armed):
        case Op.ABOVE, True:
            return (Mark(level, up=True),)
        case Op.ABOVE, False:
            return (lower,)
        case Op.BELOW, True:
            return (Mark(level, up=False),)
        case Op.BELOW, False:
            return (higher,)
        case Op.CROSS, True:
            return (Mark(level, up=not progress.above),)
        case _:
            return (higher, lower)


def _step_marks(condition: Condition, progress: Progress) -> Sequence[Mark]:
    base, step = _base(progress), condition.value
    if condition.in_percent:
        step = EXACT.divide(EXACT.multiply(base, step), _HUNDRED)
    return (Mark(EXACT.add(base, step), up=True), Mark(EXACT.subtract(base, step), up=False))


def _base(progress: Progress) -> Decimal:
    assert progress.base is not None, "set with the alert"
    return progress.base
