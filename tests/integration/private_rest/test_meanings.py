"""Private REST over real sockets: what each failure means, and that nothing is sent twice."""

from datetime import timedelta
from decimal import Decimal

import aiohttp
import pytest

from kraken.core.errors import (
    AuthError,
    BadData,
    Busy,
    InsufficientFunds,
    InvalidOrder,
    KrakenError,
    Maintenance,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from kraken.rest import Rest
from kraken.sim.server import Exchange
from tests.private_caller import Caller

SECOND = timedelta(seconds=1)


# -- what an order's failure means ------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "placed"),
    [
        ("place_then_drop_reply", 1),
        ("drop_request", 0),
        ("late_arrival", 0),
        ("reply_502_after_place", 1),
        ("reply_html", 1),
        ("reply_truncated", 1),
        ("busy_although_placed", 1),
        ("unavailable_although_placed", 1),
        ("internal_error_although_placed", 1),
        ("deadline_elapsed", 0),
        ("http_520", 0),
        ("http_429", 0),
        ("empty_body", None),
        ("cut_mid_reply", None),
        ("refuse_connection", None),
        ("throttled", None),
        ("too_many_requests", None),
    ],
)
async def test_what_is_no_clear_answer_is_an_unknown_outcome_and_sent_once(
    exchange: Exchange, ann: Caller, kind: str, placed: int | None
) -> None:
    await ann.rest.key_info()  # the next call goes over a connection that was used before
    seconds = {"seconds": 1} if kind in ("late_arrival", "throttled") else {}
    exchange.arm({"kind": kind, "endpoint": "AddOrder", **seconds})
    with pytest.raises(OutcomeUnknown):
        await ann.rest.add_order(ann.order())
    rows = len(ann.journal())
    assert rows <= 1
    assert placed in (None, rows)
    # Whatever was lost on the way comes at most once.
    await exchange.advance(3)
    assert len(ann.journal()) <= 1


async def test_an_answer_that_does_not_come_in_time_is_an_unknown_outcome(
    exchange: Exchange, ann: Caller
) -> None:
    exchange.arm({"kind": "place_then_silence", "endpoint": "AddOrder", "seconds": 30})
    async with aiohttp.ClientSession() as http:
        with pytest.raises(OutcomeUnknown):
            await ann.again(http, timeout=0.2).add_order(ann.order())
    assert len(ann.journal()) == 1


@pytest.mark.parametrize("kind", ["place_then_drop_reply", "reply_html", "busy_although_placed"])
async def test_a_cancel_without_a_clear_answer_has_an_unknown_outcome(
    exchange: Exchange, ann: Caller, kind: str
) -> None:
    name = await ann.rest.add_order(ann.order())
    exchange.arm({"kind": kind, "endpoint": "CancelOrder"})
    with pytest.raises(OutcomeUnknown):
        await ann.rest.cancel_order(order_id=name)
    with pytest.raises(Rejected, match="Unknown order"):
        await ann.rest.cancel_order(order_id=name)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "invalid_nonce"}, AuthError),
        ({"kind": "temporary_lockout"}, Rejected),
        ({"kind": "engine_rate_limited"}, Rejected),
        ({"kind": "rate_limited", "endpoint": "AddOrder"}, Rejected),
        ({"kind": "key_revoked"}, AuthError),
        ({"kind": "permission_removed", "permission": "modify-trades"}, AuthError),
        ({"kind": "system_status", "status": "cancel_only"}, Rejected),
    ],
)
async def test_a_clear_no_is_a_rejection(
    exchange: Exchange, ann: Caller, fault: dict[str, str], expected: type[KrakenError]
) -> None:
    exchange.arm(fault)
    with pytest.raises(expected):
        await ann.rest.add_order(ann.order())
    assert ann.journal() == []


async def test_the_engines_refusals_say_what_is_wrong(ann: Caller) -> None:
    with pytest.raises(InsufficientFunds):
        await ann.rest.add_order(ann.order(qty=Decimal("1000")))
    with pytest.raises(InvalidOrder):
        await ann.rest.add_order(ann.order("50000.0123"))
    with pytest.raises(InvalidOrder, match="deadline"):
        await ann.rest.add_order(ann.order(deadline=None))
    assert ann.journal() == []


async def test_without_a_connection_nothing_was_sent(ann: Caller, unused_url: str) -> None:
    async with aiohttp.ClientSession() as http:
        offline = ann.again(http, url=unused_url)
        with pytest.raises(NotSent):
            await offline.add_order(ann.order())
        with pytest.raises(NotSent):
            await offline.balances()


async def test_an_order_whose_turn_comes_too_late_is_not_sent(ann: Caller) -> None:
    request = ann.order()
    ann.clock.advance(3.5)
    with pytest.raises(NotSent):
        await ann.rest.add_order(request)
    assert ann.journal() == []


async def test_deadlines_are_told_in_krakens_time(exchange: Exchange, ann: Caller) -> None:
    exchange.arm({"kind": "clock_offset", "seconds": 300})
    with pytest.raises(OutcomeUnknown, match="Deadline elapsed"):
        await ann.rest.add_order(ann.order())
    async with aiohttp.ClientSession() as http:
        public = Rest(http, exchange.rest_url, clock=ann.clock)
        measured = await ann.offset.measure(public.time)
    assert abs(measured - timedelta(seconds=300)) <= SECOND / 2
    await ann.rest.add_order(ann.order())
    assert len(ann.journal()) == 1


# -- what a read's failure means --------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("html_200", BadData),
        ("empty_body", BadData),
        ("truncated_body", BadData),
        ("cut_mid_reply", BadData),
        ("http_502_html", Busy),
        ("refuse_connection", Busy),
        ("service_busy", Maintenance),
        ("http_429", RateLimited),
        ("rate_limited", RateLimited),
    ],
)
async def test_a_read_that_failed_says_so_once(
    exchange: Exchange, ann: Caller, kind: str, expected: type[KrakenError]
) -> None:
    exchange.arm({"kind": kind, "endpoint": "BalanceEx"})
    with pytest.raises(expected):
        await ann.rest.balances()


async def test_reads_keep_within_krakens_counter_and_leave_some_to_urgent_ones(
    ann: Caller,
) -> None:
    for _ in range(16):
        await ann.rest.balances()
    with pytest.raises(RateLimited) as refused:
        await ann.rest.balances()
    assert refused.value.retry_after is not None
    assert timedelta(0) < refused.value.retry_after <= SECOND * 1.01
    for _ in range(4):
        await ann.rest.open_orders(urgent=True)
    with pytest.raises(RateLimited):
        await ann.rest.open_orders(urgent=True)
    await ann.rest.add_order(ann.order())
    assert await ann.rest.cancel_all() == 1


async def test_reads_rest_longer_each_time_kraken_counts_too_many(
    exchange: Exchange, ann: Caller
) -> None:
    for seconds in (15, 60, 300, 300):
        exchange.arm({"kind": "rate_limited", "endpoint": "BalanceEx"})
        with pytest.raises(RateLimited):
            await ann.rest.balances()
        ann.clock.advance(seconds - 1)
        with pytest.raises(RateLimited, match="was full"):
            await ann.rest.balances()
        ann.clock.advance(1)
    await ann.rest.balances()


async def test_a_locked_out_key_is_left_alone_for_sixteen_minutes(
    exchange: Exchange, ann: Caller
) -> None:
    exchange.arm({"kind": "temporary_lockout"})
    with pytest.raises(RateLimited):
        await ann.rest.balances()
    ann.clock.advance(15 * 60)
    with pytest.raises(NotSent):
        await ann.rest.add_order(ann.order())
    await exchange.advance(16 * 60)
    ann.clock.advance(60)
    await ann.rest.balances()


async def test_a_key_that_is_refused_twice_is_used_no_more(
    exchange: Exchange, ann: Caller
) -> None:
    exchange.arm({"kind": "key_revoked"})
    for _ in range(2):
        with pytest.raises(AuthError, match="Invalid key"):
            await ann.rest.balances()
    exchange.disarm()
    with pytest.raises(AuthError, match="used no more"):
        await ann.rest.balances()
