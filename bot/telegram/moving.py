"""A group that becomes a supergroup has another id: everything of it follows, by one way.

Telegram tells it with a message in the old chat, with one in the new chat, and with its refusal
of whatever is said in the old one; any of them may be the only one that is heard, and each may
come again. Rules: what is written follows in one transaction, with the word that real money
waits until somebody says so anew; then what is kept in memory does.
"""

import logging

from bot.core.queue import Priority
from bot.core.texts.modes import moved_page
from bot.core.trade.news import News
from bot.desk import deadman
from bot.desk.services import Services
from bot.outbox import Outbox
from bot.store import Store
from bot.telegram.known import KnownRoles

log = logging.getLogger(__name__)


class Moving:
    """Lets a group's things follow it to its new id; the outbox asks it, too."""

    def __init__(
        self, store: Store, outbox: Outbox, services: Services, known: KnownRoles
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._services = services
        self._known = known
        outbox.on_move(self.follow)

    async def follow(self, old: int, new: int) -> None:
        """Doing it again changes nothing.

        Raises:
            StoreUnavailable: nothing of it follows; the next to tell of the move does it.
        """
        log.warning("group %s is now %s", old, new)
        services = self._services
        news = News(f"moved:{old}:{new}", new, moved_page(), priority=Priority.ALERT)
        await self._store.move_chat(old, new, if_live=news)
        self._known.follow(old, new)
        services.brakes.follow(old, new)
        await services.accounts.follow(old, new)
        await services.alerts.follow(old, new)
        await deadman.follow(services, old, new)
        await self._outbox.load_waiting()
