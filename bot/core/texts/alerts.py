"""Alerts: the answer to a new one, and what its buttons change."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bot.core.alerts.syntax import CannotWatch, NoAlert, TooManyAlerts
from bot.core.alerts.words import Alert, Kind, State
from bot.core.numbers import duration, fixed
from bot.core.page import Button, Page, Payload, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.alert_own import NO_DEPOSITS, NO_KEY_TO_WATCH, checked_words
from bot.core.texts.alert_words import distance, how_often, name_of, wish_words
from bot.core.texts.figures import price_text
from bot.core.texts.labels import LABEL, icon, in_rows, run, with_icon
from bot.core.texts.markup import FIRST_LINE, code, esc, paragraphs
from bot.core.words import columns, short
from kraken.core.types import Instrument

_DAY = 86400
_LASTING = (("1 day", _DAY), ("7 days", 7 * _DAY), ("30 days", 30 * _DAY), ("Never", 0))

NOTED = "Noted"
NOT_YOURS = "Somebody else set this alert. Its author, a trader or the owner may change it."


@dataclass(frozen=True, slots=True)
class Listed:
    """One alert of the list."""

    alert: Alert
    instrument: Instrument | None
    last: Decimal | None
    known: str = ""
    """What is known now of what is about no pair."""


# -- a new one


def examples_page(
    symbol: str, last: Decimal | None, instrument: Instrument, settings: ChatSettings
) -> Page:
    """What can be asked; every button does it."""
    examples = (
        *_round_examples(last, instrument, settings),
        ("±5 % in an hour", "±5% 1h"),
        ("RSI under 30, 1h", "rsi14 1h < 30"),
        ("Every 2 % step", "step 2%"),
    )
    html = paragraphs(
        f"🔔 What should I watch on {esc(symbol, 16)}?",
        "Tap one, or type your own:",
        code('/alert btc > 65000 every 30m note="sell?"', 80),
        f"More: {code('/help alert')}. Your alerts: {code('/alerts')}.",
    )
    buttons = tuple(run(label, "alert", f"{symbol} {wish}") for label, wish in examples)
    return Page(html, (*in_rows(buttons, 2), (run("My alerts", "alerts"),)))


def _round_examples(
    last: Decimal | None, instrument: Instrument, settings: ChatSettings
) -> tuple[tuple[str, str], tuple[str, str]]:
    """A little above and below, each as its label and as it is typed."""
    if last is None:
        return ("Up 5 %", "+5%"), ("Down 5 %", "-5%")
    above = fixed(last * Decimal("1.05"), instrument.price_decimals, grouping=False)
    below = fixed(last * Decimal("0.95"), instrument.price_decimals, grouping=False)
    # A price is never cut: where it is long, the change is said.
    high, low = (price_text(Decimal(said), instrument, settings) for said in (above, below))
    shown = f"Above {high}", f"Below {low}"
    if max(map(len, shown)) > LABEL:
        shown = "5 % above", "5 % below"
    return (shown[0], f"> {above}"), (shown[1], f"< {below}")


def set_page(listed: Listed, settings: ChatSettings, now: datetime, note: str = "") -> Page:
    """What is watched from now on, and what happens next."""
    alert = listed.alert
    words = wish_words(alert.wish, listed.instrument, settings)
    far = distance(alert, listed.last)
    price = price_text(listed.last, listed.instrument, settings) if listed.last else ""
    needs = f", needs {far}" if far else ""
    kept = (
        "Kept until it fires." if not alert.wish.options.repeats else "Kept until you delete it."
    )
    often = how_often(alert, settings, now)
    if alert.until is not None:
        kept = f"Kept for {duration(alert.until - now)}."
    html = paragraphs(
        head(name_of(alert, with_number=True), words),
        f"{esc(often[:1].upper() + often[1:], 200)}.",
        f"Now {esc(price + needs)}. {_checked(alert)} {kept}"
        if price
        else f"{_checked(alert)} {kept}",
        esc(listed.known, 200),
        quoted(alert),
        _state_line(alert),
        esc(note, 200),
    )
    return Page(html, _set_rows(alert, settings))


def already_page(
    name: str, words: str, now: str, *, is_above: bool, again: str, back: str
) -> Page:
    """It is true already: which of the two is meant? ``name`` is the pair, or whose money.

    Without ``now`` it is not said how much there is.
    """
    is_pair = "/" in name
    known = f": {now[:1].lower()}{now[1:]}" if now else ""
    so = f"Now {now}" if is_pair else f"It is so already{known}"
    html = paragraphs(
        head(name, f"is already {_in_words(words)}" if is_pair else words),
        f"{esc(so, 64)}. Nothing is set yet. What should I tell you?",
    )
    next_time: tuple[str, Payload] = ("alert_next", {"args": again})
    turned: tuple[str, Payload] = ("run", {"command": "alert", "args": back})
    rows = (
        (Button(f"When it {'rises' if is_above else 'falls'} there again", *next_time),),
        (Button(f"When it {'falls below' if is_above else 'rises above'}", *turned),),
    )
    return Page(html, rows)


def _in_words(words: str) -> str:
    """``above 65,000.0`` for ``> 65,000.0``."""
    op, _, value = words.partition(" ")
    return f"{_SIDES[op]} {value}" if op in _SIDES else words


_SIDES = {">": "above", "<": "below"}


def elsewhere_page(alert: Alert, chat: str, words: str) -> Page:
    """It was set for another chat."""
    return Page(
        paragraphs(
            head(f"🔔 {alert.symbol}".rstrip(), words),
            f"Set as #{alert.number} in {esc(chat, 32)}, where I tell it. "
            f"See {code('/alerts')} there.",
        )
    )


def head(name: str, words: str) -> str:
    """In one line where a notification shows all of it."""
    line = f"{name} {words}"
    if columns(line) <= FIRST_LINE:
        return esc(line)
    return f"{esc(name)}\n{esc(words, 200)}"


def _checked(alert: Alert) -> str:
    if alert.wish.is_own:
        return checked_words(alert.wish.conditions[0])
    kinds = {each.kind for each in alert.wish.conditions}
    if kinds <= {Kind.PRICE, Kind.STEP, Kind.MOVE, Kind.EXTREME, Kind.VOLUME}:
        return "Checked on every trade."
    if kinds == {Kind.CANDLE}:
        return "Checked when a candle ends. If it is true now, I wait for the next time."
    return "Checked on every change. If it is true now, I wait for the next time."


def quoted(alert: Alert) -> str:
    """The note in its quotes; nothing where there is none."""
    note = alert.wish.options.note
    return f"“{esc(note, 80)}”" if note else ""


def _state_line(alert: Alert) -> str:
    if alert.state is State.PAUSED:
        return "⏸ It is paused."
    return "It has happened." if alert.state in (State.FIRED, State.DONE) else ""


def _set_rows(alert: Alert, settings: ChatSettings) -> Rows:
    plain, number = settings.plain_text, alert.number
    if alert.state is not State.ARMED:
        return ((again_button(alert, plain), delete_button(alert, plain)),)
    if alert.wish.options.repeats:
        often = Button("Only once", "alert_set", {"alert": number, "every": -1})
    else:
        often = Button("Every time", "alert_set", {"alert": number, "every": 0})
    lasts = Button(icon("Expires ▾", "Expires", plain=plain), "alert_ends", {"alert": number})
    if alert.wish.is_own:
        return ((often, lasts), (delete_button(alert, plain),))
    has_chart = alert.wish.options.chart
    label = "Without chart" if has_chart else "With chart"
    chart = Button(label, "alert_set", {"alert": number, "chart": not has_chart})
    return ((often, lasts), (chart, delete_button(alert, plain)))


def ends_page(alert: Alert, instrument: Instrument | None, settings: ChatSettings) -> Page:
    """How long is it to be kept?"""
    html = paragraphs(
        head(name_of(alert, with_number=True), wish_words(alert.wish, instrument, settings)),
        "How long shall I keep it?",
    )
    number = alert.number
    choices = tuple(
        Button(label, "alert_set", {"alert": number, "until": seconds})
        for label, seconds in _LASTING
    )
    back = Button("Back", "alert_set", {"alert": number})
    return Page(html, (choices[:3], (choices[3], back)))


def again_button(alert: Alert, plain: bool) -> Button:
    return Button(with_icon("🔁", "Again", plain=plain), "alert_again", {"alert": alert.number})


def delete_button(alert: Alert, plain: bool) -> Button:
    return Button(with_icon("✖", "Delete", plain=plain), "alert_off", {"alert": alert.number})


def next_note() -> str:
    """Behind an alert that was true when it was set."""
    return "I tell you at the next crossing, when the price has come back first."


def too_many(error: TooManyAlerts) -> str:
    return paragraphs(
        f"You have {esc(error.said)} alerts, the most there are.",
        f"Nothing was set. Delete some first: {code('/alerts')}.",
    )


def cannot_watch(error: CannotWatch) -> str:
    """What is asked for is nowhere to be seen."""
    if error.what == "pair":
        example = code("/alert btc > 65000")
        happened = f"Kraken delisted {esc(error.said, 16)}."
        return paragraphs(happened, f"Nothing was set. Name another pair: {example}.")
    return paragraphs(*(NO_DEPOSITS if error.what == "deposit" else NO_KEY_TO_WATCH))


def no_alert(error: NoAlert) -> str:
    return paragraphs(
        f"There is no alert {code(short(error.said, 12))} here.", f"See {code('/alerts')}."
    )
