"""A chat without Telegram and a market without Kraken: what handlers are tested with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.core.access import Role
from bot.core.page import Page
from bot.core.plans.types import Plan, Run
from bot.core.queue import Priority
from bot.core.settings import ChatSettings, LiveRow
from bot.desk.alerts import Alerts
from bot.desk.caretaking import Caretaker
from bot.desk.services import BotHealth, Services
from bot.desk.telling import Telling
from bot.desk.trading import Trading
from bot.desk.values import Values
from kraken.core.errors import NotSent
from kraken.core.instruments import Instruments
from kraken.core.types import (
    BookView,
    Candle,
    Instrument,
    Interval,
    Side,
    Symbol,
    SystemState,
    Ticker,
    Trade,
)
from kraken.market import Health
from kraken.watch import Watch
from tests.fake_accounts import FakeAccounts
from tests.fake_tasks import FakeTasks
from tests.fakes import NOON, FakeClock
from tests.fakes_keys import KeyParts
from tests.fakes_trading import fake_brakes
from tests.market_values import BTC_ASKS, BTC_BIDS, PAIRS, book, course, ticker
from tests.memory_store import MemoryStore
from tests.page_rules import check_page


class FakeMarket:
    """Real Watches that a test sets; ``errors`` are raised by the questions of that name."""

    def __init__(self) -> None:
        self.known: Instruments | None = Instruments(PAIRS)
        self.tickers: dict[str, Watch[Ticker]] = {}
        self.books: dict[str, Watch[BookView]] = {}
        self.depths: list[int] = []
        self.readers = 0
        self.rest_book: BookView | None = None
        self.candle_row: list[Candle] | None = None
        self.errors: dict[str, Exception] = {}
        self.progress: list[int] = []
        """What a long history tells of its way; half of it when empty."""
        self.on_progress: Callable[[], object] = lambda: None
        self.gate: asyncio.Event | None = None
        """A history waits for it after each word on its way."""
        self.state = Health(
            connected=True,
            last_frame_at=NOON,
            system=SystemState.ONLINE,
            connects=1,
            frames=10,
            ignored=0,
            checksum_failures=0,
            resyncs=0,
            unverified=(),
            subscriptions=2,
        )
        for pair in PAIRS:
            self.tickers[pair.symbol] = Watch()
            self.books[pair.symbol] = Watch()
        for symbol, last in (
            ("BTC/USD", "60010.3"),
            ("BTC/EUR", "55123.4"),
            ("ETH/USD", "2951.20"),
            ("ETH/EUR", "2711.05"),
            ("SOL/USD", "118.00"),
            ("DOGE/USD", "0.2012345"),
        ):
            self.tickers[symbol].set(ticker(symbol, last))
        self.books["BTC/USD"].set(book("BTC/USD", BTC_BIDS, BTC_ASKS))

    async def ready(self) -> None:
        return

    def instrument(self, name: str, quote: str = "USD") -> Instrument:
        return self._pairs().find(name, quote=quote)

    def instruments(self) -> tuple[Instrument, ...]:
        return self._pairs().all()

    def suggest(self, name: str, limit: int = 6) -> list[Instrument]:
        return list(self._pairs().suggest(name, limit))

    def _pairs(self) -> Instruments:
        if self.known is None:
            raise NotSent("not reached yet")
        return self.known

    @asynccontextmanager
    async def book(self, symbol: Symbol, depth: int = 10) -> AsyncIterator[Watch[BookView]]:
        self.depths.append(depth)
        self.readers += 1
        yield self.books[symbol]
        self.readers -= 1

    @asynccontextmanager
    async def ticker(self, symbol: Symbol) -> AsyncIterator[Watch[Ticker]]:
        self.readers += 1
        yield self.tickers[symbol]
        self.readers -= 1

    @asynccontextmanager
    async def trades(self, symbol: Symbol) -> AsyncIterator[Watch[tuple[Trade, ...]]]:
        """Somebody traded at the last price a while ago."""
        watch: Watch[tuple[Trade, ...]] = Watch()
        value = self.tickers[symbol].value
        last = Decimal(1) if value is None else value.last
        watch.set((Trade(symbol, 1, Side.BUY, last, Decimal(1), "market", NOON),))
        yield watch

    async def history(
        self, symbol: Symbol, interval: Interval, count: int, progress: Any = None
    ) -> list[Candle]:
        if error := self.errors.get("history"):
            raise error
        if progress is not None:
            for done in self.progress or [count // 2]:
                self.on_progress()
                await progress(done, count)
                if self.gate:
                    await self.gate.wait()
        row = course(symbol, interval, count) if self.candle_row is None else self.candle_row
        return row[-count:]

    async def depth_by_rest(self, symbol: Symbol, count: int) -> BookView:
        if error := self.errors.get("depth_by_rest"):
            raise error
        assert self.rest_book is not None
        return self.rest_book

    def health(self) -> Health:
        return self.state


class FakeStore:
    """Settings and live rows in memory."""

    def __init__(self) -> None:
        self.settings: dict[int, ChatSettings] = {}
        self.live: dict[tuple[int, int], LiveRow] = {}

    async def chat_settings(self, chat_id: int) -> ChatSettings:
        return self.settings.get(chat_id, ChatSettings())

    async def save_chat_settings(self, chat_id: int, settings: ChatSettings) -> None:
        self.settings[chat_id] = settings

    async def save_live(self, row: LiveRow) -> None:
        self.live[row.chat_id, row.message_id] = row

    async def remove_live(self, chat_id: int, message_id: int) -> None:
        self.live.pop((chat_id, message_id), None)

    async def live_rows(self, chat_id: int | None = None) -> list[LiveRow]:
        return [row for row in self.live.values() if chat_id in (None, row.chat_id)]


class FakeCharts:
    """Remembers what was to be drawn."""

    def __init__(self) -> None:
        self.drawn: list[Any] = []
        self.error: Exception | None = None

    async def candles(self, chart: Any) -> bytes:
        if self.error:
            raise self.error
        self.drawn.append(chart)
        return b"\x89PNG picture"

    async def line(self, chart: Any) -> bytes:
        return await self.candles(chart)


class FakeOutbox:
    """Takes live edits; ``gone`` messages refuse them, ``held_up`` edits take that long."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.edits: list[tuple[datetime, int, int, Page]] = []
        self.gone: set[int] = set()
        self.held_up: list[float] = []
        self.loaded = 0
        self.pushes: list[tuple[int, str, Page]] = []

    def edit_soon(self, chat_id: int, message_id: int, page: Page) -> None:
        check_page(page)
        self.edits.append((self._clock.now(), chat_id, message_id, page))

    async def load_waiting(self) -> None:
        self.loaded += 1

    async def push(self, chat_id: int, page: Page, priority: Priority, event_key: str) -> bool:
        check_page(page)
        self.pushes.append((chat_id, event_key, page))
        return True

    async def edit_live(self, chat_id: int, message_id: int, page: Page) -> bool:
        if message_id in self.gone:
            return False
        if self.held_up:
            self._clock.advance(self.held_up.pop(0))
        check_page(page)
        self.edits.append((self._clock.now(), chat_id, message_id, page))
        return True

    @property
    def pages(self) -> list[Page]:
        return [page for _, _, _, page in self.edits]


class FakeClockwork:
    """Notes what is armed and begun."""

    def __init__(self) -> None:
        self.armed: list[datetime] = []
        self.begun: list[tuple[Plan, Run]] = []

    def arm(self, at: datetime) -> None:
        self.armed.append(at)

    def begin(self, plan: Plan, run: Run) -> None:
        self.begun.append((plan, run))


@dataclass
class Chat:
    """One chat with everything around it; ``say`` and ``tap`` make asks and run handlers."""

    clock: FakeClock = field(default_factory=FakeClock)
    market: FakeMarket = field(default_factory=FakeMarket)
    store: FakeStore = field(default_factory=FakeStore)
    charts: FakeCharts = field(default_factory=FakeCharts)
    tasks: FakeTasks = field(default_factory=FakeTasks)
    on_sleep: Callable[[float], None] | None = None
    kind: str = "private"
    role: Role = Role.TRADER
    messages: dict[int, Page] = field(default_factory=dict)
    edits: list[tuple[int, Page]] = field(default_factory=list)
    pinned: list[int] = field(default_factory=list)
    whispered: list[Page] = field(default_factory=list)
    is_unknown_in_private: bool = False
    """The person never wrote to the bot in private."""
    health: BotHealth = field(default_factory=BotHealth)

    def __post_init__(self) -> None:
        self.outbox = FakeOutbox(self.clock)
        self.records = MemoryStore(self.clock)
        self.accounts = FakeAccounts(self.clock)
        self.clockwork = FakeClockwork()
        self.keys = KeyParts(self.records, self.clock)
        self.telling = Telling(self.records, self.store, self.market, self.outbox, self.clock)
        brakes = fake_brakes(self.records, self.clock)
        self.services = Services(
            market=self.market,
            store=self.store,
            charts=self.charts,
            clock=self.clock,
            tasks=self.tasks,
            outbox=self.outbox,
            version="0.1.0",
            started_at=NOON - timedelta(days=3, hours=4),
            health=lambda: self.health,
            safety=self.records,
            brakes=brakes,
            records=self.records,
            accounts=self.accounts,
            trading=Trading(
                self.records,
                self.accounts,
                self.telling,
                self.tasks,
                brakes,
                self.clock,
                sleep=self.sleep,
            ),
            values=Values(self.market, patience=0.01),
            past=self.records,
            keyring=self.keys.keyring,
            connecting=self.keys.connecting,
            alerts=Alerts(
                self.records,
                self.store,
                self.market,
                self.outbox,
                self.tasks,
                self.clock,
                sleep=self.sleep,
            ),
            plans=self.records,
            clockwork=self.clockwork,
            leagues=self.records,
            caretaker=Caretaker(self.records, [self.keys.master_key]),
            unpin=self.unpin,
            sleep=self.sleep,
            patience=0.01,
        )

    async def unpin(self, chat_id: int, message_id: int) -> None:
        assert chat_id == 1
        if message_id in self.pinned:
            self.pinned.remove(message_id)

    async def sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        if self.on_sleep:
            self.on_sleep(seconds)
        await asyncio.sleep(0)

    @property
    def last(self) -> Page:
        """The newest message."""
        return self.messages[max(self.messages)]

    def ask(self, **given: Any) -> "FakeAsk":
        return FakeAsk(self, **given)


@dataclass
class FakeAsk:
    """What a person asked of ``chat``."""

    chat: Chat
    command: str = ""
    args: str = ""
    text: str = ""
    typed: str = ""
    payload: Mapping[str, str | int | bool] = field(default_factory=dict)
    message_id: int = 0
    user_id: int = 7
    user_name: str = "You"
    reply_to_message_id: int | None = None
    reply_to_user: tuple[int, str] | None = None
    topic: int | None = None
    forwarded: bool = False
    toasts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chat_id = 1
        self.chat_kind = self.chat.kind
        self.role = self.chat.role
        self.now = self.sent_at = self.chat.clock.now()
        self.services = self.chat.services

    async def reply(self, page: Page) -> int:
        check_page(page)
        message_id = len(self.chat.messages) + 100
        self.chat.messages[message_id] = page
        return message_id

    async def whisper(self, page: Page) -> bool:
        check_page(page)
        if self.chat.is_unknown_in_private:
            return False
        self.chat.whispered.append(page)
        return True

    async def edit(self, page: Page, message_id: int | None = None) -> None:
        check_page(page)
        target = self.message_id if message_id is None else message_id
        self.chat.edits.append((target, page))
        self.chat.messages[target] = page

    async def toast(self, text: str, alert: bool = False) -> None:
        self.toasts.append(text)

    async def typing(self, action: str = "typing") -> None:
        return

    async def set_pinned(self, message_id: int) -> bool:
        if message_id not in self.chat.pinned:
            self.chat.pinned.append(message_id)
        return True

    async def delete(self, message_id: int) -> bool:
        return self.chat.messages.pop(message_id, None) is not None
