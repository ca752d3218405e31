"""Makers: where accounts come from; practice money as it was left, live ones from their keys."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.core.settings import ChatSettings
from bot.core.trade.types import AccountId
from bot.desk.doors import ChatKey
from kraken.account import Account
from kraken.core.trading import Fill
from kraken.core.types import Asset
from kraken.paper import PaperAccount, PaperFact, PaperVenue

START_MONEY = Decimal(10_000)
"""What a new practice account owns, in the chat's currency."""


class Kept(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def chat_settings(self, chat_id: int) -> ChatSettings: ...
    async def paper_of(self, chat_id: int) -> AccountId: ...
    async def chat_of_paper(self, account: AccountId) -> int: ...
    async def paper(self, account: AccountId) -> bytes | None: ...
    async def save_paper(self, account: AccountId, body: bytes) -> None: ...
    async def busy_papers(self) -> list[AccountId]: ...
    async def told_until(self, account: AccountId) -> datetime | None: ...
    async def booked_fills(
        self, account: AccountId, since: datetime | None = None, most: int = 1000
    ) -> Sequence[Fill]: ...


MakeLive = Callable[[ChatKey, Sequence[Fill], datetime | None], Awaitable[Account]]
"""Makes an account of a key, its newest booked fills, and until when everything was told."""


class Makers:
    """Satisfies ``bot.desk.accounts.Makers``."""

    def __init__(self, store: Kept, venue: PaperVenue, make_live: MakeLive) -> None:
        self._store = store
        self._venue = venue
        self._make_live = make_live

    async def paper(self, account: AccountId) -> Account:
        """The practice account as it was left, or a new one with play money."""
        snapshot = await self._store.paper(account)

        async def save(body: bytes, facts: Sequence[PaperFact]) -> None:
            await self._store.save_paper(account, body)

        made = PaperAccount(self._venue, name=_name(account), save=save, snapshot=snapshot)
        if snapshot is None:
            settings = await self._store.chat_settings(await self._store.chat_of_paper(account))
            await made.reset({Asset(settings.currency): START_MONEY})
        return made

    async def live(self, key: ChatKey) -> Account:
        """The account behind a key."""
        account = AccountId(f"live:{key.id}")
        fills = await self._store.booked_fills(account)
        return await self._make_live(key, fills, await self._store.told_until(account))

    async def paper_of(self, chat_id: int) -> AccountId:
        """The name of a chat's practice account."""
        return await self._store.paper_of(chat_id)

    async def chat_of_paper(self, account: AccountId) -> int:
        """The chat that practises with it."""
        return await self._store.chat_of_paper(account)

    async def busy_papers(self) -> list[AccountId]:
        """Practice accounts that have something open."""
        return await self._store.busy_papers()


def _name(account: AccountId) -> str:
    """Part of the names of its orders: letters and digits only."""
    number = account.rpartition(":")[2]
    return number.replace("-", "G") if number.startswith("-") else f"C{number}"
