"""The words after ``/buy`` and ``/sell`` read into a wish: ``50eur btc @ 60000 post``.

Rules: words may come in any order and any case; a number is read only if it can mean one thing
(no exponent, no comma, at most twelve digits); a price is never assumed; nothing that was typed
is ignored: what is not understood is named back with a command that works. Any text at all ends
in a wish or a ``BadArgument``.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, timedelta, tzinfo
from decimal import Decimal
from typing import Any, NoReturn

from bot.core.args import CommaForDot, OutOfRange, TooLong, TooManyArguments
from bot.core.errors import BadArgument
from bot.core.numbers import read_duration
from bot.core.pair_names import CURRENCIES, PAIR, QUOTES
from bot.core.trade.clashes import check_wish
from bot.core.trade.misread import Clash, Contradiction, WhichCurrency
from bot.core.trade.numerals import Numerals
from bot.core.trade.wish import Amount, AmountKind, Ladder, OrderWish, PriceWord, Pricing
from bot.core.words import LONGEST, visible
from kraken.core.trading import Reference, TimeInForce
from kraken.core.types import Side

NOTE_LONGEST = 100
_AT = frozenset({"@", "at", "limit"})
_ALL = frozenset({"max", "all"})
_TIMES = {"gtc": TimeInForce.GTC, "ioc": TimeInForce.IOC, "fok": TimeInForce.FOK}
_WORD_PRICES = {"bid": PriceWord.BID, "ask": PriceWord.ASK, "mid": PriceWord.MID}
_LADDER = re.compile(r"([0-9.]{1,20}?)\.\.([0-9.]{1,20})x([0-9]{1,3})", re.ASCII | re.IGNORECASE)
_PARTS = (2, 50)
_RUNGS = (2, 20)
_SPREAD = (timedelta(minutes=1), timedelta(days=7))
_OPTIONS = (
    *("market", "limit", "post", "ioc", "fok", "gtc", "check", "gtd=4h", "stop=58000"),
    *("take=66000", "trail=2%", "trigger=index", "sl=-3%", "tp=+6%", "trailsl=2%", "show=0.05"),
    *("@ bid", "@ ask", "@ mid", "in=4h", "parts=8", "ladder=59000..61000x5"),
)
"""What is offered for a word that is not understood."""
_QUOTED = re.compile(r"\bnote\s*=\s*(?:\"([^\"]*)\"|“([^”]*)”|'([^']*)'|([^\s\"“']+))", re.I)
_UNQUOTED = re.compile(r"\bnote\s*=", re.I)
_NUMBERED_NAMES = re.compile(r"(1inch|0x)(/[a-z0-9.]+)?", re.I)
"""Assets that begin with a digit."""


def read_order(side: Side, text: str, zone: tzinfo = UTC) -> OrderWish:
    """The wish as far as it was said; ``zone`` is where its times are meant.

    Raises:
        BadArgument: one part was not understood, or two contradict each other.
    """
    if len(text) > LONGEST:
        raise TooLong("message", str(len(text)), hint=str(LONGEST))
    wish = _Reader(side, visible(text), zone).wish()
    check_wish(wish)
    return wish


def change_order(wish: OrderWish, text: str, zone: tzinfo = UTC) -> OrderWish:
    """The wish with what is said in the text instead; the rest stays.

    Raises:
        BadArgument: as :func:`read_order`.
    """
    if len(text) > LONGEST:
        raise TooLong("message", str(len(text)), hint=str(LONGEST))
    changes = _Reader(wish.side, visible(text), zone).said()
    if {"lasts", "until", "time_in_force"} & changes.keys():
        wish = replace(wish, time_in_force=None, lasts=None, until=None)
    price = changes.get("price")
    if isinstance(price, PriceWord) and price.is_market:
        # It takes at once, so what belongs to waiting goes; said anew, it is contradicted.
        wish = replace(wish, post=False, time_in_force=None, lasts=None, until=None, show=None)
    changed = replace(wish, **changes)
    check_wish(changed)
    return changed


class _Reader:
    """Reads the words of one order from the left."""

    def __init__(self, side: Side, text: str, zone: tzinfo) -> None:
        self._side = side
        self._found: dict[str, Any] = {}
        self._typed: dict[str, str] = {}
        """The word that each part was read from, for the sentence about a second one."""
        self._names: list[tuple[int, str]] = []
        self._amount_at = -1
        text = self._take_note(text)
        text = re.sub(r"\s*=\s*", "=", text).replace("@", " @ ")
        self._items = text.split()
        self._next = 0
        self._numerals = Numerals(self.again, zone)

    def wish(self) -> OrderWish:
        """All that was said."""
        return OrderWish(self._side, **self.said())

    def said(self) -> dict[str, Any]:
        """The parts that were said, by the names of the wish's fields."""
        while word := self._take():
            self._read(word)
        self._name_pair()
        return self._found

    def again(self, said: str, instead: str) -> str:
        """The whole command with one word replaced."""
        items = [instead if item == said else item for item in self._items]
        return self._whole(items)

    def _whole(self, items: Iterable[str]) -> str:
        note = self._found.get("note")
        parts = (f"/{self._side.value}", *items, f'note="{note}"' if note else "")
        return " ".join(part for part in parts if part)

    def _take(self) -> str:
        word = self._items[self._next] if self._next < len(self._items) else ""
        self._next += 1
        return word

    def _read(self, word: str) -> None:
        lower = word.lower()
        reader = _WORDS.get(lower)
        if reader is not None:
            reader(self, lower)
        elif lower in _AT:
            self._set("price", f"@ {self._peek()}", self._price(self._take()))
        elif "=" in word:
            self._option(word)
        elif _NUMBERED_NAMES.fullmatch(word):
            self._names.append((self._next - 1, word))
        elif self._numerals.begins_one(word):
            self._amount(word)
        else:
            self._name(word)

    def _peek(self) -> str:
        return self._items[self._next] if self._next < len(self._items) else ""

    def _set(self, part: str, word: str, value: object) -> None:
        if part in self._found:
            raise Contradiction(
                Clash.TIMES if part == "time_in_force" else Clash.TWICE, self._typed[part], word
            )
        self._found[part], self._typed[part] = value, word

    # -- the parts

    def _take_note(self, text: str) -> str:
        found = _QUOTED.search(text)
        if found is None:
            if _UNQUOTED.search(text):
                raise BadArgument("note", "", self._example('note="first try"'))
            return text
        note = " ".join(next(group for group in found.groups() if group is not None).split())
        note = note.replace('"', "'")
        if len(note) > NOTE_LONGEST:
            raise BadArgument(
                "note", note, self._example('note="first try"'), hint="up to 100 characters"
            )
        if note:
            self._set("note", "note", note)
        return f"{text[: found.start()]} {text[found.end() :]}"

    def _market(self, word: str) -> None:
        plain = self._peek().lower() == "plain"
        if plain:
            self._take()
        self._set("price", word, PriceWord.PLAIN_MARKET if plain else PriceWord.MARKET)

    def _all(self, word: str) -> None:
        self._set("amount", word, Amount(AmountKind.MAX))

    def _flag(self, word: str) -> None:
        self._set(word, word, True)

    def _time(self, word: str) -> None:
        self._set("time_in_force", word, _TIMES[word])

    def _amount(self, word: str) -> None:
        if "amount" in self._found:
            again = tuple(self.again(word, f"@ {word}") for _ in range("price" not in self._found))
            raise TooManyArguments("option", word, self._example("@ 60000"), suggestions=again)
        self._amount_at = self._next - 1
        self._set("amount", word, self._numerals.amount(word, self._example("")))

    def _price(self, said: str) -> Pricing:
        if word := _WORD_PRICES.get(said.lower()):
            return word
        if said.lower() == "market":
            return PriceWord.MARKET
        return self._numerals.price("price", said, self._example("@ 60000"))

    def _option(self, word: str) -> None:
        name, _, said = word.partition("=")
        name = name.lower()
        reader = _VALUES.get(name)
        if reader is None:
            self._not_understood(word)
        reader(self, name, said)

    def _until(self, name: str, said: str) -> None:
        ends = self._numerals.end(said, self._example("@ 60000 gtd=4h"))
        self._set("time_in_force", f"gtd={said}", TimeInForce.GTD)
        self._found["until" if hasattr(ends, "year") else "lasts"] = ends

    def _trigger(self, name: str, said: str) -> None:
        part = {"sl": "stop_loss", "tp": "take_profit"}.get(name, name)
        noun = {"sl": "stop-loss", "tp": "take-profit"}.get(name, f"{name} price")
        example = self._example({"stop": "stop=58000", "take": "take=66000"}.get(name, _BRACKET))
        value = self._numerals.price(noun, said, example, name=name)
        self._set(part, f"{name}={said}", value)

    def _distance(self, name: str, said: str) -> None:
        part = "trailing_stop_loss" if name == "trailsl" else "trail"
        example = self._example("trail=2%" if name == "trail" else "@ 60000 trailsl=2%")
        self._set(part, f"{name}={said}", self._numerals.distance(said, example))

    def _reference(self, name: str, said: str) -> None:
        if said.lower() not in set(Reference):
            again = tuple(self.again(f"trigger={said}", f"trigger={ref}") for ref in Reference)
            raise BadArgument(
                "trigger", said, self._example("stop=58000 trigger=index"), suggestions=again
            )
        self._set("reference", f"trigger={said}", Reference(said.lower()))

    def _show(self, name: str, said: str) -> None:
        example = self._example("@ 60000 show=0.005")
        value = self._numerals.positive("shown amount", said, example)
        self._set("show", f"show={said}", value)

    def _spread(self, name: str, said: str) -> None:
        span = read_duration(said)
        if span is None or not _SPREAD[0] <= span <= _SPREAD[1]:
            raise OutOfRange("time", said, self._example(_IN_PARTS), hint="1m to 7d")
        self._set("spread", f"in={said}", span)

    def _parts(self, name: str, said: str) -> None:
        count = self._count(said, _PARTS, _IN_PARTS)
        self._set("parts", f"parts={said}", count)

    def _ladder(self, name: str, said: str) -> None:
        found = _LADDER.fullmatch(said)
        example = self._example(_LADDERED)
        if found is None:
            raise BadArgument("ladder", said, example, hint="lowest..highestxcount")
        low = self._numerals.positive("ladder", found[1], example)
        high = self._numerals.positive("ladder", found[2], example)
        if low >= high:
            raise BadArgument("ladder", said, example, hint="the lower price first")
        count = self._count(found[3], _RUNGS, _LADDERED)
        self._set("ladder", f"ladder={said}", Ladder(low, high, count))

    def _count(self, said: str, limits: tuple[int, int], rest: str) -> int:
        is_number = said.isascii() and said.isdigit() and len(said) < 4
        if not is_number or not limits[0] <= int(said) <= limits[1]:
            hint = f"{limits[0]} to {limits[1]}"
            raise OutOfRange("number of parts", said, self._example(rest), hint=hint)
        return int(said)

    # -- the pair

    def _name(self, word: str) -> None:
        if word.lower() in _VALUES and self._numerals.begins_one(self._peek()):
            joined = f"{word}={self._peek()}"
            items = [*self._items[: self._next - 1], joined, *self._items[self._next + 1 :]]
            again = self._whole(items)
            raise BadArgument("option", word, again, suggestions=(again,))
        if not PAIR.fullmatch(word):
            self._not_understood(word)
        self._names.append((self._next - 1, word))

    def _name_pair(self) -> None:
        names = self._names
        if names and names[0][0] == self._amount_at + 1 and self._is_currency(names[0][1]):
            names = self._named_amount(names)
        words = [name for _, name in names]
        if len(words) > 1 and not (words[0].isalnum() and words[1].lower() in QUOTES):
            self._not_understood(words[1])
        if len(words) > 2:
            self._not_understood(words[2])
        if words:
            self._found["pair"] = "/".join(words).upper()

    def _is_currency(self, word: str) -> bool:
        amount = self._found.get("amount")
        counts = isinstance(amount, Amount) and amount.kind is AmountKind.BASE
        return counts and self._amount_at >= 0 and word.lower() in CURRENCIES

    def _named_amount(self, names: list[tuple[int, str]]) -> list[tuple[int, str]]:
        """``50 eur btc`` is an amount of euros; ``50 eur`` alone is asked about."""
        (_, unit), *rest = names
        if not rest:
            amount = self._items[self._amount_at]
            quote = "eur" if unit.lower() == "usd" else "usd"
            joined = [
                *self._items[: self._amount_at],
                f"{amount}{unit.lower()}",
                *self._items[self._amount_at + 2 :],
            ]
            again = (
                self._whole(joined),
                self.again(unit, f"{unit.lower()}/{quote}"),
            )
            raise WhichCurrency("pair", unit.lower(), again[0], hint=amount, suggestions=again)
        amount = self._found["amount"]
        self._found["amount"] = Amount(AmountKind.NAMED, amount.value, unit.upper())
        return rest

    def _not_understood(self, word: str) -> NoReturn:
        if readings := self._numerals.commas(word):
            raise CommaForDot("number", word, readings, self.again("", ""))
        near = difflib.get_close_matches(word.lower(), _OPTIONS, n=1, cutoff=0.7)
        again = tuple(self.again(word, option) for option in near)
        hint = "post, ioc, fok, gtd=4h, stop=, take=, trail=, sl=, tp=, show=, in=, ladder=, note="
        raise BadArgument("option", word, self._example("@ 60000"), hint=hint, suggestions=again)

    def _example(self, rest: str) -> str:
        return f"/{self._side.value} 0.01 btc {rest or '@ 60000'}"


_BRACKET = "@ 60000 sl=58500 tp=64000"
_IN_PARTS = "market in=4h parts=8"
_LADDERED = "ladder=59000..61000x5"

_WORDS: Mapping[str, Callable[[_Reader, str], None]] = {
    "market": _Reader._market,
    "post": _Reader._flag,
    "check": _Reader._flag,
    **dict.fromkeys(_TIMES, _Reader._time),
    **dict.fromkeys(_ALL, _Reader._all),
}
"""What is said in one word."""

_VALUES: Mapping[str, Callable[[_Reader, str, str], None]] = {
    "gtd": _Reader._until,
    "stop": _Reader._trigger,
    "take": _Reader._trigger,
    "sl": _Reader._trigger,
    "tp": _Reader._trigger,
    "trail": _Reader._distance,
    "trailsl": _Reader._distance,
    "trigger": _Reader._reference,
    "show": _Reader._show,
    "in": _Reader._spread,
    "parts": _Reader._parts,
    "ladder": _Reader._ladder,
}
"""What is said with a value."""


def plain_words(text: str) -> str:
    """Free text as an order is typed: ``50 eur of btc at 60k`` -> ``50 eur btc @ 60000``."""
    words = [
        word.strip("!?;:\"'…").removesuffix(".").removesuffix(",")
        for word in visible(text[:LONGEST]).split()
    ]
    kept = [word for word in words if word and word.lower() not in _FILLERS]
    return " ".join(_THOUSANDS.sub(_in_full, word) for word in kept)


_FILLERS = frozenset({"of", "for", "worth", "please", "me", "some", "a", "now", "in", "price"})
_THOUSANDS = re.compile(r"^([0-9]{1,6}(?:\.[0-9]{1,3})?)k$", re.I | re.ASCII)


def _in_full(found: "re.Match[str]") -> str:
    return f"{int(Decimal(found[1]) * 1000)}"
