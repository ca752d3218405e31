"""Books to try things on: loaded, changed and read by the text of Kraken's messages."""

from datetime import UTC, datetime
from decimal import Decimal

from kraken.core.book import Book
from kraken.core.events import BookFault
from kraken.core.types import BookView, Symbol
from kraken.core.wire.books import decode_book, decode_book_exactly
from tests.tiny_kraken import TinyMarket

NOW = datetime(2026, 11, 8, 10, tzinfo=UTC)
BTC = Symbol("BTC/USD")


def loaded(text: str, depth: int = 10, **decimals: int) -> Book:
    book = Book(BTC, depth, **decimals)
    assert book.load(decode_book_exactly(text).data[0]) is None
    return book


def fault_of_loading(text: str, depth: int = 10) -> BookFault | None:
    return Book(BTC, depth).load(decode_book_exactly(text).data[0])


def apply(book: Book, text: str) -> BookFault | None:
    if book.is_exact:
        return book.apply_exactly(decode_book_exactly(text).data[0])
    return book.apply(decode_book(text).data[0])


def shown(view: BookView) -> tuple[list[tuple[Decimal, Decimal]], ...]:
    return tuple([(x.price, x.qty) for x in side] for side in (view.bids, view.asks))


def market(**decimals: int) -> TinyMarket:
    made = TinyMarket("BTC/USD", **decimals)
    made.bids = {1000 - n: 10**8 + n for n in range(1, 13)}
    made.asks = {1000 + n: 5 * 10**7 + n for n in range(12)}
    return made
