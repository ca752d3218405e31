"""Settings: one message in which every row is a button."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from bot.core.numbers import clock_time, fixed
from bot.core.page import Button, Page
from bot.core.settings import ChatSettings
from bot.core.texts.express import confirm_label
from bot.core.texts.labels import LABEL, LABEL_ALONE, in_rows, with_icon
from bot.core.texts.markup import bold, code, esc, paragraphs
from bot.core.texts.order_settings import presets_label
from bot.core.words import short

ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "Asia/Tokyo",
    "Asia/Singapore",
    "Australia/Sydney",
)
"""The zones that are offered as buttons; any other can be typed."""


def settings_page(settings: ChatSettings, note: str = "") -> Page:
    """All settings of this chat; ``note`` says what was just changed."""
    plain = settings.plain_text
    html = paragraphs(
        with_icon("⚙️", "Settings of this chat", plain=plain),
        f"Currency {bold(settings.currency)}, pair {bold(settings.pair)}",
        f"Numbers {bold(_sample(settings))}, plain text {bold(_on(plain))}",
        f"Time zone {bold(settings.time_zone)}",
        note,
    )
    zone = settings.time_zone.rpartition("/")[2].replace("_", " ")
    return Page(
        html,
        (
            (
                _row(f"Currency: {settings.currency}", "currency"),
                _row(f"Pair: {settings.pair}", "pair"),
            ),
            (
                _row(f"Numbers: {_sample(settings)}", "numbers"),
                _row(f"Plain text: {_on(plain)}", "plain"),
            ),
            (_row(f"Zone: {zone}", "zone"), _row(confirm_label(settings), "confirm")),
            (_row(f"Presets: {presets_label(settings)}", "presets", LABEL_ALONE),),
            (_row("Limits ›", "limits"), _row("Notifications ›", "notifications")),
        ),
    )


def pairs_page(settings: ChatSettings, symbols: Sequence[str]) -> Page:
    """The usual pair to choose; any other can be typed."""
    html = paragraphs(
        "Pair of commands that name none", f"Any other: {code('/settings pair eth/eur')}"
    )
    return Page(html, (*_choices("pair", symbols, settings.pair), _back()))


def zones_page(settings: ChatSettings, now: datetime) -> Page:
    """The time zone to choose; any other can be typed."""
    html = paragraphs(
        f"Time zone: {esc(settings.time_zone, 28)}",
        f"There it is {esc(clock_time(now, settings.zone))}.",
        f"Any other: {code('/settings zone Europe/Berlin')}",
    )
    return Page(html, (*_choices("zone", ZONES, settings.time_zone), _back()))


def change_note(what: str, value: str, new_pair: str) -> str:
    """What was changed; a new currency may have taken the pair with it."""
    follows = f" The pair is {esc(new_pair)} now." if new_pair else ""
    return f"Changed: {esc(what)} {esc(value)}.{follows}"


def _row(label: str, what: str, most: int = LABEL) -> Button:
    return Button(short(label, most), "settings", {"what": what})


def _choices(what: str, values: Sequence[str], now: str) -> tuple[tuple[Button, ...], ...]:
    return in_rows(
        tuple(
            Button(_label(value, chosen=value == now), "settings", {"what": what, "value": value})
            for value in values
        )
    )


def _label(value: str, *, chosen: bool) -> str:
    name = value.rpartition("/")[2].replace("_", " ") if value in ZONES else value
    return short(f"• {name}" if chosen else name, LABEL)


def _back() -> tuple[Button, ...]:
    return (Button("‹ Back", "settings", {"what": ""}),)


def _sample(settings: ChatSettings) -> str:
    return fixed(Decimal("1234.5"), 1, grouping=settings.grouping)


def _on(value: bool) -> str:
    return "on" if value else "off"
