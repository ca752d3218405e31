"""What is kept of alerts: numbers, the end of a message, groups that move, and old ones."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.alerts.words import Alert, Progress, State
from bot.core.page import Page
from bot.core.trade.news import News
from bot.store.alerts import PER_HOUR
from tests.alert_cases import BTC, alert
from tests.fakes import NOON, FakeClock
from tests.memory_store import MemoryStore

CHAT, SUPERGROUP = -100, -1001234


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(FakeClock())


async def added(store: MemoryStore, text: str = "> 65000 every 30m") -> Alert:
    wish = alert(text).wish
    progress = Progress(armed=True, since=NOON)
    until = NOON + timedelta(days=1)
    return await store.add_alert(CHAT, 7, BTC, wish, progress, until=until, now=NOON)


async def fired(store: MemoryStore, number: int = 1) -> Alert:
    """An alert that has happened, with its message."""
    after = replace(await added(store), state=State.FIRED, told_at=NOON)
    await store.tell_alerts([after], News(f"alert:{number}:1", CHAT, Page("x")), now=NOON)
    return after


async def test_an_alert_comes_back_as_it_was_kept(store: MemoryStore) -> None:
    kept = await added(store, 'btc bids 1% < 20.5 or ±5% 1h nag 5m note="x" sell 25%')
    assert await store.alerts() == [kept]
    assert await store.alert(CHAT, kept.number) == kept
    assert kept.until == NOON + timedelta(days=1)


async def test_it_is_done_when_telegram_has_taken_the_message_and_not_before(
    store: MemoryStore,
) -> None:
    await fired(store)
    [waiting] = await store.waiting_pushes()
    assert [each.state for each in await store.alerts()] == [State.FIRED]
    await store.sent(waiting.id, 5)
    assert await store.alerts() == []
    found = await store.alert(CHAT, 1)
    assert found is not None
    assert found.state is State.DONE


async def test_it_is_paused_when_its_message_can_never_be_delivered(store: MemoryStore) -> None:
    await fired(store)
    [waiting] = await store.waiting_pushes()
    await store.drop(waiting.id)
    assert [each.state for each in await store.alerts()] == [State.PAUSED]


async def test_whoever_still_knows_it_as_fired_does_not_undo_that_it_is_done(
    store: MemoryStore,
) -> None:
    after = await fired(store)
    [waiting] = await store.waiting_pushes()
    await store.sent(waiting.id, 5)
    await store.save_alerts([after])
    assert await store.alerts() == []


async def test_a_number_is_never_given_twice(store: MemoryStore) -> None:
    first = await added(store)
    assert await store.remove_alerts(CHAT, [first.number]) == 1
    assert (await added(store)).number == 2
    assert await store.remove_alerts(CHAT + 1, [2]) == 0, "another chat's"


async def test_beyond_twenty_an_hour_nothing_is_written_to_be_said(store: MemoryStore) -> None:
    kept = await added(store)
    for number in range(PER_HOUR + 2):
        news = News(f"alert:1:{number}", CHAT, Page("x"))
        assert await store.tell_alerts([kept], news, now=NOON) is (number < PER_HOUR)
    assert len(await store.waiting_pushes()) == PER_HOUR
    [after] = await store.alerts()
    assert after.unsaid == 1
    later = NOON + timedelta(hours=1)
    assert await store.tell_alerts([kept], News("alert:1:99", CHAT, Page("x")), now=later)


async def test_alerts_follow_a_group_that_moves(store: MemoryStore) -> None:
    await added(store)
    await store.move_chat(CHAT, SUPERGROUP)
    await store.move_chat(CHAT, SUPERGROUP)
    assert [each.chat_id for each in await store.alerts()] == [SUPERGROUP]
    wish = alert("> 1").wish
    again = await store.add_alert(SUPERGROUP, 7, BTC, wish, Progress(), until=None, now=NOON)
    assert again.number == 2


async def test_what_was_done_long_ago_is_forgotten_and_its_number_is_not(
    store: MemoryStore,
) -> None:
    await fired(store)
    [waiting] = await store.waiting_pushes()
    await store.sent(waiting.id, 5)
    await store.forget_alerts(NOON + timedelta(days=31))
    assert await store.alert(CHAT, 1) is None
    assert (await added(store)).number == 2
