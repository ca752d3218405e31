"""A wire between the bot and a server on this machine that can be cut at one instant.

What was written into it before the cut may have arrived; nothing that is written later does, and
nobody can connect any more: so a process that vanishes looks to the others.
"""

import asyncio
from typing import Self

HOST = "127.0.0.1"


class _End(asyncio.Protocol):
    """One end of a connection: hands on what it hears to the other end."""

    def __init__(self, wire: "Wire", other: "_End | None" = None) -> None:
        self._wire = wire
        self._other = other
        self._waiting = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._wire.is_cut:
            transport.abort()
            return
        self._wire.transports.add(transport)
        if self._other is None:
            self._wire.dial(self)
        elif self._other.meet(self):
            return
        else:
            transport.abort()

    def meet(self, other: "_End") -> bool:
        """The other end is there; False if this one is gone."""
        self._other = other
        if self.transport is None or self.transport.is_closing():
            return False
        if self._waiting and other.transport is not None:
            other.transport.write(self._waiting)
            self._waiting = b""
        return True

    def data_received(self, data: bytes) -> None:
        if self._other is None or self._other.transport is None:
            self._waiting += data
        else:
            self._other.transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            self._wire.transports.discard(self.transport)
        if self._other is not None and self._other.transport is not None:
            self._other.transport.abort() if error else self._other.transport.close()

    def fail(self) -> None:
        """There is nobody at the other end."""
        if self.transport is not None:
            self.transport.abort()


class Wire:
    """A port of its own that leads to another one."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._server: asyncio.Server | None = None
        self._dialling: set[asyncio.Task[None]] = set()
        self.transports: set[asyncio.Transport] = set()
        self.is_cut = False

    @classmethod
    async def to(cls, port: int) -> Self:
        wire = cls(port)
        loop = asyncio.get_running_loop()
        wire._server = await loop.create_server(lambda: _End(wire), HOST, 0)
        return wire

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def dial(self, near: _End) -> None:
        """Connect the far end."""
        task = asyncio.get_running_loop().create_task(self._dial(near))
        self._dialling.add(task)
        task.add_done_callback(self._dialling.discard)

    async def _dial(self, near: _End) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: _End(self, near), HOST, self._to)
        except OSError:
            near.fail()

    def cut(self) -> None:
        """Reset everything, and let nobody in again."""
        self.is_cut = True
        if self._server is not None:
            self._server.close()
        for transport in tuple(self.transports):
            transport.abort()

    async def close(self) -> None:
        """The same, and wait until all of it is gone."""
        self.cut()
        for task in tuple(self._dialling):
            task.cancel()
            await asyncio.wait([task])
        if self._server is not None:
            await self._server.wait_closed()
        await asyncio.sleep(0)  # transports close one turn of the loop later
