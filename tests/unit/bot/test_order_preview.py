"""What an order would come to: numbers from the book, the fee, and what is refused before."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.core.texts.errors import error_page
from bot.core.trade.caution import Caution, reasons_of
from bot.core.trade.preview import has_moved, preview_of, priced
from bot.core.trade.refusals import OrderRefused, Refusal
from bot.core.trade.syntax import read_order
from bot.core.trade.types import Mode, PlacedOrder, Standing
from kraken.core.rules import faults
from kraken.core.trading import OrderType, TimeInForce
from kraken.core.types import InstrumentStatus, Side, SystemState
from tests.fakes import NOON
from tests.intents import intent
from tests.market_values import book, instrument, levels, ticker
from tests.order_cases import money, preview, situation
from tests.page_rules import check_page, words_of


def number(text: str) -> Decimal:
    return Decimal(text)


# -- the request


@pytest.mark.parametrize(
    ("text", "type_", "limit", "qty"),
    [
        ("/buy 0.01 btc @ 60000", OrderType.LIMIT, "60000", "0.01"),
        ("/buy 50eur btc @ 60000", OrderType.LIMIT, "60000", "0.00083333"),
        ("/buy 0.01 btc @ bid", OrderType.LIMIT, "60010.2", "0.01"),
        ("/buy 0.01 btc @ ask", OrderType.LIMIT, "60010.3", "0.01"),
        ("/buy 0.01 btc @ mid", OrderType.LIMIT, "60010.2", "0.01"),
        ("/sell 0.01 btc @ mid", OrderType.LIMIT, "60010.3", "0.01"),
        ("/buy 0.01 btc @ -0.5%", OrderType.LIMIT, "59710.2", "0.01"),
        ("/sell 0.01 btc @ +0.5%", OrderType.LIMIT, "60310.4", "0.01"),
        ("/buy 0.01 btc @ -50", OrderType.LIMIT, "59960.3", "0.01"),
        ("/buy 0.01 btc market", OrderType.LIMIT, "60310.3", "0.01"),
        ("/sell 0.01 btc market", OrderType.LIMIT, "59710.2", "0.01"),
        ("/buy 0.01 btc market plain", OrderType.MARKET, None, "0.01"),
        ("/buy 0.01 btc @ 60000 show=0.002", OrderType.ICEBERG, "60000", "0.01"),
        ("/sell 0.01 btc stop=58000", OrderType.STOP_LOSS, None, "0.01"),
        ("/sell 0.01 btc stop=58000 @ 57900", OrderType.STOP_LOSS_LIMIT, "57900", "0.01"),
        ("/sell 0.01 btc take=66000", OrderType.TAKE_PROFIT, None, "0.01"),
        ("/sell 0.01 btc take=66000 @ 65900", OrderType.TAKE_PROFIT_LIMIT, "65900", "0.01"),
        ("/sell 0.01 btc trail=2%", OrderType.TRAILING_STOP, None, "0.01"),
        ("/sell 0.01 btc trail=2% @ -0.1%", OrderType.TRAILING_STOP_LIMIT, None, "0.01"),
        ("/sell 25% btc @ ask", OrderType.LIMIT, "60010.3", "0.12500000"),
        ("/sell max btc market", OrderType.LIMIT, "59710.2", "0.50000000"),
    ],
)
def test_a_wish_becomes_an_order_with_numbers(
    text: str, type_: OrderType, limit: str | None, qty: str
) -> None:
    request = preview(text).request
    assert request.type is type_
    assert request.limit_price == (number(limit) if limit else None)
    assert request.qty == number(qty)
    assert request.client_id is None


def test_a_market_order_takes_at_once_and_no_further_than_its_protection() -> None:
    assert preview("/buy 0.01 btc market").request.time_in_force is TimeInForce.IOC
    assert preview("/buy 0.01 btc market", protection=number("0.1")).request.limit_price == number(
        "60070.3"
    )


def test_all_that_is_free_leaves_room_for_the_fee() -> None:
    shown = preview("/buy max btc market")
    assert shown.free_after is not None
    assert 0 <= shown.free_after < number("0.01")
    assert shown.total <= 1240


def test_money_at_the_market_buys_what_the_book_sells_for_it() -> None:
    deep = book("BTC/EUR", levels("60000 1"), levels("60010 0.001", "60020 1"))
    shown = preview("/buy 120eur btc market", book=deep)
    assert shown.taken.levels == 2
    assert shown.cost <= 120 < shown.cost + number("0.01")


def test_a_relative_trigger_counts_from_the_last_trade() -> None:
    trigger = preview("/sell 0.01 btc stop=-3%").request.trigger
    assert trigger is not None
    assert trigger.price.value == number("58210.0")


def test_a_stop_loss_rests_at_the_exchange_and_a_profit_does_not() -> None:
    request = preview("/buy 0.01 btc @ 60000 sl=58500 tp=64000").request
    assert request.close is not None
    assert request.close.type is OrderType.STOP_LOSS
    trailing = preview("/buy 0.01 btc @ 60000 trailsl=2%").request.close
    assert trailing is not None
    assert trailing.type is OrderType.TRAILING_STOP
    assert preview("/buy 0.01 btc @ 60000 tp=64000").request.close is None


# -- the numbers


def test_a_resting_order_pays_as_a_maker() -> None:
    shown = preview("/buy 0.01 btc @ 60000 post")
    assert (shown.cost, shown.fee, shown.total) == (
        number("600.00000"),
        number("1.50000"),
        number("601.50000"),
    )
    assert shown.free_after == number("638.50000")
    assert (shown.taken.filled, shown.rests) == (0, number("0.01"))


def test_an_order_that_takes_is_measured_against_the_book() -> None:
    shown = preview("/buy 1.5 btc market", balances=money(EUR="100000"))
    assert shown.taken.average is not None
    assert shown.worst == number("60011.2")
    assert shown.fee_rate == number("0.004")
    assert shown.rests == 0
    # What is reserved is judged at the limit, not at the hope.
    assert shown.total == number("90827.31180")


def test_a_limit_above_the_market_takes_a_part_and_rests_with_the_other() -> None:
    shown = preview("/buy 2 btc @ 60012", balances=money(EUR="200000"))
    assert shown.taken.filled == number("1.56")
    assert shown.rests == number("0.44")
    assert shown.worst == number("60012")


def test_a_seller_is_told_what_is_left_of_the_base() -> None:
    shown = preview("/sell 0.1 btc @ 61000")
    assert shown.free_after == number("0.4")
    assert shown.total == number("6084.75000")


def test_risk_and_reward_are_told_from_the_price_of_the_order() -> None:
    shown = preview("/buy 0.01 btc @ 60000 sl=58500 tp=64000")
    assert (shown.risk, shown.reward) == (number("15.00"), number("40.00"))


def test_without_a_book_the_best_prices_stand_in() -> None:
    assert preview("/buy 0.01 btc market", book=None).worst == number("60010.3")


# -- what is refused


def refused(text: str, **changes: Any) -> OrderRefused:
    with pytest.raises(OrderRefused) as caught:
        preview(text, **changes)
    page = error_page(caught.value, command="buy")
    assert page is not None
    check_page(page)
    assert "Nothing was sent." in words_of(page)
    for repair in caught.value.repairs:  # what is offered can be typed
        words = repair.wish.command().partition(" ")[2]
        assert read_order(repair.wish.side, words) == repair.wish
    return caught.value


def paired(status: InstrumentStatus) -> Any:
    return replace(instrument("BTC/EUR", 1), status=status)


@pytest.mark.parametrize(
    ("text", "changes", "why"),
    [
        ("/buy 0.01 btc @ 60000", {"system": SystemState.MAINTENANCE}, Refusal.SYSTEM),
        ("/buy 0.01 btc @ 60000", {"system": SystemState.CANCEL_ONLY}, Refusal.SYSTEM),
        ("/buy 0.01 btc @ 60000", {"system": SystemState.POST_ONLY}, Refusal.SYSTEM),
        ("/buy 0.01 btc market plain", {"system": SystemState.LIMIT_ONLY}, Refusal.SYSTEM),
        ("/buy 0.01 btc @ 60000", {"age": timedelta(seconds=10.1)}, Refusal.OLD_PRICE),
        ("/buy 0.01 btc @ 60000", {"ticker": None, "book": None}, Refusal.NO_PRICE),
        ("/buy 0.01 btc @ 60000", {"waits": timedelta(seconds=3.2)}, Refusal.WAIT),
        ("/buy 0.01usd btc @ 60000", {}, Refusal.WRONG_ASSET),
        ("/buy 0.00001 btc @ 60000", {}, Refusal.TOO_SMALL),
        ("/buy 0.01 btc @ 60000.01", {}, Refusal.PRICE_STEP),
        ("/buy 0.01 btc @ 60000 sl=58500.55", {}, Refusal.PRICE_STEP),
        ("/buy 0.000000001 btc @ 60000", {}, Refusal.TOO_SMALL),
        ("/buy 0.010000001 btc @ 60000", {}, Refusal.QTY_STEP),
        ("/buy 0.01 btc @ 600000", {}, Refusal.PRICE_FAR),
        ("/buy 0.01 btc @ 6000", {}, Refusal.PRICE_FAR),
        ("/buy 0.01 btc @ 95000", {}, Refusal.PRICE_FAR),
        ("/sell 0.01 btc stop=5800", {}, Refusal.PRICE_FAR),
        ("/sell 0.01 btc stop=61000", {}, Refusal.TRIGGERS_NOW),
        ("/buy 0.01 btc stop=59000", {}, Refusal.TRIGGERS_NOW),
        ("/sell 0.01 btc take=59000", {}, Refusal.TRIGGERS_NOW),
        ("/buy 0.01 btc take=61000", {}, Refusal.TRIGGERS_NOW),
        ("/buy 0.01 btc @ 60010.3 post", {}, Refusal.POST_MATCHES),
        ("/sell 0.01 btc @ 60010.2 post", {}, Refusal.POST_MATCHES),
        ("/buy 0.1 btc @ 60000", {}, Refusal.FUNDS),
        ("/sell 0.6 btc @ 61000", {}, Refusal.FUNDS),
        ("/sell 0.6 btc @ 61000", {"balances": money(EUR="5")}, Refusal.NOTHING_FREE),
        ("/buy max btc @ 60000", {"balances": money(BTC="5")}, Refusal.NOTHING_FREE),
        ("/buy 100eur btc @ 60000 show=0.00001", {}, Refusal.SHOWN),
        ("/buy 0.01 btc @ 60000 gtd=2026-03-04T12:00Z", {}, Refusal.TIME),
        ("/buy 0.01 btc market sl=60100", {}, Refusal.NO_VALUE),
        ("/buy 0.01 btc market tp=59000", {}, Refusal.TARGET_SIDE),
    ],
)
def test_what_does_not_fit_is_refused_before_it_is_previewed(
    text: str, changes: dict[str, Any], why: Refusal
) -> None:
    if why is Refusal.NO_VALUE:  # a stop just below the protected price is no mistake
        assert preview(text, **changes).stop == number("60100")
        return
    assert refused(text, **changes).why is why


@pytest.mark.parametrize("status", ["cancel_only", "maintenance", "delisted", "post_only"])
def test_a_pair_that_takes_no_orders_says_so(status: str) -> None:
    error = refused("/buy 0.01 btc @ 60000", instrument=paired(InstrumentStatus(status)))
    assert error.why is (Refusal.GONE if status == "delisted" else Refusal.PAIR)


def test_a_post_only_market_takes_post_only_orders() -> None:
    pair = paired(InstrumentStatus.POST_ONLY)
    assert preview("/buy 0.01 btc @ 60000 post", instrument=pair).request.post_only
    error = refused("/buy 0.01 btc @ 60000", instrument=pair)
    assert [repair.wish.post for repair in error.repairs] == [True]


@pytest.mark.parametrize(
    ("text", "changes", "offered"),
    [
        ("/buy 0.01 btc @ 600000", {}, ["/buy 0.01 btc/eur @ 60000"]),
        ("/buy 0.01 btc @ 6001", {}, ["/buy 0.01 btc/eur @ 60010"]),
        ("/buy 0.01 btc @ 60000.17", {}, ["/buy 0.01 btc/eur @ 60000.1"]),
        ("/sell 0.01 btc @ 60000.17", {}, ["/sell 0.01 btc/eur @ 60000.2"]),
        ("/buy 0.00001 btc @ 60000", {}, ["/buy 0.00005 btc/eur @ 60000"]),
        ("/sell 0.6 btc @ 61000", {}, ["/sell 0.5 btc/eur @ 61000"]),
        (
            "/buy 50eur btc @ 60000",
            {"balances": money(EUR="41.20")},
            ["/buy 41.09eur btc/eur @ 60000"],
        ),
        (
            "/buy 0.01 btc @ 60020 post",
            {},
            ["/buy 0.01 btc/eur @ bid post", "/buy 0.01 btc/eur @ 60020"],
        ),
        ("/buy 0.01usd btc @ 60000", {}, ["/buy 0.01eur btc/eur @ 60000"]),
        ("/sell 0.01 btc stop=61000", {}, ["/sell 0.01 btc/eur @ 61000"]),
    ],
)
def test_a_repaired_order_is_offered(text: str, changes: Any, offered: list[str]) -> None:
    error = refused(text, **changes)
    assert [repair.wish.command() for repair in error.repairs] == offered


@given(
    money_free=st.decimals("0.6", "100000", places=2),
    price=st.decimals("59000", "61000", places=1),
    taker=st.sampled_from(["0", "0.0026", "0.004"]),
)
def test_what_is_offered_for_too_little_money_can_be_paid(
    money_free: Decimal, price: Decimal, taker: str
) -> None:
    free = money(EUR=str(money_free))
    try:
        preview(f"/buy 90000eur btc @ {price}", balances=free, taker=Decimal(taker))
        assume(False)
    except OrderRefused as error:
        assume(error.why is Refusal.FUNDS and error.repairs)
        for repair in error.repairs:
            again = preview(repair.wish.command(), balances=free, taker=Decimal(taker))
            assert again.total <= money_free


@given(
    amount=st.decimals("0.00001", "5", places=8),
    price=st.decimals("50000", "70000", places=2),
    side=st.sampled_from(Side),
)
def test_an_order_that_is_previewed_fits_its_pair(
    amount: Decimal, price: Decimal, side: Side
) -> None:
    rich, text = money(EUR="1000000", BTC="10"), f"/{side} {amount} btc @ {price}"
    for _ in range(4):  # each repair mends one thing
        try:
            shown = preview(text, balances=rich)
        except OrderRefused as error:
            assert error.repairs, error.why
            text = error.repairs[0].wish.command()
        else:
            break
    assert faults(shown.instrument, shown.qty, shown.request.limit_price) == []


# -- at the tap, and what is asked twice


def test_a_frozen_order_is_priced_anew_without_asking_for_balances() -> None:
    shown = preview("/buy 1 btc market", balances=money(EUR="100000"))
    dearer = book("BTC/EUR", levels("60100 1"), levels("60200 2"))
    later = situation(book=dearer, balances=None)
    again = priced(shown.request, shown.wish, later)
    assert again.request == shown.request
    assert again.worst == number("60200")
    assert again.free_after is None


@pytest.mark.parametrize(
    ("after", "moved"), [("100.5", False), ("100.51", True), ("99.5", False), ("99.49", True)]
)
def test_a_price_has_moved_when_it_moved_by_more_than_that(after: str, moved: bool) -> None:
    assert has_moved(number("100"), number(after), number("0.5")) is moved


def placed(value: str, age: float = 3600, **more: Any) -> PlacedOrder:
    at = NOON - timedelta(seconds=age)
    return PlacedOrder(intent(value, **more), Standing.ACKED, at, at)


MOST = number("1000000")
"""The limit of one order."""


def cautions(text: str, value: str, recent: list[PlacedOrder], **changes: Any) -> list[Caution]:
    shown = preview(text, **{"mode": Mode.LIVE, **changes})
    return [reason.caution for reason in reasons_of(shown, number(value), recent, MOST)]


def test_an_order_of_an_unusual_size_is_asked_twice() -> None:
    usual = [placed("50"), placed("60"), placed("40")]
    assert cautions("/buy 0.01 btc @ 60000", "600", usual) == [Caution.UNUSUAL_SIZE]
    assert cautions("/buy 0.01 btc @ 60000", "599", usual) == []
    assert cautions("/buy 0.01 btc @ 60000", "600", usual[:2]) == []


def test_much_slippage_and_a_limit_beyond_the_market_are_asked_twice() -> None:
    thin = book("BTC/EUR", levels("60000 1"), levels("60010 0.001", "61900 1"))
    rich = {"balances": money(EUR="100000"), "protection": number(5)}
    assert cautions("/buy 0.1 btc market", "1", [], book=thin, **rich) == [Caution.SLIPPAGE]
    assert cautions("/buy 0.01 btc @ 64000", "1", []) == [Caution.BEYOND]
    assert cautions("/sell 0.01 btc @ 56000", "1", []) == [Caution.BEYOND]
    assert cautions("/buy 0.01 btc @ 62000", "1", []) == []


def test_the_same_order_within_ten_seconds_is_asked_twice() -> None:
    text, same = "/buy 0.001 btc @ 50000", {"symbol": "BTC/EUR"}
    assert cautions(text, "1", [placed("60", 9, **same)]) == [Caution.REPEATED]
    assert cautions(text, "1", [placed("60", 11, **same)]) == []
    assert cautions(text, "1", [placed("60", 9, side=Side.SELL, **same)]) == []


def test_an_order_at_another_price_or_of_another_type_is_not_the_same() -> None:
    sent = placed("60", 6, symbol="BTC/EUR")
    others = ("@ 49000", "market", "@ 50000 ioc", "stop=60500 @ 50000", "@ 50000 show=0.0005")
    for other in others:
        assert cautions(f"/buy 0.001 btc {other}", "1", [sent]) == []


def test_a_market_order_is_the_same_wherever_its_protection_lies() -> None:
    shown = preview("/buy 0.001 btc market", mode=Mode.LIVE)
    moved = replace(shown.request, limit_price=number(61000))
    before = placed("60", 6, symbol="BTC/EUR")
    before = replace(before, intent=replace(before.intent, request=moved))
    assert cautions("/buy 0.001 btc market", "1", [before]) == [Caution.REPEATED]


def test_as_much_money_of_a_market_order_is_the_same_order_a_moment_later() -> None:
    shown = preview("/buy 50eur btc market", mode=Mode.LIVE).request
    assert shown.qty is not None
    for factor, twice in (("1.009", True), ("0.991", True), ("1.02", False), ("0.98", False)):
        request = replace(shown, qty=shown.qty * number(factor))
        before = placed("60", 6, symbol="BTC/EUR")
        before = replace(before, intent=replace(before.intent, request=request))
        asked = cautions("/buy 50eur btc market", "50", [before])
        assert asked == ([Caution.REPEATED] if twice else []), factor


def test_practice_money_is_asked_about_once() -> None:
    recent = [placed("1", 2, symbol="BTC/EUR")] * 3
    assert cautions("/buy 0.001 btc @ 64000", "600", recent, mode=Mode.PAPER) == []


def test_a_pair_of_tiny_prices_is_previewed_like_any_other() -> None:
    pair = instrument("DOGE/EUR", 7)
    doge = replace(
        situation(),
        instrument=pair,
        ticker=ticker("DOGE/EUR", "0.2012345"),
        book=book("DOGE/EUR", levels("0.2012344 100000"), levels("0.2012345 100000")),
    )
    wish = read_order(Side.BUY, "50eur doge/eur market")
    shown = preview_of(wish, doge)
    assert shown.request.limit_price == number("0.2022406")
    assert shown.cost <= 50
