"""Whose menu shows which commands."""

import pytest

from bot.standin.commands import commands_for, read_commands, scope_key
from bot.standin.demo import furnish
from bot.standin.refusals import Refusal
from bot.standin.state import Bot, State


@pytest.fixture
def state() -> State:
    state = State(Bot(7, "7:x"))
    furnish(state)
    return state


def shown(state: State, chat_id: int, user_id: int) -> str:
    listed = commands_for(state, state.chats[chat_id], state.users[user_id])
    return listed[0]["command"] if listed else ""


GROUP_ORDER = [
    ("chat_member", -100, 1),
    ("chat_administrators", -100),
    ("chat", -100),
    ("all_chat_administrators",),
    ("all_group_chats",),
    ("default",),
]


@pytest.mark.parametrize(
    ("chat_id", "scopes"),
    [(1, [("chat", 1), ("all_private_chats",), ("default",)]), (-100, GROUP_ORDER)],
)
def test_the_narrower_scope_wins_and_in_it_the_language(
    state: State, chat_id: int, scopes: list[tuple[object, ...]]
) -> None:
    state.users[1].language = "de-AT"
    for number, scope in reversed(list(enumerate(scopes))):
        for language in ("", "de"):
            name = f"c{number}{language}"
            state.commands[(scope, language)] = [{"command": name, "description": "x"}]
            assert shown(state, chat_id, 1) == name


def test_administrators_lists_are_not_for_members(state: State) -> None:
    state.commands[(("all_chat_administrators",), "")] = [{"command": "a", "description": "x"}]
    assert shown(state, -100, 1) == "a"
    assert shown(state, -100, 2) == ""


def test_a_list_of_one_language_is_not_for_others(state: State) -> None:
    state.commands[(("chat", 1), "fr")] = [{"command": "fr", "description": "x"}]
    state.commands[(("default",), "")] = [{"command": "all", "description": "x"}]
    assert shown(state, 1, 1) == "all"


@pytest.mark.parametrize(
    ("listed", "description"),
    [
        ([{"command": "Buy", "description": "x"}], "Bad Request: BOT_COMMAND_INVALID"),
        ([{"command": "a" * 33, "description": "x"}], "Bad Request: BOT_COMMAND_INVALID"),
        ([{"command": "a", "description": " "}], "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "a", "description": "x"}] * 101, "Bad Request: BOT_COMMANDS_TOO_MUCH"),
        ({"a": 1}, "Bad Request: expected an Array of BotCommand"),
    ],
)
def test_wrong_lists_are_refused(listed: object, description: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_commands(listed)
    assert refusal.value.description == description


def test_scopes_name_chats_that_exist(state: State) -> None:
    assert scope_key(state, None) == ("default",)
    assert scope_key(state, {"type": "chat", "chat_id": "1"}) == ("chat", 1)
    member = {"type": "chat_member", "chat_id": -100, "user_id": 2}
    assert scope_key(state, member) == ("chat_member", -100, 2)
    for scope, words in (
        ({"type": "chat", "chat_id": 99}, "chat not found"),
        ({"type": "chat_administrators", "chat_id": 1}, "can't change commands in private chats"),
        ({"type": "all"}, "can't parse BotCommandScope: Unsupported type specified"),
    ):
        with pytest.raises(Refusal, match=words):
            scope_key(state, scope)
