"""Store: everything that survives a restart, one method per question.

The only object that knows SQL. Each public method is one function in one transaction on the
store's own thread; what it returns has been written.
"""

from datetime import datetime, timedelta

from bot.store.alerts import Alerts
from bot.store.alerts_own import OwnAlerts
from bot.store.audit import AuditLog
from bot.store.chats import LIFE_OF_A_BUTTON, Chats, StoredButton
from bot.store.feeds import Feeds
from bot.store.file import (
    FILE_NAME,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreTooNew,
    StoreUnavailable,
)
from bot.store.handed import HandedKey, HandedKeys
from bot.store.history import PastRecords
from bot.store.inbox import Inbox, Waiting
from bot.store.invitations import Invitations
from bot.store.keys import Keys, KeyTaken, SealedKey
from bot.store.league import Leagues
from bot.store.outbox import Outgoing, Push
from bot.store.paper import Papers
from bot.store.people import People, Person
from bot.store.plans import Plans
from bot.store.safety import Safety
from bot.store.topics import Topics
from bot.store.trading import Trades

__all__ = [
    "FILE_NAME",
    "LIFE_OF_A_BUTTON",
    "HandedKey",
    "KeyTaken",
    "Person",
    "Push",
    "SealedKey",
    "Store",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "StoreTooNew",
    "StoreUnavailable",
    "StoredButton",
    "Waiting",
]

_TICKETS_KEPT = timedelta(days=7)
"""As long as a button lives: a late tap on a used one is told so."""


class Store(
    Inbox,
    People,
    Invitations,
    Chats,
    Keys,
    HandedKeys,
    Outgoing,
    Trades,
    Papers,
    Leagues,
    Topics,
    Feeds,
    Safety,
    AuditLog,
    PastRecords,
    Plans,
    Alerts,
    OwnAlerts,
):
    """The bot's memory in one SQLite file: ``async with Store(folder, clock.now) as store``."""

    async def tidy(self, now: datetime) -> None:
        """Drop what nobody asks for any more; meant for once a day."""
        await self.forget_updates(now)
        await self.forget_buttons(now)
        await self.forget_pushes(now)
        await self.forget_strangers(now)
        await self.forget_invitations(now)
        await self.forget_tickets(now - _TICKETS_KEPT)
        await self.forget_alerts(now)
