"""One pair's order book, kept exactly as Kraken keeps it and checked on every message.

Rules (docs: WS v2, Book; guide: Book checksum):

* A snapshot replaces both sides. In an update the levels of each side apply in the order given,
  quantities are absolute, zero removes the price; a price may occur several times, the last wins.
* After the whole message each side is cut to the subscribed depth: Kraken never says that a level
  fell out of it. Then the CRC32 of the ten best levels must be the one that was sent.
* The checksum's text of a level is the digits of its price and of its quantity as written on the
  wire, without the point and without leading zeros; asks first, best first.
"""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import inf
from operator import attrgetter
from typing import TypeAlias

from kraken.core.errors import BadData
from kraken.core.events import BookFault
from kraken.core.types import BookView, Level, Symbol
from kraken.core.wire.books import ExactBook, ExactLevel, FastBook, FastLevel
from kraken.core.wire.numbers import Number, decimals, exact, moment

try:
    from isal.isal_zlib import crc32
except ImportError:  # there is none for this machine
    from zlib import crc32

CHECKED_LEVELS = 10
"""The checksum covers so many levels of each side, whatever the depth."""

FLOAT_DIGITS = 15
"""Two decimal numbers of at most so many digits are never the same float."""

_REMEMBERED_PRICES = 5_000


Key: TypeAlias = float | Decimal
"""What a level is sorted by; Decimal only where prices have too many digits for floats."""


@dataclass(slots=True)
class _KeyedLevel:
    """A level with any sort key, or rewritten; in place of a FastLevel."""

    price: Key
    qty: Number


@dataclass(slots=True)
class _Keyed:
    """A book message whose levels have sort keys; in place of a FastBook."""

    checksum: int
    bids: Sequence[FastLevel] | Sequence[_KeyedLevel]
    asks: Sequence[FastLevel] | Sequence[_KeyedLevel]
    timestamp: str | None


class _UnusualError(Exception):
    """A quantity is not written as the others are."""


class _Side:
    """The levels of one side, in three lists of the same order, each with a fence at either end.

    ``keys`` are the prices, strictly ascending on both sides, between the infinities: a search
    never runs off the end, and a side without levels has a best price to compare. ``heads`` are
    the digits of the prices; ``digits`` is the checksum's text of each level: its head, then the
    digits of its quantity, which is never zero. The fences have none. ``best_text`` is the text
    of the ten best levels, best first.
    """

    __slots__ = ("best", "best_text", "digits", "heads", "keys", "worst")

    def __init__(self, best: slice, worst: int) -> None:
        self.best = best
        """Where the ten best levels are, best first."""
        self.worst = worst
        """Where the worst level is."""
        self.keys: list[Key] = [-inf, inf]
        self.heads: list[bytes] = [b"", b""]
        self.digits: list[bytes] = [b"", b""]
        self.best_text = b""

    def join(self) -> None:
        """Make ``best_text`` anew."""
        self.best_text = b"".join(self.digits[self.best])

    def pad_quantities(self, zeros: bytes) -> None:
        """All quantities have more digits after the point."""
        self.digits[1:-1] = [digits + zeros for digits in self.digits[1:-1]]

    def pad_prices(self, zeros: bytes) -> None:
        """All prices have more digits after the point."""
        heads, digits = self.heads[1:-1], self.digits[1:-1]
        self.digits[1:-1] = [
            head + zeros + text[len(head) :] for head, text in zip(heads, digits, strict=True)
        ]
        self.heads[1:-1] = [head + zeros for head in heads]


class Book:
    """The levels of one pair, usable after ``load`` returned None and until a fault is returned.

    Invariants between two calls, while no fault was returned:

    * each side holds at most ``depth`` levels, the best ones; the best bid is below the best ask;
    * ``_heads`` knows the digits of prices that were met lately, held or not;
    * every price was written with ``price_decimals`` digits after the point and every quantity
      with ``qty_decimals``, or with trailing zeros left out; hence a level's digits, cut after
      those of its price, are its exact quantity;
    * ``checksum`` is the CRC32 of the best ten levels of both sides, and is what Kraken sent last.

    After a fault the book is worthless: drop it and ask for a new snapshot.
    """

    def __init__(
        self, symbol: Symbol, depth: int, *, price_decimals: int = 0, qty_decimals: int = 0
    ) -> None:
        """The decimals are the instrument's, if known: they help where zeros were left out."""
        self.symbol = symbol
        self.depth = depth
        self._most_keys = depth + 2
        self.checksum = 0
        self.is_exact = False
        """Updates must be decoded exactly: floats could mix up two of its prices."""
        self._known_decimals = (price_decimals, qty_decimals)
        self._timestamp: str | None = None
        self._clear()
        self._heads: dict[Key, bytes] = {}
        self._set_decimals(0, 0)

    def load(self, snapshot: ExactBook) -> BookFault | None:
        """Replace both sides; None if the result is what Kraken has, else what is wrong."""
        self._clear()
        levels = [*snapshot.bids, *snapshot.asks]
        try:
            prices = [level.price for level in levels]
            self._set_decimals(
                _common_decimals(prices), _common_decimals([level.qty for level in levels])
            )
        except BadData:
            return BookFault.UNREADABLE
        self.is_exact = any(len(str(price)) > FLOAT_DIGITS for price in prices)
        return self.apply_exactly(snapshot)

    def apply_exactly(self, update: ExactBook) -> BookFault | None:
        """Like ``apply``, for a book that ``is_exact``."""
        try:
            bids, asks = self._with_keys(update.bids), self._with_keys(update.asks)
        except BadData:
            return BookFault.UNREADABLE
        return self.apply(_Keyed(update.checksum, bids, asks, update.timestamp))

    def apply(  # noqa: C901, PLR0915 - the one hot loop, whole: calls would cost a tenth
        self, update: FastBook | _Keyed
    ) -> BookFault | None:
        """Apply one update; None if the book still is what Kraken has, else what is wrong."""
        bids, asks = self._bids, self._asks
        point, usual_length = self._point, self._usual_length
        try:
            side, levels = asks, update.asks
            while True:  # twice; a loop over pairs would take longer to make the pairs
                if levels:
                    keys, heads, digits = side.keys, side.heads, side.digits
                    for level in levels:
                        price = level.price
                        qty = level.qty
                        text = qty.lstrip(b"0.")
                        if not text.isdigit():
                            if text:  # from one up, or no usual number
                                text = text.replace(b".", b"")
                                if qty[point] != 46 or not text.isdigit():  # b"."
                                    raise _UnusualError
                        elif len(qty) != usual_length:
                            raise _UnusualError
                        index = bisect_left(keys, price)
                        if keys[index] == price:
                            if text:
                                digits[index] = heads[index] + text
                            else:
                                del keys[index], heads[index], digits[index]
                        elif text:
                            head = self._heads.get(price) or self._head(price)
                            keys.insert(index, price)
                            heads.insert(index, head)
                            digits.insert(index, head + text)
                    if len(keys) > self._most_keys:
                        worst = side.worst
                        while len(keys) > self._most_keys:
                            del keys[worst], heads[worst], digits[worst]
                    side.best_text = b"".join(digits[side.best])
                if side is bids:
                    break
                side, levels = bids, update.bids
            checksum = update.checksum
            text = asks.best_text + bids.best_text
            if crc32(text) != checksum and not self._has_with_zeros(checksum):
                return BookFault.CHECKSUM
        except (_UnusualError, LookupError, TypeError, AttributeError):
            return self._apply_unusual(update)
        except BadData:
            return BookFault.UNREADABLE
        if bids.keys[-2] >= asks.keys[1]:
            return BookFault.CROSSED
        self.checksum = checksum
        self._timestamp = update.timestamp
        return None

    def _apply_unusual(self, update: FastBook | _Keyed) -> BookFault | None:
        """Apply an update again, from its start, with all its quantities in the usual notation.

        What was applied before does no harm: quantities are absolute, and the last one counts.
        """
        try:
            values = [_quantity(level.qty) for level in (*update.bids, *update.asks)]
        except BadData:
            return BookFault.UNREADABLE
        most = max(map(decimals, values), default=0)
        if most > self._qty_decimals:
            self._widen_quantities(most)
        return self.apply(
            _Keyed(
                update.checksum,
                [self._in_usual_notation(level) for level in update.bids],
                [self._in_usual_notation(level) for level in update.asks],
                update.timestamp,
            )
        )

    def _in_usual_notation(self, level: FastLevel | _KeyedLevel) -> _KeyedLevel:
        """With the digits after the point that all quantities have, and a point in any case."""
        text = format(_quantity(level.qty), f".{self._qty_decimals}f")
        return _KeyedLevel(level.price, (text if "." in text else f"{text}.").encode())

    def view(self, depth: int, received_at: datetime) -> BookView:
        """The best ``depth`` levels as Decimals with Kraken's digits."""
        bids, asks = self._bids, self._asks
        return BookView(
            symbol=self.symbol,
            depth=min(depth, self.depth),
            bids=self._levels(bids, slice(-2, max(-depth - 2, -len(bids.keys)), -1)),
            asks=self._levels(asks, slice(1, min(depth + 1, len(asks.keys) - 1))),
            checksum=self.checksum,
            at=_moment_or_none(self._timestamp),
            received_at=received_at,
        )

    def _has_with_zeros(self, checksum: int) -> bool:
        """Writers may leave trailing zeros out: is it right with the instrument's decimals?"""
        price_decimals, qty_decimals = self._known_decimals
        if price_decimals > self._price_decimals:
            self._widen_prices(price_decimals)
        if qty_decimals > self._qty_decimals:
            self._widen_quantities(qty_decimals)
        bids, asks = self._bids, self._asks
        for side in (bids, asks):
            side.join()
        return crc32(asks.best_text + bids.best_text) == checksum

    def _clear(self) -> None:
        self._bids = _Side(best=slice(-2, -CHECKED_LEVELS - 2, -1), worst=1)
        self._asks = _Side(best=slice(1, CHECKED_LEVELS + 1), worst=-2)

    def _set_decimals(self, price_decimals: int, qty_decimals: int) -> None:
        self._price_decimals = price_decimals
        self._price_format = f".{price_decimals}f"
        self._heads.clear()
        self._set_qty_decimals(qty_decimals)

    def _set_qty_decimals(self, qty_decimals: int) -> None:
        self._qty_decimals = qty_decimals
        self._point = -qty_decimals - 1
        self._usual_length = len("0.") + qty_decimals

    def _head(self, price: Key) -> bytes:
        """The digits of a price that was not met lately; the book widens if it has more."""
        if not 0 < price < inf:
            raise BadData(f"not a price: {price}")
        text = format(price, self._price_format)
        if type(price)(text) != price:
            self._widen_prices(decimals(Decimal(str(price))))
            text = format(price, self._price_format)
        head = _digits(text)
        if isinstance(price, float) and len(head) > FLOAT_DIGITS:
            raise BadData(f"a price too long for a float: {price}")
        if len(self._heads) >= _REMEMBERED_PRICES:
            self._heads.clear()
        self._heads[price] = head
        return head

    def _widen_quantities(self, qty_decimals: int) -> None:
        """Quantities turn out to have more digits: the others were written without their zeros."""
        for side in (self._bids, self._asks):
            side.pad_quantities(b"0" * (qty_decimals - self._qty_decimals))
        self._set_qty_decimals(qty_decimals)

    def _widen_prices(self, price_decimals: int) -> None:
        """Prices turn out to have more digits: the others were written without their zeros."""
        for side in (self._bids, self._asks):
            side.pad_prices(b"0" * (price_decimals - self._price_decimals))
        self._set_decimals(price_decimals, self._qty_decimals)

    def _with_keys(
        self, levels: Sequence[ExactLevel]
    ) -> Sequence[FastLevel] | Sequence[_KeyedLevel]:
        """Levels with their prices as sort keys. Raises BadData for a price that is no number."""
        if self.is_exact:
            return [_KeyedLevel(exact(level.price), _as_bytes(level.qty)) for level in levels]
        try:
            keyed = [FastLevel(float(level.price), _as_bytes(level.qty)) for level in levels]
        except (TypeError, ValueError, OverflowError) as error:
            raise BadData(f"a price that is no number: {error}") from error
        self._remember_as_written(keyed, levels)
        # Long lists grow at their end quickly; of equal prices the last still is the last.
        keyed.sort(key=attrgetter("price"))
        return keyed

    def _remember_as_written(self, keyed: list[FastLevel], levels: Sequence[ExactLevel]) -> None:
        """Take prices' digits from their text, which saves working them out of the float."""
        point = -self._price_decimals - 1
        with suppress(LookupError, TypeError):  # written otherwise: worked out when applied
            for fast, level in zip(keyed, levels, strict=True):
                text = level.price
                if text[point] == ".":
                    digits = _digits(text)
                    if digits.isdigit():
                        self._heads[fast.price] = digits

    def _levels(self, side: _Side, wanted: slice) -> tuple[Level, ...]:
        return tuple(
            Level(
                price=Decimal(format(price, self._price_format)),
                # From text, because arithmetic would round to the context's 28 digits.
                qty=Decimal(f"{digits[len(head) :].decode()}E-{self._qty_decimals}"),
            )
            for price, head, digits in zip(
                side.keys[wanted], side.heads[wanted], side.digits[wanted], strict=True
            )
        )


def _as_bytes(qty: Number) -> Number:
    """Like a number of a FastLevel, which has its text as bytes, if it can be none in quotes.

    What only a quoted number can be is left alone, and read with more care for it.
    """
    if isinstance(qty, str) and not qty.startswith(("00", ".")) and qty.count(".") == 1:
        return qty.encode(errors="replace")
    return qty


def _quantity(qty: Number) -> Decimal:
    """A quantity in any notation: ``1``, ``1e-08``, ``0.1`` for ``0.10``. Raises BadData."""
    value = exact(qty.decode(errors="replace") if isinstance(qty, bytes) else qty)
    if value < 0:
        raise BadData(f"a negative quantity: {value}")
    return value.copy_abs()  # zero may have a sign


def _digits(text: str) -> bytes:
    """What the checksum takes of a number that is written without an exponent."""
    return text.replace(".", "", 1).lstrip("0").encode()


def _common_decimals(numbers: Sequence[Number]) -> int:
    """The most digits after the point that any of these numbers is written with."""
    if not numbers:
        return 0
    try:
        first = numbers[0]
        from_end = first.index(".") - len(first)
        if all(text[from_end] == "." for text in numbers):
            return int(-from_end - 1)
    except (LookupError, TypeError, AttributeError, ValueError):
        pass  # Not all written alike: each is looked at.
    most: int = max(decimals(exact(number)) for number in numbers)
    return most


def _moment_or_none(text: str | None) -> datetime | None:
    """Kraken's time of a message; a book does not become worthless by an odd one."""
    try:
        return None if text is None else moment(text)
    except BadData:
        return None
