"""The words of an alert, taken from the left, with the errors that say what would be right."""

import difflib
import re
from decimal import Decimal

from bot.core.alerts.indicators import USUAL
from bot.core.alerts.words import FLOOR, Op
from bot.core.args import CommaForDot, OutOfRange
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, read_duration, with_dots

EXAMPLE = "/alert btc > 65000"
EXAMPLES = "/alert btc > 65000, /alert eth ±5% 1h, /alert btc rsi14 1h < 30"

OPS = {
    ">": Op.ABOVE,
    ">=": Op.ABOVE,
    "above": Op.ABOVE,
    "over": Op.ABOVE,
    "<": Op.BELOW,
    "<=": Op.BELOW,
    "below": Op.BELOW,
    "under": Op.BELOW,
    "x": Op.CROSS,
    "crosses": Op.CROSS,
    "touches": Op.CROSS,
}
CONDITION_WORDS = ("step", "spread", "vol", "bids", "asks", "close", "high", "low", *USUAL, "macd")
OWN_WORDS = ("fill", "order", "stale", "balance", "deposit", "pnl", "feed", "key")
OPTION_WORDS = (
    "once",
    "every",
    "nag",
    "until",
    "between",
    "loud",
    "silent",
    "chart",
    "here",
    "buy",
    "sell",
    "and",
    "or",
)
_WEEKS = re.compile(r"([0-9]{1,2})w", re.ASCII)
DAY = 86400
_MINUTE = 60
_SPANS = {
    "window": (_MINUTE, 7 * DAY, "1h"),
    "for": (1, DAY, "1m"),
    "every": (FLOOR, 30 * DAY, "30m"),
    "nag": (_MINUTE, DAY, "5m"),
    "until": (_MINUTE, 366 * DAY, "7d"),
    "stale": (10 * _MINUTE, 366 * DAY, "24h"),
    "feed": (30, DAY, "60s"),
    "key": (DAY, 366 * DAY, "14d"),
}
_EXAMPLES = {
    "window": "/alert eth ±5% 1h",
    "for": "/alert ada spread > 0.3% for 1m",
    "stale": "/alert order stale 24h",
    "feed": "/alert feed 60s",
    "key": "/alert key 14d",
}


class Reader:
    """The words, taken from the left."""

    def __init__(self, items: list[str], text: str) -> None:
        self._items = items
        self._text = text
        self._next = 0

    @property
    def left(self) -> list[str]:
        return self._items[self._next :]

    @property
    def word(self) -> str:
        """The next word in lower case; empty at the end."""
        return self._items[self._next].lower() if self.left else ""

    def peek(self, ahead: int) -> str:
        """A word after the next one in lower case; empty beyond the end."""
        place = self._next + ahead
        return self._items[place].lower() if place < len(self._items) else ""

    def take(self) -> str:
        word = self.word
        self._next += 1
        return word

    def op(self, example: str) -> Op:
        said = self.take()
        if said not in OPS:
            near = difflib.get_close_matches(said, OPS, n=1)
            again = (self.again(said, near[0]),) if near else ()
            raise BadArgument("comparison", said, example, hint="> or <", suggestions=again)
        return OPS[said]

    def number(
        self, what: str, example: str, *, percent: bool = False, zero: bool = False
    ) -> Decimal:
        said = self.take()
        bare = said.removesuffix("%") if percent else said
        if zero and bare == "0":
            return Decimal(0)
        return self.positive(bare, what, example)

    def positive(self, said: str, what: str, example: str) -> Decimal:
        self.no_comma(said)
        value = read_decimal(said)
        if value is None:
            raise BadArgument(what, said, example)
        if value == 0:
            raise OutOfRange(what, said, example, hint="0")
        return value

    def span(self, what: str) -> int:
        """Seconds of a length of time."""
        said = self.take()
        least, most, usual = _SPANS[what]
        seconds = span_of(said)
        example = _EXAMPLES.get(what, f"/alert btc > 65000 {what} {usual}")
        name = "window" if what == "window" else f"time after “{what}”"
        if seconds is None:
            raise BadArgument(name, said, example, hint="30m, 2h, 7d")
        if not least <= seconds <= most:
            raise OutOfRange(name, said, example, hint=f"{_said(least)} to {_said(most)}")
        return seconds

    def no_comma(self, said: str) -> None:
        if readings := with_dots(said):
            raise CommaForDot("number", said, readings, f"/alert {' '.join(self._text.split())}")

    def again(self, said: str, instead: str) -> str:
        """The whole command with one word replaced."""
        items = [instead if item.lower() == said else item for item in self._items]
        return " ".join(["/alert", *items])

    def unknown(self, said: str) -> BadArgument:
        """The error about a word that is nothing here; to be raised."""
        self.no_comma(said)
        if read_decimal(said) is not None:
            ways = tuple(self.again(said, f"{sign} {said}") for sign in (">", "<", "x"))
            return BadArgument(
                "condition", said, EXAMPLE, hint=">, < or x before it", suggestions=ways
            )
        known = [*OPS, *CONDITION_WORDS, *OWN_WORDS, *OPTION_WORDS]
        near = difflib.get_close_matches(said, known, n=1, cutoff=0.6)
        meant = [">" if n == "above" else "<" if n == "below" else n for n in near]
        again = tuple(self.again(said, each) for each in meant)
        return BadArgument("condition", said, EXAMPLE, hint=EXAMPLES, suggestions=again)


def is_span(word: str) -> bool:
    return span_of(word) is not None


def span_of(word: str) -> int | None:
    if match := _WEEKS.fullmatch(word):
        return int(match[1]) * 7 * DAY
    found = read_duration(word)
    return int(found.total_seconds()) if found is not None else None


def _said(seconds: int) -> str:
    for unit, length in (("d", DAY), ("h", 3600), ("m", _MINUTE)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
