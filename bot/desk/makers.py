"""Makers: where accounts come from; practice money as it was left, live ones from their keys.

What happens on practice money is written down together: the account as it is then, its fills, and
what is told of them.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from bot.core.practice_args import START_MONEY
from bot.core.settings import ChatSettings
from bot.core.trade.news import Booking, News
from bot.core.trade.types import AccountId
from bot.desk.doors import ChatKey
from kraken.account import Account, FillHappened
from kraken.core.trading import Fill, Order
from kraken.core.types import Asset
from kraken.paper import PaperAccount, PaperFact, PaperVenue, Unchecked


class Kept(Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def chat_settings(self, chat_id: int) -> ChatSettings: ...
    async def paper_of(self, chat_id: int) -> AccountId: ...
    async def chat_of_paper(self, account: AccountId) -> int: ...
    async def paper(self, account: AccountId) -> bytes | None: ...
    async def save_paper(
        self,
        account: AccountId,
        body: bytes,
        bookings: Sequence[Booking] = (),
        news: Sequence[News] = (),
        *,
        began_at: datetime | None = None,
    ) -> None: ...
    async def busy_papers(self) -> list[AccountId]: ...
    async def start_money(self, account: AccountId) -> tuple[str, Decimal] | None: ...
    async def told_until(self, account: AccountId) -> datetime | None: ...
    async def has_open_orders(self, account: AccountId) -> bool: ...
    async def booked_fills(
        self, account: AccountId, since: datetime | None = None, most: int = 1000
    ) -> Sequence[Fill]: ...


class Teller(Protocol):
    """What is asked of whoever tells the chats: ``bot.desk.telling.Telling``."""

    async def booking(
        self, account: AccountId, fill: Fill, order: Order, home: int | None
    ) -> Booking: ...
    async def unchecked(self, account: AccountId, unchecked: Unchecked, home: int) -> News: ...
    async def kept(self) -> None: ...


MakeLive = Callable[[ChatKey, Sequence[Fill], datetime | None, bool], Awaitable[Account]]
"""Makes an account of a key, its newest booked fills, until when everything was told, and whether
orders of it may be open."""


class Makers:
    """Satisfies ``bot.desk.accounts.Makers``."""

    def __init__(self, store: Kept, venue: PaperVenue, make_live: MakeLive) -> None:
        self._store = store
        self._venue = venue
        self._make_live = make_live
        self._teller: Teller | None = None

    def tell_through(self, teller: Teller) -> None:
        """Who says what is told of fills; before any account is used."""
        self._teller = teller

    async def paper(self, account: AccountId) -> Account:
        """The practice account as it was left, or a new one with play money."""
        snapshot = await self._store.paper(account)
        began_at = self._venue.clock.now()

        async def save(body: bytes, facts: Sequence[PaperFact]) -> None:
            await self._save(account, body, facts, began_at)

        balances = {} if snapshot else await self._start_money(account)
        return PaperAccount(
            self._venue, name=_name(account), save=save, snapshot=snapshot, balances=balances
        )

    async def _start_money(self, account: AccountId) -> dict[Asset, Decimal]:
        given = await self._store.start_money(account)
        if given is not None:
            return {Asset(given[0]): given[1]}
        settings = await self._store.chat_settings(await self._store.chat_of_paper(account))
        return {Asset(settings.currency): START_MONEY}

    async def _save(
        self, account: AccountId, body: bytes, facts: Sequence[PaperFact], began_at: datetime
    ) -> None:
        assert self._teller is not None, "somebody tells"
        home = await self._store.chat_of_paper(account)
        bookings: list[Booking] = []
        news: list[News] = []
        for fact in facts:
            if isinstance(fact, FillHappened):
                bookings.append(await self._teller.booking(account, fact.fill, fact.order, home))
            elif isinstance(fact, Unchecked):
                news.append(await self._teller.unchecked(account, fact, home))
        await self._store.save_paper(account, body, bookings, news, began_at=began_at)
        if bookings or news:
            await self._teller.kept()

    async def live(self, key: ChatKey) -> Account:
        """The account behind a key."""
        account = AccountId(f"live:{key.id}")
        fills = await self._store.booked_fills(account)
        told_until = await self._store.told_until(account)
        expects_orders = await self._store.has_open_orders(account)
        return await self._make_live(key, fills, told_until, expects_orders)

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
