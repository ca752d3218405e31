"""Limits: what each is called, and what is said when one forbids an order."""

from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from bot.core.errors import LimitReached
from bot.core.numbers import clock_time, fixed
from bot.core.page import Button, Page
from bot.core.texts.labels import LABEL, badge, in_rows
from bot.core.texts.markup import bold, code, esc, paragraphs
from bot.core.trade.limits import WHOLE, Limit, Limits, PauseKind, Raise
from bot.core.trade.types import Mode
from bot.core.words import short

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
    Limit.SECOND: "second tap",
    Limit.PAIRS: "pairs",
}
"""As settings and buttons call them."""

_UNITS = {
    Limit.ORDER: "USD",
    Limit.DAY: "USD",
    Limit.LOSS: "USD",
    Limit.PERSON: "USD",
    Limit.LOAN: "USD",
    Limit.SECOND: "USD",
    Limit.COLLAR: "%",
    Limit.SLIPPAGE: "%",
    Limit.AGE: "s",
    Limit.COOL_DOWN: "min",
}
_MONEY = frozenset({Limit.ORDER, Limit.DAY, Limit.LOSS, Limit.PERSON, Limit.LOAN, Limit.SECOND})

WHY = {
    PauseKind.KILL: "somebody stopped it with /kill",
    PauseKind.LOSS: "the daily loss limit was reached",
    PauseKind.RESTORED: "the database was put back from a backup",
    PauseKind.TOKEN: "another program uses my Telegram token",
    PauseKind.DISK: "the disk of my server is nearly full",
    PauseKind.SWITCH: "the file KILL lies in my data folder",
}
"""Why trading is paused, after “because”."""


def limit_words(name: str) -> str:
    """A limit by the word that the log keeps."""
    words = {limit.value: said for limit, said in NAMES.items()}
    return words.get(name, name)


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
        f"{badge(Mode.LIVE)} · {_FIRST[limit]}",
        f"{_SAID[limit].format(most=most, asked=asked)} {NOTHING}",
        _DO[limit],
    )


_ENDED_BY_HAND = frozenset(PauseKind) - {PauseKind.DISK, PauseKind.SWITCH}
_RAISE = f"A smaller order works, or raise it: {code('/limits')}."
_FIRST = {
    Limit.ORDER: "More than one order may come to.",
    Limit.PERSON: "More than you may order here.",
    Limit.LOAN: "More than the key was lent for.",
    Limit.SECOND: "This needs two traders.",
    Limit.DAY: "More than a day may come to.",
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
    Limit.SECOND: "Above {most} a second trader has to tap here; this is {asked}, and nobody can.",
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
    Limit.SECOND: "A smaller one works; or ask with /buy or /sell, and a second trader taps.",
    Limit.DAY: _RAISE,
    Limit.OPEN: "Cancel one, or raise it in /settings limits.",
    Limit.MINUTE: "Wait a moment.",
    Limit.COLLAR: "Check the price: is a digit wrong? Otherwise: /settings limits.",
    Limit.SLIPPAGE: "Use a limit order, or a smaller one. Or: /settings limits.",
    Limit.AGE: "Wait until prices flow again: /status shows it.",
}


def limits_page(
    limits: Limits, raises: Sequence[Raise], zone: ZoneInfo, *, group: bool = True
) -> Page:
    """All limits of a chat, each a button."""
    offered = [limit for limit in NAMES if group or limit is not Limit.SECOND]
    html = paragraphs(
        "🚦 Limits on live orders",
        *(f"{NAMES[limit].capitalize()} {bold(shown(limits, limit))}" for limit in offered),
        *(_waiting(one, zone) for one in raises),
        f"Lower counts at once; higher is typed and waits {int(limits.cooldown)} min.",
    )
    buttons = tuple(
        Button(short(NAMES[limit].capitalize(), LABEL), "settings", _to(limit.value))
        for limit in offered
    )
    return Page(html, (*in_rows(buttons, 2), (Button("‹ Back", "settings", {"what": ""}),)))


def no_second_page() -> Page:
    """Two people are asked for where there is one."""
    return Page(
        paragraphs(
            "A second tap is for groups.",
            "In private nobody but you can tap. Nothing was changed.",
            f"In a group: {code('/settings limits second 100')}",
        ),
        ((Button("‹ Limits", "settings", _to("")),),),
    )


def limit_page(
    limits: Limits, limit: Limit, raises: Sequence[Raise], zone: ZoneInfo, note: str = ""
) -> Page:
    """One limit: lower values to tap, higher ones to type."""
    waiting = [one for one in raises if one.limit is limit]
    example = "eth/usd btc/usd" if limit is Limit.PAIRS else _higher(limits, limit)
    html = paragraphs(
        f"🚦 {NAMES[limit].capitalize()}: {bold(shown(limits, limit))}",
        *(() if note else (_waiting(one, zone) for one in waiting)),  # the note tells it, too
        note,
        _MEANING[limit],
        f"To change it, type {code(f'/settings limits {limit.value} {example}')}",
    )
    lower = tuple(
        Button(
            short(amount(limit, value), LABEL),
            "settings",
            _to(f"{limit.value} {value:f}"),
        )
        for value in _lower(limits, limit)
    )
    back = Button("Take it back", "settings", _to(f"{limit.value} back"))
    rows = (lower, (back,) if waiting else (), (Button("‹ Limits", "settings", _to("")),))
    return Page(html, tuple(row for row in rows if row))


TYPED = "A higher limit is typed, never tapped. Nothing was changed."


def set_note(limit: Limit, value: str, waiting: Raise | None, zone: ZoneInfo) -> str:
    """What was changed, and from when on."""
    said = bold(_value_text(limit, value))
    if waiting is None:
        return f"✅ Counts now: {said}."
    return f"⏳ {said} counts from {clock_time(waiting.due_at, zone, seconds=False)} on."


def back_note(*, had: bool) -> str:
    """After a raise was taken back."""
    return "✅ The raise is taken back." if had else "No raise is waiting."


def owner_note_page(user_id: int, chat_id: int, limit: Limit, value: str) -> Page:
    """To the owner of the bot, when somebody else changed a limit."""
    return Page(
        paragraphs(
            "A limit was changed.",
            f"User {code(user_id)} set {esc(NAMES[limit])} of chat {code(chat_id)} to "
            f"{esc(_value_text(limit, value), 128)}.",
        ),
        silent=True,
    )


def shown(limits: Limits, limit: Limit) -> str:
    """``100 USD``; ``all`` for pairs that are not listed."""
    if limit is Limit.PAIRS:
        return " ".join(limits.pairs) or "all"
    if limit is Limit.SECOND:
        return _second_text(limits.second)
    return amount(limit, getattr(limits, limit.value))


_MEANING = {
    Limit.ORDER: "What one order may come to, in US dollars.",
    Limit.DAY: "What all orders of 24 hours may come to; one of unknown outcome counts whole.",
    Limit.LOSS: "A realised loss since midnight UTC that pauses trading here.",
    Limit.OPEN: "Open orders at once.",
    Limit.MINUTE: "Orders in any minute.",
    Limit.COLLAR: "How far a limit price may lie on the wrong side of the market.",
    Limit.SLIPPAGE: "What a market order may cost against the middle of the book.",
    Limit.AGE: "How old a price may be when an order is made from it.",
    Limit.COOL_DOWN: "How long a higher limit waits before it counts.",
    Limit.SECOND: "A live order above this needs the tap of a second trader of this group, who is "
    "not the one who asked for it. “off” ends that.",
    Limit.PAIRS: "The only pairs that are traded; “all” lifts the list.",
}


def _value_text(limit: Limit, value: str) -> str:
    if limit is Limit.SECOND:
        return _second_text(Decimal(value))
    return value or "all" if limit is Limit.PAIRS else amount(limit, Decimal(value))


def _second_text(above: Decimal) -> str:
    return f"above {amount(Limit.SECOND, above)}" if above else "off"


def _waiting(one: Raise, zone: ZoneInfo) -> str:
    until = clock_time(one.due_at, zone, seconds=False)
    return f"⏳ {NAMES[one.limit]} {esc(_value_text(one.limit, one.value), 96)} from {until}"


def _lower(limits: Limits, limit: Limit) -> tuple[Decimal, ...]:
    """Up to three lower values; for the cool-down, where longer is safer, higher ones."""
    if limit is Limit.PAIRS:
        return ()
    now = getattr(limits, limit.value)
    if limit is Limit.SECOND and not now:
        now = limits.order
    if limit is Limit.COOL_DOWN:
        return tuple(value for value in map(Decimal, (10, 60, 1440)) if value > now)
    steps = [now * Decimal(share) for share in ("0.75", "0.5", "0.25")]
    if limit in WHOLE:
        steps = [Decimal(int(value)) for value in steps]
    return tuple(dict.fromkeys(value.normalize() for value in steps if 0 < value < now))


def _higher(limits: Limits, limit: Limit) -> str:
    if limit is Limit.SECOND:
        return "off" if limits.second else f"{limits.order.normalize():f}"
    return f"{(getattr(limits, limit.value) * 2).normalize():f}"


def _to(value: str) -> dict[str, str]:
    return {"what": "limits", "value": value}
