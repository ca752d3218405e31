"""What can go wrong on demand: the faults that people have met with the real exchange.

A fault is armed over ``/sim/faults``, waits for its occasion, happens ``times`` times and is
gone. Each kind says what it does; where it happens is decided by its place:

* ``rest``: one request is spoilt (of one ``endpoint``, or of any; opening a WebSocket is
  endpoint ``v2`` and must be named);
* ``book``: one message of a book is spoilt (of one ``symbol``, or of any);
* ``subscribe``: one accepted subscription is spoilt (one ``symbol`` or ``channel``, or any);
* ``socket``: every open WebSocket connection is spoilt, at once;
* ``order``: one call that places orders is spoilt, over REST or WebSocket (or one ``endpoint``);
* ``call``: one private REST call is refused (of one ``endpoint``, or of any);
* ``token``: one use of a WebSocket token is refused;
* ``executions``: reports to subscribers of executions are spoilt (of one ``exec_type``, or any);
* ``state``: the exchange is in another state for ``seconds``, or until all is disarmed;
* ``change``: the exchange changes at once and for good, so that nothing is left to disarm.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kraken.core.trading import ExecType

Place = Literal[
    "rest",
    "book",
    "subscribe",
    "socket",
    "order",
    "call",
    "token",
    "executions",
    "state",
    "change",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to fail."""

    place: Place
    meaning: str
    needs: tuple[str, ...] = ()


SYSTEM_STATES = ("online", "maintenance", "cancel_only", "post_only", "limit_only")
PAIR_STATES = (
    "online",
    "cancel_only",
    "post_only",
    "limit_only",
    "reduce_only",
    "maintenance",
    "delisted",
    "work_in_progress",
)

CHANNELS = (
    "book",
    "ticker",
    "trade",
    "ohlc",
    "instrument",
    "executions",
    "balances",
    "level3",
)
_EXEC_TYPES = tuple(kind.value for kind in ExecType)

KINDS: Mapping[str, Kind] = {
    "http_502_html": Kind("rest", "502 with an HTML page, as when the origin is down"),
    "http_520": Kind("rest", "520 with Cloudflare's HTML page"),
    "http_429": Kind("rest", "429 from the edge, before the API is reached"),
    "html_200": Kind("rest", "an HTML page with status 200: a proxy or captive portal"),
    "empty_body": Kind("rest", "status 200 and nothing in it"),
    "truncated_body": Kind("rest", "a whole HTTP reply whose JSON ends in the middle"),
    "cut_mid_reply": Kind("rest", "the connection ends in the middle of the reply"),
    "slow_reply": Kind("rest", "the reply comes `seconds` late", ("seconds",)),
    "slow_drip": Kind("rest", "the reply's body comes in bits over `seconds`", ("seconds",)),
    "refuse_connection": Kind("rest", "the connection is reset without a reply"),
    "service_unavailable": Kind("rest", "EService:Unavailable"),
    "service_busy": Kind("rest", "EService:Busy"),
    "rate_limited": Kind("rest", "EAPI:Rate limit exceeded"),
    "too_many_requests": Kind("rest", "EGeneral:Too many requests"),
    "throttled": Kind("rest", "EService: Throttled until `seconds` from now", ("seconds",)),
    "internal_error": Kind("rest", "EGeneral:Internal error"),
    "wrong_checksum": Kind("book", "an update carries a checksum that no book has"),
    "lost_book_update": Kind("book", "an update is never sent"),
    "duplicate_snapshot": Kind("book", "a second snapshot comes instead of an update"),
    "null_fields": Kind("book", "an update whose sides and checksum are null"),
    "drop_mid_update": Kind("book", "the connection ends inside the frame of an update"),
    "ack_then_mute": Kind("subscribe", "acknowledged, then never a message of it"),
    "drop_after_ack": Kind("subscribe", "the connection ends before the snapshot"),
    "drop_mid_snapshot": Kind("subscribe", "the connection ends inside the snapshot's frame"),
    "drop_connection": Kind("socket", "every connection is reset"),
    "cloudflare_restart": Kind("socket", "`CloudFlare WebSocket proxy restarting`, then the end"),
    "mute_socket": Kind("socket", "open, but nothing is sent any more (for `seconds`)"),
    "heartbeat_only": Kind("socket", "only heartbeats are sent any more (for `seconds`)"),
    "pong_only": Kind("socket", "only pongs are sent any more (for `seconds`)"),
    "deaf_socket": Kind("socket", "goes on sending, but reads nothing any more"),
    "half_open": Kind("socket", "neither reads nor writes, nor closes: a black hole"),
    "huge_frame": Kind("socket", "a frame of 1 MB on an unknown channel"),
    "unknown_channel": Kind("socket", "a message of a channel that nobody knows"),
    "broken_json": Kind("socket", "a text frame that ends in the middle of its JSON"),
    "invalid_utf8": Kind("socket", "a text frame that is not UTF-8"),
    "place_then_drop_reply": Kind("order", "done, then the connection is reset without a reply"),
    "place_then_silence": Kind("order", "done, but no reply comes; REST: within `seconds` (60)"),
    "late_reply": Kind(
        "order", "done; REST's reply comes `seconds` late, WebSocket's never", ("seconds",)
    ),
    "drop_request": Kind("order", "lost on the way: nothing is done, the connection is reset"),
    "late_arrival": Kind(
        "order", "the connection is reset, and the engine hears `seconds` later", ("seconds",)
    ),
    "reply_502_after_place": Kind("order", "done, then 502 with an HTML page"),
    "reply_html": Kind("order", "done, then an HTML page with status 200"),
    "reply_truncated": Kind("order", "done, but the reply's JSON ends in the middle"),
    "place_and_fill_before_reply": Kind("order", "done and filled whole before the reply comes"),
    "busy_although_placed": Kind("order", "done, but EService:Busy is the reply"),
    "unavailable_although_placed": Kind("order", "done, but EService:Unavailable is the reply"),
    "internal_error_although_placed": Kind("order", "done, but EGeneral:Internal error"),
    "deadline_elapsed": Kind("order", "EService:Deadline elapsed, and nothing is done"),
    "engine_rate_limited": Kind("order", "EOrder:Rate limit exceeded, and nothing is done"),
    "invalid_nonce": Kind("call", "EAPI:Invalid nonce, whatever the nonce was"),
    "temporary_lockout": Kind("call", "locked out for `seconds` (900)"),
    "expired_token": Kind("token", "ESession:Invalid session, however new the token is"),
    "duplicate_execution": Kind("executions", "a report is sent twice"),
    "reordered_executions": Kind("executions", "a report is sent after the one that follows it"),
    "lost_execution": Kind("executions", "a report is lost, so that the sequence has a gap"),
    "sequence_gap": Kind("executions", "the sequence skips a number although nothing is lost"),
    "unnoticed_loss": Kind("executions", "a report is lost, and the sequence does not show it"),
    "tokens_revoked": Kind("state", "every token ends, also those that connections live on"),
    "closed_orders_lag": Kind(
        "state", "REST's history learns of ended orders and fills `seconds` late", ("seconds",)
    ),
    "permission_removed": Kind(
        "state", "keys (or `api_key`) lose `permission` for `seconds`", ("permission",)
    ),
    "key_revoked": Kind("state", "keys (or `api_key`) are invalid for `seconds`"),
    "outage": Kind("state", "nothing listens on the port for `seconds`", ("seconds",)),
    "system_status": Kind("state", "the engine's state becomes `status`", ("status",)),
    "pair_status": Kind(
        "state", "`symbol` becomes `status`; `delisted` takes it away", ("symbol", "status")
    ),
    "pair_rename": Kind(
        "change",
        "`symbol` and all pairs of its base asset go on under that of `to`",
        ("symbol", "to"),
    ),
    "clock_offset": Kind("state", "the exchange's clock is `seconds` ahead", ("seconds",)),
    "strict_rate_limit": Kind("state", "public REST refuses more than one call per second"),
}

_EVERYWHERE = ("kind", "times")
_FIELDS: Mapping[Place, tuple[str, ...]] = {
    "rest": ("endpoint", "seconds"),
    "book": ("symbol",),
    "subscribe": ("symbol", "channel"),
    "socket": ("seconds",),
    "order": ("endpoint", "seconds"),
    "call": ("endpoint", "seconds"),
    "token": (),
    "executions": ("exec_type",),
    "state": ("symbol", "status", "seconds", "permission", "api_key"),
    "change": ("symbol", "to"),
}
_MOST_TIMES = 1_000_000
_SYMBOL = re.compile(r"[A-Z0-9]{2,10}/[A-Z0-9]{2,10}")
_MOST_SECONDS = 1_000_000_000


class FaultRefused(ValueError):
    """What was asked for is no fault; the text says why."""


@dataclass(slots=True)
class Fault:
    """One armed fault."""

    kind: str
    times: int = 1
    symbol: str | None = None
    endpoint: str | None = None
    channel: str | None = None
    seconds: float | None = None
    status: str | None = None
    permission: str | None = None
    api_key: str | None = None
    exec_type: str | None = None
    to: str | None = None

    def told(self) -> dict[str, object]:
        """Only what was asked for, as JSON."""
        names = (*_EVERYWHERE, *_FIELDS[KINDS[self.kind].place])
        fields = {name: getattr(self, name) for name in names}
        return {name: value for name, value in fields.items() if value is not None}


class Faults:
    """The armed faults, in the order in which they were armed."""

    def __init__(self) -> None:
        self.armed: list[Fault] = []

    def arm(self, asked: Mapping[str, Any]) -> Fault:
        """Arm what ``POST /sim/faults`` asks for.

        Raises:
            FaultRefused: unknown kind or field, or a value of the wrong kind.
        """
        fault = read_fault(asked)
        self.armed.append(fault)
        return fault

    def take(self, kind: str, **where: str) -> Fault | None:
        """The first armed fault of this kind that fits here, counted down; None if there is none.

        A fault that names a symbol, an endpoint or a channel happens only there.
        """
        for fault in self.armed:
            if fault.kind == kind and all(
                getattr(fault, name) in (None, value) for name, value in where.items()
            ):
                self._count_down(fault)
                return fault
        return None

    def take_at(self, place: Place, **where: str) -> Fault | None:
        """The first armed fault of any kind of this place that fits here."""
        for fault in self.armed:
            if KINDS[fault.kind].place == place:
                taken = self.take(fault.kind, **where)
                if taken is not None:
                    return taken
        return None

    def take_named(self, place: Place, endpoint: str) -> Fault | None:
        """The first armed fault of this place that names this endpoint."""
        for fault in self.armed:
            if KINDS[fault.kind].place == place and fault.endpoint == endpoint:
                self._count_down(fault)
                return fault
        return None

    def take_upgrade(self) -> Fault | None:
        """What is armed against opening a WebSocket: named ``v2``, or a refused connection."""
        for fault in self.armed:
            anywhere = fault.kind == "refuse_connection" and fault.endpoint is None
            if KINDS[fault.kind].place == "rest" and (anywhere or fault.endpoint == "v2"):
                self._count_down(fault)
                return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        fault.times -= 1
        if fault.times <= 0:
            self.armed.remove(fault)

    def clear(self) -> None:
        """Disarm everything."""
        self.armed.clear()


def told_kinds() -> dict[str, str]:
    """Every kind with its one line, for ``GET /sim/faults``."""
    return {name: f"{kind.place}: {kind.meaning}" for name, kind in KINDS.items()}


def read_fault(asked: Mapping[str, Any]) -> Fault:
    """Check a wish for a fault.

    Raises:
        FaultRefused: it is none; the text says why.
    """
    kind = asked.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise FaultRefused(f"unknown kind {kind!r}; the kinds are {', '.join(sorted(KINDS))}")
    known = (*_EVERYWHERE, *_FIELDS[KINDS[kind].place])
    for name in asked:
        if name not in known:
            raise FaultRefused(f"{kind} has no field {name!r}; it has {', '.join(known)}")
    for name in KINDS[kind].needs:
        if asked.get(name) is None:
            raise FaultRefused(f"{kind} needs {name!r}")
    fault = Fault(
        kind,
        _times(asked.get("times", 1)),
        symbol=_text(asked, "symbol"),
        endpoint=_text(asked, "endpoint"),
        channel=_text(asked, "channel"),
        seconds=_seconds(asked.get("seconds"), may_be_past=kind == "clock_offset"),
        status=_text(asked, "status"),
        permission=_text(asked, "permission"),
        api_key=_text(asked, "api_key"),
        exec_type=_text(asked, "exec_type"),
        to=_text(asked, "to"),
    )
    _check_names(fault)
    return fault


def _check_names(fault: Fault) -> None:
    """A misspelt name would make a fault that never happens."""
    states = {"system_status": SYSTEM_STATES, "pair_status": PAIR_STATES}.get(fault.kind)
    for name, known in (("status", states), ("channel", CHANNELS), ("exec_type", _EXEC_TYPES)):
        told = getattr(fault, name)
        if told is not None and known is not None and told not in known:
            raise FaultRefused(f"{name} {told!r} is none of {', '.join(known)}")
    if fault.to is not None and not _SYMBOL.fullmatch(fault.to):
        raise FaultRefused(f"to must look like POL/USD, not {fault.to!r}")


def _times(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_TIMES:
        raise FaultRefused(f"times must be a whole number from 1 to {_MOST_TIMES}")
    return value


def _seconds(value: object, *, may_be_past: bool) -> float | None:
    if value is None:
        return None
    least = -_MOST_SECONDS if may_be_past else 0
    is_truth = isinstance(value, bool)
    if isinstance(value, int | float) and not is_truth and least <= value <= _MOST_SECONDS:
        return value
    raise FaultRefused(f"seconds must be a number from {least} to {_MOST_SECONDS}")


def _text(asked: Mapping[str, Any], name: str) -> str | None:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise FaultRefused(f"{name} must be a string")
    return value
