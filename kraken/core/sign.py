"""API-Sign and the nonce: how a private request proves who sent it (docs: REST, Authentication).

The signature covers the path and the very bytes that are sent, so a body is built once, signed and
sent as it is. A nonce must be higher than any the key has seen, across restarts, machines and
clocks that step back; whoever uses these numbers keeps a high-water mark on disk that is always
ahead of what was sent.
"""

import base64
import binascii
import hashlib
import hmac

NONCE_LIMIT = 2**64
"""Nonces are unsigned 64-bit numbers."""

NONCE_BLOCK = 1_000_000
"""How many nonces are reserved on disk at a time; one second's worth of microseconds."""


def api_sign(secret: str, path: str, nonce: str, body: bytes) -> str:
    """The value of the API-Sign header for a body that contains this very nonce.

    Raises:
        ValueError: the secret is not base64; nothing of it is in the message.
    """
    try:
        key = base64.b64decode(secret, validate=True)
    except binascii.Error:
        # The cause would carry parts of the secret into tracebacks.
        raise ValueError("the API secret is not base64") from None
    digest = hashlib.sha256(nonce.encode() + body).digest()
    signature = hmac.new(key, path.encode() + digest, hashlib.sha512).digest()
    return base64.b64encode(signature).decode()


def next_nonce(last: int, unix_us: int) -> int:
    """The nonce after ``last``: the time in microseconds, or one more where that is behind.

    Raises:
        OverflowError: the key has been used with numbers beyond 64 bits; it needs replacing.
    """
    nonce = max(last + 1, unix_us)
    if nonce >= NONCE_LIMIT:
        raise OverflowError("no nonce is left for this key")
    return nonce


def reserve(nonce: int, mark: int) -> int:
    """The high-water mark to be on disk before ``nonce`` is sent; ``mark`` if that is enough.

    After a restart :func:`next_nonce` goes on from the mark, so that nothing sent before can be
    repeated.
    """
    return mark if nonce <= mark else nonce + NONCE_BLOCK
