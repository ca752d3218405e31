"""Following: one private stream for a key, and the lists of REST that are read after it.

Rules:

* Each connection has a token of its own, asked for right before it. A key that is refused is told
  once; one that lacks a permission is tried again every few minutes, for it may get it back, and
  what it still may do goes on.
* Lists are read after every connection and every five minutes, two while the outcome of an order
  is unknown; ``AccountReady`` is told after the first reading on a connection that is live.
* What is missing is asked for: orders that were named without their terms, fills that Kraken's
  sums know of. Balances are read when one moved or an order did: the stream does not say what
  orders hold.
* While too much waits for the listener nothing more is read, and all is read again afterwards.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NoReturn

import aiohttp

from kraken.account import Listener
from kraken.clock import Clock
from kraken.connections import Connections, Rank
from kraken.core.errors import AuthError, Busy, KrakenError, NotSent, from_code
from kraken.core.orders import PATIENCE
from kraken.core.private_session import (
    BalancesMoved,
    FactsMissed,
    MaximumTold,
    OrdersReported,
    PrivateEvent,
    PrivateSession,
    Subscribed,
    Useless,
)
from kraken.core.types import OrderId
from kraken.live.chores import Chore, Chores
from kraken.live.facts import LOOK_BACK, Facts
from kraken.live.money import BALANCES_AFTER, Money
from kraken.live.sweeping import Sweeping
from kraken.live.throttle import Throttle
from kraken.private_rest import PrivateRest
from kraken.stream import NotYet, Stream
from kraken.tasks import beside, sleep_until_newer
from kraken.watch import Watch

logger = logging.getLogger(__name__)

SWEPT_EVERY = timedelta(minutes=5)
SWEPT_WHILE_UNKNOWN = timedelta(minutes=2)

SWEPT_FIRST = timedelta(seconds=30)
"""When lists are read for the first time, if no connection came before: turns can be rare."""

REFUSED_PAUSE = timedelta(minutes=5)
"""How long a key that was refused is left alone."""

LACKS_PERMISSION = "the key lacks a permission that is needed to follow its account"

FILLS_COME = timedelta(seconds=2)
"""How long fills may be missing that a sum already counts."""

READ_EVERY = timedelta(seconds=5)
"""How often the same is read because of what the stream says; the rest of a small call counter
belongs to whoever asks."""

ASKED_AGAIN = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(minutes=10)
"""How long an order that was named is asked for."""


class Following:
    """The stream and the chores of one account."""

    def __init__(
        self,
        rest: PrivateRest,
        facts: Facts,
        throttle: Throttle,
        *,
        http: aiohttp.ClientSession,
        ws_url: str,
        clock: Clock,
        connections: Connections,
        since: datetime,
        expects_orders: bool,
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        liveness: float,
    ) -> None:
        self._rest = rest
        self._facts = facts
        self._throttle = throttle
        self._clock = clock
        self._sleep = sleep
        self._swept_until = since
        self._expects_orders = expects_orders
        self._sweeping = Sweeping(rest, facts, clock, sleep)
        self.money = Money(rest, facts, clock, self._is_current, since)
        self._session = PrivateSession()
        self._stream: Stream[PrivateEvent] = Stream(
            http,
            ws_url,
            self._session,
            self._take,
            clock=clock,
            random=random,
            liveness=liveness,
            tick=liveness,  # nothing here goes by ticks, and there is one stream for each key
            sleep=sleep,
            connections=connections,
            rank=self._rank,
            prepare=self._fetch_token,
            on_lost=self._lose,
        )
        self._news: Watch[int] = Watch()
        facts.on_news = self._tell_news
        self._is_running = self._is_live = False
        self._connection = 0
        """Which connection it is; another number after each loss."""
        self._left_alone_until: datetime | None = None
        self._fills_pause = FILLS_COME
        self._unknown = self._settled = 0
        self._swept_at = self._balances_at = self._missed_at = since
        """When lists and balances were read last, or began to be, and the stream missed facts."""
        self._wanted: dict[OrderId, datetime] = {}
        """Orders to be asked for, and since when."""
        self._doubted: set[OrderId] = set()
        """Those of them that are asked for although they are known."""
        self._sweep = Chore(self._read_everything)
        self._terms = Chore(self._read_orders)
        self._fills = Chore(self._read_fills)
        self._money = Chore(self._read_balances)
        self._chores = Chores((self._sweep, self._terms, self._fills, self._money), clock, sleep)

    # -- telling ------------------------------------------------------------------------------

    async def run(self, on_event: Listener) -> None:
        """Follow, and tell everything, until cancelled or the listener fails."""
        if self._is_running:
            raise RuntimeError("the account has a listener already")
        self._is_running = True
        self._sweep.ask(self._clock.now() + SWEPT_FIRST)
        try:
            await beside(
                self._tell(on_event), self._stream.run(), self._chores.run(self._note_failure)
            )
        finally:
            self._is_running = False

    async def _tell(self, on_event: Listener) -> NoReturn:
        while True:
            seen = self._news.version
            event = self._facts.next_event
            if event is None:
                await self._news.newer(seen)
            else:
                await on_event(event)
                self._facts.told()
                self._news.set(self._facts.version)

    async def news_within(self, seconds: float) -> None:
        """Return after that time, or sooner when something is new."""
        await sleep_until_newer(self._sleep, seconds, self._news, self._news.version)

    def _tell_news(self) -> None:
        """Facts may have changed: wake whoever waits for them, and ask for what is missing."""
        now = self._clock.now()
        if self._facts.needs_terms:
            self._facts.needs_terms = False
            self._terms.ask(now + PATIENCE)
        if self._facts.needs_fills:
            self._facts.needs_fills = False
            self._fills.ask(now + self._fills_pause)
        self._news.set(self._facts.version)

    # -- what others say ----------------------------------------------------------------------

    def expect(self, order_id: OrderId) -> None:
        """This order was just placed: ask for it if nothing is heard of it."""
        self._want(order_id, self._clock.now() + PATIENCE)

    def doubt(self, order_id: OrderId) -> None:
        """This order may be another one than it seems: ask for it soon."""
        self._doubted.add(order_id)
        self._want(order_id, self._clock.now())

    def sends(self) -> None:
        """A command is about to go out: balances are not what they were."""
        self.money.moved()

    def _want(self, order_id: OrderId, at: datetime) -> None:
        self._wanted[order_id] = self._clock.now()
        self._terms.ask(at)

    def settling(self, count: int) -> None:
        """So many more orders are being settled."""
        self._settled += count
        self._hurry()

    def set_unknown(self, count: int) -> None:
        """So many orders have an unknown outcome."""
        self._unknown = count
        self._hurry()

    def _hurry(self) -> None:
        if self._is_running:
            self._sweep.ask(self._clock.now() + self._pause())

    def _pause(self) -> timedelta:
        return SWEPT_WHILE_UNKNOWN if self._unknown or self._settled else SWEPT_EVERY

    # -- the stream ---------------------------------------------------------------------------

    def _rank(self) -> Rank:
        has_orders = self._expects_orders or bool(self._facts.open())
        return Rank.HAS_ORDERS if has_orders else Rank.PRIVATE

    async def _fetch_token(self) -> None:
        """A token for the next connection."""
        now = self._clock.now()
        if self._left_alone_until is not None and now < self._left_alone_until:
            seconds = (self._left_alone_until - now).total_seconds()
            raise NotYet("the key was refused lately", seconds)
        while self._facts.is_behind:
            await self._news.newer(self._news.version)
        try:
            token = await self._rest.stream_token()
        except KrakenError as error:
            self._note_failure(error)
            after = error.retry_after if isinstance(error, Busy | NotSent) else None
            seconds = after.total_seconds() if after is not None else 1.0
            raise NotYet(f"no token: {error}", seconds) from error
        self._session.use(token.token)

    def _note_failure(self, error: KrakenError) -> None:
        """Tell it if the key is refused, or lacks a permission that its facts need."""
        now = self._clock.now()
        if self._rest.refusal is not None:
            self._left_alone_until = now + REFUSED_PAUSE
            self._facts.refused(now, self._rest.refusal)
        elif isinstance(error, AuthError) and error.code.startswith("EGeneral:Permission"):
            self._left_alone_until = now + REFUSED_PAUSE
            self._facts.interrupted(now, LACKS_PERMISSION, is_lasting=True)

    def _is_current(self) -> bool:
        return self._is_live and self._facts.is_ready

    @property
    def is_whole(self) -> bool:
        """Every open order is known as it is: facts arrive, and none is missed or in doubt."""
        return (
            self._is_running
            and self._is_current()
            and self._missed_at <= self._swept_until
            and not self._doubted
            and all(self._facts.order(each) is not None for each in self._wanted)
            and not self._facts.orders_to_ask_for(self._clock.now() + PATIENCE)
        )

    def _lose(self, reason: str) -> None:
        """There is no connection for now."""
        self.money.moved()
        self._is_live = False
        self._connection += 1
        self._facts.interrupted(self._clock.now(), reason)

    def _take(self, event: PrivateEvent) -> None:
        """What the session reports."""
        now = self._clock.now()
        match event:
            case OrdersReported():
                self._take_reports(event, now)
            case BalancesMoved(deposits=deposits):
                self._facts.learn_deposits(deposits)
                self._ask_for_balances(now)
            case Subscribed():
                self._is_live = True
                self._left_alone_until = None
                self._sweep.ask_again(now)
            case FactsMissed(reason=reason):
                logger.warning("facts are read again: %s", reason)
                self.money.moved()
                self._missed_at = now
                self._sweep.ask(max(now, self._swept_at + READ_EVERY))
            case MaximumTold(maximum=maximum):
                self._rest.limit_to(self._throttle.counters.told_maximum(maximum))
            case Useless(reason=reason, error=error):
                logger.warning("the private stream is given up: %s %s", reason, error)
                if error:
                    self._note_failure(from_code(error))
                self._stream.reconnect()

    def _take_reports(self, event: OrdersReported, now: datetime) -> None:
        if self._facts.learn(event.reports, now):
            self._ask_for_balances(now)
        for order_id, level in event.counters:
            order = self._facts.order(order_id)
            if order is not None:
                self._throttle.counters.told(order.symbol, level, now)
        if self._facts.is_behind:
            self._stream.reconnect()

    def _ask_for_balances(self, now: datetime) -> None:
        self.money.moved()
        self._money.ask(max(now + BALANCES_AFTER, self._balances_at + READ_EVERY))

    # -- chores -------------------------------------------------------------------------------

    async def _read_balances(self) -> None:
        if not self.money.is_known:
            await self._sweeping.room(1)
            self._balances_at = self._clock.now()
            await self.money.balances()

    async def _read_everything(self) -> None:
        began = self._swept_at = self._clock.now()
        connection = self._connection if self._is_live else None
        self._sweep.ask(began + self._pause())
        await self._sweeping.everything(self._swept_until)
        self._swept_until = began
        self._expects_orders = False
        await self._read_balances()
        self._facts.drop_ended(self._clock.now())
        if connection == self._connection and not self._facts.is_ready:
            self._facts.ready(began)

    async def _read_orders(self) -> None:
        """Orders that were named and are not known, or are doubted."""
        now = self._clock.now()
        missing = {each for each in self._wanted if self._facts.order(each) is None}
        asked = missing | self._doubted | set(self._facts.orders_to_ask_for(now))
        await self._sweeping.orders(sorted(asked))
        self._doubted -= asked
        self._wanted = {
            order_id: since
            for order_id, since in self._wanted.items()
            if self._facts.order(order_id) is None and now - since < GIVEN_UP_AFTER
        }
        if self._wanted or self._facts.orders_to_ask_for(now):
            self._terms.ask(now + ASKED_AGAIN)

    async def _read_fills(self) -> None:
        """Fills that Kraken's sums know of, from the beginning of the oldest order without."""
        since = self._facts.missing_since()
        if since is not None:
            await self._sweeping.fills(since - LOOK_BACK)
        if self._facts.missing_since() is None:
            self._fills_pause = FILLS_COME
        else:
            self._fills_pause = min(2 * self._fills_pause, SWEPT_EVERY)
            self._fills.ask(self._clock.now() + self._fills_pause)
