"""The person's side over HTTP: everything under `/sim/`, JSON in and JSON out.

Errors are `{"error": "..."}` with status 400.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.standin import inline, people, relations, topics
from bot.standin.api import METHODS, BotApi
from bot.standin.commands import commands_for
from bot.standin.demo import furnish
from bot.standin.faults import KINDS
from bot.standin.refusals import PersonError
from bot.standin.shapes import page_json
from bot.standin.state import Chat, State

PING_SECONDS = 15.0

Act = Callable[[State, dict[str, Any]], dict[str, Any]]
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

# What a person can do: path, act.
ACTS: dict[str, Act] = {
    "message": people.write,
    "tap": people.tap,
    "delete": people.delete,
    "chats": people.make_group,
    "block": relations.block,
    "deactivate": relations.deactivate,
    "kick": relations.set_bot_status,
    "migrate": relations.migrate,
    "member": relations.add_member,
    "topic": topics.change,
    "inline": inline.ask,
    "choose": inline.choose,
}


class Control:
    """The calls of the chat page and of tests."""

    def __init__(self, api: BotApi, *, demo: bool) -> None:
        self._api = api
        self._state = api.state
        self._demo = demo

    def routes(self) -> list[web.RouteDef]:
        gets = {
            "state": self._show_state,
            "chat": self._show_chat,
            "faults": self._show_faults,
            "calls": self._show_calls,
            "inline": self._show_inline,
        }
        return [
            *(web.get(f"/sim/{name}", _told(show)) for name, show in gets.items()),
            *(web.post(f"/sim/{name}", _told(self._act(act))) for name, act in ACTS.items()),
            web.get("/sim/events", self._events),
            web.post("/sim/faults", _told(self._arm)),
            web.delete("/sim/faults", _told(self._disarm)),
            web.post("/sim/reset", _told(self._reset)),
        ]

    def _act(self, act: Act) -> Callable[[web.Request], Awaitable[dict[str, Any]]]:
        async def do(request: web.Request) -> dict[str, Any]:
            answer = act(self._state, await _body(request))
            await self._api.deliver()
            return answer

        return do

    async def _show_state(self, _request: web.Request) -> dict[str, Any]:
        state = self._state
        bot = state.bot
        return {
            "bot": {
                "id": bot.id,
                "username": bot.username,
                "first_name": bot.names.get("") or bot.first_name,
                "description": bot.descriptions.get("", ""),
                "short_description": bot.short_descriptions.get("", ""),
            },
            "users": [{"id": user.id, "name": user.name} for user in state.users.values()],
            "chats": [
                _chat_shape(chat) for chat in state.chats.values() if chat.migrated_to is None
            ],
            "commands": {
                f"{chat.id}:{user_id}": commands_for(state, chat, state.users[user_id])
                for chat in state.chats.values()
                for user_id in sorted(chat.members)
            },
            "pending_updates": len(state.updates),
        }

    async def _show_chat(self, request: web.Request) -> dict[str, Any]:
        chat = self._state.chat_for_person(_query_number(request, "chat_id"))
        return {
            "messages": [page_json(self._state, message) for message in chat.messages.values()],
            "toasts": [toast for toast in self._state.toasts if toast["chat_id"] == chat.id],
            "pinned": chat.pinned[-1] if chat.pinned else None,
        }

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        last = request.headers.get("Last-Event-ID", request.query.get("last_event_id", ""))
        try:
            await response.prepare(request)
            async for piece in self._state.events.listen(last, PING_SECONDS):
                await response.write(piece)
        except ConnectionError:
            # The page has gone; it will come back with the last id it saw.
            return response
        return response

    async def _show_faults(self, _request: web.Request) -> dict[str, Any]:
        return {
            "faults": self._api.faults.shown(),
            "kinds": [*KINDS, "flood_limits"],
            "flood_limits": self._api.flood.on,
        }

    async def _arm(self, request: web.Request) -> dict[str, Any]:
        wish = await _body(request)
        if wish.get("kind") == "flood_limits":
            self._api.flood.on = bool(wish.get("on", True))
        else:
            method = wish.get("method", "*")
            if isinstance(method, str) and method.lower() not in (*METHODS, "*"):
                raise PersonError(f"there is no method {method!r}; it looks like sendMessage")
            self._api.faults.arm(wish)
        return await self._show_faults(request)

    async def _disarm(self, request: web.Request) -> dict[str, Any]:
        self._api.faults.clear()
        self._api.flood.on = False
        return await self._show_faults(request)

    async def _show_calls(self, request: web.Request) -> dict[str, Any]:
        after = _query_number(request, "after") if "after" in request.query else 0
        return {"calls": self._api.log.shown(request.query.get("method", ""), after)}

    async def _show_inline(self, request: web.Request) -> dict[str, Any]:
        return inline.shown(self._state, request.query.get("inline_query_id", ""))

    async def _reset(self, _request: web.Request) -> dict[str, Any]:
        """Everything as at the start; pages are told to read all again."""
        self._state.clear()
        self._api.faults.clear()
        self._api.flood.on = False
        self._api.log.clear()
        if self._demo:
            furnish(self._state)
        self._state.events.publish({"type": "reset"})
        return {}


def _told(show: Callable[[web.Request], Awaitable[dict[str, Any]]]) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return web.json_response(await show(request))
        except PersonError as error:
            return web.json_response({"error": str(error)}, status=400)

    return answer


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.text() or "{}")
    except (ValueError, RecursionError) as error:
        raise PersonError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise PersonError("the body must be a JSON object")
    return body


def _query_number(request: web.Request, name: str) -> int:
    try:
        return int(request.query[name])
    except (KeyError, ValueError) as error:
        raise PersonError(f"{name} must be a whole number") from error


def _chat_shape(chat: Chat) -> dict[str, Any]:
    return {
        "id": chat.id,
        "type": chat.type,
        "title": chat.title,
        "members": sorted(chat.members),
        "bot_status": chat.bot_status,
    }
