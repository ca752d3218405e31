"""REST's names of pairs: listed ones as the list says, others from the names of their assets."""

import pytest

from kraken.core.types import Asset, AssetInfo, Symbol
from kraken.core.wire.names import Names
from tests.listed_names import NAMES

GONE = Names(
    [],
    [
        AssetInfo(Asset(name), rest_name, 8, 5, "enabled")
        for name, rest_name in (
            ("BTC", "XXBT"),
            ("DOGE", "XXDG"),
            ("USD", "ZUSD"),
            ("USDT", "USDT"),
            ("MATIC", "MATIC"),
            ("A", "A"),
            ("AB", "AB"),
            ("BC", "BC"),
            ("C", "C"),
        )
    ],
)


def test_a_pair_of_the_list_is_called_as_the_list_says() -> None:
    assert NAMES.symbol("XXBTZUSD") == NAMES.symbol("XBTUSD") == "BTC/USD"
    assert NAMES.symbols == {"BTC/USD", "USDC/USD"}


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("XBTUSD", "BTC/USD"),
        ("XXBTZUSD", "BTC/USD"),
        ("XDGUSD", "DOGE/USD"),
        ("XBTUSDT", "BTC/USDT"),
        ("USDTZUSD", "USDT/USD"),
        ("MATICUSD", "MATIC/USD"),
    ],
)
def test_a_pair_that_is_gone_is_read_from_its_assets(name: str, symbol: str) -> None:
    assert GONE.symbol(name) == symbol
    assert "/".join(GONE.base_and_quote(name)) == symbol


@pytest.mark.parametrize("name", ["POLUSD", "ABC", "USD", "", "BTC/USD"])
def test_what_cannot_be_read_or_in_two_ways_keeps_its_name(name: str) -> None:
    assert GONE.symbol(name) == Symbol(name)
    with pytest.raises(LookupError):
        GONE.base_and_quote(name)
