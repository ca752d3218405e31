"""A sentence for everything that can go wrong: what happened, was anything sent, what to do.

``error_page`` knows every leaf of the two error trees; whatever else is raised is a fault of the
bot and becomes ``bug_page``. Never a stack trace, never raw JSON.
"""

import math
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from bot.core.access import Access
from bot.core.alerts.syntax import CannotWatch, NoAlert, TooManyAlerts
from bot.core.args import (
    BeyondHistory,
    CommaForDot,
    OutOfRange,
    TooLong,
    TooManyArguments,
)
from bot.core.errors import (
    AlreadySent,
    BadArgument,
    Expired,
    LimitReached,
    NotAllowed,
    NotConnected,
    NotFound,
    NotReady,
    TooFast,
    TooStale,
    Unsettled,
    UserError,
)
from bot.core.grouping import BadStep, StepTooLarge
from bot.core.numbers import duration
from bot.core.page import Button, Page
from bot.core.plans.misfit import NotScheduled, TooManyPlans
from bot.core.texts.alerts import cannot_watch, no_alert, too_many
from bot.core.texts.cards import NO_KEY, NOT_CONNECTED, UNSETTLED
from bot.core.texts.labels import in_rows, run, run_text
from bot.core.texts.limits import limit_sentence
from bot.core.texts.markup import code, esc, paragraphs
from bot.core.texts.order_errors import SENTENCES as ORDER_SENTENCES
from bot.core.texts.order_errors import refused_buttons
from bot.core.texts.plans import not_scheduled_sentence, too_many_sentence
from bot.core.trade.limits import Limit
from bot.core.trade.refusals import OrderRefused
from kraken.core.errors import (
    AuthError,
    BadData,
    Busy,
    HeldBack,
    InsufficientFunds,
    InvalidOrder,
    KrakenError,
    Maintenance,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    UnknownInstrument,
)

E = TypeVar("E", bound=Exception)

NOTHING = "Nothing was sent."
LATER = "Ask again in a moment."

ECHO = 16
"""Characters of what a person typed that fit into a first line."""


def error_page(error: Exception, *, command: str = "", args: str = "") -> Page | None:
    """What a person is told; None when it is a fault of the bot (then ``bug_page``).

    ``command`` and ``args`` are what was being run, so that a button can run it again.
    """
    for kind in type(error).__mro__:
        if sentence := SENTENCES.get(kind):
            html = sentence(error)
            break
    else:
        return None
    return Page(html, in_rows(_repairs(error, command, args)))


def what_was_sent(*, maybe_sent: bool) -> str:
    """After something broke: whether it may be asked for again."""
    if maybe_sent:
        return (
            "It had reached for the exchange before that, so it may be done: look at /orders "
            "before you ask again."
        )
    return f"{NOTHING} {LATER}"


def bug_page(reference: str, *, maybe_sent: bool = False) -> Page:
    """Our fault; the reference is in the log beside the traceback."""
    return Page(
        paragraphs(
            f"Something broke on my side (#{esc(reference)}).",
            f"{what_was_sent(maybe_sent=maybe_sent)} The details are in the log under that "
            "number.",
        )
    )


def _repairs(error: Exception, command: str, args: str) -> tuple[Button, ...]:
    match error:
        case OrderRefused():
            return refused_buttons(error)
        case CommaForDot(suggestions=suggestions, readings=readings):
            return tuple(
                run(reading, *_parts(text))
                for reading, text in zip(readings, suggestions, strict=True)
            )
        case BadArgument(suggestions=suggestions):
            return tuple(run_text(text) for text in suggestions)
        case UnknownInstrument(suggestions=suggestions):
            return tuple(
                run(symbol, command or "ticker", _instead(args, error.name, symbol))
                for symbol in suggestions[:6]
            )
        case LimitReached(limit=limit) if limit != Limit.PAUSED:
            return (run("Limits", "settings", "limits"),)
        case NotReady() | NotSent() | Busy() | BadData() if command:
            return (run("Try again", command, args),)
    return ()


def _parts(text: str) -> tuple[str, str]:
    command, _, args = text.removeprefix("/").partition(" ")
    return command, args


def _instead(args: str, name: str, symbol: str) -> str:
    """The arguments with the wrong name replaced, or the right one alone."""
    words = args.split()
    if name in words:
        return " ".join(symbol if word == name else word for word in words)
    return symbol


def _bad_argument(error: BadArgument) -> str:
    what, said = _noun(error.what), code(error.said, ECHO)
    if not error.said:
        happened = f"The {_place(error.what)} is missing."
    elif error.what == "option":
        happened = f"Not understood: {said}"
    else:
        happened = f"Not {_an(what)} {what}: {said}"
    known = f"Possible: {esc(error.hint, 128)}." if error.hint else ""
    return paragraphs(happened, known, _example(error))


def _comma(error: CommaForDot) -> str:
    readings = " or ".join(error.readings)
    return paragraphs(
        f"Use a dot, not a comma: {code(error.said, ECHO)}",
        f"Did you mean {esc(readings)}? I never guess numbers.",
        _example(error),
    )


def _too_many(error: TooManyArguments) -> str:
    if error.what == "option":
        return paragraphs(f"{code(error.said, ECHO)} is one word too many.", _example(error))
    return paragraphs(
        f"At most {esc(error.hint)} {esc(error.what)} at once.",
        f"{code(error.said, ECHO)} is one too many.",
        _example(error),
    )


def _too_long(error: TooLong) -> str:
    return paragraphs(
        "That message is too long for me.",
        f"I read up to {esc(error.hint)} characters; it has {esc(error.said)}.",
        f"{NOTHING} Send a shorter one, for example {code('/book btc')}.",
    )


def _out_of_range(error: OutOfRange) -> str:
    what = _place(error.what)
    if error.hint == "0":
        return paragraphs(f"The {what} must be above 0.", _example(error))
    if error.hint.endswith("digits"):
        said = code(error.said, ECHO)
        return paragraphs(f"Too many digits: {said}", "At most 12.", _example(error))
    return paragraphs(
        f"Out of range: {code(error.said, ECHO)}",
        f"The {what} goes from {esc(error.hint)}.",
        _example(error),
    )


def _beyond_history(error: BeyondHistory) -> str:
    return paragraphs(
        f"{esc(error.said)} candles of {esc(error.interval)} are too many.",
        f"Kraken keeps 720; from single trades I can put together up to {error.most}.",
        _example(error),
    )


def _bad_step(error: BadStep) -> str:
    return paragraphs(
        f"{esc(error.symbol)} has no steps of {esc(error.said, ECHO)}.",
        f"Its prices move by {error.tick_size:f}; a group is a multiple of that.",
        _example(error),
    )


def _step_too_large(error: StepTooLarge) -> str:
    return paragraphs(
        f"Steps of {esc(error.said, ECHO)} are too large.",
        f"That is more than the price of {esc(error.symbol)}.",
        _example(error),
    )


def _not_found(error: NotFound) -> str:
    said = f" {code(error.said, ECHO)}" if error.said else ""
    if error.what == "key":
        return NO_KEY
    return paragraphs(
        f"There is no {esc(error.what, ECHO)}{said}",
        f"See {code(_LISTS.get(error.what, '/help'))}.",
    )


_LISTS = {"plan": "/dca", "order": "/orders"}


def _not_allowed(error: NotAllowed) -> str:
    who = {
        Access.OWNER: "the owner of this bot",
        Access.CHAT_OWNER: "the owner of this chat",
        Access.TRADER: "traders",
    }.get(error.needs, "approved people")
    what = esc(error.what) or "This"
    if error.needs is Access.TRADER:
        return paragraphs(
            "You may look but not trade here.", f"{what} is for {who}. {NOTHING} Ask the owner."
        )
    if error.needs is Access.BALANCES:
        return paragraphs(
            "You may not see balances here.",
            f"{what} is for traders, and for viewers whom the owner lets see it. Ask the owner.",
        )
    return paragraphs("You may not do this here.", f"{what} is for {who} only. {NOTHING}")


def _expired(error: Expired) -> str:
    what = f"It was for {esc(error.what)}. " if error.what else ""
    return paragraphs("This button is finished.", f"{what}{NOTHING} Send the command again.")


def _already(error: AlreadySent) -> str:
    return paragraphs("That was done already.", "Nothing was sent twice.")


def _too_fast(error: TooFast) -> str:
    wait = timedelta(seconds=max(math.ceil(error.wait.total_seconds()), 1))
    return paragraphs(f"That was too fast. Go on in {duration(wait)}.", "Nothing was done.")


def _too_stale(error: TooStale) -> str:
    return paragraphs(
        f"You sent this {esc(duration(error.age))} ago.",
        f"I was away, so I did not run it. {NOTHING} Send it again if you still want it.",
    )


def _not_ready(error: NotReady) -> str:
    return paragraphs(f"Not there yet: {esc(error.what, 24)}", f"I am fetching it. {LATER}")


def _unknown_instrument(error: UnknownInstrument) -> str:
    if not error.name:  # Kraken says it, of a pair that it listed before
        return paragraphs("Kraken lists no such pair.", "It is gone, or has another name now.")
    did_you_mean = "Did you mean one of these?" if error.suggestions else ""
    return paragraphs(
        f"I don’t know the pair {code(error.name, ECHO)}.",
        did_you_mean,
        f"Write it like {code('btc')} or {code('eth/eur')}.",
    )


def _not_sent(error: NotSent) -> str:
    return paragraphs("I cannot reach Kraken.", f"{NOTHING} I keep trying. {LATER}")


def _held_back(error: HeldBack) -> str:
    wait = f" It can be sent in {esc(duration(error.retry_after))}." if error.retry_after else ""
    reason = f"I held it back: {esc(error.code, 128)}." if error.code else "I held it back."
    return paragraphs(reason, f"{NOTHING}{wait}")


def _rate_limited(error: RateLimited) -> str:
    wait = f" for {esc(duration(error.retry_after))}" if error.retry_after else ""
    return paragraphs(f"Kraken asks me to slow down{wait}.", "Nothing was changed.", LATER)


def _not_now(what: str) -> Callable[[KrakenError], str]:
    return lambda error: paragraphs(what, f"Nothing was changed. {LATER}")


_busy = _not_now("Kraken is too busy to answer.")


def _outcome_unknown(error: OutcomeUnknown) -> str:
    return paragraphs(
        "No answer from Kraken.", "It may have happened. I am checking; do not send it again."
    )


def _refused(what: str, to_do: str) -> Callable[[Rejected], str]:
    def sentence(error: Rejected) -> str:
        theirs = (
            f"<blockquote expandable>{esc(error.code, 200)}</blockquote>" if error.code else ""
        )
        return paragraphs("Kraken refused this.", f"{what} Nothing was placed. {to_do}", theirs)

    return sentence


def _key_refused(error: AuthError) -> str:
    if error.code.startswith("EAPI:Invalid nonce"):
        return paragraphs(
            "Another program uses this key, or the clock is off.",
            f"Make a key for this bot only; {code('/status')} shows the clock. "
            "Nothing was placed.",
        )
    return _refused("It does not accept the key for this.", "Check the key at Kraken.")(error)


SENTENCES: dict[type[Exception], Callable[..., str]] = {
    UserError: lambda error: paragraphs("That did not work.", f"{NOTHING} See {code('/help')}."),
    BadArgument: _bad_argument,
    CannotWatch: cannot_watch,
    NoAlert: no_alert,
    TooManyAlerts: too_many,
    CommaForDot: _comma,
    TooManyArguments: _too_many,
    TooLong: _too_long,
    OutOfRange: _out_of_range,
    BeyondHistory: _beyond_history,
    BadStep: _bad_step,
    StepTooLarge: _step_too_large,
    NotFound: _not_found,
    NotAllowed: _not_allowed,
    Expired: _expired,
    AlreadySent: _already,
    TooFast: _too_fast,
    TooStale: _too_stale,
    LimitReached: limit_sentence,
    NotReady: _not_ready,
    NotConnected: lambda error: NOT_CONNECTED,
    Unsettled: lambda error: UNSETTLED,
    KrakenError: _busy,
    Rejected: _refused("It does not take this request.", "Check it and ask again."),
    InsufficientFunds: _refused("Not enough balance.", "Use a smaller amount."),
    InvalidOrder: _refused("The request does not fit the rules.", "Change it and ask again."),
    AuthError: _key_refused,
    UnknownInstrument: _unknown_instrument,
    NotSent: _not_sent,
    HeldBack: _held_back,
    Busy: _busy,
    RateLimited: _rate_limited,
    Maintenance: _not_now("Kraken is not available right now."),
    OutcomeUnknown: _outcome_unknown,
    BadData: _not_now("Kraken’s answer was not readable."),
    TooManyPlans: lambda error: too_many_sentence(error.most),
    NotScheduled: lambda error: not_scheduled_sentence(error.command, error.usable),
    **ORDER_SENTENCES,
}


def _example(error: BadArgument) -> str:
    return f"Example: {code(error.example)}" if error.example else ""


_AFTER = {"every": "time", "for": "time", "group": "step"}
"""What is expected after a word of a command."""


def _noun(what: str) -> str:
    return esc(_AFTER.get(what, what))


def _place(what: str) -> str:
    """``depth``; ``time after “every”``, where the word alone would make no sentence."""
    return f"{_noun(what)} after “{esc(what)}”" if what in _AFTER else esc(what)


def _an(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"
