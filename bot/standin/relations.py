"""How people and groups part from the bot and come back: block, remove, deactivate, migrate."""

import secrets
from typing import Any

from bot.standin.conversation import post
from bot.standin.markup import Formatted
from bot.standin.people import membership, number
from bot.standin.refusals import PersonError
from bot.standin.shapes import message_json, user_json
from bot.standin.state import Chat, State, User


def _user(state: State, act: dict[str, Any]) -> User:
    user = state.users.get(number(act, "user_id"))
    if user is None:
        raise PersonError(f"there is no user {act['user_id']}")
    return user


def _group(state: State, act: dict[str, Any]) -> Chat:
    chat = state.chat_for_person(number(act, "chat_id"))
    if chat.type == "private":
        raise PersonError(f"chat {chat.id} is no group")
    return chat


def block(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person blocks the bot, or lets it in again with `"blocked": false`."""
    user = _user(state, act)
    blocked = bool(act.get("blocked", True))
    chat = state.add_private_chat(user)
    if blocked == user.blocked_bot:
        return {"update_id": None}
    user.blocked_bot = blocked
    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    return {"update_id": membership(state, chat, user.id, old, new)}


def deactivate(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person deletes the account, or it never happened with `"deactivated": false`."""
    _user(state, act).deactivated = bool(act.get("deactivated", True))
    return {"update_id": None}


def set_bot_status(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """The bot is removed from a group (default), added to it, or made its administrator."""
    chat = _group(state, act)
    status = act.get("status", "kicked")
    if status not in ("kicked", "left", "member", "administrator"):
        raise PersonError("status must be kicked, left, member or administrator")
    actor = number(act, "user_id") if "user_id" in act else min(chat.members, default=0)
    if actor not in state.users:
        raise PersonError(f"there is no user {actor}")
    old, chat.bot_status = chat.bot_status, status
    state.events.publish({"type": "chats"})
    return {"update_id": membership(state, chat, actor, old, status)}


def migrate(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A group becomes a supergroup with another id; both chats get a service message.

    https://core.telegram.org/bots/api#message (migrate_to_chat_id, migrate_from_chat_id)
    """
    old = _group(state, act)
    if old.type != "group" or old.migrated_to is not None:
        raise PersonError(f"chat {old.id} is not a group that can become a supergroup")
    new_id = -1_000_000_000_001 - secrets.randbelow(1_000_000_000)
    if "new_chat_id" in act:
        new_id = number(act, "new_chat_id")
    if new_id >= 0 or new_id in state.chats:
        raise PersonError("new_chat_id must be negative and unused")
    new = state.add_group(new_id, old.title, set(old.members), "supergroup")
    new.administrators, new.bot_status = set(old.administrators), old.bot_status
    actor = min(old.members, default=state.add_user(1).id)
    ids = []
    for chat, service in (
        (old, {"migrate_to_chat_id": new.id}),
        (new, {"migrate_from_chat_id": old.id}),
    ):
        message = post(state, chat, actor, Formatted(), service=service)
        ids.append(state.updates.add("message", message_json(state, message)))
    old.migrated_to = new.id
    return {"new_chat_id": new.id, "update_ids": ids}


def add_member(state: State, act: dict[str, Any]) -> dict[str, Any]:
    """A person comes into a group, or leaves it with `"member": false`."""
    chat = _group(state, act)
    user_id = number(act, "user_id")
    if user_id <= 0:
        raise PersonError("user_id must be a positive whole number")
    user = state.add_user(user_id, str(act.get("user_name", "")))
    if act.get("member", True):
        chat.members.add(user.id)
        service: dict[str, Any] = {"new_chat_members": [user_json(user)]}
    else:
        chat.members.discard(user.id)
        chat.administrators.discard(user.id)
        service = {"left_chat_member": user_json(user)}
    state.events.publish({"type": "chats"})
    message = post(state, chat, user.id, Formatted(), service=service)
    update_id = state.updates.add("message", message_json(state, message))
    return {"message_id": message.message_id, "update_id": update_id}
