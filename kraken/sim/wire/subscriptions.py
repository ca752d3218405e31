"""What one WebSocket connection asked for, and how each of its requests is answered.

Pure: text in, replies out. Rules (docs: https://docs.kraken.com/api/docs/guides/spot-ws-intro and
the page of each channel; the error texts are those seen on the wire):

* Several symbols in one request are answered by one reply each, some of which may be refusals.
* ``req_id`` is echoed when it was given, and absent when it was not.
* A request is refused as a whole when a field is unknown or has the wrong JSON type.
* One connection holds one depth per symbol, but several candle intervals side by side.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from kraken.sim.wire.api_error import ApiError

DEPTHS = (10, 25, 100, 500, 1000)
INTERVALS = (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)
TRIGGERS = ("trades", "bbo")
VENUES = ("international", "bitnomial-exchange")

_SUBSCRIBABLE: Mapping[str, frozenset[str]] = {
    "book": frozenset({"channel", "symbol", "depth", "snapshot"}),
    "ticker": frozenset({"channel", "symbol", "event_trigger", "snapshot"}),
    "trade": frozenset({"channel", "symbol", "snapshot"}),
    "ohlc": frozenset({"channel", "symbol", "interval", "snapshot"}),
    "instrument": frozenset(
        {"channel", "snapshot", "include_tokenized_assets", "execution_venue"}
    ),
}
ACCOUNT_CHANNELS = ("executions", "balances")
"""Channels that need a token and no symbol."""

_PRIVATE_CHANNELS = frozenset({"executions", "balances", "level3"})
_PRIVATE_METHODS = frozenset(
    {
        "add_order",
        "amend_order",
        "edit_order",
        "cancel_order",
        "cancel_all",
        "cancel_all_orders_after",
        "batch_add",
        "batch_cancel",
    }
)
_WARNINGS = {
    "ohlc": ["timestamp is deprecated, use interval_begin"],
    "instrument": ["tick_size is deprecated, use price_increment"],
}
_TYPES: Mapping[str, tuple[type, str]] = {
    "symbol": (list, "an array"),
    "snapshot": (bool, "a boolean"),
    "include_tokenized_assets": (bool, "a boolean"),
    "depth": (int, "a number_integer"),
    "interval": (int, "a number_integer"),
    "event_trigger": (str, "a string"),
    "execution_venue": (str, "a string"),
    "token": (str, "a string"),
}

Reply = dict[str, object]


@dataclass(frozen=True, slots=True)
class Feed:
    """One stream of messages: a channel of one symbol with its option.

    ``option`` is the depth of a book, the minutes of candles, the trigger of a ticker.
    """

    channel: str
    symbol: str = ""
    option: int | str = 0


@dataclass(slots=True)
class Answer:
    """What follows from one request."""

    replies: list[Reply] = field(default_factory=list)
    opened: list[tuple[Feed, bool]] = field(default_factory=list)
    """Feeds that begin; True where a snapshot was wanted (or not spoken of)."""
    closed: list[Feed] = field(default_factory=list)


class PrivateWire(Protocol):
    """What a connection may do with a token; an ``ApiError`` refuses it."""

    def subscribe(self, params: dict[str, Any]) -> Reply:
        """Check a private subscription; its ``result``."""

    def unsubscribe(self, params: dict[str, Any]) -> Reply:
        """End one; its ``result``."""

    def trade(self, method: str, params: dict[str, Any]) -> list[Reply]:
        """Do what a trading method asks; the replies, without method and times."""


class _Refused(Exception):
    """The request is answered with this error text."""


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


class Subscriptions:
    """The feeds of one connection; ``receive`` answers whatever the client sends."""

    def __init__(
        self, is_listed: Callable[[str], bool], private: PrivateWire | None = None
    ) -> None:
        self.feeds: set[Feed] = set()
        self.began = False
        """True from the first accepted subscription on, even when it ended again."""
        self._is_listed = is_listed
        self._private = private

    def receive(self, text: str) -> Answer:
        """Answer one text frame. Replies lack ``time_in`` and ``time_out``."""
        answer = Answer()
        try:
            request = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            request = None
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            answer.replies.append(
                {"error": "Malformed request", "method": "error", "success": False}
            )
            return answer
        try:
            self._answer(request, answer)
        except (_Refused, ApiError) as refusal:
            answer.replies.append(_refusal(request, str(refusal)))
        return answer

    def _answer(self, request: dict[str, Any], answer: Answer) -> None:
        method = request["method"]
        for name in request:
            if name not in ("method", "params", "req_id"):
                raise _Refused(_unsupported(name, method))
        if "req_id" in request and not _is(request["req_id"], int):
            del request["req_id"]
            raise _Refused("Req_id field must be a number_integer")
        if method == "ping":
            if "params" in request:
                raise _Refused(_unsupported("params", method))
            answer.replies.append(_echo(request, {"method": "pong"}))
        elif method in ("subscribe", "unsubscribe"):
            self._subscribe(request, answer)
        elif method in _PRIVATE_METHODS:
            self._trade(request, answer)
        else:
            raise _Refused("Unsupported event")

    def _trade(self, request: dict[str, Any], answer: Answer) -> None:
        params = _params(request)
        if self._private is None:
            raise _Refused(_token_fault(params))
        for reply in self._private.trade(request["method"], params):
            answer.replies.append(_echo(request, {"method": request["method"], **reply}))

    def _subscribe_private(
        self, private: PrivateWire, request: dict[str, Any], answer: Answer
    ) -> None:
        params = _params(request)
        feed = Feed(params["channel"])
        if request["method"] == "subscribe":
            result = private.subscribe(params)
            self.feeds.add(feed)
            self.began = True
            answer.opened.append((feed, True))
        else:
            result = private.unsubscribe(params)
            self.feeds.discard(feed)
            answer.closed.append(feed)
        reply: Reply = {"method": request["method"], "result": result, "success": True}
        answer.replies.append(_echo(request, reply))

    def _subscribe(self, request: dict[str, Any], answer: Answer) -> None:
        params = _params(request)
        if self._private is not None and params.get("channel") in ACCOUNT_CHANNELS:
            return self._subscribe_private(self._private, request, answer)
        channel = _channel(params)
        _check_types(params)
        for name in params:
            if name not in _SUBSCRIBABLE[channel]:
                raise _Refused(_unsupported(name, request["method"]))
        for symbol in _symbols(channel, params):
            try:
                feed = self._feed(channel, symbol, params)
                self._toggle(request["method"], feed)
            except _Refused as refusal:
                answer.replies.append(_refusal(request, str(refusal), symbol))
                continue
            result = _result(feed, params)
            reply: Reply = {"method": request["method"], "result": result, "success": True}
            answer.replies.append(_echo(request, reply))
            if request["method"] == "subscribe":
                answer.opened.append((feed, bool(params.get("snapshot", True))))
            else:
                answer.closed.append(feed)
        return None

    def _feed(self, channel: str, symbol: str, params: Mapping[str, Any]) -> Feed:
        if channel == "instrument":
            if params.get("execution_venue", VENUES[0]) not in VENUES:
                raise _Refused("Subscription execution_venue not supported")
            return Feed(channel)
        if not self._is_listed(symbol):
            raise _Refused(f"Currency pair not supported {symbol}")
        return Feed(channel, symbol, _option(channel, params))

    def _toggle(self, method: str, feed: Feed) -> None:
        if method == "unsubscribe":
            if feed not in self.feeds:
                raise _Refused("Subscription Not Found")
            self.feeds.remove(feed)
            return
        for held in self.feeds:
            same = held.channel == feed.channel and held.symbol == feed.symbol
            if same and (feed.channel != "ohlc" or held.option == feed.option):
                raise _Refused("Already subscribed")
        self.feeds.add(feed)
        self.began = True


def _params(request: Mapping[str, Any]) -> dict[str, Any]:
    params = request.get("params", {})
    if not isinstance(params, dict):
        raise _Refused("Params field must be an object")
    return params


def _channel(params: Mapping[str, Any]) -> str:
    channel = params.get("channel")
    if not isinstance(channel, str):
        raise _Refused("Unsupported event")
    if channel in _PRIVATE_CHANNELS:
        raise _Refused(_token_fault(params))
    if channel not in _SUBSCRIBABLE:
        raise _Refused("Unsupported event")
    return channel


def _token_fault(params: Mapping[str, Any]) -> str:
    """Where there are no accounts, no token can be a good one."""
    return "ESession:Invalid session" if params.get("token") else "Token(s) not found"


def _unsupported(name: str, method: str) -> str:
    return f"Unsupported field: '{name}' for the given msg type: {method.replace('_', ' ')}"


def _check_types(params: Mapping[str, Any]) -> None:
    for name, value in params.items():
        kind, words = _TYPES.get(name, (object, ""))
        if not _is(value, kind):
            raise _Refused(f"{name.capitalize()} field must be {words}")
    for symbol in params.get("symbol", ()):
        if not isinstance(symbol, str):
            raise _Refused("Symbol field must be an array of strings")


def _symbols(channel: str, params: Mapping[str, Any]) -> list[str]:
    if channel == "instrument":
        return [""]
    symbols: list[str] = params.get("symbol", [])
    if not symbols:
        raise _Refused("Symbol(s) not found")
    return symbols


def _option(channel: str, params: Mapping[str, Any]) -> int | str:
    if channel == "book":
        depth: int = params.get("depth", DEPTHS[0])
        if depth not in DEPTHS:
            raise _Refused("Subscription depth not supported")
        return depth
    if channel == "ohlc":
        if "interval" not in params:
            raise _Refused("Subscription ohlc requires interval")
        interval: int = params["interval"]
        if interval not in INTERVALS:
            raise _Refused("Subscription ohlc interval not supported")
        return interval
    if channel == "ticker":
        trigger: str = params.get("event_trigger", TRIGGERS[0])
        if trigger not in TRIGGERS:
            raise _Refused("Subscription event_trigger not supported")
        return trigger
    return 0


_OPTION_NAMES = {"book": "depth", "ohlc": "interval", "ticker": "event_trigger"}


def _result(feed: Feed, params: Mapping[str, Any]) -> Reply:
    result: Reply = {"channel": feed.channel, "snapshot": params.get("snapshot", True)}
    if feed.symbol:
        result["symbol"] = feed.symbol
    if feed.channel in _OPTION_NAMES:
        result[_OPTION_NAMES[feed.channel]] = feed.option
    if feed.channel in _WARNINGS:
        result["warnings"] = _WARNINGS[feed.channel]
    return result


def _echo(request: Mapping[str, Any], reply: Reply) -> Reply:
    if "req_id" in request:
        reply["req_id"] = request["req_id"]
    return reply


def _refusal(request: Mapping[str, Any], error: str, symbol: str | None = None) -> Reply:
    reply: Reply = {"error": error, "method": request["method"], "success": False}
    params = request.get("params")
    if symbol is None and isinstance(params, dict):
        named = params.get("symbol")
        if isinstance(named, list) and named and isinstance(named[0], str):
            symbol = named[0]
    if symbol:
        reply["symbol"] = symbol
    return _echo(request, reply)
