"""REST under ``/0``: one table from path to answer, Kraken's envelope, its limits, its faults.

Rules (docs: https://docs.kraken.com/api/docs/guides/spot-rest-intro): an answer is
``{"error":[],"result":...}``; an API error comes with status 200, its text in ``error`` and no
``result`` at all; public endpoints take GET, private ones POST.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from json import JSONDecodeError, dumps

from aiohttp import web

from kraken.sim.faults import Fault, Faults
from kraken.sim.numbers import NANOS, http_date
from kraken.sim.private.keys import Knock
from kraken.sim.private.service import ALTHOUGH_PLACED, INSTEAD, Answer, Private
from kraken.sim.venue import Venue
from kraken.sim.wire import rest_public
from kraken.sim.wire.api_error import ApiError
from kraken.sim.wire.rest_public import Query

PUBLIC: Mapping[str, Callable[[Venue, Query], object]] = {
    "Time": rest_public.server_time,
    "SystemStatus": rest_public.system_status,
    "Assets": rest_public.assets,
    "AssetPairs": rest_public.asset_pairs,
    "Ticker": rest_public.ticker,
    "OHLC": rest_public.ohlc,
    "Depth": rest_public.depth,
    "GroupedBook": rest_public.grouped_book,
    "Trades": rest_public.trades,
    "Spread": rest_public.spread,
}
_BY_POST = frozenset({"GroupedBook"})
"""Public, but its page shows a JSON body; both ways work."""

_BY_PAIR = frozenset({"OHLC", "Depth", "Trades", "Spread", "GroupedBook"})
"""Endpoints whose calls are counted for each pair."""

_PAGE = (
    "<!DOCTYPE html>\n<html><head><title>api.kraken.com | {0}: {1}</title></head>\n"
    "<body><h1>{1}</h1><p>Error code {0}. Cloudflare.</p></body></html>\n"
)
_PAGES = {
    "http_502_html": (502, "Bad gateway"),
    "http_520": (520, "Web server is returning an unknown error"),
    "http_429": (429, "Too Many Requests"),
    "html_200": (200, "Please log in to the network"),
}
_ERRORS = {
    "service_unavailable": "EService:Unavailable",
    "service_busy": "EService:Busy",
    "rate_limited": "EAPI:Rate limit exceeded",
    "too_many_requests": "EGeneral:Too many requests",
    "internal_error": "EGeneral:Internal error",
}


_SILENCE_S = 60
"""Longer than any client waits."""


class CallCounter:
    """Calls per caller in a counter that decays: full means refused."""

    def __init__(self, most: float, per_second: float) -> None:
        self._most = most
        self._per_second = per_second
        self._counts: dict[str, tuple[float, float]] = {}

    def allows(self, caller: str, now_s: float) -> bool:
        """Count one call; False (and not counted) when the counter is full."""
        count, at_s = self._counts.get(caller, (0.0, now_s))
        count = max(0.0, count - (now_s - at_s) * self._per_second)
        allowed = count + 1 <= self._most
        self._counts[caller] = (count + 1 if allowed else count, now_s)
        return allowed


def generous() -> CallCounter:
    """What a local demonstration never meets, but a client gone wild does."""
    return CallCounter(most=1000, per_second=200)


def strict() -> CallCounter:
    """What the real exchange is safe with: about one call per second."""
    return CallCounter(most=1, per_second=1)


def strict_upgrades() -> CallCounter:
    """About 150 attempts to open a WebSocket in ten minutes."""
    return CallCounter(most=150, per_second=150 / 600)


class Rest:
    """Everything under ``/0``."""

    def __init__(
        self, venue: Venue, faults: Faults, seconds: Callable[[], float], private: Private
    ) -> None:
        self.calls: dict[str, int] = {}
        """Requests per endpoint, spoilt and refused ones included."""
        self.limit = generous()
        self.upgrades = generous()
        self._venue = venue
        self._faults = faults
        self._seconds = seconds
        self._private = private

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, or spoil it if that was asked for."""
        endpoint = request.match_info["endpoint"]
        self.calls[endpoint] = self.calls.get(endpoint, 0) + 1
        fault = self._faults.take_at("rest", endpoint=endpoint)
        if fault is not None:
            return await self._spoil(fault, request, endpoint)
        if _is_private(request):
            fault = self._private.take_order_fault(endpoint)
        if fault is not None:
            return await self._spoil_order(fault, request, endpoint)
        return self._reply(await self._answer(request, endpoint))

    async def _answer(self, request: web.Request, endpoint: str) -> dict[str, object]:
        if _is_private(request):
            return self._private.answer(await _knock(request, endpoint)).body
        try:
            return {"error": [], "result": await self._result(request, endpoint)}
        except ApiError as error:
            return {"error": [str(error)]}

    async def _result(self, request: web.Request, endpoint: str) -> object:
        if request.match_info.get("side", "public") != "public":
            raise ApiError("EAPI:Bad request")
        answer = PUBLIC.get(endpoint)
        if answer is None:
            raise ApiError("EGeneral:Unknown method")
        query: Query = request.query
        if request.method == "POST":
            if endpoint not in _BY_POST:
                raise ApiError("EAPI:Bad request")
            query = await _body(request)
        self._count(request, endpoint, query)
        return answer(self._venue, query)

    def _count(self, request: web.Request, endpoint: str, query: Query) -> None:
        caller = request.remote or ""
        if endpoint in _BY_PAIR:
            caller = f"{caller} {endpoint} {query.get('pair', '')}"
        if not self.limit.allows(caller, self._seconds()):
            raise ApiError("EAPI:Rate limit exceeded")

    def _reply(self, body: dict[str, object], *, cut: bool = False) -> web.Response:
        text = dumps(body, separators=(",", ":"), ensure_ascii=False)
        return web.Response(
            text=text[: len(text) // 2] if cut else text,
            content_type="application/json",
            headers={"Date": http_date(self._venue.now_ns())},
        )

    async def spoil_upgrade(self, request: web.Request) -> web.StreamResponse | None:
        """What goes wrong with opening a WebSocket, if anything; its endpoint is ``v2``."""
        fault = self._faults.take_upgrade()
        if fault is None and not self.upgrades.allows(request.remote or "", self._seconds()):
            fault = Fault("http_429")
        return None if fault is None else await self._spoil(fault, request, "v2")

    async def _spoil(
        self, fault: Fault, request: web.Request, endpoint: str
    ) -> web.StreamResponse:
        kind = fault.kind
        if kind == "refuse_connection":
            return _reset(request)
        if kind in _PAGES:
            return _page(kind)
        if kind == "empty_body":
            return web.Response(content_type="application/json")
        if kind in _ERRORS:
            return self._reply({"error": [_ERRORS[kind]]})
        seconds = max(0.0, fault.seconds or 0.0)
        if kind == "throttled":
            until_s = self._venue.now_ns() // NANOS + int(seconds)
            return self._reply({"error": [f"EService: Throttled: {until_s}"]})
        return await self._spoil_answer(kind, seconds, request, endpoint)

    async def _spoil_answer(
        self, kind: str, seconds: float, request: web.Request, endpoint: str
    ) -> web.StreamResponse:
        """The right answer, but late, in drips, or not all of it."""
        if kind == "slow_reply":
            await asyncio.sleep(seconds)
        body = await self._answer(request, endpoint)
        if kind == "cut_mid_reply":
            return await _cut(request, dumps(body).encode())
        if kind == "slow_drip":
            return await _drip(request, dumps(body).encode(), seconds)
        return self._reply(body, cut=kind == "truncated_body")

    async def _spoil_order(
        self, fault: Fault, request: web.Request, endpoint: str
    ) -> web.StreamResponse:
        """What goes wrong with a call that moves money: done or not, the client cannot tell."""
        knock, private = await _knock(request, endpoint), self._private
        if fault.kind in INSTEAD:
            return self._reply({"error": [INSTEAD[fault.kind]]})
        if fault.kind == "late_arrival":
            private.answer_late(knock, fault)
        if fault.kind in ("late_arrival", "drop_request"):
            return _reset(request)
        return await self._spoil_done(fault, request, private.answer(knock))

    async def _spoil_done(
        self, fault: Fault, request: web.Request, answer: Answer
    ) -> web.StreamResponse:
        """What goes wrong after it was done."""
        if fault.kind in ALTHOUGH_PLACED:
            return self._reply({"error": [ALTHOUGH_PLACED[fault.kind]]})
        page = {"reply_502_after_place": "http_502_html", "reply_html": "html_200"}.get(fault.kind)
        if page is not None:
            return _page(page)
        if fault.kind == "place_then_drop_reply":
            return _reset(request)
        if fault.kind == "place_then_silence":
            await asyncio.sleep(_SILENCE_S if fault.seconds is None else fault.seconds)
            return _reset(request)
        if fault.kind == "late_reply":
            await asyncio.sleep(max(0.0, fault.seconds or 0.0))
        if fault.kind == "place_and_fill_before_reply":
            self._private.fill(answer)
        return self._reply(answer.body, cut=fault.kind == "reply_truncated")


def _is_private(request: web.Request) -> bool:
    return request.match_info.get("side") == "private" and request.method == "POST"


async def _knock(request: web.Request, endpoint: str) -> Knock:
    """The request as it came, its body to the byte."""
    path = request.rel_url.raw_path
    body = await request.read()
    return Knock(endpoint, path, request.headers, body, request.content_type)


def _page(kind: str) -> web.Response:
    status, title = _PAGES[kind]
    return web.Response(status=status, text=_PAGE.format(status, title), content_type="text/html")


async def _body(request: web.Request) -> Query:
    try:
        body = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise ApiError("EAPI:Bad request") from None
    if not isinstance(body, dict):
        raise ApiError("EAPI:Bad request")
    return {str(name): str(value) for name, value in body.items()}


def _reset(request: web.Request) -> web.Response:
    """End the connection without a reply."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _drip(request: web.Request, body: bytes, seconds: float) -> web.StreamResponse:
    """Send the whole body, but byte after byte."""
    reply = web.StreamResponse(headers={"Content-Type": "application/json"})
    reply.content_length = len(body)
    await reply.prepare(request)
    with suppress(ConnectionResetError):  # nobody has to wait for the end
        for byte in body:
            await asyncio.sleep(seconds / len(body))
            await reply.write(bytes([byte]))
    return reply


async def _cut(request: web.Request, body: bytes) -> web.StreamResponse:
    """Promise a whole reply and send half of it."""
    reply = web.StreamResponse(headers={"Content-Type": "application/json"})
    reply.content_length = len(body)
    await reply.prepare(request)
    await reply.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return reply
