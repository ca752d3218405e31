"""What stands after /alert, read into a wish: ``btc > 65000 every 30m note="sell half?"``.

Rules: the pair comes first, or is the chat's; then the conditions, then the options in any order;
whatever is not understood is named back with a command that works, and a word that is nearly
right with the one that may have been meant. Nothing is guessed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

from bot.core.alerts.indicators import series_name
from bot.core.alerts.own_syntax import OwnReader
from bot.core.alerts.reading import (
    CONDITION_WORDS,
    DAY,
    EXAMPLE,
    OPS,
    OPTION_WORDS,
    is_span,
    span_of,
)
from bot.core.alerts.words import (
    OWN,
    STEADY,
    Condition,
    Kind,
    Op,
    Options,
    Source,
    Wish,
)
from bot.core.args import INTERVALS, OutOfRange, words
from bot.core.errors import BadArgument, UserError
from bot.core.numbers import read_decimal
from bot.core.pair_names import PAIR, QUOTES
from bot.core.words import visible
from kraken.core.types import Interval

MOST_CONDITIONS = 4
NOTE = 80
_QUOTES_OF_NOTE = "\"“„'"
MOVE = re.compile(r"(±|\+-|\+/-|\+|-|−)([0-9.,]+)%?", re.ASCII)  # noqa: RUF001 - what phones write for minus
_NOTE = re.compile(
    r"note\s*=\s*(?:\"([^\"]*)\"|“([^”]*)”|„([^“]*)“|'([^']*)'|(\S+))", re.IGNORECASE
)


_REPEATING = (Kind.STEP, *STEADY)
"""Told every time, unless it is said otherwise."""
_ALONE = (Kind.STEP, Kind.EXTREME, *OWN)
"""What is joined with nothing."""
_OF_OWN = "once, every, nag, until, between, loud, silent, note"


class TooManyAlerts(BadArgument):
    """A chat has no room for another alert."""


class NoAlert(BadArgument):
    """There is no alert of that number in this chat."""


class CannotWatch(UserError):
    """What it is about does not exist here: no deposits in practice, no key, a delisted pair."""

    def __init__(self, what: str, said: str = "") -> None:
        super().__init__(what, said)
        self.what = what
        """``deposit``, ``key`` or ``pair``."""
        self.said = said


@dataclass(frozen=True, slots=True)
class AlertArgs:
    """What was asked; ``wish`` is None where only a pair was named."""

    pair: str | None = None
    wish: Wish | None = None


def read_alert(text: str) -> AlertArgs:
    """``[pair] <condition> [and|or <condition>...] [options]``.

    Raises:
        BadArgument: what was not understood, with an example.
    """
    note = _NOTE.search(visible(text))
    if note is not None and (note[5] or "x")[0] in _QUOTES_OF_NOTE:
        example = '/alert btc > 65000 note="sell half?"'
        raise BadArgument("note", note[5], example, hint="a quotation mark at both ends")
    rest = text if note is None else f"{text[: note.start()]} {text[note.end() :]}"
    reader = _Reader(words(re.sub(r"(>=|<=|>|<)", r" \1 ", rest)), text)
    pair = reader.pair()
    if not reader.left:
        return AlertArgs(pair)
    wish = reader.wish(pair)
    if note is not None:
        said = next(each for each in note.groups() if each is not None)
        options = replace(wish.options, note=" ".join(said.split())[:NOTE])
        wish = replace(wish, options=options)
    return AlertArgs(pair, wish)


class _Reader(OwnReader):
    """Pair, conditions, options."""

    def pair(self) -> str | None:
        """The pair in front, if there is one."""
        first = self.word
        if (
            not first
            or self.own() is not None
            or _begins_condition(first)
            or first in OPTION_WORDS
        ):
            return None
        if read_decimal(first) is not None or not PAIR.fullmatch(first):
            raise self.unknown(first)
        self.take()
        if self.word in QUOTES and first.isalnum():
            return f"{first}/{self.take()}"
        return first

    def wish(self, pair: str | None) -> Wish:
        conditions = [self.condition()]
        joiner = ""
        while self.word in ("and", "or"):
            said = self.take()
            if joiner and said != joiner:
                raise BadArgument(
                    "condition",
                    said,
                    "/alert btc > 65000 and rsi14 1h > 70",
                    hint="all and, or all or",
                )
            joiner = said
            if self.word == pair:
                self.take()  # said once more, as one does in a sentence
            conditions.append(self.condition())
        _check_together(conditions)
        options = Options(repeats=conditions[0].kind in _REPEATING)
        while self.left:
            options = self.option(options)
        wish = Wish(tuple(conditions), joiner, options)
        if wish.is_own and (options.chart or options.actions):
            said = "chart" if options.chart else options.actions[0]
            raise BadArgument("option", said, "/alert eur < 100 every 4h loud", hint=_OF_OWN)
        return wish

    # -- conditions

    def condition(self) -> Condition:
        word = self.word
        if (own := self.own()) is not None:
            return own()
        if word in OPS:
            return self.price()
        if MOVE.fullmatch(word):
            return self.move()
        reader = self._readers().get(word)
        if reader is not None:
            self.take()
            return reader(word)
        if series_name(word) is not None:
            return self.candle()
        raise self.unknown(word)

    def _readers(self) -> dict[str, Callable[[str], Condition]]:
        return {
            "step": self.step,
            "spread": self.spread,
            "vol": self.volume,
            "volume": self.volume,
            "bids": self.depth,
            "asks": self.depth,
            "high": self.extreme,
            "low": self.extreme,
        }

    def price(self) -> Condition:
        op = OPS[self.take()]
        value = self.number("price", f"/alert btc {op} 65000")
        source = Source(self.take()) if self.word in tuple(Source) else Source.LAST
        return Condition(Kind.PRICE, op, value, source=source)

    def move(self) -> Condition:
        said = self.take()
        match = MOVE.fullmatch(said)
        assert match is not None, "it was looked at"
        if not said.endswith("%"):
            hint = "a move is in percent"
            raise BadArgument("condition", said, f"/alert eth {said}% 1h", hint=hint)
        value = self.positive(match[2], "percentage", "/alert eth ±5% 1h")
        op = {"+": Op.ABOVE, "-": Op.BELOW, "−": Op.BELOW}.get(match[1], Op.CROSS)  # noqa: RUF001 - see above
        if op is Op.BELOW and value >= 100:
            raise OutOfRange("fall", said, "/alert btc -10%", hint="0 to 100 %")
        seconds = self.span("window") if is_span(self.word) else 0
        if not seconds and op is Op.CROSS:
            raise BadArgument("window", "", f"/alert eth {said} 1h", hint="15m, 1h, 1d")
        return Condition(Kind.MOVE, op, value, in_percent=True, seconds=seconds)

    def step(self, said: str) -> Condition:
        example = "/alert btc step 1000"
        in_percent = self.word.endswith("%")
        value = self.number("step", example, percent=in_percent)
        if in_percent and value >= 100:
            raise OutOfRange("step", f"{value}%", "/alert btc step 2%", hint="0 to 100 %")
        return Condition(Kind.STEP, Op.CROSS, value, in_percent=in_percent)

    def spread(self, said: str) -> Condition:
        example = "/alert ada spread > 0.3% for 1m"
        op = self.op(example)
        value = self.number("spread", example, percent=True)
        seconds = 0
        if self.word == "for":
            self.take()
            seconds = self.span("for")
        return Condition(Kind.SPREAD, op, value, in_percent=True, seconds=seconds)

    def volume(self, said: str) -> Condition:
        example = "/alert sol vol 5m > 3x"
        seconds = self.span("window")
        op = self.op(example)
        said = self.take()
        value = self.positive(said.removesuffix("x"), "multiple", example)
        return Condition(Kind.VOLUME, op, value, seconds=seconds)

    def depth(self, side: str) -> Condition:
        example = f"/alert btc {side} 1% < 20"
        percent = self.number("distance", example, percent=True)
        if percent > 10:
            raise OutOfRange("distance", f"{percent}%", example, hint="0 to 10 %")
        op = self.op(example)
        value = self.number("amount", example)
        return Condition(Kind.DEPTH, op, value, percent=percent, left=side)

    def extreme(self, side: str) -> Condition:
        example = f"/alert btc {side} 30d"
        said = self.take()
        seconds = span_of(said)
        if seconds is None or seconds % DAY or not DAY <= seconds <= 365 * DAY:
            raise BadArgument("number of days", said, example, hint="1d to 365d")
        op = Op.ABOVE if side == "high" else Op.BELOW
        return Condition(Kind.EXTREME, op, seconds=seconds)

    def candle(self) -> Condition:
        example = "/alert btc rsi14 1h < 30"
        left = series_name(self.take()) or ""
        interval = self.interval(example)
        op = self.op(example)
        right = series_name(self.word) or ""
        value = Decimal(0)
        if right:
            self.take()
        else:
            value = self.number("value", example, zero=left in ("macd", "signal"))
        interval = self.interval(example) or interval
        if interval is None:
            again = " ".join(["/alert", *self._items[: self._next], "1h"])
            raise BadArgument(
                "candle length", "", again, hint=" ".join(INTERVALS), suggestions=(again,)
            )
        return Condition(Kind.CANDLE, op, value, interval=interval.value, left=left, right=right)

    def interval(self, example: str) -> Interval | None:
        """The length of a candle, if one is said here."""
        if is_span(self.word) and self.word not in INTERVALS:
            raise BadArgument("candle length", self.word, example, hint=" ".join(INTERVALS))
        return INTERVALS[self.take()] if self.word in INTERVALS else None


def _begins_condition(word: str) -> bool:
    named = word in ("vol", "volume", *CONDITION_WORDS) or series_name(word) is not None
    return named or word in OPS or MOVE.fullmatch(word) is not None


def _check_together(conditions: list[Condition]) -> None:
    if len(conditions) == 1:
        return
    if len(conditions) > MOST_CONDITIONS:
        hint = f"up to {MOST_CONDITIONS} together"
        raise BadArgument("condition", str(len(conditions)), EXAMPLE, hint=hint)
    example = "/alert btc > 65000 and rsi14 1h > 70"
    for each in conditions:
        lasts = each.seconds if each.kind is Kind.MOVE else each.op is not Op.CROSS
        if not lasts or each.kind in _ALONE:
            said = each.op.value if each.kind is Kind.PRICE else each.kind.value
            raise BadArgument(
                "condition for and, or", said, example, hint="what lasts, as > and <"
            )
