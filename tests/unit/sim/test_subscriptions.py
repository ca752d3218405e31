"""Requests of one WebSocket connection, each with the reply that Kraken gives."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.sim.wire.subscriptions import Answer, Feed, Subscriptions

LISTED = ("BTC/USD", "ETH/USD")


def fresh() -> Subscriptions:
    return Subscriptions(LISTED.__contains__)


def ask(subscriptions: Subscriptions, method: str = "subscribe", **params: object) -> Answer:
    return subscriptions.receive(json.dumps({"method": method, "params": params, "req_id": 7}))


def error_of(answer: Answer) -> object:
    (reply,) = answer.replies
    assert reply["success"] is False
    assert "result" not in reply
    return reply["error"]


def test_each_symbol_has_its_own_reply() -> None:
    subscriptions = fresh()
    answer = ask(subscriptions, channel="book", symbol=["BTC/USD", "WWW/USD", "ETH/USD"])
    assert answer.replies == [
        {
            "method": "subscribe",
            "req_id": 7,
            "result": {"channel": "book", "depth": 10, "snapshot": True, "symbol": "BTC/USD"},
            "success": True,
        },
        {
            "error": "Currency pair not supported WWW/USD",
            "method": "subscribe",
            "req_id": 7,
            "success": False,
            "symbol": "WWW/USD",
        },
        {
            "method": "subscribe",
            "req_id": 7,
            "result": {"channel": "book", "depth": 10, "snapshot": True, "symbol": "ETH/USD"},
            "success": True,
        },
    ]
    assert subscriptions.feeds == {Feed("book", "BTC/USD", 10), Feed("book", "ETH/USD", 10)}
    assert [feed.symbol for feed, _ in answer.opened] == ["BTC/USD", "ETH/USD"]


def test_a_request_without_an_id_is_answered_without_one() -> None:
    answer = fresh().receive('{"method":"ping"}')
    assert answer.replies == [{"method": "pong"}]


def test_a_ping_with_an_id_is_answered_with_it() -> None:
    assert fresh().receive('{"method":"ping","req_id":101}').replies == [
        {"method": "pong", "req_id": 101}
    ]


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "null", '"x"', "{}", '{"method":5}', "{", '{"method":"ping","a":NaN}'],
)
def test_what_is_no_request_is_malformed(text: str) -> None:
    assert fresh().receive(text).replies == [
        {"error": "Malformed request", "method": "error", "success": False}
    ]


@given(st.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert fresh().receive(text).replies


@given(
    st.dictionaries(
        st.sampled_from(["channel", "symbol", "depth", "interval", "snapshot", "req_id", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
            lambda inner: st.lists(inner, max_size=3),
        ),
    )
)
def test_any_parameters_have_an_answer(params: dict[str, Any]) -> None:
    assert ask(fresh(), **params).replies


@pytest.mark.parametrize(
    ("params", "error"),
    [
        (
            {"channel": "book", "symbol": ["BTC/USD"], "depth": 20},
            "Subscription depth not supported",
        ),
        (
            {"channel": "book", "symbol": ["BTC/USD"], "depth": "10"},
            "Depth field must be a number_integer",
        ),
        (
            {"channel": "book", "symbol": ["BTC/USD"], "depth": True},
            "Depth field must be a number_integer",
        ),
        ({"channel": "book", "symbol": "BTC/USD"}, "Symbol field must be an array"),
        ({"channel": "book"}, "Symbol(s) not found"),
        ({"channel": "book", "symbol": []}, "Symbol(s) not found"),
        ({"channel": "mystery", "symbol": ["BTC/USD"]}, "Unsupported event"),
        ({"symbol": ["BTC/USD"]}, "Unsupported event"),
        ({"channel": "status"}, "Unsupported event"),
        ({"channel": "heartbeat"}, "Unsupported event"),
        ({"channel": "ohlc", "symbol": ["BTC/USD"]}, "Subscription ohlc requires interval"),
        (
            {"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 7},
            "Subscription ohlc interval not supported",
        ),
        (
            {"channel": "ticker", "symbol": ["BTC/USD"], "event_trigger": "often"},
            "Subscription event_trigger not supported",
        ),
        (
            {"channel": "trade", "symbol": ["BTC/USD"], "depth": 10},
            "Unsupported field: 'depth' for the given msg type: subscribe",
        ),
        ({"channel": "book", "symbol": ["XBT/USD"]}, "Currency pair not supported XBT/USD"),
        ({"channel": "executions"}, "Token(s) not found"),
        ({"channel": "balances", "token": "abc"}, "ESession:Invalid session"),
    ],
)
def test_a_wrong_subscription_is_refused_with_krakens_words(
    params: dict[str, Any], error: str
) -> None:
    subscriptions = fresh()
    answer = ask(subscriptions, **params)
    assert error_of(answer) == error
    assert answer.replies[0]["req_id"] == 7
    assert not subscriptions.feeds
    assert not subscriptions.began


def test_an_unknown_field_beside_the_parameters_is_refused_with_the_symbol() -> None:
    answer = fresh().receive(
        '{"method":"subscribe","channel":"book","params":{"symbol":["ETH/USD"]}}'
    )
    assert answer.replies == [
        {
            "error": "Unsupported field: 'channel' for the given msg type: subscribe",
            "method": "subscribe",
            "success": False,
            "symbol": "ETH/USD",
        }
    ]


def test_a_ping_takes_no_parameters() -> None:
    assert error_of(fresh().receive('{"method":"ping","params":{},"req_id":1}')) == (
        "Unsupported field: 'params' for the given msg type: ping"
    )


@pytest.mark.parametrize("number", ['"5"', "1.5", "true", "null"])
def test_a_request_id_is_a_whole_number(number: str) -> None:
    answer = fresh().receive(f'{{"method":"ping","req_id":{number}}}')
    assert error_of(answer) == "Req_id field must be a number_integer"


@pytest.mark.parametrize("method", ["add_order", "cancel_all", "amend_order"])
def test_trading_needs_a_token_and_no_token_is_good(method: str) -> None:
    assert error_of(fresh().receive(f'{{"method":"{method}"}}')) == "Token(s) not found"
    assert error_of(ask(fresh(), method, token="abc")) == "ESession:Invalid session"


def test_an_unknown_method_is_an_unsupported_event() -> None:
    assert error_of(ask(fresh(), "dance")) == "Unsupported event"


@pytest.mark.parametrize(
    ("first", "second", "accepted"),
    [
        ({"channel": "book"}, {"channel": "book"}, False),
        ({"channel": "book", "depth": 10}, {"channel": "book", "depth": 100}, False),
        ({"channel": "ticker"}, {"channel": "ticker", "event_trigger": "bbo"}, False),
        ({"channel": "ohlc", "interval": 1}, {"channel": "ohlc", "interval": 1}, False),
        ({"channel": "ohlc", "interval": 1}, {"channel": "ohlc", "interval": 5}, True),
        ({"channel": "book"}, {"channel": "trade"}, True),
    ],
)
def test_one_symbol_is_subscribed_once_a_channel_but_for_intervals(
    first: dict[str, Any], second: dict[str, Any], accepted: bool
) -> None:
    subscriptions = fresh()
    ask(subscriptions, symbol=["BTC/USD"], **first)
    answer = ask(subscriptions, symbol=["BTC/USD"], **second)
    assert answer.replies[0]["success"] is accepted
    if not accepted:
        assert error_of(answer) == "Already subscribed"


def test_the_same_symbol_twice_in_one_request_is_refused_once() -> None:
    answer = ask(fresh(), channel="trade", symbol=["BTC/USD", "BTC/USD"])
    assert [reply["success"] for reply in answer.replies] == [True, False]


def test_unsubscribing_answers_in_the_same_shape_and_ends_the_feed() -> None:
    subscriptions = fresh()
    params = {"channel": "book", "symbol": ["BTC/USD"], "depth": 100}
    begun = ask(subscriptions, **params)
    ended = ask(subscriptions, "unsubscribe", **params)
    assert ended.replies == [{**begun.replies[0], "method": "unsubscribe"}]
    assert ended.closed == [Feed("book", "BTC/USD", 100)]
    assert not subscriptions.feeds
    assert ask(subscriptions, **params).replies[0]["success"] is True


def test_a_feed_that_is_not_there_cannot_be_unsubscribed() -> None:
    subscriptions = fresh()
    ask(subscriptions, channel="book", symbol=["BTC/USD"], depth=100)
    answer = ask(subscriptions, "unsubscribe", channel="book", symbol=["BTC/USD"])
    assert error_of(answer) == "Subscription Not Found"


def test_a_snapshot_can_be_declined() -> None:
    answer = ask(fresh(), channel="ticker", symbol=["BTC/USD"], snapshot=False)
    assert answer.opened == [(Feed("ticker", "BTC/USD", "trades"), False)]
    result = answer.replies[0]["result"]
    assert isinstance(result, dict)
    assert result["snapshot"] is False


def test_the_instrument_channel_has_no_symbol_and_one_warning() -> None:
    answer = ask(fresh(), channel="instrument")
    assert answer.replies[0]["result"] == {
        "channel": "instrument",
        "snapshot": True,
        "warnings": ["tick_size is deprecated, use price_increment"],
    }
