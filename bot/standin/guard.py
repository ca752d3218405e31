"""Only this machine, and only its owner's own pages, may talk to the local Telegram.

* The peer must be a loopback address.
* The Host must name loopback: a page elsewhere whose name suddenly points here is refused.
* A request that a browser sends from another origin is refused, so that no web page can drive the
  chat; person's calls must be JSON, which no form can send.
"""

import ipaddress
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses strangers with 403, and person's calls that are not JSON with 400."""
    complaint = _complaint(request)
    if complaint:
        return web.json_response({"error": complaint}, status=403)
    is_act = request.path.startswith("/sim/") and request.method == "POST"
    if is_act and request.content_type != "application/json":
        return web.json_response(
            {"error": "send JSON, with Content-Type: application/json"}, status=400
        )
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request.path.startswith("/sim/"):
            raise
        return web.json_response({"error": f"{request.path}: {error.reason}"}, status=400)


def _complaint(request: web.Request) -> str:
    if not is_loopback(request.remote or ""):
        return "only this machine may talk to the local Telegram"
    if "@" in request.host or _host(f"//{request.host}") not in LOOPBACK_NAMES:
        return "the Host must be 127.0.0.1 or localhost"
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        return "a page of another origin may not do this"
    if origin is None and request.headers.get("Sec-Fetch-Site") == "cross-site":
        wants_page = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.path == "/"
        return "" if wants_page else "a page of another origin may not do this"
    return ""


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def is_loopback(address: str) -> bool:
    """Whether this peer is on this machine."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """On every answer: nothing is cached, nothing foreign is run or framed."""
    for name, value in PAGE_HEADERS.items():
        response.headers.setdefault(name, value)
