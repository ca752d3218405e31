"""Services: everything a desk or a handler may use, built once by the composition root.

Each neighbour is named by what is asked of it, so that a test can stand in for it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.settings import ChatSettings, LiveRow
from kraken.core.types import BookView, Candle, Instrument, Interval, Symbol, Ticker, Trade
from kraken.watch import Watch

if TYPE_CHECKING:
    from bot.charts import CandleChart, LineChart
    from bot.desk.alerts import Alerts
    from bot.desk.caretaking import Caretaker
    from bot.desk.connect import Connecting
    from bot.desk.doors import Accounts, Brakes, TradeRecords, Trading, Valuer
    from bot.desk.history import PastKeeper
    from bot.desk.keyring import Keyring
    from bot.desk.league import LeagueRecords
    from bot.desk.plans_door import Clockwork, PlanRecords
    from bot.desk.records import SafetyRecords
    from kraken.clock import Clock
    from kraken.market import Health

Progress = Callable[[int, int], Awaitable[None]]
"""Told (done, total) while something long is made."""


class MarketData(Protocol):
    """What is asked of the market: ``kraken.market.Market``."""

    async def ready(self) -> None: ...
    def instrument(self, name: str, quote: str = "USD") -> Instrument: ...
    def instruments(self) -> tuple[Instrument, ...]: ...
    def suggest(self, name: str, limit: int = 6) -> list[Instrument]: ...
    def book(
        self, symbol: Symbol, depth: int = 10
    ) -> AbstractAsyncContextManager[Watch[BookView]]: ...
    def ticker(self, symbol: Symbol) -> AbstractAsyncContextManager[Watch[Ticker]]: ...
    def trades(self, symbol: Symbol) -> AbstractAsyncContextManager[Watch[tuple[Trade, ...]]]: ...
    def candles(
        self, symbol: Symbol, interval: Interval
    ) -> AbstractAsyncContextManager[Watch[Candle]]: ...
    async def history(
        self, symbol: Symbol, interval: Interval, count: int, progress: Progress | None = None
    ) -> list[Candle]: ...
    async def depth_by_rest(self, symbol: Symbol, count: int) -> BookView: ...
    def health(self) -> "Health": ...


class Records(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def chat_settings(self, chat_id: int) -> ChatSettings: ...
    async def save_chat_settings(self, chat_id: int, settings: ChatSettings) -> None: ...
    async def save_live(self, row: LiveRow) -> None:
        """Insert, or replace the row of the same chat and message."""
        ...

    async def remove_live(self, chat_id: int, message_id: int) -> None:
        """Forget it; nothing happens if it is unknown."""
        ...

    async def live_rows(self, chat_id: int | None = None) -> Sequence[LiveRow]:
        """Of one chat or of all, oldest first."""
        ...


class Artist(Protocol):
    """What is asked of the charts: ``bot.charts.Charts``."""

    async def candles(self, chart: "CandleChart") -> bytes: ...
    async def line(self, chart: "LineChart") -> bytes: ...


class Voice(Protocol):
    """What is asked of the outbox beyond answering: ``bot.outbox.Outbox``."""

    async def push(self, chat_id: int, page: Page, priority: Priority, event_key: str) -> bool:
        """Have it said, now or after a restart; False if this event was told already."""
        ...

    def edit_soon(self, chat_id: int, message_id: int, page: Page) -> None:
        """Say it in place of an earlier message, in a while; whether it worked is not told."""
        ...

    async def edit_live(self, chat_id: int, message_id: int, page: Page) -> bool:
        """Edit a message that follows the market, at the lowest priority.

        Returns when Telegram has taken it, so that whoever follows a fast market waits here
        while Telegram asks the chat to slow down. False means that the message is gone (deleted,
        or the bot was blocked) and following it must end. The same button asked for again on
        the same message keeps its token: this is called up to once a second.
        """
        ...


class Keyed(Protocol):
    """What is asked of the task keeper: ``bot.tasks.KeyedTasks``."""

    def start(self, key: Hashable, coroutine: Coroutine[object, object, None]) -> None:
        """Run it under this key; a task that already runs under it is cancelled."""
        ...

    def stop(self, key: Hashable) -> None:
        """Cancel the task of this key, if there is one."""
        ...

    def is_running(self, key: Hashable) -> bool:
        """Whether there is a task of this key."""
        ...

    def running(self, kind: Hashable | None = None) -> int:
        """How many there are, of all kinds or of keys that begin with this one."""
        ...


@dataclass(frozen=True, slots=True)
class BotHealth:
    """How the Telegram side is; None means not known."""

    clock_offset: timedelta | None = None
    """Kraken's clock minus ours."""
    queue: int | None = None
    """Messages that wait to be sent."""
    last_update_at: datetime | None = None
    """When Telegram last answered our question for updates."""


@dataclass(frozen=True, slots=True)
class Services:
    """The neighbours of desks and handlers."""

    market: MarketData
    store: Records
    charts: Artist
    clock: "Clock"
    tasks: Keyed
    outbox: Voice
    version: str
    started_at: datetime
    health: Callable[[], BotHealth]
    safety: "SafetyRecords"
    brakes: "Brakes"
    records: "TradeRecords"
    accounts: "Accounts"
    trading: "Trading"
    values: "Valuer"
    past: "PastKeeper"
    keyring: "Keyring"
    connecting: "Connecting"
    alerts: "Alerts"
    plans: "PlanRecords"
    clockwork: "Clockwork"
    leagues: "LeagueRecords"
    caretaker: "Caretaker"
    unpin: Callable[[int, int], Awaitable[None]]
    """Unpins (chat, message), also when nobody asks; nothing happens where that cannot be."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits that many seconds; tests pass a virtual one."""
    patience: float = 3.0
    """Seconds a first price or book is waited for before the answer is "not yet"."""
