"""The bytes between python-telegram-bot and Telegram, over aiohttp.

The library's own way costs four times the processor time of everything else that is done for an
answer, and each answer of one chat makes the order of another wait. Proxies and certificates are
found as there: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR.
"""

import io
import os
import ssl
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

_CONNECT = 5.0
_TURN = 10.0
"""How long a request waits for a connection that is free."""
_UPLOAD = 60.0
"""How long an answer may take when there is a file to send first."""
_SLOWEST = 64 * 2**10
"""Bytes in a second below which a file is not on its way any more. Nothing of an answer is waited
for before all is written, and whatever else is to be said in that chat waits for this."""
_PROXIES = ("http", "https")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# What aiohttp raises before the first byte of a request has left.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class NotReached(NetworkError):
    """There was no connection, so nothing was sent."""


class Wire(BaseRequest):
    """Requests to one address, so many at once; connections stay open between them."""

    def __init__(self, address: str, at_once: int, *, read_timeout: float = 15.0) -> None:
        """
        Raises:
            ValueError: the proxy that the environment names cannot be used.
            OSError: there are no certificates where the environment says.
        """
        self._at_once = at_once
        self._read_timeout = read_timeout
        self.proxy = _proxy_for(address)
        """What stands on the way; None if nothing does."""
        self._trust = _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        self._http: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds without a byte of the answer."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing: the first request opens what it needs."""

    async def shutdown(self) -> None:
        """Close the connections; a later request opens new ones."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Send it once and return the answer's status and body.

        Raises:
            NotReached: nothing was sent.
            NetworkError: it may have arrived, or not.
        """
        files = request_data.multipart_data if request_data else None
        seconds = self._read_timeout if read_timeout is self.DEFAULT_NONE else read_timeout
        size = _size(request_data)
        try:
            async with self._session().request(
                method,
                url,
                data=_body(request_data),
                headers=_FORM if request_data and not files else None,
                proxy=self.proxy,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=_UPLOAD + size / _SLOWEST if files else None,
                    connect=_TURN,
                    sock_connect=_CONNECT,
                    sock_read=_UPLOAD if files else seconds,
                ),
            ) as answer:
                return answer.status, await answer.read()
        # Only the kind of an error is told: some hold the address, and with it the token.
        except _NOT_SENT as error:
            failure: NetworkError = NotReached(type(error).__name__)
        except TimeoutError:
            failure = TimedOut()
        except (aiohttp.ClientError, OSError) as error:
            failure = NetworkError(type(error).__name__)
        raise failure

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._at_once, ssl=self._trust),
                headers={"User-Agent": self.USER_AGENT},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._http


def _body(request_data: RequestData | None) -> bytes | aiohttp.FormData | None:
    if request_data is None:
        return None
    fields = request_data.json_parameters
    if not request_data.multipart_data:
        return urlencode(fields).encode()
    form = aiohttp.FormData(fields)
    for name, (filename, content, kind) in request_data.multipart_data.items():
        piecewise = io.BytesIO(content) if isinstance(content, bytes) else content
        form.add_field(name, piecewise, filename=filename, content_type=kind)
    return form


def _size(request_data: RequestData | None) -> int:
    """Bytes of the files in it."""
    files = request_data.multipart_data if request_data else {}
    return sum(len(content) for _, content, _ in files.values() if isinstance(content, bytes))


def _proxy_for(address: str) -> str | None:
    """The proxy on the way to an address."""
    proxies = {kind: url for kind, url in getproxies().items() if kind in (*_PROXIES, "all")}
    for url in proxies.values():
        if urlsplit(url).scheme not in _PROXIES:
            raise ValueError("a proxy must be http:// or https://")
    parts = urlsplit(address)
    if proxy_bypass(parts.hostname or ""):
        return None
    return proxies.get(parts.scheme) or proxies.get("all")


@lru_cache(maxsize=4)
def _trust(cafile: str | None, capath: str | None) -> ssl.SSLContext:
    # One for all: to read the certificates of a machine takes longer than the rest of a start.
    return ssl.create_default_context(cafile=cafile, capath=capath)
