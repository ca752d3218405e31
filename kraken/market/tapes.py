"""Tapes: tickers, trades and candles as they come, and when each was heard last.

All three change with a trade of their pair. So a trade that REST knows and a tape does not have is
the proof that the tape is dead; without one, silence only means that nobody trades.
"""

from datetime import datetime
from operator import attrgetter
from typing import Any, TypeAlias

from kraken.core.events import (
    CandlesChanged,
    CandleWant,
    TickerChanged,
    TickerWant,
    TradesHappened,
    TradeWant,
)
from kraken.core.types import Candle, Ticker, Trade
from kraken.watch import Watch

TapeWant: TypeAlias = TickerWant | TradeWant | CandleWant

TRADES_KEPT = 200


class Tapes:
    """The watches of every ticker, trade list and candle that is subscribed."""

    def __init__(self) -> None:
        self._watches: dict[TapeWant, Watch[Any]] = {}
        self._heard_at: dict[TapeWant, datetime] = {}
        self._missing_since: dict[TapeWant, datetime] = {}
        self._reaches_to: dict[TapeWant, datetime] = {}

    def add(self, want: TapeWant, watch: Watch[Any], now: datetime) -> None:
        """From now on this watch has the newest value."""
        self._watches[want] = watch
        self._heard_at[want] = now
        # Every ticker begins with a snapshot; a pair that never traded has nothing else to say.
        if isinstance(want, TickerWant):
            self._missing_since[want] = now

    def remove(self, want: TapeWant) -> None:
        """Nobody reads this any more."""
        del self._watches[want]
        self.given_up(want)

    def given_up(self, want: TapeWant) -> None:
        """Nothing of this is to be expected for a while."""
        self._heard_at.pop(want, None)
        self._missing_since.pop(want, None)
        self._reaches_to.pop(want, None)

    def asked_anew(self, want: TapeWant, now: datetime) -> None:
        """This was dead and has been subscribed again: a snapshot is expected."""
        self._missing_since.setdefault(want, now)

    def heard_at(self) -> dict[TapeWant, datetime]:
        """When something of each tape came last, or when it was subscribed."""
        return self._heard_at

    def missing_since(self, connected_at: datetime) -> dict[TapeWant, datetime]:
        """Since when, on this connection, each expected tape has not come."""
        return {want: max(since, connected_at) for want, since in self._missing_since.items()}

    def reaches_to(self, want: TapeWant) -> datetime:
        """Up to when all trades are in this tape, by Kraken's clock where it told."""
        value = self.value(want)
        if isinstance(value, Ticker) and value.at is not None:
            return value.at
        if isinstance(value, tuple) and value:
            newest: Trade = value[-1]
            return newest.at
        return self._reaches_to.get(want, self._heard_at[want])

    def value(self, want: TapeWant) -> Any:
        """The newest value of this tape; None if there is none or it is not subscribed."""
        watch = self._watches.get(want)
        return None if watch is None else watch.value

    def take_ticker(self, event: TickerChanged) -> None:
        """The newest ticker counts."""
        self._set(TickerWant(event.ticker.symbol), event.ticker, event.ticker.received_at)

    def take_trades(self, event: TradesHappened, now: datetime) -> None:
        """Trades by their id, because the snapshot after a reconnect repeats some.

        If it does not reach back to those before, they are forgotten: the list has no hole.
        """
        want = TradeWant(event.symbol)
        before: tuple[Trade, ...] = self.value(want) or ()
        follows = bool(event.trades and before) and (
            event.trades[0].trade_id <= before[-1].trade_id + 1
        )
        if event.snapshot and event.trades and not follows:
            before = ()
        known = {trade.trade_id: trade for trade in (*before, *event.trades)}
        newest = sorted(known.values(), key=attrgetter("trade_id"))[-TRADES_KEPT:]
        self._set(want, tuple(newest), now)

    def take_candles(self, event: CandlesChanged, now: datetime) -> None:
        """The running candle, which never goes back to an earlier one."""
        want = CandleWant(event.symbol, event.interval)
        known: Candle | None = self.value(want)
        newest = max(event.candles, key=attrgetter("begin"), default=None)
        if newest is not None and (known is None or newest.begin >= known.begin):
            self._set(want, newest, now)
            # A candle says when it began only, and our clock may be slower than Kraken's.
            if event.at is not None and want in self._watches:
                self._reaches_to[want] = event.at

    def _set(self, want: TapeWant, value: object, now: datetime) -> None:
        watch = self._watches.get(want)
        if watch is not None:
            self._heard_at[want] = now
            self._missing_since.pop(want, None)
            watch.set(value)
