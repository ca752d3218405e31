"""/paper at once, /live after a typed word, and the dead man's switch."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.access import Role
from bot.core.errors import AlreadySent, BadArgument, NotConnected
from bot.core.page import Page
from bot.core.trade.types import AccountId, Mode, Ticket
from bot.desk import deadman
from bot.desk.doors import ChatAccount
from bot.handlers import COMMANDS_BY_NAME, TAPS, free_text
from bot.store import StoreUnavailable
from kraken.core.errors import NotSent, UnknownInstrument
from kraken.core.types import SystemState
from tests.fake_accounts import FakeAccount
from tests.fake_bot import Chat
from tests.intents import intent
from tests.page_rules import words_of

PERSON = 1


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    made = Chat()

    async def mode(chat_id: int) -> Mode:
        return await made.records.chat_mode(chat_id)

    made.accounts.mode = mode  # type: ignore[method-assign]  # as the real one: from the records
    made.accounts.live = Armed(made)
    yield made
    made.tasks.close()


class Armed(FakeAccount):
    """Notes what the dead man's switch is told."""

    def __init__(self, chat: Chat) -> None:
        super().__init__(chat.clock)
        self.delays: list[int] = []

    async def cancel_all_after(self, delay: timedelta) -> None:
        self._fail("cancel_all_after")
        self.delays.append(int(delay.total_seconds()))


async def say(chat: Chat, text: str, user: int = PERSON) -> Page:
    name, _, args = text.removeprefix("/").partition(" ")
    ask = chat.ask(command=name, args=args, text=text, user_id=user)
    await COMMANDS_BY_NAME[name].handler(ask)
    return chat.last


async def type_word(chat: Chat, text: str, user: int = PERSON) -> Page:
    await free_text(chat.ask(text=text, user_id=user))
    return chat.last


async def tap(chat: Chat, verb: str, **payload: Any) -> Page:
    await TAPS[verb].handler(
        chat.ask(payload=payload, message_id=max(chat.messages), user_id=PERSON)
    )
    return chat.last


def live(chat: Chat) -> Any:
    return chat.accounts.live


async def open_ticket(chat: Chat) -> None:
    now = chat.clock.now()
    await chat.records.save_ticket(
        Ticket("t", "order", 1, PERSON, "{}", now, now + timedelta(hours=1))
    )


async def is_void(chat: Chat) -> bool:
    ticket = await chat.records.ticket("t")
    assert ticket is not None
    return ticket.state == "void"


async def test_real_money_takes_a_typed_word_and_the_card_says_what_changes(chat: Chat) -> None:
    page = await say(chat, "/live")
    assert "trade real money here?" in words_of(page)
    assert "100 USD per order, 500 USD in 24 hours" in words_of(page)
    assert "type live within 120 s" in words_of(page)
    assert [button.label for button in page.buttons()] == ["Other limits"]
    await open_ticket(chat)
    await type_word(chat, "thanks")
    assert await chat.records.chat_mode(1) is Mode.PAPER
    assert words_of(await type_word(chat, "LIVE")).startswith("🔴 LIVE · real money")
    assert await chat.records.chat_mode(1) is Mode.LIVE
    assert await is_void(chat)
    assert "real money already" in words_of(await say(chat, "/live"))


async def test_the_word_of_somebody_else_too_late_or_without_a_card_changes_nothing(
    chat: Chat,
) -> None:
    await type_word(chat, "live")
    await say(chat, "/live")
    await type_word(chat, "live", user=2)
    chat.clock.advance(121)
    await type_word(chat, "live")
    assert "Nothing waits for “live”" in words_of(chat.last)
    await say(chat, "/live")
    chat.role = Role.VIEWER
    with pytest.raises(UnknownInstrument):
        await type_word(chat, "live")  # for somebody who only looks it is a pair
    assert await chat.records.chat_mode(1) is Mode.PAPER


async def test_in_a_group_the_word_of_a_trader_is_not_enough(chat: Chat) -> None:
    chat.kind, chat.role = "group", Role.CHAT_OWNER
    await say(chat, "/live")
    chat.role = Role.TRADER
    await type_word(chat, "live")
    assert await chat.records.chat_mode(1) is Mode.PAPER
    chat.role = Role.CHAT_OWNER
    assert "real money from here on" in words_of(await say(chat, "/live live"))
    assert await chat.records.chat_mode(1) is Mode.LIVE


async def test_without_a_key_there_is_no_live_mode(chat: Chat) -> None:
    chat.accounts.live = None
    page = await say(chat, "/live")
    assert "needs a Kraken key" in words_of(page)
    await type_word(chat, "live")
    assert await chat.records.chat_mode(1) is Mode.PAPER


async def test_a_key_that_went_away_after_the_card_is_noticed_at_the_word(chat: Chat) -> None:
    await say(chat, "/live")
    chat.accounts.live = None
    with pytest.raises(NotConnected):
        await type_word(chat, "live")
    assert await chat.records.chat_mode(1) is Mode.PAPER


async def test_a_word_that_was_forwarded_confirms_nothing(chat: Chat) -> None:
    await say(chat, "/live")
    with pytest.raises(UnknownInstrument):
        await free_text(chat.ask(text="live", user_id=PERSON, forwarded=True))
    assert await chat.records.chat_mode(1) is Mode.PAPER
    await type_word(chat, "live")
    assert await chat.records.chat_mode(1) is Mode.LIVE


async def test_the_suggested_limits_count_at_once(chat: Chat) -> None:
    await say(chat, "/live")
    await tap(chat, "first_limits")
    limits = await chat.records.limits(1, chat.clock.now())
    assert (limits.now.order, limits.now.day, limits.raises) == (100, 500, ())
    await type_word(chat, "live")
    assert await chat.records.chat_mode(1) is Mode.LIVE


async def test_practice_comes_at_once_and_voids_what_waits(chat: Chat) -> None:
    await chat.records.set_chat_mode(1, Mode.LIVE)
    await open_ticket(chat)
    page = await say(chat, "/paper")
    assert "practice money from here on" in words_of(page)
    assert await chat.records.chat_mode(1) is Mode.PAPER
    assert await is_void(chat)
    assert "practise here already" in words_of(await say(chat, "/paper"))


async def test_practice_comes_although_kraken_does_not_answer_or_the_key_is_gone(
    chat: Chat,
) -> None:
    await chat.records.set_chat_mode(1, Mode.LIVE)
    live(chat).answers["open_orders"] = [NotSent("no route")]
    assert "look at your live orders in its app" in words_of(await say(chat, "/paper"))
    await chat.records.set_chat_mode(1, Mode.LIVE)
    chat.accounts.live = None
    await say(chat, "/paper")
    assert await chat.records.chat_mode(1) is Mode.PAPER


async def test_the_card_cannot_be_used_twice(chat: Chat) -> None:
    await say(chat, "/live")
    await type_word(chat, "live")
    await say(chat, "/paper")
    await type_word(chat, "live")
    assert await chat.records.chat_mode(1) is Mode.PAPER
    with pytest.raises(AlreadySent):
        [ticket] = [row[0] for row in chat.records.memory.execute("select id from tickets")]
        await chat.records.claim_ticket(ticket, chat_id=1, user_id=1, now=chat.clock.now())


# -- what /status tells of it


async def test_status_tells_mode_limits_pause_and_switch(chat: Chat) -> None:
    said = words_of(await say(chat, "/status"))
    assert "Mode         PAPER" in said
    assert [button.label for button in chat.last.buttons()][-1] == "🛑 Stop trading"
    await chat.records.set_chat_mode(1, Mode.LIVE)
    await chat.records.commit_intent(
        intent("42.5", user_id=PERSON), ticket_id=None, now=chat.clock.now()
    )
    await tap_on(chat)
    said = words_of(await say(chat, "/status"))
    assert "Mode         LIVE" in said
    assert "24 h: 42.50 of 500 USD; open orders: 1 of 20" in said
    assert "Dead man     on, 1 min" in said
    await tap(chat, "kill")
    page = await say(chat, "/status")
    assert words_of(page).startswith("🛑 Trading is paused")
    assert [button.label for button in page.buttons()][-1] == "▶ Resume"
    chat.kind, chat.role = "group", Role.VIEWER
    assert "Mode" not in words_of(await say(chat, "/status"))


# -- the dead man's switch


async def turn(chat: Chat, watch: deadman.Watch, seconds: float = 20) -> None:
    chat.clock.advance(seconds)
    await watch.turn()


async def test_the_switch_is_off_until_the_warning_was_read(chat: Chat) -> None:
    assert "It is off" in words_of(await say(chat, "/deadman"))
    page = await say(chat, "/deadman on 60s")
    assert "also those made elsewhere, also stops" in words_of(page)
    assert live(chat).delays == []
    await tap(chat, "deadman_on", seconds=60)
    assert live(chat).delays == [60]
    assert "It is on: 1 min" in words_of(await say(chat, "/deadman"))
    assert ("deadman", 1) in chat.tasks.started
    await say(chat, "/deadman off")
    assert live(chat).delays == [60, 0]
    assert ("deadman", 1) not in chat.tasks.started
    assert await chat.records.deadmen() == []


@pytest.mark.parametrize("args", ["on 5s", "on 2d", "on x", "maybe", "on 60s now"])
async def test_what_is_no_wish_for_the_switch_is_refused(chat: Chat, args: str) -> None:
    with pytest.raises(BadArgument):
        await say(chat, f"/deadman {args}")


async def test_the_switch_stays_on_over_a_restart_and_when_it_cannot_be_turned_off(
    chat: Chat,
) -> None:
    await tap_on(chat)
    live(chat).answers["cancel_all_after"] = [NotSent("no route")]
    with pytest.raises(NotSent):
        await say(chat, "/deadman off")
    assert len(await chat.records.deadmen()) == 1
    assert ("deadman", 1) in chat.tasks.started, "armed and not told, it would cancel everything"
    chat.tasks.close()
    chat.tasks.started.clear()
    await deadman.resume(chat.services)
    assert ("deadman", 1) in chat.tasks.started


async def test_the_switch_is_told_on_when_the_database_stumbles_or_the_key_is_away(
    chat: Chat,
) -> None:
    turns = [StoreUnavailable("locked"), NotConnected(), NotSent("x"), None]

    async def sleep(seconds: float) -> None:
        if not turns:
            raise asyncio.CancelledError

    async def of(chat_id: int, mode: Mode | None = None) -> ChatAccount:
        if (error := turns.pop(0)) is not None:
            raise error
        return ChatAccount(AccountId("live:1"), Mode.LIVE, chat_id, live(chat))

    chat.accounts.of = of  # type: ignore[method-assign]  # what goes wrong, one after the other
    watch = deadman.Watch(replace(chat.services, sleep=sleep), 1, timedelta(seconds=60))
    with pytest.raises(asyncio.CancelledError):
        await watch.run()
    assert live(chat).delays == [60]


@pytest.mark.parametrize("is_heard", [True, False])
async def test_a_key_that_goes_takes_its_switch_with_it(chat: Chat, is_heard: bool) -> None:
    await tap_on(chat)
    live(chat).answers["cancel_all_after"] = [] if is_heard else [NotSent("no route")]
    await deadman.let_go(chat.services, [2, 3])
    assert len(await chat.records.deadmen()) == 1, "that is another key's"
    await deadman.let_go(chat.services, [1, 2])
    assert await chat.records.deadmen() == []
    assert ("deadman", 1) not in chat.tasks.started
    told = [words_of(page) for _, _, page in chat.outbox.pushes]
    if is_heard:
        assert (live(chat).delays, told) == ([60, 0], [])
    else:
        assert "within 1 min Kraken cancels all orders" in told[0]


async def tap_on(chat: Chat) -> None:
    chat.messages[100] = Page("x")
    await tap(chat, "deadman_on", seconds=60)


async def test_a_silence_as_long_as_the_delay_is_told_as_fired(chat: Chat) -> None:
    watch = deadman.Watch(chat.services, 1, timedelta(seconds=60))
    await turn(chat, watch)
    await turn(chat, watch, 59)
    assert chat.outbox.pushes == []
    live(chat).answers["cancel_all_after"] = [NotSent("x")] * 3
    for _ in range(3):
        with pytest.raises(NotSent):
            await turn(chat, watch)
    await turn(chat, watch)
    [(where, _, page)] = chat.outbox.pushes
    assert where == 1
    assert "switch has fired" in words_of(page)
    assert "hear from me for 1 min" in words_of(page)


async def test_the_switch_rests_in_a_maintenance_and_comes_back(chat: Chat) -> None:
    watch = deadman.Watch(chat.services, 1, timedelta(seconds=60))
    await turn(chat, watch)
    chat.market.state = replace(chat.market.state, system=SystemState.MAINTENANCE)
    for _ in range(9):
        await turn(chat, watch)
    assert live(chat).delays == [60, 0], "off once, and not on again"
    chat.market.state = replace(chat.market.state, system=SystemState.ONLINE)
    await turn(chat, watch)
    assert live(chat).delays == [60, 0, 60]
    told = [words_of(page) for _, _, page in chat.outbox.pushes]
    assert ["rests" in told[0], "is on again" in told[1], len(told)] == [True, True, 2]
