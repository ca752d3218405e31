"""What other people's clients leave behind is put back."""

import decimal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def everybodys_decimals() -> Iterator[None]:
    """ccxt changes the rounding of the decimal context that everybody shares, and leaves it so."""
    context = decimal.getcontext()
    before = context.copy()
    yield
    context.rounding, context.prec = before.rounding, before.prec
    context.traps.update(before.traps)
