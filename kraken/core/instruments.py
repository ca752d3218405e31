"""From what people type to the pair they mean: ``btc``, ``BTC/USD``, ``xbtusd``, ``"doge eur"``.

Rules: upper and lower case, ``/``, ``-``, ``_``, ``:`` and blanks are alike; REST's names (XBT,
XDG, XXBTZUSD) are understood; a bare asset means its pair with the quote asked for, or else with
the first of the usual quotes that it trades against. The same text always means the same pair, and
an unknown one gets the same suggestions in the same order.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from kraken.core.errors import UnknownInstrument
from kraken.core.types import Instrument, Symbol

OTHER_NAMES = {
    "XBT": "BTC",
    "XDG": "DOGE",
    "BITCOIN": "BTC",
    "ETHER": "ETH",
    "ETHEREUM": "ETH",
    "DOGECOIN": "DOGE",
    "SOLANA": "SOL",
    "RIPPLE": "XRP",
    "CARDANO": "ADA",
    "LITECOIN": "LTC",
    "TETHER": "USDT",
    "DOLLAR": "USD",
    "EURO": "EUR",
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
}
"""REST's two spellings that differ from WebSocket v2's, and what people call the large ones."""

_LEGACY = (
    *("XXBT", "XETH", "XLTC", "XXRP", "XXLM", "XXMR", "XETC", "XZEC", "XXDG", "XREP", "XMLN"),
    *("ZUSD", "ZEUR", "ZGBP", "ZJPY", "ZCAD", "ZAUD", "ZMXN", "ZCOP", "ZARS"),
)
# The first letter is only taken off these: XTZ, ZRX and others are real names.
_LEGACY_NAMES = {name: name[1:] for name in _LEGACY}

USUAL_QUOTES = ("USD", "EUR", "USDT", "USDC", "GBP", "BTC", "ETH")
"""What a bare asset is priced in, in this order, when the quote asked for is not traded."""

_SEPARATORS = re.compile(r"[\s/\-_:,]+")
_LONGEST_NAME = 40
_TOO_FAR = 9
_LONG_NAMES: dict[str, list[str]] = {}
for _name, _asset in OTHER_NAMES.items():
    _LONG_NAMES.setdefault(_asset, []).append(_name)


class Instruments:
    """The pairs of one exchange, found by any of their names."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._by_symbol = {instrument.symbol: instrument for instrument in instruments}
        self._by_base: dict[str, list[Instrument]] = {}
        for instrument in self._by_symbol.values():
            self._by_base.setdefault(instrument.base, []).append(instrument)
        self._quotes = {instrument.quote for instrument in self._by_symbol.values()}

    def __len__(self) -> int:
        return len(self._by_symbol)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._by_symbol.values())

    def all(self) -> tuple[Instrument, ...]:
        """Every instrument, in Kraken's order."""
        return tuple(self._by_symbol.values())

    def get(self, symbol: Symbol) -> Instrument | None:
        """The instrument of exactly this symbol."""
        return self._by_symbol.get(symbol)

    def find(self, name: str, quote: str = "USD") -> Instrument:
        """The instrument that a person means; ``quote`` decides for a bare asset.

        Raises UnknownInstrument with the nearest symbols.
        """
        words = _words(name)
        found = None
        if len(words) == 2:
            found = self._pair(words[0], words[1])
        elif len(words) == 1:
            found = self._of_asset(asset_name(words[0]), quote) or self._joined(words[0])
        if found is None:
            near = tuple(instrument.symbol for instrument in self.suggest(name, quote=quote))
            raise UnknownInstrument(name, near)
        return found

    def suggest(self, name: str, limit: int = 6, *, quote: str = "USD") -> list[Instrument]:
        """The instruments whose names are nearest to what was typed, best first; maybe none."""
        words = _words(name)
        if not words:
            return []
        wanted_quote = asset_name(words[1]) if len(words) > 1 else asset_name(quote)
        guesses = [(asset_name(words[0]), wanted_quote)]
        if len(words) == 1:
            guesses += [(asset_name(base), asset) for base, asset in self._splits(words[0])]
        # Of two names equally near, the one with more pairs is the better known.
        ranked = sorted(
            (rank, -len(pairs), base, asset)
            for base, pairs in self._by_base.items()
            for rank, asset in [min((_rank(guess, base), asset) for guess, asset in guesses)]
            if rank < _TOO_FAR
        )
        found: list[Instrument] = []
        for rank, _, base, asset in ranked:
            # An asset that was named exactly is offered with several quotes.
            found += self._by_preference(base, asset)[: 3 if rank == 0 else 1]
        return found[:limit]

    def _pair(self, base: str, quote: str) -> Instrument | None:
        return self._by_symbol.get(Symbol(f"{asset_name(base)}/{asset_name(quote)}"))

    def _of_asset(self, base: str, quote: str) -> Instrument | None:
        return next(iter(self._by_preference(base, asset_name(quote.upper()))), None)

    def _by_preference(self, base: str, quote: str) -> list[Instrument]:
        """The pairs of one asset, the wanted quote first, then the usual ones, then the rest."""
        order = (quote, *USUAL_QUOTES)

        def place(instrument: Instrument) -> tuple[int, str]:
            known = instrument.quote in order
            return (order.index(instrument.quote) if known else len(order), instrument.quote)

        return sorted(self._by_base.get(base, ()), key=place)

    def _joined(self, text: str) -> Instrument | None:
        """``BTCEUR``, ``XBTUSD``, ``XXBTZUSD``: every place where a quote could begin."""
        for base, quote in self._splits(text):
            found = self._pair(base, quote)
            if found is not None:
                return found
        return None

    def _splits(self, text: str) -> Iterator[tuple[str, str]]:
        """The ways to read a text as base and quote, the longest quote first."""
        for at in range(1, len(text)):
            quote = asset_name(text[at:])
            if quote in self._quotes:
                yield text[:at], quote


def asset_name(word: str) -> str:
    """WebSocket v2's name of an asset, from any of its names, in capitals."""
    name = _LEGACY_NAMES.get(word, word)
    return OTHER_NAMES.get(name, name)


def _words(name: str) -> list[str]:
    text = name[:_LONGEST_NAME].upper().strip()
    return [word for word in _SEPARATORS.split(text) if word]


def _rank(guess: str, base: str) -> int:
    """How far a guess is from an asset: 0 for one of its names, else the mistakes, forgiven up to
    one in short names and two from five letters on; a beginning counts as one mistake.
    """
    names = (base, *_LONG_NAMES.get(base, ()))
    if guess in names:
        return 0
    if len(guess) < 2 or len(base) < 2:
        return _TOO_FAR
    if base.startswith(guess):
        return 1
    if len(base) > 2 and guess.startswith(base):
        return 2
    return min(_forgiven(_mistakes(guess, name), name) for name in names)


def _forgiven(mistakes: int, name: str) -> int:
    return mistakes if mistakes <= (1 if len(name) < 5 else 2) else _TOO_FAR


@lru_cache(maxsize=4096)
def _mistakes(first: str, second: str) -> int:
    """Letters inserted, left out, changed or swapped with their neighbour (Damerau)."""
    if abs(len(first) - len(second)) > 2:
        return _TOO_FAR
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and b == first[i - 2]:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]
