"""What a live account tells when its stream, its key or its listener fails."""

import asyncio
import logging
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from kraken.account import (
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    AccountRefused,
    FillHappened,
    OrderUpdated,
)
from kraken.core.errors import InvalidOrder
from kraken.core.trading import Fill, OrderName
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.simulated import by_hand

VIRTUAL_SECONDS = 2.0
"""How long a slow listener takes; no real time passes."""


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def ann(exchange: Exchange) -> AsyncIterator[Living]:
    async with living(exchange) as ann:
        yield ann


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [
        ({"kind": "duplicate_execution", "times": 3}, 1),
        ({"kind": "reordered_executions", "times": 2}, 1),
        ({"kind": "sequence_gap"}, 1),
        ({"kind": "lost_execution"}, 10),
        ({"kind": "lost_execution", "exec_type": "trade"}, 10),
        ({"kind": "lost_execution", "exec_type": "pending_new"}, 10),
        ({"kind": "unnoticed_loss", "exec_type": "trade"}, 10),
        ({"kind": "unnoticed_loss", "exec_type": "pending_new"}, 10),
        ({"kind": "lost_execution", "times": 9}, 310),
        ({"kind": "unnoticed_loss", "times": 9}, 310),
    ],
)
async def test_a_stream_that_loses_or_repeats_tells_the_truth_soon(
    ann: Living, fault: dict[str, Any], seconds: int
) -> None:
    async with ann.running():
        ann.exchange.arm(fault)
        await ann.rest.add_order(ann.order(None))
        await ann.rest.add_order(ann.order())
        await ann.time.until(ann.agrees, seconds)
        assert len(ann.fills()) == len(ann.journal_fills()) > 0


async def test_while_an_order_is_unknown_lists_are_read_every_two_minutes(ann: Living) -> None:
    async with ann.running():
        ann.account.set_unknown(1)
        ann.exchange.arm({"kind": "unnoticed_loss", "times": 9})
        await ann.rest.add_order(ann.order(None))
        await ann.time.until(ann.agrees, 125)
        ann.account.set_unknown(0)


async def test_lists_that_are_a_minute_late_are_caught_up_with(ann: Living) -> None:
    async with ann.running():
        await ann.time.go_on(285, step=5)
        ann.exchange.arm({"kind": "closed_orders_lag", "seconds": 59})
        ann.exchange.arm({"kind": "unnoticed_loss", "times": 9})
        await ann.rest.add_order(ann.order(None))
        await ann.time.go_on(30, step=5)
        assert not ann.fills(), "the lists do not show it yet"
        await ann.time.until(ann.agrees, 310, step=5)


async def test_orders_that_were_placed_elsewhere_are_told(ann: Living) -> None:
    async with ann.running():
        request = ann.order()
        name = await ann.rest.add_order(request)
        await ann.time.until(lambda: ann.of(OrderUpdated))
        assert ann.of(OrderUpdated)[0].order.order_id == name
        assert ann.of(OrderUpdated)[0].before is None


async def test_what_happened_while_the_stream_was_away_is_told_when_it_is_back(
    ann: Living,
) -> None:
    async with ann.running():
        await ann.account.place(ann.order("49000"))
        await ann.time.go_on(1)
        ann.exchange.arm({"kind": "refuse_connection", "endpoint": "v2", "times": 4})
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: ann.of(AccountInterrupted))
        await ann.account.place(ann.order(None))
        await ann.account.cancel_all()
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2)
        assert ann.agrees()
        kinds = [type(event) for event in ann.told]
        back = len(kinds) - 1 - kinds[::-1].index(AccountReady)
        assert FillHappened in kinds[kinds.index(AccountInterrupted) : back]
        assert len(ann.of(AccountInterrupted)) == 1


@pytest.mark.parametrize("count", [3, 60])
async def test_more_fills_than_a_page_are_all_found(ann: Living, count: int) -> None:
    for _ in range(count):
        await ann.rest.add_order(ann.order(None, qty=Decimal("0.001")))
        await ann.time.go_on(1)
    async with ann.running():
        assert len(ann.fills()) >= count
        assert ann.agrees()


async def test_without_any_connection_the_lists_are_still_told(ann: Living) -> None:
    ann.exchange.arm({"kind": "refuse_connection", "endpoint": "v2", "times": 1_000})
    await ann.rest.add_order(ann.order(None))
    async with asyncio.TaskGroup() as group:
        task = group.create_task(ann.account.run(ann.listen))
        await ann.time.until(ann.agrees, 40)
        await ann.rest.add_order(ann.order(None))
        await ann.time.until(ann.agrees, 310)
        await ann.time.go_on(5)
        assert ann.of(AccountReady) == []
        task.cancel()


async def test_every_connection_has_a_token_of_its_own(ann: Living) -> None:
    async with ann.running():
        before = ann.exchange.rest.calls["GetWebSocketsToken"]
        for times in range(1, 4):
            ann.exchange.arm({"kind": "drop_connection"})
            await ann.time.until(lambda: len(ann.of(AccountReady)) == 1 + times)  # noqa: B023
        assert ann.exchange.rest.calls["GetWebSocketsToken"] == before + 3


async def test_a_token_that_has_expired_at_once_is_replaced(ann: Living) -> None:
    ann.exchange.arm({"kind": "expired_token", "times": 2})
    async with ann.running():
        await ann.account.place(ann.order(None))
        await ann.time.until(ann.agrees)
        assert ann.of(AccountRefused) == []


async def test_a_token_that_ends_before_a_resubscription_costs_nothing(ann: Living) -> None:
    async with ann.running():
        ann.exchange.arm({"kind": "tokens_revoked"})
        ann.exchange.arm({"kind": "lost_execution"})
        await ann.account.place(ann.order(None))
        await ann.time.until(ann.agrees)
        await ann.time.go_on(60)
        await ann.account.place(ann.order(None))
        await ann.time.until(ann.agrees, 20)


async def test_what_the_listener_could_not_keep_is_told_again(ann: Living) -> None:
    def full(event: AccountEvent) -> None:
        if isinstance(event, FillHappened):
            raise OSError("disk full")

    ann.refuse = full
    await ann.account.place(ann.order(None))
    with pytest.raises(OSError, match="disk full"):
        await ann.while_time_passes(ann.account.run(ann.listen))
    assert ann.fills() == []
    ann.refuse = lambda event: None
    async with ann.running():
        assert ann.agrees()
        assert len(ann.fills()) == len(ann.journal_fills()) > 0


@pytest.mark.parametrize("are_booked", [True, False])
async def test_after_a_restart_nothing_is_told_twice_and_nothing_is_lost(
    ann: Living, are_booked: bool
) -> None:
    async with ann.running():
        await ann.account.place(ann.order(None))
        await ann.account.place(ann.order())
        await ann.time.until(ann.agrees)
    booked: list[Fill] = ann.fills() if are_booked else []
    since = ann.of(AccountReady)[-1].at
    await ann.rest.add_order(ann.order(None))
    await ann.account.cancel_all()
    before = len(ann.fills())
    ann.restart(booked=booked, since=since)
    async with ann.running():
        told = [fill.exec_id for fill in ann.fills()[before:]]
        true = {row["exec_id"] for row in ann.journal_fills()}
        assert len(told) == len(set(told))
        if are_booked:
            assert set(told) == true - {fill.exec_id for fill in booked}
            assert ann.agrees()
        else:
            assert set(told) == true


async def test_a_new_key_is_not_told_of_its_past(ann: Living) -> None:
    await ann.rest.add_order(ann.order(None))
    await ann.rest.add_order(ann.order())
    await ann.time.go_on(600)
    ann.restart()
    async with ann.running():
        assert ann.fills() == []
        assert {event.order.is_open for event in ann.of(OrderUpdated)} == {True}
        await ann.account.place(ann.order(None))
        await ann.time.until(lambda: len(ann.fills()) == 1)


async def test_a_key_that_is_revoked_is_told_once_and_may_come_back(ann: Living) -> None:
    async with ann.running():
        ann.exchange.arm({"kind": "key_revoked"})
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: ann.of(AccountRefused))
        calls = ann.exchange.rest.calls["GetWebSocketsToken"]
        await ann.time.go_on(3600, step=20)
        assert len(ann.of(AccountRefused)) == 1
        assert ann.exchange.rest.calls["GetWebSocketsToken"] == calls, "it is not tried again"


async def test_a_permission_that_is_missing_is_told_and_may_come_back(ann: Living) -> None:
    async with ann.running():
        ann.exchange.arm({"kind": "permission_removed", "permission": "create-ws-token"})
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: len(ann.of(AccountInterrupted)) == 2)
        assert "permission" in ann.of(AccountInterrupted)[-1].reason
        await ann.time.go_on(60)
        await ann.account.cancel_all()
        assert ann.of(AccountRefused) == []
        ann.exchange.disarm()
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2, 900)


async def test_nonces_that_are_refused_are_told_with_what_to_do(ann: Living) -> None:
    async with ann.running():
        ann.exchange.arm({"kind": "invalid_nonce", "times": 2})
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: ann.of(AccountRefused))
        assert "make a new key" in ann.of(AccountRefused)[0].reason
        calls = sum(ann.exchange.rest.calls.values())
        await ann.time.go_on(900)
        assert sum(ann.exchange.rest.calls.values()) == calls, "nothing is sent meanwhile"
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2, 900)


async def test_one_refused_nonce_is_not_noticed(ann: Living) -> None:
    ann.exchange.arm({"kind": "invalid_nonce", "endpoint": "GetWebSocketsToken"})
    async with ann.running():
        assert ann.of(AccountInterrupted) == []


async def test_a_cancel_that_came_too_late_ends_in_what_happened(ann: Living) -> None:
    async with ann.running():
        request = ann.order()
        order = await ann.account.place(request)
        await ann.time.go_on(1)
        ann.exchange.arm({"kind": "unnoticed_loss", "times": 1})
        await ann.rest.cancel_order(order_id=order.order_id)
        with pytest.raises(InvalidOrder, match="Unknown order"):
            await ann.account.cancel(OrderName(order_id=order.order_id))
        await ann.time.until(ann.agrees, 5)


async def test_an_hour_of_outage_is_survived_without_knocking_too_often(ann: Living) -> None:
    async with ann.running():
        await ann.account.place(ann.order())
        await ann.time.until(ann.agrees)
        ann.exchange.arm({"kind": "outage", "seconds": 3600})
        await ann.time.go_on(3600, step=5)
        assert ann.exchange.hub.accepted < 10
        assert 60 < ann.account._following._stream.attempts < 600
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2, 120)
        assert len(ann.of(AccountInterrupted)) == 1
        assert ann.agrees()


async def test_no_secret_is_in_what_is_logged_or_told(
    ann: Living, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ann.running():
        await ann.account.place(ann.order(None))
        ann.exchange.arm({"kind": "expired_token"})
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2)
        ann.exchange.arm({"kind": "key_revoked"})
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.until(lambda: ann.of(AccountRefused))
    written = caplog.text + repr(ann.told) + repr(ann.account) + repr(ann.rest)
    tokens = list(ann.exchange.private.tokens._tokens)
    assert len(tokens) >= 2
    for secret in (ann.caller.credentials.api_key, ann.caller.credentials.api_secret, *tokens):
        assert secret not in written


async def test_a_listener_that_is_slow_loses_nothing(
    ann: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kraken.live.facts.MOST_UNTOLD", 10)
    slow = ann.listen

    async def listen(event: AccountEvent) -> None:
        await ann.time.sleep(VIRTUAL_SECONDS)
        await slow(event)

    monkeypatch.setattr(ann, "listen", listen)
    async with ann.running():
        for _ in range(20):
            await ann.account.place(ann.order(None, qty=Decimal("0.001")))
        await ann.time.until(ann.agrees, 1200)
        assert len(ann.fills()) == len(ann.journal_fills()) >= 20
