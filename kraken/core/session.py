"""One WebSocket v2 connection without the connection: wants and frames in, events and text out.

Whoever owns the socket calls ``connected`` and ``disconnected``, hands every frame to ``receive``,
calls ``tick`` at ``next_timer``, and sends what ``data_to_send`` returns after each call. Nothing
here raises because of what the peer sends.

Rules: what is wanted is subscribed for as long as it is wanted, and again after a reconnect;
Kraken answers once for each symbol, and a refusal concerns that symbol alone; a book is shown only
while its checksum agrees, and one whose does not is asked for anew without disturbing the others
(docs: WS v2, Subscribe; Book; guide: WebSocket v2 reconnection).
"""

import re
from datetime import datetime, timedelta
from itertools import groupby

from kraken.core.book import Book
from kraken.core.errors import BadData, Maintenance, RateLimited, from_code
from kraken.core.events import (
    BookFault,
    BookLost,
    BookUnverified,
    BookWant,
    CandlesChanged,
    CandleWant,
    Event,
    FrameIgnored,
    InstrumentsChanged,
    InstrumentWant,
    PeerClosing,
    Refused,
    Stats,
    SystemChanged,
    TickerChanged,
    TickerWant,
    TradesHappened,
    TradeWant,
    Want,
)
from kraken.core.subscription import Subscription, Topic
from kraken.core.subscriptions import LONG_AGO, Subscriptions
from kraken.core.types import Candle, Instrument, Interval, Symbol, SystemState, Trade
from kraken.core.wire import ws
from kraken.core.wire.books import ExactBook, FastBook, FastBookFrame, decode_book_exactly

__all__ = [
    "BookFault",
    "BookWant",
    "CandleWant",
    "Event",
    "InstrumentWant",
    "Session",
    "TickerWant",
    "TradeWant",
    "Want",
]

SILENCE_BEFORE_PING = timedelta(seconds=2)
"""Without subscriptions Kraken sends no heartbeats; a pong shows that it is there."""

_SYMBOL = re.compile(r'"symbol"\s*:\s*"([^"]{1,40})"')


class Session:
    """What is wanted of one connection, what was asked for and what has come of it."""

    def __init__(self) -> None:
        self._now = LONG_AGO
        self._is_connected = False
        self._system = SystemState.UNKNOWN
        self._subscriptions = Subscriptions()
        self._books = self._subscriptions.books
        self._instruments: dict[Symbol, Instrument] = {}
        self._late_events: list[Event] = []
        self._heard_at = LONG_AGO
        self._pinged_at = LONG_AGO
        self._frames = self._ignored = 0
        self._checksums_ok = self._checksums_failed = 0

    @property
    def system(self) -> SystemState:
        """What Kraken's engine accepts, as it said last."""
        return self._system

    def book(self, symbol: Symbol) -> Book | None:
        """The book of this pair if it is verified now; later frames change it."""
        subscription = self._books.get(symbol)
        return None if subscription is None else subscription.book

    def stats(self) -> Stats:
        """What has been counted since this session was made."""
        return Stats(
            frames=self._frames,
            ignored=self._ignored,
            checksums_ok=self._checksums_ok,
            checksums_failed=self._checksums_failed,
            resyncs=self._subscriptions.resyncs,
            subscriptions=len(self._subscriptions),
            unverified=tuple(sorted(s for s, sub in self._books.items() if sub.is_unverified)),
        )

    def want(self, want: Want, now: datetime) -> None:
        """Subscribe to this for as long as it is wanted; wanting it twice changes nothing.

        What Kraken refused before is asked for again.
        """
        self._now = now
        self._late_events += self._subscriptions.want(want)

    def drop(self, want: Want, now: datetime) -> None:
        """This is not wanted any more; the stream ends with the last want for it."""
        self._now = now
        self._subscriptions.drop(want)

    def connected(self, now: datetime) -> list[Event]:
        """There is a new connection: nothing is subscribed, everything wanted is asked for."""
        self._is_connected = True
        self._heard_at = self._pinged_at = now
        return self._forget_connection(now)

    def disconnected(self, now: datetime) -> list[Event]:
        """The connection is gone, and with it every book."""
        self._is_connected = False
        return self._forget_connection(now)

    def _forget_connection(self, now: datetime) -> list[Event]:
        self._now = now
        lost = [s for s, subscription in self._books.items() if subscription.book is not None]
        self._subscriptions.forget_connection()
        return self._with_late([BookLost(symbol, BookFault.DISCONNECTED) for symbol in lost])

    def _with_late(self, events: list[Event]) -> list[Event]:
        """Events of earlier calls that could not return any, then these."""
        late, self._late_events = self._late_events, []
        return late + events

    @property
    def has_data_to_send(self) -> bool:
        """Whether ``data_to_send`` would return anything now."""
        return self._is_connected and self._subscriptions.has_data_to_send(self._now)

    def data_to_send(self) -> list[str]:
        """The text frames that are due, in order; each is handed out once."""
        return self._subscriptions.data_to_send(self._now) if self._is_connected else []

    def next_timer(self) -> datetime | None:
        """When to call ``tick`` at the latest; None while there is nothing to wait for."""
        if self._late_events:
            return self._now
        if not self._is_connected:
            return None
        ping = max(self._heard_at, self._pinged_at) + SILENCE_BEFORE_PING
        due = self._subscriptions.next_due(self._now)
        return ping if due is None else min(ping, due)

    def tick(self, now: datetime) -> list[Event]:
        """Do what is due: late answers, pauses that are over, a ping into the silence."""
        self._now = now
        if self._is_connected:
            self._subscriptions.tick(now)
            if now - max(self._heard_at, self._pinged_at) >= SILENCE_BEFORE_PING:
                self._pinged_at = now
                self._subscriptions.ping()
        return self._with_late([])

    def receive(self, frame: str | bytes, now: datetime) -> list[Event]:
        """Read one frame; what it changed comes back as events. Never raises."""
        self._now = self._heard_at = now
        self._frames += 1
        try:
            message = ws.decode_frame(frame, now)
            if type(message) is not FastBookFrame:
                events = self._on_message(message, now)
            elif message.type == "snapshot":
                events = self._on_snapshots(frame, now)
            else:
                # Here rather than in a method: this is what happens thousands of times a second.
                events = []
                for part in message.data:
                    subscription = self._books.get(part.symbol)
                    if subscription is None or (book := subscription.book) is None:
                        continue
                    if book.is_exact:
                        fault = _apply_exactly(book, part, message, frame)
                    else:
                        fault = book.apply(part)
                    if fault is None:
                        self._checksums_ok += 1
                        events.append(subscription.book_changed)
                    else:
                        events += self._on_fault(subscription, part.symbol, fault, now)
        except BadData as error:
            self._ignored += 1
            events = [FrameIgnored(str(error)), *self._distrust(frame, now)]
        return self._with_late(events) if self._late_events else events

    def _on_message(self, message: ws.Frame, now: datetime) -> list[Event]:
        match message:
            case ws.Reply():
                return self._on_reply(message, now)
            case ws.Tickers(tickers=tickers):
                return [
                    TickerChanged(ticker)
                    for ticker in tickers
                    if self._has_come(Topic("ticker", ticker.symbol), now)
                ]
            case ws.Trades():
                return self._on_trades(message, now)
            case ws.Candles():
                return self._on_candles(message, now)
            case ws.Instruments():
                return self._on_instruments(message, now)
            case ws.Status(system=system) if system is not self._system:
                self._system = system
                return [SystemChanged(system)]
            case ws.Notice(text=text):
                return [PeerClosing(text)]
            case _:
                return []

    def _has_come(self, topic: Topic, now: datetime) -> bool:
        """Whether this stream is wanted; if so, nothing of it is missing any more."""
        subscription = self._subscriptions.find(topic)
        if subscription is None or not subscription.is_open:
            return False
        subscription.live(now)
        return True

    def _on_trades(self, message: ws.Trades, now: datetime) -> list[Event]:
        def symbol(trade: Trade) -> Symbol:
            return trade.symbol

        return [
            TradesHappened(name, tuple(trades), message.snapshot)
            for name, trades in groupby(message.trades, key=symbol)
            if self._has_come(Topic("trade", name), now)
        ]

    def _on_candles(self, message: ws.Candles, now: datetime) -> list[Event]:
        def stream(candle: Candle) -> tuple[Symbol, Interval]:
            return candle.symbol, candle.interval

        return [
            CandlesChanged(name, interval, tuple(candles), message.snapshot, message.at)
            for (name, interval), candles in groupby(message.candles, key=stream)
            if self._has_come(Topic("ohlc", name, interval), now)
        ]

    def _on_instruments(self, message: ws.Instruments, now: datetime) -> list[Event]:
        if not self._has_come(Topic("instrument"), now):
            return []
        for instrument in message.instruments:
            self._instruments[instrument.symbol] = instrument
        self._subscriptions.listed({instrument.symbol for instrument in message.instruments})
        events: list[Event] = [InstrumentsChanged(message.instruments, message.snapshot)]
        if message.unreadable:
            events.append(FrameIgnored(f"{message.unreadable} instruments are unreadable"))
        return events

    def _on_reply(self, reply: ws.Reply, now: datetime) -> list[Event]:
        """An answer; those to pings and unsubscribes say nothing that matters."""
        if reply.method == "error":
            return [FrameIgnored(f"Kraken could not read a request: {reply.error}")]
        if reply.method != "subscribe":
            return []
        events: list[Event] = []
        for subscription in self._subscriptions.answered(reply):
            # Our unsubscribe may have been lost; without a snapshot both are repeated.
            if reply.success or "already subscribed" in reply.error.lower():
                subscription.acknowledged(now)
            elif isinstance(from_code(reply.error), RateLimited | Maintenance):
                subscription.late(now)
            else:
                subscription.refused()
                events += [Refused(want, reply.error) for want in subscription.wants]
        return events

    def _on_snapshots(self, frame: str | bytes, now: datetime) -> list[Event]:
        events: list[Event] = []
        for part in decode_book_exactly(frame).data:
            subscription = self._books.get(part.symbol)
            if subscription is not None and subscription.expects_snapshot:
                events += self._on_snapshot(subscription, part, now)
        return events

    def _on_snapshot(
        self, subscription: Subscription, snapshot: ExactBook, now: datetime
    ) -> list[Event]:
        instrument = self._instruments.get(snapshot.symbol)
        book = Book(
            snapshot.symbol,
            subscription.asked_depth or 0,
            price_decimals=0 if instrument is None else instrument.price_decimals,
            qty_decimals=0 if instrument is None else instrument.qty_decimals,
        )
        fault = book.load(snapshot)
        if fault is not None:
            return self._on_fault(subscription, snapshot.symbol, fault, now)
        self._checksums_ok += 1
        subscription.live(now)
        subscription.book = book
        return [subscription.book_changed]

    def _on_fault(
        self, subscription: Subscription, symbol: Symbol, fault: BookFault, now: datetime
    ) -> list[Event]:
        self._checksums_failed += fault is BookFault.CHECKSUM
        events: list[Event] = [BookLost(symbol, fault)]
        if self._subscriptions.failed(subscription, now):
            events.append(BookUnverified(symbol))
        return events

    def _distrust(self, frame: str | bytes, now: datetime) -> list[Event]:
        """An unreadable frame that was about a book has left that book without an update."""
        text = frame if isinstance(frame, str) else frame.decode(errors="replace")
        if '"book"' not in text:
            return []
        events: list[Event] = []
        for name in set(_SYMBOL.findall(text)):
            subscription = self._books.get(name)
            if subscription is not None and subscription.book is not None:
                events += self._on_fault(subscription, name, BookFault.UNREADABLE, now)
        return events


def _apply_exactly(
    book: Book, part: FastBook, message: FastBookFrame, frame: str | bytes
) -> BookFault | None:
    """Apply this part of a message from its text: the book's prices are too long for floats."""
    index = next(n for n, one in enumerate(message.data) if one is part)
    return book.apply_exactly(decode_book_exactly(frame).data[index])
