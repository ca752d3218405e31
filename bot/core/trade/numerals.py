"""The numbers of an order: amounts, prices, distances and times, each with an error of its own.

Rules: only ASCII digits and one dot; no exponent, no underscore, nothing above twelve digits; a
comma is asked about; a distance says with its sign whether it lies above or below.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import NoReturn

from bot.core.args import CommaForDot, OutOfRange
from bot.core.errors import BadArgument
from bot.core.numbers import MINUS, read_decimal, read_duration, with_dots
from bot.core.trade.misread import NoSign
from bot.core.trade.wish import Amount, AmountKind
from kraken.core.trading import PriceKind, PriceOffset

DIGITS = 12
"""The most digits of a number, without zeros in front."""
SHORTEST, LONGEST = timedelta(seconds=5), timedelta(days=30)
"""How far ahead an order may end (docs: REST, AddOrder, ``expiretm``)."""

_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_PARTS = re.compile(
    r"(?P<sign>[€$£]?)(?P<number>[0-9][0-9.,]*)(?P<unit>[€$£%]|[a-zA-Z]{2,12}|)", re.ASCII
)
_BEGINS = re.compile(r"[€$£]?[+\-.,]?[0-9]|[+\-.]|[^\W\d_]?\d")
_TOO_MANY = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)
_THOUSANDS = re.compile(r"([0-9]{1,8}(?:\.[0-9]{1,3})?)k", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[tT]([0-9]{2}:[0-9]{2})([zZ]?)", re.ASCII)


class Numerals:
    """Reads the numbers of one command; ``again`` is the command with a word replaced."""

    def __init__(self, again: Callable[[str, str], str], zone: tzinfo) -> None:
        self._again = again
        self._zone = zone

    def begins_one(self, word: str) -> bool:
        """Whether it looks like a number, right or wrong."""
        return _BEGINS.match(word.replace(MINUS, "-")) is not None

    def commas(self, word: str) -> tuple[str, ...]:
        """What a number with commas may have meant."""
        return with_dots(word)

    def amount(self, word: str, example: str) -> Amount:
        """``0.01``, ``0.01btc``, ``50eur``, ``€50``, ``25%``."""
        found = _PARTS.fullmatch(word)
        if found is None or (found["sign"] and found["unit"]):
            raise BadArgument(
                "amount",
                word,
                example,
                hint="0.01, 0.01btc, 50eur, 25%, max",
                suggestions=self._in_full(word),
            )
        value = self._number("amount", word, found["number"], example)
        unit = found["unit"] or found["sign"]
        if unit == "%":
            if value > 100:
                raise OutOfRange("amount", word, self._again(word, "100%"), hint="0% to 100%")
            return Amount(AmountKind.PERCENT, value)
        if unit:
            return Amount(AmountKind.NAMED, value, _SIGNS.get(unit, unit.upper()))
        return Amount(AmountKind.BASE, value)

    def price(self, noun: str, said: str, example: str, *, name: str = "") -> PriceOffset:
        """``60000``, or a distance with its sign: ``-0.5%``, ``+500``.

        ``name`` is the option that it is the value of.
        """
        word = said.replace(MINUS, "-")
        whole = f"{name}={said}" if name else said
        sign = word[:1] if word[:1] in ("+", "-") else ""
        number = word.removeprefix(sign).removesuffix("%")
        if number[:1] in _SIGNS:
            number = number[1:]
        value = self._number(noun, whole, number, example, said=said)
        if word.endswith("%"):
            if not sign:
                self._no_sign(noun, said, example, name)
            if value >= 100 and sign == "-":
                raise OutOfRange(noun, said, example, hint="above −100 %")  # noqa: RUF001 - minus
            return PriceOffset(Decimal(f"{sign}{value:f}"), PriceKind.PERCENT)
        if sign:
            return PriceOffset(Decimal(f"{sign}{value:f}"), PriceKind.QUOTE)
        return PriceOffset(value)

    def distance(self, said: str, example: str) -> PriceOffset:
        """``2%``, ``500``: how far a trailing stop stays away."""
        number = said.removesuffix("%")
        value = self._number("distance", said, number, example)
        if said.endswith("%"):
            if value >= 100:
                raise OutOfRange("distance", said, example, hint="0% to 100%")
            return PriceOffset(value, PriceKind.PERCENT)
        return PriceOffset(value, PriceKind.QUOTE)

    def positive(self, noun: str, said: str, example: str) -> Decimal:
        """A plain number above zero."""
        return self._number(noun, said, said, example)

    def end(self, said: str, example: str) -> timedelta | datetime:
        """``4h``, or ``2026-12-01T10:00`` in the chat's zone (with ``Z``: in UTC)."""
        span = read_duration(said)
        if span is not None:
            if not SHORTEST <= span <= LONGEST:
                raise OutOfRange("time", said, example, hint="5s to 30d")
            return span
        found = _TIME.fullmatch(said)
        try:
            at = datetime.fromisoformat(f"{found[1]}T{found[2]}") if found else None
        except ValueError:
            at = None  # the 31st of February
        if found is None or at is None:
            raise BadArgument("time", said, example, hint="gtd=4h, gtd=2d, gtd=2026-12-01T10:00")
        return at.replace(tzinfo=UTC if found[3] else self._zone).astimezone(UTC)

    def _number(
        self, noun: str, word: str, number: str, example: str, said: str | None = None
    ) -> Decimal:
        said = word if said is None else said
        if readings := with_dots(number):
            raise CommaForDot(noun, number, readings, self._again("", ""))
        value = read_decimal(number)
        if value is None and _TOO_MANY.fullmatch(number):
            raise OutOfRange(noun, said, example, hint="1 to 12 digits")
        if value is None:
            raise BadArgument(noun, said, example, suggestions=self._in_full(said))
        if len(value.as_tuple().digits) > DIGITS:
            raise OutOfRange(noun, said, example, hint="1 to 12 digits")
        if value == 0:
            raise OutOfRange(noun, said, example, hint="0")
        return value

    def _in_full(self, word: str) -> tuple[str, ...]:
        """``60k`` is asked about, not guessed."""
        found = _THOUSANDS.fullmatch(word)
        if found is None:
            return ()
        return (self._again(word, f"{int(Decimal(found[1]) * 1000)}"),)

    def _no_sign(self, noun: str, said: str, example: str, name: str) -> NoReturn:
        whole = f"{name}={said}" if name else said
        signs = {"sl": "-", "tp": "+"}.get(name, "-+")
        again = tuple(self._again(whole, whole.replace(said, f"{sign}{said}")) for sign in signs)
        raise NoSign(noun, said, example, suggestions=again)
