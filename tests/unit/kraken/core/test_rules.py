"""Steps and minimums: rounding is towards safety, and what was rounded fits.

Mutants tried by hand and killed: both sides rounded the same way; quantities rounded up; a minimum
compared the wrong way; the cost of a market order not judged.
"""

from dataclasses import replace
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from kraken.core.rules import Unfit, faults, round_price, round_qty, smallest_qty
from kraken.core.types import Instrument, InstrumentStatus, Side
from tests.strategies import instruments, positive

sides = st.sampled_from(Side)


@given(instruments(), positive, positive, sides)
def test_what_was_rounded_is_on_the_grid(
    instrument: Instrument, qty: Decimal, price: Decimal, side: Side
) -> None:
    found = faults(instrument, round_qty(instrument, qty), round_price(instrument, price, side))
    assert Unfit.PRICE_OFF_STEP not in found
    assert Unfit.QTY_OFF_STEP not in found


@given(instruments(), positive, sides)
def test_nobody_pays_more_or_gets_less_than_asked(
    instrument: Instrument, price: Decimal, side: Side
) -> None:
    rounded = round_price(instrument, price, side)
    assert rounded <= price if side is Side.BUY else rounded >= price
    assert abs(rounded - price) < instrument.tick_size
    assert round_price(instrument, rounded, side) == rounded


@given(instruments(), positive)
def test_nobody_trades_more_than_asked(instrument: Instrument, qty: Decimal) -> None:
    rounded = round_qty(instrument, qty)
    assert qty - instrument.lot_size < rounded <= qty


@given(instruments(), positive, sides)
def test_the_smallest_quantity_fits_and_one_lot_less_does_not(
    instrument: Instrument, price: Decimal, side: Side
) -> None:
    price = round_price(instrument, price, side)
    assume(price > 0)
    qty = smallest_qty(instrument, price)
    assert faults(instrument, qty, price) == []
    less = faults(instrument, qty - instrument.lot_size, price)
    assert set(less) & {Unfit.QTY_TOO_SMALL, Unfit.COST_TOO_SMALL, Unfit.QTY_NOT_POSITIVE}


@given(instruments())
def test_everything_wrong_is_named_at_once(instrument: Instrument) -> None:
    halted = replace(instrument, status=InstrumentStatus.CANCEL_ONLY)
    half_lot, half_tick = instrument.lot_size / 2, instrument.tick_size / 2
    assert faults(halted, half_lot, half_tick)[:4] == [
        Unfit.NOT_TRADING,
        Unfit.QTY_TOO_SMALL,
        Unfit.QTY_OFF_STEP,
        Unfit.PRICE_OFF_STEP,
    ]
    assert faults(instrument, Decimal(0), Decimal(-1)) == [
        Unfit.QTY_NOT_POSITIVE,
        Unfit.PRICE_NOT_POSITIVE,
    ]


@given(instruments())
def test_a_market_order_is_judged_at_the_price_it_would_trade_at(instrument: Instrument) -> None:
    qty = instrument.min_qty
    dear, cheap = instrument.min_cost / qty * 2, instrument.min_cost / qty / 2
    assert faults(instrument, qty, None) == []
    assert faults(instrument, qty, None, reference=dear) == []
    assert faults(instrument, qty, None, reference=cheap) == [Unfit.COST_TOO_SMALL]
