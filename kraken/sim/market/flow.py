"""The people who trade one simulated pair: makers who quote, takers who print trades.

Rules:

* The book never crosses, and every trade happens at a price that rested in the book.
* Quotes follow the fair value of the pair: takers sweep what became too cheap, makers pull the
  rest and quote anew behind; within a band around fair value the touch stays where it is.
* Each side keeps more levels than the deepest subscription shows.
"""

from collections.abc import Callable
from math import exp
from random import Random

from kraken.sim.listing import PairSpec
from kraken.sim.market.book import Book, Ladder
from kraken.sim.market.character import PairCharacter
from kraken.sim.market.sizes import Sizes
from kraken.sim.market.types import BUY, SECOND, SELL, BookDelta, Happening, TradePrint, opposite

_FEWEST, _REFILLED, _MOST = 1030, 1120, 1450
_QUOTED_LEAPING = 3  # levels that a quote brings along in a great leap: nobody sees the others
_SPAN = 0.06  # a side of the book reaches about this far from the touch, as a part of the price
_HEAT_S = 15.0
_SWEPT = 0.4  # how often a move of fair value is traded; else makers are quick enough
_CLUMP = 0.35  # share of changes that come within milliseconds of the one before


class Flow:
    """One pair's book and the flow of orders into it; ``emit`` gets what happens."""

    def __init__(
        self,
        spec: PairSpec,
        character: PairCharacter,
        rng: Random,
        *,
        fair: float,
        base_usd: float,
        first_trade_id: int,
        emit: Callable[[Happening], None],
    ) -> None:
        self.spec = spec
        self.character = character
        self.book = Book()
        self.changed_ns = 0
        self.next_trade_id = first_trade_id
        self._rng = rng
        self._emit = emit
        self._sizes = Sizes(rng, spec, character, base_usd)
        self._heat = 0.0
        self._heat_ns = 0
        self._mood = BUY
        self.thin = 1.0
        self.thin_orders = 1.0
        self._is_shallow = False
        self._spread_at_start(fair)

    # -- time ---------------------------------------------------------------------------------

    def leap(self, thin: float, thin_orders: float) -> None:
        """Divide the rates of changes and of orders: great leaps of time are told coarsely.

        With fewer orders the book is not kept deep meanwhile: that would cost more than all else.
        """
        self.thin, self.thin_orders = thin, thin_orders
        self._is_shallow = thin_orders > 1.0

    def land(self, now_ns: int) -> None:
        """The leap is over: usual rates, and a book as deep and dense as ever."""
        self.thin = self.thin_orders = 1.0
        if not self._is_shallow:
            return
        self._is_shallow = False
        for side in (BUY, SELL):
            ladder = self.book.ladder(side)
            for ticks in ladder.far_end(len(ladder) - 1):
                self.book.put(side, ticks, 0)
            self._keep_depth(ladder, side)
        self._publish(now_ns)

    def next_ns(self, now_ns: int, activity: float) -> int:
        """When something happens here next."""
        rng = self._rng
        changes, orders = self._rates()
        rate = (changes + orders) * activity * self._hot(now_ns)
        if rng.random() < _CLUMP:
            return now_ns + int(rng.random() * 0.004 * self.thin * SECOND) + 1_000
        return now_ns + int(rng.expovariate(rate * (1 - _CLUMP)) * SECOND) + 1_000

    def _rates(self) -> tuple[float, float]:
        character = self.character
        return character.changes_per_s / self.thin, character.orders_per_s / self.thin_orders

    def _hot(self, now_ns: int) -> float:
        passed = (now_ns - self._heat_ns) / SECOND
        if passed > 0:
            self._heat *= exp(-passed / _HEAT_S)
            self._heat_ns = now_ns
        return 0.62 + self._heat

    # -- what happens -------------------------------------------------------------------------

    def happen(self, now_ns: int, fair: float) -> None:
        """One order of someone, and what quotes make of the fair value."""
        changes, orders = self._rates()
        if self._rng.random() * (changes + orders) < orders:
            self._market_order(now_ns)
        else:
            self._change_quotes(fair)
        self._follow(now_ns, fair)
        self._publish(now_ns)

    def follow(self, now_ns: int, fair: float) -> None:
        """Bring the quotes to the fair value."""
        self._follow(now_ns, fair)
        self._publish(now_ns)

    def drift(self, fair: float) -> float:
        """How far fair value is from the quotes, in bands."""
        return (fair - self.book.mid) / self._band()

    def take(self, now_ns: int, side: str, lots: int, limit_ticks: int | None = None) -> int:
        """Take from the book as a market or limit order would; lots that were filled."""
        ord_type = "market" if limit_ticks is None else "limit"
        filled = self._take(now_ns, side, lots, limit_ticks, ord_type)
        self._publish(now_ns)
        return filled

    def quote_at(self, now_ns: int, side: str, ticks: int) -> None:
        """Makers leave what is in the way of takers of that side, and quote around the price."""
        book, others = self.book, opposite(side)
        for price in book.ladder(others).better_than(ticks):
            book.put(others, price, 0)
        if not book.ladder(others).lots(ticks):
            book.put(others, ticks, self._sizes.resting(ticks, 0))
        self._quote(side, ticks - 1 if side == BUY else ticks + 1)
        self._keep_depth(book.bids, BUY)
        self._keep_depth(book.asks, SELL)
        self._publish(now_ns)

    def trade_at(self, now_ns: int, side: str, ticks: int) -> None:
        """Somebody takes what rests at that price; quotes stay around it."""
        resting = self.book.ladder(opposite(side))
        self._take(now_ns, side, resting.lots(ticks), ticks, "market")
        self._quote_both(float(ticks))
        self._publish(now_ns)

    def _market_order(self, now_ns: int) -> None:
        rng = self._rng
        if rng.random() < 0.4:
            self._mood = opposite(self._mood)
        room = max(3, int(self.book.mid * 0.0012))
        touch = self.book.ladder(opposite(self._mood)).best
        limit = touch + room if self._mood == BUY else max(1, touch - room)
        ord_type = "market" if rng.random() < 0.6 else "limit"
        self._take(now_ns, self._mood, self._sizes.taking(), limit, ord_type)

    def _take(
        self, now_ns: int, side: str, lots: int, limit_ticks: int | None, ord_type: str
    ) -> int:
        self._publish(now_ns)  # a trade's price has been in the book before the trade is told
        filled = 0
        for ticks, met in self.book.take(side, lots, limit_ticks):
            filled += met
            for part in self._parts(met):
                self._emit(
                    TradePrint(
                        self.spec.symbol, now_ns, side, ticks, part, ord_type, self.next_trade_id
                    )
                )
                self.next_trade_id += 1
        if filled:
            self._hot(now_ns)
            self._heat = min(2.0, self._heat + min(0.4, 0.022 / self.character.orders_per_s))
        return filled

    def _parts(self, lots: int) -> tuple[int, ...]:
        """One level is often several people's orders; each prints its own trade."""
        if lots < 3 * self._sizes.smallest or self._rng.random() < 0.75:
            return (lots,)
        first = int(lots * (0.1 + 0.8 * self._rng.random()))
        return (first, lots - first)

    # -- quotes -------------------------------------------------------------------------------

    def _band(self) -> float:
        return max(0.8, self.book.mid * self.character.band_bp * 1e-4)

    def _spread_at_start(self, fair: float) -> None:
        bid = max(1, int(fair))
        self.book.put(BUY, bid, self._sizes.resting(bid, 0))
        self.book.put(SELL, bid + 1, self._sizes.resting(bid + 1, 0))
        self._quote_both(fair, self._usual_spread())
        self.book.changes()

    def _usual_spread(self) -> int:
        usual = self.book.mid * self.character.spread_bp * 1e-4
        if self._rng.random() < 0.8 - min(0.7, usual / 20):
            return max(1, round(usual))
        return 1 + int(self._rng.expovariate(1 / max(usual, 1.5)))

    def _gap(self, index: int, price: int) -> int:
        usual = min(price * _SPAN / 3_500 * (1 + index / 200), price * 0.45 / _REFILLED)
        return max(1, round(self._rng.expovariate(1 / max(usual, 0.7))))

    def _follow(self, now_ns: int, fair: float) -> None:
        book = self.book
        off = fair - book.mid
        band = self._band()
        if abs(off) > band:
            target = fair - (band if off > 0 else -band) * 0.6 * self._rng.random()
            self._chase(now_ns, BUY if off > 0 else SELL, target, band)
        spread = self._usual_spread()
        if book.spread > spread and self._rng.random() < 0.6:
            if fair > book.mid:
                self._quote(BUY, book.asks.best - spread)
            else:
                self._quote(SELL, book.bids.best + spread)
        self._keep_depth(book.bids, BUY)
        self._keep_depth(book.asks, SELL)

    def _chase(self, now_ns: int, side: str, target: float, band: float) -> None:
        """Bring the touch to that price: takers of that side sweep, makers follow behind."""
        book = self.book
        bid = max(1, int(target))
        if side == BUY:
            self._clear(now_ns, BUY, bid, self._sizes.taking())
            if not len(book.asks) or book.asks.best - target > 3 * band:
                self._quote(SELL, bid + self._usual_spread())
            self._quote(BUY, bid)
        else:
            ask = bid + 1
            self._clear(now_ns, SELL, ask, self._sizes.taking())
            if not len(book.bids) or target - book.bids.best > 3 * band:
                self._quote(BUY, max(1, ask - self._usual_spread()))
            self._quote(SELL, max(ask, book.bids.best + 1))

    def _clear(self, now_ns: int, side: str, ticks: int, lots: int) -> None:
        """A taker takes some of what rests up to that price, its makers pull the rest."""
        if self._rng.random() < _SWEPT:
            self._take(now_ns, side, lots, ticks, "limit")
        resting = self.book.ladder(opposite(side))
        beyond = ticks + 1 if side == BUY else ticks - 1
        for price in resting.better_than(beyond):
            self.book.put(opposite(side), price, 0)

    def _quote(self, side: str, best: int) -> None:
        """New levels from that best price away to where the side's old best is."""
        best = max(1, best)
        ladder = self.book.ladder(side)
        away = -1 if side == BUY else 1
        old = ladder.best
        most = _QUOTED_LEAPING if self._is_shallow else _REFILLED
        ticks, index = best, 0
        while ticks > 0 and index < most and (not old or (ticks - old) * away < 0):
            self.book.put(side, ticks, self._sizes.resting(ticks, index))
            ticks += away * self._gap(index, best)
            index += 1

    def _quote_both(self, fair: float, spread: int = 1) -> None:
        """Quotes around that price on both sides, as deep as they ever are."""
        book = self.book
        bid = max(1, int(fair) - spread // 2)
        ask = bid + spread
        for price in book.bids.better_than(bid):
            book.put(BUY, price, 0)
        for price in book.asks.better_than(ask):
            book.put(SELL, price, 0)
        self._quote(BUY, bid)
        self._quote(SELL, ask)
        self._keep_depth(book.bids, BUY)
        self._keep_depth(book.asks, SELL)

    def _change_quotes(self, fair: float) -> None:
        """Someone places, resizes or pulls an order; levels stay as dense as they usually are."""
        rng = self._rng
        side = BUY if rng.random() < 0.5 else SELL
        ladder = self.book.ladder(side)
        kind = rng.random()
        reach = 3.0 if kind < 0.6 else 40.0 if kind < 0.88 else 500.0
        index = min(int(rng.expovariate(1 / reach)), len(ladder) - 2)
        if index < 0:
            return
        here, behind = ladder.at(index), ladder.at(index + 1)
        if rng.random() < 0.4 or (index == 0 and rng.random() < 0.8):
            self._resize(side, here, index)
        elif abs(here - behind) > self._gap(index, here):
            away = 1 + int(rng.random() * (abs(here - behind) - 1))
            ticks = here - away if side == BUY else here + away
            self.book.put(side, ticks, self._sizes.resting(ticks, index))
        else:
            self.book.put(side, here, 0)

    def _resize(self, side: str, ticks: int, index: int) -> None:
        there = self.book.ladder(side).lots(ticks)
        extra = self._sizes.resting(ticks, index)
        if there > 2 * extra and self._rng.random() < 0.6:
            self.book.put(side, ticks, there - extra)
        elif there < 6 * extra:
            self.book.put(side, ticks, there + extra)
        else:
            self.book.put(side, ticks, extra)

    def _keep_depth(self, ladder: Ladder, side: str) -> None:
        if self._is_shallow:
            return
        if len(ladder) < _FEWEST:
            away = -1 if side == BUY else 1
            ticks = ladder.worst
            for index in range(len(ladder), _REFILLED):
                ticks += away * self._gap(index, ladder.best)
                if ticks < 1:
                    break
                self.book.put(side, ticks, self._sizes.resting(ticks, index))
        elif len(ladder) > _MOST:
            for ticks in ladder.far_end(len(ladder) - _REFILLED):
                self.book.put(side, ticks, 0)

    def _publish(self, now_ns: int) -> None:
        bids, asks = self.book.changes()
        if bids or asks:
            self.changed_ns = now_ns
            self._emit(BookDelta(self.spec.symbol, now_ns, bids, asks))
