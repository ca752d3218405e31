"""Our own private client on the simulated exchange, with a store that keeps nonces in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import aiohttp

from kraken.core.trading import OrderRequest, OrderType
from kraken.core.types import ClientOrderId, Credentials, Side, Symbol
from kraken.core.wire.names import Names
from kraken.private_rest import PrivateRest, ServerOffset
from kraken.rest import Rest
from kraken.signed import SignedCalls
from kraken.sim.server import Exchange
from tests.fakes import FakeClock
from tests.trader import RICH

BTC = Symbol("BTC/USD")


@dataclass
class MemoryNonces:
    """A high-water mark that outlives a client, but no process."""

    mark: int = 0
    raised: list[int] = field(default_factory=list)

    async def nonce_mark(self) -> int:
        return self.mark

    async def raise_nonce_mark(self, mark: int) -> None:
        self.mark = mark
        self.raised.append(mark)


@dataclass
class Caller:
    """One key, and what the exchange knows of it."""

    exchange: Exchange
    clock: FakeClock
    credentials: Credentials
    nonces: MemoryNonces
    offset: ServerOffset
    calls: SignedCalls
    rest: PrivateRest
    names: Names
    made: int = 0

    def order(self, price: str | None = "50000", **terms: Any) -> OrderRequest:
        """A small buy that rests, unless said otherwise; each under a name of its own."""
        self.made += 1
        asked: dict[str, Any] = {
            "symbol": BTC,
            "side": Side.BUY,
            "type": OrderType.MARKET if price is None else OrderType.LIMIT,
            "qty": Decimal("0.01"),
            "limit_price": None if price is None else Decimal(price),
            "client_id": ClientOrderId(str(UUID(int=self.made))),
            "deadline": self.clock.now() + timedelta(seconds=5),
        }
        return OrderRequest(**{**asked, **terms})

    def journal(self) -> list[Any]:
        """This key's orders in the journal."""
        rows: Any = self.exchange.journal()["orders"]
        return [row for row in rows if row["api_key"] == self.credentials.api_key]

    def again(self, http: aiohttp.ClientSession, **changes: Any) -> PrivateRest:
        """The same key after a restart."""
        return client(http, self, **changes)[1]


def exchange_time(exchange: Exchange) -> datetime:
    since = timedelta(microseconds=exchange.venue.now_ns() // 1000)
    return datetime(1970, 1, 1, tzinfo=UTC) + since


def client(
    http: aiohttp.ClientSession, caller: Caller, **changes: Any
) -> tuple[SignedCalls, PrivateRest]:
    options: dict[str, Any] = {"clock": caller.clock, "nonces": caller.nonces, "tier": "pro"}
    url = changes.pop("url", caller.exchange.rest_url)
    credentials = changes.pop("credentials", caller.credentials)
    calls = SignedCalls(http, url, credentials, **{**options, **changes})
    rest = PrivateRest(calls, clock=caller.clock, names=lambda: caller.names, offset=caller.offset)
    return calls, rest


@asynccontextmanager
async def caller(exchange: Exchange, **user: Any) -> AsyncIterator[Caller]:
    """Somebody with money, a key and our client."""
    keys = exchange.add_user({"balances": RICH, "tier": "pro", **user})
    clock = FakeClock(exchange_time(exchange))
    credentials = Credentials(keys["api_key"], keys["api_secret"])
    async with aiohttp.ClientSession() as http:
        public = Rest(http, exchange.rest_url, clock=clock)
        names = Names(await public.pairs(), await public.assets())
        nothing: Any = None
        made = Caller(
            exchange,
            clock,
            credentials,
            MemoryNonces(),
            ServerOffset(clock),
            nothing,
            nothing,
            names,
        )
        made.calls, made.rest = client(http, made)
        yield made
