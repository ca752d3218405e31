"""Alerts from a trade to Telegram, over a market by hand; a process may die at any step.

What dies leaves the store as the last whole transaction left it, and everything Telegram was told
as it arrived there. A machine's next process begins over both. Time is the event loop's.
"""

import asyncio
import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from dataclasses import replace as changed
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from bot.core.alerts.marks import is_true
from bot.core.alerts.syntax import read_alert
from bot.core.alerts.words import Alert, Progress
from bot.core.delivery import Letter, Unreachable
from bot.core.page import Button
from bot.core.queue import Limits
from bot.desk.alerts import Alerts
from bot.desk.alerts_tell import Draw, no_picture
from bot.outbox import Outbox
from bot.tasks import KeyedTasks
from kraken.clock import SystemClock
from kraken.core.errors import NotSent, UnknownInstrument
from kraken.core.types import Instrument, Side, Symbol, Trade, TradesPage
from kraken.market import Health
from kraken.watch import Watch
from tests import virtual_time
from tests.alert_cases import BTC, quote
from tests.fake_bot import FakeMarket
from tests.memory_store import MemoryStore

T = TypeVar("T")
MANY = (10**6, timedelta(seconds=1))
QUICK = Limits(chat=MANY, group=MANY, overall=MANY)
_EPOCH = virtual_time.START.replace(year=1970, month=1, day=1, hour=0)


class HandMarket(FakeMarket):
    """Trades that a test makes; while it is away they are seen in the past only."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__()
        self.clock = clock
        self.tape: list[Trade] = []
        self.tapes: dict[str, Watch[tuple[Trade, ...]]] = {}
        self.is_away = False
        self.is_behind = timedelta()
        """How much its clock lags behind ours."""
        self.asked_past = 0
        self.past_is_lost = False
        self.gone: set[str] = set()

    @asynccontextmanager
    async def trades(self, symbol: Symbol) -> AsyncIterator[Watch[tuple[Trade, ...]]]:
        watch = self.tapes[symbol] = Watch()
        if not self.is_away and self.tape:
            watch.set(tuple(self.tape[-50:]))
        yield watch

    def instrument(self, name: str, quote: str = "USD") -> Instrument:
        if name in self.gone:
            raise UnknownInstrument(name)
        return super().instrument(name, quote)

    def trade(self, price: object, *, with_quote: bool = True) -> None:
        """Somebody trades BTC."""
        value = Decimal(str(price))
        at = self.clock.now() - self.is_behind
        number = self.tape[-1].trade_id + 1 if self.tape else 1
        self.tape.append(Trade(BTC, number, Side.BUY, value, Decimal(1), "market", at))
        if self.is_away:
            return
        if with_quote:
            self.tickers[BTC].set(quote(str(value), str(value), at))
        if BTC in self.tapes:
            self.tapes[BTC].set(tuple(self.tape[-200:]))

    def leave(self) -> None:
        """The connection is gone."""
        self.is_away = True
        self.state = changed(self.state, connected=False)

    def come_back(self) -> None:
        """It is there again, with the last trades."""
        self.is_away = False
        self.state = changed(self.state, connected=True, connects=self.state.connects + 1)
        if BTC in self.tapes and self.tape:
            self.tapes[BTC].set(tuple(self.tape[-50:]))

    async def past_trades(self, symbol: Symbol, since: Any) -> TradesPage:
        self.asked_past += 1
        if self.past_is_lost:
            raise NotSent("no way to REST")
        found = [trade for trade in self.tape if trade.at >= since][:1000]
        last = found[-1].at if found else since
        return TradesPage(tuple(found), (last - _EPOCH) // timedelta(microseconds=1) * 1000)

    def health(self) -> Health:
        return self.state


class Dying(MemoryStore):
    """Stops for ever at its ``fatal``-th question, before it is done or after."""

    def __init__(self, clock: SystemClock) -> None:
        super().__init__(clock)
        self.questions = 0
        self.fatal = 0
        self.is_after = False
        self.dead = asyncio.Event()

    async def run(self, question: Any, *, durable: bool = True) -> Any:
        if self.dead.is_set():
            await asyncio.Event().wait()
        self.questions += 1
        if self.questions != self.fatal:
            return await super().run(question)
        if self.is_after:
            await super().run(question)
        self.dead.set()
        return await asyncio.Event().wait()

    async def add_buttons(
        self, chat_id: int, user_id: int | None, buttons: list[Button], expires_at: Any
    ) -> list[str]:
        """Not of interest here, and it would only add questions."""
        return ["x" * 10 for _ in buttons]


@dataclass
class Telegram:
    """What arrived, and when; may be down, or lose the process while it is asked."""

    clock: SystemClock
    store: Dying
    arrived: list[tuple[int, str]] = field(default_factory=list)
    silent: list[bool] = field(default_factory=list)
    pictures: list[bytes | None] = field(default_factory=list)
    asked: int = 0
    fatal: int = 0
    is_after: bool = False
    is_down: bool = False

    async def send(self, chat_id: int, letter: Letter, reply_to: int | None) -> int:
        if self.store.dead.is_set():
            await asyncio.Event().wait()
        self.asked += 1
        if self.is_down:
            raise Unreachable("down", maybe_sent=False)
        if self.asked == self.fatal and not self.is_after:
            await self._die()
        message_id = await self.deliver(chat_id, letter)
        if self.asked == self.fatal:
            await self._die()
        return message_id

    async def deliver(self, chat_id: int, letter: Letter) -> int:
        """It has arrived."""
        self.arrived.append((chat_id, letter.page.html))
        self.silent.append(letter.page.silent)
        self.pictures.append(letter.page.photo)
        return len(self.arrived)

    async def edit(self, chat_id: int, message_id: int, letter: Letter) -> None:
        raise AssertionError("alerts edit nothing")

    async def _die(self) -> None:
        self.store.dead.set()
        await asyncio.Event().wait()

    def texts(self, chat_id: int = 1) -> list[str]:
        return [html.unescape(text) for chat, text in self.arrived if chat == chat_id]


@dataclass
class Machine:
    """A store and a Telegram that outlive processes."""

    limits: Limits = QUICK

    def __post_init__(self) -> None:
        self.clock = virtual_time.clock()
        self.market = HandMarket(self.clock)
        self.store = Dying(self.clock)
        self.telegram = Telegram(self.clock, self.store)
        self.faults: list[Exception] = []
        self.draw: Draw = no_picture

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Alerts]:
        """One life of the bot; ends when the block does, without a last word."""
        self.store.dead.clear()
        outbox = Outbox(self.store, self.telegram, self.clock, limits=self.limits)
        self.outbox = outbox
        async with KeyedTasks(lambda key, error: self.faults.append(error)) as tasks:
            self.alerts = Alerts(
                self.store, self.store, self.market, outbox, tasks, self.clock, draw=self.draw
            )
            tasks.start("outbox", outbox.run())
            tasks.start("alerts", self.alerts.run())
            await asyncio.sleep(0.01)
            yield self.alerts
            tasks.stop("outbox")
            tasks.stop("alerts")
        assert self.faults == []

    async def set(self, text: str, chat_id: int = 1) -> Alert:
        """An alert as /alert would set it, at the last price."""
        wish = read_alert(text).wish
        assert wish is not None
        price = self.market.tape[-1].price
        condition = wish.conditions[0]
        armed: bool | None = None
        if wish.is_level:
            armed = not is_true(condition, price)
        progress = Progress(armed=armed, above=price > condition.value, base=price)
        alert = await self.alerts.add(chat_id, 7, BTC, wish, progress)
        await asyncio.sleep(0.01)
        return alert

    async def settle(self, seconds: float = 3.0) -> None:
        """Let what is under way arrive, unless the process dies of it."""
        await asyncio.sleep(seconds)
