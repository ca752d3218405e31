"""A short list of pairs and assets under REST's names."""

from decimal import Decimal

from kraken.core.types import (
    Asset,
    AssetInfo,
    Instrument,
    InstrumentStatus,
    ListedPair,
    Symbol,
)
from kraken.core.wire.names import Names


def _pair(symbol: str, rest_name: str, alternative_name: str) -> ListedPair:
    base, quote = symbol.split("/")
    step = Decimal("0.00000001")
    instrument = Instrument(
        symbol=Symbol(symbol),
        base=Asset(base),
        quote=Asset(quote),
        tick_size=Decimal("0.1"),
        lot_size=step,
        price_decimals=1,
        qty_decimals=8,
        cost_decimals=5,
        min_qty=step,
        min_cost=Decimal("0.5"),
        status=InstrumentStatus.ONLINE,
    )
    return ListedPair(instrument, rest_name, alternative_name)


NAMES = Names(
    [_pair("BTC/USD", "XXBTZUSD", "XBTUSD"), _pair("USDC/USD", "USDCUSD", "USDCUSD")],
    [
        AssetInfo(Asset("BTC"), "XXBT", 10, 5, "enabled"),
        AssetInfo(Asset("USD"), "ZUSD", 4, 2, "enabled"),
        AssetInfo(Asset("XTZ"), "XTZ", 8, 5, "enabled"),
        AssetInfo(Asset("ATOM.S"), "ATOM.S", 8, 5, "enabled"),
    ],
)
