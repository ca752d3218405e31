"""Does a request fit its pair, and how it is made to fit: steps, minimums, rounding.

Rounding is always towards safety: a buyer never pays more than was asked for, a seller never gets
less, and nobody trades more than was asked for (docs: REST, AssetPairs; WS v2, Instrument).
"""

from decimal import ROUND_DOWN, ROUND_UP, Context, Decimal
from enum import StrEnum

from kraken.core.types import Instrument, InstrumentStatus, Side

_EXACT = Context(prec=60)


class Unfit(StrEnum):
    """One thing that is wrong with a request."""

    QTY_NOT_POSITIVE = "qty_not_positive"
    QTY_OFF_STEP = "qty_off_step"
    QTY_TOO_SMALL = "qty_too_small"
    PRICE_NOT_POSITIVE = "price_not_positive"
    PRICE_OFF_STEP = "price_off_step"
    COST_TOO_SMALL = "cost_too_small"
    NOT_TRADING = "not_trading"
    """The pair takes no new orders right now."""


_TAKES_ORDERS = {
    InstrumentStatus.ONLINE,
    InstrumentStatus.POST_ONLY,
    InstrumentStatus.LIMIT_ONLY,
    InstrumentStatus.REDUCE_ONLY,
    InstrumentStatus.UNKNOWN,  # a word this version does not know: let Kraken decide
}


def round_price(instrument: Instrument, price: Decimal, side: Side) -> Decimal:
    """The nearest price on the grid that is no worse for this side: buys down, sells up."""
    rounding = ROUND_DOWN if side is Side.BUY else ROUND_UP
    return _to_step(price, instrument.tick_size, rounding)


def round_qty(instrument: Instrument, qty: Decimal) -> Decimal:
    """The largest quantity on the grid that is not above this one."""
    return _to_step(qty, instrument.lot_size, ROUND_DOWN)


def smallest_qty(instrument: Instrument, price: Decimal) -> Decimal:
    """The smallest quantity that meets both minimums at this price."""
    for_cost = _EXACT.divide(instrument.min_cost, price)
    return max(
        _to_step(instrument.min_qty, instrument.lot_size, ROUND_UP),
        _to_step(for_cost, instrument.lot_size, ROUND_UP),
    )


def faults(
    instrument: Instrument,
    qty: Decimal,
    price: Decimal | None,
    *,
    reference: Decimal | None = None,
) -> list[Unfit]:
    """Everything that keeps an order off this pair; an empty list if it fits.

    ``price`` is None for a market order, whose cost is judged at ``reference``, the price it would
    trade at, if there is one.
    """
    found = [] if instrument.status in _TAKES_ORDERS else [Unfit.NOT_TRADING]
    if qty <= 0:
        found.append(Unfit.QTY_NOT_POSITIVE)
    elif qty < instrument.min_qty:
        found.append(Unfit.QTY_TOO_SMALL)
    if qty != round_qty(instrument, qty):
        found.append(Unfit.QTY_OFF_STEP)
    if price is not None:
        found += _price_faults(instrument, price)
    judged_at = price if price is not None else reference
    if judged_at is not None and qty > 0 and judged_at > 0:
        cost = _EXACT.multiply(qty, judged_at)
        if cost < instrument.min_cost:
            found.append(Unfit.COST_TOO_SMALL)
    return found


def _price_faults(instrument: Instrument, price: Decimal) -> list[Unfit]:
    if price <= 0:
        return [Unfit.PRICE_NOT_POSITIVE]
    if price != round_price(instrument, price, Side.BUY):
        return [Unfit.PRICE_OFF_STEP]
    return []


def _to_step(value: Decimal, step: Decimal, rounding: str) -> Decimal:
    """A whole number of steps, written with the digits of a step."""
    steps = _EXACT.divide(value, step).to_integral_value(rounding=rounding, context=_EXACT)
    return _EXACT.multiply(steps, step)
