"""What is said to Kraken over WebSocket v2, public side (docs: WebSocket API v2)."""

from collections.abc import Sequence

import msgspec

from kraken.core.types import Symbol


class _Params(msgspec.Struct, omit_defaults=True):
    channel: str
    symbol: list[Symbol] = []
    depth: int | None = None
    interval: int | None = None
    event_trigger: str | None = None
    snapshot: bool | None = None


class _Request(msgspec.Struct, omit_defaults=True):
    method: str
    params: _Params | None = None
    req_id: int | None = None


_encode = msgspec.json.Encoder().encode


def subscribe(
    channel: str,
    symbols: Sequence[Symbol],
    request_id: int,
    *,
    depth: int | None = None,
    interval: int | None = None,
) -> str:
    """Ask for a channel with its snapshot; Kraken answers once for each symbol."""
    params = _Params(channel, list(symbols), depth, interval, snapshot=True)
    if channel == "ticker":
        # The default reports best prices only when somebody trades: minutes old on a quiet pair.
        params.event_trigger = "bbo"
    return _encode(_Request("subscribe", params, request_id)).decode()


def unsubscribe(
    channel: str,
    symbols: Sequence[Symbol],
    request_id: int,
    *,
    depth: int | None = None,
    interval: int | None = None,
) -> str:
    """End a subscription; answered in the shape of a subscribe, apart from the method."""
    params = _Params(channel, list(symbols), depth, interval)
    if channel == "ticker":
        params.event_trigger = "bbo"
    return _encode(_Request("unsubscribe", params, request_id)).decode()


def ping(request_id: int) -> str:
    """Ask for a pong; Kraken refuses a ping with params."""
    return _encode(_Request("ping", req_id=request_id)).decode()
