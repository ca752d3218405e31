"""A Bot API call under way, what every method needs of it, and the memory of all calls."""

import json
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.standin.parameters import Parameters
from bot.standin.refusals import bad_request, forbidden
from bot.standin.state import Chat, Message, State

KEPT_CALLS = 10_000
"""The newest; a demo may run for weeks."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot. Methods read the parameters and change the state."""

    state: State
    method: str
    parameters: Parameters

    def chat(self) -> Chat:
        """The chat that is meant, known to the bot. Raises: Refusal."""
        name = self.parameters.text("chat_id")
        if not name:
            raise bad_request("chat_id is empty")
        try:
            chat_id = int(name)
        except ValueError as error:
            raise bad_request("chat not found") from error
        if chat_id in self.state.users:
            self.state.add_private_chat(self.state.users[chat_id])
        chat = self.state.chats.get(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to is not None:
            refusal = bad_request("group chat was upgraded to a supergroup chat")
            refusal.parameters["migrate_to_chat_id"] = chat.migrated_to
            raise refusal
        if chat.bot_status == "kicked":
            raise forbidden(f"bot was kicked from the {chat.type} chat")
        if chat.bot_status == "left":
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat

    def writable_chat(self) -> Chat:
        """The chat that is meant, where the bot may write. Raises: Refusal."""
        chat = self.chat()
        user = self.state.users.get(chat.id)
        if user is None:
            return chat
        if user.deactivated:
            raise forbidden("user is deactivated")
        if user.blocked_bot:
            raise forbidden("bot was blocked by the user")
        if not user.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def message(self, chat: Chat, missing: str) -> Message:
        """The message that is meant. Raises: Refusal, "... not found"."""
        message = chat.messages.get(self.parameters.integer("message_id"))
        if message is None:
            raise bad_request(missing)
        return message


Method = Callable[[Call], Awaitable[Any]]


class CallLog:
    """The newest calls with their answers, newest last; never the token."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._calls: deque[dict[str, Any]] = deque(maxlen=KEPT_CALLS)
        self._count = 0

    def add(
        self, at: float, method: str, parameters: Parameters, status: int | str, answer: Any
    ) -> None:
        """`status` is the HTTP status, or what happened instead of an answer."""
        self._count += 1
        entry = {
            "number": self._count,
            "at": at,
            "method": method,
            "parameters": parameters.shown(),
            "status": status,
            "answer": answer,
        }
        text = json.dumps(entry, ensure_ascii=False)
        self._calls.append(json.loads(text.replace(self._token, "<token>")))

    def shown(self, method: str = "", after: int = 0) -> list[dict[str, Any]]:
        """Calls of one method (or all), from after a number on."""
        wanted = method.lower()
        return [
            call
            for call in self._calls
            if call["number"] > after and (not wanted or call["method"].lower() == wanted)
        ]

    def clear(self) -> None:
        self._calls.clear()
