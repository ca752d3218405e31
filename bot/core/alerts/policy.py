"""Policy: whether something that has come true is told now, and how loudly.

Rules: outside the hours that were asked for, and sooner after the last message than was asked
for, nothing is told; nothing that can flutter is told twice within five minutes; what is ``loud``
is loud in quiet hours, too, and everything else silent; an alert that was asked to be loud or
silent is, whatever the chat likes.
"""

from datetime import datetime, timedelta

from bot.core.alerts.words import FLOOR, STEADY, Alert, Options
from bot.core.notices import Loudness, Notice, is_quiet, loudness
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode

MOST_NAGS = 12
"""So often it is said again that nobody has seen it."""


def may_tell(alert: Alert, settings: ChatSettings, now: datetime) -> bool:
    """Whether it is told, now that it has come true."""
    if not is_between(alert.wish.options, settings, now):
        return False
    return alert.told_at is None or now - alert.told_at >= pause_of(alert)


def pause_of(alert: Alert) -> timedelta:
    """How long it is silent after a message."""
    options = alert.wish.options
    flutters = options.repeats and alert.wish.conditions[0].kind not in STEADY
    return timedelta(seconds=max(options.every, FLOOR if flutters else 0))


def is_between(options: Options, settings: ChatSettings, now: datetime) -> bool:
    """Whether it is an hour in which it is told."""
    begin, end = options.begin, options.end
    if begin == end:
        return True
    hour = now.astimezone(settings.zone).hour
    return begin <= hour < end if begin < end else hour >= begin or hour < end


def sound_of(options: Options, settings: ChatSettings, now: datetime) -> Loudness:
    """How its message arrives."""
    if options.sound:
        return Loudness.LOUD if options.sound == "loud" else Loudness.SILENT
    # An alert is about the market, not about the money of a mode.
    chosen = loudness(settings, Notice.ALERT, Mode.PAPER)
    return Loudness.SILENT if chosen is Loudness.LOUD and is_quiet(settings, now) else chosen
