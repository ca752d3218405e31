"""How private REST calls pairs and assets, to and from the one spelling that is used elsewhere.

REST knows a pair by an id (``XXBTZUSD``, in trades and fees) and a short name (``XBTUSD``, in
orders and requests), an asset by an id (``XXBT``, ``ZUSD``, ``SOL``). Nothing is guessed by
cutting an ``X`` or ``Z`` off: ``XTZ`` and ``ZRX`` are names of their own.
"""

from collections.abc import Iterable

from kraken.core.errors import UnknownInstrument
from kraken.core.types import Asset, AssetInfo, Instrument, ListedPair, Symbol
from kraken.core.wire.rest import v2_name


class Names:
    """Kraken's lists of pairs and assets, to look names up in."""

    def __init__(self, pairs: Iterable[ListedPair], assets: Iterable[AssetInfo]) -> None:
        self._pairs: dict[str, Instrument] = {}
        self._short: dict[Symbol, str] = {}
        for pair in pairs:
            self._short[pair.instrument.symbol] = pair.alternative_name
            self._pairs[pair.rest_name] = pair.instrument
            self._pairs[pair.alternative_name] = pair.instrument
        self._assets = {asset.rest_name: asset.asset for asset in assets}

    def pair(self, symbol: Symbol) -> str:
        """REST's short name of a pair.

        Raises:
            UnknownInstrument: it is not in Kraken's list.
        """
        if symbol not in self._short:
            raise UnknownInstrument(symbol)
        return self._short[symbol]

    def symbol(self, name: str) -> Symbol:
        """Our name of a pair; one that is not listed any more keeps the name it came with."""
        instrument = self._pairs.get(name)
        return Symbol(name) if instrument is None else instrument.symbol

    def base_and_quote(self, name: str) -> tuple[Asset, Asset]:
        """What a pair consists of.

        Raises:
            LookupError: it is not listed any more, and its name does not say it.
        """
        instrument = self._pairs[name]
        return instrument.base, instrument.quote

    def asset(self, name: str) -> Asset:
        """Our name of an asset; what stands behind a dot (``.F``, ``.S``: earning) is kept."""
        plain, dot, kind = name.partition(".")
        known = self._assets.get(name) or self._assets.get(plain) or v2_name(plain)
        return Asset(known if name in self._assets else f"{known}{dot}{kind}")
