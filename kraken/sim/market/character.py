"""What each simulated market is like: prices, temper, how busy, how deep.

These numbers are taste, not protocol: they are chosen so that the pairs look as they do on a
usual day, the great ones busy and tight, the small ones slow and wide.
"""

from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class AssetCharacter:
    """How the value of one asset moves, in USD."""

    usd: float
    """Where a market starts, give or take a few percent."""
    beta: float
    """How much it follows the common crypto factor."""
    own_daily: float
    """Standard deviation of its own daily log return."""
    pull_days: float
    """Mean time of its pull back to ``usd``, in days."""


@dataclass(frozen=True, slots=True)
class PairCharacter:
    """How people trade one pair in normal hours."""

    changes_per_s: float
    """Book changes."""
    orders_per_s: float
    """Market orders; each prints one trade or more."""
    trade_usd: float
    """Median worth of a market order."""
    level_usd: float
    """Median worth of what rests near the touch."""
    spread_bp: float
    """Usual spread; never below one tick."""
    band_bp: float
    """How far fair value may drift before quotes follow."""


MARKET_DAILY = 0.021
"""Standard deviation of the common factor's daily log return."""

ASSETS: dict[str, AssetCharacter] = {
    "USD": AssetCharacter(1.0, 0.0, 0.0, 1.0),
    "EUR": AssetCharacter(1.09, 0.0, 0.004, 200.0),
    "USDT": AssetCharacter(0.9998, 0.0, 0.0003, 0.2),
    "BTC": AssetCharacter(60_000.0, 1.0, 0.007, 700.0),
    "ETH": AssetCharacter(2_550.0, 1.2, 0.014, 500.0),
    "SOL": AssetCharacter(146.0, 1.4, 0.022, 400.0),
    "XRP": AssetCharacter(0.58, 1.05, 0.023, 400.0),
    "DOGE": AssetCharacter(0.124, 1.4, 0.026, 400.0),
    "ADA": AssetCharacter(0.39, 1.25, 0.022, 400.0),
    "LTC": AssetCharacter(68.0, 1.0, 0.018, 400.0),
}
UNKNOWN_ASSET = AssetCharacter(1.0, 1.0, 0.02, 400.0)

PAIRS: dict[str, PairCharacter] = {
    "BTC/USD": PairCharacter(12.8, 0.9, 420.0, 5200.0, 0.016, 0.8),
    "BTC/EUR": PairCharacter(5.1, 0.3, 330.0, 4000.0, 0.2, 1.2),
    "BTC/USDT": PairCharacter(3.4, 0.07, 300.0, 3000.0, 0.6, 1.8),
    "ETH/USD": PairCharacter(6.8, 0.32, 350.0, 4200.0, 0.05, 1.2),
    "ETH/EUR": PairCharacter(3.4, 0.18, 280.0, 3000.0, 0.6, 1.8),
    "ETH/BTC": PairCharacter(1.7, 0.02, 300.0, 2500.0, 3.0, 3.2),
    "SOL/USD": PairCharacter(5.1, 0.3, 260.0, 3000.0, 0.9, 1.6),
    "SOL/EUR": PairCharacter(2.5, 0.13, 220.0, 2200.0, 1.5, 2.2),
    "SOL/BTC": PairCharacter(1.0, 0.012, 220.0, 1500.0, 3.0, 4.5),
    "XRP/USD": PairCharacter(5.1, 0.27, 240.0, 3000.0, 0.8, 1.6),
    "XRP/EUR": PairCharacter(2.5, 0.1, 210.0, 2200.0, 1.6, 2.2),
    "DOGE/USD": PairCharacter(3.4, 0.14, 200.0, 2200.0, 1.2, 2.0),
    "DOGE/EUR": PairCharacter(1.3, 0.04, 160.0, 1400.0, 3.0, 3.5),
    "ADA/USD": PairCharacter(2.5, 0.14, 200.0, 2200.0, 1.5, 2.2),
    "ADA/EUR": PairCharacter(1.3, 0.06, 170.0, 1500.0, 2.5, 3.0),
    "LTC/USD": PairCharacter(1.7, 0.08, 200.0, 1800.0, 2.0, 2.5),
    "LTC/EUR": PairCharacter(1.0, 0.05, 170.0, 1300.0, 3.0, 3.0),
    "USDT/USD": PairCharacter(2.5, 0.25, 900.0, 30_000.0, 0.1, 0.3),
    "USDT/EUR": PairCharacter(1.3, 0.12, 700.0, 15_000.0, 1.2, 1.2),
    "EUR/USD": PairCharacter(2.1, 0.15, 900.0, 12_000.0, 0.3, 0.6),
}
UNKNOWN_PAIR = PairCharacter(1.5, 0.05, 180.0, 1500.0, 3.0, 3.0)

_HOURS = (90, 76, 66, 60, 58, 62, 72, 90, 100, 102, 100, 104)
_HOURS_PM = (118, 146, 168, 160, 142, 124, 110, 104, 100, 98, 96, 94)
_MEAN = sum(_HOURS + _HOURS_PM) / 24
BUSY_BY_HOUR: tuple[float, ...] = tuple(hour / _MEAN for hour in _HOURS + _HOURS_PM)
"""How busy each hour (UTC) is against the day's average: Asia's noon quiet, New York loud."""

DAILY_TO_SECOND = 1 / sqrt(86_400)


def prints_per_s(pair: PairCharacter, base: str, quote: str) -> float:
    """Trades a second at an average moment: people's orders, and sweeps when values move.

    Measured on the live flow, so that the past looks as busy as the present.
    """
    first, second = ASSETS.get(base, UNKNOWN_ASSET), ASSETS.get(quote, UNKNOWN_ASSET)
    common = (first.beta - second.beta) * MARKET_DAILY
    daily = common**2 + first.own_daily**2 + second.own_daily**2
    moves = daily * (DAILY_TO_SECOND * 1e4 / pair.band_bp) ** 2
    return 1.3 * pair.orders_per_s + 0.85 * moves


def busy(second_of_epoch: float) -> float:
    """How busy that moment's time of day is, 1 on average, without steps between hours."""
    hour = second_of_epoch / 3600 - 0.5
    whole = int(hour)
    part = hour - whole
    return BUSY_BY_HOUR[whole % 24] * (1 - part) + BUSY_BY_HOUR[(whole + 1) % 24] * part
