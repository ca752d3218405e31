"""Many orders of several users at random: whatever happens, the books and the money agree."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from kraken.core.trading import (
    LIMITED,
    TRAILING,
    TRIGGERED,
    Amend,
    ConditionalClose,
    FeePreference,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    SelfTrade,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Side, Symbol
from kraken.sim.private.accounts import Account, Record
from kraken.sim.private.counters import HUNDREDTHS, Counter
from kraken.sim.private.desk import Desk
from kraken.sim.server import Exchange
from kraken.sim.wire.api_error import ApiError
from tests.simulated import by_hand

_KINDS = {
    OrderType.LIMIT: 6,
    OrderType.MARKET: 2,
    OrderType.ICEBERG: 2,
    OrderType.STOP_LOSS: 1,
    OrderType.STOP_LOSS_LIMIT: 1,
    OrderType.TRAILING_STOP: 1,
}
"""What users place, and how often."""

SYMBOLS = ("BTC/USD", "ETH/BTC")
MONEY = {"USD": "300000", "BTC": "5", "ETH": "50"}
USERS = 3
STEPS = 120


class Story:
    """One exchange and what its users do."""

    def __init__(self, exchange: Exchange, seed: int) -> None:
        self.exchange = exchange
        self.dice = Random(seed)
        for _ in range(USERS):
            exchange.add_user({"balances": MONEY, "tier": "pro"})
        self.accounts = list(exchange.private.engine.accounts.values())
        self.refused = 0

    def desk(self, account: Account) -> Desk:
        return Desk(self.exchange.private.engine, self.exchange.venue, account, ws=True)

    def step(self) -> None:
        """One thing that a user does; a refusal is one too."""
        account = self.dice.choice(self.accounts)
        act = self.dice.choices((self.place, self.amend, self.cancel), (6, 2, 2))[0]
        try:
            act(account)
        except ApiError:
            self.refused += 1

    def place(self, account: Account) -> None:
        dice, symbol = self.dice, self.dice.choice(SYMBOLS)
        pair = self.exchange.venue.pairs[symbol]
        side = dice.choice(list(Side))
        bid, ask = self.exchange.venue.books[symbol].best()
        assert bid is not None
        assert ask is not None
        near = bid[0] if side is Side.BUY else ask[0]
        ticks = near + dice.randint(-3, 3)
        kind = dice.choices(list(_KINDS), list(_KINDS.values()))[0]
        qty = Decimal(dice.randint(1, 400)) / 1000
        price = Decimal(ticks).scaleb(-pair.price_decimals)
        step = Decimal(pair.tick_size) * 20
        away = step if side is Side.BUY else -step
        close = ConditionalClose(
            OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(-away, PriceKind.QUOTE))
        )
        stop = Trigger(PriceOffset(price + away))
        if kind in TRAILING:
            stop = Trigger(PriceOffset(step, PriceKind.QUOTE))
        self.desk(account).place(
            OrderRequest(
                symbol=Symbol(symbol),
                side=side,
                type=kind,
                qty=qty,
                limit_price=price if kind in LIMITED else None,
                trigger=stop if kind in TRIGGERED else None,
                display_qty=qty / 4 if kind is OrderType.ICEBERG else None,
                post_only=kind is OrderType.LIMIT and dice.random() < 0.3,
                time_in_force=TimeInForce.IOC if dice.random() < 0.1 else TimeInForce.GTC,
                fee_preference=dice.choice(list(FeePreference)),
                self_trade=dice.choice(list(SelfTrade)),
                close=close if dice.random() < 0.1 else None,
            )
        )

    def amend(self, account: Account) -> None:
        records = account.open_records()
        if not records:
            return
        record = self.dice.choice(records)
        price = record.order.limit_price or Decimal(0)
        step = Decimal(record.pair.tick_size) * self.dice.randint(-2, 2)
        change = Amend(limit_price=price + step)
        if self.dice.random() < 0.5:
            change = Amend(qty=record.order.qty * self.dice.choice((2, Decimal("0.5"))))
        self.desk(account).amend(record, change)

    def cancel(self, account: Account) -> None:
        records = account.open_records()
        if records:
            self.desk(account).cancel(self.dice.choice(records))

    # -- what must be true --------------------------------------------------------------------

    def check_books(self) -> None:
        overlay = self.exchange.private.engine.overlay
        for symbol in SYMBOLS:
            told = self.exchange.venue.books[symbol].top(1 << 20)
            assert told == overlay.levels(symbol)
            bids, asks = told
            assert bids[0][0] < asks[0][0]

    def check_money(self, account: Account) -> None:
        expected = {asset: Decimal(amount) for asset, amount in MONEY.items()}
        for record in account.records.values():
            assert record.order.filled_qty == sum(fill.qty for fill in record.fills)
            assert record.order.filled_cost == sum(fill.cost for fill in record.fills)
        for fill in account.fills.values():
            base, quote = fill.symbol.split("/")
            sign = 1 if fill.side is Side.BUY else -1
            expected[base] += sign * fill.qty
            expected[quote] -= sign * fill.cost
            expected[fill.fee_asset] -= fill.fee
        told = account.ledger.balances()
        assert {asset: told[asset].total for asset in told} == expected  # type: ignore[comparison-overlap]  # the names are texts
        assert all(0 <= each.held <= each.total for each in told.values())

    def check_tape(self) -> None:
        for symbol in SYMBOLS:
            prints = self.exchange.world.last_trades(symbol, 2000)
            assert all(one.trade_id + 1 == two.trade_id for one, two in pairwise(prints))
            assert all(one.ns <= two.ns for one, two in pairwise(prints))
            by_number = {each.trade_id: each for each in prints}
            pair = self.exchange.venue.pairs[symbol]
            for account in self.accounts:
                for fill in account.fills.values():
                    if fill.symbol == symbol:
                        printed = by_number[fill.trade_id or 0]
                        assert printed.ticks == pair.ticks(fill.price)
                        assert printed.lots >= pair.lots(fill.qty)

    def trades_between_users(self) -> int:
        """Both sides of each, which add up."""
        sides: dict[tuple[str, int], list[Any]] = {}
        for account in self.accounts:
            for fill in account.fills.values():
                sides.setdefault((fill.symbol, fill.trade_id or 0), []).append(fill)
        both = [fills for fills in sides.values() if len(fills) > 1]
        for fills in both:
            (taken,) = [fill.qty for fill in fills if fill.liquidity.value == "t"]
            made = sum(fill.qty for fill in fills if fill.liquidity.value == "m")
            assert made <= taken
            assert len({fill.price for fill in fills}) == 1
        return len(both)


@pytest.fixture(params=range(6))
def seed(request: pytest.FixtureRequest) -> Iterator[int]:
    yield request.param


async def test_books_money_and_tape_agree_whatever_users_do(seed: int) -> None:
    async with by_hand() as exchange:
        story = Story(exchange, seed)
        for step in range(STEPS):
            story.step()
            story.check_books()
            if step % 4 == 0:
                await exchange.advance(0.3)
                story.check_books()
        for account in story.accounts:
            story.check_money(account)
        story.check_tape()
        assert story.trades_between_users() > 0
        assert story.refused < STEPS / 2
        assert sum(len(account.fills) for account in story.accounts) > 50


async def test_nobody_waits_behind_more_than_there_is() -> None:
    """Others who leave shorten the queue, be they users or the market."""
    async with by_hand() as exchange:
        for _ in range(2):
            exchange.add_user({"balances": MONEY, "tier": "pro"})
        overlay = exchange.private.engine.overlay
        ann, bob = exchange.private.engine.accounts.values()
        pair = exchange.venue.pairs["BTC/USD"]
        levels = exchange.world.book(pair.symbol)[0][3:43]

        def bid(account: Account, ticks: int) -> Record:
            price = Decimal(ticks).scaleb(-pair.price_decimals)
            wish = OrderRequest(
                Symbol(pair.symbol), Side.BUY, OrderType.LIMIT, Decimal("0.01"), limit_price=price
            )
            return Desk(exchange.private.engine, exchange.venue, account).place(wish)

        before = [bid(bob, ticks) for ticks, _ in levels[:3]]
        waiting = {ticks: bid(ann, ticks) for ticks, _ in levels}
        ahead = {
            ticks: ann.ledger.queue_ahead(each.order.order_id) for ticks, each in waiting.items()
        }
        own = pair.lots(Decimal("0.01"))
        assert [pair.lots(ahead[ticks] or Decimal(0)) for ticks, _ in levels] == [
            lots + own * (index < len(before)) for index, (_, lots) in enumerate(levels)
        ]
        for record in before:
            Desk(exchange.private.engine, exchange.venue, bob).cancel(record)
        shortened = 0
        for _ in range(10):
            await exchange.advance(1)
            there = dict(overlay.levels(pair.symbol)[0])
            for ticks, record in waiting.items():
                left = ann.ledger.queue_ahead(record.order.order_id)
                if left is not None:
                    assert pair.lots(left) <= there[ticks] - pair.lots(record.order.remaining)
                    shortened += left < (ahead[ticks] or 0)
        assert shortened > 0


async def test_touching_orders_costs_what_the_documents_say() -> None:
    """Add, amend after 7 seconds, cancel 36 seconds later: 1 + (1 + 2) + 4."""
    async with by_hand() as exchange:
        exchange.add_user({"balances": MONEY})
        (account,) = exchange.private.engine.accounts.values()
        account.counters["BTC/USD"] = Counter(60, 0)
        desk = Desk(exchange.private.engine, exchange.venue, account)
        wish = OrderRequest(
            Symbol("BTC/USD"), Side.BUY, OrderType.LIMIT, Decimal(1), limit_price=Decimal(50000)
        )
        record = desk.place(wish)
        await exchange.advance(7)
        desk.amend(record, Amend(limit_price=Decimal(50001)))
        await exchange.advance(36)
        desk.cancel(record)
        now_ns = exchange.private.engine.now_ns()
        assert account.counter("BTC/USD").value(now_ns) == 8 * HUNDREDTHS
        # The fixed part is paid by a refused order too; what filled costs nothing more.
        with pytest.raises(ApiError, match="Tick size"):
            desk.place(replace(wish, limit_price=Decimal("0.05")))
        desk.place(replace(wish, type=OrderType.MARKET, limit_price=None))
        assert account.counter("BTC/USD").value(now_ns) == 10 * HUNDREDTHS
