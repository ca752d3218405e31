"""What is kept in memory of all alerts: the ones that wait, and the engine of each pair."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from bot.core.alerts.engine import Engine
from bot.core.alerts.words import Alert, Progress, Wish
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.trade.news import News
from bot.store.alerts import Seen
from kraken.core.types import Symbol, Ticker


class AlertRecords(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def add_alert(
        self,
        chat_id: int,
        user_id: int,
        symbol: Symbol,
        wish: Wish,
        progress: Progress,
        *,
        until: datetime | None,
        now: datetime,
        seen: Seen | None = None,
    ) -> Alert: ...
    async def alerts(self, chat_id: int | None = None) -> Sequence[Alert]: ...
    async def alert(self, chat_id: int, number: int) -> Alert | None: ...
    async def save_alerts(
        self, changed: Sequence[Alert], seen: Mapping[Symbol, Seen] | None = None
    ) -> None: ...
    async def tell_alerts(
        self, changed: Sequence[Alert], news: News | None, *, now: datetime, counts: bool = True
    ) -> bool: ...
    async def remove_alerts(self, chat_id: int, numbers: Sequence[int]) -> int: ...
    async def seen_trades(self) -> Mapping[Symbol, Seen]: ...


class AlertVoice(Protocol):
    """What is asked of the outbox."""

    async def push(self, chat_id: int, page: Page, priority: Priority, event_key: str) -> bool: ...
    async def load_waiting(self) -> None:
        """Take up what was written down to be said."""
        ...


@dataclass(slots=True)
class Kept:
    """All alerts that wait for something, by id, and where each pair stands."""

    alerts: dict[int, Alert] = field(default_factory=dict)
    engines: dict[Symbol, Engine] = field(default_factory=dict)
    heard_at: dict[Symbol, datetime] = field(default_factory=dict)
    """When each pair's trades were known to be complete; only said, never asked by."""
    is_current: set[Symbol] = field(default_factory=set)
    """Pairs whose trades were judged up to now at least once."""
    noted: set[Symbol] = field(default_factory=set)
    """Pairs of which it is written down how far they were judged, however long ago."""
    tickers: dict[Symbol, Ticker] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    """Alerts without an engine whose progress is not written down yet."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever changes an alert, from the look at it until the change is kept."""

    def of(self, symbol: Symbol) -> list[Alert]:
        """The alerts of one pair."""
        return [alert for alert in self.alerts.values() if alert.symbol == symbol]

    def put(self, alert: Alert) -> None:
        """How it is from now on; its engine is told separately."""
        self.alerts[alert.id] = alert

    def drop(self, alert: Alert) -> None:
        """It waits for nothing any more."""
        self.alerts.pop(alert.id, None)
        engine = self.engines.get(alert.symbol)
        if engine is not None:
            engine.remove(alert.id)

    def judged(self, alert: Alert) -> Alert:
        """The same with how far its judging is."""
        engine = self.engines.get(alert.symbol)
        progress = engine.progress(alert.id) if engine is not None else None
        return alert if progress is None else replace(alert, progress=progress)

    def follow(self, old: int, new: int) -> None:
        """A group got another id: its alerts are of that."""
        for number, alert in self.alerts.items():
            if alert.chat_id == old:
                self.alerts[number] = replace(alert, chat_id=new)
