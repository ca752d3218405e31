"""Trust: which trades are believed, when one of them would set off an alert.

Rules: a single print far from the market is a mistake or a trick, and nobody is woken for it. A
trade is believed within 2 % of the best bid and ask where those are known and fresh; elsewhere
within 5 % of the last one that was believed or of the one just before it, so that a second trade
there confirms the first. One that the best prices did not confirm may be asked about again when
they have moved: the trade and the book come over different channels.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from kraken.core.trading import EXACT

NEAR_QUOTE = Decimal("0.02")
NEAR_TRADE = Decimal("0.05")
FRESH = timedelta(seconds=60)
"""Best prices that are older say nothing about a trade of now."""


class Trust:
    """What one pair's trades are measured by."""

    __slots__ = ("_ask", "_bid", "_quoted_at", "before", "last")

    def __init__(self, last: Decimal | None = None) -> None:
        self.last = last
        """The last price that was believed."""
        self.before = last
        """The last price, believed or not."""
        self._bid = self._ask = Decimal(0)
        self._quoted_at: datetime | None = None

    def quote(self, bid: Decimal, ask: Decimal, at: datetime) -> None:
        """The best prices now; a crossed book says nothing."""
        if 0 < bid <= ask:
            self._bid, self._ask, self._quoted_at = bid, ask, at

    def believes(self, price: Decimal, at: datetime, *, live: bool) -> bool:
        """Whether a trade is; of one from the past (not ``live``) the best prices are unknown."""
        fresh = self._quoted_at is not None and abs(at - self._quoted_at) <= FRESH
        if live and fresh:
            return _is_between(price, self._bid, self._ask, NEAR_QUOTE)
        known = [each for each in (self.last, self.before) if each is not None]
        return not known or any(_is_between(price, each, each, NEAR_TRADE) for each in known)


def _is_between(price: Decimal, low: Decimal, high: Decimal, share: Decimal) -> bool:
    least = EXACT.multiply(low, EXACT.subtract(Decimal(1), share))
    most = EXACT.multiply(high, EXACT.add(Decimal(1), share))
    return least <= price <= most
