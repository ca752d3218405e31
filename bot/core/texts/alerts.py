"""Alerts: the answer to a new one, what is said when it happens, and the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.alerts.syntax import NoAlert, TooManyAlerts
from bot.core.alerts.words import Alert, Crossing, Kind, State
from bot.core.numbers import clock_time, duration, fixed, percent
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.alert_words import (
    away_words,
    distance,
    how_often,
    title,
    wish_words,
)
from bot.core.texts.figures import plain_number, price_text
from bot.core.texts.labels import in_rows, run, run_text, with_icon
from bot.core.texts.markup import FIRST_LINE, code, esc, paragraphs
from bot.core.words import columns, short
from kraken.core.types import Instrument, Symbol

_SHOWN = 6
"""Alerts of one message that are told one by one."""
_EVERY = 300
_WEEK = timedelta(days=7)

NOTED = "Noted"
GONE = "Deleted"


@dataclass(frozen=True, slots=True)
class Happened:
    """One alert with what came true and what is known of its market."""

    alert: Alert
    crossing: Crossing
    instrument: Instrument | None = None
    change: Decimal | None = None
    """Percent in 24 hours."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One alert of the list."""

    alert: Alert
    instrument: Instrument | None
    last: Decimal | None


# -- a new one


def examples_page(symbol: str, last: Decimal | None, instrument: Instrument) -> Page:
    """What can be asked; every line is a button that does it."""
    lines = (*_round_examples(symbol, last, instrument), f"/alert {symbol} ±5% 1h")
    texts = (*lines, f"/alert {symbol} rsi14 1h < 30", f"/alert {symbol} step 2%")
    html = paragraphs(
        f"🔔 What should I watch on {esc(symbol, 16)}?",
        "Tap one, or type your own:",
        code('/alert btc > 65000 every 30m note="sell?"', 80),
        f"More: {code('/help alert')}. Your alerts: {code('/alerts')}.",
    )
    rows = tuple((run_text(text),) for text in texts)
    return Page(html, (*rows, (run("My alerts", "alerts"),)))


def _round_examples(symbol: str, last: Decimal | None, instrument: Instrument) -> tuple[str, ...]:
    if last is None:
        return (f"/alert {symbol} +5%", f"/alert {symbol} -5%")
    above = fixed(last * Decimal("1.05"), instrument.price_decimals, grouping=False)
    below = fixed(last * Decimal("0.95"), instrument.price_decimals, grouping=False)
    return (f"/alert {symbol} > {above}", f"/alert {symbol} < {below}")


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
    if alert.until is not None:
        kept = f"Kept for {duration(alert.until - now)}."
    html = paragraphs(
        _head(f"🔔 #{alert.number} {alert.symbol}", words),
        esc(how_often(alert, settings, now), 200),
        f"Now {esc(price + needs)}. {_checked(alert)} {kept}"
        if price
        else f"{_checked(alert)} {kept}",
        quoted(alert),
        _state_line(alert),
        esc(note, 200),
    )
    return Page(html, _set_rows(alert, settings))


def already_page(words: str, price: str, symbol: str, again: str, falls: str) -> Page:
    """It is true already: which of the two is meant?"""
    html = paragraphs(
        f"{esc(symbol, 16)} is already {esc(words, 24)}",
        f"It is at {esc(price)}. Nothing is set yet. What should I tell you?",
    )
    rows = (
        (Button("The next crossing", "alert_next", {"args": again}),),
        (Button("When it goes back", "run", {"command": "alert", "args": falls}),),
    )
    return Page(html, rows)


def _head(name: str, words: str) -> str:
    """In one line where a notification shows all of it."""
    line = f"{name} {words}"
    if columns(line) <= FIRST_LINE:
        return esc(line)
    return f"{esc(name)}\n{esc(words, 200)}"


def _checked(alert: Alert) -> str:
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
        return ((_again(alert, plain), _delete(alert, plain)),)
    if alert.wish.options.repeats:
        often = Button("Only once", "alert_set", {"alert": number, "every": -1})
    else:
        often = Button("Every time", "alert_set", {"alert": number, "every": 0})
    week = Button("For 7 days", "alert_set", {"alert": number, "until": 7 * 86400})
    return (
        (often, Button("Every 5 min", "alert_set", {"alert": number, "every": _EVERY})),
        (week, _delete(alert, plain)),
        (run("My alerts", "alerts"),),
    )


def _again(alert: Alert, plain: bool) -> Button:
    return Button(with_icon("🔁", "Again", plain=plain), "alert_again", {"alert": alert.number})


def _delete(alert: Alert, plain: bool) -> Button:
    return Button(with_icon("✖", "Delete", plain=plain), "alert_off", {"alert": alert.number})


# -- when it happens


def fired_page(
    happened: Sequence[Happened], settings: ChatSettings, now: datetime, *, nags: int = 0
) -> Page:
    """One message, whatever has come true at once."""
    if len(happened) == 1:
        one = happened[0]
        again = f"Said again, {nags + 1} of 13, until you tap Seen." if nags else ""
        html = paragraphs(_block(one, settings, now), again)
        return Page(html, _fired_rows(one, settings))
    shown = happened[:_SHOWN]
    blocks = [_block(each, settings, now) for each in shown]
    more = len(happened) - len(shown)
    rest = f"… and {more} more." if more else ""
    html = "\n\n".join([f"🔔 {len(happened)} alerts at once", *blocks, *([rest] if rest else [])])
    numbers = tuple(
        Button(f"#{each.alert.number}", "alert_show", {"alert": each.alert.number})
        for each in shown
    )
    return Page(html, (*in_rows(numbers), (run("My alerts", "alerts"),)))


def _block(one: Happened, settings: ChatSettings, now: datetime) -> str:
    alert = one.alert
    words = wish_words(alert.wish, one.instrument, settings)
    head = _head(f"🔔 {alert.symbol}", words)
    return paragraphs(head, esc(_what(one, settings, now), 200), quoted(alert))


def _what(one: Happened, settings: ChatSettings, now: datetime) -> str:
    """``Traded 65,003.2 at 12:04:31 UTC · 24h +9.80 %``."""
    crossing, condition = one.crossing, one.alert.wish.conditions[0]
    at = clock_time(crossing.at, settings.zone)
    said = f"True at {at}"
    if crossing.value is not None and one.alert.wish.is_level:
        said = f"Traded {price_text(crossing.value, one.instrument, settings)} at {at}"
    elif crossing.value is not None and len(one.alert.wish.conditions) == 1:
        value = round(crossing.value, 4).normalize()
        unit = " %" if condition.in_percent else ""
        said = f"{plain_number(value, settings)}{unit} at {at}"
    parts = [said]
    if crossing.away_since is not None:
        parts.append(away_words(crossing.away_since, now, settings))
    elif one.change is not None:
        parts.append(f"24h {percent(one.change)}")
    if one.alert.unsaid:
        parts.append(f"{one.alert.unsaid} more since the last message")
    return " · ".join(parts)


def _fired_rows(one: Happened, settings: ChatSettings) -> Rows:
    alert, plain = one.alert, settings.plain_text
    number, symbol = alert.number, str(alert.symbol)
    actions = tuple(_action(each, symbol) for each in alert.wish.options.actions)
    if not actions:
        actions = (run("▲ Buy", "buy", symbol), run("▼ Sell", "sell", symbol))
    first = _again(alert, plain)
    if alert.wish.options.nag:
        first = Button("Seen", "alert_seen", {"alert": number})
    return (
        *in_rows(actions),
        (
            first,
            Button(
                with_icon("💤", "1h", plain=plain), "alert_sleep", {"alert": number, "for": 3600}
            ),
            run(with_icon("🕯", "Chart", plain=plain), "candles", symbol),
        ),
        (_delete(alert, plain),),
    )


def _action(action: str, symbol: str) -> Button:
    side, _, amount = action.partition(" ")
    arrow = "▲ Buy" if side == "buy" else "▼ Sell"
    return run(f"{arrow} {amount}", side, f"{amount} {symbol} market")


def summary_page(alerts: Sequence[Alert], since: timedelta) -> Page:
    """What was not said one by one, because it would have been too much."""
    times = sum(alert.unsaid for alert in alerts)
    lines = [
        f"#{alert.number} {esc(alert.symbol, 16)}: {_times(alert.unsaid)}" for alert in alerts[:20]
    ]
    html = paragraphs(
        f"🔔 Fired {_times(times)} in {esc(duration(since))}",
        "I send at most 20 alerts an hour here; this is the rest in one message.",
        *lines,
        f"… and {len(alerts) - 20} more alerts." if len(alerts) > 20 else "",
    )
    return Page(html, ((run("My alerts", "alerts"),),))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def expired_page(alert: Alert, instrument: Instrument | None, settings: ChatSettings) -> Page:
    """Its time is over."""
    html = paragraphs(
        f"🔔 Alert #{alert.number} has expired.",
        f"{esc(title(alert, instrument, settings), 200)} is not watched any more.",
    )
    return Page(html, ((_again(alert, settings.plain_text),),), silent=True)


def pair_gone_page(alert: Alert) -> Page:
    """The pair is not listed any more, or has another name."""
    return Page(
        paragraphs(
            f"⏸ Alert #{alert.number} is paused.",
            f"Kraken does not list {esc(alert.symbol, 16)} any more, or under another name.",
            f"Delete it, or set it anew for another pair: {code('/alert')}.",
        ),
        ((Button("Delete", "alert_off", {"alert": alert.number}),),),
    )


def blind_page(symbol: Symbol, since: datetime, until: datetime, settings: ChatSettings) -> Page:
    """The trades of a gap could not be had."""
    return Page(
        paragraphs(
            f"⚠ A gap in the trades of {esc(symbol, 12)}",
            f"I was {esc(away_words(since, until, settings).removeprefix('while I was '), 64)} "
            "and cannot read all trades of that time.",
            "A price that was reached only then is not known. Your alerts watch again.",
        ),
        silent=True,
    )


def next_note() -> str:
    """Behind an alert that was true when it was set."""
    return "I tell you at the next crossing, when the price has come back first."


def too_many(error: TooManyAlerts) -> str:
    return paragraphs(
        f"You have {esc(error.said)} alerts, the most there are.",
        f"Nothing was set. Delete some first: {code('/alerts')}.",
    )


def no_alert(error: NoAlert) -> str:
    return paragraphs(
        f"There is no alert {code(short(error.said, 12))} here.", f"See {code('/alerts')}."
    )
