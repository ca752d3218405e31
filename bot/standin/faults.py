"""Telegram at its worst, on demand: refusals, silence, torn connections, flood limits.

A fault is armed for a method (or `*`), works so many times, and is gone. `timeout` never answers,
`reset` tears the connection, `html` answers 502 with a web page as gateways do; with
`"apply": true` the call is carried out before, so that the bot cannot know. `slow` carries it out
and answers late.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from bot.standin.refusals import PersonError, Refusal

WORDS = {
    400: "Bad Request: fault on demand",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: (
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance "
        "is running"
    ),
    500: "Internal Server Error: restart",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
SPECIAL = ("timeout", "reset", "html", "slow")
FIELDS = (
    "method",
    "error_code",
    "kind",
    "times",
    "retry_after",
    "description",
    "chat_id",
    "apply",
    "seconds",
)
KINDS = ("400", "401", "403", "404", "409", "429", "5xx", *SPECIAL)


@dataclass(slots=True)
class Fault:
    """What goes wrong, for which calls, how many times."""

    method: str
    error_code: int | str
    times: int = 1
    retry_after: int = 1
    description: str = ""
    chat_id: int | None = None
    apply: bool = False
    seconds: float = 1.0

    def refusal(self) -> Refusal:
        """The answer of a fault that answers."""
        code = int(self.error_code)
        if code == 429:
            text = self.description or f"Too Many Requests: retry after {self.retry_after}"
            return Refusal(429, text, {"retry_after": self.retry_after})
        return Refusal(code, self.description or WORDS.get(code, f"Error {code}"))


class Faults:
    """The armed faults, first armed first used."""

    def __init__(self) -> None:
        self._armed: list[Fault] = []

    def arm(self, wish: dict[str, Any]) -> Fault:
        """Raises: PersonError when there is no such fault."""
        for name in wish:
            if name not in FIELDS:
                raise PersonError(f"there is no field {name!r}; there is {', '.join(FIELDS)}")
        code = _code(wish.get("error_code", wish.get("kind")))
        fault = Fault(
            method=_method(wish.get("method", "*")),
            error_code=code,
            times=_count(wish, "times", 1),
            retry_after=_count(wish, "retry_after", 1),
            description=str(wish.get("description", "")),
            chat_id=_chat_id(wish.get("chat_id")),
            apply=bool(wish.get("apply", False)) or code == "slow",
            seconds=_seconds(wish),
        )
        self._armed.append(fault)
        return fault

    def take(self, method: str, chat_id: str) -> Fault | None:
        """The fault that this call meets; it is used up by that."""
        for fault in self._armed:
            named = fault.method == "*" or fault.method.lower() == method.lower()
            if named and (fault.chat_id is None or str(fault.chat_id) == chat_id):
                fault.times -= 1
                if not fault.times:
                    self._armed.remove(fault)
                return fault
        return None

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._armed]

    def clear(self) -> None:
        self._armed.clear()


def _code(value: Any) -> int | str:
    if value in SPECIAL:
        return str(value)
    if value == "5xx":
        return 502
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    if isinstance(value, int) and (value in WORDS or value == 429 or 500 <= value <= 599):
        return value
    raise PersonError(f"error_code must be one of {', '.join(KINDS)}")


def _method(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise PersonError("method must be the name of a method, or *")
    return value


def _chat_id(value: Any) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise PersonError("chat_id must be a whole number")


def _count(wish: dict[str, Any], name: str, default: int) -> int:
    value = wish.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise PersonError(f"{name} must be a whole number from 1 on")
    return value


def _seconds(wish: dict[str, Any]) -> float:
    value = wish.get("seconds", 1)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= 600:
        raise PersonError("seconds must be a number up to 600")
    return float(value)


class FloodLimits:
    """Telegram's limits for messages, when switched on.

    30 a second altogether, 20 a minute in a group, and in a private chat one a second with short
    bursts of `burst` let through. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits
    """

    def __init__(self, monotonic: Callable[[], float], *, on: bool, burst: int = 3) -> None:
        self.on = on
        self.burst = burst
        self._monotonic = monotonic
        self._sent: dict[int | None, deque[float]] = {}

    def wait(self, chat_id: int) -> int:
        """Seconds until a message to this chat is let through; 0 when it is, and counted."""
        if not self.on:
            return 0
        now = self._monotonic()
        count, period = (20, 60.0) if chat_id < 0 else (self.burst, float(self.burst))
        limits: list[tuple[int | None, int, float]] = [(None, 30, 1.0), (chat_id, count, period)]
        waits = [self._wait(key, most, period, now) for key, most, period in limits]
        if max(waits) > 0:
            return math.ceil(max(waits))
        for key, _, _ in limits:
            self._sent[key].append(now)
        return 0

    def _wait(self, key: int | None, most: int, period: float, now: float) -> float:
        sent = self._sent.setdefault(key, deque())
        while sent and sent[0] <= now - period:
            sent.popleft()
        return 0.0 if len(sent) < most else sent[0] + period - now
