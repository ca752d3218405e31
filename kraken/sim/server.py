"""The simulated exchange as a server on loopback: one port for REST, WebSocket v2 and control.

Live, the market follows the wall clock in steps of a tenth of a second. By hand
(``live=False``), time stands still until ``advance`` is called, so that a test never sleeps.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from aiohttp import web

from kraken.sim.control import Control, Leap, guard
from kraken.sim.faults import KINDS, Fault, FaultRefused, Faults, read_fault
from kraken.sim.listing import PAIRS, PairSpec
from kraken.sim.market.replay import ReplayFeed
from kraken.sim.market.types import SECOND, Happening
from kraken.sim.market.world import World
from kraken.sim.numbers import micros_stamp
from kraken.sim.private.fast_market import run_to
from kraken.sim.private.service import ENDPOINTS, Private, is_permission
from kraken.sim.renaming import rename
from kraken.sim.states import States
from kraken.sim.venue import Market, Venue
from kraken.sim.wire.rest import PUBLIC, Rest
from kraken.sim.wire.ws import Hub

HOST = "127.0.0.1"
TICK_NS = SECOND // 10
COARSE_NS = 5 * SECOND
"""Market time in one step from which each book changes in one message only."""

FINE_NS = SECOND // 10
"""While orders of users wait, the market comes to them in steps like these."""

LEAP_NS = 120 * SECOND
MOST_LEAPS = 4
"""More than that at once is told coarsely, also to them."""


def _steady_ns() -> int:
    """Nanoseconds that never run backwards and go on while the machine sleeps."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock)


def _finest(step_ns: int) -> int:
    """In which steps that much time passes while orders of users wait."""
    if step_ns <= LEAP_NS:
        return FINE_NS
    return max(LEAP_NS, step_ns // MOST_LEAPS)


class Exchange:
    """Kraken on loopback.

    ``start`` opens the port, ``run`` lets the market live until it is cancelled, ``close`` ends
    every connection. The same seed and the same calls give the same market. ``leap`` is what
    ``POST /sim/clock`` does; whoever lives by this clock may put a way of their own there.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        seed: int = 1,
        speed: float = 1.0,
        replay: Path | None = None,
        live: bool = True,
        clock: Callable[[], int] = time.time_ns,
        steady: Callable[[], int] = _steady_ns,
        pairs: Sequence[PairSpec] = PAIRS,
    ) -> None:
        """``speed`` is market seconds per second; ``clock`` says, in ns, when all begins, and
        ``steady`` what has passed since.

        Raises:
            OSError: the recording to ``replay`` cannot be read.
            ValueError: it cannot be played; the text says where and why.
        """
        self._port = port
        self._speed = speed
        self._live = live
        self._market_ns = clock()
        self._wire_ns = 0
        self._steady_ns = steady
        self._last_ns = steady()
        self.skipped_ns = 0
        self.leap: Leap = self._leap
        self.faults = Faults()
        feed = None if replay is None else ReplayFeed(replay, pairs)
        self.world: Market = World(seed=seed, start_ns=self._market_ns, pairs=pairs, replay=feed)
        self.venue = Venue(self.world, pairs, self._now_ns)
        self.private = Private(
            self.venue, self.faults, seed, publish=self._publish, catch_up=self._catch_up
        )
        self.rest = Rest(self.venue, self.faults, lambda: steady() / SECOND, self.private)
        self.hub = Hub(self.venue, self.faults, seed, self.private)
        self._states = States(self.venue, self.faults, self.rest, self.hub, self.private)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._outage_until_ns: int | None = None

    @classmethod
    @asynccontextmanager
    async def serving(
        cls, *, port: int = 0, seed: int = 1, live: bool = True, **options: Any
    ) -> AsyncIterator[Self]:
        """An exchange for the length of a block; live, the market moves meanwhile."""
        exchange = cls(port=port, seed=seed, live=live, **options)
        await exchange.start()
        try:
            if live:
                exchange._tick_by_timer()
            yield exchange
        finally:
            await exchange.close()

    # -- the port -----------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the port.

        Raises:
            OSError: it is taken, or not ours to open.
        """
        app = web.Application(middlewares=[guard])
        app.add_routes(
            [
                web.route("*", "/0/{side:public|private}/{endpoint:.+}", self.rest.serve),
                web.get("/v2", self._upgrade),
                *Control(self).routes(),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await self._listen(self._runner)
        except OSError:
            await self.close()
            raise
        self._last_ns = self._steady_ns()

    async def _listen(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, HOST, self._port, reuse_address=True)
        await site.start()
        self._site = site
        self._port = int(runner.addresses[0][1])

    async def close(self) -> None:
        """End every connection and give the port back."""
        if self._timer is not None:
            self._timer.cancel()
        self.hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = self._site = None

    @property
    def port(self) -> int:
        """The port that is open, chosen by the system when 0 was asked for."""
        return self._port

    @property
    def rest_url(self) -> str:
        """Stands for ``https://api.kraken.com``."""
        return f"http://{HOST}:{self._port}"

    url = rest_url

    @property
    def ws_url(self) -> str:
        """Stands for ``wss://ws.kraken.com/v2`` and ``wss://ws-auth.kraken.com/v2``."""
        return f"ws://{HOST}:{self._port}/v2"

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        return await self.rest.spoil_upgrade(request) or await self.hub.serve(request)

    # -- time ---------------------------------------------------------------------------------

    def _now_ns(self) -> int:
        """Market time now, also between two ticks."""
        if not self._live:
            return self._market_ns
        return self._market_ns + int((self._steady_ns() - self._last_ns) * self._speed)

    async def run(self) -> None:
        """Let the market live; returns only by being cancelled.

        A process that was stopped for a while catches up in one step.
        """
        due = self._steady_ns()
        while True:
            due = max(due + TICK_NS, self._steady_ns() - TICK_NS)
            await asyncio.sleep(max(0, due - self._steady_ns()) / SECOND)
            self._tick(self._steady_ns() - self._last_ns)
            await self._pass_outage()

    def _tick_by_timer(self) -> None:
        """What ``run`` does, for a block that has no task to spare."""
        self._tick(self._steady_ns() - self._last_ns)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(TICK_NS / SECOND, self._tick_by_timer)

    async def advance(self, seconds: float) -> None:
        """By hand: let that much time pass, in steps of a second or less, heartbeats included.

        Raises:
            RuntimeError: the market follows the wall clock.
        """
        if self._live:
            raise RuntimeError("a live exchange cannot be advanced by hand")
        rest_ns = int(seconds * SECOND)
        while rest_ns > 0:
            step_ns = min(rest_ns, SECOND)
            rest_ns -= step_ns
            self._tick(step_ns)
            await self._pass_outage()

    def _tick(self, step_ns: int) -> None:
        self._last_ns += step_ns
        self._wire_ns += step_ns
        self._pass(int(step_ns * self._speed))
        self._states.pass_time(self._wire_ns)
        self.hub.beat(self._wire_ns)

    def _pass(self, step_ns: int) -> None:
        coarse = step_ns > COARSE_NS
        finest = step_ns if self.private.engine.is_idle else _finest(step_ns)
        while step_ns > 0:
            part_ns = min(step_ns, finest)
            due_ns = self.private.engine.next_due_ns()
            if due_ns is not None:
                left_ns = due_ns - self.venue.clock_offset_ns - self._market_ns
                part_ns = min(part_ns, left_ns) if left_ns > 0 else part_ns
            step_ns -= part_ns
            self._market_ns += part_ns
            happenings = self.private.engine.absorb(self.world.tick(self._market_ns))
            self._market_ns = max(self._market_ns, self.world.now_ns)
            self.hub.feeds.publish(happenings, coarse=coarse)

    def _publish(self, happenings: list[Happening]) -> None:
        """What users did, told at once."""
        self._market_ns = max(self._market_ns, self.world.now_ns)
        self.hub.feeds.publish(happenings)

    def _catch_up(self) -> None:
        """Bring the market to now, so that an order meets the present book."""
        # A request that arrives late does so in the middle of a step.
        if self._live and self._runner is not None and not self.private.engine.is_absorbing:
            self._tick(max(0, self._steady_ns() - self._last_ns))

    def skip(self, seconds: float) -> None:
        """Let market time pass at once; connections notice only the market."""
        step_ns = int(seconds * SECOND)
        self.skipped_ns += step_ns
        self._pass(step_ns)

    async def _leap(self, seconds: float) -> None:
        self.skip(seconds)

    def move(self, symbol: str, ticks: int) -> None:
        """Take the market of one pair to a price, with trades on the way."""
        self._publish(run_to(self.venue, self.private.engine, symbol, ticks))

    # -- users --------------------------------------------------------------------------------

    def add_user(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Make an account as ``POST /sim/users`` does; its key and secret.

        Raises:
            ValueError: it cannot be; the text says why.
        """
        return self.private.add_user(asked)

    def pay_in(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Let money come in as ``POST /sim/deposits`` does; its row of the ledger.

        Raises:
            ValueError: it cannot; the text says why.
        """
        return self.private.pay_in(asked)

    def journal(self) -> dict[str, object]:
        """Everything that was accepted and everything that was filled."""
        return self.private.journal()

    # -- faults -------------------------------------------------------------------------------

    def arm(self, asked: Mapping[str, Any]) -> None:
        """Arm a fault as ``POST /sim/faults`` does.

        Raises:
            FaultRefused: it is none.
        """
        fault = read_fault(asked)
        self._check_names(fault)
        if fault.kind == "tokens_revoked":
            self.private.tokens.revoke_all()
        elif fault.kind == "outage":
            if self._timer is not None:
                raise FaultRefused("an outage needs run() or advance()")
            self._outage_until_ns = self._wire_ns + int((fault.seconds or 0) * SECOND)
        elif fault.kind == "pair_rename":
            self._catch_up()
            rename(self.venue, self.private.engine, self.faults, self.hub, fault)
        elif KINDS[fault.kind].place == "state":
            self._states.begin(fault, self._wire_ns)
        else:
            self.faults.armed.append(fault)
            self.hub.suffer()

    def _check_names(self, fault: Fault) -> None:
        """A fault for what there is not would never happen."""
        if fault.symbol is not None and not self.venue.knows(fault.symbol):
            raise FaultRefused(f"unknown symbol {fault.symbol!r}; it looks like BTC/USD")
        if fault.endpoint is not None and fault.endpoint not in (*PUBLIC, *ENDPOINTS, "v2"):
            raise FaultRefused(f"unknown endpoint {fault.endpoint!r}; it looks like Ticker")
        if fault.permission is not None and not is_permission(fault.permission):
            raise FaultRefused(
                f"unknown permission {fault.permission!r}; it looks like query-funds"
            )
        if fault.api_key is not None and fault.api_key not in self.private.engine.accounts:
            raise FaultRefused("api_key must be one that POST /sim/users gave")

    def disarm(self) -> None:
        """Disarm every fault, leave every state, let muted connections speak."""
        self.faults.clear()
        if self._outage_until_ns is not None:
            self._outage_until_ns = self._wire_ns
        self.hub.heal()
        self._states.end_all()
        self.private.door.unlock_all()

    async def _pass_outage(self) -> None:
        """Begin an outage at the first tick after it was asked for; end it when it is over."""
        until_ns, runner = self._outage_until_ns, self._runner
        if until_ns is None or runner is None:
            return
        if self._wire_ns >= until_ns:
            self._outage_until_ns = None
            if self._site is None:
                await self._listen(runner)
        elif self._site is not None:
            await self._site.stop()
            self._site = None
            for connection in tuple(self.hub.connections):
                connection.cut()
            if runner.server is not None:
                for handler in runner.server.connections:
                    handler.force_close()

    def stats(self) -> dict[str, object]:
        """Figures about the wire, for ``GET /sim/stats``."""
        return {
            "now": micros_stamp(self.venue.now_ns()),
            "connections": len(self.hub.connections),
            "connections_accepted": self.hub.accepted,
            "subscriptions": self.hub.subscriptions,
            "frames_sent": self.hub.frames_sent,
            "requests": dict(sorted(self.rest.calls.items())),
        }
