"""Store: everything that survives a restart, one method per question.

The only object that knows SQL. Each public method is one function in one transaction on the
store's own thread; what it returns has been written.
"""

from datetime import datetime

from bot.store.chats import LIFE_OF_A_BUTTON, Chats, StoredButton
from bot.store.file import (
    FILE_NAME,
    StoreDamaged,
    StoreError,
    StoreInUse,
    StoreTooNew,
    StoreUnavailable,
)
from bot.store.inbox import Inbox, Waiting
from bot.store.outbox import Outgoing, Push
from bot.store.people import People, Person

__all__ = [
    "FILE_NAME",
    "LIFE_OF_A_BUTTON",
    "Person",
    "Push",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreInUse",
    "StoreTooNew",
    "StoreUnavailable",
    "StoredButton",
    "Waiting",
]


class Store(Inbox, People, Chats, Outgoing):
    """The bot's memory in one SQLite file: ``async with Store(folder, clock.now) as store``."""

    async def tidy(self, now: datetime) -> None:
        """Drop what nobody asks for any more; meant for once a day."""
        await self.forget_updates(now)
        await self.forget_buttons(now)
        await self.forget_pushes(now)
        await self.forget_strangers(now)
