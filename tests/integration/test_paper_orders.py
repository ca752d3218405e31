"""A practice account on a market that is moved by hand: orders, facts, money."""

import asyncio
from datetime import timedelta
from decimal import Decimal as D
from itertools import pairwise

import pytest

from kraken.account import BalancesChanged, FillHappened, OrderUpdated
from kraken.core.errors import InsufficientFunds, InvalidOrder, NotSent, Rejected
from kraken.core.fees import FeeTier
from kraken.core.trading import (
    Amend,
    Liquidity,
    OrderName,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Asset, Side, SystemState
from kraken.paper import PaperAccount
from tests.ledger_cases import BTC, USD, named, order
from tests.paper_market import later, practising


async def test_a_market_order_walks_the_live_book_and_pays_as_a_taker() -> None:
    async with practising() as bench:
        placed = await bench.account.place(order(Side.BUY, "3", client_id=named("a")))
        await bench.until(FillHappened, 2)
        assert [(f.price, f.qty, f.liquidity) for f in bench.fills()] == [
            (D(101), D(2), Liquidity.TAKER),
            (D(102), D(1), Liquidity.TAKER),
        ]
        assert [f.fee for f in bench.fills()] == [D("0.81"), D("0.41")]
        assert await bench.money() == (D("694.78"), D(0))
        assert await bench.money(BTC) == (D(13), D(0))
        ended = await bench.account.order(OrderName(order_id=placed.order_id))
        assert ended is not None
        assert ended.status is OrderStatus.FILLED


async def test_the_same_coins_cannot_be_bought_twice() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "2"))
        await bench.account.place(order(Side.BUY, "1"))
        await bench.until(FillHappened, 2)
        assert [f.price for f in bench.fills()] == [D(101), D(102)]


async def test_a_limit_order_waits_behind_the_visible_quantity_at_its_price() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.until(OrderUpdated, 2)
        assert (await bench.money())[1] == D("99.2475") + D("0.1485")
        bench.market.trade("99", "1.5")
        await bench.settled()
        assert bench.fills() == []
        bench.market.trade("99", "1.2")
        await bench.until(FillHappened)
        (fill,) = bench.fills()
        assert (fill.price, fill.qty, fill.liquidity) == (D(99), D("0.7"), Liquidity.MAKER)
        assert fill.fee == D("0.17")
        bench.market.trade("98.5", "0.1")
        await bench.until(FillHappened, 2)
        assert bench.fills()[1].qty == D("0.3")
        assert await bench.account.open_orders() == []


async def test_a_trade_that_the_book_told_first_is_not_counted_twice() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.settled()
        now = bench.clock.now()
        bench.market.show(bids=(("99", "0.5"), ("98", "3")), at=now)
        await bench.settled()
        bench.market.trade("99", "1.5", at=now - timedelta(milliseconds=1))
        await bench.settled()
        assert bench.fills() == []
        why = bench.account.why(OrderName(order_id=(await bench.only()).order_id))
        assert why is not None
        assert why.ahead == D("0.5")
        bench.clock.advance(1)
        bench.market.trade("99", "0.6")
        await bench.until(FillHappened)
        assert bench.fills()[0].qty == D("0.1")


async def test_a_book_that_comes_to_a_resting_order_fills_it_at_its_own_price() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1", "99.5"))
        await bench.settled()
        bench.market.show(bids=(("97", "1"),), asks=(("98", "0.4"), ("99", "5")))
        await bench.until(FillHappened, 2)
        assert [(f.price, f.qty) for f in bench.fills()] == [
            (D("99.5"), D("0.4")),
            (D("99.5"), D("0.6")),
        ]


async def test_a_stop_fires_by_the_last_trade_and_then_walks_the_book() -> None:
    async with practising() as bench:
        stop = order(
            Side.SELL, "1", type=OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D("98.5")))
        )
        await bench.account.place(stop)
        await bench.settled()
        bench.market.show(bids=(("97", "3"),))
        await bench.settled()
        assert bench.fills() == []
        bench.market.trade("98.5", "0.1")
        await bench.until(FillHappened)
        assert bench.fills()[0].price == D(97)


async def test_a_trailing_stop_follows_better_prices_and_is_told() -> None:
    async with practising() as bench:
        distance = Trigger(PriceOffset(D(5), PriceKind.QUOTE))
        await bench.account.place(
            order(Side.SELL, "1", type=OrderType.TRAILING_STOP, trigger=distance)
        )
        bench.market.trade("110", "0.1", Side.BUY)
        await bench.settled()
        trigger = (await bench.only()).trigger
        assert trigger is not None
        assert trigger.price == D(105)
        bench.market.trade("105", "0.1")
        await bench.until(FillHappened)


async def test_a_post_only_order_that_would_cross_ends_without_a_trade() -> None:
    async with practising() as bench:
        placed = await bench.account.place(order(Side.BUY, "1", "101", post_only=True))
        await bench.until(OrderUpdated, 2)
        ended = await bench.account.order(OrderName(order_id=placed.order_id))
        assert ended is not None
        assert (ended.status, ended.reason) == (OrderStatus.CANCELED, "Post only order")
        assert await bench.money() == (D(1000), D(0))


@pytest.mark.parametrize(
    ("request_", "error", "code"),
    [
        (order(Side.BUY, "1000", "99"), InsufficientFunds, "EOrder:Insufficient funds"),
        (order(Side.BUY, "1", "99.3"), InvalidOrder, "EOrder:Tick size check failed"),
        (order(Side.BUY, "0.01"), InvalidOrder, "EOrder:Order minimum not met"),
        (order(Side.BUY, "0.123"), InvalidOrder, "EGeneral:Invalid arguments:volume"),
        (
            order(Side.BUY, "1", "99", reduce_only=True),
            InvalidOrder,
            "EOrder:Reduce only:No position exists",
        ),
    ],
)
async def test_what_kraken_refuses_practice_refuses_in_the_same_words(
    request_: object, error: type[Rejected], code: str
) -> None:
    async with practising() as bench:
        with pytest.raises(error) as refused:
            await bench.account.place(request_)  # type: ignore[arg-type]  # an OrderRequest
        assert refused.value.code == code
        with pytest.raises(error):
            await bench.account.check(request_)  # type: ignore[arg-type]  # the same
        assert await bench.account.open_orders() == []


async def test_a_request_after_its_deadline_is_a_clear_no() -> None:
    async with practising() as bench:
        late = order(Side.BUY, "1", deadline=bench.clock.now() - timedelta(seconds=1))
        with pytest.raises(Rejected, match="Deadline elapsed"):
            await bench.account.place(late)


async def test_nothing_is_placed_while_there_is_no_book_or_an_old_one() -> None:
    async with practising() as bench:
        bench.market.lose()
        with pytest.raises(NotSent, match="no verified order book"):
            await bench.account.place(order(Side.BUY, "1"))
        bench.market.show()
        bench.market.last_frame_at = bench.clock.now() - timedelta(seconds=11)
        with pytest.raises(NotSent, match="not heard"):
            await bench.account.place(order(Side.BUY, "1"))
        bench.market.last_frame_at, bench.market.connected = None, False
        with pytest.raises(NotSent, match="not heard"):
            await bench.account.place(order(Side.BUY, "1"))
        assert await bench.money() == (D(1000), D(0))
        assert bench.facts == []


async def test_an_exchange_that_takes_only_cancels_takes_no_practice_order() -> None:
    async with practising() as bench:
        bench.market.system = SystemState.CANCEL_ONLY
        bench.market.show()
        with pytest.raises(Rejected, match="Market in cancel_only mode"):
            await bench.account.place(order(Side.BUY, "1"))


async def test_one_client_id_never_places_twice() -> None:
    async with practising() as bench:
        request = order(Side.BUY, "0.5", client_id=named("a"))
        await bench.account.place(request)
        with pytest.raises(InvalidOrder, match="already in use"):
            await bench.account.place(request)
        resting = order(Side.BUY, "0.5", "90", client_id=named("b"))
        outcomes: list[object] = []

        async def try_it() -> None:
            try:
                outcomes.append(await bench.account.place(resting))
            except InvalidOrder as error:
                outcomes.append(error)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(try_it())
            tasks.create_task(try_it())
        assert sum(isinstance(each, InvalidOrder) for each in outcomes) == 1
        assert len(await bench.account.open_orders()) == 1
        with pytest.raises(InvalidOrder, match="already in use"):
            await bench.account.place(resting)


async def test_settle_knows_at_once_what_was_placed_and_what_was_not() -> None:
    async with practising() as bench:
        placed = await bench.account.place(order(Side.BUY, "1", client_id=named("a")))
        found = await bench.account.settle(named("a"), bench.clock.now())
        assert found.order_id == placed.order_id
        assert found.status is OrderStatus.FILLED
        with pytest.raises(Rejected, match="Unknown order"):
            await bench.account.settle(named("b"), bench.clock.now())


async def test_an_order_is_amended_and_cancelled_by_either_name() -> None:
    async with practising() as bench:
        placed = await bench.account.place(order(Side.BUY, "1", "90", client_id=named("a")))
        amended = await bench.account.amend(
            OrderName(client_id=named("a")), Amend(limit_price=D(91))
        )
        assert (amended.order_id, amended.limit_price) == (placed.order_id, D(91))
        await bench.account.cancel(OrderName(order_id=placed.order_id))
        assert await bench.money() == (D(1000), D(0))
        with pytest.raises(InvalidOrder, match="Unknown order"):
            await bench.account.cancel(OrderName(order_id=placed.order_id))
        with pytest.raises(InvalidOrder, match="Unknown order"):
            await bench.account.amend(OrderName(client_id=named("a")), Amend(qty=D(2)))
        (ended,) = await bench.account.closed_orders(bench.clock.now() - timedelta(minutes=1))
        assert ended.reason == "User requested"


async def test_a_good_till_date_order_and_the_dead_mans_switch_end_by_time() -> None:
    async with practising() as bench:
        end = bench.clock.now() + timedelta(seconds=20)
        gtd = order(Side.BUY, "1", "90", time_in_force=TimeInForce.GTD, expires_at=end)
        await bench.account.place(gtd)
        await bench.account.place(order(Side.BUY, "1", "91"))
        await bench.settled()
        later(bench, 21)
        await bench.settled()
        assert (await bench.only()).limit_price == D(91)
        await bench.account.cancel_all_after(timedelta(seconds=60))
        await bench.settled()
        later(bench, 30)
        await bench.settled()
        assert len(await bench.account.open_orders()) == 1
        later(bench, 31)
        await bench.settled()
        assert await bench.account.open_orders() == []
        assert await bench.money() == (D(1000), D(0))


async def test_every_fact_of_an_order_is_told_once_and_in_order() -> None:
    async with practising() as bench:
        bench.told.clear()
        await bench.account.place(order(Side.BUY, "1"))
        await bench.until(BalancesChanged)
        kinds = [type(event).__name__ for event in bench.told]
        assert kinds == [
            "OrderUpdated",
            "OrderUpdated",
            "FillHappened",
            "OrderUpdated",
            "OrderUpdated",
            "BalancesChanged",
        ]
        updates = [event for event in bench.told if isinstance(event, OrderUpdated)]
        assert updates[0].before is None
        assert all(b.before == a.order for a, b in pairwise(updates))
        changed = bench.told[-1]
        assert isinstance(changed, BalancesChanged)
        assert set(changed.balances) == {USD, BTC}


async def test_an_order_meets_the_market_as_late_as_the_latency_says() -> None:
    async with practising() as bench:
        await bench.account.set_latency(timedelta(milliseconds=150))
        before = bench.clock.now()
        placed = await bench.account.place(order(Side.BUY, "1"))
        assert placed.created_at == before + timedelta(milliseconds=150)
        with pytest.raises(InvalidOrder):
            await bench.account.set_latency(timedelta(seconds=11))


async def test_rates_of_ones_own_replace_the_lowest_tier() -> None:
    async with practising() as bench:
        symbol = order(Side.BUY, "1").symbol
        assert (await bench.account.own_fees([symbol])).taker == {symbol: D("0.40")}
        await bench.account.set_fees(FeeTier(D(0), D("0.01")))
        await bench.account.place(order(Side.BUY, "1"))
        await bench.until(FillHappened)
        assert bench.fills()[0].fee == D("1.01")
        assert (await bench.account.own_fees([symbol])).maker == {symbol: D(0)}
        with pytest.raises(InvalidOrder):
            await bench.account.set_fees(FeeTier(D("-0.1"), D(0)))


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1e13"])
async def test_a_reset_with_an_impossible_amount_changes_nothing(amount: str) -> None:
    async with practising() as bench:
        with pytest.raises(InvalidOrder):
            await bench.account.reset({USD: D(amount)})
        with pytest.raises(Rejected, match="Unknown asset"):
            await bench.account.reset({Asset("FISH"): D(1)})
        assert await bench.money() == (D(1000), D(0))


async def test_a_reset_ends_all_orders_and_forgets_the_history() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1"))
        await bench.account.place(order(Side.BUY, "1", "90"))
        await bench.account.reset({USD: D(500)})
        await bench.settled()
        assert await bench.account.open_orders() == []
        assert await bench.account.fills(bench.clock.now() - timedelta(days=1)) == []
        assert await bench.account.balances() == {USD: (await bench.account.balances())[USD]}
        assert await bench.money() == (D(500), D(0))
        told = [e for e in bench.told if isinstance(e, OrderUpdated)]
        assert told[-1].order.status is OrderStatus.CANCELED


async def test_why_an_order_is_not_filled_is_told_in_numbers() -> None:
    async with practising() as bench:
        placed = await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.settled()
        for asks in ((("100.5", "1"),), (("103", "1"),)):
            bench.market.show(asks=asks)
            await bench.settled()
        why = bench.account.why(OrderName(order_id=placed.order_id))
        assert why is not None
        assert (why.opposite, why.best_seen, why.ahead) == (D(103), D("100.5"), D(2))
        assert why.seen_since == placed.created_at
        stop = await bench.account.place(
            order(Side.SELL, "1", type=OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D(90))))
        )
        why = bench.account.why(OrderName(order_id=stop.order_id))
        assert why is not None
        assert (why.trigger_distance, why.ahead) == (D(10), None)
        assert bench.account.why(OrderName(order_id=named("x"))) is None  # type: ignore[arg-type]


async def test_only_pairs_with_open_orders_are_subscribed() -> None:
    async with practising() as bench:
        await bench.settled()
        assert bench.market.readers == 0
        placed = await bench.account.place(order(Side.BUY, "1", "90"))
        await bench.settled()
        assert bench.market.readers == 1
        await bench.account.cancel(OrderName(order_id=placed.order_id))
        await bench.settled()
        assert bench.market.readers == 0


async def test_a_new_account_owns_what_it_was_given_without_any_market() -> None:
    async with practising(running=False) as bench:
        assert await bench.money() == (D(1000), D(0))
        assert bench.facts == []
        entries = await bench.account.ledger(bench.clock.now() - timedelta(hours=1))
        assert {(e.asset, e.amount, e.kind) for e in entries} == {
            (USD, D(1000), "deposit"),
            (BTC, D(10), "deposit"),
        }
        with pytest.raises(InvalidOrder):
            PaperAccount(bench.venue, name="8", save=bench.save, balances={USD: D(-1)})
