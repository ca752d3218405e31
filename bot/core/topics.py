"""Topics of a group: which of them is told what.

Rules: answers stay in the topic of the question; what nobody asked for comes to the topic that
the group bound for it, else to the general one. What a push is about is told by its key.
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.core.args import words
from bot.core.errors import BadArgument

_EXAMPLE = "/here fills"


class Told(StrEnum):
    """What a topic can be bound for."""

    FILLS = "fills"
    """What becomes of orders."""
    ALERTS = "alerts"


_ORDERS = (
    *("end", "fill", "found", "trigger", "rejected", "absent", "unchecked", "swept", "doubt"),
    *("flatten", "at-once"),
)
_ALERTS = ("alert", "alert-expired", "alert-gap", "alert-paused")
_BEGINNINGS = {**dict.fromkeys(_ORDERS, Told.FILLS), **dict.fromkeys(_ALERTS, Told.ALERTS)}
_PLAN = "plan"
"""A run of a plan: what became of its order, or, under a number, the answer to its command."""


@dataclass(frozen=True, slots=True)
class HereWish:
    """What is to come to this topic, or no longer; without it the topics are only listed."""

    told: Told | None = None
    ends: bool = False


def told_by(event_key: str) -> Told | None:
    """What a push with this key is about; None: for the general topic."""
    first, last = event_key.partition(":")[0], event_key.rpartition(":")[2]
    if first == _PLAN and not last.isdecimal():
        return Told.FILLS
    return _BEGINNINGS.get(first)


def read_here(text: str) -> HereWish:
    """``fills``, ``alerts``, ``fills off``, or nothing.

    Raises:
        BadArgument: what is none of that.
    """
    said = [word.lower() for word in words(text)]
    if not said:
        return HereWish()
    names = " ".join(Told)
    if said[0] not in set(Told):
        raise BadArgument("topic", said[0], _EXAMPLE, hint=names)
    if len(said) > 2 or said[1:] not in ([], ["off"]):
        raise BadArgument("option", said[-1], f"{_EXAMPLE} off", hint="off")
    return HereWish(Told(said[0]), ends=said[1:] == ["off"])
