"""Why a message that followed the market stops, and the limits of following."""

from datetime import timedelta
from enum import StrEnum

BOOK_EVERY = timedelta(seconds=1)
BOOK_LASTS = timedelta(minutes=15)
WATCHES_MOST = 2
"""Watches at a time in one chat."""


class Stop(StrEnum):
    """What ended it."""

    TIME = "time"
    """It was to last so long."""
    PAUSED = "paused"
    """The person pressed pause."""
    PERSON = "person"
    """The person pressed stop."""
    REPLACED = "replaced"
    """A newer one of its kind was asked for."""
    AWAY = "away"
    """Its time was over while the bot did not run."""
    FAILED = "failed"
    """What it shows cannot be had any more."""
