"""The exchange behind both wires: the market, its books as the wire knows them, its state.

REST and WebSocket look at one and the same venue, so that they can never disagree.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from kraken.sim.listing import ASSETS, AssetSpec, PairSpec, find_pair
from kraken.sim.market.types import (
    SECOND,
    BookDelta,
    BookReset,
    CandleRow,
    Happening,
    Levels,
    Stats,
    TradePrint,
)
from kraken.sim.wire.ws_book import WindowChange, WireBook
from kraken.sim.wire.ws_messages import usd_cents

SPREADS_KEPT = 200
"""Best prices that Spread remembers, as many as Kraken."""

DELISTED = "delisted"


class Market(Protocol):
    """The moving market underneath, in exact integers; see ``kraken.sim.market.world``."""

    now_ns: int

    def tick(self, until_ns: int) -> list[Happening]:
        """Let the market move up to that time."""

    def book(self, symbol: str) -> tuple[Levels, Levels]:
        """Bids and asks, best first."""

    def top(self, symbol: str, count: int) -> tuple[Levels, Levels]:
        """That many of the best bids and asks."""

    def book_changed_ns(self, symbol: str) -> int:
        """When the book changed last."""

    def trades_since(self, symbol: str, since_ns: int, count: int) -> list[TradePrint]:
        """Trades later than that, oldest first."""

    def last_trades(self, symbol: str, count: int = 50) -> list[TradePrint]:
        """The newest trades, oldest first."""

    def candles(self, symbol: str, minutes: int, since_s: int | None = None) -> list[CandleRow]:
        """Rows of one interval, oldest first; the last one is running."""

    def running_candle(self, symbol: str, minutes: int) -> CandleRow:
        """The row that is not over yet."""

    def stats(self, symbol: str) -> Stats:
        """What the ticker tells."""

    def way(self, symbol: str, price_ticks: int) -> Sequence[int]:
        """The prices at which the market trades one after the other until it is there."""

    def step(self, symbol: str, price_ticks: int) -> Iterator[list[Happening]]:
        """Take the market to a price of its way: first the quotes are there, then a trade is."""

    def next_trade_id(self, symbol: str) -> int:
        """A number for a trade that is about to be printed."""

    def lots_at(self, symbol: str, side: str, ticks: int) -> int:
        """What rests at that price."""

    def take_out(self, symbol: str, side: str, ticks: int, lots: int) -> None:
        """Remove that much of what rests at that price."""

    def print_trade(self, trade: TradePrint) -> None:
        """Take in a trade that was made elsewhere."""

    def status(self, symbol: str) -> str:
        """What the pair accepts."""

    def set_status(self, symbol: str, status: str) -> None:
        """Change what the pair accepts."""

    def rename(self, symbol: str, pair: PairSpec) -> None:
        """The market of a pair goes on under the names of another one."""


class Venue:
    """What both wires show."""

    def __init__(
        self,
        market: Market,
        pairs: Sequence[PairSpec],
        now: Callable[[], int],
        assets: Sequence[AssetSpec] = ASSETS,
    ) -> None:
        self.market = market
        self.pairs = {pair.symbol: pair for pair in pairs}
        self.asset_by_name = {asset.name: asset for asset in assets}
        self.new_names: dict[str, str] = {}
        """Symbols that are gone for good, each with the one that took its place."""
        self.system = "online"
        self.clock_offset_ns = 0
        self.books: dict[str, WireBook] = {}
        self._now = now
        self._spreads: dict[str, deque[tuple[int, int, int]]] = {}
        for symbol in self.pairs:
            self.books[symbol] = book = WireBook(symbol)
            book.reset(*market.book(symbol), market.book_changed_ns(symbol))

    def now_ns(self) -> int:
        """The exchange's own clock, as wrong as it was made to be."""
        return self._now() + self.clock_offset_ns

    @property
    def assets(self) -> tuple[AssetSpec, ...]:
        """Every asset, also those that are not traded any more."""
        return tuple(self.asset_by_name.values())

    def knows(self, symbol: str) -> bool:
        """Whether a market is called that now, be it listed or not."""
        return symbol in self.pairs and symbol not in self.new_names

    def newest(self, symbol: str) -> str:
        """What the market of that symbol is called now."""
        while symbol in self.new_names:
            symbol = self.new_names[symbol]
        return symbol

    def rename(self, symbol: str, pair: PairSpec) -> None:
        """The market of a pair goes on as ``pair``; for clients there is nothing at the old name.

        In here the old name still finds the market's past, for what users did under it.
        """
        self.market.rename(symbol, pair)
        self.market.set_status(symbol, DELISTED)
        self.new_names[symbol] = pair.symbol
        self.pairs[pair.symbol] = pair
        book = self.books[pair.symbol] = self.books.pop(symbol)
        book.symbol = pair.symbol
        self._spreads[pair.symbol] = self._spreads_of(symbol)

    def is_listed(self, symbol: str) -> bool:
        """Whether the pair exists for clients."""
        return symbol in self.pairs and self.market.status(symbol) != DELISTED

    def listed(self) -> list[PairSpec]:
        """Every pair that exists for clients."""
        return [pair for symbol, pair in self.pairs.items() if self.is_listed(symbol)]

    def find(self, name: str) -> PairSpec | None:
        """The pair under any name that REST accepts."""
        return find_pair(name, self.listed())

    def change(self, delta: BookDelta, depths: Sequence[int] = ()) -> list[WindowChange]:
        """Let a book change; what subscribers of these depths must be told."""
        book = self.books[delta.symbol]
        told = book.apply(delta.bids, delta.asks, delta.ns, depths)
        self._note_spread(book)
        return told

    def reset(self, whole: BookReset) -> None:
        """Let a book begin again."""
        book = self.books[whole.symbol]
        book.reset(whole.bids, whole.asks, whole.ns)
        self._note_spread(book)

    def _note_spread(self, book: WireBook) -> None:
        bid, ask = book.best()
        if bid is None or ask is None:
            return
        spreads = self._spreads_of(book.symbol)
        if not spreads or spreads[-1][1:] != (bid[0], ask[0]):
            spreads.append((book.changed_ns // SECOND, bid[0], ask[0]))

    def _spreads_of(self, symbol: str) -> deque[tuple[int, int, int]]:
        spreads = self._spreads.get(symbol)
        if spreads is None:
            spreads = self._spreads[symbol] = deque(maxlen=SPREADS_KEPT)
        return spreads

    def spreads(self, symbol: str) -> list[tuple[int, int, int]]:
        """(unix seconds, best bid, best ask) whenever the best prices changed, oldest first.

        What nobody has watched yet is told from the trades: each was at the best price of
        one side, and the other side was as far away as it is now.
        """
        known = list(self._spreads_of(symbol))
        bid, ask = self.books[symbol].best()
        missing = SPREADS_KEPT - len(known)
        if bid is None or ask is None or missing <= 0:
            return known
        width = ask[0] - bid[0]
        begin_s = known[0][0] if known else self.market.now_ns // SECOND
        earlier: list[tuple[int, int, int]] = []
        for trade in self.market.last_trades(symbol, SPREADS_KEPT):
            low = trade.ticks - width if trade.side == "buy" else trade.ticks
            row = (trade.ns // SECOND, low, low + width)
            if row[0] < begin_s and (not earlier or earlier[-1][1:] != row[1:]):
                earlier.append(row)
        return earlier[-missing:] + known

    def volume_usd_cents(self, pair: PairSpec, stats: Stats) -> int:
        """What was traded in 24 hours, in US cents at the last price of its quote currency."""
        dollars = self.pairs.get(f"{pair.quote}/USD")
        if pair.quote == "USD" or dollars is None:
            return usd_cents(pair, stats.day.value, 1, 0)
        price = self.market.last_trades(dollars.symbol, 1)[-1].ticks
        return usd_cents(pair, stats.day.value, price, dollars.price_decimals)
