"""Attempts: whether what is being answered has reached for the exchange.

When something breaks or takes too long, nobody may say "nothing was sent" who does not know it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Attempt:
    """One message or tap that is being answered."""

    was_made: bool = False
    """Something that may change an order was about to be sent, whatever became of it."""


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


@contextmanager
def watched() -> Iterator[Attempt]:
    """Watch what is done inside."""
    attempt = Attempt()
    token = _current.set(attempt)
    try:
        yield attempt
    finally:
        _current.reset(token)


def note() -> None:
    """From here on something may have been sent."""
    attempt = _current.get()
    if attempt is not None:
        attempt.was_made = True
