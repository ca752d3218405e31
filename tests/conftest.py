"""What every test may rely on: asyncio under anyio's plugin, and Kraken's recorded frames."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web_app
from hypothesis import settings

# The same examples in each run, and no limit on time: the machine may be busy.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """All async tests and fixtures run on asyncio, one loop per test."""
    return "asyncio"


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of recorded Kraken messages; they are not part of this project."""
    folder = os.environ.get("KRAKEN_CAPTURES")
    if not folder:
        pytest.skip("KRAKEN_CAPTURES does not name a folder of recorded Kraken messages")
    return Path(folder)


@pytest.fixture(autouse=True)
def _no_server_outlives_its_test() -> Iterator[None]:
    """Let each simulated exchange and local Telegram go with the test that had it.

    aiohttp remembers the last thousand handlers of servers with a middleware, for ever, and with
    them all that they belong to: a market with its history each, two gigabytes in the whole run.
    """
    yield
    web_app._cached_build_middleware.cache_clear()  # the only way to it
