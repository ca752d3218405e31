"""SignedCalls: what one API key asks of private REST, signed and sent once, and what failed.

Rules:

* Calls of a key go one after the other, from the nonce to the end of the answer: two that race
  each other over two connections would arrive in any order, and one of them would be refused.
* A body is built once; the bytes that were signed are the bytes that are sent. Nothing is sent
  again, neither here nor by aiohttp, which repeats only methods that change nothing.
* Reads raise what public REST raises: ``Rejected``, ``NotSent``, ``Busy``, ``BadData``.
* Commands raise ``Rejected`` (a clear no), ``NotSent`` (nothing left this machine) or
  ``OutcomeUnknown``, which is everything else: whatever comes after the first byte, every status
  but 200, every answer that cannot be read, every word of Kraken's that is not a clear no.
* A command that is cancelled while it runs has an unknown outcome, too.
* A nonce that Kraken refuses is a clear no. A read is asked once more with a fresh one; after the
  second in a row nothing is sent for a while, because too many of them get the address banned.
* Neither the key nor the secret nor a signature is in any text or exception of this module.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from string import ascii_letters, digits
from typing import Protocol, TypeVar
from urllib.parse import urlencode

import aiohttp

from kraken.clock import Clock
from kraken.core.errors import (
    AuthError,
    BadData,
    Busy,
    HeldBack,
    KrakenError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
)
from kraken.core.limiter import PRIVATE_REST, Bucket, Limit
from kraken.core.sign import api_sign, next_nonce, reserve
from kraken.core.types import Credentials

T = TypeVar("T")

LARGEST_BODY = 8 * 1024 * 1024
"""Bytes of an answer, unpacked; the largest real ones have some thousand open orders."""

SHORTEST_DEADLINE = timedelta(seconds=2)
"""What must be left of a deadline when an order is sent; Kraken takes no less."""

READS_REST = (timedelta(seconds=15), timedelta(seconds=60), timedelta(minutes=5))
"""How long reads stop when Kraken's counter is full, the first, second and each further time."""

LOCKED_OUT = timedelta(minutes=16)
"""How long nothing is sent after a lockout: each attempt while it lasts begins it anew."""

_RESERVE = 0.2
"""The part of the counter that only urgent reads may use."""

_BAD_AFTER = 2
"""Refusals of the key itself in a row, after which it is used no more; of nonces, for a while."""

BAD_KEY = "Kraken does not know this key, or its secret is wrong; it is used no more"
BAD_NONCE = (
    "Kraken refuses this key's nonces: another program uses the key, or used it with larger "
    "numbers; make a new key for this bot"
)

_INVALID_NONCE = "EAPI:Invalid nonce"

_KEY_LETTERS = frozenset(ascii_letters + digits + "+/=_-")
_KEY_REFUSED = ("EAPI:Invalid key", "EAPI:Invalid signature")
_REFUSED_AT_THE_DOOR = (
    "EAPI:Rate limit",
    "EGeneral:Temporary lockout",
    "EOrder:Domain rate limit",
    "EOrder:Rate limit",
)
# What aiohttp raises before the first byte of a request has left.
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class NonceStore(Protocol):
    """Where the high-water mark of one key outlives the process."""

    async def nonce_mark(self) -> int:
        """The highest nonce that may have been used; 0 for a new key."""
        ...

    async def raise_nonce_mark(self, mark: int) -> None:
        """Return when the mark is on disk: nonces up to it are used from now on."""
        ...


def conclusion(error: KrakenError) -> KrakenError:
    """What an error allows to conclude of a command: a no, not sent, or nothing at all."""
    if isinstance(error, Rejected | NotSent | OutcomeUnknown):
        return error
    if error.code.replace(": ", ":").startswith(_REFUSED_AT_THE_DOOR):
        return Rejected(error.code)
    return OutcomeUnknown(error.code)


class _Gate:
    """Whether a call may be made now: the key's counter, and what Kraken said lately."""

    def __init__(self, limit: Limit) -> None:
        self._counter = Bucket(limit)
        self._refusals = 0
        self._bad_nonces = 0
        self._rests = 0
        self._reads_from: datetime | None = None
        self._locked_until: datetime | None = None

    @property
    def refusal(self) -> str | None:
        """Why Kraken takes nothing from this key; None while it does."""
        if self._refusals >= _BAD_AFTER:
            return BAD_KEY
        return BAD_NONCE if self._bad_nonces >= _BAD_AFTER else None

    def limit_to(self, limit: Limit) -> None:
        """The account turned out to be of another tier."""
        self._counter.limit = limit

    def level(self, now: datetime) -> tuple[float, float]:
        """How high the counter of calls is, and how high it may rise."""
        return self._counter.level(now), self._counter.limit.maximum

    def check_key(self, now: datetime) -> None:
        """Raise if nothing at all may be sent with this key."""
        if self._refusals >= _BAD_AFTER:
            raise AuthError(BAD_KEY)
        if self._locked_until is not None and now < self._locked_until:
            if self._bad_nonces >= _BAD_AFTER:
                raise AuthError(BAD_NONCE)
            wait = self._locked_until - now
            raise HeldBack("Kraken has locked this key out for a while", wait)

    def wait(self, now: datetime, cost: float, *, urgent: bool = False) -> timedelta:
        """How long until a read of this cost may be made."""
        reserved = 0.0 if urgent else self._counter.limit.maximum * _RESERVE
        wait = self._counter.wait(now, cost + reserved)
        return wait if self._reads_from is None else max(wait, self._reads_from - now)

    def count_read(self, now: datetime, cost: float, *, urgent: bool) -> None:
        """Count a read, or raise how long it has to wait."""
        wait = self.wait(now, cost, urgent=urgent)
        if wait > timedelta(0):
            is_told = self._reads_from is not None and now < self._reads_from
            verb = "was" if is_told else "would be"
            raise RateLimited(f"Kraken's call counter {verb} full", wait)
        self._counter.spend(now, cost)

    def succeeded(self) -> None:
        """An answer came."""
        self._refusals = self._rests = self._bad_nonces = 0

    def failed(self, error: KrakenError, now: datetime) -> None:
        """Take to heart what Kraken said."""
        code = error.code.replace(": ", ":")
        if code.startswith(_KEY_REFUSED):
            self._refusals += 1
        elif code.startswith(_INVALID_NONCE):
            self._bad_nonces += 1
            if self._bad_nonces >= _BAD_AFTER:
                self._locked_until = now + LOCKED_OUT
        elif code.startswith("EGeneral:Temporary lockout"):
            self._locked_until = now + LOCKED_OUT
        elif code.startswith("EAPI:Rate limit"):
            self._reads_from = now + READS_REST[min(self._rests, len(READS_REST) - 1)]
            self._rests += 1
        elif code.startswith("EService:Throttled") and isinstance(error, Busy):
            self._reads_from = now + (error.retry_after or READS_REST[0])
        elif isinstance(error, Rejected):
            # Whoever is told what is wrong with an order was let in.
            self._refusals = self._bad_nonces = 0


class SignedCalls:
    """The calls of one key; the HTTP session stays the caller's.

    There must be one of these for each key, and no other program that uses it.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        credentials: Credentials,
        *,
        clock: Clock,
        nonces: NonceStore,
        tier: str = "starter",
        timeout: float = 10.0,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._credentials = credentials
        self._clock = clock
        self._nonces = nonces
        # Connecting ends long before the rest does, so that it is never taken for it.
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._gate = _Gate(PRIVATE_REST[tier])
        self._lock = asyncio.Lock()
        self._last_nonce: int | None = None
        self._mark = 0

    async def command(
        self,
        endpoint: str,
        asked: Mapping[str, str],
        decode: Callable[[bytes], T],
        deadline: datetime | None = None,
    ) -> T:
        """A call that may move money: an answer, or one of the three conclusions.

        It is not sent when its turn comes too late for its deadline.
        """
        try:
            async with self._lock:
                self._gate.check_key(self._clock.now())
                return await self._call(endpoint, asked, decode, deadline)
        except KrakenError as error:
            concluded = conclusion(error)
            if concluded is error:
                raise
            raise concluded from error

    async def read(
        self,
        endpoint: str,
        asked: Mapping[str, str],
        decode: Callable[[bytes], T],
        *,
        cost: float = 1,
        urgent: bool = False,
    ) -> T:
        """A call that changes nothing; an urgent one may use up what others leave of the counter.

        Raises ``RateLimited`` without asking where Kraken's counter would be exceeded.
        """
        async with self._lock:
            now = self._clock.now()
            self._gate.check_key(now)
            self._gate.count_read(now, cost, urgent=urgent)
            try:
                return await self._call(endpoint, asked, decode, None)
            except AuthError as error:
                if not error.code.startswith(_INVALID_NONCE):
                    raise
            self._gate.check_key(self._clock.now())
            return await self._call(endpoint, asked, decode, None)

    @property
    def refusal(self) -> str | None:
        """Why Kraken takes nothing from this key any more; None while it does."""
        return self._gate.refusal

    def wait(self, cost: float) -> timedelta:
        """How long until reads of this cost fit, and leave what is kept for urgent ones."""
        return self._gate.wait(self._clock.now(), cost)

    def level(self) -> tuple[float, float]:
        """How high the counter of calls is, and how high it may rise."""
        return self._gate.level(self._clock.now())

    def limit_to(self, tier: str) -> None:
        """The account turned out to be of this tier."""
        self._gate.limit_to(PRIVATE_REST[tier])

    async def _call(
        self,
        endpoint: str,
        asked: Mapping[str, str],
        decode: Callable[[bytes], T],
        deadline: datetime | None,
    ) -> T:
        """Sign, send, decode; only under the lock."""
        nonce = str(await self._next_nonce())
        body = urlencode({"nonce": nonce, **asked}).encode()
        if deadline is not None and deadline - self._clock.now() < SHORTEST_DEADLINE:
            raise HeldBack("its turn came when its deadline was nearly over")
        try:
            told = decode(await self._post(f"/0/private/{endpoint}", nonce, body))
        except KrakenError as error:
            self._gate.failed(error, self._clock.now())
            raise
        self._gate.succeeded()
        return told

    async def _next_nonce(self) -> int:
        """The next nonce; the mark on disk is above it before it is used."""
        if self._last_nonce is None:
            self._last_nonce = self._mark = await self._nonces.nonce_mark()
        unix_us = (self._clock.now() - _EPOCH) // timedelta(microseconds=1)
        nonce = next_nonce(self._last_nonce, unix_us)
        mark = reserve(nonce, self._mark)
        if mark != self._mark:
            await self._nonces.raise_nonce_mark(mark)
            self._mark = mark
        self._last_nonce = nonce
        return nonce

    def _headers(self, path: str, nonce: str, body: bytes) -> dict[str, str]:
        key, secret = self._credentials.api_key, self._credentials.api_secret
        if not key or not set(key) <= _KEY_LETTERS:
            raise AuthError("the API key has characters that no key has")
        try:
            signature = api_sign(secret, path, nonce, body)
        except ValueError as error:
            raise AuthError(str(error)) from None
        return {
            "API-Key": key,
            "API-Sign": signature,
            "Content-Type": "application/x-www-form-urlencoded",
            "User-Agent": "kraken-bot (python aiohttp)",
        }

    async def _post(self, path: str, nonce: str, body: bytes) -> bytes:
        """One request; the body of an answer that the API itself gave."""
        headers = self._headers(path, nonce, body)
        failure: KrakenError
        try:
            async with self._http.post(
                self._base_url + path,
                data=body,
                timeout=self._timeout,
                headers=headers,
                # An answer from elsewhere is not Kraken's, and nobody else is shown the key.
                allow_redirects=False,
                raise_for_status=False,
            ) as response:
                return await _answer(response)
        except _NOT_SENT as error:
            failure = NotSent(f"no connection to Kraken: {error}")
        except aiohttp.ClientPayloadError:
            failure = BadData("the answer broke off")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failure = Busy(f"no answer from Kraken: {type(error).__name__}")
        # Out here it has no cause: some errors of aiohttp carry the request's headers.
        raise failure


async def _answer(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, if the API gave it: its own errors have status 200, too."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > LARGEST_BODY:
            response.close()
            raise BadData(f"an answer of more than {LARGEST_BODY} bytes")
    if response.status == 429:
        raise RateLimited("HTTP 429", timedelta(seconds=5))
    if response.status == 403 or response.status >= 500:
        raise Busy(f"HTTP {response.status}")
    if response.status != 200 or body.lstrip()[:1] != b"{":
        raise BadData(f"HTTP {response.status}, and not Kraken's JSON")
    return bytes(body)
