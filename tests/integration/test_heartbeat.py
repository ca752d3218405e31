"""The heartbeat: once a day, in the chat's own time, without a sound, for those who asked."""

from datetime import UTC, datetime

import pytest

from bot.core.access import Role
from bot.core.notices import Notice, chosen_for, with_next
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode
from bot.desk.heartbeat import Heartbeat
from tests.fake_bot import FakeOutbox
from tests.fakes import FakeClock
from tests.memory_store import MemoryStore
from tests.page_rules import words_of


async def beats(settings: ChatSettings, hours: int, *, restart_every: int = 0) -> list[str]:
    """The keys of what is told while an hour after the other passes from midnight UTC on."""
    clock = FakeClock(datetime(2026, 3, 28, 0, 0, tzinfo=UTC))
    store, outbox = MemoryStore(clock), FakeOutbox(clock)
    await store.give_role(1, Role.VIEWER, by=1, now=clock.now())
    await store.save_chat_settings(1, settings)
    await store.save_chat_settings(2, ChatSettings())

    def life() -> Heartbeat:
        return Heartbeat(store, outbox.push, clock, lambda: True)

    heart = life()
    for minute in range(hours * 60):
        if restart_every and minute % restart_every == 0:
            heart = life()
        await heart.look()
        clock.advance(60)
    for _, _, page in outbox.pushes:
        assert page.silent
        assert "I am here" in words_of(page)
        assert "Kraken is connected" in words_of(page)
    assert {chat for chat, _, _ in outbox.pushes} <= {1}
    return [key for _, key, _ in outbox.pushes]


def asked(zone: str = "UTC") -> ChatSettings:
    settings = with_next(ChatSettings(time_zone=zone), Notice.HEARTBEAT, Mode.LIVE)
    assert chosen_for(settings, Notice.HEARTBEAT) == "silent", "it is never loud"
    return settings


async def test_it_beats_once_a_day_over_a_change_of_the_clocks() -> None:
    keys = await beats(asked("Europe/Berlin"), 72)
    assert keys == [f"heartbeat:1:2026-03-{day}" for day in (28, 29, 30)]


async def test_whoever_did_not_ask_or_has_enough_hears_nothing() -> None:
    assert await beats(ChatSettings(), 24) == []
    off = with_next(asked(), Notice.HEARTBEAT, Mode.LIVE)
    assert await beats(off, 24) == []


async def test_a_restart_beats_no_second_time_that_anybody_hears() -> None:
    keys = await beats(asked(), 24, restart_every=7)
    assert set(keys) == {"heartbeat:1:2026-03-28"}, "the outbox takes a key once"


@pytest.mark.parametrize("role", [Role.BLOCKED, Role.STRANGER])
async def test_whoever_is_let_in_no_more_hears_nothing(role: Role) -> None:
    clock = FakeClock(datetime(2026, 3, 28, 9, 30, tzinfo=UTC))
    store, outbox = MemoryStore(clock), FakeOutbox(clock)
    heart = Heartbeat(store, outbox.push, clock, lambda: True)
    await store.give_role(1, role, by=2, now=clock.now())
    await store.save_chat_settings(1, asked())
    await heart.look()
    assert not outbox.pushes
    await store.give_role(1, Role.VIEWER, by=2, now=clock.now())
    await heart.look()
    assert len(outbox.pushes) == 1
