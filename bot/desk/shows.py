"""Shows: what a live message shows, made from its row again after a restart."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from bot.core.ladder import BookQuestion, Ladder, Own
from bot.core.live import BOOK_EVERY, BOOK_LASTS, Stop
from bot.core.page import Page, Payload
from bot.core.settings import ChatSettings, LiveRow
from bot.core.texts.book import live_book_page, resyncing_page, stopped_book_page
from bot.core.texts.watch import stopped_watch_page, watch_page
from bot.core.trail import Trail
from bot.desk.account_shows import AccountShow
from bot.desk.books import follow, is_unverified, ladder_of, own_orders, read_unverified
from bot.desk.candles import last_hour
from bot.desk.earned import Earned
from bot.desk.prices import first_values, quote
from bot.desk.services import Services
from kraken.core.errors import BadData, Busy, NotSent
from kraken.core.types import BookView, Instrument, Ticker
from kraken.watch import Watch

_ASK_REST_EVERY = timedelta(seconds=5)
"""An unverified book is asked for over REST no more often than this."""


class Show(Protocol):
    """Reads the market between ``watching`` and its end, and words what it sees."""

    every: timedelta
    """How often the message may change."""
    lasts: timedelta
    """How long it was to last."""
    settings: ChatSettings
    """The looks; whoever runs the show keeps them as the chat has them now."""

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Subscribes, and waits a moment for the first values."""
        ...

    async def page(self, ends_at: datetime) -> Page:
        """What is to be read now."""
        ...

    def last_page(self, stop: Stop) -> Page:
        """The last words; numbers in it do not move any more and it says so."""
        ...


class BookShow:
    """A live order book."""

    def __init__(self, services: Services, settings: ChatSettings, row: LiveRow) -> None:
        self._services = services
        self.settings = settings
        self._question = book_question(services, row.payload)
        self._chat_id = row.chat_id
        self._watch: Watch[BookView] = Watch()
        self._ladder: Ladder | None = None
        self._lost_at: datetime | None = None
        self._rest_at: datetime | None = None
        self.every = BOOK_EVERY
        self.lasts = BOOK_LASTS

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        async with follow(self._services, self._question) as self._watch:
            await first_values([self._watch], self._services.patience)
            self._ladder = ladder_of(self._watch.value, self._question, await self._own_orders())
            yield

    async def page(self, ends_at: datetime) -> Page:
        now, own = self._services.clock.now(), await self._own_orders()
        if is_unverified(self._services, self._question):
            ladder = await self._from_rest(now, own)
        else:
            ladder = ladder_of(self._watch.value, self._question, own)
        if ladder is None:
            self._lost_at = self._lost_at or now
            return resyncing_page(
                self._question,
                now - self._lost_at,
                self.settings,
                connected=self._services.market.health().connected,
                live=True,
            )
        self._ladder, self._lost_at = ladder, None
        return live_book_page(ladder, self.settings, ends_at)

    def last_page(self, stop: Stop) -> Page:
        return stopped_book_page(self._ladder, self._question, self.settings, stop, self.lasts)

    async def _own_orders(self) -> Own:
        if self._chat_id < 0:  # a group's book shows nobody's orders
            return ()
        return await own_orders(self._services, self._chat_id, self._question.instrument)

    async def _from_rest(self, now: datetime, own: Own) -> Ladder | None:
        if self._ladder and self._rest_at and now - self._rest_at < _ASK_REST_EVERY:
            return self._ladder
        try:
            ladder = await read_unverified(self._services, self._question, own)
        except (Busy, NotSent, BadData):
            return None
        self._rest_at = now
        return ladder


class WatchShow:
    """The pairs of a ``/watch``."""

    def __init__(self, services: Services, settings: ChatSettings, row: LiveRow) -> None:
        payload = row.payload
        self._services = services
        self.settings = settings
        self._payload = payload
        self._instruments = watched_pairs(services, payload)
        self._watches: list[tuple[Instrument, Watch[Ticker]]] = []
        self._trail = Trail(())
        self._earned = Earned(services, row.chat_id)
        self.every = timedelta(seconds=int(payload["every"]))
        self.lasts = timedelta(seconds=int(payload["lasts"]))

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            self._watches = [
                (each, await stack.enter_async_context(self._services.market.ticker(each.symbol)))
                for each in self._instruments
            ]
            self._trail = Trail(await last_hour(self._services, self._instruments[0]))
            await first_values([watch for _, watch in self._watches], self._services.patience)
            yield

    async def page(self, ends_at: datetime) -> Page:
        quotes = [quote(self._services, *each) for each in self._watches]
        closes = self._trail.with_last(self._last_price(), self._services.clock.now())
        today = await self._earned.today(self.settings)
        return watch_page(quotes, closes, self.settings, self.every, ends_at, today)

    def last_page(self, stop: Stop) -> Page:
        quotes = [quote(self._services, *each) for each in self._watches]
        return stopped_watch_page(
            quotes,
            self._trail.closes,
            self.settings,
            stop,
            self.lasts,
            self._payload,
            self._services.clock.now(),
        )

    def _last_price(self) -> Decimal | None:
        ticker = self._watches[0][1].value
        return ticker.last if ticker else None


def book_question(services: Services, payload: Payload) -> BookQuestion:
    """Raises: UnknownInstrument: the pair exists no more."""
    instrument = services.market.instrument(str(payload["pair"]))
    step = str(payload.get("step", ""))
    return BookQuestion(instrument, int(payload["rows"]), Decimal(step) if step else None)


def watched_pairs(services: Services, payload: Payload) -> list[Instrument]:
    """Raises: UnknownInstrument: one of the pairs exists no more."""
    return [services.market.instrument(name) for name in str(payload["pairs"]).split()]


def _watch_of(services: Services, settings: ChatSettings, row: LiveRow) -> Show:
    kind = AccountShow if row.payload.get("what") else WatchShow
    return kind(services, settings, row)


SHOWS: Mapping[str, Callable[[Services, ChatSettings, LiveRow], Show]] = {
    "book": BookShow,
    "watch": _watch_of,
}
"""By the kind of the row."""

PINNED = frozenset({"watch"})
"""The kinds whose message is pinned while it is live."""


async def show_of(services: Services, row: LiveRow) -> Show:
    """The show of a row, in the looks that the chat has chosen.

    Raises:
        KrakenError: the market cannot show it (any more).
    """
    settings = await services.store.chat_settings(row.chat_id)
    return SHOWS[row.kind](services, settings, row)
