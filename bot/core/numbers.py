"""Numbers and times as people read and type them. Decimal only.

Rules: a price has the digits of its pair's tick; K and M are for 24-hour volumes only; a change
has a sign and two digits, no change has no sign; a comma groups and never marks decimals, so a
typed comma is asked about, not guessed.
"""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from zoneinfo import ZoneInfo

MINUS = "−"  # noqa: RUF001 - the typographic minus is as wide as the plus sign

_EVEN = Context(prec=60, rounding=ROUND_HALF_EVEN)
"""Another library may change the context of the process."""
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,10})?", re.ASCII)
_DURATION = re.compile(r"([0-9]{1,5})(s|m|h|d)", re.ASCII | re.IGNORECASE)
_LARGE = (
    (Decimal(10) ** 9, Decimal(10) ** 9, "B"),
    (Decimal(10) ** 6, Decimal(10) ** 6, "M"),
    (Decimal(10) ** 4, Decimal(10) ** 3, "k"),
)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def fixed(value: Decimal, decimals: int, *, grouping: bool = True) -> str:
    """``1,234.50``: so many digits after the point, rounded half to even."""
    rounded = _rounded(value, decimals)
    size = rounded.copy_abs()  # abs() would round once more, by the context of the process
    text = f"{size:,.{decimals}f}" if grouping else f"{size:.{decimals}f}"
    return MINUS + text if rounded < 0 else text


def signed(value: Decimal, decimals: int, *, grouping: bool = True) -> str:
    """The same with a sign in front, unless it rounds to zero."""
    text = fixed(value, decimals, grouping=grouping)
    return f"+{text}" if _rounded(value, decimals) > 0 else text


def percent(value: Decimal, decimals: int = 2) -> str:
    """``+1.24 %``; ``0.00 %`` has no sign."""
    return f"{signed(value, decimals)} %"


def volume(value: Decimal, *, grouping: bool = True) -> str:
    """A 24-hour volume, the only number that is cut: ``0.0421``, ``1,204``, ``84.1k``."""
    for least, divisor, unit in _LARGE:
        if value >= least:
            return fixed(value / divisor, 1, grouping=grouping) + unit
    decimals = 0 if value >= 100 else 1 if value >= 10 else 4
    return fixed(value, decimals, grouping=grouping)


def duration(span: timedelta) -> str:
    """``0.2 s``, ``14 s``, ``3 min``, ``2 h 5 min``, ``3 d 4 h``: two units at most."""
    seconds = max(span.total_seconds(), 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = int(seconds)
    days, hours, minutes = whole // 86400, whole % 86400 // 3600, whole % 3600 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{whole} s"


def clock_time(at: datetime, zone: ZoneInfo, *, seconds: bool = True) -> str:
    """``12:04:31 UTC``, in the chat's zone and with its name."""
    local = at.astimezone(zone)
    return local.strftime("%H:%M:%S %Z" if seconds else "%H:%M %Z")


def read_decimal(text: str) -> Decimal | None:
    """A plain number as typed, else None: no exponent, sign, comma, underscore or word."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_duration(text: str) -> timedelta | None:
    """``90s``, ``15m``, ``4h``, ``7d``, else None."""
    match = _DURATION.fullmatch(text)
    return timedelta(seconds=int(match[1]) * _UNITS[match[2].lower()]) if match else None


def with_dots(text: str) -> tuple[str, ...]:
    """What a number with commas may have meant: ``0,5`` is 0.5; ``1,000`` is 1.000 or 1000."""
    if not re.fullmatch(r"[0-9]{1,12}(,[0-9]{1,12})+(\.[0-9]{1,10})?", text, re.ASCII):
        return ()
    whole = text.replace(",", "")
    grouped = re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", text, re.ASCII) is not None
    decimal = (text.replace(",", "."),) if text.count(",") == 1 and "." not in text else ()
    meant = (*decimal, *((whole,) if grouped else ()))
    return tuple(option for option in meant if read_decimal(option) is not None)


def _rounded(value: Decimal, decimals: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-decimals), context=_EVEN)
