"""An ask told again in other words: a tap that stands for a typed command."""

from datetime import datetime

from bot.core.access import Role
from bot.core.page import Page, Payload
from bot.desk.services import Services
from bot.handlers.ask import Ask, ChatKind


def is_typed(ask: Ask) -> bool:
    """Whether this person typed it; a button that stands for a command was tapped."""
    if isinstance(ask, Retold):
        return ask.is_typed
    return bool(ask.text) and not ask.forwarded


class Retold:
    """The same person in the same chat, as if the command had been typed."""

    def __init__(self, ask: Ask, command: str, args: str, *, renamed: bool = False) -> None:
        """``renamed``: the command has another name, and whoever typed it typed this one."""
        self._ask = ask
        self._renamed = renamed
        self._command = command
        self._args = args

    @property
    def is_typed(self) -> bool:
        """Whether a person typed what it stands for."""
        return self._renamed and is_typed(self._ask)

    @property
    def command(self) -> str:
        return self._command

    @property
    def args(self) -> str:
        return self._args

    @property
    def text(self) -> str:
        return f"/{self._command} {self._args}".rstrip()

    @property
    def typed(self) -> str:
        return self.text

    @property
    def payload(self) -> Payload:
        return {}

    @property
    def chat_id(self) -> int:
        return self._ask.chat_id

    @property
    def chat_kind(self) -> ChatKind:
        return self._ask.chat_kind

    @property
    def user_id(self) -> int:
        return self._ask.user_id

    @property
    def user_name(self) -> str:
        return self._ask.user_name

    @property
    def role(self) -> Role:
        return self._ask.role

    @property
    def message_id(self) -> int:
        return self._ask.message_id

    @property
    def sent_at(self) -> datetime:
        return self._ask.sent_at

    @property
    def now(self) -> datetime:
        return self._ask.now

    @property
    def reply_to_message_id(self) -> int | None:
        return self._ask.reply_to_message_id

    @property
    def reply_to_user(self) -> tuple[int, str] | None:
        return self._ask.reply_to_user

    @property
    def topic(self) -> int | None:
        return self._ask.topic

    @property
    def forwarded(self) -> bool:
        return self._ask.forwarded

    @property
    def services(self) -> Services:
        return self._ask.services

    async def reply(self, page: Page) -> int:
        return await self._ask.reply(page)

    async def whisper(self, page: Page) -> bool:
        return await self._ask.whisper(page)

    async def edit(self, page: Page, message_id: int | None = None) -> None:
        await self._ask.edit(page, message_id)

    async def toast(self, text: str, alert: bool = False) -> None:
        await self._ask.toast(text, alert)

    async def typing(self, action: str = "typing") -> None:
        await self._ask.typing(action)

    async def set_pinned(self, message_id: int) -> bool:
        return await self._ask.set_pinned(message_id)

    async def delete(self, message_id: int) -> bool:
        return await self._ask.delete(message_id)
