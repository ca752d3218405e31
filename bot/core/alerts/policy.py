"""Policy: whether something that has come true is told now, and how loudly.

Rules: outside the hours that were asked for, and sooner after the last message than was asked
for, nothing is told; what is ``loud`` is loud in quiet hours, too, and everything else silent; an
alert that was asked to be loud or silent is, whatever the chat likes.
"""

from datetime import datetime, timedelta

from bot.core.alerts.words import Alert, Options
from bot.core.notices import Loudness, Notice, is_quiet, loudness
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode

MOST_NAGS = 12
"""So often it is said again that nobody has seen it."""


def may_tell(alert: Alert, settings: ChatSettings, now: datetime) -> bool:
    """Whether it is told, now that it has come true."""
    options = alert.wish.options
    if not is_between(options, settings, now):
        return False
    if alert.told_at is None or not options.every:
        return True
    return now - alert.told_at >= timedelta(seconds=options.every)


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
