"""Session and book against a tiny Kraken, with everything going wrong that can.

Levels change at random, frames are lost, a checksum is spoiled, the connection breaks, pairs are
wanted, deepened and dropped, and one pair's checksums are always wrong. At every step:

* a book that is shown is Kraken's book at the last frame that was delivered; after a lost frame
  its best ten levels are, because Kraken's checksum covers no more;
* a pair to which nothing was done is never lost;
* when the trouble is over, every wanted pair is shown again, but for the poisoned one.

Mutants killed (each tried by hand): price digits from ``str`` of the float; quantities as floats;
leading zeros kept; no cut to the depth; deletions ignored; of repeated prices the first wins; bids
before asks, or worst first, in the checksum; no checksum at all; a book kept after a mismatch or
over a reconnect; no unsubscribe or no subscribe after a mismatch; a faulty pair resubscribing all;
no timer for a missing acknowledgement or a missing snapshot; a drop that leaves the subscription;
the shallowest want deciding the depth.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kraken.core.events import BookFault, BookLost, BookWant, Event
from kraken.core.session import Session
from kraken.core.types import Symbol
from tests.strategies import MIDDLE, Change, changes
from tests.tiny_kraken import TinyKraken, TinyMarket

SYMBOLS = ("BTC/USD", "ETH/USD", "XRP/USD", "BAD/USD")
POISONED = "BAD/USD"
SETUPS = {"BTC/USD": (1, 8), "ETH/USD": (2, 8), "XRP/USD": (5, 8), "BAD/USD": (0, 2)}

symbols = st.sampled_from(SYMBOLS)
healthy = st.sampled_from(SYMBOLS[:3])
depths = st.sampled_from([10, 25])
several = st.lists(changes(spread=24), min_size=1, max_size=8)
Shown = tuple[list[tuple[Decimal, Decimal]], ...]


@dataclass
class Sent:
    """A frame on its way to the session, and what the book is once it is read."""

    text: str
    symbol: str | None = None
    then: Shown | None = None
    is_snapshot: bool = False
    is_lost: bool = False


class Conversation(RuleBasedStateMachine):
    """One session and one tiny Kraken with a wire between them that keeps the order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 11, 8, 10, tzinfo=UTC)
        self.session = Session()
        self.kraken = TinyKraken([])
        self.wire: list[Sent] = []
        self.truth: dict[str, Shown] = {}
        self.damaged: set[str] = set()
        self.tampered: set[str] = set()
        self.wanted: dict[str, set[int]] = {}

    @initialize(depths=st.tuples(depths, depths, depths, depths))
    def open(self, depths: tuple[int, ...]) -> None:
        markets = {name: TinyMarket(name, *SETUPS[name]) for name in SYMBOLS}
        for market in markets.values():
            market.bids = {MIDDLE - 1 - n: n * n + 1 for n in range(0, 36, 2)}
            market.asks = {MIDDLE + n: 10**8 - n for n in range(0, 36, 3)}
        self.kraken = TinyKraken(markets.values())
        self.session.connected(self.now)
        for name, depth in zip(SYMBOLS, depths, strict=True):
            self.want(name, depth)
        self.deliver(100)

    # -- what happens

    @rule(symbol=symbols, depth=depths)
    def want(self, symbol: str, depth: int) -> None:
        if any(depth > other for other in self.wanted.get(symbol, ())):
            self.tampered.add(symbol)
        self.wanted.setdefault(symbol, set()).add(depth)
        self.session.want(BookWant(Symbol(symbol), depth), self.now)
        self.talk()

    @rule(symbol=symbols)
    def drop(self, symbol: str) -> None:
        for depth in self.wanted.pop(symbol, ()):
            self.session.drop(BookWant(Symbol(symbol), depth), self.now)
        self.talk()
        assert self.session.book(Symbol(symbol)) is None

    @rule(symbol=symbols, made=several, at_once=st.booleans())
    def change(self, symbol: str, made: list[Change], at_once: bool) -> None:
        self.wire += self.update(symbol, made)
        if at_once:
            self.deliver(100)

    @rule(symbol=symbols, made=several)
    def lose(self, symbol: str, made: list[Change]) -> None:
        """A frame that Kraken sent and nobody received."""
        for sent in self.update(symbol, made):
            self.tampered.add(symbol)
            self.wire.append(replace(sent, is_lost=True))

    @rule(symbol=healthy, made=several)
    def spoil(self, symbol: str, made: list[Change]) -> None:
        for sent in self.update(symbol, made):
            self.tampered.add(symbol)
            self.wire.append(replace(sent, text=spoiled(sent.text)))

    @rule(count=st.integers(1, 6))
    def deliver(self, count: int) -> None:
        for _ in range(min(count, len(self.wire))):
            self.receive(self.wire.pop(0))
        self.talk()

    @rule(seconds=st.sampled_from([0.3, 1, 2, 5, 11, 61]))
    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.check(self.session.tick(self.now))
        self.talk()

    @rule()
    def lose_everything_on_the_wire(self) -> None:
        self.tampered.update(sent.symbol for sent in self.wire if sent.symbol)
        self.wire = [replace(sent, is_lost=True) for sent in self.wire]

    @rule()
    def reconnect(self) -> None:
        self.tampered.update(SYMBOLS)
        self.wire.clear()
        self.kraken.depths.clear()
        self.check(self.session.disconnected(self.now))
        assert not any(self.session.book(Symbol(name)) for name in SYMBOLS)
        self.check(self.session.connected(self.now))
        self.talk()

    # -- what must hold

    @invariant()
    def a_book_that_is_shown_is_kraken_s(self) -> None:
        for name in SYMBOLS:
            book = self.session.book(Symbol(name))
            if book is None:
                continue
            assert name in self.wanted
            seen = 10 if name in self.damaged else 1000
            view = book.view(book.depth, self.now)
            shown = tuple([(x.price, x.qty) for x in side] for side in (view.bids, view.asks))
            truth = self.truth[name]
            assert [side[:seen] for side in shown] == [side[:seen] for side in truth], name

    def teardown(self) -> None:
        """The trouble is over: after twenty minutes everything wanted is shown and right."""
        for _ in range(130):
            while self.wire:
                self.receive(self.wire.pop(0))
                self.talk()
            self.now += timedelta(seconds=10)
            self.session.tick(self.now)
            self.talk()
        while self.wire:
            self.receive(self.wire.pop(0))
        self.a_book_that_is_shown_is_kraken_s()
        for name in self.wanted:
            book = self.session.book(Symbol(name))
            assert (book is None) == (name == POISONED), name
            assert book is None or book.depth == max(self.wanted[name])
        assert set(self.kraken.depths) <= set(self.wanted)

    # -- how it is done

    def talk(self) -> None:
        """Hand our requests over and put the answers on the wire."""
        for request in self.session.data_to_send():
            for text in self.kraken.answer(request):
                symbol = symbol_of(text)
                if symbol is None:
                    self.wire.append(Sent(text))
                    continue
                then = self.kraken.markets[symbol].shown(self.kraken.depths[symbol])
                text = spoiled(text) if symbol == POISONED else text
                self.wire.append(Sent(text, symbol, then, is_snapshot=True))

    def update(self, symbol: str, made: list[Change]) -> list[Sent]:
        """The frames, one or none, that tell a subscriber of these changes."""
        market, depth = self.kraken.markets[symbol], self.kraken.depths.get(symbol)
        told: dict[str, list[tuple[int, int]]] = {"bids": [], "asks": []}
        for side, price, qty in made:
            told[side] += market.change(side, [(price, qty)], depth or 10)
        if depth is None or not (told["bids"] or told["asks"]):
            return []
        text = market.frame("update", told["bids"], told["asks"])
        text = spoiled(text) if symbol == POISONED else text
        return [Sent(text, symbol, market.shown(depth))]

    def receive(self, sent: Sent) -> None:
        if sent.symbol and sent.is_lost:
            self.damaged.add(sent.symbol)
        if sent.is_lost:
            return
        if sent.symbol and sent.then is not None:
            self.truth[sent.symbol] = sent.then
            if sent.is_snapshot:
                self.damaged.discard(sent.symbol)
        self.check(self.session.receive(sent.text, self.now))

    def check(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, BookLost) and event.reason is not BookFault.RESUBSCRIBED:
                assert event.symbol in self.tampered | {POISONED}, event


def spoiled(frame: str) -> str:
    """The same frame with a checksum that cannot be right."""
    head, _, tail = frame.rpartition('"checksum":')
    return f'{head}"checksum":-1{tail[tail.index(",") :]}'


def symbol_of(frame: str) -> str | None:
    read = json.loads(frame)
    return read["data"][0]["symbol"] if read.get("channel") == "book" else None


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=60, stateful_step_count=40)
