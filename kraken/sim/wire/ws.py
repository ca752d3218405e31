"""WebSocket v2 under ``/v2``: the connections, their requests, their heartbeats.

Rules (docs: https://docs.kraken.com/api/docs/guides/spot-ws-intro): ``status`` comes first; from
the first subscription on a heartbeat comes every second, also while data flows; a connection
without a subscription is closed after a minute.
"""

from json import dumps
from random import Random
from time import perf_counter_ns

from aiohttp import WSMsgType, web

from kraken.sim.faults import KINDS, Fault, Faults
from kraken.sim.market.types import SECOND
from kraken.sim.numbers import micros_stamp
from kraken.sim.private.service import Private
from kraken.sim.private.streams import Streams
from kraken.sim.private.ws_wire import Wire
from kraken.sim.venue import Venue
from kraken.sim.wire import ws_messages
from kraken.sim.wire.subscriptions import ACCOUNT_CHANNELS, Reply, Subscriptions
from kraken.sim.wire.ws_connection import Connection, Mute
from kraken.sim.wire.ws_feeds import Feeds

IDLE_NS = 60 * SECOND
MOST_ASKED = 1 << 20
"""Bytes in a client's frame."""

_MUTES: dict[str, Mute] = {
    "mute_socket": "all",
    "heartbeat_only": "heartbeat",
    "pong_only": "pong",
}
_JUNK = {
    "unknown_channel": b'{"channel":"riddle","type":"update","data":[{"answer":42}]}',
    "broken_json": b'{"channel":"book","type":"update","data":[{"symbol":"BTC/',
    "invalid_utf8": b'{"channel":"book\xff\xfe","type":"update","data":[]}',
    "huge_frame": b'{"channel":"riddle","type":"update","data":"' + b"x" * 1_000_000 + b'"}',
}


class Hub:
    """Every open connection."""

    def __init__(self, venue: Venue, faults: Faults, seed: int, private: Private) -> None:
        self.connections: dict[Connection, Wire] = {}
        self.accepted = 0
        self.feeds = Feeds(venue, faults)
        self._wire_ns = 0
        self._frames_before = 0
        self._venue = venue
        self._faults = faults
        self._private = private
        self._streams = Streams(venue, faults)
        self._numbers = Random(seed)

    @property
    def frames_sent(self) -> int:
        """Frames on all connections, those that are gone included."""
        return self._frames_before + sum(each.frames_sent for each in self.connections)

    @property
    def subscriptions(self) -> int:
        """Feeds that are subscribed now, over all connections."""
        return sum(len(each.subscriptions.feeds) for each in self.connections)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Talk with one client until it goes."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=MOST_ASKED)
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            return socket
        number = self._numbers.getrandbits(64)
        wire = Wire(self._private, self._streams)
        subscriptions = Subscriptions(self._venue.is_listed, wire)
        connection = Connection(number, socket, transport, subscriptions, self._wire_ns)
        wire.connection = connection
        self.connections[connection] = wire
        self.accepted += 1
        try:
            connection.send(ws_messages.status(self._venue.system, number))
            self.suffer()
            async for message in socket:
                # A binary frame is no request: it is answered like any other nonsense.
                text = message.data if message.type is WSMsgType.TEXT else ""
                self._receive(connection, text)
        finally:
            self._forget(connection)
        return socket

    def _forget(self, connection: Connection) -> None:
        wire = self.connections.pop(connection, None)
        if wire is not None:
            wire.close()
        self._frames_before += connection.frames_sent
        for feed in connection.subscriptions.feeds:
            self.feeds.unfollow(connection, feed)

    def _receive(self, connection: Connection, text: str) -> None:
        in_ns, begun = self._venue.now_ns(), perf_counter_ns()
        answer = connection.subscriptions.receive(text)
        for reply in answer.replies:
            out_ns = in_ns + perf_counter_ns() - begun
            pong = reply["method"] == "pong"
            connection.send(_dump(reply, in_ns, out_ns), "pong" if pong else "reply")
        for feed in answer.closed:
            self.feeds.unfollow(connection, feed)
            connection.quiet_since_ns = self._wire_ns
        if answer.opened and connection.next_beat_ns is None:
            connection.next_beat_ns = self._wire_ns + SECOND
        for feed, wanted in answer.opened:
            if feed.channel in ACCOUNT_CHANNELS:
                self.connections[connection].open(feed.channel)
            else:
                self.feeds.open(connection, feed, snapshot=wanted)

    def beat(self, wire_ns: int) -> None:
        """Let the connections' own time pass: it follows the wall, however fast the market is."""
        self._wire_ns = wire_ns
        self.suffer()
        for connection in tuple(self.connections):
            connection.unmute(wire_ns)
            if (
                not connection.subscriptions.feeds
                and wire_ns - connection.quiet_since_ns >= IDLE_NS
            ):
                connection.finish()
            if connection.next_beat_ns is not None and connection.next_beat_ns <= wire_ns:
                connection.send(ws_messages.HEARTBEAT, "heartbeat")
                # On the second since the subscription; beats that a pause swallowed are gone.
                connection.next_beat_ns += SECOND * (
                    1 + (wire_ns - connection.next_beat_ns) // SECOND
                )

    def announce_status(self) -> None:
        """Tell everyone what the engine accepts now."""
        for connection in tuple(self.connections):
            connection.send(ws_messages.status(self._venue.system, connection.number))

    def suffer(self) -> None:
        """Let every open connection meet the socket faults that are armed, each kind once."""
        if not self.connections:
            return
        kinds = {fault.kind for fault in self._faults.armed if KINDS[fault.kind].place == "socket"}
        for kind in sorted(kinds):
            fault = self._faults.take(kind)
            if fault is not None:
                for connection in tuple(self.connections):
                    self._spoil(connection, fault)

    def _spoil(self, connection: Connection, fault: Fault) -> None:
        if fault.kind in _MUTES:
            lasting = fault.seconds
            until = None if lasting is None else self._wire_ns + int(lasting * SECOND)
            connection.mute(_MUTES[fault.kind], until)
        elif fault.kind in _JUNK:
            connection.send_raw(_JUNK[fault.kind])
        elif fault.kind == "deaf_socket":
            connection.listen_no_more()
        elif fault.kind == "half_open":
            connection.listen_no_more()
            connection.mute("all", None)
        elif fault.kind == "cloudflare_restart":
            connection.send(ws_messages.RESTARTING)
            connection.finish()
        else:
            connection.cut()

    def heal(self) -> None:
        """Let every connection speak and listen again."""
        for connection in self.connections:
            connection.heal()

    def close(self) -> None:
        """End every connection."""
        for connection in tuple(self.connections):
            connection.finish()


def _dump(reply: Reply, in_ns: int, out_ns: int) -> str:
    """A reply with its times, keys in alphabetical order."""
    timed = {**reply, "time_in": micros_stamp(in_ns), "time_out": micros_stamp(out_ns)}
    return dumps(timed, separators=(",", ":"), sort_keys=True)
