"""Practice accounts over restarts, outages and failing storage: nothing lost, nothing made up."""

import asyncio
from datetime import timedelta
from decimal import Decimal as D

import pytest

from kraken.account import AccountInterrupted, AccountReady, FillHappened, OrderUpdated
from kraken.core.errors import Busy, OutcomeUnknown, Rejected
from kraken.core.practice.rates import OwnVolume
from kraken.core.trading import (
    OrderName,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Side
from kraken.paper import PaperAccount, Unchecked, UnreadableError
from tests.ledger_cases import BTC, USD, named, order
from tests.paper_market import HandMarket, hand_market, instrument, later, practising


async def saved_with(market: HandMarket, *requests: object) -> bytes:
    """An account that placed these and stopped."""
    async with practising(market) as bench:
        for request in requests:
            await bench.account.place(request)  # type: ignore[arg-type]  # OrderRequests
        await bench.settled()
    snapshot = bench.account.snapshot()
    assert snapshot
    return snapshot


async def test_what_is_restored_is_what_was_saved() -> None:
    market = hand_market()
    async with practising(market) as bench:
        await bench.account.place(order(Side.BUY, "1", client_id=named("a")))
        await bench.account.place(order(Side.SELL, "1", "110"))
        await bench.settled()
        before = bench.account
        assert bench.saved is not None
        async with practising(market, bench.saved) as again:
            assert await again.account.balances() == await before.balances()
            assert await again.account.open_orders() == await before.open_orders()
            since = market.clock.now() - timedelta(days=1)
            assert await again.account.fills(since) == await before.fills(since)
            assert await again.account.ledger(since) == await before.ledger(since)
            assert await again.account.closed_orders(since) == await before.closed_orders(since)
            placed = await again.account.place(order(Side.BUY, "0.5", "90"))
            assert placed.order_id not in {o.order_id for o in await before.open_orders()}


async def test_resting_orders_are_settled_from_the_trades_of_the_gap() -> None:
    market = hand_market()
    snapshot = await saved_with(
        market,
        order(Side.BUY, "1", "99"),
        order(Side.BUY, "1", "95"),
        order(Side.SELL, "1", "104"),
    )
    market.clock.advance(600)
    through = market.trade("98", "0.1", is_seen=False)
    market.trade("104", "0.6", Side.BUY, is_seen=False)
    market.clock.advance(600)
    market.trade("100", "1")
    async with practising(market, snapshot) as bench:
        assert [(f.price, f.qty) for f in bench.fills()] == [(D(99), D(1)), (D(104), D("0.6"))]
        assert bench.fills()[0].at == through.at
        assert len(await bench.account.open_orders()) == 2
        assert bench.account.unchecked == ()
        assert market.asked_past > 0


async def test_stops_of_the_gap_fire_in_the_order_of_time_at_the_price_that_fired_them() -> None:
    market = hand_market((instrument("BTC/USD"), instrument("ETH/USD")))
    stop = order(Side.SELL, "2", type=OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D(90))))
    gtd = order(
        Side.SELL,
        "1",
        "120",
        time_in_force=TimeInForce.GTD,
        expires_at=market.clock.now() + timedelta(minutes=5),
    )
    snapshot = await saved_with(market, stop, gtd)
    market.clock.advance(400)
    market.trade("130", "5", Side.BUY, is_seen=False)
    market.trade("88.5", "0.1", is_seen=False)
    market.trade("70", "0.1")
    async with practising(market, snapshot) as bench:
        (fill,) = bench.fills()
        assert (fill.price, fill.qty) == (D("88.5"), D(2))
        ended = await bench.account.closed_orders(market.clock.now() - timedelta(hours=1))
        assert {o.status for o in ended} == {OrderStatus.FILLED, OrderStatus.EXPIRED}


async def test_an_order_of_the_gap_trades_until_its_time_is_over() -> None:
    market = hand_market()
    end = market.clock.now() + timedelta(minutes=5)
    terms = {"time_in_force": TimeInForce.GTD, "expires_at": end}
    snapshot = await saved_with(
        market, order(Side.SELL, "1", "120", **terms), order(Side.SELL, "1", "140", **terms)
    )
    market.clock.advance(200)
    market.trade("130", "5", Side.BUY, is_seen=False)
    market.clock.advance(200)
    market.trade("150", "5", Side.BUY)
    async with practising(market, snapshot) as bench:
        (fill,) = bench.fills()
        assert fill.price == D(120)
        assert await bench.account.open_orders() == []


async def test_the_dead_mans_switch_ends_orders_in_the_gap_and_not_before() -> None:
    market = hand_market()
    async with practising(market) as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.account.place(order(Side.BUY, "1", "95"))
        await bench.account.cancel_all_after(timedelta(seconds=60))
        await bench.settled()
    market.clock.advance(30)
    market.trade("98", "1", is_seen=False)
    market.clock.advance(60)
    market.trade("90", "1")
    async with practising(market, bench.saved) as again:
        assert [fill.price for fill in again.fills()] == [D(99)]
        assert await again.account.open_orders() == []


async def test_a_trailing_stop_follows_the_gap_too() -> None:
    market = hand_market()
    trail = Trigger(PriceOffset(D(5), PriceKind.QUOTE))
    snapshot = await saved_with(
        market, order(Side.SELL, "1", type=OrderType.TRAILING_STOP, trigger=trail)
    )
    market.clock.advance(60)
    for price in ("101", "120", "116", "114.5"):
        market.trade(price, "1", is_seen=False)
    market.trade("115", "1")
    async with practising(market, snapshot) as bench:
        (fill,) = bench.fills()
        assert fill.price == D("114.5")


async def test_a_gap_that_cannot_be_read_is_said_to_be_unknown() -> None:
    market = hand_market()
    snapshot = await saved_with(market, order(Side.BUY, "1", "99"))
    began = market.clock.now()
    market.clock.advance(600)
    market.trade("90", "1", is_seen=False)
    market.trade("100", "1")
    market.past_fails = Busy("EService:Busy")
    async with practising(market, snapshot) as bench:
        (unknown,) = bench.account.unchecked
        (order_,) = await bench.account.open_orders()
        assert unknown.orders == (order_.order_id,)
        assert unknown.since <= began
        assert unknown.until == market.clock.now()
        assert [f for f in bench.facts if isinstance(f, Unchecked)] == [unknown]


async def test_an_outage_of_the_stream_is_settled_without_a_restart() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.settled()
        market = bench.market
        market.lose()
        market.clock.advance(60)
        market.trade("97", "1", is_seen=False)
        market.forget_tape()
        market.trade("100", "1")
        market.show()
        await bench.until(FillHappened)
        await bench.until(AccountReady, 2)
        assert bench.fills()[0].price == D(99)
        assert "AccountInterrupted" in bench.interruptions()


async def test_what_was_seen_before_an_outage_is_not_seen_again_after_it() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        await bench.settled()
        market = bench.market
        market.trade("99", "1.5")
        await bench.settled()
        market.lose()
        market.trade("99", "0.2", is_seen=False)
        market.forget_tape()
        market.trade("100", "1")
        market.show(bids=(("99", "5"), ("98", "3")))
        await bench.until(AccountReady, 2)
        why = bench.account.why(OrderName(order_id=(await bench.only()).order_id))
        assert why is not None
        assert why.ahead == D("0.3")
        assert bench.fills() == []


async def test_trades_wait_while_the_book_is_fetched_again() -> None:
    async with practising() as bench:
        stop = order(Side.SELL, "1", type=OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(D(90))))
        await bench.account.place(stop)
        await bench.settled()
        bench.market.lose()
        bench.market.trade("89", "1")
        await bench.settled()
        assert len(await bench.account.open_orders()) == 1
        bench.market.show(bids=(("88", "5"),))
        await bench.until(FillHappened)
        assert bench.fills()[0].price == D(88)


async def test_a_pair_without_a_book_is_tried_again_and_the_account_says_so() -> None:
    market = hand_market()
    snapshot = await saved_with(market, order(Side.BUY, "1", "99"))
    market.lose()
    async with practising(market, snapshot, running=False) as bench, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.account.run(bench.listen))
        await bench.until(AccountInterrupted)
        market.show(asks=(("98", "3"),))
        later(bench, 31)
        await bench.until(AccountReady)
        await bench.until(FillHappened)
        running.cancel()


async def test_what_cannot_be_saved_is_told_to_nobody_and_saved_with_the_next() -> None:
    async with practising(running=False) as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        bench.save_fails = OSError("disk full")
        with pytest.raises(OutcomeUnknown, match="disk full"):
            await bench.account.place(order(Side.BUY, "1"))
        with pytest.raises(OSError, match="disk full"):
            await bench.account.run(bench.listen)
        assert bench.fills() == []
        bench.save_fails = None
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(bench.account.run(bench.listen))
            await bench.until(FillHappened)
            running.cancel()
        assert [f.price for f in bench.fills()] == [D(101)]


async def test_a_placed_order_whose_save_failed_is_settled_later() -> None:
    async with practising(running=False) as bench:
        bench.save_fails = OSError("disk full")
        with pytest.raises(OutcomeUnknown):
            await bench.account.place(order(Side.BUY, "1", client_id=named("a")))
        facts = len(bench.facts)
        with pytest.raises(OutcomeUnknown):
            await bench.account.settle(named("a"), bench.clock.now())
        bench.save_fails = None
        found = await bench.account.settle(named("a"), bench.clock.now())
        assert found.status is OrderStatus.FILLED
        assert sum(isinstance(f, FillHappened) for f in bench.facts[facts:]) == 1


async def test_a_fill_that_the_listener_lost_is_told_again() -> None:
    market = hand_market()
    async with practising(market, running=False) as bench:
        await bench.account.place(order(Side.BUY, "1"))
        bench.told_fails = RuntimeError("store is gone")
        with pytest.raises(RuntimeError):
            await bench.account.run(bench.listen)
        bench.told_fails = None
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(bench.account.run(bench.listen))
            await bench.until(FillHappened)
            running.cancel()
        assert len(bench.fills()) == 1


async def test_a_fill_that_was_saved_and_not_told_is_told_after_a_restart() -> None:
    market = hand_market()
    async with practising(market, running=False) as bench:
        await bench.account.place(order(Side.BUY, "1"))
        await bench.account.place(order(Side.BUY, "1", "90"))
    async with practising(market, bench.saved) as again:
        assert len(again.fills()) == 1
        told = [event for event in again.told if isinstance(event, OrderUpdated)]
        assert [(e.order.status, e.before) for e in told] == [
            (OrderStatus.FILLED, None),
            (OrderStatus.NEW, None),
        ]
        later(again, 301)
        await again.settled()
        assert again.saved is not None
    async with practising(market, again.saved) as third:
        assert third.told[0] == AccountReady(market.clock.now())


async def test_an_account_that_is_not_run_settles_a_pair_before_the_next_order_in_it() -> None:
    market = hand_market()
    async with practising(market, running=False) as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        market.clock.advance(60)
        market.trade("98", "1")
        await bench.account.place(order(Side.BUY, "1", "97"))
        assert len(await bench.account.open_orders()) == 1
        assert await bench.money(BTC) == (D(11), D(0))
        assert (await bench.money(USD))[0] == D("900.75")


async def test_an_account_that_is_not_run_sees_each_trade_once() -> None:
    market = hand_market()
    async with practising(market, running=False) as bench:
        placed = await bench.account.place(order(Side.BUY, "1", "99"))
        market.clock.advance(60)
        market.trade("99", "1.5")
        for _ in range(2):
            await bench.account.place(order(Side.BUY, "0.1", "90"))
        why = bench.account.why(OrderName(order_id=placed.order_id))
        assert why is not None
        assert why.ahead == D("0.5")


@pytest.mark.parametrize("all_", [False, True])
async def test_an_order_that_traded_meanwhile_is_not_cancelled(all_: bool) -> None:
    market = hand_market()
    async with practising(market, running=False) as bench:
        placed = await bench.account.place(order(Side.BUY, "1", "99"))
        market.clock.advance(60)
        market.trade("98", "1")
        if all_:
            assert await bench.account.cancel_all() == 0
        else:
            with pytest.raises(Rejected, match="Unknown order"):
                await bench.account.cancel(OrderName(order_id=placed.order_id))
        ended = await bench.account.order(OrderName(order_id=placed.order_id))
        assert ended is not None
        assert ended.status is OrderStatus.FILLED


async def test_orders_are_cancelled_also_where_there_is_no_market() -> None:
    market = hand_market()
    async with practising(market, running=False) as bench:
        await bench.account.place(order(Side.BUY, "1", "99"))
        market.lose()
        assert await bench.account.cancel_all() == 1
        assert await bench.money() == (D(1000), D(0))


async def test_how_far_the_market_was_seen_is_saved_every_few_minutes() -> None:
    async with practising() as bench:
        await bench.account.place(order(Side.BUY, "1", "95"))
        await bench.settled()
        before = bench.saved
        bench.market.trade("100", "1")
        later(bench, 301)
        await bench.settled()
        assert bench.saved != before


@pytest.mark.parametrize("text", [b"", b"{}", b'{"name":"7"}', b"[1]", b"\xff"])
async def test_a_snapshot_that_cannot_be_read_is_refused(text: bytes) -> None:
    async with practising() as bench:
        with pytest.raises(UnreadableError):
            PaperAccount(bench.venue, name="7", save=bench.save, snapshot=text)
        newer = bench.account.snapshot().replace(b'"version":1', b'"version":2')
        with pytest.raises(UnreadableError, match="newer"):
            PaperAccount(bench.venue, name="7", save=bench.save, snapshot=newer)


async def test_the_volume_of_a_key_decides_the_rates_also_after_a_restart() -> None:
    market = hand_market()
    volume = OwnVolume(D(60000), "live:1", market.clock.now())
    async with practising(market) as bench:
        await bench.account.set_fees(None, volume)
        snapshot = bench.account.snapshot()
    async with practising(market, snapshot) as again:
        assert again.account.key_volume == volume
        symbol = order(Side.BUY, "1").symbol
        assert (await again.account.own_fees([symbol])).taker == {symbol: D("0.24")}
        await again.account.place(order(Side.BUY, "1"))
        await again.until(FillHappened)
        assert again.fills()[0].fee == D("0.24")
