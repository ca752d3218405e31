"""Costs and fees to the digit, and the tiers.

Mutants tried by hand and killed: bankers' rounding; the fee taken from the unrounded product; the
default precision of 28 digits; a tier that begins above its volume.
"""

from decimal import Decimal as D

import pytest

from kraken.core.fees import SPOT_FEES, STABLE_FEES, cost_of, cut, fee_of
from kraken.core.holdings import Balance
from kraken.core.trading import Liquidity, PriceKind, PriceOffset


def test_a_real_fill_is_repeated_to_the_digit() -> None:
    cost = cost_of(D("105.02014889"), D("0.121"), 5)
    assert str(cost) == "12.70744"
    assert str(fee_of(cost, D("0.004"), 5)) == "0.05083"


def test_halves_go_up() -> None:
    assert cost_of(D("0.5"), D("0.00001"), 5) == D("0.00001")
    assert cost_of(D("2.5"), D("0.00001"), 5) == D("0.00003")


def test_fees_count_from_the_rounded_cost() -> None:
    cost = cost_of(D("1.4"), D("0.001"), 2)
    assert (cost, fee_of(D("1.49"), D("0.01"), 2)) == (D("0.00"), D("0.01"))
    assert fee_of(cost, D("0.5"), 2) == 0


def test_large_amounts_keep_all_their_digits() -> None:
    assert str(cost_of(D("123456789012345.12345678"), D("98765432109.87654321"), 16)) == (
        "12193263113702124663785002.2098916722374638"
    )


def test_cutting_never_gives_more() -> None:
    assert cut(D("0.199"), 2) == D("0.19")


@pytest.mark.parametrize(
    ("volume", "maker", "taker"),
    [
        ("0", "0.0025", "0.0040"),
        ("9999.99", "0.0025", "0.0040"),
        ("10000", "0.0020", "0.0035"),
        ("99000000", "0", "0.0010"),
    ],
)
def test_a_tier_holds_from_its_volume_on(volume: str, maker: str, taker: str) -> None:
    tier = SPOT_FEES.at(D(volume))
    assert (tier.rate(Liquidity.MAKER), tier.rate(Liquidity.TAKER)) == (D(maker), D(taker))


def test_the_next_tier_is_known_until_the_top() -> None:
    following = SPOT_FEES.after(D(10_000))
    assert following is not None
    assert following.volume == 50_000
    assert STABLE_FEES.after(D(1_000_000)) is None


def test_available_is_what_no_order_holds() -> None:
    assert Balance(D("1.5"), D("0.4")).available == D("1.1")


def test_offsets_count_from_their_reference() -> None:
    assert PriceOffset(D(90)).at(D(200)) == 90
    assert PriceOffset(D(-5), PriceKind.QUOTE).at(D(200)) == 195
    assert PriceOffset(D("1.5"), PriceKind.PERCENT).at(D(200)) == 203
    assert PriceOffset(D(90)).distance(D(200)) == -110
