"""What trades and books do to orders that rest or wait: queues, icebergs, triggers, trails.

Mutants tried by hand and killed: the queue ignored, or filled before those ahead; one trade given
to two orders; trades at the price of the wrong side counted; an order that is traded through left
open; an iceberg that shows all of itself or keeps its place; triggers on quotes; stops and
take-profits mixed up; a trail that moves back; an index trigger that listens to trades.
"""

import json
from dataclasses import replace
from decimal import Decimal as D

import pytest

from kraken.core.ledger.ledger import Ledger
from kraken.core.ledger.words import Canceled, EndReason, Filled, LedgerEvent, RefusalKind
from kraken.core.trading import (
    Liquidity,
    OrderRequest,
    OrderStatus,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    Trigger,
)
from kraken.core.types import OrderId, Side
from tests.ledger_cases import BTC, NOON, Desk, order, view, words

BUY, SELL = Side.BUY, Side.SELL


def filled(events: list[LedgerEvent]) -> list[tuple[D, D, Liquidity]]:
    return [
        (event.fill.price, event.fill.qty, event.fill.liquidity)
        for event in events
        if isinstance(event, Filled)
    ]


def only(desk: Desk) -> OrderId:
    (found,) = desk.ledger.orders()
    return found.order_id


def stop(price: str, reference: Reference = Reference.LAST) -> Trigger:
    return Trigger(PriceOffset(D(price)), reference)


def trail(distance: str, kind: PriceKind = PriceKind.QUOTE) -> Trigger:
    return Trigger(PriceOffset(D(distance), kind))


def test_those_who_were_there_first_trade_first() -> None:
    desk = Desk()
    desk.place(order(BUY, "2", "99"))  # two others are there
    assert desk.ledger.queue_ahead(only(desk)) == 2
    assert desk.trade("99", "1.5") == []
    assert desk.ledger.queue_ahead(only(desk)) == D("0.5")
    assert filled(desk.trade("99", "1.5")) == [(D(99), D(1), Liquidity.MAKER)]
    assert filled(desk.trade("99", "5")) == [(D(99), D(1), Liquidity.MAKER)]
    assert desk.ledger.orders() == []


def test_others_who_leave_shorten_the_queue_and_newcomers_do_not_lengthen_it() -> None:
    desk = Desk()
    desk.place(order(BUY, "2", "99"))
    desk.book(view(bids=[("99", "0.5"), ("98", "3")]))
    assert desk.ledger.queue_ahead(only(desk)) == D("0.5")
    desk.book(view(bids=[("99", "7"), ("98", "3")]))
    assert desk.ledger.queue_ahead(only(desk)) == D("0.5")


def test_alone_at_its_price_an_order_is_first() -> None:
    desk = Desk()
    desk.place(order(BUY, "2", "98.5"))
    assert desk.ledger.queue_ahead(only(desk)) == 0


def test_a_price_out_of_sight_has_an_unknown_queue_until_it_is_seen() -> None:
    desk = Desk()
    desk.place(order(BUY, "2", "95"))
    assert desk.ledger.queue_ahead(only(desk)) is None
    assert desk.trade("95", "50") == []
    desk.book(view(bids=[("95", "4"), ("94", "1")]))
    assert desk.ledger.queue_ahead(only(desk)) == 4


def test_nobody_is_ahead_beyond_the_end_of_a_whole_book() -> None:
    desk = Desk(market=replace(view(), is_whole=True))
    desk.place(order(BUY, "2", "95"))
    assert desk.ledger.queue_ahead(only(desk)) == 0


def test_a_trade_beyond_its_price_fills_an_order_whole_at_its_own_price() -> None:
    desk = Desk()
    desk.place(order(BUY, "2", "99"))
    events = desk.trade("98.5", "0.05")
    assert filled(events) == [(D(99), D(2), Liquidity.MAKER)]
    assert words(events) == ["Filled", "Completed"]
    assert desk.money() == (D(1000) - 198 - D("0.50"), D(0))


def test_trades_of_buyers_do_not_come_to_buyers_at_the_same_price() -> None:
    desk = Desk()
    desk.place(order(BUY, "2", "98.5"))
    assert desk.trade("98.5", "50", BUY) == []
    desk = Desk()
    desk.place(order(SELL, "2", "101.5"))
    assert filled(desk.trade("101.5", "1", BUY)) == [(D("101.5"), D(1), Liquidity.MAKER)]


def test_one_trade_is_shared_by_own_orders_in_their_order() -> None:
    desk = Desk()
    desk.place(order(BUY, "1", "98.5"))
    desk.book(view(bids=[("99", "2"), ("98.5", "1"), ("98", "3")]))
    desk.place(order(BUY, "1", "98.5"))  # one other stands between the two
    first, second = (each.order_id for each in desk.ledger.orders())
    assert filled(desk.trade("98.5", "1.5")) == [(D("98.5"), D(1), Liquidity.MAKER)]
    assert desk.ledger.order(first) is None
    assert desk.ledger.queue_ahead(second) == D("0.5")
    assert filled(desk.trade("98.5", "1")) == [(D("98.5"), D("0.5"), Liquidity.MAKER)]


def test_a_book_that_crosses_fills_from_what_crosses_and_only_once() -> None:
    desk = Desk(keeps_footprint=True)
    desk.place(order(BUY, "3", "99"))
    crossed = view(bids=[], asks=[("98", "1"), ("99", "0.5"), ("101", "2")])
    events = desk.book(crossed)
    assert filled(events) == [(D(99), D(1), Liquidity.MAKER), (D(99), D("0.5"), Liquidity.MAKER)]
    assert [e.took[0].price for e in events if isinstance(e, Filled)] == [D(98), D(99)]
    assert desk.book(crossed) == []


def test_who_offers_meets_the_best_price_first() -> None:
    desk = Desk()
    desk.place(order(BUY, "1", "98.5"))
    desk.place(order(BUY, "1", "99"))
    events = desk.book(view(bids=[], asks=[("98", "1.5")]))
    assert [(price, qty) for price, qty, _ in filled(events)] == [
        (D(99), D(1)),
        (D("98.5"), D("0.5")),
    ]


def test_quotes_move_no_trigger() -> None:
    desk = Desk()
    desk.place(order(SELL, "1", None, OrderType.STOP_LOSS, trigger=stop("95")))
    assert desk.book(view(bids=[("90", "5")], asks=[("91", "5")])) == []


def test_an_iceberg_shows_its_parts_one_after_the_other() -> None:
    desk = Desk()
    desk.place(order(BUY, "3", "99", OrderType.ICEBERG, display_qty=D(1)))
    events = desk.trade("99", "3.5")  # two others, the part that shows, half of the next one
    assert words(events) == ["Filled", "Refilled", "Filled"]
    maker = Liquidity.MAKER
    assert filled(events) == [(D(99), D(1), maker), (D(99), D("0.5"), maker)]
    shown = desk.ledger.order(only(desk))
    assert shown is not None
    assert (shown.display_remaining, shown.remaining) == (D("0.5"), D("1.5"))


def test_an_icebergs_next_part_waits_behind_those_who_came_meanwhile() -> None:
    desk = Desk()
    desk.place(order(BUY, "3", "99", OrderType.ICEBERG, display_qty=D(1)))
    desk.book(view(bids=[("99", "6")]))
    desk.trade("99", "3")
    assert desk.ledger.queue_ahead(only(desk)) == 4
    assert desk.trade("99", "4") == []
    assert filled(desk.trade("99", "1")) == [(D(99), D(1), Liquidity.MAKER)]


def test_traded_through_an_iceberg_fills_part_by_part() -> None:
    desk = Desk()
    desk.place(order(BUY, "2.5", "99", OrderType.ICEBERG, display_qty=D(1)))
    events = desk.trade("98", "1")
    assert [qty for _, qty, _ in filled(events)] == [D(1), D(1), D("0.5")]
    assert words(events).count("Refilled") == 2


@pytest.mark.parametrize(
    ("side", "type", "price", "quiet", "fires"),
    [
        (SELL, OrderType.STOP_LOSS, "95", "95.5", "95"),
        (BUY, OrderType.STOP_LOSS, "105", "104.5", "105"),
        (SELL, OrderType.TAKE_PROFIT, "105", "104.5", "105"),
        (BUY, OrderType.TAKE_PROFIT, "95", "95.5", "95"),
    ],
)
def test_triggers_fire_at_their_price_and_trade_at_the_market(
    side: Side, type: OrderType, price: str, quiet: str, fires: str
) -> None:
    desk = Desk()
    events = desk.place(order(side, "1", None, type, trigger=stop(price)))
    assert words(events) == ["Accepted", "Opened"]
    assert desk.trade(quiet, "0.1") == []
    events = desk.trade(fires, "0.1")
    assert words(events) == ["Triggered", "Filled", "Completed"]
    best = D(101) if side is BUY else D(99)
    assert filled(events) == [(best, D(1), Liquidity.TAKER)]
    triggered = events[0].order
    assert triggered.trigger is not None
    assert (triggered.trigger.is_fired, triggered.trigger.fired_by) == (True, D(fires))
    assert triggered.status is OrderStatus.NEW
    assert desk.ledger.orders() == []


def test_two_stops_of_one_trade_share_what_is_offered() -> None:
    desk = Desk()
    for _ in range(2):
        desk.place(order(SELL, "1.5", None, OrderType.STOP_LOSS, trigger=stop("95")))
    taker = Liquidity.TAKER
    assert filled(desk.trade("95", "0.1")) == [
        (D(99), D("1.5"), taker),
        (D(99), D("0.5"), taker),
        (D(98), D(1), taker),
    ]


@pytest.mark.parametrize(
    ("side", "type", "price"),
    [
        (SELL, OrderType.STOP_LOSS, "100"),
        (BUY, OrderType.STOP_LOSS, "100"),
        (SELL, OrderType.TAKE_PROFIT, "99"),
        (BUY, OrderType.TAKE_PROFIT, "101"),
    ],
)
def test_a_trigger_that_is_crossed_already_ends_the_order(
    side: Side, type: OrderType, price: str
) -> None:
    events = Desk().place(order(side, "1", None, type, trigger=stop(price)))
    assert words(events) == ["Accepted", "Canceled"]
    assert isinstance(events[-1], Canceled)
    assert events[-1].reason is EndReason.WOULD_TRIGGER


def test_a_triggered_limit_order_rests_at_its_limit() -> None:
    desk = Desk()
    desk.place(order(SELL, "1", "100", OrderType.STOP_LOSS_LIMIT, trigger=stop("95")))
    assert desk.money(BTC) == (D(10), D(1))
    assert words(desk.trade("94", "0.1")) == ["Triggered"]
    assert desk.money(BTC) == (D(10), D(1))
    assert filled(desk.trade("100.5", "0.1", BUY)) == [(D(100), D(1), Liquidity.MAKER)]


def test_a_waiting_order_is_not_in_the_book() -> None:
    desk = Desk()
    desk.place(order(SELL, "1", "94", OrderType.STOP_LOSS_LIMIT, trigger=stop("95")))
    assert filled(desk.trade("99", "9", BUY)) == []
    assert desk.book(view(bids=[("97", "9")], asks=[])) == []


def test_a_triggered_buy_spends_what_there_is_and_ends() -> None:
    desk = Desk(usd="106")
    desk.place(order(BUY, "1", None, OrderType.STOP_LOSS, trigger=stop("105")))
    desk.market = view(asks=[("111", "9")])
    events = desk.trade("105", "0.1")
    assert words(events) == ["Triggered", "Filled", "Canceled"]
    assert filled(events) == [(D(111), D("0.95"), Liquidity.TAKER)]
    assert isinstance(events[-1], Canceled)
    assert events[-1].reason is EndReason.FUNDS
    assert desk.money()[0] >= 0


def test_a_trailing_stop_follows_upwards_and_fires_on_the_way_down() -> None:
    desk = Desk()
    (accepted, _) = desk.place(order(SELL, "1", None, OrderType.TRAILING_STOP, trigger=trail("3")))
    assert accepted.order.trigger is not None
    assert accepted.order.trigger.price == 97
    assert desk.trade("98", "0.1") == []
    assert words(desk.trade("104", "0.1")) == ["Trailed"]
    moved = desk.ledger.orders()[0].trigger
    assert moved is not None
    assert (moved.peak, moved.price) == (D(104), D(101))
    assert desk.trade("102", "0.1") == []
    assert words(desk.trade("101", "0.1")) == ["Triggered", "Filled", "Completed"]


def test_a_trailing_buy_follows_downwards_by_percent() -> None:
    desk = Desk()
    desk.place(
        order(BUY, "1", None, OrderType.TRAILING_STOP, trigger=trail("5", PriceKind.PERCENT))
    )
    assert words(desk.trade("90", "0.1")) == ["Trailed"]
    assert desk.money()[1] == D("94.5") * D("1.004")
    assert words(desk.trade("94.5", "0.1")) == ["Triggered", "Filled", "Completed"]


def test_a_trail_is_never_closer_than_a_tick() -> None:
    """Half a percent of 90 is less than a tick, and would fire where the order was placed."""
    desk = Desk(market=view(last="90"))
    trigger = trail("0.5", PriceKind.PERCENT)
    desk.place(order(BUY, "1", None, OrderType.TRAILING_STOP, trigger=trigger))
    assert desk.trade("90", "0.1") == []
    assert words(desk.trade("90.5", "0.1"))[0] == "Triggered"


def test_a_trailing_limit_keeps_its_distance_from_the_trigger() -> None:
    desk = Desk()
    request = OrderRequest(
        view().instrument.symbol,
        SELL,
        OrderType.TRAILING_STOP_LIMIT,
        D(1),
        limit_offset=PriceOffset(D(-1), PriceKind.QUOTE),
        trigger=trail("3"),
    )
    desk.place(request)
    assert desk.ledger.orders()[0].limit_price == 96
    desk.trade("104", "0.1")
    assert desk.ledger.orders()[0].limit_price == 100


def test_the_index_moves_only_those_who_ask_for_it() -> None:
    desk = Desk(market=view(index="100"))
    desk.place(order(SELL, "1", None, OrderType.STOP_LOSS, trigger=stop("95", Reference.INDEX)))
    desk.place(order(SELL, "1", None, OrderType.STOP_LOSS, trigger=stop("94")))
    assert desk.trade("94.5", "0.1") == []
    desk.market = replace(desk.market, index=D("93"), last=D("93"))
    events = desk.ledger.on_index(desk.market, NOON, desk.names)
    assert words(events) == ["Triggered", "Filled", "Completed"]
    assert len(desk.ledger.orders()) == 1


def test_without_an_index_the_last_trade_counts() -> None:
    desk = Desk()
    desk.place(order(SELL, "1", None, OrderType.STOP_LOSS, trigger=stop("95", Reference.INDEX)))
    assert words(desk.trade("95", "0.1")) == ["Triggered", "Filled", "Completed"]
    nothing = Desk(market=view(last=None))
    refusal = nothing.refuse(
        order(SELL, "1", None, OrderType.STOP_LOSS, trigger=stop("95", Reference.INDEX))
    )
    assert (refusal.kind, refusal.field) == (RefusalKind.ARGUMENTS, "trigger")


def test_another_account_takes_from_a_resting_order() -> None:
    desk = Desk()
    desk.place(order(SELL, "2", "100"))
    name = only(desk)
    events = desk.ledger.take(name, D("0.5"), desk.market, NOON, desk.names)
    assert isinstance(events, list)
    assert filled(events) == [(D(100), D("0.5"), Liquidity.MAKER)]
    rest = desk.ledger.take(name, D(99), desk.market, NOON, desk.names)
    assert isinstance(rest, list)
    assert words(rest) == ["Filled", "Completed"]
    gone = desk.ledger.take(name, D(1), desk.market, NOON, desk.names)
    assert not isinstance(gone, list)
    assert gone.kind is RefusalKind.UNKNOWN_ORDER


def test_a_restart_keeps_places_triggers_and_footprints() -> None:
    desk = Desk(keeps_footprint=True)
    desk.place(order(BUY, "1", "99"))
    desk.place(order(SELL, "1", None, OrderType.TRAILING_STOP, trigger=trail("3")))
    desk.place(order(BUY, "1"))
    plain = json.loads(json.dumps(desk.ledger.to_state()))
    desk.ledger = Ledger.from_state(plain)
    assert desk.ledger.queue_ahead(desk.ledger.orders()[0].order_id) == 2
    assert filled(desk.place(order(BUY, "2"))) == [
        (D(101), D(1), Liquidity.TAKER),
        (D(102), D(1), Liquidity.TAKER),
    ]
    assert words(desk.trade("104", "0.1")) == ["Trailed"]


def test_other_pairs_concern_nobody_here() -> None:
    desk = Desk()
    desk.place(order(BUY, "1", "99"))
    other = replace(desk.market, instrument=replace(desk.market.instrument, symbol="ETH/USD"))  # type: ignore[arg-type]  # any text
    assert desk.ledger.on_book(other, NOON, desk.names) == []
