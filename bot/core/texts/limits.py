"""Limits: what each is called, and what is said when one forbids an order."""

from decimal import Decimal

from bot.core.errors import LimitReached
from bot.core.numbers import fixed
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.trade.limits import Limit, PauseKind

NOTHING = "Nothing was sent."

NAMES = {
    Limit.ORDER: "per order",
    Limit.DAY: "per day",
    Limit.LOSS: "daily loss",
    Limit.OPEN: "open orders",
    Limit.MINUTE: "orders a minute",
    Limit.COLLAR: "price collar",
    Limit.SLIPPAGE: "slippage",
    Limit.AGE: "price age",
    Limit.COOL_DOWN: "cool-down",
    Limit.PAIRS: "pairs",
}
"""As settings and buttons call them."""

_UNITS = {
    Limit.ORDER: "USD",
    Limit.DAY: "USD",
    Limit.LOSS: "USD",
    Limit.PERSON: "USD",
    Limit.LOAN: "USD",
    Limit.COLLAR: "%",
    Limit.SLIPPAGE: "%",
    Limit.AGE: "s",
    Limit.COOL_DOWN: "min",
}
_MONEY = frozenset({Limit.ORDER, Limit.DAY, Limit.LOSS, Limit.PERSON, Limit.LOAN})

WHY = {
    PauseKind.KILL: "somebody stopped it with /kill",
    PauseKind.LOSS: "the daily loss limit was reached",
    PauseKind.RESTORED: "the database was put back from a backup",
    PauseKind.TOKEN: "another program uses my Telegram token",
    PauseKind.DISK: "the disk of my server is nearly full",
    PauseKind.SWITCH: "the file KILL lies in my data folder",
    PauseKind.MOVED: "the group became a supergroup",
}
"""Why trading is paused, after “because”."""


def amount(limit: Limit, value: Decimal) -> str:
    """``100 USD``, ``0.5 %``, ``20``: never more digits than it has."""
    whole = value == value.to_integral_value()
    decimals = 0 if whole else 2 if limit in _MONEY else max(-int(value.as_tuple().exponent), 0)
    unit = _UNITS.get(limit, "")
    return f"{fixed(value, decimals)} {unit}".strip()


def limit_sentence(error: LimitReached) -> str:
    """Which limit, its number, what was asked, what to do; nothing was sent."""
    limit = Limit(error.limit)
    if limit is Limit.PAUSED:
        why = WHY[PauseKind(error.most)]
        do = "/resume when that is over." if error.most in _ENDED_BY_HAND else ""
        return paragraphs("Trading is paused here.", f"Because {why}. {NOTHING} {do}".rstrip())
    if limit is Limit.PAIRS:
        return paragraphs(
            f"{esc(error.asked, 16)} is not on this chat’s list.",
            f"It trades only {esc(error.most, 128)}. {NOTHING}",
            f"See {code('/settings limits')}.",
        )
    most, asked = amount(limit, Decimal(error.most)), amount(limit, Decimal(error.asked))
    return paragraphs(
        _FIRST[limit], f"{_SAID[limit].format(most=most, asked=asked)} {NOTHING}", _DO[limit]
    )


_ENDED_BY_HAND = frozenset(PauseKind) - {PauseKind.DISK, PauseKind.SWITCH}
_RAISE = "A smaller order works, or raise it in /settings limits."
_FIRST = {
    Limit.ORDER: "More than one order may be.",
    Limit.PERSON: "More than you may order here.",
    Limit.LOAN: "More than the key was lent for.",
    Limit.DAY: "More than a day may be.",
    Limit.OPEN: "Too many open orders.",
    Limit.MINUTE: "Too many orders in a minute.",
    Limit.COLLAR: "That price is too far from the market.",
    Limit.SLIPPAGE: "That would cost too much slippage.",
    Limit.AGE: "The price is too old to order from.",
}
_SAID = {
    Limit.ORDER: "This chat’s limit is {most} per order; this is {asked}.",
    Limit.PERSON: "Your own limit is {most} per order; this is {asked}.",
    Limit.LOAN: "The owner of the key allows {most} per order; this is {asked}.",
    Limit.DAY: "This chat’s limit is {most} in 24 hours; with this it would be {asked}.",
    Limit.OPEN: "This chat’s limit is {most}; this would be number {asked}.",
    Limit.MINUTE: "This chat’s limit is {most}; this would be number {asked}.",
    Limit.COLLAR: "It is {asked} on the wrong side of it; this chat allows {most}.",
    Limit.SLIPPAGE: "It is {asked} against the middle of the book; this chat allows {most}.",
    Limit.AGE: "It is {asked} old; this chat allows {most}.",
}
_DO = {
    Limit.ORDER: _RAISE,
    Limit.PERSON: "Ask the owner of this chat for more.",
    Limit.LOAN: "Ask the owner of the key for more.",
    Limit.DAY: _RAISE,
    Limit.OPEN: "Cancel one, or raise it in /settings limits.",
    Limit.MINUTE: "Wait a moment.",
    Limit.COLLAR: "Check the price: is a digit wrong? Otherwise: /settings limits.",
    Limit.SLIPPAGE: "Use a limit order, or a smaller one. Or: /settings limits.",
    Limit.AGE: "Wait until prices flow again: /status shows it.",
}
