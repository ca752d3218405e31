"""Deposits: money that came in from outside is told to whoever owns the account, once.

It is told by the stream; what came while nobody listened stands in the account's ledger, which is
read when facts arrive again. The exchange's own number of the entry keeps both from telling it
twice.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.errors import NotConnected
from bot.core.notices import Notice
from bot.core.texts import pushes
from bot.core.trade.types import AccountId, Mode
from bot.desk.doors import Accounts
from bot.desk.services import Keyed
from bot.desk.telling import Telling
from kraken.core.errors import AuthError, KrakenError
from kraken.core.holdings import LedgerEntry

log = logging.getLogger(__name__)

_MOST = 50
"""Entries of one gap that are read."""
_MARKED_TO = timedelta(milliseconds=1)
"""How exactly it is kept until when everything was told; what came in that moment was heard."""
_AGAIN = 30.0
"""Seconds between two tries."""


class Told(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def told_until(self, account: AccountId) -> datetime | None: ...


class Deposits:
    """Tells them; asks for nothing that the key may not see."""

    def __init__(
        self,
        telling: Telling,
        accounts: Accounts,
        told: Told,
        tasks: Keyed,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._telling = telling
        self._accounts = accounts
        self._told = told
        self._tasks = tasks
        self._sleep = sleep
        self._since: dict[AccountId, datetime] = {}
        """From when on each account's ledger has still to be read."""

    async def came(self, account: AccountId, entry: LedgerEntry) -> None:
        """Say that it came in, unless that was said."""
        home = await self._accounts.home(account)
        if home is None or entry.kind != "deposit" or entry.amount <= 0:
            return
        page = pushes.deposit_page(entry, await self._telling.settings_of(home))
        key = f"deposit:{account}:{entry.entry_id}"
        await self._telling.bot_news(home, Mode.LIVE, key, page, Notice.DEPOSIT)

    async def look_back(self, account: AccountId) -> None:
        """Have what came in a gap said soon; to be called before the gap counts as told."""
        since = await self._told.told_until(account)
        if since is None:
            return  # the key is new: what came before is no news
        self._since.setdefault(account, since)
        self._tasks.start(("deposits", account), self._read(account))

    async def _read(self, account: AccountId) -> None:
        """Read it as soon as the exchange lets: lists that orders need come first."""
        while not await self._is_read(account):
            await self._sleep(_AGAIN)
        self._since.pop(account, None)

    async def _is_read(self, account: AccountId) -> bool:
        since = self._since[account]
        try:
            reader = await self._accounts.by_id(account)
            entries = await reader.ledger(since, _MOST)
        except (AuthError, NotConnected) as error:
            log.info("account %s: deposits of a gap are not known: %s", account, error)
            return True
        except KrakenError as error:
            log.info("account %s: deposits of a gap are not known yet: %s", account, error)
            return False
        for entry in reversed(entries):
            if entry.at - since >= _MARKED_TO:
                await self.came(account, entry)
        return True
