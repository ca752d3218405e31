"""Pushes about orders: complete in their first line, and never more than is known."""

from decimal import Decimal

import pytest

from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.texts import pushes
from bot.core.trade.types import Mode, Standing
from kraken.core.trading import Fill, Liquidity, OrderStatus, Reference, TriggerState
from kraken.core.types import Asset, ExecId, OrderId, Side, Symbol
from tests.cards import HOSTILE, filled, order_of, placed
from tests.fakes import NOON
from tests.intents import intent
from tests.market_values import instrument
from tests.page_rules import check_page, words_of

BTC = instrument("BTC/USD", 1)
SETTINGS = ChatSettings()
FILL = Fill(
    exec_id=ExecId("T1"),
    order_id=OrderId("O1"),
    symbol=Symbol("BTC/USD"),
    side=Side.SELL,
    price=Decimal("60000.1"),
    qty=Decimal("0.01"),
    cost=Decimal("600.001"),
    liquidity=Liquidity.MAKER,
    fee=Decimal("1.5"),
    fee_asset=Asset("USD"),
    at=NOON,
)


def words(page: Page) -> str:
    check_page(page)
    return words_of(page)


def test_a_filled_order_is_complete_in_its_first_line() -> None:
    order = filled(intent(), "0.01", OrderStatus.FILLED)
    assert words(pushes.ended_page(order, Mode.LIVE, SETTINGS, BTC)) == (
        "🔴 LIVE ▲ BTC/USD filled 0.01 @ 49,998.4\nBought 0.01 BTC for 499.98 USD, fee 0.20 USD."
    )


def test_a_cancelled_order_says_what_was_filled() -> None:
    of = intent()
    order = filled(of, "0.0004", OrderStatus.CANCELED, reason="User requested")
    text = words(pushes.ended_page(order, Mode.PAPER, SETTINGS, BTC))
    assert "filled 0.0004" in text
    assert "The rest, 0.0006 BTC, was cancelled." in text
    assert "Reason: cancelled on request." in text
    nothing = order_of(of, OrderStatus.EXPIRED)
    assert words(pushes.ended_page(nothing, Mode.LIVE, SETTINGS, BTC)) == (
        "🔴 LIVE ▲ BTC/USD expired\nNothing filled. It was 0.001 BTC @ 50,000.0."
    )


def test_a_stop_and_an_order_made_elsewhere_are_named() -> None:
    order = filled(intent(), "0.01", OrderStatus.FILLED)
    stop = words(pushes.ended_page(order, Mode.LIVE, SETTINGS, BTC, is_stop=True))
    assert stop.endswith("It was the stop that rested at Kraken.")
    other = words(pushes.ended_page(order, Mode.LIVE, SETTINGS, BTC, is_elsewhere=True))
    assert other.endswith("Made elsewhere, not through me.")


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (Standing.REJECTED, "Nothing was placed"),
        (Standing.NOT_SENT, "Nothing was sent"),
        (Standing.ABSENT, "never had this order"),
        (Standing.ACKED, "Do not send it again"),
    ],
)
def test_what_became_of_an_order_says_whether_anything_was_sent(
    standing: Standing, said: str
) -> None:
    page = pushes.stands_page(placed(standing, reason=HOSTILE), was_unknown=True)
    assert said in words(page)
    assert "no answer" in words(page)


def test_every_push_stays_in_its_bounds() -> None:
    of = intent(symbol="1000WWWWWWWW/WWWWWWWW")
    long = Decimal("123456789012.1234567891")
    order = filled(
        of,
        "123456789011.1234567891",
        OrderStatus.CANCELED,
        average=long,
        reason=HOSTILE,
        trigger=TriggerState(long, Reference.LAST, is_fired=True),
    )
    for mode in Mode:
        for pair in (BTC, None):
            words(pushes.ended_page(order, mode, SETTINGS, pair, is_elsewhere=True))
            words(pushes.triggered_page(order, mode, SETTINGS, pair))
            words(pushes.late_fill_page(FILL, mode, SETTINGS, pair))
            words(pushes.part_page(FILL, mode, SETTINGS, pair))
        words(pushes.away_page(mode, "12:00:00 UTC"))
        words(pushes.back_page(mode, "3 min"))
    words(pushes.key_refused_page(HOSTILE))
    words(pushes.key_refused_page(""))
    words(pushes.unprotected_page(of, long))
    words(pushes.held_back_page(of, long))
    words(pushes.former_key_page(placed(Standing.UNKNOWN, of=of)))
    words(pushes.sold_paused_page(of, long, long))
    words(pushes.doubt_page(placed(Standing.UNKNOWN, of=of)))
