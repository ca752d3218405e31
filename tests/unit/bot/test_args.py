"""Arguments: what people type becomes values, or an error that names a command that works."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.args import (
    INTERVALS,
    BeyondHistory,
    BookArgs,
    CandlesArgs,
    CommaForDot,
    OutOfRange,
    SettingsArgs,
    TooLong,
    TooManyArguments,
    WatchArgs,
    nearest_interval,
    read_book,
    read_candles,
    read_pairs,
    read_settings,
    read_watch,
)
from bot.core.errors import BadArgument, UserError
from bot.core.texts.catalogue.entry import CommandHelp
from bot.core.texts.commands import CATALOGUE
from bot.core.texts.errors import error_page
from kraken.core.types import Interval
from tests.page_rules import check_page

READERS = {
    "book": read_book,
    "candles": read_candles,
    "ticker": lambda text: read_pairs(text, "ticker", 3),
    "price": lambda text: read_pairs(text, "price", 10),
    "watch": lambda text: read_watch(text, "private"),
    "settings": read_settings,
}


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", BookArgs()),
        ("btc", BookArgs("btc")),
        ("BTC/EUR 25", BookArgs("BTC/EUR", 25)),
        ("25 btc", BookArgs("btc", 25)),
        ("btc eur 5", BookArgs("btc/eur", 5)),
        ("btc depth 12", BookArgs("btc", 12)),
        ("btc group 0.5", BookArgs("btc", step=Decimal("0.5"))),
        ("btc 10 GROUP 50 live", BookArgs("btc", 10, Decimal(50), True)),
        ("btc 0.5", BookArgs("btc", step=Decimal("0.5"))),
        ("1inch", BookArgs("1inch")),
        ("\u202ebtc\u200b 10", BookArgs("btc", 10)),
    ],
)
def test_a_book_is_asked_for_in_any_order(text: str, args: BookArgs) -> None:
    assert read_book(text) == args


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("", CandlesArgs()),
        ("btc 15m", CandlesArgs("btc", Interval.M15)),
        ("15M btc 90 EMA", CandlesArgs("btc", Interval.M15, 90, "chart", True)),
        ("eth/eur 1d 30 text", CandlesArgs("eth/eur", Interval.D1, 30, "text")),
        ("btc text", CandlesArgs("btc", Interval.H1, 20, "text")),
        ("btc 60m csv", CandlesArgs("btc", Interval.H1, 60, "csv")),
        ("btc 7d", CandlesArgs("btc", Interval.W1)),
        ("btc 1m 3000", CandlesArgs("btc", Interval.M1, 3000)),
    ],
)
def test_candles_are_asked_for_in_any_order(text: str, args: CandlesArgs) -> None:
    assert read_candles(text) == args


def test_every_interval_of_kraken_has_a_name() -> None:
    assert set(INTERVALS.values()) == set(Interval)


@pytest.mark.parametrize(
    ("minutes", "near"),
    [(2, Interval.M1), (7, Interval.M5), (120, Interval.H1), (200, Interval.H4), (0, Interval.M1)],
)
def test_the_nearest_interval_is_the_nearest_by_ratio(minutes: int, near: Interval) -> None:
    assert nearest_interval(minutes) is near


def test_an_interval_kraken_lacks_is_answered_with_the_nearest_one() -> None:
    with pytest.raises(BadArgument) as caught:
        read_candles("btc 7m 30")
    assert caught.value.what == "interval"
    assert caught.value.suggestions == ("/candles btc 5m 30",)


def test_a_watch_takes_pairs_a_pace_and_an_end() -> None:
    assert read_watch("btc,eth every 10s for 2h", "private") == WatchArgs(
        ("btc", "eth"), timedelta(seconds=10), timedelta(hours=2)
    )
    assert read_watch("", "private").every == timedelta(seconds=5)
    assert read_watch("", "group").every == timedelta(seconds=10)


def test_a_group_is_not_watched_faster_than_telegram_allows() -> None:
    with pytest.raises(OutOfRange) as caught:
        read_watch("btc every 5s", "group")
    assert caught.value.suggestions == ("/watch btc every 10s",)


def test_settings_keep_the_blanks_of_a_value() -> None:
    assert read_settings("zone America/New York") == SettingsArgs("zone", "America/New York")
    assert read_settings("") == SettingsArgs()


def test_pairs_are_kept_in_order_and_none_twice() -> None:
    assert read_pairs("btc, eth btc", "price", 10) == ("btc", "eth")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("doge eur", ("doge/eur",)),
        ("btc eth EUR", ("btc/EUR", "eth/EUR")),
        ("eur", ("eur",)),
        ("eur gbp", ("eur", "gbp")),
        ("eth/btc eur", ("eth/btc", "eur")),
        ("eur btc", ("eur", "btc")),
    ],
)
def test_a_currency_at_the_end_counts_for_all_bare_names(
    text: str, names: tuple[str, ...]
) -> None:
    assert read_pairs(text, "price", 10) == names
    assert read_watch(text, "private").pairs == names


def test_a_word_that_is_no_quote_is_an_option_not_half_a_pair() -> None:
    with pytest.raises(BadArgument) as caught:
        read_candles("btc 1h 60 pdf")
    assert (caught.value.what, caught.value.said) == ("option", "pdf")
    assert read_book("eth btc").pair == "eth/btc"


@pytest.mark.parametrize(
    ("command", "text", "kind", "suggestions"),
    [
        ("book", "btc group 0,5", CommaForDot, ("/book btc group 0.5",)),
        ("book", "btc 0,5", CommaForDot, ("/book btc 0.5",)),
        (
            "book",
            "btc group 1,000",
            CommaForDot,
            ("/book btc group 1.000", "/book btc group 1000"),
        ),
        ("book", "btc 300", OutOfRange, ("/book btc 25",)),
        ("book", "btc 4", OutOfRange, ("/book btc 5",)),
        ("book", "btc group 0", OutOfRange, ()),
        ("book", "btc group", BadArgument, ()),
        ("book", "btc group ten", BadArgument, ()),
        ("book", "btc eth sol", BadArgument, ()),
        ("book", "b%c", BadArgument, ()),
        ("book", "💰", BadArgument, ()),
        ("book", "btc ١٢", BadArgument, ()),
        ("book", "btc" * 100, TooLong, ()),
        ("book", "btc grup 10", BadArgument, ("/book btc group 10",)),
        ("book", "btc -5", BadArgument, ()),
        ("book", "btc 9999999", OutOfRange, ("/book btc 25",)),
        ("candles", "btc 1h txt", BadArgument, ("/candles btc 1h text",)),
        ("candles", "btc 1mo", BadArgument, ("/candles btc 1m",)),
        ("candles", "btc 1h 9999999", BeyondHistory, ("/candles btc 1h 768",)),
        ("ticker", "btc eth sol xrp", TooManyArguments, ("/price btc eth sol xrp",)),
        ("watch", "btc every 10", BadArgument, ("/watch btc every 10s",)),
        ("watch", "btc for 5", BadArgument, ("/watch btc for 5m",)),
        ("candles", "btc 2", OutOfRange, ("/candles btc 5",)),
        ("candles", "btc 1d 4000", BeyondHistory, ("/candles btc 1d 722",)),
        ("candles", "btc 1h 9999 text", BeyondHistory, ("/candles btc 1h 768 text",)),
        ("price", " ".join(f"a{i}" for i in range(11)), TooManyArguments, ()),
        ("watch", "btc every 3s", OutOfRange, ("/watch btc every 5s",)),
        ("watch", "btc for 2d", OutOfRange, ("/watch btc for 24h",)),
        ("watch", "btc for ever", BadArgument, ()),
        ("watch", "a b c d e f g", TooManyArguments, ()),
    ],
)
def test_what_is_not_understood_is_named_with_what_may_have_been_meant(
    command: str, text: str, kind: type[UserError], suggestions: tuple[str, ...]
) -> None:
    with pytest.raises(BadArgument) as caught:
        READERS[command](text)
    assert type(caught.value) is kind or kind is BadArgument
    assert caught.value.suggestions == suggestions
    for suggestion in suggestions:
        name, _, args = suggestion.removeprefix("/").partition(" ")
        READERS[name](args)  # what is offered works


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: entry.name)
def test_every_example_of_the_help_parses(entry: CommandHelp) -> None:
    for example in entry.examples:
        name, _, args = example.removeprefix("/").partition(" ")
        assert name == entry.name
        if name in READERS:
            READERS[name](args)


@pytest.mark.parametrize("command", READERS)
@given(text=st.text(max_size=300))
def test_any_text_at_all_is_read_or_refused_politely(command: str, text: str) -> None:
    try:
        READERS[command](text)
    except UserError as error:
        page = error_page(error, command=command, args=text)
        assert page is not None
        check_page(page)


KNOWN = (
    "btc BTC/USD eth 10 25 0.5 0,5 1,000 group every for live 5s 2h 1h 7m 1d text csv ema -1 1e9 "
    "Infinity NaN __ /"
)
TOKENS = st.sampled_from(KNOWN.split())


@pytest.mark.parametrize("command", READERS)
@given(tokens=st.lists(TOKENS, max_size=9))
def test_any_mix_of_known_words_is_read_or_refused_politely(
    command: str, tokens: list[str]
) -> None:
    try:
        READERS[command](" ".join(tokens))
    except UserError as error:
        page = error_page(error, command=command, args=" ".join(tokens))
        assert page is not None
        check_page(page)
