"""Who may do what, generated from the table: every command and verb, every role, every chat."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.access import Access, Role, allows
from bot.core.texts.gate import FINISHED, NOT_ALLOWED, NOT_YOURS, PRIVATE
from bot.handlers import COMMANDS, TAPS, Command
from tests.telegram_bench import GROUP, OWNER, STRANGER, TRADER, VIEWER, Bench, bench

KEEPER = 6
"""Owns the group."""
LISTED = 7
"""May trade in the group."""
SEEING = 8
"""Looks on in the group, and sees its balances."""
OTHER_GROUP = -300

LOOKS = frozenset(
    {
        *("start", "help", "ticker", "price", "book", "candles", "watch", "status", "settings"),
        *("alert", "alerts", "limits", "league"),
    }
)
"""What whoever has any role may use: it shows the market and no balance, and moves nothing."""
LOOKING_VERBS = frozenset(
    {
        "run",
        "price",
        "ticker",
        "book",
        "book_live",
        "book_stop",
        "candles",
        "watch_pause",
        "watch_stop",
        "watch_go_on",
        *("alerts", "alerts_clear", "alert_next", "alert_set", "alert_show", "alert_again"),
        *("alert_sleep", "alert_seen", "alert_off", "alert_ends"),
        "help",
        "settings",
        "status",
        "status_test",
        "status_report",
        "league_join",
        "league_table",
    }
)
OWNERS_ONLY = frozenset(
    {"users", "approve", "block", "invite", "broadcast", "backup", "rotate", "errors", "version"}
)
CHAT_OWNERS_ONLY = frozenset(
    {"live", "resume", "deadman", "role", "setup", "feed", "here", "lend", "unlend", "audit"}
)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(tmp_path) as built:
        for user, role in (
            (KEEPER, Role.CHAT_OWNER),
            (LISTED, Role.TRADER),
            (SEEING, Role.SEEING),
        ):
            await built.store.approve(user, Role.TRADER, "Somebody")
            await built.store.give_chat_role(GROUP, user, role, by=OWNER, now=built.clock.now())
        await built.store.open_group(OTHER_GROUP, "Other")
        yield built


WHO = [
    (OWNER, OWNER, Role.OWNER),
    (OWNER, GROUP, Role.OWNER),
    (TRADER, TRADER, Role.TRADER),
    (TRADER, GROUP, Role.VIEWER),
    (KEEPER, GROUP, Role.CHAT_OWNER),
    (KEEPER, OTHER_GROUP, Role.VIEWER),
    (LISTED, GROUP, Role.TRADER),
    (LISTED, OTHER_GROUP, Role.VIEWER),
    (VIEWER, VIEWER, Role.VIEWER),
    (VIEWER, GROUP, Role.VIEWER),
    (SEEING, GROUP, Role.SEEING),
    (SEEING, OTHER_GROUP, Role.VIEWER),
]


def may(role: Role, access: Access, chat: int) -> bool:
    return allows(role, access, "private" if chat > 0 else "group")


async def test_each_person_has_the_role_that_the_table_below_expects(here: Bench) -> None:
    for user, chat, role in WHO:
        assert await here.store.role(user, chat) is role, (user, chat)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
async def test_a_command_is_run_for_whom_it_is_meant_and_refused_to_others(
    here: Bench, command: Command
) -> None:
    for user, chat, role in WHO:
        here.ran.clear()
        here.clock.advance(61)
        answers = await here.says(user, f"/{command.name}@kraken_bot", chat)
        expected = [f"/{command.name}"] if may(role, command.access, chat) else []
        assert here.ran == expected, (user, chat)
        assert bool(answers) is not bool(expected), "a refusal is said"


@pytest.mark.parametrize("verb", TAPS)
async def test_a_tap_is_run_for_whom_it_is_meant_and_refused_to_others(
    here: Bench, verb: str
) -> None:
    for user, chat, role in WHO:
        here.ran.clear()
        here.bot.toasts.clear()
        here.clock.advance(61)
        await here.taps(user, await here.button(chat, verb), chat)
        expected = may(role, TAPS[verb].access, chat)
        assert here.ran == ([verb] if expected else []), (user, chat)
        assert (NOT_ALLOWED in here.bot.toasts) is not expected


@pytest.mark.parametrize("verb", TAPS)
async def test_a_foreign_or_forged_token_does_nothing(here: Bench, verb: str) -> None:
    foreign = await here.button(OTHER_GROUP, verb)
    await here.taps(OWNER, foreign, GROUP)
    await here.taps(OWNER, f"v1:{verb}:AAAAAAAAAA", GROUP)
    other = next(name for name in TAPS if name != verb)
    exchanged = (await here.button(GROUP, other)).replace(f":{other}:", f":{verb}:")
    await here.taps(OWNER, exchanged, GROUP)
    assert here.bot.toasts == [FINISHED] * 3
    somebodys = await here.button(GROUP, verb, user=KEEPER)
    await here.taps(OWNER, somebodys, GROUP)
    assert here.bot.toasts[3:] == [NOT_YOURS]
    await here.taps(STRANGER, await here.button(GROUP, verb), GROUP)
    assert here.bot.toasts[4:] == [PRIVATE]
    expired = await here.button(GROUP, verb)
    here.clock.advance(8 * 24 * 3600)
    await here.taps(OWNER, expired, GROUP)
    assert here.ran == []


def test_whoever_only_looks_sees_no_balance_and_moves_nothing() -> None:
    """A new command has to be put here by hand before a viewer may use it."""
    looks = {command.name for command in COMMANDS if allows(Role.VIEWER, command.access)}
    assert looks <= LOOKS
    verbs = {verb for verb, tap in TAPS.items() if allows(Role.VIEWER, tap.access)}
    assert verbs <= LOOKING_VERBS


def test_what_decides_about_money_or_people_is_for_owners() -> None:
    by_name = {command.name: command.access for command in COMMANDS}
    assert {by_name[name] for name in OWNERS_ONLY} == {Access.OWNER}
    assert {by_name[name] for name in CHAT_OWNERS_ONLY} == {Access.CHAT_OWNER}


async def test_a_role_that_was_given_for_a_while_ends_by_itself(here: Bench) -> None:
    now = here.clock.now()
    until = now.replace(hour=now.hour + 1)
    for chat in (GROUP, LISTED):
        await here.store.give_chat_role(chat, LISTED, Role.TRADER, by=OWNER, now=now, until=until)
        assert await here.store.role(LISTED, chat) is Role.TRADER
    here.clock.advance(3601)
    for chat in (GROUP, LISTED):
        assert await here.store.role(LISTED, chat) is Role.VIEWER


def test_a_viewer_who_sees_balances_sees_those_and_no_more() -> None:
    seen = {
        command.name
        for command in COMMANDS
        if allows(Role.SEEING, command.access) and not allows(Role.VIEWER, command.access)
    }
    assert seen == {"balance", "portfolio", "pnl"}
