"""Between the market's nanoseconds and the ledger's times and names."""

from datetime import UTC, datetime, timedelta

from kraken.core.types import ExecId, OrderId, Symbol
from kraken.sim.market.types import SECOND
from kraken.sim.private.names import Names
from kraken.sim.venue import Venue

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(ns: int) -> datetime:
    """Nanoseconds since 1970 as an aware time, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=ns // 1_000)


def nanos(at: datetime) -> int:
    """An aware time as nanoseconds since 1970."""
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000


class Ids:
    """Names for what the ledgers make; both sides of a trade between users share its number."""

    def __init__(self, names: Names, venue: Venue) -> None:
        self._names = names
        self._venue = venue
        self.shared: int | None = None

    def order_id(self) -> OrderId:
        """A name that no order has had."""
        return self._names.order_id()

    def exec_id(self) -> ExecId:
        """A name that no fill has had."""
        return self._names.exec_id()

    def trade_id(self, symbol: Symbol) -> int:
        """The number of the public trade that a fill is."""
        return self.shared or self._venue.market.next_trade_id(symbol)


def after(now_ns: int, seconds: float) -> int:
    """That many seconds later."""
    return now_ns + int(seconds * SECOND)
