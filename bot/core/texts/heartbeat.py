"""The heartbeat: the bot is there."""

from datetime import timedelta

from bot.core.numbers import duration
from bot.core.page import Page
from bot.core.texts.markup import esc, paragraphs


def heartbeat_page(*, up: timedelta, connected: bool, alerts: int, plans: int) -> Page:
    """One look at what matters; without a sound."""
    exchange = "Kraken is connected" if connected else "Kraken is out of reach"
    return Page(
        paragraphs(
            "💓 I am here",
            f"Up {esc(duration(up))}. {exchange}. Alerts {alerts}, plans {plans}.",
        ),
        silent=True,
    )
