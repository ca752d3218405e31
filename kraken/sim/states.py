"""Faults that last: the exchange is in another state until time is up or all is disarmed."""

from collections.abc import Callable

from kraken.sim.faults import Fault, Faults
from kraken.sim.market.types import SECOND
from kraken.sim.private.service import Private
from kraken.sim.venue import Venue
from kraken.sim.wire.rest import Rest, generous, strict, strict_upgrades
from kraken.sim.wire.ws import Hub

Act = Callable[[], None]


class States:
    """What lasts, with the way back from each."""

    def __init__(
        self, venue: Venue, faults: Faults, rest: Rest, hub: Hub, private: Private
    ) -> None:
        self._venue = venue
        self._faults = faults
        self._rest = rest
        self._hub = hub
        self._private = private
        self._ways_back: list[tuple[Fault, int | None, Act]] = []

    def begin(self, fault: Fault, wire_ns: int) -> None:
        """Enter the state."""
        back = self._enter(fault)
        # These are a number of seconds themselves, not a state of that duration.
        lasting = None if fault.kind in ("clock_offset", "closed_orders_lag") else fault.seconds
        until = None if lasting is None else wire_ns + int(lasting * SECOND)
        self._faults.armed.append(fault)
        self._ways_back.append((fault, until, back))

    def _enter(self, fault: Fault) -> Act:
        """Begin; the way back."""
        symbol, status, private = fault.symbol or "", fault.status or "", self._private
        if fault.kind == "system_status":
            self._system(status)()
            return self._system("online")
        if fault.kind == "pair_status":
            self._pair(symbol, status)()
            return self._pair(symbol, "online")
        if fault.kind == "clock_offset":
            self._clock(int((fault.seconds or 0) * SECOND))()
            return self._clock(0)
        if fault.kind == "permission_removed":
            return private.lose_permission(fault.api_key, fault.permission or "")
        if fault.kind == "key_revoked":
            return private.revoke(fault.api_key)
        if fault.kind == "closed_orders_lag":
            self._lag(int((fault.seconds or 0) * SECOND))()
            return self._lag(0)
        self._limit(strictly=True)()
        return self._limit(strictly=False)

    def pass_time(self, wire_ns: int) -> None:
        """Leave the states whose time is up."""
        due = [each for each in self._ways_back if each[1] is not None and each[1] <= wire_ns]
        for each in due:
            self._end(each)

    def end_all(self) -> None:
        """Leave every state."""
        for each in tuple(self._ways_back):
            self._end(each)

    def _end(self, lasting: tuple[Fault, int | None, Act]) -> None:
        fault, _, back = lasting
        self._ways_back.remove(lasting)
        if fault in self._faults.armed:
            self._faults.armed.remove(fault)
        back()

    def _system(self, status: str) -> Act:
        def act() -> None:
            self._venue.system = status
            self._hub.announce_status()

        return act

    def _pair(self, symbol: str, status: str) -> Act:
        def act() -> None:
            now = self._venue.newest(symbol)
            self._venue.market.set_status(now, status)
            self._hub.feeds.listing_changed([self._venue.pairs[now]])

        return act

    def _clock(self, offset_ns: int) -> Act:
        def act() -> None:
            self._venue.clock_offset_ns = offset_ns

        return act

    def _lag(self, lag_ns: int) -> Act:
        def act() -> None:
            self._private.lag_ns = lag_ns

        return act

    def _limit(self, *, strictly: bool) -> Act:
        def act() -> None:
            self._rest.limit = strict() if strictly else generous()
            self._rest.upgrades = strict_upgrades() if strictly else generous()

        return act
