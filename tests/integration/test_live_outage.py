"""Many keys when Kraken goes away for an hour: nobody wastes the turns that all need to return."""

from collections.abc import AsyncIterator

import pytest

from kraken.account import AccountReady
from kraken.sim.server import Exchange
from tests.live_account import Living, living
from tests.simulated import by_hand


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def ann(exchange: Exchange) -> AsyncIterator[Living]:
    async with living(exchange) as ann:
        yield ann


async def test_a_token_that_cannot_be_had_spends_no_turn(ann: Living) -> None:
    async with ann.running():
        before = len(ann.connections._given)
        ann.exchange.arm(
            {"kind": "http_502_html", "endpoint": "GetWebSocketsToken", "times": 1_000}
        )
        ann.exchange.arm({"kind": "drop_connection"})
        await ann.time.go_on(590, step=5)
        assert ann.exchange.rest.calls["GetWebSocketsToken"] > 10
        assert len(ann.connections._given) <= before
        ann.exchange.disarm()
        await ann.time.until(lambda: len(ann.of(AccountReady)) == 2, 61)
