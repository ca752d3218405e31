"""The matching engine: every account's one ledger against one market.

Rules:

* An order meets the market's own levels and the other users' orders. What it takes leaves both;
  every fill is a public trade with the number that the fill carries.
* At one price a user's order trades after what stood there before it, and before what came later.
* Trades of the market go to every account with an order in the pair, and what they fill is
  printed besides; a market that comes upon a resting order fills it at the order's own price.
* One call is one instant for the public: afterwards the book is told once, never crossed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from kraken.core.ledger.ledger import Outcome
from kraken.core.ledger.words import Filled, LedgerEvent, Refusal, Trailed
from kraken.core.trading import Fill, Liquidity, OrderRequest, OrderType
from kraken.core.types import Side, Symbol, Trade
from kraken.sim.listing import PairSpec
from kraken.sim.market.types import BookDelta, BookReset, Happening, TradePrint, opposite
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.agenda import Agenda
from kraken.sim.private.instants import Ids, moment, nanos
from kraken.sim.private.names import Names
from kraken.sim.private.overlay import (
    NEAR,
    WHOLE,
    Overlay,
    Place,
    is_met,
    is_touched,
    price_of,
    qty_of,
)
from kraken.sim.private.queueing import Resting, before, queues
from kraken.sim.venue import Venue

_MICROSECOND_NS = 1_000


class Engine:
    """Drives the ledgers; ``publish`` tells the public what it did to the book."""

    def __init__(
        self, venue: Venue, names: Names, publish: Callable[[list[Happening]], None]
    ) -> None:
        self.accounts: dict[str, Account] = {}
        self.overlay = Overlay(venue)
        self._venue = venue
        self._publish = publish
        self._ids = Ids(names, venue)
        self._dirty: dict[str, set[Place]] = {}
        self._noted: dict[str, set[Place]] = {}
        """Where users changed the book since their orders looked at it last."""
        self._prints: list[TradePrint] = []
        self.agenda = Agenda()
        self._request: OrderRequest | None = None
        self.is_absorbing = False
        """The market is just moving; what users do now is told with it."""

    @property
    def is_idle(self) -> bool:
        """Nobody has an open order, and nothing is to be done later."""
        return self.agenda.next_ns is None and not any(
            account.ledger.state.orders or account.dead_man_ns is not None
            for account in self.accounts.values()
        )

    def next_due_ns(self) -> int | None:
        """When time alone does something next, by the engine's clock, if it is known."""
        due = [] if self.agenda.next_ns is None else [self.agenda.next_ns]
        for account in self.accounts.values():
            due += [] if account.dead_man_ns is None else [account.dead_man_ns]
            due += [nanos(at) for order in account.ledger.orders() if (at := order.expires_at)]
        return min(due, default=None)

    def now_ns(self) -> int:
        """The engine's time: the market's, as wrong as the exchange's clock was made to be."""
        return self._venue.market.now_ns + self._venue.clock_offset_ns

    # -- what accounts ask for ----------------------------------------------------------------

    def check(self, account: Account, request: OrderRequest) -> Refusal | None:
        """What is wrong with a request."""
        pair = self._venue.pairs[request.symbol]
        view = self.overlay.view(pair, account)
        return account.ledger.check(request, view, moment(self.now_ns()))

    def place(self, account: Account, request: OrderRequest) -> Record | Refusal:
        """Take an order in; the record of it, whatever became of it."""
        pair = self._venue.pairs[request.symbol]
        view = self.overlay.view(pair, account)
        outcome = account.ledger.place(request, view, moment(self._tick()), self._ids)
        return self._first(account, outcome, request)

    def edit(self, account: Account, record: Record, request: OrderRequest) -> Record | Refusal:
        """Replace an order by a new one; the record of the new one."""
        view = self.overlay.view(record.pair, account)
        now = moment(self._tick())
        old = record.order.order_id
        outcome = account.ledger.edit(old, request, view, now, self._ids)
        if isinstance(outcome, Refusal):
            return outcome
        return self._first(account, outcome[1:], request, before=outcome[:1])

    def _first(
        self,
        account: Account,
        outcome: Outcome,
        request: OrderRequest,
        before: list[LedgerEvent] | None = None,
    ) -> Record | Refusal:
        if isinstance(outcome, Refusal):
            return outcome
        self._request = request
        self._settle(account, [*(before or []), *outcome])
        return account.records[outcome[0].order.order_id]

    def apply(self, account: Account, outcome: Outcome) -> Refusal | None:
        """Let happen what a ledger decided."""
        if isinstance(outcome, Refusal):
            return outcome
        self._settle(account, outcome)
        return None

    def instant(self) -> datetime:
        """A new instant for something that is about to be done."""
        return moment(self._tick())

    @property
    def ids(self) -> Ids:
        """Names for what the ledgers make."""
        return self._ids

    def force_fill(self, account: Account, record: Record) -> None:
        """Let the market come to a resting order and fill it whole."""
        view = self.overlay.view(record.pair, account)
        order, now = record.order, self.instant()
        outcome = account.ledger.take(order.order_id, order.remaining, view, now, self._ids)
        self.apply(account, outcome)

    # -- what time and the market do ----------------------------------------------------------

    def absorb(self, happenings: list[Happening]) -> list[Happening]:
        """The market moved: let users' orders meet it; what the public is to be told instead."""
        if self.is_idle:
            return happenings
        with self.absorbing():
            return self._absorb(happenings)

    @contextmanager
    def absorbing(self) -> Iterator[None]:
        """What happens in here is told with what comes next: see :meth:`taken`."""
        self.is_absorbing = True
        try:
            yield
        finally:
            self.is_absorbing = False

    def _absorb(self, happenings: list[Happening]) -> list[Happening]:
        self._pass_time()
        concerned = {
            order.order.symbol
            for account in self.accounts.values()
            for order in account.ledger.state.orders.values()
        } | set(self.overlay.symbols())
        told: list[Happening] = []
        moved: set[str] = set()
        resets: dict[str, BookReset] = {}
        for happening in happenings:
            symbol = happening.symbol
            if symbol not in concerned:
                told.append(happening)
                continue
            moved.add(symbol)
            if isinstance(happening, TradePrint):
                told.append(happening)
                self._market_traded(happening)
            elif isinstance(happening, BookDelta):
                self._mark(symbol, happening)
            else:
                resets[symbol] = happening
        for symbol in sorted(moved):
            self._market_moved(symbol)
        for symbol, reset in resets.items():
            self._dirty.pop(symbol, None)
            told.append(BookReset(symbol, reset.ns, *self.overlay.levels(symbol)))
        return told + self.taken()

    def _mark(self, symbol: str, delta: BookDelta) -> None:
        dirty = self._dirty.setdefault(symbol, set())
        dirty.update(("buy", ticks) for ticks, _ in delta.bids)
        dirty.update(("sell", ticks) for ticks, _ in delta.asks)

    def _pass_time(self) -> None:
        now_ns = self.now_ns()
        now = moment(now_ns)
        for account in self.accounts.values():
            events = account.ledger.expire(now)
            if account.dead_man_ns is not None and account.dead_man_ns <= now_ns:
                account.dead_man_ns = None
                events += account.ledger.cancel_all(now)
            if events:
                self._work(account, events)
        self.agenda.pass_time(now_ns)

    def _market_traded(self, trade: TradePrint) -> None:
        pair = self._venue.pairs[trade.symbol]
        self._tell_trade(
            pair, Side(trade.side), trade.ticks, qty_of(pair, trade.lots), trade.trade_id
        )

    def _tell_trade(
        self, pair: PairSpec, side: Side, ticks: int, qty: Decimal, number: int
    ) -> None:
        """Let every account with an order in the pair see a trade."""
        now = moment(self.now_ns())
        symbol = Symbol(pair.symbol)
        trade = Trade(symbol, number, side, price_of(pair, ticks), qty, "market", now)
        for account in tuple(self.accounts.values()):
            orders = account.ledger.state.of_pair(symbol)
            if any(is_touched(order, trade.price) for order in orders):
                view = self.overlay.view(pair, account, depth=NEAR)
                self._work(account, account.ledger.on_trade(trade, view, now, self._ids))

    def _market_moved(self, symbol: str) -> None:
        pair = self._venue.pairs[symbol]
        changed = self._dirty.get(symbol, set()) | self._noted.pop(symbol, set())
        bids, asks = self._venue.market.top(symbol, 1)
        best = (bids[0][0] if bids else 0, asks[0][0] if asks else WHOLE)
        for account in tuple(self.accounts.values()):
            orders = account.ledger.state.of_pair(Symbol(symbol))
            if any(is_met(order, pair, best, changed) for order in orders):
                view = self.overlay.view(pair, account, depth=NEAR)
                now = moment(self.now_ns())
                self._work(account, account.ledger.on_book(view, now, self._ids))

    # -- what follows from events -------------------------------------------------------------

    def _tick(self) -> int:
        self._venue.market.now_ns += _MICROSECOND_NS
        return self.now_ns()

    def _settle(self, account: Account, events: list[LedgerEvent]) -> None:
        """Do everything that follows, then tell the public."""
        self._work(account, events)
        if not self.is_absorbing:
            self._publish(self.taken())

    def _work(self, account: Account, events: list[LedgerEvent]) -> None:
        # A trigger may follow many trades of one step: each time has an instant of its own.
        trailed = any(isinstance(event, Trailed) for event in events)
        at_ns = self._tick() if trailed else self.now_ns()
        # What was taken leaves the book before anybody else looks at it.
        for symbol in dict.fromkeys(event.order.symbol for event in events):
            self._note(account, self._venue.pairs[symbol])
        fills: list[Filled] = []
        for event in events:
            request = None
            if event.order.order_id not in account.records:
                request, self._request = self._request, None
            record = account.keep(event, at_ns, request)
            if isinstance(event, Filled):
                self._earn(account, record.pair, event.fill)
                self._print(record, event)
                fills.append(event)
        for event in fills:
            self._follow(account, event)

    def _note(self, account: Account, pair: PairSpec) -> None:
        changed = self.overlay.note(account, account.ledger, pair)
        self._dirty.setdefault(pair.symbol, set()).update(changed)
        self._noted.setdefault(pair.symbol, set()).update(changed)

    def _earn(self, account: Account, pair: PairSpec, fill: Fill) -> None:
        """Volume makes trading cheaper."""
        dollars = self._venue.pairs.get(f"{pair.quote}/USD")
        rate = Decimal(1)
        if pair.quote != "USD" and dollars is not None:
            rate = price_of(dollars, self._venue.market.last_trades(dollars.symbol, 1)[-1].ticks)
        account.volume += fill.cost * rate
        account.set_fees()

    def _print(self, record: Record, event: Filled) -> None:
        """A fill is a public trade, but for the second side of one between users."""
        fill = event.fill
        if self._ids.shared is not None or fill.trade_id is None:
            return
        took = fill.side is Side.BUY
        if fill.liquidity is Liquidity.MAKER:
            took = not took
        kind = "market" if record.order.type is OrderType.MARKET else "limit"
        self._tick()
        pair = record.pair
        trade = TradePrint(
            pair.symbol,
            self._venue.market.now_ns,
            "buy" if took else "sell",
            pair.ticks(fill.price),
            pair.lots(fill.qty),
            kind,
            fill.trade_id,
        )
        self._venue.market.print_trade(trade)
        self._prints.append(trade)

    def _follow(self, account: Account, event: Filled) -> None:
        """Take from the book what a fill took, and let the others see the trade."""
        fill, pair = event.fill, self._venue.pairs[event.order.symbol]
        resting = opposite(fill.side.value)
        for level in event.took:
            self._take_out(
                account, pair, (resting, pair.ticks(level.price)), pair.lots(level.qty), fill
            )
        if fill.liquidity is Liquidity.TAKER:
            number = fill.trade_id or 0
            self._tell_trade(pair, fill.side, pair.ticks(fill.price), Decimal(0), number)

    def _take_out(
        self, account: Account, pair: PairSpec, place: Place, lots: int, fill: Fill
    ) -> None:
        market, (side, ticks) = self._venue.market, place
        self._dirty.setdefault(pair.symbol, set()).add(place)
        others = {name: each for name, each in self.accounts.items() if each is not account}
        users = queues(others, pair).get(place, [])
        there = market.lots_at(pair.symbol, side, ticks)
        taken = 0
        for user, first in zip(users, before(pair, users, there), strict=True):
            nobodys = min(lots, first - taken)
            market.take_out(pair.symbol, side, ticks, nobodys)
            taken, lots = taken + nobodys, lots - nobodys
            lots -= self._take_from(user, lots, fill)
        nobodys = min(lots, there - taken)
        market.take_out(pair.symbol, side, ticks, nobodys)
        lots -= nobodys
        # What icebergs show next stands behind everybody.
        left = 0
        while left != lots:
            left = lots
            for user in users:
                lots -= self._take_from(user, lots, fill)

    def _take_from(self, user: Resting, lots: int, fill: Fill) -> int:
        """Fill what another user's order shows; how much of it there was."""
        other, record = user.account, user.record
        pair = record.pair
        lots = min(lots, pair.lots(user.order.visible))
        if lots <= 0 or not record.order.is_open:
            return 0
        now = moment(self.now_ns())
        view = self.overlay.view(pair, other, depth=NEAR)
        self._ids.shared = fill.trade_id
        try:
            outcome = other.ledger.take(
                record.order.order_id, qty_of(pair, lots), view, now, self._ids
            )
        finally:
            self._ids.shared = None
        if isinstance(outcome, Refusal):
            return 0
        made = sum(
            pair.lots(event.fill.qty)
            for event in outcome
            if isinstance(event, Filled) and event.order.order_id == record.order.order_id
        )
        self._work_shared(other, outcome, fill)
        return made

    def _work_shared(self, other: Account, events: list[LedgerEvent], fill: Fill) -> None:
        """The second side of a trade between users: kept, but not printed again."""
        self._ids.shared = fill.trade_id
        try:
            self._work(other, events)
        finally:
            self._ids.shared = None

    def taken(self) -> list[Happening]:
        """What the public is to be told, once."""
        prints, self._prints = self._prints, []
        dirty, self._dirty = self._dirty, {}
        ns = self._venue.market.now_ns
        told: list[Happening] = list(prints)
        for symbol, places in sorted(dirty.items()):
            if not places:
                continue
            levels: dict[str, list[tuple[int, int]]] = {"buy": [], "sell": []}
            for side, ticks in sorted(places):
                own = self._venue.market.lots_at(symbol, side, ticks)
                users = self.overlay.lots(symbol, (side, ticks))
                levels[side].append((ticks, own + users))
            told.append(BookDelta(symbol, ns, levels["buy"], levels["sell"]))
        return told
