"""Errors become sentences: every leaf of both trees, and what its buttons repair."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

import bot.handlers  # noqa: F401 - so that every class of error is there
from bot.core.access import Access
from bot.core.args import BeyondHistory, CommaForDot, OutOfRange, TooLong, TooManyArguments
from bot.core.errors import (
    AlreadySent,
    BadArgument,
    Expired,
    NotAllowed,
    NotFound,
    NotReady,
    TooFast,
    TooStale,
    UserError,
)
from bot.core.grouping import BadStep, StepTooLarge
from bot.core.texts.errors import SENTENCES, bug_page, error_page
from kraken.core.errors import (
    AuthError,
    BadData,
    Busy,
    KrakenError,
    Maintenance,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    UnknownInstrument,
    from_code,
)
from kraken.core.types import Symbol
from tests.market_values import instrument
from tests.page_rules import check_page, words_of

HOSTILE = "<b>&_*[\u202e" + "x" * 300

SAMPLES: tuple[Exception, ...] = (
    BadArgument("interval", "7m", "/candles btc 5m", hint="1m 5m", suggestions=("/candles 5m",)),
    BadArgument("pair", "", "/book btc"),
    BadArgument("option", HOSTILE, HOSTILE),
    CommaForDot("group", "0,5", ("0.5",), "/book btc group 0,5"),
    TooManyArguments("pairs", HOSTILE, "/price btc", hint="10"),
    TooManyArguments("option", "y", "/help book"),
    TooLong("message", "10000", hint="256"),
    OutOfRange("depth", "300", "/book btc 25", hint="5 to 25", suggestions=("/book btc 25",)),
    OutOfRange("group", "0", "/book btc group 10", hint="0"),
    BeyondHistory("1d", "4000", 722, "/candles btc 1d 722"),
    BadStep(instrument("BTC/USD", 1), Decimal("0.05")),
    StepTooLarge(instrument("DOGE/USD", 7), Decimal(10), Decimal("0.12")),
    BadArgument("every", "ever", "/watch btc every 5s", hint="30s, 5m, 2h"),
    BadArgument("for", "", "/watch btc for 1m"),
    NotFound("command", HOSTILE),
    NotAllowed(Access.OWNER, "settings"),
    Expired("the BTC/USD book"),
    AlreadySent(),
    TooFast(timedelta(seconds=4)),
    TooStale(timedelta(minutes=12)),
    NotReady("the BTC/USD book"),
    UnknownInstrument("bct", (Symbol("BTC/USD"), Symbol("BTC/EUR"))),
    UnknownInstrument(HOSTILE),
    UnknownInstrument(code="EQuery:Unknown asset pair"),
    NotSent("no route"),
    Busy("EService:Busy"),
    RateLimited("EAPI:Rate limit exceeded", timedelta(seconds=4)),
    Maintenance("EService:Unavailable"),
    OutcomeUnknown(),
    BadData("<html>"),
    Rejected(HOSTILE),
    AuthError("EAPI:Invalid key"),
    from_code("EOrder:Insufficient funds"),
    from_code("EOrder:Invalid price"),
)


def classes(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from classes(child)


@pytest.mark.parametrize("root", [UserError, KrakenError])
def test_every_error_has_a_sentence_of_its_own(root: type[Exception]) -> None:
    ours = [kind for kind in classes(root) if kind.__module__.split(".")[0] in {"bot", "kraken"}]
    assert [kind for kind in ours if kind not in SENTENCES] == []


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_every_sentence_is_a_good_page(error: Exception) -> None:
    page = error_page(error, command="book", args="bct 10")
    assert page is not None
    check_page(page)
    assert "\u202e" not in page.html
    assert len(words_of(page)) < 400


def test_a_wrong_pair_is_repaired_in_the_command_that_named_it() -> None:
    error = UnknownInstrument("bct", (Symbol("BTC/USD"), Symbol("BTC/EUR")))
    page = error_page(error, command="book", args="bct 25")
    assert page is not None
    assert [dict(button.payload) for button in page.buttons()] == [
        {"command": "book", "args": "BTC/USD 25"},
        {"command": "book", "args": "BTC/EUR 25"},
    ]
    page = error_page(error)
    assert page is not None
    assert page.buttons()[0].payload == {"command": "ticker", "args": "BTC/USD"}


def test_a_comma_is_repaired_by_a_button_with_the_number() -> None:
    page = error_page(CommaForDot("group", "0,5", ("0.5",), "/book btc group 0,5"))
    assert page is not None
    assert "Did you mean 0.5?" in words_of(page)
    (button,) = page.buttons()
    assert button.label == "0.5"
    assert button.payload == {"command": "book", "args": "btc group 0.5"}


def test_what_kraken_could_not_answer_can_be_asked_again() -> None:
    for error in (NotSent(), Busy(), Maintenance(), BadData(), NotReady("x")):
        page = error_page(error, command="candles", args="btc")
        assert page is not None
        assert page.buttons()[0].payload == {"command": "candles", "args": "btc"}


def test_a_fault_of_ours_is_not_worded_as_the_persons() -> None:
    assert error_page(ValueError("x")) is None
    page = bug_page("E7Q2")
    check_page(page)
    assert "#E7Q2" in words_of(page)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (BadArgument("every", "5"), "Not a time: 5"),
        (BadArgument("for", ""), "The time after “for” is missing."),
        (OutOfRange("every", "1s", hint="5s to 1h"), "The time after “every” goes from 5s to 1h."),
        (OutOfRange("group", "0", hint="0"), "The step after “group” must be above 0."),
    ],
)
def test_a_word_of_a_command_is_not_used_as_a_noun(error: BadArgument, said: str) -> None:
    page = error_page(error)
    assert page is not None
    assert said in words_of(page)


@pytest.mark.parametrize(("wait", "said"), [(0.01, "1 s"), (1.2, "2 s"), (3, "3 s")])
def test_whoever_is_too_fast_is_told_whole_seconds_and_never_none(wait: float, said: str) -> None:
    page = error_page(TooFast(timedelta(seconds=wait)))
    assert page is not None
    assert f"Go on in {said}." in words_of(page)
