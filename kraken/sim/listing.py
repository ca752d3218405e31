"""What the simulated exchange lists: assets and pairs under all their names, with real steps.

Kraken calls one thing by several names. Legacy assets carry an ``X`` (crypto) or ``Z`` (fiat) in
their REST id, newer ones their plain name; Bitcoin is ``XBT`` and Dogecoin ``XDG`` in REST and in
``wsname``, but ``BTC`` and ``DOGE`` on WebSocket v2. A client that strips letters blindly must
fail here as it would fail there, so every name is spelt out rather than derived.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

FeeTable = tuple[tuple[int, float], ...]
"""(30-day volume in USD from which it holds, percent): JSON numbers on Kraken's wire."""

CRYPTO_TAKER: FeeTable = (
    (0, 0.4),
    (10_000, 0.35),
    (50_000, 0.24),
    (100_000, 0.22),
    (250_000, 0.2),
    (500_000, 0.18),
    (1_000_000, 0.16),
    (2_500_000, 0.14),
    (5_000_000, 0.12),
    (10_000_000, 0.1),
)
CRYPTO_MAKER: FeeTable = (
    (0, 0.25),
    (10_000, 0.2),
    (50_000, 0.14),
    (100_000, 0.12),
    (250_000, 0.1),
    (500_000, 0.08),
    (1_000_000, 0.06),
    (2_500_000, 0.04),
    (5_000_000, 0.02),
    (10_000_000, 0.0),
)
STABLE_FEES: FeeTable = (
    (0, 0.2),
    (50_000, 0.16),
    (100_000, 0.12),
    (250_000, 0.08),
    (500_000, 0.04),
    (1_000_000, 0.0),
)
"""Stablecoins and currencies: makers and takers pay the same."""


@dataclass(frozen=True, slots=True)
class AssetSpec:
    """One asset as Assets and the instrument channel tell it."""

    id: str
    """REST id: ``XXBT``, ``ZUSD``, ``SOL``."""
    altname: str
    """``XBT``, ``USD``, ``SOL``."""
    name: str
    """WebSocket v2's name: ``BTC``, ``USD``, ``SOL``."""
    decimals: int
    display_decimals: int
    collateral_value: str
    margin_rate: str
    status: str = "enabled"


@dataclass(frozen=True, slots=True)
class PairSpec:
    """One pair as AssetPairs and the instrument channel tell it."""

    symbol: str
    """WebSocket v2's name: ``BTC/USD``."""
    rest_id: str
    """Key of REST results: ``XXBTZUSD``."""
    altname: str
    wsname: str
    """WebSocket v1's name, still told by AssetPairs: ``XBT/USD``."""
    base: str
    quote: str
    base_id: str
    quote_id: str
    price_decimals: int
    cost_decimals: int
    rest_scale: int
    """Digits of prices in REST Ticker, Depth, Trades and Spread."""
    ordermin: str
    costmin: str
    leverage: tuple[int, ...] = ()
    margin_initial: str | None = None
    long_position_limit: int | None = None
    short_position_limit: int | None = None
    fees: FeeTable = CRYPTO_TAKER
    fees_maker: FeeTable = CRYPTO_MAKER
    lot_decimals: int = 8
    lot_multiplier: int = 1
    fee_volume_currency: str = "ZUSD"
    margin_call: int = 80
    margin_stop: int = 40

    @property
    def tick_size(self) -> str:
        """Smallest price step in plain decimals: ``0.1``, ``0.00001``."""
        return format(Decimal(1).scaleb(-self.price_decimals), "f")

    @property
    def lot_size(self) -> str:
        """Smallest quantity step in plain decimals."""
        return format(Decimal(1).scaleb(-self.lot_decimals), "f")

    def ticks(self, price: Decimal) -> int:
        """That price as a number of ticks.

        Raises:
            ValueError: the price has more digits than the pair, or is not a number.
        """
        return _whole(price, self.price_decimals, f"price of {self.symbol}")

    def lots(self, quantity: Decimal) -> int:
        """That quantity as a number of lots.

        Raises:
            ValueError: the quantity has more digits than the pair, or is not a number.
        """
        return _whole(quantity, self.lot_decimals, f"quantity of {self.symbol}")


def _whole(value: Decimal, decimals: int, what: str) -> int:
    if not value.is_finite():
        raise ValueError(f"{what}: {value} is not a number")
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{what}: {value} has more than {decimals} decimals")
    return int(scaled)


ASSETS: tuple[AssetSpec, ...] = (
    AssetSpec("ZUSD", "USD", "USD", 4, 2, "1", "0.025"),
    AssetSpec("ZEUR", "EUR", "EUR", 4, 2, "1", "0.02"),
    AssetSpec("XXBT", "XBT", "BTC", 10, 5, "0.99", "0.01"),
    AssetSpec("XETH", "ETH", "ETH", 10, 5, "0.99", "0.02"),
    AssetSpec("SOL", "SOL", "SOL", 10, 5, "0.925", "0.03"),
    AssetSpec("XXRP", "XRP", "XRP", 8, 5, "0.95", "0.025"),
    AssetSpec("XXDG", "XDG", "DOGE", 8, 2, "0.925", "0.02"),
    AssetSpec("ADA", "ADA", "ADA", 8, 6, "0.925", "0.024"),
    AssetSpec("XLTC", "LTC", "LTC", 10, 5, "0.925", "0.02"),
    AssetSpec("USDT", "USDT", "USDT", 8, 4, "0.995", "0.02"),
)

_ASSET = {asset.name: asset for asset in ASSETS}


_X2 = ((2,), "0.5")
_X3 = ((2, 3), "0.33")
_X4 = ((2, 3, 4), "0.25")
_X5 = ((2, 3, 4, 5), "0.2")
_X10 = ((2, 3, 4, 5, 6, 7, 8, 9, 10), "0.1")


def _pair(
    symbol: str,
    rest_id: str,
    decimals: tuple[int, int, int],
    minimums: tuple[str, str],
    leverage: tuple[tuple[int, ...], str] | None,
    limits: tuple[int, int] | None,
) -> PairSpec:
    base, quote = (_ASSET[name] for name in symbol.split("/"))
    price, cost, scale = decimals
    stable = base.name in ("USDT", "EUR")
    return PairSpec(
        symbol=symbol,
        rest_id=rest_id,
        altname=base.altname + quote.altname,
        wsname=f"{base.altname}/{quote.altname}",
        base=base.name,
        quote=quote.name,
        base_id=base.id,
        quote_id=quote.id,
        price_decimals=price,
        cost_decimals=cost,
        rest_scale=scale,
        ordermin=minimums[0],
        costmin=minimums[1],
        leverage=leverage[0] if leverage else (),
        margin_initial=leverage[1] if leverage else None,
        long_position_limit=limits[0] if limits else None,
        short_position_limit=limits[1] if limits else None,
        fees=STABLE_FEES if stable else CRYPTO_TAKER,
        fees_maker=STABLE_FEES if stable else CRYPTO_MAKER,
    )


PAIRS: tuple[PairSpec, ...] = (
    _pair("BTC/USD", "XXBTZUSD", (1, 5, 5), ("0.00005", "0.5"), _X5, (300, 240)),
    _pair("BTC/EUR", "XXBTZEUR", (1, 5, 5), ("0.00005", "0.45"), _X5, (130, 100)),
    _pair("BTC/USDT", "XBTUSDT", (1, 5, 5), ("0.00005", "0.5"), _X10, (80, 80)),
    _pair("ETH/USD", "XETHZUSD", (2, 5, 5), ("0.002", "0.5"), _X5, (2700, 1700)),
    _pair("ETH/EUR", "XETHZEUR", (2, 5, 5), ("0.002", "0.45"), _X5, (1400, 1000)),
    _pair("ETH/BTC", "XETHXXBT", (5, 10, 6), ("0.002", "0.00002"), _X5, (1000, 600)),
    _pair("SOL/USD", "SOLUSD", (2, 5, 5), ("0.05", "0.5"), _X4, (37_000, 24_000)),
    _pair("SOL/EUR", "SOLEUR", (2, 5, 5), ("0.05", "0.45"), _X4, (5600, 6100)),
    _pair("SOL/BTC", "SOLXBT", (7, 9, 9), ("0.05", "0.00002"), _X4, (2900, 2200)),
    _pair("XRP/USD", "XXRPZUSD", (5, 8, 8), ("10", "0.5"), _X5, (2_000_000, 1_200_000)),
    _pair("XRP/EUR", "XXRPZEUR", (5, 8, 8), ("10", "0.45"), _X5, (910_000, 570_000)),
    _pair("DOGE/USD", "XDGUSD", (7, 9, 9), ("60", "0.5"), _X5, (10_700_000, 6_100_000)),
    _pair("DOGE/EUR", "XDGEUR", (7, 9, 9), ("60", "0.45"), _X4, (3_200_000, 1_500_000)),
    _pair("ADA/USD", "ADAUSD", (6, 6, 6), ("10", "0.5"), _X3, (1_400_000, 1_200_000)),
    _pair("ADA/EUR", "ADAEUR", (6, 6, 6), ("10", "0.45"), _X3, (1_200_000, 410_000)),
    _pair("LTC/USD", "XLTCZUSD", (2, 5, 5), ("0.05", "0.5"), _X3, (5300, 3600)),
    _pair("LTC/EUR", "XLTCZEUR", (2, 5, 5), ("0.05", "0.45"), _X3, (3400, 1800)),
    _pair("USDT/USD", "USDTZUSD", (5, 8, 8), ("10", "0.5"), _X2, (3_200_000, 4_600_000)),
    _pair("USDT/EUR", "USDTEUR", (4, 8, 8), ("10", "0.45"), _X3, (2_800_000, 2_000_000)),
    _pair("EUR/USD", "ZEURZUSD", (5, 5, 5), ("0.5", "0.5"), None, None),
)


def find_pair(name: str, pairs: Sequence[PairSpec] = PAIRS) -> PairSpec | None:
    """The pair under any of the names that Kraken's REST accepts, or None.

    ``XXBTZUSD``, ``XBTUSD``, ``XBT/USD``, ``BTC/USD`` and ``BTCUSD`` are one pair.
    """
    wanted = name.upper()
    for pair in pairs:
        v2_joined = pair.base + pair.quote
        if wanted in (pair.rest_id, pair.altname, pair.wsname, pair.symbol, v2_joined):
            return pair
    return None


def find_asset(name: str, assets: Sequence[AssetSpec] = ASSETS) -> AssetSpec | None:
    """The asset under its REST id, its altname or its WebSocket v2 name, or None."""
    wanted = name.upper()
    for asset in assets:
        if wanted in (asset.id, asset.altname, asset.name):
            return asset
    return None
