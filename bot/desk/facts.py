"""Facts: what the accounts tell, kept and told on to the chats.

Rules: a fact is written down before the next one is heard, and one that cannot be is told again
by its account; a short gap in the facts is nobody's business, a long one is told once, and so is
its end; what was made elsewhere is told to the home of its account.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from bot.core.numbers import clock_time, duration
from bot.core.texts import pushes
from bot.core.trade.types import AccountId, Mode, PlacedOrder
from bot.desk.deposits import Deposits, Told
from bot.desk.doors import Accounts
from bot.desk.services import Keyed
from bot.desk.telling import Telling
from kraken.account import (
    AccountEvent,
    AccountInterrupted,
    AccountReady,
    AccountRefused,
    DepositCame,
    FillHappened,
    OrderUpdated,
)
from kraken.core.trading import Order
from kraken.core.types import OrderId

log = logging.getLogger(__name__)

LONG = timedelta(seconds=60)
"""A gap in the facts that is told."""

_MOST_EARLY = 1_000
"""Stops that are kept in mind until it is known whose they are; the oldest are forgotten."""


class Marks(Told, Protocol):
    """What is asked of the store: ``bot.store.Store``."""

    async def note_told_until(self, account: AccountId, at: datetime) -> None: ...


Follower = Callable[[PlacedOrder], Awaitable[None]]
"""Told of every order of ours that changed: whoever watches for its exits."""


class Facts:
    """Hears all accounts; ``hear`` is what ``Accounts.on_event`` is given."""

    def __init__(
        self,
        telling: Telling,
        accounts: Accounts,
        marks: Marks,
        tasks: Keyed,
        *,
        follow: Follower | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._telling = telling
        self._accounts = accounts
        self._marks = marks
        self._tasks = tasks
        self._deposits = Deposits(telling, accounts, marks, tasks, sleep)
        self._follow = follow
        self._sleep = sleep
        self._away: dict[AccountId, datetime] = {}
        self._told_away: set[AccountId] = set()
        self._early: dict[tuple[AccountId, OrderId], Order] = {}
        """Stops that were told before the order whose fill placed them."""

    async def hear(self, account: AccountId, event: AccountEvent) -> None:
        """Keep one fact and tell it; raises if it could not be kept."""
        match event:
            case OrderUpdated(order=order):
                home = await self._accounts.home(account)
                placed = await self._telling.order_changed(account, order, home)
                await self._go_on(placed)
                await self._match(account, order, placed, home)
            case FillHappened(fill=fill, order=order):
                home = await self._accounts.home(account)
                placed = await self._telling.fill_happened(account, fill, order, home)
                await self._go_on(placed)
                await self._match(account, order, placed, home)
            case AccountInterrupted(at=at):
                self._leave(account, at)
            case AccountReady(at=at):
                await self._come_back(account, at)
            case DepositCame(entry=entry):
                await self._deposits.came(account, entry)
            case AccountRefused(at=at, reason=reason):
                await self._tell_refusal(account, at, reason)
            case _:
                pass

    async def _go_on(self, placed: PlacedOrder | None) -> None:
        if placed is not None and self._follow is not None:
            await self._follow(placed)

    async def _match(
        self, account: AccountId, order: Order, placed: PlacedOrder | None, home: int | None
    ) -> None:
        """Tell a stop again when the order is known that it belongs to.

        Lists and a stream with gaps may tell of a stop first; nobody can say then that it is ours.
        """
        if placed is None:
            if order.parent is not None:
                self._early[account, order.order_id] = order
            while len(self._early) > _MOST_EARLY:
                del self._early[next(iter(self._early))]
            return
        for name, stop in list(self._early.items()):
            if name[0] == account and stop.parent == order.order_id:
                await self._go_on(await self._telling.order_changed(account, stop, home))
                del self._early[name]

    def _leave(self, account: AccountId, at: datetime) -> None:
        if account not in self._away:
            self._away[account] = at
            self._tasks.start(("away", account), self._tell_away(account, at))

    async def _tell_away(self, account: AccountId, at: datetime) -> None:
        await self._sleep(LONG.total_seconds())
        if account not in self._away:
            return
        self._told_away.add(account)
        for chat_id in await self._chats(account):
            settings = await self._telling.settings_of(chat_id)
            page = pushes.away_page(_mode(account), clock_time(at, settings.zone))
            await self._telling.bot_news(chat_id, _mode(account), f"away:{account}:{at}", page)

    async def _come_back(self, account: AccountId, at: datetime) -> None:
        if _mode(account) is Mode.LIVE:
            await self._deposits.look_back(account)
        await self._marks.note_told_until(account, at)
        left = self._away.pop(account, None)
        self._tasks.stop(("away", account))
        if left is None or account not in self._told_away:
            return
        self._told_away.discard(account)
        page = pushes.back_page(_mode(account), duration(at - left))
        for chat_id in await self._chats(account):
            await self._telling.bot_news(chat_id, _mode(account), f"back:{account}:{at}", page)

    async def _tell_refusal(self, account: AccountId, at: datetime, reason: str) -> None:
        log.warning("account %s: the key is refused: %s", account, reason)
        page = pushes.key_refused_page(reason)
        for chat_id in await self._chats(account):
            key = f"key-refused:{account}:{chat_id}"
            await self._telling.bot_news(chat_id, Mode.LIVE, key, page)

    async def _chats(self, account: AccountId) -> Sequence[int]:
        """Who is told about the account itself: its home, and who trades with it."""
        return await self._accounts.chats(account)


def _mode(account: AccountId) -> Mode:
    return Mode.PAPER if account.startswith("paper:") else Mode.LIVE
