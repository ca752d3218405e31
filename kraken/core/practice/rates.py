"""What practice pays: by the kind of pair, and by a volume that was traded with real money."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kraken.core.fees import SPOT_FEES, STABLE_FEES, FeeTier
from kraken.core.types import Asset, Instrument

MONEY = frozenset(
    map(
        Asset,
        (
            *("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "AED"),
            *("USDT", "USDC", "DAI", "PYUSD", "USDG", "USDS", "USDD", "USDQ", "USD1", "RLUSD"),
            *("TUSD", "FDUSD", "USDE", "EURT", "EURC", "EURQ", "EURR", "EUROP", "AUDX", "TGBP"),
        ),
    )
)
"""Currencies and coins that stand for one: their pairs have a fee table of their own."""


@dataclass(frozen=True, slots=True)
class OwnVolume:
    """What somebody traded in 30 days with real money, as far as it was asked for."""

    usd: Decimal
    of: str
    """Whose volume it is: the name of the live account."""
    at: datetime
    """When it was asked for."""


def tier_at(instrument: Instrument, volume: OwnVolume | None) -> FeeTier:
    """What somebody of this volume pays (docs: Fee schedule); None is no volume."""
    table = STABLE_FEES if instrument.base in MONEY else SPOT_FEES
    return table.at(volume.usd if volume else Decimal(0))


def lowest_tier(instrument: Instrument) -> FeeTier:
    """What somebody pays who has not traded lately."""
    return tier_at(instrument, None)
