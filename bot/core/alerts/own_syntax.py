"""Conditions about an account or the bot itself: ``fill big 500eur``, ``eur < 100``, ``feed``.

Rules: they name no pair, so a word that may be one is read as a pair unless what follows says
otherwise; a bare currency is the balance of it, ``eur/usd`` is the pair.
"""

import re
from collections.abc import Callable
from decimal import Decimal

from bot.core.alerts.options import OptionReader
from bot.core.alerts.own import SPANS
from bot.core.alerts.reading import DAY, OPS, OPTION_WORDS, is_span
from bot.core.alerts.words import Condition, Kind, Op, Source
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal
from bot.core.pair_names import CURRENCIES

_AMOUNT = re.compile(r"([0-9.,]+)([a-z]{3,5})?", re.ASCII)
_SIGNED = re.compile(r"([+\-−]?)([0-9.,]+)([a-z]{3,5})?", re.ASCII)  # noqa: RUF001 - what phones write for minus
_ASSET = re.compile(r"[a-z0-9.]{1,12}", re.ASCII)
_SILENCE = 60
_KEY_ENDS = 14 * DAY


class OwnReader(OptionReader):
    """Reads them where they stand."""

    def own(self) -> Callable[[], Condition] | None:
        """How to read what comes next; None where it is about a market."""
        word, second = self.word, self.peek(1)
        if word in CURRENCIES and self._is_balance(second):
            return self.cash
        if word in ("pnl", "balance"):
            return self.profit if word == "pnl" else self.balance
        reader, following = self._owners().get(word.removesuffix("s"), (None, ""))
        is_alone = not second or second in OPTION_WORDS or second[0] == "@" or is_span(second)
        if is_alone or re.fullmatch(following, second):
            return reader
        return None

    def _owners(self) -> dict[str, tuple[Callable[[], Condition] | None, str]]:
        """By the first word: the reader, and what else than an option may follow."""
        return {
            "fill": (self.fill, r"big|[0-9][0-9.,]*([a-z]{3,5})?"),
            "order": (self.stale, "stale"),
            "deposit": (self.deposit, ""),
            "feed": (self.feed, ""),
            "key": (self.key, ""),
        }

    def _is_balance(self, second: str) -> bool:
        return OPS.get(second, Op.CROSS) is not Op.CROSS and self.peek(3) not in tuple(Source)

    def fill(self) -> Condition:
        example = "/alert fill big 500eur"
        self.take()
        if self.word == "big":
            self.take()
        said = self.take()
        match = _AMOUNT.fullmatch(said)
        if match is None:
            hint = "every fill is told anyway; this is for big ones"
            raise BadArgument("amount", said, example, hint=hint)
        value = self.positive(match[1], "amount", example)
        return Condition(Kind.FILL, value=value, right=(match[2] or "").upper())

    def stale(self) -> Condition:
        self.take()
        if self.take() != "stale":
            raise BadArgument("condition", "order", "/alert order stale 24h")
        return Condition(Kind.STALE, seconds=self.span("stale"))

    def deposit(self) -> Condition:
        self.take()
        return Condition(Kind.DEPOSIT)

    def feed(self) -> Condition:
        self.take()
        seconds = self.span("feed") if is_span(self.word) else _SILENCE
        return Condition(Kind.FEED, Op.ABOVE, Decimal(seconds), seconds=seconds)

    def key(self) -> Condition:
        self.take()
        seconds = self.span("key") if is_span(self.word) else _KEY_ENDS
        return Condition(Kind.KEY, Op.BELOW, Decimal(seconds), seconds=seconds)

    def balance(self) -> Condition:
        self.take()
        return self.cash("/alert balance btc < 0.1")

    def cash(self, example: str = "/alert eur < 100") -> Condition:
        asset = self.take()
        if not _ASSET.fullmatch(asset) or asset in OPS:
            raise BadArgument("asset", asset if asset not in OPS else "", example)
        op = self._above_or_below(example)
        value = self.number("amount", example, zero=True)
        return Condition(Kind.BALANCE, op, value, left=asset.upper())

    def profit(self) -> Condition:
        example = "/alert pnl day < -50"
        self.take()
        span = self.take() if self.word in SPANS else ""
        if not span and self.word not in OPS:
            raise BadArgument("span", self.word, example, hint=", ".join(SPANS))
        op = self._above_or_below(example)
        said = self.take()
        match = _SIGNED.fullmatch(said)
        if match is None:
            raise BadArgument("amount", said, example)
        self.no_comma(match[2])
        value = read_decimal(match[2])
        if value is None:
            raise BadArgument("amount", said, example)
        signed = value if match[1] in ("", "+") else value.copy_negate()
        signed = Decimal(0) if not value else signed
        currency = (match[3] or "").upper()
        return Condition(Kind.PROFIT, op, signed, left=span or "day", right=currency)

    def _above_or_below(self, example: str) -> Op:
        said = self.word
        op = self.op(example)
        if op is Op.CROSS:
            raise BadArgument("comparison", said, example, hint="> or <")
        return op
