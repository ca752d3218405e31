"""Quiet hours: when they were last, so that one message can sum up what came without a sound."""

from datetime import UTC, datetime, time, timedelta

from bot.core.settings import ChatSettings

TOLD_UNTIL = timedelta(hours=6)
"""So long after their end a summary is still worth a message, if the bot was away meanwhile."""


def last_quiet(settings: ChatSettings, now: datetime) -> tuple[datetime, datetime] | None:
    """Begin and end, in UTC, of the quiet hours that ended last; None where there are none."""
    if settings.quiet_from == settings.quiet_until:
        return None
    end = _latest(settings, settings.quiet_until, now)
    return _latest(settings, settings.quiet_from, end - timedelta(seconds=1)), end


def _latest(settings: ChatSettings, hour: int, now: datetime) -> datetime:
    """The last time that it was this hour there."""
    today = now.astimezone(settings.zone).date()
    for back in range(3):
        day = today - timedelta(days=back)
        at = datetime.combine(day, time(hour), settings.zone).astimezone(UTC)
        if at <= now:
            return at
    raise AssertionError("every hour comes once a day")
