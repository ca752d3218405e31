"""Arming faults: what is accepted, where a fault happens, and how often."""

from typing import Any

import pytest

from kraken.sim.faults import KINDS, FaultRefused, Faults, told_kinds


def armed(**asked: Any) -> Faults:
    faults = Faults()
    faults.arm(asked)
    return faults


def test_a_fault_happens_as_often_as_asked() -> None:
    faults = armed(kind="wrong_checksum", times=2)
    assert [faults.take("wrong_checksum") is not None for _ in range(3)] == [True, True, False]
    assert faults.armed == []


def test_a_fault_that_names_a_symbol_happens_only_there() -> None:
    faults = armed(kind="wrong_checksum", symbol="ETH/USD")
    assert faults.take_at("book", symbol="BTC/USD") is None
    assert faults.take_at("book", symbol="ETH/USD") is not None


def test_a_fault_that_names_nothing_happens_anywhere() -> None:
    assert armed(kind="http_520").take_at("rest", endpoint="Ticker") is not None


def test_a_fault_of_another_place_waits() -> None:
    faults = armed(kind="http_520")
    assert faults.take_at("book", symbol="BTC/USD") is None
    assert len(faults.armed) == 1


def test_faults_happen_in_the_order_in_which_they_were_armed() -> None:
    faults = armed(kind="http_520", endpoint="Depth")
    faults.arm({"kind": "empty_body"})
    faults.arm({"kind": "html_200"})
    kinds = [faults.take_at("rest", endpoint="Ticker") for _ in range(3)]
    assert [fault and fault.kind for fault in kinds] == ["empty_body", "html_200", None]


def test_opening_a_websocket_fails_only_when_it_is_named() -> None:
    assert armed(kind="http_502_html").take_upgrade() is None
    assert armed(kind="http_502_html", endpoint="v2").take_upgrade() is not None
    assert armed(kind="refuse_connection").take_upgrade() is not None
    assert armed(kind="refuse_connection", endpoint="Time").take_upgrade() is None


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        ({}, "unknown kind None"),
        ({"kind": "flood"}, "unknown kind 'flood'"),
        (
            {"kind": "http_520", "when": 1},
            "http_520 has no field 'when'; it has kind",
        ),
        ({"kind": "http_520", "symbol": "BTC/USD"}, "http_520 has no field 'symbol'"),
        ({"kind": "wrong_checksum", "endpoint": "Time"}, "wrong_checksum has no field"),
        ({"kind": "http_520", "times": 0}, "times must be"),
        ({"kind": "http_520", "times": True}, "times must be"),
        ({"kind": "http_520", "times": "2"}, "times must be"),
        ({"kind": "http_520", "endpoint": 5}, "endpoint must be a string"),
        ({"kind": "slow_reply"}, "slow_reply needs 'seconds'"),
        ({"kind": "slow_reply", "seconds": "soon"}, "seconds must be a number"),
        ({"kind": "slow_reply", "seconds": -1}, "seconds must be a number from 0"),
        ({"kind": "slow_reply", "seconds": float("nan")}, "seconds must be a number"),
        ({"kind": "ack_then_mute", "channel": "books"}, "channel 'books' is none of book"),
        ({"kind": "lost_execution", "exec_type": "fill"}, "exec_type 'fill' is none of"),
        ({"kind": "system_status", "status": "asleep"}, "status 'asleep' is none of"),
        ({"kind": "pair_status", "status": "online"}, "pair_status needs 'symbol'"),
    ],
)
def test_a_wish_that_is_no_fault_is_refused_with_the_reason(
    asked: dict[str, Any], complaint: str
) -> None:
    faults = Faults()
    with pytest.raises(FaultRefused, match=complaint):
        faults.arm(asked)
    assert faults.armed == []


def test_only_the_exchanges_clock_may_be_behind() -> None:
    assert armed(kind="clock_offset", seconds=-300).armed[0].seconds == -300


def test_every_kind_is_told_in_one_line() -> None:
    told = told_kinds()
    assert list(told) == list(KINDS)
    assert all(text and "\n" not in text for text in told.values())


def test_an_armed_fault_is_told_as_it_was_asked_for() -> None:
    asked = {"kind": "slow_reply", "times": 3, "endpoint": "OHLC", "seconds": 1.5}
    assert [fault.told() for fault in armed(**asked).armed] == [asked]
