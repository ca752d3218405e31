"""After quiet hours one message sums up what came without a sound."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.quiet import last_quiet
from bot.core.settings import ChatSettings
from bot.core.trade.news import News
from bot.desk.quiet import QuietHours
from bot.store.outbox import insert_news
from tests.fake_bot import FakeOutbox
from tests.fakes import FakeClock
from tests.memory_store import MemoryStore
from tests.page_rules import words_of

BERLIN = ChatSettings(quiet_from=23, quiet_until=7, time_zone="Europe/Berlin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "begin", "end"),
    [
        ("2026-03-04T12:00", "2026-03-03T22:00", "2026-03-04T06:00"),
        ("2026-03-04T06:00", "2026-03-03T22:00", "2026-03-04T06:00"),
        ("2026-03-04T05:59", "2026-03-02T22:00", "2026-03-03T06:00"),
        ("2026-03-29T12:00", "2026-03-28T22:00", "2026-03-29T05:00"),  # an hour is left out
        ("2026-10-25T12:00", "2026-10-24T21:00", "2026-10-25T06:00"),  # an hour comes twice
    ],
)
def test_the_hours_that_ended_last_are_those_of_the_clock_on_the_wall(
    now: str, begin: str, end: str
) -> None:
    assert last_quiet(BERLIN, utc(now)) == (utc(begin), utc(end))


def test_hours_of_one_day_and_none_at_all() -> None:
    noon = ChatSettings(quiet_from=12, quiet_until=14)
    now = utc("2026-03-04T15:00")
    assert last_quiet(noon, now) == (utc("2026-03-04T12:00"), utc("2026-03-04T14:00"))
    assert last_quiet(ChatSettings(), now) is None


class Night:
    """Chat 1, whose quiet hours are from 23 to 7, at seven o'clock."""

    def __init__(self) -> None:
        self.clock = FakeClock(utc("2026-03-04T06:00"))
        self.store = MemoryStore(self.clock)
        self.outbox = FakeOutbox(self.clock)
        self.quiet = QuietHours(self.store, self.outbox.push, self.clock)

    async def tell(
        self, at: str, html: str, *, silent: bool = True, priority: int = Priority.FILL
    ) -> None:
        news = News(f"end:{at}:{html}", 1, Page(html, silent=silent), priority=priority)
        when = utc(at).isoformat(timespec="microseconds")
        await self.store.run(lambda db: insert_news(db, news, when))

    @property
    def said(self) -> list[str]:
        return [words_of(page) for _, _, page in self.outbox.pushes]


@pytest.fixture
async def night() -> Night:
    made = Night()
    await made.store.save_chat_settings(1, BERLIN)
    return made


async def test_what_came_without_a_sound_is_summed_up_once(night: Night) -> None:
    await night.tell("2026-03-03T21:00", "early")
    await night.tell("2026-03-03T22:30", "🔴 LIVE <b>filled</b> 1 &amp; more\nBought.")
    await night.tell("2026-03-04T05:59", "🧪 PAPER cancelled\nNothing.")
    await night.tell("2026-03-04T03:00", "⚡ loud", silent=False)
    await night.tell("2026-03-04T04:00", "digest", priority=Priority.DIGEST)
    await night.quiet.look()
    await night.quiet.look()
    (said,) = night.said
    assert said.split("\n") == [
        "🌙 While it was quiet, 23–07",
        "2 messages came without a sound:",
        "🔴 LIVE filled 1 & more",
        "🧪 PAPER cancelled",
        "They stand above.",
    ]
    (_, key, page) = night.outbox.pushes[0]
    assert key == "quiet:1:2026-03-04T06:00" and not page.silent


async def test_a_night_without_a_message_is_not_mentioned(night: Night) -> None:
    await night.quiet.look()
    assert night.said == []


async def test_it_waits_until_the_hours_are_over(night: Night) -> None:
    night.clock.advance(-60)
    await night.tell("2026-03-03T23:00", "🔴 LIVE filled")
    await night.quiet.look()
    assert night.said == []
    night.clock.advance(60)
    await night.quiet.look()
    assert len(night.said) == 1


async def test_a_bot_that_was_away_for_long_does_not_bring_up_the_night(night: Night) -> None:
    await night.tell("2026-03-03T23:00", "🔴 LIVE filled")
    night.clock.advance(timedelta(hours=6).total_seconds() + 1)
    await night.quiet.look()
    assert night.said == []


async def test_many_are_counted(night: Night) -> None:
    for number in range(30):
        await night.tell(f"2026-03-03T23:{number:02}", f"🔴 LIVE fill {number}")
    await night.store.save_chat_settings(1, replace(BERLIN, plain_text=True))
    await night.quiet.look()
    (said,) = night.said
    assert "30 messages" in said and "and 18 more" in said and "🌙" not in said
