"""The exchange's control side under ``/sim``: move the market and the clock, arm faults, look in.

JSON in, JSON out; whatever is wrong with a call is ``{"error": "..."}`` with status 400. Only
programs on this machine may call it, and no web page on behalf of its visitor: peer, ``Host`` and
``Origin`` must all be loopback.
"""

from collections.abc import Awaitable, Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from ipaddress import ip_address
from json import JSONDecodeError
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web

from kraken.sim.faults import Faults, told_kinds
from kraken.sim.venue import Venue

MOST_SECONDS = 7 * 86_400
"""How far the clock can be advanced in one call."""


Leap = Callable[[float], Awaitable[None]]
"""Puts the clock forward by so many seconds."""


class Controlled(Protocol):
    """What the control side needs of the exchange."""

    venue: Venue
    faults: Faults
    leap: Leap

    def arm(self, asked: Mapping[str, Any]) -> None:
        """Arm a fault; a ``ValueError`` says what is wrong with it."""

    def disarm(self) -> None:
        """Disarm every fault and undo what lasts."""

    def move(self, symbol: str, ticks: int) -> None:
        """Take the market of one pair to a price."""

    def stats(self) -> dict[str, object]:
        """Figures about the wire."""

    def add_user(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Make an account; a ``ValueError`` says why it cannot be."""

    def pay_in(self, asked: Mapping[str, Any]) -> dict[str, str]:
        """Let money come in from outside; a ``ValueError`` says why it cannot."""

    def journal(self) -> dict[str, object]:
        """The truth about every order and fill."""


class Control:
    """The handlers of ``/sim``."""

    def __init__(self, exchange: Controlled) -> None:
        self._exchange = exchange

    def routes(self) -> list[web.RouteDef]:
        """Every call of the control side."""
        return [
            web.post("/sim/market", self.market),
            web.post("/sim/clock", self.clock),
            web.post("/sim/faults", self.arm),
            web.get("/sim/faults", self.armed),
            web.delete("/sim/faults", self.disarm),
            web.get("/sim/stats", self.stats),
            web.post("/sim/users", self.add_user),
            web.post("/sim/deposits", self.pay_in),
            web.get("/sim/journal", self.journal),
        ]

    async def market(self, request: web.Request) -> web.Response:
        """Move one pair to a price, rounded to its tick."""
        asked = await _asked(request)
        _know(asked, ("symbol", "price"))
        venue, symbol = self._exchange.venue, str(asked.get("symbol"))
        if not venue.knows(symbol):
            raise ValueError(f"unknown symbol {asked.get('symbol')!r}; it looks like BTC/USD")
        pair = venue.pairs[symbol]
        price = _number(asked.get("price"), "price")
        step = Decimal(pair.tick_size)
        ticks = int((price / step).to_integral_value(ROUND_HALF_EVEN))
        if ticks < 1:
            raise ValueError(f"price must be {pair.tick_size} or more")
        self._exchange.move(pair.symbol, ticks)
        return web.json_response({"symbol": pair.symbol, "price": format(ticks * step, "f")})

    async def clock(self, request: web.Request) -> web.Response:
        """Let that many seconds of market pass at once."""
        asked = await _asked(request)
        _know(asked, ("advance",))
        seconds = _number(asked.get("advance"), "advance")
        if not 0 < seconds <= MOST_SECONDS:
            raise ValueError(f"advance must be more than 0 and at most {MOST_SECONDS} seconds")
        await self._exchange.leap(float(seconds))
        return web.json_response({"now_ns": self._exchange.venue.now_ns()})

    async def arm(self, request: web.Request) -> web.Response:
        """Arm a fault."""
        self._exchange.arm(await _asked(request))
        return await self.armed(request)

    async def armed(self, request: web.Request) -> web.Response:
        """What is armed, and what could be."""
        armed = [fault.told() for fault in self._exchange.faults.armed]
        return web.json_response({"armed": armed, "kinds": told_kinds()})

    async def disarm(self, request: web.Request) -> web.Response:
        """Disarm everything."""
        self._exchange.disarm()
        return await self.armed(request)

    async def stats(self, request: web.Request) -> web.Response:
        """Figures about the wire."""
        return web.json_response(self._exchange.stats())

    async def add_user(self, request: web.Request) -> web.Response:
        """Make an account; its key and secret."""
        asked = await _asked(request) if request.can_read_body else {}
        return web.json_response(self._exchange.add_user(asked))

    async def pay_in(self, request: web.Request) -> web.Response:
        """Money comes in from outside, and whoever follows the account hears of it."""
        return web.json_response(self._exchange.pay_in(await _asked(request)))

    async def journal(self, request: web.Request) -> web.Response:
        """Everything that was accepted and everything that was filled."""
        return web.json_response(self._exchange.journal())


async def _asked(request: web.Request) -> dict[str, Any]:
    try:
        asked = await request.json()
    except (JSONDecodeError, UnicodeDecodeError):
        raise ValueError("the body must be JSON") from None
    if not isinstance(asked, dict):
        raise ValueError("the body must be a JSON object")
    return asked


def _know(asked: Mapping[str, Any], fields: tuple[str, ...]) -> None:
    for name in asked:
        if name not in fields:
            raise ValueError(f"there is no field {name!r}; there is {', '.join(fields)}")


def _number(value: object, name: str) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("nan")
    if isinstance(value, bool) or not number.is_finite() or abs(number) > 10**15:
        raise ValueError(f"{name} must be a number, not {value!r}")
    return number


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False


def _from_here(request: web.Request) -> bool:
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    return (
        is_loopback(request.remote)
        and is_loopback(host)
        and (origin is None or is_loopback(urlsplit(origin).hostname))
    )


@web.middleware
async def guard(request: web.Request, handler: Any) -> web.StreamResponse:
    """Refuse strangers on the control side, word its errors, and let go of who has gone."""
    try:
        if request.path.startswith("/sim/"):
            return await _controlled(request, handler)
        reply: web.StreamResponse = await handler(request)
    except ConnectionError:
        return web.Response()  # nobody is there to read it
    return reply


async def _controlled(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        if not _from_here(request):
            raise ValueError("the control side answers this machine only")
        reply: web.StreamResponse = await handler(request)
    except ValueError as error:
        return web.json_response({"error": str(error)}, status=400)
    except web.HTTPException as error:
        return web.json_response({"error": error.reason}, status=400)
    return reply
