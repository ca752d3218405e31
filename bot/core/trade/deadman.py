"""The dead man's switch: how long the exchange waits for a sign of life before it ends all orders.

Rules: it is off unless somebody turned it on; it is told far more often than it waits; it rests
while the exchange is not fully there, because an engine that comes back with the timer on ends
everything (docs: REST, CancelAllOrdersAfter).
"""

from dataclasses import dataclass
from datetime import timedelta

from bot.core.args import OutOfRange, words
from bot.core.errors import BadArgument
from bot.core.numbers import read_duration
from bot.core.page import Payload

USUAL = timedelta(seconds=60)
SHORTEST, LONGEST = timedelta(seconds=45), timedelta(hours=1)
EVERY = timedelta(seconds=20)
"""How often the exchange is told that we are here."""

_EXAMPLE = "/deadman on 60s"


@dataclass(frozen=True, slots=True)
class DeadmanWish:
    """What is asked of the switch: shown, off (no delay), or on."""

    delay: timedelta | None = None
    shows: bool = False


def read_deadman(text: str) -> DeadmanWish:
    """``on [60s]``, ``off``, or nothing.

    Raises:
        BadArgument: something else.
    """
    said = [word.lower() for word in words(text)]
    match said:
        case []:
            return DeadmanWish(shows=True)
        case ["off"]:
            return DeadmanWish()
        case ["on"]:
            return DeadmanWish(USUAL)
        case ["on", length]:
            return DeadmanWish(_delay(length))
        case _:
            raise BadArgument("option", said[0], _EXAMPLE, hint="on 60s, off")


def seconds_of(payload: Payload) -> timedelta:
    """The delay that a button carries."""
    return timedelta(seconds=int(payload["seconds"]))


def _delay(said: str) -> timedelta:
    delay = read_duration(said)
    if delay is None:
        raise BadArgument("time", said, _EXAMPLE, hint="60s, 2m")
    if not SHORTEST <= delay <= LONGEST:
        raise OutOfRange("time", said, _EXAMPLE, hint="45s to 1h")
    return delay
