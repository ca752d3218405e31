"""Joining the prices of a book in steps, and the steps worth offering.

Rules: a bid is rounded down and an ask up, so that a grouped book never looks better than the
real one; the deepest group of a side is left out when the book may go on below it, because its
sum would be too small.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from bot.core.errors import BadArgument
from kraken.core.types import Instrument, Level, Side


class BadStep(BadArgument):
    """The step is finer than the pair's tick, or not a multiple of it."""

    def __init__(self, instrument: Instrument, step: Decimal) -> None:
        near = nearest_step(instrument, step)
        again = f"/book {instrument.symbol} group {near:f}"
        super().__init__("group", f"{step:f}", again, suggestions=(again,))
        self.symbol = instrument.symbol
        self.tick_size = instrument.tick_size


class StepTooLarge(BadArgument):
    """The step is larger than the price itself."""

    def __init__(self, instrument: Instrument, step: Decimal, price: Decimal) -> None:
        offered = steps_for(instrument, price) or (instrument.tick_size,)
        again = tuple(f"/book {instrument.symbol} group {near:f}" for near in offered)
        super().__init__("group", f"{step:f}", again[-1], suggestions=again)
        self.symbol = instrument.symbol


def group_of(price: Decimal, step: Decimal, side: Side) -> Decimal:
    """The price under which this one is joined: bids round down, asks up."""
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    return (price / step).to_integral_value(rounding) * step


def joined(
    levels: Sequence[Level], step: Decimal, side: Side, *, may_go_on: bool
) -> tuple[Level, ...]:
    """The levels of one side, best first, joined; ``side`` BUY means that they are bids."""
    sums: dict[Decimal, Decimal] = {}
    for level in levels:
        price = group_of(level.price, step, side)
        sums[price] = sums.get(price, Decimal(0)) + level.qty
    groups = tuple(Level(price, qty) for price, qty in sums.items())
    return groups[:-1] if may_go_on and len(groups) > 1 else groups


def check_step(instrument: Instrument, step: Decimal) -> None:
    """Raises: BadStep: prices of this pair cannot be joined in such steps."""
    if step < instrument.tick_size or step % instrument.tick_size != 0:
        raise BadStep(instrument, step)


def check_fits(instrument: Instrument, step: Decimal, best_bid: Decimal) -> None:
    """Raises: StepTooLarge: all bids would be joined at a price of nothing."""
    if step > best_bid:
        raise StepTooLarge(instrument, step, best_bid)


def nearest_step(instrument: Instrument, step: Decimal) -> Decimal:
    """The multiple of the tick that is nearest to the step, at least one tick."""
    ticks = max((step / instrument.tick_size).to_integral_value(), Decimal(1))
    return plain(ticks * instrument.tick_size)


def steps_for(instrument: Instrument, price: Decimal) -> tuple[Decimal, ...]:
    """Three steps of a hundredth of a percent of the price and up, as powers of ten."""
    if price <= 0:
        return ()
    first = Decimal(10) ** (price.adjusted() - 4)
    offered = (first * factor for factor in (1, 10, 100, 1000))
    coarser = [plain(step) for step in offered if step > instrument.tick_size]
    return tuple(step for step in coarser if step % instrument.tick_size == 0)[:3]


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: 50, 0.5."""
    short = value.normalize()
    exponent = short.as_tuple().exponent
    return short.quantize(Decimal(1)) if isinstance(exponent, int) and exponent > 0 else short
