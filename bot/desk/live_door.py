"""The way to live accounts: what all keys share, and the account behind each."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Sequence
from contextlib import suppress
from datetime import datetime

import aiohttp

from bot.desk.doors import ChatKey
from bot.tasks import together
from kraken.account import Account
from kraken.clock import Clock
from kraken.connections import Connections
from kraken.core.errors import KrakenError, NotSent
from kraken.core.trading import Fill
from kraken.core.types import Symbol
from kraken.core.wire.names import Names
from kraken.live import LiveAccount
from kraken.private_rest import PrivateRest, ServerOffset
from kraken.rest import Rest
from kraken.signed import SignedCalls

log = logging.getLogger(__name__)

_HOUR = 3600.0
_SOON = 10.0
_AGAIN = 600.0
"""Seconds until a pair that is listed, but has no names yet, is looked for again."""


class LiveDoor:
    """Kraken's names and clock, and the budget of connections; one for all keys.

    Its owner awaits ``run``.
    """

    def __init__(
        self,
        rest: Rest,
        *,
        http: aiohttp.ClientSession,
        ws_url: str,
        clock: Clock,
        connections: Connections,
        calls: Callable[[str], Awaitable[SignedCalls]],
        listed_besides: Callable[[Container[Symbol]], Awaitable[frozenset[Symbol]]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """``calls`` is the one signer of a key, by the key's id; ``listed_besides`` waits until
        pairs are listed that are not among these.
        """
        self._rest = rest
        self._http = http
        self._ws_url = ws_url
        self._clock = clock
        self._connections = connections
        self._calls = calls
        self._listed_besides = listed_besides
        self._sleep = sleep
        self._names: Names | None = None
        self.offset = ServerOffset(clock)

    async def run(self) -> None:
        """Keep the names and the clock current, until cancelled."""
        await together(self._keep_names(), self.offset.keep(self._rest.time, self._sleep))

    async def make(
        self,
        key: ChatKey,
        booked: Sequence[Fill],
        told_until: datetime | None,
        expects_orders: bool,
    ) -> Account:
        """The account behind a key; one that ``expects_orders`` is connected before others.

        Raises:
            NotSent: Kraken was not reached yet, so its names of pairs are not known.
        """
        self._known_names()
        calls = await self._calls(key.id)
        private = PrivateRest(
            calls, clock=self._clock, names=self._known_names, offset=self.offset
        )
        return LiveAccount(
            private,
            http=self._http,
            ws_url=self._ws_url,
            clock=self._clock,
            connections=self._connections,
            booked=booked,
            since=told_until,
            expects_orders=expects_orders,
        )

    def _known_names(self) -> Names:
        if self._names is None:
            raise NotSent("Kraken was not reached yet, so its names of pairs are not known")
        return self._names

    async def _keep_names(self) -> None:
        """Read them every hour, and when there is a pair without: it is new, or was renamed."""
        missing: frozenset[Symbol] = frozenset()
        while True:
            pause = _AGAIN if missing else _HOUR
            try:
                self._names = Names(await self._rest.pairs(), await self._rest.assets())
            except KrakenError as error:
                log.info("Kraken's names of pairs are not known: %s", error)
                pause = _SOON
            missing = await self._pause(pause, missing)

    async def _pause(self, seconds: float, missing: frozenset[Symbol]) -> frozenset[Symbol]:
        """Rest so long, or until there is a pair without a name; all pairs that have none."""
        if self._names is None:
            await self._sleep(seconds)
            return missing
        missing -= self._names.symbols
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                missing |= await self._listed_besides(self._names.symbols | missing)
        return missing
