"""What stands after a command, read into values: ``btc 25 group 50`` -> ``BookArgs``.

Rules: words may come in any order and any case; a pair is only recognised by its shape here, the
market decides whether it exists; whatever is not understood is named back with a command that
works. Any text at all ends in a value or a ``UserError``.
"""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal, NoReturn

from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, read_duration, with_dots
from bot.core.page import Payload
from bot.core.pair_names import PAIR, QUOTES, in_one_currency, is_number
from bot.core.words import LONGEST, visible
from kraken.core.types import Interval

INTERVALS = {
    "1m": Interval.M1,
    "5m": Interval.M5,
    "15m": Interval.M15,
    "30m": Interval.M30,
    "1h": Interval.H1,
    "4h": Interval.H4,
    "1d": Interval.D1,
    "1w": Interval.W1,
    "15d": Interval.D15,
}
"""Kraken's nine candle lengths as people write them."""

INTERVAL_NAMES = {interval: name for name, interval in INTERVALS.items()}

BOOK_ROWS = (5, 25)
BOOK_DEFAULT = 10
CANDLES_LEAST = 5
CANDLES_DEFAULT = 60
TABLE_DEFAULT = 20
KRAKEN_KEEPS = 720
"""Finished candles of each interval that Kraken hands out at once."""
STITCHED_SPAN = timedelta(days=2)
"""How far beyond those single trades are fetched: one call a second, 1,000 trades a call."""
PRICES_MOST = 10
CARDS_MOST = 3
WATCH_PAIRS = 6
WATCH_EVERY = {"private": timedelta(seconds=5), "group": timedelta(seconds=10)}
WATCH_EVERY_MOST = timedelta(hours=1)
WATCH_FOR = (timedelta(minutes=1), timedelta(hours=24))
WATCH_FOR_DEFAULT = timedelta(minutes=30)
ACCOUNT_WATCHES = ("orders", "portfolio", "pnl")
ACCOUNT_EVERY = timedelta(seconds=15)
"""A watch of an account asks the exchange with the account's own key, whose calls are few."""

_BOOK_WORDS = ("group", "depth", "live")
_CANDLES_WORDS = ("text", "csv", "chart", "ema", "rsi", *INTERVALS)
_LENGTH = re.compile(r"([0-9]{1,5})(m|min|h|d|w)", re.ASCII)
_MINUTES = {"m": 1, "min": 1, "h": 60, "d": 1440, "w": 10080}


class CommaForDot(BadArgument):
    """A comma stands where a dot may have been meant."""

    def __init__(self, what: str, said: str, readings: tuple[str, ...], again: str) -> None:
        """``again`` is the whole command, in which a reading takes the place of what was said."""
        options = tuple(again.replace(said, reading) for reading in readings)
        super().__init__(what, said, options[0], suggestions=options)
        self.readings = readings
        """What the number may have meant: ``0,5`` is 0.5; ``1,000`` is 1.000 or 1000."""


class TooManyArguments(BadArgument):
    """More was said than the command takes; ``said`` is the first that is too much."""


class TooLong(BadArgument):
    """More characters than are read."""


class OutOfRange(BadArgument):
    """A number or time that was understood but lies outside the limits that ``hint`` holds."""


class BeyondHistory(BadArgument):
    """More candles than Kraken keeps and than can be put together from trades in time."""

    def __init__(self, interval: str, said: str, most: int, suggestion: str) -> None:
        super().__init__("count", said, suggestion, suggestions=(suggestion,))
        self.interval = interval
        self.most = most


@dataclass(frozen=True, slots=True)
class BookArgs:
    """``/book btc 25 group 50 live``."""

    pair: str | None = None
    rows: int = BOOK_DEFAULT
    """Rows a side, 5 to 25."""
    step: Decimal | None = None
    """Prices are joined in steps of this."""
    live: bool = False


@dataclass(frozen=True, slots=True)
class CandlesArgs:
    """``/candles btc 1h 60 text``."""

    pair: str | None = None
    interval: Interval = Interval.H1
    count: int = CANDLES_DEFAULT
    form: Literal["chart", "text", "csv"] = "chart"
    ema: bool = False
    rsi: bool = False


@dataclass(frozen=True, slots=True)
class WatchArgs:
    """``/watch btc eth every 5s for 30m``, ``/watch orders``."""

    pairs: tuple[str, ...] = ()
    every: timedelta = WATCH_EVERY["private"]
    lasts: timedelta = WATCH_FOR_DEFAULT
    what: str = ""
    """Of the account, in place of pairs: one of ``ACCOUNT_WATCHES``."""


@dataclass(frozen=True, slots=True)
class SettingsArgs:
    """``/settings zone Europe/Berlin``; both empty when bare."""

    what: str = ""
    value: str = ""


def words(text: str) -> list[str]:
    """The words of a command's arguments.

    Raises:
        TooLong: more than 256 characters; nothing was read.
    """
    if len(text) > LONGEST:
        raise TooLong("message", str(len(text)), hint=str(LONGEST))
    return visible(text).split()


def read_pairs(text: str, command: str, most: int) -> tuple[str, ...]:
    """Pair names in the order typed, none twice; commas between them are fine.

    More than fit into cards may fit into ``/price``, which is offered then.
    """
    names = in_one_currency(words(text.replace(",", " ")))
    if len(names) > most:
        fits = len(names) <= PRICES_MOST and all(map(PAIR.fullmatch, names))
        raise TooManyArguments(
            "pairs",
            names[most],
            f"/{command} {_first_pair(names)}",
            hint=str(most),
            suggestions=(f"/price {' '.join(names)}",) if fits else (),
        )
    return tuple(_pair(name, command) for name in names)


def read_book(text: str) -> BookArgs:
    """``[pair] [depth] [group <step>] [live]`` in any order; a bare ``0.5`` is a step."""
    rest = _Words(words(text), "book")
    pairs: list[str] = []
    rows, step, live = BOOK_DEFAULT, None, False
    while word := rest.take():
        match word.lower():
            case "group" | "step" | "by":
                step = rest.decimal("group", "10")
            case "depth" | "rows":
                rows = rest.whole("depth", rest.take(), BOOK_ROWS)
            case "live":
                live = True
            case number if "." in number and read_decimal(number):
                step = read_decimal(number)
            case number if is_number(number):
                rows = rest.whole("depth", word, BOOK_ROWS)
            case _:
                pairs.append(rest.pair(word))
    return BookArgs(rest.one_pair(pairs, _BOOK_WORDS), rows, step, live)


def read_candles(text: str) -> CandlesArgs:
    """``[pair] [interval] [count] [text|csv] [ema] [rsi]`` in any order."""
    rest = _Words(words(text), "candles")
    pairs: list[str] = []
    interval, count, form = Interval.H1, 0, "chart"
    drawn: set[str] = set()
    while word := rest.take():
        lower = word.lower()
        if lower in {"text", "csv", "chart"}:
            form = lower
        elif lower in {"ema", "rsi"}:
            drawn.add(lower)
        elif _LENGTH.fullmatch(lower):
            interval = rest.interval(lower)
        elif is_number(word):
            count = rest.whole("count", word, (CANDLES_LEAST, None))
        else:
            pairs.append(rest.pair(word))
    pair = rest.one_pair(pairs, _CANDLES_WORDS)
    usual = TABLE_DEFAULT if form == "text" else CANDLES_DEFAULT
    args = CandlesArgs(pair, interval, count or usual, _form(form), "ema" in drawn, "rsi" in drawn)
    _within_history(args)
    return args


def read_candles_payload(payload: Payload) -> CandlesArgs:
    """The arguments as a button carries them."""
    args = CandlesArgs(
        pair=str(payload["pair"]),
        interval=INTERVALS[str(payload["interval"])],
        count=int(payload["count"]),
        form=_form(str(payload["form"])),
        ema=bool(payload["ema"]),
        rsi=bool(payload.get("rsi")),  # a button from before there was one has none
    )
    _within_history(args)
    return args


def read_watch(text: str, chat_kind: str) -> WatchArgs:
    """``[pair...|orders|portfolio|pnl] [every 5s] [for 30m]`` in any order."""
    rest = _Words(words(text.replace(",", " ")), "watch")
    least = WATCH_EVERY.get(chat_kind, WATCH_EVERY["group"])
    pairs: list[str] = []
    every, lasts, what = least, WATCH_FOR_DEFAULT, ""
    while word := rest.take():
        match word.lower():
            case "every":
                every = rest.span("every", (least, WATCH_EVERY_MOST))
            case "for":
                lasts = rest.span("for", WATCH_FOR)
            case account if account in ACCOUNT_WATCHES:
                what, least = account, ACCOUNT_EVERY
            case _:
                pairs.append(rest.pair(word))
    names = in_one_currency(pairs)
    if what and names:
        raise BadArgument("option", names[0], f"/watch {what}", hint="every, for")
    if len(names) > WATCH_PAIRS:
        raise TooManyArguments(
            "pairs", names[WATCH_PAIRS], "/watch btc eth", hint=str(WATCH_PAIRS)
        )
    return WatchArgs(tuple(names), max(every, least), lasts, what)


def read_settings(text: str) -> SettingsArgs:
    """``[what] [value]``; the value may hold blanks."""
    what, *value = words(text) or [""]
    return SettingsArgs(what.lower(), " ".join(value))


def nearest_interval(minutes: int) -> Interval:
    """Kraken's candle length that is nearest by ratio: 7 minutes -> 5 minutes."""
    return min(Interval, key=lambda known: abs(math.log(known.value) - math.log(max(minutes, 1))))


class _Words:
    """The words of one command, taken from the left, with the errors that name the command."""

    def __init__(self, items: Sequence[str], command: str) -> None:
        self._items = items
        self._next = 0
        self._command = command

    def take(self) -> str:
        """The next word; empty when there is none."""
        word = self._items[self._next] if self._next < len(self._items) else ""
        self._next += 1
        return word

    def again(self, said: str, instead: str) -> str:
        """The whole command with one word replaced, to be offered as a button."""
        replaced = [instead if item == said else item for item in self._items]
        return " ".join([f"/{self._command}", *replaced])

    def pair(self, word: str) -> str:
        return _pair(word, self._command)

    def one_pair(self, pairs: Sequence[str], options: Sequence[str]) -> str | None:
        """``btc`` or ``btc eur``; a second word that is no quote was meant as an option."""
        if len(pairs) > 1 and not (pairs[0].isalnum() and pairs[1].lower() in QUOTES):
            self._no_option(pairs[1], options)
        if len(pairs) > 2:
            self._no_option(pairs[2], options)
        return "/".join(pairs) or None

    def _no_option(self, said: str, options: Sequence[str]) -> NoReturn:
        near = difflib.get_close_matches(said.lower(), options, n=1)
        again = tuple(self.again(said, option) for option in near)
        example = f"/{self._command} {self._items[0] if self._items[0] != said else 'btc'}"
        hint = ", ".join(options)
        raise BadArgument("option", said, example, hint=hint, suggestions=again)

    def decimal(self, what: str, usual: str) -> Decimal:
        said = self.take()
        self.no_comma(what, said)
        value = read_decimal(said)
        example = f"/{self._command} btc {what} {usual}"
        if value is None:
            raise BadArgument(what, said, example)
        if value == 0:
            raise OutOfRange(what, said, example, hint="0")
        return value

    def whole(self, what: str, said: str, limits: tuple[int, int | None]) -> int:
        self.no_comma(what, said)
        least, most = limits
        example = f"/{self._command} btc {BOOK_DEFAULT if what == 'depth' else CANDLES_DEFAULT}"
        if not re.fullmatch(r"[0-9]+", said, re.ASCII):
            raise BadArgument(what, said, example)
        value = int(said)
        if value < least or (most is not None and value > most):
            near = self.again(said, str(least if value < least else most))
            hint = f"{least} to {most}" if most else f"{least} on"
            raise OutOfRange(what, said, near, hint=hint, suggestions=(near,))
        return value

    def span(self, what: str, limits: tuple[timedelta, timedelta]) -> timedelta:
        said = self.take()
        value = read_duration(said)
        least, most = limits
        if value is None:
            unit = "s" if least < timedelta(minutes=1) else "m"
            meant = f"{said}{unit}"
            again = (self.again(said, meant),) if read_duration(meant) else ()
            example = f"/{self._command} btc {what} {_span(least)}"
            raise BadArgument(what, said, example, hint="30s, 5m, 2h", suggestions=again)
        if not least <= value <= most:
            near = self.again(said, _span(min(max(value, least), most)))
            hint = f"{_span(least)} to {_span(most)}"
            raise OutOfRange(what, said, near, hint=hint, suggestions=(near,))
        return value

    def interval(self, lower: str) -> Interval:
        if lower in INTERVALS:
            return INTERVALS[lower]
        match = _LENGTH.fullmatch(lower)
        minutes = int(match[1]) * _MINUTES[match[2]] if match else 0
        for known in Interval:
            if known.value == minutes:
                return known
        near = INTERVAL_NAMES[nearest_interval(minutes)]
        said = next(item for item in self._items if item.lower() == lower)
        again = self.again(said, near)
        raise BadArgument("interval", said, again, hint=" ".join(INTERVALS), suggestions=(again,))

    def no_comma(self, what: str, said: str) -> None:
        if readings := with_dots(said):
            raise CommaForDot(what, said, readings, " ".join([f"/{self._command}", *self._items]))


def _pair(word: str, command: str) -> str:
    if readings := with_dots(word):
        raise CommaForDot("number", word, readings, f"/{command} {word}")
    if not PAIR.fullmatch(word):
        raise BadArgument("pair", word, f"/{command} btc")
    return word


def _first_pair(names: Sequence[str]) -> str:
    return next((name for name in names if PAIR.fullmatch(name)), "btc")


def _form(word: str) -> Literal["chart", "text", "csv"]:
    return "text" if word == "text" else "csv" if word == "csv" else "chart"


def _span(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"


def _within_history(args: CandlesArgs) -> None:
    beyond = args.count - KRAKEN_KEEPS
    possible = int(STITCHED_SPAN / args.interval.length)
    if beyond > possible:
        most = KRAKEN_KEEPS + possible
        name = INTERVAL_NAMES[args.interval]
        again = f"/candles {args.pair or ''} {name} {most} {args.form}".replace("  ", " ")
        raise BeyondHistory(name, str(args.count), most, again.removesuffix(" chart"))
