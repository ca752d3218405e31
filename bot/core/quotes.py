"""A price together with how old it is: nothing is shown as current that is not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kraken.core.types import Instrument, Ticker

OLD = timedelta(seconds=5)
"""From here on a price is marked with its age."""


@dataclass(frozen=True, slots=True)
class Quote:
    """One pair as it was last told."""

    instrument: Instrument
    ticker: Ticker | None
    """None: Kraken has not told a price yet."""
    age: timedelta

    @property
    def is_old(self) -> bool:
        return self.age > OLD


def age_of(received_at: datetime, last_frame_at: datetime | None, now: datetime) -> timedelta:
    """How long a value may have been wrong.

    A pair in which nothing happens sends nothing, so its value is as good as the newest frame of
    the connection that would have brought a change.
    """
    confirmed = max(received_at, last_frame_at) if last_frame_at else received_at
    return max(now - confirmed, timedelta())
