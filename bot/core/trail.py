"""The course of a price over the last hour, kept up from the prices that are seen anyway."""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

STEP = timedelta(minutes=5)
LENGTH = 12


class Trail:
    """Twelve prices five minutes apart; the last one is the current one."""

    def __init__(self, closes: Iterable[Decimal]) -> None:
        self._closes = deque(closes, maxlen=LENGTH)
        self._step_began: datetime | None = None

    @property
    def closes(self) -> Sequence[Decimal]:
        """Oldest first."""
        return tuple(self._closes)

    def with_last(self, price: Decimal | None, now: datetime) -> Sequence[Decimal]:
        """Take in the current price and return all; None leaves the course as it is."""
        if price is None:
            return self.closes
        self._step_began = self._step_began or now
        if now - self._step_began >= STEP or not self._closes:
            self._closes.append(price)
            self._step_began = now
        else:
            self._closes[-1] = price
        return self.closes
