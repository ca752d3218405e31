"""Private REST: requests spelt as documented, and what a failed command allows to conclude."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kraken.core.errors import (
    PREFIXES,
    BadData,
    InvalidOrder,
    NotSent,
    OutcomeUnknown,
    Rejected,
    UnknownInstrument,
    from_code,
)
from kraken.core.trading import (
    Amend,
    ConditionalClose,
    OrderRequest,
    OrderType,
    PriceKind,
    PriceOffset,
    Reference,
    SelfTrade,
    TimeInForce,
    Trigger,
)
from kraken.core.types import (
    ClientOrderId,
    OrderId,
    Side,
    Symbol,
)
from kraken.core.wire import private as wire
from kraken.core.wire import private_requests as requests
from kraken.signed import conclusion
from tests.listed_names import NAMES

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ZERO = timedelta(0)
BTC = Symbol("BTC/USD")


# -- requests ---------------------------------------------------------------------------------


def request(**terms: Any) -> OrderRequest:
    asked: dict[str, Any] = {
        "symbol": BTC,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "qty": Decimal("1.25"),
        "limit_price": Decimal("37500"),
    }
    return OrderRequest(**{**asked, **terms})


def test_a_limit_order_is_spelt_as_documented() -> None:
    asked = request(
        client_id=ClientOrderId("my-id-1"), deadline=NOON + timedelta(seconds=5), post_only=True
    )
    assert requests.add_order(asked, NAMES, timedelta(milliseconds=1500)) == {
        "pair": "XBTUSD",
        "type": "buy",
        "ordertype": "limit",
        "volume": "1.25",
        "price": "37500",
        "oflags": "fciq,post",
        "cl_ord_id": "my-id-1",
        "deadline": "2026-03-04T12:00:06.500Z",
    }


def test_numbers_are_sent_without_an_exponent() -> None:
    asked = request(qty=Decimal("1E-8"), limit_price=Decimal("1E+5"))
    told = requests.add_order(asked, NAMES, ZERO)
    assert (told["volume"], told["price"]) == ("0.00000001", "100000")


def test_triggers_limits_and_distances_are_spelt_as_documented() -> None:
    asked = request(
        type=OrderType.TRAILING_STOP_LIMIT,
        limit_price=None,
        trigger=Trigger(PriceOffset(Decimal("1.5"), PriceKind.PERCENT), Reference.INDEX),
        limit_offset=PriceOffset(Decimal("-50"), PriceKind.QUOTE),
    )
    told = requests.add_order(asked, NAMES, ZERO)
    assert (told["price"], told["price2"], told["trigger"]) == ("+1.5%", "-50", "index")


def test_a_close_a_life_and_the_rest_are_spelt_as_documented() -> None:
    asked = request(
        type=OrderType.ICEBERG,
        display_qty=Decimal("0.1"),
        time_in_force=TimeInForce.GTD,
        expires_at=NOON,
        reduce_only=True,
        self_trade=SelfTrade.CANCEL_BOTH,
        user_ref=-7,
        close=ConditionalClose(
            OrderType.STOP_LOSS_LIMIT,
            limit_price=PriceOffset(Decimal("-6"), PriceKind.PERCENT),
            trigger=Trigger(PriceOffset(Decimal("-5"), PriceKind.PERCENT)),
        ),
    )
    told = requests.add_order(asked, NAMES, ZERO)
    assert {name: told[name] for name in told if name.startswith("close")} == {
        "close[ordertype]": "stop-loss-limit",
        "close[price]": "-5%",
        "close[price2]": "-6%",
    }
    assert (told["timeinforce"], told["expiretm"]) == ("GTD", "1772625600")
    assert (told["displayvol"], told["reduce_only"]) == ("0.1", "true")
    assert (told["stptype"], told["userref"], told["trigger"]) == ("cancel-both", "-7", "last")


def test_money_to_spend_is_flagged() -> None:
    asked = request(type=OrderType.MARKET, qty=None, cash_qty=Decimal("100.50"), limit_price=None)
    told = requests.add_order(asked, NAMES, ZERO)
    assert (told["volume"], told["oflags"], "price" in told) == ("100.50", "fciq,viqc", False)


@pytest.mark.parametrize(
    "terms",
    [
        {"qty": None},
        {"cash_qty": Decimal(5)},
        {"type": OrderType.STOP_LOSS},
        {"client_id": ClientOrderId("x"), "user_ref": 1},
    ],
)
def test_a_request_that_contradicts_itself_is_refused_here(terms: dict[str, Any]) -> None:
    with pytest.raises(InvalidOrder):
        requests.add_order(request(**terms), NAMES, ZERO)


def test_a_pair_that_is_not_listed_is_refused_here() -> None:
    with pytest.raises(UnknownInstrument):
        requests.add_order(request(symbol=Symbol("GONE/USD")), NAMES, ZERO)


def test_an_amend_names_only_what_changes() -> None:
    assert requests.amend_order(Amend(), ZERO) == {}
    assert requests.amend_order(
        Amend(qty=Decimal("2"), trigger_price=Decimal("9"), post_only=False, deadline=NOON), ZERO
    ) == {
        "order_qty": "2",
        "trigger_price": "9",
        "post_only": "false",
        "deadline": "2026-03-04T12:00:00.000Z",
    }
    with pytest.raises(InvalidOrder):
        requests.named(OrderId("O"), ClientOrderId("x"))
    with pytest.raises(InvalidOrder):
        requests.named(None, None)


# -- conclusions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "EService:Busy",
        "EService:Unavailable",
        "EService:Timeout",
        "EService:Deadline elapsed",
        "EService: Throttled: 1700000000",
        "EGeneral:Internal error",
        "EGeneral:Internal error:42",
        "EGeneral:Too many requests",
        "EDatabase:Internal error",
        "EAPI... nobody knows this one",
        "Something went wrong",
        "",
    ],
)
def test_what_is_no_clear_no_leaves_an_order_unknown(code: str) -> None:
    assert isinstance(conclusion(from_code(code)), OutcomeUnknown)


def test_every_refusal_stays_one_and_full_counters_are_refusals() -> None:
    for code in PREFIXES:
        error = from_code(code)
        if isinstance(error, Rejected):
            assert conclusion(error) is error
    for code in ("EAPI:Rate limit exceeded", "EOrder:Rate limit exceeded"):
        assert type(conclusion(from_code(code))) is Rejected
    assert isinstance(conclusion(BadData("")), OutcomeUnknown)
    assert isinstance(conclusion(NotSent()), NotSent)


def test_of_several_errors_the_one_that_is_no_clear_no_counts() -> None:
    both = json.dumps({"error": ["EOrder:Invalid price", "EGeneral:Internal error"]})
    with pytest.raises(Exception, match="Internal error"):
        wire.added_order(both)
