"""Connections: who may open a WebSocket next; one budget for everything this process connects.

Kraken bans an address that connects more than about 150 times in ten minutes (docs: WS v2, Rate
limits), and hundreds of connections that were cut together want to come back together. Rules:

* No more than 100 connections in any ten minutes, and no more than four in any second.
* Whoever waits goes in this order: keys with open orders, other keys, the public stream; among
  equals, who came first.
* The last few of the hundred are kept from keys without open orders, so that many of them cannot
  keep the one public stream away for long.
* A turn is spent when it is given, unless it is given back because nothing was connected.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from kraken.clock import Clock
from kraken.tasks import sleep_until_newer
from kraken.watch import Watch

WINDOW = timedelta(minutes=10)
MOST = 100
"""Connections in one window; a third less than what Kraken bans for."""

KEPT = 4
"""Connections of each window that keys without open orders leave to the others."""

SECOND = timedelta(seconds=1)
MOST_A_SECOND = 4

_MARGIN = timedelta(milliseconds=1)


class Rank(IntEnum):
    """Who goes first; a lower one before a higher one."""

    HAS_ORDERS = 0
    """A key with open orders: its fills are waited for."""
    PRIVATE = 1
    PUBLIC = 2


@dataclass(eq=False, slots=True)
class _Waiter:
    """Somebody who wants to connect."""

    rank: Rank
    called: asyncio.Event = field(default_factory=asyncio.Event)
    """Something changed for it: it was given a turn, or is the first of its rank now."""
    given_at: datetime | None = None
    """When it was given a turn."""


class Connections:
    """The budget; one for each process."""

    def __init__(
        self, clock: Clock, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._given: deque[datetime] = deque(maxlen=MOST)
        self._waiting: dict[Rank, deque[_Waiter]] = {rank: deque() for rank in Rank}
        self._latest: datetime | None = None
        self._changed: Watch[None] = Watch()

    async def turn(self, rank: Rank) -> datetime:
        """Return when whoever asks may connect, and then it must do so at once.

        What is returned names the turn, for :meth:`give_back`.
        """
        me = _Waiter(rank)
        line = self._waiting[rank]
        line.append(me)
        try:
            while me.given_at is None:
                if line[0] is me:
                    await self._sleep_until_allowed(me)
                    self._give()
                else:
                    await me.called.wait()
                    me.called.clear()
        finally:
            if me.given_at is None:
                line.remove(me)
                if line:
                    line[0].called.set()
        return me.given_at

    def give_back(self, turn: datetime) -> None:
        """Nothing was connected in this turn: somebody else may."""
        if turn in self._given:
            self._given.remove(turn)
            self._changed.set(None)

    async def _sleep_until_allowed(self, me: _Waiter) -> None:
        """Only the first of a rank sleeps; it may be given a turn meanwhile."""
        now = self._now()
        due = self._allowed_at(me.rank, now)
        seconds = (due - now).total_seconds()
        if seconds > 0:
            seen = self._changed.version
            await sleep_until_newer(self._sleep, seconds, self._changed, seen)
            if self._changed.version != seen:
                return
        self._latest = max(self._now(), due)

    def _give(self) -> None:
        """Give a turn to the best of those that may have one now."""
        now = self._now()
        for rank, line in self._waiting.items():
            if line and self._allowed_at(rank, now) <= now:
                first = line.popleft()
                first.given_at = now
                first.called.set()
                if line:
                    line[0].called.set()
                self._given.append(now)
                return

    def _allowed_at(self, rank: Rank, now: datetime) -> datetime:
        """When one of this rank may go, as far as is known now."""
        most = MOST - KEPT if rank is Rank.PRIVATE else MOST
        due = now
        if len(self._given) >= most:
            due = max(due, self._given[-most] + WINDOW + _MARGIN)
        if len(self._given) >= MOST_A_SECOND:
            due = max(due, self._given[-MOST_A_SECOND] + SECOND + _MARGIN)
        return due

    def _now(self) -> datetime:
        """The time, which has passed at least as far as was slept."""
        now = self._clock.now()
        return now if self._latest is None else max(now, self._latest)
