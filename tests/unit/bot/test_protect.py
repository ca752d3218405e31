"""/protect: a stop for a holding, as the sell order that it is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.core.errors import BadArgument
from bot.core.texts.catalogue.protect import PROTECT
from bot.core.trade.protect import ProtectArgs, above, is_distance, read_protect
from bot.core.trade.repeat import command_of
from bot.core.trade.syntax import read_order
from bot.desk.protect import sell_words
from kraken.core.trading import (
    ConditionalClose,
    OrderType,
    PriceKind,
    PriceOffset,
    TimeInForce,
    Trigger,
)
from kraken.core.types import Side
from tests.fake_bot import Chat
from tests.intents import intent


@pytest.mark.parametrize(
    ("typed", "sell"),
    [
        ("btc sl=58000", "max btc stop=58000"),
        ("btc sl=58000 tp=64000", "max btc stop=58000 tp=64000"),
        ("sl=-3%", "max stop=-3%"),
        ("eth/eur TP=3000", "max eth/eur take=3000"),
        ("btc trailsl=2% tp=70000", "max btc trail=2% tp=70000"),
    ],
)
def test_it_is_a_sell_order(typed: str, sell: str) -> None:
    args = read_protect(typed)
    assert args.as_sell(args.take_profit) == sell
    read_order(Side.SELL, sell)


@pytest.mark.parametrize(
    "typed",
    ["", "btc", "btc sl=", "btc sl=1 sl=2", "btc eth sl=1", "btc sl=1 trailsl=2%", "btc foo=1"],
)
def test_what_is_not_understood_is_refused(typed: str) -> None:
    with pytest.raises(BadArgument):
        read_protect(typed)


@pytest.mark.parametrize(
    ("said", "price"), [("+6%", "106"), ("+5", "105"), ("5%", "105.00"), ("+0.5%", "100.5")]
)
def test_a_distance_counts_from_the_last_price(said: str, price: str) -> None:
    assert is_distance(said)
    assert above(Decimal(100), said) == Decimal(price)


@pytest.mark.parametrize("said", ["-6%", "+x", "+1e9", "+", "%", "+1.2.3", "+１", "+" + "9" * 40])
def test_no_distance_is_guessed(said: str) -> None:
    with pytest.raises(BadArgument):
        above(Decimal(100), said)


async def test_the_take_profit_is_a_price_on_the_grid() -> None:
    chat = Chat()
    settings = await chat.store.chat_settings(1)
    words = await sell_words(chat.services, settings, ProtectArgs("btc", "58000", "+6%"))
    assert words == "max btc stop=58000 tp=63611.0"  # 60010.3 and six percent, a tick up
    same = await sell_words(chat.services, settings, ProtectArgs("btc", "58000", "64000"))
    assert same == "max btc stop=58000 tp=64000"


def test_the_examples_of_the_help_are_orders() -> None:
    for example in PROTECT.examples:
        args = read_protect(example.removeprefix("/protect "))
        take = "" if not args.take_profit else "90000"
        read_order(Side.SELL, args.as_sell(take))


@pytest.mark.parametrize(
    ("more", "terms", "command"),
    [
        ({}, {}, ("buy", "0.001 btc/usd @ 50000")),
        ({}, {"post_only": True}, ("buy", "0.001 btc/usd @ 50000 post")),
        (
            {},
            {"type": OrderType.MARKET, "limit_price": None},
            ("buy", "0.001 btc/usd market"),
        ),
        (
            {},
            {"qty": None, "cash_qty": Decimal(50), "type": OrderType.MARKET, "limit_price": None},
            ("buy", "50usd btc/usd market"),
        ),
        (
            {},
            {"time_in_force": TimeInForce.IOC, "display_qty": Decimal("0.0005")},
            ("buy", "0.001 btc/usd @ 50000 ioc show=0.0005"),
        ),
        (
            {},
            {
                "type": OrderType.STOP_LOSS,
                "limit_price": None,
                "trigger": Trigger(PriceOffset(Decimal(-3), PriceKind.PERCENT)),
                "side": Side.SELL,
            },
            ("sell", "0.001 btc/usd stop=-3%"),
        ),
        (
            {},
            {
                "type": OrderType.TRAILING_STOP,
                "limit_price": None,
                "trigger": Trigger(PriceOffset(Decimal(2), PriceKind.PERCENT)),
                "side": Side.SELL,
            },
            ("sell", "0.001 btc/usd trail=2%"),
        ),
        (
            {},
            {
                "type": OrderType.TAKE_PROFIT_LIMIT,
                "trigger": Trigger(PriceOffset(Decimal(66000))),
                "side": Side.SELL,
            },
            ("sell", "0.001 btc/usd @ 50000 take=66000"),
        ),
        (
            {"take_profit": PriceOffset(Decimal(6), PriceKind.PERCENT)},
            {
                "close": ConditionalClose(
                    OrderType.STOP_LOSS, trigger=Trigger(PriceOffset(Decimal(49000)))
                )
            },
            ("buy", "0.001 btc/usd @ 50000 sl=49000 tp=+6%"),
        ),
        (
            {},
            {
                "close": ConditionalClose(
                    OrderType.TRAILING_STOP,
                    trigger=Trigger(PriceOffset(Decimal(2), PriceKind.PERCENT)),
                )
            },
            ("buy", "0.001 btc/usd @ 50000 trailsl=2%"),
        ),
    ],
)
def test_an_order_is_asked_for_again_in_the_words_it_was_typed(
    more: dict[str, object], terms: dict[str, object], command: tuple[str, str]
) -> None:

    of = intent(**more)
    of = replace(of, request=replace(of.request, **terms))  # type: ignore[arg-type]  # its terms
    name, words = command_of(of)
    assert (name, words) == command
    read_order(Side(name), words)
