"""What a chat is told without having asked, and how loudly.

Rules: each kind is loud, silent or off, as the chat chose; what became of real money can be made
silent, but never be switched off; in quiet hours everything is silent but what cannot wait.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from enum import StrEnum

from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode


class Notice(StrEnum):
    """A kind of push; each can be loud, silent or off in each chat."""

    FILL = "fill"
    PARTIAL = "partial"
    CANCEL = "cancel"
    REJECT = "reject"
    STOP = "stop"
    ALERT = "alert"
    DCA = "dca"
    DEPOSIT = "deposit"
    DIGEST = "digest"
    BOT = "bot"
    """The bot, or its way to the exchange, went away or came back."""
    HEARTBEAT = "heartbeat"


class Loudness(StrEnum):
    """How a push arrives."""

    LOUD = "on"
    SILENT = "silent"
    OFF = "off"


_USUAL: Mapping[Notice, Loudness] = {
    Notice.PARTIAL: Loudness.SILENT,
    Notice.DIGEST: Loudness.SILENT,
    Notice.HEARTBEAT: Loudness.OFF,
}
"""What differs from loud where nothing was chosen."""

_ALWAYS_TOLD = frozenset({Notice.FILL, Notice.REJECT, Notice.STOP})
"""What is never off in live mode."""

_THROUGH_THE_NIGHT = frozenset({Notice.STOP, Notice.ALERT})
"""What is as loud in quiet hours as in others."""

_NEVER_LOUD = frozenset({Notice.HEARTBEAT})
"""What is silent or off: it says that nothing happened."""

_NEXT = {
    Loudness.LOUD: Loudness.SILENT,
    Loudness.SILENT: Loudness.OFF,
    Loudness.OFF: Loudness.LOUD,
}


def loudness(
    settings: ChatSettings, notice: Notice, mode: Mode, now: datetime | None = None
) -> Loudness:
    """How a push of this kind arrives; ``now`` decides whether it is a quiet hour."""
    chosen = chosen_for(settings, notice)
    if chosen is Loudness.OFF and mode is Mode.LIVE and notice in _ALWAYS_TOLD:
        chosen = Loudness.SILENT
    waits = notice not in _THROUGH_THE_NIGHT and now is not None and is_quiet(settings, now)
    return Loudness.SILENT if waits and chosen is Loudness.LOUD else chosen


def chosen_for(settings: ChatSettings, notice: Notice) -> Loudness:
    """What the chat chose, or what is usual."""
    said = settings.notices.get(notice.value)
    return Loudness(said) if said else _USUAL.get(notice, Loudness.LOUD)


def with_next(settings: ChatSettings, notice: Notice, mode: Mode) -> ChatSettings:
    """One tap further: loud, silent, off, where it may be off."""
    following = _NEXT[chosen_for(settings, notice)]
    if following is Loudness.LOUD and notice in _NEVER_LOUD:
        following = Loudness.SILENT
    if following is Loudness.OFF and mode is Mode.LIVE and notice in _ALWAYS_TOLD:
        following = Loudness.LOUD
    return replace(settings, notices={**settings.notices, notice.value: following.value})


def is_quiet(settings: ChatSettings, now: datetime) -> bool:
    """Whether it is a quiet hour there."""
    begin, end = settings.quiet_from, settings.quiet_until
    if begin == end:
        return False
    hour = now.astimezone(settings.zone).time()
    begins, ends = time(begin), time(end)
    if begin < end:
        return begins <= hour < ends
    return hour >= begins or hour < ends
