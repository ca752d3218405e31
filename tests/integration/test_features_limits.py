"""/settings limits, notifications and quiet hours, as people use them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import BadArgument, NotAllowed
from bot.core.notices import Loudness, Notice, is_quiet, loudness
from bot.core.page import Page
from bot.core.settings import ChatSettings
from bot.core.trade.types import Mode
from bot.handlers import TAPS
from kraken.core.errors import UnknownInstrument
from tests import chat_talk
from tests.chat_talk import tap
from tests.fake_bot import Chat
from tests.fakes import NOON
from tests.page_rules import words_of


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()
    yield made
    made.tasks.close()


async def say(chat: Chat, args: str) -> Page:
    return await chat_talk.say(chat, f"/settings {args}")


async def limit(chat: Chat, name: str) -> Any:
    return getattr((await chat.records.limits(1, chat.clock.now())).now, name)


async def test_limits_are_reached_by_buttons_and_lowered_at_once(chat: Chat) -> None:
    page = await tap(chat, await say(chat, ""), "Limits ›")
    assert "Per order 100 USD" in words_of(page)
    page = await tap(chat, page, "Per order")
    page = await tap(chat, page, "50 USD")
    assert "Counts now: 50 USD" in words_of(page)
    assert await limit(chat, "order") == 50
    assert "‹ Limits" in [button.label for button in page.buttons()]


async def test_a_higher_limit_waits_is_shown_and_can_be_taken_back(chat: Chat) -> None:
    page = await say(chat, "limits order 250")
    assert "250 USD counts from 12:10 UTC on" in words_of(page)
    assert words_of(page).count("12:10") == 1
    assert await limit(chat, "order") == 100
    assert "per order 250 USD from 12:10 UTC" in words_of(await say(chat, "limits"))
    page = await tap(chat, page, "Take it back")
    assert "The raise is taken back" in words_of(page)
    chat.clock.advance(601)
    assert await limit(chat, "order") == 100
    await say(chat, "limits order 250")
    chat.clock.advance(600)
    assert await limit(chat, "order") == 250


async def test_no_button_raises_a_limit_however_old_it_is(chat: Chat) -> None:
    await say(chat, "limits order 20")
    for payload in (
        {"what": "limits", "value": "order 50"},
        {"command": "limits", "args": "order 200"},
        {"command": "settings", "args": "limits order 200"},
    ):
        verb = "settings" if "what" in payload else "run"
        ask = chat.ask(payload=payload, message_id=max(chat.messages))
        await TAPS[verb].handler(ask)
    assert words_of(chat.last).count("typed, never tapped") == 1
    chat.clock.advance(601)
    assert await limit(chat, "order") == 20
    await TAPS["first_limits"].handler(chat.ask(message_id=max(chat.messages)))
    chat.clock.advance(601)
    assert await limit(chat, "order") == 20


async def test_the_short_name_raises_when_it_is_typed(chat: Chat) -> None:
    await chat_talk.say(chat, "/limits order 250")
    chat.clock.advance(600)
    assert await limit(chat, "order") == 250


async def test_a_list_of_pairs_is_checked_and_lifted_after_the_wait(chat: Chat) -> None:
    with pytest.raises(UnknownInstrument):
        await say(chat, "limits pairs xyz/usd")
    await say(chat, "limits pairs btc/usd eth/usd")
    assert await limit(chat, "pairs") == ("BTC/USD", "ETH/USD")
    await say(chat, "limits pairs all")
    assert await limit(chat, "pairs") == ("BTC/USD", "ETH/USD")
    chat.clock.advance(601)
    assert await limit(chat, "pairs") == ()


@pytest.mark.parametrize(
    "args",
    ["ordr 5", "order five", "order 1e9", "order 0,5", "order -1", "order 99999999", "open 1.5"],
)
async def test_what_is_no_limit_changes_nothing(chat: Chat, args: str) -> None:
    with pytest.raises(BadArgument):
        await say(chat, f"limits {args}")
    assert await limit(chat, "order") == 100


async def test_only_the_owner_of_the_chat_changes_limits(chat: Chat) -> None:
    chat.kind, chat.role = "group", Role.TRADER
    for change in ("limits order 50", "limits order back", "limits pairs all"):
        with pytest.raises(NotAllowed):
            await say(chat, change)
    assert "Per order" in words_of(await say(chat, "limits"))
    chat.role = Role.CHAT_OWNER
    await say(chat, "limits order 50")
    assert await limit(chat, "order") == 50
    chat.kind, chat.role = "private", Role.VIEWER
    with pytest.raises(NotAllowed):
        await say(chat, "limits order 40")
    chat.kind = "group"
    with pytest.raises(NotAllowed):
        await say(chat, "currency eur")


async def test_a_change_is_written_down_and_told_to_the_owner_of_the_bot(chat: Chat) -> None:
    await chat.records.set_owner(99)
    await say(chat, "limits order 50")
    [(where, _, page)] = chat.outbox.pushes
    assert where == 99
    assert "User 7 set per order of chat 1 to 50 USD" in words_of(page)
    [entry] = await chat.records.audit_entries(1, 5)
    assert (entry.action, entry.actor) == ("limit", 7)
    assert '"after":"50"' in entry.body
    assert '"before":"100"' in entry.body


async def test_each_notification_goes_through_on_silent_off(chat: Chat) -> None:
    page = await tap(chat, await say(chat, ""), "Notifications ›")
    for label in ("Cancels: on", "Cancels: silent", "Cancels: off"):
        page = await tap(chat, page, label)
    assert "Cancels: on" in [button.label for button in page.buttons()]


def test_fills_and_rejects_are_never_off_in_live_mode() -> None:
    off = ChatSettings(notices={notice.value: "off" for notice in Notice})
    for notice in Notice:
        told = notice in (Notice.FILL, Notice.REJECT, Notice.STOP)
        expected = Loudness.SILENT if told else Loudness.OFF
        assert loudness(off, notice, Mode.LIVE) is expected
        assert loudness(off, notice, Mode.PAPER) is Loudness.OFF


async def test_in_live_mode_a_tap_goes_past_off(chat: Chat) -> None:
    chat.accounts.modes[1] = Mode.LIVE
    page = await say(chat, "notifications")
    page = await tap(chat, page, "Fills: on")
    page = await tap(chat, page, "Fills: silent")
    assert "Fills: on" in [button.label for button in page.buttons()]


@pytest.mark.parametrize(
    ("hours", "hour", "quiet"),
    [
        ((23, 7), 23, True),
        ((23, 7), 6, True),
        ((23, 7), 7, False),
        ((23, 7), 22, False),
        ((1, 5), 4, True),
        ((1, 5), 5, False),
        ((0, 0), 3, False),
    ],
)
def test_quiet_hours_may_go_over_midnight(hours: tuple[int, int], hour: int, quiet: bool) -> None:
    settings = ChatSettings(quiet_from=hours[0], quiet_until=hours[1])
    now = NOON.replace(hour=hour)
    assert is_quiet(settings, now) is quiet
    loud = Loudness.SILENT if quiet else Loudness.LOUD
    assert loudness(settings, Notice.FILL, Mode.LIVE, now) is loud
    assert loudness(settings, Notice.STOP, Mode.LIVE, now) is Loudness.LOUD


async def test_quiet_hours_are_in_the_chats_own_zone(chat: Chat) -> None:
    await say(chat, "zone Asia/Tokyo")
    await say(chat, "quiet 22-7")
    settings = await chat.store.chat_settings(1)
    assert is_quiet(settings, NOON + timedelta(hours=1)), "22:00 in Tokyo"
    assert not is_quiet(settings, NOON)
    with pytest.raises(BadArgument):
        await say(chat, "quiet 25-7")
    await say(chat, "quiet off")
    assert not is_quiet(await chat.store.chat_settings(1), NOON + timedelta(hours=1))


def test_the_first_days_suggestion_is_no_higher_than_the_defaults() -> None:
    from bot.core.trade.limits import FIRST_DAY, Limits

    for name, value in FIRST_DAY.items():
        assert value <= getattr(Limits(), name), "taking it must not have to wait"
        assert isinstance(value, Decimal)
