"""Orders whose answer was lost: what settle says is what the journal says, whatever happened."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from kraken.core.errors import OutcomeUnknown, RateLimited, Rejected
from kraken.core.trading import OrderRequest
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.simulated import by_hand

FAULTS: list[dict[str, Any]] = [
    {"kind": "place_then_drop_reply"},
    {"kind": "reply_502_after_place"},
    {"kind": "reply_html"},
    {"kind": "reply_truncated"},
    {"kind": "busy_although_placed"},
    {"kind": "unavailable_although_placed"},
    {"kind": "internal_error_although_placed"},
    {"kind": "late_arrival", "seconds": 4},
    {"kind": "late_arrival", "seconds": 20},
    {"kind": "drop_request"},
    {"kind": "deadline_elapsed"},
]


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def ann(exchange: Exchange) -> AsyncIterator[Living]:
    async with living(exchange) as ann:
        yield ann


async def lost(ann: Living, fault: dict[str, Any], price: str | None = "50000") -> OrderRequest:
    """An order that was sent, and whose answer did not come."""
    request = ann.order(price)
    ann.exchange.arm(fault)
    with pytest.raises(OutcomeUnknown):
        await ann.account.place(request)
    return request


async def settled(ann: Living, request: OrderRequest) -> str | None:
    """The name of the order that was found; None if there is proof that there is none."""
    assert request.client_id is not None
    assert request.deadline is not None
    asked = ann.account.settle(request.client_id, request.deadline)
    try:
        return (await ann.while_time_passes(asked)).order_id
    except Rejected:
        return None


def truth(ann: Living, request: OrderRequest) -> str | None:
    names = [
        row["order_id"] for row in ann.journal_orders() if row["cl_ord_id"] == request.client_id
    ]
    assert len(names) <= 1, "placed twice"
    return names[0] if names else None


@pytest.mark.parametrize("price", ["50000", None])
@pytest.mark.parametrize("fault", FAULTS)
async def test_without_a_stream_the_lists_say_what_became_of_it(
    ann: Living, fault: dict[str, Any], price: str | None
) -> None:
    request = await lost(ann, fault, price)
    assert await settled(ann, request) == truth(ann, request)
    await ann.time.go_on(120)
    assert len(ann.journal_orders()) <= 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_starter_key_settles_without_filling_its_counter(
    exchange: Exchange, fault: dict[str, Any]
) -> None:
    async with living(exchange, tier="starter") as bob, bob.running():
        request = await lost(bob, fault)
        began = bob.time.now()
        found = await settled(bob, request)
        assert found == truth(bob, request)
        if found is not None:
            assert bob.time.now() - began < timedelta(seconds=30), "the stream said it"
        assert bob.rest.refusal is None
        await bob.rest.stream_token()
        await bob.time.until(bob.agrees)


async def test_the_stream_ends_the_search_at_once(ann: Living) -> None:
    async with ann.running():
        request = await lost(ann, {"kind": "place_then_silence", "seconds": 0.01})
        await ann.time.go_on(0)
        before = ann.time.now()
        for endpoint in ("OpenOrders", "ClosedOrders"):
            ann.exchange.arm({"kind": "http_502_html", "endpoint": endpoint, "times": 9})
        assert await settled(ann, request) == truth(ann, request)
        assert ann.time.now() == before


async def test_an_error_is_no_evidence(ann: Living) -> None:
    request = await lost(ann, {"kind": "drop_request"})
    for endpoint in ("OpenOrders", "ClosedOrders", "TradesHistory"):
        ann.exchange.arm({"kind": "http_502_html", "endpoint": endpoint, "times": 4})
    assert request.deadline is not None
    assert await settled(ann, request) is None
    assert ann.time.now() - request.deadline > timedelta(minutes=4)


async def test_lists_that_are_a_minute_late_make_no_order_absent(ann: Living) -> None:
    request = await lost(ann, {"kind": "late_arrival", "seconds": 4}, None)
    ann.exchange.arm({"kind": "closed_orders_lag", "seconds": 59})
    assert await settled(ann, request) == truth(ann, request) is not None


async def test_a_key_may_be_counted_full_and_still_settles(ann: Living) -> None:
    request = await lost(ann, {"kind": "place_then_drop_reply"})
    ann.exchange.arm({"kind": "rate_limited", "endpoint": "BalanceEx"})
    with pytest.raises(RateLimited):
        await ann.account.balances()
    assert await settled(ann, request) == truth(ann, request) is not None


async def test_a_search_can_be_given_up_and_begun_again(ann: Living) -> None:
    request = await lost(ann, {"kind": "drop_request"})
    assert request.client_id is not None
    assert request.deadline is not None
    asked = ann.account.settle(request.client_id, request.deadline)
    with pytest.raises(AssertionError, match="not within"):
        await ann.while_time_passes(asked, seconds=20)
    assert await settled(ann, request) is None
