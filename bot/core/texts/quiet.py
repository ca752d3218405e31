"""The summary after quiet hours."""

from collections.abc import Sequence

from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts.labels import with_icon
from bot.core.texts.markup import esc, paragraphs

_SHOWN = 12


def quiet_summary_page(titles: Sequence[str], settings: ChatSettings) -> Page:
    """First lines of what came without a sound, the oldest first."""
    hours = f"{settings.quiet_from:02}–{settings.quiet_until:02}"
    count = len(titles)
    came = "1 message came" if count == 1 else f"{count} messages came"
    more = f"and {count - _SHOWN} more" if count > _SHOWN else ""
    return Page(
        paragraphs(
            with_icon("🌙", f"While it was quiet, {hours}", plain=settings.plain_text),
            f"{came} without a sound:",
            *(esc(title, 64) for title in titles[:_SHOWN]),
            more,
            "They stand above.",
        )
    )
