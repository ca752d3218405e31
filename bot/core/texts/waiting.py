"""Said when an answer takes long because the exchange asks for patience."""

import math
from datetime import timedelta

from bot.core.numbers import duration
from bot.core.page import Page
from bot.core.texts.markup import esc, paragraphs


def slow_page(wait: timedelta) -> Page:
    """It goes away when the answer comes."""
    seconds = timedelta(seconds=max(math.ceil(wait.total_seconds()), 1))
    html = paragraphs(
        f"Kraken asks me to slow down, {esc(duration(seconds))}.",
        "Nothing was changed. The answer comes by itself.",
    )
    return Page(html, silent=True)
