"""Stream: carries the frames of one Session over a WebSocket, and never gives up.

What counts here is the connection only; what frames mean is the Session's business.

* A connection is dead when no frame of any kind came for ``liveness`` seconds. Kraken sends a
  heartbeat each second once something is subscribed (docs: WS v2, Heartbeat), so silence is a
  fault. Pings of the protocol do not count: a proxy answers them for a dead server.
* After a loss it waits U(0, min(60, 0.5 * 2^n)) seconds and connects again, for ever. ``n`` starts
  again only after 30 s of one connection: what opens and breaks at once is not back.
* Each attempt waits for its turn among all connections of the process (``kraken.connections``).
* A socket that does not let itself be closed is dropped after 2 s.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Generic, Literal, Protocol, TypeAlias, TypeVar

import aiohttp
from aiohttp.http import WSMessageNoDecodeText

from kraken.clock import Clock
from kraken.connections import Connections, Rank
from kraken.core.backoff import delay
from kraken.core.types import SystemState

logger = logging.getLogger(__name__)

LARGEST_FRAME = 4 * 1024 * 1024
"""The instrument snapshot is above 1 MB; a frame over this is a fault of the connection."""

STABLE = timedelta(seconds=30)
"""A connection that lasted this long was a real one: the next loss starts the waits anew."""

MAINTENANCE_PAUSE = 5.0
"""Seconds between attempts during maintenance (docs: WS v2, Reconnecting)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXT = (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY)
_FAILED = (aiohttp.ClientError, OSError, TimeoutError)
_Message: TypeAlias = WSMessageNoDecodeText
_Socket: TypeAlias = aiohttp.ClientWebSocketResponse[Literal[False]]

E = TypeVar("E")


class Talk(Protocol[E]):
    """A session: what is said and understood on a connection, without the connection."""

    @property
    def system(self) -> SystemState:
        """What Kraken's engine accepts, as it said last."""

    def connected(self, now: datetime) -> list[E]:
        """There is a new connection."""

    def disconnected(self, now: datetime) -> list[E]:
        """The connection is gone."""

    def data_to_send(self) -> list[str]:
        """The text frames that are due; each is handed out once."""

    def next_timer(self) -> datetime | None:
        """When to call ``tick`` at the latest."""

    def tick(self, now: datetime) -> list[E]:
        """Do what is due."""

    def receive(self, frame: str | bytes, now: datetime) -> list[E]:
        """Read one frame. Never raises."""


class NotYet(Exception):
    """It is of no use to connect now; the text says why."""

    def __init__(self, reason: str, seconds: float = 0) -> None:
        super().__init__(reason)
        self.seconds = seconds
        """How long to wait at least before it may be of use."""


class _LostError(Exception):
    """This connection is of no use any more."""


async def _nothing() -> None:
    """There is nothing to prepare."""


class Stream(Generic[E]):
    """One connection after another for one session; whoever owns it awaits ``run``.

    ``on_event`` is told everything that the session reports; ``on_tick`` is called a few times a
    second while connected, for whoever has things to do by time. ``prepare`` is awaited before
    each attempt and may raise :class:`NotYet`; ``on_lost`` is told why there is no connection,
    after each attempt. None of them but ``prepare`` may block.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        session: Talk[E],
        on_event: Callable[[E], None],
        *,
        clock: Clock,
        random: Callable[[], float],
        liveness: float = 5.0,
        closing: float = 2.0,
        tick: float = 0.5,
        record: Callable[[int, str], None] | None = None,
        on_tick: Callable[[datetime], None] = lambda now: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        connections: Connections | None = None,
        rank: Callable[[], Rank] = lambda: Rank.PUBLIC,
        prepare: Callable[[], Awaitable[None]] = _nothing,
        on_lost: Callable[[str], None] = lambda reason: None,
    ) -> None:
        self._http = http
        self._url = url
        self._session = session
        self._on_event = on_event
        self._clock = clock
        self._random = random
        self._liveness = liveness
        self._closing = closing
        self._tick = tick
        self._record = record
        self._on_tick = on_tick
        self._sleep = sleep
        self._patience: asyncio.Timeout | None = None
        self._connections = connections or Connections(clock, sleep=sleep)
        self._rank = rank
        self._prepare = prepare
        self._on_lost = on_lost
        self._heard = 0.0
        self._is_unwanted = False
        self.connected_at: datetime | None = None
        """When the connection that is open now was opened; None while there is none."""
        self.last_frame_at: datetime | None = None
        """When the newest frame of any kind came; None before the first."""
        self.attempts = 0
        """How often a connection was tried since the start."""

    @property
    def connected(self) -> bool:
        """A connection is open now."""
        return self.connected_at is not None

    def flush(self) -> None:
        """Send soon what the session has queued; call it after wanting or dropping something."""
        if self._patience is not None and not self._patience.expired():
            self._patience.reschedule(asyncio.get_running_loop().time())

    def reconnect(self) -> None:
        """Give up this connection soon and open another one: it is of no use as it is."""
        self._is_unwanted = True
        self.flush()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        attempt = 0
        while True:
            turn = await self._connections.turn(self._rank())
            began = self._clock.now()
            least = await self._connect_once(turn)
            if self._clock.now() - began >= STABLE:
                attempt = 0
            seconds = max(least, delay(attempt, self._random()))
            if self._session.system is SystemState.MAINTENANCE:
                seconds = max(seconds, MAINTENANCE_PAUSE)
            attempt += 1
            logger.info("stream: next attempt in %.1f s", seconds)
            await self._sleep(seconds)

    async def _connect_once(self, turn: datetime) -> float:
        """One connection from its opening to its loss; seconds until the next may be of use."""
        self.attempts += 1
        try:
            await self._prepare()
            socket = await self._open()
        except NotYet as refused:
            logger.warning("stream: not connected: %s", refused)
            self._connections.give_back(turn)
            self._on_lost(str(refused))
            return refused.seconds
        except _FAILED as error:
            reason = f"no connection: {error or type(error).__name__}"
            logger.warning("stream: %s", reason)
            self._on_lost(reason)
            return 0
        self.connected_at = self._clock.now()
        reason = "closed by us"
        try:
            await self._converse(socket)
        except _LostError as error:
            reason = str(error)
            logger.warning("stream: connection lost: %s", reason)
        finally:
            self.connected_at = None
            self._report(self._session.disconnected(self._clock.now()))
            self._on_lost(reason)
            await self._close(socket)
        return 0

    async def _open(self) -> _Socket:
        async with asyncio.timeout(2 * self._liveness):
            return await self._http.ws_connect(
                self._url,
                max_msg_size=LARGEST_FRAME,
                # Bytes as they came: text that is not UTF-8 is one bad frame, no lost line.
                decode_text=False,
                timeout=aiohttp.ClientWSTimeout(ws_close=self._closing),
            )

    async def _converse(self, socket: _Socket) -> None:
        """Send what the session wants sent, give it what comes, wake it when time has passed."""
        self._heard = asyncio.get_running_loop().time()
        self._report(self._session.connected(self._clock.now()))
        self._is_unwanted = False
        texts = self._session.data_to_send()
        while not self._is_unwanted:
            await self._send(socket, texts)
            texts = await self._listen(socket)
            now = self._clock.now()
            self._report(self._session.tick(now))
            self._on_tick(now)
            texts += self._session.data_to_send()
        raise _LostError("given up for another one")

    async def _send(self, socket: _Socket, texts: list[str]) -> None:
        if not texts:
            return
        try:
            async with asyncio.timeout(self._liveness):
                for text in texts:
                    await socket.send_str(text)
        except _FAILED as error:
            raise _LostError(f"sending failed: {error or type(error).__name__}") from error

    async def _listen(self, socket: _Socket) -> list[str]:
        """Read frames until the session has something to send or it is time to look around."""
        try:
            # One limit around many frames: one for each would cost more than reading it.
            async with asyncio.timeout(self._seconds_to_listen()) as self._patience:
                while True:
                    self._take(await socket.receive())
                    if texts := self._session.data_to_send():
                        return texts
        except TimeoutError:
            if asyncio.get_running_loop().time() - self._heard >= self._liveness:
                await self._look_once_more(socket)
            return []
        finally:
            self._patience = None

    def _seconds_to_listen(self) -> float:
        """Until the session's next timer, the end of patience with a mute peer, or a tick."""
        silent = asyncio.get_running_loop().time() - self._heard
        seconds = min(self._tick, self._liveness - silent)
        due = self._session.next_timer()
        if due is not None:
            seconds = min(seconds, (due - self._clock.now()).total_seconds())
        return max(0.0, seconds)

    async def _look_once_more(self, socket: _Socket) -> None:
        """Take a frame that is there already: if it was us who slept, the peer is not dead."""
        try:
            async with asyncio.timeout(0):
                self._take(await socket.receive())
        except TimeoutError:
            raise _LostError(f"silent for {self._liveness:g} s") from None

    def _take(self, message: _Message) -> None:
        """Hand one frame to the session. Raises _LostError when it is the end of them."""
        if message.type not in _TEXT:
            raise _LostError(f"closed by the peer ({message.type.name}: {message.data})")
        self._heard = asyncio.get_running_loop().time()
        now = self.last_frame_at = self._clock.now()
        if self._record is not None:
            nanoseconds = (now - _EPOCH) // timedelta(microseconds=1) * 1000
            self._record(nanoseconds, message.data.decode(errors="replace"))
        for event in self._session.receive(message.data, now):
            self._on_event(event)

    def _report(self, events: Iterable[E]) -> None:
        for event in events:
            self._on_event(event)

    async def _close(self, socket: _Socket) -> None:
        try:
            async with asyncio.timeout(self._closing):
                await socket.close()
        except TimeoutError:
            # Being cancelled, aiohttp has closed the transport.
            logger.info("stream: the socket did not close in time and was dropped")
