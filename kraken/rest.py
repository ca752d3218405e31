"""Rest: asks Kraken's public REST endpoints once each, and says what a failure means.

It never asks again by itself; a caller whose question may be repeated uses ``read_again``. What a
failure allows to conclude:

* ``NotSent``: no connection (name, route, refusal, TLS); Kraken never saw the request.
* ``Busy`` and its kinds: HTTP 429, 403 or 5xx, which come from the edge in front of the API (an
  error of the API itself has status 200); a connection that broke, an answer that did not come.
* ``BadData``: an answer came and is not what was asked for: HTML with status 200, JSON cut short.
* whatever ``from_code`` makes of an error that Kraken named.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TypeVar

import aiohttp

from kraken.clock import Clock
from kraken.core.backoff import delay
from kraken.core.errors import BadData, Busy, KrakenError, NotSent, RateLimited
from kraken.core.types import (
    AssetInfo,
    BookPage,
    CandlesPage,
    DayTicker,
    Instrument,
    Interval,
    ListedPair,
    SpreadPoint,
    Symbol,
    SystemStatus,
    TradesPage,
)
from kraken.core.wire import rest as wire

T = TypeVar("T")

USER_AGENT = "kraken-bot (python aiohttp)"
"""Kraken asks every client to name itself (docs: REST, Introduction)."""

LARGEST_BODY = 32 * 1024 * 1024
"""Bytes of an answer, unpacked; the largest real one is about one megabyte."""

# What aiohttp raises before the first byte of a request has left.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_REST_SPELLING = {name: short for short, name in wire.V2_NAMES.items()}


async def read_again(
    call: Callable[[], Awaitable[T]],
    *,
    random: Callable[[], float],
    attempts: int = 3,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> T:
    """Ask, and after Busy, NotSent or BadData ask again; only for questions that change nothing.

    Waits with full jitter in between, or as long as Kraken said if that is longer, but not longer
    than ten seconds: then the error goes to whoever is waiting.
    """
    for attempt in range(attempts - 1):
        try:
            return await call()
        except (Busy, NotSent, BadData) as error:
            told = error.retry_after if isinstance(error, Busy) else None
            seconds = told.total_seconds() if told is not None else 0.0
            if seconds > 10:
                raise
            await sleep(max(seconds, delay(attempt, random())))
    return await call()


class Rest:
    """Kraken's public REST endpoints, one method each; the session stays the caller's."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        *,
        clock: Clock,
        timeout: float = 10.0,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=timeout, sock_connect=timeout / 2)
        self._listed: dict[Symbol, ListedPair] = {}

    async def time(self) -> datetime:
        """Kraken's clock, to the second."""
        return wire.time(await self._get("Time"))

    async def system_status(self) -> SystemStatus:
        """What the engine accepts right now."""
        return wire.system_status(await self._get("SystemStatus"))

    async def assets(self) -> tuple[AssetInfo, ...]:
        """All assets."""
        return wire.assets(await self._get("Assets"))

    async def pairs(self) -> tuple[ListedPair, ...]:
        """All pairs with the names that REST knows them by; they are remembered here."""
        listed = wire.asset_pairs(await self._get("AssetPairs"))
        self._listed = {pair.instrument.symbol: pair for pair in listed}
        return listed

    async def instruments(self) -> tuple[Instrument, ...]:
        """All pairs, as far as REST knows them: prefer the instrument channel's."""
        return tuple(pair.instrument for pair in await self.pairs())

    async def ticker(self, symbols: Iterable[Symbol]) -> dict[Symbol, DayTicker]:
        """The tickers of these pairs; one that Kraken does not list is left out."""
        if not self._listed:
            await self.pairs()
        wanted = [self._listed[symbol] for symbol in symbols if symbol in self._listed]
        if not wanted:
            return {}
        names = ",".join(pair.alternative_name for pair in wanted)
        by_name = {pair.rest_name: pair.instrument.symbol for pair in wanted}
        return wire.ticker(await self._get("Ticker", {"pair": names}), by_name)

    async def candles(
        self, symbol: Symbol, interval: Interval, since: int | None = None
    ) -> CandlesPage:
        """Up to 720 finished candles and the running one, oldest first.

        ``since`` is in Unix seconds; nothing older than 720 candles is served whatever it says.
        """
        asked = {"pair": self._name(symbol), "interval": str(interval.value)}
        if since is not None:
            asked["since"] = str(since)
        return wire.ohlc(await self._get("OHLC", asked), symbol, interval)

    async def depth(self, symbol: Symbol, count: int = 100) -> BookPage:
        """Up to 500 levels a side; no checksum vouches for them, quantities have three digits."""
        asked = {"pair": self._name(symbol), "count": str(count)}
        return wire.depth(await self._get("Depth", asked), symbol)

    async def grouped_book(self, symbol: Symbol, depth: int = 10, grouping: int = 1) -> BookPage:
        """A book in groups of so many ticks, bids rounded down and asks up."""
        asked = {
            "pair": self._name(symbol),
            "depth": str(depth),
            "grouping": str(grouping),
        }
        return wire.grouped_book(await self._get("GroupedBook", asked), symbol)

    async def trades(self, symbol: Symbol, since: int, count: int = 1000) -> TradesPage:
        """Up to 1,000 trades after ``since`` (Unix nanoseconds), oldest first."""
        asked = {"pair": self._name(symbol), "since": str(since), "count": str(count)}
        return wire.trades(await self._get("Trades", asked), symbol)

    async def spread(self, symbol: Symbol) -> tuple[SpreadPoint, ...]:
        """About 200 recent best bids and asks, oldest first."""
        return wire.spread(await self._get("Spread", {"pair": self._name(symbol)}))

    def _name(self, symbol: Symbol) -> str:
        """REST's short name; without the list of pairs it is put together as Kraken does."""
        if symbol in self._listed:
            return self._listed[symbol].alternative_name
        return "".join(_REST_SPELLING.get(asset, asset) for asset in symbol.split("/"))

    async def _get(self, endpoint: str, asked: Mapping[str, str] | None = None) -> bytes:
        """One request; the body of an answer that the API itself gave."""
        try:
            async with self._http.get(
                f"{self._base_url}/0/public/{endpoint}",
                params=asked,
                timeout=self._timeout,
                headers={"User-Agent": USER_AGENT},
                # An answer from elsewhere (a captive portal) is not Kraken's.
                allow_redirects=False,
            ) as response:
                body = await _body(response)
        except _NOT_SENT as error:
            raise NotSent(f"no connection to Kraken: {error}") from error
        except aiohttp.ClientPayloadError as error:
            raise BadData(f"the answer broke off: {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Busy(f"no answer from Kraken: {error or type(error).__name__}") from error
        self._check(response, body)
        return body

    def _check(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        """Raise what an answer means that the API did not give."""
        if response.status == 200 and body.lstrip()[:1] == b"{":
            return
        # An error that Kraken named says more than the status; other JSON says nothing.
        with suppress(BadData):
            wire.check(body, self._clock.now())
        raise _edge_error(response.status, self._retry_after(response))

    def _retry_after(self, response: aiohttp.ClientResponse) -> timedelta | None:
        """How long the edge asks to wait: in seconds, or until a date (RFC 9110, Retry-After)."""
        text = response.headers.get("Retry-After", "").strip()
        if text.isdecimal() and len(text) < 6:
            return timedelta(seconds=int(text))
        try:
            until = parsedate_to_datetime(text)
        except (ValueError, OverflowError):
            return None
        if until.tzinfo is None:
            until = until.replace(tzinfo=UTC)
        return max(timedelta(0), until - self._clock.now())


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The whole body; a few packed bytes may become gigabytes, and are not waited for."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > LARGEST_BODY:
            response.close()
            raise BadData(f"an answer of more than {LARGEST_BODY} bytes")
    return bytes(body)


def _edge_error(status: int, retry_after: timedelta | None) -> KrakenError:
    """What an answer of the edge in front of the API means for somebody who wants to read."""
    if status == 429:
        return RateLimited("HTTP 429", retry_after or timedelta(seconds=5))
    if status == 403 or status >= 500:
        return Busy(f"HTTP {status}", retry_after)
    return BadData(f"HTTP {status}, and not Kraken's JSON")
