"""A stranger with an API key: signs as Kraken's guide says, and never saw our own client."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp

from kraken.sim.server import Exchange
from tests.strict_client import Wire, connect, read

RICH = {"USD": "1000000", "BTC": "10", "ETH": "100", "EUR": "100000", "DOGE": "1000000"}


def signature(path: str, nonce: str, body: str, secret: str) -> str:
    digest = hashlib.sha256((nonce + body).encode()).digest()
    mac = hmac.new(base64.b64decode(secret), path.encode() + digest, hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()


class Trader:
    """One key on one exchange."""

    def __init__(self, exchange: Exchange, http: aiohttp.ClientSession, **user: Any) -> None:
        self.exchange = exchange
        self.keys = exchange.add_user({"balances": RICH, "tier": "pro", **user})
        self.key = self.keys["api_key"]
        self.nonce = 1_000
        self._http = http

    async def raw(
        self, endpoint: str, fields: dict[str, Any], *, as_json: bool = False
    ) -> tuple[int, str]:
        """Status and body of a signed call."""
        self.nonce += 1
        path, whole = f"/0/private/{endpoint}", {"nonce": str(self.nonce), **fields}
        body = json.dumps(whole) if as_json else urlencode(whole)
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        headers = {
            "API-Key": self.key,
            "API-Sign": signature(path, str(self.nonce), body, self.keys["api_secret"]),
            "Content-Type": kind,
        }
        url = self.exchange.rest_url + path
        async with self._http.post(url, data=body.encode(), headers=headers) as reply:
            return reply.status, await reply.text()

    async def ask(self, endpoint: str, *, as_json: bool = False, **fields: Any) -> Any:
        """The result; fails when there is an error."""
        told = read((await self.raw(endpoint, fields, as_json=as_json))[1])
        assert told["error"] == [], told
        assert list(told) == ["error", "result"]
        return told["result"]

    async def refused(self, endpoint: str, *, as_json: bool = False, **fields: Any) -> str:
        """The error; fails when there is none."""
        status, text = await self.raw(endpoint, fields, as_json=as_json)
        told = json.loads(text)
        assert status == 200
        assert list(told) == ["error"], told
        (error,) = told["error"]
        return str(error)

    async def limit(
        self, side: str, volume: str, price: str, pair: str = "XBTUSD", **more: Any
    ) -> str:
        """Place a limit order; its name."""
        told = await self.ask(
            "AddOrder", ordertype="limit", type=side, volume=volume, pair=pair, price=price, **more
        )
        return str(told["txid"][0])

    async def order(self, name: str) -> Any:
        """One order."""
        return (await self.ask("QueryOrders", txid=name, trades="true"))[name]

    async def token(self) -> str:
        return str((await self.ask("GetWebSocketsToken"))["token"])

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[tuple[Wire, str]]:
        """An open WebSocket and a token for it."""
        token = await self.token()
        async with connect(self.exchange.ws_url) as wire:
            yield wire, token

    def journal(self, **wanted: str) -> list[dict[str, Any]]:
        """This key's orders in the journal."""
        return [
            row
            for row in self.exchange.journal()["orders"]  # type: ignore[attr-defined]  # JSON
            if row["api_key"] == self.key
            and all(row[name] == value for name, value in wanted.items())
        ]

    def fills(self) -> list[dict[str, Any]]:
        """This key's fills in the journal."""
        rows = self.exchange.journal()["fills"]
        return [row for row in rows if row["api_key"] == self.key]  # type: ignore[attr-defined]  # JSON


@asynccontextmanager
async def trader(exchange: Exchange, **user: Any) -> AsyncIterator[Trader]:
    """Somebody with money and a key."""
    async with aiohttp.ClientSession() as http:
        yield Trader(exchange, http, **user)


def touch(exchange: Exchange, symbol: str = "BTC/USD") -> tuple[Decimal, Decimal]:
    """Best bid and best ask that the public sees."""
    pair = exchange.venue.pairs[symbol]
    bid, ask = exchange.venue.books[symbol].best()
    assert bid is not None
    assert ask is not None
    step = Decimal(pair.tick_size)
    return bid[0] * step, ask[0] * step


def level(exchange: Exchange, side: str, price: Decimal, symbol: str = "BTC/USD") -> Decimal:
    """What the public book shows at a price."""
    pair = exchange.venue.pairs[symbol]
    bids, asks = exchange.venue.books[symbol].top(100_000)
    lots = dict(bids if side == "buy" else asks).get(pair.ticks(price), 0)
    return Decimal(lots).scaleb(-pair.lot_decimals)
