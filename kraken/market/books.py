"""Books: gives each reader the view of a book that it asked for, made only when looked at.

A book changes hundreds of times between two looks of a person. So a change is only announced, and
the levels become Decimals when somebody reads the Watch.
"""

from datetime import datetime
from functools import partial

from kraken.core.events import BookWant
from kraken.core.session import Session
from kraken.core.types import BookView, Symbol
from kraken.watch import Watch


class Books:
    """The watches of every book that is subscribed, by pair and depth."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._watches: dict[Symbol, dict[int, Watch[BookView]]] = {}
        self._changed_at: dict[Symbol, datetime] = {}
        self._missing_since: dict[Symbol, datetime] = {}

    def add(self, want: BookWant, watch: Watch[BookView], now: datetime) -> None:
        """From now on this watch shows so many levels of this pair, at once if they are there."""
        if want.symbol not in self._watches:
            self._missing_since[want.symbol] = now
        self._watches.setdefault(want.symbol, {})[want.depth] = watch
        changed_at = self._changed_at.get(want.symbol)
        if changed_at is not None:
            watch.offer(partial(self.view, want.symbol, want.depth, changed_at))

    def remove(self, want: BookWant) -> None:
        """Nobody reads this pair at this depth any more."""
        watches = self._watches[want.symbol]
        del watches[want.depth]
        if not watches:
            del self._watches[want.symbol]
            self._changed_at.pop(want.symbol, None)
            self._missing_since.pop(want.symbol, None)

    def changed(self, symbol: Symbol, now: datetime) -> None:
        """The verified book of this pair is newer than before."""
        self._changed_at[symbol] = now
        if symbol in self._missing_since:
            del self._missing_since[symbol]
        for depth, watch in self._watches.get(symbol, {}).items():
            watch.offer(partial(self.view, symbol, depth, now))

    def lost(self, symbol: Symbol, now: datetime) -> None:
        """There is no verified book of this pair any more, but one is expected."""
        watches = self._watches.get(symbol)
        if watches is None:
            return
        self._changed_at.pop(symbol, None)
        # Anew with each loss: a book that keeps failing comes, and only waits to be asked for.
        self._missing_since[symbol] = now
        for watch in watches.values():
            watch.set(None)

    def given_up(self, symbol: Symbol) -> None:
        """No book of this pair is to be expected for a while."""
        self._missing_since.pop(symbol, None)

    def missing_since(self, connected_at: datetime) -> dict[Symbol, datetime]:
        """Since when, on this connection, each expected book has not come."""
        return {symbol: max(since, connected_at) for symbol, since in self._missing_since.items()}

    def wants(self, symbol: Symbol) -> list[BookWant]:
        """How this pair is subscribed."""
        return [BookWant(symbol, depth) for depth in self._watches.get(symbol, {})]

    def changed_at(self) -> dict[Symbol, datetime]:
        """When each verified book changed last."""
        return self._changed_at

    def view(self, symbol: Symbol, depth: int, changed_at: datetime) -> BookView | None:
        """The levels now; None if the book was lost in the meantime."""
        book = self._session.book(symbol)
        return None if book is None else book.view(depth, changed_at)
