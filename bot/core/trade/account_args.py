"""What stands after the commands of an account: ``/orders btc stops 2`` -> ``OrdersArgs``.

Rules as in ``bot.core.args``: any order, any case; whatever is not understood is named back with
a command that works; any text at all ends in a value or a ``UserError``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, NoReturn

from bot.core.args import CommaForDot, OutOfRange, TooManyArguments, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal, with_dots
from bot.core.pair_names import PAIR, in_one_currency, is_number
from bot.core.talk import nearest_names
from bot.core.trade.profit import Method

Which = Literal["open", "closed", "stops", "all"]
Whom = Literal["entries", "stops", "all"]
What = Literal["trades", "orders", "ledger", "pnl"]
FileForm = Literal["csv", "json"]

WHICH: tuple[Which, ...] = ("open", "closed", "stops", "all")
WHOM: tuple[Whom, ...] = ("entries", "stops", "all")
WHAT: tuple[What, ...] = ("trades", "orders", "ledger", "pnl")
TRADES_DAYS = 7
PORTFOLIO_DAYS = 30
DAYS_MOST = 3650
LINE_DAYS_MOST = 720
"""Days of closing prices that Kraken hands out."""

_DAYS = re.compile(r"([0-9]{1,20})(d|w|m|y)?", re.ASCII | re.IGNORECASE)
_TIMES = frozenset({"yesterday", "tomorrow", "day", "week", "month", "quarter", "year", "ytd"})
"""Words that somebody says for a time, and never for a pair."""
_IN_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_YEAR = re.compile(r"20[0-9]{2}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9\-]{4,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class OrdersArgs:
    """``/orders btc stops 2``."""

    pair: str | None = None
    which: Which = "open"
    page: int = 1


@dataclass(frozen=True, slots=True)
class CancelAllArgs:
    """``/cancelall btc entries``."""

    pair: str | None = None
    whom: Whom = "entries"


@dataclass(frozen=True, slots=True)
class BalanceArgs:
    """``/balance all eur``."""

    everything: bool = False
    currency: str = ""


@dataclass(frozen=True, slots=True)
class TradesArgs:
    """``/trades btc 30``."""

    pair: str | None = None
    days: int = TRADES_DAYS
    file: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """A time that was asked for, as words and as days or dates."""

    name: str
    days: int = 0
    """Back from now; 0 with dates."""
    begin: datetime | None = None
    end: datetime | None = None

    @property
    def word(self) -> str:
        """As it is typed."""
        return f"{self.days}d" if self.days else self.name


TODAY, ALL_TIME = Span("today"), Span("all")
WEEK = Span("7 days", 7)


@dataclass(frozen=True, slots=True)
class PnlArgs:
    """``/pnl 7d avg``."""

    span: Span = WEEK
    pair: str | None = None
    method: Method = Method.FIFO


@dataclass(frozen=True, slots=True)
class ExportArgs:
    """``/export trades 2026 csv tax``."""

    what: What
    span: Span = ALL_TIME
    form: FileForm = "csv"
    tax: bool = False
    method: Method = Method.FIFO


def read_orders(text: str) -> OrdersArgs:
    """``[pair] [all|open|closed|stops] [page]``."""
    which: Which = "open"
    page, pairs = 1, list[str]()
    for word in words(text):
        lower = word.lower()
        if found := next((each for each in WHICH if each == lower), None):
            which = found
        elif is_number(word):
            page = _whole(word, "page", "/orders all 2", 1, 999)
        else:
            pairs.append(word)
    return OrdersArgs(_one_pair(pairs, "orders", WHICH), which, page)


def read_name(text: str, command: str) -> str:
    """``<id|last>``, empty when bare."""
    said = words(text)
    if len(said) > 1:
        raise TooManyArguments("option", said[1], f"/{command} last")
    return order_name(said[0], command) if said else ""


def read_cancel_all(text: str) -> CancelAllArgs:
    """``[pair] [entries|stops|all]``."""
    whom: Whom = "entries"
    pairs: list[str] = []
    for word in words(text):
        if found := next((each for each in WHOM if each == word.lower()), None):
            whom = found
        else:
            pairs.append(word)
    return CancelAllArgs(_one_pair(pairs, "cancelall", WHOM), whom)


def read_cost_reply(text: str) -> Decimal:
    """What something cost, as the one number of an answer; nothing is fine, too."""
    said = words(text)
    value = read_decimal(said[0]) if len(said) == 1 else None
    if readings := with_dots(" ".join(said)):
        raise CommaForDot("cost", said[0], readings, said[0])
    if value is None:
        raise BadArgument("cost", " ".join(said), hint="one number, as in 1500")
    return value


def read_balance(text: str) -> BalanceArgs:
    """``[all] [currency]``."""
    everything, currency = False, ""
    for word in words(text):
        if word.lower() == "all":
            everything = True
        elif currency or not re.fullmatch(r"[A-Za-z]{3,5}", word, re.ASCII):
            raise BadArgument("option", word, "/balance all", hint="all, usd, eur")
        else:
            currency = word.upper()
    return BalanceArgs(everything, currency)


def read_trades(text: str) -> TradesArgs:
    """``[pair] [days] [csv]``."""
    days, pairs, file = TRADES_DAYS, list[str](), False
    for word in words(text):
        if word.lower() == "csv":
            file = True
        elif is_number(word) or _DAYS.fullmatch(word):
            days = _days(word, "/trades btc 30", DAYS_MOST)
        else:
            pairs.append(word)
    return TradesArgs(_one_pair(pairs, "trades", ("7d", "30d")), days, file)


def read_pnl(text: str, now: datetime) -> PnlArgs:
    """``[today|7d|30d|2026|all|pair] [fifo|avg]``."""
    span, method, pairs = WEEK, Method.FIFO, list[str]()
    for word in words(text):
        lower = word.lower()
        if found := _span(lower, now, "/pnl 30d"):
            span = found
        elif lower in {"fifo", "avg", "average"}:
            method = Method.FIFO if lower == "fifo" else Method.AVERAGE
        else:
            pairs.append(word)
    return PnlArgs(span, _one_pair(pairs, "pnl", ("today", "7d", "fifo", "avg")), method)


def read_portfolio(text: str) -> int:
    """``[days]``."""
    said = words(text)
    if len(said) > 1:
        raise TooManyArguments("option", said[1], "/portfolio 30d")
    return _days(said[0], "/portfolio 30d", LINE_DAYS_MOST) if said else PORTFOLIO_DAYS


def read_export(text: str, now: datetime) -> ExportArgs:
    """``trades|orders|ledger|pnl [2026|from..to] [csv|json] [tax]``."""
    what: What | None = None
    span, form, tax, method = ALL_TIME, "csv", False, Method.FIFO
    for word in words(text):
        lower = word.lower()
        if kind := next((each for each in WHAT if each == lower), None):
            what = kind
        elif lower in {"csv", "json"}:
            form = lower
        elif lower == "tax":
            tax = True
        elif lower in {"fifo", "avg"}:
            method = Method(lower)
        elif found := _span(lower, now, "/export trades 2026"):
            span = found
        else:
            _no_option("export", word, (*WHAT, "csv", "json", "tax"), "/export trades 2026")
    what = what or ("pnl" if tax else None)
    if what is None:
        choices = tuple(f"/export {each}" for each in WHAT)
        raise BadArgument("kind", "", "/export trades 2026", suggestions=choices)
    return ExportArgs(what, span, "json" if form == "json" else "csv", tax, method)


def bounds(span: Span, now: datetime) -> tuple[datetime | None, datetime | None]:
    """From when, until when; None is open."""
    if span.begin is not None or span.end is not None:
        return span.begin, span.end
    if span == TODAY:
        return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), None
    return (now - timedelta(days=span.days) if span.days else None), None


def _span(said: str, now: datetime, example: str) -> Span | None:
    if said == "today":
        return TODAY
    if said == "all":
        return ALL_TIME
    if _YEAR.fullmatch(said):
        return Span(said, begin=_day(said, "01-01"), end=_day(str(int(said) + 1), "01-01"))
    if ".." in said:
        return _dates(said, example)
    match = _DAYS.fullmatch(said)
    if match is None or match[2] is None:
        return None
    days = _days(said, example, DAYS_MOST)
    return Span("1 day" if days == 1 else f"{days} days", days)


def _dates(said: str, example: str) -> Span:
    begin, _, end = said.partition("..")
    try:
        first = datetime.fromisoformat(begin).replace(tzinfo=UTC) if begin else None
        last = datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None
    except ValueError:
        raise BadArgument(
            "time", said, "/export trades 2026-01-01..2026-03-31", hint="2026-01-01..2026-03-31"
        ) from None
    # A day that ends a span belongs to it.
    until = last + timedelta(days=1) if last else None
    if first and until and first >= until:
        raise BadArgument("time", said, example, hint="the earlier day first")
    return Span(said, begin=first, end=until)


def _day(year: str, day: str) -> datetime:
    return datetime.fromisoformat(f"{year}-{day}").replace(tzinfo=UTC)


def _days(said: str, example: str, most: int) -> int:
    match = _DAYS.fullmatch(said)
    if match is None:
        raise BadArgument("number of days", said, example)
    days = int(match[1]) * _IN_DAYS[(match[2] or "d").lower()]
    if not 1 <= days <= most:
        raise OutOfRange("number of days", said, example, hint=f"1 to {most}")
    return days


def _whole(said: str, what: str, example: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", said, re.ASCII):
        raise BadArgument(what, said, example)
    if not least <= int(said) <= most:
        raise OutOfRange(what, said, example, hint=f"{least} to {most}")
    return int(said)


def order_name(said: str, command: str) -> str:
    """``last``, or what may be the beginning of an id."""
    is_name = _NAME.fullmatch(said) is not None and any(char.isalpha() for char in said)
    if said.lower() != "last" and not is_name:
        raise BadArgument("order", said, f"/{command} last", hint="its id, or last")
    return said.lower() if said.lower() == "last" else said


def _one_pair(said: Sequence[str], command: str, options: Sequence[str]) -> str | None:
    """``btc``, ``btc/eur`` or ``btc eur``."""
    if time := next((word for word in said if word.lower() in _TIMES), ""):
        _no_option(command, time, options, f"/{command} {options[0]}")
    pairs = in_one_currency(said)
    if not pairs:
        return None
    if len(pairs) > 1 or not PAIR.fullmatch(pairs[0]):
        _no_option(command, pairs[-1], options, f"/{command} btc")
    return pairs[0]


def _no_option(command: str, said: str, options: Sequence[str], example: str) -> NoReturn:
    near = nearest_names(said.lower(), options)
    suggestions = tuple(f"/{command} {name}" for name in near)
    raise BadArgument("option", said, example, hint=", ".join(options), suggestions=suggestions)
