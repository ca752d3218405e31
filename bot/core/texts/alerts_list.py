"""The list of a chat's alerts, and what is done to all of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.core.alerts.words import PER_CHAT, Alert, State
from bot.core.numbers import clock_time, duration
from bot.core.page import Button, Page, Rows
from bot.core.settings import ChatSettings
from bot.core.texts.alert_own import badge_of
from bot.core.texts.alert_words import distance, how_often, title, wish_words
from bot.core.texts.alerts import Listed, quoted
from bot.core.texts.labels import in_rows, run
from bot.core.texts.markup import code, esc, paragraphs
from kraken.core.types import Instrument

PER_PAGE = 8


def list_page(
    listed: Sequence[Listed], settings: ChatSettings, now: datetime, *, number: int, of: str = ""
) -> Page:
    """One page of them, with how far each has to go."""
    if not listed:
        where = f" on {esc(of, 16)}" if of else ""
        html = paragraphs(f"🔔 No alerts{where}.", f"Set one: {code('/alert btc > 65000')}.")
        return Page(html, ((run("Examples", "alert", of),),))
    pages = (len(listed) + PER_PAGE - 1) // PER_PAGE
    number = min(max(number, 0), pages - 1)
    shown = listed[number * PER_PAGE : (number + 1) * PER_PAGE]
    lines = [_list_line(each, settings, now) for each in shown]
    head = f"🔔 {len(listed)} of {PER_CHAT} alerts"
    buttons = tuple(
        Button(f"#{each.alert.number}", "alert_show", {"alert": each.alert.number})
        for each in shown
    )
    return Page(
        "\n\n".join([head, *lines]), (*in_rows(buttons), *_turn(number, pages, of), *_all_rows())
    )


def _list_line(one: Listed, settings: ChatSettings, now: datetime) -> str:
    alert = one.alert
    far = distance(alert, one.last)
    badge = badge_of(alert)
    number = f"{badge} #{alert.number}" if badge else f"#{alert.number}"
    head = f"{number} {title(alert, one.instrument, settings)}"
    state = {State.FIRED: "being told", State.PAUSED: "paused"}.get(alert.state, "")
    if alert.state is State.ARMED and alert.progress.armed is False:
        state = "has to come back first"
    needs = f"needs {far}" if far and not state else ""
    details = [how_often(alert, settings, now), needs, state]
    return paragraphs(
        esc(head, 120), esc(", ".join(each for each in details if each), 160), quoted(alert)
    )


def _alerts(count: int, one: str = "", many: str = "") -> str:
    noun, verb = ("alert", one) if count == 1 else ("alerts", many)
    return f"{count} {noun} {verb}".rstrip()


def _turn(number: int, pages: int, of: str) -> Rows:
    if pages == 1:
        return ()
    back = Button("‹", "alerts", {"page": number - 1, "of": of})
    on = Button("›", "alerts", {"page": number + 1, "of": of})
    here = Button(f"{number + 1}/{pages}", "alerts", {"page": number, "of": of})
    return (
        tuple(
            b for b in (back if number else None, here, on if number + 1 < pages else None) if b
        ),
    )


def _all_rows() -> Rows:
    return ((run("All off 2h", "alerts", "off 2h"), run("Delete all", "alerts", "clear")),)


def rest_page(count: int, until: datetime, settings: ChatSettings) -> Page:
    """All of them rest."""
    at = clock_time(until, settings.zone, seconds=False)
    html = paragraphs(
        f"💤 {_alerts(count, 'rests', 'rest')} until {esc(at)}.",
        "What happens until then is not told. They watch again by themselves.",
    )
    return Page(html, ((run("On again", "alerts", "on"),),))


def awake_page(count: int) -> Page:
    return Page(
        f"🔔 {_alerts(count, 'watches', 'watch')} again.", ((run("My alerts", "alerts"),),)
    )


def sleep_note(lasts: timedelta) -> str:
    """A toast."""
    return f"Rests for {duration(lasts)}"


def sure_page(count: int, ticket: int) -> Page:
    """Delete them all?"""
    html = paragraphs(
        f"Delete {'all ' if count > 1 else ''}{_alerts(count)} here?", "Nothing is deleted yet."
    )
    button = Button(f"Delete all {count}", "alerts_clear", {"up_to": ticket}, "danger")
    return Page(html, ((button,), (run("Keep them", "alerts"),)))


def cleared_page(count: int) -> Page:
    return Page(paragraphs(f"✖ {_alerts(count)} deleted.", "Their numbers are not used again."))


def deleted_page(alert: Alert, instrument: Instrument | None, settings: ChatSettings) -> Page:
    """One is gone, and the way back."""
    words = wish_words(alert.wish, instrument, settings)
    said = f"{alert.symbol} {words}".strip()
    html = paragraphs(f"✖ Alert #{alert.number} is deleted.", esc(said, 200))
    return Page(html)
