"""What stands after ``/dca`` and ``/schedule``, read into values.

Rules: the amount of a recurring buy is money, because the price changes and the budget does not;
options may come in any order; nothing that was typed is ignored. Any text at all ends in a value
or a ``BadArgument`` with a command that works.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NoReturn

from bot.core.args import OutOfRange, TooLong
from bot.core.errors import BadArgument
from bot.core.numbers import read_duration
from bot.core.pair_names import PAIR
from bot.core.plans.types import Missed
from bot.core.plans.when import When, read_when
from bot.core.trade.numerals import Numerals
from bot.core.trade.wish import Amount, AmountKind
from bot.core.words import visible
from kraken.core.trading import PriceKind, PriceOffset

LONGEST = 400
"""Characters that are read."""
MOST_COMMANDS = 5
DCA_EXAMPLE = "/dca 25usd btc every 1d at 09:00"
SCHEDULE_EXAMPLE = "/schedule every day 08:00 /price btc eth"
ACTIONS = ("list", "pause", "resume", "stop", "stats", "edit")
_STARTS = frozenset({"every", "each", "daily", "weekly", "hourly"})
_WAIT_LEAST, _WAIT_MOST = timedelta(minutes=1), timedelta(days=7)
_FACTOR = re.compile(r"x([0-9]{1,2}(?:\.[0-9]{1,2})?)", re.ASCII | re.IGNORECASE)
_FACTOR_MOST = Decimal(10)
_RUNS_MOST = 10_000


@dataclass(frozen=True, slots=True)
class PlanAction:
    """``pause 3``."""

    name: str
    number: int | None = None
    rest: str = ""
    """What stands behind the number."""


@dataclass(frozen=True, slots=True)
class DcaArgs:
    """``25eur btc every 1d at 09:00 limit -0.3% wait 1h then market max=70000``."""

    amount: Amount
    pair: str
    when: When
    limit: PriceOffset | None = None
    wait: timedelta = timedelta(hours=1)
    then_market: bool = False
    highest: Decimal | None = None
    stop_after: int | None = None
    dip: Decimal | None = None
    factor: Decimal = Decimal(1)
    missed: Missed = Missed.ASK


@dataclass(frozen=True, slots=True)
class ScheduleArgs:
    """``every day 08:00 /price btc + /portfolio``."""

    when: When
    commands: tuple[str, ...]
    approved: bool = False
    """Its order is sent without another question."""
    highest: Decimal | None = None
    lowest: Decimal | None = None


def read_action(text: str, command: str) -> PlanAction | None:
    """``pause 3``; None if it is no action but a new plan. Nothing said is the list.

    Raises:
        BadArgument: an action without the number of a plan.
    """
    words = visible(text).split()
    if not words:
        return PlanAction("list")
    name = words[0].lower()
    if name not in ACTIONS:
        return None
    if name == "list":
        return PlanAction("list")
    said = words[1].lstrip("#") if len(words) > 1 else ""
    if not (said.isascii() and said.isdigit() and len(said) < 7):
        raise BadArgument("number of a plan", said, f"/{command} {name} 1", hint=f"/{command}")
    return PlanAction(name, int(said), " ".join(words[2:]))


def read_dca(text: str, zone: str, now: datetime) -> DcaArgs:
    """A recurring buy.

    Raises:
        BadArgument: one part was not understood, is missing, or is impossible.
    """
    if len(text) > LONGEST:
        raise TooLong("message", str(len(text)), hint=str(LONGEST))
    return _Dca(visible(text), zone, now).args()


class _Dca:
    def __init__(self, text: str, zone: str, now: datetime) -> None:
        self._words = re.sub(r"\s*=\s*", "=", text).split()
        self._zone = zone
        self._now = now
        self._next = 0
        self._found: dict[str, object] = {}
        self._numerals = Numerals(self._again, UTC)

    def args(self) -> DcaArgs:
        self._amount_and_pair()
        while word := self._take().lower():
            self._read(word)
        if "when" not in self._found:
            raise BadArgument("time", "", DCA_EXAMPLE, hint="every 1d at 09:00")
        if "wait" in self._found and "limit" not in self._found:
            self._refuse("wait", "wait", "limit -0.3% wait 1h then market")
        return DcaArgs(**self._found)  # type: ignore[arg-type]  # each part has its own reader

    def _again(self, said: str, instead: str) -> str:
        return "/dca " + " ".join(instead if word == said else word for word in self._words)

    def _peek(self) -> str:
        return self._words[self._next] if self._next < len(self._words) else ""

    def _take(self) -> str:
        word = self._peek()
        self._next += 1
        return word

    def _amount_and_pair(self) -> None:
        said = self._take()
        if said.lower() in _STARTS or not said:
            raise BadArgument("amount", said, DCA_EXAMPLE, hint="25usd")
        amount = self._numerals.amount(said, DCA_EXAMPLE)
        if amount.kind is AmountKind.BASE and re.fullmatch("[a-zA-Z]{3,4}", self._peek()):
            follows = self._words[self._next + 1 : self._next + 2]
            if follows and follows[0].lower() not in _STARTS and PAIR.fullmatch(follows[0]):
                amount = Amount(AmountKind.NAMED, amount.value, self._take().upper())
        if amount.kind is not AmountKind.NAMED:
            again = tuple(self._again(said, f"{said}{unit}") for unit in ("usd", "eur"))
            raise BadArgument("amount", said, DCA_EXAMPLE, hint="25usd", suggestions=again)
        self._found["amount"] = amount
        pair = self._take()
        if pair.lower() in ("of", "in"):
            pair = self._take()
        if not PAIR.fullmatch(pair) or pair.lower() in _STARTS:
            raise BadArgument("pair", pair, DCA_EXAMPLE)
        self._found["pair"] = pair.upper()

    def _read(self, word: str) -> None:
        name, _, value = word.partition("=")
        reader = _OPTIONS.get(name)
        if word in _STARTS:
            self._when(word)
        elif reader is not None:
            reader(self, name, value)
        else:
            self._not_understood(word)

    def _when(self, word: str) -> None:
        self._next -= 1
        when = read_when(self._words[self._next :], self._zone, self._now, DCA_EXAMPLE)
        self._next += when.words
        self._set("when", word, when)

    def _max(self, name: str, value: str) -> None:
        said = value or self._take()
        self._set("highest", name, self._numerals.positive("highest price", said, DCA_EXAMPLE))

    def _set(self, part: str, word: str, value: object) -> None:
        if part in self._found:
            self._refuse("option", word, "each option once")
        self._found[part] = value

    def _limit(self, name: str, value: str) -> None:
        said = value or self._take()
        offset = self._numerals.price("limit", said, f"{DCA_EXAMPLE} limit -0.3%")
        if offset.kind is PriceKind.STATIC or offset.value >= 0:
            self._refuse("limit", said, "limit -0.3%, below the market")
        self._set("limit", "limit", offset)

    def _wait(self, name: str, value: str) -> None:
        said = value or self._take()
        span = read_duration(said)
        if span is None or not _WAIT_LEAST <= span <= _WAIT_MOST:
            self._refuse("wait", said, "1m to 7d")
        self._set("wait", "wait", span)

    def _then(self, name: str, value: str) -> None:
        said = (value or self._take()).lower()
        if said not in ("market", "skip"):
            self._refuse("then", said, "market, skip")
        self._set("then_market", "then", said == "market")

    def _stop(self, word: str, value: str) -> None:
        if word == "stop" and self._peek().lower() == "after":
            self._take()
        said = value or self._take()
        if not (said.isascii() and said.isdigit()) or not 1 <= int(said[:9]) <= _RUNS_MOST:
            self._refuse("stop after", said, f"1 to {_RUNS_MOST}")
        if self._peek().lower() in ("runs", "times", "buys"):
            self._take()
        self._set("stop_after", word, int(said))

    def _dip(self, word: str, value: str) -> None:
        if word == "if" and self._peek().lower() == "dip":
            self._take()
        example = f"{DCA_EXAMPLE} if dip 5% x2"
        said = value or self._take()
        dip = self._numerals.distance(said, example)
        if dip.kind is not PriceKind.PERCENT:
            self._refuse("dip", said, "if dip 5% x2")
        factor = _FACTOR.fullmatch(self._peek())
        if factor is None or not 1 < Decimal(factor[1]) <= _FACTOR_MOST:
            raise OutOfRange("dip", self._peek(), example, hint="x1.1 to x10")
        self._take()
        self._set("dip", word, dip.value)
        self._found["factor"] = Decimal(factor[1])

    def _missed(self, name: str, value: str) -> None:
        said = (value or self._take()).lower()
        if said not in set(Missed):
            self._refuse("missed", said, "skip, once, ask")
        self._set("missed", "missed", Missed(said))

    def _not_understood(self, word: str) -> NoReturn:
        self._refuse("option", word, "limit, wait, then, max=, stop after, if dip, missed")

    def _refuse(self, what: str, said: str, hint: str) -> NoReturn:
        raise BadArgument(what, said, DCA_EXAMPLE, hint=hint)


_OPTIONS: Mapping[str, Callable[[_Dca, str, str], None]] = {
    "limit": _Dca._limit,
    "wait": _Dca._wait,
    "then": _Dca._then,
    "max": _Dca._max,
    "stop": _Dca._stop,
    "after": _Dca._stop,
    "if": _Dca._dip,
    "dip": _Dca._dip,
    "missed": _Dca._missed,
}
"""What may be said behind amount and pair, in any order."""


def read_schedule(text: str, zone: str, now: datetime) -> ScheduleArgs:
    """Commands at a time.

    Raises:
        BadArgument: no time, no command, or a part that was not understood.
    """
    if len(text) > LONGEST:
        raise TooLong("message", str(len(text)), hint=str(LONGEST))
    words = re.sub(r"\s*=\s*", "=", visible(text)).split()
    when = read_when(words, zone, now, SCHEDULE_EXAMPLE)
    rest = words[when.words :]
    approved, highest, lowest = False, None, None
    numerals = Numerals(lambda said, instead: SCHEDULE_EXAMPLE, UTC)
    while rest:
        name, _, value = rest[0].lower().partition("=")
        if name == "auto":
            approved = True
        elif name == "max" and value:
            highest = numerals.positive("highest price", value, AUTO_EXAMPLE)
        elif name == "min" and value:
            lowest = numerals.positive("lowest price", value, AUTO_EXAMPLE)
        else:
            break
        rest = rest[1:]
    commands = _commands(rest)
    if (highest is not None or lowest is not None) and not approved:
        raise BadArgument("option", "max=", AUTO_EXAMPLE, hint="auto")
    return ScheduleArgs(when, commands, approved, highest, lowest)


AUTO_EXAMPLE = "/schedule fri 20:00 auto max=70000 /buy 50usd btc market"
_OWN = ("portfolio", "balance", "orders", "pnl", "trades", "fees", "status")


def _commands(words: list[str]) -> tuple[str, ...]:
    if words and words[0].lower() in ("tell", "show", "send"):
        return _told(words[1:])
    commands = [part.strip() for part in " ".join(words).split(" + ")]
    for command in commands:
        if not command.startswith("/") or len(command) < 2:
            raise BadArgument("command", command, SCHEDULE_EXAMPLE, hint="/price btc, /portfolio")
        if "auto" in command.lower().split():
            hint = "auto max=70000 in front of /buy, auto min=50000 in front of /sell"
            raise BadArgument("option", "auto", AUTO_EXAMPLE, hint=hint)
    if len(commands) > MOST_COMMANDS:
        raise OutOfRange("command", commands[-1], SCHEDULE_EXAMPLE, hint=f"1 to {MOST_COMMANDS}")
    return tuple(commands)


def _told(words: list[str]) -> tuple[str, ...]:
    """``tell me BTC, ETH and my portfolio``."""
    pairs, commands = list[str](), list[str]()
    for word in words:
        said = word.lower().strip(",.;")
        if said in ("me", "my", "and", "the", "price", "prices", "of", ""):
            continue
        if said in _OWN:
            commands.append(f"/{said}")
        elif PAIR.fullmatch(said):
            pairs.append(said)
        else:
            raise BadArgument("command", word, SCHEDULE_EXAMPLE, hint="/price btc, /portfolio")
    if pairs:
        commands.insert(0, f"/price {' '.join(pairs)}")
    if not commands:
        raise BadArgument("command", "", SCHEDULE_EXAMPLE, hint="/price btc, /portfolio")
    return tuple(commands)
