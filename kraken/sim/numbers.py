"""How Kraken writes numbers and times: exact digits from exact integers.

The market underneath counts prices in ticks and quantities in lots. On WebSocket v2 every number
has all its digits (``62807.0``, ``0.10000000``), because the book checksum is made of the text;
REST writes strings, with another number of digits in almost every place. No float takes part
but in the trade times of REST, which Kraken itself writes as floats.

Docs: https://docs.kraken.com/api/docs/guides/spot-ws-book-v2 (checksum and digits).
"""

from datetime import UTC, datetime

NANOS = 1_000_000_000


def decimal_text(units: int, decimals: int) -> str:
    """``units`` of 10^-decimals with exactly ``decimals`` digits: ``(5, 3)`` is ``0.005``."""
    if decimals == 0:
        return str(units)
    digits = str(abs(units)).zfill(decimals + 1)
    sign = "-" if units < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def power_of_ten(exponent: int) -> int:
    """10 to a power that is not negative, as the integer it is."""
    return int("1" + "0" * exponent)


def rescale(units: int, decimals: int, wanted: int) -> int:
    """The same number counted in 10^-wanted; what does not fit is cut towards zero."""
    if wanted >= decimals:
        return units * power_of_ten(wanted - decimals)
    divisor = power_of_ten(decimals - wanted)
    return units // divisor if units >= 0 else -(-units // divisor)


def scaled_text(units: int, decimals: int, wanted: int) -> str:
    """``units`` of 10^-decimals written with ``wanted`` digits, the surplus cut off."""
    return decimal_text(rescale(units, decimals, wanted), wanted)


def divide(numerator: int, denominator: int) -> int:
    """The quotient rounded to the nearest integer, halves away from zero; 0 for nothing by 0."""
    if denominator == 0:
        return 0
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    above, below = abs(numerator), abs(denominator)
    return sign * ((2 * above + below) // (2 * below))


def parse_units(text: str, decimals: int) -> int:
    """A plain decimal text as units of 10^-decimals, the surplus digits rounded.

    Raises:
        ValueError: the text is not a plain decimal number.
    """
    whole, _, fraction = text.strip().partition(".")
    digits = whole + fraction
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 40:
        raise ValueError(f"not a plain positive number: {text!r}")
    return divide(int(digits) * power_of_ten(decimals), power_of_ten(len(fraction)))


def _calendar(ns: int) -> str:
    moment = datetime.fromtimestamp(ns // NANOS, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def seconds_stamp(ns: int) -> str:
    """RFC 3339 without a fraction: ``2026-02-26T11:09:53Z``."""
    return f"{_calendar(ns)}Z"


def micros_stamp(ns: int) -> str:
    """RFC 3339 with microseconds, as in most WebSocket v2 messages."""
    return f"{_calendar(ns)}.{ns % NANOS // 1000:06d}Z"


def nanos_stamp(ns: int) -> str:
    """RFC 3339 with nanoseconds, as in the ohlc channel's ``interval_begin``."""
    return f"{_calendar(ns)}.{ns % NANOS:09d}Z"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def rfc1123(ns: int) -> str:
    """The Time endpoint's second spelling, with its two-digit year."""
    moment = datetime.fromtimestamp(ns // NANOS, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment:%y %H:%M:%S} +0000"


def http_date(ns: int) -> str:
    """The same instant as an HTTP ``Date`` header."""
    moment = datetime.fromtimestamp(ns // NANOS, UTC)
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day}, {moment.day:02d} {month} {moment:%Y %H:%M:%S} GMT"
