"""One client's WebSocket: what it subscribed, and how frames reach it (or, by a fault, do not).

Slow readers are queued for, as Kraken does: frames wait in the transport's buffer, so that
sending never blocks the market. Only a queue of absurd size ends the connection.
"""

import asyncio
import struct
from typing import Literal

from aiohttp import web

from kraken.sim.wire.subscriptions import Subscriptions

Sort = Literal["data", "heartbeat", "pong", "reply"]
Mute = Literal["", "all", "heartbeat", "pong"]

MOST_WAITING = 64 << 20
"""Bytes that may wait for a slow reader before it is given up."""

_TEXT, _CLOSE = 0x81, 0x88
_NORMAL = struct.pack("!H", 1000)


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole unmasked WebSocket frame (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", opcode, size) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", opcode, 126, size) + payload
    return struct.pack("!BBQ", opcode, 127, size) + payload


class Connection:
    """One open WebSocket."""

    def __init__(
        self,
        number: int,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport,
        subscriptions: Subscriptions,
        opened_ns: int,
    ) -> None:
        self.number = number
        """Kraken's ``connection_id``."""
        self.subscriptions = subscriptions
        self.quiet_since_ns = opened_ns
        """Since when nothing is subscribed; counts only while nothing is."""
        self.next_beat_ns: int | None = None
        self.frames_sent = 0
        self._socket = socket
        self._transport = transport
        self._mute: Mute = ""
        self._mute_until_ns: int | None = None
        # Never paused by the transport: the buffer is the queue, and its bound is ours.
        transport.set_write_buffer_limits(high=2 * MOST_WAITING)

    def send(self, text: str, sort: Sort = "data") -> None:
        """Queue one text frame."""
        if self._mute and self._mute != sort:
            return
        if self._socket.closed or self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() > MOST_WAITING:
            self._transport.abort()
            return
        self.frames_sent += 1
        # Written here and not by aiohttp, whose sending waits for slow readers.
        self._transport.write(frame(_TEXT, text.encode()))

    def send_raw(self, payload: bytes) -> None:
        """Queue a text frame of any bytes, right or wrong."""
        if not self._transport.is_closing():
            self._transport.write(frame(_TEXT, payload))

    def cut(self) -> None:
        """End the connection without a word; what waits is lost."""
        self._transport.abort()

    def cut_inside(self, text: str) -> None:
        """Send the first half of a frame, then end the connection."""
        whole = frame(_TEXT, text.encode())
        if not self._transport.is_closing():
            self._transport.write(whole[: len(whole) // 2])
            self._transport.close()

    def finish(self) -> None:
        """Close as WebSockets close, without waiting for the client's answer."""
        if not self._transport.is_closing():
            self._transport.write(frame(_CLOSE, _NORMAL))
            self._transport.close()

    def mute(self, what: Mute, until_ns: int | None) -> None:
        """Send nothing any more but one sort of frame; for good, or until that time."""
        self._mute, self._mute_until_ns = what, until_ns

    def unmute(self, now_ns: int | None = None) -> None:
        """Speak again; with a time, only if it is over by then."""
        if now_ns is None or (self._mute_until_ns is not None and now_ns >= self._mute_until_ns):
            self._mute, self._mute_until_ns = "", None

    def listen_no_more(self) -> None:
        """Read nothing any more, not even the end: what a route lost in one direction does."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def heal(self) -> None:
        """Speak and listen again."""
        self.unmute()
        if not self._transport.is_closing():
            self._transport.resume_reading()
