"""API-Sign, verified on the very bytes that came.

    digest  = SHA256(nonce text + body)
    message = path + digest
    sign    = base64(HMAC-SHA512(base64-decoded secret, message))

The nonce is the one inside the body, in form or in JSON
(docs: https://docs.kraken.com/api/docs/guides/spot-rest-auth).
"""

import binascii
import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import parse_qsl


class Unreadable(ValueError):
    """The body is neither a form nor a JSON object."""


def sign(path: str, nonce: str, body: bytes, secret: str) -> str:
    """What ``API-Sign`` must be."""
    digest = hashlib.sha256(nonce.encode() + body).digest()
    mac = hmac.new(b64decode(secret), path.encode() + digest, hashlib.sha512)
    return b64encode(mac.digest()).decode()


def is_signed(path: str, nonce: str, body: bytes, secret: str, told: str) -> bool:
    """Whether the signature that came belongs to this body."""
    try:
        given = b64decode(told, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(b64decode(sign(path, nonce, body, secret)), given)


def read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """The fields of a body; those of a form are all texts.

    Raises:
        Unreadable: it is neither a form nor a JSON object.
    """
    try:
        text = body.decode()
        if content_type == "application/json" or text.lstrip().startswith("{"):
            fields = json.loads(text, parse_float=str, parse_constant=_no_constant)
        else:
            fields = nested(dict(parse_qsl(text, keep_blank_values=True)))
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(fields, dict):
        raise Unreadable
    return fields


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def nested(flat: dict[str, str]) -> dict[str, Any]:
    """Form fields like ``close[price]`` and ``orders[0][type]`` as objects and lists."""
    tree: dict[str, Any] = {}
    for name, value in flat.items():
        head, *rest = [part.rstrip("]") for part in name.split("[")]
        node, key = tree, head
        for part in rest:
            below = node.setdefault(key, {})
            if not isinstance(below, dict):
                raise Unreadable
            node, key = below, part or str(len(below))
        node[key] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(value: Any) -> Any:
    """Objects whose keys count from 0 are lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(below) for name, below in value.items()}
    if set(inner) == {str(index) for index in range(len(inner))}:
        return [inner[str(index)] for index in range(len(inner))]
    return inner
