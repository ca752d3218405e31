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
from typing import TypeAlias
from zlib import crc32

from kraken.core.errors import BadData
from kraken.core.events import BookFault
from kraken.core.types import BookView, Level, Symbol
from kraken.core.wire.books import ExactBook, ExactLevel, FastBook, FastLevel
from kraken.core.wire.numbers import Number, decimals, exact, moment

CHECKED_LEVELS = 10
"""The checksum covers so many levels of each side, whatever the depth."""

FLOAT_DIGITS = 15
"""Two decimal numbers of at most so many digits are never the same float."""

_REMEMBERED_PRICES = 20_000

Key: TypeAlias = float | Decimal
"""What a level is sorted by; Decimal only where prices have too many digits for floats."""


@dataclass(slots=True)
class _ExactlyKeyed:
    """A level whose price is too long for a float; in place of a FastLevel."""

    price: Decimal
    qty: Number


@dataclass(slots=True)
class _Keyed:
    """A book message whose levels have sort keys; in place of a FastBook."""

    checksum: int
    bids: Sequence[FastLevel] | Sequence[_ExactlyKeyed]
    asks: Sequence[FastLevel] | Sequence[_ExactlyKeyed]
    timestamp: str | None


class _UnusualError(Exception):
    """A quantity is not written as the others are."""


class _Side:
    """The levels of one side, in two lists of the same order.

    ``keys`` are the prices, strictly ascending on both sides, and then infinity, which is no
    level: a search never runs off the end. ``digits`` is the checksum's text of each level: the
    digits of its price, then those of its quantity, which is never zero. ``best_text`` is the
    text of the ten best levels, best first.
    """

    __slots__ = ("best", "best_text", "beyond", "beyond_keys", "digits", "keys")

    def __init__(self, best: slice, beyond: slice, beyond_keys: slice) -> None:
        self.best = best
        """Where in ``digits`` the ten best levels are, best first."""
        self.beyond = beyond
        """Where in ``digits`` the levels are that lie beyond the depth."""
        self.beyond_keys = beyond_keys
        self.keys: list[Key] = [inf]
        self.digits: list[str] = []
        self.best_text = ""

    @property
    def prices(self) -> list[Key]:
        """The prices of all levels, ascending."""
        return self.keys[:-1]


class Book:
    """The levels of one pair, usable after ``load`` returned None and until a fault is returned.

    Invariants between two calls, while no fault was returned:

    * each side holds at most ``depth`` levels, the best ones; the best bid is below the best ask;
    * ``_price_digits`` knows every price that is held, and more that were met lately;
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
        self.checksum = 0
        self.is_exact = False
        """Updates must be decoded exactly: floats could mix up two of its prices."""
        self._known_decimals = (price_decimals, qty_decimals)
        self._timestamp: str | None = None
        self._clear()
        self._price_digits: dict[Key, str] = {}
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

    def apply(self, update: FastBook | _Keyed) -> BookFault | None:
        """Apply one update; None if the book still is what Kraken has, else what is wrong."""
        bids, asks = self._bids, self._asks
        try:
            if update.bids:
                self._change(bids, update.bids)
            if update.asks:
                self._change(asks, update.asks)
            checksum = update.checksum
            text = asks.best_text + bids.best_text
            if crc32(text.encode()) != checksum and not self._has_with_zeros(checksum):
                return BookFault.CHECKSUM
        except BadData:
            return BookFault.UNREADABLE
        # The last key is infinity, and the first one too where there are no asks.
        if len(bids.keys) > 1 and bids.keys[-2] >= asks.keys[0]:
            return BookFault.CROSSED
        self.checksum = checksum
        self._timestamp = update.timestamp
        return None

    def view(self, depth: int, received_at: datetime) -> BookView:
        """The best ``depth`` levels as Decimals with Kraken's digits."""
        bids, asks = self._bids, self._asks
        return BookView(
            symbol=self.symbol,
            depth=min(depth, self.depth),
            bids=self._levels(bids.prices[: -depth - 1 : -1], bids.digits[: -depth - 1 : -1]),
            asks=self._levels(asks.prices[:depth], asks.digits[:depth]),
            checksum=self.checksum,
            at=_moment_or_none(self._timestamp),
            received_at=received_at,
        )

    def _change(  # noqa: C901 - the one hot loop
        self, side: _Side, levels: Sequence[FastLevel] | Sequence[_ExactlyKeyed]
    ) -> None:
        """Apply levels to a side, one after the other. Raises BadData for what is no number."""
        keys, digits, price_digits = side.keys, side.digits, self._price_digits
        point = self._point
        for level in levels:
            price = level.price
            qty = level.qty
            try:
                # Nearly always a point where it is expected, and digits around it.
                text = qty.lstrip("0.")
                if qty[point] != ".":
                    raise _UnusualError
                if not text.isdecimal() and text:
                    text = text.replace(".", "", 1)
                    if not text.isdecimal():
                        raise _UnusualError
            except (_UnusualError, LookupError, TypeError, AttributeError):
                text, point = self._read(qty), self._point
            index = bisect_left(keys, price)
            if keys[index] == price:
                if text:
                    digits[index] = price_digits[price] + text
                else:
                    del keys[index], digits[index]
            elif text:
                digits_of_price = price_digits.get(price) or self._remember(price)
                keys.insert(index, price)
                digits.insert(index, digits_of_price + text)
        if len(digits) > self.depth:
            del keys[side.beyond_keys], digits[side.beyond]
        side.best_text = "".join(digits[side.best])

    def _has_with_zeros(self, checksum: int) -> bool:
        """Writers may leave trailing zeros out: is it right with the instrument's decimals?"""
        price_decimals, qty_decimals = self._known_decimals
        if price_decimals > self._price_decimals:
            self._widen_prices(price_decimals)
        if qty_decimals > self._qty_decimals:
            self._widen_quantities(qty_decimals)
        bids, asks = self._bids, self._asks
        for side in (bids, asks):
            side.best_text = "".join(side.digits[side.best])
        return crc32((asks.best_text + bids.best_text).encode()) == checksum

    def _clear(self) -> None:
        depth = self.depth
        self._bids = _Side(
            best=slice(None, -CHECKED_LEVELS - 1, -1),
            beyond=slice(None, -depth),
            beyond_keys=slice(None, -depth - 1),
        )
        self._asks = _Side(
            best=slice(CHECKED_LEVELS), beyond=slice(depth, None), beyond_keys=slice(depth, -1)
        )

    def _set_decimals(self, price_decimals: int, qty_decimals: int) -> None:
        self._price_decimals = price_decimals
        self._price_format = f".{price_decimals}f"
        self._price_digits.clear()
        self._qty_decimals = qty_decimals
        self._point = -qty_decimals - 1

    def _read(self, qty: Number) -> str:
        """The digits of a quantity in any notation: ``1``, ``1e-08``, ``0.1`` for ``0.10``."""
        value = exact(qty)
        if value < 0:
            raise BadData(f"a negative quantity: {qty}")
        if decimals(value) > self._qty_decimals:
            self._widen_quantities(decimals(value))
        return format(value, f".{self._qty_decimals}f").replace(".", "").lstrip("0")

    def _remember(self, price: Key) -> str:
        """The digits of a price that was not met lately; the book widens if it has more."""
        if not 0 < price < inf:
            raise BadData(f"not a price: {price}")
        text = format(price, self._price_format)
        if type(price)(text) != price:
            self._widen_prices(decimals(Decimal(str(price))))
            text = format(price, self._price_format)
        digits = text.replace(".", "").lstrip("0")
        if isinstance(price, float) and len(digits) > FLOAT_DIGITS:
            raise BadData(f"a price too long for a float: {price}")
        if len(self._price_digits) >= _REMEMBERED_PRICES:
            held = {held: self._price_digits[held] for held in self._prices()}
            self._price_digits.clear()
            self._price_digits.update(held)
        self._price_digits[price] = digits
        return digits

    def _prices(self) -> list[Key]:
        """Every price that is held."""
        return [*self._bids.prices, *self._asks.prices]

    def _widen_quantities(self, qty_decimals: int) -> None:
        """Quantities turn out to have more digits: the others were written without their zeros."""
        zeros = "0" * (qty_decimals - self._qty_decimals)
        for side in (self._bids, self._asks):
            side.digits[:] = [digits + zeros for digits in side.digits]
        self._qty_decimals = qty_decimals
        self._point = -qty_decimals - 1

    def _widen_prices(self, price_decimals: int) -> None:
        """Prices turn out to have more digits: the others were written without their zeros."""
        zeros = "0" * (price_decimals - self._price_decimals)
        for side in (self._bids, self._asks):
            lengths = [len(self._price_digits[price]) for price in side.prices]
            side.digits[:] = [
                digits[:length] + zeros + digits[length:]
                for digits, length in zip(side.digits, lengths, strict=True)
            ]
        self._set_decimals(price_decimals, self._qty_decimals)
        for price in self._prices():
            self._remember(price)

    def _with_keys(
        self, levels: Sequence[ExactLevel]
    ) -> Sequence[FastLevel] | Sequence[_ExactlyKeyed]:
        """Levels with their prices as sort keys. Raises BadData for a price that is no number."""
        if self.is_exact:
            return [_ExactlyKeyed(exact(level.price), level.qty) for level in levels]
        try:
            keyed = [FastLevel(float(level.price), level.qty) for level in levels]
        except (TypeError, ValueError, OverflowError) as error:
            raise BadData(f"a price that is no number: {error}") from error
        self._remember_as_written(keyed, levels)
        return keyed

    def _remember_as_written(self, keyed: list[FastLevel], levels: Sequence[ExactLevel]) -> None:
        """Take prices' digits from their text, which saves working them out of the float."""
        point = -self._price_decimals - 1
        with suppress(LookupError, TypeError):  # written otherwise: worked out when applied
            for fast, level in zip(keyed, levels, strict=True):
                text = level.price
                if text[point] == ".":
                    digits = text.replace(".", "", 1).lstrip("0")
                    if digits.isdecimal():
                        self._price_digits[fast.price] = digits

    def _levels(self, prices: list[Key], digits: list[str]) -> tuple[Level, ...]:
        lengths = [len(self._price_digits[price]) for price in prices]
        return tuple(
            Level(
                price=Decimal(format(price, self._price_format)),
                # From text, because arithmetic would round to the context's 28 digits.
                qty=Decimal(f"{text[length:]}E-{self._qty_decimals}"),
            )
            for price, text, length in zip(prices, digits, lengths, strict=True)
        )


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
