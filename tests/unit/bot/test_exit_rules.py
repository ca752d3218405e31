"""When a take-profit is due, at which price and for how much; and what amounts are worth."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.trade.exits import (
    closing_side,
    in_lots,
    is_protection,
    is_reached,
    left,
    take_price,
)
from bot.core.trade.types import Intent
from bot.desk.values import Values
from kraken.core.trading import OrderStatus, OrderType, PriceKind, PriceOffset, Trigger
from kraken.core.types import Side
from tests.cards import filled, order_of
from tests.fake_bot import FakeMarket
from tests.intents import intent
from tests.market_values import instrument, ticker

BTC = instrument("BTC/USD", 1)


def entry(profit: PriceOffset | None, side: Side = Side.BUY) -> Intent:
    return intent(side=side, take_profit=profit)


def protection() -> Intent:
    of = intent(side=Side.SELL, take_profit=PriceOffset(Decimal(64000)))
    request = replace(
        of.request,
        type=OrderType.STOP_LOSS,
        limit_price=None,
        trigger=Trigger(PriceOffset(Decimal(40000))),
    )
    return replace(of, request=request)


@pytest.mark.parametrize(
    ("profit", "side", "price"),
    [
        (PriceOffset(Decimal("64000.01")), Side.BUY, "64000.1"),
        (PriceOffset(Decimal(6), PriceKind.PERCENT), Side.BUY, "52998.4"),
        (PriceOffset(Decimal(500), PriceKind.QUOTE), Side.BUY, "50498.4"),
        (PriceOffset(Decimal("41000.09")), Side.SELL, "41000.0"),
    ],
)
def test_a_profit_is_never_smaller_than_asked_for(
    profit: PriceOffset, side: Side, price: str
) -> None:
    of = entry(profit, side)
    assert take_price(of, filled(of, "0.001", OrderStatus.FILLED), BTC) == Decimal(price)


def test_a_distance_waits_for_what_it_counts_from() -> None:
    of = entry(PriceOffset(Decimal(6), PriceKind.PERCENT))
    assert take_price(of, None, BTC) is None
    assert take_price(of, order_of(of), BTC) is None
    assert take_price(entry(None), None, BTC) is None


def test_what_was_bought_is_sold_above_and_what_was_sold_is_bought_below() -> None:
    bought, sold = entry(PriceOffset(Decimal(1))), entry(PriceOffset(Decimal(1)), Side.SELL)
    assert closing_side(bought) is Side.SELL
    assert closing_side(sold) is Side.BUY
    assert closing_side(protection()) is Side.SELL
    assert is_reached(bought, Decimal(100), Decimal(100))
    assert not is_reached(bought, Decimal(100), Decimal("99.9"))
    assert is_reached(sold, Decimal(100), Decimal(100))
    assert not is_reached(sold, Decimal(100), Decimal("100.1"))


def test_what_the_stop_sold_or_a_profit_took_is_not_left() -> None:
    of = entry(PriceOffset(Decimal(64000)))
    bought = filled(of, "0.001", OrderStatus.FILLED)
    stop = filled(of, "0.0003", OrderStatus.CANCELED)
    assert left(of, bought, [stop], Decimal("0.0002")) == Decimal("0.0005")
    assert left(of, None, [], Decimal(0)) == 0
    stop_itself = filled(protection(), "0.0004", OrderStatus.CANCELED)
    assert is_protection(protection())
    assert left(protection(), stop_itself, [], Decimal(0)) == Decimal("0.0006")


def test_less_than_the_minimum_is_nothing() -> None:
    assert in_lots(Decimal("0.000050009"), BTC) == Decimal("0.00005")
    assert in_lots(Decimal("0.00004999"), BTC) == 0


@pytest.mark.parametrize(
    ("asset", "amount", "currency", "worth"),
    [
        ("USD", "50", "USD", "50"),
        ("BTC", "2", "USD", "120020.6"),
        ("USD", "60010.3", "BTC", "1"),
        ("BTC", "0", "XYZ", "0"),
        ("XYZ", "1", "USD", None),
    ],
)
async def test_an_amount_is_worth_what_the_pairs_say(
    asset: str, amount: str, currency: str, worth: str | None
) -> None:
    values = Values(FakeMarket(), patience=0.01)  # type: ignore[arg-type]  # what is asked
    found = await values.value(asset, Decimal(amount), currency)
    assert found == (None if worth is None else Decimal(worth))


async def test_where_no_pair_joins_two_assets_a_third_one_does() -> None:
    market = FakeMarket()
    market.tickers["ETH/BTC"].set(ticker("ETH/BTC", "0.05"))
    values = Values(market, patience=0.01)  # type: ignore[arg-type]  # what is asked
    usd = await values.value("DOGE", Decimal(1000), "USD")
    assert usd == Decimal("201.2345")
    btc = await values.value("DOGE", Decimal(1000), "BTC")
    assert btc is not None
    assert abs(btc - Decimal("201.2345") / Decimal("60010.3")) < Decimal("1e-20")


async def test_without_a_price_nothing_is_guessed() -> None:
    market = FakeMarket()
    market.tickers["BTC/USD"].set(None)
    values = Values(market, patience=0.01)  # type: ignore[arg-type]  # what is asked
    assert await values.value("BTC", Decimal(1), "USD") is None
    market.known = None
    assert await values.value("BTC", Decimal(1), "USD") is None
