"""What stands after /alert: every example is understood, and every mistake is named."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.alerts.alert_args import AlertsArgs, AlertsDo, read_alerts
from bot.core.alerts.syntax import read_alert
from bot.core.alerts.words import Condition, Kind, Op, Options, Source
from bot.core.args import CommaForDot, OutOfRange
from bot.core.errors import BadArgument, UserError
from bot.core.texts.catalogue.alerts import ALERT, ALERTS

PRICE, MOVE = Kind.PRICE, Kind.MOVE
D = Decimal


@pytest.mark.parametrize(
    ("text", "pair", "meant"),
    [
        ("btc > 65000", "btc", Condition(PRICE, Op.ABOVE, D(65000))),
        ("btc>65000", "btc", Condition(PRICE, Op.ABOVE, D(65000))),
        ("> 65000", None, Condition(PRICE, Op.ABOVE, D(65000))),
        ("btc eur below 1.5", "btc/eur", Condition(PRICE, Op.BELOW, D("1.5"))),
        (
            "btc/eur < 58000 bid",
            "btc/eur",
            Condition(PRICE, Op.BELOW, D(58000), source=Source.BID),
        ),
        ("btc x 60000", "btc", Condition(PRICE, Op.CROSS, D(60000))),
        ("eth ±5% 1h", "eth", Condition(MOVE, Op.CROSS, D(5), in_percent=True, seconds=3600)),
        ("btc -3% 15m", "btc", Condition(MOVE, Op.BELOW, D(3), in_percent=True, seconds=900)),
        ("sol +10%", "sol", Condition(MOVE, Op.ABOVE, D(10), in_percent=True)),
        ("btc step 1000", "btc", Condition(Kind.STEP, Op.CROSS, D(1000))),
        ("btc step 2%", "btc", Condition(Kind.STEP, Op.CROSS, D(2), in_percent=True)),
        (
            "ada spread > 0.3% for 1m",
            "ada",
            Condition(Kind.SPREAD, Op.ABOVE, D("0.3"), in_percent=True, seconds=60),
        ),
        ("sol vol 5m > 3x", "sol", Condition(Kind.VOLUME, Op.ABOVE, D(3), seconds=300)),
        (
            "btc bids 1% < 20",
            "btc",
            Condition(Kind.DEPTH, Op.BELOW, D(20), percent=D(1), left="bids"),
        ),
        (
            "btc close 1h > 62000",
            "btc",
            Condition(Kind.CANDLE, Op.ABOVE, D(62000), interval=60, left="close"),
        ),
        (
            "btc rsi 1h < 30",
            "btc",
            Condition(Kind.CANDLE, Op.BELOW, D(30), interval=60, left="rsi14"),
        ),
        (
            "btc ema50 x ema200 4h",
            "btc",
            Condition(Kind.CANDLE, Op.CROSS, interval=240, left="ema50", right="ema200"),
        ),
        ("btc high 30d", "btc", Condition(Kind.EXTREME, Op.ABOVE, seconds=30 * 86400)),
        ("fill big 500eur", None, Condition(Kind.FILL, value=D(500), right="EUR")),
        ("fill 500", None, Condition(Kind.FILL, value=D(500))),
        ("order stale 24h", None, Condition(Kind.STALE, seconds=86400)),
        ("eur < 100", None, Condition(Kind.BALANCE, Op.BELOW, D(100), left="EUR")),
        ("balance btc above 0.5", None, Condition(Kind.BALANCE, Op.ABOVE, D("0.5"), left="BTC")),
        ("eur/usd < 1.05", "eur/usd", Condition(PRICE, Op.BELOW, D("1.05"))),
        ("eur < 1.05 ask", "eur", Condition(PRICE, Op.BELOW, D("1.05"), source=Source.ASK)),
        ("deposit", None, Condition(Kind.DEPOSIT)),
        ("pnl day < -50", None, Condition(Kind.PROFIT, Op.BELOW, D(-50), left="day")),
        (
            "pnl > 5.5eur",
            None,
            Condition(Kind.PROFIT, Op.ABOVE, D("5.5"), left="day", right="EUR"),
        ),
        ("feed", None, Condition(Kind.FEED, Op.ABOVE, D(60), seconds=60)),
        ("key 30d", None, Condition(Kind.KEY, Op.BELOW, D(30 * 86400), seconds=30 * 86400)),
        ("key > 0.01", "key", Condition(PRICE, Op.ABOVE, D("0.01"))),
    ],
)
def test_every_kind_is_understood(text: str, pair: str | None, meant: Condition) -> None:
    args = read_alert(text)
    assert args.pair == pair
    assert args.wish is not None
    assert args.wish.conditions == (meant,)


def test_options_stand_in_any_order_and_the_note_may_hold_anything() -> None:
    args = read_alert(
        'btc note="sell > half? or 5%" > 65000 sell 25% nag 5m loud until 1w between 22-6 '
        "every 30m buy 50eur chart @desk"
    )
    assert args.wish is not None
    assert args.wish.options == Options(
        repeats=True,
        every=1800,
        nag=300,
        lasts=7 * 86400,
        begin=22,
        end=6,
        sound="loud",
        note="sell > half? or 5%",
        actions=("sell 25%", "buy 50eur"),
        chart=True,
        where="desk",
    )
    assert read_alert("btc > 5 here").wish == read_alert("btc > 5").wish


def test_conditions_are_joined_by_one_word() -> None:
    wish = read_alert("btc > 65000 and rsi14 1h > 70 and spread < 1%").wish
    assert wish is not None
    assert (len(wish.conditions), wish.joiner) == (3, "and")
    with pytest.raises(BadArgument):
        read_alert("btc > 1 and < 2 or rsi14 1h > 70")


@pytest.mark.parametrize("text", ALERT.examples)
def test_every_example_of_the_help_is_understood(text: str) -> None:
    read_alert(text.removeprefix("/alert"))


@pytest.mark.parametrize("text", ALERTS.examples)
def test_every_example_of_the_list_is_understood(text: str) -> None:
    read_alerts(text.removeprefix("/alerts"))


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("btc abve 65000", "/alert btc > 65000"),
        ("btc belw 65000", "/alert btc < 65000"),
        ("btc 65000", "/alert btc > 65000"),
        ("btc sprad > 1%", "/alert btc spread > 1%"),
        ("btc > 65000 evry 5m", "/alert btc > 65000 every 5m"),
        ("btc rsi14 < 30", "/alert btc rsi14 < 30 1h"),
        ("btc spread abov 1%", "/alert btc spread above 1%"),
    ],
)
def test_what_was_nearly_right_is_offered(text: str, suggestion: str) -> None:
    with pytest.raises(BadArgument) as caught:
        read_alert(text)
    assert suggestion in caught.value.suggestions
    read_alert(caught.value.suggestions[0].removeprefix("/alert"))


@pytest.mark.parametrize("text", ["btc rsi14 7m", "btc rsi14 7m < 30", "btc rsi14 < 30 7m"])
def test_a_candle_that_kraken_does_not_have_is_named(text: str) -> None:
    with pytest.raises(BadArgument) as caught:
        read_alert(text)
    assert (caught.value.what, caught.value.said) == ("candle length", "7m")
    assert "15m" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "btc >",
        "btc > -5",
        "btc > 65k",
        "btc foo",
        "btc ±5%",
        "btc +5 1h",
        "btc -100% 1h",
        "btc step",
        "btc step 100%",
        "btc vol 5m",
        "btc vol > 3x",
        "btc bids 50% > 1",
        "btc high 30h",
        "btc high",
        "btc rsi500 1h < 30",
        "btc ema50 ? ema200 4h",
        "btc > 1 between 8",
        "btc > 1 between 25-3",
        "btc > 1 every 5s",
        "btc > 1 nag",
        "btc > 1 until 900d",
        "btc > 1 sell",
        "btc > 1 sell 0%",
        "btc > 1 @",
        "btc > 1 every 1m",
        "fill",
        "fill big",
        "order old",
        "order stale 1m",
        "balance",
        "balance btc",
        "eur < x",
        "eur <",
        "pnl foo",
        "pnl day",
        "pnl day < x",
        "pnl x 5",
        "feed 5s",
        "key 5s",
        "deposit chart",
        "deposit sell 25%",
        "eur < 5 and btc > 3",
        "btc > 3 and eur < 5",
        "deposit or feed",
        "funding pf_xbtusd > 0.01%",
        "btc > 1 and step 5",
        "btc x 5 and > 1",
        "@chat",
        "65000",
    ],
)
def test_what_is_not_understood_is_named_with_an_example_that_works(text: str) -> None:
    with pytest.raises(BadArgument) as caught:
        read_alert(text)
    assert caught.value.example.startswith("/alert")
    read_alert(caught.value.example.removeprefix("/alert"))


def test_a_comma_is_asked_about_and_zero_refused() -> None:
    with pytest.raises(CommaForDot) as caught:
        read_alert("btc > 65,000")
    assert caught.value.suggestions == ("/alert btc > 65.000", "/alert btc > 65000")
    with pytest.raises(OutOfRange):
        read_alert("btc > 0")


@given(st.text(max_size=60))
def test_any_text_ends_in_a_value_or_a_sentence(text: str) -> None:
    for read in (read_alert, read_alerts):
        try:
            read(text)
        except UserError as error:
            assert isinstance(error, BadArgument)


SAID = (
    "btc > < x 65000 ±5% -3% 1h 5m step spread vol bids rsi14 ema50 and or every nag until "
    "between 8-22 sell 25% high 30d for bid 3x 0.3% fill big order stale eur balance deposit "
    "pnl day -50 feed key chart @desk"
)
WORDS = tuple(SAID.split())


@given(st.lists(st.sampled_from(WORDS), max_size=9))
def test_any_words_end_in_a_value_or_a_sentence(words: list[str]) -> None:
    try:
        read_alert(" ".join(words))
    except BadArgument as error:
        assert error.example


def test_the_pair_may_be_said_again_with_each_condition() -> None:
    once = read_alert("btc > 65000 and rsi14 1h > 70")
    assert read_alert("btc > 65000 and btc rsi14 1h > 70") == once
    with pytest.raises(BadArgument):
        read_alert("btc > 65000 and eth > 3000")


@pytest.mark.parametrize("note", ['"', '"sell half', "“sell", "'sell half"])
def test_a_note_without_its_second_mark_is_no_note(note: str) -> None:
    with pytest.raises(BadArgument) as no:
        read_alert(f"btc > 65000 note={note}")
    assert no.value.what == "note"


def test_what_is_done_to_all_of_them() -> None:
    assert read_alerts("") == AlertsArgs()
    assert read_alerts("btc eur") == AlertsArgs(pair="btc/eur")
    assert read_alerts("off 2h").does is AlertsDo.REST
    assert read_alerts("clear").does is AlertsDo.CLEAR
    for text in ("off", "off 5s", "off 90d", "off x", "what is this"):
        with pytest.raises(BadArgument):
            read_alerts(text)
