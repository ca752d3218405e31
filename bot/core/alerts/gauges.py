"""Gauges: conditions that are more than one price. Each says whether it is true now.

Rules: what is measured against a number becomes untrue only when it has come back by 0.1 % of
that number, so that it does not flutter; what cannot be measured now (no book, too few candles)
is neither true nor untrue; a move is measured within its window and begins anew where it was told.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from bot.core.alerts.indicators import values
from bot.core.alerts.words import Condition, Kind, Op, Source
from kraken.core.trading import EXACT
from kraken.core.types import BookView, Candle, Level, Ticker

_HUNDRED = Decimal(100)
_BACK = Decimal("0.001")
_DAY = 86400


class Gauge:
    """One condition; what it cannot use it ignores."""

    def __init__(self, condition: Condition) -> None:
        self.condition = condition
        self.truth: bool | None = None
        self.value: Decimal | None = None

    def trade(self, price: Decimal, qty: Decimal, at: datetime) -> None: ...
    def quote(self, ticker: Ticker) -> None: ...
    def book(self, view: BookView) -> None: ...
    def candle(self, finished: Sequence[Candle]) -> None:
        """The newest of these has just ended."""

    def time(self, now: datetime) -> None: ...
    def begin_anew(self) -> None:
        """It was told."""

    def measure(self, value: Decimal) -> None:
        """Judge by a number."""
        self.value = value
        bound = self.condition.value
        back = EXACT.multiply(abs(bound), _BACK)
        if self.condition.op is Op.ABOVE:
            is_over, is_back = value >= bound, value <= EXACT.subtract(bound, back)
        else:
            is_over, is_back = value <= bound, value >= EXACT.add(bound, back)
        if is_over:
            self.truth = True
        elif is_back or self.truth is None:
            self.truth = False


class _Price(Gauge):
    def trade(self, price: Decimal, qty: Decimal, at: datetime) -> None:
        if self.condition.source is Source.LAST:
            self.measure(price)

    def quote(self, ticker: Ticker) -> None:
        if self.condition.source is Source.BID:
            self.measure(ticker.bid)
        elif self.condition.source is Source.ASK:
            self.measure(ticker.ask)


class _Move(Gauge):
    """The lowest and highest prices of the window, as two rows in which only rivals are kept."""

    def __init__(self, condition: Condition) -> None:
        super().__init__(condition)
        self._window = timedelta(seconds=condition.seconds)
        self._lows: deque[tuple[datetime, Decimal]] = deque()
        self._highs: deque[tuple[datetime, Decimal]] = deque()
        self.truth = False

    def trade(self, price: Decimal, qty: Decimal, at: datetime) -> None:
        self.take(price, price, at)
        rise = _percent(price, self._lows[0][1])
        fall = _percent(price, self._highs[0][1])
        bound, op = self.condition.value, self.condition.op
        if op is not Op.BELOW and rise >= bound:
            self.truth, self.value = True, rise
        elif op is not Op.ABOVE and fall.copy_negate() >= bound:
            self.truth, self.value = True, fall
        else:
            self.truth, self.value = False, max(rise, fall, key=abs)

    def take(self, low: Decimal, high: Decimal, at: datetime) -> None:
        """Prices from then; also of candles, to know a window that began before a restart."""
        while self._lows and self._lows[-1][1] >= low:
            self._lows.pop()
        while self._highs and self._highs[-1][1] <= high:
            self._highs.pop()
        self._lows.append((at, low))
        self._highs.append((at, high))
        for row in (self._lows, self._highs):
            while row[0][0] < at - self._window:
                row.popleft()

    def begin_anew(self) -> None:
        self._lows.clear()
        self._highs.clear()
        self.truth = False


class _Spread(Gauge):
    def __init__(self, condition: Condition) -> None:
        super().__init__(condition)
        self._hold = timedelta(seconds=condition.seconds)
        self._since: datetime | None = None
        self._is_wide: bool | None = None

    def quote(self, ticker: Ticker) -> None:
        if not 0 < ticker.bid <= ticker.ask:
            return
        middle = EXACT.divide(EXACT.add(ticker.bid, ticker.ask), Decimal(2))
        width = EXACT.subtract(ticker.ask, ticker.bid)
        self.truth = self._is_wide
        self.measure(EXACT.divide(EXACT.multiply(width, _HUNDRED), middle))
        self._is_wide = self.truth
        if not self._is_wide:
            self._since = None
        elif self._since is None:
            self._since = ticker.received_at
        self.time(ticker.received_at)

    def time(self, now: datetime) -> None:
        if self._is_wide is not None:
            self.truth = self._since is not None and now - self._since >= self._hold


class _Volume(Gauge):
    def __init__(self, condition: Condition) -> None:
        super().__init__(condition)
        self._window = timedelta(seconds=condition.seconds)
        self._trades: deque[tuple[datetime, Decimal]] = deque()
        self._sum = Decimal(0)
        self._usual = Decimal(0)

    def trade(self, price: Decimal, qty: Decimal, at: datetime) -> None:
        self._trades.append((at, qty))
        self._sum = EXACT.add(self._sum, qty)
        self.time(at)

    def quote(self, ticker: Ticker) -> None:
        share = EXACT.multiply(ticker.volume, Decimal(self.condition.seconds))
        self._usual = EXACT.divide(share, Decimal(_DAY))

    def time(self, now: datetime) -> None:
        while self._trades and self._trades[0][0] < now - self._window:
            self._sum = EXACT.subtract(self._sum, self._trades.popleft()[1])
        if self._usual:
            self.measure(EXACT.divide(self._sum, self._usual))


class _Depth(Gauge):
    def book(self, view: BookView) -> None:
        if not view.bids or not view.asks:
            self.truth = None
            return
        middle = EXACT.divide(EXACT.add(view.bids[0].price, view.asks[0].price), Decimal(2))
        levels = view.bids if self.condition.left == "bids" else view.asks
        reach = EXACT.divide(EXACT.multiply(middle, self.condition.percent), _HUNDRED)
        near = [each for each in levels if abs(EXACT.subtract(each.price, middle)) <= reach]
        sees_all = len(near) < len(levels) or len(levels) < view.depth
        total = _sum(near)
        if not sees_all and total < self.condition.value:
            self.truth = None  # the book that is shown ends before the distance does
            return
        self.measure(total)


class _Candles(Gauge):
    def candle(self, finished: Sequence[Candle]) -> None:
        pairs = list(zip(*(self._series(finished)), strict=True))[-2:]
        now = pairs[-1] if pairs else (None, None)
        before = pairs[0] if len(pairs) > 1 else (None, None)
        self.value = now[0]
        if self.condition.op is Op.CROSS:
            self.truth = _sign(*now) * _sign(*before) < 0
        elif now[0] is None or now[1] is None:
            self.truth = None
        elif self.condition.op is Op.ABOVE:
            self.truth = now[0] > now[1]
        else:
            self.truth = now[0] < now[1]

    def begin_anew(self) -> None:
        if self.condition.op is Op.CROSS:
            self.truth = False  # it lasts a moment only, and the next candle may cross back

    def _series(self, finished: Sequence[Candle]) -> tuple[list[Decimal | None], ...]:
        left = values(self.condition.left, finished)
        if self.condition.right:
            return left, values(self.condition.right, finished)
        return left, [self.condition.value] * len(finished)


_GAUGES: dict[Kind, type[Gauge]] = {
    Kind.PRICE: _Price,
    Kind.MOVE: _Move,
    Kind.SPREAD: _Spread,
    Kind.VOLUME: _Volume,
    Kind.DEPTH: _Depth,
    Kind.CANDLE: _Candles,
}


def gauge_of(condition: Condition) -> Gauge:
    """The gauge of a condition; steps and new highs are prices and have none."""
    return _GAUGES[condition.kind](condition)


def remember(gauge: Gauge, candles: Sequence[Candle], since: datetime) -> None:
    """Show a move what happened within its window before anybody looked."""
    if isinstance(gauge, _Move):
        for candle in candles:
            if candle.begin >= since:
                gauge.take(candle.low, candle.high, candle.begin)


def _percent(price: Decimal, of: Decimal) -> Decimal:
    change = EXACT.multiply(EXACT.subtract(price, of), _HUNDRED)
    return EXACT.divide(change, of) if of else Decimal(0)


def _sum(levels: Sequence[Level]) -> Decimal:
    total = Decimal(0)
    for level in levels:
        total = EXACT.add(total, level.qty)
    return total


def _sign(left: Decimal | None, right: Decimal | None) -> int:
    if left is None or right is None:
        return 0
    return (left > right) - (left < right)
