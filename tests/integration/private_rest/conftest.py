"""What tests of private REST start from: an exchange whose time stands still, and a caller."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kraken.sim.server import Exchange
from tests.private_caller import Caller, caller
from tests.simulated import by_hand


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def ann(exchange: Exchange) -> AsyncIterator[Caller]:
    async with caller(exchange) as ann:
        yield ann


@pytest.fixture
async def unused_url() -> str:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return f"http://127.0.0.1:{port}"
