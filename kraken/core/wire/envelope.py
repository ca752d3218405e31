"""What stands around every answer of REST: ``{"error": [...], "result": ...}``.

The errors are looked at first, because a refusal usually has no ``result`` at all; warnings
(``W...``) may stand beside a valid one (docs: REST, Introduction).
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from kraken.core.errors import BadData, Busy, KrakenError, from_code

T = TypeVar("T")
R = TypeVar("R")


class _Envelope(msgspec.Struct):
    error: list[str] = []
    result: msgspec.Raw = msgspec.Raw()


def decoder(kind: type[T]) -> msgspec.json.Decoder[T]:
    """A decoder that leaves the digits of every number as they are."""
    return msgspec.json.Decoder(kind, float_hook=str)


_ENVELOPE = decoder(_Envelope)


def _named_error(codes: list[str], now: datetime | None) -> KrakenError | None:
    """The error that is named; of several, one that is no clear no says the most."""
    errors = [from_code(code, now) for code in codes if not code.startswith("W")]
    return next((each for each in errors if isinstance(each, Busy)), next(iter(errors), None))


def result(body: bytes | str, kind: msgspec.json.Decoder[T], now: datetime | None = None) -> T:
    """The decoded ``result``, or the error that Kraken named in its place."""
    try:
        envelope = _ENVELOPE.decode(body)
        error = _named_error(envelope.error, now)
        if error is not None:
            raise error
        return kind.decode(envelope.result)
    # RecursionError: thousands of nested brackets are valid JSON.
    except (ValueError, RecursionError) as error:
        raise BadData(f"unreadable answer: {error}") from error


def read(
    body: bytes | str,
    kind: msgspec.json.Decoder[T],
    make: Callable[[T], R],
    now: datetime | None = None,
) -> R:
    """``make`` of the decoded result; a row too short or of another shape is BadData."""
    decoded = result(body, kind, now)
    try:
        return make(decoded)
    except (LookupError, TypeError, ValueError) as error:
        raise BadData(f"unexpected answer: {error!r}") from error
