"""What every test may rely on: asyncio under anyio's plugin, and Kraken's recorded frames."""

import os
from pathlib import Path

import pytest


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
