"""A stranger's view of the simulated exchange: a client that never saw the package's code.

It keeps a book as Kraken's guide says (a dict a side, cut to the subscribed depth after every
message) and computes the checksum from the very text of the frame, so that a digit too few or a
level too many cannot pass.
"""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import aiohttp

NOON_NS = 1_790_000_000_123_456_789
"""A fixed start (September 2026) for markets that must be the same in every run."""


class RawNumber(str):
    """A JSON number that kept its text; a JSON string is never one."""


def read(text: str) -> Any:
    """The frame with every number as the text that stood there."""
    return json.loads(text, parse_float=RawNumber, parse_int=RawNumber)


def shape(value: Any) -> Any:
    """Key order and kinds of value: what must be alike in a sample and in what is written."""
    if isinstance(value, dict):
        return [(key, shape(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "number" if isinstance(value, RawNumber) else type(value).__name__


def keys(value: dict[str, Any]) -> str:
    """The keys in their order, as words."""
    return " ".join(value)


class StrictBook:
    """Both sides by price, cut to depth after each message, checked against each checksum."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.bids: dict[str, str] = {}
        self.asks: dict[str, str] = {}
        self.applied = 0

    def apply(self, message: dict[str, Any]) -> None:
        """Take in one snapshot or update; fails when the checksum does not hold."""
        (data,) = message["data"]
        if message["type"] == "snapshot":
            self.bids, self.asks = {}, {}
        for side, levels in ((self.bids, data["bids"]), (self.asks, data["asks"])):
            for level in levels:
                if Decimal(level["qty"]) == 0:
                    side.pop(level["price"], None)
                else:
                    side[level["price"]] = level["qty"]
        self.bids = dict(self.best(self.bids, worst_first=True)[: self.depth])
        self.asks = dict(self.best(self.asks, worst_first=False)[: self.depth])
        self.applied += 1
        assert self.checksum() == int(data["checksum"])

    @staticmethod
    def best(side: dict[str, str], *, worst_first: bool) -> list[tuple[str, str]]:
        return sorted(side.items(), key=lambda level: Decimal(level[0]), reverse=worst_first)

    def checksum(self) -> int:
        levels = [
            *self.best(self.asks, worst_first=False)[:10],
            *self.best(self.bids, worst_first=True)[:10],
        ]
        digits = (text.replace(".", "").lstrip("0") for level in levels for text in level)
        return zlib.crc32("".join(digits).encode())


class Wire:
    """A WebSocket client that hands out frames in order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, message: object) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        await self.socket.send_str(text)

    async def text(self, seconds: float = 5) -> str:
        """The next text frame; fails on anything else."""
        message = await self.socket.receive(timeout=seconds)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        data: str = message.data
        return data

    async def next(self) -> Any:
        return read(await self.text())

    async def until(self, wanted: Callable[[Any], object]) -> Any:
        """The next frame that is wanted; those before it are thrown away."""
        while not wanted(message := await self.next()):
            pass
        return message

    async def channel(self, name: str, kind: str | None = None) -> Any:
        """The next message of a channel."""
        return await self.until(
            lambda message: (
                message.get("channel") == name and (kind is None or message["type"] == kind)
            )
        )

    async def ask(self, method: str, **params: object) -> Any:
        """Send a request and return the reply to it."""
        request: dict[str, object] = {"method": method}
        if params:
            request["params"] = params
        await self.say(request)
        return await self.until(lambda message: "time_out" in message)

    async def subscribe(self, channel: str, *symbols: str, **params: object) -> Any:
        """Subscribe and return the first data message."""
        named = {"symbol": list(symbols)} if symbols else {}
        reply = await self.ask("subscribe", channel=channel, **named, **params)
        assert reply["success"] is True, reply
        return await self.channel(channel)

    async def settled(self) -> list[Any]:
        """Everything that is on the way now: all frames before the answer to a ping."""
        await self.say({"method": "ping", "req_id": 987654})
        seen = []
        while (message := await self.next()).get("req_id") != "987654":
            seen.append(message)
        return seen


@asynccontextmanager
async def connect(url: str) -> AsyncIterator[Wire]:
    """An open connection; its first frame has not been read."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, max_msg_size=0, autoclose=False) as socket,
    ):
        yield Wire(socket)


async def get(url: str, **query: str) -> Any:
    """A REST answer as JSON, whatever its status."""
    async with aiohttp.ClientSession() as session, session.get(url, params=query) as reply:
        return json.loads(await reply.text())


async def reach(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait until something has come about on the other end of a socket."""
    pause = 0.005
    for _ in range(int(seconds / pause)):
        if condition():
            return
        await asyncio.sleep(pause)
    raise AssertionError("it has not come about")
