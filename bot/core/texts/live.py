"""The last words of a message that followed the market."""

from datetime import timedelta

from bot.core.live import Stop
from bot.core.numbers import duration
from bot.core.page import Page


def stopped_page(stop: Stop) -> Page:
    """The last words when there are no numbers, because Kraken cannot be reached."""
    return Page(stopped(stop, timedelta()))


def stopped(stop: Stop, lasted: timedelta) -> str:
    """Why the numbers above do not move any more."""
    match stop:
        case Stop.TIME:
            return f"Stopped after {duration(lasted)}."
        case Stop.PAUSED:
            return "Paused. These numbers do not move."
        case Stop.PERSON:
            return "Stopped. These numbers do not move."
        case Stop.REPLACED:
            return "Stopped: there is a newer one below."
        case Stop.AWAY:
            return "Stopped: time was up while I was away."
        case Stop.FAILED:
            return "Stopped: Kraken gives no price any more."
