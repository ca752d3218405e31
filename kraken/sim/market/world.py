"""The simulated market: many pairs that move together, and only when told how late it is.

Rules:

* Everything follows from the seed, the start and the calls: no clock, no other chance.
* Prices of all pairs are ratios of the same hidden values, so cross rates agree.
* What is told is true together: trades happen at prices of the book, candles and statistics are
  sums of trades, also of those before the start (two years back).

Times are nanoseconds since 1970, prices ticks, quantities lots.
"""

from collections.abc import Iterator, Sequence
from heapq import heapify, heapreplace
from itertools import islice
from math import ceil, exp, log

from kraken.sim.listing import PAIRS, PairSpec
from kraken.sim.market import character
from kraken.sim.market.candles import Candles
from kraken.sim.market.flow import Flow
from kraken.sim.market.history import PairPast
from kraken.sim.market.history_values import Pasts
from kraken.sim.market.replay import ReplayFeed
from kraken.sim.market.replayed_flow import ReplayedFlow
from kraken.sim.market.tape import INTERVALS, Tape
from kraken.sim.market.types import (
    BUY,
    MINUTE,
    SECOND,
    SELL,
    BookDelta,
    BookReset,
    CandleRow,
    Happening,
    Levels,
    Stats,
    TradePrint,
    dice,
)
from kraken.sim.market.values import Values

__all__ = [
    "INTERVALS",
    "BookDelta",
    "BookReset",
    "CandleRow",
    "Happening",
    "Levels",
    "Stats",
    "TradePrint",
    "World",
]

_STEP = SECOND // 4
_DETAILED = 100 * SECOND  # a leap longer than this is told with fewer book changes
_ALL_ORDERS = 1500 * SECOND  # and one longer than this with fewer trades
_STEPS = 3000  # in the greatest leaps; shorter ones have at least one a minute
_TOO_FAR = 1.7  # bands from fair value at which someone acts at once
_STEPS_OF_A_MOVE = 24
"""The most: a fast market does not stop at every price. Somebody takes all that is in the way of
a step at once, makers quote anew behind, and those who follow the book hear of that two times."""
_STEP_OF_A_MOVE = 2e-4  # of the price; a small move needs fewer of them
_DAYS_LISTED = 3000  # how long trade ids have been counted


class World:
    """Every pair's book, trades and candles; ``tick`` lets time pass."""

    def __init__(
        self,
        *,
        seed: int,
        start_ns: int,
        pairs: Sequence[PairSpec] = PAIRS,
        replay: ReplayFeed | None = None,
    ) -> None:
        self.now_ns = start_ns
        self.pairs: dict[str, PairSpec] = {pair.symbol: pair for pair in pairs}
        self._happened: list[Happening] = []
        self._status = dict.fromkeys(self.pairs, "online")
        self._opened = start_ns // MINUTE
        names = sorted({name for pair in pairs for name in (pair.base, pair.quote)})
        start = {name: _start(seed, name) for name in names}
        self._replay: ReplayedFlow | None = None
        if replay is not None:
            spec = self.pairs[replay.spec.symbol]
            start[spec.base] = log(replay.mid / 10**spec.price_decimals) + start[spec.quote]
        self._values = Values(dice(seed, "values"), start)
        pasts = Pasts(seed, self._opened, start)
        self._flows: dict[str, Flow | ReplayedFlow] = {}
        self._tapes: dict[str, Tape] = {}
        self._pasts: dict[str, PairPast] = {}
        self._candles: dict[str, Candles] = {}
        for pair in pairs:
            self._list(seed, pair, pasts, replay)
        self._order = [self._flows[pair.symbol] for pair in pairs]
        self._next_step = start_ns - start_ns % _STEP + _STEP
        self._plan()

    def _list(
        self,
        seed: int,
        pair: PairSpec,
        pasts: Pasts,
        replay: ReplayFeed | None,
    ) -> None:
        symbol = pair.symbol
        temper = character.PAIRS.get(symbol, character.UNKNOWN_PAIR)
        base_usd = exp(self._values.log[pair.base])
        a_day = character.prints_per_s(temper, pair.base, pair.quote) * 86_400
        first_id = int(a_day * _DAYS_LISTED)
        tape = self._tapes[symbol] = Tape()
        self._pasts[symbol] = PairPast(
            seed,
            pair,
            temper,
            pasts,
            base_usd=base_usd,
            first_live_id=first_id,
        )
        self._candles[symbol] = Candles(self._pasts[symbol], tape)
        rng = dice(seed, "flow", symbol)
        if replay is not None and replay.spec.symbol == symbol:
            self._replay = self._flows[symbol] = ReplayedFlow(
                replay, rng, start_ns=self.now_ns, first_trade_id=first_id, emit=self._record
            )
            return
        self._flows[symbol] = Flow(
            pair,
            temper,
            rng,
            fair=self._fair(pair),
            base_usd=base_usd,
            first_trade_id=first_id,
            emit=self._record,
        )
        self._flows[symbol].changed_ns = self.now_ns

    # -- time ---------------------------------------------------------------------------------

    def tick(self, until_ns: int) -> list[Happening]:
        """Let the market live until then; what happened, in order of time.

        A leap of more than 100 s is told with fewer changes of the books, one of more than 25
        minutes also with fewer trades. Time never runs backwards: an earlier time
        than ``now_ns`` changes nothing.
        """
        if until_ns <= self.now_ns:
            return []
        span = until_ns - self.now_ns
        leaping = span > _DETAILED
        if leaping:
            if self._replay is not None:
                self._replay.skip(until_ns)
            for flow in self._order:
                flow.leap(span / _DETAILED, max(1.0, span / _ALL_ORDERS))
        self._run(until_ns, _STEP * max(1, min(240, span // _DETAILED), span // (_STEPS * _STEP)))
        self.now_ns = until_ns
        if leaping:
            for flow in self._order:
                flow.land(until_ns)
            self._plan()
        return self._told()

    def _run(self, until_ns: int, step: int) -> None:
        agenda, values = self._agenda, self._values
        while True:
            ns, index = agenda[0]
            if self._next_step <= min(ns, until_ns):
                self._step(step)
                continue
            if ns > until_ns:
                return
            flow = self._order[index]
            # Users' trades may have used up this instant already.
            self.now_ns = ns = max(ns, self.now_ns)
            flow.happen(ns, self._fair(flow.spec))
            if isinstance(flow, ReplayedFlow):
                self._anchor(flow)
            heapreplace(agenda, (flow.next_ns(ns, values.activity), index))

    def _step(self, step: int) -> None:
        """Values move; where a pair is far off, someone notices."""
        self.now_ns = ns = max(self._next_step, self.now_ns)
        self._values.step(ns / SECOND, step / SECOND)
        for flow in self._order:
            fair = self._fair(flow.spec)
            if abs(flow.drift(fair)) > _TOO_FAR:
                flow.follow(ns, fair)
        self._next_step += step

    def _anchor(self, flow: ReplayedFlow) -> None:
        """The recorded asset is worth what the recording says, on every pair."""
        pair = flow.spec
        way = log(flow.book.mid / self._fair(pair))
        self._values.shift(pair.base, way)

    def _plan(self) -> None:
        """What happens next on each pair."""
        activity = self._values.activity
        self._agenda = [
            (flow.next_ns(self.now_ns, activity), index) for index, flow in enumerate(self._order)
        ]
        heapify(self._agenda)

    def _fair(self, pair: PairSpec) -> float:
        """Fair value in ticks."""
        ratio: float = exp(self._values.ratio(pair.base, pair.quote))
        return float(max(1.0, ratio * 10**pair.price_decimals))

    def _record(self, happening: Happening) -> None:
        self._happened.append(happening)
        if isinstance(happening, TradePrint):
            self._tapes[happening.symbol].add(happening)

    def _told(self) -> list[Happening]:
        happened = self._happened
        self._happened = []
        return happened

    # -- books --------------------------------------------------------------------------------

    def book(self, symbol: str) -> tuple[Levels, Levels]:
        """Bids and asks, best first: (ticks, lots)."""
        book = self._flows[symbol].book
        return list(book.bids), list(book.asks)

    def top(self, symbol: str, count: int) -> tuple[Levels, Levels]:
        """That many of the best bids and asks."""
        book = self._flows[symbol].book
        return list(islice(book.bids, count)), list(islice(book.asks, count))

    def book_changed_ns(self, symbol: str) -> int:
        """When the book last changed."""
        return self._flows[symbol].changed_ns

    def take(
        self, symbol: str, side: str, lots: int, limit_ticks: int | None = None
    ) -> list[Happening]:
        """Let someone take from the book; trades are printed, what is not filled is forgotten."""
        self.now_ns += 1_000
        self._flows[symbol].take(self.now_ns, side, lots, limit_ticks)
        return self._told()

    def next_trade_id(self, symbol: str) -> int:
        """A number for a trade that is about to be printed by :meth:`print_trade`."""
        flow = self._flows[symbol]
        flow.next_trade_id += 1
        return flow.next_trade_id - 1

    def lots_at(self, symbol: str, side: str, ticks: int) -> int:
        """What rests at that price."""
        return self._flows[symbol].book.ladder(side).lots(ticks)

    def take_out(self, symbol: str, side: str, ticks: int, lots: int) -> None:
        """Remove that much of what rests at that price; whoever does it tells of it."""
        book = self._flows[symbol].book
        book.put(side, ticks, max(0, book.ladder(side).lots(ticks) - lots))
        book.changes()

    def print_trade(self, trade: TradePrint) -> None:
        """Take in a trade that was made elsewhere, of now and with a number of its own."""
        self._tapes[trade.symbol].add(trade)

    def way(self, symbol: str, price_ticks: int) -> list[int]:
        """The prices at which a fast market trades one after the other until it is there.

        Raises:
            ValueError: the price is not a positive number of ticks, or the pair is replayed.
        """
        flow = self._movable(symbol)
        if price_ticks < 1:
            raise ValueError(f"{symbol}: a price of {price_ticks} ticks")
        fair = self._fair(flow.spec)
        length = log(price_ticks / fair)
        steps = min(_STEPS_OF_A_MOVE, ceil(abs(length) / _STEP_OF_A_MOVE))
        between = (round(fair * exp(length * step / steps)) for step in range(1, steps))
        low, high = sorted((flow.book.mid, price_ticks))
        return [*dict.fromkeys(ticks for ticks in between if low < ticks < high), price_ticks]

    def step(self, symbol: str, price_ticks: int) -> Iterator[list[Happening]]:
        """Take the market to a price of its way: first the quotes are there, then a trade is.

        The value of the pair's base moves, so every pair of that asset goes along.
        """
        flow = self._movable(symbol)
        pair = flow.spec
        side = BUY if price_ticks >= flow.book.mid else SELL
        self._values.shift(pair.base, log(price_ticks / self._fair(pair)))
        self.now_ns += 10_000
        flow.quote_at(self.now_ns, side, price_ticks)
        yield self._told()
        self.now_ns += 10_000
        flow.trade_at(self.now_ns, side, price_ticks)
        for other in self._order:
            if other is not flow and pair.base in (other.spec.base, other.spec.quote):
                self.now_ns += 10_000
                other.follow(self.now_ns, self._fair(other.spec))
        self._next_step = max(self._next_step, self.now_ns + 1)
        yield self._told()

    def _movable(self, symbol: str) -> Flow:
        flow = self._flows[symbol]
        if isinstance(flow, ReplayedFlow):
            raise ValueError(f"{symbol} plays a recording and cannot be moved")
        return flow

    def status(self, symbol: str) -> str:
        """What the pair accepts: ``online``, ``cancel_only``, ``post_only``, ..."""
        return self._status[symbol]

    def set_status(self, symbol: str, status: str) -> None:
        """Change what the pair accepts; its market lives on."""
        if symbol not in self._status:
            raise KeyError(symbol)
        self._status[symbol] = status

    def rename(self, symbol: str, pair: PairSpec) -> None:
        """The market of a pair goes on as ``pair``, which differs from it in nothing but names.

        Its past can still be looked up under the old name.
        """
        flow, name = self._flows[symbol], pair.symbol
        if pair.base not in self._values.log:
            self._values.rename(flow.spec.base, pair.base)
        self.pairs[name] = flow.spec = pair
        self._flows[name] = flow
        self._tapes[name] = self._tapes[symbol]
        self._pasts[name] = self._pasts[symbol]
        self._candles[name] = self._candles[symbol]
        self._status[name] = self._status[symbol]

    # -- trades -------------------------------------------------------------------------------

    def trades_since(self, symbol: str, since_ns: int, count: int = 1000) -> list[TradePrint]:
        """At most so many trades later than that, oldest first; two years back."""
        found: list[TradePrint] = []
        tape = self._tapes[symbol]
        if since_ns < self._opened * MINUTE and not tape.dropped:
            found = self._pasts[symbol].trades_since(since_ns, count)
        found.extend(tape.since(since_ns, count - len(found)))
        return found

    def last_trades(self, symbol: str, count: int = 50) -> list[TradePrint]:
        """The newest trades, oldest first."""
        prints = self._tapes[symbol].prints[-count:]
        if len(prints) < count:
            prints = self._pasts[symbol].last_trades(count - len(prints)) + prints
        return prints

    # -- candles ------------------------------------------------------------------------------

    def candles(self, symbol: str, minutes: int, since_s: int | None = None) -> list[CandleRow]:
        """At most 721 candles, oldest first; the last one is running.

        With ``since_s`` only those that begin later.

        Raises:
            KeyError: no such pair, or not one of the nine intervals.
        """
        return self._candles[symbol].rows(minutes, self.now_ns // SECOND, since_s)

    def running_candle(self, symbol: str, minutes: int) -> CandleRow:
        """The candle of this moment; empty at the last price when nobody traded in it yet."""
        return self._candles[symbol].running(minutes, self.now_ns // SECOND)

    def stats(self, symbol: str) -> Stats:
        """Today since 00:00 UTC, the last 24 hours, and the last trade."""
        return self._candles[symbol].stats(self.now_ns // SECOND)


def _start(seed: int, name: str) -> float:
    """Log of what an asset is worth when the market opens: usual, give or take a little."""
    usual = character.ASSETS.get(name, character.UNKNOWN_ASSET)
    return log(usual.usd) + dice(seed, "start", name).gauss(0.0, 1.2 * usual.own_daily)
