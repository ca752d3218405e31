"""What every test may rely on: asyncio under anyio's plugin, and Kraken's recorded frames."""

import os
from pathlib import Path

import pytest
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
