"""The way of an update from the inbox to its handlers: in order within a chat, once."""

import json
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from bot import log as logs
from bot.core.keys import without_keys
from bot.core.texts.commands import STOPS
from bot.store import Store, StoreUnavailable
from bot.tasks import Lanes

log = logging.getLogger(__name__)

_TRIES = 3
"""An update in whose work the process died so often is given up."""


class Intake:
    """Puts each update into the lane of its chat and marks it when its work is done."""

    def __init__(
        self,
        store: Store,
        lanes: Lanes,
        process: Callable[[dict[str, Any]], Awaitable[None]],
        too_busy: Callable[[int, str], Awaitable[None]],
        is_old: Callable[[int], bool] = lambda sent_at: False,
    ) -> None:
        """``too_busy`` is told the chat and the words that were left out, if there were any.

        ``is_old`` judges seconds since 1970: what was written while the bot was away is only
        summed up, so that any number of it may wait."""
        self._store = store
        self._lanes = lanes
        self._process = process
        self._too_busy = too_busy
        self._is_old = is_old
        self._left_out: list[int] = []
        self._told_busy: set[int] = set()

    async def resume(self) -> None:
        """Take up what an earlier run left undone."""
        for left in await self._store.waiting():
            if left.tries >= _TRIES:
                log.error("update %s is given up after %s tries", left.update_id, left.tries)
                await self._store.done(left.update_id)
            else:
                self.add(left.update_id, left.body)

    def add(self, update_id: int, body: str) -> None:
        """Let it be worked on when what came before in its chat is done."""
        update: dict[str, Any] = json.loads(body)
        chat_id, asker = chat_of(update), asker_of(update)

        async def work() -> None:
            with logs.context(f"chat {chat_id}, update {update_id}"):
                await self._note(self._store.begin_update(update_id))
                try:
                    await self._process(update)
                except Exception:
                    # What cannot be read today cannot be read after the next start, either.
                    log.exception("#%s: the update is given up", logs.reference())
                await self._note(self._store.done(update_id))

        if is_chatter(update):
            self._set_aside(update_id)
            return
        said = words_of(update)
        # A message with a key in it is never left out: it has to be deleted.
        anyway = self._is_old(sent_at(update)) or without_keys(said) != said
        if asker:
            # Somebody types in any chat: beside what waits in theirs, and left out without a word.
            if not self._lanes.add(("inline", asker), work):
                self._set_aside(update_id)
        elif is_stop(update):
            # Beside whatever else runs or waits in its chat, and never too much.
            self._lanes.add(("stop", chat_id), work, anyway=True)
        elif self._lanes.add(chat_id, work, anyway=anyway):
            self._told_busy.discard(chat_id)
        else:
            self._leave_out(update_id, chat_id, said)

    def drop(self, update_id: int) -> None:
        """It was answered when it could not be kept, and is not worked on."""
        self._set_aside(update_id)

    def _leave_out(self, update_id: int, chat_id: int, said: str) -> None:
        """Too much of this chat is waiting: say so once, until it is heard again."""
        log.warning("update %s of chat %s is left out: too much is waiting", update_id, chat_id)
        self._set_aside(update_id)
        if chat_id not in self._told_busy:
            self._told_busy.add(chat_id)
            self._lanes.add(("busy", chat_id), lambda: self._too_busy(chat_id, said))

    def _set_aside(self, update_id: int) -> None:
        self._left_out.append(update_id)
        self._lanes.add("left out", self._note_left_out)

    async def _note_left_out(self) -> None:
        while self._left_out:
            await self._note(self._store.done(self._left_out.pop()))

    async def _note(self, question: Awaitable[None]) -> None:
        """A database that does not answer now must not cost the person the answer."""
        try:
            await question
        except StoreUnavailable as error:
            log.warning("not noted, so this update may be worked on again: %s", error)


def is_stop(update: dict[str, Any]) -> bool:
    """Whether somebody wants trading to stop."""
    tap = update.get("callback_query")
    if isinstance(tap, dict):
        return str(tap.get("data", "")).startswith("v1:kill:")
    said = words_of(update).split(maxsplit=1)
    name = said[0].partition("@")[0] if said and "edited_message" not in update else ""
    return name[:1] == "/" and name[1:].lower() in STOPS


def chat_of(update: dict[str, Any]) -> int:
    """The chat that an update belongs to; 0 if it belongs to none."""
    for content in update.values():
        if isinstance(content, dict):
            message = content.get("message", content)
            chat = message.get("chat") if isinstance(message, dict) else None
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return 0


def asker_of(update: dict[str, Any]) -> int:
    """Who types the bot's name in some chat; 0 if this is nothing of the kind."""
    query = update.get("inline_query")
    user = query.get("from") if isinstance(query, dict) else None
    number = user.get("id") if isinstance(user, dict) else None
    return number if isinstance(number, int) else 0


def words_of(update: dict[str, Any]) -> str:
    """What a person wrote; nothing for a tap or a message without words."""
    message = update.get("message", update.get("edited_message"))
    if not isinstance(message, dict):
        return ""
    said = message.get("text", message.get("caption"))
    return said if isinstance(said, str) else ""


def sent_at(update: dict[str, Any]) -> int:
    """When the message of this update was written, in seconds since 1970; for a tap or an edited
    message the future, because nobody tells when that was done."""
    message = update.get("message")
    date = message.get("date") if isinstance(message, dict) else None
    return date if isinstance(date, int) else sys.maxsize


def is_chatter(update: dict[str, Any]) -> bool:
    """What people of a group say to each other: no command, no reply, nothing about the group.

    A bot that is an administrator hears all of it; it must not take the place of commands.
    """
    message = update.get("message", update.get("edited_message"))
    if chat_of(update) >= 0 or not isinstance(message, dict) or "reply_to_message" in message:
        return False
    said = message.get("text", message.get("caption"))
    return isinstance(said, str) and not said.lstrip().startswith("/")
