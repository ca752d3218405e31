"""Engine: all alerts of one pair, and what of them comes true with each thing that happens.

Rules: a trade that reaches nothing costs two comparisons, however many alerts wait; what comes
true comes out once, in the order in which the price passed it; an alert that is told once is
dropped here when it has come true; an alert is not judged by trades that it has seen already, so
that a past may be played again from any earlier trade.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.alerts.gauges import Gauge, gauge_of, remember
from bot.core.alerts.levels import Levels
from bot.core.alerts.marks import Mark, marks_of, reached, settled
from bot.core.alerts.trust import Trust
from bot.core.alerts.words import (
    Alert,
    Condition,
    Crossing,
    Kind,
    Newest,
    Progress,
    Source,
)
from kraken.core.types import BookView, Candle, Ticker, Trade

_DOUBTED = timedelta(seconds=10)
"""So long a trade that was not believed may still be confirmed."""
_MOST_DOUBTED = 50
_NONE: tuple[Crossing, ...] = ()


@dataclass(slots=True)
class _Waiting:
    """An alert that waits for prices."""

    condition: Condition
    repeats: bool
    progress: Progress
    marks: Sequence[Mark] = ()


class _Watcher:
    """An alert of gauges."""

    def __init__(self, alert: Alert) -> None:
        self.alert_id = alert.id
        self.repeats = alert.wish.options.repeats
        self.progress = alert.progress
        self.gauges = [gauge_of(condition) for condition in alert.wish.conditions]
        self._all = alert.wish.joiner != "or"
        armed = alert.progress.armed
        self._was: bool | None = None if armed is None else not armed

    def judge(self, at: datetime) -> Crossing | None:
        """Whether it has become true just now."""
        truths = [gauge.truth for gauge in self.gauges]
        decided = [truth for truth in truths if truth is not None]
        if self._all:
            now = False if False in decided else None if len(decided) < len(truths) else True
        else:
            now = True if True in decided else None if len(decided) < len(truths) else False
        if now is None:
            return None
        was, self._was = self._was, now
        self.progress = replace(self.progress, armed=not now)
        if not now or was is not False:
            return None
        gauge = next(each for each in self.gauges if each.truth)
        crossing = Crossing(self.alert_id, at, gauge.value, goes_up=(gauge.value or 0) >= 0)
        for each in self.gauges:
            each.begin_anew()
        if all(each.truth is False for each in self.gauges):
            self._was = False
            self.progress = replace(self.progress, armed=True, since=at)
        return crossing

    def looks_at(self, *kinds: Kind) -> bool:
        return any(gauge.condition.kind in kinds for gauge in self.gauges)


class Engine:
    """The alerts of one pair."""

    def __init__(self, tick: Decimal, newest: Newest | None = None) -> None:
        self.newest: Newest | Trade | None = newest
        """The newest trade that was seen."""
        self.touched: set[int] = set()
        """Alerts whose progress has changed since whoever keeps it took them out of here."""
        self._tick = tick
        self._trust = Trust(newest.price if newest else None)
        self._distrusted: Trade | None = None
        self._levels = {source: Levels() for source in Source}
        self._of_trades = self._levels[Source.LAST]
        self._waiting: dict[int, _Waiting] = {}
        self._watchers: dict[int, _Watcher] = {}
        self._open: dict[int, Source] = {}
        """Alerts whose first price, or first trade that they have not seen, is still to come."""
        self._doubted: list[Trade] = []
        self._is_simple = True

    def __len__(self) -> int:
        return len(self._waiting) + len(self._watchers)

    @property
    def cursor(self) -> int:
        """The number of the newest trade; 0 before the first."""
        return self.newest.trade_id if self.newest is not None else 0

    def add(self, alert: Alert) -> None:
        """Judge by what comes from here on, or from the trade on that it has seen last."""
        self.remove(alert.id)
        if alert.wish.is_level:
            condition = alert.wish.conditions[0]
            waiting = _Waiting(condition, alert.wish.options.repeats, alert.progress)
            self._waiting[alert.id] = waiting
            if alert.progress.armed is None or alert.progress.seen > self.cursor:
                self._open[alert.id] = condition.source
            else:
                self._put(alert.id, waiting)
        else:
            self._watchers[alert.id] = _Watcher(alert)
        self._look()

    def load(self, alerts: Iterable[Alert]) -> None:
        """Add many that wait for trades at once."""
        ups: list[tuple[Decimal, int]] = []
        downs: list[tuple[Decimal, int]] = []
        for alert in alerts:
            condition = alert.wish.conditions[0]
            marks = marks_of(condition, alert.progress, self._tick)
            waiting = _Waiting(condition, alert.wish.options.repeats, alert.progress, marks)
            self._waiting[alert.id] = waiting
            for mark in marks:
                (ups if mark.up else downs).append((mark.level, alert.id))
        self._of_trades.load(ups, downs)

    def remove(self, alert_id: int) -> None:
        """Judge it no more."""
        waiting = self._waiting.pop(alert_id, None)
        if waiting is not None:
            self._take_away(alert_id, waiting)
        self._watchers.pop(alert_id, None)
        self._open.pop(alert_id, None)
        self._look()

    def progress(self, alert_id: int) -> Progress | None:
        """How far it is; None when it is not judged here."""
        waiting = self._waiting.get(alert_id) or self._watchers.get(alert_id)
        if waiting is None:
            return None
        return replace(waiting.progress, seen=max(self.cursor, waiting.progress.seen))

    def remember(self, alert_id: int, candles: Sequence[Candle], since: datetime) -> None:
        """What happened within the windows of an alert before it was watched."""
        watcher = self._watchers.get(alert_id)
        for gauge in watcher.gauges if watcher else ():
            remember(gauge, candles, since)

    def prime(self, alert_id: int, finished: Sequence[Candle]) -> None:
        """How it was at the end of the last candle before an alert was made: that is no news."""
        watcher = self._watchers.get(alert_id)
        if watcher is None:
            return
        for gauge in watcher.gauges:
            if gauge.condition.interval == finished[-1].interval.value:
                gauge.candle(finished)
        watcher.judge(finished[-1].begin)

    # -- what happens

    def trade(self, trade: Trade, *, live: bool = True) -> Sequence[Crossing]:
        """Somebody traded; not ``live``: a while ago, so that the best prices say nothing."""
        price, before, self.newest = trade.price, self.newest, trade
        levels = self._of_trades
        if self._is_simple and levels.low < price < levels.high:
            return _NONE
        if before is not None and before is not self._distrusted:
            self._trust.last = self._trust.before = before.price
        if self._trust.believes(price, trade.at, live=live):
            return self._believe(trade)
        self._trust.before, self._distrusted = price, trade
        if live:
            self._doubted = [*self._doubted[-_MOST_DOUBTED:], trade]
        return _NONE

    def quote(self, ticker: Ticker) -> Sequence[Crossing]:
        """The best prices."""
        if not 0 < ticker.bid <= ticker.ask:
            return _NONE
        at = ticker.received_at
        self._trust.quote(ticker.bid, ticker.ask, at)
        found = self._confirm(at)
        for source, price in ((Source.BID, ticker.bid), (Source.ASK, ticker.ask)):
            self._settle(source, price)
            found += self._hits(source, price, at)
        return found + self._judge(lambda gauge: gauge.quote(ticker), at)

    def book(self, view: BookView) -> Sequence[Crossing]:
        """The book has changed."""
        return self._judge(lambda gauge: gauge.book(view), view.received_at, Kind.DEPTH)

    def candle(self, finished: Sequence[Candle]) -> Sequence[Crossing]:
        """The last of these has ended; the others came before it."""
        newest = finished[-1]
        end = newest.begin + newest.interval.length
        interval = newest.interval.value
        found: list[Crossing] = []
        for watcher in list(self._watchers.values()):
            since = watcher.progress.since
            if since is not None and end <= since:
                continue
            gauges = [g for g in watcher.gauges if g.condition.interval == interval]
            for gauge in gauges:
                gauge.candle(finished)
            if gauges:
                watcher.progress = replace(watcher.progress, since=end)
                self.touched.add(watcher.alert_id)
                found += self._verdict(watcher, end)
        return found

    def pass_time(self, now: datetime) -> Sequence[Crossing]:
        """Nothing else has happened for a while."""
        return self._judge(lambda gauge: gauge.time(now), now, Kind.SPREAD, Kind.VOLUME)

    def intervals(self) -> set[int]:
        """The lengths of candles, in minutes, that are asked for."""
        found = {g.condition.interval for w in self._watchers.values() for g in w.gauges}
        return found - {0}

    def wants_book(self) -> bool:
        """Whether anybody asks for the book."""
        return any(watcher.looks_at(Kind.DEPTH) for watcher in self._watchers.values())

    # -- inside

    def _confirm(self, now: datetime) -> list[Crossing]:
        """Look again at trades that the best prices did not confirm when they came."""
        doubted, self._doubted = self._doubted, []
        found: list[Crossing] = []
        for trade in doubted:
            if self._trust.believes(trade.price, now, live=True):
                found += self._believe(trade)
            elif now - trade.at < _DOUBTED:
                self._doubted.append(trade)
        return found

    def _believe(self, trade: Trade) -> list[Crossing]:
        self._trust.last = self._trust.before = trade.price
        self._settle(Source.LAST, trade.price, trade.trade_id)
        found = self._hits(Source.LAST, trade.price, trade.at)
        price, qty, at = trade.price, trade.qty, trade.at
        for watcher in list(self._watchers.values()):
            if watcher.progress.seen < trade.trade_id:
                for gauge in watcher.gauges:
                    gauge.trade(price, qty, at)
                found += self._verdict(watcher, at)
        return found

    def _settle(self, source: Source, price: Decimal, trade_id: int | None = None) -> None:
        """Let those begin that waited for their first price."""
        for alert_id in [each for each, its in self._open.items() if its is source]:
            waiting = self._waiting[alert_id]
            if trade_id is not None and trade_id <= waiting.progress.seen:
                continue
            waiting.progress = settled(waiting.condition, waiting.progress, price)
            self.touched.add(alert_id)
            del self._open[alert_id]
            self._put(alert_id, waiting)
            self._look()

    def _hits(self, source: Source, price: Decimal, at: datetime) -> list[Crossing]:
        found: list[Crossing] = []
        for alert_id, up in self._levels[source].take(price):
            waiting = self._waiting[alert_id]
            if len(waiting.marks) > 1:
                self._take_away(alert_id, waiting)
            waiting.progress, is_crossing = reached(
                waiting.condition, waiting.progress, self._tick, price, up=up
            )
            self.touched.add(alert_id)
            if is_crossing:
                found.append(Crossing(alert_id, at, price, goes_up=up))
            if is_crossing and not waiting.repeats:
                del self._waiting[alert_id]
            else:
                self._put(alert_id, waiting)
        return found

    def _judge(self, tell: Callable[[Gauge], None], at: datetime, *kinds: Kind) -> list[Crossing]:
        found: list[Crossing] = []
        for watcher in list(self._watchers.values()):
            if not kinds or watcher.looks_at(*kinds):
                for gauge in watcher.gauges:
                    tell(gauge)
                found += self._verdict(watcher, at)
        return found

    def _verdict(self, watcher: _Watcher, at: datetime) -> list[Crossing]:
        before = watcher.progress
        crossing = watcher.judge(at)
        if watcher.progress != before:
            self.touched.add(watcher.alert_id)
        if crossing is None:
            return []
        if not watcher.repeats:
            self.remove(watcher.alert_id)
        return [crossing]

    def _put(self, alert_id: int, waiting: _Waiting) -> None:
        waiting.marks = marks_of(waiting.condition, waiting.progress, self._tick)
        for mark in waiting.marks:
            self._levels[waiting.condition.source].add(mark.level, alert_id, up=mark.up)

    def _take_away(self, alert_id: int, waiting: _Waiting) -> None:
        for mark in waiting.marks:
            self._levels[waiting.condition.source].discard(mark.level, alert_id, up=mark.up)

    def _look(self) -> None:
        self._is_simple = not self._watchers and not self._open
