"""Feeds: channels in which the bot posts closed trades and alerts of one chat, for all to read.

Rules: a channel belongs to who made the bot its administrator; nothing is posted until they say
from which chat; how much was traded is left out unless they show it; nobody is heard there.
"""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What can be switched of a feed."""

    TRADES = "trades"
    ALERTS = "alerts"
    SIZES = "sizes"


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel in which the bot may post."""

    id: int
    title: str
    chat_id: int | None
    """The chat whose trades and alerts are posted there; None: nothing is."""
    trades: bool
    alerts: bool
    sizes: bool

    def has(self, part: Part) -> bool:
        """Whether this part is on."""
        return bool(getattr(self, part.value))
