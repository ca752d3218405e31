"""One private WebSocket v2 connection without the connection: frames in, events and text out.

It wants two channels, executions and balances, and is live when both snapshots came. Rules:

* Messages of a channel are numbered without gaps (docs: WS v2, Executions, ``sequence``). After a
  gap the channel is subscribed anew on the same connection, for the sake of its snapshot, and
  whoever listens is told, to read the lists of REST as well. Numbers that come again are no gap.
* What does not answer a subscription in ten seconds is given up, and so is a connection whose
  token is not accepted: each connection begins with a token of its own.
* A frame that cannot be read may have been a fact: it is told like a gap.
* A token is in no event.

Nothing here raises because of what the peer sends.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from kraken.core.errors import BadData
from kraken.core.holdings import LedgerEntry
from kraken.core.trading import Report
from kraken.core.types import OrderId, SystemState
from kraken.core.wire import private_ws as wire
from kraken.core.wire import requests
from kraken.core.wire.private_balances import Balances

CHANNELS = ("executions", "balances")

ANSWERED_IN = timedelta(seconds=10)
SILENCE_BEFORE_PING = timedelta(seconds=2)

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subscribed:
    """Both channels have told how things are, and will tell what changes."""


@dataclass(frozen=True, slots=True)
class OrdersReported:
    """Reports of orders came."""

    reports: tuple[Report, ...]
    counters: tuple[tuple[OrderId, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class BalancesMoved:
    """A balance changed."""

    deposits: tuple[LedgerEntry, ...] = ()
    """What came in from outside."""


@dataclass(frozen=True, slots=True)
class MaximumTold:
    """How high the engine's counters of this account may rise."""

    maximum: Decimal


@dataclass(frozen=True, slots=True)
class FactsMissed:
    """Something was said that did not arrive, or cannot be read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Useless:
    """This connection will not tell anything; ``error`` is Kraken's word where it gave one."""

    reason: str
    error: str = ""


PrivateEvent: TypeAlias = (
    Subscribed | OrdersReported | BalancesMoved | MaximumTold | FactsMissed | Useless
)


@dataclass(slots=True)
class _Channel:
    """What has come of one subscription."""

    name: str
    request_id: int = 0
    asked_at: datetime | None = None
    """When it was subscribed, while no snapshot came."""
    sequence: int | None = None
    """Of the newest message; None before the snapshot."""


class PrivateSession:
    """One connection after another; each is begun with :meth:`use` of a fresh token."""

    def __init__(self) -> None:
        self._token = ""
        self._system = SystemState.UNKNOWN
        self._channels = {name: _Channel(name) for name in CHANNELS}
        self._is_connected = self._is_live = False
        self._requests = 0
        self._out: list[str] = []
        self._heard_at = self._pinged_at = _LONG_AGO

    @property
    def system(self) -> SystemState:
        """What Kraken's engine accepts, as it said last."""
        return self._system

    def use(self, token: str) -> None:
        """The next connection is opened with this token; a secret."""
        self._token = token

    def connected(self, now: datetime) -> list[PrivateEvent]:
        """There is a new connection: both channels are asked for."""
        self._forget()
        self._is_connected = True
        self._heard_at = self._pinged_at = now
        for channel in self._channels.values():
            self._subscribe(channel, now)
        return []

    def disconnected(self, now: datetime) -> list[PrivateEvent]:
        """The connection is gone, and its token with it."""
        self._forget()
        self._token = ""
        return []

    def _forget(self) -> None:
        self._is_connected = self._is_live = False
        self._out.clear()
        self._channels = {name: _Channel(name) for name in CHANNELS}

    def _subscribe(self, channel: _Channel, now: datetime) -> None:
        self._requests += 1
        channel.request_id, channel.asked_at, channel.sequence = self._requests, now, None
        self._out.append(wire.subscribe(channel.name, self._token, self._requests))

    def data_to_send(self) -> list[str]:
        """The text frames that are due, in order; some hold the token."""
        if not self._is_connected:
            return []
        out, self._out = self._out, []
        return out

    def next_timer(self) -> datetime | None:
        """When to call ``tick`` at the latest."""
        if not self._is_connected:
            return None
        dues = [max(self._heard_at, self._pinged_at) + SILENCE_BEFORE_PING]
        asked = (channel.asked_at for channel in self._channels.values())
        dues += [at + ANSWERED_IN for at in asked if at is not None]
        return min(dues)

    def tick(self, now: datetime) -> list[PrivateEvent]:
        """Do what is due: a ping into the silence, an end of patience."""
        if not self._is_connected:
            return []
        if now - max(self._heard_at, self._pinged_at) >= SILENCE_BEFORE_PING:
            self._pinged_at = now
            self._requests += 1
            self._out.append(requests.ping(self._requests))
        for channel in self._channels.values():
            if channel.asked_at is not None and now - channel.asked_at >= ANSWERED_IN:
                channel.asked_at = None
                return [Useless(f"no snapshot of {channel.name} came")]
        return []

    def receive(self, frame: str | bytes, now: datetime) -> list[PrivateEvent]:
        """Read one frame. Never raises."""
        self._heard_at = now
        try:
            told = wire.decode(frame)
        except BadData as error:
            return [FactsMissed(str(error))]
        match told:
            case wire.Answer(method="subscribe"):
                return self._answered(told)
            case wire.Answer(method="error"):
                return [Useless("Kraken could not read a request", told.error)]
            case wire.System(state=state):
                self._system = state
            case wire.Executions():
                return self._reported(told, now)
            case Balances():
                moved = [] if told.snapshot else [BalancesMoved(told.deposits)]
                return [*moved, *self._counted("balances", told.sequence, told.snapshot, now)]
            case _:
                pass
        return []

    def _answered(self, told: wire.Answer) -> list[PrivateEvent]:
        asked = any(each.request_id == told.request_id for each in self._channels.values())
        if not asked:
            return []
        if not told.success:
            return [Useless("a subscription was refused", told.error)]
        return [] if told.maximum is None else [MaximumTold(told.maximum)]

    def _reported(self, told: wire.Executions, now: datetime) -> list[PrivateEvent]:
        events: list[PrivateEvent] = []
        if told.reports:
            events.append(OrdersReported(told.reports, told.counters))
        if told.unread:
            events.append(FactsMissed(f"{len(told.unread)} reports are unreadable"))
        return events + self._counted("executions", told.sequence, told.snapshot, now)

    def _counted(
        self, name: str, sequence: int | None, is_snapshot: bool, now: datetime
    ) -> list[PrivateEvent]:
        """Look at the number of a message of a channel."""
        channel = self._channels[name]
        if is_snapshot:
            channel.asked_at, channel.sequence = None, sequence or 0
            return self._is_it_live()
        if channel.sequence is None or sequence is None or sequence <= channel.sequence:
            return []
        has_gap = sequence > channel.sequence + 1
        channel.sequence = sequence
        if not has_gap:
            return []
        self._requests += 1
        self._out.append(wire.unsubscribe(name, self._token, self._requests))
        self._subscribe(channel, now)
        return [FactsMissed(f"messages of {name} are missing")]

    def _is_it_live(self) -> list[PrivateEvent]:
        is_whole = all(each.sequence is not None for each in self._channels.values())
        if self._is_live or not is_whole:
            return []
        self._is_live = True
        return [Subscribed()]
