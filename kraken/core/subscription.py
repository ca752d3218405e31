"""One stream of data on one connection: asked for, acknowledged, live, in trouble, asked again.

Rules: a stream in trouble is given up alone and asked for again after 1, 2, 4 ... 60 s; a book
whose checksum failed five times within ten minutes is unverified and tried every ten minutes.
"""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kraken.core.book import Book
from kraken.core.events import (
    BookChanged,
    BookWant,
    CandleWant,
    InstrumentWant,
    TickerWant,
    TradeWant,
    Want,
)
from kraken.core.types import Interval, Symbol
from kraken.core.wire.ws import Reply

ANSWER_LIMIT = timedelta(seconds=10)
"""So long an acknowledgement or a snapshot may take; real ones come within half a second."""

LONGEST_DELAY = timedelta(seconds=60)
FAULTS_ALLOWED = 4
FAULT_WINDOW = timedelta(minutes=10)
UNVERIFIED_DELAY = timedelta(minutes=10)


class Phase(StrEnum):
    """How far a subscription has come on this connection."""

    WAITING = "waiting"
    """To be asked for with the next data to send."""
    ASKED = "asked"
    ACKNOWLEDGED = "acknowledged"
    """Kraken said yes; the snapshot has not come yet."""
    LIVE = "live"
    PAUSED = "paused"
    """Given up for now; to be asked for again later."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Topic:
    """What makes two wants the same stream: a book is one stream, however deep."""

    channel: str
    symbol: Symbol | None = None
    interval: Interval | None = None


def topic_of(want: Want) -> Topic:
    """The stream that serves this want."""
    match want:
        case BookWant(symbol=symbol):
            return Topic("book", symbol)
        case TickerWant(symbol=symbol):
            return Topic("ticker", symbol)
        case TradeWant(symbol=symbol):
            return Topic("trade", symbol)
        case CandleWant(symbol=symbol, interval=interval):
            return Topic("ohlc", symbol, interval)
        case InstrumentWant():
            return Topic("instrument")


class Subscription:
    """One stream with everybody who wants it and what has become of it on this connection."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.wants: set[Want] = set()
        self.phase = Phase.WAITING
        self.due: datetime | None = None
        """When to act if nothing happens before: an answer is late, a pause is over."""
        self.request_id = 0
        self.asked_depth: int | None = None
        self.is_first = True
        """Nothing was asked for under this topic before on this connection."""
        self.book: Book | None = None
        self.is_distrusted = False
        """The book failed too often, and has not been good for long since."""
        self._timeouts = 0
        self._faults: deque[datetime] = deque()
        self._live_since: datetime | None = None
        # Made once, because books change thousands of times a second.
        self.book_changed = BookChanged(topic.symbol or Symbol(""))

    @property
    def depth(self) -> int | None:
        """The greatest depth that anyone wants; None for anything but books."""
        depths = [want.depth for want in self.wants if isinstance(want, BookWant)]
        return max(depths, default=None)

    @property
    def has_snapshot(self) -> bool:
        """Whether a snapshot always follows the acknowledgement, so that one can be missed.

        Trades and candles of a pair that never traded may have none.
        """
        return self.topic.channel in ("book", "ticker", "instrument")

    @property
    def expects_snapshot(self) -> bool:
        """A snapshot that comes now is the answer to what we asked for last.

        After an earlier subscription to the same topic only an acknowledgement tells a new
        snapshot from one that was on its way before.
        """
        if self.phase is Phase.ASKED:
            return self.is_first
        return self.phase in (Phase.ACKNOWLEDGED, Phase.LIVE)

    def is_meant_by(self, reply: Reply) -> bool:
        """Whether this reply is about this subscription's request.

        A reply without the request's number is taken by its channel and symbol; a refusal may
        name its symbol only at the end of its text, or concern every symbol of the request.
        """
        topic = self.topic
        if reply.request_id is not None and reply.request_id != self.request_id:
            return False
        if reply.channel is not None and reply.channel != topic.channel:
            return False
        if reply.symbol is not None:
            return reply.symbol == topic.symbol
        _, _, last_word = reply.error.rpartition(" ")
        if "/" in last_word:
            return last_word == topic.symbol
        return reply.request_id is not None or reply.channel is not None

    @property
    def is_open(self) -> bool:
        """Kraken sends, or is about to send, this stream."""
        return self.phase in (Phase.ASKED, Phase.ACKNOWLEDGED, Phase.LIVE)

    @property
    def is_unverified(self) -> bool:
        """A book that failed too often and is not shown now."""
        return self.is_distrusted and self.phase is not Phase.LIVE

    def wait(self) -> None:
        """Ask anew as soon as possible; whatever was received is void."""
        self.phase, self.due, self.book = Phase.WAITING, None, None

    def asked(self, request_id: int, now: datetime, *, is_first: bool) -> None:
        """The subscribe request was sent."""
        self.phase, self.due = Phase.ASKED, now + ANSWER_LIMIT
        self.request_id, self.is_first = request_id, is_first
        self.asked_depth = self.depth

    def acknowledged(self, now: datetime) -> None:
        """Kraken said yes."""
        if self.has_snapshot:
            self.phase, self.due = Phase.ACKNOWLEDGED, now + ANSWER_LIMIT
        else:
            self.live(now)

    def live(self, now: datetime) -> None:
        """What was asked for has arrived."""
        if self.phase is not Phase.LIVE:
            self._live_since = now
        self.phase, self.due = Phase.LIVE, None
        self._timeouts = 0

    def refused(self) -> None:
        """Kraken said no; not asked for again on this connection."""
        self.phase, self.due, self.book = Phase.REFUSED, None, None

    def late(self, now: datetime) -> None:
        """No answer in time, or one that says: not now. Ask again a little later."""
        self._timeouts += 1
        self._pause(now)

    def failed(self, now: datetime) -> bool:
        """The book was found wrong. True if it is unverified now, maybe not for the first time."""
        self._forgive(now)
        self._faults.append(now)
        self.is_distrusted |= len(self._faults) > FAULTS_ALLOWED
        self._pause(now)
        if self.is_distrusted:
            self.due = now + UNVERIFIED_DELAY
        return self.is_distrusted

    def _forgive(self, now: datetime) -> None:
        """Faults count for ten minutes, distrust until the book was good for as long."""
        while self._faults and now - self._faults[0] >= FAULT_WINDOW:
            self._faults.popleft()
        was_live = self.phase is Phase.LIVE and self._live_since is not None
        if was_live and self._live_since and now - self._live_since >= FAULT_WINDOW:
            self.is_distrusted = False

    def _pause(self, now: datetime) -> None:
        troubles = len(self._faults) + self._timeouts
        delay = min(LONGEST_DELAY, timedelta(seconds=2 ** min(troubles - 1, 6)))
        self.phase, self.due, self.book = Phase.PAUSED, now + delay, None
