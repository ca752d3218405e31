"""The gate: every command and every button against everybody who may not use it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.access import Access, Role, allows
from bot.core.page import Page
from bot.core.queue import Priority
from bot.core.texts.gate import FINISHED, NOT_YOURS, PRIVATE
from bot.handlers import COMMANDS, TAPS, Command
from tests.telegram_bench import (
    BLOCKED,
    CLOSED,
    GROUP,
    OWNER,
    STRANGER,
    TRADER,
    VIEWER,
    Bench,
    bench,
)

COMMAND_NAMES = [name for command in COMMANDS for name in (command.name, *command.aliases)]
ROLES = {OWNER: Role.OWNER, TRADER: Role.TRADER, VIEWER: Role.VIEWER}


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as built:
        yield built


def test_there_are_commands_and_taps_to_check() -> None:
    assert {"start", "help", "status"} <= set(COMMAND_NAMES)
    assert TAPS


@pytest.mark.parametrize("name", COMMAND_NAMES)
async def test_no_command_is_run_for_who_has_no_role_there(here: Bench, name: str) -> None:
    for user in (STRANGER, BLOCKED):
        await here.says(user, f"/{name}")
        await here.says(user, f"/{name}@kraken_bot", GROUP)
    await here.says(TRADER, f"/{name}", CLOSED)
    await here.says(TRADER, f"/{name}", OWNER)
    await here.says(OWNER, f"/{name}", CLOSED)
    await here.says(OWNER, f"/{name}", GROUP, impersonal=True)
    assert here.ran == []


async def test_a_blocked_person_hears_nothing_at_all(here: Bench) -> None:
    assert await here.says(BLOCKED, "/start") == []
    assert await here.says(BLOCKED, "hello") == []
    assert await here.says(BLOCKED, "/start", GROUP) == []
    assert here.sender.sent == []


async def test_a_tap_by_a_bot_is_nobodys_tap(here: Bench) -> None:
    data = await here.button(GROUP, next(iter(TAPS)))
    await here.router.tap(here.arrival(OWNER, GROUP, query_id="q", data=data, impersonal=True))
    assert here.ran == []
    assert here.bot.toasts == [PRIVATE]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_a_command_runs_for_exactly_the_roles_it_asks_for(
    here: Bench, command: Command
) -> None:
    for user, role in ROLES.items():
        here.ran.clear()
        answers = await here.says(user, f"/{command.name}")
        assert bool(here.ran) is allows(role, command.access, "private")
        assert bool(here.ran) is not bool(answers), "a refusal is said"


@pytest.mark.parametrize("verb", [*TAPS, "role", "open_group"])
async def test_no_tap_is_run_for_who_has_no_role_there(here: Bench, verb: str) -> None:
    payload = {"user_id": STRANGER, "name": "Eve", "role": "owner", "chat_id": CLOSED, "title": ""}
    for user, chat in (
        (STRANGER, STRANGER),
        (BLOCKED, BLOCKED),
        (STRANGER, GROUP),
        (TRADER, CLOSED),
        (OWNER, CLOSED),
        (TRADER, OWNER),
    ):
        await here.taps(user, await here.button(chat, verb, **payload), chat)
    assert here.ran == []
    assert await here.store.role(STRANGER, STRANGER) is Role.STRANGER
    assert not await here.store.group_is_open(CLOSED)
    assert here.bot.toasts == [PRIVATE] * 6
    assert here.sender.sent == []


async def test_deciding_about_people_is_for_the_owner_only(here: Bench) -> None:
    payload = {"user_id": STRANGER, "name": "Eve", "role": "trader"}
    await here.taps(TRADER, await here.button(GROUP, "role", **payload), GROUP)
    assert here.bot.toasts == ["You may not do this here."]
    assert await here.store.role(STRANGER, STRANGER) is Role.STRANGER


async def test_a_button_works_in_its_own_chat_and_for_its_own_person_only(here: Bench) -> None:
    verb = next(verb for verb, tap in TAPS.items() if tap.access is not Access.OWNER)
    elsewhere = await here.button(OWNER, verb)
    await here.taps(TRADER, elsewhere)
    mine = await here.button(GROUP, verb, user=OWNER)
    await here.taps(TRADER, mine, GROUP)
    assert here.ran == []
    assert here.bot.toasts == [FINISHED, NOT_YOURS]
    await here.taps(OWNER, mine, GROUP)
    assert here.ran == [verb]


@pytest.mark.parametrize("data", ["", "v1", "v1:book:", "v1:book:0000000000", "v2:x:y", "🙈"])
async def test_a_forged_button_is_finished_and_its_keyboard_removed(
    here: Bench, data: str
) -> None:
    await here.taps(OWNER, data)
    assert here.ran == []
    assert here.bot.toasts == [FINISHED]
    assert here.bot.keyboards_removed == [7]


async def test_a_button_whose_verb_was_exchanged_is_finished(here: Bench) -> None:
    first, second, *_ = TAPS
    data = await here.button(OWNER, first)
    await here.taps(OWNER, data.replace(f":{first}:", f":{second}:"))
    assert here.ran == []


async def test_a_button_dies_after_a_week(here: Bench) -> None:
    verb = next(iter(TAPS))
    data = await here.button(OWNER, verb)
    here.clock.advance(7 * 86400 + 1)
    await here.taps(OWNER, data)
    assert here.ran == []
    assert here.bot.toasts == [FINISHED]


async def test_a_stranger_gets_one_answer_a_day_and_the_owner_three_buttons(here: Bench) -> None:
    answers = [await here.says(STRANGER, text) for text in ("/start", "hello", "/book btc")]
    assert [len(said) for said in answers] == [1, 0, 0]
    assert "This bot is private. I have asked its owner. Your id: <code>99</code>" in answers[0][0]
    [asked] = here.sender.texts(OWNER)
    assert "Person &lt;99&gt;" in asked, "the name is escaped"
    labels = [button.label for button in here.sender.letters[-1].page.buttons()]
    assert labels == ["Trader", "Viewer", "Block"]
    here.clock.advance(86400)
    assert len(await here.says(STRANGER, "/start")) == 1


@pytest.mark.parametrize(("label", "role"), [("Trader", Role.TRADER), ("Viewer", Role.VIEWER)])
async def test_the_owner_lets_a_stranger_in_with_one_tap(
    here: Bench, label: str, role: Role
) -> None:
    await here.says(STRANGER, "/start")
    letter = here.sender.letters[-1]
    [data] = [
        data
        for button, data in zip(letter.page.buttons(), letter.data[0], strict=True)
        if button.label == label
    ]
    await here.taps(OWNER, data)
    assert await here.store.role(STRANGER, STRANGER) is role
    assert "has let you in" in here.sender.texts(STRANGER)[-1]
    await here.says(STRANGER, "/start")
    assert here.ran == ["/start"]


async def test_a_hundred_strangers_cost_the_owner_ten_messages(here: Bench) -> None:
    for user in range(1000, 1100):
        assert len(await here.says(user, "/start")) == 1
    assert len(here.sender.texts(OWNER)) == 10


async def test_the_code_from_the_console_makes_the_first_who_sends_it_the_owner(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, owner=False) as here:
        assert "It has no owner yet" in (await here.says(5, "/start"))[0]
        assert await here.says(6, f"/start {here.claim.code[:-1]}0") != []
        assert await here.store.owner() is None
        [welcome] = await here.says(7, f"/start {here.claim.code}")
        assert "You are the owner" in welcome
        await here.says(8, here.claim.code)
        assert await here.store.owner() == 7
        assert await here.store.role(8, 8) is Role.STRANGER


async def test_the_code_may_be_typed_without_dash_or_command_but_not_in_a_group(
    tmp_path: Path,
) -> None:
    async with bench(tmp_path, owner=False) as here:
        await here.says(5, f"/start {here.claim.code}", GROUP)
        assert await here.store.owner() is None
        await here.says(5, here.claim.code.replace("-", "").lower())
        assert await here.store.owner() == 5


async def test_guessing_the_code_is_limited_even_for_who_then_has_it_right(tmp_path: Path) -> None:
    async with bench(tmp_path, owner=False) as here:
        for _ in range(5):
            await here.says(5, "AAAA-AAAA")
        await here.says(5, here.claim.code)
        assert await here.store.owner() is None
        here.clock.advance(3600)
        await here.says(5, here.claim.code)
        assert await here.store.owner() == 5


async def test_only_the_owners_invitation_opens_a_group(here: Bench) -> None:
    await here.gate.added_to_group(CLOSED, "Theirs", TRADER)
    assert not await here.store.group_is_open(CLOSED)
    assert here.sender.texts(CLOSED) == []
    await here.gate.added_to_group(CLOSED, "Ours", OWNER)
    assert await here.store.group_is_open(CLOSED)


async def test_the_owner_is_asked_in_private_to_open_a_group_in_which_they_write(
    here: Bench,
) -> None:
    assert await here.says(OWNER, "/ticker", CLOSED) == []
    assert "I don’t work in this group yet" in here.sender.texts(OWNER)[-1]
    [[data]] = here.sender.letters[-1].data
    await here.taps(OWNER, data)
    assert await here.store.group_is_open(CLOSED)
    await here.says(TRADER, "/ticker", CLOSED)
    assert here.ran == ["/ticker"]


async def test_in_a_group_only_commands_for_this_bot_are_heard(here: Bench) -> None:
    for text in ("btc", "/ticker@other_bot", "/start_of_something", "/nonsense"):
        assert await here.says(TRADER, text, GROUP) == []
    assert here.ran == []
    await here.says(TRADER, "/ticker btc", GROUP)
    await here.says(TRADER, "/ticker@Kraken_Bot btc", GROUP)
    await here.says(TRADER, "/help@kraken_bot", GROUP)
    await here.says(TRADER, "/nonsense@kraken_bot", GROUP)
    assert here.ran == ["/ticker", "/ticker", "/help", "other:/nonsense@kraken_bot"]


async def test_who_cannot_be_named_is_told_so_in_an_open_group(here: Bench) -> None:
    [answer] = await here.says(OWNER, "/ticker", GROUP, impersonal=True)
    assert "I cannot see who wrote this" in answer


async def test_too_many_messages_are_refused_once_and_then_answered_again(here: Bench) -> None:
    said = [line for _ in range(40) for line in await here.says(TRADER, "/ticker")]
    assert len(here.ran) == 20
    [sentence] = said
    assert "too fast" in sentence
    await here.says(OWNER, "/ticker")
    assert len(here.ran) == 21, "somebody else is not slowed down"
    here.clock.advance(3)
    assert await here.says(TRADER, "/ticker") == []
    assert len(here.ran) == 22


async def test_too_many_taps_are_answered_with_a_toast(here: Bench) -> None:
    verb = next(iter(TAPS))
    data = await here.button(OWNER, verb)
    for _ in range(35):
        await here.taps(OWNER, data)
    assert len(here.ran) == 30
    assert here.bot.toasts[-1] == "Too many taps at once. Wait a moment."


async def test_a_message_of_ten_thousand_characters_ends_in_one_answer(here: Bench) -> None:
    await here.says(OWNER, "/book " + "x" * 10_000)
    assert here.ran == ["/book"]


async def test_who_cannot_be_named_is_told_so_now_and_then_however_much_they_say(
    here: Bench,
) -> None:
    for _ in range(20):
        await here.says(OWNER, "/ticker", GROUP, impersonal=True)
    assert len(here.sender.texts(GROUP)) == 1
    here.clock.advance(600)
    await here.says(OWNER, "/ticker", GROUP, impersonal=True)
    assert len(here.sender.texts(GROUP)) == 2
    assert here.ran == []


async def test_a_code_is_not_used_up_when_the_database_does_not_answer(tmp_path: Path) -> None:
    async with bench(tmp_path, owner=False) as here:
        await here.store.run(lambda db: db.execute("pragma query_only = on").fetchall())
        [sentence] = await here.says(5, here.claim.code)
        assert "My database does not answer now." in sentence
        await here.store.run(lambda db: db.execute("pragma query_only = off").fetchall())
        await here.says(5, here.claim.code)
        assert await here.store.owner() == 5


async def test_of_two_who_send_the_code_at_once_one_becomes_the_owner(tmp_path: Path) -> None:
    async with bench(tmp_path, owner=False) as here, asyncio.TaskGroup() as group:
        for user in (5, 6):
            group.create_task(here.says(user, here.claim.code))
    told = [text for chat in (5, 6) for text in here.sender.texts(chat)]
    assert sum("You are the owner" in text for text in told) == 1
    assert sum("This bot is private" in text for text in told) == 1


async def test_a_person_gets_six_charts_a_minute_however_they_ask(here: Bench) -> None:
    shown = await here.button(OWNER, "candles")
    again = await here.button(OWNER, "run", command="candles", args="btc")
    for _ in range(2):
        await here.says(OWNER, "/candles btc")
        await here.taps(OWNER, shown)
        await here.taps(OWNER, again)
    assert here.ran == ["/candles", "candles", "run"] * 2
    [sentence] = await here.says(OWNER, "/candles btc")
    assert "six charts a minute" in sentence
    for data in (shown, again):
        await here.taps(OWNER, data)
        assert "six charts a minute" in str(here.bot.toasts[-1])
    assert len(here.ran) == 6
    await here.says(OWNER, "/ticker btc")
    await here.says(TRADER, "/candles btc")
    here.clock.advance(61)
    await here.taps(OWNER, shown)
    assert here.ran[6:] == ["/ticker", "/candles", "candles"]


@pytest.mark.parametrize(
    ("chat", "told"), [(OWNER, True), (GROUP, True), (STRANGER, False), (CLOSED, False)]
)
async def test_nothing_unasked_is_said_to_strangers_and_closed_groups(
    here: Bench, chat: int, told: bool
) -> None:
    assert await here.gate.may_be_told(chat) is told
    assert not await here.gate.may_be_told(BLOCKED)


async def test_answers_to_strangers_go_after_everything_else(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[int, Priority] = {}
    send = here.outbox.send

    async def noting(chat: int, page: Page, priority: Priority, **more: Any) -> int:
        asked[chat] = priority
        return await send(chat, page, priority, **more)

    monkeypatch.setattr(here.outbox, "send", noting)
    await here.says(STRANGER, "hello")
    await here.says(OWNER, "/ticker", GROUP, impersonal=True)
    assert asked == {STRANGER: Priority.DIGEST, GROUP: Priority.DIGEST}


async def test_edits_of_an_old_message_are_no_way_around_the_limit(here: Bench) -> None:
    old = here.clock.now() - timedelta(days=1)
    said = [
        line
        for _ in range(30)
        for line in await here.says(TRADER, "/ticker", edited=True, sent_at=old)
    ]
    assert len(said) == 21, "twenty, and once that this is too fast"


async def test_a_trader_who_wants_the_bot_in_a_group_is_passed_on_and_owns_it_then(
    here: Bench,
) -> None:
    await here.gate.added_to_group(CLOSED, "Club", TRADER)
    await here.gate.added_to_group(CLOSED, "Club", STRANGER)
    await here.says(TRADER, "/setup", CLOSED)
    await here.says(STRANGER, "/setup", CLOSED)
    await here.outbox.drained()
    asked = [text for text in here.sender.texts(OWNER) if "wants me in a group" in text]
    assert len(asked) == 1
    assert not await here.store.group_is_open(CLOSED)
    [[data]] = here.sender.letters[-1].data
    await here.taps(OWNER, data)
    assert await here.store.role(TRADER, CLOSED) is Role.CHAT_OWNER
    assert await here.store.role(VIEWER, CLOSED) is Role.VIEWER
