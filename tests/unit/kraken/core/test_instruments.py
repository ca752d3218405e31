"""The names people type, and what is offered when nobody knows the name."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.errors import UnknownInstrument
from kraken.core.instruments import Instruments
from kraken.core.types import Asset, Instrument, Symbol

SYMBOLS = (
    *("BTC/USD", "BTC/EUR", "BTC/USDT", "ETH/USD", "ETH/EUR", "ETH/BTC", "DOGE/USD", "DOGE/EUR"),
    *("DOGE/BTC", "USDT/USD", "EUR/USD", "XTZ/USD", "ZRX/USD", "SOL/EUR", "MATIC/USD", "XRP/USD"),
    *("TBTC/USD", "ADA/GBP", "ZETA/USD", "EUR/TUSD", "EURT/USD"),
)


def instrument(symbol: str) -> Instrument:
    base, _, quote = symbol.partition("/")
    return Instrument(
        symbol=Symbol(symbol),
        base=Asset(base),
        quote=Asset(quote),
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.00000001"),
        price_decimals=1,
        qty_decimals=8,
        cost_decimals=5,
        min_qty=Decimal("0.0001"),
        min_cost=Decimal("0.5"),
    )


KNOWN = Instruments(instrument(symbol) for symbol in SYMBOLS)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("btc", "BTC/USD"),
        ("BTC/USD", "BTC/USD"),
        (" btc usd ", "BTC/USD"),
        ("xbtusd", "BTC/USD"),
        ("XBT-USD", "BTC/USD"),
        ("XXBTZUSD", "BTC/USD"),
        ("xxbt/zeur", "BTC/EUR"),
        ("btceur", "BTC/EUR"),
        ("btc eur", "BTC/EUR"),
        ("btc_eur", "BTC/EUR"),
        ("BTC:USDT", "BTC/USDT"),
        ("btcusdt", "BTC/USDT"),
        ("doge", "DOGE/USD"),
        ("xdg", "DOGE/USD"),
        ("XDGEUR", "DOGE/EUR"),
        ("xbtxdg", None),
        ("dogebtc", "DOGE/BTC"),
        ("ethxbt", "ETH/BTC"),
        ("usdt", "USDT/USD"),
        ("eur", "EUR/USD"),
        ("xtz", "XTZ/USD"),
        ("zrxusd", "ZRX/USD"),
        ("tbtc", "TBTC/USD"),
        ("zeta", "ZETA/USD"),
        ("zetausd", "ZETA/USD"),
        ("eurtusd", "EUR/TUSD"),
        ("eurt usd", "EURT/USD"),
        ("bitcoin", "BTC/USD"),
        ("Ethereum/euro", "ETH/EUR"),
        ("sol", "SOL/EUR"),
        ("ada", "ADA/GBP"),
        ("usd", None),
        ("", None),
        ("/", None),
        ("btc/usd/eur", None),
    ],
)
def test_people_s_names(name: str, symbol: str | None) -> None:
    if symbol is None:
        with pytest.raises(UnknownInstrument):
            KNOWN.find(name)
    else:
        assert KNOWN.find(name).symbol == symbol


def test_the_quote_asked_for_decides_for_a_bare_asset() -> None:
    assert KNOWN.find("btc", quote="EUR").symbol == "BTC/EUR"
    assert KNOWN.find("btc", quote="zeur").symbol == "BTC/EUR"
    assert KNOWN.find("btc", quote="GBP").symbol == "BTC/USD"
    assert KNOWN.find("btc/usd", quote="EUR").symbol == "BTC/USD"


@pytest.mark.parametrize(
    ("name", "offered"),
    [
        ("btx", ["BTC/USD"]),
        ("dgoe", ["DOGE/USD"]),
        ("etherum", ["ETH/USD"]),
        ("mtic", ["MATIC/USD"]),
        ("mati", ["MATIC/USD"]),
        ("btcusdd", ["BTC/USD"]),
        ("doge/gbp", ["DOGE/USD", "DOGE/EUR", "DOGE/BTC"]),
        ("xrp/eur", ["XRP/USD"]),
        ("qqqqqq", []),
        ("", []),
    ],
)
def test_an_unknown_name_comes_with_the_nearest_ones(name: str, offered: list[str]) -> None:
    with pytest.raises(UnknownInstrument) as caught:
        KNOWN.find(name)
    assert list(caught.value.suggestions[: len(offered)]) == offered
    assert caught.value.name == name
    assert bool(offered) == bool(caught.value.suggestions)


def test_suggestions_keep_to_their_number_and_to_the_quote() -> None:
    assert [one.symbol for one in KNOWN.suggest("btc", 2)] == ["BTC/USD", "BTC/EUR"]
    assert KNOWN.suggest("btc", 1, quote="EUR")[0].symbol == "BTC/EUR"


@given(st.text(max_size=80))
def test_any_text_finds_a_pair_or_raises_with_suggestions(name: str) -> None:
    try:
        found = KNOWN.find(name)
    except UnknownInstrument as error:
        assert error.suggestions == tuple(one.symbol for one in KNOWN.suggest(name))
        assert len(error.suggestions) <= 6
    else:
        assert KNOWN.get(found.symbol) is found


def test_every_symbol_finds_itself_in_each_of_its_spellings() -> None:
    for symbol in SYMBOLS:
        for name in (symbol, symbol.lower(), symbol.replace("/", "-"), symbol.replace("/", " ")):
            assert KNOWN.find(name).symbol == symbol
    assert len(KNOWN) == len(KNOWN.all()) == len(list(KNOWN)) == len(SYMBOLS)
