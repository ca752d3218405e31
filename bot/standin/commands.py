"""Whose menu shows which commands: scope and language, in Telegram's order.

A list set for somebody in a language wins over one for the same scope without a language; a
narrower scope wins over a wider one, whatever the language.

https://core.telegram.org/bots/api#determining-list-of-commands
"""

import re
from typing import Any

from bot.standin.refusals import Refusal, bad_request
from bot.standin.state import Chat, State, User

MAX_COMMANDS = 100
_COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")

ScopeKey = tuple[Any, ...]


def scope_key(state: State, scope: Any) -> ScopeKey:
    """The scope as a key. Raises: Refusal when Telegram knows no such scope."""
    scope = {"type": "default"} if scope is None else scope
    if not isinstance(scope, dict):
        raise _unparsed("BotCommandScope must be an Object")
    kind = scope.get("type")
    if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
        return (kind,)
    if kind not in ("chat", "chat_administrators", "chat_member"):
        raise _unparsed("Unsupported type specified")
    chat = _chat(state, scope.get("chat_id", ""))
    if kind != "chat" and chat.type == "private":
        raise bad_request("can't change commands in private chats")
    if kind != "chat_member":
        return (kind, chat.id)
    user_id = scope.get("user_id")
    if not isinstance(user_id, int) or user_id <= 0:
        raise _unparsed("Invalid user_id specified")
    return (kind, chat.id, user_id)


def _chat(state: State, name: Any) -> Chat:
    if name == "":
        raise _unparsed("Empty chat_id specified")
    known = re.fullmatch(r"-?[0-9]+", str(name))
    chat_id = int(str(name)) if known else 0
    if chat_id in state.users:
        return state.add_private_chat(state.users[chat_id])
    if chat_id not in state.chats:
        raise bad_request("chat not found")
    return state.chats[chat_id]


def _unparsed(reason: str) -> Refusal:
    return bad_request(f"Can't parse BotCommandScope: {reason}")


def read_commands(listed: Any) -> list[dict[str, str]]:
    """Raises: Refusal when a command or its description is not as Telegram wants it."""
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise bad_request("Expected an Array of BotCommand")
    if len(listed) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    return [_command(item) for item in listed]


def _command(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise bad_request("Can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(item.get(name), str):
            raise bad_request(f"Can't parse BotCommand: Can't find field \"{name}\"")
    match = _COMMAND.fullmatch(item["command"])
    if match is None:
        raise bad_request("BOT_COMMAND_INVALID")
    description = item["description"].strip()
    if not 1 <= len(description) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": match.group(1), "description": description}


def checked_language(code: str) -> str:
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad_request("invalid language code specified")
    return code


def commands_for(state: State, chat: Chat, user: User) -> list[dict[str, str]]:
    """The menu this person sees in this chat."""
    if chat.bot_status not in ("member", "administrator"):
        return []
    for scope in _scopes(chat, user):
        for language in (user.language[:2], ""):
            listed = state.commands.get((scope, language))
            if listed:
                return listed
    return []


def _scopes(chat: Chat, user: User) -> list[ScopeKey]:
    if chat.type == "private":
        return [("chat", chat.id), ("all_private_chats",), ("default",)]
    scopes: list[ScopeKey] = [("chat_member", chat.id, user.id)]
    administrator = user.id in chat.administrators
    if administrator:
        scopes.append(("chat_administrators", chat.id))
    scopes.append(("chat", chat.id))
    if administrator:
        scopes.append(("all_chat_administrators",))
    return [*scopes, ("all_group_chats",), ("default",)]
