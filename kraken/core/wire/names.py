"""How private REST calls pairs and assets, to and from the one spelling that is used elsewhere.

REST knows a pair by an id (``XXBTZUSD``, in trades and fees) and a short name (``XBTUSD``, in
orders and requests), an asset by an id (``XXBT``, ``ZUSD``, ``SOL``). Nothing is guessed by
cutting an ``X`` or ``Z`` off: ``XTZ`` and ``ZRX`` are names of their own. A pair that is not
listed any more, because it was delisted or renamed, is read from the names of its two assets if
that can be done in one way only: what was done with it is still told by its old name.
"""

from collections.abc import Iterable, Set

from kraken.core.errors import UnknownInstrument
from kraken.core.types import Asset, AssetInfo, Instrument, ListedPair, Symbol
from kraken.core.wire.rest import V2_NAMES, v2_name


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
        self._spelt: dict[str, Asset] = {asset: asset for asset in self._assets.values()}
        self._spelt |= {name: v2_name(name) for name in V2_NAMES if v2_name(name) in self._spelt}
        self._spelt |= self._assets

    @property
    def symbols(self) -> Set[Symbol]:
        """Every pair in Kraken's list."""
        return self._short.keys()

    def pair(self, symbol: Symbol) -> str:
        """REST's short name of a pair.

        Raises:
            UnknownInstrument: it is not in Kraken's list.
        """
        if symbol not in self._short:
            raise UnknownInstrument(symbol)
        return self._short[symbol]

    def symbol(self, name: str) -> Symbol:
        """Our name of a pair; the name it came with if it is not listed and cannot be read."""
        instrument = self._pairs.get(name)
        if instrument is not None:
            return instrument.symbol
        try:
            return Symbol("/".join(self.base_and_quote(name)))
        except LookupError:
            return Symbol(name)

    def base_and_quote(self, name: str) -> tuple[Asset, Asset]:
        """What a pair consists of.

        Raises:
            LookupError: it is not listed any more, and its name does not say it.
        """
        instrument = self._pairs.get(name)
        if instrument is not None:
            return instrument.base, instrument.quote
        spelt = self._spelt
        splits = ((name[:at], name[at:]) for at in range(1, len(name)))
        found = {(spelt[one], spelt[two]) for one, two in splits if one in spelt and two in spelt}
        if len(found) != 1:
            raise LookupError(name)
        return found.pop()

    def asset(self, name: str) -> Asset:
        """Our name of an asset; what stands behind a dot (``.F``, ``.S``: earning) is kept."""
        plain, dot, kind = name.partition(".")
        known = self._assets.get(name) or self._assets.get(plain) or v2_name(plain)
        return Asset(known if name in self._assets else f"{known}{dot}{kind}")
