"""Logging: one line per event on stderr, with no secret in it.

Secrets are taken out of the finished text, traceback included, so that it does not matter which
library wrote it. A fault of ours is logged under a short reference, which is all that the person
in the chat gets to see.
"""

import base64
import contextlib
import logging
import re
import secrets
import sys
from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from urllib.parse import quote

_BOT_TOKEN = re.compile(r"(bot)?\d{3,}(?::|%3A)[A-Za-z0-9_-]{20,}", re.IGNORECASE)
_FIELDS = re.compile(
    r"(?i)(\b(?:api[-_]?sign|api[-_]?key|api[-_]?secret|token|nonce)\b[\"']?\s*[=:]\s*[\"']?)"
    r"[A-Za-z0-9+/=_%-]{8,}"
)
# An API key has 56 characters; a private key, and a signature, is 64 bytes in base64.
_KRAKEN_KEY = re.compile(
    r"(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{86}==|"
    r"(?=[a-z+/]*[A-Z0-9])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*[0-9])[A-Za-z0-9+/]{56})"
    r"(?![A-Za-z0-9+/=])"
)
_REMOVED = "[removed]"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_SHORTEST = 8
"""A shorter text is no secret; taking it out would make logs unreadable."""

_context: ContextVar[str] = ContextVar("log_context", default="")


class Redaction:
    """Knows the secrets and takes them out of a text."""

    def __init__(self) -> None:
        self._forms: tuple[str, ...] = ()
        """The longest first, so that no part of a longer one is left."""

    def register(self, secret: str) -> None:
        """Never write this, nor what it looks like in an address or decoded."""
        if len(secret) < _SHORTEST:
            return
        forms = {secret, quote(secret, safe=""), secret.split(":", 1)[-1]}
        forms |= {secret.replace("+", "-").replace("/", "_")}
        with contextlib.suppress(ValueError):
            forms.add(base64.b64decode(secret, validate=True).hex())
        if len(secret) >= 24:
            forms |= {secret[:12], secret[-12:]}
        known = {*self._forms, *(form for form in forms if len(form) >= _SHORTEST)}
        self._forms = tuple(sorted(known, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for form in self._forms:
            text = text.replace(form, _REMOVED)
        text = _KRAKEN_KEY.sub(_REMOVED, _BOT_TOKEN.sub(_REMOVED, text))
        return _FIELDS.sub(rf"\1{_REMOVED}", text)


redaction = Redaction()
"""The process's secrets; whoever reads one from outside registers it here at once."""


class _CleanFormatter(logging.Formatter):
    """Adds the context, then takes the secrets out of the finished text."""

    def format(self, record: logging.LogRecord) -> str:
        record.context = f" [{context}]" if (context := _context.get()) else ""
        return redaction.clean(super().format(record))


class Kept(logging.Handler):
    """Remembers the last errors, without secrets, for whoever cannot read the log."""

    def __init__(self, most: int = 50) -> None:
        super().__init__(logging.ERROR)
        self.setFormatter(_CleanFormatter("%(name)s%(context)s: %(message)s"))
        self.errors: deque[tuple[datetime, str]] = deque(maxlen=most)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created, UTC)
        self.errors.append((at, self.format(record)))


_kept = Kept()


def last_errors(most: int) -> list[tuple[datetime, str]]:
    """The newest first."""
    return list(reversed(_kept.errors))[:most]


def set_up(level: str) -> None:
    """Log to stderr from this level on. Calling it again replaces what was set."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _CleanFormatter("%(asctime)s %(levelname)s %(name)s%(context)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler, _kept]
    root.setLevel(level.upper())
    # These write whole addresses, and Telegram's contain the token, at INFO.
    for name in ("httpx", "httpcore", "aiohttp.access", "telegram", "matplotlib", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)


@contextlib.contextmanager
def context(words: str) -> Iterator[None]:
    """Everything logged inside carries these words, such as ``chat 5``."""
    before = _context.set(words)
    try:
        yield
    finally:
        _context.reset(before)


def reference() -> str:
    """Four characters that name one fault in the log and in the chat: ``E7Q2``."""
    return "".join(secrets.choice(_LETTERS) for _ in range(4))
