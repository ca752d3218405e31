"""What a fill costs: the rounding of notionals and fees, and Kraken's fee tables.

Real fills show ``cost = round_half_up(qty * price)`` and ``fee = round_half_up(cost * rate)``,
both with the pair's ``cost_decimals``: 105.02014889 at 0.121 is 12.70744, and 0.4 percent of it
0.05083. A fee that was asked to be paid in base counts from the quantity and its decimals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from kraken.core.trading import EXACT, Liquidity


@dataclass(frozen=True, slots=True)
class FeeTier:
    """What trading costs, as shares of the cost: 0.004 is 0.4 percent."""

    maker: Decimal
    taker: Decimal
    volume: Decimal = Decimal(0)
    """30-day volume in USD from which it holds."""

    def rate(self, liquidity: Liquidity) -> Decimal:
        """The share that this kind of fill pays."""
        return self.maker if liquidity is Liquidity.MAKER else self.taker


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """Tiers by 30-day volume, the lowest volume first; the first begins at 0."""

    tiers: Sequence[FeeTier]

    def at(self, volume: Decimal) -> FeeTier:
        """The tier that holds for this volume."""
        reached = [tier for tier in self.tiers if tier.volume <= volume]
        return reached[-1] if reached else self.tiers[0]

    def after(self, volume: Decimal) -> FeeTier | None:
        """The next better tier, None at the top."""
        return next((tier for tier in self.tiers if tier.volume > volume), None)


def rounded(value: Decimal, decimals: int) -> Decimal:
    """To the nearest, halves up, with exactly that many digits after the point."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, EXACT)


def cut(value: Decimal, decimals: int) -> Decimal:
    """Towards zero, with exactly that many digits after the point."""
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_DOWN, EXACT)


def cost_of(qty: Decimal, price: Decimal, decimals: int) -> Decimal:
    """What this quantity costs at this price, in quote."""
    return rounded(EXACT.multiply(qty, price), decimals)


def fee_of(amount: Decimal, rate: Decimal, decimals: int) -> Decimal:
    """The fee on a cost (in quote) or on a quantity (in base)."""
    return rounded(EXACT.multiply(amount, rate), decimals)


def _schedule(*rows: tuple[int, str, str]) -> FeeSchedule:
    """Rows of (30-day volume in USD, maker percent, taker percent)."""
    percent = Decimal("0.01")
    return FeeSchedule(
        tuple(
            FeeTier(Decimal(maker) * percent, Decimal(taker) * percent, Decimal(volume))
            for volume, maker, taker in rows
        )
    )


SPOT_FEES = _schedule(
    (0, "0.25", "0.40"),
    (10_000, "0.20", "0.35"),
    (50_000, "0.14", "0.24"),
    (100_000, "0.12", "0.22"),
    (250_000, "0.10", "0.20"),
    (500_000, "0.08", "0.18"),
    (1_000_000, "0.06", "0.16"),
    (2_500_000, "0.04", "0.14"),
    (5_000_000, "0.02", "0.12"),
    (10_000_000, "0.00", "0.10"),
)
"""Crypto pairs, by 30-day volume (docs: REST, AssetPairs, ``fees`` and ``fees_maker``)."""

STABLE_FEES = _schedule(
    (0, "0.20", "0.20"),
    (50_000, "0.16", "0.16"),
    (100_000, "0.12", "0.12"),
    (250_000, "0.08", "0.08"),
    (500_000, "0.04", "0.04"),
    (1_000_000, "0.00", "0.00"),
)
"""Pairs of stablecoins and currencies."""
