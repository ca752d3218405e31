"""What stands after /paper: read into a wish, or named back with what works."""

from datetime import timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.args import CommaForDot, OutOfRange, TooManyArguments
from bot.core.errors import BadArgument
from bot.core.practice_args import PracticeTopic, Rates, read_practice
from kraken.core.fees import FeeTier


@pytest.mark.parametrize(
    ("text", "balances"),
    [
        ("reset", {}),
        ("reset 10000 eur", {"EUR": D(10000)}),
        ("RESET 10000EUR btc=0.5", {"EUR": D(10000), "BTC": D("0.5")}),
        ("reset xbt=1 usd=999999999999", {"BTC": D(1), "USD": D(999999999999)}),
    ],
)
def test_money_is_named_in_any_of_three_ways(text: str, balances: dict[str, D]) -> None:
    args = read_practice(text)
    assert args.topic is PracticeTopic.RESET
    assert args.balances == balances


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("rest", BadArgument),
        ("reset 5000", BadArgument),
        ("reset eur", BadArgument),
        ("reset -5 eur", BadArgument),
        ("reset btc=-1", BadArgument),
        ("reset 1e9 eur", BadArgument),
        ("reset 1e9", BadArgument),
        ("reset 5 1inch", BadArgument),
        ("reset btc=1e9", BadArgument),
        ("reset btc=x", BadArgument),
        ("reset btc=", BadArgument),
        ("reset =5", BadArgument),
        ("reset 5000 €", BadArgument),
        ("reset 5 eur 6 eur", BadArgument),
        ("reset 0 eur", OutOfRange),
        ("reset 1234567890123 eur", OutOfRange),
        ("reset btc=0.1234567890123", OutOfRange),
        ("reset 0,5 btc", CommaForDot),
        ("reset btc=1,000", CommaForDot),
        ("reset " + " ".join(f"a{n}a=1" for n in range(11)), TooManyArguments),
        ("fee 0.1", BadArgument),
        ("fee maker=0.1", BadArgument),
        ("fee maker=0.1 maker=0.2", BadArgument),
        ("fee maker=11 taker=1", OutOfRange),
        ("fee maker=0,1 taker=1", CommaForDot),
        ("latency 150", BadArgument),
        ("latency -1ms", BadArgument),
        ("latency 99999ms", OutOfRange),
        ("latency 1s 2s", TooManyArguments),
        ("stats now", TooManyArguments),
        ("why a b", TooManyArguments),
    ],
)
def test_what_is_not_understood_is_named_and_changes_nothing(
    text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        read_practice(text)


def test_a_word_that_is_nearly_right_is_offered() -> None:
    with pytest.raises(BadArgument) as caught:
        read_practice("rset")
    assert caught.value.suggestions[0] == "/paper reset"
    assert caught.value.said == "rset"


def test_the_other_wishes() -> None:
    assert read_practice("").topic is PracticeTopic.SWITCH
    assert read_practice("how").topic is PracticeTopic.HOW
    assert read_practice("stats").topic is PracticeTopic.STATS
    assert read_practice("why last").order == "last"
    assert read_practice("fee").rates is Rates.SHOWN
    assert read_practice("fee mine").rates is Rates.MINE
    assert read_practice("fee lowest").fees is None
    given_ = read_practice("fee maker=0.25% taker=0.4")
    assert given_.fees == FeeTier(D("0.0025"), D("0.004"))
    assert read_practice("latency").latency is None
    assert read_practice("latency off").latency == timedelta(0)
    assert read_practice("latency 1s").latency == timedelta(seconds=1)
    assert read_practice("latency 150MS").latency == timedelta(milliseconds=150)


_WORD = st.sampled_from(
    ["reset", "fee", "why", "10", "eur", "btc=0.5", "=", "maker=1", "1e5", "-", "ſ", "١", "0,5"]
)


@given(st.one_of(st.text(max_size=60), st.lists(_WORD, max_size=6).map(" ".join)))
def test_any_text_ends_in_a_wish_or_in_a_sentence(text: str) -> None:
    try:
        args = read_practice(text)
    except BadArgument:
        return
    assert all(0 < amount <= 10**12 for amount in args.balances.values())
