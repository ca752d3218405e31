"""Ask: what a person asked, and the ways to answer. Handlers know nothing else of Telegram.

The Telegram edge builds one for every command, text and tap; tests build a fake one.
"""

from datetime import datetime
from typing import Literal, Protocol

from bot.core.access import Role
from bot.core.page import Page, Payload
from bot.desk.services import Services

ChatKind = Literal["private", "group"]


class Ask(Protocol):
    """One command, text or tap of one person in one chat, already allowed to be answered."""

    @property
    def chat_id(self) -> int: ...
    @property
    def chat_kind(self) -> ChatKind: ...
    @property
    def user_id(self) -> int: ...
    @property
    def user_name(self) -> str:
        """As the person wrote it; not trusted, escaped by the texts."""
        ...

    @property
    def role(self) -> Role: ...
    @property
    def message_id(self) -> int:
        """The command's message, or the message whose button was tapped."""
        ...

    @property
    def text(self) -> str:
        """The whole message as typed, without what may be a key; empty for a tap."""
        ...

    @property
    def typed(self) -> str:
        """The same with it. Never to be stored, said or shown."""
        ...

    @property
    def command(self) -> str:
        """The command's name without slash and ``@bot``, in lower case; empty for free text."""
        ...

    @property
    def args(self) -> str:
        """What stands after the command."""
        ...

    @property
    def payload(self) -> Payload:
        """What the tapped button means; empty for a message."""
        ...

    @property
    def sent_at(self) -> datetime: ...
    @property
    def now(self) -> datetime:
        """When the handling of this ask began."""
        ...

    @property
    def reply_to_message_id(self) -> int | None: ...
    @property
    def reply_to_user(self) -> tuple[int, str] | None:
        """Who wrote the message that this one answers: id and name, the name not trusted."""
        ...

    @property
    def topic(self) -> int | None:
        """Of a group's topics the one that it was asked in; None: the general one, or none."""
        ...

    @property
    def forwarded(self) -> bool: ...
    @property
    def services(self) -> Services: ...

    async def reply(self, page: Page) -> int:
        """Say it in a new message and return its id."""
        ...

    async def whisper(self, page: Page) -> bool:
        """Say it to this person in private; False where the bot may not write to them."""
        ...

    async def edit(self, page: Page, message_id: int | None = None) -> None:
        """Say it in place of an earlier message, by default the one whose button was tapped.

        A message that already says exactly this is fine; one that is gone is said anew. A page
        with a photo replaces picture and caption of a message that has a photo.
        """
        ...

    async def toast(self, text: str, alert: bool = False) -> None:
        """Answer a tap with a short note. At most once; does nothing for a message."""
        ...

    async def typing(self, action: str = "typing") -> None:
        """Show what is being made: ``typing``, ``upload_photo`` or ``upload_document``."""
        ...

    async def set_pinned(self, message_id: int) -> bool:
        """Pin silently; False where the bot may not."""
        ...

    async def delete(self, message_id: int) -> bool:
        """Delete a message; False where the bot may not."""
        ...
