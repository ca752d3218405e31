"""The last words of a message that followed the market."""

from datetime import timedelta

from bot.core.live import Stop
from bot.core.numbers import duration


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
            return "Stopped: its time ended while I was away."
        case Stop.FAILED:
            return "Stopped: Kraken does not tell this price any more."
