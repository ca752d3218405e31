"""What every test may rely on: asyncio under anyio's plugin, and Kraken's recorded frames.

And a wall for all of them: where nobody has a key, nothing private is asked of the exchange.
"""

import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web_app
from hypothesis import HealthCheck, settings

from bot import log
from kraken.sim.server import Exchange
from tests.account_stage import private_calls
from tests.virtual_time import (
    VIRTUAL_TIME,
    is_virtual,
    nanoseconds,
    unix_nanoseconds,
)

# The same examples in each run, and no limit on time: the machine may be busy.
settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def anyio_backend() -> Any:
    """All async tests and fixtures run on asyncio, one loop per test, whose time jumps.

    So no test depends on how busy the machine is.
    """
    return VIRTUAL_TIME


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of recorded Kraken messages; they are not part of this project."""
    folder = os.environ.get("KRAKEN_CAPTURES")
    if not folder:
        pytest.skip("KRAKEN_CAPTURES does not name a folder of recorded Kraken messages")
    return Path(folder)


@pytest.fixture(autouse=True)
def _each_test_has_its_own_dice(request: pytest.FixtureRequest) -> None:
    """Waits before a next attempt are drawn; the same test draws the same ones in each run."""
    random.seed(request.node.nodeid)


@pytest.fixture(autouse=True)
def _no_error_of_another_test() -> None:
    """What /errors shows is kept by the process, whose other tests are no business of this one."""
    log._kept.errors.clear()  # nobody but a test has to forget them


@pytest.fixture(autouse=True)
def _no_server_outlives_its_test() -> Iterator[None]:
    """Let each simulated exchange and local Telegram go with the test that had it.

    aiohttp remembers the last thousand handlers of servers with a middleware, for ever, and with
    them all that they belong to: a market with its history each, two gigabytes in the whole run.
    """
    yield
    web_app._cached_build_middleware.cache_clear()  # the only way to it


_EXCHANGES: list[Exchange] = []
_PORTS: list[socket.socket] = []
"""Bound and never listening: who comes meanwhile is refused, and nobody else gets the port."""
_KNOCKING = ("test_sim_", "private_rest", "test_rest", "clients")
"""Tests of private endpoints themselves, without a key, too."""


@pytest.fixture(scope="session", autouse=True)
def _exchanges_are_known() -> Iterator[None]:
    """Keep each simulated exchange of this process, and its port, until its test is over.

    In an outage the port is closed: tests that run beside this one open others all the time.
    Where time jumps, they live in it.
    """
    make = Exchange.__init__

    def made(self: Exchange, **options: Any) -> None:
        if is_virtual():
            options = {"clock": unix_nanoseconds, "steady": nanoseconds, **options}
        make(self, **{**options, "port": options.get("port") or _reserved_port()})
        _EXCHANGES.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exchange, "__init__", made)
        yield


def _reserved_port() -> int:
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    _PORTS.append(kept)
    return int(kept.getsockname()[1])


@pytest.fixture(autouse=True)
def _without_a_key_nothing_private_is_asked(request: pytest.FixtureRequest) -> Iterator[None]:
    """Practice needs no key and has no way to a private endpoint, whatever a test does in it."""
    yield
    asked = [private_calls(each) for each in _EXCHANGES if not each.private.door.keys]
    _EXCHANGES.clear()
    while _PORTS:
        _PORTS.pop().close()
    if not any(part in request.node.nodeid for part in _KNOCKING):
        assert not any(asked), f"private endpoints were asked without a key: {asked}"
