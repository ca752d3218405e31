"""What trading costs somebody without volume: Kraken's lowest tier, by the kind of pair."""

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


def lowest_tier(instrument: Instrument) -> FeeTier:
    """What somebody pays who has not traded lately (docs: Fee schedule)."""
    table = STABLE_FEES if instrument.base in MONEY else SPOT_FEES
    return table.tiers[0]
