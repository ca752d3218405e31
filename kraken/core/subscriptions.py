"""All streams that are wanted of one connection, and the requests that follow from it.

Rules: a request asks for up to 50 symbols of one channel (docs: WS v2, Subscribe), and requests
are paced, so that a reconnect with hundreds of streams does not arrive as one burst; an
unsubscribe always stands before the subscribe that replaces it.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, islice

from kraken.core.events import BookFault, BookLost, BookWant, Event, Want
from kraken.core.subscription import Phase, Subscription, Topic, topic_of
from kraken.core.types import Symbol
from kraken.core.wire import requests
from kraken.core.wire.ws import Reply

SYMBOLS_A_REQUEST = 50
REQUESTS_A_TURN = 4
TURN = timedelta(milliseconds=250)

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Subscriptions:
    """Wants on one side, requests on the other; a subscription lives as long as it is wanted."""

    def __init__(self) -> None:
        self.books: dict[Symbol, Subscription] = {}
        self.resyncs = 0
        self._by_topic: dict[Topic, Subscription] = {}
        self._asked_topics: set[Topic] = set()
        self._out: list[str] = []
        self._last_request_id = 0
        self._turn_began = LONG_AGO
        self._asked_this_turn = 0
        # No subscription waits for its turn or for a due time: nothing to look through.
        self._is_settled = True

    def __len__(self) -> int:
        return len(self._by_topic)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(self._by_topic.values())

    def find(self, topic: Topic) -> Subscription | None:
        """The subscription of this stream, if it is wanted."""
        return self._by_topic.get(topic)

    def want(self, want: Want) -> list[Event]:
        """Add a want; a book that must become deeper is lost until the deeper one is there."""
        topic = topic_of(want)
        subscription = self._by_topic.get(topic)
        if subscription is None:
            subscription = self._by_topic[topic] = Subscription(topic)
            if isinstance(want, BookWant):
                self.books[want.symbol] = subscription
        subscription.wants.add(want)
        self._is_settled = False
        if subscription.phase is Phase.REFUSED:
            subscription.wait()
        if not subscription.is_open or (subscription.asked_depth or 0) >= (
            subscription.depth or 0
        ):
            return []
        had_book = subscription.book is not None
        self._unsubscribe(subscription)
        subscription.wait()
        return (
            [BookLost(want.symbol, BookFault.RESUBSCRIBED)]
            if had_book and isinstance(want, BookWant)
            else []
        )

    def drop(self, want: Want) -> None:
        """Remove a want; the last one for a stream ends it."""
        topic = topic_of(want)
        subscription = self._by_topic.get(topic)
        if subscription is None:
            return
        subscription.wants.discard(want)
        if subscription.wants:
            return
        if subscription.is_open:
            self._unsubscribe(subscription)
        del self._by_topic[topic]
        if isinstance(want, BookWant):
            del self.books[want.symbol]

    def listed(self, symbols: Collection[Symbol]) -> None:
        """Kraken said something new about these pairs: what it refused of them may be served."""
        for subscription in self:
            if subscription.phase is Phase.REFUSED and subscription.topic.symbol in symbols:
                subscription.wait()
                self._is_settled = False

    def forget_connection(self) -> None:
        """Nothing is subscribed any more; everything wanted waits to be asked for."""
        for subscription in self:
            subscription.wait()
        self._out.clear()
        self._asked_topics.clear()
        self._turn_began = LONG_AGO
        self._is_settled = False

    def answered(self, reply: Reply) -> list[Subscription]:
        """The subscriptions that this reply is about; none if it answers an older request."""
        self._is_settled = False
        return [
            subscription
            for subscription in self
            if subscription.phase is Phase.ASKED and subscription.is_meant_by(reply)
        ]

    def failed(self, subscription: Subscription, now: datetime) -> bool:
        """Give up a wrong book, to ask for it again later. True if it is unverified by that."""
        self.resyncs += 1
        self._is_settled = False
        self._unsubscribe(subscription)
        return subscription.failed(now)

    def tick(self, now: datetime) -> None:
        """Give up what was not answered in time; wake what has paused long enough."""
        for subscription in self:
            if subscription.due is None or subscription.due > now:
                continue
            if subscription.phase is Phase.PAUSED:
                subscription.wait()
            else:
                self.resyncs += 1
                self._unsubscribe(subscription)
                subscription.late(now)

    def next_due(self, now: datetime) -> datetime | None:
        """When there is something to do here, if ever."""
        if self._is_settled:
            return None
        dues = [s.due for s in self if s.due is not None]
        if any(s.phase is Phase.WAITING for s in self):
            dues.append(now if self._requests_left(now) else self._turn_began + TURN)
        self._is_settled = not dues
        return min(dues, default=None)

    def ping(self) -> None:
        """Ask for a sign of life."""
        self._last_request_id += 1
        self._out.append(requests.ping(self._last_request_id))

    def has_data_to_send(self, now: datetime) -> bool:
        """Whether a request is due."""
        if self._out or self._is_settled:
            return bool(self._out)
        return bool(self._requests_left(now)) and any(s.phase is Phase.WAITING for s in self)

    def data_to_send(self, now: datetime) -> list[str]:
        """The requests that are due, in order."""
        if not self._is_settled:
            for batch in islice(self._batches(), self._requests_left(now)):
                self._asked_this_turn += 1
                self._subscribe(batch, now)
        if not self._out:
            return []
        out, self._out = self._out, []
        return out

    def _requests_left(self, now: datetime) -> int:
        """How many requests may still be made in this turn; a new one may begin by asking."""
        if now - self._turn_began >= TURN:
            self._turn_began, self._asked_this_turn = now, 0
        return REQUESTS_A_TURN - self._asked_this_turn

    def _batches(self) -> Iterator[list[Subscription]]:
        """Waiting subscriptions that fit into one request, instruments and candles not mixed."""

        def request(subscription: Subscription) -> tuple[str, int, int]:
            topic = subscription.topic
            return (topic.channel, subscription.depth or 0, topic.interval or 0)

        waiting = [s for s in self if s.phase is Phase.WAITING]
        for _, group in groupby(sorted(waiting, key=request), key=request):
            while batch := list(islice(group, SYMBOLS_A_REQUEST)):
                yield batch

    def _subscribe(self, batch: list[Subscription], now: datetime) -> None:
        self._last_request_id += 1
        for subscription in batch:
            is_first = subscription.topic not in self._asked_topics
            self._asked_topics.add(subscription.topic)
            subscription.asked(self._last_request_id, now, is_first=is_first)
        first = batch[0]
        self._out.append(
            requests.subscribe(
                first.topic.channel,
                [s.topic.symbol for s in batch if s.topic.symbol is not None],
                self._last_request_id,
                depth=first.depth,
                interval=first.topic.interval,
            )
        )

    def _unsubscribe(self, subscription: Subscription) -> None:
        self._last_request_id += 1
        topic = subscription.topic
        self._out.append(
            requests.unsubscribe(
                topic.channel,
                [] if topic.symbol is None else [topic.symbol],
                self._last_request_id,
                depth=subscription.asked_depth,
                interval=topic.interval,
            )
        )
