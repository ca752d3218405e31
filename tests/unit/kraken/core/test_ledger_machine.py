"""A ledger under random orders, amends, cancels, trades and books: what must always hold.

Money is counted again from the fills alone, holds from the open orders' terms, order lives from
the events. Mutants tried by hand and killed by this machine alone: a fee charged twice, not at
all, in the wrong asset, at the wrong rate, or left out of the order; costs rounded up; holds
without the fee, or kept after a cancel; funds that nobody checks, for orders and for amends; a
refused edit that drops the old order; limit orders that take beyond their limit; own orders that
trade with each other; footprints forgotten; orders that ended and stay; a queue position that a
restart loses; orders that are traded through and stay.
"""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP
from decimal import Decimal as D

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kraken.core.fees import FeeTier
from kraken.core.ledger.ledger import Ledger, Outcome
from kraken.core.ledger.matching import liquidity
from kraken.core.ledger.state import AccountState
from kraken.core.ledger.words import (
    Accepted,
    Canceled,
    Completed,
    Expired,
    Filled,
    LedgerEvent,
    MarketView,
    Refusal,
)
from kraken.core.trading import (
    Amend,
    FeePreference,
    Liquidity,
    Order,
    OrderRequest,
    OrderType,
)
from kraken.core.types import Asset, ExecId, Level, OrderId, Side, Trade
from tests.ledger_cases import BTC, CENT, INSTRUMENT, NOON, PAIR, USD, Names
from tests.ledger_strategies import books, prices, quantities, requests

DIME = D("0.1")
PLAIN = replace(INSTRUMENT, cost_decimals=1)
"""Costs have fewer digits than they come to, so that each is rounded."""


class Account(RuleBasedStateMachine):
    @initialize(
        usd=st.sampled_from([12_345, 200_000, 50_000_000]),
        btc=st.sampled_from([0, 333, 500_000]),
        maker=st.sampled_from(["0", "0.0025", "0.03"]),
        taker=st.sampled_from(["0.0001", "0.004", "0.04"]),
        keeps_footprint=st.booleans(),
        is_dated=st.booleans(),
        book=books(),
    )
    def open(
        self,
        usd: int,
        btc: int,
        maker: str,
        taker: str,
        keeps_footprint: bool,
        is_dated: bool,
        book: tuple[dict[D, D], dict[D, D]],
    ) -> None:
        self.tier = FeeTier(D(maker), D(taker))
        self.expected: dict[Asset, D] = {USD: D(usd) / 100, BTC: D(btc) / 100}
        state = AccountState(self.tier, dict(self.expected), keeps_footprint=keeps_footprint)
        state.max_orders = 8
        self.keeps_footprint, self.is_dated = keeps_footprint, is_dated
        self.ledger = Ledger(state)
        self.names, self.now, self.last = Names(), NOON, D(100)
        self.index: D | None = None
        self.bids, self.asks = book
        self.took: dict[D, D] = defaultdict(D)
        self.alive: dict[OrderId, Order] = {}
        self.ended: set[OrderId] = set()
        self.told: set[ExecId] = set()
        self.filled: dict[OrderId, D] = defaultdict(D)
        self.paid: dict[OrderId, D] = defaultdict(D)
        self.fees: dict[OrderId, D] = defaultdict(D)

    def market(self) -> MarketView:
        bids = [Level(p, self.bids[p]) for p in sorted(self.bids, reverse=True)]
        asks = [Level(p, self.asks[p]) for p in sorted(self.asks)]
        at = self.now if self.is_dated else None
        return MarketView(PLAIN, bids, asks, self.last, self.index, at=at)

    def read(self, events: list[LedgerEvent]) -> None:
        for event in events:
            order = event.order
            if isinstance(event, Accepted):
                assert order.order_id not in self.alive.keys() | self.ended
            else:
                assert order.order_id in self.alive
            self.alive[order.order_id] = order
            if isinstance(event, Filled):
                self.count(event)
            assert order.filled_qty == self.filled[order.order_id]
            assert order.filled_qty + order.remaining == order.qty
            if isinstance(event, Completed | Canceled | Expired):
                assert order.status.is_final
                assert (order.remaining == 0) == isinstance(event, Completed)
                self.ended.add(self.alive.pop(order.order_id).order_id)
            else:
                assert not order.status.is_final

    def count(self, event: Filled) -> None:
        """One fill, judged and counted on its own."""
        fill, order = event.fill, event.order
        assert fill.exec_id not in self.told
        self.told.add(fill.exec_id)
        self.filled[order.order_id] += fill.qty
        self.paid[order.order_id] += fill.cost
        self.fees[order.order_id] += fill.fee
        assert order.filled_cost == self.paid[order.order_id]
        assert order.fee == self.fees[order.order_id]
        assert fill.qty > 0
        assert fill.qty % INSTRUMENT.lot_size == 0
        if order.limit_price is not None:
            better = fill.price <= order.limit_price
            assert better if order.side is Side.BUY else fill.price >= order.limit_price
        rate = self.tier.maker if fill.liquidity is Liquidity.MAKER else self.tier.taker
        sign = 1 if order.side is Side.BUY else -1
        exact = (fill.qty * fill.price).quantize(DIME, ROUND_HALF_UP)
        in_base = fill.fee_asset == BTC
        charged, digit = (fill.qty, CENT) if in_base else (exact, DIME)
        exact_fee = (charged * rate).quantize(digit, ROUND_HALF_UP)
        # Only an order that spends the last digit may pay one or two digits less.
        assert 0 <= exact - fill.cost <= 2 * DIME
        assert 0 <= exact_fee - fill.fee <= 2 * digit
        assert fill.fee >= 0
        self.expected[BTC] += sign * fill.qty
        self.expected[USD] -= sign * fill.cost
        self.expected[fill.fee_asset] -= fill.fee
        assert fill.fee_asset == (BTC if order.fee_preference is FeePreference.BASE else USD)
        base, quote = event.entries
        assert (base.balance, quote.balance) == (self.expected[BTC], self.expected[USD])
        for level in event.took:
            self.remove(order.side, level)

    def remove(self, side: Side, level: Level) -> None:
        """What was taken was there; a world of our own lets it go."""
        book = self.asks if side is Side.BUY else self.bids
        if self.keeps_footprint:
            self.took[level.price] += level.qty
            assert self.took[level.price] <= book[level.price]
            return
        book[level.price] -= level.qty
        assert book[level.price] >= 0
        if book[level.price] == 0:
            del book[level.price]

    def judge(self, asking: Callable[[], Outcome]) -> None:
        before = self.ledger.to_state()
        outcome = asking()
        if isinstance(outcome, Refusal):
            assert self.ledger.to_state() == before
        else:
            self.read(outcome)

    @rule(request=requests())
    def place(self, request: OrderRequest) -> None:
        checked = self.ledger.check(request, self.market(), self.now)

        def ask() -> Outcome:
            outcome = self.ledger.place(request, self.market(), self.now, self.names)
            assert checked == (outcome if isinstance(outcome, Refusal) else None)
            return outcome

        self.judge(ask)

    @rule(
        side=st.sampled_from(Side),
        price=prices,
        qty=quantities,
        preference=st.sampled_from(FeePreference),
    )
    def place_plain(self, side: Side, price: D, qty: D, preference: FeePreference) -> None:
        request = OrderRequest(PAIR, side, OrderType.LIMIT, qty, limit_price=price)
        request = replace(request, fee_preference=preference)
        self.judge(lambda: self.ledger.place(request, self.market(), self.now, self.names))

    @rule(side=st.sampled_from(Side), qty=st.integers(5, 60))
    def place_market(self, side: Side, qty: int) -> None:
        request = OrderRequest(PAIR, side, OrderType.MARKET, D(qty) / 100)
        self.judge(lambda: self.ledger.place(request, self.market(), self.now, self.names))

    @precondition(lambda self: self.ledger.state.orders)
    @rule(
        pick=st.integers(0, 99),
        qty=st.none() | quantities,
        price=st.none() | prices,
        trigger=st.none() | prices,
        post=st.none() | st.booleans(),
    )
    def amend(
        self, pick: int, qty: D | None, price: D | None, trigger: D | None, post: bool | None
    ) -> None:
        order_id = self.any_order(pick)
        change = Amend(qty, price, trigger, post_only=post)
        self.judge(
            lambda: self.ledger.amend(order_id, change, self.market(), self.now, self.names)
        )

    @precondition(lambda self: self.ledger.state.orders)
    @rule(pick=st.integers(0, 99), request=requests())
    def edit(self, pick: int, request: OrderRequest) -> None:
        order_id = self.any_order(pick)
        self.judge(
            lambda: self.ledger.edit(order_id, request, self.market(), self.now, self.names)
        )

    @precondition(lambda self: self.ledger.state.orders)
    @rule(pick=st.integers(0, 99))
    def cancel(self, pick: int) -> None:
        order_id = self.any_order(pick)
        needs, amount = self.ledger.state.orders[order_id].need()
        free = self.ledger.state.available(needs)
        self.judge(lambda: self.ledger.cancel(order_id, self.now))
        assert self.ledger.state.available(needs) == free + amount
        assert isinstance(self.ledger.cancel(order_id, self.now), Refusal)

    @rule(really=st.sampled_from([False] * 9 + [True]))
    def cancel_all(self, really: bool) -> None:
        if not really:
            return
        self.read(self.ledger.cancel_all(self.now))
        assert all(balance.held == 0 for balance in self.ledger.balances().values())

    def any_order(self, pick: int) -> OrderId:
        names = sorted(self.ledger.state.orders)
        return names[pick % len(names)]

    @rule(book=books())
    def move_book(self, book: tuple[dict[D, D], dict[D, D]]) -> None:
        self.bids, self.asks = book
        self.took.clear()
        # A fresh book stands for fresh orders: what was taken belongs to the old ones.
        self.ledger.state.footprints = []
        self.read(self.ledger.on_book(self.market(), self.now, self.names))

    @rule(price=prices, qty=quantities, side=st.sampled_from(Side))
    def public_trade(self, price: D, qty: D, side: Side) -> None:
        self.last = price
        before = {order.order_id for order in self.resting()}
        trade = Trade(PAIR, 1, side, price, qty, "market", self.now)
        self.read(self.ledger.on_trade(trade, self.market(), self.now, self.names))
        for order in self.resting():
            if order.order_id in before and order.limit_price is not None:
                is_buy = order.side is Side.BUY
                assert price >= order.limit_price if is_buy else price <= order.limit_price

    def resting(self) -> list[Order]:
        return [o.order for o in self.ledger.state.orders.values() if o.is_resting]

    @rule(price=st.none() | prices)
    def move_index(self, price: D | None) -> None:
        self.index = price
        self.read(self.ledger.on_index(self.market(), self.now, self.names))

    @rule(seconds=st.integers(0, 40))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self.read(self.ledger.expire(self.now))
        assert all(
            order.expires_at is None or order.expires_at > self.now
            for order in self.ledger.orders()
        )

    @rule(pick=st.integers(0, 99), qty=quantities)
    def taken_by_another_account(self, pick: int, qty: D) -> None:
        if self.ledger.state.orders:
            order_id = self.any_order(pick)
            self.judge(
                lambda: self.ledger.take(order_id, qty, self.market(), self.now, self.names)
            )

    @rule()
    def restart(self) -> None:
        plain = json.loads(json.dumps(self.ledger.to_state()))
        restored = Ledger.from_state(plain)
        assert restored.state == self.ledger.state
        assert json.dumps(restored.to_state()) == json.dumps(self.ledger.to_state())
        self.ledger = restored

    @invariant()
    def money_is_conserved_to_the_last_digit(self) -> None:
        assert self.ledger.state.totals == self.expected

    @invariant()
    def holds_are_what_the_orders_need_and_are_covered(self) -> None:
        needs: dict[Asset, D] = {USD: D(0), BTC: D(0)}
        for order in self.ledger.orders():
            dearest = max(self.tier.maker, self.tier.taker)
            rate = self.tier.maker if order.post_only else dearest
            in_base = order.fee_preference is FeePreference.BASE
            if order.side is Side.SELL:
                needs[BTC] += order.remaining * (1 + rate if in_base else 1)
                continue
            price = order.limit_price
            if price is None:
                assert order.trigger is not None
                price = order.trigger.price
            needs[USD] += order.remaining * price * (1 if in_base else 1 + rate)
        for asset, balance in self.ledger.balances().items():
            assert 0 <= balance.held <= balance.total
            # An amend may leave a hold at the dearer rate that it had.
            assert balance.held >= needs[asset]
            assert balance.held <= needs[asset] * (1 + max(self.tier.maker, self.tier.taker))

    @invariant()
    def open_orders_are_those_that_were_told(self) -> None:
        held = {order.order_id: order for order in self.ledger.orders()}
        assert held.keys() == self.alive.keys()
        for order_id, order in held.items():
            assert order.is_open
            assert order.remaining > 0
            assert replace(order, updated_at=None) == replace(
                self.alive[order_id], updated_at=None, display_remaining=order.display_remaining
            )

    @invariant()
    def own_orders_never_cross(self) -> None:
        buys = [o.limit_price for o in self.resting() if o.side is Side.BUY and o.limit_price]
        sells = [o.limit_price for o in self.resting() if o.side is Side.SELL and o.limit_price]
        if buys and sells:
            assert max(buys) < min(sells)

    @invariant()
    def nothing_rests_within_reach_of_what_others_offer(self) -> None:
        offers = liquidity(self.market(), self.ledger.state.footprints)
        for order in self.resting():
            assert offers.best(order.side, order.limit_price) is None


Account.TestCase.settings = settings(
    max_examples=120, stateful_step_count=50, derandomize=True, deadline=None
)
TestAccount = Account.TestCase
