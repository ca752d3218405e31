"""PaperAccount: one chat's practice account, behind the same Protocol as a live one.

* A command happens at once, on the market as it is then, and returns when what it did is saved.
* Facts are saved before they are told, and told through ``run`` only. What was saved and not told,
  because the process ended or the listener failed, is told again: fills as they were, orders as
  they are then.
* ``run`` follows the market for the orders that are open. What happened to them while it did not
  run is settled from the public trades of that time when it starts, in the order of time; where
  they cannot be had, an ``Unchecked`` says so.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from kraken.account import (
    AccountInterrupted,
    AccountReady,
    Listener,
)
from kraken.core.errors import KrakenError, NotSent, OutcomeUnknown
from kraken.core.fees import FeeTier
from kraken.core.practice.kept import new, read, write
from kraken.core.practice.rates import OwnVolume
from kraken.core.practice.replay import Unchecked
from kraken.core.practice.why import WhyNot, why_not
from kraken.core.trading import Amend, Order, OrderName, OrderRequest
from kraken.core.types import Asset, ClientOrderId, Symbol
from kraken.paper.following import Following
from kraken.paper.pair import Pair
from kraken.paper.practice import PaperFact, Practice
from kraken.paper.reads import Reads
from kraken.paper.refusals import unknown_order
from kraken.paper.venue import PaperVenue

Save = Callable[[bytes, Sequence[PaperFact]], Awaitable[None]]
"""Keeps the whole account and what just happened, in one transaction; asks the account nothing.

If it raises, or is cancelled, it will be given the same facts again, with those that come next:
store a fill once, under its ``exec_id``.
"""

SAVED_AT_LEAST = timedelta(minutes=5)
"""Also where there is nothing to tell: places in queues, and how far the market was seen."""

_NEVER = datetime.max.replace(tzinfo=UTC)


class PaperAccount(Reads):
    """Practice money on the live market. Its owner awaits ``run``, as that of any Account."""

    def __init__(
        self,
        venue: PaperVenue,
        *,
        name: str,
        save: Save,
        snapshot: bytes | None = None,
        balances: Mapping[Asset, Decimal] | None = None,
    ) -> None:
        """``snapshot`` is what ``save`` was given last; without one the account is new and owns
        ``balances``, which are saved with the first thing that happens.

        ``name`` makes the names of its orders and fills different from those of other accounts;
        a snapshot keeps its own.

        Raises:
            UnreadableError: this version cannot read the snapshot.
        """
        practice = Practice(new(name) if snapshot is None else read(snapshot))
        if snapshot is None:
            practice.give(balances or {}, venue.clock.now())
        super().__init__(practice, venue)
        self._clock = venue.clock
        self._save = save
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._following = Following(practice, venue, self._wake.set)
        self._queue = practice.untold()
        self._sending: dict[ClientOrderId, asyncio.Event] = {}
        self._saved_version, self._saved_at = 0, self._clock.now()
        self._wakes_at: datetime | None = None
        self._is_running = False

    # -- commands

    async def place(self, request: OrderRequest) -> Order:
        """See :meth:`kraken.account.Account.place`; the deadline counts at the market."""
        async with self._announced(request.client_id), self._at(request.symbol) as pair:
            order = self._practice.place(request, pair.view(), self._clock.now())
            await self._finish()
        return order

    async def settle(self, client_id: ClientOrderId, deadline: datetime) -> Order:
        """See :meth:`kraken.account.Account.settle`; practice need not wait for the deadline."""
        while (sending := self._sending.get(client_id)) is not None:
            await sending.wait()
        async with self._lock:
            await self._finish()
            order = self._practice.order(OrderName(client_id=client_id))
        if order is None:
            raise unknown_order()
        return order

    async def amend(self, name: OrderName, change: Amend) -> Order:
        """See :meth:`kraken.account.Account.amend`."""
        order = self._practice.open_order(name)
        if order is None:
            raise unknown_order()
        async with self._at(order.order.symbol) as pair:
            amended = self._practice.amend(name, change, pair.view(), self._clock.now())
            await self._finish()
        return amended

    async def cancel(self, name: OrderName) -> None:
        """See :meth:`kraken.account.Account.cancel`; first sees what was missed, if it can."""
        order = self._practice.open_order(name)
        if order is not None:
            await self._following.join({order.order.symbol})
        async with self._now():
            self._practice.cancel(name, self._clock.now())
            await self._finish()

    async def cancel_all(self) -> int:
        """See :meth:`kraken.account.Account.cancel_all`; the same."""
        await self._following.join(self._following.behind())
        async with self._now():
            count = self._practice.cancel_all(self._clock.now())
            await self._finish()
        return count

    async def cancel_all_after(self, delay: timedelta) -> None:
        """See :meth:`kraken.account.Account.cancel_all_after`; it survives restarts."""
        async with self._now():
            self._practice.arm(delay, self._clock.now())
            await self._finish()

    async def check(self, request: OrderRequest) -> None:
        """See :meth:`kraken.account.Account.check`."""
        async with self._at(request.symbol) as pair:
            self._practice.check(request, pair.view(), self._clock.now())

    # -- what only practice can

    async def reset(self, balances: Mapping[Asset, Decimal]) -> None:
        """End all orders, forget the history, and start anew with these balances.

        Raises:
            UnknownInstrument: no pair has such an asset; nothing changed.
            InvalidOrder: an amount that nobody practises with; nothing changed.
            NotSent: Kraken was not reached yet, so its assets are not known.
        """
        pairs = self._venue.instruments()
        known = {asset for pair in pairs for asset in (pair.base, pair.quote)}
        async with self._now():
            self._practice.reset(balances, known, self._clock.now())
            await self._finish()

    async def set_fees(self, fees: FeeTier | None, volume: OwnVolume | None = None) -> None:
        """From the next fill on, as shares.

        None is what Kraken takes for each kind of pair at this volume, or without any.

        Raises:
            InvalidOrder: a rate below 0 or from 1 on; nothing changed.
        """
        async with self._now():
            self._practice.set_fees(fees, volume)
            await self._finish()

    async def set_latency(self, latency: timedelta) -> None:
        """How much later commands meet the market.

        Raises:
            InvalidOrder: below zero or above ten seconds; nothing changed.
        """
        async with self._now():
            self._practice.set_latency(latency)
            await self._finish()

    def why(self, name: OrderName) -> WhyNot | None:
        """What an open order waits for; None if no open order has that name."""
        order = self._practice.open_order(name)
        if order is None:
            return None
        since = order.order.created_at or self._clock.now()
        try:
            pair = self._venue.pair(order.order.symbol)
        except KrakenError:  # the pair is gone, or Kraken was not reached yet
            return why_not(order, None, None, None)
        return why_not(order, pair.glance(), *pair.best_since(order.order.side, since))

    def snapshot(self) -> bytes:
        """The whole account, as ``save`` is given it."""
        self._following.note_cursors()
        return write(self._practice.kept)

    # -- what happens

    async def run(self, on_event: Listener) -> None:
        """See :meth:`kraken.account.Account.run`; what ``save`` raises ends it, too."""
        assert not self._is_running, "one at a time: facts are told to one listener"
        self._is_running = True
        try:
            await self._tell(on_event)
            await self._following.start()
            await self._work(on_event)
            await self._report(on_event)
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._work(on_event)
                lost = self._following.strays()
                if lost:
                    await self._rejoin(lost, on_event)
        finally:
            self._is_running = False
            self._following.leave()

    def due(self) -> None:
        """It is time for something."""
        self._wakes_at = None
        self._wake.set()

    async def _work(self, on_event: Listener) -> None:
        """Take in what came, save it, tell it."""
        async with self._lock:
            async with self._venue.turn:
                self._following.drain()
                await asyncio.sleep(0)
            if self._practice.unsaved or self._save_at() <= self._clock.now():
                await self._commit()
        self._set_alarm()
        await self._tell(on_event)

    async def _rejoin(self, lost: set[Symbol], on_event: Listener) -> None:
        reason = f"trades of {', '.join(sorted(lost))} are missing"
        await on_event(AccountInterrupted(self._clock.now(), reason))
        await self._following.join(lost)
        await self._work(on_event)
        await self._report(on_event)

    async def _report(self, on_event: Listener) -> None:
        behind = self._following.behind()
        now = self._clock.now()
        if behind:
            reason = f"there is no market to see for {', '.join(sorted(behind))}"
            await on_event(AccountInterrupted(now, reason))
        else:
            await on_event(AccountReady(now))

    async def _tell(self, on_event: Listener) -> None:
        while self._queue:
            event = self._queue[0]
            await on_event(event)
            self._queue.pop(0)
            self._practice.was_told(event, self._queue)

    # -- saving

    async def _finish(self) -> None:
        """The end of a command: what it did is saved."""
        self._following.index()
        try:
            await self._commit()
        except Exception as error:  # whatever the owner's storage raises
            raise OutcomeUnknown(f"it could not be saved yet: {error}") from error

    async def _commit(self) -> None:
        practice = self._practice
        facts, version = list(practice.unsaved), practice.version
        await self._save(self.snapshot(), facts)
        del practice.unsaved[: len(facts)]
        self._saved_version, self._saved_at = version, self._clock.now()
        self._queue += [fact for fact in facts if not isinstance(fact, Unchecked)]

    def _save_at(self) -> datetime:
        """When to save although there is nothing to tell."""
        practice = self._practice
        is_saved = practice.version == self._saved_version and not practice.kept.state.orders
        return _NEVER if is_saved else self._saved_at + SAVED_AT_LEAST

    def _set_alarm(self) -> None:
        times = (self._following.next_due(), self._save_at())
        due = min(at for at in times if at is not None)
        if due < _NEVER and (self._wakes_at is None or due < self._wakes_at):
            self._wakes_at = due
            self._venue.wake_at(due, self)

    # -- the market of a command

    @asynccontextmanager
    async def _announced(self, name: ClientOrderId | None) -> AsyncIterator[None]:
        """In here an order of that name may come to be."""
        done = asyncio.Event()
        if name is not None:
            self._sending[name] = done
        try:
            yield
        finally:
            done.set()
            if name is not None and self._sending.get(name) is done:
                del self._sending[name]

    @asynccontextmanager
    async def _at(self, symbol: Symbol) -> AsyncIterator[Pair]:
        """The market as it is when the command meets it, and nothing of ours behind it.

        Raises:
            NotSent: there is no market to trust, or not all is known of our orders in it.
        """
        pair = self._venue.pair(symbol)
        async with pair.attended():
            await pair.ready(self._venue.patience)
            if symbol in self._following.behind():
                await self._following.join({symbol})
            async with self._now():
                pair.catch_up()
                self._following.drain()
                if not self._following.bring_up(pair):
                    raise NotSent(f"past trades of {symbol} are being looked up")
                yield pair

    @asynccontextmanager
    async def _now(self) -> AsyncIterator[None]:
        """One command after the other, each as late as the owner wants it."""
        if self.latency:
            await self._venue.sleep(self.latency.total_seconds())
        async with self._lock:
            self._following.drain()
            try:
                yield
            finally:
                self._wake.set()  # there may be something to tell
