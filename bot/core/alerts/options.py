"""The options of an alert: how often, how loudly, until when, and what it offers."""

import re
from dataclasses import replace

from bot.core.alerts.reading import Reader, is_span
from bot.core.alerts.words import Options
from bot.core.args import OutOfRange
from bot.core.errors import BadArgument
from bot.core.numbers import read_decimal

MOST_ACTIONS = 3
_WHOLE = 100

_HOURS = re.compile(r"([0-9]{1,2})(?::00)?-([0-9]{1,2})(?::00)?", re.ASCII)
_WHERE = re.compile(r"@[^\s@]{1,64}")
_ACTION = re.compile(r"[0-9]{1,12}(\.[0-9]{1,10})?(%|[a-z]{2,5})?|max|all", re.ASCII)


class OptionReader(Reader):
    """Reads one option after another."""

    def option(self, options: Options) -> Options:
        word = self.take()
        match word:
            case "once":
                return replace(options, repeats=False, every=0)
            case "every":
                return replace(options, repeats=True, every=self.span_if_said("every"))
            case "nag" | "until":
                return self.lasting(options, word)
            case "between":
                return self.hours(options)
            case "buy" | "sell":
                return self.action(options, word)
            case _:
                return self.flag(options, word)

    def flag(self, options: Options, word: str) -> Options:
        """One that is a word of its own."""
        if word in ("loud", "silent"):
            return replace(options, sound=word)
        if word == "chart":
            return replace(options, chart=True)
        if word == "here" or _WHERE.fullmatch(word):
            return replace(options, where=word[1:] if word != "here" else "")
        raise self.unknown(word)

    def lasting(self, options: Options, word: str) -> Options:
        seconds = self.span(word)
        is_nag = word == "nag"
        return replace(options, nag=seconds) if is_nag else replace(options, lasts=seconds)

    def span_if_said(self, what: str) -> int:
        """Seconds, or 0 where no length of time follows."""
        return self.span(what) if is_span(self.word) else 0

    def hours(self, options: Options) -> Options:
        said = self.take()
        match = _HOURS.fullmatch(said)
        hours = (int(match[1]), int(match[2])) if match else (24, 24)
        if max(hours) > 24 or hours[0] == hours[1]:
            example = "/alert btc > 65000 between 8-22"
            raise BadArgument("time after “between”", said, example, hint="hours, as 8-22")
        return replace(options, begin=hours[0] % 24, end=hours[1] % 24)

    def action(self, options: Options, side: str) -> Options:
        said = self.take()
        example = f"/alert btc > 65000 {side} {'50eur' if side == 'buy' else '25%'}"
        if not _ACTION.fullmatch(said):
            self.no_comma(said)
            raise BadArgument("amount", said, example)
        number = read_decimal(re.sub(r"[%a-z]", "", said) or "1")
        if not number:
            raise OutOfRange("amount", said, example, hint="0")
        if said.endswith("%") and number > _WHOLE:
            raise OutOfRange("amount", said, example, hint="0 % to 100 %")
        if len(options.actions) >= MOST_ACTIONS:
            raise BadArgument("amount", said, example, hint=f"up to {MOST_ACTIONS} buttons")
        return replace(options, actions=(*options.actions, f"{side} {said}"))
