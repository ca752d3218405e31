"""Orders as they are typed: the whole syntax, what is refused, and wishes that survive a text."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.args import CommaForDot, OutOfRange, TooLong, TooManyArguments
from bot.core.errors import BadArgument
from bot.core.texts.errors import error_page
from bot.core.trade.misread import Clash, Contradiction, NoSign, WhichCurrency
from bot.core.trade.syntax import change_order, plain_words, read_order
from bot.core.trade.wish import Amount, AmountKind, OrderWish, PriceWord
from kraken.core.trading import PriceKind, PriceOffset, Reference, TimeInForce
from kraken.core.types import Side
from tests.page_rules import check_page, words_of

BUY, SELL = Side.BUY, Side.SELL
PCT, QUOTE = PriceKind.PERCENT, PriceKind.QUOTE


def of(number: str, kind: PriceKind = PriceKind.STATIC) -> PriceOffset:
    return PriceOffset(Decimal(number), kind)


def base(number: str) -> Amount:
    return Amount(AmountKind.BASE, Decimal(number))


def named(number: str, asset: str) -> Amount:
    return Amount(AmountKind.NAMED, Decimal(number), asset)


def wish(side: Side = BUY, **parts: Any) -> OrderWish:
    return OrderWish(side, **parts)


HUNDREDTH: dict[str, Any] = {"pair": "BTC", "amount": base("0.01")}
AT: dict[str, Any] = {**HUNDREDTH, "price": of("60000")}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", wish()),
        ("btc", wish(pair="BTC")),
        (
            "50eur btc market",
            wish(pair="BTC", amount=named("50", "EUR"), price=PriceWord.MARKET),
        ),
        ("0.01 btc @ 60000 post", wish(**AT, post=True)),
        ("0.01 btc @60000", wish(**AT)),
        ("0.01 btc limit 60000", wish(**AT)),
        ("@ 60000 BTC 0.01", wish(**AT)),
        ("0.01btc @ 60000", wish(amount=named("0.01", "BTC"), price=of("60000"))),
        ("50 eur btc", wish(pair="BTC", amount=named("50", "EUR"))),
        ("€50 btc", wish(pair="BTC", amount=named("50", "EUR"))),
        ("50$ btc", wish(pair="BTC", amount=named("50", "USD"))),
        ("0.01 btc eur", wish(pair="BTC/EUR", amount=base("0.01"))),
        ("max btc @ ask", wish(pair="BTC", amount=Amount(AmountKind.MAX), price=PriceWord.ASK)),
        (
            "25% btc @ mid",
            wish(pair="BTC", amount=Amount(AmountKind.PERCENT, Decimal(25)), price=PriceWord.MID),
        ),
        ("0.01 btc @ -0.5%", wish(**HUNDREDTH, price=of("-0.5", PCT))),
        ("0.01 btc @ −50", wish(**HUNDREDTH, price=of("-50", QUOTE))),
        ("0.01 btc market plain", wish(**HUNDREDTH, price=PriceWord.PLAIN_MARKET)),
        ("0.01 btc @ 60000 ioc", wish(**AT, time_in_force=TimeInForce.IOC)),
        ("0.01 btc @ 60000 FOK", wish(**AT, time_in_force=TimeInForce.FOK)),
        (
            "0.01 btc @ 60000 gtd=4h",
            wish(**AT, time_in_force=TimeInForce.GTD, lasts=timedelta(hours=4)),
        ),
        ("0.01 btc stop=65000", wish(**HUNDREDTH, stop=of("65000"))),
        ("0.01 btc stop = 65000", wish(**HUNDREDTH, stop=of("65000"))),
        ("0.01 btc take=55000 @ 55010", wish(**HUNDREDTH, take=of("55000"), price=of("55010"))),
        ("0.01 btc trail=2%", wish(**HUNDREDTH, trail=of("2", PCT))),
        (
            "0.01 btc trail=500 @ -0.1%",
            wish(**HUNDREDTH, trail=of("500", QUOTE), price=of("-0.1", PCT)),
        ),
        (
            "0.01 btc stop=65000 trigger=index",
            wish(**HUNDREDTH, stop=of("65000"), reference=Reference.INDEX),
        ),
        (
            "0.01 btc @ 60000 sl=58500 tp=+6%",
            wish(**AT, stop_loss=of("58500"), take_profit=of("6", PCT)),
        ),
        ("0.01 btc @ 60000 trailsl=2%", wish(**AT, trailing_stop_loss=of("2", PCT))),
        ("0.01 btc @ 60000 show=0.002", wish(**AT, show=Decimal("0.002"))),
        ('0.01 btc @ 60000 note="my first" check', wish(**AT, note="my first", check=True)),
        ("0.01 btc @ 60000 note=“5 % dip”", wish(**AT, note="5 % dip")),
        ("5 1inch", wish(pair="1INCH", amount=base("5"))),
    ],
)
def test_an_order_is_read_in_any_order_of_its_words(text: str, meant: OrderWish) -> None:
    assert read_order(BUY, text) == meant
    assert read_order(BUY, meant.text()) == meant


def test_a_date_is_meant_in_the_zone_of_the_chat_and_kept_in_utc() -> None:
    read = read_order(BUY, "0.01 btc @ 60000 gtd=2026-12-01T10:00", ZoneInfo("Europe/Berlin"))
    assert read.until == datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
    assert read.text().endswith("gtd=2026-12-01T09:00Z")
    assert read_order(BUY, read.text(), ZoneInfo("Europe/Berlin")) == read


@pytest.mark.parametrize(
    ("text", "kind", "what", "said"),
    [
        ("1e5 btc", BadArgument, "amount", "1e5"),
        ("1_000 btc", BadArgument, "amount", "1_000"),
        ("-5 btc", BadArgument, "amount", "-5"),
        ("１ btc", BadArgument, "amount", "１"),
        ("٣ btc", BadArgument, "amount", "٣"),
        ("0 btc", OutOfRange, "amount", "0"),
        ("101% btc", OutOfRange, "amount", "101%"),
        ("1234567890123 btc", OutOfRange, "amount", "1234567890123"),
        ("123456.1234567 btc", OutOfRange, "amount", "123456.1234567"),
        ("0.01 btc @", BadArgument, "price", ""),
        ("0.01 btc @ inf", BadArgument, "price", "inf"),
        ("0.01 btc @ nan", BadArgument, "price", "nan"),
        ("0.01 btc 60000", TooManyArguments, "option", "60000"),
        ("0.01 btc @ 60000 gtd=tomorrow", BadArgument, "time", "tomorrow"),
        ("0.01 btc @ 60000 gtd=2026-02-31T10:00", BadArgument, "time", "2026-02-31T10:00"),
        ("0.01 btc @ 60000 gtd=2s", OutOfRange, "time", "2s"),
        ("0.01 btc @ 60000 gtd=31d", OutOfRange, "time", "31d"),
        ("0.01 btc stop=x", BadArgument, "stop price", "x"),
        ("0.01 btc stop=65000 trigger=mark", BadArgument, "trigger", "mark"),
        ("0.01 btc foo=1", BadArgument, "option", "foo=1"),
        ("0.01 btc sometimes", BadArgument, "option", "sometimes"),
        ("0.01 btc @ 60000 note=", BadArgument, "note", ""),
        ("0.01 btc market in=4h", Contradiction, "in=", "parts="),
        ("0.01 btc market parts=8", Contradiction, "parts=", "in="),
        ("0.01 btc market in=9d parts=8", OutOfRange, "time", "9d"),
        ("0.01 btc market in=4h parts=999", OutOfRange, "number of parts", "999"),
        ("0.01 btc ladder=61000..59000x5", BadArgument, "ladder", "61000..59000x5"),
        ("0.01 btc ladder=59000x5", BadArgument, "ladder", "59000x5"),
        ("0.01 btc ladder=59000..61000x5 in=4h parts=2", Contradiction, "ladder=", "in="),
        ("0.01 btc @ 60000 ladder=59000..61000x5", Contradiction, "ladder=", "@ 60000"),
        ("0.01 btc market in=4h parts=8 sl=-3%", Contradiction, "in=", "sl="),
        ("50 eur market", WhichCurrency, "pair", "eur"),
    ],
)
def test_what_is_wrong_is_named(text: str, kind: type[Exception], what: str, said: str) -> None:
    with pytest.raises(BadArgument) as caught:
        read_order(BUY, text)
    assert type(caught.value) is kind
    assert (caught.value.what, caught.value.said) == (what, said)


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        ("0,5 btc market", ["/buy 0.5 btc market"]),
        ("0.01 btc @ 60,000", ["/buy 0.01 btc @ 60.000", "/buy 0.01 btc @ 60000"]),
        ("0.01 btc @ 99 sl=58,5", ["/buy 0.01 btc @ 99 sl=58.5"]),
        ("0.01 btc @ 60k", ["/buy 0.01 btc @ 60000"]),
        ("60k btc", ["/buy 60000 btc"]),
        ("0.01 btc 60000", ["/buy 0.01 btc @ 60000"]),
        ("0.01 btc stop 58000", ["/buy 0.01 btc stop=58000"]),
        ('0.01 btc stop 58000 note="x y"', ['/buy 0.01 btc stop=58000 note="x y"']),
        ("0.01 btc @ 60000 sl=3%", ["/buy 0.01 btc @ 60000 sl=-3%"]),
        ("0.01 btc @ 60000 tp=3%", ["/buy 0.01 btc @ 60000 tp=+3%"]),
        ("0.01 btc stop=3%", ["/buy 0.01 btc stop=-3%", "/buy 0.01 btc stop=+3%"]),
        ("50 eur market", ["/buy 50eur market", "/buy 50 eur/usd market"]),
        ("0.01 btc markte", ["/buy 0.01 btc market"]),
    ],
)
def test_what_was_probably_meant_is_offered_and_can_be_read(
    text: str, suggested: list[str]
) -> None:
    with pytest.raises(BadArgument) as caught:
        read_order(BUY, text)
    assert list(caught.value.suggestions) == suggested
    for command in suggested:
        read_order(BUY, command.removeprefix("/buy "))


@pytest.mark.parametrize(
    ("text", "clash"),
    [
        ("post market", Clash.POST_MARKET),
        ("@ 60000 post ioc", Clash.POST_TAKES),
        ("stop=58000 @ 57900 post", Clash.POST_TRIGGER),
        ("@ 60000 ioc gtc", Clash.TIMES),
        ("@ 60000 gtc gtd=4h", Clash.TIMES),
        ("market gtd=4h", Clash.MARKET_WAITS),
        ("stop=58000 @ 57900 fok", Clash.TRIGGER_TIME),
        ("stop=58000 take=66000", Clash.TRIGGERS),
        ("trail=2% @ 60000", Clash.TRAIL_LIMIT),
        ("stop=58000 @ bid", Clash.STOP_LIMIT_WORD),
        ("market show=0.001", Clash.SHOW_NEEDS_LIMIT),
        ("@ 60000 show=0.01", Clash.SHOW_SIZE),
        ("@ 60000 show=0.0001", Clash.SHOW_SIZE),
        ("@ 60000 trigger=index", Clash.REFERENCE_ALONE),
        ("@ 60000 sl=58000 trailsl=2%", Clash.STOPS),
        ("@ 60000 sl=61000", Clash.STOP_LOSS_SIDE),
        ("@ 60000 sl=+3%", Clash.STOP_LOSS_SIDE),
        ("@ 60000 tp=59000", Clash.TAKE_PROFIT_SIDE),
        ("market tp=-3%", Clash.TAKE_PROFIT_SIDE),
        ("@ 60000 @ 61000", Clash.TWICE),
        ("@ 60000 market", Clash.TWICE),
        ("stop=1 stop=2", Clash.TWICE),
        ("post post", Clash.TWICE),
    ],
)
def test_parts_that_contradict_each_other_are_named(text: str, clash: Clash) -> None:
    with pytest.raises(Contradiction) as caught:
        read_order(BUY, f"0.01 btc {text}")
    assert caught.value.clash is clash
    page = error_page(caught.value, command="buy")
    assert page is not None
    check_page(page)
    assert "Nothing was sent." in words_of(page)


def test_a_sell_with_a_stop_loss_was_meant_as_a_stop_order() -> None:
    with pytest.raises(Contradiction) as caught:
        read_order(SELL, "0.01 btc @ 60000 sl=58500")
    assert caught.value.clash is Clash.BRACKET_ON_SELL
    assert caught.value.suggestions == ("/sell 0.01 btc stop=58500",)


@pytest.mark.parametrize("text", ["0,5 btc", "1e5 btc", "in=4h", "sl=3%", "50 eur", "x=1", "@"])
def test_every_error_has_a_sentence_an_example_and_says_that_nothing_was_sent(text: str) -> None:
    with pytest.raises(BadArgument) as caught:
        read_order(BUY, text)
    page = error_page(caught.value, command="buy", args=text)
    assert page is not None
    check_page(page)
    if caught.value.example:
        read_order(BUY, caught.value.example.removeprefix("/buy "))


def test_a_message_that_nobody_types_is_not_read() -> None:
    with pytest.raises(TooLong):
        read_order(BUY, "1" * 257)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("50 eur of btc at 60k", "50 eur btc at 60000"),
        ("0.01 btc at 60.5k please!", "0.01 btc at 60500"),
        ("some btc for 50 eur.", "btc 50 eur"),
    ],
)
def test_free_text_is_read_as_it_would_be_typed(text: str, words: str) -> None:
    assert plain_words(text) == words


def test_a_part_is_changed_and_the_rest_stays() -> None:
    before = read_order(BUY, "0.01 btc @ 60000 gtc sl=58500")
    assert change_order(before, "0.02").text() == "0.02 btc @ 60000 gtc sl=58500"
    assert change_order(before, "@ bid").text() == "0.01 btc @ bid gtc sl=58500"
    assert change_order(before, "gtd=4h").text() == "0.01 btc @ 60000 gtd=4h sl=58500"
    with pytest.raises(Contradiction):
        change_order(before, "@ 58000")


WORDS = (
    "0.01 50eur 25% max btc btc/eur eur eth @ 60000 bid ask mid market plain limit post ioc fok "
    "gtc gtd=4h gtd=2026-12-01T10:00 stop=58000 take=66000 trail=2% trail=500 trigger=index "
    'sl=-3% tp=+6% sl=58500 tp=64000 trailsl=2% show=0.005 note="x" note=“ check in=4h 0,5 1e9 '
    "nan -1 = @ stop sl= −3% +5 60k 1inch <b> \u202e 💰 ٣ x=y"
)
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS.split()), max_size=8).map(" ".join), st.text(max_size=300)
)


@given(side=st.sampled_from(Side), text=TEXTS)
def test_any_text_is_a_wish_or_an_error_and_a_wish_survives_its_text(
    side: Side, text: str
) -> None:
    try:
        read = read_order(side, text)
    except BadArgument as error:
        page = error_page(error, command=side.value, args=text)
        assert page is not None
        check_page(page)
        return
    assert read_order(side, read.text()) == read


@given(
    text=st.lists(
        st.sampled_from(["0.5", "btc", "@", "60000", "bid", "market", "post", "gtd=4h", "check"]),
        max_size=6,
    ).map(" ".join)
)
def test_nothing_that_was_typed_is_ignored(text: str) -> None:
    try:
        read = read_order(BUY, text)
    except BadArgument:
        return
    said = read.text().replace("@ ", "@").replace("/", " ").split()
    typed = text.replace("@ ", "@").split()
    assert sorted(said) == sorted(typed)


def test_a_distance_without_a_sign_is_not_guessed() -> None:
    with pytest.raises(NoSign):
        read_order(BUY, "0.01 btc @ 3%")


def test_a_comma_in_a_note_is_no_number() -> None:
    assert read_order(BUY, '0.01 btc @ 1 note="0,5"').note == "0,5"
    with pytest.raises(CommaForDot):
        read_order(BUY, "0,5 btc")
