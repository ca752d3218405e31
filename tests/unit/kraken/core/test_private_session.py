"""The private session: what it asks for, what it understands, what it does not believe."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kraken.core.private_session import (
    ANSWERED_IN,
    BalancesMoved,
    FactsMissed,
    MaximumTold,
    OrdersReported,
    PrivateSession,
    Subscribed,
    Useless,
)
from kraken.core.trading import (
    ExecType,
    Liquidity,
    OrderStatus,
    OrderType,
    PriceKind,
    Reference,
    TimeInForce,
)
from kraken.core.types import SystemState

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOKEN = "a-secret-token"
TIME = "2026-03-04T12:00:00.123456Z"
FILL = {
    "order_id": "O1",
    "exec_type": "trade",
    "order_status": "filled",
    "timestamp": TIME,
    "exec_id": "T1",
    "trade_id": 7,
    "symbol": "BTC/USD",
    "side": "buy",
    "last_qty": "0.10000000",
    "last_price": 50000.1,
    "cost": 5000.01,
    "liquidity_ind": "m",
    "fees": [{"asset": "USD", "qty": 8.0}],
    "order_type": "limit",
}


def message(channel: str, rows: list[Any], sequence: int, kind: str = "update") -> str:
    told = {"channel": channel, "type": kind, "data": rows, "sequence": sequence}
    return json.dumps(told)


def report(**terms: Any) -> dict[str, Any]:
    return {
        "order_id": "O1",
        "exec_type": "new",
        "order_status": "new",
        "timestamp": TIME,
        **terms,
    }


def connected() -> PrivateSession:
    session = PrivateSession()
    session.use(TOKEN)
    session.connected(NOW)
    return session


def live() -> PrivateSession:
    session = connected()
    session.data_to_send()
    assert session.receive(message("balances", [], 1, "snapshot"), NOW) == []
    assert session.receive(message("executions", [], 1, "snapshot"), NOW) == [Subscribed()]
    return session


def told(row: dict[str, Any], kind: str = "update") -> Any:
    """The one report that a row becomes."""
    events = live().receive(message("executions", [row], 2, kind), NOW)
    assert isinstance(events[0], OrdersReported), events
    (one,) = events[0].reports
    return one


def test_both_channels_are_asked_for_with_the_token_and_everything_said() -> None:
    asked = [json.loads(text) for text in connected().data_to_send()]
    executions, balances = (each["params"] for each in asked)
    assert executions == {
        "channel": "executions",
        "token": TOKEN,
        "snap_orders": True,
        "snap_trades": True,
        "ratecounter": True,
    }
    assert balances == {"channel": "balances", "token": TOKEN, "snapshot": True}


def test_the_token_is_in_no_event_and_gone_with_its_connection() -> None:
    session = connected()
    session.disconnected(NOW)
    session.connected(NOW)
    assert TOKEN not in "".join(session.data_to_send())
    session = connected()
    refused = {"method": "subscribe", "req_id": 1, "success": False, "error": "ESession:Invalid"}
    assert TOKEN not in repr(session.receive(json.dumps(refused), NOW))


def test_a_refused_subscription_makes_the_connection_useless() -> None:
    refused = {
        "method": "subscribe",
        "req_id": 1,
        "success": False,
        "error": "EGeneral:Permission denied",
    }
    (event,) = connected().receive(json.dumps(refused), NOW)
    assert isinstance(event, Useless)
    assert event.error == "EGeneral:Permission denied"


def test_what_is_not_answered_in_time_is_given_up() -> None:
    session = connected()
    session.receive(message("balances", [], 1, "snapshot"), NOW)
    later = NOW + ANSWERED_IN
    assert session.tick(later - timedelta(milliseconds=1)) == []
    (event,) = session.tick(later)
    assert isinstance(event, Useless)
    assert "executions" in event.reason


def test_an_acknowledgement_tells_how_much_the_engine_takes() -> None:
    ack = {
        "method": "subscribe",
        "req_id": 1,
        "success": True,
        "result": {"channel": "executions", "maxratecount": 125, "snap_orders": True},
    }
    assert connected().receive(json.dumps(ack), NOW) == [MaximumTold(Decimal(125))]


def test_a_gap_is_told_and_the_channel_asked_for_anew() -> None:
    session = live()
    assert session.receive(message("executions", [report()], 2), NOW)[1:] == []
    events = session.receive(message("executions", [report()], 4), NOW)
    assert isinstance(events[-1], FactsMissed)
    methods = [json.loads(text)["method"] for text in session.data_to_send()]
    assert methods == ["unsubscribe", "subscribe"]
    assert session.receive(message("executions", [report()], 5), NOW)[1:] == []
    assert session.receive(message("executions", [], 1, "snapshot"), NOW) == []
    assert session.receive(message("executions", [report()], 2), NOW)[1:] == []
    assert session.data_to_send() == []


def test_a_number_that_comes_again_is_no_gap_and_still_a_fact() -> None:
    session = live()
    for _ in range(2):
        (event,) = session.receive(message("executions", [report()], 2), NOW)
        assert isinstance(event, OrdersReported)
    assert session.receive(message("balances", [{"asset": "BTC"}], 2), NOW) == [BalancesMoved()]


def test_silence_is_asked_about() -> None:
    session = live()
    due = session.next_timer()
    assert due == NOW + timedelta(seconds=2)
    assert session.tick(due) == []
    assert [json.loads(text)["method"] for text in session.data_to_send()] == ["ping"]


def test_what_the_engine_accepts_is_known() -> None:
    session = live()
    frame = '{"channel":"status","type":"update","data":[{"system":"maintenance"}]}'
    assert session.receive(frame, NOW) == []
    assert session.system is SystemState.MAINTENANCE


def test_a_trade_is_a_fill_and_says_nothing_final_of_its_order() -> None:
    one = told(FILL)
    assert (one.exec_type, one.status) == (ExecType.TRADE, OrderStatus.PARTIALLY_FILLED)
    assert (one.fill.price, one.fill.qty) == (Decimal("50000.1"), Decimal("0.10000000"))
    assert (one.fill.fee, one.fill.fee_asset) == (Decimal("8.0"), "USD")
    assert one.fill.liquidity is Liquidity.MAKER
    assert told(FILL, "snapshot").status is OrderStatus.PENDING_NEW


@pytest.mark.parametrize("missing", ["symbol", "side", "exec_id", "cost", "last_qty"])
def test_a_trade_without_all_of_it_is_a_sum_that_fills_are_read_for(missing: str) -> None:
    row = {**{name: value for name, value in FILL.items() if name != missing}, "cum_qty": 0.1}
    one = told(row)
    assert one.fill is None
    assert one.filled_qty == Decimal("0.1")


def test_fees_of_one_asset_are_added_and_of_two_are_left_to_rest() -> None:
    twice = [{"asset": "USD", "qty": 1.5}, {"asset": "USD", "qty": 0.5}]
    assert told({**FILL, "fees": twice}).fill.fee == Decimal("2.0")
    assert told({**FILL, "fees": []}).fill.fee == 0
    both = [{"asset": "USD", "qty": 1}, {"asset": "BTC", "qty": 1}]
    assert told({**FILL, "fees": both}).fill is None


def test_terms_are_read_as_they_are_meant() -> None:
    one = told(
        report(
            exec_type="pending_new",
            order_status="pending_new",
            cl_ord_id="ours",
            symbol="BTC/USD",
            side="sell",
            order_type="trailing-stop-limit",
            order_qty=0.5,
            limit_price=50.0,
            limit_price_type="quote",
            time_in_force="GTD",
            expire_time=TIME,
            fee_ccy_pref="fcib",
            triggers={
                "reference": "index",
                "price": 1.5,
                "price_type": "pct",
                "actual_price": 49000.0,
                "peak_price": 50000.0,
                "status": "untriggered",
            },
            contingent={
                "order_type": "stop-loss",
                "trigger_price": -5,
                "trigger_price_type": "pct",
            },
            order_userref=0,
            post_only=True,
            stop_price=0.0,
        )
    )
    assert (one.client_id, one.type) == ("ours", OrderType.TRAILING_STOP_LIMIT)
    assert one.limit_price is None, "a distance is no price"
    assert one.time_in_force is TimeInForce.GTD
    assert one.trigger.price == Decimal("49000.0")
    assert (one.trigger.reference, one.trigger.is_fired) == (Reference.INDEX, False)
    assert one.close.trigger.price.kind is PriceKind.PERCENT
    assert (one.user_ref, one.post_only, one.reduce_only) == (None, True, None)


@pytest.mark.parametrize(
    "change",
    [
        {"exec_type": "wondrous"},
        {"order_status": "unknown"},
        {"timestamp": None},
        {"order_qty": "NaN"},
        {"order_id": None},
        {"cum_qty": [1]},
    ],
)
def test_a_report_that_cannot_be_read_hides_no_other_and_is_told(change: dict[str, Any]) -> None:
    rows = [{**report(), **change}, report(order_id="O2")]
    reported, missed = live().receive(message("executions", rows, 2), NOW)
    assert isinstance(reported, OrdersReported)
    assert [one.order_id for one in reported.reports] == ["O2"]
    assert isinstance(missed, FactsMissed)


@given(st.one_of(st.text(), st.binary(), st.from_regex(r'\{"channel":"executions",.{0,40}')))
def test_nothing_that_comes_raises(frame: str | bytes) -> None:
    live().receive(frame, NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
        max_leaves=10,
    ),
    st.sampled_from(["executions", "balances", "status"]),
)
def test_no_data_of_a_channel_raises(data: Any, channel: str) -> None:
    frame = json.dumps({"channel": channel, "type": "update", "data": data, "sequence": 2})
    live().receive(frame, NOW)
