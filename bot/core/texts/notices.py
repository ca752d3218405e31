"""Notifications and quiet hours, as /settings shows them."""

from bot.core.notices import Loudness, Notice, chosen_for
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.labels import LABEL, badge, in_rows
from bot.core.texts.markup import bold, code, paragraphs
from bot.core.trade.types import Mode
from bot.core.words import short

_NAMES = {
    Notice.FILL: "Fills",
    Notice.PARTIAL: "Parts",
    Notice.CANCEL: "Cancels",
    Notice.REJECT: "Rejects",
    Notice.STOP: "Stops",
    Notice.ALERT: "Alerts",
    Notice.DCA: "DCA runs",
    Notice.DEPOSIT: "Deposits",
    Notice.DIGEST: "Digest",
    Notice.BOT: "Bot",
    Notice.HEARTBEAT: "Heartbeat",
}
_SAID = {Loudness.LOUD: "on", Loudness.SILENT: "silent", Loudness.OFF: "off"}
_HOURS = ((22, 7), (23, 7), (0, 8))


def notices_page(settings: ChatSettings, mode: Mode) -> Page:
    """What is told, and how loudly; every button goes one step further."""
    always = (
        "Fills, rejects and stops can be silent in live mode, but never off."
        if mode is Mode.LIVE
        else ""
    )
    buttons = tuple(
        Button(
            short(f"{_NAMES[notice]}: {_SAID[chosen_for(settings, notice)]}", LABEL),
            "settings",
            {"what": "notifications", "value": notice.value},
        )
        for notice in Notice
    )
    html = paragraphs(
        f"{badge(mode)} · notifications", "Tap: on, silent, off.", always, hours_line(settings)
    )
    quiet = Button("Quiet hours ›", "settings", {"what": "quiet", "value": ""})
    return Page(html, (*in_rows(buttons, 2), (quiet,), _back()))


def quiet_page(settings: ChatSettings) -> Page:
    """When pushes are silent."""
    html = paragraphs(
        "Quiet hours",
        hours_line(settings),
        "Everything is silent then, but alerts that were set loud, a stop that fires and /kill. "
        "One message sums it up at the end.",
        f"Any others: {code('/settings quiet 23-7')}",
    )
    hours = tuple(
        Button(f"{begin:02}–{end:02}", "settings", {"what": "quiet", "value": f"{begin}-{end}"})
        for begin, end in _HOURS
    )
    off = Button("None", "settings", {"what": "quiet", "value": "off"})
    return Page(html, (hours, (off,), _back()))


def hours_line(settings: ChatSettings) -> str:
    """``Quiet 23 to 07 Europe/Berlin``."""
    if settings.quiet_from == settings.quiet_until:
        return f"Quiet hours {bold('none')}"
    hours = f"{settings.quiet_from:02}–{settings.quiet_until:02}"
    return f"Quiet hours {bold(hours)} {settings.time_zone}"


def _back() -> tuple[Button, ...]:
    return (Button("‹ Back", "settings", {"what": ""}),)
