"""Private REST: documented answers read to the last digit, requests spelt as documented."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kraken.core.errors import (
    BadData,
)
from kraken.core.trading import (
    FeePreference,
    Liquidity,
    OrderStatus,
    OrderType,
    Reference,
    TimeInForce,
)
from kraken.core.types import (
    Asset,
    OrderId,
    Side,
    Symbol,
)
from kraken.core.wire import private as wire
from kraken.core.wire import private_orders as orders
from tests.listed_names import NAMES

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ZERO = timedelta(0)
BTC = Symbol("BTC/USD")


ORDER: dict[str, Any] = {
    "refid": None,
    "userref": 0,
    "cl_ord_id": "my-id-1",
    "status": "open",
    "opentm": 1676384710.121142,
    "starttm": 0,
    "expiretm": 0,
    "descr": {
        "pair": "XBTUSD",
        "type": "sell",
        "ordertype": "limit",
        "price": "37500.0",
        "price2": "0",
        "leverage": "none",
        "order": "sell 1.00000000 XBTUSD @ limit 37500.0",
        "close": "",
    },
    "vol": "1.00000000",
    "vol_exec": "0.00000000",
    "cost": "0.00000",
    "fee": "0.00000",
    "price": "0.00000",
    "stopprice": "0.00000",
    "limitprice": "0.00000",
    "misc": "",
    "oflags": "fciq",
}
OPENED = datetime(2023, 2, 14, 14, 25, 10, 121142, tzinfo=UTC)


def answer(result: object) -> str:
    return json.dumps({"error": [], "result": result})


def one(**changes: Any) -> Any:
    """The report that the documented order becomes with these changes."""
    row = {**ORDER, **changes, "descr": {**ORDER["descr"], **changes.get("descr", {})}}
    page = orders.open_orders(answer({"open": {"OQCLML-BW3P3-BUCMWZ": row}}), NAMES, NOON)
    assert page.unread == ()
    return page.reports[0]


# -- orders -----------------------------------------------------------------------------------


def test_an_open_order_is_read_with_all_its_digits() -> None:
    report = one()
    assert (report.order_id, report.client_id) == ("OQCLML-BW3P3-BUCMWZ", "my-id-1")
    assert (report.symbol, report.side, report.type) == (BTC, Side.SELL, OrderType.LIMIT)
    assert str(report.qty) == "1.00000000"
    assert str(report.limit_price) == "37500.0"
    assert (report.status, report.filled_qty, report.average) == (OrderStatus.NEW, 0, None)
    assert (report.time_in_force, report.expires_at) == (TimeInForce.GTC, None)
    assert (report.trigger, report.parent, report.user_ref) == (None, None, None)
    assert report.at == OPENED


@pytest.mark.parametrize(
    ("status", "filled", "expected"),
    [
        ("pending", "0", OrderStatus.PENDING_NEW),
        ("open", "0", OrderStatus.NEW),
        ("open", "0.5", OrderStatus.PARTIALLY_FILLED),
        ("closed", "1", OrderStatus.FILLED),
        ("canceled", "0.5", OrderStatus.CANCELED),
        ("expired", "0", OrderStatus.EXPIRED),
    ],
)
def test_rests_words_for_states_are_the_streams_states(
    status: str, filled: str, expected: OrderStatus
) -> None:
    assert one(status=status, vol_exec=filled).status is expected


def test_a_report_is_as_old_as_what_it_says() -> None:
    assert one(misc="amended").at == NOON
    ended = one(status="canceled", closetm=1699792641.705669, reason="Order replaced")
    assert ended.at == datetime(2023, 11, 12, 12, 37, 21, 705669, tzinfo=UTC)
    assert ended.reason == "Order replaced"


def test_a_triggered_order_tells_trigger_and_limit_apart() -> None:
    descr = {"ordertype": "stop-loss-limit", "price": "22000.0", "price2": "21000.0"}
    report = one(descr=descr, stopprice="22000.00000", trigger="index")
    assert report.trigger.price == 22000
    assert (report.trigger.reference, report.trigger.is_fired) == (Reference.INDEX, False)
    assert report.limit_price == 21000
    fired = one(descr=descr, stopprice="22000.0", limitprice="20990.0", misc="stopped,partial")
    assert (fired.trigger.is_fired, fired.limit_price) == (True, Decimal("20990.0"))


def test_a_distance_is_not_taken_for_a_price() -> None:
    descr = {"ordertype": "trailing-stop-limit", "price": "+1.5000%", "price2": "-5.0"}
    trailing = one(descr=descr)
    assert (trailing.trigger, trailing.limit_price) == (None, None)
    assert one(descr=descr, stopprice="36900.0").trigger.price == 36900


def test_flags_and_times_of_an_order_are_read() -> None:
    report = one(oflags="fcib,post", expiretm=1676388310, userref=7, refid="OAAAAA-BBBBB-CCCCCC")
    assert (report.fee_preference, report.post_only) == (FeePreference.BASE, True)
    assert report.time_in_force is TimeInForce.GTD
    assert report.expires_at == datetime(2023, 2, 14, 15, 25, 10, tzinfo=UTC)
    assert (report.user_ref, report.parent) == (7, "OAAAAA-BBBBB-CCCCCC")
    assert one(timeinforce="IOC").time_in_force is TimeInForce.IOC


@pytest.mark.parametrize(
    "broken",
    [
        {"status": "odd"},
        {"vol": "NaN"},
        {"descr": {"ordertype": "settle-position"}},
        {"vol": None},
    ],
)
def test_a_row_that_cannot_be_read_is_named_and_hides_no_other(broken: dict[str, Any]) -> None:
    bad = {**ORDER, **broken, "descr": {**ORDER["descr"], **broken.get("descr", {})}}
    page = orders.closed_orders(
        answer({"closed": {"OBAD": bad, "OGOOD": ORDER}, "count": 2}), NAMES, NOON
    )
    assert [report.order_id for report in page.reports] == ["OGOOD"]
    assert (page.unread, page.count) == (("OBAD",), 2)


def test_an_order_of_a_pair_that_is_listed_no_more_keeps_its_name() -> None:
    assert one(descr={"pair": "GONEUSD"}).symbol == "GONEUSD"


@pytest.mark.parametrize("body", ["", "<html>", "{}", '{"error":[]}', answer({"closed": {}})])
def test_an_answer_of_another_shape_is_not_an_empty_list(body: str) -> None:
    with pytest.raises(BadData):
        orders.open_orders(body, NAMES, NOON)


TRADE: dict[str, Any] = {
    "ordertxid": "OQCLML-BW3P3-BUCMWZ",
    "postxid": "TKH2SE-M7IF5-CFI7LT",
    "pair": "XXBTZUSD",
    "time": 1688667796.8802,
    "type": "buy",
    "ordertype": "limit",
    "price": "30010.00000",
    "cost": "600.20000",
    "fee": "0.96032",
    "vol": "0.02000000",
    "margin": "0.00000",
    "leverage": "0",
    "misc": "",
    "trade_id": 40274859,
    "maker": True,
}


def test_a_fill_is_read_with_all_its_digits() -> None:
    gone = {**TRADE, "pair": "GONEUSD"}
    body = answer({"trades": {"THVRQM": TRADE, "TGONE": gone}, "count": 2346})
    page = orders.trades_history(body, NAMES)
    (fill,) = page.fills
    assert (fill.exec_id, fill.order_id) == ("THVRQM", "OQCLML-BW3P3-BUCMWZ")
    assert (fill.symbol, fill.side, fill.liquidity) == (BTC, Side.BUY, Liquidity.MAKER)
    amounts = (fill.price, fill.qty, fill.cost, fill.fee)
    assert [str(each) for each in amounts] == ["30010.00000", "0.02000000", "600.20000", "0.96032"]
    assert (fill.fee_asset, fill.trade_id) == ("USD", 40274859)
    assert fill.at == datetime(2023, 7, 6, 18, 23, 16, 880200, tzinfo=UTC)
    assert (page.unread, page.count) == (("TGONE",), 2346)
    in_base = {OrderId("OQCLML-BW3P3-BUCMWZ"): FeePreference.BASE}
    assert orders.trades_history(body, NAMES, in_base).fills[0].fee_asset == "BTC"


# -- money and keys ---------------------------------------------------------------------------


def test_balances_are_named_as_everywhere_and_keep_what_earns_apart() -> None:
    told = {"ZUSD": "22.6354", "XXBT": "0.0022698000", "XTZ": "1", "XBT.F": "2", "ATOM.S": "3"}
    balances = wire.balance(answer(told), NAMES)
    assert {name: str(total) for name, total in balances.items()} == {
        "USD": "22.6354",
        "BTC": "0.0022698000",
        "XTZ": "1",
        "BTC.F": "2",
        "ATOM.S": "3",
    }
    held = wire.balance_ex(answer({"ZUSD": {"balance": "22.5", "hold_trade": "2.5"}}), NAMES)
    assert held[Asset("USD")].available == 20


def test_fees_are_told_by_our_names() -> None:
    taker = {"XXBTZUSD": {"fee": "0.2600"}, "USDCUSD": {"fee": "0.2000"}}
    maker = {"XXBTZUSD": {"fee": "0.1600"}}
    told = {"currency": "ZUSD", "volume": "294.0219", "fees": taker, "fees_maker": maker}
    rates = wire.trade_volume(answer(told), NAMES)
    assert rates.volume == Decimal("294.0219")
    assert (rates.taker[BTC], rates.maker[BTC]) == (Decimal("0.2600"), Decimal("0.1600"))
    assert rates.maker[Symbol("USDC/USD")] == Decimal("0.2000")


@pytest.mark.parametrize(
    "told",
    [
        {
            "api_key_name": "TestKey",
            "nonce": "1774350056000000",
            "nonce_window": "15",
            "permissions": ["query-funds", "modify-trades"],
            "valid_until": "1790000000",
            "ip_allowlist": ["", "10.0.0.1"],
        },
        {
            "apiKeyName": "TestKey",
            "nonce": 1774350056000000,
            "nonceWindow": 15,
            "permissions": ["query-funds", "modify-trades"],
            "validUntil": 1790000000,
            "ipAllowlist": ["10.0.0.1"],
        },
    ],
)
def test_a_key_is_described_in_either_spelling(told: dict[str, Any]) -> None:
    info = wire.key_info(answer(told))
    assert info.permissions == {"query-funds", "modify-trades"}
    assert (info.nonce, info.nonce_window) == (1774350056000000, 15)
    assert info.valid_until == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert info.allowed_addresses == ("10.0.0.1",)


def test_of_a_key_only_its_permissions_must_be_told() -> None:
    info = wire.key_info(answer({"permissions": [], "valid_until": "0", "ip_allowlist": [""]}))
    assert (info.permissions, info.valid_until, info.allowed_addresses) == (frozenset(), None, ())
    with pytest.raises(BadData):
        wire.key_info(answer({"nonce": "1"}))


def test_a_token_is_never_shown() -> None:
    token = wire.stream_token(answer({"token": "WW91ciBhdXRoZW50aWNhdGlvbg", "expires": 900}))
    assert token.token == "WW91ciBhdXRoZW50aWNhdGlvbg"
    assert "WW91" not in repr(token)


def test_an_order_without_a_name_was_not_surely_placed() -> None:
    with pytest.raises(BadData):
        wire.added_order(answer({"descr": {"order": "buy"}, "txid": []}))
    assert wire.added_order(answer({"txid": ["AKB9L1-XC5U3-CYCTO1"]})) == "AKB9L1-XC5U3-CYCTO1"


def test_the_dead_mans_switch_says_when_it_fires() -> None:
    told = {"currentTime": "2023-03-24T17:41:56Z", "triggerTime": "2023-03-24T17:42:56Z"}
    assert wire.cancelled_after(answer(told)) == datetime(2023, 3, 24, 17, 42, 56, tzinfo=UTC)
    assert wire.cancelled_after(answer({**told, "triggerTime": "0"})) is None


def test_recorded_answers_can_be_read(captures: Path) -> None:
    """Real answers of nearly every endpoint; their pairs are not all in our list."""
    lines = (captures / "rest" / "responses_2024.jsonl").read_text().splitlines()
    raw = {told["label"]: told["raw"] for told in map(json.loads, lines)}
    assert wire.balance(raw["get_account_balance_json"], NAMES)
    assert wire.balance_ex(raw["get_extended_balance_json"], NAMES)
    for label in ("get_trade_volume_json", "get_trade_volume_per_pair_json"):
        assert wire.trade_volume(raw[label], NAMES).volume > 0
    opened = orders.open_orders(raw["get_open_orders_json"], NAMES, NOON)
    closed = orders.closed_orders(raw["get_closed_orders_json"], NAMES, NOON)
    queried = orders.query_orders(raw["get_query_order_info_json"], NAMES, NOON)
    for page in (opened, closed, queried):
        assert page.reports
        assert page.unread == ()
    paged = orders.closed_orders(raw["get_closed_orders_page_1_json"], NAMES, NOON)
    assert paged.unread, "rows with an empty description are named"
    with pytest.raises(Exception, match="Something went wrong"):
        orders.closed_orders(raw["get_closed_orders_error_json"], NAMES, NOON)
    assert wire.added_order(raw["get_add_order_json"]) == "AKB9L1-XC5U3-CYCTO1"
    assert wire.amended_order(raw["get_amend_order_json"]) == "TVB4ER-X5QP3-ADURMW"
    assert wire.cancelled(raw["get_cancel_order_json"]) == 1
    assert wire.cancelled(raw["get_cancel_all_orders_json"]) == 4
    assert wire.cancelled_after(raw["get_cancel_all_orders_after_json"])
    assert wire.stream_token(raw["get_websockets_token_json"]).valid_for == timedelta(minutes=15)
