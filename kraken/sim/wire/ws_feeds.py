"""Who follows what, and what they are told when the market moves.

Rules: each change of a book is a message of its own, cut to each subscribed depth; trades of one
instant share a message; a ticker and the candles follow the trades. One text is made per feed,
however many follow it. When much time passes at once, each book changes in a single message.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby

from kraken.sim.faults import Fault, Faults
from kraken.sim.listing import AssetSpec, PairSpec
from kraken.sim.market.types import SECOND, BookDelta, BookReset, Happening, TradePrint
from kraken.sim.venue import Venue
from kraken.sim.wire import ws_messages
from kraken.sim.wire.subscriptions import Feed
from kraken.sim.wire.ws_connection import Connection

TRADES_SHOWN = 50
"""Trades in a snapshot."""
CANDLES_SHOWN = 10
"""Intervals that a snapshot of candles reaches back."""
_MOST_TRADES = 1000
"""Trades in one message when much time passes at once."""

Followers = dict[Connection, None]


class Feeds:
    """The public channels."""

    def __init__(self, venue: Venue, faults: Faults) -> None:
        self._venue = venue
        self._faults = faults
        self._followers: dict[tuple[str, str], dict[Feed, Followers]] = {}

    def follow(self, connection: Connection, feed: Feed) -> None:
        """From now on this connection is told."""
        feeds = self._followers.setdefault((feed.channel, feed.symbol), {})
        feeds.setdefault(feed, {})[connection] = None

    def unfollow(self, connection: Connection, feed: Feed) -> None:
        """From now on it is not; it need not have been."""
        feeds = self._followers.get((feed.channel, feed.symbol), {})
        followers = feeds.get(feed)
        if followers is not None:
            followers.pop(connection, None)
            if not followers:
                del feeds[feed]

    def _feeds(self, channel: str, symbol: str) -> list[Feed]:
        if symbol and not self._venue.is_listed(symbol):
            return []
        return list(self._followers.get((channel, symbol), ()))

    def _tell(self, feed: Feed, text: str) -> None:
        for connection in tuple(self._followers[feed.channel, feed.symbol].get(feed, ())):
            connection.send(text)

    def open(self, connection: Connection, feed: Feed, *, snapshot: bool) -> None:
        """Begin a feed that was just acknowledged."""
        fault = self._faults.take_at("subscribe", symbol=feed.symbol, channel=feed.channel)
        if fault is not None:
            return self._spoil_opening(fault, connection, feed)
        self.follow(connection, feed)
        if snapshot:
            connection.send(self.snapshot(feed))
        return None

    def _spoil_opening(self, fault: Fault, connection: Connection, feed: Feed) -> None:
        if fault.kind == "drop_after_ack":
            connection.finish()
        elif fault.kind == "drop_mid_snapshot":
            connection.cut_inside(self.snapshot(feed))

    def snapshot(self, feed: Feed) -> str:
        """Everything that a new follower of the feed must know."""
        venue, symbol = self._venue, feed.symbol
        if feed.channel == "instrument":
            pairs = [(pair, venue.market.status(pair.symbol)) for pair in venue.listed()]
            return ws_messages.instruments("snapshot", venue.assets, pairs, venue.assets)
        pair = venue.pairs[symbol]
        if feed.channel == "book":
            return self._whole_book(pair, int(feed.option))
        if feed.channel == "ticker":
            return self._ticker(pair, "snapshot")
        if feed.channel == "trade":
            shown = venue.market.last_trades(symbol, TRADES_SHOWN)
            return ws_messages.trades(pair, "snapshot", shown)
        minutes = int(feed.option)
        rows = venue.market.candles(symbol, minutes)[-CANDLES_SHOWN:]
        traded = [row for row in rows if row.count]
        return ws_messages.ohlc(pair, "snapshot", minutes, traded, venue.now_ns())

    def _whole_book(self, pair: PairSpec, depth: int) -> str:
        book = self._venue.books[pair.symbol]
        return ws_messages.book(pair, "snapshot", *book.top(depth), book.checksum, book.changed_ns)

    def _ticker(self, pair: PairSpec, kind: str) -> str:
        venue = self._venue
        stats = venue.market.stats(pair.symbol)
        book = venue.books[pair.symbol]
        at_ns = max(stats.last.ns, book.changed_ns)
        cents = venue.volume_usd_cents(pair, stats)
        return ws_messages.ticker(pair, kind, book.best(), stats, cents, at_ns)

    def listing_changed(self, pairs: Sequence[PairSpec], assets: Sequence[AssetSpec] = ()) -> None:
        """Tell that these pairs have another status now, or are new; and so have these assets."""
        venue = self._venue
        update = [(pair, venue.market.status(pair.symbol)) for pair in pairs]
        for feed in self._feeds("instrument", ""):
            self._tell(feed, ws_messages.instruments("update", assets, update, venue.assets))

    def publish(self, happenings: Sequence[Happening], *, coarse: bool = False) -> None:
        """Take in what happened, in order, and tell whoever follows it."""
        best = {symbol: book.best() for symbol, book in self._venue.books.items()}
        traded: dict[str, list[TradePrint]] = {}
        if coarse:
            happenings = condense(happenings)
        for _, together in groupby(happenings, key=_instant):
            prints: list[TradePrint] = []
            for happening in together:
                if isinstance(happening, TradePrint):
                    prints.append(happening)
                else:
                    self._book_changed(happening)
            if prints:
                traded.setdefault(prints[0].symbol, []).extend(prints)
                self._trades_happened(prints)
        for symbol, book in self._venue.books.items():
            self._follow_up(symbol, traded.get(symbol, []), book.best() != best[symbol])

    def _trades_happened(self, prints: list[TradePrint]) -> None:
        symbol = prints[0].symbol
        for feed in self._feeds("trade", symbol):
            for start in range(0, len(prints), _MOST_TRADES):
                some = prints[start : start + _MOST_TRADES]
                self._tell(feed, ws_messages.trades(self._venue.pairs[symbol], "update", some))

    def _follow_up(self, symbol: str, prints: list[TradePrint], touched: bool) -> None:
        pair = self._venue.pairs[symbol]
        for feed in self._feeds("ticker", symbol):
            if prints or (touched and feed.option == "bbo"):
                self._tell(feed, self._ticker(pair, "update"))
        if not prints:
            return
        for feed in self._feeds("ohlc", symbol):
            for text in self._candles(pair, int(feed.option), prints[0].ns // SECOND):
                self._tell(feed, text)

    def _candles(self, pair: PairSpec, minutes: int, since_s: int) -> Iterable[str]:
        """An update for each candle that was traded in since then."""
        rows = [self._venue.market.running_candle(pair.symbol, minutes)]
        if since_s < rows[0].begin_s:
            rows = self._venue.market.candles(pair.symbol, minutes)
        now_ns = self._venue.now_ns()
        for row in rows:
            if row.count and row.begin_s + minutes * 60 > since_s:
                yield ws_messages.ohlc(pair, "update", minutes, [row], now_ns)

    def _book_changed(self, happening: BookDelta | BookReset) -> None:
        pair = self._venue.pairs[happening.symbol]
        feeds = {int(feed.option): feed for feed in self._feeds("book", pair.symbol)}
        if isinstance(happening, BookReset):
            self._venue.reset(happening)
            for depth, feed in feeds.items():
                self._tell(feed, self._whole_book(pair, depth))
            return
        told = self._venue.change(happening, tuple(feeds))
        if not told:
            return
        checksum = self._venue.books[pair.symbol].checksum
        fault = self._faults.take_at("book", symbol=pair.symbol)
        for window in told:
            text = ws_messages.book(
                pair, "update", window.bids, window.asks, checksum, happening.ns
            )
            feed = feeds[window.depth]
            if fault is None:
                self._tell(feed, text)
            else:
                self._spoil_update(fault, feed, text)

    def _spoil_update(self, fault: Fault, feed: Feed, text: str) -> None:
        pair = self._venue.pairs[feed.symbol]
        if fault.kind == "wrong_checksum":
            checksum = self._venue.books[pair.symbol].checksum
            wrong = text.replace(f'"checksum":{checksum}', f'"checksum":{checksum ^ 1}')
            self._tell(feed, wrong)
        elif fault.kind == "duplicate_snapshot":
            self._tell(feed, self._whole_book(pair, int(feed.option)))
        elif fault.kind == "null_fields":
            self._tell(feed, ws_messages.null_book(pair))
        elif fault.kind == "drop_mid_update":
            for connection in tuple(self._followers["book", feed.symbol][feed]):
                connection.cut_inside(text)


def _instant(happening: Happening) -> tuple[str, bool, int]:
    """Trades of one instant belong together; so does, harmlessly, whatever else shares it."""
    return happening.symbol, isinstance(happening, TradePrint), happening.ns


def condense(happenings: Iterable[Happening]) -> list[Happening]:
    """The same outcome in few messages: trades as they were, then each book changed once."""
    prints: list[Happening] = []
    books: dict[str, list[BookDelta | BookReset]] = {}
    for happening in happenings:
        if isinstance(happening, TradePrint):
            prints.append(happening)
        elif isinstance(happening, BookReset):
            books[happening.symbol] = [happening]
        else:
            books.setdefault(happening.symbol, []).append(happening)
    condensed = sorted(prints, key=lambda trade: trade.symbol)
    for symbol, changes in books.items():
        if isinstance(changes[0], BookReset):
            condensed.append(changes.pop(0))
        if changes:
            bids = {ticks: lots for change in changes for ticks, lots in change.bids}
            asks = {ticks: lots for change in changes for ticks, lots in change.asks}
            condensed.append(
                BookDelta(symbol, changes[-1].ns, list(bids.items()), list(asks.items()))
            )
    return condensed
