"""Numbers, times and words of the wire, read exactly or refused.

The decoders leave a number's text as it is (``float_hook=str``), so ``0.10000000`` keeps its zeros
and nothing passes through a float. Everything that is shown or reckoned with comes through here.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from kraken.core.errors import BadData

Number: TypeAlias = Any
"""A JSON number as its text (or an int), or a string with a number in it; see ``exact``."""

_NUMBER = re.compile(r"[-+]?\d{1,40}(\.\d{0,40})?([eE][-+]?\d{1,2})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Word = TypeVar("Word", bound=StrEnum)


def exact(value: Number) -> Decimal:
    """The Decimal with exactly the digits that were sent.

    Raises BadData for everything else, NaN, infinities and numbers too long to be meant included.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if abs(value) < 10**40 else ""
    if not isinstance(value, str) or _NUMBER.fullmatch(value) is None:
        raise BadData(f"not a number: {_named(value)}")
    return Decimal(value)


def _named(value: object) -> str:
    """What to call it in an error; the text of anything but text could be endlessly deep."""
    return repr(value[:40]) if isinstance(value, str) else f"a {type(value).__name__}"


def whole(value: Number) -> int:
    """An integer, however it is written (``7``, ``"7"``, ``7.0``). Raises BadData."""
    number = exact(value)
    if number != number.to_integral_value():
        raise BadData(f"not a whole number: {number}")
    return int(number)


def places(value: int) -> int:
    """How many digits an instrument's numbers have after the point. Raises BadData.

    Zeros are written from this, so a number that nobody can have meant must not be believed.
    """
    if not 0 <= value <= 30:
        raise BadData("not a number of digits")
    return value


def decimals(value: Decimal) -> int:
    """How many digits stand after the point: 8 for ``0.10000000``, 0 for ``1E+2``."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def plain(value: Decimal) -> str:
    """The number without an exponent and without quotes, as Kraken wants it in a request."""
    return format(value, "f")


def moment(text: object) -> datetime:
    """An RFC 3339 time of the wire; digits beyond microseconds are dropped. Raises BadData."""
    try:
        value = datetime.fromisoformat(text if isinstance(text, str) else "")
        return value.astimezone(UTC) if value.tzinfo is not None else value.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise BadData(f"not a time: {_named(text)}") from error


def optional_moment(text: object) -> datetime | None:
    """Like ``moment``, for a field that some messages lack."""
    return None if text is None else moment(text)


def from_seconds(value: Number) -> datetime:
    """Unix seconds, whole or not, as an aware time. Raises BadData."""
    microseconds = int(exact(value) * 1_000_000)
    try:
        return _EPOCH + timedelta(microseconds=microseconds)
    except OverflowError as error:
        raise BadData(f"not a time: {_named(value)}") from error


def to_seconds(value: datetime) -> int:
    """Whole Unix seconds, rounded down."""
    return (value - _EPOCH) // timedelta(seconds=1)


def from_nanoseconds(value: Number) -> datetime:
    """Unix nanoseconds as an aware time; digits beyond microseconds are dropped."""
    return from_seconds(str(exact(value).scaleb(-9)))


def word(kind: type[Word], value: object, otherwise: Word) -> Word:
    """Kraken's word as an enum member; a word this version does not know is ``otherwise``."""
    try:
        return kind(str(value))
    except ValueError:
        return otherwise
