"""Book frames (docs: WS v2, Book), on the shortest way from bytes to levels.

A price is decoded to a float, which is used as a sort key only, and a quantity keeps the text it
came with: nothing is rounded and no Decimal is made for a level nobody looks at. That text is
bytes, as the checksum wants it. Snapshots, and books whose prices have more digits than a float
can tell apart, are decoded once more with ``decode_book_exactly``, which keeps the text of both.
"""

import msgspec

from kraken.core.errors import BadData
from kraken.core.types import Symbol
from kraken.core.wire.numbers import Number


class FastLevel(msgspec.Struct, gc=False):
    """One level of a book message: the price to sort by, the quantity as it was written."""

    price: float
    qty: Number


class ExactLevel(msgspec.Struct, gc=False):
    """One level of a book message, both numbers as they were written."""

    price: Number
    qty: Number


class FastBook(msgspec.Struct, gc=False, kw_only=True):
    """The one element of a book message's ``data``, in Kraken's order, which is read fastest."""

    symbol: Symbol
    bids: list[FastLevel] = []
    asks: list[FastLevel] = []
    checksum: int
    timestamp: str | None = None


class ExactBook(msgspec.Struct, gc=False):
    """A book message with every digit of its prices."""

    symbol: Symbol
    checksum: int
    bids: list[ExactLevel] = []
    asks: list[ExactLevel] = []
    timestamp: str | None = None


class FastBookFrame(msgspec.Struct, gc=False, tag_field="channel", tag="book"):
    """A book message; ``data`` has one element in practice."""

    type: str
    data: list[FastBook]


class ExactBookFrame(msgspec.Struct, gc=False):
    """A book message with every digit of its prices."""

    type: str
    data: list[ExactBook]


decode_book = msgspec.json.Decoder(FastBookFrame, float_hook=str.encode).decode
"""Text to ``FastBookFrame``; raises what msgspec raises, a ValueError or a RecursionError."""

_decode_exact_book = msgspec.json.Decoder(ExactBookFrame, float_hook=str).decode


def decode_book_exactly(frame: str | bytes) -> ExactBookFrame:
    """Read a book frame with every digit of its prices. Raises BadData."""
    try:
        return _decode_exact_book(frame)
    except (ValueError, RecursionError) as error:
        raise BadData(f"unreadable book: {error}") from error
