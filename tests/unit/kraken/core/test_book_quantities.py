"""Quantities of a book in any notation, in quotes, below the checksum, and such as are none.

Mutants tried by hand and killed here: a quoted number read like one without quotes; the levels
before an odd quantity applied and the ones after it not; a negative zero kept as a level.
"""

from decimal import Decimal

import pytest

from kraken.core.book import Book
from kraken.core.events import BookFault
from tests.book_cases import NOW, apply, fault_of_loading, loaded, market, shown


@pytest.mark.parametrize(
    "qty", ['"abc.defghijk"', "-1.00000000", "null", "[]", "{}", "true", "1e999"]
)
def test_a_quantity_that_is_none_is_a_fault(qty: str) -> None:
    twin = market()
    book = loaded(twin.snapshot(10))
    text = twin.frame("update", [(999, 7)], []).replace("0.00000007", qty)
    assert apply(book, text) is BookFault.UNREADABLE


def with_twelfth_ask(qty: str) -> tuple[Book, BookFault | None]:
    """A book after an update of a level that no checksum covers."""
    twin = market()
    book = loaded(twin.snapshot(25), 25)
    text = twin.frame("update", [], [(1011, 7)]).replace("0.00000007", qty)
    assert qty in text
    return book, apply(book, text)


@pytest.mark.parametrize(
    "qty",
    [
        *('"abc.defghijk"', '"0.1234567x"', "-1.00000000", "-0.10000000", "null", "true", "{}"),
        *("[]", "[46,46,46,46,46,46,46,46,46]", "1.2e-9999", "0.12e-999"),
    ],
)
def test_a_quantity_that_is_none_is_a_fault_below_the_checksum_too(qty: str) -> None:
    assert with_twelfth_ask(qty)[1] is BookFault.UNREADABLE


@pytest.mark.parametrize(
    "qty",
    [
        *("0.5", "12.5", "12.34567890", "5", "120", "1e-08", "1.2345e-04", "0.1234e-03"),
        *("1.2345E+02", '"0.50000000"', '"00000.1234"', '"12"'),
    ],
)
def test_any_notation_is_the_same_number_below_the_checksum_too(qty: str) -> None:
    book, fault = with_twelfth_ask(qty)
    assert fault is None
    level = book.view(25, NOW).asks[11]
    assert f"{level.qty:f}" == format(Decimal(qty.strip('"')), ".8f")


@pytest.mark.parametrize("qty", ["0", "0.0", "-0.0", "0e-08", '"0"', '"0.00000000"'])
def test_zero_in_any_notation_removes_a_level(qty: str) -> None:
    book, fault = with_twelfth_ask(qty)
    assert fault is None
    assert len(book.view(25, NOW).asks) == 11


def test_an_odd_quantity_behind_usual_ones_is_understood() -> None:
    """The asks are complete and cut when the bids turn out to need more care."""
    twin = market()
    book = loaded(twin.snapshot(10))
    asks = twin.change("asks", [(999, 3), (1001, 0), (1001, 4), (1012, 9), (999, 0)], 10)
    bids = twin.change("bids", [(998, 5 * 10**7), (997, 0), (980, 8)], 10)
    text = twin.frame("update", bids, asks).replace('"qty":0.50000000', '"qty":0.5')
    assert '"qty":0.5}' in text
    assert apply(book, text) is None
    assert shown(book.view(10, NOW)) == twin.shown(10)


@pytest.mark.parametrize("qty", ['"00000.1234"', '"0.1234"', "0.12340000", '"012.340"', '"7"'])
def test_a_snapshot_s_quantity_in_quotes_is_the_number_in_them(qty: str) -> None:
    twin = market()
    text = twin.snapshot(25).replace("0.50000011", qty)
    level = loaded(text, 25).view(25, NOW).asks[11]
    assert f"{level.qty:f}" == format(Decimal(qty.strip('"')), ".8f")


@pytest.mark.parametrize("qty", ['"."', '"1.2.34567890"', '"0.1234567x"', '""'])
def test_a_snapshot_s_quantity_that_is_none_is_a_fault(qty: str) -> None:
    text = market().snapshot(25).replace("0.50000011", qty)
    assert fault_of_loading(text, 25) is BookFault.UNREADABLE


@pytest.mark.parametrize("price", ["-99.9", "0", "0.0"])
def test_a_price_that_is_not_positive_is_a_fault(price: str) -> None:
    twin = market()
    book = loaded(twin.snapshot(10))
    text = twin.frame("update", [(999, 7)], []).replace("99.9", price)
    assert apply(book, text) is BookFault.UNREADABLE
