"""A tiny Kraken on loopback that does what a test tells it to, faults included.

It writes frames and answers on its own authority, without the package's encoders, and its
checksums come from Kraken's published rule.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

from aiohttp import WSMsgType, web

T = TypeVar("T")
Levels = Sequence[tuple[str, str]]

BIDS: Levels = [(f"{100 - n / 10:.1f}", "1.00000000") for n in range(10)]
ASKS: Levels = [(f"{100.1 + n / 10:.1f}", "2.00000000") for n in range(10)]

LISTED_PAIR = {
    "altname": "XBTUSD",
    "wsname": "XBT/USD",
    "base": "XXBT",
    "quote": "ZUSD",
    "pair_decimals": 1,
    "lot_decimals": 8,
}
"""A pair as REST's AssetPairs lists it, with no more than every pair has."""


class Log(Generic[T]):
    """What happened, in order; a test waits until it holds what it waits for."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self._changed = asyncio.Event()

    def append(self, item: T) -> None:
        self.items.append(item)
        self.notify()

    def notify(self) -> None:
        self._changed.set()

    async def until(self, condition: Callable[[list[T]], object], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition(self.items):
                self._changed.clear()
                await self._changed.wait()


def checksum(bids: Levels, asks: Levels) -> int:
    """Kraken's rule: ten best asks, then ten best bids, digits without point and leading zeros."""
    text = ""
    for levels in (
        sorted(asks, key=lambda level: float(level[0]))[:10],
        sorted(bids, key=lambda level: -float(level[0]))[:10],
    ):
        for level in levels:
            text += "".join(number.replace(".", "").lstrip("0") for number in level)
    return zlib.crc32(text.encode())


def book_frame(
    symbol: str,
    bids: Levels = BIDS,
    asks: Levels = ASKS,
    *,
    kind: str = "snapshot",
    crc: int | None = None,
) -> str:
    """A book message; without ``crc`` the checksum is that of these levels."""

    def side(levels: Levels) -> str:
        return ",".join(f'{{"price":{price},"qty":{qty}}}' for price, qty in levels)

    crc = checksum(bids, asks) if crc is None else crc
    return (
        f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}",'
        f'"bids":[{side(bids)}],"asks":[{side(asks)}],"checksum":{crc},'
        '"timestamp":"2026-01-01T00:00:00.000000Z"}]}'
    )


def pair(symbol: str, **changes: object) -> dict[str, object]:
    """One pair of the instrument channel."""
    base, _, quote = symbol.partition("/")
    return {
        "symbol": symbol,
        "base": base,
        "quote": quote,
        "status": "online",
        "qty_precision": 8,
        "qty_increment": 1e-08,
        "price_precision": 1,
        "cost_precision": 5,
        "cost_min": 0.5,
        "price_increment": 0.1,
        "tick_size": 0.1,
        "qty_min": 0.00005,
        **changes,
    }


class Connection:
    """One WebSocket connection, seen from Kraken."""

    def __init__(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        self.request = request
        self.socket = socket
        self.asked: Log[dict[str, Any]] = Log()

    async def send(self, frame: str | dict[str, object]) -> None:
        await self.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def beat(self) -> None:
        await self.send({"channel": "heartbeat"})

    def drop(self) -> None:
        """Cut the connection without a word."""
        assert self.request.transport is not None
        self.request.transport.abort()

    def write_raw(self, data: bytes) -> None:
        assert self.request.transport is not None
        self.request.transport.write(data)


class ScriptedKraken:
    """Answers subscriptions like Kraken unless a test replaces a part."""

    def __init__(self) -> None:
        self.connections: Log[Connection] = Log()
        self.pairs = ["BTC/USD", "ETH/USD", "DOGE/USD", "BTC/EUR"]
        self.books: dict[str, tuple[Levels, Levels]] = {}
        self.bad_checksums: set[str] = set()
        self.mute_channels: set[str] = set()
        self.rest: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {}
        self.rest_asked: Log[tuple[str, dict[str, str]]] = Log()
        self.on_connect: Callable[[Connection], Awaitable[None]] = self.converse
        self.refuse_upgrade: int | None = None
        self.url = ""

    @property
    def rest_url(self) -> str:
        return self.url

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws") + "/v2"

    @classmethod
    @asynccontextmanager
    async def serving(cls) -> AsyncIterator["ScriptedKraken"]:
        kraken = cls()
        app = web.Application()
        app.router.add_get("/v2", kraken._upgrade)
        app.router.add_get("/0/public/{name}", kraken._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        kraken.url = f"http://{host}:{port}"
        try:
            yield kraken
        finally:
            for connection in kraken.connections.items:
                if connection.request.transport is not None:
                    connection.drop()
            await runner.cleanup()

    async def connection(self, number: int = 1) -> Connection:
        """The n-th connection since the start, once it is there."""
        await self.connections.until(lambda items: len(items) >= number)
        return self.connections.items[number - 1]

    def answer(self, name: str, result: object) -> None:
        """Let this endpoint answer with this result from now on."""

        async def respond(_request: web.Request) -> web.StreamResponse:
            return web.json_response({"error": [], "result": result})

        self.rest[name] = respond

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.rest_asked.append((name, dict(request.query)))
        if name not in self.rest:
            return web.json_response({"error": ["EGeneral:Unknown method"]})
        return await self.rest[name](request)

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        if self.refuse_upgrade is not None:
            self.connections.append(Connection(request, web.WebSocketResponse()))
            return web.Response(status=self.refuse_upgrade, text="<html>no</html>")
        socket = web.WebSocketResponse(timeout=0.1)
        await socket.prepare(request)
        connection = Connection(request, socket)
        self.connections.append(connection)
        await self.on_connect(connection)
        return socket

    async def converse(self, connection: Connection) -> None:
        """A good Kraken: says its status, then answers until the client leaves."""
        await connection.send(
            '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online",'
            '"api_version":"v2","connection_id":3007355780899554854}]}'
        )
        await self.serve(connection)

    async def serve(self, connection: Connection) -> None:
        async for message in connection.socket:
            if message.type is not WSMsgType.TEXT:
                continue
            asked = json.loads(message.data)
            await self.reply(connection, asked)
            connection.asked.append(asked)

    async def reply(self, connection: Connection, asked: dict[str, Any]) -> None:
        method, params = asked["method"], asked.get("params", {})
        number = {"req_id": asked["req_id"]} if "req_id" in asked else {}
        if method == "ping":
            await connection.send({"method": "pong", **number})
            return
        for symbol in params.get("symbol", [None]):
            known = symbol is None or symbol in self.pairs
            if not known:
                await connection.send(
                    {
                        "error": f"Currency pair not supported {symbol}",
                        "method": method,
                        **number,
                        "success": False,
                        "symbol": symbol,
                    }
                )
                continue
            result = {name: value for name, value in params.items() if name != "symbol"}
            if symbol is not None:
                result["symbol"] = symbol
            ack = {"method": method, **number, "result": result, "success": True}
            await connection.send(ack)
            if method == "subscribe" and params["channel"] not in self.mute_channels:
                await self.snapshot(connection, params, symbol)

    async def snapshot(
        self, connection: Connection, params: dict[str, Any], symbol: str | None
    ) -> None:
        channel = params["channel"]
        if channel == "instrument":
            data = {"assets": [], "pairs": [pair(symbol) for symbol in self.pairs]}
            await connection.send({"channel": channel, "type": "snapshot", "data": data})
        elif channel == "book":
            assert symbol is not None
            bids, asks = self.books.get(symbol, (BIDS, ASKS))
            crc = 1 if symbol in self.bad_checksums else None
            await connection.send(book_frame(symbol, bids, asks, crc=crc))
        elif channel == "ticker":
            await connection.send(ticker_frame(str(symbol), "100.0"))
        elif channel == "trade":
            await connection.send(trade_frame(str(symbol), [1, 2, 3], kind="snapshot"))
        elif channel == "ohlc":
            await connection.send(candle_frame(str(symbol), params["interval"], "100.0"))


def ticker_frame(symbol: str, last: str) -> str:
    return (
        f'{{"channel":"ticker","type":"update","data":[{{"symbol":"{symbol}","bid":99.9,'
        f'"bid_qty":1.00000000,"ask":100.1,"ask_qty":1.00000000,"last":{last},'
        '"volume":10.00000000,"vwap":100.0,"low":90.0,"high":110.0,"change":1.0,'
        '"change_pct":1.00,"timestamp":"2026-01-01T00:00:00.000000Z"}]}'
    )


def trade_frame(symbol: str, ids: Sequence[int], kind: str = "update") -> str:
    rows = ",".join(
        f'{{"symbol":"{symbol}","side":"buy","price":100.0,"qty":0.10000000,'
        f'"ord_type":"market","trade_id":{number},"timestamp":"2026-01-01T00:00:00.000000Z"}}'
        for number in ids
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{rows}]}}'


def candle_frame(
    symbol: str,
    interval: int,
    close: str,
    begin: str = "2026-01-01T00:00:00.000000000Z",
    kind: str = "snapshot",
) -> str:
    return (
        f'{{"channel":"ohlc","type":"{kind}","timestamp":"{begin}","data":[{{'
        f'"symbol":"{symbol}","open":100.0,"high":110.0,"low":90.0,"close":{close},"trades":3,'
        f'"volume":1.00000000,"vwap":100.0,"interval_begin":"{begin}","interval":{interval},'
        '"timestamp":"2026-01-01T00:05:00.000000Z"}]}'
    )
