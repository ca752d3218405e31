"""Free text: a price question, a greeting, or an honest shrug."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.talk import PLANNED, Meaning, Understood, nearest_names, understand
from bot.core.texts.commands import BY_NAME


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("btc?", "btc"),
        ("BTC", "btc"),
        ("btc/eur", "btc/eur"),
        ("what is the price of eth?", "eth"),
        ("how much is doge now", "doge"),
        ("btc eur", "btc/eur"),
        ("price sol", "sol"),
    ],
)
def test_a_pair_alone_or_in_a_question_asks_for_its_price(text: str, name: str) -> None:
    assert understand(text) == Understood(Meaning.PRICE, name)


@pytest.mark.parametrize(
    ("text", "name"), [("1560", "1560"), ("100usd?", "100usd"), ("0.01 ", "0.01"), ("5 ", "5")]
)
def test_a_number_alone_is_an_amount_and_no_pair(text: str, name: str) -> None:
    assert understand(text) == Understood(Meaning.AMOUNT, name)


@pytest.mark.parametrize("text", [".5btc", "1inch"])
def test_what_only_looks_like_an_amount_is_none(text: str) -> None:
    assert understand(text).meaning is Meaning.PRICE


@pytest.mark.parametrize("text", ["hi", "Hello!", "good morning", "help", "Hallo 👋"[:5]])
def test_a_greeting_is_a_greeting(text: str) -> None:
    assert understand(text).meaning is Meaning.GREETING


@pytest.mark.parametrize("text", ["thanks", "Thank you!"])
def test_thanks_are_thanks(text: str) -> None:
    assert understand(text).meaning is Meaning.THANKS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "💰💰",
        "x" * 10_000,
        "what",
        "مرحبا",
        "a b c d",
        "0.5"[:1],
    ],
)
def test_anything_else_is_not_guessed_at(text: str) -> None:
    assert understand(text).meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("text", "side", "rest"),
    [
        ("buy 50 eur of btc at 60k", "buy", "50 eur of btc at 60k"),
        ("Sell all!", "sell", "all!"),
        ("Kaufen 0.01 BTC", "buy", "0.01 BTC"),
        ("SELL", "sell", ""),
    ],
)
def test_what_begins_like_an_order_is_known_as_one(text: str, side: str, rest: str) -> None:
    assert understand(text) == Understood(Meaning.ORDER, side, rest)


@pytest.mark.parametrize(
    ("text", "name"),
    [("alert btc > 65000", "alert"), ("balance", "balance"), ("cancel it", "cancel")],
)
def test_what_begins_like_a_command_is_no_price(text: str, name: str) -> None:
    assert understand(text) == Understood(Meaning.COMMAND, name)


def test_no_planned_command_exists_already() -> None:
    assert not PLANNED & set(BY_NAME)


@given(st.text(max_size=600))
def test_any_text_has_a_meaning(text: str) -> None:
    assert understand(text).meaning in Meaning


@pytest.mark.parametrize(
    ("said", "near"), [("boook", "book"), ("candels", "candles"), ("stats", "status")]
)
def test_the_nearest_command_is_found(said: str, near: str) -> None:
    assert nearest_names(said, BY_NAME)[0] == near


def test_nothing_near_is_nothing() -> None:
    assert nearest_names("xyzzy", BY_NAME) == []


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("buy 25usd of btc every day at 9", "dca", "25usd of btc every day at 9"),
        ("Buy 25usd btc weekly mon 09:00", "dca", "25usd btc weekly mon 09:00"),
        (
            "every day at 08:00 tell me BTC, ETH and my portfolio",
            "schedule",
            "every day at 08:00 tell me BTC, ETH and my portfolio",
        ),
        ("daily 08:00 /price btc", "schedule", "daily 08:00 /price btc"),
    ],
)
def test_words_that_say_again_and_again_are_a_plan(text: str, name: str, rest: str) -> None:
    assert understand(text) == Understood(Meaning.PLAN, name, rest)


def test_a_time_alone_is_no_plan() -> None:
    assert understand("every day is a good day").meaning is Meaning.UNKNOWN
