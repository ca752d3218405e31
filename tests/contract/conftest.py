"""What most contracts with the simulated exchange start from: one of them, and two users."""

from collections.abc import AsyncIterator

import pytest

from kraken.sim.server import Exchange
from tests.simulated import by_hand
from tests.trader import Trader, trader


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    """Its time stands still until a test moves it."""
    async with by_hand() as exchange:
        yield exchange


@pytest.fixture
async def ann(exchange: Exchange) -> AsyncIterator[Trader]:
    async with trader(exchange) as ann:
        yield ann


@pytest.fixture
async def bob(exchange: Exchange) -> AsyncIterator[Trader]:
    async with trader(exchange) as bob:
        yield bob
